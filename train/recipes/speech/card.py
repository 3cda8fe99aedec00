"""CARD.md of the speech bundle: what it writes down, how well, and what it was made of."""

from collections.abc import Sequence

from edge.model.manifest import TrainingData
from train.corpora.credits import data_table
from train.recipes.speech.recipe import SpeechRecipe

CREDITS = """\
Coffee commands: Picovoice, Apache-2.0. LibriSpeech: V. Panayotov, G. Chen, D. Povey and S. Khudanpur, CC BY 4.0. Speech
Commands v0.01: P. Warden, Google, CC BY 4.0. VCTK: University of Edinburgh, CC BY 4.0. Common Voice clips: CC0.
Letters and digits: moonshine-ai, MIT. Digits: the Free Spoken Digit Dataset, Z. Jackson and others, CC BY-SA 4.0; who
holds weights for an adaptation of what they learnt from should pass these on under that licence. Noises: ESC-10, K. J.
Piczak and the freesound.org contributors, CC BY 3.0; Open Voice OS, F. Chen (MIT), Picovoice (Apache-2.0), Speech
Commands (CC BY 4.0).
"""

LIMITS = """\
- It has heard some hours of people, and not for long. Dictation is not usable yet: every other word is wrong.
  Commands from a grammar, of words that it has heard, are what it is for.
- Of keywords that it never heard, a quarter to two thirds are missed (the trigger words above). Of single digits, by
  people whom it never heard, a tenth to a quarter are wrong even where nothing but digits is allowed.
- Of noise without speech one recording in fifty becomes words; the price is that a single short word that is hardly
  heard may be taken for silence. A grammar asks for no such margin: heed the confidence there.
- Within 0.15 s of its beginning it spells nothing: it wants a little quiet before the first word.
- Sentences of three of the five LibriSpeech readers of the test part also stand in the books of the language model,
  which flatters its row.
- English, mostly American, mostly read aloud; children, strong accents and far rooms are few.
- Confidence is that of a whole text: of dictation under the language model, of commands under a grammar. A grammar
  makes a command of nearly everything; what is none has a confidence near 0, so act on those above one half.
- Words that the language model does not know are spelled by ear.
"""


LANGUAGE = """\
Its language model, `language.ngram`, has trigrams of words (modified Kneser-Ney, pruned, 8 bits), from books in the
public domain, public-domain speeches, and spoken commands (SLURP, Home Assistant, Snips)."""


STRANGERS = """\
Speakers that training never heard, the int8 network streaming a step at a time. Language weights and confidence come
from other speakers again."""
SIBLING = f"""\
{STRANGERS} **They are those of a sibling**, whose training ended without these speakers: that of what ships ended with
everybody, because people are few, so the same recordings would flatter it."""


def card(recipe: SpeechRecipe, figures: str, data: Sequence[TrainingData], learnt_of_all: bool = False) -> str:
    """The text of the card; `figures` are tables of the test part, of a network that had not learnt of it."""
    units = " -> ".join(f"{layer.cell.upper()} {layer.units}" for layer in recipe.layers)
    step = recipe.stack * recipe.features.seconds_per_frame * 1000
    return f"""# Speech: letters, by connectionist temporal classification

Frames of {recipe.features.bands} log-mel bands, normalised twice ({recipe.features.normalise}; they begin with what the
trigger network sees), {recipe.stack} a step of {step:.0f} ms -> {units} -> a logit for each
letter, apostrophe, space and the blank. Int8 throughout, per-tensor weights, explicit states (scale 1/128, zero point
0). Trained by CTC on people and on synthetic voices, in the last batches with int8 rounding of weights, products and
states. Licence of the weights: Apache-2.0.

{LANGUAGE}

## Figures

{SIBLING if learnt_of_all else STRANGERS}

{figures}

## Limits

{LIMITS}
## Training data

{data_table(data)}

Synthetic speech was spoken by espeak-ng, flite and festival; its texts are books in the public domain and lists of
commands (SLURP, CC BY 4.0; Home Assistant intents, CC BY 4.0; Snips, CC0), and orders of docs/grammars/coffee.jsgf.

{CREDITS}"""
