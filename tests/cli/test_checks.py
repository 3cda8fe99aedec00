"""hark doctor tries what a configuration names, changes nothing there, and tells each fault with its mend."""

import gc
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from edge.alerts.sink import read_secret
from edge.alerts.store import Store
from edge.audio import Pcm16
from edge.cli.checks import (
    Caution,
    Found,
    check_clock,
    check_level,
    check_metrics,
    check_permissions,
    check_sinks,
    judge_clock,
    judge_level,
)
from edge.config import Config, load_config, parse
from edge.errors import BundleError, ConfigError, DataError, DeviceError
from edge.model.shipped import find_bundle
from edge.translation.translator import find_translator
from tests.alerts.receiver import certificate, receiving
from tests.cli.conftest import write_wav
from tests.pipeline.tones import noise, tone
from tests.rights import nobody
from tests.service.scraping import free_port

pytestmark = pytest.mark.runtime

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def config(text: str) -> Config:
    return parse(text, Path("hark.toml"))


def told(found: Found, kind: type[Exception] | None = None) -> str:
    """What is said of a fault of that kind, or of what is well."""
    assert type(found) is (kind or str), found
    return str(found)


def one(check: Callable[[Config], Iterator[Found]], text: str) -> Found:
    [found] = check(config(text))
    assert "\n" not in str(found)
    return found


