"""Where the public corpora come from: official addresses, licences, published checksums."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from train.corpora import layouts
from train.corpora.download import Checksum
from train.corpora.manifest import Clip


@dataclass(frozen=True, slots=True)
class Original:
    """A corpus as its publisher offers it."""

    name: str
    about: str
    address: str
    licence: str
    checksum: Checksum | None
    """As the publisher states it; None where none is published, then the first download is the reference."""
    read: Callable[[Path], list[Clip]]
    """Reads the folder that the archive unpacks to."""


_GITHUB = "https://github.com"
_OPENSLR = "https://www.openslr.org/resources"

ORIGINALS = {
    original.name: original
    for original in (
        Original(
            name="wake-word-benchmark",
            about="six wake words, each by more than 50 crowd-sourced speakers (Picovoice)",
            address=f"{_GITHUB}/Picovoice/wake-word-benchmark/archive/84919190fb1891bf0936dcb577d9268e467f876f.tar.gz",
            licence="Apache-2.0",
            checksum=None,
            read=layouts.read_wake_word_benchmark,
        ),
        Original(
            name="mini-librispeech",
            about="5 h of read English, 0.3 GB (train-clean-5, openslr 31)",
            address=f"{_OPENSLR}/31/train-clean-5.tar.gz",
            licence="CC BY 4.0",
            checksum=Checksum("md5", "5df7d4e78065366204ca6845bb08f490"),
            read=layouts.read_librispeech,
        ),
        Original(
            name="librispeech-100",
            about="100 h of read English by 251 speakers, 6.4 GB (train-clean-100, openslr 12)",
            address=f"{_OPENSLR}/12/train-clean-100.tar.gz",
            licence="CC BY 4.0",
            checksum=Checksum("md5", "2a93770f6d5c6c964bc36631d331a522"),
            read=layouts.read_librispeech,
        ),
        Original(
            name="spoken-digits",
            about="3000 digits by six speakers (Free Spoken Digit Dataset)",
            address=f"{_GITHUB}/Jakobovski/free-spoken-digit-dataset/archive/26eb9aaf76e81b692f806f9140c2d2777410d7a1.tar.gz",
            licence="CC BY-SA 4.0",
            checksum=None,
            read=layouts.read_spoken_digits,
        ),
        Original(
            name="esc-50",
            about="2000 household and outdoor sounds of 5 s, 0.6 GB, ESC-10 among them (K. J. Piczak)",
            address=f"{_GITHUB}/karolpiczak/ESC-50/archive/33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6.tar.gz",
            licence="CC BY-NC 3.0; its part ESC-10 CC BY 3.0",
            checksum=None,
            read=layouts.read_environmental_sounds,
        ),
    )
}
