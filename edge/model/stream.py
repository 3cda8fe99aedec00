"""Streaming a model: the model is immutable, the stream owns the state."""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from edge.arrays import read_arrays
from edge.errors import BundleError, DataError
from edge.model.bundle import AGAIN, VERIFIER, Bundle, identity
from edge.model.manifest import SecondLookConfig, VerifierConfig
from edge.model.quantization import Real
from edge.model.runtime import Array, Delegate, Runtime, StepModel, Tensor, find_runtime
from edge.model.shipped import find_bundle
from edge.quiet import Quiet

BACK: Final = "_back"
"""Ends the name of an output of a backward direction, which comes in the order of its steps: last frame first."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamingModel:
    """A checked bundle and the runtime that runs it; any number of streams can be opened over it."""

    bundle: Bundle
    runtime: Runtime
    delegate: Delegate | None = None
    speller: "StreamingModel | None" = None
    """The speech network that reads again what this one believes it heard, if its manifest asks for one."""
    verifier: "StreamingModel | None" = None
    """The larger network that learnt the same words and hears it again, if its manifest asks for one."""

    @classmethod
    def load(
        cls, name_or_path: str | Path, runtime: str | None = None, delegate: Delegate | None = None
    ) -> "StreamingModel":
        """The bundle of this name or folder; `runtime` is a package name, the first one installed by default.

        Raises:
            BundleError: there is no such bundle, or it does not match itself, the features or the runtime; or that
                holds for the network of its second look.
            HarkError: no TFLite runtime is installed.
        """
        chosen = find_runtime(runtime)
        bundle = Bundle.load(find_bundle(name_or_path), chosen)
        look = bundle.manifest.second_look
        if look is None:
            return cls(bundle, chosen, delegate)
        speller = cls(_speller(bundle, look, chosen), chosen, delegate)
        if look.verifier is None:
            return cls(bundle, chosen, delegate, speller)
        return cls(bundle, chosen, delegate, speller, cls(_verifier(bundle, look.verifier, chosen), chosen, delegate))

    @property
    def scores_id(self) -> str:
        """Identity, as of a model, of all that its scores come from: another one's thresholds mean nothing to it."""
        look = self.bundle.manifest.second_look
        if look is None or self.speller is None:
            return self.bundle.model_id
        decides = json.dumps([self.bundle.model_id, asdict(look), self.speller.bundle.model_id])
        return identity(hashlib.sha256(decides.encode()).hexdigest())

    def stream(self, *, tell_frames: bool = False, endless: bool = False) -> "ModelStream":
        """A new stream from silence, with an interpreter of its own: streams may run in different threads.

        An endless one begins anew whenever it is quiet; any other is told by its owner when to, with `reset`.
        """
        manifest = self.bundle.manifest
        states = [(state.input, state.output) for state in manifest.tensors.states]
        opened = self.runtime.open(self.bundle.model, self.delegate)
        quiet = Quiet(manifest.frames, manifest.stack) if endless else None
        return ModelStream(opened, manifest.stack, states, window=manifest.window, tell_frames=tell_frames, quiet=quiet)


