"""The one place that touches a TFLite runtime: which one, how it runs a step, and what its refusals mean.

`ai-edge-litert` is preferred; `tflite-runtime` serves where there is nothing else (32-bit ARM, old Pythons).
A step goes through set_tensor, invoke, get_tensor: measured on x86-64, that is 9 us for two layers of 64 units,
where views through `tensor()` take 13 us; a signature runner resizes and reallocates every tensor at each call.
"""

import ctypes
import importlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from edge.errors import BundleError, ConfigError, HarkError
from edge.model.quantization import Quantization
from edge.model.remarks import no_remarks
from edge.stopping import is_wished

Array: TypeAlias = npt.NDArray[Any]
Delegate: TypeAlias = Literal["edgetpu"]

RUNTIME_VARIABLE = "HARK_RUNTIME"
"""Environment variable that forces a runtime by its package name."""

MODULES = {"ai-edge-litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}
"""Interpreter module of each runtime, the preferred one first."""

OP_LIMITS: Mapping[str, Mapping[str, int]] = {
    "tflite-runtime": {"FULLY_CONNECTED": 10, "ADD": 5, "SUB": 5, "MUL": 7, "SPLIT": 4, "LOGISTIC": 3, "TANH": 3},
}
"""Highest version of each operator that a runtime loads; measured on tflite-runtime 2.14.0, its last release."""

EDGETPU_LIBRARY = "libedgetpu.so.1"

_MISSING_OP = re.compile(r"Didn't find op for builtin opcode '(\w+)' version '(\d+)'")
_log = logging.getLogger(__name__)


class _Signature(Protocol):
    def get_input_details(self) -> dict[str, dict[str, Any]]: ...
    def get_output_details(self) -> dict[str, dict[str, Any]]: ...


class _Interpreter(Protocol):
    def allocate_tensors(self) -> None: ...
    def invoke(self) -> None: ...
    def set_tensor(self, tensor_index: int, value: Array) -> None: ...
    def get_tensor(self, tensor_index: int) -> Array: ...
    def get_signature_runner(self) -> _Signature: ...


class _Module(Protocol):
    def Interpreter(self, **options: object) -> _Interpreter: ...  # noqa: N802 (the runtime's name)
    def load_delegate(self, library: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the model's signature, as the interpreter reports it."""

    index: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    quantization: Quantization | None
    """None for a float tensor."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """An installed TFLite runtime."""

    name: str
    """Package name: `ai-edge-litert` or `tflite-runtime`."""

    module: _Module

    def open(self, path: Path, delegate: Delegate | None = None) -> "StepModel":
        """An interpreter of its own over the model file, with one thread.

        Raises:
            BundleError: the runtime refuses the file.
        """
        delegates = [] if delegate is None else self._delegates()
        try:
            # By a path the file would be mapped, and whoever writes over it would kill all that run it.
            with no_remarks():
                interpreter = self.module.Interpreter(
                    model_content=path.read_bytes(), num_threads=1, experimental_delegates=delegates or None
                )
                interpreter.allocate_tensors()
        except (OSError, ValueError, RuntimeError) as refusal:
            raise BundleError(self._explain(path, str(refusal))) from refusal
        return StepModel(interpreter)

    def _delegates(self) -> list[object]:
        try:
            # The runtime's own loader, when the library is missing, leaves a half-made object that complains later.
            ctypes.CDLL(EDGETPU_LIBRARY)
            return [self.module.load_delegate(EDGETPU_LIBRARY)]
        except (OSError, ValueError) as error:
            reason = _first_line(str(error)) or "the device did not answer"
            _warn_once(f"no Edge TPU ({reason}): running on the CPU; install libedgetpu1-std")
            return []

    def _explain(self, path: Path, refusal: str) -> str:
        missing = _MISSING_OP.search(refusal)
        if missing is None:
            return f"{path}: {self.name} cannot read it ({_first_line(refusal)}); copy or export the model again"
        return op_refusal(path, self.name, missing[1], int(missing[2]))


@cache
def _warn_once(text: str) -> None:
    """Each network asks anew for what there is not."""
    _log.warning(text)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


class StepModel:
    """A loaded model: arrays in by name, arrays out by name. Not for use from two threads at once."""

    def __init__(self, interpreter: _Interpreter) -> None:
        # The signature runner is not kept: the interpreter refuses to run while anyone else refers to it.
        signature = interpreter.get_signature_runner()
        self._interpreter = interpreter
        self.inputs = {name: _tensor(details) for name, details in signature.get_input_details().items()}
        self.outputs = {name: _tensor(details) for name, details in signature.get_output_details().items()}

    def run(self, inputs: Iterable[tuple[int, Array]], outputs: list[int]) -> list[Array]:
        """Set the tensors of these indices, run, and give out copies of the tensors of those indices."""
        interpreter = self._interpreter
        for index, value in inputs:
            interpreter.set_tensor(index, value)
        interpreter.invoke()
        return [interpreter.get_tensor(index) for index in outputs]


def find_runtime(name: str | None = None) -> Runtime:
    """The named runtime, else the one named by $HARK_RUNTIME, else the first one installed.

    Raises:
        ConfigError: the name is unknown.
        HarkError: that runtime, or any, is not installed.
    """
    wanted = name or os.environ.get(RUNTIME_VARIABLE)
    if wanted is not None and wanted not in MODULES:
        raise ConfigError(f"no runtime is called {wanted!r}: set {RUNTIME_VARIABLE} to {' or '.join(MODULES)}")
    reasons: list[str] = []
    for candidate in [wanted] if wanted else MODULES:
        found = _load(candidate)
        if isinstance(found, Runtime):
            return found
        reasons.append(f"{candidate}: {found}")
    raise HarkError(f"no TFLite runtime ({'; '.join(reasons)}): pip install {wanted or 'ai-edge-litert'}")


def op_refusal(path: Path, runtime: str, op: str, version: int) -> str:
    """The one line for an operator that is too new for a runtime."""
    mend = "install ai-edge-litert instead" if runtime == "tflite-runtime" else f"update {runtime}"
    return (
        f"{path}: {runtime} lacks {op} version {version}; {mend}, or export the model with precision int8 "
        "and per-tensor weights"
    )


def _load(name: str) -> Runtime | ImportError:
    # With NumPy 2 this import succeeds, and the first Interpreter fails with "_ARRAY_API not found".
    if name == "tflite-runtime" and int(np.__version__.split(".")[0]) >= 2:
        return ImportError(f"it needs NumPy 1, found {np.__version__}: pip install 'numpy<2'")
    try:
        return Runtime(name, cast(_Module, importlib.import_module(MODULES[name])))
    except ImportError as error:
        if is_wished():
            raise KeyboardInterrupt from error
        return error


def _tensor(details: dict[str, Any]) -> Tensor:
    scale, zero_point = details["quantization"]
    quantization = Quantization(float(scale), int(zero_point)) if scale else None
    shape = tuple(int(size) for size in details["shape"])
    return Tensor(int(details["index"]), shape, np.dtype(details["dtype"]), quantization)
