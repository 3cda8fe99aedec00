"""What a listener does is counted, and read over HTTP by whoever may."""

import re
import socket
import threading
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from prometheus_client.parser import text_string_to_metric_families

from edge.audio import AudioBlock
from edge.config import Config, parse
from edge.errors import ConfigError
from edge.events import Event, Status
from edge.service import Heard, Records
from edge.service.gauges import Gauges, Page
from tests.alerts.making import eventually, keyword, transcript, trigger
from tests.service.scraping import free_port, scrape

SCORES = np.empty((0, 2), np.float32)


def heard(samples: int = 1600, work: float = 0.003) -> Heard:
    return Heard(AudioBlock(np.zeros(samples, np.int16), 0), SCORES, [], work)


def overflow(lost: int) -> Status:
    return Status(at=1.0, what="overflow", lost_samples=lost)


def config(text: str) -> Config:
    return parse(text, Path("hark.toml"))


def metrics(port: int) -> Config:
    return config(f'[metrics]\nenabled = true\nlisten = "127.0.0.1:{port}"\n')


def tally(**outcomes: int) -> Counter[tuple[str, str]]:
    return Counter({("phone", outcome): number for outcome, number in outcomes.items()})


def test_all_that_happens_is_counted() -> None:
    port = free_port()
    events: list[Event] = [trigger(), trigger(), keyword(), transcript("a secret"), overflow(480), overflow(20)]
    with Records(metrics(port)) as records:
        records.heard(
            metrics(port), lambda: tally(queued=3, sent=2), heard(), [*events, Status(at=1.0, what="device-lost")]
        )
        records.heard(metrics(port), None, heard(0), [])
        read = scrape(port)
    assert read["hark_audio_seconds_total"] == pytest.approx(0.1)
    assert read["hark_lost_samples_total"] == 500
    assert (read["hark_gaps_total"], read["hark_device_losses_total"]) == (2, 1)
    assert read['hark_triggers_total{name="view glass"}'] == 2
    assert read['hark_keywords_total{name="fire"}'] == 1
    assert read["hark_transcripts_total"] == 1
    assert read["hark_block_seconds_count"] == 1
    assert (read['hark_block_seconds_bucket{le="0.002"}'], read['hark_block_seconds_bucket{le="0.005"}']) == (0, 1)
    assert 10e6 < read["process_resident_memory_bytes"] < 2e9
    # The second configuration has no desk, but what the first one's did stays counted.
    assert read['hark_alerts_total{outcome="sent",sink="phone"}'] == 2
    assert "secret" not in str(read)


def test_the_desks_of_earlier_configurations_stay_counted() -> None:
    gauges = Gauges()
    for account in (tally(sent=2), tally(sent=5, dropped=1)):
        gauges.follow(account.copy)
    labels = {"sink": "phone"}
    assert gauges.registry.get_sample_value("hark_alerts_total", labels | {"outcome": "sent"}) == 7
    assert gauges.registry.get_sample_value("hark_alerts_total", labels | {"outcome": "dropped"}) == 1


def test_another_reader_of_the_format_understands_the_page() -> None:
    gauges, port = Gauges(), free_port()
    gauges.heard(heard(), [trigger(name='a "quoted" \\ word')])
    page = Page(gauges, ("127.0.0.1", port))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    page.close()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    [sample] = [one for one in families["hark_triggers"].samples if one.name.endswith("_total")]
    assert (sample.labels, sample.value) == ({"name": 'a "quoted" \\ word'}, 1.0)
    assert all(family.documentation for family in families.values())


def test_a_taken_port_is_told_once_with_its_mend_and_tried_again_each_minute() -> None:
    """Also while the listener is muted, and no time passes in the stream."""
    now = [0.0]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        wanted = metrics(port)
        records = Records(wanted, lambda: now[0])
        for minute in range(3):
            now[0] = minute * 61.0
            records.heard(wanted, None, heard(), [])
        [status] = records.news(0)
        assert re.search(rf"metrics\.listen: 127\.0\.0\.1:{port} cannot be had .*; give another", status.detail or "")
    with records:
        now[0] = 150.0
        records.heard(wanted, None, heard(0), [])
        with pytest.raises(URLError):
            scrape(port)
        now[0] = 184.0
        records.heard(wanted, None, heard(0), [])
        assert scrape(port)["hark_block_seconds_count"] == 3
        assert records.news(0) == []


