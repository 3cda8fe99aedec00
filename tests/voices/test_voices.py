"""A word that is said in another voice is vetoed, and nothing else happens to anything."""

import os
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.errors import BundleError, DataError, OutputError, UsageError
from edge.events import Event, Trigger, Veto
from edge.model import StreamingModel
from edge.pipeline import Pipeline
from edge.voices import Collector, Gate, Speakers, Voice, load_voice, save_voice, voice_path
from edge.voices.ear import Vector
from edge.voices.enrolment import enrol, leave_one_out
from edge.voices.speakers import unit
from tests.pipeline.tones import make_bundle
from tests.voices.throats import ANNA, BEN, OTHERS, THRESHOLDS, heard, make_knowing_bundle, said

pytestmark = pytest.mark.runtime

LOW, HIGH = "low tone", "high tone"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> StreamingModel:
    return StreamingModel.load(make_knowing_bundle(tmp_path_factory.mktemp("models") / "tones"))


@pytest.fixture(scope="module")
def speakers(model: StreamingModel) -> Speakers:
    return Speakers.of(model.bundle)


@pytest.fixture(scope="module")
def anna(model: StreamingModel, speakers: Speakers) -> Voice:
    return enrol("anna", LOW, heard(model, ANNA, LOW, 4), speakers).voice


def listen(model: StreamingModel, sound: Pcm16, *voices: Voice, cuts: tuple[int, ...] = ()) -> list[Event]:
    gate = Gate(model.bundle.manifest, voices) if voices else None
    edges = [0, *sorted(cuts), len(sound)]
    blocks = [AudioBlock(sound[first:last], first) for first, last in pairwise(edges)]
    return list(Pipeline(model, THRESHOLDS, judge=gate).run(blocks))


def test_the_enrolled_voice_passes_unchanged(model: StreamingModel, anna: Voice) -> None:
    sound = said(ANNA, LOW, LOW, seed=9)
    events = listen(model, sound, anna)
    assert len(events) == 2
    assert events == listen(model, sound)


@pytest.mark.parametrize("throat", [BEN, *OTHERS])
def test_another_voice_is_vetoed_and_told_of(model: StreamingModel, anna: Voice, throat: int) -> None:
    sound = said(throat, LOW, seed=9)
    (veto,), (trigger,) = listen(model, sound, anna), listen(model, sound)
    assert isinstance(veto, Veto)
    assert isinstance(trigger, Trigger)
    assert (veto.at, veto.name, veto.score, veto.began) == (trigger.at, trigger.name, trigger.score, trigger.began)
    assert veto.voice == "anna"
    assert veto.likeness < veto.needed == anna.needed


def test_a_word_without_voices_is_anybodys(model: StreamingModel, anna: Voice) -> None:
    events = listen(model, said(BEN, LOW, HIGH), anna)
    assert [(event.type, getattr(event, "name", "")) for event in events] == [("veto", LOW), ("trigger", HIGH)]


def test_the_voice_that_is_most_alike_may_ask_for_more(model: StreamingModel, speakers: Speakers, anna: Voice) -> None:
    ben = enrol("ben", LOW, heard(model, BEN, LOW, 3), speakers).voice
    strict, lax = replace(anna, name="strict", needed=0.9999), replace(ben, needed=-1.0)
    sound = said(ANNA, LOW, seed=3)
    assert [type(event) for event in listen(model, sound, strict)] == [Veto]
    assert [type(event) for event in listen(model, sound, strict, lax)] == [Trigger]


def test_one_of_several_voices_is_enough(model: StreamingModel, speakers: Speakers, anna: Voice) -> None:
    ben = enrol("ben", LOW, heard(model, BEN, LOW, 3), speakers).voice
    for throat, kind in ((ANNA, Trigger), (BEN, Trigger), (OTHERS[2], Veto)):
        assert [type(event) for event in listen(model, said(throat, LOW, seed=3), anna, ben)] == [kind]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 40_000), max_size=30))
def test_cuts_do_not_matter(model: StreamingModel, anna: Voice, cuts: list[int]) -> None:
    sound = np.concatenate([said(BEN, LOW), said(ANNA, LOW)])
    assert listen(model, sound, anna, cuts=tuple(cuts)) == listen(model, sound, anna)


def test_the_threshold_lies_between_own_takes_and_other_people(model: StreamingModel, speakers: Speakers) -> None:
    enrolment = enrol("anna", LOW, heard(model, ANNA, LOW, 5), speakers)
    assert np.quantile(enrolment.others, 0.9) < enrolment.voice.needed < enrolment.own.min()
    assert len(enrolment.own) == 5
    assert len(enrolment.others) == 3 * len(OTHERS)


def test_leaving_one_out_compares_with_the_rest_alone() -> None:
    points = unit(np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32))
    for number, likeness in enumerate(leave_one_out(points)):
        rest = np.delete(points, number, axis=0).mean(axis=0)
        assert likeness == pytest.approx(points[number] @ rest / np.linalg.norm(rest), abs=1e-5)


