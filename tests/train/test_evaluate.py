"""Evaluation: figures that can be checked by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("librosa", reason="training needs its extra: pip install -e '.[train]'")

from edge.audio import SAMPLE_RATE, AudioBlock
from edge.errors import DataError
from edge.events import Trigger
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.trigger import DetectorConfig
from tests.pipeline.tones import make_bundle, recording
from train.evaluate.hearings import hearings, percentiles
from train.evaluate.intervals import poisson, wilson
from train.evaluate.scorers import smoothed
from train.evaluate.streams import LongStream, Noise, other_streams, with_noise, word_streams
from train.evaluate.trigger import Tally, peaks, table

STEP = 1600


def stream(seconds: int, label: str = "", clips: tuple[tuple[int, int], ...] = ()) -> LongStream:
    keys = tuple(f"clip{n}" for n in range(max(1, len(clips))))
    return LongStream(np.zeros(seconds * SAMPLE_RATE, np.int16), label, clips, keys)


def track(seconds: int, words: int, **scores: float) -> np.ndarray:
    """Zeros but for `s12w0=0.9`: the score of word 0 at step 12."""
    values = np.zeros((seconds * 10, words), np.float32)
    for place, score in scores.items():
        step, word = place[1:].split("w")
        values[int(step), int(word)] = score
    return values


def test_wilson_and_poisson_are_the_textbooks() -> None:
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
    assert wilson(0, 0) == (0, 1)
    assert poisson(0, 2.0) == pytest.approx((0, 3.689 / 2), abs=1e-3)
    assert poisson(9, 5.93) == pytest.approx((4.115 / 5.93, 17.085 / 5.93), abs=1e-3)


def test_peaks_are_apart() -> None:
    scores = np.array([0.1, 0.5, 0.9, 0.6, 0.1, 0.1, 0.7, 0.1], np.float32)
    np.testing.assert_allclose(peaks(scores, 2, 0.3), [(2, 0.9), (6, 0.7)], rtol=1e-6)
    np.testing.assert_allclose(peaks(scores, 9, 0.3), [(2, 0.9)], rtol=1e-6)
    assert peaks(scores, 1, 0.95) == []
    assert peaks(scores[:0], 1, 0.3) == []


def test_what_is_shorter_than_a_step_has_no_scores() -> None:
    (track,) = smoothed([np.zeros((0, 2), np.float32)], DetectorConfig())
    assert track.shape == (0, 2)


def test_hearings_are_timed_against_the_sound(tmp_path: Path) -> None:
    """The network of tones fires some steps into a tone of 0.3 s; the third clip holds no tone."""
    model = StreamingModel.load(make_bundle(tmp_path))
    clips = tuple((int(at * SAMPLE_RATE), int((at + 1) * SAMPLE_RATE)) for at in (0.6, 3.6, 2.0))
    words = LongStream(recording((1.0, "low tone"), (4.0, "low tone")), "low tone", clips, ("one", "two", "none"))
    heard = list(hearings(model, {"low tone": 0.6}, [words]))
    assert len(heard) == 2
    (alone,) = Pipeline(model, {"low tone": 0.6}).feed(AudioBlock(words.samples[: 3 * SAMPLE_RATE], 0))
    assert isinstance(alone, Trigger)
    assert heard[0].delay == pytest.approx(alone.at - 1.3, abs=0.03)
    assert heard[0].began == pytest.approx(alone.began - 1.0, abs=0.03)
    assert heard[0].ended == pytest.approx(alone.ended - 1.3, abs=0.03)


def test_percentiles_are_named_by_their_share() -> None:
    assert percentiles([0.1, 0.2, 0.3]) == {"50 %": 0.2, "90 %": 0.28, "99 %": 0.298}
    assert percentiles([]) == {}


def tallied() -> Tally:
    tally = Tally(["a", "b"])
    clips = ((2 * SAMPLE_RATE, 3 * SAMPLE_RATE), (6 * SAMPLE_RATE, 7 * SAMPLE_RATE))
    tally.add_words("clean", [stream(10, "a", clips)], [track(10, 2, s28w0=0.9, s75w0=0.6, s28w1=0.7)], STEP)
    tally.add_others([stream(3600)], [track(3600, 2, s100w0=0.8, s5000w0=0.4, s9000w0=0.85)], STEP)
    return tally


def test_a_part_of_the_corpora_has_its_own_rate() -> None:
    tally = tallied()
    tally.add_others([replace(stream(1800), keys=("books/one.flac",))], [track(1800, 2, s100w0=0.9)], STEP)
    books = tally.among(["book"])
    assert [books.hours_without(word) for word in "ab"] == pytest.approx([0.5, 0.5])
    assert books.false_accepts("a", 0.8) == 1
    assert tally.false_accepts("a", 0.8) == 3
    assert books.miss("a", "clean", 0.7) == tally.miss("a", "clean", 0.7)


def test_hits_count_until_a_second_after_the_clip() -> None:
    tally = tallied()
    assert tally.miss("a", "clean", 0.5) == (0, 2)
    assert tally.miss("a", "clean", 0.7) == (1, 2)
    assert tally.miss("b", "clean", 0.5) == (0, 0)


def test_anything_else_is_a_false_accept_other_words_included() -> None:
    tally = tallied()
    assert tally.false_accepts("a", 0.3) == 3
    assert tally.false_accepts("a", 0.82) == 1
    assert tally.false_accepts("b", 0.5) == 1
    assert [tally.hours_without(word) for word in "ab"] == pytest.approx([1, 1 + 10 / 3600])
    assert tally.hours == pytest.approx(1 + 10 / 3600 / 2)


def test_threshold_keeps_the_budget() -> None:
    tally = tallied()
    assert tally.false_accepts("a", tally.threshold("a", 1.0)) == 1
    assert tally.false_accepts("a", tally.threshold("a", 0.5)) == 0


def test_operating_points_fall_and_rise() -> None:
    points = tallied().operating_points()["a"]
    assert np.all(np.diff(points.false_accepts_per_hour) <= 0)
    assert np.all(np.diff(points.miss_percent) >= 0)


def test_without_hours_there_are_no_operating_points() -> None:
    tally = Tally(["a"])
    tally.add_words("clean", [stream(3, "a", ((SAMPLE_RATE, 2 * SAMPLE_RATE),))], [track(3, 1, s15w0=0.9)], STEP)
    assert tally.hours == 0
    assert tally.operating_points() == {}


def test_a_word_alone_leaves_hours_to_the_others_only() -> None:
    tally = Tally(["a", "b"])
    tally.add_words("clean", [stream(360, "a", ((SAMPLE_RATE, 2 * SAMPLE_RATE),))], [track(360, 2, s99w1=0.9)], STEP)
    assert [tally.hours_without(word) for word in "ab"] == [0, pytest.approx(0.1)]
    assert set(tally.operating_points()) == {"b"}
    of_a, of_b = table(tally, ["clean"], [20.0]).splitlines()[2:]
    assert "| not measured |" in of_a
    assert "| 10.00 (" in of_b


def test_hours_of_an_earlier_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tally.json").write_text('{"labels": ["a"], "best": [], "accepts": {}, "hours_of": {"books": 2.5}}')
    with pytest.raises(DataError, match=r"an earlier version wrote it.*\): delete it, and validate the fold again"):
        Tally.load(tmp_path / "tally.json")


def test_folds_add_up_and_survive_the_disk(tmp_path: Path) -> None:
    tally = tallied()
    tally.save(tmp_path / "tally.json")
    both = Tally.load(tmp_path / "tally.json")
    assert both == tally
    both.merge(tallied())
    assert both.miss("a", "clean", 0.7) == (2, 4)
    assert both.false_accepts("a", 0.3) == 6
    assert both.hours_without("b") == pytest.approx(2 * tally.hours_without("b"))
    assert "| a | 0.5 |" in table(both, ["clean"])


def test_word_streams_hold_each_clip_with_gaps_and_noise_under_it() -> None:
    rng = np.random.default_rng(0)
    clips = [(f"c{n}", (rng.standard_normal(SAMPLE_RATE) * 1000).astype(np.int16)) for n in range(14)]
    clean = list(word_streams(clips, "a", None))
    assert [len(s.clips) for s in clean] == [12, 2]
    begin, end = clean[0].clips[3]
    assert end - begin == SAMPLE_RATE
    assert np.abs(clean[0].samples[begin:end].astype(int)).max() == pytest.approx(0.9 * 32767, rel=0.01)
    assert not clean[0].samples[end : end + 2 * SAMPLE_RATE].any()
    noisy = list(word_streams(clips, "a", Noise([clips[0][1]], 5.0)))
    assert noisy[0].samples[end : end + 2 * SAMPLE_RATE].any()


def test_other_streams_are_about_a_minute() -> None:
    clips = [(f"c{n}", np.ones(20 * SAMPLE_RATE, np.int16)) for n in range(7)]
    streams = list(other_streams(clips, None))
    assert [round(s.hours * 60) for s in streams] == [1, 1, 0]
    assert sum(len(s.keys) for s in streams) == 7


def test_each_stream_has_noise_of_its_own() -> None:
    rng = np.random.default_rng(0)
    noise = Noise([(rng.standard_normal(1600) * 1000).astype(np.int16) for _ in range(500)], 0.0)
    clips = [(f"corpus/c{n}", np.ones(31 * SAMPLE_RATE, np.int16)) for n in range(8)]

    def heard() -> list[bytes]:
        words = [one for word in "abcd" for one in word_streams(clips[:2], word, noise)]
        return [one.samples.tobytes() for one in (*other_streams(clips, noise), *words)]

    assert len(set(heard())) == 4 + 4
    assert heard() == heard()


def test_noise_begins_anywhere_in_its_recording() -> None:
    recording = (np.random.default_rng(0).standard_normal(60 * SAMPLE_RATE) * 1000).astype(np.int16)
    signal = np.full(SAMPLE_RATE, 0.5, np.float32)
    first, again, other = (with_noise(signal, Noise([recording], 0.0), salt) for salt in ("one", "one", "other"))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
