"""Kneser-Ney by hand and by the book, distributions that sum to one, mixtures, and what pruning takes away."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.lexicon import BEGIN, END, UNKNOWN
from edge.errors import UsageError
from tests.decoder.languages import trained, trained_on_letters
from train.ngram.backoff import BackoffModel, mix
from train.ngram.counts import count
from train.ngram.kneser_ney import FALLBACK, discounts, estimate
from train.ngram.pruning import losses, prune
from train.ngram.vocabulary import Index, Vocabulary, most_frequent, tokens, words_of

CORPORA = st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=30)


def gram(*ids: int, bits: int) -> int:
    return sum(number << bits * place for place, number in enumerate(reversed(ids)))


def probability(model: BackoffModel, *ids: int) -> float:
    grams = np.array([gram(*ids, bits=model.vocabulary.bits)], np.uint64)
    return math.exp(model.log_probs(grams, len(ids))[0])


def distribution(model: BackoffModel, *context: int) -> list[float]:
    return [probability(model, *context, word) for word in range(len(model.vocabulary))]


def contexts_of(model: BackoffModel) -> list[tuple[int, ...]]:
    """All that the model knows something to go on from, and some of which it knows nothing."""
    bits, found = model.vocabulary.bits, {(), (UNKNOWN,), (END, UNKNOWN)}
    for order, level in enumerate(model.levels[1:], 1):
        for whole in level.grams.tolist():
            found.add(tuple(whole >> bits * place & (1 << bits) - 1 for place in range(order, 0, -1)))
    return [context for context in found if len(context) < len(model.levels)]


def test_two_words_by_hand() -> None:
    model = trained(["a b", "a b", "a c"], order=2)
    a, b, c = 3, 4, 5
    # How many words precede each: a 1, b 1, c 1, the end 2; discounts of a tiny text 0.5, 1, 1.5; so gamma = 2.5 / 5.
    alone = {UNKNOWN: 0.1, BEGIN: 0.0, END: 1 / 5 + 0.1, a: 0.5 / 5 + 0.1, b: 0.5 / 5 + 0.1, c: 0.5 / 5 + 0.1}
    assert distribution(model) == pytest.approx([alone[word] for word in sorted(alone)])
    # After a: b twice, c once; gamma = (1 + 0.5) / 3.
    assert probability(model, a, b) == pytest.approx(1 / 3 + 0.5 * alone[b])
    assert probability(model, a, c) == pytest.approx(0.5 / 3 + 0.5 * alone[c])
    assert probability(model, a, a) == pytest.approx(0.5 * alone[a])
    # After the beginning: a three times; gamma = 1.5 / 3.
    assert probability(model, BEGIN, a) == pytest.approx(1.5 / 3 + 0.5 * alone[a])


def by_the_book(sentences: Sequence[str], words: Sequence[str], order: int) -> Callable[[tuple[int, ...]], float]:
    """Chen & Goodman's recursion over dictionaries: P(last | others)."""
    known = {word: number for number, word in enumerate(words, 3)}
    texts = [[BEGIN, *(known[word] for word in sentence.split()), END] for sentence in sentences]
    raw = [Counter(tuple(t[i : i + n]) for t in texts for i in range(len(t) - n + 1)) for n in range(1, order + 1)]
    adjusted: list[Counter[tuple[int, ...]]] = []
    for n, counts in enumerate(raw, 1):
        befores: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for longer in raw[n] if n < order else ():
            befores[longer[1:]].add(longer[0])
        stands = {g: n == order or (n > 1 and g[0] == BEGIN) for g in counts}
        adjusted.append(Counter({g: c if stands[g] else len(befores[g]) for g, c in counts.items()}))

    def discount(n: int, times: int) -> float:
        return float(discounts(np.array([*adjusted[n - 1].values(), 0]))[min(times, 3)])

    def p(ids: tuple[int, ...]) -> float:
        n, history = len(ids), ids[:-1]
        if n == 0:
            return 1 / (len(words) + 2)
        following = {g: c for g, c in adjusted[n - 1].items() if g[:-1] == history}
        total = sum(following.values())
        if total == 0:
            return p(ids[1:])
        gamma = sum(discount(n, c) for c in following.values()) / total
        times = following.get(ids, 0)
        return (times - discount(n, times)) / total + gamma * p(ids[1:])

    return p


