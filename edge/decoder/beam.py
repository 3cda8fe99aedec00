"""Prefix beam search (Hannun et al. 2014, arXiv 1408.2873), a step at a time, with scorers fused in.

    log probabilities of a step -- each prefix goes on: with a blank, or its last letter still -->    prefixes
                                -- and grows: by each letter that was heard, in its scorers' opinion --> more prefixes
                                -- the best `width` of all are kept -->                                  the beam

A prefix has two log probabilities, summed over the paths that collapse to it: of those that end in a blank, and of
those that end in its last letter. Only after a blank does that letter, said again, count twice. What is dropped from
the beam is lost: the sums are exact where nothing was dropped, and a little low otherwise.
"""

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, decode
from edge.decoder.ctc import IMPOSSIBLE, LogProbs
from edge.decoder.scorer import Scorer, State

_Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BeamConfig:
    """How far the search looks, and what it prefers; in natural logarithms."""

    width: int = 32
    """Most prefixes that are kept, from 1."""

    floor: float = -6.0
    """Letters less probable than this grow nothing, and a step with no others costs almost nothing; -inf: all grow."""

    gain: float = 0.0
    """Most that scorers are taken to add for one letter: where even that would be too little, they are not asked.

    A language model adds more where a word is likelier after those before it than by itself. To hope for that, too,
    costs twice as much and finds hardly better texts."""

    letter_bonuses: tuple[float, ...] = (0.0,) * len(LETTERS)
    """Added for each letter of a text, in the order of `LETTERS`, since scorers prefer short texts."""

    length_exponent: float = 0.0
    """Hypotheses rank by score / letters ** exponent, 0 to 1."""

    silence_margin: float = -math.inf
    """Nats a letter by which the sound must favour the best text over silence, or nothing was said.

    A likelihood ratio without scorers and bonuses: in noise they make words of letters that are hardly there."""

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width is {self.width}: give 1 or more")
        if len(self.letter_bonuses) != len(LETTERS):
            raise ValueError(f"there are {len(self.letter_bonuses)} letter_bonuses: give one for each of {LETTERS!r}")


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What may have been said."""

    text: str

    score: float
    """`acoustic`, and what the scorers and the bonuses add."""

    acoustic: float
    """Log probability of the text given the sound, summed over the paths that were in the beam."""

    def rank(self, exponent: float) -> float:
        """What hypotheses are ordered by: score / letters ** exponent."""
        return self.score / math.pow(max(1, len(self.text)), exponent)


class BeamSearch:
    """Log probabilities in, hypotheses out; owns the beam.

    Args:
        scorers: opinions on the texts, added to their log probabilities; what one of them forbids is not considered.
    """

    def __init__(self, scorers: Sequence[Scorer] = (), config: BeamConfig | None = None) -> None:
        self._scorers = tuple(scorers)
        self._config = config or BeamConfig()
        self._hopes = np.append(np.array(self._config.letter_bonuses) + self._config.gain, IMPOSSIBLE)
        """Most that each symbol may add to a score."""
        self.reset()

    def reset(self) -> None:
        """Forget: nothing was said."""
        self._tree = _Tree(self._scorers, self._config.letter_bonuses)
        self._beam = _Beam([self._tree.root], np.zeros(1), np.full(1, IMPOSSIBLE))
        self._silence = 0.0

    def feed(self, log_probs: LogProbs) -> None:
        """Hear some more steps, (steps, SYMBOLS); the results are identical however the steps are cut into calls."""
        log_probs = log_probs.astype(np.float64)
        letters = np.where(log_probs >= self._config.floor, log_probs, IMPOSSIBLE)
        letters[:, BLANK] = IMPOSSIBLE
        for now, heard, loudest in zip(log_probs, letters, letters.max(axis=1), strict=True):
            grown = self._beam.grow(heard) if loudest > IMPOSSIBLE else None
            self._beam.go_on(now)
            self._silence += float(now[BLANK])
            if grown is not None:
                self._select(grown)

    def partial(self) -> str:
        """The best prefix so far, unless the sound is nearer to silence."""
        for best in self._best():
            text = self._beam.prefixes[best].text()
            return text if self._is_said(text, float(self._beam.acoustic[best])) else ""
        return ""

    def may_end(self) -> bool:
        """Whether the scorers let the best prefix so far be a whole text."""
        return all(self._tree.finish(self._beam.prefixes[best]) > IMPOSSIBLE for best in self._best())

    def nbest(self, n: int) -> list[Hypothesis]:
        """At most `n` hypotheses, best first, as if the sound ended here; the search goes on undisturbed.

        There are none if the scorers forbid whatever was heard, or the sound is nearer to silence than to the best.
        """
        ended = map(self._ended, self._beam.prefixes, self._beam.acoustic.tolist())
        allowed = [hypothesis for hypothesis in ended if hypothesis.score > IMPOSSIBLE]
        ranked = sorted(allowed, key=lambda one: one.rank(self._config.length_exponent), reverse=True)[:n]
        return ranked if all(self._is_said(best.text, best.acoustic) for best in ranked[:1]) else []

    def finish(self) -> list[Hypothesis]:
        """All hypotheses, best first; the search begins anew."""
        hypotheses = self.nbest(self._config.width)
        self.reset()
        return hypotheses

    def _ended(self, prefix: "_Prefix", acoustic: float) -> Hypothesis:
        return Hypothesis(prefix.text(), acoustic + self._tree.finish(prefix), acoustic)

    def _best(self) -> list[int]:
        """Place of the best prefix; none where all was forbidden."""
        best: list[int] = np.argsort(self._beam.total)[-1:].tolist()
        return best

    def _is_said(self, text: str, acoustic: float) -> bool:
        """Whether the sound favours a text over silence by enough."""
        return not text or acoustic - self._silence >= self._config.silence_margin * len(text)

    def _select(self, grown: _Floats) -> None:
        """Keep the best of the beam and of what grows out of it."""
        beam, new = self._beam, self._promising(grown)
        total = np.concatenate([beam.total, [growth.total for growth in new]])
        blank = np.concatenate([beam.blank, np.full(len(new), IMPOSSIBLE)])
        voiced = np.concatenate([beam.voiced, [growth.log_prob for growth in new]])
        best = np.argsort(-total, kind="stable")[: self._config.width]
        best = best[total[best] > IMPOSSIBLE]
        old = len(beam.prefixes)
        prefixes = [beam.prefixes[i] if i < old else self._tree.grow(*new[i - old][:2]) for i in best.tolist()]
        self._tree.keep(prefixes)
        self._beam = _Beam(prefixes, blank[best], voiced[best])

    def _promising(self, grown: _Floats) -> list["_Growth"]:
        """What grows out of the beam and may be among the best; scorers may be slow and are not asked of the rest."""
        beam, config, new = self._beam, self._config, list[_Growth]()
        best = sorted([*beam.total.tolist(), *[IMPOSSIBLE] * config.width])[-config.width :]
        hopes = (grown + beam.scores[:, None] + self._hopes).ravel()
        hopeful = np.flatnonzero(hopes > best[0])
        hopeful = hopeful[np.argsort(-hopes[hopeful], kind="stable")]
        for place, hope in zip(hopeful.tolist(), hopes[hopeful].tolist(), strict=True):
            if hope <= best[0]:
                break
            index, letter = divmod(place, SYMBOLS)
            score = self._tree.outlook(beam.prefixes[index], letter).score
            new.append(_Growth(beam.prefixes[index], letter, float(grown[index, letter]), score))
            heapq.heappushpop(best, new[-1].total)
        return new


@dataclass(frozen=True, eq=False)
class _Prefix:
    """The beginning of a text, as a node of a tree that points to its root: growing costs the same at any length."""

    parent: "_Prefix | None"
    letter: int
    """The last one; the root's is the blank, which no letter repeats."""
    score: float
    """Of scorers and bonuses, for all letters."""
    states: tuple[State, ...]
    """Of the scorers."""

    def text(self) -> str:
        letters, prefix = [], self
        while prefix.parent is not None:
            letters.append(prefix.letter)
            prefix = prefix.parent
        return decode(reversed(letters))


