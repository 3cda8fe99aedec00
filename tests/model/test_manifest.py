import json
import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from edge.errors import BundleError
from edge.model.manifest import SCHEMA, Manifest, TensorInfo
from edge.model.quantization import Quantization
from tests.model.conftest import FIXTURES

pytestmark = pytest.mark.runtime

TEXT = (FIXTURES / "int8" / "manifest.json").read_text()


def altered(change: Callable[[Any], object]) -> str:
    entries = json.loads(TEXT)
    change(entries)
    return json.dumps(entries)


def test_says_what_was_written() -> None:
    manifest = Manifest.parse(TEXT, "x")
    assert (manifest.name, manifest.task, manifest.precision, manifest.stack) == ("int8", "trigger", "int8", 2)
    assert manifest.labels == ("none", "view glass", "smoke alarm")
    assert manifest.features is not None
    assert manifest.features.bands == 6
    assert manifest.operating_points["view glass"].false_accepts_per_hour == (2.0, 0.25)
    assert manifest.metrics["note"] == "random weights"
    assert manifest.edgetpu is not None
    assert manifest.edgetpu.ok


@pytest.mark.parametrize("name", ["int8", "int16x8", "float", "dynamic-range"])
def test_survives_the_way_to_json_and_back(name: str) -> None:
    manifest = Manifest.parse((FIXTURES / name / "manifest.json").read_text(), "x")
    assert Manifest.parse(manifest.to_json(), "x") == manifest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(schema=SCHEMA + 1), "manifest.schema is 2, this version of hark reads 1"),
        (lambda m: m.pop("schema"), "manifest.schema is None"),
        (lambda m: m.pop("task"), "manifest lacks the key 'task'"),
        (lambda m: m.update(tsak="trigger"), "manifest has an unknown key 'tsak'"),
        (lambda m: m.update(stack="2"), "manifest.stack must be a whole number, not '2'"),
        (lambda m: m.update(stack=2.0), "manifest.stack must be a whole number, not 2.0"),
        (lambda m: m.update(stack=True), "manifest.stack must be a whole number, not True"),
        (lambda m: m.update(stack=0), "stack must be 1 or more"),
        (lambda m: m["detector"].update(threshold=math.nan), "NaN is no number of JSON"),
        (lambda m: m.update(golden_tolerance=math.inf), "Infinity is no number of JSON"),
        (lambda m: m.update(golden_tolerance=-1.0), "golden_tolerance must be 0 or more"),
        (lambda m: m["tensors"]["inputs"]["frame"].update(shape=[]), "shape must name at least the batch of one"),
        (lambda m: [one.clear() for one in m["operating_points"]["view glass"].values()], "must not be empty"),
        (lambda m: m.update(name=None), "manifest.name must be a string, not None"),
        (lambda m: m.update(precision="int4"), "manifest.precision must be one of 'int8', 'int16x8', 'float'"),
        (lambda m: m.update(labels="none"), "manifest.labels must be a list, not 'none'"),
        (
            lambda m: m["detector"].update(temperature=0.0),
            "detector.temperature, which divides logits, must be",
        ),
        (lambda m: m.update(label_bonuses=[0.5]), "label_bonuses must be as many as labels, or none"),
        (lambda m: m["labels"].append(3), "manifest.labels[3] must be a string, not 3"),
        (lambda m: m["features"].update(hop="10 ms"), "manifest.features.hop must be a whole number"),
        (lambda m: m["features"].update(volume=1), "manifest.features has an unknown key 'volume'"),
        (lambda m: m["tensors"]["inputs"]["frame"].update(scale="1"), "manifest.tensors.inputs.frame.scale must be"),
        (lambda m: m["tensors"]["states"][1].pop("output"), "manifest.tensors.states[1] lacks the key 'output'"),
        (lambda m: m["operating_points"]["view glass"]["threshold"].pop(), "must be of one length"),
        (lambda m: m.update(files=[]), "manifest.files must be an object, not []"),
        (lambda m: m["edgetpu"].update(ok=1), "manifest.edgetpu.ok must be true or false, not 1"),
    ],
)
def test_an_error_names_the_key_and_what_is_wrong(change: Callable[[Any], object], message: str) -> None:
    with pytest.raises(BundleError, match=re.escape(message)) as caught:
        Manifest.parse(altered(change), "models/x/manifest.json")
    assert str(caught.value).startswith("models/x/manifest.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_what_is_no_manifest_at_all_is_refused(text: str) -> None:
    with pytest.raises(BundleError):
        Manifest.parse(text, "x")


def test_a_table_of_word_vectors_is_called_so() -> None:
    with pytest.raises(BundleError, match=r"is a table of word vectors, not a network$"):
        Manifest.parse('{"schema": 1, "task": "embeddings", "dimensions": 80}', "x")


def test_a_whole_number_may_stand_for_a_real_one() -> None:
    manifest = Manifest.parse(altered(lambda m: m.update(golden_tolerance=1)), "x")
    assert manifest.golden_tolerance == 1.0
    assert isinstance(manifest.golden_tolerance, float)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (TensorInfo((1, 3), "int8", 0.5, -3), Quantization(0.5, -3)),
        (TensorInfo((1, 3), "float32"), None),
    ],
)
def test_a_tensor_knows_its_quantization(info: TensorInfo, expected: Quantization | None) -> None:
    assert info.quantization == expected
