import logging
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.errors import BundleError, ConfigError, HarkError
from edge.model import runtime as seam
from edge.model.runtime import MODULES, RUNTIME_VARIABLE, find_runtime
from tests.model.conftest import FIXTURES

pytestmark = pytest.mark.runtime

INT8 = FIXTURES / "int8" / "model.tflite"


@pytest.fixture
def no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RUNTIME_VARIABLE, raising=False)


@pytest.mark.usefixtures("no_wish")
def test_an_installed_runtime_is_found_by_default_by_argument_and_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_runtime()
    assert found.name in MODULES
    assert find_runtime(found.name) == found
    monkeypatch.setenv(RUNTIME_VARIABLE, found.name)
    assert find_runtime() == found


def test_the_argument_outranks_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, "onnx")
    assert find_runtime(_installed()).name == _installed()


def test_an_unknown_runtime_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, "onnx")
    with pytest.raises(ConfigError, match="set HARK_RUNTIME to ai-edge-litert or tflite-runtime"):
        find_runtime()


@pytest.mark.usefixtures("no_wish")
def test_without_any_runtime_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seam, "MODULES", {"ai-edge-litert": "not_there.a", "tflite-runtime": "not_there.b"})
    with pytest.raises(HarkError, match=r"no TFLite runtime .*: pip install ai-edge-litert$"):
        find_runtime()


@pytest.mark.skipif(np.__version__.startswith("1."), reason="NumPy 1 is what tflite-runtime wants")
def test_tflite_runtime_is_not_tried_with_a_numpy_that_breaks_it() -> None:
    with pytest.raises(HarkError, match="it needs NumPy 1"):
        find_runtime("tflite-runtime")


def test_an_operator_that_is_too_new_is_named_with_runtime_and_mend() -> None:
    path = FIXTURES / "too_new.tflite"
    runtime = find_runtime()
    expected = re.escape(f"{path}: {runtime.name} lacks FULLY_CONNECTED version 99; ")
    with pytest.raises(BundleError, match=expected):
        runtime.open(path)


@pytest.mark.parametrize("contents", [b"", b"no model", bytes(1000)])
def test_what_is_no_model_is_refused_in_one_line(tmp_path: Path, contents: bytes) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(contents)
    with pytest.raises(BundleError, match="cannot read it") as caught:
        find_runtime().open(path)
    assert "\n" not in str(caught.value)


def test_tensors_are_known_by_their_names_in_the_signature() -> None:
    model = find_runtime().open(INT8)
    assert model.inputs.keys() == {"frame", "h0", "h1"}
    assert model.outputs.keys() == {"scores", "timing", "h0_out", "h1_out"}
    assert model.inputs["frame"].shape == (1, 12)
    assert model.inputs["h0"].quantization == model.outputs["h0_out"].quantization


def test_a_step_gives_copies_that_the_next_step_leaves_alone() -> None:
    model = find_runtime().open(INT8)
    frame, scores = model.inputs["frame"], model.outputs["scores"].index
    (first,) = model.run([(frame.index, np.full((1, 12), 90, np.int8))], [scores])
    kept = first.copy()
    (second,) = model.run([(frame.index, np.full((1, 12), -90, np.int8))], [scores])
    assert (first == kept).all()
    assert (first != second).any()


def test_without_an_edge_tpu_the_cpu_runs_and_a_warning_says_so(caplog: pytest.LogCaptureFixture) -> None:
    seam._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING, "edge.model"):
        models = [find_runtime().open(INT8, delegate="edgetpu") for _ in range(3)]
    assert models[0].inputs.keys() == {"frame", "h0", "h1"}
    assert [record.message.count("running on the CPU") for record in caplog.records] == [1]


def test_importing_the_package_loads_no_runtime() -> None:
    code = "import sys, edge.model; sys.exit(any(m in sys.modules for m in ('ai_edge_litert', 'tflite_runtime')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _installed() -> str:
    return next(name for name in MODULES if not isinstance(seam._load(name), ImportError))
