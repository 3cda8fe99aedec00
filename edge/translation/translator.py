"""Translation on the device: a network that reads the sentence both ways, one that writes, attention between them.

    text -> pieces -> vectors -- encoder --> annotations, keys
    last piece, context -- decoder --> readout -- compared with each piece's vector --> log probabilities -> beam search

Both networks are int8 steps with explicit states, so that any number of hypotheses share them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from edge.arrays import read_arrays
from edge.errors import BundleError, DataError
from edge.maths import log_softmax
from edge.model import ModelStream, StreamingModel
from edge.model.bundle import AGAIN, Bundle
from edge.model.quantization import Real
from edge.model.runtime import Array
from edge.model.shipped import looking_into, shipped_bundles
from edge.model.stream import BACK
from edge.translation import BEAM
from edge.translation.attention import align, context
from edge.translation.search import Hypothesis, LogProbs, beam_search, follow, normalised
from edge.translation.subwords import UNKNOWN, Subwords, words_of
from edge.understanding.words import Embedding

TASK: Final = "translation"
"""What the manifests of both networks call their task."""

ENCODER, DECODER = "encoder", "decoder"
"""Folders of the two bundles."""

ANNOTATION, KEY = "annotation", "key"
"""What the encoder gives of each place; those of the backward direction end in BACK, and are added."""

QUERY, READOUT = "query", "readout"
"""What the decoder gives at each step."""

ALPHA: Final = 0.7
"""Power of the length by which a hypothesis is divided."""

LONGEST: Final = 60
"""Pieces that are read at once; what is longer is cut, for training had no longer sentences."""

_TITLES: Final = ("M", "MM", "Mme", "Mlle", "Dr", "Mr", "Mrs", "Ms", "St")
"""Their full stop ends no sentence."""

_AFTER_END = "|".join(rf"(?<=[.!?\u2026]{quote})" for quote in ("", "\u00bb", r"\s\u00bb"))
_AFTER_NO_TITLE = "".join(rf"(?<!\b{title}\.)" for title in _TITLES)
_SENTENCE = re.compile(rf"(?:{_AFTER_END}){_AFTER_NO_TITLE}\s+(?=[^\s\u00bb])")


class Memory(NamedTuple):
    """What the decoder must be given back to go on from a hypothesis."""

    states: tuple[Array, ...]
    query: Real
    """(width,) what the attention is asked with."""
    weights: tuple[Real, ...]
    """(places,) of each step so far."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A sentence in the other language, and where the network looked as it wrote each piece."""

    text: str
    log_prob: float
    """Of all pieces, in nats."""
    source: tuple[str, ...]
    """The pieces that were read."""
    target: tuple[str, ...]
    """The pieces that were written, the end among them as an empty one."""
    weights: Real
    """(target, source) attention, each row with the sum 1."""

    def score(self, alpha: float) -> float:
        """Log probability, normalised by the number of pieces to the power alpha."""
        return normalised(self.log_prob, len(self.target), alpha)


