"""The words that are tones, said by throats with an overtone of their own, and a bundle that can tell them apart."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, Pcm16
from edge.model import Bundle, StreamingModel
from edge.model.bundle import MANIFEST, SPEAKERS
from edge.voices import Speakers
from edge.voices.ear import Vector
from edge.voices.enrolment import takes
from tests.pipeline.tones import HERTZ, LABELS, make_bundle, noise, tone

ANNA, BEN = 1200, 5000
OTHERS = (1800, 2100, 2600, 4000, 6000, 6800)
"""Hertz of overtones."""
THRESHOLDS = dict.fromkeys(LABELS, 0.5)


def said(throat: int, *words: str, seed: int = 1) -> Pcm16:
    """Words of 0.3 s in quiet noise, 1.5 s apart."""
    sound = noise(1.0 + 1.5 * len(words), seed)
    rng = np.random.default_rng(seed)
    for number, word in enumerate(words):
        first = round((0.7 + 1.5 * number) * SAMPLE_RATE)
        overtone = tone(throat, 0.3) * np.float32(rng.uniform(0.1, 0.12))
        spoken = tone(HERTZ[LABELS.index(word)], 0.3) * np.float32(0.8) + overtone
        sound[first : first + 4800] = spoken.astype(np.int16)
    return sound


def heard(model: StreamingModel, throat: int, word: str, count: int, seed: int = 1) -> list[Vector]:
    """What takes of a word sound like."""
    sound = said(throat, *[word] * count, seed=seed)
    return [vector for _, vector in takes(model, THRESHOLDS, [AudioBlock(sound, 0)])]


def make_knowing_bundle(folder: Path) -> Path:
    """The bundle of the tones with the other throats in it, which compares all that it hears as it is."""
    model = StreamingModel.load(make_bundle(folder))
    spoken = {word: np.array([heard(model, throat, word, 3) for throat in OTHERS]) for word in LABELS}
    width = spoken[LABELS[0]].shape[-1]
    means = {word: vectors.mean(axis=(0, 1)) for word, vectors in spoken.items()}
    speakers = Speakers(means, np.eye(width, dtype=np.float32), {})
    others = {word: speakers.points(word, vectors.reshape(-1, width)) for word, vectors in spoken.items()}
    replace(speakers, others=others).save(folder / SPEAKERS)
    manifest = model.bundle.manifest
    digest = hashlib.sha256((folder / SPEAKERS).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(replace(manifest, files={**manifest.files, SPEAKERS: digest}).to_json())
    Bundle.read(folder)
    return folder
