"""Make letters.tflite and letters.ngram, the speech network of the tests and its language model.

python -m tests.pipeline.make_letters

Run it again if `train.cells` or the format of language models changes.
"""

import numpy as np

from edge.decoder.alphabet import LETTERS, SYMBOLS
from edge.features import FeatureStream
from tests.decoder.languages import trained
from tests.pipeline.bundles import FEATURES, STACK
from tests.pipeline.letters import COLUMNS, LANGUAGE_MODEL, MODEL, ROWS, joined, keys, spoken
from tests.pipeline.make_tones import stands_out
from train.export import export, load_weights
from train.networks import Layer, Network, NetworkSpec
from train.ngram.file import write_model
from train.quantize import Frames

SENTENCES = (
    "turn on the light",
    "turn off the light",
    "turn on the radio",
    "the apple and pear salad",
    "an apple and a pear",
    "a pair of shoes",
    "buy a pair of socks",
)


def weights(bands: int) -> dict[str, Frames]:
    """One unit a tone, as in make_tones; a letter is heard where both of its tones are, and the blank elsewhere."""
    units = len(ROWS) + len(COLUMNS)
    kernel, bias = np.zeros((STACK * bands, 3 * units), np.float32), np.zeros(3 * units, np.float32)
    for unit, hertz in enumerate((*ROWS, *COLUMNS)):
        kernel[:, 2 * units + unit] = np.tile(np.float32(0.3) * stands_out(hertz), STACK)
    bias[:units], bias[2 * units :] = 6.0, -3.5
    letters = np.zeros((units, SYMBOLS), np.float32)
    for symbol, letter in enumerate(LETTERS):
        row, column = keys(letter)
        letters[[row, len(ROWS) + column], symbol] = 5.0
    return {
        "layer0/kernel": kernel,
        "layer0/recurrent_kernel": np.tile(np.float32(0.1) * np.eye(units, dtype=np.float32), 3),
        "layer0/bias": bias,
        "letters/kernel": letters,
        "letters/bias": np.append(np.full(len(LETTERS), -4.0, np.float32), np.float32(1)),
    }


def main() -> None:
    """Write the files beside this one."""
    bands, units = FEATURES.bands, len(ROWS) + len(COLUMNS)
    network = Network(NetworkSpec(bands, (Layer(units),), (("letters", SYMBOLS),), STACK))
    load_weights(network, weights(bands))
    MODEL.write_bytes(export(network, [FeatureStream(FEATURES).feed(joined(1.0, spoken(LETTERS), 1.0))]))
    write_model(trained(SENTENCES), LANGUAGE_MODEL)


if __name__ == "__main__":
    main()
