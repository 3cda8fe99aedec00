"""Make tones.tflite, the network of the tests: its two words are tones. Run it again if `train.cells` changes.

python -m tests.pipeline.make_tones
"""

import numpy as np

from edge.features import FeatureStream
from tests.pipeline.bundles import FEATURES, STACK
from tests.pipeline.tones import HERTZ, MODEL, noise, tone
from train.export import export, load_weights
from train.networks import Layer, Network, NetworkSpec
from train.quantize import Frames


def weights(bands: int) -> dict[str, Frames]:
    """One unit a tone that is 1 while the tone's band stands out, else -1, and forgets at once."""
    units = len(HERTZ)
    kernel, bias = np.zeros((STACK * bands, 3 * units), np.float32), np.zeros(3 * units, np.float32)
    # Not zero: XNNPACK aborts the process where two numbers that are added have scales too far apart.
    faint = np.full((units, 3 * units), 0.1, np.float32)
    for unit, hertz in enumerate(HERTZ):
        kernel[:, 2 * units + unit] = np.tile(np.float32(0.15) * stands_out(hertz), STACK)
    bias[:units], bias[2 * units :] = 6.0, -1.5
    return {
        "layer0/kernel": kernel,
        "layer0/recurrent_kernel": faint,
        "layer0/bias": bias,
        "scores/kernel": np.float32(8) * np.eye(units, dtype=np.float32),
        "scores/bias": np.full(units, -3, np.float32),
        "timing/kernel": faint[:, :2],
        "timing/bias": np.array([-2, -4], np.float32),
    }


def stands_out(hertz: int) -> Frames:
    """Weights of the bands: those that a tone fills against all others."""
    louder = frames(hertz).mean(axis=0)
    peak = np.zeros(len(louder), np.float32)
    peak[np.argsort(louder)[-3:]] = 1 / 3
    others = (peak == 0).astype(np.float32)
    contrast: Frames = peak - others / others.sum()
    return contrast


def frames(hertz: int) -> Frames:
    """Frames of quiet noise and then the tone."""
    return FeatureStream(FEATURES).feed(np.concatenate([noise(1.0, seed=hertz), tone(hertz, 0.4)]))[100:]


def main() -> None:
    """Write the file beside this one."""
    bands = FEATURES.bands
    spec = NetworkSpec(bands, (Layer(len(HERTZ)),), (("scores", len(HERTZ)), ("timing", 2)), STACK)
    network = Network(spec)
    load_weights(network, weights(bands))
    MODEL.write_bytes(export(network, [frames(hertz) for hertz in HERTZ]))


if __name__ == "__main__":
    main()
