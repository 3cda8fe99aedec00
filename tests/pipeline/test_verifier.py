"""Who learnt the same words hears again what a network believes, with networks that hear tones."""

import json
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audio import AudioBlock
from edge.errors import BundleError
from edge.events import Event, Trigger
from edge.features import FeatureStream, Frames
from edge.model import ModelStream, SecondLookConfig, StreamingModel
from edge.model.bundle import MANIFEST, VERIFIER
from edge.model.manifest import VerifierConfig
from edge.model.quantization import Real
from edge.pipeline import Pipeline
from edge.second_look import LEAST, NOTHING, Logits, SecondLook
from edge.tuning.accepts import AcceptCounter, best_score
from tests.pipeline import letters as speech
from tests.pipeline import tones as words
from tests.pipeline.bundles import FEATURES, STACK
from tests.pipeline.letters import joined, spoken
from tests.pipeline.test_second_look import believing

pytestmark = pytest.mark.runtime

LOW = words.tone(words.HERTZ[0], 0.3)
CALLED = joined(3.0, spoken("low tone"), LOW, 2.0)
TONE_ENDS = len(joined(3.0, spoken("low tone"), LOW)) // 480
"""Steps."""


def config(letters: StreamingModel, verifier: VerifierConfig) -> SecondLookConfig:
    look = SecondLookConfig(str(letters.bundle.folder), letters.bundle.model_id, 1, floor=0.2, weight=1.0)
    return replace(look, verifier=verifier)


def told(model: StreamingModel, floor: float = 0.1, share: float = 0.5) -> VerifierConfig:
    return VerifierConfig(model.bundle.model_id, floor, share)


def look_with(letters: StreamingModel, tones: StreamingModel, share: float = 0.5) -> SecondLook:
    return SecondLook(letters, words.LABELS, config(letters, told(tones, share=share)), tones.stream())


def frames_of_called() -> Frames:
    return FeatureStream(FEATURES).feed(CALLED)