class _Outlook(NamedTuple):
    """What the scorers say of a prefix with a letter more."""

    score: float
    states: tuple[State, ...]


class _Growth(NamedTuple):
    """A prefix, the letter it grows by, and the log probability and score that it then has."""

    prefix: _Prefix
    letter: int
    log_prob: float
    score: float

    @property
    def total(self) -> float:
        return self.log_prob + self.score


class _Tree:
    """All prefixes that are in the beam or begin one that is; asks the scorers only once for each."""

    def __init__(self, scorers: tuple[Scorer, ...], bonuses: tuple[float, ...]) -> None:
        self._scorers = scorers
        self._bonuses = bonuses
        # Weak, so that nothing is left of a branch that is no longer in the beam.
        self._nodes: WeakValueDictionary[tuple[_Prefix, int], _Prefix] = WeakValueDictionary()
        self.root = _Prefix(None, BLANK, 0.0, tuple(scorer.start() for scorer in scorers))
        self._outlooks: dict[_Prefix, dict[int, _Outlook]] = {self.root: {}}

    def outlook(self, prefix: _Prefix, letter: int) -> _Outlook:
        """What a prefix of the beam would be with one letter more."""
        known = self._outlooks[prefix]
        if letter not in known:
            pairs = zip(self._scorers, prefix.states, strict=True)
            advances = [scorer.advance(state, letter) for scorer, state in pairs]
            score = sum((gain for _, gain in advances), prefix.score + self._bonuses[letter])
            known[letter] = _Outlook(score, tuple(state for state, _ in advances))
        return known[letter]

    def grow(self, prefix: _Prefix, letter: int) -> _Prefix:
        """A prefix of the beam with one letter more: the very same one as long as another begins with it."""
        node = self._nodes.get((prefix, letter))
        if node is None:
            node = self._nodes[prefix, letter] = _Prefix(prefix, letter, *self.outlook(prefix, letter))
        return node

    def keep(self, beam: Iterable[_Prefix]) -> None:
        """Forget the outlook of all others."""
        self._outlooks = {prefix: self._outlooks.get(prefix, {}) for prefix in beam}

    def finish(self, prefix: _Prefix) -> float:
        """Score of the prefix as the whole text."""
        pairs = zip(self._scorers, prefix.states, strict=True)
        return sum((scorer.finish(state) for scorer, state in pairs), prefix.score)