@given(sentences=CORPORA, order=st.integers(2, 4))
@settings(deadline=None, max_examples=25)
def test_every_ngram_by_the_book(sentences: list[str], order: int) -> None:
    model = trained(sentences, order)
    p = by_the_book(sentences, model.vocabulary.words, order)
    for context in contexts_of(model):
        for word in (UNKNOWN, END, *range(3, len(model.vocabulary))):
            assert probability(model, *context, word) == pytest.approx(p((*context, word)), rel=1e-9)


def test_discounts_follow_from_how_many_ngrams_are_rare() -> None:
    counts = np.repeat([0, 1, 2, 3, 4, 9], [5, 100, 40, 20, 10, 7])
    y = 100 / 180
    expected = [0, 1 - 2 * y * 40 / 100, 2 - 3 * y * 20 / 40, 3 - 4 * y * 10 / 20]
    np.testing.assert_allclose(discounts(counts), expected)


@pytest.mark.parametrize("counts", [[], [1, 1, 2], [1, 2, 3], [1, 2, 3, 3, 3, 3, 3, 4, 4]])
def test_too_small_or_regular_texts_have_plain_discounts(counts: list[int]) -> None:
    assert discounts(np.array(counts, np.int64)) is FALLBACK


@given(sentences=CORPORA, order=st.integers(2, 4), kept=st.floats(0, 1))
@settings(deadline=None, max_examples=40)
def test_the_words_after_every_context_sum_to_one(sentences: list[str], order: int, kept: float) -> None:
    whole = trained(sentences, order, words=4)
    ngrams = sum(len(level.grams) for level in whole.levels[1:])
    for model in (whole, prune(whole, [1] * (order - 1), kept * ngrams)):
        for context in contexts_of(model):
            assert sum(distribution(model, *context)) == pytest.approx(1, abs=1e-6)


def test_letters_sum_to_one_too() -> None:
    model = trained_on_letters(["the apple and pear salad", "an apple", "a pear or a pair"], order=5)
    for context in contexts_of(model):
        assert sum(distribution(model, *context)) == pytest.approx(1, abs=1e-6)


def two_models(one: Sequence[str], other: Sequence[str], order: int) -> list[BackoffModel]:
    index = Index()
    texts = [tokens(["\n".join(sentences)], words_of, index) for sentences in (one, other)]
    vocabulary = most_frequent([0.5, 0.5], texts, index, 100)
    return [estimate(vocabulary.ids(text, index), vocabulary, order) for text in texts]


@given(one=CORPORA, other=CORPORA, share=st.floats(0.05, 0.95))
@settings(deadline=None, max_examples=25)
def test_a_mixture_is_linear_in_all_that_its_models_know(one: list[str], other: list[str], share: float) -> None:
    models = two_models(one, other, order=3)
    mixed = mix(models, [share, 1 - share])
    for order, level in enumerate(mixed.levels, 1):
        p, q, r = (np.exp(model.log_probs(level.grams, order)) for model in (*models, mixed))
        np.testing.assert_allclose(r, share * p + (1 - share) * q, atol=1e-9)
    for context in contexts_of(mixed):
        assert sum(distribution(mixed, *context)) == pytest.approx(1, abs=1e-6)


