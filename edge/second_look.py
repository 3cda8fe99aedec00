"""A second look: where a small network believes that it heard a phrase, larger ones hear it again.

    logits of the network -- sigmoid -- mean of the last steps --> belief
    frames -- its verifier ---- sigmoid -- mean of the last steps --> belief of the verifier, where that is a little
    frames -- speech network -- keyword spotter --> spelling, where both together are a little more

    logit of all = (1 - share) * logit(belief) + share * logit(belief of the verifier) + weight * log(spelling)

They err apart: the verifier has learnt the same words with layers that no device could run all day, and to the speech
network, what wakes a network that was taught a phrase by a few synthetic voices is spelled otherwise, and what its
letters fit by chance is mostly nothing like the phrase. Any of them may be sure before the others, so each keeps its
highest value for a while. As in a cascade of classifiers (Viola and Jones 2001), the dear ones sleep until the cheap
one asks.
"""

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.keywords import KeywordConfig, KeywordSpotter, Scores
from edge.errors import BundleError, ConfigError
from edge.features import Frames
from edge.maths import log_softmax, sigmoid
from edge.model import ModelStream, SecondLookConfig, StreamingModel
from edge.sleeper import Flags, Highest, Past, Sleeper, windows
from edge.transcriber import OUTPUT, speech_figures
from edge.trigger import Smoother

Logits: TypeAlias = npt.NDArray[np.float32]
"""Shape (steps, words)."""

LEAD: Final = 80
"""Steps (2.4 s) that are heard again: a phrase, and something before it."""
BELIEF_WHILE: Final = 15
"""Steps (0.45 s) for which a belief is kept, and after which who was woken sleeps again."""
SPELLING_WHILE: Final = 20
"""Steps (0.6 s) for which a spelling is kept."""
BOUNDARY_WEIGHT: Final = 0.1
"""How much doubtful boundaries of the phrase count: people say it in the midst of a sentence, too."""
NOTHING: Final = -15.0
"""Logit of what is not believed at all: below all sums, and yet of a posterior that is more than 0 in 32 bits."""
LEAST: Final = 1e-3
"""Below it a belief tells nothing more; nor does one that lies so close to one."""
LEAST_SPELLING: Final = 3e-3
"""Below it a spelling tells nothing more: whom the speech network does not understand at all, the others may well."""


class SecondLook:
    """Logits of some words in, logits of all that hear them out; owns the frames that may be heard again.

    Args:
        speller: the speech network.
        labels: the words, in the order of the logits.
        config: what the manifest of their network says.
        verifier: a stream of the larger network that learnt the same words, if the manifest tells of one.

    Raises:
        BundleError: the speller is no speech network.
        ConfigError: a word cannot be spelled, is too short, or is spelled like another.
    """

    def __init__(
        self,
        speller: StreamingModel,
        labels: Sequence[str],
        config: SecondLookConfig,
        verifier: ModelStream | None = None,
    ) -> None:
        speech_figures(speller.bundle)
        self.features = speller.bundle.manifest.frames
        """What the frames hold that it is fed."""
        self._config, self._labels, self._words = config, labels, len(labels)
        self._smoother = Smoother(config.smoothing_steps, self._words)
        self._past = Past(speller.bundle.manifest.stack, self.features.width, LEAD)
        self._speller = Sleeper(_Speller(speller, labels, config), self._words, LEAD)
        self._verifier: Sleeper | None = None
        self._floor, self._share = config.floor, np.float32(0)
        if verifier and config.verifier:
            beliefs = _Verifier(verifier, self._words, config.smoothing_steps)
            self._verifier = Sleeper(beliefs, self._words, LEAD)
            self._floor, self._share = config.verifier.floor, np.float32(config.verifier.share)
        self.watch(())
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
        verifier = model.verifier.stream() if model.verifier else None
        try:
            look, stack = cls(speller, manifest.labels, manifest.second_look, verifier), speller.bundle.manifest.stack
        except ConfigError as error:
            raise BundleError(f"{model.bundle.folder}, second_look.spelling: {error}; train the phrase again") from None
        if manifest.stack != stack or manifest.features not in (look.features, look.features.first):
            raise BundleError(
                f"{speller.bundle.folder} hears other steps than {model.bundle.folder}: train the phrase again"
            )
        return look

    def watch(self, words: Collection[str]) -> None:
        """From now on, a belief in other words than these is none: it wakes nobody. None named: all are watched."""
        self._watched = np.array([not words or label in words for label in self._labels])

    def reset(self) -> None:
        """Forget: the next frame is the first of a new stream."""
        self._smoother.reset()
        self._past.reset()
        for sleeper in self._sleepers():
            sleeper.reset()
        self._beliefs = np.zeros((BELIEF_WHILE - 1, self._words), np.float32)
        """Of the steps before the next ones."""
        self._since = np.zeros(0, np.int64)
        """Of the last steps that were fed, how many lie behind the one that believed most in a while."""
        self._clocks = np.zeros((BELIEF_WHILE - 1, 2), np.float32)

    def rejoin(self) -> None:
        """Drop the frames of an unfinished step after a gap; what was heard before it counts."""
        self._past.rejoin()

    def feed(self, frames: Frames, logits: Logits) -> Logits:
        """The logits of all: (steps, words), `NOTHING` where the belief is below the floor.

        Args:
            frames: (frames, numbers), as they come; those of an unfinished step are kept.
            logits: (steps, words) of the steps that are complete with these frames.
        """
        self._past.hear(frames)
        newest = np.where(self._watched, self._smoother.feed(sigmoid(logits)), np.float32(0))
        beliefs = np.concatenate([self._beliefs, newest])
        self._beliefs = beliefs[len(logits) :]
        # Almost always nothing is believed; what is no number stays none, for who watches over the network.
        if len(logits) and not beliefs.max() < self._floor:
            looked = self._looked(windows(beliefs, BELIEF_WHILE))
        else:
            looked = self._asleep(len(logits))
        self._past.forget(len(logits))
        return looked

    def _asleep(self, steps: int) -> Logits:
        """Nobody believes anything."""
        for sleeper in self._sleepers():
            sleeper.sleep(steps)
        self._since = np.zeros(steps, np.int64)
        return np.full((steps, self._words), NOTHING, np.float32)

    def _looked(self, beliefs: Scores) -> Logits:
        """The logits of all, from the beliefs of the last steps and those a while before: (steps, words, while)."""
        self._since = beliefs.max(axis=1)[:, ::-1].argmax(axis=1)
        highest = beliefs.max(axis=-1)
        believed, logits = ~(highest < self._floor), _logit(highest)
        if self._verifier:
            theirs = _logit(self._verifier.feed(self._past, _any(believed)))
            logits = (1 - self._share) * logits + self._share * theirs
            believed &= ~(sigmoid(logits) < self._config.floor)
        spellings = self._speller.feed(self._past, _any(believed))
        logits += self._config.weight * np.log(np.maximum(spellings, LEAST_SPELLING))
        return np.where(believed, logits, np.float32(NOTHING))

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

    def _sleepers(self) -> Sequence[Sleeper]:
        return [self._speller, *([self._verifier] if self._verifier else [])]


