"""From a trained network to a TFLite file, in a child process: the converter is native code that can crash."""

import multiprocessing
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from edge.errors import DataError, HarkError, signal_name
from train.arrays import read_arrays, write_arrays
from train.networks import Network, NetworkSpec
from train.quantize import Frames, Precision, convert
from train.screen import written_to

FIRST_KERNEL = "layer0/kernel"
"""Of the lowest cell, which reads frames."""
_HARDLY_MORE = 1.1
"""Times the largest weight that is allowed."""
LAST_LINES = 4
"""Of what the converter said before it failed: its cause stands seldom in the very last."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What the child needs: plain data and paths."""

    kind: type[Network]
    spec: NetworkSpec
    precision: Precision
    folder: Path
    """Holds weights.npz and calibration.npz; the child adds model.tflite and log.txt."""

    @property
    def weights(self) -> Path:
        return self.folder / "weights.npz"

    @property
    def calibration(self) -> Path:
        return self.folder / "calibration.npz"

    @property
    def model(self) -> Path:
        return self.folder / "model.tflite"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"


def export(network: Network, calibration: Sequence[Frames], precision: Precision = "int8") -> bytes:
    """The TFLite file of the network's step view; see `train.quantize.convert`.

    Args:
        network: a network that `type(network)(network.spec)` builds anew; its weights travel by name.
        calibration: stretches of real frames, (frames, bands) each, together 30 s or more; unused for `float`.
        precision: `int8`, `int16x8` or `float`.

    Raises:
        HarkError: the converter failed or died; the message carries its last words or its signal.
    """
    with tempfile.TemporaryDirectory(prefix="hark-export-") as folder:
        job = _Job(type(network), network.spec, precision, Path(folder))
        save_weights(network, job.weights)
        np.savez(job.calibration, *calibration)
        child = multiprocessing.get_context("spawn").Process(target=_convert_in_child, args=(job,))
        with job.log.open("wb") as log, written_to(log):
            child.start()
        child.join()
        if child.exitcode != 0:
            raise HarkError(f"the converter {_cause_of_death(child.exitcode or 0)}{_last_words(job.log)}")
        return job.model.read_bytes()


def weights_of(network: tf.Module) -> dict[str, tf.Variable]:
    """All variables of a network by the names of their part and their own, such as `layer0/kernel`."""
    named = [
        (f"{part.name}/{variable.name.split(':')[0]}", variable)
        for part in (network, *network.submodules)
        for variable in vars(part).values()
        if isinstance(variable, tf.Variable)
    ]
    if len(dict(named)) < len(named):
        raise ValueError(f"two weights share a name: {', '.join(name for name, _ in named)}")
    return dict(named)


def save_weights(network: tf.Module, path: Path, *, half: bool = False) -> None:
    """Write the weights to a plain .npz, by the names of `weights_of`.

    In `half` precision the file is half as large, and still a hundred times finer than int8.
    """
    precision = np.float16 if half else np.float32
    write_arrays(path, {name: variable.numpy().astype(precision) for name, variable in weights_of(network).items()})


def load_weights(network: tf.Module, weights: Path | Mapping[str, Frames]) -> None:
    """Put weights into a network, from a plain .npz or from arrays by name; they may have been trained anywhere.

    What its own training would not have let grow is cut off (`train.cells.without_outliers`); what was cut off once,
    and is hardly more, is not cut off again.

    Raises:
        DataError: the file cannot be read, or a weight is missing, unknown, or has another shape.
    """
    if isinstance(weights, Path):
        weights = read_weights(weights)
    variables = weights_of(network)
    if variables.keys() != weights.keys():
        wrong = sorted(variables.keys() ^ weights.keys())
        raise DataError(f"weights do not fit the network: {wrong[0]!r} is missing or unknown; compare the two specs")
    for name, variable in variables.items():
        if tuple(variable.shape) != weights[name].shape:
            raise DataError(f"weight {name!r} has shape {weights[name].shape}, the network wants {variable.shape}")
        variable.assign(weights[name])
        if variable.constraint:
            allowed = variable.constraint(variable).numpy()
            if np.abs(weights[name]).max() > _HARDLY_MORE * np.abs(allowed).max():
                variable.assign(allowed)


