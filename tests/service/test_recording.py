"""Clips of the sound are kept around what was heard, for their owner alone and within limits, or not at all."""

import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.config import Config, RecordingConfig
from edge.events import Event
from edge.service import Heard, Records
from edge.service.recording import Archive, Clip, Recording
from tests.alerts.making import alert, eventually, keyword, status, trigger
from tests.pipeline.tones import noise

pytestmark = pytest.mark.runtime

NOON = datetime(2026, 3, 29, 12, 0, 0, 5000, timezone.utc)
SOUND = noise(20.0)


def config(folder: Path, **limits: float) -> RecordingConfig:
    return replace(RecordingConfig(enabled=True, folder=str(folder / "clips")), **limits)  # type: ignore[arg-type]


def clips(recording: Recording, events: dict[int, list[Event]], seconds: int = 20) -> list[Clip]:
    """Those of SOUND in blocks of a second, with events at the end of some of them."""
    made: list[Clip] = []
    for second in range(seconds):
        samples = SOUND[second * SAMPLE_RATE : (second + 1) * SAMPLE_RATE]
        made += recording.feed(AudioBlock(samples, second * SAMPLE_RATE), events.get(second, []))
    return made + recording.finish()


def between(start: float, end: float) -> Pcm16:
    return SOUND[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)]


class TestRecording:
    """Which sound is kept, and what it is called."""

    @staticmethod
    def of(before: float, after: float) -> Recording:
        return Recording(RecordingConfig(seconds_before=before, seconds_after=after), lambda: NOON)

    def test_a_clip_has_the_sound_before_and_after(self) -> None:
        [clip] = clips(self.of(2.0, 3.5), {5: [trigger(5.25)]})
        assert clip.name == "20260329T120000.005Z_view-glass"
        assert np.array_equal(clip.samples, between(3.25, 8.75))

    def test_it_may_end_at_once_and_have_no_more_than_there_is(self) -> None:
        [first, last] = clips(self.of(30.0, 0.0), {1: [trigger(1.5)], 19: [alert(19)]})
        assert np.array_equal(first.samples, between(0, 1.5))
        assert np.array_equal(last.samples, between(0, 19))
        assert last.name.endswith("Z_help")

    def test_what_the_end_cuts_off_is_kept(self) -> None:
        [clip] = clips(self.of(1.0, 30.0), {18: [trigger(18.5)]})
        assert np.array_equal(clip.samples, between(17.5, 20))

    @pytest.mark.parametrize("gone", [2.0, 8.0, 60.0])
    def test_what_a_closed_microphone_cuts_off_is_kept(self, gone: float) -> None:
        recording, later = self.of(2.0, 5.0), round((6 + gone) * SAMPLE_RATE)
        recording.feed(AudioBlock(between(0, 6), 0), [trigger(5.5)])
        [clip] = recording.feed(AudioBlock(between(6, 7), later), [])
        assert np.array_equal(clip.samples, between(3.5, 6))
        assert recording.feed(AudioBlock(between(7, 17), later + SAMPLE_RATE), []) == []

    @pytest.mark.parametrize("what", ["muted", "device-lost"])
    def test_what_a_mute_or_a_loss_cuts_off_is_kept_at_once(self, what: str) -> None:
        recording = self.of(2.0, 5.0)
        assert recording.feed(AudioBlock(between(0, 6), 0), [trigger(5.5)]) == []
        [clip] = recording.feed(AudioBlock(between(6, 7), 6 * SAMPLE_RATE), [status("overflow"), status(what)])
        assert np.array_equal(clip.samples, between(3.5, 7))
        assert recording.feed(AudioBlock(between(7, 17), 7 * SAMPLE_RATE), []) == []

    def test_what_is_being_kept_is_not_kept_twice(self) -> None:
        heard: dict[int, list[Event]] = {
            5: [trigger(5.5), alert(6)],
            7: [trigger(7.5)],
            12: [trigger(12.5)],
            15: [keyword(15)],
        }
        made = clips(self.of(1.0, 4.0), heard)
        assert [len(clip.samples) / SAMPLE_RATE for clip in made] == [5.0, 5.0]
        assert np.array_equal(made[1].samples, between(11.5, 16.5))

    def test_what_was_just_kept_is_not_kept_twice(self) -> None:
        made = clips(self.of(1.0, 0.0), {5: [trigger(5.5), replace(alert(5), at=5.5)], 7: [trigger(7.5)]})
        assert [clip.samples.tolist() for clip in made] == [between(4.5, 5.5).tolist(), between(6.5, 7.5).tolist()]

    def test_a_name_leads_to_no_other_folder(self) -> None:
        [clip] = clips(self.of(1.0, 0.0), {5: [trigger(5.5, "../../etc/passwd " + "x" * 200)]})
        assert clip.name == "20260329T120000.005Z_etc-passwd-" + "x" * 49


