"""What `hark enroll` does to an owner's misses, to other people's triggers and to false accepts.

    python benchmarks/voices.py AUDIO [BUNDLE]       AUDIO: a folder of corpora, each with a manifest.csv

Speakers of wakewords_picovoice are divided in two: what tells voices apart is learnt from one half, and each speaker
of the other one with 8 takes or more of a word enrols with 3 or 5 of them; then the other way round. Speakers there are
clusters of recordings that sound alike, not identities, and each brings a room and a microphone of his own: people who
share a microphone are harder to tell apart than these.
"""

import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from edge.audio import AudioBlock
from edge.model import StreamingModel
from edge.pipeline import thresholds_for
from edge.voices import Speakers
from edge.voices.ear import Vector
from edge.voices.enrolment import enrol, takes
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora
from train.evaluate.intervals import wilson
from train.recipes.trigger.speakers import Take, discriminant, takes_in

ENROLLED: Final = (3, 5)
FEWEST: Final = 8
NEGATIVES: Final = ("hard_negatives", "near_miss", "wakewords_community", "words_speech_commands")
HEADER: Final = """
{} takes enrolled

| word | own takes vetoed | others' vetoed | false accepts vetoed | equal error rate |
|---|---|---|---|---|"""
LOOSE: Final = 20.0
"""False accepts an hour of the thresholds at which there are enough of them to count."""


@dataclass(slots=True)
class Outcome:
    """Of all owners of a word, or of all words."""

    own: list[float] = field(default_factory=list)
    """Likeness of the owners' other takes, above what is needed."""
    others: list[float] = field(default_factory=list)
    """Of other people's takes."""
    accepts: list[float] = field(default_factory=list)
    """Of what is taken for the word, and is none."""
    raw: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    """Likeness of own and other takes, as it is."""

    def add(self, other: "Outcome") -> None:
        """Take in another one."""
        for mine, theirs in zip(self.lists, other.lists, strict=True):
            mine.extend(theirs)

    def row(self, name: str) -> str:
        """A line of the table."""
        cells = [_share(sum(x < 0 for x in self.own), len(self.own))]
        cells += [_share(sum(x < 0 for x in some), len(some)) for some in (self.others, self.accepts)]
        return f"| {name} | {' | '.join(cells)} | {100 * equal_error(*map(np.array, self.raw)):.1f} % |"

    @property
    def lists(self) -> tuple[list[float], ...]:
        """All of them, in order."""
        return self.own, self.others, self.accepts, *self.raw


def judge(
    speakers: Speakers, found: Sequence[Take], accepts: Mapping[str, Sequence[Vector]], enrolled: int, seed: int
) -> Iterator[tuple[str, Outcome]]:
    """Every speaker as the owner, by word."""
    rng, by_speaker = np.random.default_rng(seed), defaultdict(list)
    for take in found:
        by_speaker[take.word, take.speaker].append(take.vector)
    for (word, owner), vectors in by_speaker.items():
        if len(vectors) < FEWEST or word not in speakers.means:
            continue
        drawn = [vectors[int(n)] for n in rng.permutation(len(vectors))]
        voice = enrol(owner, word, drawn[:enrolled], speakers).voice
        own = [voice.likeness(vector) for vector in drawn[max(ENROLLED) :]]
        others = [voice.likeness(take.vector) for take in found if take.word == word and take.speaker != owner]
        wrong = [voice.likeness(vector) - voice.needed for vector in accepts.get(word, ())]
        mine, theirs = ([x - voice.needed for x in some] for some in (own, others))
        yield word, Outcome(mine, theirs, wrong, (own, others))


def false_accepts(model: StreamingModel, clips: Sequence[Clip]) -> dict[str, list[Vector]]:
    """What recordings without the words sound like where they trigger at loose thresholds."""
    labels = model.bundle.manifest.labels
    thresholds, found = thresholds_for(model, labels, LOOSE), defaultdict(list)
    for clip in clips:
        if clip.corpus.startswith(NEGATIVES) and clip.label not in labels:
            for trigger, vector in takes(model, thresholds, [AudioBlock(load(clip.path), 0)]):
                found[trigger.name].append(vector)
    return found


def equal_error(own: np.ndarray, others: np.ndarray) -> float:
    """The rate at which as many own takes are refused as other people's pass."""
    levels = np.sort(np.concatenate([own, others]))
    missed = np.searchsorted(np.sort(own), levels) / len(own)
    passed = 1 - np.searchsorted(np.sort(others), levels) / len(others)
    closest = int(np.argmin(np.abs(missed - passed)))
    return float(missed[closest] + passed[closest]) / 2


def main() -> None:
    """Print a table for each number of enrolled takes."""
    clips = read_corpora(Path(sys.argv[1]))
    model = StreamingModel.load(sys.argv[2] if len(sys.argv) > 2 else "trigger-en")
    found = takes_in(model, [clip for clip in clips if clip.corpus == "wakewords_picovoice"])
    accepts = false_accepts(model, clips)
    halves = [[take for take in found if zlib.crc32(take.speaker.encode()) % 2 == half] for half in (0, 1)]
    for enrolled in ENROLLED:
        print(HEADER.format(enrolled))
        by_word: defaultdict[str, Outcome] = defaultdict(Outcome)
        for learnt, judged in (halves, halves[::-1]):
            for word, outcome in judge(discriminant(learnt), judged, accepts, enrolled, seed=1):
                by_word[word].add(outcome)
                by_word["all"].add(outcome)
        for word, outcome in sorted(by_word.items(), key=lambda item: (item[0] == "all", item[0])):
            print(outcome.row(word))


def _share(count: int, of: int) -> str:
    low, high = wilson(count, of)
    return f"{100 * count / max(1, of):.1f} ({100 * low:.1f}-{100 * high:.1f}) % of {of}"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
