import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from edge.errors import BundleError, DataError, OutputError
from edge.features import FeatureConfig
from edge.model import Bundle, StreamingModel, verify_golden
from edge.model.manifest import TensorInfo
from edge.model.runtime import find_runtime
from tests.model.fixtures.make import SPEC, about, frames, too_new
from train.bundle import GOLDEN_STEPS, Part, describe_tensors, golden_tolerance, write_bundle
from train.quantize import Precision

GOLDEN = frames(GOLDEN_STEPS * SPEC.stack)


@pytest.mark.parametrize("precision", ["int8", "int16x8", "float"])
def test_what_is_written_loads_streams_and_gives_its_golden_vectors(
    models: Mapping[Precision, bytes], tmp_path: Path, precision: Precision
) -> None:
    folder = tmp_path / "models" / "tiny"
    written = write_bundle(folder, models[precision], about(precision), "# Card\n", GOLDEN)
    assert {path.name for path in folder.iterdir()} == {"model.tflite", "manifest.json", "golden.npz", "CARD.md"}
    assert Bundle.load(folder) == written
    assert max(verify_golden(StreamingModel.load(folder)).values()) == 0.0
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_the_manifest_holds_what_the_file_says_and_what_the_trainer_says(
    models: Mapping[Precision, bytes], tmp_path: Path
) -> None:
    manifest = write_bundle(tmp_path / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN).manifest
    assert manifest.ops["FULLY_CONNECTED"] == 4
    assert manifest.edgetpu is not None
    assert manifest.edgetpu.ok
    assert [(state.input, state.output) for state in manifest.tensors.states] == [("h0", "h0_out"), ("h1", "h1_out")]
    assert manifest.tensors.outputs.keys() == {"scores", "timing"}
    told = about("int8")
    assert all(getattr(manifest, field.name) == getattr(told, field.name) for field in dataclasses.fields(told))


def test_golden_vectors_hold_the_states_after_the_last_step(models: Mapping[Precision, bytes], tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN).folder
    stream = StreamingModel.load(folder).stream()
    stream.feed(GOLDEN)
    with np.load(folder / "golden.npz") as golden:
        assert set(golden.files) == {"frames", "scores", "timing", "h0_out", "h1_out"}
        assert golden["scores"].shape == (GOLDEN_STEPS, 3)
        assert (golden["h1_out"] == stream.states[1]).all()


def test_a_newer_bundle_takes_the_place_of_the_older_one(models: Mapping[Precision, bytes], tmp_path: Path) -> None:
    for precision in ("int8", "float"):
        write_bundle(tmp_path / "tiny", models[precision], about(precision), "# Card\n", GOLDEN)
    assert json.loads((tmp_path / "tiny" / "manifest.json").read_text())["precision"] == "float"
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_bundle_that_the_device_would_refuse_leaves_the_older_one_alone(
    models: Mapping[Precision, bytes], tmp_path: Path
) -> None:
    other = dataclasses.replace(about("int8"), features=FeatureConfig(bands=8))
    before = write_bundle(tmp_path / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN)
    with pytest.raises(BundleError, match="FULLY_CONNECTED version 99"):
        write_bundle(tmp_path / "tiny", too_new(models["int8"]), about("int8"), "# Card\n", GOLDEN)
    with pytest.raises(BundleError, match=r"not \(1, 8 numbers a frame x stack 2\)"):
        write_bundle(tmp_path / "tiny", models["int8"], other, "# Card\n", GOLDEN)
    assert Bundle.load(tmp_path / "tiny") == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_folder_of_other_things_is_not_replaced(models: Mapping[Precision, bytes], tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("keep me")
    with pytest.raises(OutputError, match="is no model bundle"):
        write_bundle(tmp_path, models["int8"], about("int8"), "# Card\n", GOLDEN)
    assert (tmp_path / "precious.txt").read_text() == "keep me"


def test_too_few_golden_frames_are_refused(models: Mapping[Precision, bytes], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"399 frames .* too few .* give 400"):
        write_bundle(tmp_path / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN[:-1])


def test_a_place_that_cannot_be_written_is_said(models: Mapping[Precision, bytes], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose a folder that can be written"):
        write_bundle(tmp_path / "file" / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN)


def test_states_are_told_from_inputs_and_outputs_by_their_names(
    models: Mapping[Precision, bytes], tmp_path: Path
) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(models["int8"])
    tensors = describe_tensors(find_runtime().open(path))
    assert tensors.inputs.keys() == {"frame"}
    assert tensors.states[1].tensor == TensorInfo((1, 10), "int8", 1 / 128, 0)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"a": TensorInfo((1, 2), "int8", 0.5, 3), "b": TensorInfo((1, 2), "int8", 0.25, 0)}, 16.0),
        ({"a": TensorInfo((1, 2), "float32")}, 1e-3),
    ],
)
def test_the_tolerance_follows_the_coarsest_output(outputs: dict[str, TensorInfo], expected: float) -> None:
    assert golden_tolerance(outputs) == expected


def test_a_part_comes_with_the_bundle_or_the_old_one_stays(models: dict[Precision, bytes], tmp_path: Path) -> None:
    def written(part: bytes) -> Bundle:
        second = Part("second", part, about("int8"), "# Second\n")
        return write_bundle(tmp_path / "tiny", models["int8"], about("int8"), "# Card\n", GOLDEN, part=second)

    folder = written(models["int8"]).folder
    assert Bundle.load(folder / "second").model_id == Bundle.load(folder).model_id
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(BundleError):
        written(too_new(models["int8"]))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
