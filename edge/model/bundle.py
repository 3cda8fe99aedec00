"""A model bundle: a folder of data that is checked in full before anything runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.errors import BundleError, reason
from edge.model.manifest import Manifest, TensorInfo
from edge.model.runtime import OP_LIMITS, Runtime, StepModel, Tensor, find_runtime, op_refusal

MANIFEST = "manifest.json"
MODEL = "model.tflite"
GOLDEN = "golden.npz"
CARD = "CARD.md"
LANGUAGE = "language.ngram"
"""A language model, which a speech network may bring along."""
EMBEDDING = "words.embedding"
"""The vectors of words, which a network that reads brings along."""
SPEAKERS = "speakers.npz"
"""Other people's voices, which a trigger network may bring along."""
ALIGNMENT = "alignment.npz"
"""What attention is computed with, which a network that writes translations brings along."""
TRANSITIONS = "transitions.npy"
"""Which tags like to follow each other, which a network that tags words may bring along."""
VERIFIER = "verifier"
"""Folder of a second bundle in that of a trigger network: a larger one that hears again what it believes it heard."""
VERIFIER_TASK = "trigger verifier"
"""What its manifest calls its task."""
EXTRAS = (LANGUAGE, EMBEDDING, SPEAKERS, ALIGNMENT, TRANSITIONS)
"""What a bundle may bring along."""

AGAIN = "copy or export the bundle again"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished model: model.tflite, manifest.json, golden.npz and CARD.md in one folder, and what it brings along."""

    folder: Path
    manifest: Manifest

    @property
    def model(self) -> Path:
        """The TFLite file."""
        return self.folder / MODEL

    @property
    def golden(self) -> Path:
        """Inputs and the outputs that were computed from them at export."""
        return self.folder / GOLDEN

    @property
    def language(self) -> Path | None:
        """The language model, if there is one."""
        return self.folder / LANGUAGE if LANGUAGE in self.manifest.files else None

    @property
    def embedding(self) -> Path | None:
        """The vectors of words, if there are any."""
        return self.folder / EMBEDDING if EMBEDDING in self.manifest.files else None

    @property
    def speakers(self) -> Path | None:
        """What tells voices apart, if there is anything."""
        return self.folder / SPEAKERS if SPEAKERS in self.manifest.files else None

    @property
    def alignment(self) -> Path | None:
        """What attention is computed with, if there is any."""
        return self.folder / ALIGNMENT if ALIGNMENT in self.manifest.files else None

    @property
    def transitions(self) -> Path | None:
        """Which tags like to follow each other, if it is told."""
        return self.folder / TRANSITIONS if TRANSITIONS in self.manifest.files else None

    @property
    def model_id(self) -> str:
        """First 12 digits of the model file's SHA-256, as events carry it."""
        return identity(self.manifest.files[MODEL])

    @classmethod
    def load(cls, folder: Path | str, runtime: Runtime | None = None) -> "Bundle":
        """Read a bundle and check it against itself and against the runtime.

        Raises:
            BundleError: a file is missing or altered, or does not fit the manifest, the features or the runtime.
        """
        bundle = cls.read(folder)
        bundle.check_runtime(runtime or find_runtime())
        return bundle

    @classmethod
    def read(cls, folder: Path | str) -> "Bundle":
        """Read a bundle and check it against itself, without a TFLite runtime.

        Raises:
            BundleError: a file is missing or altered, or the manifest contradicts itself.
        """
        folder = Path(folder)
        manifest = Manifest.parse(_text(folder / MANIFEST), str(folder / MANIFEST))
        _check_files(folder, manifest.files)
        _check_features(folder, manifest)
        _check_input(folder, manifest)
        return cls(folder, manifest)

    def check_runtime(self, runtime: Runtime) -> None:
        """Load the model once and hold its tensors against the manifest.

        Raises:
            BundleError: the runtime lacks an operator, or the file's tensors are not those of the manifest.
        """
        limits = OP_LIMITS.get(runtime.name, {})
        for op, version in self.manifest.ops.items():
            if version > limits.get(op, version):
                raise BundleError(op_refusal(self.model, runtime.name, op, version))
        self.check_tensors(runtime.open(self.model))

    def check_width(self, output: str, width: int) -> None:
        """Hold the width of an output against what it is about to be taken for, as one value for each label.

        Raises:
            BundleError: there is no such output, or it has another width.
        """
        found = self.manifest.tensors.outputs.get(output)
        if found is None or found.shape[-1] != width:
            told = "is not there" if found is None else f"has {found.shape[-1]} values"
            raise BundleError(f"{self.folder / MANIFEST}: output {output!r} {told}, where {width} belong; {AGAIN}")

    def check_tensors(self, model: StepModel) -> None:
        """Hold the tensors of a loaded model against the manifest.

        Raises:
            BundleError: a tensor is missing, unknown, or has another shape or number format.
        """
        tensors = self.manifest.tensors
        inputs = tensors.inputs | {state.input: state.tensor for state in tensors.states}
        outputs = tensors.outputs | {state.output: state.tensor for state in tensors.states}
        self._match("input", model.inputs, inputs)
        self._match("output", model.outputs, outputs)

    def _match(self, kind: str, actual: Mapping[str, Tensor], told: Mapping[str, TensorInfo]) -> None:
        if actual.keys() != told.keys():
            names = f"{', '.join(sorted(actual))}, where the manifest has {', '.join(sorted(told))}"
            raise BundleError(f"{self.model}: its {kind}s are {names}; {AGAIN}")
        for name, info in told.items():
            found = describe(actual[name])
            if found != info:
                raise BundleError(f"{self.model}: {kind} {name!r} is {found}, where the manifest has {info}; {AGAIN}")


