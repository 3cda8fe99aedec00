"""Thresholds written into a configuration that its owner has written: every other byte stays as it is.

The result is parsed again: if anything but those thresholds has changed, it is not taken.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edge.config.file import ConfigFile, Key, find_line, shown_key
from edge.config.reading import parse
from edge.errors import ConfigError, OutputError
from edge.files import written_whole

SECTION: Final[Key] = ("trigger", "thresholds")
MARK: Final = "# hark tune "
"""Begins a comment of ours: the one above a word is replaced together with its threshold."""

BACKUP: Final = ".before-tune"
"""Ending of the copy that is kept of a configuration."""

_MODEL: Final = re.compile(r"; model ([0-9a-f]{12})$")


@dataclass(frozen=True, slots=True)
class Tuned:
    """A threshold, 0.01 to 0.999, the identity of what gives the scores, and the evidence for it in one line."""

    threshold: float
    scores_id: str
    evidence: str


def with_thresholds(file: ConfigFile, tuned: Mapping[str, Tuned]) -> str:
    """The text of a configuration with the thresholds of some words.

    Raises:
        ConfigError: it is not one before, or the thresholds are written in a way that a plain scan cannot follow.
    """
    text = file.text
    for word, entry in reversed(list(tuned.items())):  # New ones are put above each other.
        text = _with_threshold(text, word, entry)
    thresholds = {word: entry.threshold for word, entry in tuned.items()}
    if not _differs_only_by(thresholds, file, text):
        lines = ", ".join(f"{shown_key((word,))} = {threshold:g}" for word, threshold in thresholds.items())
        problem = f"cannot be changed safely as it is written: write yourself under [trigger.thresholds] {lines}"
        raise file.error(SECTION, problem)
    return text


def tuned_for(text: str, word: str) -> str | None:
    """`StreamingModel.scores_id` for which `hark tune` chose the threshold of a word; None if its owner wrote it."""
    number = find_line(text, (*SECTION, word)) or 0
    above = text.splitlines()[number - 2].strip() if number > 1 else ""
    found = _MODEL.search(above) if above.startswith(MARK) else None
    return found[1] if found else None


def replace_file(path: Path, text: str) -> Path:
    """Writes a configuration at one stroke, with the owner and mode of the old one; returns the backup of that.

    Raises:
        OutputError: the folder or the disk does not allow it; the old file is untouched.
    """
    path = path.resolve()
    backup = path.with_name(path.name + BACKUP)
    try:
        before = path.read_bytes()
        # Of a file that holds thresholds of ours, the one before the first of them is what its owner would miss.
        if MARK.encode() not in before or not backup.exists():
            _write(backup, before, path.stat())
        _write(path, text.encode(), path.stat())
    except OSError as error:
        raise OutputError(f"{path} cannot be replaced ({error.strerror}): check the rights and the disk") from error
    return backup


def check_replaceable(path: Path) -> None:
    """Tries what `replace_file` does beside the configuration, with a file that is not kept.

    Raises:
        OSError: the folder does not allow it, or not to this user, who cannot give a file to the owner of the old one.
    """
    path = path.resolve()
    with tempfile.TemporaryFile(dir=path.parent) as file:
        _liken(file.fileno(), path.stat())


def _with_threshold(text: str, word: str, entry: Tuned) -> str:
    lines = text.splitlines(keepends=True)
    end = "\r\n" if "\r\n" in text else "\n"
    comment = f"{MARK}{entry.evidence}; model {entry.scores_id}{end}"
    if number := find_line(text, (*SECTION, word)):
        index = number - 1
        lines[index] = re.sub(r"(=\s*)[^\s#]+", rf"\g<1>{entry.threshold:g}", lines[index], count=1)
        indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        ours = index > 0 and lines[index - 1].lstrip().startswith(MARK)
        lines[index - ours : index] = [indent + comment]
        return "".join(lines)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += end
    added = [comment, f"{shown_key((word,))} = {entry.threshold:g}{end}"]
    if number := find_line(text, SECTION):
        lines[number:number] = added
        return "".join(lines)
    return "".join([*lines, end, f"[{shown_key(SECTION)}]{end}", *added])


def _differs_only_by(thresholds: Mapping[str, float], file: ConfigFile, text: str) -> bool:
    before = parse(file.text, file.path)
    try:
        after = parse(text, file.path)
    except ConfigError:
        return False
    trigger = replace(before.trigger, thresholds={**before.trigger.thresholds, **thresholds})
    return after == replace(before, trigger=trigger, file=after.file)


def _write(path: Path, content: bytes, like: os.stat_result) -> None:
    with written_whole(path) as file:
        _liken(file.fileno(), like)
        file.write(content)


def _liken(handle: int, like: os.stat_result) -> None:
    """Mode and owner; some file systems know no owners, and allow no change of them."""
    os.fchmod(handle, like.st_mode & 0o7777)
    own = os.fstat(handle)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(handle, like.st_uid, like.st_gid)
