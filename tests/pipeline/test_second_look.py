"""What a network believes counts as far as the letters fit: with networks that hear tones, and letters in pairs."""

import json
import logging
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audio import AudioBlock
from edge.errors import BundleError
from edge.events import Trigger
from edge.features import FeatureConfig, FeatureStream, Frames
from edge.model import ModelStream, SecondLookConfig, StreamingModel
from edge.model.bundle import MANIFEST
from edge.model.quantization import Real
from edge.pipeline import Pipeline, _widest
from edge.second_look import BELIEF_WHILE, LEAD, LEAST_SPELLING, NOTHING, SPELLING_WHILE, Logits, SecondLook
from edge.spotter import Spotter
from tests.pipeline import letters as speech
from tests.pipeline import tones as words
from tests.pipeline.bundles import FEATURES, STACK
from tests.pipeline.letters import joined, spoken

pytestmark = pytest.mark.runtime

SAID = joined(3.0, spoken("pot"), 2.0)
"""Three letters after 3 s of quiet."""


def config(letters: StreamingModel) -> SecondLookConfig:
    folder, own = str(letters.bundle.folder), letters.bundle.model_id
    return SecondLookConfig(folder, own, smoothing_steps=1, floor=0.05, weight=2.0)


def frames_of_said() -> Frames:
    return FeatureStream(FEATURES).feed(SAID)


def believing(steps: int, first: int, end: int, words: int = 1) -> Logits:
    """A network that believes from one step to another, and not at all elsewhere."""
    logits = np.full((steps, words), -9.0, np.float32)
    logits[first:end] = 2.0
    return logits


