"""When an utterance is over: pure, so that a table of steps in gives the step at which it ends.

Three rules, over what the network spells and how loud it is:

nothing -- no word since the start; a stray letter, such as the last of the trigger word, is none
silence -- after the last letter: neither letters nor loud sound, or no letters for longer, as a fan or music goes on;
           both for longer while a sentence of the grammar is not complete
longest -- the utterance has lasted too long
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from edge.decoder.alphabet import BLANK
from edge.features import FeatureConfig, Frames, pcen_of

Reason: TypeAlias = Literal["nothing", "silence", "longest"]

FAINTEST = 1e-3
"""Mean of a PCEN frame below which nothing is told apart; speech is around 1."""


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """How long to wait."""

    nothing_seconds: float = 5.0
    """An utterance in which nothing is said ends after this time: some say the trigger word before they think."""

    silence_seconds: float = 1.0
    """One in which something was said ends after so long without letters or loud sound ..."""

    wordless_seconds: float = 2.5
    """... or without letters alone."""

    unfinished_ratio: float = 2.0
    """How much longer both are while the grammar wants more to be said: people think in the middle of an order."""

    longest_seconds: float = 15.0
    """Any utterance ends after this time."""

    drop_db: float = 5.0
    """Sound is loud unless so many decibels below the loudest step of the utterance."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of an utterance."""

    step: int
    """The step, counted from the utterance's first, with which it was over."""
    reason: Reason
    """The rule that said so."""


class Endpoint:
    """Waits for the end of one utterance; `reset` begins the next.

    Args:
        config: how long to wait.
        step_seconds: stream time from one step to the next.
    """

    def __init__(self, config: EndpointConfig, step_seconds: float) -> None:
        self._config = config
        self._step_seconds = step_seconds
        self.reset()

    def reset(self) -> None:
        """Forget: the next step is the first of an utterance."""
        self._steps = 0
        self._speaking_until: int | None = None
        self._loud_until = 0
        self._loudest = -np.inf
        self._over = False

    def feed(
        self,
        speaking: npt.NDArray[np.bool_],
        level_db: npt.NDArray[np.float32] | None = None,
        unfinished: bool = False,
        begun: bool = True,
    ) -> End | None:
        """The end of the utterance, once, if it is among these steps; later steps belong to no utterance.

        Args:
            speaking: whether the network spells something at each step, as `is_speech` tells.
            level_db: how loud each step is, in decibels of any reference; None: not known.
            unfinished: whether what was said before these steps cannot be all.
            begun: whether what was spelled before them is a word, if anything was.
        """
        self._begun = begun
        self._patience = self._config.unfinished_ratio if unfinished else 1.0
        levels = np.full(len(speaking), -np.inf, np.float32) if level_db is None else level_db
        for spells, level in zip(speaking, levels, strict=True):
            if not self._over and (reason := self._step(bool(spells), float(level))):
                self._over = True
                return End(self._steps - 1, reason)
        return None

    def _step(self, speaking: bool, level: float) -> Reason | None:
        self._steps += 1
        self._loudest = max(self._loudest, level)
        if speaking:
            self._speaking_until = self._steps
        if level > self._loudest - self._config.drop_db:
            self._loud_until = self._steps
        return self._reason()

    def _reason(self) -> Reason | None:
        spoken = self._speaking_until
        if spoken is None or not self._begun:
            if self._is_nothing(spoken):
                return "nothing"
        elif self._is_silence(spoken):
            return "silence"
        return "longest" if self._passed(0, self._config.longest_seconds) else None

    def _is_nothing(self, stray: int | None) -> bool:
        """Whether it is too late for a first word, and none is just being spelled."""
        is_pause = stray is None or self._passed(stray, self._patience * self._config.silence_seconds)
        return is_pause and self._passed(0, self._config.nothing_seconds)

    def _is_silence(self, spoken: int) -> bool:
        if self._passed(spoken, self._patience * self._config.wordless_seconds):
            return True
        return self._passed(max(spoken, self._loud_until), self._patience * self._config.silence_seconds)

    def _passed(self, since: int, seconds: float) -> bool:
        return self._steps - since >= round(seconds / self._step_seconds)


class Loudness:
    """How loud each step is; owns the frames of a step that is not complete.

    PCEN frames tell it beside what has been going on for a second, so that a fan is faint however near it is.
    """

    def __init__(self, config: FeatureConfig, stack: int) -> None:
        self._config, self._stack = config, stack
        self.rejoin()

    def rejoin(self) -> None:
        """Drop the frames of an unfinished step: the next frame is the first of another."""
        self._pending: Frames = np.empty((0, self._config.width), np.float32)

    def feed(self, frames: Frames) -> npt.NDArray[np.float32]:
        """Decibels of the steps that are now complete, (frames, width) to (steps,)."""
        pending = np.concatenate([self._pending, frames])
        steps = len(pending) // self._stack
        self._pending = pending[steps * self._stack :]
        stacked = pending[: steps * self._stack].reshape(steps, self._stack * self._config.width)
        means = pcen_of(stacked, self._config).mean(axis=1)
        nepers = np.log(np.maximum(means, FAINTEST)) if self._config.has_pcen else means
        decibels: npt.NDArray[np.float32] = (nepers * (10 / np.log(10))).astype(np.float32)
        return decibels


def is_speech(log_probs: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Whether each step spells something: its best symbol is not the blank; (steps, SYMBOLS) to (steps,)."""
    speech: npt.NDArray[np.bool_] = log_probs.argmax(axis=1) != BLANK
    return speech
