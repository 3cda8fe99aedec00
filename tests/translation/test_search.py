"""Beam search against every sentence that there is, over networks that are small tables."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.maths import log_softmax
from edge.translation.attention import align, context
from edge.translation.search import LogProbs, beam_search, follow

pytestmark = pytest.mark.runtime

END, SYMBOLS, LONGEST = 0, 3, 4
NOTHING: tuple[int, ...] = ()


class Table:
    """A network whose next symbol depends on all symbols before; its memory is the sentence so far."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.steps = 0

    def __call__(
        self, last: Sequence[int], memories: Sequence[tuple[int, ...]]
    ) -> tuple[LogProbs, list[tuple[int, ...]]]:
        self.steps += len(last)
        following = [(*memory, symbol) for memory, symbol in zip(memories, last, strict=True)]
        logits = [np.random.default_rng((self._seed, *memory)).normal(0, 2, SYMBOLS) for memory in following]
        return log_softmax(np.array(logits, np.float32)), following


def log_prob(table: Table, symbols: Sequence[int]) -> float:
    total, memory, last = 0.0, tuple[int, ...](), END
    for symbol in symbols:
        log_probs, (memory,) = table([last], [memory])
        total, last = total + float(log_probs[0, symbol]), symbol
    return total


def everything(table: Table) -> dict[tuple[int, ...], float]:
    """The log probability of each sentence of at most LONGEST symbols."""
    words = range(1, SYMBOLS)
    ended = [(*symbols, END) for length in range(LONGEST) for symbols in product(words, repeat=length)]
    broken = list(product(words, repeat=LONGEST))
    return {symbols: log_prob(table, symbols) for symbols in (*ended, *broken)}


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.7, 1.0]))
def test_a_beam_wide_enough_finds_the_best_of_all(seed: int, alpha: float) -> None:
    table = Table(seed)
    scores = {symbols: log_prob / len(symbols) ** alpha for symbols, log_prob in everything(table).items()}
    found = beam_search(table, NOTHING, END, beam=60, alpha=alpha, longest=LONGEST)
    best = max(scores, key=lambda symbols: scores[symbols])
    assert found[0].symbols == best
    assert found[0].score(alpha) == pytest.approx(scores[best], abs=1e-4)


@given(st.integers(0, 10_000))
def test_all_probabilities_come_to_one(seed: int) -> None:
    assert sum(np.exp(list(everything(Table(seed)).values()))) == pytest.approx(1.0, abs=1e-4)


@given(st.integers(0, 10_000))
def test_a_beam_of_one_is_greedy(seed: int) -> None:
    table, sentence = Table(seed), list[int]()
    memory: tuple[int, ...] = ()
    while len(sentence) < LONGEST and (not sentence or sentence[-1] != END):
        log_probs, (memory,) = table([sentence[-1] if sentence else END], [memory])
        sentence.append(int(log_probs[0].argmax()))
    (found,) = beam_search(table, NOTHING, END, beam=1, longest=LONGEST)
    assert list(found.symbols) == sentence


@given(st.integers(0, 10_000), st.integers(1, 8))
def test_hypotheses_are_finished_distinct_sorted_and_as_likely_as_they_say(seed: int, beam: int) -> None:
    table = Table(seed)
    found = beam_search(table, NOTHING, END, beam=beam, longest=LONGEST)
    assert 1 <= len(found) <= beam
    assert len({one.symbols for one in found}) == len(found)
    assert [one.score(0.7) for one in found] == sorted((one.score(0.7) for one in found), reverse=True)
    for one in found:
        assert one.symbols[-1] == END or len(one.symbols) == LONGEST
        assert log_prob(table, one.symbols) == pytest.approx(one.log_prob, abs=1e-4)


@given(st.integers(0, 10_000), st.lists(st.integers(1, SYMBOLS - 1), max_size=LONGEST))
def test_a_given_sentence_is_followed_whatever_its_probability(seed: int, symbols: list[int]) -> None:
    table = Table(seed)
    found = follow(table, NOTHING, symbols, END)
    assert found.symbols == (*symbols, END)
    assert found.log_prob == pytest.approx(log_prob(table, found.symbols), abs=1e-4)


def test_the_notes_example_of_length_normalisation() -> None:
    # Two sentences: a short one of probability 0.4, a long one of 0.3 with likelier pieces.
    chances = {
        (0,): (0.4, 0.6, 0.0),
        (0, 1): (0.1, 0.9, 0.0),
        (0, 1, 1): (0.6, 0.4, 0.0),
        (0, 1, 1, 1): (1.0, 0.0, 0.0),
    }

    def step(last: Sequence[int], memories: Sequence[tuple[int, ...]]) -> tuple[LogProbs, list[tuple[int, ...]]]:
        following = [(*memory, symbol) for memory, symbol in zip(memories, last, strict=True)]
        with np.errstate(divide="ignore"):
            return np.log(np.array([chances[memory] for memory in following], np.float32)), following

    assert beam_search(step, NOTHING, END, beam=5, alpha=0.0, longest=4)[0].symbols == (0,)
    assert beam_search(step, NOTHING, END, beam=5, alpha=1.0, longest=4)[0].symbols == (1, 1, 0)


def test_attention_looks_where_the_alignment_network_says() -> None:
    keys, v = np.eye(3, dtype=np.float32) * 4, np.array([9, -9, -9], np.float32)
    weights = align(np.zeros((2, 3), np.float32), keys, v)
    assert weights.sum(axis=1) == pytest.approx([1, 1])
    assert weights[0].argmax() == 0
    annotations = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert context(weights, annotations)[0] == pytest.approx(annotations[0], abs=0.01)
