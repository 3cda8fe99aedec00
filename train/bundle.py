"""Write a model bundle: everything that `edge.model` checks before it runs a model."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from edge.errors import DataError, OutputError
from edge.features import FeatureConfig
from edge.model.bundle import CARD, GOLDEN, MANIFEST, MODEL, Bundle, describe
from edge.model.manifest import (
    EdgeTpu,
    Manifest,
    OperatingPoints,
    SecondLookConfig,
    StateInfo,
    TensorInfo,
    Tensors,
    TrainingData,
)
from edge.model.runtime import StepModel, find_runtime
from edge.model.stream import ModelStream
from train.edgetpu import Operator, check, op_versions, read_operators
from train.quantize import Frames, Precision

GOLDEN_STEPS = 200
"""Fewest steps of golden vectors: enough for the states to settle and for an error in them to show."""

INTEGER_TOLERANCE = 32
"""Steps of an integer output by which runtimes may differ: their kernels round differently, and states remember. Of the
200 steps of speech-en 1.9.0, which are 1.2 apart in the mean, two are 25 and 26 apart."""

FLOAT_TOLERANCE = 1e-3
"""The same for a float output, in its own units."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class About:
    """What only the trainer knows of a model; the rest of the manifest is read from the model file."""

    name: str
    task: str
    version: str
    precision: Precision
    stack: int
    labels: tuple[str, ...]
    licence: str
    features: FeatureConfig | None = None
    detector: dict[str, float] = field(default_factory=dict)
    label_bonuses: tuple[float, ...] = ()
    operating_points: dict[str, OperatingPoints] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    training_data: tuple[TrainingData, ...] = ()
    second_look: SecondLookConfig | None = None
    window: int | None = None
    """Frames that a step sees; None: those of `stack` alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """A bundle in the folder of another one, over the same frames."""

    name: str
    """Of its folder."""
    model: bytes
    about: About
    card: str


def write_bundle(
    folder: Path,
    model: bytes,
    about: About,
    card: str,
    golden_frames: Frames,
    extras: Mapping[str, bytes] = MappingProxyType({}),
    part: Part | None = None,
) -> Bundle:
    """Write the bundle's folder in one move, replacing an older one, and read it back as a device would.

    Args:
        folder: where the bundle shall be, such as `firmware_models/view-glass`.
        model: the TFLite file, as `train.export.export` gives it.
        about: what the manifest says beyond the file itself.
        card: the text of CARD.md.
        golden_frames: real frames, (frames, bands), of at least `GOLDEN_STEPS` steps.
        extras: contents of the files that go along, by their names in `edge.model.bundle`.
        part: a second bundle in the folder of this one.

    Raises:
        DataError: the golden frames are too few.
        OutputError: the folder cannot be written.
        BundleError: the device would refuse the bundle.
    """
    if len(golden_frames) < GOLDEN_STEPS * about.stack:
        problem = f"{len(golden_frames)} frames of real input are too few for golden vectors"
        raise DataError(f"{problem}: give {GOLDEN_STEPS * about.stack} or more")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir(mode=0o755)
            for name, contents in extras.items():
                (fresh / name).write_bytes(contents)
            _fill(fresh, model, about, card, golden_frames)
            if part:
                write_bundle(fresh / part.name, part.model, part.about, part.card, golden_frames)
            Bundle.load(fresh)
            _swap(fresh, folder, Path(scratch) / "old")
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror}; choose a folder that can be written") from error
    return Bundle.read(folder)


def measured(write: Callable[[Path], object], measure: Callable[[Path], Found]) -> Found:
    """What is found of a bundle before it takes another one's place, which stays if the measurement fails.

    Args:
        write: writes the bundle, or several, into a folder that is not there yet: what is measured is the very file.
        measure: what is wanted, of that folder, which goes away afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="hark-measured-") as scratch:
        folder = Path(scratch) / "bundle"
        write(folder)
        return measure(folder)


