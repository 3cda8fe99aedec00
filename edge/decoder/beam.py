"""Prefix beam search (Hannun et al. 2014, arXiv 1408.2873), a step at a time, with scorers fused in.

    log probabilities of a step -- each prefix goes on: with a blank, or its last letter still -->    prefixes
                                -- and grows: by each letter that was heard, in its scorers' opinion --> more prefixes
                                -- the best `width` of all that have different futures are kept -->     the beam

A prefix has two log probabilities, summed over the paths that collapse to it: of those that end in a blank, and of
those that end in its last letter. Only after a blank does that letter, said again, count twice. What is dropped from
the beam is lost: the sums are exact where nothing was dropped, and a little low otherwise. Where room is short, those
go first that share the future of a likelier one; they come back as hypotheses that begin otherwise (`prefixes.py`).
"""

import heapq
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, decode
from edge.decoder.ctc import IMPOSSIBLE, LogProbs
from edge.decoder.prefixes import Loss, Outlook, Prefix, PrefixTree, Reading, best_readings
from edge.decoder.scorer import Scorer, State

_Floats: TypeAlias = npt.NDArray[np.float64]

_Future: TypeAlias = tuple[int, tuple[State, ...]]
"""All that decides what may follow a prefix: its last letter, and the states of the scorers."""


@dataclass(frozen=True, slots=True)
class BeamConfig:
    """How far the search looks, and what it prefers; in natural logarithms."""

    width: int = 64
    """Most prefixes of different futures that are kept, from 1."""

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
        self._tree = PrefixTree(self._scorers, self._config.letter_bonuses)
        self._beam = _Beam([self._tree.root], np.zeros(1), np.full(1, IMPOSSIBLE))
        self._silence = 0.0
        self._step = 0

    def feed(self, log_probs: LogProbs) -> None:
        """Hear some more steps, (steps, SYMBOLS); the results are identical however the steps are cut into calls."""
        log_probs = log_probs.astype(np.float64)
        letters = np.where(log_probs >= self._config.floor, log_probs, IMPOSSIBLE)
        letters[:, BLANK] = IMPOSSIBLE
        for now, heard, loudest in zip(log_probs, letters, letters.max(axis=1), strict=True):
            grown = self._beam.grow(heard) if loudest > IMPOSSIBLE else None
            self._beam.go_on(now)
            self._silence += float(now[BLANK])
            self._step += 1
            if grown is not None:
                self._select(grown)

    def partial(self) -> str:
        """The best prefix so far, unless the sound is nearer to silence."""
        for best in self._best():
            text = decode(self._beam.prefixes[best].letters())
            return text if self._is_said(text, float(self._beam.acoustic[best])) else ""
        return ""

    def may_end(self) -> bool:
        """Whether the scorers let the best prefix so far be a whole text."""
        return all(self._tree.finish(self._beam.prefixes[best]) > IMPOSSIBLE for best in self._best())

    def nbest(self, n: int) -> list[Hypothesis]:
        """At most `n` hypotheses, best first, as if the sound ended here; the search goes on undisturbed.

        There are none if the scorers forbid whatever was heard, or the sound is nearer to silence than to the best.
        """
        found = best_readings(self._ended(), self._tree.rivals, max(n, self._config.width))
        texts = [Hypothesis(text, one.score, one.acoustic) for text, one in found.items()]
        ranked = sorted(texts, key=lambda one: one.rank(self._config.length_exponent), reverse=True)[:n]
        return ranked if all(self._is_said(best.text, best.acoustic) for best in ranked[:1]) else []

    def finish(self) -> list[Hypothesis]:
        """All hypotheses, best first; the search begins anew."""
        hypotheses = self.nbest(self._config.width)
        self.reset()
        return hypotheses

    def _ended(self) -> Iterator[Reading]:
        """All of the beam that may end here."""
        for prefix, acoustic in zip(self._beam.prefixes, self._beam.acoustic.tolist(), strict=True):
            if (score := acoustic + self._tree.finish(prefix)) > IMPOSSIBLE:
                yield Reading(prefix, acoustic, score)

    def _best(self) -> list[int]:
        """Place of the best prefix; none where all was forbidden."""
        best: list[int] = np.argsort(self._beam.total)[-1:].tolist()
        return best

    def _is_said(self, text: str, acoustic: float) -> bool:
        """Whether the sound favours a text over silence by enough."""
        return not text or acoustic - self._silence >= self._config.silence_margin * len(text)

    def _select(self, grown: _Floats) -> None:
        """Keep the best of the beam and of what grows out of it."""
        old = list(self._beam.candidates())
        candidates = [*old, *self._promising(old, grown)]
        candidates = sorted((one for one in candidates if one.total > IMPOSSIBLE), key=lambda one: -one.total)
        kept, lost = candidates, list[tuple[int, _Candidate]]()
        if len(candidates) > self._config.width:
            kept, lost = _of_different_futures(candidates, self._config.width)
        prefixes = list(map(self._prefix, kept))
        for winner, rival in lost:
            self._tree.remember(self._prefix(rival), prefixes[winner], _loss(self._step, kept[winner], rival))
        self._tree.keep(prefixes)
        self._beam = _Beam(prefixes, np.array([one.blank for one in kept]), np.array([one.voiced for one in kept]))

    def _prefix(self, candidate: "_Candidate") -> Prefix:
        if candidate.letter == BLANK:
            return candidate.prefix
        return self._tree.grow(candidate.prefix, candidate.letter, self._step)

    def _promising(self, old: "Sequence[_Candidate]", grown: _Floats) -> list["_Candidate"]:
        """What grows out of the beam and may be among the best; scorers may be slow and are not asked of the rest."""
        beam, new = self._beam, list[_Candidate]()
        futures = {one.future: one.total for one in sorted(old, key=lambda one: one.total)}
        best = sorted([*futures.values(), *[IMPOSSIBLE] * self._config.width])[-self._config.width :]
        hopes = (grown + beam.scores[:, None] + self._hopes).ravel()
        hopeful = np.flatnonzero(hopes > best[0])
        hopeful = hopeful[np.argsort(-hopes[hopeful], kind="stable")]
        for place, hope in zip(hopeful.tolist(), hopes[hopeful].tolist(), strict=True):
            if hope <= best[0]:
                break
            index, letter = divmod(place, SYMBOLS)
            outlook, voiced = self._tree.outlook(beam.prefixes[index], letter), float(grown[index, letter])
            if (total := voiced + outlook.score) <= best[0]:
                continue
            new.append(_Candidate(beam.prefixes[index], letter, outlook, IMPOSSIBLE, voiced, voiced))
            if (future := new[-1].future) not in futures:
                futures[future] = total
                heapq.heappushpop(best, total)
        return new


