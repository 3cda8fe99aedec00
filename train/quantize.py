"""A network's step view as a TFLite file: float, int8, or int8 weights with int16 activations.

    step -- convert --> float -- roll real frames --> ranges -- saturate gates, tie states --> ranges -- round --> int8

The states' ranges are not left to calibration: in and out get one scale and zero point, exactly, so that feeding
a state back is a copy of its integers. All use of the converter's inner interfaces is in this file.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.python.optimize.calibrator import Calibrator
from tensorflow.lite.python.schema_py_generated import BuiltinOperator
from tensorflow.lite.tools import flatbuffer_utils

from train.cells import SATURATION
from train.networks import Network

Precision: TypeAlias = Literal["int8", "int16x8", "float"]
Frames: TypeAlias = npt.NDArray[np.float32]
"""Shape (frames, bands)."""
States: TypeAlias = tuple[str, str]

FRAME = "frame"
"""Name of the input that takes the stacked frames."""

HALF_RANGE = {"int8": 128, "int16x8": 32768}
"""Steps from zero to the lower end of an activation's integers."""

SUMS = (BuiltinOperator.FULLY_CONNECTED, BuiltinOperator.SPLIT, BuiltinOperator.ADD)
"""What stands between the input of a cell and its gates."""

CLOSE_TO_ONE = 1e-3
"""A state of tanh and sigmoids lies in (-1, 1) but for the rounding of floats."""


def state_names(network: Network) -> list[States]:
    """Input and output name of each state in the signature: (h0, h0_out), (h1, h1_out), ..."""
    return [(f"h{index}", f"h{index}_out") for index in range(len(network.initial_states(1)))]


def convert(network: Network, calibration: Sequence[Frames], precision: Precision = "int8") -> bytes:
    """The TFLite file of one step: frame and states in, outputs and next states out, batch one.

    Args:
        network: the trained network.
        calibration: stretches of real frames, (frames, bands) each, together 30 s or more; unused for `float`.
        precision: `int8` throughout, `int16x8` for 16-bit activations, or `float`.

    Raises:
        ValueError: there is no calibration to find the ranges from.
    """
    converter = _converter(network)
    if precision == "float":
        return bytes(converter.convert())
    if not any(len(frames) >= network.spec.stack for frames in calibration):
        raise ValueError("calibration holds no step: give stretches of real frames")
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: roll(network, calibration)
    converter._experimental_calibrate_only = True  # noqa: SLF001 (the only way to the ranges)
    saturated = saturate_gates(bytes(converter.convert()))
    tied = tie_states(saturated, state_names(network), HALF_RANGE[precision])
    return _quantise_int8(tied) if precision == "int8" else _quantise_int16x8(tied)


def roll(network: Network, calibration: Sequence[Frames]) -> Iterator[dict[str, Any]]:
    """Inputs of every step when the network itself runs over each stretch, from zero states."""
    step, names = _step(network), [FRAME, *(given for given, _ in state_names(network))]
    for frames in calibration:
        states = network.initial_states(1)
        for frame in stack_frames(frames, network.spec.stack, network.spec.window):
            inputs = dict(zip(names, (tf.constant(frame[None]), *states), strict=True))
            yield inputs
            outputs = step(**inputs)
            states = tuple(outputs[out] for _, out in state_names(network))


def stack_frames(frames: Frames, stack: int, window: int | None = None) -> Frames:
    """Frames side by side, as the device stacks them: (..., frames, bands) to (..., frames // stack, seen * bands).

    A step sees `window` frames, of which the last `stack` are new and those before the first are zeros; by default it
    sees the new ones alone.
    """
    seen, (*sequences, count, bands) = window or stack, frames.shape
    joined = np.concatenate([np.zeros((*sequences, seen - stack, bands), frames.dtype), frames], axis=-2)
    steps = stack * np.arange(count // stack)
    return joined[..., steps[:, None] + np.arange(seen), :].reshape(*sequences, len(steps), seen * bands)


def saturate_gates(calibrated: bytes) -> bytes:
    """The calibrated float model with every range on the way into a gate cut off at +-SATURATION.

    Sounds that break a silence drive the products of the first layer far beyond that (to 190, where 99.9 % lie within
    26), and one step of int8 would then be wider than the whole slope of a sigmoid.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(calibrated))
    graph = model.subgraphs[0]
    sums = {code for code, operator in enumerate(model.operatorCodes) if operator.builtinCode in SUMS}
    into_gates = {output for operator in graph.operators if operator.opcodeIndex in sums for output in operator.outputs}
    for index in into_gates - set(graph.outputs):
        found = graph.tensors[index].quantization
        found.min = [max(float(found.min[0]), -SATURATION)]
        found.max = [min(float(found.max[0]), SATURATION)]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def tie_states(calibrated: bytes, states: Sequence[States], half_range: int) -> bytes:
    """The calibrated float model with the range of each state, in and out, set to [-r, r) around a zero point of 0.

    r is the smallest power of two, 1 or more, that covers what calibration saw: 1 for a GRU, so that the scale
    is 1/128 in int8; more for the cell state of an LSTM, which has no bound.
    """
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(calibrated))
    signature = model.signatureDefs[0]
    tensors = {entry.name.decode(): entry.tensorIndex for entry in (*signature.inputs, *signature.outputs)}
    for pair in states:
        ranges = [model.subgraphs[0].tensors[tensors[name]].quantization for name in pair]
        largest = max(abs(float(limit)) for found in ranges for limit in (*found.min, *found.max))
        reach = 2.0 ** max(0, math.ceil(math.log2(max(largest - CLOSE_TO_ONE, 1.0))))
        for found in ranges:
            # 16 bits are symmetric, so that 32767 steps on both sides make the same scale of 1/32768.
            found.max = [reach * (half_range - 1) / half_range]
            found.min = [-reach] if half_range == HALF_RANGE["int8"] else [-found.max[0]]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _step(network: Network) -> Any:  # noqa: ANN401 (TensorFlow has no types)
    pairs = state_names(network)

    def step(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs, states = network.step(inputs[FRAME], tuple(inputs[given] for given, _ in pairs))
        return outputs | {out: state for (_, out), state in zip(pairs, states, strict=True)}

    signature = {FRAME: tf.TensorSpec((1, network.spec.features), tf.float32)}
    for (given, _), state in zip(pairs, network.initial_states(1), strict=True):
        signature[given] = tf.TensorSpec(state.shape, tf.float32)
    return tf.function(step, autograph=False).get_concrete_function(**signature)


def _converter(network: Network) -> Any:  # noqa: ANN401
    return tf.lite.TFLiteConverter.from_concrete_functions([_step(network)], network)


def _quantise_int8(calibrated: bytes) -> bytes:
    return bytes(
        mlir_quantize(
            calibrated,
            fully_quantize=True,
            input_data_type=tf.int8,
            output_data_type=tf.int8,
            # One scale a weight matrix: smaller files, and what the Edge TPU wants.
            disable_per_channel_for_dense_layers=True,
        )
    )


def _quantise_int16x8(calibrated: bytes) -> bytes:
    # Without samples, the quantiser keeps the ranges that are in the file already.
    return bytes(
        Calibrator(calibrated).calibrate_and_quantize(
            lambda: iter(()),
            tf.int16,
            tf.int16,
            allow_float=False,
            activations_type=tf.int16,
            bias_type=tf.int64,
            disable_per_channel_quantization_for_dense_layers=True,
        )
    )