def identity(digest: str) -> str:
    """What stands for a SHA-256 in hexadecimal: its first 12 digits."""
    return digest[:12]


def describe(tensor: Tensor) -> TensorInfo:
    """A tensor in the words of the manifest."""
    scale, zero = (tensor.quantization.scale, tensor.quantization.zero_point) if tensor.quantization else (None, None)
    return TensorInfo(tensor.shape, tensor.dtype.name, scale, zero)  # type: ignore[arg-type]  # any other name differs


def sha256(path: Path) -> str:
    """Checksum of a file, in hexadecimal.

    Raises:
        BundleError: it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror}; {AGAIN}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: {reason(error)}; {AGAIN}") from error


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    if files.keys() - set(EXTRAS) != {MODEL, GOLDEN, CARD}:
        raise BundleError(f"{folder / MANIFEST}: manifest.files must list {MODEL}, {GOLDEN} and {CARD}; {AGAIN}")
    for name, told in files.items():
        if sha256(folder / name) != told:
            raise BundleError(f"{folder / name} is damaged or altered (its SHA-256 is not the manifest's); {AGAIN}")


def _check_features(folder: Path, manifest: Manifest) -> None:
    digest = manifest.features.digest() if manifest.features else None
    if digest != manifest.features_sha256:
        raise BundleError(
            f"{folder / MANIFEST}: features do not match features_sha256, so the model would hear other frames than "
            "it learnt; install the version of hark that made the bundle, or export it again"
        )


def _check_input(folder: Path, manifest: Manifest) -> None:
    frame = manifest.tensors.inputs
    if len(frame) != 1:
        raise BundleError(f"{folder / MANIFEST}: one input beside the states is expected, not {len(frame)}; {AGAIN}")
    (info,) = frame.values()
    kind, seen = ("window", manifest.window) if manifest.window else ("stack", manifest.stack)
    width = manifest.features.width if manifest.features else info.shape[-1] // seen
    if seen < manifest.stack or info.shape != (1, width * seen):
        told = f"{width} numbers a frame x {kind} {seen}"
        raise BundleError(f"{folder / MANIFEST}: the input has shape {info.shape}, not (1, {told}); {AGAIN}")
