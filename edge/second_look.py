"""A second look: where a small network believes that it heard a phrase, the speech network reads it again.

logits -- sigmoid -- mean of the last steps --> belief -- highest of a while -- logit --+
frames -- speech network -- keyword spotter --> spelling -- highest of a while -- log --+--> logits of both

    logit of both = logit(belief) + weight * log(spelling)

The two err apart: a phrase that was learnt from a few synthetic voices wakes at much that its letters do not fit, and
what its letters fit by chance is mostly nothing like it. Letters may be complete before or after the belief is at its
highest, so each keeps its highest value for a while, and the sum is there as soon as both are. The speech network
begins `LEAD` before the first step that believes a little, from nothing, and sleeps as long as none does.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.ctc import log_softmax
from edge.decoder.keywords import KeywordConfig, KeywordSpotter, Scores
from edge.errors import BundleError, ConfigError
from edge.features import FeatureConfig, Frames
from edge.model import SecondLookConfig, StreamingModel
from edge.transcriber import OUTPUT, speech_figures
from edge.trigger import Smoother, sigmoid

Logits: TypeAlias = npt.NDArray[np.float32]
"""Shape (steps, words)."""

LEAD: Final = 80
"""Steps (2.4 s) that are read again: a phrase, and something before it."""
BELIEF_WHILE: Final = 15
"""Steps (0.45 s) for which a belief is kept, and after which the speech network sleeps again."""
SPELLING_WHILE: Final = 20
"""Steps (0.6 s) for which a spelling is kept."""
BOUNDARY_WEIGHT: Final = 0.1
"""How much doubtful boundaries of the phrase count: people say it in the midst of a sentence, too."""
NOTHING: Final = -15.0
"""Logit of what is not believed at all: below all sums, and yet of a posterior that is more than 0 in 32 bits."""
LEAST: Final = 1e-3
"""Below it a belief or a spelling tells nothing more; nor does a belief that lies so close to one."""


class SecondLook:
    """Logits of some words in, logits of belief and spelling out; owns the frames that may be read again.

    Args:
        speller: the speech network.
        labels: the words, in the order of the logits.
        config: what the manifest of their network says.

    Raises:
        BundleError: it is no speech network.
        ConfigError: a word cannot be spelled, is too short, or is spelled like another.
    """

    def __init__(self, speller: StreamingModel, labels: Sequence[str], config: SecondLookConfig) -> None:
        speech_figures(speller.bundle)
        manifest = speller.bundle.manifest
        self.features = manifest.features or FeatureConfig()
        """What the frames hold that it is fed."""
        self._config, self._network = config, speller.stream()
        spelled = [config.spelling.get(label, label) for label in labels]
        if len(set(spelled)) < len(spelled):
            raise ConfigError("two words are spelled alike")
        self._spotter = letter_spotter(speller, spelled)
        self._smoother = Smoother(config.smoothing_steps, len(labels))
        self._spellings, self._words = Highest(SPELLING_WHILE, len(labels)), len(labels)
        self.reset()

    @classmethod
    def of(cls, model: StreamingModel) -> "SecondLook | None":
        """The second look of a trigger network; None if its manifest asks for none.

        Raises:
            BundleError: the speech network has other steps than the trigger network, or cannot spell its words.
        """
        manifest, speller = model.bundle.manifest, model.speller
        if manifest.second_look is None or speller is None:
            return None
        try:
            look, stack = cls(speller, manifest.labels, manifest.second_look), speller.bundle.manifest.stack
        except ConfigError as error:
            raise BundleError(f"{model.bundle.folder}, second_look.spelling: {error}; train the phrase again") from None
        if manifest.stack != stack or manifest.features not in (look.features, look.features.first):
            raise BundleError(
                f"{speller.bundle.folder} hears other steps than {model.bundle.folder}: train the phrase again"
            )
        return look

    def reset(self) -> None:
        """Forget: the next frame is the first of a new stream."""
        self._smoother.reset()
        self._frames: Frames = np.empty((0, self.features.width), np.float32)
        self._past = 0
        """Whole steps in them that were heard before."""
        self._beliefs = np.zeros((BELIEF_WHILE - 1, self._words), np.float32)
        """Of the steps before the next ones."""
        self._since = np.zeros(0, np.int64)
        """Of the last steps that were fed, how many lie behind the one that believed most in a while."""
        self._clocks = np.zeros((BELIEF_WHILE - 1, 2), np.float32)
        self._awake = False

    def rejoin(self) -> None:
        """Drop the frames of an unfinished step after a gap; what was heard before it counts."""
        self._frames = self._frames[: self._past * self._network.stack]

    def feed(self, frames: Frames, logits: Logits) -> Logits:
        """The logits of both: (steps, words), `NOTHING` where the belief is below the floor.

        Args:
            frames: (frames, numbers), as they come; those of an unfinished step are kept.
            logits: (steps, words) of the steps that are complete with these frames.
        """
        self._frames = np.concatenate([self._frames, frames])
        beliefs = np.concatenate([self._beliefs, self._smoother.feed(sigmoid(logits))])
        self._beliefs = beliefs[len(logits) :]
        # Almost always nothing is believed; what is no number stays one, for who watches over the network.
        if len(logits) and not beliefs.max() < self._config.floor:
            both = self._looked(beliefs)
        else:
            both = np.full(logits.shape, NOTHING, np.float32)
            self._since = np.zeros(len(logits), np.int64)
            self._awake = self._awake and not len(logits)
        self._drop(len(logits))
        return both

    def _looked(self, past: Scores) -> Logits:
        """The logits of both, of the last steps of `past`, whose beliefs the steps before them are needed for."""
        windows = _windows(past, BELIEF_WHILE)
        beliefs = windows.max(axis=-1)
        self._since = windows.max(axis=1)[:, ::-1].argmax(axis=1)
        believed = ~(beliefs < self._config.floor)
        both = np.full(beliefs.shape, NOTHING, np.float32)
        for begin, end in _runs(np.any(believed, axis=1)):
            spellings = self._spell(begin, end, goes_on=begin == 0 and self._awake)
            both[begin:end] = _logit(beliefs[begin:end]) + self._config.weight * np.log(np.maximum(spellings, LEAST))
        self._awake = bool(believed[-1].any())
        return np.where(believed, both, np.float32(NOTHING))

    def recall(self, clocks: Scores, a_step: float) -> Scores:
        """The network's clocks of the steps last fed, as they stood where it believed most, and the time since.

        They were trained at the end of a word; a little later they stand still.

        Args:
            clocks: (steps, 2), shares of full scale.
            a_step: the share that passes from one step to the next.
        """
        joined = np.concatenate([self._clocks, clocks])
        self._clocks = joined[len(clocks) :]
        if not self._since.any():
            return clocks
        then = np.arange(len(clocks)) + BELIEF_WHILE - 1 - self._since
        recalled: Scores = joined[then] + np.float32(a_step) * self._since[:, None].astype(np.float32)
        return recalled

    def _spell(self, begin: int, end: int, goes_on: bool) -> Scores:
        """How well the letters fit at each of these steps, the highest of a while."""
        first = begin + self._past
        if not goes_on:
            self._network.reset()
            self._spotter.reset()
            self._spellings.reset()
            first = max(0, first - LEAD + 1)
        stack = self._network.stack
        letters = self._network.feed(self._frames[first * stack : (end + self._past) * stack])[OUTPUT]
        return self._spellings.feed(self._spotter.scores(log_softmax(letters)))[begin - end :]

    def _drop(self, steps: int) -> None:
        """The frames that nobody will read again."""
        heard = self._past + steps
        self._past = min(heard, LEAD - 1)
        self._frames = self._frames[(heard - self._past) * self._network.stack :]


class Highest:
    """The highest of the last values; owns those before the next ones, zeros at first.

    Args:
        steps: how many, the newest included.
        words: values of a step.
    """

    def __init__(self, steps: int, words: int) -> None:
        self._shape = steps - 1, words
        self.reset()

    def reset(self) -> None:
        """Forget."""
        self._recent = np.zeros(self._shape, np.float32)

    def feed(self, values: Scores) -> Scores:
        """(steps, words) to the same shape."""
        if not len(values):
            return values
        joined = np.concatenate([self._recent, values])
        self._recent = joined[len(values) :]
        highest: Scores = _windows(joined, self._shape[0] + 1).max(axis=-1)
        return highest


def letter_spotter(speller: StreamingModel, spelled: Sequence[str]) -> KeywordSpotter:
    """What scores spellings in the letters of a speech network.

    Raises:
        ConfigError: one cannot be spelled, or is too short.
    """
    manifest = speller.bundle.manifest
    step_seconds = manifest.stack * (manifest.features or FeatureConfig()).seconds_per_frame
    return KeywordSpotter(dict.fromkeys(spelled, 1.0), step_seconds, KeywordConfig(boundary_weight=BOUNDARY_WEIGHT))


def _runs(flags: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and end of each run of true ones."""
    changes = np.flatnonzero(np.diff(flags, prepend=False, append=False)).tolist()
    return zip(changes[::2], changes[1::2], strict=True)


def _windows(values: Scores, steps: int) -> Scores:
    """Each value and those before it, in a dimension more."""
    return np.lib.stride_tricks.sliding_window_view(values, steps, axis=0)


def _logit(probabilities: Scores) -> Logits:
    inside = np.clip(probabilities, LEAST, 1 - LEAST)
    logits: Logits = np.log(inside / (1 - inside))
    return logits
