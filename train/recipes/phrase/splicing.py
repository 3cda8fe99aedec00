"""Takes of the phrase in people's voices: pieces are cut out of their sentences and joined.

rows of pieces -> when the words of their sentences were said (CTC alignment by the shipped speech network)
               -> pieces, equally loud, one after the other -> the takes that this network spells most like the phrase
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from rich.progress import track

from edge.audio import SAMPLE_RATE, Pcm16, pcm16, seconds
from edge.decoder.alphabet import SPACE, encode
from edge.decoder.ctc import LogProbs, Span, align, best_path_score, log_likelihood
from edge.model import StreamingModel
from edge.transcriber import HEAD
from train import augment
from train.augment import Signal
from train.corpora.audio import load
from train.corpora.manifest import MANIFEST, Clip, write_manifest
from train.evaluate.speech import as_said, in_silence, spelled, streaming_logits
from train.recipes.phrase.collage import Piece, Row
from train.surroundings import Recording

TRIED: Final = 1200
"""Takes of which the best are kept."""
KEPT: Final = 0.6
"""Share of them."""
SENTENCES: Final = 512
"""Recordings that are kept in memory, since unpacking one anew for each of its pieces takes longer than all else."""
BEFORE, AFTER = int(0.13 * SAMPLE_RATE), int(0.09 * SAMPLE_RATE)
"""Samples from the beginning of a word to its first letter, and from its last letter to its end: medians over words of
the speech commands that were said alone."""
LOUDNESS: Final = 0.1
"""Of each piece, as `augment.scale_to` has it."""
FADE: Final = int(0.012 * SAMPLE_RATE)
"""Samples over which one piece becomes the next."""


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """The phrase, joined from pieces."""

    row: Row
    samples: Pcm16
    likeness: float
    """Log probability of the phrase's letters less that of the best path, a letter."""

    def clip(self, path: Path, phrase: str) -> Clip:
        """What the manifest says of it, once it is written."""
        licences = "; ".join(sorted({piece.clip.licence for piece in self.row}))
        speaker, length = self.row[0].clip.speaker, seconds(len(self.samples))
        return Clip(path, "wakeword", phrase, phrase, speaker, length, licence=licences, ship_weights=True, corpus="")


def write_collages(folder: Path, phrase: str, rows: Iterable[Row], model: StreamingModel) -> None:
    """Writes a corpus of takes, those that a speech network spells best; what is there already is kept.

    Args:
        folder: made if it is not there.
        phrase: what is said in all of them.
        rows: what they are joined from, the best first.
        model: the speech network.
    """
    if (folder / MANIFEST).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    takes = list(Splicer(model).takes(phrase, list(islice(rows, TRIED))))
    best = sorted(takes, key=lambda take: take.likeness, reverse=True)[: round(KEPT * len(takes))]
    paths = [folder / f"{place:04}.flac" for place in range(len(best))]
    for path, take in zip(paths, best, strict=True):
        soundfile.write(path, take.samples, SAMPLE_RATE)
    write_manifest(folder, [take.clip(path, phrase) for path, take in zip(paths, best, strict=True)])


class Splicer:
    """Cuts pieces out of recordings, and joins them.

    Args:
        model: the speech network that says where words are.
    """

    def __init__(self, model: StreamingModel) -> None:
        self._logits = streaming_logits(model.stream())
        self._features = model.bundle.manifest.frames
        self._step = model.bundle.manifest.stack * self._features.hop
        self._words = lru_cache(maxsize=None)(self._find)
        self._samples = lru_cache(maxsize=SENTENCES)(load)

    def takes(self, phrase: str, rows: Sequence[Row]) -> Iterator[Take]:
        """One of each row whose sentences can be aligned."""
        letters = encode(phrase)
        for row in track(rows, "people's words", transient=True):
            samples = self._joined(row)
            if samples is not None:
                heard = self._spell(samples)
                apart = log_likelihood(heard, letters) - best_path_score(heard)
                yield Take(row, samples, apart / len(letters))

    def _joined(self, row: Row) -> Pcm16 | None:
        """The pieces one after the other; None where a sentence cannot be aligned, or a piece is a mere click."""
        signal, *others = (self._cut(piece) for piece in row)
        if min(map(len, (signal, *others))) <= 2 * FADE:
            return None
        for other in others:
            signal = _faded(signal, other)
        return pcm16(signal)

    def _cut(self, piece: Piece) -> Signal:
        words = self._words(piece.clip)
        if not words:
            return np.zeros(0, np.float32)
        begin, end = words[piece.place]
        first, last = (int(share * (end - begin)) for share in (piece.first, piece.last))
        sentence = Recording(self._samples(piece.clip.path)).signal()
        return augment.scale_to(sentence[begin + first : end - last], LOUDNESS)

    def _find(self, clip: Clip) -> list[tuple[int, int]]:
        """First sample of each word of a sentence and the one after its last; none where nothing can be aligned."""
        samples, letters = self._samples(clip.path), encode(as_said(clip.transcript))
        try:
            spans = align(self._spell(samples), letters)
        except ValueError:
            return []
        return [(max(0, begin - HEAD), end - HEAD) for begin, end in word_bounds(letters, spans, self._step)]

    def _spell(self, samples: Pcm16) -> LogProbs:
        return spelled(in_silence(samples), self._logits, self._features)


def word_bounds(letters: Sequence[int], spans: Sequence[Span], step: int) -> Iterator[tuple[int, int]]:
    """First sample of each word and the one after its last; of what two would share, each has half.

    Args:
        letters: of some words, with SPACE between them.
        spans: when each letter was spelled, in steps.
        step: samples in a step.
    """
    spaces = [place for place, letter in enumerate(letters) if letter == SPACE]
    begins = [step * spans[place].first - BEFORE for place in (0, *(space + 1 for space in spaces))]
    ends = [step * spans[place].first + AFTER for place in (*(space - 1 for space in spaces), len(letters) - 1)]
    for word in range(1, len(begins)):
        if ends[word - 1] > begins[word]:
            ends[word - 1] = begins[word] = (ends[word - 1] + begins[word]) // 2
    yield from zip(begins, ends, strict=True)


def _faded(one: Signal, other: Signal) -> Signal:
    """Both, the end of the one under the beginning of the other."""
    rise = np.linspace(0, 1, FADE, dtype=np.float32)
    middle = one[-FADE:] * (1 - rise) + other[:FADE] * rise
    return np.concatenate([one[:-FADE], middle, other[FADE:]])
