"""A tune that a network makes up, frame by frame: one to many, for each frame it draws is what it is given next.

silence -> network -> odds of each key -- temperature, draw --> frame -> network -> ...
"""

from pathlib import Path
from typing import Final

import numpy as np

from edge.errors import BundleError
from edge.maths import sigmoid
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.music.roll import KEYS, Roll

TASK: Final = "music"
OUTPUT: Final = "keys"
"""What the network gives: a logit for each key, that it sounds in the next frame."""

VOICES: Final = 4
"""Keys that sound at once at the most, a triad and a melody. Keys are drawn independently of each other, and so without
a limit a melody that may go up or down would sometimes do both."""


class Composer:
    """Makes tunes up; owns a stream, so it serves one thread.

    Args:
        model: a network of music.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, model: StreamingModel) -> None:
        if model.bundle.manifest.task != TASK:
            raise BundleError(f"{model.bundle.folder} is no network of music: name one, see hark models")
        self._stream = model.stream()

    @classmethod
    def load(cls, name_or_path: str | Path = "music", runtime: str | None = None) -> "Composer":
        """The network in the bundle of this name or folder.

        Raises:
            BundleError: there is no such bundle, it is damaged, or no network of music.
        """
        return cls(StreamingModel.load(name_or_path, runtime))

    # Quoted, as to evaluate it loads numpy.random: 2 MB that a listener has no use for.
    def compose(self, frames: int, rng: "np.random.Generator", temperature: float, begin: Roll | None = None) -> Roll:
        """A tune that begins as told.

        Args:
            frames: its length, at least that of the beginning.
            rng: what it is drawn with.
            temperature: divides the logits, above 0; below 1 the likely becomes likelier, above 1 all more alike.
            begin: its first frames.
        """
        told = np.zeros((0, KEYS), np.float32) if begin is None else begin
        self._stream.reset()
        logits = self._stream.feed(np.concatenate([np.zeros((1, KEYS), np.float32), told]))[OUTPUT][-1]
        tune = list(told)
        while len(tune) < frames:
            tune.append(draw(logits, rng, temperature))
            logits = self._stream.feed(tune[-1][None])[OUTPUT][-1]
        return np.stack(tune)


def draw(logits: Real, rng: "np.random.Generator", temperature: float) -> Roll:
    """A frame, (KEYS,), from the logits of its keys: of those that are drawn, the `VOICES` likeliest."""
    odds = sigmoid(logits.astype(np.float64) / temperature)
    drawn = np.flatnonzero(rng.random(KEYS) < odds)
    frame = np.zeros(KEYS, np.float32)
    frame[drawn[np.argsort(-logits[drawn], kind="stable")[:VOICES]]] = 1.0
    return frame
