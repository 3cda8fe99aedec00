"""Scores letter by letter against the probability of the whole text; and pears against pairs."""

import gc
from collections.abc import Hashable
from weakref import ref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, encode
from edge.decoder.beam import BeamConfig, BeamSearch
from edge.decoder.hotwords import HotWords
from edge.decoder.language import CharacterLanguage, WordLanguage
from edge.decoder.lexicon import ROOT, EnlargedLexicon, Lexicon
from edge.decoder.ngram import NgramModel
from edge.decoder.scorer import FORBIDDEN, Scorer
from edge.errors import DataError
from edge.maths import log_softmax
from tests.decoder.languages import compact, trained, trained_on_letters

pytestmark = pytest.mark.runtime

KITCHEN = [
    "the apple and pear salad is ready",
    "an apple and pear salad for two",
    "peel the pear and slice the apple",
    "a pear salad with walnuts",
    "add an apple and a pear",
    "a pair of shoes",
    "the pair of them went out",
    "buy a pair of gloves and a pair of socks",
    "another pair and one more pair",
    "a pair of scissors",
]
TEXTS = st.lists(st.sampled_from([*" ".join(KITCHEN).split(), "pearl", "appl", "quince", "t", "pears"]), max_size=6)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> NgramModel:
    return compact(trained(KITCHEN), tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> NgramModel:
    return compact(trained_on_letters(KITCHEN, order=5), tmp_path_factory.mktemp("letters"))


def read(scorer: Scorer, text: str) -> tuple[Hashable, float]:
    """State and score after some letters."""
    state, total = scorer.start(), 0.0
    for letter in text:
        state, score = scorer.advance(state, LETTERS.index(letter))
        total += score
    return state, total


def whole(scorer: Scorer, text: str) -> float:
    state, total = read(scorer, text)
    return total + scorer.finish(state)


@pytest.mark.parametrize("end", ["", " "])
@settings(deadline=None)
@given(text=TEXTS.map(" ".join), weight=st.floats(0.1, 3), bonus=st.floats(-1, 1), penalty=st.floats(0, 2))
def test_a_text_scores_what_its_words_are_worth(
    words: NgramModel, end: str, text: str, weight: float, bonus: float, penalty: float
) -> None:
    spelled = text.split()
    foreign = sum(len(word) for word, number in zip(spelled, words.ids(text), strict=True) if number == 0)
    worth = weight * words.score(text) + bonus * len(spelled) - penalty * foreign
    scorer = WordLanguage(words, weight, bonus, penalty)
    assert whole(scorer, text + end * bool(text)) == pytest.approx(worth, abs=1e-6)


@settings(deadline=None)
@given(text=TEXTS.map(" ".join), weight=st.floats(0.1, 3))
def test_without_a_penalty_unknown_words_are_forbidden(words: NgramModel, text: str, weight: float) -> None:
    score = whole(WordLanguage(words, weight), text)
    assert score == (FORBIDDEN if 0 in words.ids(text) else pytest.approx(weight * words.score(text), abs=1e-6))


@settings(deadline=None)
@given(text=TEXTS.map(" ".join), expected=st.sets(st.sampled_from(["quince", "pea", "peach", "appl", "pear", "zoo"])))
def test_words_that_are_expected_cost_no_penalty(words: NgramModel, text: str, expected: set[str]) -> None:
    text = f"{text} pea peach quince app".strip()
    foreign = {word: number == 0 for word, number in zip(text.split(), words.ids(text), strict=True)}
    cost = 2.0 * sum(len(word) for word in text.split() if foreign[word] and word not in expected)
    worth = words.score(text) + 0.5 * len(text.split()) - cost
    scorer = WordLanguage(words, 1.0, 0.5, 2.0, expected)
    for end in ("", " "):
        assert whole(scorer, text + end) == pytest.approx(worth, abs=1e-6)
    alone = WordLanguage(words, 1.0, expected=expected)
    for some in (text, text.removesuffix(" app")):
        allowed = all(word in expected for word in some.split() if foreign[word])
        assert (whole(alone, some) > FORBIDDEN) is allowed


def test_what_may_become_a_word_that_is_expected_has_not_paid_yet(words: NgramModel) -> None:
    plain, scorer = (WordLanguage(words, 1.0, unknown_penalty=9.0, expected=some) for some in ((), ("zooms",)))
    assert read(scorer, "zoo")[1] == pytest.approx(words.log_prob((), 0)[1])
    assert read(plain, "zoo")[1] == pytest.approx(read(scorer, "zoot")[1] + 9.0)


def test_what_an_expected_word_shares_with_rarer_ones_is_promised_its_own_price(words: NgramModel) -> None:
    assert words.lexicon is not None
    enlarged = EnlargedLexicon(words.lexicon, ["peelings"], -0.1)

    def best(text: str, lexicon: Lexicon | EnlargedLexicon) -> float:
        node = ROOT
        for letter in encode(text):
            node = lexicon.child(node, letter)
        return lexicon.best(node)

    assert {best("peelings"[:length], enlarged) for length in range(9)} == {-0.1}
    assert best("pea", enlarged) == best("pea", words.lexicon) < -0.1


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        (" ", False),
        (" the", False),
        ("the  apple", False),
        ("the appl ", False),
        ("the apples", False),
        ("the appl", True),
        ("the apple", True),
        ("the apple ", True),
    ],
)
def test_letters_are_forbidden_as_soon_as_no_word_can_come_of_them(words: NgramModel, text: str, sound: bool) -> None:
    _, score = read(WordLanguage(words, 1.0), text)
    assert (score > FORBIDDEN) is sound


