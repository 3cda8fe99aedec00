"""Error analysis of a decoder: for each wrong transcript, is the search at fault, or the model?

The truth y* and the answer y^ are held against each other by what the search maximises. If y* scores more, the search
has missed it, and a wider beam is the mend; if y^ does, the network and the language model prefer what is wrong.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.decoder.alphabet import encode
from edge.decoder.beam import BeamConfig
from edge.decoder.ctc import log_likelihood
from edge.decoder.scorer import Scorer, score_of
from train.evaluate.speech import Heard, best_texts, transcribe


@dataclass(frozen=True, slots=True)
class Blame:
    """Shares of wrong transcripts, in percent."""

    width: int
    """Of the beam."""
    wrong: int
    """Transcripts that differ from what was said."""
    clips: int
    search: float
    model: float

    @property
    def advice(self) -> str:
        """What to work on."""
        if self.wrong == 0:
            return "nothing is wrong"
        return "widen the beam" if self.search > self.model else "better networks: more speech, or another language"


def blame(heard: Sequence[Heard], scorers: Sequence[Scorer], beam: BeamConfig) -> Blame:
    """Whose fault the wrong transcripts are under a beam, be they nearer to silence or not: that is neither's."""
    beam = replace(beam, silence_margin=-math.inf)
    texts = best_texts(list(transcribe(heard, scorers, beam)))
    wrong = [(one, text) for one, text in zip(heard, texts, strict=True) if text != one.reference]
    search = sum(_total(one, one.reference, scorers, beam) > _total(one, text, scorers, beam) for one, text in wrong)
    share = 100 * search / len(wrong) if wrong else 0.0
    return Blame(beam.width, len(wrong), len(heard), share, 100 - share if wrong else 0.0)


def _total(one: Heard, text: str, scorers: Sequence[Scorer], beam: BeamConfig) -> float:
    letters = encode(text)
    opinions = sum(score_of(scorer, letters) for scorer in scorers)
    return log_likelihood(one.log_probs, letters) + opinions + sum(beam.letter_bonuses[letter] for letter in letters)
