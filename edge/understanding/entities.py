"""Named entities: a GRU that reads in both directions tags each word, and Viterbi finds the best legal tags.

    words -> vectors -> each beside its neighbours -> GRU, forwards and backwards -> logits -> Viterbi -> entities

The sentence is read twice over, without a reset: at its second reading the network knows how it ends, so that "teddy"
can be a toy before "bear" and a person before "roosevelt" in either direction.
Tags are BIO (Ramshaw and Marcus 1995): B-x begins an entity of type x, I-x continues it, O is outside.
A bundle may bring along which tags like to follow each other, a hybrid of network and Markov chain (Bourlard and Morgan
1994): `transitions.npy` holds a score for each tag (column) after another (row), which the search adds.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.errors import BundleError
from edge.events import Entity
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.model.quantization import Real
from edge.model.stream import BACK
from edge.understanding.values import reach, read_beside, value_of
from edge.understanding.words import Embedding, Word, is_readable, tokenise

TASK: Final = "entities"
"""What the manifest of such a bundle calls its task."""

OUTPUT: Final = "tags"
"""The logits of the forward direction."""

NEIGHBOURS: Final = 1
"""Words on either side that a step sees beside its own."""

READINGS: Final = 2

OUTSIDE: Final = "O"

HALVES_APART: Final = {
    ("date", "date"): 1,
    ("number", "number"): 2,
    ("number", "time"): 2,
    ("time", "time"): 0,
    ("time", "date"): 0,
    ("date", "time"): 0,
}
"""Words that may lie between two entities of these types which are one: "two" and a "half minutes"."""

_END: Final = re.compile(r"[.!?]\s")
_SIGN: Final = re.compile(r"(?<!\S)(?=.)([-\u2212])?(\.)?\Z")
"""Right before a number in digits: a minus, a decimal point, or both; words have none, see `tokenise`."""

MOST_BESIDE: Final = 4
"""Words on either side of an entity that may tell its value: "on friday evening at | six"."""


class EntityTagger:
    """Finds the entities of a sentence.

    Args:
        model: a network of this task.

    Raises:
        BundleError: it is none, or its transitions are not those of its tags.
    """

    def __init__(self, model: StreamingModel) -> None:
        bundle = model.bundle
        if bundle.manifest.task != TASK or bundle.embedding is None:
            raise BundleError(f"{bundle.folder} is no model of entities: name one of those, see hark models")
        self.labels = bundle.manifest.labels
        if not all(re.fullmatch(r"O|[BI]-.+", label) for label in self.labels):
            raise BundleError(f"{bundle.folder} has labels that are no tags (O, B-x, I-x): export it again")
        bundle.check_width(OUTPUT, len(self.labels))
        self.types = tuple(dict.fromkeys(label[2:] for label in self.labels if label != OUTSIDE))
        self.model_id = bundle.model_id
        self._embedding = Embedding.open(bundle.embedding)
        self._stream = model.stream()
        self._start, self._transitions = legal_transitions(self.labels)
        if bundle.transitions:
            self._transitions += read_transitions(bundle.transitions, len(self.labels))

    def tag(self, text: str) -> tuple[Entity, ...]:
        """The entities of a text, in its order."""
        words = tokenise(text)
        log_probs = self.log_probs([word.text for word in words])
        path = viterbi(log_probs, self._start, self._transitions)
        spans = self._spans([word.text for word in words], path)
        found = (self._entity(text, words, log_probs, path, *span) for span in spans)
        return tuple(entity for entity in found if is_readable(entity.text.lower()))

    def _spans(self, spoken: Sequence[str], path: Sequence[int]) -> Iterator[tuple[str, int, int]]:
        """Type, first word and end of each entity; words that nobody has may go to one that was seen in part."""
        found, before = self._joined(spoken, path), 0
        starts = [*(first for first, _ in found[1:]), len(spoken)]
        for (first, end), after in zip(found, starts, strict=False):
            kind = self._kind(path[end - 1])
            at, to = reach(kind, spoken[before:after], first - before, end - before)
            yield kind, at + before, to + before
            before += to

    def _joined(self, spoken: Sequence[str], path: Sequence[int]) -> list[tuple[int, int]]:
        """The chunks of a path, but one where two are halves of one value: "23rd" of "july"."""
        found: list[tuple[int, int]] = []
        for first, end in chunks(path, self.labels):
            before, until = found[-1] if found else (first, first)
            kinds = self._kind(path[before]), self._kind(path[first])
            near = first - until <= HALVES_APART.get(kinds, -1)
            if found and near and any(value_of(kind, spoken[before:end]) for kind in kinds):
                found[-1] = before, end
            else:
                found.append((first, end))
        return found

    def _kind(self, label: int) -> str:
        return self.labels[label][2:]

    def log_probs(self, words: Sequence[str]) -> Real:
        """Log probability of each tag for each word, (words, tags)."""
        frames = beside_neighbours(self._embedding.embed(words))
        bidirectional = self._stream.bands > frames.shape[1]
        frames = np.concatenate([frames, frames[::-1]], axis=1) if bidirectional else frames
        self._stream.reset()
        for _ in range(READINGS):
            logits = self._stream.feed(frames)
        forward = logits[OUTPUT]
        return log_softmax(forward + logits[OUTPUT + BACK][::-1] if bidirectional else forward)

    def _entity(
        self, text: str, words: Sequence[Word], log_probs: Real, path: Sequence[int], kind: str, first: int, end: int
    ) -> Entity:
        """The entity of the words from `first` up to `end`; as sure as the least sure that has its tags."""
        start, stop = words[first].start, words[end - 1].end
        tagged = (at for at in range(first, end) if self.labels[path[at]] != OUTSIDE)
        score = float(np.exp(min(log_probs[at, path[at]] for at in tagged)))
        spoken = [word.text for word in words[first:end]]
        if kind == "number" and (sign := _SIGN.search(text[: _digits(words[first:end])])):
            start = min(start, sign.start())
            spoken = _signed(words[first:end], sign)
        beside = _beside(text, words, first, end)
        kind, value = read_beside(kind, spoken, *beside, self.types)
        return Entity(type=kind, text=text[start:stop], start=start, end=stop, score=score, value=value)


def _beside(text: str, words: Sequence[Word], first: int, end: int) -> tuple[list[str], list[str]]:
    """Some words before an entity and after it, if they are of the same sentence."""
    before, after = words[max(0, first - MOST_BESIDE) : first], words[end : end + MOST_BESIDE]
    ends_before = before and _END.search(text[before[0].start : words[first].start])
    ends_after = after and _END.search(text[words[end - 1].end : after[0].start])
    return ([] if ends_before else _texts(before)), ([] if ends_after else _texts(after))


def _texts(words: Sequence[Word]) -> list[str]:
    return [word.text for word in words]


def _digits(words: Sequence[Word]) -> int:
    """Where the first word of digits begins; 0 if there is none."""
    return next((word.start for word in words if word.text[0].isdecimal()), 0)


def _signed(words: Sequence[Word], sign: re.Match[str]) -> list[str]:
    """The words of a number with the sign that stands before its digits, which no word holds: "-.5"."""
    at, (minus, point) = sum(word.start < sign.start() for word in words), sign.groups()
    led = f"0.{words[at].text}" if point else words[at].text
    return [*_texts(words[:at]), *(["minus"] if minus else []), led, *_texts(words[at + 1 :])]


def beside_neighbours(vectors: Real) -> Real:
    """Each vector between those of its neighbours, zeros beyond the ends: (words, dims) to (words, 3 * dims)."""
    padded = np.pad(vectors, ((NEIGHBOURS, NEIGHBOURS), (0, 0)))
    return np.concatenate([padded[at : at + len(vectors)] for at in range(2 * NEIGHBOURS + 1)], axis=1)


def legal_transitions(labels: Sequence[str]) -> tuple[Real, Real]:
    """Log scores, 0 for what may be and -inf for what may not: of each first tag, and of each tag (row) before another.

    I-x may follow only B-x or I-x.
    """
    before = np.array([[_may_follow(tag, previous) for tag in labels] for previous in labels])
    first = np.array([_may_follow(tag, OUTSIDE) for tag in labels])
    return _log(first), _log(before)


def read_transitions(path: Path, tags: int) -> Real:
    """The score of each tag (column) after another (row), (tags, tags), finite.

    Raises:
        BundleError: the file holds something else.
    """
    try:
        with path.open("rb") as file:
            scores = np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read ({error}); export the bundle again") from error
    if scores.shape != (tags, tags) or scores.dtype != np.float32 or not np.isfinite(scores).all():
        raise BundleError(f"{path} is no table of {tags} x {tags} finite float32 scores; export the bundle again")
    return np.asarray(scores)


def viterbi(log_probs: Real, start: Real, transitions: Real) -> list[int]:
    """The most likely sequence of tags (Viterbi 1967).

    d_1(j) = start(j) + p_1(j)
    d_t(j) = max_i [d_{t-1}(i) + transitions(i, j)] + p_t(j)

    Args:
        log_probs: p, (words, tags).
        start: (tags,).
        transitions: (tags, tags).
    """
    if not len(log_probs):
        return []
    delta = start + log_probs[0]
    pointers: list[npt.NDArray[np.intp]] = []
    for now in log_probs[1:]:
        scores = delta[:, None] + transitions
        pointers.append(scores.argmax(axis=0))
        delta = scores.max(axis=0) + now
    path = [int(delta.argmax())]
    for back in reversed(pointers):
        path.append(int(back[path[-1]]))
    return path[::-1]


def chunks(path: Sequence[int], labels: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First word of each entity of a legal path, and the word after its last."""
    prefixes = [labels[tag][0] for tag in path]
    for first, prefix in enumerate(prefixes):
        if prefix == "B":
            inside = (at for at in range(first + 1, len(path)) if prefixes[at] != "I")
            yield first, next(inside, len(path))


def _may_follow(tag: str, previous: str) -> bool:
    return not tag.startswith("I-") or (previous != OUTSIDE and previous[2:] == tag[2:])


def _log(allowed: npt.NDArray[np.bool_]) -> Real:
    return np.where(allowed, 0.0, -np.inf).astype(np.float32)
