"""Whether `hark tune` keeps its budget in hours that it has not heard, and what that costs in misses.

    python benchmarks/tune.py AUDIO [SEEDS] [BUNDLE]       AUDIO: a folder of corpora, each with a manifest.csv

Each seed divides the speakers and the noises in two, and makes two hours of each part: speech without the words, one
clip after another with pauses, every clip at its own loudness and with noise 5 to 25 dB below it. The thresholds are
chosen by one part, or by its beginning, and held against the other; then the other way round.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16, pcm16
from edge.model import StreamingModel
from edge.tuning import LEVELS, AcceptCounter, Choice, best_score, choose, poisson_cumulative
from edge.tuning.accepts import Counts
from train.augment import add_noise
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora

HOURS: Final = 2.0
LEARNT: Final = (0.5, 1.0, HOURS)
"""Hours by which thresholds are chosen."""
BUDGETS: Final = (2.0, 0.5, 1 / 24)
"""False accepts an hour."""
KINDS: Final = ("sentence", "command", "word")
HEADER: Final = """\
| budget/h | heard | basis | later rate/h, mean | most in 2 h | within budget | above (p < 0.05) | missed |
|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice for one word, and what came of it in the other two hours."""

    word: str
    choice: Choice
    later: int
    """False accepts at its threshold there."""


class Half:
    """Some speakers and noises, as an endless room."""

    def __init__(self, speech: Sequence[Clip], noises: Sequence[Clip], seed: int) -> None:
        self._speech, self._noises, self._seed = speech, noises, seed

    def blocks(self) -> Iterator[AudioBlock]:
        """As a microphone gives them, a second at a time."""
        rng = np.random.default_rng(self._seed)
        waiting, start = np.empty(0, np.int16), 0
        for index in rng.permutation(len(self._speech)):
            waiting = np.concatenate([waiting, self._noisy(self._speech[int(index)], rng)])
            for first in range(0, len(waiting) - SAMPLE_RATE, SAMPLE_RATE):
                yield AudioBlock(waiting[first : first + SAMPLE_RATE], start + first)
            whole = max(0, len(waiting) - 1) // SAMPLE_RATE * SAMPLE_RATE
            waiting, start = waiting[whole:], start + whole

    def _noisy(self, clip: Clip, rng: np.random.Generator) -> Pcm16:
        sound = load(clip.path).astype(np.float32)
        sound *= rng.uniform(0.1, 0.9) / max(1.0, float(np.abs(sound).max()))
        sound = np.pad(sound, (0, round(rng.uniform(0.5, 4) * SAMPLE_RATE)))
        noise = load(self._noises[int(rng.integers(len(self._noises)))].path).astype(np.float32) / 32768
        return pcm16(add_noise(sound, np.resize(noise, len(sound)), rng.uniform(5, 25)))


def halves(clips: Sequence[Clip], words: Sequence[str], seed: int) -> tuple[Half, Half]:
    """Two rooms that have no speaker and no noise in common."""
    rng = np.random.default_rng(seed)
    speech = [clip for clip in clips if clip.kind in KINDS and not any(word in clip.transcript for word in words)]
    noises = [clip for clip in clips if clip.kind == "noise"]
    speakers = sorted({(clip.corpus, clip.speaker) for clip in speech})
    first = {speakers[int(n)] for n in rng.permutation(len(speakers))[::2]}
    drawn = rng.permutation(len(noises))
    return (
        Half([c for c in speech if (c.corpus, c.speaker) in first], [noises[n] for n in drawn[::2]], seed),
        Half([c for c in speech if (c.corpus, c.speaker) not in first], [noises[n] for n in drawn[1::2]], seed),
    )


def listen(model: StreamingModel, half: Half) -> dict[float, dict[str, Counts]]:
    """The accepts of the first hours, for each of LEARNT."""
    counter = AcceptCounter(model, model.bundle.manifest.labels)
    counts: dict[float, dict[str, Counts]] = {}
    for block in half.blocks():
        counter.feed(block)
        if counter.hours >= LEARNT[len(counts)]:
            counts[LEARNT[len(counts)]] = {word: found.copy() for word, found in counter.counts.items()}
            if len(counts) == len(LEARNT):
                return counts
    raise SystemExit(f"{counter.hours:.2f} h of speech are fewer than {HOURS:g} h")


def trials(
    model: StreamingModel, here: dict[float, dict[str, Counts]], there: dict[float, dict[str, Counts]]
) -> Iterator[tuple[tuple[float, float], Trial]]:
    """What is chosen by the one part, held against the other; with the budget and the hours."""
    curves = model.bundle.manifest.operating_points
    for hours, counts in here.items():
        for budget in BUDGETS:
            for word in counts:
                choice = choose(word, counts[word], hours, budget, curves[word])
                later = there[HOURS][word][int(np.searchsorted(LEVELS, choice.threshold))]
                yield (budget, hours), Trial(word, choice, int(later))


def row(budget: float, hours: float, found: Sequence[Trial], heard: dict[str, list[float]]) -> str:
    """How the choices did."""
    later = [trial.later for trial in found]
    kept = sum(n <= max(1.0, budget * HOURS) for n in later)
    refuted = sum(n > np.searchsorted(poisson_cumulative(budget * HOURS), 0.95) for n in later)
    missed = [100 * np.mean(np.array(heard[t.word]) < t.choice.threshold) for t in found if heard[t.word]]
    bases = ", ".join(f"{basis} {n}" for basis, n in Counter(trial.choice.basis for trial in found).items())
    cells = [f"{budget:.3g}", f"{hours:g}", bases, f"{np.sum(later) / len(later) / HOURS:.3f}", f"{max(later)}"]
    cells += [f"{kept} of {len(found)}", f"{refuted}", f"{np.mean(missed):.1f} %"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a row for each budget and length of the recording."""
    seeds, bundle = (*sys.argv[2:], *("3", "trigger-en")[len(sys.argv) - 2 :])
    clips, model = read_corpora(Path(sys.argv[1])), StreamingModel.load(bundle)
    words = model.bundle.manifest.labels
    found = defaultdict(list)
    for seed in range(int(seeds)):
        one, other = (listen(model, half) for half in halves(clips, words, seed))
        for key, trial in [*trials(model, one, other), *trials(model, other, one)]:
            found[key].append(trial)
    spoken = {word: [clip for clip in clips if clip.kind == "wakeword" and clip.label == word] for word in words}
    heard = {word: [_score(model, clip) for clip in some] for word, some in spoken.items()}
    print(HEADER)
    for (budget, hours), some in sorted(found.items(), reverse=True):
        print(row(budget, hours, some, heard))


def _score(model: StreamingModel, clip: Clip) -> float:
    return best_score(model, clip.label, [AudioBlock(load(clip.path), 0)])


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    main()
