"""Evaluation of transcripts: figures that can be checked by hand."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.decoder.alphabet import BLANK, LETTERS, SYMBOLS, encode
from edge.decoder.beam import BeamConfig, Hypothesis
from edge.decoder.confidence import Calibration
from edge.decoder.grammar import Grammar
from edge.decoder.guidance import Guidance
from edge.errors import DataError
from tests.decoder.languages import compact, trained
from train.corpora.manifest import Clip
from train.corpora.splits import part_of_voices
from train.evaluate.blame import blame
from train.evaluate.keywords import keyword_tally
from train.evaluate.slots import all_slots_right, slots_of
from train.evaluate.speech import Heard, best_texts, error_rates, greedy_texts, transcribe
from train.recipes.speech import report, validation
from train.recipes.speech.texts import read_text, sentences
from train.recipes.speech.validation import (
    RAREST,
    Faults,
    Figures,
    Judged,
    calibrate,
    calibration_error,
    choose_weights,
    errors,
    guided,
    priors,
)


def heard(said: str, reference: str = "", *, sure: float = 0.9, slots: Sequence[str] = ()) -> Heard:
    """A clip in which the network spells `said`, a step a letter and one for a blank, as sure as that."""
    path = [symbol for letter in encode(said) for symbol in (letter, BLANK)] + [BLANK] * 15
    probabilities = np.full((len(path), SYMBOLS), (1 - sure) / (SYMBOLS - 1))
    probabilities[np.arange(len(path)), path] = sure
    return Heard("corpus/clip", reference or said, tuple(slots), np.log(probabilities), 0.03 * len(path))


def test_error_rates_count_words_letters_and_whole_texts() -> None:
    rates = error_rates(["the cat sat", "on it"], ["the cat", "on it"])
    assert rates == {"wer": 20.0, "cer": 25.0, "exact": 50.0}


def test_a_clear_voice_is_written_down_by_path_and_by_beam() -> None:
    clips = [heard("brew a latte"), heard("mocha")]
    assert greedy_texts(clips) == ["brew a latte", "mocha"]
    assert best_texts(list(transcribe(clips, (), BeamConfig()))) == ["brew a latte", "mocha"]
    # A grammar lets through what comes nearest.
    assert best_texts(list(transcribe(clips, [Grammar.of_phrases(["latte", "mocha"])], BeamConfig()))) == [
        "latte",
        "mocha",
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("brew a large mocha with lots of milk", True),
        ("make me large a mocha with lots of milk", True),
        ("brew a large mocha with milk", False),
        ("brew a mocha with lots of milk", False),
        ("brew a large mocha with lots of milk and sugar", False),
    ],
)
def test_a_command_is_right_if_its_slots_are_and_no_others(text: str, right: bool) -> None:
    label = '{"intent": "order", "slots": {"size": "large", "drink": "mocha", "milk": "lots of milk"}}'
    others = ("get me a coffee with sugar", ("sugar", "coffee"), "get me a coffee with sugar")
    command = ("brew a large mocha with lots of milk", slots_of(label), text)
    assert all_slots_right([command, others]) == [right, True]


@pytest.mark.parametrize("label", ["", "jarvis", "[1]", '{"intent": "order"}'])
def test_a_label_without_slots_has_none(label: str) -> None:
    assert slots_of(label) == ()


def test_search_is_blamed_for_what_a_wider_beam_would_find_and_the_model_for_the_rest() -> None:
    # With one prefix kept, the "u" that is likelier at first shuts the grammar's only sentence out.
    first_doubtful = heard("at", sure=0.9)
    first_doubtful.log_probs[0] = np.log(np.full(SYMBOLS, 0.1 / (SYMBOLS - 2)))
    first_doubtful.log_probs[0, encode("u")[0]] = np.log(0.5)
    first_doubtful.log_probs[0, encode("a")[0]] = np.log(0.4)
    grammar = Grammar.of_phrases(["at", "unit"])
    narrow = blame([first_doubtful], [grammar], BeamConfig(width=1))
    assert (narrow.wrong, narrow.search, narrow.advice) == (1, 100.0, "widen the beam")
    assert blame([first_doubtful], [grammar], BeamConfig(width=8)).wrong == 0
    mistaken = blame([heard("cat", "dog")], (), BeamConfig(width=8))
    assert (mistaken.wrong, mistaken.model) == (1, 100.0)
    assert "better networks" in mistaken.advice


def test_keywords_are_hits_where_they_are_said_and_false_elsewhere() -> None:
    clips = [heard("smoke alarm"), heard("all is well"), heard("smoke alarm", "some other words")]
    tally = keyword_tally(clips, ["smoke alarm"], 0.03)
    assert tally.miss("smoke alarm", "clean", 0.9) == (0, 1)
    assert tally.false_accepts("smoke alarm", 0.9) == 1
    assert tally.hours == pytest.approx((clips[1].seconds + clips[2].seconds) / 3600)


def test_one_keyword_taken_for_another_is_a_false_accept() -> None:
    clips = [heard("lights on"), heard("lights on please", "lights off please")]
    tally = keyword_tally(clips, ["lights on", "lights off"], 0.03)
    assert [tally.false_accepts(word, 0.9) for word in tally.labels] == [1, 0]
    assert tally.miss("lights off", "clean", 0.9) == (1, 1)
    seconds = [3600 * tally.hours_without(word) for word in tally.labels]
    assert seconds == pytest.approx([clips[1].seconds, clips[0].seconds])


def test_calibration_makes_confidence_true() -> None:
    rng = np.random.default_rng(0)
    judged: list[Judged] = []
    for _ in range(400):
        margin = rng.uniform(-2, 4)
        # Right as often as twice the margin says.
        right = rng.random() < 1 / (1 + np.exp(-2 * margin))
        told = [Hypothesis("yes", margin, 0.0), Hypothesis("yet", 0.0, 0.0)]
        judged.append((heard("yes" if right else "no"), told))
    calibration = calibrate(judged)
    sure = np.array([calibration.confidences(some, one.log_probs)[0] for one, some in judged])
    truth = np.array([one.reference == "yes" for one, _ in judged], float)
    assert calibration_error(sure, truth) < 0.08
    assert calibration_error(np.full(len(truth), 0.99), truth) > 0.1


def test_calibration_is_not_certain_where_all_are_wrong() -> None:
    calibration = calibrate([(heard("yes", "no"), [Hypothesis("yes", 0.0, 0.0)])] * 5)
    (sure,) = calibration.confidences([Hypothesis("yes", 0.0, 0.0)], heard("yes").log_probs)
    assert 0.01 < sure < 0.5


def test_what_is_judged_includes_what_no_order_was_said_in(tmp_path: Path) -> None:
    (tmp_path / "orders.txt").write_text("stop now\n")
    read, orders = [heard("all is well")], [heard("stop now")]
    figures, guide = Figures(0.5, 0.5, 1.0), Guidance(grammar=tmp_path / "orders.txt")
    judged = report.judged(read, orders, Guidance(), guide, figures)
    assert [(one.reference, some[0].text) for one, some in judged] == [
        ("all is well", "all is well"),
        ("stop now", "stop now"),
        ("all is well", "stop now"),
    ]
    assert len(report.judged(read, orders, Guidance(), Guidance(), figures)) == 2


def test_without_anything_to_judge_confidences_are_those_of_no_bundle() -> None:
    assert calibrate([]) == Calibration()


def test_orders_whose_slots_are_not_known_are_not_right() -> None:
    known, unknown = heard("make a mocha", slots=("mocha",)), heard("make tea")
    part = SimpleNamespace(texts=lambda clips, _guide: [""] * len(clips))
    cells = report._command_cells(part, [known, unknown], Guidance())  # type: ignore[arg-type]
    assert cells == ("100.0 %", "0.0 % (0-79)")
    assert report._command_cells(part, [unknown], Guidance())[1] == "-"  # type: ignore[arg-type]


def test_a_likelier_text_is_never_less_sure() -> None:
    told = [Hypothesis("yes", -1.0, -1.0), Hypothesis("a longer text", -3.0, -9.0), Hypothesis("no", -4.0, -1.0)]
    log_probs = heard("yes").log_probs
    for fit, clarity in ((5.0, 0.0), (-5.0, 0.0), (0.0, 5.0), (0.0, -5.0)):
        sure = Calibration(1.0, fit, 0.0, clarity).confidences(told, log_probs)
        assert sure == sorted(sure, reverse=True)
    assert Calibration(1e4, 0.0, -9e4).confidences(told, log_probs)[2] == 0


def test_what_is_heard_clearly_is_surer_than_what_is_near_silence() -> None:
    calibration = Calibration(1.0, 0.0, 0.0, clarity=1.0)
    (clear,), (faint,) = (
        calibration.confidences(next(transcribe([one], (), BeamConfig(width=1))), one.log_probs)
        for one in (heard("yes"), barely("yes"))
    )
    assert clear > faint
    figures = {"confidence_margin": 1.0, "confidence_fit": 0.0, "confidence_offset": 0.0}
    assert Calibration.of(figures) == Calibration(1.0, 0.0, 0.0)
    assert Calibration.of({**figures, "confidence_clarity": 1.0}) == calibration


def test_rare_letters_are_favoured_as_far_as_the_network_is_believed_to_shun_them() -> None:
    shares = [0.01] * SYMBOLS
    shares[encode("z")[0]], shares[encode("q")[0]], shares[BLANK] = 0.001, 0.0, 0.5
    figures = Figures(0.5, 0.5, 1.0, prior_weight=0.5, priors=tuple(shares))
    bonuses = dict(zip(LETTERS, figures.letter_bonuses, strict=True))
    assert bonuses["e"] == pytest.approx(0.5 * np.log(0.5 / 0.01), abs=1e-3)
    assert bonuses["z"] - bonuses["e"] == pytest.approx(0.5 * np.log(10), abs=2e-3)
    # Never heard is not infinitely rare.
    assert bonuses["q"] == pytest.approx(0.5 * np.log(0.5 / RAREST), abs=1e-3)
    assert set(replace(figures, prior_weight=0.0).letter_bonuses) == {0}


def test_figures_are_those_with_the_fewest_word_errors(tmp_path: Path) -> None:
    compact(trained(["zoo", "too"]), tmp_path)
    (unsure,), often = in_doubt()
    figures = choose_weights([[unsure], often], tmp_path / "language.ngram")
    assert figures.prior_weight > 0
    assert figures.priors == priors([unsure, *often])
    assert sum(figures.priors) == pytest.approx(1, abs=0.01)
    guide = Guidance(language=tmp_path / "language.ngram")
    assert best_texts(list(guided([unsure], guide, figures))) == ["too"]
    favouring = replace(guide, letter_bonuses=figures.letter_bonuses)
    assert best_texts(list(guided([unsure], favouring, figures))) == ["zoo"]


def test_each_voice_counts_alike_however_much_it_says() -> None:
    one, other = replace(heard("yes"), voice="one"), replace(heard("no"), voice="other")
    assert errors([one, one, one, other], ["yes", "yes", "yes", "yes"]) == 50
    assert errors([one, one, one, one], ["yes", "yes", "yes", "no"]) == 25


def test_words_made_of_noise_count_against_the_figures(tmp_path: Path) -> None:
    compact(trained(["zoo", "too"]), tmp_path)
    kinds, noise = in_doubt(), [replace(barely("zoo"), reference="")]
    assert errors(2 * noise, ["", "zoo"]) == 50
    figures = choose_weights([*kinds, noise], tmp_path / "language.ngram")
    assert figures.silence_margin > 0
    guide = Guidance(language=tmp_path / "language.ngram", letter_bonuses=figures.letter_bonuses)
    assert best_texts(list(guided([*kinds[0], *noise], guide, figures))) == ["zoo", ""]
    lenient = replace(figures, silence_margin=-1.0)
    assert best_texts(list(guided(noise, guide, lenient))) == ["zoo"]


def test_only_the_margin_is_there_to_keep_noise_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faults(_kinds: object, _language: Path, tried: Sequence[Figures]) -> list[Faults]:
        noisy = [8.0 * (one.language_weight > 0.5 and one.silence_margin < 0.75) for one in tried]
        return [Faults(noise, _distance(one)) for noise, one in zip(noisy, tried, strict=True)]

    def _distance(one: Figures) -> float:
        return abs(one.language_weight - 0.9) + one.silence_margin

    monkeypatch.setattr(validation, "_faults", faults)
    figures = choose_weights([[heard("yes")]], tmp_path)
    assert (figures.language_weight, figures.silence_margin) == (0.9, 0.75)


def test_what_a_few_clips_leave_open_is_decided_on_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compact(trained(["zoo", "too"]), tmp_path)
    (unsure,), often = in_doubt()
    monkeypatch.setattr(validation, "TUNING_CLIPS", 1)
    figures = choose_weights([[*often, unsure]], tmp_path / "language.ngram")
    assert figures.prior_weight == validation.CHOICES["prior_weight"][1]  # On the first clip alone, all are right.


def in_doubt() -> tuple[list[Heard], list[Heard]]:
    """A clip of which the network cannot tell t and z, and leans to what is common, and what makes t common."""
    letters, unsure = encode("tz"), heard("too", "zoo", sure=0.6)
    unsure.log_probs[0, letters] = np.log([0.6, 0.3])
    return [unsure], [heard("tttttttttttt", "too")] * 9


def barely(said: str) -> Heard:
    """A clip in which the network takes each letter to be no likelier than silence."""
    one = heard(said, sure=0.96)
    probabilities = np.exp(one.log_probs)
    spelled = probabilities[:, BLANK] < 0.5
    loudest = probabilities[spelled].argmax(axis=1)
    probabilities[spelled, loudest] /= 2
    probabilities[spelled, BLANK] += probabilities[spelled, loudest]
    return replace(one, log_probs=np.log(probabilities))


def test_figures_come_back_from_their_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("figures") / "figures.json"
    shares = tuple(np.random.default_rng(1).dirichlet(np.ones(SYMBOLS)).tolist())
    figures = Figures(
        0.8, 1.5, 0.5, Calibration(0.7, 0.2, -1.0, 0.3), 0.4, prior_weight=0.6, priors=shares, silence_margin=0.25
    )
    figures.save(path)
    assert Figures.load(path) == figures
    old = {
        name: value for name, value in json.loads(path.read_text()).items() if not name.startswith(("prior", "silence"))
    }
    path.write_text(json.dumps(old))
    assert set(Figures.load(path).letter_bonuses) == {0.0}
    assert Figures.load(path).silence_margin < -1000


def clip(corpus: str, speaker: str, seconds: float = 60.0) -> Clip:
    return Clip(Path(f"{corpus}/{speaker}.flac"), "sentence", "", "text", speaker, seconds, "CC0", True, corpus)


def test_parts_share_no_speaker_and_have_their_share() -> None:
    clips = [clip("read", f"reader {n}") for n in range(40)] + [clip("two", "one voice"), clip("two", "another")]
    parts = part_of_voices(clips)
    counts = {part: sum(parts[f"reader {n}"] == part for n in range(40)) for part in ("test", "validation", "train")}
    assert counts == {"test": 6, "validation": 6, "train": 28}
    assert {parts["one voice"], parts["another"]} == {"train"}
    # A voice of another corpus stays where it is, however the second corpus looks.
    assert part_of_voices([*clips, clip("zoo", "reader 3")])["reader 3"] == parts["reader 3"]


def test_sentences_are_speakable(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("texts")
    text = "Come here, please! In 1902 it rained. Yes.\n\nThat was all  she knew\n"
    (folder / "book.txt").write_text(text)
    assert sentences(read_text(folder / "book.txt")) == ["Come here, please!", "That was all she knew"]
    with gzip.open(folder / "orders.jsonl.gz", "wt") as file:
        file.write('{"text": "lights on please"}\n{"text": "set it to 20"}\n')
    assert sentences(read_text(folder / "orders.jsonl.gz")) == ["lights on please"]
    (folder / "broken.xz").write_bytes(b"no xz")
    with pytest.raises(DataError, match=r"broken.xz cannot be read as text"):
        read_text(folder / "broken.xz")
