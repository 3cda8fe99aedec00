"""`hark tune`, on the words that are tones: it chooses, says why, and writes no more than that."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import soundfile

from edge.audio import Pcm16
from edge.cli import main
from edge.config import load_config
from tests.cli.conftest import write_wav
from tests.cli.program import hark
from tests.pipeline.tones import recording
from tests.rights import nobody

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]

LOW = [(1.0 + 2.0 * n, "low tone") for n in range(25)]


def annoying() -> Pcm16:
    """55 s in which something sounds like one of the words, though nobody says it: 25 times."""
    return recording(*LOW, seconds=55.0)


@pytest.fixture
def toml(tones: Path, tmp_path: Path) -> Path:
    file = tmp_path / "hark.toml"
    file.write_text(f'# my house\n[trigger]\nmodel = "{tones}"\n[trigger.thresholds]\n"low tone" = 0.5 # mine\n')
    return file


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("sound") / "day.wav", annoying())


def code_of(*arguments: str) -> object:
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code


def false_accepts(toml: Path, file: Path) -> list[str]:
    return hark("listen", "--jsonl", "--input", file, "--config", toml).stdout.splitlines()


def test_a_recording_that_is_long_enough_shows_the_budget(toml: Path, day: Path, capsys: Captured) -> None:
    """At 250 an hour, 43 s without an accept are enough; high tones were never heard, which proves nothing."""
    assert len(false_accepts(toml, day)) == 25
    assert main(["tune", str(day), "--budget", "250/hour", "--config", str(toml)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("0.9 min of day.wav, all of it taken to be other than the words; budget of each: 250 false")
    rows = [line.split() for line in out.splitlines()[2:4]]
    assert [row[:2] + row[-1:] for row in rows] == [["low", "tone", "counted"], ["high", "tone", "shipped"]]
    assert false_accepts(toml, day) == []


def test_what_is_written_is_the_evidence_and_no_more(toml: Path, day: Path) -> None:
    before = toml.read_text()
    assert main(["tune", str(day), "--budget", "250/hour", "--config", str(toml)]) == 0
    lines = toml.read_text().splitlines()
    chosen = load_config(toml).trigger.thresholds
    assert lines[:4] == before.splitlines()[:4]
    new, marks = [line for line in lines[4:] if line[0] != "#"], [line for line in lines[4:] if line[0] == "#"]
    assert new == [f'"high tone" = {chosen["high tone"]:g}', f'"low tone" = {chosen["low tone"]:g} # mine']
    assert all("0.9 min, accepts 0 (0.00 to 241." in mark and "for 250 false accepts an hour" in mark for mark in marks)
    assert toml.with_name("hark.toml.before-tune").read_text() == before
    assert main(["tune", str(day), "--config", str(toml)]) == 0
    assert toml.with_name("hark.toml.before-tune").read_text() == before
    assert len(list(toml.parent.iterdir())) == 2


def test_a_threshold_that_was_tuned_for_another_model_is_told_of(toml: Path, day: Path) -> None:
    def told() -> str:
        return hark("listen", "--jsonl", "--input", day, "--config", toml).stderr

    assert main(["tune", str(day), "--budget", "250/hour", "--config", str(toml)]) == 0
    assert "another model" not in told()
    toml.write_text(re.sub(r"; model [0-9a-f]{12}", "; model 0123456789ab", toml.read_text(), count=1))
    assert "the threshold of 'high tone' was tuned for another model than this: run hark tune again" in told()
    assert "'low tone'" not in told()


def test_what_a_short_recording_cannot_show_is_said(toml: Path, day: Path, capsys: Captured) -> None:
    """Accepts at many thresholds, and the model's own curve, speak of more than 100 an hour even at the highest."""
    assert main(["tune", str(day), "--budget", "100/hour", "--config", str(toml)]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[2].split()[2:3] + out.splitlines()[2].split()[-1:] == ["0.999", "exceeded"]
    assert "not even this threshold, the highest, is shown to hold the budget: listen for longer" in out


def test_a_dry_run_shows_the_difference(toml: Path, day: Path, capsys: Captured) -> None:
    before = toml.read_bytes()
    assert main(["tune", str(day), "--budget", "0.5/h", "--config", str(toml), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert f"--- {toml}\n" in out
    assert '\n-"low tone" = 0.5 # mine\n+# hark tune 20' in out
    assert toml.read_bytes() == before
    assert len(list(toml.parent.iterdir())) == 1


@pytest.mark.parametrize("named", [True, False])
def test_own_recordings_tell_what_is_missed(toml: Path, day: Path, capsys: Captured, named: bool) -> None:
    folder = toml.parent / "me" / "high_tone"
    folder.mkdir(parents=True)
    for n in range(3):
        write_wav(folder / f"{n}.wav", recording((0.7, "high tone"), seconds=1.0))
    write_wav(folder / "nothing.wav", recording(seconds=1.0))
    given = f"high tone={folder}" if named else str(folder.parent)
    assert main(["tune", str(day), "--config", str(toml), "--dry-run", "--positives", given]) == 0
    assert "1 of 4 missed (5 to 70 %)" in capsys.readouterr().out


def test_false_accepts_are_kept_only_when_asked_for(toml: Path, day: Path) -> None:
    mined = toml.parent / "mined"
    assert main(["tune", str(day), "--config", str(toml), "--dry-run", "--keep", str(mined)]) == 0
    assert len(list(mined.glob("low_tone-day-*.wav"))) == 25


def test_what_was_found_before_a_recording_that_is_cut_short_is_kept(toml: Path, day: Path, capsys: Captured) -> None:
    mined, cut = toml.parent / "mined", toml.parent / "cut.flac"
    soundfile.write(cut, recording(seconds=3.0), 16_000)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    options = ["--config", str(toml), "--dry-run", "--keep", str(mined)]
    assert code_of("tune", str(day), "/nowhere.wav", *options) == 65
    assert capsys.readouterr().err == "hark: /nowhere.wav does not exist: check the path\n"
    assert code_of("tune", str(day), str(cut), *options) == 65
    out, err = capsys.readouterr()
    assert "day.wav, cut.flac" in out
    assert re.search(r"cut\.flac is .*; what was heard until then counts\n", err)
    assert f"25 false accepts are in {mined}" in err
    assert "hark: 1 of 2 recordings could not be heard to their ends" in err
    assert code_of("tune", "--config", str(toml), "--dry-run", str(cut)) == 65
    assert len(list(mined.glob("low_tone-day-*.wav"))) == 25


def test_what_was_heard_before_a_stop_counts(toml: Path, day: Path) -> None:
    """The second recording never comes: a pipe that nobody writes to."""
    pipe = toml.parent / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "edge.cli", "tune", str(day), str(pipe), "--config", str(toml), "--dry-run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child, pipe.open("wb") as writer:
        writer.write(day.read_bytes()[:200_000])
        writer.flush()
        time.sleep(1.0)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "min of day.wav, pipe" in out


@pytest.mark.parametrize("live", [True, False])
def test_a_stop_before_anything_was_heard_is_a_clean_end(toml: Path, live: bool) -> None:
    os.mkfifo(toml.parent / "pipe")
    heard = ["--input", "exec:sleep 60"] if live else [str(toml.parent / "pipe")]
    command = [sys.executable, "-m", "edge.cli", "tune", *heard, "--config", str(toml), "--dry-run"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        time.sleep(3.0)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, "", "")


def test_a_pipe_is_read_once(toml: Path, day: Path, capsys: Captured) -> None:
    pipe = toml.parent / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_bytes(day.read_bytes()), daemon=True)
    writer.start()
    assert code_of("tune", str(pipe), "--config", str(toml), "--dry-run") == 0
    assert "0.9 min of pipe" in capsys.readouterr().out


def test_live_sound_ends_after_the_minutes(toml: Path) -> None:
    room = np.tile(recording(seconds=5.0), 12).tobytes()
    result = hark("tune", "--input", "-", "--minutes", "0.1", "--config", toml, "--dry-run", stdin=room)
    assert result.returncode == 0
    assert result.stdout.startswith("0.1 min of ")


def test_what_cannot_be_used_afterwards_is_refused_before_listening(toml: Path, day: Path, capsys: Captured) -> None:
    mined = toml.parent / "mined"
    bad = toml.parent / "low tone" / "0.wav"
    bad.parent.mkdir()
    bad.write_text("no sound")
    told = ["tune", str(day), "--config", str(toml), "--keep", str(mined)]
    assert code_of(*told, "--positives", f"low tone={bad.parent}") == 65
    assert "0.wav is not a sound file" in capsys.readouterr().err
    with soundfile.SoundFile(bad.with_suffix(".flac"), "w", 16_000, 1) as file:
        file.write(recording(seconds=3.0))
    bad.unlink()
    cut = bad.with_suffix(".flac")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    assert code_of(*told, "--positives", f"low tone={bad.parent}") == 65
    assert "0.flac is damaged" in capsys.readouterr().err
    inline = toml.read_text().replace('[trigger.thresholds]\n"low tone" = 0.5', 'thresholds = { "low tone" = 0.5 }')
    toml.write_text(inline)
    assert code_of(*told) == 78
    problem = capsys.readouterr().err
    assert "cannot be changed safely as it is written: make [trigger] and [trigger.thresholds] tables" in problem
    assert "0.5" not in problem  # Of what would be found nothing is known yet.
    assert not list(mined.glob("*.wav"))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--budget", "3"], 64, "'3' is no budget: give one such as 0.5/hour, 1/day or 2/week"),
        (["--budget", "0/day"], 64, "'0/day' cannot be: give a number from 1e-06 to 3600 false accepts an hour"),
        (["--budget", "9" * 400 + "/hour"], 64, "cannot be: give a number from 1e-06 to 3600"),
        (["--minutes", "0"], 64, "'0' cannot be: give a number from 0.01 to 44640 minutes"),
        (["--positives", "alexa=."], 64, "is for 'alexa', but low tone, high tone are tuned"),
        (["--positives", "low tone=/nowhere"], 65, "/nowhere holds no sound files (.wav"),
        (["--positives", "/nowhere"], 65, "/nowhere has no folders named after words"),
        (["--budget", "1/week"], 78, "is below what was measured for 'high tone'"),
        (["--keep", "/proc/mined"], 74, "/proc/mined cannot be written"),
        (["--", "/nowhere.wav"], 65, "/nowhere.wav does not exist"),
    ],
)
def test_what_cannot_be(toml: Path, day: Path, capsys: Captured, arguments: list[str], code: int, message: str) -> None:
    assert code_of("tune", "--config", str(toml), *arguments, *([] if "--" in arguments else [str(day)])) == code
    said = capsys.readouterr()
    assert (message in said.err, said.out) == (True, "")
    assert len(list(toml.parent.iterdir())) == 1