def mean_weights(paths: Sequence[Path]) -> dict[str, Frames]:
    """The mean of the weights of several trainings of one network, by name.

    Those that went on from the same weights lie in one valley of the loss, where the mean often errs less than each
    (Wortsman et al. 2022, arXiv 2203.05482).

    Args:
        paths: one or more.

    Raises:
        DataError: a file cannot be read, or they are not of one network.
    """
    first, *others = (read_weights(path) for path in paths)
    for path, other in zip(paths[1:], others, strict=True):
        if {name: one.shape for name, one in other.items()} != {name: one.shape for name, one in first.items()}:
            raise DataError(f"{path}: not the weights of the network of {paths[0]}; average trainings of the same one")
    return {name: np.mean([one, *(other[name] for other in others)], axis=0) for name, one in first.items()}


def load_cells(network: Network, weights: Path) -> None:
    """Put the lowest cells of another network, from its .npz, into this one; the heads stay as they are.

    Its frames may hold more or fewer numbers (`reframed`).

    Raises:
        DataError: the file cannot be read, has fewer layers, or cells of other widths.
    """
    stored = reframed(read_weights(weights), network.spec)
    for cell in network.cells:
        load_weights(cell, {name: stored[name] for name in weights_of(cell) if name in stored})


def reframed(weights: Mapping[str, Frames], spec: NetworkSpec) -> dict[str, Frames]:
    """Weights whose lowest kernel, over stacked frames, fits frames that begin with the same numbers.

    It makes nothing of those that they have besides; those that they lack are lost. What is no such kernel stays.

    Raises:
        DataError: they are of frames that do not begin alike, or of a stack of more or fewer.
    """
    kernel, frames = weights.get(FIRST_KERNEL), spec.window or spec.stack
    if kernel is None or kernel.ndim != 2 or len(kernel) % frames or spec.embedding:
        return dict(weights)
    width = len(kernel) // frames
    if width not in (spec.bands, 2 * spec.bands, spec.bands / 2):  # Twice as many: each band in two normalisations.
        wanted = f"the network takes {frames} frames of {spec.bands} numbers a step"
        raise DataError(f"weights of {len(kernel)} numbers a step, but {wanted}; give those of one with the same stack")
    by_frame = kernel.reshape(frames, -1, kernel.shape[1])[:, : spec.bands]
    missing = spec.bands - by_frame.shape[1]
    return {**weights, FIRST_KERNEL: np.pad(by_frame, ((0, 0), (0, missing), (0, 0))).reshape(spec.features, -1)}


def read_weights(path: Path) -> Mapping[str, Frames]:
    """The arrays of a plain .npz by name, float32 whatever precision they were kept in.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        found = read_arrays(path, "give the .npz file of a training")
        weights = {name: array.astype(np.float32) for name, array in found.items()}
    except (DataError, ValueError) as error:  # ValueError: words are no numbers.
        raise DataError(f"weights: {error}") from error
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise DataError(f"weights: {path}: {name!r} holds what is no number; take earlier ones")
    return weights


def _convert_in_child(job: _Job) -> None:
    network = job.kind(job.spec)
    load_weights(network, job.weights)
    with np.load(job.calibration, allow_pickle=False) as archive:
        calibration: list[Any] = [archive[name] for name in archive.files]
    job.model.write_bytes(convert(network, calibration, job.precision))


def _cause_of_death(exit_code: int) -> str:
    return f"died of {signal_name(-exit_code)}" if exit_code < 0 else "failed"


def _last_words(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()] if log.exists() else []
    said = [line for line in lines if line][-LAST_LINES:]
    return ": " + " | ".join(said) if said else ""
