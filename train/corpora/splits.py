"""Training, validation and test parts that share no speaker."""

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TypeAlias

from train.corpora.manifest import Clip

Part: TypeAlias = str
"""`train`, `validation` or `test`."""

SHARES: Mapping[Part, float] = MappingProxyType({"test": 0.13, "validation": 0.13})
"""Share of each corpus, in seconds, that is kept from training."""


TAKE = re.compile(r"(\d-\d+-)[A-Z]\b")
"""How ESC-50 names what it cut from one recording: FOLD-SOURCE-TAKE."""


def voice(clip: Clip) -> str:
    """Whose recording it is: one without a speaker stands alone, takes of one sound belong to the first."""
    return clip.speaker or TAKE.sub(r"\1A", clip.path.name)


def part_of_voices(clips: Sequence[Clip], shares: Mapping[Part, float] = SHARES) -> dict[str, Part]:
    """The part that each voice belongs to: of every corpus, whole voices until a part has its share, the rest trains.

    Voices come in the order of a checksum, so that the split stays when clips are added elsewhere. One that would fill
    a part twice over is passed by: a corpus of two speakers trains.
    """
    parts: dict[str, Part] = {}
    for _, group in groupby(sorted(clips, key=lambda clip: clip.corpus), key=lambda clip: clip.corpus):
        seconds: Counter[str] = Counter()
        for clip in group:
            seconds[voice(clip)] += clip.seconds  # type: ignore[assignment]  # a Counter adds up floats as well
        for part, share in shares.items():
            _fill(part, share * seconds.total(), seconds, parts)
        for who in seconds:
            parts.setdefault(who, "train")
    return parts


def _fill(part: Part, wanted: float, seconds: Mapping[str, float], parts: dict[str, Part]) -> None:
    taken = sum(length for who, length in seconds.items() if parts.get(who) == part)
    for who in sorted(seconds, key=lambda name: zlib.crc32(name.encode())):
        if who not in parts and taken < wanted and taken + seconds[who] <= 2 * wanted:
            parts[who] = part
            taken += seconds[who]
