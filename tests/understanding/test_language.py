"""The shipped language model on the device: likelier sentences score lower, and made-up ones end and repeat."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.cli import main
from edge.decoder.alphabet import LETTERS
from edge.errors import BundleError
from edge.model import StreamingModel, find_bundle, verify_golden
from edge.understanding.language import LABELS, LONGEST, LanguageModel, one_hot

pytestmark = pytest.mark.runtime


@pytest.fixture(scope="module")
def language() -> LanguageModel:
    return LanguageModel.load()


def test_the_shipped_model_computes_here_what_it_computed_at_export() -> None:
    assert verify_golden(StreamingModel.load("language-en"))


@pytest.mark.parametrize(
    ("likely", "unlikely"),
    [
        ("turn on the light in the kitchen", "turn on the lite in the kitchen"),
        ("what is the weather today", "what is the whether today"),
        ("he was in the house", "he was in the hows"),
        ("i have not seen her", "i have knot seen her"),
    ],
)
def test_sense_is_likelier_than_what_sounds_alike(language: LanguageModel, likely: str, unlikely: str) -> None:
    assert language.log_prob(likely) > language.log_prob(unlikely)


def test_shuffled_letters_are_less_likely_than_words(language: LanguageModel) -> None:
    text = "the president of the united states was there"
    shuffled = "".join(np.random.default_rng(0).permutation(list(text)))
    assert language.score(text) < 2.0 < language.score(shuffled)


def test_the_score_is_the_mean_loss_of_the_letters_and_the_end(language: LanguageModel) -> None:
    assert language.score("Good  Morning!") == pytest.approx(-language.log_prob("good morning") / 13)


def test_a_score_does_not_depend_on_what_was_read_before(language: LanguageModel) -> None:
    first = language.log_prob("set an alarm")
    language.sample(np.random.default_rng(0))
    assert language.log_prob("set an alarm") == first


@given(st.text(max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_text_has_a_finite_score(language: LanguageModel, text: str) -> None:
    assert 0 <= language.score(text) < 40


def test_sentences_are_those_of_the_seed(language: LanguageModel) -> None:
    said = [language.sample(np.random.default_rng(seed), 0.8) for seed in (1, 1, 2)]
    assert said[0] == said[1] != said[2]
    assert set("".join(said)) <= set(LETTERS)
    assert all(len(one) <= LONGEST for one in said)


def test_a_sentence_begins_as_told(language: LanguageModel) -> None:
    assert language.sample(np.random.default_rng(3), 0.8, "Turn on").startswith("turn on")


def test_a_cold_sentence_is_likelier_than_a_hot_one(language: LanguageModel) -> None:
    def mean_score(temperature: float) -> float:
        said = (language.sample(np.random.default_rng(seed), temperature) for seed in range(5))
        return float(np.mean([language.score(one) for one in said]))

    assert mean_score(0.5) < mean_score(1.5)


def test_one_hot_frames_have_a_single_one() -> None:
    np.testing.assert_array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])
    assert one_hot([], len(LABELS)).shape == (0, len(LABELS))


def test_another_network_is_refused() -> None:
    with pytest.raises(BundleError, match="no language model of letters"):
        LanguageModel.load(find_bundle("trigger-en"))


def test_hark_say_prints_one_sentence_that_the_seed_decides(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for _ in range(2):
        assert main(["say", "--seed", "1", "--begin", "the"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert printed[0].startswith("the")
    assert printed[0].count("\n") == 1


@pytest.mark.parametrize(
    "options", [("--temperature", "0"), ("--temperature", "hot"), ("--seed", "-1"), ("--begin", "\u043f\u0440\u0438")]
)
def test_hark_say_refuses_what_cannot_be(options: tuple[str, str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["say", *options])
    assert ended.value.code == 64


def test_hark_text_scores_each_sentence(capsys: pytest.CaptureFixture[str], language: LanguageModel) -> None:
    assert main(["text", "--score", "good morning", "gxxd mxrning"]) == 0
    lines = capsys.readouterr().out.splitlines()
    scores = [float(line.split()[0]) for line in lines]
    assert scores[0] == pytest.approx(language.score("good morning"), abs=1e-3)
    assert scores[0] < scores[1]
    assert lines[0].endswith("  good morning")


def test_hark_text_scores_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["text", "--score", "--jsonl", "good morning"]) == 0
    assert capsys.readouterr().out.startswith('{"text": "good morning", "nats_per_char": ')
