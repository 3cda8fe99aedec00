"""Who speaks: the voices that train, and a family of voices that is kept back to be heard in the closing report alone.

The family kept back is a whole program where there are two, and of the others no voice that was made from the same
speaker: festival and flite both have a kal and an slt.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.errors import UsageError
from train.synthesis import Utterance, missing_programs, voices_here

SHARES = {"espeak-ng": 0.65, "flite": 0.25, "text2wave": 0.10}
"""How often each program speaks: the more voices, the more."""
SPEAKERS = ("kal", "ked", "awb", "rms", "slt")
"""People whose recordings became voices of flite or festival, as the voices' names have them."""
FAMILIES = {"espeak-ng": "espeak-ng", "flite": "flite", "text2wave": "festival"}
"""What the voices of each program are called."""
KEPT_BACK = 5
"""Where there is one program alone, one in so many of its voices is kept back."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Some voices."""

    name: str
    voices: Mapping[str, Sequence[str]]
    """By program."""

    def take(self, text: str, rng: random.Random) -> Utterance:
        """The text by a random voice at a random tempo and pitch."""
        program = rng.choices(list(self.voices), [SHARES[program] for program in self.voices])[0]
        voice = rng.choice(self.voices[program])
        return Utterance(text, program, voice, rng.uniform(0.75, 1.35), rng.uniform(0.7, 1.4))


def casts() -> tuple[Cast, Cast]:
    """The voices that train, and those that are kept back.

    Raises:
        UsageError: no program is installed, or there is a single voice.
    """
    voices = voices_here()
    if len(voices) == 1:
        return _divided(*voices.items())
    family = list(voices)[-1]
    kept = voices.pop(family)
    heard = {_speaker(voice) for voice in kept} - {None}
    training = {name: [voice for voice in some if _speaker(voice) not in heard] for name, some in voices.items()}
    return Cast("training", {name: some for name, some in training.items() if some}), Cast(
        FAMILIES[family], {family: kept}
    )


def _divided(only: tuple[str, Sequence[str]]) -> tuple[Cast, Cast]:
    program, voices = only
    kept = voices[::KEPT_BACK]
    rest = [voice for voice in voices if voice not in kept]
    if not rest:
        raise UsageError(f"{program} has one voice, and one is not enough; install {'; '.join(missing_programs())}")
    return Cast("training", {program: rest}), Cast(f"other voices of {FAMILIES[program]}", {program: kept})


def _speaker(voice: str) -> str | None:
    return next((speaker for speaker in SPEAKERS if speaker in voice), None)
