"""hark listen counts for Prometheus, keeps clips, and keeps what was said to itself, if the configuration says so."""

import json
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from os import environ
from pathlib import Path
from typing import Any

import pytest
import soundfile

from edge.cli.discretion import printable
from edge.cli.view import describe
from edge.config import parse
from edge.events import Alert
from tests.alerts.making import eventually, keyword, transcript
from tests.cli.conftest import write_wav
from tests.cli.program import events, hark
from tests.pipeline.letters import joined
from tests.pipeline.tones import HERTZ, noise, tone
from tests.service.child import Service
from tests.service.scraping import free_port, scrape

LOW = tone(HERTZ[0], 0.3)


@pytest.fixture
def start() -> Iterator[Callable[[Path], Service]]:
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        services: list[Service] = []

        def start(config: Path) -> Service:
            services.append(Service(Path(folder), "--config", config, "--input", "-", environment=environ))
            return services[-1]

        yield start
        for service in services:
            if service.child.poll() is None:
                service.close()


def say(service: Service, *parts: Any) -> None:  # noqa: ANN401 -- sound, and seconds of silence
    assert service.child.stdin is not None
    service.child.stdin.write(joined(*parts).tobytes())
    service.child.stdin.flush()


class TestMetrics:
    """A child that is read over HTTP while it listens."""

    @pytest.fixture(autouse=True)
    def _library(self) -> None:
        pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

    def test_a_listener_is_read_while_it_listens_and_after_a_reload(
        self, tones: Path, tmp_path: Path, start: Callable[[Path], Service]
    ) -> None:
        config, first, second = tmp_path / "hark.toml", free_port(), free_port()
        text = f"""
[trigger]
model = "{tones}"
[outbox]
path = "{tmp_path / "outbox.db"}"
[[alert]]
name = "help"
triggers = ["low tone"]
[sink.null]
type = "command"
argv = ["true"]
[metrics]
enabled = true
"""
        config.write_text(f'{text}listen = "127.0.0.1:{first}"\n')
        service = start(config)
        say(service, 1.0, LOW, 1.0)
        service.wait_for_event("alert")
        sent = 'hark_alerts_total{outcome="sent",sink="null"}'
        assert eventually(lambda: scrape(first).get(sent) == 1)
        read = scrape(first)
        assert read['hark_triggers_total{name="low tone"}'] == 1
        assert read['hark_alerts_total{outcome="queued",sink="null"}'] == 1
        assert 1 < read["hark_audio_seconds_total"] <= 2.3
        assert read["hark_block_seconds_count"] >= 10
        assert 0 < read["hark_block_seconds_sum"] < 30
        assert read["process_resident_memory_bytes"] > 10e6
        config.write_text(f'{text}listen = "127.0.0.1:{second}"\n')
        service.child.send_signal(signal.SIGHUP)
        while not service.told("reloaded"):
            say(service, noise(0.1))
            time.sleep(0.02)
        say(service, 1.0, LOW, 1.0)
        service.wait_for_event("trigger", 2)
        assert eventually(lambda: scrape(second).get(sent) == 2)
        assert service.stop()[0] == 0

    def test_a_taken_port_is_told_and_listening_goes_on(self, tones: Path, wav: Path, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            config = tmp_path / "hark.toml"
            config.write_text(f'[trigger]\nmodel = "{tones}"\n[metrics]\nenabled = true\nlisten = "127.0.0.1:{port}"\n')
            told = [json.loads(line) for line in events("--config", config, "--input", wav).splitlines()]
        problem = f"metrics.listen: 127.0.0.1:{port} cannot be had (Address already in use); give another port"
        assert [event["detail"].startswith(problem) for event in told if event["type"] == "status"] == [True]
        assert [event for event in told if event["type"] == "trigger"]


@pytest.mark.runtime
class TestClips:
    """The files that a run over a recording leaves."""

    def config(self, tones: Path, folder: Path) -> Path:
        file = folder / "hark.toml"
        wishes = f'folder = "{folder / "clips"}"\nseconds_before = 0.5\nseconds_after = 0.5\n'
        file.write_text(f'[trigger]\nmodel = "{tones}"\n[recording]\nenabled = true\n{wishes}')
        return file

    def test_each_word_has_a_clip_in_which_it_is_heard_again(self, tones: Path, wav: Path, tmp_path: Path) -> None:
        usual = events("--model", tones, "--input", wav)
        assert events("--config", self.config(tones, tmp_path), "--input", wav) == usual
        clips = sorted((tmp_path / "clips").iterdir())
        assert [clip.stem.split("Z_")[1] for clip in clips] == ["low-tone", "high-tone", "low-tone"]
        sound, rate = soundfile.read(wav, dtype="int16")
        triggers = [json.loads(line) for line in usual.splitlines()]
        for clip, trigger in zip(clips, triggers, strict=True):
            middle = round(trigger["at"] * rate)
            kept, _ = soundfile.read(clip, dtype="int16")
            assert kept.tobytes() == sound[middle - rate // 2 : middle + rate // 2].tobytes()
            assert clip.stat().st_mode & 0o777 == 0o600

    def test_a_folder_that_cannot_be_made_is_told_once_and_the_listener_goes_on(
        self, tones: Path, tmp_path: Path
    ) -> None:
        config = self.config(tones, tmp_path)
        (tmp_path / "clips").write_text("no folder")
        words = write_wav(tmp_path / "words.wav", joined(*(1.5, LOW) * 20, 1.0))
        lines = [json.loads(line) for line in events("--config", config, "--input", words).splitlines()]
        assert [line["type"] for line in lines].count("trigger") == 20
        [failed] = [line for line in lines if line["type"] == "status"]
        assert failed["what"] == "recording-failed"
        assert f"{tmp_path / 'clips'}: File exists" in failed["detail"]

    def test_nothing_is_stored_unasked(self, tones: Path, wav: Path, tmp_path: Path) -> None:
        config = self.config(tones, tmp_path)
        config.write_text(config.read_text().replace("enabled = true", "enabled = false"))
        events("--config", config, "--input", wav)
        assert list(tmp_path.iterdir()) == [config]


@pytest.mark.runtime
class TestDiscretion:
    """What was said stays out of the log, and nowhere else."""

    RULES = '[[alert]]\nname = "lamp"\npattern = "light"\nmessage = "{text}"\n'

    def test_rules_and_sinks_have_what_the_log_has_not(self, speaking: Path, order: Path, tmp_path: Path) -> None:
        told = tmp_path / "told"
        program = tmp_path / "sink"
        program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$HARK_ALERT" >> "{told}"\n')
        program.chmod(0o700)
        config = tmp_path / "hark.toml"
        sink = f'[sink.a]\ntype = "command"\nargv = ["{program}"]\n[outbox]\npath = "{tmp_path / "outbox.db"}"\n'
        config.write_text(f"{speaking.read_text()}after_trigger = true\nlog_text = false\n{self.RULES}{sink}")
        result = hark("listen", "--jsonl", "--config", config, "--input", order)
        printed = [json.loads(line) for line in result.stdout.splitlines()]
        kinds = [line["type"] for line in printed if line["type"] != "partial"]
        assert kinds == ["trigger", "transcript", "alert", "trigger", "transcript"]
        assert not any(word in result.stdout + result.stderr for word in ("turn", "light", "stop"))
        [transcript, _] = [line for line in printed if line["type"] == "transcript"]
        assert (transcript["text"], transcript["words"], transcript["nbest"]) == ("", [], [])
        assert transcript["confidence"] > 0
        [alert] = [json.loads(line) for line in told.read_text().splitlines()]
        assert (alert["message"], alert["cause"]["text"]) == ("turn on the light", "turn on the light")

    def test_alerts_keep_what_does_not_quote(self) -> None:
        plain = '[[alert]]\nname = "other"\ntriggers = ["x"]\nmessage = "{name}"\n[speech]\nlog_text = false\n'
        config = parse(self.RULES + plain, Path("hark.toml"))
        alert = Alert(
            at=1.0, id="1", rule="other", priority="low", message="x", time="", held_back=0,
            cause={"type": "transcript", "text": "light"},
        )  # fmt: skip
        [shown] = printable([alert], config)
        assert isinstance(shown, Alert)
        assert (shown.message, shown.cause) == ("x", {"type": "transcript"})

    def test_other_events_are_as_they_were(self) -> None:
        config = parse("[speech]\nlog_text = false\n", Path("hark.toml"))
        assert printable([keyword()], config) == [keyword()]
        assert printable([transcript("light")], parse("", Path("hark.toml"))) == [transcript("light")]
        [hidden], [nothing] = (printable([transcript(text)], config) for text in ("light", ""))
        assert "not printed" in describe(hidden)
        assert hidden == nothing