class _Candidate(NamedTuple):
    """What may be in the next beam."""

    prefix: Prefix
    """It, or what it grows out of."""
    letter: int
    """By which it grows; the blank: by none."""
    outlook: Outlook
    """What the scorers say of it."""
    blank: float
    voiced: float
    acoustic: float
    """Log probability of the paths that end in a blank, in its last letter, and of both."""

    @property
    def total(self) -> float:
        return self.acoustic + self.outlook.score

    @property
    def future(self) -> _Future:
        """All that decides what may follow; where nobody has an opinion on texts, each is told from all others."""
        last = self.prefix.letter if self.letter == BLANK else self.letter
        return last, self.outlook.states or (self.prefix, self.letter)


def _loss(step: int, winner: _Candidate, rival: _Candidate) -> Loss:
    acoustic = rival.acoustic - winner.acoustic
    # Never above that of all paths: those that repeat the letter later do not care which of the two ended in a blank.
    at_once = min(acoustic, rival.blank - winner.blank) if winner.blank > IMPOSSIBLE else IMPOSSIBLE
    return Loss(step, acoustic, at_once)


def _of_different_futures(
    candidates: Sequence[_Candidate], width: int
) -> tuple[list[_Candidate], list[tuple[int, _Candidate]]]:
    """The first `width` of different futures, and those between them that lost to one, each with the place of that.

    Args:
        candidates: the likeliest first.
        width: from 1.
    """
    places, kept, lost = dict[_Future, int](), list[_Candidate](), list[tuple[int, _Candidate]]()
    for one in candidates:
        place = places.setdefault(one.future, len(kept))
        if place < len(kept):
            lost.append((place, one))
        elif len(kept) == width:
            break
        else:
            kept.append(one)
    return kept, lost


class _Beam:
    """The prefixes that are kept; each array holds a log probability or score for each of them.

    Args:
        prefixes: all different.
        blank: log probability of the paths that end in a blank.
        voiced: log probability of the paths that end in the last letter.
    """

    def __init__(self, prefixes: list[Prefix], blank: _Floats, voiced: _Floats) -> None:
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

    def candidates(self) -> Iterator[_Candidate]:
        """Its prefixes, as they are."""
        sounds = zip(self.blank.tolist(), self.voiced.tolist(), self.acoustic.tolist(), strict=True)
        for prefix, sound in zip(self.prefixes, sounds, strict=True):
            yield _Candidate(prefix, BLANK, Outlook(prefix.score, prefix.states), *sound)

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
