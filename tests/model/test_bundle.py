import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.errors import BundleError
from edge.model import shipped
from edge.model.bundle import CARD, GOLDEN, MANIFEST, MODEL, Bundle, sha256
from edge.model.runtime import Runtime, find_runtime
from edge.model.shipped import find_bundle, shipped_bundles
from tests.model.conftest import FIXTURES

pytestmark = pytest.mark.runtime


def alter(folder: Path, change: Callable[[Any], object]) -> None:
    path = folder / MANIFEST
    entries = json.loads(path.read_text())
    change(entries)
    path.write_text(json.dumps(entries))


@pytest.mark.parametrize("name", ["int8", "int16x8", "float"])
def test_a_sound_bundle_loads(name: str) -> None:
    bundle = Bundle.load(FIXTURES / name)
    assert bundle.manifest.name == name
    assert sha256(bundle.model).startswith(bundle.model_id)


@pytest.mark.parametrize("name", [MODEL, GOLDEN, CARD])
@pytest.mark.parametrize("position", [0, -1])
def test_one_flipped_bit_is_found_and_the_file_named(bundle_folder: Path, name: str, position: int) -> None:
    contents = bytearray((bundle_folder / name).read_bytes())
    contents[position] ^= 1
    (bundle_folder / name).write_bytes(contents)
    with pytest.raises(BundleError, match=f"{name} is damaged or altered .* again"):
        Bundle.load(bundle_folder)


@pytest.mark.parametrize("name", [MODEL, GOLDEN, CARD, MANIFEST])
def test_a_missing_file_is_named(bundle_folder: Path, name: str) -> None:
    (bundle_folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name}.*No such file.* again"):
        Bundle.load(bundle_folder)


def test_a_flipped_bit_of_the_manifest_cannot_pass_for_another_checksum(bundle_folder: Path) -> None:
    alter(bundle_folder, lambda m: m["files"].update({MODEL: m["files"][GOLDEN]}))
    with pytest.raises(BundleError, match=MODEL):
        Bundle.load(bundle_folder)


def test_a_manifest_of_brackets_without_end_is_refused(bundle_folder: Path) -> None:
    (bundle_folder / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(BundleError, match=MANIFEST):
        Bundle.load(bundle_folder)


def test_bytes_that_are_no_text_are_refused(bundle_folder: Path) -> None:
    (bundle_folder / MANIFEST).write_bytes(b"\xff\xfe{}")
    with pytest.raises(BundleError, match=MANIFEST):
        Bundle.load(bundle_folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m["features"].update(hop=320), "features do not match features_sha256"),
        (lambda m: m.update(features_sha256="0" * 64), "features do not match features_sha256"),
        (lambda m: m.update(features=None), "features do not match features_sha256"),
        (lambda m: m.update(stack=3), "the input has shape (1, 12), not (1, 6 numbers a frame x stack 3)"),
        (lambda m: m.update(window=5), "the input has shape (1, 12), not (1, 6 numbers a frame x window 5)"),
        (lambda m: m.update(stack=3, window=2), "the input has shape (1, 12), not (1, 6 numbers a frame x window 2)"),
        (lambda m: m.update(schema=7), "manifest.schema is 7"),
        (lambda m: m["files"].pop(GOLDEN), "manifest.files must list"),
        (lambda m: m["files"].update({"../../etc/passwd": "0"}), "manifest.files must list"),
        (lambda m: m["tensors"]["inputs"].clear(), "one input beside the states is expected, not 0"),
        (lambda m: m["tensors"]["inputs"]["frame"].update(scale=0.5), "input 'frame' is"),
        (lambda m: m["tensors"]["outputs"]["scores"].update(shape=[1, 4]), "output 'scores' is"),
        (lambda m: m["tensors"]["outputs"]["scores"].update(dtype="int16"), "output 'scores' is"),
        (lambda m: m["tensors"]["outputs"].pop("timing"), "its outputs are"),
        (lambda m: m["tensors"]["states"].pop(), "its inputs are"),
        (lambda m: m["tensors"]["states"][0]["tensor"].update(zero_point=1), "input 'h0' is"),
        (lambda m: m["tensors"]["states"][0].update(output="h1_out"), "outputs"),
    ],
)
def test_a_contradiction_is_refused_with_its_cause(
    bundle_folder: Path, change: Callable[[Any], object], message: str
) -> None:
    alter(bundle_folder, change)
    with pytest.raises(BundleError, match=re.escape(message)):
        Bundle.load(bundle_folder)


def test_a_state_must_come_out_as_it_goes_in(bundle_folder: Path) -> None:
    # h0 has 12 units and h1 has 10: crossing their outputs must not pass.
    def cross(manifest: dict[str, Any]) -> None:
        first, second = manifest["tensors"]["states"]
        first["output"], second["output"] = second["output"], first["output"]

    alter(bundle_folder, cross)
    with pytest.raises(BundleError, match="output 'h1_out' is"):
        Bundle.load(bundle_folder)


def test_an_operator_beyond_the_runtime_is_refused_before_the_file_is_opened(bundle_folder: Path) -> None:
    alter(bundle_folder, lambda m: m["ops"].update(FULLY_CONNECTED=12))
    old = Runtime("tflite-runtime", find_runtime().module)
    with pytest.raises(BundleError, match=r"tflite-runtime lacks FULLY_CONNECTED version 12; install ai-edge-litert"):
        Bundle.load(bundle_folder, old)


def test_dynamic_range_weights_load_where_the_runtime_is_new_enough() -> None:
    folder, runtime = FIXTURES / "dynamic-range", find_runtime()
    if runtime.name == "ai-edge-litert":
        assert Bundle.load(folder, runtime).manifest.ops["FULLY_CONNECTED"] == 12
        return
    with pytest.raises(BundleError, match="FULLY_CONNECTED version 12"):
        Bundle.load(folder, runtime)
    with pytest.raises(BundleError, match="FULLY_CONNECTED version 12"):
        runtime.open(folder / MODEL)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one bundle at its top and two inside the package."""
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "edge")
    (tmp_path / "pyproject.toml").touch()
    for place in ("firmware_models/int8", "edge/firmware_models/int8", "edge/firmware_models/float"):
        shutil.copytree(FIXTURES / Path(place).name, tmp_path / place)
    return tmp_path


def test_shipped_bundles_are_those_of_the_checkout_then_those_of_the_wheel(house: Path) -> None:
    assert shipped_bundles() == (house / "edge/firmware_models/float", house / "firmware_models/int8")


def test_a_table_of_word_vectors_alone_is_no_model_but_a_model_that_lost_its_file_is(house: Path) -> None:
    shutil.copytree(FIXTURES / "int8", house / "firmware_models/table")
    (house / "firmware_models/table" / MODEL).unlink()
    assert house / "firmware_models/table" in shipped_bundles()
    (house / "firmware_models/table/words.embedding").touch()
    assert house / "firmware_models/table" not in shipped_bundles()


def test_beside_an_installed_package_nothing_is_looked_for(house: Path) -> None:
    (house / "pyproject.toml").unlink()
    assert {folder.parent for folder in shipped_bundles()} == {house / "edge/firmware_models"}


def test_a_bundle_is_found_by_name_and_by_path(house: Path) -> None:
    assert find_bundle("int8") == house / "firmware_models/int8"
    assert find_bundle(house / "edge/firmware_models/int8") == house / "edge/firmware_models/int8"


@pytest.mark.usefixtures("house")
def test_a_bundle_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(BundleError, match=r"no model 'nothing'.*\(float, int8\)"):
        find_bundle("nothing")