def _fill(folder: Path, model: bytes, about: About, card: str, golden_frames: Frames) -> None:
    (folder / MODEL).write_bytes(model)
    (folder / CARD).write_text(card, encoding="utf-8")
    opened = find_runtime().open(folder / MODEL)
    tensors = describe_tensors(opened)
    np.savez_compressed(folder / GOLDEN, **golden_vectors(opened, about, tensors, golden_frames))
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    manifest = _manifest(about, tensors, read_operators(model), files)
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")


def describe_tensors(model: StepModel) -> Tensors:
    """The signature of a loaded model; an input `x` with an output `x_out` is a state.

    Raises:
        ValueError: a state goes in with another shape or number format than it comes out.
    """
    inputs = {name: describe(tensor) for name, tensor in model.inputs.items()}
    outputs = {name: describe(tensor) for name, tensor in model.outputs.items()}
    states = sorted(name for name in inputs if f"{name}_out" in outputs)
    for name in states:
        if inputs[name] != outputs[f"{name}_out"]:
            raise ValueError(f"state {name!r} goes in as {inputs[name]} and comes out as {outputs[f'{name}_out']}")
    return Tensors(
        {name: info for name, info in inputs.items() if name not in states},
        {name: info for name, info in outputs.items() if name.removesuffix("_out") not in states},
        tuple(StateInfo(name, f"{name}_out", inputs[name]) for name in states),
    )


def golden_vectors(model: StepModel, about: About, tensors: Tensors, frames: Frames) -> dict[str, Any]:
    """The frames, each output over time, and each state after the last step under its output's name."""
    states = [(state.input, state.output) for state in tensors.states]
    stream = ModelStream(model, about.stack, states, window=about.window)
    outputs = stream.feed(frames)
    last = {state.output: value for state, value in zip(tensors.states, stream.states, strict=True)}
    return {"frames": frames, **outputs, **last}


def golden_tolerance(outputs: Mapping[str, TensorInfo]) -> float:
    """Largest difference that another runtime may show, in the units of the coarsest output."""
    return max(INTEGER_TOLERANCE * info.scale if info.scale else FLOAT_TOLERANCE for info in outputs.values())


def _manifest(about: About, tensors: Tensors, operators: tuple[Operator, ...], files: dict[str, str]) -> Manifest:
    findings = check(operators)
    return Manifest(
        name=about.name,
        task=about.task,
        version=about.version,
        precision=about.precision,
        features=about.features,
        features_sha256=about.features.digest() if about.features else None,
        stack=about.stack,
        labels=about.labels,
        tensors=tensors,
        ops=op_versions(operators),
        files=files,
        licence=about.licence,
        golden_tolerance=golden_tolerance(tensors.outputs),
        detector=about.detector,
        label_bonuses=about.label_bonuses,
        operating_points=about.operating_points,
        metrics=about.metrics,
        training_data=about.training_data,
        edgetpu=EdgeTpu(not findings, findings),
        second_look=about.second_look,
        window=about.window,
    )


def _swap(fresh: Path, folder: Path, aside: Path) -> None:
    """Put the new folder in the old one's place; who reads meanwhile sees the old, for a moment none, then the new."""
    check_place(folder)
    if folder.exists():
        shutil.move(folder, aside)
    fresh.replace(folder)


def check_place(folder: Path) -> None:
    """Finds out whether a bundle may be written there, before hours are spent on it.

    Raises:
        OutputError: there is something else, which is not replaced.
    """
    if folder.exists() and not (folder / MANIFEST).is_file() and not (folder.is_dir() and not any(folder.iterdir())):
        raise OutputError(f"{folder} is no model bundle: it is not replaced; choose another folder")


def place(text: str) -> Path:
    """A folder of the command line in which a bundle shall be written; see `check_place`."""
    check_place(Path(text))
    return Path(text)
