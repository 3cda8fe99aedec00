"""hark listen: the same events from the same samples, wherever they come from and however they are cut."""

import gc
import json
import os
import pty
import re
import select
import signal
import subprocess
import wave
from pathlib import Path
from typing import NoReturn
from weakref import ref

import pytest

from edge.cli import main
from edge.cli.listen import _Post
from edge.errors import UsageError
from edge.features import FeatureConfig
from edge.service import Session
from tests.cli.conftest import WORDS
from tests.cli.program import HARK, ROOT, events, hark
from tests.pipeline.letters import make_bundle

pytestmark = pytest.mark.runtime

BLOCKS = (1, 160, 1000, 16_000)


def samples(file: Path) -> bytes:
    with wave.open(str(file), "rb") as recording:
        return recording.readframes(recording.getnframes())


def test_events_are_lines_of_json(tones: Path, wav: Path) -> None:
    lines = [json.loads(line) for line in events("--model", tones, "--input", wav).splitlines()]
    assert [line["name"] for line in lines] == [name for _, name in WORDS]
    for line, (start, _) in zip(lines, WORDS, strict=True):
        assert list(line) == ["type", "at", "name", "score", "began", "ended", "model"]
        assert line["type"] == "trigger"
        assert start < line["at"] < start + 0.3


@pytest.mark.parametrize("block", BLOCKS)
def test_block_size_changes_not_a_byte(block: int, tones: Path, wav: Path) -> None:
    usual = events("--model", tones, "--input", wav)
    assert events("--model", tones, "--input", wav, "--block", str(block)) == usual


def test_stdin_and_programs_give_the_same_bytes_as_a_file(tones: Path, wav: Path) -> None:
    usual = events("--model", tones, "--input", wav)
    raw = samples(wav)
    for block in BLOCKS[1:]:
        assert events("--model", tones, "--input", "-", "--rate", "16000", "--block", str(block), stdin=raw) == usual
    assert events("--model", tones, "--input", f"exec:tail -c +45 '{wav}'") == usual


def test_a_listener_that_was_left_muted_does_not_start_the_program_that_records(tones: Path, tmp_path: Path) -> None:
    (tmp_path / "controls.json").write_text(json.dumps({"muted": True, "budget": None, "configured": None}))
    command = [*HARK, "listen", "--jsonl", "--model", str(tones), "--input", f"exec:mkdir {tmp_path}/started"]
    environment = os.environ | {"STATE_DIRECTORY": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT, text=True) as child:
        assert child.stdout
        told = json.loads(child.stdout.readline())
        child.terminate()
    assert (told["what"], "is not opened" in told["detail"]) == ("muted", True)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1])