def test_an_address_that_is_not_there_yet_leaves_nobody_deaf() -> None:
    elsewhere = config('[metrics]\nenabled = true\nlisten = "192.0.2.1:9464"\npublic = true\n')
    with Records(elsewhere) as records:
        records.heard(elsewhere, None, heard(), [])
        [status] = records.news(0)
    assert "give an address that this machine has" in (status.detail or "")


def test_a_reader_who_sends_a_byte_now_and_then_is_hung_up_on() -> None:
    port = free_port()
    with Records(metrics(port)) as records, socket.create_connection(("127.0.0.1", port)) as dawdler:

        def dribble() -> None:
            with suppress(OSError):
                for byte in b"GET /metrics HTTP/1.1" * 3:
                    dawdler.send(bytes([byte]))
                    time.sleep(0.3)

        thread = threading.Thread(target=dribble)
        thread.start()
        time.sleep(0.3)
        began = time.monotonic()
        records.heard(metrics(port), None, heard(), [])
        assert scrape(port)["hark_block_seconds_count"] == 1
        assert time.monotonic() - began < 6
        dawdler.close()
        thread.join()


def test_another_address_is_gone_to_and_one_that_cannot_be_had_is_told() -> None:
    first, second = free_port(), free_port()
    with Records(metrics(first)) as records, socket.create_server(("127.0.0.1", 0)) as taken:
        records.heard(metrics(first), None, heard(), [trigger()])
        records.heard(metrics(second), None, heard(), [trigger()])
        assert scrape(second)['hark_triggers_total{name="view glass"}'] == 2
        with pytest.raises(URLError):
            scrape(first)
        records.heard(metrics(taken.getsockname()[1]), None, heard(), [])
        [status] = records.news(16_000)
        assert (status.what, status.at) == ("metrics-failed", 1.0)
        assert re.search("cannot be had .*give another port", status.detail or "")
        records.heard(config(""), None, heard(), [])
        assert records.news(0) == []
        with pytest.raises(URLError):
            scrape(second)


def test_a_reader_who_dawdles_holds_nobody_up() -> None:
    port = free_port()
    with Records(metrics(port)) as records, socket.create_connection(("127.0.0.1", port)) as dawdler:
        dawdler.sendall(b"GET /metrics HT")
        began = time.monotonic()
        records.heard(metrics(port), None, heard(), [])
        assert time.monotonic() - began < 1.5
        # Others wait until he is given up.
        assert scrape(port)["hark_block_seconds_count"] == 1
        dawdler_again = socket.create_connection(("127.0.0.1", port))
        dawdler_again.sendall(b"G")
        # Who is served has a time that runs.
        assert eventually(lambda: any(isinstance(thread, threading.Timer) for thread in threading.enumerate()))
        began = time.monotonic()
    assert time.monotonic() - began < 1.5
    dawdler_again.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('listen = "0.0.0.0:9464"', "line 2: metrics.listen has 0.0.0.0, which other machines reach; give 127.0.0.1"),
        ('listen = "[::]:9464"', "or set public = true"),
        ('listen = "192.168.1.5:9464"', "which other machines reach"),
        ('listen = "localhost:9464"', 'cannot be; give an address and a port: "127.0.0.1:9464"'),
        ('listen = "127.0.0.1"', "cannot be; give an address"),
        ('listen = "127.0.0.1:0"', "cannot be; give an address"),
        ('listen = "127.0.0.1:65536"', "cannot be; give an address"),
        ('listen = "::1:9464"', "cannot be; give an address"),
        ("listen = 9464", "metrics.listen = 9464 cannot be"),
        ("enabled = 1", "metrics.enabled = 1 cannot be; give true or false"),
        ("port = 1", "metrics.port is unknown (there are enabled, listen, public)"),
    ],
)
def test_addresses_that_cannot_be_or_may_not_be_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(f"[metrics]\n{text}\n")
    assert message in str(caught.value)


def test_an_address_may_be_public_if_that_is_said() -> None:
    assert config('[metrics]\nlisten = "0.0.0.0:80"\npublic = true\n').metrics.listen == ("0.0.0.0", 80)  # noqa: S104
    assert config('[metrics]\nlisten = "[::1]:80"\n').metrics.listen == ("::1", 80)
