"""How the words of a phrase and of its people sound, as a pronouncing dictionary has them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from train.corpora.download import DownloadError
from train.corpora.pronunciations import Lexicon, fetch_pronunciations, read_pronunciations

OUT_OF_REACH: Final = "CMUdict is out of reach; give a copy of it with --dictionary"


@dataclass(frozen=True)
class Dictionary:
    """A pronouncing dictionary that is read once, as it is first asked for: that takes half a second and 60 MB."""

    given: Path | None
    """File or folder; None for CMUdict, which is fetched."""
    work: Path
    """The folder to fetch into."""

    @cached_property
    def lexicon(self) -> Lexicon:
        """How words sound; empty where none is given and CMUdict is out of reach.

        Raises:
            DataError: it cannot be read.
        """
        try:
            return read_pronunciations(self.given or fetch_pronunciations(self.work))
        except DownloadError:
            return {}

    @property
    def origin(self) -> str:
        """Where that comes from, in words."""
        return "a pronouncing dictionary" if self.lexicon else f"spelling alone: {OUT_OF_REACH}"
