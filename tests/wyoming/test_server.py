"""What the library's own client gets: descriptions, detections, transcripts; alone, and one of many."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.audio import Pcm16
from edge.capture import open_source
from edge.cli.wyoming import assemble_ears
from edge.config import Config, load_config
from edge.errors import BundleError
from edge.wyoming.ears import UNHURRIED, Ears
from edge.wyoming.server import Limits
from tests.cli.program import said_in_demo, shipped_demo
from tests.pipeline.letters import joined, spoken
from tests.pipeline.tones import HERTZ, LABELS, recording, tone
from tests.wyoming.peers import Address, answers, ask, describes, served, sound_events

pytest.importorskip("wyoming", reason="the package wyoming is not installed")
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.wake import Detect, Detection

LOW_HIGH = recording((1.0, "low tone"), (2.5, "high tone"))
DETECT, TRANSCRIBE = Detect().event(), Transcribe().event()


def heard(events: list[Event]) -> list[Detection]:
    return [Detection.from_event(event) for event in events if Detection.is_type(event.type)]


def wake(ears: Ears, request: Event, samples: Pcm16, until: str = "info", chunk: int = 1024) -> list[Event]:
    """The answers to a request for words; a description asked for at the end shows that there are no more."""

    async def visit(address: Address) -> list[Event]:
        async with AsyncTcpClient(*address) as client:
            for event in (request, *sound_events(samples, chunk), Describe().event()):
                await client.write_event(event)
            return await answers(client, until)

    return served(ears, visit)[:-1]


def transcribe(ears: Ears, samples: Pcm16) -> list[Event]:
    return served(ears, lambda address: ask(address, TRANSCRIBE, samples, "transcript-stop"))


def together(ears: Ears, jobs: Sequence[tuple[Event, Pcm16, str]]) -> list[list[Event]]:
    """The answers to requests that are made at once."""

    async def visit(address: Address) -> list[list[Event]]:
        return await asyncio.gather(*(ask(address, *job) for job in jobs))

    return served(ears, visit)


def test_the_models_are_described_by_their_manifests(ears: Ears) -> None:
    async def visit(address: Address) -> Info:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(Describe().event())
            return Info.from_event((await answers(client, "info"))[0])

    info = served(ears, visit)
    assert [(model.name, model.phrase, model.languages) for model in info.wake[0].models] == [
        (label, label, ["en"]) for label in LABELS
    ]
    (asr,) = info.asr
    assert (asr.models[0].name, asr.models[0].languages, asr.models[0].version) == ("letters", ["en"], "1")
    assert asr.supports_transcript_streaming
    assert asr.requires_external_vad


def test_words_are_detected_with_the_time_of_their_chunk(ears: Ears) -> None:
    events = wake(ears, DETECT, LOW_HIGH)
    assert [event.type for event in events] == ["detection", "detection"]
    assert [one.name for one in heard(events)] == ["low tone", "high tone"]
    for one, began in zip(heard(events), (1000, 2500), strict=True):
        assert one.timestamp is not None
        assert one.timestamp % 64 == 0
        assert began < one.timestamp < began + 600


def test_without_timestamps_the_time_is_that_of_the_stream(ears: Ears) -> None:
    async def visit(address: Address) -> list[Event]:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(DETECT)
            await client.write_event(AudioStart(16_000, 2, 1).event())
            await client.write_event(AudioChunk(16_000, 2, 1, LOW_HIGH[:48_000].tobytes()).event())
            return await answers(client, "detection")

    (one,) = heard(served(ears, visit))
    assert one.timestamp is not None
    assert 1000 < one.timestamp < 1600


def test_only_the_named_words_are_detected(ears: Ears) -> None:
    assert [one.name for one in heard(wake(ears, Detect(names=["high tone"]).event(), LOW_HIGH))] == ["high tone"]


def test_no_names_are_all_names(ears: Ears) -> None:
    assert len(heard(wake(ears, Detect(names=[]).event(), LOW_HIGH))) == 2


def test_at_the_end_it_is_said_that_there_was_no_word(ears: Ears) -> None:
    assert [event.type for event in wake(ears, DETECT, recording())] == ["not-detected"]


def test_a_word_at_the_very_end_is_heard_out(ears: Ears) -> None:
    cut = LOW_HIGH[: round(1.085 * 16_000)]
    [event] = wake(ears, DETECT, cut)
    [one] = heard([event])
    assert one.name == "low tone"
    assert one.timestamp is not None
    assert one.timestamp <= 1000 * len(cut) / 16_000


def test_a_word_that_is_not_known_is_refused_by_naming_those_that_are(ears: Ears) -> None:
    async def visit(address: Address) -> list[Event]:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(Detect(names=["ok nobody"]).event())
            events = await answers(client, "error")
            assert await client.read_event() is None
            return events

    (error,) = served(ears, visit)
    assert "low tone, high tone" in error.data["text"]
    assert "nobody" not in error.data["text"]


@pytest.mark.parametrize("first", [0, 1], ids=["with audio-start", "without, as wyoming-satellite 1.0"])
def test_a_satellite_asks_again_on_the_same_connection_and_is_heard_from_silence(ears: Ears, first: int) -> None:
    async def visit(address: Address) -> list[list[Event]]:
        async with AsyncTcpClient(*address) as client:
            rounds = []
            for _ in range(3):
                # It never says audio-stop: it turns to the server, and comes back.
                for event in (DETECT, *sound_events(LOW_HIGH[:32_000])[first:-1]):
                    await client.write_event(event)
                rounds.append(await answers(client, "detection"))
            return rounds

    answer, *others = served(ears, visit)
    assert [one.name for one in heard(answer)] == ["low tone"]
    assert others == [answer, answer]


def test_what_was_said_is_transcribed_in_pieces_and_in_full(ears: Ears) -> None:
    events = transcribe(ears, joined(0.5, spoken("turn on the light in the hall and set an alarm"), 0.5))
    chunks = [event.data["text"] for event in events if event.type == "transcript-chunk"]
    text = Transcript.from_event(events[-2]).text
    assert text == "turn on the light in the hall and set an alarm"
    assert "".join(chunks) == text
    assert len(chunks) > 2
    assert [events[0].type, events[-2].type] == ["transcript-start", "transcript"]


def test_silence_is_an_empty_transcript(ears: Ears) -> None:
    assert [event.type for event in transcribe(ears, joined(1.0))] == [
        "transcript-start",
        "transcript",
        "transcript-stop",
    ]


def test_a_client_that_never_ends_is_given_its_transcript_once(ears: Ears) -> None:
    quiet = np.zeros(round(16_000 * (UNHURRIED.longest_seconds + 5)), np.int16)
    endless = sound_events(np.concatenate([joined(1.0, spoken("stop")), quiet]), 16_000)[:-1]

    async def visit(address: Address) -> list[Event]:
        async with AsyncTcpClient(*address) as client:
            for event in (TRANSCRIBE, *endless, AudioStop().event(), Describe().event()):
                await client.write_event(event)
            return await answers(client, "info")

    events = served(ears, visit)
    assert [event.type for event in events[1:]] == ["transcript-chunk", "transcript", "transcript-stop", "info"]
    assert events[2].data["text"] == "stop"


@pytest.mark.parametrize(("rate", "width", "channels"), [(48_000, 2, 2), (44_100, 4, 1), (16_000, 3, 1)])
def test_sound_of_other_formats_is_converted(ears: Ears, rate: int, width: int, channels: int) -> None:
    times = np.arange(round(2.0 * rate)) / rate
    wave = np.where((times > 0.5) & (times < 0.8), np.sin(2 * np.pi * HERTZ[0] * times) / 2, 0.0)
    words = (wave * ((1 << (8 * width - 1)) - 1)).astype("<i4")
    data = np.repeat(words, channels).view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    second = rate * width * channels

    async def visit(address: Address) -> list[Event]:
        async with AsyncTcpClient(*address) as client:
            await client.write_event(DETECT)
            await client.write_event(AudioStart(rate, width, channels).event())
            for first in range(0, len(data), second // 2):
                piece = data[first : first + second // 2]
                await client.write_event(AudioChunk(rate, width, channels, piece).event())
            await client.write_event(AudioStop().event())
            await client.write_event(Describe().event())
            return await answers(client, "info")

    assert [one.name for one in heard(served(ears, visit))] == ["low tone"]


@pytest.mark.parametrize("chunk", [160, 16_001, 120_000])
def test_nothing_depends_on_how_sound_is_cut(ears: Ears, chunk: int) -> None:
    names = [one.name for one in heard(wake(ears, DETECT, LOW_HIGH, chunk=chunk))]
    assert names == ["low tone", "high tone"]


def test_twenty_clients_at_once_each_get_what_one_gets_alone(ears: Ears) -> None:
    jobs = [
        (DETECT, recording((1.0, "low tone")), "detection"),
        (DETECT, recording(seconds=2.0), "not-detected"),
        (TRANSCRIBE, joined(0.3, spoken("turn on the light"), 0.3), "transcript-stop"),
        (TRANSCRIBE, joined(0.3, tone(HERTZ[0], 0.3), spoken("stop"), 0.3), "transcript-stop"),
    ]
    alone = [together(ears, [job])[0] for job in jobs]
    assert together(ears, jobs * 5) == alone * 5
    assert len({str(answer) for answer in alone}) == len(jobs)


def test_one_client_more_than_there_are_places_is_told_so(ears: Ears) -> None:
    async def visit(address: Address) -> tuple[list[Event], bool]:
        async with AsyncTcpClient(*address), AsyncTcpClient(*address):
            await asyncio.sleep(0.1)
            async with AsyncTcpClient(*address) as third:
                await third.write_event(Describe().event())
                refused = await answers(third, "error")
        await asyncio.sleep(0.3)
        return refused, await describes(address)

    refused, served_again = served(ears, visit, Limits(clients=2, linger_seconds=0.2))
    assert "2 places" in refused[0].data["text"]
    assert served_again


def test_of_many_clients_at_once_as_many_are_served_as_there_are_places(ears: Ears) -> None:
    async def visit(address: Address) -> list[str]:
        told: list[str] = []

        async def ask_one() -> None:
            async with AsyncTcpClient(*address) as client:
                await client.write_event(Describe().event())
                event = await client.read_event()
                told.append(event.type if event else "nothing")
                while len(told) < 9:  # Nobody makes room.
                    await asyncio.sleep(0.01)

        await asyncio.gather(*(ask_one() for _ in range(9)))
        return told

    told = served(ears, visit, Limits(clients=4, linger_seconds=1.0))
    assert sorted(told) == 5 * ["error"] + 4 * ["info"]


def test_who_is_refused_takes_no_place(ears: Ears) -> None:
    async def visit(address: Address) -> bool:
        async with AsyncTcpClient(*address):
            await asyncio.sleep(0.1)
            refused = [AsyncTcpClient(*address) for _ in range(3)]
            for client in refused:
                await client.connect()
                await answers(client, "error")
        await asyncio.sleep(0.1)
        served_again = await describes(address)
        for client in refused:
            await client.disconnect()
        return served_again

    assert served(ears, visit, Limits(clients=1, linger_seconds=5.0))


def test_the_shipped_words_are_heard_in_the_shipped_recording() -> None:
    with open_source(str(shipped_demo())) as source:
        samples = np.concatenate([block.samples for block in source])
    found = heard(wake(assemble_ears(Config(), None), DETECT, samples))
    said = said_in_demo()
    assert [one.name for one in found] == [word["name"] for word in said]
    assert all(abs((one.timestamp or 0) / 1000 - word["ended"]) < 0.5 for one, word in zip(found, said, strict=True))


def test_a_fault_of_ours_costs_one_client_its_connection(
    ears: Ears, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("edge.wyoming.ears.Wake.feed", fail)

    async def visit(address: Address) -> tuple[list[Event], bool]:
        return await ask(address, DETECT, LOW_HIGH[:3000], "error"), await describes(address)

    errors, alive = served(ears, visit)
    assert "fault of hark" in errors[0].data["text"]
    assert alive
    assert "ZeroDivisionError" in caplog.text


def test_a_language_model_ranks_finished_texts_anew(configuration: Path) -> None:
    settings = load_config(configuration)
    wishes = replace(settings.speech, rescore="language-en", language="none")
    ranked = assemble_ears(replace(settings, speech=wishes), None)
    events = transcribe(ranked, joined(0.5, spoken("turn on the [lb]ight"), 0.5))
    [text] = [Transcript.from_event(event).text for event in events if Transcript.is_type(event.type)]
    assert text == "turn on the light"
    with pytest.raises(BundleError, match="no-such-model"):
        assemble_ears(replace(settings, speech=replace(wishes, rescore="no-such-model")), None)