class _Verifier:
    """Frames to beliefs: how sure a larger network is that learnt the same words."""

    def __init__(self, network: ModelStream, words: int, smoothing_steps: int) -> None:
        self._network, self._smoother = network, Smoother(smoothing_steps, words)
        self._highest = Highest(BELIEF_WHILE, words)

    def reset(self) -> None:
        """Forget."""
        for stage in (self._network, self._smoother, self._highest):
            stage.reset()

    def feed(self, frames: Frames) -> Scores:
        """The highest belief of a while, at each step."""
        logits = self._network.feed(frames[:, : self._network.bands])["scores"]
        return self._highest.feed(self._smoother.feed(sigmoid(logits)))


class _Speller:
    """Frames to spellings: how well the letters of each word fit."""

    def __init__(self, model: StreamingModel, labels: Sequence[str], config: SecondLookConfig) -> None:
        spelled = [config.spelling.get(label, label) for label in labels]
        if len(set(spelled)) < len(spelled):
            raise ConfigError("two words are spelled alike")
        self._network, self._spotter = model.stream(), letter_spotter(model, spelled)
        self._highest = Highest(SPELLING_WHILE, len(labels))

    def reset(self) -> None:
        """Forget."""
        for stage in (self._network, self._spotter, self._highest):
            stage.reset()

    def feed(self, frames: Frames) -> Scores:
        """The highest spelling of a while, at each step."""
        letters = self._network.feed(frames)[OUTPUT]
        return self._highest.feed(self._spotter.scores(log_softmax(letters)))


def letter_spotter(speller: StreamingModel, spelled: Sequence[str]) -> KeywordSpotter:
    """What scores spellings in the letters of a speech network.

    Raises:
        ConfigError: one cannot be spelled, or is too short.
    """
    manifest = speller.bundle.manifest
    step_seconds = manifest.stack * manifest.frames.seconds_per_frame
    return KeywordSpotter(dict.fromkeys(spelled, 1.0), step_seconds, KeywordConfig(boundary_weight=BOUNDARY_WEIGHT))


def _any(believed: npt.NDArray[np.bool_]) -> Flags:
    """Steps at which any word is believed."""
    steps: Flags = np.logical_or.reduce(believed, axis=1)
    return steps


def _logit(probabilities: Scores) -> Logits:
    inside = np.clip(probabilities, LEAST, 1 - LEAST)
    logits: Logits = np.log(inside / (1 - inside))
    return logits
