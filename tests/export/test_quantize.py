from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.lite.python.schema_py_generated import BuiltinOperator
from tensorflow.lite.tools import flatbuffer_utils

from tests.model.fixtures.make import SPEC, frames
from train.cells import SATURATION
from train.edgetpu import op_versions, read_operators
from train.export import export
from train.networks import Layer, Network, NetworkSpec
from train.quantize import FRAME, HALF_RANGE, Precision, convert, roll, stack_frames, state_names, tie_states

ONE_STEP = ["ADD", "FULLY_CONNECTED", "LOGISTIC", "MUL", "SPLIT", "SUB", "TANH"]


def scales(model: bytes) -> dict[str, tuple[list[float], list[int]]]:
    """Scales and zero points by the names of the signature."""
    flat = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    signature = flat.signatureDefs[0]
    found = {}
    for entry in (*signature.inputs, *signature.outputs):
        quantization = flat.subgraphs[0].tensors[entry.tensorIndex].quantization
        found[entry.name.decode()] = (list(quantization.scale), list(quantization.zeroPoint))
    return found


@pytest.mark.parametrize(("precision", "scale"), [("int8", 1 / 128), ("int16x8", 1 / 32768)])
def test_each_state_has_one_natural_scale_in_and_out(
    network: Network, models: Mapping[Precision, bytes], precision: Precision, scale: float
) -> None:
    found = scales(models[precision])
    for given, out in state_names(network):
        assert found[given] == found[out] == ([scale], [0])


@pytest.mark.parametrize("precision", ["int8", "int16x8", "float"])
def test_a_step_is_made_of_few_kinds_of_operators(models: Mapping[Precision, bytes], precision: Precision) -> None:
    assert list(op_versions(read_operators(models[precision]))) == ONE_STEP


def test_int8_weights_have_one_scale_a_matrix(models: Mapping[Precision, bytes]) -> None:
    layers = [operator for operator in read_operators(models["int8"]) if operator.name == "FULLY_CONNECTED"]
    assert layers
    assert all(layer.version == 4 and layer.inputs[1].scales == 1 for layer in layers)


def test_ranges_into_gates_end_where_gates_are_saturated(network: Network) -> None:
    flat = flatbuffer_utils.read_model_from_bytearray(bytearray(export(network, [300 * frames(60, seed=4)])))
    graph, codes = flat.subgraphs[0], [code.builtinCode for code in flat.operatorCodes]
    parts = [o for op in graph.operators if codes[op.opcodeIndex] == BuiltinOperator.SPLIT for o in op.outputs]
    scales = [float(graph.tensors[part].quantization.scale[0]) for part in parts]
    assert len(scales) == 12
    # So loud an input would span hundreds.
    assert max(scales) == pytest.approx(2 * SATURATION / 255, rel=0.01)


def test_the_cell_state_of_an_lstm_gets_the_room_it_needs() -> None:
    calibrated, states = _calibrated({"h0": (-0.9, 0.8), "h1": (-5.0, 3.0)})
    found = _ranges(tie_states(calibrated, states, HALF_RANGE["int8"]))
    assert found["h0"] == found["h0_out"] == (-1.0, 127 / 128)
    assert found["h1"] == found["h1_out"] == (-8.0, 8 * 127 / 128)


@pytest.mark.parametrize(
    ("largest", "reach"), [(0.2, 1.0), (1.0, 1.0), (1.0000001, 1.0), (1.5, 2.0), (2.0, 2.0), (2.5, 4.0)]
)
def test_a_state_reaches_to_the_next_power_of_two(largest: float, reach: float) -> None:
    calibrated, states = _calibrated({"h0": (-0.1, largest), "h1": (-largest, 0.1)})
    found = _ranges(tie_states(calibrated, states, HALF_RANGE["int8"]))
    assert all(found[name][0] == -reach for pair in states for name in pair)


def test_rolling_feeds_each_state_back(network: Network) -> None:
    steps = list(roll(network, [frames(20), frames(6, seed=3)]))
    assert len(steps) == 13
    for before, after in pairwise(steps[:10]):
        _, expected = network.step(before[FRAME], (before["h0"], before["h1"]))
        np.testing.assert_allclose(after["h0"], expected[0], atol=1e-6)
        np.testing.assert_allclose(after["h1"], expected[1], atol=1e-6)
    assert not steps[0]["h0"].numpy().any()
    assert not steps[10]["h0"].numpy().any()


def test_the_step_view_is_the_sequence_view(network: Network) -> None:
    stacked = stack_frames(frames(400), SPEC.stack)
    sequence = network.sequence(tf.constant(stacked[None]))
    states = network.initial_states(1)
    for step, frame in enumerate(stacked):
        outputs, states = network.step(tf.constant(frame[None]), states)
        for name, value in outputs.items():
            np.testing.assert_allclose(value[0], sequence[name][0, step], atol=1e-5)


def test_stacking_puts_frames_side_by_side_and_leaves_the_remainder() -> None:
    stacked = stack_frames(np.arange(14, dtype=np.float32).reshape(7, 2), 3)
    assert stacked.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_a_window_sees_the_frames_before_the_new_ones_and_zeros_before_the_first() -> None:
    two = np.stack([np.arange(1, 6, dtype=np.float32)[:, None]] * 2)
    stacked = stack_frames(two, 2, window=3)
    assert stacked.tolist() == [[[0, 1, 2], [2, 3, 4]]] * 2
    assert stack_frames(two[:, :1], 2, window=3).shape == (2, 0, 3)


def test_without_a_whole_step_there_is_nothing_to_calibrate_from(network: Network) -> None:
    with pytest.raises(ValueError, match="calibration holds no step"):
        convert(network, [frames(1)], "int8")


def _calibrated(ranges: dict[str, tuple[float, float]]) -> tuple[bytes, list[tuple[str, str]]]:
    """A float LSTM file with ranges of the states as calibration might have left them."""
    network = Network(NetworkSpec(bands=2, layers=(Layer(4, "lstm"),), heads=(("scores", 2),), stack=1))
    states = state_names(network)
    flat = flatbuffer_utils.read_model_from_bytearray(bytearray(convert(network, [], "float")))
    tensors = _signature(flat)
    for given, out in states:
        for name in (given, out):
            quantization = tensors[name].quantization
            quantization.min, quantization.max = ([limit] for limit in ranges[given])
    return bytes(flatbuffer_utils.convert_object_to_bytearray(flat)), states


def _ranges(model: bytes) -> dict[str, tuple[float, float]]:
    flat = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    found = {name: tensor.quantization for name, tensor in _signature(flat).items()}
    return {name: (float(q.min[0]), float(q.max[0])) for name, q in found.items() if q.min is not None}


def _signature(flat: flatbuffer_utils.schema_fb.ModelT) -> dict[str, flatbuffer_utils.schema_fb.TensorT]:
    signature = flat.signatureDefs[0]
    tensors = flat.subgraphs[0].tensors
    return {entry.name.decode(): tensors[entry.tensorIndex] for entry in (*signature.inputs, *signature.outputs)}
