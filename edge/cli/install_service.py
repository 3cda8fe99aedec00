"""hark install-service: the units with which systemd runs hark."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from edge.cli.options import path
from edge.cli.output import tell, write_line
from edge.errors import OutputError, UsageError

EXAMPLES = """\
A service of the machine listens on raw ALSA, from boot on; one of a user on PipeWire or PulseAudio. Files that are
there are replaced, and those of an option that is no longer given are removed; a configuration is left as it is.

examples:
  hark install-service --print
  sudo /opt/hark/.venv/bin/hark install-service --apply --network --coral
  hark install-service --apply --user
"""

FIRST_CONFIGURATION: Final = (
    "# All is at its default. docs/hark.toml explains every key, and hark doctor checks this file.\n"
)


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--print", action="store_true", help="show the files")
    action.add_argument("--apply", action="store_true", help="write them")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--user", action="store_true", help="a service of yours rather than of the machine")
    kind.add_argument("--network", action="store_true", help="let it reach beyond the machine, as MQTT and webhooks do")
    parser.add_argument("--coral", action="store_true", help="let it use a Coral USB Accelerator")
    parser.add_argument(
        "--root", type=path, default=Path("/"), metavar="DIR", help="where the root of the machine is, as of an image"
    )


def run(arguments: Namespace) -> int:
    """Show the files, or write them."""
    from edge.config import SYSTEM_FILE
    from edge.service.units import OPTIONAL, system_units, user_units

    # Not resolved: in a virtual environment it is a link to an interpreter elsewhere.
    programs = Path(sys.executable).parent
    if arguments.user:
        if arguments.coral:
            raise UsageError("--coral is for a service of the machine: leave out --user")
        units, configuration = user_units(programs, Path.home()), Path.home() / ".config/hark/hark.toml"
        first = FIRST_CONFIGURATION + _state_in(Path.home() / ".local/state/hark")
    else:
        units = system_units(programs, network=arguments.network, coral=arguments.coral)
        configuration, first = SYSTEM_FILE, FIRST_CONFIGURATION
    if arguments.print:
        write_line("\n".join(f"# {path}\n{text}" for path, text in units.items()).rstrip())
    else:
        _install(units, arguments.root)
        if not arguments.user:
            _remove([path for path in OPTIONAL if path not in units], arguments.root)
        if not (target := arguments.root / configuration.relative_to("/")).exists():
            _write(target, first)
        systemctl = "systemctl --user" if arguments.user else "systemctl"
        tell(f"next: {systemctl} daemon-reload && {systemctl} enable --now hark && {systemctl} status hark")
    return 0


def _state_in(folder: Path) -> str:
    """Settings for who may not write where a service of the machine does."""
    outbox, clips = json.dumps(str(folder / "outbox.db")), json.dumps(str(folder / "clips"))
    return f"[outbox]\npath = {outbox}\n[recording]\nfolder = {clips}\n"


def _install(units: dict[Path, str], root: Path) -> None:
    for unit, text in units.items():
        _write(root / unit.relative_to("/"), text)


def _remove(units: list[Path], root: Path) -> None:
    """What an earlier call has allowed the service is not to stay unseen."""
    for file in (root / unit.relative_to("/") for unit in units):
        try:
            file.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(f"{file} cannot be removed ({error.strerror}): run it with sudo") from error
        tell(f"removed {file}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}): run it with sudo, or give --user") from error
    tell(f"wrote {path}")
