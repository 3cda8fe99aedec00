"""Bundles around the networks of the tests; all but the network is made here, so that it fits the code of today."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edge.features import FeatureConfig
from edge.model import Manifest, find_runtime
from edge.model.bundle import CARD, GOLDEN, MANIFEST, describe
from edge.model.bundle import MODEL as MODEL_NAME
from edge.model.manifest import StateInfo, Tensors, TrainingData
from edge.model.quantization import Real
from edge.model.stream import ModelStream

FEATURES = FeatureConfig(normalise="mean")
"""Of all test networks, as those of a device's share theirs."""
STACK = 3


def write_bundle(
    folder: Path,
    model: Path,
    extra: Mapping[str, Path] | None = None,
    features: FeatureConfig = FEATURES,
    **about: Any,  # noqa: ANN401 -- fields of the manifest
) -> Path:
    """Write the bundle of a network with one layer; `extra` are files beside it by their names in the bundle."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {MODEL_NAME: model, **(extra or {})}
    for name, path in contents.items():
        (folder / name).write_bytes(path.read_bytes())
    (folder / CARD).write_text(f"# {folder.name}\n")
    frames = np.random.default_rng(1).normal(0, 3, (60, FEATURES.bands)).astype(np.float32)
    np.savez(folder / GOLDEN, frames=frames, **_run(model, frames))  # type: ignore[arg-type]  # numpy thinks of allow_pickle
    names = (*contents, GOLDEN, CARD)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    manifest = Manifest(
        version="1",
        precision="int8",
        features=features,
        features_sha256=features.digest(),
        stack=STACK,
        tensors=_tensors(model),
        ops={"FULLY_CONNECTED": 4},
        files=files,
        licence="CC0-1.0",
        golden_tolerance=0.05,
        training_data=(TrainingData("none", "CC0-1.0", 0.0),),
        **about,
    )
    (folder / MANIFEST).write_text(manifest.to_json())
    return folder


def _run(model: Path, frames: Real) -> dict[str, Real]:
    return ModelStream(find_runtime().open(model), STACK, [("h0", "h0_out")]).feed(frames)


def _tensors(path: Path) -> Tensors:
    model = find_runtime().open(path)
    return Tensors(
        inputs={"frame": describe(model.inputs["frame"])},
        outputs={name: describe(tensor) for name, tensor in model.outputs.items() if name != "h0_out"},
        states=(StateInfo("h0", "h0_out", describe(model.inputs["h0"])),),
    )
