"""The recording that `hark demo` plays: every word once, with other speech between, all of it under free licences."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from edge.audio import SAMPLE_RATE, Pcm16, pcm16, seconds
from edge.errors import DataError
from edge.files import replacing
from train import augment
from train.augment import Signal
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.files import write_text
from train.mixtures import recording_of_word
from train.recipes.trigger.words import WORDS
from train.surroundings import Recording

LEVEL = 0.12
"""Root mean square of the loudest frame of each clip."""
ROOM = 4e-4
"""Root mean square of the hiss under everything."""


def make_demo(clips: Sequence[Clip], out: Path, seed: int = 7) -> None:
    """Writes demo.flac, expected.json (name, began and ended of each word, in seconds) and CREDITS.md.

    Raises:
        DataError: a word or other speech has no recording, or one of a word is useless.
    """
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    parts: list[Signal] = [np.zeros(SAMPLE_RATE // 2, np.float32)]
    expected, used = [], []
    for label, signal, clip in _items(clips, rng):
        if label:
            word = recording_of_word(pcm16(signal), label)
            if word is None:
                problem = f"{clip.path}: no word stands out of the room"
                raise DataError(f"{problem}; take its line out of the manifest, and another recording is drawn")
            start = sum(map(len, parts))
            times = {"began": seconds(start + word[1].began), "ended": seconds(start + word[1].ended)}
            expected.append({"name": label, **{name: round(time, 2) for name, time in times.items()}})
        parts += [signal, np.zeros(SAMPLE_RATE // 5, np.float32)]
        used.append(clip)
    samples = _in_a_room(np.concatenate(parts), rng)
    with replacing(out / "demo.flac", out / ".demo.flac") as part:
        soundfile.write(part, samples, SAMPLE_RATE)
    write_text(out / "expected.json", json.dumps({"words": expected}, indent=2) + "\n")
    write_text(out / "CREDITS.md", _credits(used))


def _items(clips: Sequence[Clip], rng: np.random.Generator) -> Iterator[tuple[str, Signal, Clip]]:
    """(label or nothing, sound, clip): the words in random order, a stretch of a sentence or a command after each."""
    speech = [c for c in clips if c.corpus == "sentences_librispeech" or c.corpus.startswith("commands_picovoice")]
    for label in rng.permutation(WORDS).tolist():
        word = _draw([c for c in clips if c.corpus == "wakewords_picovoice" and c.label == label], label, rng)
        yield label, _trimmed(load(word.path), 2.0), word
        other = _draw(speech, "speech without the words", rng)
        yield "", _trimmed(load(other.path), 2.1), other


def _draw(clips: Sequence[Clip], what: str, rng: np.random.Generator) -> Clip:
    if not clips:
        mend = "give a folder with wakewords_picovoice, and sentences_librispeech or commands_picovoice"
        raise DataError(f"there is no recording of {what}; {mend}")
    return clips[int(rng.integers(len(clips)))]


def _trimmed(samples: Pcm16, most: float) -> Signal:
    """At most `most` seconds from shortly before the sound begins, at one level, faded at both ends."""
    signal = augment.scale_to(Recording(samples).signal(), LEVEL)
    begin = max(0, int(np.argmax(np.abs(signal) > LEVEL / 4)) - SAMPLE_RATE // 4)
    return augment.faded(signal[begin : begin + int(most * SAMPLE_RATE)])


def _in_a_room(signal: Signal, rng: np.random.Generator) -> Pcm16:
    return pcm16(signal + rng.standard_normal(len(signal)).astype(np.float32) * np.float32(ROOM))


def _credits(clips: Sequence[Clip]) -> str:
    rows = "\n".join(f"| {clip.corpus}/{clip.path.name} | {clip.speaker} | {clip.licence} |" for clip in clips)
    return f"""# demo.flac

Cut together by `python -m train trigger demo` from clips of these corpora: wake-word and speech-to-intent benchmarks
(Picovoice, Apache-2.0) and LibriSpeech (V. Panayotov, G. Chen, D. Povey, S. Khudanpur; CC BY 4.0; shortened and
levelled). The shipped network was trained on these speakers too: the demo shows that the machine works, not how well;
for that see the figures in ../trigger-en/CARD.md, from speakers that training never heard.

| clip | speaker | licence |
|---|---|---|
{rows}
"""
