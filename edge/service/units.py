"""The units with which systemd runs hark, made to fit where hark is installed.

systemd/*.service, *.conf, *.rules  -- the folder of the program put in --> path: text
"""

import re
from pathlib import Path
from typing import Final

from edge.errors import UsageError

SYSTEM_UNITS: Final = Path("/etc/systemd/system")
USER_UNITS: Final = Path(".config/systemd/user")
UDEV_RULES: Final = Path("/etc/udev/rules.d")

DROP_INS: Final = SYSTEM_UNITS / "hark.service.d"
OPTIONAL: Final = (DROP_INS / "network.conf", DROP_INS / "coral.conf", UDEV_RULES / "70-hark.rules")
"""Files of a service of the machine that are there if they are asked for, and gone if they no longer are."""

HIDDEN: Final = (Path("/home"), Path("/root"), Path("/run/user"))
"""By ProtectHome, from the system's service."""

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_units() -> Path:
    """The folder of the units: beside the package in a checkout, inside it in an installed wheel."""
    checkout = _PACKAGE.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE) / "systemd"


def system_units(programs: Path, *, network: bool, coral: bool = False) -> dict[Path, str]:
    """The files of a service of the machine, by their paths.

    Args:
        programs: the folder that holds the program hark.
        network: whether it may reach beyond the machine.
        coral: whether it may use a Coral USB Accelerator.

    Raises:
        UsageError: the program is not there, or where no service may look.
    """
    for needed in (programs, programs.resolve(), (programs / "python").resolve()):
        if any(needed.is_relative_to(hidden) for hidden in HIDDEN):
            mend = "install hark into /opt/hark/.venv, by a python of the machine, or give --user"
            raise UsageError(f"{needed} is hidden from services of the machine: {mend}")
    units = {SYSTEM_UNITS / "hark.service": _fitted("hark.service", programs)}
    for name, wanted in (("network.conf", network), ("coral.conf", coral)):
        if wanted:
            units[DROP_INS / name] = (shipped_units() / name).read_text()
    if coral:
        units[UDEV_RULES / "70-hark.rules"] = (shipped_units() / "70-hark.rules").read_text()
    return units


def user_units(programs: Path, home: Path) -> dict[Path, str]:
    """The files of a service of one user, by their paths.

    Raises:
        UsageError: the program is not there.
    """
    return {home / USER_UNITS / "hark.service": _fitted("user/hark.service", programs)}


def _fitted(name: str, programs: Path) -> str:
    if not (programs / "hark").is_file():
        raise UsageError(f"there is no program hark in {programs}: install it there, by pip install . in hark's folder")
    # To systemd, a % begins a specifier.
    folder = str(programs).replace("%", "%%")
    text = (shipped_units() / name).read_text()
    return re.sub(
        "^Environment=PATH=[^:]*(.*)$", lambda rest: f'Environment="PATH={folder}{rest[1]}"', text, flags=re.M
    )
