import warnings
from collections.abc import Mapping

import pytest

from tests.model.fixtures.make import frames, tiny_network
from train.networks import Network
from train.quantize import Precision, convert


@pytest.fixture(scope="session")
def network() -> Network:
    return tiny_network()


@pytest.fixture(scope="session")
def models(network: Network) -> Mapping[Precision, bytes]:
    """The tiny network in all three precisions."""
    precisions: tuple[Precision, ...] = ("int8", "int16x8", "float")
    with warnings.catch_warnings():
        # TensorFlow's calibrator uses the interpreter that TensorFlow deprecates.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        return {precision: convert(network, [frames(1000, seed=2)], precision) for precision in precisions}
