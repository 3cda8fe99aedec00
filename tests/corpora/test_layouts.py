from pathlib import Path

import pytest

from edge.errors import DataError
from tests.corpora.conftest import Record
from train.corpora.layouts import (
    read_environmental_sounds,
    read_librispeech,
    read_spoken_digits,
    read_wake_word_benchmark,
)
from train.corpora.originals import ORIGINALS


def test_wake_words_are_named_by_their_folders(tmp_path: Path, record: Record) -> None:
    for name in ("alexa/0.flac", "alexa/3.flac", "alexa/4.flac", "view glass/0f3a.wav"):
        record(tmp_path / "audio" / name)
    (tmp_path / "audio" / "alexa" / "README.md").touch()
    clips = read_wake_word_benchmark(tmp_path)
    assert [(clip.label, clip.transcript, clip.speaker) for clip in clips] == [
        ("alexa", "alexa", "alexa_g000"),
        ("alexa", "alexa", "alexa_g000"),
        ("alexa", "alexa", "alexa_g001"),
        ("view glass", "view glass", ""),
    ]
    assert {(clip.kind, clip.licence, clip.ship_weights) for clip in clips} == {("wakeword", "Apache-2.0", True)}


@pytest.fixture
def librispeech(tmp_path: Path, record: Record) -> Path:
    chapter = tmp_path / "train-clean-5" / "1088" / "134315"
    record(chapter / "1088-134315-0000.flac", seconds=0.5)
    record(chapter / "1088-134315-0001.flac")
    (chapter / "1088-134315.trans.txt").write_text("1088-134315-0000 AS YOU KNOW\n1088-134315-0001 THE LADY'S LAST\n")
    return tmp_path


def test_librispeech_gives_transcripts_and_speakers(librispeech: Path) -> None:
    first, second = read_librispeech(librispeech)
    assert (first.transcript, second.transcript) == ("as you know", "the lady's last")
    assert (first.kind, first.label, first.speaker, first.seconds) == ("sentence", "", "1088", 0.5)
    assert first.path.name == "1088-134315-0000.flac"


def test_a_transcript_without_its_recording_is_named(librispeech: Path) -> None:
    next(librispeech.rglob("*-0001.flac")).unlink()
    with pytest.raises(DataError, match=r"names 1088-134315-0001\.flac, which does not exist"):
        read_librispeech(librispeech)


def test_spoken_digits_may_not_train_what_ships(tmp_path: Path, record: Record) -> None:
    record(tmp_path / "recordings" / "7_jackson_32.wav", rate=8_000)
    (clip,) = read_spoken_digits(tmp_path)
    assert (clip.kind, clip.label, clip.speaker, clip.ship_weights) == ("digit", "seven", "jackson", False)


def test_only_the_free_part_of_esc_50_may_train_what_ships(tmp_path: Path, record: Record) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "1-100032-A-0.wav,1,0,dog,True,100032,A\n"
        "1-100038-A-14.wav,1,14,chirping_birds,False,100038,A\n"
    )
    for name in ("1-100032-A-0.wav", "1-100038-A-14.wav"):
        record(tmp_path / "audio" / name, rate=44_100)
    assert [(clip.label, clip.licence, clip.ship_weights) for clip in read_environmental_sounds(tmp_path)] == [
        ("dog", "CC BY 3.0", True),
        ("chirping birds", "CC BY-NC 3.0", False),
    ]


@pytest.mark.parametrize("name", ORIGINALS)
def test_another_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="name the folder that the publisher's archive unpacks to"):
        ORIGINALS[name].read(tmp_path)
