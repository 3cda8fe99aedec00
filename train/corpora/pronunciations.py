"""Pronouncing dictionaries: how words sound, in the phones of CMUdict (ARPAbet without stress)."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from edge.errors import DataError, reason
from train.corpora.download import download
from train.corpora.fetch import trust_on_first_use
from train.corpora.text import UNREADABLE, open_text

Sounds: TypeAlias = tuple[str, ...]
"""Phones one after another, such as ("AE", "T", "L", "AH", "S")."""

Lexicon: TypeAlias = Mapping[str, Sequence[Sounds]]
"""The pronunciations of each word, in lower case."""

ADDRESS = "https://raw.githubusercontent.com/cmusphinx/cmudict/0f8072f814306c5ee4fbf992ed853601b12c01f9/cmudict.dict"
"""CMUdict (Carnegie Mellon University, BSD licence): 135 000 entries, 3.6 MB."""

NAMES = ("cmudict.dict", "cmudict.dict.gz", "cmudict-0.7b")
"""What the dictionary is called in a folder."""

_PHONE = "[A-Z]{1,2}[0-2]?"
_ENTRY = re.compile(rf"^([a-zA-Z']+)(?:\(\d+\))?\s+({_PHONE}(?: {_PHONE})*)\s*(?:#.*)?$")


def read_pronunciations(path: Path) -> Lexicon:
    """The dictionary in a file, or in a folder under one of NAMES.

    Raises:
        DataError: it cannot be read, or holds no entry such as `atlas AE1 T L AH0 S`.
    """
    path = dictionary_in(path)
    lexicon: dict[str, list[Sounds]] = {}
    try:
        with open_text(path) as file:
            for entry in filter(None, map(_ENTRY.match, file)):
                sounds = tuple(phone.rstrip("012") for phone in entry[2].split())
                lexicon.setdefault(entry[1].lower(), []).append(sounds)
    except UNREADABLE as error:
        raise DataError(f"{path} cannot be read as a dictionary: {reason(error)}; give a copy of {ADDRESS}") from None
    if not lexicon:
        raise DataError(f"{path} holds no line such as 'atlas AE1 T L AH0 S'; give a copy of {ADDRESS}")
    return lexicon


def dictionary_in(path: Path) -> Path:
    """The file itself; of a folder, the file there that has one of NAMES."""
    if not path.is_dir():
        return path
    return next((path / name for name in NAMES if (path / name).is_file()), path / NAMES[0])


def fetch_pronunciations(folder: Path) -> Path:
    """CMUdict in the folder, downloaded from its publisher unless it is there.

    Raises:
        DownloadError: the server is out of reach.
        DataError: it is another file than the first time.
    """
    path = folder / NAMES[0]
    if not path.exists():
        # Near phrases can do without: who is offline does not wait for it.
        download(ADDRESS, path, pause=lambda _seconds: None)
        trust_on_first_use(path)
    return path
