"""What tells voices apart by the shipped network: made from all real takes of its words, and put into its bundle.

takes -> mean frames -> linear discriminant analysis between speakers -> speakers.npz
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.audio import AudioBlock
from edge.errors import DataError
from edge.files import replacing
from edge.model import Bundle, StreamingModel
from edge.model.bundle import MANIFEST, SPEAKERS, sha256
from edge.pipeline import thresholds_for
from edge.voices import Speakers
from edge.voices.ear import Vector
from edge.voices.enrolment import takes
from train.corpora.audio import load
from train.corpora.manifest import Clip
from train.files import write_text

FALSE_ACCEPTS_PER_HOUR = 0.5
"""Budget of the thresholds at which takes are heard: that of the device."""
DIMENSIONS = 32
SHRINKAGE = 0.1
"""Share by which the scatter within voices is drawn towards a round one (Ledoit & Wolf 2004): takes are few."""
FEWEST_SPEAKERS = 8
"""Of a word that voices are told apart by."""
SHIPPED_TAKES = 4
"""Of each speaker and word, to compare an owner with."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A word as somebody said it."""

    word: str
    speaker: str
    vector: Vector


def add_speakers(folder: Path, clips: Iterable[Clip]) -> Speakers:
    """Put `speakers.npz` into a bundle, or replace it; everything else in the bundle stays.

    Raises:
        BundleError: the bundle is damaged.
        DataError: too few people say its words.
    """
    model = StreamingModel.load(folder)
    speakers = discriminant(takes_in(model, clips))
    with replacing(folder / SPEAKERS, folder / f".{SPEAKERS}") as part:  # To any other ending numpy adds its own.
        speakers.save(part)
        digest = sha256(part)
        # No manifest fits both the old ones and the new: while they change places it names none.
        _name(model.bundle, {})
    _name(model.bundle, {SPEAKERS: digest})
    return Speakers.of(Bundle.read(folder))


def _name(bundle: Bundle, speakers: Mapping[str, str]) -> None:
    """Let the manifest name these, or none."""
    others = {name: digest for name, digest in bundle.manifest.files.items() if name != SPEAKERS}
    write_text(bundle.folder / MANIFEST, replace(bundle.manifest, files={**others, **speakers}).to_json())


def takes_in(model: StreamingModel, clips: Iterable[Clip]) -> list[Take]:
    """What the network hears in recordings of its words by people who are known apart."""
    manifest = model.bundle.manifest
    thresholds = thresholds_for(model, manifest.labels, FALSE_ACCEPTS_PER_HOUR)
    spoken = (clip for clip in clips if clip.label in thresholds and clip.speaker and not clip.is_synthetic)
    return [take for clip in spoken if (take := heard(model, thresholds[clip.label], clip))]


def heard(model: StreamingModel, threshold: float, clip: Clip) -> Take | None:
    """The take in a recording, if the network hears it."""
    found = takes(model, {clip.label: threshold}, [AudioBlock(load(clip.path), 0)])
    return Take(clip.label, clip.speaker, found[0][1]) if found else None


def discriminant(found: Sequence[Take], dimensions: int = DIMENSIONS) -> Speakers:
    """The directions in which takes of a word differ by voice more than from take to take (Fisher 1936).

    Raises:
        DataError: too few people say any word.
    """
    by_word: defaultdict[str, defaultdict[str, list[Vector]]] = defaultdict(lambda: defaultdict(list))
    for take in found:
        by_word[take.word][take.speaker].append(take.vector)
    known = {word: voices for word, voices in by_word.items() if len(voices) >= FEWEST_SPEAKERS}
    if not known:
        raise DataError(f"no word is said by {FEWEST_SPEAKERS} people or more: name a folder with more recordings")
    means = {word: np.concatenate(list(voices.values())).mean(0) for word, voices in known.items()}
    centred = [np.array(some) - means[word] for word, voices in known.items() for some in voices.values()]
    speakers = Speakers(means, projection(centred, dimensions), {})
    others = {
        word: speakers.points(word, [vector for some in voices.values() for vector in some[:SHIPPED_TAKES]])
        for word, voices in known.items()
    }
    return replace(speakers, others=others)


def projection(voices: Sequence[npt.NDArray[np.float32]], dimensions: int) -> npt.NDArray[np.float32]:
    """Directions of the largest ratio of scatter between voices to scatter within them: (width, dimensions).

    Args:
        voices: the takes of each, (takes, width), around the mean of all.
        dimensions: most directions.
    """
    within: Matrix = sum((_scatter(takes - takes.mean(0)) for takes in voices), np.zeros(()))
    between: Matrix = sum((_scatter(takes.mean(0, keepdims=True)) * len(takes) for takes in voices), np.zeros(()))
    width, count = len(within), sum(map(len, voices))
    within /= count - len(voices)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / width * np.eye(width)
    values, axes = np.linalg.eigh(within)
    whitening = axes / np.sqrt(values)
    _, directions = np.linalg.eigh(whitening.T @ between @ whitening / count)
    best: Matrix = whitening @ directions[:, ::-1][:, :dimensions]
    return best.astype(np.float32)


def _scatter(rows: npt.NDArray[np.float32]) -> Matrix:
    precise = rows.astype(np.float64)
    scatter: Matrix = precise.T @ precise
    return scatter