def test_spaces_are_no_words_even_where_unknown_words_are_allowed(words: NgramModel) -> None:
    scorer = WordLanguage(words, 1.0, unknown_penalty=1.0)
    for text in (" ", "the  ", "quince  ", "appl  "):
        assert read(scorer, text)[1] == FORBIDDEN


def test_a_prefix_has_been_promised_its_best_word(words: NgramModel) -> None:
    scorer = WordLanguage(words, 2.0, word_bonus=0.5)
    alone = {word: words.log_prob((), words.ids(word)[0])[1] for word in ("pair", "pear", "peel")}
    assert read(scorer, "p")[1] == pytest.approx(2 * max(alone.values()) + 0.5)
    assert read(scorer, "pe")[1] == pytest.approx(2 * max(alone["pear"], alone["peel"]) + 0.5)
    assert read(scorer, "pee")[1] == pytest.approx(2 * alone["peel"] + 0.5)


def test_the_salad_is_of_pears(words: NgramModel, letters: NgramModel) -> None:
    right, wrong = "the apple and pear salad", "the apple and pair salad"
    assert words.log_prob((), words.ids("pair")[0])[1] > words.log_prob((), words.ids("pear")[0])[1]
    for scorer in (WordLanguage(words, 1.0), CharacterLanguage(letters, 1.0)):
        assert whole(scorer, right) > whole(scorer, wrong) + 1
        assert whole(scorer, "a pair of shoes") > whole(scorer, "a pear of shoes") + 1


def test_equal_states_are_one_hypothesis(words: NgramModel) -> None:
    scorer = WordLanguage(words, 1.0, unknown_penalty=1.0)
    assert len({read(scorer, text)[0] for text in ("quince the pe", "plum the pe", "quince the pe")}) == 1
    assert read(scorer, "the pe")[0] != read(scorer, "the pa")[0]


@settings(deadline=None)
@given(text=TEXTS.map(" ".join), weight=st.floats(0.1, 3), bonus=st.floats(-1, 1))
def test_a_model_of_letters_knows_no_foreign_words(letters: NgramModel, text: str, weight: float, bonus: float) -> None:
    scorer = CharacterLanguage(letters, weight, bonus)
    worth = weight * letters.score(text) + bonus * len(text.split())
    assert whole(scorer, text) == pytest.approx(worth, abs=1e-6)


@pytest.mark.parametrize("text", [" ", "a  "])
def test_letters_too_know_that_spaces_part_words(letters: NgramModel, text: str) -> None:
    assert read(CharacterLanguage(letters, 1.0), text)[1] == FORBIDDEN


def test_each_scorer_asks_for_its_own_kind_of_model(words: NgramModel, letters: NgramModel) -> None:
    with pytest.raises(DataError, match="give one of words"):
        WordLanguage(letters, 1.0)
    with pytest.raises(DataError, match="give one of letters"):
        CharacterLanguage(words, 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_a_narrow_beam_is_true_to_several_scorers_at_once(words: NgramModel, seed: int) -> None:
    """Had a state left anything out, two prefixes would share a future wrongly, and one get what the other earns."""
    scorers = WordLanguage(words, 0.7, -0.5, 2.0, ["quince"]), HotWords({"pear salad": 4.0, "ab": 2.0})
    rng = np.random.default_rng(seed)
    spelled = [[letter, BLANK] for letter in encode("a pear salad quince ab of pairs")]
    logits = 5.0 * np.eye(SYMBOLS)[np.concatenate(spelled)] + rng.normal(0, 1.5, (2 * len(spelled), SYMBOLS))
    beam = BeamSearch(scorers, BeamConfig(width=24, gain=4.0))
    beam.feed(log_softmax(logits.astype(np.float32)))
    found = beam.finish()
    assert len(found) == 24
    for one in found:
        assert one.score - one.acoustic == pytest.approx(sum(whole(scorer, one.text) for scorer in scorers), abs=1e-6)


def test_a_language_that_nobody_needs_lets_go_of_its_model_at_once(words: NgramModel) -> None:
    """A reload must not wait for a collection of garbage, which may be long in coming."""
    language = WordLanguage(words, 1.0, 0.0, 1.0)
    read(language, "quince")
    gone = ref(language)
    gc.collect()
    gc.disable()
    try:
        del language
        assert gone() is None
    finally:
        gc.enable()
