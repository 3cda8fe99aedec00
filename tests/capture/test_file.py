"""Sound files of every format, and of every kind of damage."""

import errno
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from edge.audio import SAMPLE_RATE, Pcm16
from edge.capture import open_source
from edge.errors import DataError, UsageError

RANDOM = np.random.default_rng(3)
SPEECH = (8000 * np.sin(np.arange(8000) ** 1.2 / 30)).astype(np.int16)
"""Half a second at 16 kHz, of no simple period."""


def read(path: Path, channel: int | None = None, block: int = 1280) -> Pcm16:
    with open_source(str(path), channel="mix" if channel is None else channel, block=block) as source:
        blocks = list(source)
    assert [b.start for b in blocks] == [i * block for i in range(len(blocks))]
    return np.concatenate([b.samples for b in blocks])


def wav(data: bytes, *, said: int | None = None, rate: int = SAMPLE_RATE, fmt: bytes | None = None) -> bytes:
    """A mono 16-bit WAV file, whose header may lie."""
    fmt = fmt if fmt is not None else struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    said = len(data) if said is None else said
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", said) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sound.wav"


@pytest.mark.parametrize(
    ("subtype", "tolerance"),
    [("PCM_U8", 256), ("PCM_16", 0), ("PCM_24", 0), ("PCM_32", 0), ("FLOAT", 0), ("DOUBLE", 0), ("ULAW", 300)],
)
@pytest.mark.parametrize("form", ["WAV", "WAVEX"])
def test_every_wav_encoding_gives_the_same_samples(path: Path, subtype: str, tolerance: int, form: str) -> None:
    sound = SPEECH / 32768 if subtype in {"FLOAT", "DOUBLE"} else SPEECH
    soundfile.write(path, sound, SAMPLE_RATE, subtype, format=form)
    np.testing.assert_allclose(read(path), SPEECH, atol=tolerance)


@pytest.mark.parametrize("subtype", ["PCM_24", "PCM_32", "FLOAT", "DOUBLE", "PCM_U8"])
def test_our_decoder_agrees_with_libsndfile(path: Path, subtype: str) -> None:
    sound = RANDOM.uniform(-1, 1, (5000, 3))
    soundfile.write(path, sound, SAMPLE_RATE, subtype)
    oracle = soundfile.read(path)[0] * 32768
    np.testing.assert_allclose(read(path, channel=1), np.clip(oracle[:, 1], -32768, 32767), atol=0.51)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_flac_is_lossless(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "sound.flac", SPEECH, SAMPLE_RATE, subtype)
    np.testing.assert_array_equal(read(tmp_path / "sound.flac"), SPEECH)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_sounds_alike(tmp_path: Path, subtype: str) -> None:
    soundfile.write(tmp_path / "sound.ogg", SPEECH, SAMPLE_RATE, subtype, format="OGG")
    heard = read(tmp_path / "sound.ogg")
    assert len(heard) == len(SPEECH)
    assert np.corrcoef(heard, SPEECH)[0, 1] > 0.98


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_any_rate_and_channel_count_is_cut_the_same(tmp_path: Path, rate: int, channels: int, suffix: str) -> None:
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, RANDOM.integers(-9000, 9000, (rate, channels)).astype(np.int16), rate)
    whole = read(path, block=16_000)
    assert len(whole) == SAMPLE_RATE
    for block in (1, 160, 1000):
        np.testing.assert_array_equal(read(path, block=block), whole)


def test_floats_of_any_size_are_tamed(path: Path) -> None:
    sound = np.array([0.25, 1e300, -1e300, np.inf, -np.inf, np.nan, -0.25])
    soundfile.write(path, sound, SAMPLE_RATE, "DOUBLE")
    assert read(path).tolist() == [8192, 32767, -32768, 32767, -32768, 0, -8192]


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_samples_that_are_no_numbers_are_no_silence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sound.{suffix}"
    soundfile.write(path, np.full(8000, np.nan, np.float32), SAMPLE_RATE, subtype="FLOAT")
    with pytest.raises(DataError, match=r"holds samples that are no numbers \(NaN\): convert it again"):
        read(path)


def test_the_channel_is_chosen(path: Path) -> None:
    sound = RANDOM.integers(-9000, 9000, (3000, 6)).astype(np.int16)
    soundfile.write(path, sound, SAMPLE_RATE)
    for channel in range(6):
        np.testing.assert_array_equal(read(path, channel), sound[:, channel])
    np.testing.assert_allclose(read(path), sound.mean(axis=1), atol=0.51)


@pytest.mark.parametrize("said", [0, 0xFFFFFFFF, 0x7FFFFF00, 0x7FFFF000, 0x80000000])
def test_a_wav_of_unknown_length_is_read_to_its_end(path: Path, said: int) -> None:
    path.write_bytes(wav(SPEECH.tobytes(), said=said))
    np.testing.assert_array_equal(read(path), SPEECH)