class TestFile:
    def test_it_gives_the_same_voice_again_to_its_owner_alone(
        self, model: StreamingModel, speakers: Speakers, anna: Voice, tmp_path: Path
    ) -> None:
        path = tmp_path / "new" / "anna.npz"
        save_voice(anna, model.bundle, path)
        again = load_voice(path, model.bundle, speakers)
        assert (again.name, again.word) == ("anna", LOW)
        assert again.needed == pytest.approx(anna.needed)
        assert (again.centre == anna.centre).all()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [file.name for file in path.parent.iterdir()] == ["anna.npz"]

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_what_root_enrols_the_service_can_read(self, model: StreamingModel, anna: Voice, tmp_path: Path) -> None:
        os.chown(tmp_path, 1234, 1235)
        save_voice(anna, model.bundle, path := tmp_path / "voices" / "anna.npz")
        for made in (path, path.parent):
            assert (made.stat().st_uid, made.stat().st_gid) == (1234, 1235)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_where_it_cannot_be_written_the_mend_is_named(
        self, model: StreamingModel, anna: Voice, tmp_path: Path
    ) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(OutputError, match=r"cannot be written .*: use sudo, or name a file with --out"):
            save_voice(anna, model.bundle, tmp_path / "anna.npz")

    def test_a_voice_of_another_network_is_refused(
        self, model: StreamingModel, speakers: Speakers, anna: Voice, tmp_path: Path
    ) -> None:
        save_voice(anna, model.bundle, tmp_path / "anna.npz")
        files = {**model.bundle.manifest.files, "model.tflite": "0" * 64}
        other = replace(model.bundle, manifest=replace(model.bundle.manifest, files=files))
        with pytest.raises(DataError, match=r"another network .*hark enroll --name anna --word 'low tone'"):
            load_voice(tmp_path / "anna.npz", other, speakers)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"centre": np.zeros(3, np.float32)}, "does not fit"),
            ({"centre": np.array([{}], object)}, "is damaged, or no file of arrays"),
            ({"needed": np.float32(np.nan)}, "holds numbers that cannot be"),
            ({"needed": np.zeros(2, np.float32)}, "is no voice"),
            ({"word": np.array("xyzzy")}, "does not fit"),
            ({"format": np.int64(2)}, "has format 2, this version of hark reads 1"),
            ({"format": None}, "is no voice"),
        ],
    )
    def test_what_is_no_voice_is_refused(
        self,
        model: StreamingModel,
        speakers: Speakers,
        anna: Voice,
        tmp_path: Path,
        change: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]] | None],
        message: str,
    ) -> None:
        path = tmp_path / "anna.npz"
        save_voice(anna, model.bundle, path)
        with np.load(path) as archive:
            arrays = {name: archive[name] for name in archive.files}
        np.savez(path, **{name: value for name, value in {**arrays, **change}.items() if value is not None})
        with pytest.raises(DataError, match=f"{message}.*enrol again: hark enroll --name anna"):
            load_voice(path, model.bundle, speakers)

    @pytest.mark.parametrize("content", [b"", b"sound", b"PK\x03\x04 cut short"])
    def test_what_is_no_archive_is_refused(
        self, model: StreamingModel, speakers: Speakers, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "anna.npz"
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"is damaged, or no file of arrays.*; enrol again"):
            load_voice(path, model.bundle, speakers)
        with pytest.raises(DataError, match=r"cannot be read \(No such file or directory\); enrol again"):
            load_voice(tmp_path / "nobody.npz", model.bundle, speakers)

    def test_a_name_means_a_file_of_the_system(self) -> None:
        assert voice_path("anna") == Path("/var/lib/hark/voices/anna.npz")
        assert voice_path("anna.npz") == Path("anna.npz")
        assert voice_path("./anna") == Path("anna")


def test_a_bundle_that_knows_nobody_says_so(tmp_path: Path) -> None:
    model = StreamingModel.load(make_bundle(tmp_path / "tones"))
    with pytest.raises(BundleError, match=r"has no speakers\.npz, by which voices are told apart"):
        Speakers.of(model.bundle)


@pytest.mark.parametrize("pause", [True, False])
def test_a_voice_has_nothing_of_what_was_heard_before_a_pause(model: StreamingModel, *, pause: bool) -> None:
    word = said(ANNA, LOW, seed=4)[round(0.68 * SAMPLE_RATE) :]

    def vectors(start: int, before: Pcm16) -> list[Vector]:
        collector = Collector(model.bundle.manifest)
        pipeline = Pipeline(model, THRESHOLDS, judge=collector)
        pipeline.feed(AudioBlock(before, 0))
        if pause:
            pipeline.pause()
        collector.drain()
        [*pipeline.run([AudioBlock(word, start)])]
        return [vector for _, vector in collector.drain()]

    start = 5 * SAMPLE_RATE
    (after,), (fresh,) = vectors(start, said(BEN, HIGH)), vectors(start, np.zeros(0, np.int16))
    np.testing.assert_array_equal(after, fresh)


def test_a_word_that_nobody_is_known_by_is_refused(speakers: Speakers) -> None:
    with pytest.raises(UsageError, match="voices cannot be told apart by 'xyzzy', but by low tone, high tone"):
        speakers.check("xyzzy")
