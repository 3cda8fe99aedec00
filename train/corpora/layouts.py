"""Corpora as their publishers lay them out, read into the same clips as a manifest."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.errors import DataError
from train.corpora.audio import duration
from train.corpora.manifest import Clip

RECORDINGS = frozenset({".flac", ".wav"})


def read_wake_word_benchmark(folder: Path) -> list[Clip]:
    """Picovoice's wake word benchmark: audio/<word>/*.flac or *.wav.

    Speakers are not published. The recordings of "alexa" come in runs of four takes a person, which their numbers tell.
    """
    return [
        Clip(
            path=path,
            kind="wakeword",
            label=path.parent.name,
            transcript=path.parent.name,
            speaker=f"alexa_g{int(path.stem) // 4:03d}" if path.parent.name == "alexa" and path.stem.isdigit() else "",
            seconds=duration(path),
            licence="Apache-2.0",
            ship_weights=True,
            corpus=folder.name,
        )
        for path in _found(
            folder, (p for p in folder.glob("audio/*/*") if p.suffix in RECORDINGS), "audio/<word>/*.flac"
        )
    ]


def read_librispeech(folder: Path) -> list[Clip]:
    """LibriSpeech and Mini LibriSpeech: SPEAKER/CHAPTER/SPEAKER-CHAPTER-NUMBER.flac and *.trans.txt, at any depth.

    Raises:
        DataError: There is no transcript, or one without its recording.
    """
    listings = _found(folder, folder.rglob("*.trans.txt"), "SPEAKER/CHAPTER/*.trans.txt")
    return [
        Clip(
            path=path,
            kind="sentence",
            label="",
            transcript=transcript,
            speaker=path.parent.parent.name,
            seconds=duration(path),
            licence="CC BY 4.0",
            ship_weights=True,
            corpus=folder.name,
        )
        for listing in listings
        for path, transcript in _utterances(listing)
    ]


def _utterances(listing: Path) -> Iterator[tuple[Path, str]]:
    for line in listing.read_text(encoding="utf-8").splitlines():
        name, _, transcript = line.partition(" ")
        path = listing.with_name(f"{name}.flac")
        if not path.is_file():
            raise DataError(f"{listing} names {path.name}, which does not exist: unpack the corpus again")
        yield path, transcript.lower()


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def read_spoken_digits(folder: Path) -> list[Clip]:
    """Free Spoken Digit Dataset: recordings/DIGIT_SPEAKER_NUMBER.wav."""
    clips = []
    for path in _found(folder, folder.glob("recordings/[0-9]_*_*.wav"), "recordings/DIGIT_SPEAKER_NUMBER.wav"):
        digit, speaker, _ = path.stem.split("_")
        word = DIGITS[int(digit)]
        clips.append(
            Clip(
                path=path,
                kind="digit",
                label=word,
                transcript=word,
                speaker=speaker,
                seconds=duration(path),
                licence="CC BY-SA 4.0",
                ship_weights=False,
                corpus=folder.name,
            )
        )
    return clips


def read_environmental_sounds(folder: Path) -> list[Clip]:
    """ESC-50: meta/esc50.csv and audio/*.wav. Its part ESC-10 may train weights that ship; the rest bars commerce."""
    (listing,) = _found(folder, folder.glob("meta/esc50.csv"), "meta/esc50.csv")
    with listing.open(newline="", encoding="utf-8") as file:
        return [_sound(folder, row) for row in csv.DictReader(file)]


def _sound(folder: Path, row: dict[str, str]) -> Clip:
    path = folder / "audio" / row["filename"]
    free = row["esc10"] == "True"
    return Clip(
        path=path,
        kind="noise",
        label=row["category"].replace("_", " "),
        transcript="",
        speaker="",
        seconds=duration(path),
        licence="CC BY 3.0" if free else "CC BY-NC 3.0",
        ship_weights=free,
        corpus=folder.name,
    )


def _found(folder: Path, paths: Iterable[Path], layout: str) -> list[Path]:
    found = sorted(paths)
    if not found:
        raise DataError(f"{folder} holds no {layout}: name the folder that the publisher's archive unpacks to")
    return found