class TestLevel:
    """Whether the microphone can be heard well."""

    @pytest.mark.parametrize(
        ("samples", "kind", "message"),
        [
            (tone(500, 1.0), None, "loudest sample of a second at -6 dBFS"),
            (noise(1.0), None, "at -41 dBFS"),
            (np.zeros(16_000, np.int16), DeviceError, "all samples of a second are the same: it is muted or broken"),
            (np.full(16_000, -7, np.int16), DeviceError, "are the same"),
            (noise(1.0) // 100, Caution, "no sample above -81 dBFS: speak meanwhile"),
            (np.clip(tone(500, 1.0).astype(int) * 4, -32768, 32767).astype(np.int16), Caution, "are clipped: turn its"),
            (np.r_[noise(1.0), np.int16(-32768)], None, "at 0 dBFS"),
        ],
        ids=["loud", "quiet room", "zero", "stuck", "too quiet", "clipped", "one knock"],
    )
    def test_a_second_is_judged(self, samples: Pcm16, kind: type[Exception] | None, message: str) -> None:
        assert message in told(judge_level(samples), kind)

    def test_what_is_configured_is_listened_to(self, tmp_path: Path) -> None:
        file = write_wav(tmp_path / "a.wav", np.concatenate([np.zeros(3200, np.int16), tone(500, 2.0)]))
        for source in (str(file), f"exec:tail -c +45 '{file}'"):
            assert "at -6 dBFS" in told(one(check_level, f'[input]\nsource = "{source}"\n'))
        dead = write_wav(tmp_path / "b.wav", np.zeros(1600, np.int16))
        assert "muted or broken" in told(one(check_level, f'[input]\nsource = "{dead}"\n'), DeviceError)
        assert list(check_level(config('[input]\nsource = "-"\n'))) == []

    def test_a_program_that_gives_nothing_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("edge.cli.checks._PATIENCE_SECONDS", 0.3)
        with pytest.raises(DeviceError, match=r"sleep gave no sound within 0\.3 s"):
            list(check_level(config('[input]\nsource = "exec:sleep 60"\n')))

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        said = told(one(check_level, f'[input]\nsource = "{pipe}"\n'))
        assert said == f"{pipe} is a pipe or a device, which may wait for ever: it is not listened to"


class TestSinks:
    """Whether alerts would arrive."""

    def test_programs_are_looked_for(self) -> None:
        command = '[sink.a]\ntype = "command"\nargv = ["{}"]\n'
        assert told(one(check_sinks, command.format("true"))).startswith("a: /")
        missing = told(one(check_sinks, command.format("no-such-program")), ConfigError)
        assert missing == "a: there is no program no-such-program: install it, or give the whole path in argv"

    def test_the_sound_of_a_chime_is_read(self, wav: Path) -> None:
        chime = '[sink.a]\ntype = "chime"\nfile = "{}"\ndevice = "no such card"\n'
        assert "the sound output cannot be had (" in told(one(check_sinks, chime.format(wav)), Caution)
        assert "gone.wav does not exist" in told(one(check_sinks, chime.format("gone.wav")), DataError)

    def test_a_chime_that_can_be_played_is(self, wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        played: list[Pcm16] = []
        monkeypatch.setattr("edge.alerts.sinks.chime.Player.play", lambda _, sound: played.append(sound))
        text = f'[sink.a]\ntype = "chime"\nfile = "{wav}"\n'
        assert told(one(check_sinks, text)) == f"a: {wav} can be played"
        assert told(one(check_sinks, '[sink.a]\ntype = "chime"\n')) == "a: a chime can be played"
        assert [sound.any() for sound in played] == [False, False]

    def test_a_chip_without_its_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "gpiod", None)
        found = one(check_sinks, '[sink.a]\ntype = "gpio"\nline = 17\n')
        assert "gpiod" in told(found, ConfigError)

    def test_a_receiver_is_reached_and_sent_nothing(self) -> None:
        with receiving() as receiver:
            found = one(check_sinks, f'[sink.a]\ntype = "webhook"\nurl = "{receiver.url}?key=secret"\n')
            assert told(found) == "a: localhost answers"
            assert receiver.got == []

    def test_one_that_is_away_is_a_caution_without_its_address(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        for host in (f"127.0.0.1:{port}", "nowhere.invalid"):
            found = one(check_sinks, f'[sink.a]\ntype = "webhook"\nurl = "http://{host}/key-secret"\n')
            said = told(found, Caution)
            assert "cannot be reached (" in said
            assert "alerts wait until it is; check url" in said
            assert "secret" not in said

    @needs_openssl
    def test_a_certificate_is_checked(self, tmp_path: Path) -> None:
        made, key = certificate(tmp_path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(made, key)
        with receiving(context) as receiver:
            sink = f'[sink.a]\ntype = "webhook"\nurl = "{receiver.url}"\n'
            found = told(one(check_sinks, sink), ConfigError)
            assert found.startswith("a: the certificate of localhost is not trusted (self")
            assert told(one(check_sinks, f'{sink}ca_file = "{made}"\n')) == "a: localhost answers and is trusted"

    def test_each_sink_is_told_of(self) -> None:
        text = '[sink.a]\ntype = "command"\nargv = ["no-such"]\n[sink.b]\ntype = "stdout"\n'
        found = list(check_sinks(config(text)))
        assert [str(item)[:2] for item in found] == ["a:", "b:"]
        told(found[0], ConfigError)


class TestMetrics:
    """Whether counts could be served."""

    @pytest.fixture(autouse=True)
    def _needed(self) -> None:
        pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

    def test_a_port_is_tried(self) -> None:
        port = free_port()
        text = f'[metrics]\nenabled = true\nlisten = "127.0.0.1:{port}"\n'
        assert told(one(check_metrics, text)) == f"127.0.0.1 port {port} is free"
        with socket.create_server(("127.0.0.1", port)):
            said = told(one(check_metrics, text), ConfigError)
        assert said == (
            f"metrics.listen: 127.0.0.1:{port} cannot be had (Address already in use); "
            "give another port, or end who has this one"
        )

    def test_a_listener_that_runs_is_no_fault(self) -> None:
        from edge.service.gauges import Gauges, Page

        port = free_port()
        page = Page(Gauges(), ("127.0.0.1", port))
        text = f'[metrics]\nenabled = true\nlisten = "127.0.0.1:{port}"\n'
        assert told(one(check_metrics, text)) == f"127.0.0.1 port {port} is served by hark already"
        page.close()

    def test_nothing_is_tried_that_is_not_wanted(self) -> None:
        assert list(check_metrics(Config())) == []


class TestBroker:
    """Whether a real Mosquitto would take alerts."""

    @pytest.fixture(autouse=True)
    def _needed(self) -> None:
        pytest.importorskip("paho.mqtt", reason="paho-mqtt is not installed")
        if shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None:
            pytest.skip("mosquitto is not installed: apt-get install mosquitto")

    def test_credentials_are_tried_and_nothing_is_published(self, tmp_path: Path) -> None:
        from tests.alerts.broker import Subscriber, running

        users, right, wrong = tmp_path / "users", tmp_path / "right", tmp_path / "wrong"
        users.touch(0o600)
        subprocess.run(["mosquitto_passwd", "-b", users, "hark", "pass word"], check=True, capture_output=True)
        right.write_text("hark\npass word\n")
        wrong.write_text("hark\nnot this\n")
        with running(tmp_path, "allow_anonymous false", f"password_file {users}") as broker:
            assert told(one(check_sinks, f'{broker.sink}credentials_file = "{right}"\n')) == (
                "a: 127.0.0.1 takes the connection"
            )
            for version in ("5", "3.1.1"):
                sink = f'{broker.sink}credentials_file = "{wrong}"\nversion = "{version}"\n'
                said = told(one(check_sinks, sink), ConfigError)
                assert said.startswith("a: 127.0.0.1 refuses the connection (")
                assert "not this" not in said
            assert "No such file" in told(one(check_sinks, f'{broker.sink}credentials_file = "gone"\n'), ConfigError)
        assert "cannot be reached (Connection refused)" in told(one(check_sinks, broker.sink), Caution)
        with running(tmp_path) as broker:
            subscriber = Subscriber(broker)
            told(one(check_sinks, broker.sink))
            assert subscriber.messages == []
            subscriber.close()

    # paho leaves it to the garbage collector to close what did not get through the handshake.
    @pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
    def test_of_one_without_encryption_it_says_which_key_may_be_wrong(self, tmp_path: Path) -> None:
        from tests.alerts.broker import running

        with running(tmp_path) as broker:
            encrypted = broker.sink.replace("tls = false\n", "")
            assert told(one(check_sinks, encrypted), Caution).endswith("check host, port and tls")
            gc.collect()


class TestPermissions:
    """What has to be written can be, and what is secret is."""

    def test_folders(self, tmp_path: Path) -> None:
        text = f"""
[outbox]
path = "{tmp_path / "new" / "outbox.db"}"
[sink.a]
type = "stdout"
[recording]
enabled = true
folder = "{{}}"
"""
        (tmp_path / "file").write_text("")
        for folder, kind, message in (
            (tmp_path / "clips" / "new", None, "clips: "),
            (tmp_path / "file", ConfigError, f"clips: {tmp_path / 'file'} is no folder; name another one"),
            (tmp_path / "file" / "new", ConfigError, f"clips: {tmp_path / 'file'} is no folder; name another one"),
        ):
            outbox, clips = check_permissions(config(text.format(folder)))
            assert told(outbox) == f"outbox: {tmp_path / 'new'} can be written"
            assert message in told(clips, kind)
        assert list(tmp_path.iterdir()) == [tmp_path / "file"]
        assert list(check_permissions(Config())) == []

    @pytest.mark.parametrize(
        ("name", "message"), [("no.db", "it is a text, and no outbox"), ("folder", "Is a directory")]
    )
    def test_an_outbox_that_is_something_else(self, name: str, message: str, tmp_path: Path) -> None:
        (tmp_path / "no.db").write_text("something else, long enough to be looked at " * 99)
        (tmp_path / "folder").mkdir()
        path = tmp_path / name
        [outbox] = check_permissions(config(f'[outbox]\npath = "{path}"\n[sink.a]\ntype = "stdout"\n'))
        assert told(outbox, ConfigError).startswith(f"outbox: {path}: {message}; give another path in [outbox]")

    def test_a_folder_is_tried_for_rights_alone_do_not_tell(self) -> None:
        """Root may write anywhere, but no file can be made in /proc."""
        [outbox] = check_permissions(config('[outbox]\npath = "/proc/new/outbox.db"\n[sink.a]\ntype = "stdout"\n'))
        assert told(outbox, Caution).startswith("outbox: /proc cannot be written by ")

    def test_a_user_without_a_name_is_told_by_number(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            monkeypatch.delenv(name, raising=False)
        [outbox] = check_permissions(config('[outbox]\npath = "/proc/new/outbox.db"\n[sink.a]\ntype = "stdout"\n'))
        assert f" cannot be written by the user {os.geteuid()} (" in told(outbox, Caution)

    def test_what_somebody_else_keeps_to_himself(self, tmp_path: Path) -> None:
        """As the state of a service with DynamicUser, which `hark doctor` of an ordinary user cannot enter."""
        (tmp_path / "hark" / "model").mkdir(parents=True)
        (tmp_path / "hark").chmod(0)
        text = f'[outbox]\npath = "{tmp_path / "hark" / "outbox.db"}"\n[sink.a]\ntype = "stdout"\n'
        with nobody():
            [outbox] = check_permissions(config(text))
            for look in (
                lambda path: find_bundle(path / "model"),
                lambda path: find_translator(path / "model"),
                lambda path: load_config(None, path / "hark.toml"),
            ):
                with pytest.raises((BundleError, ConfigError), match="Permission denied; "):
                    look(tmp_path / "hark")
        assert "give it to the user of the service, or run hark doctor as that user" in told(outbox, Caution)

    def test_an_outbox_of_somebody_else(self) -> None:
        with tempfile.TemporaryDirectory() as folder:  # Nobody enters the folders of pytest.
            Path(folder).chmod(0o777)
            path = Path(folder, "outbox.db")
            Store(path).close()
            path.chmod(0o600)
            with nobody():
                [outbox] = check_permissions(config(f'[outbox]\npath = "{path}"\n[sink.a]\ntype = "stdout"\n'))
        assert told(outbox, Caution).startswith(f"outbox: {path} cannot be written by ")

    def test_a_credential_of_the_service(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "mqtt").write_text("anna\nsecret\n")
        (tmp_path / "mqtt").chmod(0o400)
        named = "$CREDENTIALS_DIRECTORY/mqtt"
        text = f'[sink.a]\ntype = "mqtt"\nhost = "h"\ncredentials_file = "{named}"\n'
        _, secret = check_permissions(config(text))
        assert told(secret, ConfigError).startswith(f"{named}: No such file or directory; ")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        _, secret = check_permissions(config(text))
        assert told(secret) == f"{named}: can be read, and not by everybody"
        assert read_secret(named) == b"anna\nsecret"

    def test_secrets(self, tmp_path: Path) -> None:
        key = tmp_path / "key"
        key.write_text("top secret")
        text = f'[sink.a]\ntype = "webhook"\nurl = "https://x.org"\nsecret_file = "{key}"\n'
        for mode, kind, message in (
            (0o600, None, "can be read, and not by everybody"),
            (0o640, None, "can be read"),
            (0o644, Caution, f"{key} is open to every user of this machine: chmod o= {key}"),
        ):
            key.chmod(mode)
            _, secret = check_permissions(config(text))
            assert message in told(secret, kind)
        key.write_text("")
        _, secret = check_permissions(config(text))
        assert told(secret, ConfigError) == f"{key} is empty; write the secret into it"
        key.unlink()
        _, secret = check_permissions(config(text))
        assert told(secret, ConfigError).startswith(f"{key}: No such file or directory; write the secret into it")


@pytest.mark.parametrize(
    ("year", "synchronised", "kind", "message"),
    [
        (2026, True, None, "2026-03-29 12:00 UTC, kept right by the network"),
        (2026, None, None, "2026-03-29 12:00 UTC"),
        (2026, False, Caution, "but nothing keeps it right: turn on the time service"),
        (1970, None, Caution, "it is not 1970-03-29: turn on the time service: sudo timedatectl set-ntp true"),
        (2106, True, Caution, "it is not 2106-03-29"),
    ],
)
def test_a_clock_is_judged(year: int, *, synchronised: bool | None, kind: type[Exception] | None, message: str) -> None:
    now = datetime(year, 3, 29, 12, tzinfo=timezone.utc)
    assert message in told(judge_clock(now, synchronised=synchronised), kind)


def test_the_clock_of_this_machine_is_asked() -> None:
    before = datetime.now(timezone.utc)
    [found] = check_clock()
    days = [f"{now:%Y-%m-%d}" for now in (before, datetime.now(timezone.utc))]  # Midnight may be between them.
    assert any(day in str(found) for day in days)


@pytest.mark.parametrize(
    "text",
    [
        '[sink.a]\ntype = "webhook"\nurl = "https://me:secret@host/"\n',
        '[sink.a]\ntype = "webhook"\nurl = "https://host/secret key"\n',
        '[sink]\na = "https://host/secret"\n',
        '[sink.a]\ntype = "command"\nargv = "curl https://me:secret@host/secret"\n',
        '[sink.a]\ntype = "command"\nargv = ["curl", "https://me:secret@host", 1]\n',
        '[sink.a]\ntype = "mqtt"\nhost = "h"\npassword = "secret"\n',
        '[sink.a]\ntype = "mqtt"\nhost = "h"\ntopic = "mqtt://me:secret@host/#"\n',
    ],
)
def test_no_error_of_a_configuration_shows_a_secret(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(text)
    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("hark.toml, line ")