def test_chunks_around_the_samples_are_passed_over(path: Path) -> None:
    plain = wav(SPEECH.tobytes())
    note = b"LIST" + struct.pack("<I", 100_001) + bytes(100_002)
    path.write_bytes(plain[:36] + note + plain[36:] + note)
    np.testing.assert_array_equal(read(path), SPEECH)


def test_a_wav_comes_through_a_named_pipe(path: Path) -> None:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(wav(SPEECH.tobytes(), said=0xFFFFFFFF),))
    writer.start()
    np.testing.assert_array_equal(read(path), SPEECH)
    writer.join()


def test_a_pipe_that_ends_too_early_is_cut_short(path: Path) -> None:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(wav(SPEECH.tobytes(), said=32_000),))
    writer.start()
    with pytest.raises(DataError, match=r"cut short: 0\.50 s of the 1\.00 s"):
        read(path)
    writer.join()


def test_what_is_piped_in_is_given_out_as_it_comes(path: Path) -> None:
    os.mkfifo(path)
    may_end = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(wav(SPEECH[:1281].tobytes(), said=0xFFFFFFFF)[:-1])
            may_end.wait(20)
            pipe.write(SPEECH.tobytes()[2 * 1281 - 1 :])

    writer = threading.Thread(target=write)
    writer.start()
    with open_source(str(path)) as source:
        blocks = iter(source)
        first = next(blocks).samples
        assert not may_end.is_set()
        may_end.set()
        rest = [block.samples for block in blocks]
    np.testing.assert_array_equal(np.concatenate([first, *rest]), SPEECH)
    writer.join()


def test_what_comes_before_an_error_is_heard_to_the_last_sample(path: Path) -> None:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(wav(SPEECH.tobytes(), said=32_000),))
    writer.start()
    heard: list[Pcm16] = []
    with open_source(str(path), block=16_000) as source, pytest.raises(DataError, match="cut short"):
        heard.extend(block.samples for block in source)
    np.testing.assert_array_equal(np.concatenate(heard), SPEECH)
    writer.join()


def test_a_frame_that_is_cut_in_two_at_the_end_is_left_out(path: Path) -> None:
    path.write_bytes(wav(SPEECH.tobytes() + b"\1", said=0))
    np.testing.assert_array_equal(read(path), SPEECH)


def _fmt(
    tag: int = 1, channels: int = 1, rate: int = SAMPLE_RATE, *, frame_bytes: int | None = None, bits: int = 16
) -> bytes:
    taken = 2 * channels if frame_bytes is None else frame_bytes
    return struct.pack("<HHIIHH", tag, channels, rate, 2 * rate & 0xFFFFFFFF, taken, bits)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"RIFF\0\0", "cut off in its header"),
        (wav(SPEECH.tobytes())[:20], "cut off in its header"),
        (wav(SPEECH.tobytes())[:40], "cut off in its header"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\xff", "cut off in its header"),
        (wav(SPEECH.tobytes())[:-8000], r"cut short: 0\.25 s of the 0\.50 s"),
        (wav(b""), "holds no audio"),
        (wav(b"LIST\x05\0\0\0INFO!\0fact\x04\0\0\0....", said=0), "holds no audio"),
        (wav(b"LIST\x05\0\0\0INFO!", said=0), "holds no audio"),
        (wav(SPEECH.tobytes(), fmt=b""), "no format"),
        (wav(SPEECH.tobytes(), fmt=_fmt(channels=0)), "claims 0 channels"),
        (wav(SPEECH.tobytes(), fmt=_fmt(rate=0)), "at 0 Hz"),
        (
            wav(SPEECH.tobytes(), fmt=_fmt(channels=3, frame_bytes=8)),
            "claims 16 bits a sample in 8 bytes for 3 channels",
        ),
        (wav(SPEECH.tobytes(), fmt=_fmt(bits=8)), "claims 8 bits a sample in 2 bytes"),
        (wav(SPEECH.tobytes(), fmt=_fmt(frame_bytes=2, bits=24)), "claims 24 bits a sample in 2 bytes"),
        (wav(SPEECH.tobytes(), fmt=_fmt(tag=0x1234)), "not a sound file that can be read"),
        (b"a text file, whatever its name says\n" * 9, "not a sound file that can be read"),
        (RANDOM.bytes(5000), "not a sound file that can be read"),
    ],
)
def test_damage_is_said_in_one_line_with_its_mend(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_flac_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sound.flac"
    soundfile.write(path, RANDOM.integers(-9000, 9000, 80_000).astype(np.int16), SAMPLE_RATE)
    path.write_bytes(path.read_bytes()[:60_000])
    with pytest.raises(DataError, match=r"cut short|damaged"):
        read(path)


@pytest.mark.parametrize("lost", [1, 2000, 9000])
def test_an_ogg_cut_short_is_refused_once_it_has_been_heard(tmp_path: Path, lost: int) -> None:
    soundfile.write(tmp_path / "sound.ogg", np.tile(SPEECH, 60), SAMPLE_RATE)
    (tmp_path / "cut.ogg").write_bytes((tmp_path / "sound.ogg").read_bytes()[:-lost])
    blocks = iter(open_source(str(tmp_path / "cut.ogg")))
    assert len(next(blocks).samples) == 1280
    with pytest.raises(DataError, match=r"cut\.ogg is cut short after \d+\.\d\d s; copy it again"):
        list(blocks)


@pytest.mark.parametrize(
    ("name", "options", "lost"),
    [
        ("sound.wav", {"subtype": "ULAW"}, 2000),
        ("sound.wav", {"subtype": "IMA_ADPCM"}, 2000),
        ("sound.aiff", {}, 1),
        ("sound.aiff", {}, 9000),
        ("sound.au", {}, 1),
    ],
)
def test_what_libsndfile_takes_for_whole_is_measured(
    tmp_path: Path, name: str, options: dict[str, str], lost: int
) -> None:
    path = tmp_path / name
    soundfile.write(path, np.tile(SPEECH, 8), SAMPLE_RATE, **options)
    read(path)
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(DataError, match=r"is cut short.*copy it again"):
        read(path)


def test_what_is_gone_before_its_end_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sound.ogg"
    soundfile.write(path, np.tile(SPEECH, 8), SAMPLE_RATE)
    with open_source(str(path)) as source:
        path.unlink()
        with pytest.raises(DataError, match=r"sound\.ogg is gone before its end \(No such file"):
            list(source)


def test_nothing_but_wav_comes_through_a_pipe(path: Path) -> None:
    soundfile.write(path.with_suffix(".flac"), SPEECH, SAMPLE_RATE)
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(path.with_suffix(".flac").read_bytes()), daemon=True)
    writer.start()
    with pytest.raises(DataError, match=r"only WAV can be read: save it to a file"):
        read(path)


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.wav does not exist"):
        read(tmp_path / "nowhere.wav")
    with pytest.raises(DataError, match="is a directory"):
        read(tmp_path)