class ModelStream:
    """Frames in, outputs of each step out; owns the states and the frames that the next step sees already.

    Args:
        model: a loaded step model.
        stack: frames of one step.
        states: pairs of input and output names; the input that is in no pair takes the frames.
        window: frames that a step sees, the new ones last and zeros before the first; by default the new ones alone.
        tell_frames: whether the new frames of each step are given out too, by the input's name.
        quiet: tells which steps begin from nothing; None: only the first does.
    """

    def __init__(
        self,
        model: StepModel,
        stack: int,
        states: list[tuple[str, str]],
        *,
        window: int | None = None,
        tell_frames: bool = False,
        quiet: Quiet | None = None,
    ) -> None:
        self.stack = stack
        self.window = window or stack
        self._model = model
        (frame,) = model.inputs.keys() - {given for given, _ in states}
        self._frame = model.inputs[frame]
        self._states_in = [model.inputs[given] for given, _ in states]
        self._set = [self._frame.index, *(tensor.index for tensor in self._states_in)]
        self._zero = [_zeros(tensor) for tensor in self._states_in]
        self._told = frame if tell_frames else None
        self._quiet = quiet
        self.fresh: Sequence[bool] = ()
        """Whether each step of the last call began from nothing, by `quiet`; empty without it."""
        self._outputs = {name: model.outputs[name] for name in model.outputs.keys() - {out for _, out in states}}
        # One list of indices, so that a step is one call: the states first, then the outputs.
        self._fetched = [model.outputs[out].index for _, out in states]
        self._fetched += [tensor.index for tensor in self._outputs.values()]
        self.reset()

    @property
    def bands(self) -> int:
        """Width of one frame."""
        return self._frame.shape[-1] // self.window

    @property
    def states(self) -> tuple[Array, ...]:
        """The states as the model holds them: integers, or floats for a float model."""
        return tuple(self._states)

    def reset(self) -> None:
        """Forget everything: the next frame is the first of a new stream."""
        self.rejoin()
        self._states = self._zero

    def restore(self, states: tuple[Array, ...]) -> None:
        """Go on from where `states` were read, so that several futures can be tried from one past.

        The past of a window is forgotten.
        """
        self.rejoin()
        self._states = list(states)

    def rejoin(self) -> None:
        """Drop the frames of an unfinished step, and of a window, after a gap, but keep the states."""
        self._pending = np.zeros((self.window - self.stack, self.bands), np.float32)
        if self._quiet:
            self._quiet.reset()

    def feed(self, frames: Real) -> dict[str, Real]:
        """All outputs whose step is now complete, by name: (frames, bands) to (steps, width), steps >= 0.

        The results are identical however the frames are cut into calls.
        """
        pending, early = np.concatenate([self._pending, frames]), self.window - self.stack
        steps = (len(pending) - early) // self.stack
        self._pending = pending[steps * self.stack :]
        new = pending[early : early + steps * self.stack].reshape(steps, self.stack * self.bands)
        if self._quiet:
            self.fresh = self._quiet.feed(new)
        results = [np.empty((steps, tensor.shape[-1]), tensor.dtype) for tensor in self._outputs.values()]
        for step, frame in enumerate(self._seen(_to_model(pending, self._frame), steps)):
            if self.fresh and self.fresh[step]:
                self._states = self._zero
            for result, value in zip(results, self._step(frame), strict=True):
                result[step] = value[0]
        named = zip(self._outputs.items(), results, strict=True)
        outputs = {name: _from_model(result, tensor) for (name, tensor), result in named}
        return outputs | {self._told: new} if self._told else outputs

    def _seen(self, frames: Array, steps: int) -> Iterator[Array]:
        """The input of each step: rows of `frames` that overlap, without a copy of them."""
        for first in range(0, steps * self.stack, self.stack):
            yield frames[first : first + self.window].reshape(self._frame.shape)

    def _step(self, frame: Array) -> list[Array]:
        count = len(self._states)
        fetched = self._model.run(zip(self._set, (frame, *self._states), strict=True), self._fetched)
        self._states = fetched[:count]
        return fetched[count:]


def _speller(bundle: Bundle, look: SecondLookConfig, runtime: Runtime) -> Bundle:
    """The speech network of a second look; another one than that of the curves will do, and is told of."""
    try:
        speller = Bundle.load(find_bundle(look.model), runtime)
    except BundleError as error:
        raise BundleError(f"{bundle.folder} takes a second look with {look.model}, but {error}") from error
    if speller.model_id != look.model_id:
        _log.warning("%s was measured with another %s: hark tune finds its threshold", bundle.folder, look.model)
    return speller


def _verifier(bundle: Bundle, told: VerifierConfig, runtime: Runtime) -> Bundle:
    """The verifier that lies in a bundle's folder."""
    verifier = Bundle.load(bundle.folder / VERIFIER, runtime)
    ours, theirs = bundle.manifest, verifier.manifest
    scores = [manifest.tensors.outputs.get("scores") for manifest in (ours, theirs)]
    alike = all(one and one.shape == (1, len(ours.labels)) for one in scores) and all(
        getattr(ours, name) == getattr(theirs, name) for name in ("labels", "features", "stack")
    )
    if not alike or verifier.model_id != told.model_id:
        raise BundleError(f"{verifier.folder} is not the verifier of {bundle.folder}; {AGAIN}")
    return verifier


def verify_golden(model: StreamingModel) -> dict[str, float]:
    """Run the golden vectors of the bundle: the largest difference of each output, in its own units.

    Raises:
        BundleError: a difference is beyond the bundle's tolerance, or the golden file cannot be read.
    """
    bundle = model.bundle
    golden = _read_golden(bundle.golden)
    outputs = model.stream().feed(golden["frames"])
    differences = {name: _largest_difference(value, golden.get(name)) for name, value in outputs.items()}
    name, worst = max(differences.items(), key=lambda item: item[1])
    if not worst <= bundle.manifest.golden_tolerance:
        raise BundleError(
            f"{bundle.folder}: {model.runtime.name} computes {name!r} up to {worst:.4g} off the golden vectors "
            f"(allowed: {bundle.manifest.golden_tolerance:.4g}); try another runtime, or export the bundle again"
        )
    return differences


def _largest_difference(value: Real, golden: Real | None) -> float:
    if golden is None or golden.shape != value.shape:
        return float("inf")
    return float(np.abs(value - golden).max())


def _read_golden(path: Path) -> Mapping[str, Real]:
    try:
        golden = read_arrays(path)
    except DataError as error:
        raise BundleError(f"{error}; copy or export the bundle again") from error
    if "frames" not in golden:
        raise BundleError(f"{path}: has no frames; copy or export the bundle again")
    return golden


def _zeros(tensor: Tensor) -> Array:
    return _to_model(np.zeros(tensor.shape, np.float32), tensor)


def _to_model(real: Real, tensor: Tensor) -> Array:
    return real if tensor.quantization is None else tensor.quantization.quantize(real, tensor.dtype)


def _from_model(value: Array, tensor: Tensor) -> Real:
    return value if tensor.quantization is None else tensor.quantization.dequantize(value)
