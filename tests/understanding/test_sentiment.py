"""The mood on the device: what probabilities come to, and the shipped classifier."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BundleError
from edge.events import Transcript
from edge.model import StreamingModel
from edge.understanding.meaning import Understanding
from edge.understanding.sentiment import MOODS, SentimentClassifier, mood

pytestmark = pytest.mark.runtime

TASTE = "Completely lacking in good taste, good service and good ambience"


@pytest.fixture(scope="module")
def classifier() -> SentimentClassifier:
    return SentimentClassifier(StreamingModel.load("sentiment-en"))


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5))
def test_stars_belong_to_the_likeliest_mood(weights: list[float]) -> None:
    probabilities = np.array(weights, np.float32) / sum(weights)
    found = mood(probabilities)
    assert found.stars in MOODS[found.label]
    assert 1 / 3 - 1e-6 <= found.score <= 1
    assert all(probabilities[[star - 1 for star in stars]].sum() <= found.score + 1e-6 for stars in MOODS.values())


def test_two_halves_outweigh_a_single_answer() -> None:
    found = mood(np.array([0.3, 0.25, 0.4, 0.05, 0.0], np.float32))
    assert (found.label, found.stars) == ("negative", 1)
    assert found.score == pytest.approx(0.55)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("this is a wonderful film with a great cast", "positive"),
        ("i love this phone it works great", "positive"),
        ("the food was cold and the waiter was rude", "negative"),
        ("what a waste of time and money", "negative"),
        ("turn off the lights in the kitchen", "neutral"),
        ("wake me up at seven tomorrow", "neutral"),
        (TASTE, "negative"),
    ],
)
def test_moods_are_told(classifier: SentimentClassifier, text: str, label: str) -> None:
    found = classifier.judge(text)
    assert found is not None
    assert found.label == label
    assert found.stars in MOODS[found.label]


def test_case_and_punctuation_change_nothing(classifier: SentimentClassifier) -> None:
    assert classifier.judge("What a GREAT day!!!") == classifier.judge("what a great day")


def test_a_misspelt_word_keeps_its_mood(classifier: SentimentClassifier) -> None:
    found = classifier.judge("the service was terible")
    assert found is not None
    assert found.label == "negative"


def test_a_sentence_has_the_same_mood_whatever_came_before(classifier: SentimentClassifier) -> None:
    alone = classifier.judge("not bad")
    classifier.judge("an awful mess")
    assert classifier.judge("not bad") == alone


@pytest.mark.parametrize("text", ["", " ... ", "\U0001f600", "\x00\x1b[", "\u4f60\u597d", "\u043f\u0440\u0438"])
def test_what_has_no_word_has_no_mood(classifier: SentimentClassifier, text: str) -> None:
    assert classifier.judge(text) is None


@pytest.mark.parametrize("text", ["\udcff a", "\u4f60\u597d anna", "a" * 100_000, "good " * 10_000])
def test_whatever_is_no_sentence_is_read_all_the_same(classifier: SentimentClassifier, text: str) -> None:
    found = classifier.judge(text)
    assert found is not None
    assert 1 / 3 <= found.score <= 1


def test_a_model_of_another_task_is_refused() -> None:
    with pytest.raises(BundleError, match="no model of sentiment"):
        SentimentClassifier(StreamingModel.load("entities-en"))


def test_logits_are_divided_by_the_temperature_of_the_bundle(classifier: SentimentClassifier) -> None:
    words = TASTE.lower().replace(",", "").split()
    weights = np.exp(classifier.logits(words) / classifier.temperature)
    assert classifier.temperature != 1
    np.testing.assert_allclose(classifier.probabilities(words), weights / weights.sum(), rtol=1e-5)


def test_a_transcript_has_a_mood(classifier: SentimentClassifier) -> None:
    said = Transcript(at=2.5, text="i hate this", confidence=0.5, words=(), nbest=(), model="")
    (meaning,) = Understanding(sentiment=classifier).feed(said)
    assert meaning.models == {"sentiment": classifier.model_id}
    assert meaning.sentiment == classifier.judge("i hate this")
    assert '"sentiment": {"label": "negative", "stars": ' in meaning.to_json()


def test_a_sentence_takes_less_than_five_milliseconds(classifier: SentimentClassifier) -> None:
    def seconds() -> float:
        began = time.process_time()
        classifier.judge(TASTE)
        return time.process_time() - began

    assert min(seconds() for _ in range(20)) < 0.005