def test_a_file_without_leave_to_read_is_named() -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(Path("/proc/self/mem"))


def test_what_a_file_says_itself_is_not_overruled(path: Path) -> None:
    path.write_bytes(wav(SPEECH.tobytes()))
    with pytest.raises(UsageError, match="says its own rate"):
        open_source(str(path), rate=48_000)
    with pytest.raises(UsageError, match="has no channel 1: it has only channel 0"):
        open_source(str(path), channel=1)


def test_a_stick_that_is_pulled_out_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(wav(SPEECH.tobytes()))

    def gone(_count: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    with open_source(str(path)) as source, source._file:  # type: ignore[attr-defined]
        monkeypatch.setattr(source, "_file", SimpleNamespace(read1=gone, close=lambda: None))
        with pytest.raises(DataError, match=r"cannot be read \(Input/output error\)"):
            list(source)


@pytest.mark.runtime
def test_a_plain_wav_needs_no_other_library(path: Path) -> None:
    path.write_bytes(wav(SPEECH.tobytes()))
    program = (
        "import sys; from edge.capture import open_source; n = sum(len(b.samples) for b in open_source(sys.argv[1])); "
        "print(n, *{'soundfile', 'soxr', 'sounddevice'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["8000"]


def test_without_soundfile_the_mend_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "sound.flac", SPEECH, SAMPLE_RATE)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(DataError, match="pip install soundfile"):
        read(tmp_path / "sound.flac")


def test_a_closed_file_gives_no_more(path: Path) -> None:
    path.write_bytes(wav(SPEECH.tobytes()))
    source = open_source(str(path))
    blocks = iter(source)
    np.testing.assert_array_equal(next(blocks).samples, SPEECH[:1280])
    source.close()
    source.close()
    assert list(blocks) == []


def test_a_file_that_is_closed_while_it_is_read_has_ended(path: Path) -> None:
    path.write_bytes(wav(SPEECH.tobytes()))
    with open_source(str(path)) as source:
        source._file.close()  # type: ignore[attr-defined]  # As `close` in another thread does first.
        source._closed = True
        assert list(source) == []


@pytest.mark.parametrize("rate", [None, 16_000])
def test_a_file_of_raw_samples_by_its_name_says_how_it_is_heard(tmp_path: Path, rate: int | None) -> None:
    path = tmp_path / "kitchen.RAW"
    path.write_bytes(SPEECH.tobytes())
    with pytest.raises(DataError, match=r"is of raw samples, by its name: hark ... --input - --rate 16000 < "):
        open_source(str(path), rate=rate)