@contextmanager
def archive(settings: RecordingConfig, now: datetime = NOON) -> Iterator[Archive]:
    opened = Archive(settings, lambda: now)
    yield opened
    opened.close()
    opened._thread.join(20)  # A busy machine may take longer than it has then.


def clip(number: int, seconds: float = 1.0) -> Clip:
    return Clip(f"20260329T1200{number:02}.000Z_word", noise(seconds, number))


def kept(folder: Path) -> list[str]:
    return sorted(path.name[13:15] for path in (folder / "clips").glob("*.flac"))


class TestArchive:
    """The files."""

    def test_a_file_has_every_sample_and_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        with archive(config(tmp_path)) as opened:
            opened.add(clip(1))
        file = tmp_path / "clips" / "20260329T120001.000Z_word.flac"
        samples, rate = soundfile.read(file, dtype="int16")
        assert rate == SAMPLE_RATE
        assert np.array_equal(samples, noise(1.0, 1))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert list(file.parent.iterdir()) == [file]

    def test_the_oldest_go_first_by_number(self, tmp_path: Path) -> None:
        for number in range(5):
            with archive(config(tmp_path, clips=3)) as opened:
                opened.add(clip(number))
        assert kept(tmp_path) == ["02", "03", "04"]

    def test_by_bytes(self, tmp_path: Path) -> None:
        for number in range(5):
            with archive(config(tmp_path, megabytes=0.07)) as opened:
                opened.add(clip(number))
        sizes = [path.stat().st_size for path in (tmp_path / "clips").iterdir()]
        assert kept(tmp_path) == ["02", "03", "04"]
        assert sum(sizes) <= 70_000 < sum(sizes) / 3 * 4

    def test_by_days_even_if_nothing_comes(self, tmp_path: Path) -> None:
        with archive(config(tmp_path)) as opened:
            opened.add(clip(1))
        for days, left in ((6.9, ["01"]), (7.1, [])):
            with archive(config(tmp_path), datetime.now(timezone.utc) + timedelta(days=days)):
                pass
            assert kept(tmp_path) == left

    def test_a_clock_that_is_set_ages_no_clip_of_this_run(self, tmp_path: Path) -> None:
        with archive(config(tmp_path)) as opened:
            opened.add(clip(1))
            assert eventually(lambda: kept(tmp_path) == ["01"])
            [file] = (tmp_path / "clips").iterdir()
            long_ago = time.time() - 10 * 86_400
            os.utime(file, (long_ago, long_ago))
            opened.add(clip(2))
        assert kept(tmp_path) == ["01", "02"]

    def test_nothing_else_is_removed_but_what_was_cut_off(self, tmp_path: Path) -> None:
        folder = tmp_path / "clips"
        folder.mkdir()
        for name in ("20260329T120001.000Z_word.flac.part", "holiday.flac", "aZ_b.flac", "notes.txt"):
            (folder / name).write_bytes(bytes(60_000))
        with archive(config(tmp_path, clips=1, megabytes=0.05)) as opened:
            opened.add(clip(2))
        left = ["20260329T120002.000Z_word.flac", "aZ_b.flac", "holiday.flac", "notes.txt"]
        assert sorted(path.name for path in folder.iterdir()) == left

    def test_a_folder_that_cannot_be_written_is_told_once_until_it_can_be(self, tmp_path: Path) -> None:
        (tmp_path / "clips").write_text("no folder")
        with archive(config(tmp_path)) as opened:
            assert eventually(lambda: opened._failing)
            for number in (1, 2):
                opened._try(partial(opened._keep, clip(number)))
            [told] = opened.news()
            assert told.startswith(f"{tmp_path / 'clips'}: File exists; no clips are kept until that is mended")
            (tmp_path / "clips").unlink()
            opened.add(clip(3))
            assert eventually(lambda: kept(tmp_path) == ["03"])
            assert opened.news() == []

    def test_what_cannot_be_written_takes_no_room_from_others(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        with archive(config(tmp_path)) as opened:
            opened.add(clip(1))
            assert eventually(lambda: any("No space left" in told for told in opened.news()))
            assert list((tmp_path / "clips").iterdir()) == []

    def test_a_disk_that_hangs_holds_nobody_up(self, tmp_path: Path) -> None:
        class Hanging(Archive):
            disk = threading.Event()

            def _keep(self, clip: Clip) -> None:
                self.disk.wait()
                super()._keep(clip)

        opened = Hanging(config(tmp_path))
        began = time.monotonic()
        for number in range(8):
            opened.add(clip(number))
        opened._try(opened._tidy)  # the folder itself may be fine all the while
        opened.add(clip(8))
        opened.close()
        assert time.monotonic() - began < 1.0
        [told] = opened.news()
        assert "the disk does not keep up" in told
        opened.disk.set()
        assert eventually(lambda: len(kept(tmp_path)) >= 4)
        # Nobody tidies by the limits of a configuration that is no more.
        assert eventually(lambda: not opened._thread.is_alive())

    def test_an_archive_that_is_still_writing_loses_nothing_to_the_next(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A reload closes it while the disk is slow, and the next one tidies the folder."""
        replaced, may_go_on, replace_file = threading.Event(), threading.Event(), Path.replace

        def slow(part: Path, file: Path) -> Path:
            replaced.set()
            may_go_on.wait(20)
            return replace_file(part, file)

        monkeypatch.setattr(Path, "replace", slow)
        first = Archive(config(tmp_path))
        first.add(clip(1))
        assert replaced.wait(10)
        first.close()
        with archive(config(tmp_path)) as second:
            second._tidy()
            may_go_on.set()
        assert eventually(lambda: kept(tmp_path) == ["01"])

    def test_a_clock_that_is_behind_costs_no_clip_of_this_run(self, tmp_path: Path) -> None:
        """A board without a clock starts in 1970, and its clips are the oldest by their names."""
        for number in (1, 2, 3):
            with archive(config(tmp_path, clips=3)) as opened:
                opened.add(clip(number))
        early = [Clip(f"19700101T0000{number}.000Z_word", noise(1.0, number)) for number in (71, 72)]
        with archive(config(tmp_path, clips=3)) as opened:
            for one in early:
                opened.add(one)
        assert kept(tmp_path) == ["03", "71", "72"]


def heard(second: int) -> Heard:
    block = AudioBlock(SOUND[second * SAMPLE_RATE : (second + 1) * SAMPLE_RATE], second * SAMPLE_RATE)
    return Heard(block, np.empty((0, 2), np.float32), [])


def test_without_being_asked_for_nothing_is_stored(tmp_path: Path) -> None:
    settings = Config(recording=replace(config(tmp_path), enabled=False))
    with Records(settings) as records:
        records.heard(settings, None, heard(0), [trigger(0.5)])
    assert list(tmp_path.iterdir()) == []


def test_a_reload_ends_what_is_being_kept_and_goes_by_the_new_limits(tmp_path: Path) -> None:
    first = Config(recording=config(tmp_path, seconds_before=0.5, seconds_after=30.0))
    second = replace(first, recording=config(tmp_path, seconds_before=0.5, seconds_after=0.0))
    with Records(first) as records:
        records.heard(first, None, heard(0), [trigger(0.5)])
        records.heard(second, None, heard(1), [trigger(2.0)])
        assert eventually(lambda: len(list((tmp_path / "clips").glob("*.flac"))) == 2)
    lengths = [soundfile.info(path).frames for path in sorted((tmp_path / "clips").iterdir())]
    assert lengths == [SAMPLE_RATE, SAMPLE_RATE // 2]
