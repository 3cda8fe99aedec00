"""CARD.md of the trigger bundle: what it hears, how well, and what it was made of."""

from collections.abc import Sequence

from edge.model.manifest import TrainingData
from train.corpora.credits import data_table
from train.networks import Layer
from train.recipes.trigger.recipe import TriggerRecipe
from train.recipes.trigger.words import WORDS
from train.second_look import SPELLER

CREDITS = """\
Wake-word benchmark and coffee commands: Picovoice, Apache-2.0. LibriSpeech: V. Panayotov, G. Chen, D. Povey and
S. Khudanpur, CC BY 4.0. Speech Commands v0.01: P. Warden, Google, CC BY 4.0. VCTK: University of Edinburgh, CC BY 4.0.
Arabic Speech Commands: A. Ghandoura, CC BY 4.0. ESC-10: K. J. Piczak and the freesound.org contributors, CC BY 3.0.
Open Voice OS and Mycroft community clips: public-domain waivers of their speakers. Common Voice clips: CC0. Letters and
digits: moonshine-ai, MIT. Home noises: Open Voice OS, F. Chen (MIT), Picovoice (Apache-2.0), Speech
Commands (CC BY 4.0).
"""

LIMITS = """\
- The speech network had heard most of the read speech, orders and single words that false accepts are counted in,
  though never as something to stay silent at: their true rate may be somewhat higher. It had heard none of the words.
- It fires on words, not on intent: a film that says "computer" wakes it.
- It misses whole speakers rather than single takes: who drops the r of a word may never be heard.
- The voices are mostly American and read aloud; children, strong accents and far rooms are few.
- Cross-validation speakers are acoustic clusters for five of the six words (their publisher gives no names), so a
  speaker may have been heard under another cluster's name; true misses may be somewhat higher.
- Rates below about 0.2 false accepts an hour cannot be told from zero on this much audio: see the intervals.
- Times of a word's beginning and end are the network's own estimate.
"""


_STRANGER = f"""\
Beside the folds stood a sibling of {SPELLER} that had learnt of three quarters of that speech, as speech to spell."""
_ITSELF = f"""\
**Beside the folds stood {SPELLER} itself, which had learnt of everybody in that speech**, as speech to spell: of
voices that it never heard, figures are worse."""


def verifier_card(recipe: TriggerRecipe) -> str:
    """The text of the card of the bundle that lies in that of the trigger."""
    return f"""# A verifier of trigger words: {", ".join(WORDS)}

{_units(recipe.verifier)} over the frames of the network in the folder above, whose card tells of both; trained on the
same data. It is asked only where that one believes a little that it heard a word. Licence of the weights: Apache-2.0.
"""


def card(
    recipe: TriggerRecipe, figures: str, hours: float, data: Sequence[TrainingData], *, read_by_stranger: bool
) -> str:
    """The text of the card.

    Args:
        recipe: of the networks.
        figures: the table of cross-validation.
        hours: of negative audio in that.
        data: what they learnt of.
        read_by_stranger: whether a speech network read again that had not heard everybody.
    """
    step = recipe.stack * recipe.features.seconds_per_frame * 1000
    return f"""# Trigger words: {", ".join(WORDS)}

Log-mel frames ({recipe.features.bands} bands, {recipe.features.normalise} normalisation), {recipe.stack} a step of
{step:.0f} ms -> {_units(recipe.layers)} -> a logit for each word, and two clocks: time since
the word began and since it ended. It listens always. Where it believes a word by {recipe.verifier_floor:g} or more, a
verifier, {_units(recipe.verifier)}, hears the last seconds again;
where both together stand for {recipe.look.floor:g} or more, {SPELLER} reads them, and the logarithm of how well the
letters of the word fit, times {recipe.look.weight:g}, is added. Without these second looks the figures do not hold.
Int8 throughout, per-tensor weights, explicit states (scale 1/128, zero point 0). The cells began as layers of
the speech network (letters, CTC), then learnt to hear the words, in the last batches with int8 rounding of weights,
products and states. Licence of the weights: Apache-2.0.

## Figures

Five-fold cross-validation over groups of speakers that training never heard; all folds together, the int8 network
streaming a step at a time, with its second looks; {hours:.1f} h without the word for false accepts (read speech,
commands, single words, Arabic commands, digits, other wake words, noise; clean and at 10 dB). The shipped network is
trained likewise on all speakers, and takes its thresholds from these curves. 95 % intervals in brackets
(Wilson, Poisson).

{_STRANGER if read_by_stranger else _ITSELF}

{figures}

## Limits

{LIMITS}
## Training data

{data_table(data)}

Synthetic speech was spoken by espeak-ng, flite and festival; its books are in the public domain.
Digits are kept for evaluation: their licence is another one.

{CREDITS}"""


def _units(layers: Sequence[Layer]) -> str:
    return " -> ".join(f"{layer.cell.upper()} {layer.units}" for layer in layers)
