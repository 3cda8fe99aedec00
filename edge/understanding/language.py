"""A language model of letters on the device: how likely a sentence is, and sentences that it makes up.

letters of a sentence -- one-hot --> frames -- streaming network, log_softmax --> log probabilities of the next letter

A sentence stands between two <eos>: the first says that nothing came before, the second is foreseen like a letter.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import LETTERS, decode, encode
from edge.errors import BundleError
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.quantization import Real

END: Final = "<eos>"
"""The end of a sentence, among the labels of a model."""

UNKNOWN: Final = "<unk>"
"""What a model has no symbol for, among its labels."""

LABELS: Final = (*LETTERS, END)
"""The symbols of a model that can judge transcripts."""

OUTPUT: Final = "symbols"
"""What the network gives: a logit for each symbol that may follow."""

LONGEST: Final = 400
"""Letters after which a sentence is broken off."""

_END: Final = len(LETTERS)


class LanguageModel:
    """Judges sentences and makes them up; owns a stream, so it serves one thread.

    Args:
        model: a language model of letters.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, model: StreamingModel) -> None:
        manifest = model.bundle.manifest
        if manifest.labels != LABELS or OUTPUT not in manifest.tensors.outputs:
            raise BundleError(f"{model.bundle.folder} is no language model of letters: name one, see hark models")
        self.rescore_weight = manifest.detector.get("rescore_weight", 0.0)
        """Of this model beside what a decoder has found, as validation chose it."""
        self._stream = model.stream()

    @classmethod
    def load(cls, name_or_path: str | Path = "language-en", runtime: str | None = None) -> "LanguageModel":
        """The model in the bundle of this name or folder.

        Raises:
            BundleError: there is no such bundle, it is damaged, or no language model of letters.
        """
        return cls(StreamingModel.load(name_or_path, runtime))

    def log_prob(self, text: str) -> float:
        """Nats, 0 or below: of the letters of a text, as `edge.decoder.alphabet` spells it, and of its end."""
        letters = encode(text)
        log_probs = log_softmax(self._begin(letters))
        return float(log_probs[np.arange(len(letters) + 1), [*letters, _END]].sum())

    def score(self, text: str) -> float:
        """Mean loss in nats per character, the end of the sentence counted as one; the lower, the likelier."""
        return -self.log_prob(text) / (len(encode(text)) + 1)

    # Quoted, as to evaluate it loads numpy.random: 2 MB that a listener has no use for.
    def sample(self, rng: "np.random.Generator", temperature: float = 1.0, begin: str = "") -> str:
        """A sentence that begins as told, drawn letter by letter until <eos>.

        Args:
            rng: what it is drawn with.
            temperature: divides the logits, above 0; below 1 the likely becomes likelier, above 1 all more alike.
            begin: the first words.
        """
        letters = encode(begin)
        logits = self._begin(letters)
        while len(letters) < LONGEST:
            log_probs = log_softmax(logits[-1].astype(np.float64) / temperature)
            letter = int(rng.choice(len(LABELS), p=np.exp(log_probs)))
            if letter == _END:
                break
            letters.append(letter)
            logits = self._feed([letter])
        return decode(letters)

    def _begin(self, letters: list[int]) -> Real:
        """The logits of what follows <eos> and each letter of a new sentence, (letters + 1, symbols)."""
        self._stream.reset()
        return self._feed([_END, *letters])

    def _feed(self, symbols: list[int]) -> Real:
        return self._stream.feed(one_hot(symbols, len(LABELS)))[OUTPUT]


def one_hot(symbols: Sequence[int] | npt.NDArray[np.int32], width: int) -> Real:
    """A frame for each symbol, (symbols, width): 1 at its index, 0 elsewhere."""
    frames = np.zeros((len(symbols), width), np.float32)
    frames[np.arange(len(symbols)), symbols] = 1.0
    return frames
