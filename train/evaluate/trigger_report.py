"""What a tally says to a reader: by word, by noise, by speaker, and the worst false accepts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from edge.audio import SAMPLE_RATE
from train.corpora.audio import load
from train.evaluate.intervals import wilson
from train.evaluate.trigger import Tally, miss_cell, rate_cell

BEFORE_SECONDS, AFTER_SECONDS = 2.0, 1.0
"""Of a false accept, for who listens to it."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """What was missed of one speaker, over all words."""

    name: str
    missed: int
    clips: int

    @property
    def least(self) -> float:
        """Lower end of the interval (95 %) of the share: who has few clips is not the worst by bad luck."""
        return wilson(self.missed, self.clips)[0]


@dataclass(frozen=True, slots=True)
class FalseAccept:
    """Where a word was heard that was not said."""

    word: str
    score: float
    file: str
    """CORPUS/PATH, or FOLDER/PATH of a long recording."""
    seconds: float
    """From the beginning of the file."""


def by_word(tally: Tally, thresholds: Mapping[str, float], conditions: Sequence[str]) -> str:
    """A Markdown table: false accepts an hour and misses at the thresholds of the device, with intervals."""
    heading = ["word", "threshold", "false accepts", "FA/h (95 %)", *(f"miss {c}" for c in conditions)]
    lines = [_row(heading), "|---" * len(heading) + "|"]
    for word, threshold in thresholds.items():
        accepts = tally.false_accepts(word, threshold)
        cells = [miss_cell(*tally.miss(word, condition, threshold)) for condition in conditions]
        rate = rate_cell(accepts, tally.hours_without(word))
        lines.append(_row([word, f"{threshold:.3f}", str(accepts), rate, *cells]))
    lines.append(_row(["all", "", "", "", *(miss_cell(*total(tally, thresholds, c)) for c in conditions)]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def total(tally: Tally, thresholds: Mapping[str, float], condition: str) -> tuple[int, int]:
    """Misses and clips of all words in a condition."""
    counts = [tally.miss(word, condition, threshold) for word, threshold in thresholds.items()]
    return sum(missed for missed, _ in counts), sum(clips for _, clips in counts)


def by_speaker(
    tally: Tally, thresholds: Mapping[str, float], speakers: Mapping[str, str], condition: str = "clean"
) -> list[Speaker]:
    """Misses of each speaker, the worst first; `speakers` are by the names of clips."""
    found: dict[str, list[bool]] = defaultdict(list)
    for (word, among), scores in tally.best.items():
        if among == condition:
            for score, name in scores:
                found[speakers[name]].append(score < thresholds[word])
    ranked = (Speaker(name, sum(missed), len(missed)) for name, missed in found.items())
    return sorted(ranked, key=lambda speaker: (-speaker.least, -speaker.missed, speaker.name))


def worst(tally: Tally, most: int) -> list[FalseAccept]:
    """The false accepts with the highest scores, of all words."""
    ranked = sorted(
        ((score, word, name) for word, found in tally.accepts.items() for score, name in found), reverse=True
    )
    chosen = ((word, score, *name.removesuffix(" s").rpartition(" + ")[::2]) for score, word, name in ranked[:most])
    return [FalseAccept(word, score, file, float(at)) for word, score, file, at in chosen]


def write_clips(accepts: Sequence[FalseAccept], files: Mapping[str, Path], folder: Path) -> None:
    """Cuts each false accept out of its file, as it was recorded; `files` are by the names that accepts know."""
    folder.mkdir(parents=True, exist_ok=True)
    for rank, accept in enumerate(accepts, start=1):
        samples = load(files[accept.file])
        begin, end = ((accept.seconds + by) * SAMPLE_RATE for by in (-BEFORE_SECONDS, AFTER_SECONDS))
        name = f"{rank:03}-{accept.word.replace(' ', '_')}-{accept.score:.3f}.wav"
        soundfile.write(folder / name, samples[max(0, round(begin)) : round(end)], SAMPLE_RATE)
