from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.model.fixtures.make import dynamic_range
from train.edgetpu import GraphTensor, Operator, check, op_versions, read_operators
from train.networks import Layer, Network, NetworkSpec
from train.quantize import Precision

X = GraphTensor("x", "INT8", (1, 64))
W = GraphTensor("w", "INT8", (192, 64), constant=b"\1")
BIAS = GraphTensor("b", "INT32", (192,), constant=b"\1")


def integers(*values: int) -> GraphTensor:
    return GraphTensor("constant", "INT32", (len(values),), 0, constant=np.array(values, "<i4").tobytes())


def op(
    name: str, inputs: Sequence[GraphTensor] = (X, X), output: GraphTensor = X, version: int = 2, **options: int
) -> Operator:
    return Operator(name, version, tuple(inputs), (output,), options)


DENSE = op("FULLY_CONNECTED", (X, W, BIAS), GraphTensor("y", "INT8", (1, 192)), version=4)
STRIDED = ("STRIDED_SLICE", (X, integers(0, 0), integers(1, 32)))


@pytest.mark.parametrize(
    "operator",
    [
        op("ADD"),
        op("TANH", [X]),
        op("LOGISTIC", [replace(X, dtype="UINT8")]),
        DENSE,
        replace(DENSE, inputs=(X, W)),
        op("SPLIT", [integers(1), X]),
        op("SPLIT", [integers(-1), X]),
        op("CONCATENATION"),
        op("SOFTMAX", [replace(X, shape=(1, 16_000))]),
        op(STRIDED[0], [*STRIDED[1], integers(1, 1)]),
        op("MUL", [replace(X, shape=(1, 1, 8, 8, 8))] * 2),
    ],
)
def test_what_the_edge_tpu_maps_gives_no_finding(operator: Operator) -> None:
    assert check((operator,)) == ()


@pytest.mark.parametrize(
    ("operator", "finding"),
    [
        (op("WHILE"), "WHILE is not among the Edge TPU's operators"),
        (op("UNPACK"), "UNPACK is not among"),
        (op("DEQUANTIZE"), "DEQUANTIZE is not among"),
        (replace(DENSE, version=12), "FULLY_CONNECTED has version 12, the compiler knows 4"),
        (op("ADD", [replace(X, dtype="FLOAT32")] * 2), "ADD: a tensor is float32, not int8 or uint8"),
        (op("ADD", [replace(X, dtype="INT16")] * 2), "ADD: a tensor is int16"),
        (op("ADD", [X, replace(X, dtype="INT32")]), "ADD: a tensor is int32"),
        (op("ADD", output=replace(X, dynamic=True)), "has a size that is not fixed"),
        (op("ADD", output=replace(X, shape=(2, 1, 8, 8))), "only the three innermost sizes may exceed 1"),
        (replace(DENSE, inputs=(X, replace(W, scales=192))), "has a scale for each channel"),
        (replace(DENSE, inputs=(X, replace(W, constant=None))), "weights that are computed"),
        (replace(DENSE, outputs=(replace(X, shape=(2, 192)),)), "only one row is possible"),
        (replace(DENSE, options={"weightsFormat": 1}), "shuffled weights"),
        (op("CONCATENATION", [X, replace(X, constant=b"\0")]), "has a constant input"),
        (op("SPLIT", [integers(0), X]), "cuts the batch"),
        (op("SPLIT", [integers(-2), X]), "cuts the batch"),
        (op("SPLIT", [replace(integers(1), constant=None), X]), "axis that is computed"),
        (op("SOFTMAX", [replace(X, shape=(1, 16_001))]), "16001 elements, more than 16000"),
        (op("SOFTMAX", [replace(X, shape=(2, 8))]), "only one row"),
        (op(STRIDED[0], [*STRIDED[1], integers(1, 2)]), "a stride other than 1"),
        (op(STRIDED[0], [*STRIDED[1], integers(1, 1)], newAxisMask=1), "uses newAxisMask"),
        (op(STRIDED[0], [*STRIDED[1], integers(1, 1)], ellipsisMask=2), "uses ellipsisMask"),
    ],
)
def test_what_it_does_not_map_is_said(operator: Operator, finding: str) -> None:
    assert any(finding in found for found in check((operator,)))


def test_a_finding_is_said_once() -> None:
    assert len(check((op("WHILE"), op("WHILE")))) == 1


def test_the_int8_step_of_a_real_file_fits(models: Mapping[Precision, bytes]) -> None:
    assert check(read_operators(models["int8"])) == ()


@pytest.mark.parametrize(("precision", "dtype"), [("float", "float32"), ("int16x8", "int16")])
def test_other_precisions_do_not_fit(models: Mapping[Precision, bytes], precision: Precision, dtype: str) -> None:
    findings = check(read_operators(models[precision]))
    assert f"TANH: a tensor is {dtype}, not int8 or uint8" in findings


def test_versions_are_read_from_the_file() -> None:
    wide = Network(NetworkSpec(bands=6, layers=(Layer(24),), heads=(("scores", 3),), stack=2))
    assert op_versions(read_operators(dynamic_range(wide)))["FULLY_CONNECTED"] == 12


def test_the_highest_version_of_an_operator_counts() -> None:
    operators = (replace(DENSE, version=3), replace(DENSE, version=5), replace(DENSE, version=4), op("ADD"))
    assert op_versions(operators) == {"ADD": 2, "FULLY_CONNECTED": 5}
