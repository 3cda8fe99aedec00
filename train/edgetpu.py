"""Does a TFLite file fit the Edge TPU? The documented operators and limits, checked without its compiler.

The compiler stops at the first operator it cannot map and leaves the rest to the CPU, so one finding is one too many.
Sources: "TensorFlow models on the Edge TPU", coral.ai/docs/edgetpu/models-intro; the compiler is of 2021 (version 16)
and reads only the operator versions of its time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

MAPPED: Mapping[str, int] = {
    "ADD": 2,
    "CONCATENATION": 2,
    "FULLY_CONNECTED": 4,
    "LOGISTIC": 2,
    "MAXIMUM": 2,
    "MEAN": 2,
    "MINIMUM": 2,
    "MUL": 2,
    "PAD": 2,
    "QUANTIZE": 2,
    "RELU": 2,
    "RELU6": 2,
    "RESHAPE": 1,
    "SLICE": 2,
    "SOFTMAX": 2,
    "SPLIT": 2,
    "SQUEEZE": 1,
    "STRIDED_SLICE": 2,
    "SUB": 2,
    "SUM": 2,
    "TANH": 2,
    "TRANSPOSE": 2,
}
"""Operators that recurrent steps may use, and the version that int8 first came with."""

SOFTMAX_WIDTH = 16_000
"""Most elements of a softmax."""

Values: TypeAlias = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class GraphTensor:
    """A tensor of the graph."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scales: int = 1
    """How many scales it has: more than one is per channel, none is not quantised."""
    dynamic: bool = False
    """A size is known only when the model runs."""
    constant: bytes | None = None
    """Its little-endian contents, if they are fixed."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator with its tensors; an optional input that is left out does not appear."""

    name: str
    version: int
    inputs: tuple[GraphTensor, ...]
    outputs: tuple[GraphTensor, ...]
    options: Mapping[str, int]
    """The whole numbers among its options, by their names in the schema."""


def read_operators(model: bytes) -> tuple[Operator, ...]:
    """The operators of a TFLite file's first graph, in the order in which they run."""
    flat = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    tensors = [_tensor(flat, tensor) for tensor in flat.subgraphs[0].tensors]
    return tuple(_operator(flat, operator, tensors) for operator in flat.subgraphs[0].operators)


def op_versions(operators: tuple[Operator, ...]) -> dict[str, int]:
    """Highest version of each operator, by name."""
    versions: dict[str, int] = {}
    for operator in operators:
        versions[operator.name] = max(operator.version, versions.get(operator.name, 0))
    return dict(sorted(versions.items()))


def check(operators: tuple[Operator, ...]) -> tuple[str, ...]:
    """What keeps the graph from the Edge TPU, a sentence each, without repeats; empty if all of it fits."""
    findings = [finding for operator in operators for finding in _check_operator(operator)]
    return tuple(dict.fromkeys(findings))


def _check_operator(operator: Operator) -> list[str]:
    if operator.name not in MAPPED:
        return [f"{operator.name} is not among the Edge TPU's operators"]
    findings = []
    if operator.version > MAPPED[operator.name]:
        findings.append(f"{operator.name} has version {operator.version}, the compiler knows {MAPPED[operator.name]}")
    for tensor in (*operator.inputs, *operator.outputs):
        findings += [f"{operator.name}: a tensor {fault}" for fault in _check_tensor(tensor)]
    rule = RULES.get(operator.name)
    return findings + [f"{operator.name} {fault}" for fault in (rule(operator) if rule else [])]


def _check_tensor(tensor: GraphTensor) -> list[str]:
    faults = []
    integer_constant = tensor.constant is not None and tensor.dtype in {"INT32", "INT64"}
    if tensor.dtype not in {"INT8", "UINT8"} and not integer_constant:
        faults.append(f"is {tensor.dtype.lower()}, not int8 or uint8")
    if tensor.dynamic:
        faults.append("has a size that is not fixed")
    if any(size > 1 for size in tensor.shape[:-3]):
        faults.append(f"has shape {tensor.shape}: only the three innermost sizes may exceed 1")
    if tensor.scales > 1:
        faults.append("has a scale for each channel; dense weights need one for all")
    return faults


def _check_fully_connected(operator: Operator) -> list[str]:
    faults = []
    if operator.options.get("weightsFormat", 0) != 0:
        faults.append("has shuffled weights, not the default format")
    if operator.inputs[1].constant is None:
        faults.append("has weights that are computed, not constant")
    if operator.outputs[0].shape[:-1] not in {(), (1,)}:
        faults.append(f"has an output of shape {operator.outputs[0].shape}: only one row is possible")
    return faults


def _check_concatenation(operator: Operator) -> list[str]:
    return ["has a constant input"] if any(tensor.constant is not None for tensor in operator.inputs) else []


def _check_split(operator: Operator) -> list[str]:
    axis, values = operator.inputs
    if axis.constant is None:
        return ["has an axis that is computed"]
    position = int(np.frombuffer(axis.constant, "<i4")[0]) % len(values.shape)
    return ["cuts the batch"] if position == 0 else []


def _check_softmax(operator: Operator) -> list[str]:
    shape = operator.inputs[0].shape
    if int(np.prod(shape)) != shape[-1]:
        return [f"has shape {shape}: only one row is possible"]
    return [f"has {shape[-1]} elements, more than {SOFTMAX_WIDTH}"] if shape[-1] > SOFTMAX_WIDTH else []


def _check_strided_slice(operator: Operator) -> list[str]:
    strides = operator.inputs[3].constant
    faults = [f"uses {mask}" for mask in ("ellipsisMask", "newAxisMask") if operator.options.get(mask, 0)]
    if strides is None or (np.frombuffer(strides, "<i4") != 1).any():
        faults.append("has a stride other than 1")
    return faults


RULES: Mapping[str, Callable[[Operator], list[str]]] = {
    "CONCATENATION": _check_concatenation,
    "FULLY_CONNECTED": _check_fully_connected,
    "SOFTMAX": _check_softmax,
    "SPLIT": _check_split,
    "STRIDED_SLICE": _check_strided_slice,
}


def _operator(flat: schema.ModelT, operator: schema.OperatorT, tensors: list[GraphTensor]) -> Operator:
    options = vars(operator.builtinOptions) if operator.builtinOptions else {}
    return Operator(
        flatbuffer_utils.opcode_to_name(flat, operator.opcodeIndex),
        flat.operatorCodes[operator.opcodeIndex].version,
        tuple(tensors[index] for index in operator.inputs if index >= 0),
        tuple(tensors[index] for index in operator.outputs),
        {key: int(value) for key, value in options.items() if isinstance(value, int)},
    )


def _tensor(flat: schema.ModelT, tensor: schema.TensorT) -> GraphTensor:
    contents = flat.buffers[tensor.buffer].data
    scales = tensor.quantization.scale if tensor.quantization else None
    signature = [] if tensor.shapeSignature is None else tensor.shapeSignature
    # The older quantiser leaves the shape of a scalar out.
    shape = [] if tensor.shape is None else tensor.shape
    return GraphTensor(
        tensor.name.decode(),
        flatbuffer_utils.type_to_name(tensor.type),
        tuple(int(size) for size in shape),
        0 if scales is None else len(scales),
        any(size < 0 for size in signature),
        None if contents is None or len(contents) == 0 else bytes(contents),
    )
