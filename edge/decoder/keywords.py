"""Keywords from plain text, with no training: how far is the best spelling of a word from the best of all paths?

log probabilities -- less that of the step's best symbol --> log ratios -- Viterbi over letters and blanks --> scores
scores -- above the threshold, at a peak --> Spotted

The free-running best path is the filler that a word competes with (the on-line garbage model of Bourlard, D'hoore and
Boite 1994), so a log ratio is 0 where the word is what the network hears anyway, and below 0 elsewhere.
A word that is spelled from one step to another scores

    exp(sum over its best CTC path / number of its letters               one threshold suits words of any length
        + weight * (sum over the boundary before it + sum over the boundary behind it))                in (0, 1].

A word stands alone: "art" is in neither "start" nor "artist". So it is spelled with a boundary on either side, and
nothing but blanks between: a space, or a pause, which is so many blanks that no letter of the same word follows.
The stream begins after a pause. A word is complete, and scored, when the boundary behind it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK, LETTERS, SPACE
from edge.decoder.spelling import spell
from edge.errors import ConfigError

LogProbs: TypeAlias = npt.NDArray[np.float32]
"""Shape (steps, SYMBOLS), natural logarithms."""

Scores: TypeAlias = npt.NDArray[np.float32]
"""Shape (steps, keywords), 0 to 1."""

_Steps: TypeAlias = npt.NDArray[np.int64]

SHORTEST = 3
"""Letters of the shortest keyword."""


@dataclass(frozen=True, slots=True)
class KeywordConfig:
    """What counts as a word of its own, and when it is reported."""

    pause_seconds: float = 0.3
    """So long without a letter ends a word, whether it is whole or not."""

    boundary_weight: float = 0.5
    """How much a doubtful boundary counts, beside the mean of the letters."""

    patience_seconds: float = 0.3
    """A score above the threshold is reported when it falls again, or after this time."""

    refractory_seconds: float = 1.0
    """A word is not reported again within this time."""


@dataclass(frozen=True, slots=True)
class Spotted:
    """A keyword was heard; steps are counted from the start of the stream."""

    name: str
    score: float
    """0 to 1, at the peak."""
    began_step: int
    """Step of its first letter."""
    ended_step: int
    """Step of its last letter."""
    at_step: int
    """Step at which it was decided."""


class KeywordSpotter:
    """Watches for some keywords; owns their paths and what has just been reported.

    Args:
        keywords: threshold of each keyword, 0 to 1, by its text.
        step_seconds: stream time from one step to the next.

    Raises:
        ConfigError: a keyword cannot be spelled, or is too short.
    """

    def __init__(self, keywords: Mapping[str, float], step_seconds: float, config: KeywordConfig | None = None) -> None:
        config = config or KeywordConfig()
        self._names = list(keywords)
        self._thresholds = np.array(list(keywords.values()), np.float32)
        self._trellis = _Trellis(
            [_letters(name) for name in keywords],
            pause=max(1, round(config.pause_seconds / step_seconds)),
            boundary_weight=config.boundary_weight,
        )
        self._patience = round(config.patience_seconds / step_seconds)
        self._refractory = round(config.refractory_seconds / step_seconds)
        self.reset()

    def reset(self) -> None:
        """Forget: the next step is the first of a new stream."""
        self._trellis.reset()
        self._peaks: dict[int, tuple[int, Spotted]] = {}
        """Of each word above its threshold, since when, and the best so far."""
        self._ready_at = np.zeros(len(self._names), np.int64)

    def scores(self, log_probs: LogProbs) -> Scores:
        """Scores of further steps, for curves; the stream moves on by them, but nothing is reported."""
        return self._trellis.feed(log_probs)[0]

    def feed(self, log_probs: LogProbs, fresh: Sequence[bool] = ()) -> list[Spotted]:
        """The keywords that further steps bring, in order; no word reaches into a step that is `fresh`."""
        first = self._trellis.steps
        scores, began, ended = self._trellis.feed(log_probs, fresh)
        above = scores >= self._thresholds
        # Almost always nothing is near a threshold; then no step needs to be looked at one by one.
        if not self._peaks and not above.any():
            return []
        spotted = []
        for step in range(len(scores)):
            for word in sorted({*np.flatnonzero(above[step]).tolist(), *self._peaks}):
                where = (int(began[step, word]), int(ended[step, word]), first + step)
                spotted += self._decide(word, Spotted(self._names[word], float(scores[step, word]), *where))
        return spotted

    def _decide(self, word: int, now: Spotted) -> list[Spotted]:
        """The word at its peak, once that is known to be one."""
        if now.at_step < self._ready_at[word]:
            return []
        since, best = self._peaks.pop(word, (now.at_step, now))
        if now.score >= best.score and now.at_step - since < self._patience:
            self._peaks[word] = since, now if now.score > best.score else best
            return []
        self._ready_at[word] = now.at_step + self._refractory
        return [replace(max(best, now, key=lambda some: some.score), at_step=now.at_step)]


def _letters(keyword: str) -> list[int]:
    letters = spell(keyword, "keyword")
    if sum(LETTERS[letter].isalpha() for letter in letters) < SHORTEST:
        raise ConfigError(f"keyword: {keyword!r} is too short to tell from others; take {SHORTEST} letters or more")
    return letters


class _Trellis:
    """The best path through every keyword, step by step.

    A row is a keyword, a column a letter, moved to the right, so that all words end in the last column. The column
    before the first letter holds the boundary that a path starts from, anew at each step. Between two letters lie fewer
    blanks than a pause has: without that limit, a word could be pieced together from what was said seconds apart.
    """

    def __init__(self, keywords: list[list[int]], pause: int, boundary_weight: float) -> None:
        self._pause, self._weight = pause, np.float32(boundary_weight)
        width = max(map(len, keywords))
        self._rows = np.arange(len(keywords))
        self._places = self._rows[:, None], np.arange(width)
        self._starts = np.array([width - len(letters) for letters in keywords])
        self._symbols = np.full((len(keywords), width), BLANK)
        for row, letters in zip(self._symbols, keywords, strict=True):
            row[width - len(letters) :] = letters
        self._shares = np.array([[1 / len(letters)] for letters in keywords], np.float32)
        # At least one blank parts a letter from the same one before it.
        same = np.pad(self._symbols[:, 1:] == self._symbols[:, :-1], ((0, 0), (1, 0)))
        self._at_once = np.where(same, np.float32(-np.inf), np.float32(0))
        self.reset()

    def reset(self) -> None:
        self.steps = 0
        self._forget()

    def _forget(self) -> None:
        """The next step comes after a pause, and no path leads to it."""
        shape = (self._pause, len(self._rows), self._symbols.shape[1] + 1)
        self._scores = np.full(shape, -np.inf, np.float32)
        """Of the paths whose last letter so far was 1, 2, ... steps ago."""
        self._began = np.zeros(shape, np.int64)
        self._boundary = np.float32(0)
        self._blanks = np.zeros(self._pause + 1, np.float32)
        """Sum over the last 0, 1, ... steps, were they blank."""

    def feed(self, log_probs: LogProbs, fresh: Sequence[bool] = ()) -> tuple[Scores, _Steps, _Steps]:
        """Score, first and last step of each word at each step; arrays of (steps, words)."""
        shape = (len(log_probs), len(self._rows))
        scores, began, ended = np.empty(shape, np.float32), np.empty(shape, np.int64), np.empty(shape, np.int64)
        for step, ratios in enumerate(log_probs - log_probs.max(axis=1, keepdims=True)):
            if fresh and fresh[step]:
                self._forget()
            spelled = self._spell(ratios)
            scores[step], began[step], ended[step] = self._complete(ratios)
            self._remember(*spelled)
            self.steps += 1
        return scores, began, ended

    def _spell(self, ratios: LogProbs) -> tuple[Scores, _Steps]:
        """Scores and beginnings of all paths that go on to a letter, or stay at theirs, at this step."""
        self._scores[0, self._rows, self._starts] = self._boundary
        self._began[0, self._rows, self._starts] = self.steps
        reached = self._scores[:, :, :-1] + (self._blanks[:-1, None] * self._shares.T)[:, :, None]
        reached[0] += self._at_once
        where = (reached.argmax(axis=0), *self._places)
        best, began = reached[where], self._began[where]
        stays = self._scores[0, :, 1:] > best
        best, began = np.where(stays, self._scores[0, :, 1:], best), np.where(stays, self._began[0, :, 1:], began)
        return best + ratios[self._symbols] * self._shares, began

    def _complete(self, ratios: LogProbs) -> tuple[Scores, _Steps, _Steps]:
        """The best of the words that a boundary at this step completes; then that boundary is behind us."""
        space, blank = ratios[[SPACE, BLANK]] * self._weight
        closing = self._blanks[:-1] * self._weight + space
        self._blanks[1:] = self._blanks[:-1] + ratios[BLANK]
        pause = self._blanks[-1] * self._weight
        closing[-1] = max(closing[-1], pause)
        scores = self._scores[:, :, -1] + closing[:, None]
        ago = scores.argmax(axis=0)
        found = np.exp(scores[ago, self._rows]), self._began[ago, self._rows, -1], self.steps - 1 - ago
        self._boundary = max(space, pause, self._boundary + blank)
        return found

    def _remember(self, scores: Scores, began: _Steps) -> None:
        """Paths that reached their letters at this step."""
        self._scores[1:], self._began[1:] = self._scores[:-1], self._began[:-1]
        self._scores[0, :, 1:], self._began[0, :, 1:] = scores, began
        self._scores[1:, self._rows, self._starts] = -np.inf