def test_what_its_letters_fit_is_believed_more(letters: StreamingModel) -> None:
    frames = frames_of_said()
    look = SecondLook(letters, ["pot", "net"], config(letters))
    both = look.feed(frames, believing(len(frames) // STACK, 90, 140, words=2))
    fits, does_not = both.max(axis=0)
    assert fits > 1
    assert does_not < fits - 4


def test_who_is_not_understood_at_all_is_not_believed_less_and_less(letters: StreamingModel) -> None:
    frames = frames_of_said()
    believed = believing(len(frames) // STACK, 90, 140)
    for word in ("quiz", "unquestionably"):
        doubted = SecondLook(letters, [word], config(letters)).feed(frames, believed).max()
        assert doubted == pytest.approx(2.0 + 2.0 * np.log(LEAST_SPELLING), abs=1e-3)


def test_letters_may_be_complete_before_or_after_the_belief(letters: StreamingModel) -> None:
    frames = frames_of_said()
    steps = len(frames) // STACK

    def best(first: int) -> float:
        return float(
            SecondLook(letters, ["pot"], config(letters)).feed(frames, believing(steps, first, first + 3)).max()
        )

    complete = int(3.0 / 0.03) + round(3 * (speech.SOUND + speech.PAUSE) / 0.03)
    assert best(complete - BELIEF_WHILE // 2) == pytest.approx(best(complete + SPELLING_WHILE // 2), abs=0.3)
    assert best(complete + SPELLING_WHILE + 20) < best(complete) - 4
    assert best(complete - BELIEF_WHILE - 20) < best(complete) - 4


def test_where_nothing_is_believed_nothing_is_read(letters: StreamingModel, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    frames = frames_of_said()
    steps = len(frames) // STACK
    look, spell = SecondLook(letters, ["pot"], config(letters)), ModelStream.feed

    def counted(stream: ModelStream, some: Frames) -> dict[str, Real]:
        read.append(len(some))
        return spell(stream, some)

    monkeypatch.setattr(ModelStream, "feed", counted)
    assert (look.feed(frames, believing(steps, 0, 0)) == NOTHING).all()
    assert read == []
    look.reset()
    both = look.feed(frames, believing(steps, 110, 112))
    awake = 2 + BELIEF_WHILE - 1
    assert read == [(min(110, LEAD - 1) + awake) * STACK]
    assert np.flatnonzero(both[:, 0] > NOTHING).tolist() == list(range(110, 110 + awake))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 520), max_size=6))
def test_cuts_into_calls_do_not_matter(letters: StreamingModel, cuts: list[int]) -> None:
    frames = frames_of_said()
    logits = believing(len(frames) // STACK, 96, 130)
    logits[104:128] = -9
    whole = SecondLook(letters, ["pot"], config(letters)).feed(frames, logits)
    look, parts = SecondLook(letters, ["pot"], config(letters)), []
    for first, end in pairwise([0, *sorted(min(cut, len(frames)) for cut in cuts), len(frames)]):
        parts.append(look.feed(frames[first:end], logits[first // STACK : end // STACK]))
    assert np.array_equal(np.concatenate(parts), whole)
    look.reset()
    steps = [look.feed(frames[n * STACK : (n + 1) * STACK], logits[n : n + 1]) for n in range(len(logits))]
    assert np.array_equal(np.concatenate(steps), whole[: len(logits)])


def test_scores_that_are_no_numbers_stay_so(letters: StreamingModel) -> None:
    frames = frames_of_said()
    logits = np.full((len(frames) // STACK, 1), np.nan, np.float32)
    assert np.isnan(SecondLook(letters, ["pot"], config(letters)).feed(frames, logits)).all()


def test_a_short_gap_drops_the_unfinished_step_alone(letters: StreamingModel) -> None:
    frames = frames_of_said()
    logits = believing(len(frames) // STACK, 110, 130)
    look = SecondLook(letters, ["pot"], config(letters))
    first = look.feed(frames[: 112 * STACK + 2], logits[:112])
    look.rejoin()
    second = look.feed(frames[112 * STACK :], logits[112:])
    whole = SecondLook(letters, ["pot"], config(letters)).feed(frames, logits)
    assert np.array_equal(np.concatenate([first, second]), whole)


LOW = words.tone(words.HERTZ[0], 0.3)
CALLED = joined(3.0, LOW, 3.0, spoken("low tone"), LOW, 2.0)
"""A tone that nobody spells, and one that somebody does."""


def with_look(folder: Path, look: SecondLookConfig) -> StreamingModel:
    """The network whose words are tones, which takes a second look."""
    path = words.make_bundle(folder) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {"second_look": asdict(look)}))
    return StreamingModel.load(folder)


def heard(model: StreamingModel, size: int = len(CALLED), spotter: Spotter | None = None) -> list[Trigger]:
    pipeline = Pipeline(model, {"low tone": 0.6}, spotter=spotter)
    stream = (AudioBlock(CALLED[at : at + size], at) for at in range(0, len(CALLED), size))
    return [event for event in pipeline.run(stream) if isinstance(event, Trigger)]


def test_a_word_whose_letters_do_not_fit_is_none(
    tones: StreamingModel, letters: StreamingModel, tmp_path: Path
) -> None:
    alone = heard(tones)
    assert [event.name for event in alone] == ["low tone"] * 2
    looking = with_look(tmp_path / "looking", config(letters))
    both = heard(looking)
    assert [event.name for event in both] == ["low tone"]
    assert alone[1].at - 0.1 <= both[0].at < alone[1].at + 0.5
    for size in (160, 1000, 16_000):
        assert heard(looking, size) == both
    assert heard(looking, spotter=Spotter(letters, {"stop": 0.5})) == both


def test_a_long_gap_is_the_end_of_what_can_be_read_again(letters: StreamingModel, tmp_path: Path) -> None:
    looking = with_look(tmp_path / "looking", config(letters))
    spelled, called = joined(3.0, spoken("low tone")), joined(LOW, 2.0)
    pipeline = Pipeline(looking, {"low tone": 0.6})
    near = [*pipeline.feed(AudioBlock(spelled, 0)), *pipeline.feed(AudioBlock(called, len(spelled)))]
    assert [event.type for event in near] == ["trigger"]
    pipeline = Pipeline(looking, {"low tone": 0.6})
    far = [*pipeline.feed(AudioBlock(spelled, 0)), *pipeline.feed(AudioBlock(called, len(spelled) + 48_000))]
    assert [event.type for event in far] == ["status"]


def test_after_many_short_gaps_the_letters_still_belong_to_the_word(letters: StreamingModel, tmp_path: Path) -> None:
    looking = with_look(tmp_path / "looking", config(letters))
    pipeline, quiet = Pipeline(looking, {"low tone": 0.6}), joined(0.06)
    start = 0
    for _ in range(200):
        assert {event.type for event in pipeline.feed(AudioBlock(quiet, start))} <= {"status"}
        start += len(quiet) + 1
    said = joined(1.0, spoken("low tone"), LOW, 2.0)
    assert [event.type for event in pipeline.feed(AudioBlock(said, start))] == ["status", "trigger"]


def test_a_speech_network_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = SecondLookConfig("nowhere", "", 4, 0.05, 2.0)
    with pytest.raises(BundleError, match="looking takes a second look with nowhere, but"):
        with_look(tmp_path / "looking", gone)
    no_speech = SecondLookConfig(str(words.make_bundle(tmp_path / "tones")), "", 4, 0.05, 2.0)
    with pytest.raises(BundleError, match="speech"):
        SecondLook.of(with_look(tmp_path / "looking", no_speech))


@pytest.mark.parametrize(
    "wrong", [{"smoothing_steps": 0}, {"floor": 0.0}, {"floor": float("nan")}, {"weight": -1.0}, {"floor": 10**400}]
)
def test_a_second_look_that_cannot_be_is_refused(
    wrong: dict[str, float], letters: StreamingModel, tmp_path: Path
) -> None:
    path = words.make_bundle(tmp_path / "looking") / MANIFEST
    look = {"second_look": asdict(config(letters)) | wrong}
    path.write_text(json.dumps(json.loads(path.read_text()) | look))
    with pytest.raises(BundleError, match="second_look"):
        StreamingModel.load(path.parent)


@pytest.mark.parametrize(
    ("spelling", "why"), [({"low tone": "lo"}, "too short"), ({"low tone": "high tone"}, "spelled alike")]
)
def test_words_that_cannot_be_spelled_are_the_bundle_s_fault(
    spelling: dict[str, str], why: str, letters: StreamingModel, tmp_path: Path
) -> None:
    wrong = replace(config(letters), spelling=spelling)
    with pytest.raises(BundleError, match=f"looking, second_look.spelling: .*{why}"):
        SecondLook.of(with_look(tmp_path / "looking", wrong))


def test_a_word_is_spelled_as_the_manifest_says(letters: StreamingModel) -> None:
    frames = frames_of_said()
    logits = believing(len(frames) // STACK, 90, 140)
    plain = SecondLook(letters, ["pot"], config(letters)).feed(frames, logits)
    other = replace(config(letters), spelling={"a vessel": "pot"})
    assert np.array_equal(SecondLook(letters, ["a vessel"], other).feed(frames, logits), plain)


def test_clocks_are_those_of_the_strongest_belief_and_go_on(letters: StreamingModel) -> None:
    frames = frames_of_said()
    look = SecondLook(letters, ["pot"], config(letters))
    logits = believing(len(frames) // STACK, 100, 104)
    logits[102] = 4.0
    clocks = np.zeros((len(logits), 2), np.float32)
    clocks[102], clocks[103:] = (0.3, 0.1), 0.11
    parts = []
    for first, end in ((0, 101), (101, 105), (105, 106), (106, len(logits))):
        look.feed(frames[first * STACK : end * STACK], logits[first:end])
        parts.append(look.recall(clocks[first:end], 0.015))
    recalled = np.concatenate(parts)
    assert np.allclose(recalled[101], 0)
    assert np.allclose(recalled[102], (0.3, 0.1))
    assert np.allclose(recalled[102 + 10], (0.45, 0.25))


def test_frames_hold_what_the_widest_stage_hears() -> None:
    both = FeatureConfig(normalise="pcen+peak")
    assert _widest([both.first, both.first]) == both.first
    assert _widest([both.first, both, both.first]) == both
    with pytest.raises(BundleError, match="name another"):
        _widest([both.first, FeatureConfig(normalise="mean")])


def test_another_speech_network_than_that_of_the_curves_is_told(
    letters: StreamingModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with_look(tmp_path / "same", config(letters))
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        with_look(tmp_path / "other", SecondLookConfig(str(letters.bundle.folder), "older", 4, 0.05, 2.0))
    assert "hark tune" in caplog.text


def test_a_speech_network_that_hears_other_frames_is_refused(letters: StreamingModel, tmp_path: Path) -> None:
    wider = speech.make_bundle(tmp_path / "other", FeatureConfig(normalise="pcen"))
    other = SecondLookConfig(str(wider), StreamingModel.load(wider).bundle.model_id, 4, 0.05, 2.0)
    with pytest.raises(BundleError, match="hears other steps"):
        Pipeline(with_look(tmp_path / "looking", other), {})
    looking = with_look(tmp_path / "fits", config(letters))
    with pytest.raises(BundleError, match="name another"):
        Pipeline(looking, {}, spotter=Spotter(StreamingModel.load(wider), {"stop": 0.5}))