def test_a_recording_that_lacks_the_channel_is_refused_before_the_one_before_it_is_heard(
    toml: Path, day: Path, capsys: Captured
) -> None:
    both = write_wav(toml.parent / "both.wav", np.stack([annoying(), annoying()], axis=1))
    files = [str(both), str(day), "--channel", "1", "--keep", str(toml.parent / "kept")]
    assert code_of("tune", "--config", str(toml), *files) == 64
    assert "day.wav has no channel 1" in capsys.readouterr().err
    assert not list((toml.parent / "kept").iterdir())


def test_without_a_configuration_there_is_nothing_to_write_to(tones: Path, day: Path, capsys: Captured) -> None:
    assert main(["tune", str(day), "--model", str(tones)]) == 64
    assert "no configuration to write to: name one with --config, or use --dry-run" in capsys.readouterr().err


def test_a_configuration_of_somebody_else_is_refused_before_anything_is_heard(capsys: Captured) -> None:
    with tempfile.TemporaryDirectory() as folder:  # Nobody enters the folders of pytest.
        Path(folder).chmod(0o777)
        toml = Path(folder, "hark.toml")
        toml.write_text("")
        if os.geteuid():
            pytest.skip("only root can make a file of somebody else")
        with nobody():
            assert code_of("tune", "gone.wav", "--config", str(toml)) == 74
        assert list(Path(folder).iterdir()) == [toml]
    assert f"{toml} cannot be replaced by you (Operation not permitted): use sudo, or --dry-run" in (
        capsys.readouterr().err
    )