class Translator:
    """Translates texts; owns two streams, so it serves one thread.

    Args:
        encoder: the network that reads.
        decoder: the network that writes.

    Raises:
        BundleError: one of them is something else.
    """

    def __init__(self, encoder: StreamingModel, decoder: StreamingModel) -> None:
        for model, output in ((encoder, ANNOTATION), (decoder, READOUT)):
            if model.bundle.manifest.task != TASK or output not in model.bundle.manifest.tensors.outputs:
                raise BundleError(f"{model.bundle.folder} is no half of a translator: name a folder with both")
        halves = [model.bundle.manifest.name.rpartition("/")[0] for model in (encoder, decoder)]
        if halves[0] != halves[1]:
            raise BundleError(f"{encoder.bundle.folder} is half of {halves[0]}, not of {halves[1]}; {AGAIN}")
        self.name = halves[0]
        """What the manifests of both halves call the translator."""
        self._source, self._target = _embedding(encoder.bundle), _embedding(decoder.bundle)
        self.source, self.target = (Subwords(one.vocabulary.words) for one in (self._source, self._target))
        self._table = self._target.vectors(range(len(self.target)))
        # Laid out for the product of every step, which is most of the work: three times as fast.
        self._columns = np.ascontiguousarray(self._table.T)
        self._v = _alignment(decoder.bundle)
        self._reader, self._writer = encoder.stream(), decoder.stream()
        self.model_id = decoder.bundle.model_id
        self.precision = decoder.bundle.manifest.precision

    @classmethod
    def load(cls, name_or_path: str | Path, runtime: str | None = None) -> "Translator":
        """The shipped translator of this name or direction, as `translation-fr-en` or `fr-en`, or that in a folder.

        Raises:
            BundleError: there is none, or it is damaged.
        """
        folder = find_translator(name_or_path)
        return cls(*(StreamingModel.load(folder / half, runtime) for half in (ENCODER, DECODER)))

    def translate(self, text: str, beam: int = BEAM, alpha: float = ALPHA) -> str:
        """A text of any length, sentence by sentence; a sentence in letters that were never seen stays as it is."""

        def translated(sentence: str) -> str:
            known = [part for part in self._parts(sentence) if any(map(str.isalnum, self.source.decode(part)))]
            return " ".join(self.search(part, beam, alpha)[0].text for part in known) or _shown(sentence)

        return " ".join(filter(None, map(translated, _SENTENCE.split(text))))

    def parts(self, text: str) -> Iterator[list[int]]:
        """The pieces of each sentence, of at most LONGEST; no sentence is empty."""
        return chain.from_iterable(map(self._parts, _SENTENCE.split(text)))

    def _parts(self, sentence: str) -> Iterator[list[int]]:
        pieces = self.source.encode(self._as_learnt(sentence))
        while pieces:
            end = self._fitting(pieces)
            yield pieces[:end]
            pieces = pieces[end:]

    def _as_learnt(self, sentence: str) -> str:
        """Without the capitals of headings and of names of devices, by which words break into letters, unlike "OK"."""
        if sentence.isupper():
            return self._shorter(sentence, sentence.capitalize())
        words = [*words_of(sentence)]
        return "".join([*words[:1], *(self._shorter(word, word.lower()) for word in words[1:])])

    def _shorter(self, *spellings: str) -> str:
        """Of some spellings that with the fewest pieces; the first of those."""
        return min(spellings, key=lambda spelling: len(self.source.encode(spelling)))

    def _fitting(self, pieces: Sequence[int]) -> int:
        """How many are read at once: whole words, if none is longer than that."""
        if len(pieces) <= LONGEST:
            return len(pieces)
        spelt = self.source.spell(pieces[: LONGEST + 1])
        return next((end for end in range(LONGEST, 0, -1) if spelt[end].startswith(" ")), LONGEST)

    def search(self, pieces: Sequence[int], beam: int = BEAM, alpha: float = ALPHA) -> list[Translation]:
        """The translations of a sentence of one piece or more, the best first; see `beam_search`."""
        writing = self._read(pieces)
        longest = 2 * len(pieces) + 10
        found = beam_search(writing.step, writing.start, self.target.end, beam, alpha, longest)
        return [self._translation(pieces, one) for one in found]

    def judge(self, pieces: Sequence[int], target: Sequence[int]) -> Translation:
        """A given translation of a sentence, with the probability that the network gives it."""
        writing = self._read(pieces)
        return self._translation(pieces, follow(writing.step, writing.start, target, self.target.end))

    def _translation(self, pieces: Sequence[int], found: Hypothesis[Memory]) -> Translation:
        source, target = self.source.spell(pieces), self.target.spell(found.symbols)
        weights = np.array(found.memory.weights)
        return Translation("".join(target).strip(), found.log_prob, tuple(source), tuple(target), weights)

    def _read(self, pieces: Sequence[int]) -> "_Writing":
        vectors = self._source.vectors(pieces)
        self._reader.reset()
        outputs = self._reader.feed(np.concatenate([vectors, vectors[::-1]], axis=1))
        met = {name: outputs[name] + outputs[name + BACK][::-1] for name in (ANNOTATION, KEY) if name in outputs}
        ends = outputs[ANNOTATION][-1] + outputs[ANNOTATION + BACK][-1]
        return _Writing(
            self._writer,
            (self._table, self._columns),
            self._v,
            _Read(met[ANNOTATION], met.get(KEY, met[ANNOTATION]), ends),
        )


