"""Synthetic speech from the programs that are installed."""

import random
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("soundfile", reason="training needs its extra: pip install -e '.[train]'")

from edge.errors import UsageError
from train import synthesis
from train.corpora.audio import duration
from train.corpora.manifest import read_manifest
from train.recipes.speech.texts import synthesise as speech_synthesis
from train.recipes.trigger.words import WORDS, book_passages
from train.recipes.trigger.words import synthesise as word_synthesis
from train.synthesis import Utterance, espeak_voices, programs, random_utterances, speak, voices_here, write_corpus

VOICES = {"espeak-ng": "en-gb", "flite": "slt", "text2wave": "kal_diphone"}

needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng: sudo apt install espeak-ng")


@pytest.mark.parametrize("program", VOICES)
def test_each_program_speaks_at_16_khz_and_slower_is_longer(program: str) -> None:
    if program not in programs():
        pytest.skip(f"{program} is not installed: scripts/system-packages installs it")
    slow, fast = (speak(Utterance("smart mirror", program, VOICES[program], tempo)) for tempo in (0.8, 1.3))
    assert slow.dtype == np.int16
    assert 0.4 < len(fast) / 16000 < len(slow) / 16000 < 4
    assert np.abs(slow).max() > 1000


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="espeak-ng is not installed: sudo apt install espeak-ng"):
        speak(Utterance("hello", "espeak-ng", "en-gb"))


def test_a_voice_that_a_program_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if "text2wave" not in programs():
        pytest.skip("festival is not installed: scripts/system-packages installs it")
    with pytest.raises(UsageError, match="text2wave wrote no sound in the voice no_such_diphone: sudo apt install"):
        speak(Utterance("hello", "text2wave", "no_such_diphone"))
    monkeypatch.setattr(synthesis, "FESTIVAL_VOICES", ("kal_diphone", "no_such_diphone"))
    monkeypatch.setattr(synthesis, "programs", lambda: ["text2wave"])
    synthesis._voices.cache_clear()
    assert voices_here() == {"text2wave": ["kal_diphone"]}
    synthesis._voices.cache_clear()


def test_where_nothing_speaks_no_empty_corpus_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "book.txt").write_text(f"It was an {'even ' * 25}evening. " * 3)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="nothing can speak here; install at least one"):
        word_synthesis(tmp_path / "book.txt", tmp_path / "audio")
    with pytest.raises(UsageError, match="nothing can speak here; install at least one"):
        speech_synthesis({"books": ["good evening"]}, 2, tmp_path / "audio")


@needs_espeak
def test_espeak_has_many_voices() -> None:
    voices = espeak_voices()
    assert len(voices) > 400
    assert all(" " not in voice for voice in voices)


@needs_espeak
def test_a_corpus_is_written_once_and_lists_what_was_said(tmp_path: Path) -> None:
    spoken = [("wakeword", "alexa", u) for u in islice(random_utterances("alexa", "espeak-ng", random.Random(1)), 3)]
    write_corpus(tmp_path, spoken)
    first = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.flac")}
    write_corpus(tmp_path, spoken)
    assert first == {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.flac")}
    clips = read_manifest(tmp_path)
    assert [(clip.kind, clip.label, clip.transcript, clip.licence) for clip in clips] == [
        ("wakeword", "alexa", "alexa", "synthetic")
    ] * 3
    assert all(clip.ship_weights for clip in clips)
    assert [clip.seconds for clip in clips] == [pytest.approx(duration(clip.path), abs=1e-3) for clip in clips]
    assert len({clip.speaker for clip in clips}) > 1


def test_passages_never_hold_a_trigger_word() -> None:
    plain = "It was a long and winding road that led the travellers down to the sea, " * 2
    text = f"{plain}. {plain} and the computer. Short one. {plain}!"
    passages = book_passages(text)
    assert len(passages) == 2
    assert not any(word in passage for word in WORDS for passage in passages)