def test_a_few_commands_are_heard_among_many_books() -> None:
    books, commands = ["the old man and the sea"] * 200, ["lamp on", "lamp off"]
    models = two_models(books, commands, order=2)
    lamp = models[0].vocabulary.words.index("lamp") + 3
    assert probability(mix(models, [0.5, 0.5]), BEGIN, lamp) > 0.2
    assert probability(trained(books + commands, order=2), BEGIN, lamp) < 0.02


SOME_TEXT = ["a b c", "a b d", "a b c d", "b c", "c a b", "d d d", "e a b c", "a", "b e", "f a b c d"] * 2 + [
    "f",
    "e f",
]


@pytest.mark.parametrize("order", [2, 3])
def test_a_loss_is_the_divergence_from_the_model_without_that_ngram(order: int) -> None:
    model = trained(SOME_TEXT, 3)
    bits, size = model.vocabulary.bits, len(model.vocabulary)
    level, shorter = model.levels[order - 1], model.levels[order - 2]
    told = losses(BackoffModel(model.vocabulary, model.levels[:order]), order)
    for place, whole in enumerate(level.grams.tolist()):
        context = [whole >> bits * back & (1 << bits) - 1 for back in range(order - 1, 0, -1)]
        kept = [np.ones(len(some.grams), bool) for some in model.levels[:order]]
        kept[-1][place] = False
        without = BackoffModel(model.vocabulary, model.levels[:order]).only(kept)
        p, q = (np.array(distribution(some, *context)) for some in (model, without))
        divergence = sum(p[word] * math.log(p[word] / q[word]) for word in range(size) if word != BEGIN)
        share = shorter.shares[np.searchsorted(shorter.grams, whole >> bits)]
        assert told[place] == pytest.approx(share * divergence, abs=1e-9)


def test_pruning_keeps_what_tells_most_and_all_its_contexts() -> None:
    model = trained(SOME_TEXT, 3)
    sizes = [len(level.grams) for level in model.levels]
    assert prune(model, [1, 1], math.inf) is model
    for most in range(0, sum(sizes[1:]), 7):
        pruned = prune(model, [1, 1], most)
        found = [len(level.grams) for level in pruned.levels]
        assert found[0] == sizes[0]
        assert most - 4 <= sum(found[1:]) <= most
        for before, after in zip(pruned.levels, pruned.levels[1:], strict=False):
            assert np.isin(after.grams >> np.uint64(model.vocabulary.bits), before.grams).all()


def test_a_file_too_small_for_the_vocabulary_is_refused() -> None:
    with pytest.raises(UsageError, match="allow more megabytes, or fewer words"):
        prune(trained(SOME_TEXT), [1, 1], -1)


def test_ngrams_that_do_not_fit_into_64_bits_are_refused() -> None:
    with pytest.raises(UsageError, match="order 4 over 70000 words"):
        count(np.array([BEGIN, END], np.uint32), 4, 70_000)


def test_no_ngram_reaches_into_the_next_sentence() -> None:
    vocabulary = Vocabulary.of(["a"])
    counted = count(np.array([BEGIN, 3, END, BEGIN, 3, 3, END], np.uint32), 3, len(vocabulary))
    found = [
        {tuple(whole >> 2 * back & 3 for back in range(order, -1, -1)): int(times) for whole, times in pairs}
        for order, pairs in enumerate(zip(some.grams.tolist(), some.counts, strict=True) for some in counted)
    ]
    assert found == [
        {(0,): 0, (1,): 2, (2,): 2, (3,): 3},
        {(1, 3): 2, (3, 2): 2, (3, 3): 1},
        {(1, 3, 2): 1, (1, 3, 3): 1, (3, 3, 2): 1},
    ]


def test_for_the_same_price_dear_ngrams_make_room_for_cheap_ones() -> None:
    model = trained(SOME_TEXT, 3)
    _, dear_pairs, _ = (len(level.grams) for level in prune(model, [9, 1], 40).levels)
    _, dear_triples, _ = (len(level.grams) for level in prune(model, [1, 9], 40).levels)
    assert dear_pairs < dear_triples