def find_translator(name_or_path: str | Path) -> Path:
    """The folder of a translator, by its path, or by the name or direction of a shipped one.

    Raises:
        BundleError: there is none, or it cannot be looked at.
    """
    path = Path(name_or_path)
    with looking_into(path):
        if (path / ENCODER).is_dir():
            return path.resolve()
    shipped = {folder.parent.name: folder.parent for folder in shipped_bundles() if folder.name == ENCODER}
    for name in (str(name_or_path), f"{TASK}-{name_or_path}"):
        if name in shipped:
            return shipped[name]
    names = ", ".join(shipped) or "none"
    raise BundleError(f"no translator {str(name_or_path)!r}: give a folder with {ENCODER} and {DECODER}, or {names}")


class _Read(NamedTuple):
    """What is known of the source."""

    annotations: Real
    """(places, width)"""
    keys: Real
    """(places, width); the annotations themselves where there is no attention to ask for keys."""
    ends: Real
    """(width,) of both directions, when they have read all."""


class _Writing:
    """The decoder over one source sentence, as the search steps it."""

    def __init__(self, stream: ModelStream, tables: tuple[Real, Real], v: Real | None, read: _Read) -> None:
        self._stream, self._v, self._read = stream, v, read
        self._table, self._columns = tables
        stream.reset()
        self.start = Memory(stream.states, np.zeros(read.keys.shape[1], np.float32), ())

    def step(self, symbols: Sequence[int], memories: Sequence[Memory]) -> tuple[LogProbs, list[Memory]]:
        """See `edge.translation.search.Step`."""
        weights, contexts = self._attend(np.array([memory.query for memory in memories]))
        frames = np.concatenate([self._table[list(symbols)], contexts], axis=1)
        readouts, following = np.empty((len(symbols), self._table.shape[1]), np.float32), list[Memory]()
        for row, (frame, memory) in enumerate(zip(frames, memories, strict=True)):
            self._stream.restore(memory.states)
            outputs = self._stream.feed(frame[None])
            readouts[row] = outputs[READOUT][0]
            query = outputs[QUERY][0] if self._v is not None else memory.query
            following.append(Memory(self._stream.states, query, (*memory.weights, weights[row])))
        logits = readouts @ self._columns
        logits[:, UNKNOWN] = -np.inf
        return log_softmax(logits), following

    def _attend(self, queries: Real) -> tuple[Real, Real]:
        """Weights over the places and contexts; without attention, the ends alone."""
        if self._v is not None:
            weights = align(queries, self._read.keys, self._v)
            return weights, context(weights, self._read.annotations)
        even = np.full((len(queries), len(self._read.keys)), 1 / len(self._read.keys), np.float32)
        return even, np.tile(self._read.ends, (len(queries), 1))


def _embedding(bundle: Bundle) -> Embedding:
    if bundle.embedding is None:
        raise BundleError(f"{bundle.folder} has no table of pieces; export the bundle again")
    return Embedding.open(bundle.embedding)


def _shown(text: str) -> str:
    return "".join(filter(str.isprintable, text)).strip()


def _alignment(bundle: Bundle) -> Real | None:
    """The vector v of the alignment network; None for a decoder without attention."""
    if bundle.alignment is None:
        return None
    try:
        v: Real = read_arrays(bundle.alignment)["v"]
    except KeyError as missing:
        raise BundleError(f"{bundle.alignment} has no {missing}; export the bundle again") from None
    except DataError as error:
        raise BundleError(f"{error}; export the bundle again") from error
    return v