class _Beam:
    """The prefixes that are kept; each array holds a log probability or score for each of them.

    Args:
        prefixes: all different.
        blank: log probability of the paths that end in a blank.
        voiced: log probability of the paths that end in the last letter.
    """

    def __init__(self, prefixes: list[_Prefix], blank: _Floats, voiced: _Floats) -> None:
        self.prefixes = prefixes
        self.scores = np.array([prefix.score for prefix in prefixes])
        self._places = np.arange(len(prefixes))
        self._last = np.array([prefix.letter for prefix in prefixes], np.intp)
        places = {prefix: place for place, prefix in enumerate(prefixes)}
        pairs = [(places[one.parent], child) for child, one in enumerate(prefixes) if one.parent in places]
        self._parents, self._children = np.array(pairs, np.intp).reshape(-1, 2).T
        self._between = self._last[self._children]
        self._repeats = self._between == self._last[self._parents]
        self._set(blank, voiced)

    def _set(self, blank: _Floats, voiced: _Floats) -> None:
        self.blank, self.voiced = blank, voiced
        self.acoustic = np.logaddexp(blank, voiced)
        self.total = self.acoustic + self.scores

    def grow(self, letters: _Floats) -> _Floats:
        """Log probability of each prefix with each letter more, (prefixes, SYMBOLS); -inf for those in the beam."""
        grown = self.acoustic[:, None] + letters
        grown[self._places, self._last] = self.blank + letters[self._last]
        grown[self._parents, self._between] = IMPOSSIBLE
        return grown

    def go_on(self, now: _Floats) -> None:
        """One step more, (SYMBOLS,), in which no prefix grows, unless into another one of the beam."""
        voiced = self.voiced + now[self._last]
        grown = np.where(self._repeats, self.blank[self._parents], self.acoustic[self._parents]) + now[self._between]
        voiced[self._children] = np.logaddexp(voiced[self._children], grown)
        self._set(self.acoustic + now[BLANK], voiced)