def test_a_wish_while_the_models_are_loaded_does_not_end_the_listener(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> NoReturn:
        os.kill(os.getpid(), number)
        raise UsageError("loaded enough")

    monkeypatch.setattr("edge.cli.listen._read", read)
    monkeypatch.setattr("edge.cli.output.is_terminal", lambda _: False)
    assert main(["listen"]) == UsageError.exit_code


def test_nothing_holds_a_listener_beside_the_session_that_exchanges_it(
    tones: Path, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With speech, the networks of the first would take 26 MB for good after a reload, of the 200 MB of the service."""
    left = []

    def report(session: Session[_Post], *_: object, **_options: object) -> None:
        pipeline = ref(session.listener.pipeline)
        del session.listener
        gc.collect()
        left.append(pipeline())

    monkeypatch.setattr("edge.cli.listen._report", report)
    assert main(["listen", "--model", str(tones), "--input", str(wav)]) == 0
    assert left == [None]


def test_options_come_before_the_configuration(tones: Path, wav: Path, tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text(f'[input]\nsource = "{wav}"\n[trigger]\nmodel = "{tones}"\nwords = ["high tone"]\n')
    assert [json.loads(line)["name"] for line in events("--config", file).splitlines()] == ["high tone"]
    chosen = events("--config", file, "--words", "low tone").splitlines()
    assert [json.loads(line)["name"] for line in chosen] == ["low tone", "low tone"]


def test_another_input_does_not_inherit_the_configured_rate(tones: Path, wav: Path, tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text("[input]\nrate = 48000\nchannels = 2\n")
    assert events("--config", file, "--model", tones, "--input", wav) == events("--model", tones, "--input", wav)


def test_a_threshold_may_be_set_for_a_word(tones: Path, wav: Path, tmp_path: Path) -> None:
    file = tmp_path / "hark.toml"
    file.write_text(f'[trigger]\nmodel = "{tones}"\n[trigger.thresholds]\n"low tone" = 0.999\n')
    heard = [json.loads(line)["name"] for line in events("--config", file, "--input", wav).splitlines()]
    assert heard == ["high tone"]


class TestSpeech:
    """What is decoded beside trigger words, if that is asked for."""

    def heard(self, *arguments: str | Path) -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in events(*arguments).splitlines()]
        return [(line["type"], line.get("text", line.get("name"))) for line in lines if line["type"] != "partial"]

    def test_nothing_is_written_down_unasked(self, speaking: Path, order: Path) -> None:
        said = self.heard("--config", speaking, "--input", order)
        assert said == [("trigger", "low tone"), ("trigger", "high tone")]

    @pytest.mark.parametrize("block", [1000, 16_000])
    def test_transcripts_are_the_same_at_any_block_size(self, block: int, speaking: Path, order: Path) -> None:
        arguments = ("--config", speaking, "--input", order, "--transcribe", "--keyword", "stop")
        usual = events(*arguments)
        assert events(*arguments, "--block", str(block)) == usual
        lines = [json.loads(line) for line in usual.splitlines()]
        assert {line["type"] for line in lines} == {"trigger", "partial", "transcript", "keyword"}
        transcripts = [line for line in lines if line["type"] == "transcript"]
        assert [line["text"] for line in transcripts] == ["turn on the light", "stop"]
        assert list(transcripts[0]) == ["type", "at", "text", "confidence", "words", "nbest", "model"]

    def test_the_configuration_may_ask_for_it(self, speaking: Path, order: Path, tmp_path: Path) -> None:
        file = tmp_path / "hark.toml"
        wishes = 'after_trigger = true\nsilence_seconds = 0.3\n[[keyword]]\ntext = "Light!"\nname = "lamp"\n'
        file.write_text(speaking.read_text() + wishes)
        assert self.heard("--config", file, "--input", order) == [
            ("trigger", "low tone"),
            ("transcript", "turn on the light"),
            ("keyword", "lamp"),
            ("trigger", "high tone"),
            ("transcript", "stop"),
        ]
        said = self.heard(
            "--config", file, "--input", order, "--no-transcribe", "--keyword", "turn on", "--keyword", "Turn  on!"
        )
        assert said == [("trigger", "low tone"), ("keyword", "turn on"), ("trigger", "high tone")]

    def test_a_grammar_is_a_wish_for_transcripts(self, speaking: Path, order: Path, tmp_path: Path) -> None:
        grammar = tmp_path / "go.jsgf"
        grammar.write_text("#JSGF V1.0; grammar go; public <go> = turn (on | off) the light | stop;")
        said = self.heard("--config", speaking, "--input", order, "--grammar", grammar)
        assert [text for kind, text in said if kind == "transcript"] == ["turn on the light", "stop"]

    def test_a_grammar_for_nothing_is_refused(self, speaking: Path, order: Path) -> None:
        result = hark("listen", "--config", speaking, "--input", order, "--no-transcribe", "--grammar", "any.jsgf")
        assert (result.returncode, result.stdout) == (64, "")
        assert "--no-transcribe writes nothing: leave one out" in result.stderr

    def test_models_that_hear_different_frames_do_not_go_together(
        self, tones: Path, order: Path, tmp_path: Path
    ) -> None:
        other = make_bundle(tmp_path / "other", features=FeatureConfig(normalise="mean", floor=1e-6))
        file = tmp_path / "hark.toml"
        file.write_text(f'[trigger]\nmodel = "{tones}"\n[speech]\nmodel = "{other}"\nafter_trigger = true\n')
        result = hark("listen", "--config", file, "--input", order)
        assert result.returncode == 65
        assert "other hears other frames than" in result.stderr


class TestOnATerminal:
    """What a person sees, through a pseudo-terminal."""

    @staticmethod
    def run(*arguments: str | Path, **environment: str) -> str:
        leader, follower = pty.openpty()
        command = [*HARK, "listen", *map(str, arguments)]
        variables = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        child = subprocess.Popen(
            command, stdout=follower, stderr=subprocess.DEVNULL, cwd=ROOT,
            env=variables | {"TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | environment,
        )  # fmt: skip
        os.close(follower)
        seen = b""
        while select.select([leader], [], [], 60)[0]:
            try:
                seen += os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
        os.close(leader)
        assert child.wait(timeout=10) == 0
        return seen.decode().replace("\r\n", "\n")

    def test_the_level_the_words_and_the_events_are_shown(self, tones: Path, wav: Path) -> None:
        seen = self.run("--model", tones, "--input", wav)
        assert re.search(r"level +[█·]+ +-\d+ dBFS 0:00:0\d", seen)
        assert re.search(r"low tone +[█·│]+ 0\.\d\d", seen)
        assert len(re.findall(r"\d\.\d\d s .*(?:low|high) tone.* score 0\.\d\d", seen)) == len(WORDS)
        assert '"type"' not in seen

    def test_the_terminal_is_left_as_it_was(self, tones: Path, wav: Path) -> None:
        seen = self.run("--model", tones, "--input", wav)
        hidden, shown = seen.rindex("\x1b[?25l"), seen.rindex("\x1b[?25h")
        assert hidden < shown
        # The meters are gone at the end, and only the events stay.
        assert "level" not in seen[seen.rindex("\x1b[J") :]

    def test_what_is_being_said_is_overwritten_and_what_was_said_stays(self, speaking: Path, order: Path) -> None:
        seen = self.run("--config", speaking, "--input", order, "--transcribe", NO_COLOR="1")
        assert re.search(r"\x1b\[Jsaid +turn on$", seen, re.MULTILINE)
        assert re.search(r"\x1b\[J +\d\.\d\d s  turn on the light  confidence [01]\.\d\d$", seen, re.MULTILINE)
        # The recording ends before the second order does.
        last = seen[seen.rindex("said ") :]
        assert re.search(r"\x1b\[J +\d\.\d\d s  stop  confidence [01]\.\d\d$", last, re.MULTILINE)

    def test_no_color_is_honoured(self, tones: Path, wav: Path) -> None:
        assert "\x1b[1;32m" in self.run("--model", tones, "--input", wav)
        assert not re.search(r"\x1b\[[\d;]*m", self.run("--model", tones, "--input", wav, NO_COLOR="1"))

    def test_a_dumb_terminal_gets_plain_lines(self, tones: Path, wav: Path) -> None:
        seen = self.run("--model", tones, "--input", wav, TERM="dumb")
        assert "\x1b" not in seen
        assert len(seen.splitlines()) == len(WORDS)

    def test_plain_lines_leave_out_what_is_corrected_later(self, speaking: Path, order: Path) -> None:
        seen = self.run("--config", speaking, "--input", order, "--transcribe", "--keyword", "light", TERM="dumb")
        lines = [" ".join(line.split()[2:4]) for line in seen.splitlines()]
        assert lines == ["low tone", "light score", "turn on", "high tone", "stop confidence"]

    def test_jsonl_is_the_same_as_in_a_pipe(self, tones: Path, wav: Path) -> None:
        assert self.run("--model", tones, "--input", wav, "--jsonl") == events("--model", tones, "--input", wav)