def looked(look: SecondLook, first: int, end: int) -> Logits:
    """Where the first network believes both words from one step to another."""
    frames = frames_of_called()
    return look.feed(frames, believing(len(frames) // STACK, first, end, words=2))


def test_what_the_verifier_hears_is_believed_more(letters: StreamingModel, tones: StreamingModel) -> None:
    alone = looked(look_with(letters, tones, share=0.0), TONE_ENDS - 3, TONE_ENDS + 3).max(axis=0)
    low, high = looked(look_with(letters, tones, share=0.4), TONE_ENDS - 3, TONE_ENDS + 3).max(axis=0)
    assert low > alone[0]
    assert high < alone[1] - 2


def test_its_logits_count_by_their_share(letters: StreamingModel, tones: StreamingModel) -> None:
    nothing, all_of_it = (
        looked(look_with(letters, tones, share), TONE_ENDS - 1, TONE_ENDS)[TONE_ENDS, 0] for share in (0.0, 1.0)
    )
    half = looked(look_with(letters, tones, share=0.5), TONE_ENDS - 1, TONE_ENDS)[TONE_ENDS, 0]
    assert half == pytest.approx((nothing + all_of_it) / 2, abs=1e-5)


def test_who_is_not_asked_sleeps(
    letters: StreamingModel, tones: StreamingModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, feed, read = look_with(letters, tones, share=0.9), ModelStream.feed, dict[str, int]()

    def counted(stream: ModelStream, frames: Frames) -> dict[str, Real]:
        outputs = feed(stream, frames)
        name = "verifier" if "scores" in outputs else "speller"
        read[name] = read.get(name, 0) + len(frames)
        return outputs

    monkeypatch.setattr(ModelStream, "feed", counted)
    frames = frames_of_called()
    steps = len(frames) // STACK
    assert (look.feed(frames, believing(steps, 0, 0, words=2)) == NOTHING).all()
    assert read == {}
    look.reset()
    # In quiet, the verifier hears nothing, so that nobody spells.
    assert (look.feed(frames, believing(steps, 60, 62, words=2)) == NOTHING).all()
    assert read.keys() == {"verifier"}
    look.reset()
    assert looked(look, TONE_ENDS - 3, TONE_ENDS + 3).max() > 0
    assert read.keys() == {"verifier", "speller"}


def test_no_believer_is_surer_than_the_least(letters: StreamingModel, tones: StreamingModel) -> None:
    frames, sure = frames_of_called(), np.log((1 - LEAST) / LEAST)
    look = replace(config(letters, told(tones, share=0.0)), weight=0.0)
    logits = believing(len(frames) // STACK, 60, 62, words=2) * 10
    both = SecondLook(letters, words.LABELS, look, tones.stream()).feed(frames, logits)
    assert both.max() == pytest.approx(sure, abs=1e-4)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 700), max_size=6))
def test_cuts_into_calls_do_not_matter(letters: StreamingModel, tones: StreamingModel, cuts: list[int]) -> None:
    frames = frames_of_called()
    steps = len(frames) // STACK
    logits = np.maximum(believing(steps, 70, 75, words=2), believing(steps, TONE_ENDS - 3, 150, words=2))
    whole = look_with(letters, tones).feed(frames, logits)
    assert whole.max() > 0
    look, parts = look_with(letters, tones), []
    for first, end in pairwise([0, *sorted(min(cut, len(frames)) for cut in cuts), len(frames)]):
        parts.append(look.feed(frames[first:end], logits[first // STACK : end // STACK]))
    assert np.array_equal(np.concatenate(parts), whole)


def test_a_short_gap_drops_the_unfinished_step_alone(letters: StreamingModel, tones: StreamingModel) -> None:
    frames, cut = frames_of_called(), TONE_ENDS
    logits = believing(len(frames) // STACK, cut - 3, cut + 3, words=2)
    look = look_with(letters, tones)
    first = look.feed(frames[: cut * STACK + 2], logits[:cut])
    look.rejoin()
    second = look.feed(frames[cut * STACK :], logits[cut:])
    assert np.array_equal(np.concatenate([first, second]), look_with(letters, tones).feed(frames, logits))


def with_verifier(folder: Path, letters: StreamingModel, **changed: object) -> Path:
    """Tones that tones hear again; `changed` is what the manifest of the verifier says otherwise."""
    path = words.make_bundle(folder) / MANIFEST
    verifier = words.make_bundle(folder / VERIFIER) / MANIFEST
    verifier.write_text(json.dumps(json.loads(verifier.read_text()) | changed))
    look = config(letters, told(StreamingModel.load(folder)))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"second_look": asdict(look)}))
    return folder


def heard(model: StreamingModel, size: int) -> list[Event]:
    pipeline = Pipeline(model, {"low tone": 0.6, "high tone": 0.6})
    return list(pipeline.run(AudioBlock(CALLED[at : at + size], at) for at in range(0, len(CALLED), size)))


def test_a_bundle_brings_its_verifier_along(letters: StreamingModel, tmp_path: Path) -> None:
    model = StreamingModel.load(with_verifier(tmp_path / "tones", letters))
    assert model.verifier is not None
    assert model.verifier.bundle.folder == tmp_path / "tones" / VERIFIER
    events = heard(model, len(CALLED))
    assert [(event.type, getattr(event, "name", "")) for event in events] == [("trigger", "low tone")]
    for size in (160, 1000, 16_000):
        assert heard(model, size) == events


@pytest.fixture
def awake(monkeypatch: pytest.MonkeyPatch) -> set[ModelStream]:
    """Streams that have heard something."""
    awake, feed = set[ModelStream](), ModelStream.feed

    def noted(stream: ModelStream, frames: Frames) -> dict[str, Real]:
        awake.add(stream)
        return feed(stream, frames)

    monkeypatch.setattr(ModelStream, "feed", noted)
    return awake


def test_only_words_that_are_listened_for_wake_anybody(
    letters: StreamingModel, tmp_path: Path, awake: set[ModelStream]
) -> None:
    pipeline = Pipeline(StreamingModel.load(with_verifier(tmp_path / "tones", letters)), {"high tone": 0.6})

    def called() -> list[str]:
        awake.clear()
        events = pipeline.feed(AudioBlock(CALLED, 0)) + pipeline.pause()
        return [event.name for event in events if isinstance(event, Trigger)]

    assert called() == []
    assert len(awake) == 1
    pipeline.tune({"low tone": 0.6})
    assert called() == ["low tone"]
    assert len(awake) == 3
    # Who wants no events wants to see the scores of all words.
    pipeline.tune({})
    assert called() == []
    assert len(awake) == 3


@pytest.mark.parametrize(("word", "streams"), [("high tone", 1), ("low tone", 3)])
def test_who_counts_accepts_wakes_those_whom_the_device_would(
    letters: StreamingModel, tmp_path: Path, awake: set[ModelStream], word: str, streams: int
) -> None:
    model = StreamingModel.load(with_verifier(tmp_path / "tones", letters))
    counter = AcceptCounter(model, [word])
    awake.clear()
    counter.feed(AudioBlock(CALLED, 0))
    assert len(awake) == streams
    assert counter.counts[word].any() == (word == "low tone")
    awake.clear()
    assert (best_score(model, word, [AudioBlock(CALLED, 0)]) > 0.5) is (word == "low tone")
    assert len(awake) == streams


def test_a_verifier_of_other_words_or_another_day_is_refused(letters: StreamingModel, tmp_path: Path) -> None:
    other = with_verifier(tmp_path / "other", letters, labels=["high tone", "low tone"])
    with pytest.raises(BundleError, match=r"other/verifier is not the verifier of .*other; copy or export"):
        StreamingModel.load(other)
    path = with_verifier(tmp_path / "older", letters) / MANIFEST
    path.write_text(json.dumps(_told_of(json.loads(path.read_text()), model_id="0" * 12)))
    with pytest.raises(BundleError, match=r"older/verifier is not the verifier of .*older; copy or export"):
        StreamingModel.load(path.parent)


def test_a_verifier_that_is_missing_is_named(letters: StreamingModel, tmp_path: Path) -> None:
    folder = with_verifier(tmp_path / "tones", letters)
    (folder / VERIFIER / MANIFEST).unlink()
    with pytest.raises(BundleError, match=f"{VERIFIER}/{MANIFEST}: No such file"):
        StreamingModel.load(folder)


@pytest.mark.parametrize("wrong", [{"floor": 0.0}, {"floor": 1.0}, {"share": -0.1}, {"share": 1.5}])
def test_figures_out_of_range_are_refused(wrong: dict[str, float], letters: StreamingModel, tmp_path: Path) -> None:
    path = with_verifier(tmp_path / "tones", letters) / MANIFEST
    path.write_text(json.dumps(_told_of(json.loads(path.read_text()), **wrong)))
    with pytest.raises(BundleError, match=r"second_look\.verifier"):
        StreamingModel.load(path.parent)


def test_scores_of_another_verifier_are_others(letters: StreamingModel, tmp_path: Path) -> None:
    path = with_verifier(tmp_path / "tones", letters) / MANIFEST
    before = StreamingModel.load(path.parent)
    path.write_text(json.dumps(_told_of(json.loads(path.read_text()), share=0.25)))
    after = StreamingModel.load(path.parent)
    assert after.bundle.model_id == before.bundle.model_id
    assert after.scores_id != before.scores_id
    assert StreamingModel.load(words.make_bundle(tmp_path / "plain")).scores_id == before.bundle.model_id


def test_a_verifier_that_gives_no_scores_is_refused(letters: StreamingModel, tmp_path: Path) -> None:
    folder = with_verifier(tmp_path / "tones", letters)
    speech.make_bundle(folder / VERIFIER)
    with pytest.raises(BundleError, match="is not the verifier of"):
        StreamingModel.load(folder)


def _told_of(manifest: dict[str, dict[str, dict[str, object]]], **changed: object) -> object:
    manifest["second_look"]["verifier"] |= changed
    return manifest
