"""A machine of its own under a real systemd, without one to boot: namespaces over the files of this one.

files of this machine -- overlay, for they are not written to --> root -- unshare, pivot_root --> systemd as PID 1

Hark is found in /opt/hark/.venv, as the README installs it; what it is made of is bound there, wherever it lies here.
"""

import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from types import TracebackType

from tests.alerts.making import eventually
from tests.cli.program import ROOT

SYSTEMD = Path("/lib/systemd/systemd")
PROGRAMS = ("unshare", "nsenter", "systemctl", "journalctl")
NAMESPACES = ("--mount", "--pid", "--fork", "--cgroup", "--net", "--uts", "--ipc", "--propagation=private")
HARK = Path("/opt/hark/.venv/bin/hark")

PATIENCE = 60.0
"""Seconds; on a machine with other work a start may take many."""

BOOT = """
set -e
root=$1/root
mkdir $1/space && mount -t tmpfs tmpfs $1/space && mkdir $1/space/upper $1/space/work $root
mount -t overlay overlay -o lowerdir=/,upperdir=$1/space/upper,workdir=$1/space/work $root
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
for folder in run tmp dev; do mount -t tmpfs tmpfs $root/$folder; done
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 $root/dev/${node%:*} c 1 ${node#*:}; done
mkdir -m 1777 $root/dev/pts $root/dev/shm
ln -s /proc/self/fd $root/dev/fd
mkdir -p $root/opt/python $root/opt/hark/packages $root/opt/hark/source $root/mnt/host
mount --bind "$2" $root/opt/python
mount --bind "$3" $root/opt/hark/packages
mount --bind "$4" $root/opt/hark/source
: > $root/etc/fstab
rm -rf $root/etc/systemd/system/hark.service* $root/etc/hark $root/var/lib/hark $root/var/lib/private/hark
printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\n' > $root/etc/systemd/system/bare.target
cd $root && pivot_root . mnt/host && umount -l /mnt/host
export container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec /lib/systemd/systemd --system --unit=bare.target < /dev/null
"""


def hindrance() -> str | None:
    """Why no machine can be had here, if so."""
    if lacking := [program for program in PROGRAMS if shutil.which(program) is None]:
        return f"not installed: {', '.join(lacking)}"
    if not SYSTEMD.exists() or _cgroups() is None:
        return "there is no systemd, or no unified control groups"
    probe = subprocess.run(
        ["unshare", *NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
    )
    return "namespaces are not permitted" if probe.returncode else None


class Machine:
    """A context manager in which it runs.

    Args:
        folder: of its files; empty.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        cgroups = _cgroups()
        assert cgroups is not None
        self.group = cgroups / f"hark-{folder.name}"
        """Control group of all its processes."""

    def __enter__(self) -> "Machine":
        self.group.mkdir()
        packages = sysconfig.get_path("purelib")
        boot = ["unshare", *NAMESPACES, "--kill-child", "bash", "-c", BOOT, "boot"]
        command = [*boot, self._folder, sys.base_prefix, packages, ROOT]
        # Of its own group from the first instruction on, which is the root of what it sees.
        join = f'echo $$ > {self.group}/cgroup.procs; exec "$@"'
        self._log = (self._folder / "log").open("wb")
        joined = ["bash", "-c", join, "join", *map(str, command)]
        self._unshare = subprocess.Popen(joined, stdout=self._log, stderr=self._log)
        self._pid = self._wait_for_systemd()
        self.root = Path(f"/proc/{self._pid}/root")
        eventually(lambda: self.run("systemctl", "is-system-running", check=False) in ("running", "degraded"), PATIENCE)
        self._install_python()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unshare.kill()
        self._unshare.wait()
        self._log.close()
        for group in sorted(self.group.rglob("*/"), reverse=True):
            if group.is_dir():
                _remove(group)
        _remove(self.group)

    def run(self, *command: str, check: bool = True) -> str:
        """What a command on the machine prints, as root."""
        enter = ["nsenter", "-t", str(self._pid), "-m", "-p", "-C", "-n", "-u", "-i", "-r", "-w"]
        result = subprocess.run([*enter, *command], capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert not (check and result.returncode), (command, result.stdout, result.stderr)
        return result.stdout.strip()

    def show(self, name: str, unit: str = "hark") -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", unit, "--value", f"--property={name}")

    def wait_for(self, name: str, start: str, unit: str = "hark") -> None:
        """Wait until a property of a unit begins so."""
        if not eventually(lambda: self.show(name, unit).startswith(start), PATIENCE):
            raise TimeoutError(f"{name} of {unit} is {self.show(name, unit)!r}\n{self.journal()}")

    def journal(self, *matches: str) -> str:
        """What was said so far, by a service or in all."""
        return self.run("journalctl", "--no-pager", "--quiet", "--output=cat", *matches)

    def write(self, path: str | Path, text: str, mode: int = 0o644) -> None:
        """Write a file of the machine."""
        file = self.root / Path(path).relative_to("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def _wait_for_systemd(self) -> int:
        children = Path(f"/proc/{self._unshare.pid}/task/{self._unshare.pid}/children")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._unshare.poll() is None:
            for child in children.read_text().split():
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return int(child)
            time.sleep(0.02)
        raise RuntimeError((self._folder / "log").read_text())

    def _install_python(self) -> None:
        """A virtual environment as pip would have made it, of an interpreter that ProtectHome does not hide."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        folder = HARK.parents[1]
        self.write(folder / "pyvenv.cfg", "home = /opt/python/bin\n")
        self.write(folder / f"lib/{version}/site-packages/hark.pth", "/opt/hark/packages\n/opt/hark/source\n")
        script = f"#!{HARK.parent}/python\nimport sys\nfrom edge.cli import main\nsys.exit(main())\n"
        self.write(HARK, script, 0o755)
        self.run("ln", "-s", f"/opt/python/bin/{version}", f"{HARK.parent}/python")


def _cgroups() -> Path | None:
    """Where the unified hierarchy is mounted."""
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    return next((Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2"), None)


def _remove(group: Path) -> None:
    """Remove a control group once its last process has ended."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.02)
        else:
            return
