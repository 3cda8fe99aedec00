"""What a model bundle says of itself: the contents of manifest.json."""

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NoReturn, TypeAlias

from edge.errors import BundleError
from edge.features import FeatureConfig
from edge.json_records import read
from edge.model.quantization import Quantization

SCHEMA = 1
"""Version of the manifest's layout; the runtime reads no other."""

TABLE = "embeddings"
"""What a table of word vectors calls its task: it has a manifest, but no network."""

Precision: TypeAlias = Literal["int8", "int16x8", "float"]
Dtype: TypeAlias = Literal["int8", "int16", "float32"]


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Shape and number format of one tensor; the first dimension is the batch of one."""

    shape: tuple[int, ...]
    dtype: Dtype
    scale: float | None = None
    zero_point: int | None = None

    def __post_init__(self) -> None:
        if not self.shape:
            raise ValueError("shape must name at least the batch of one")

    @property
    def quantization(self) -> Quantization | None:
        """None for a float tensor."""
        if self.scale is None or self.zero_point is None:
            return None
        return Quantization(self.scale, self.zero_point)


@dataclass(frozen=True, slots=True)
class StateInfo:
    """A state: the output that is copied, bit by bit, into an input of the next step."""

    input: str
    output: str
    tensor: TensorInfo


@dataclass(frozen=True, slots=True)
class Tensors:
    """The signature of the model: its input, its outputs, and the states that connect steps."""

    inputs: dict[str, TensorInfo]
    outputs: dict[str, TensorInfo]
    states: tuple[StateInfo, ...]


@dataclass(frozen=True, slots=True)
class OperatingPoints:
    """The curve from which a threshold is chosen; the three lists run side by side."""

    threshold: tuple[float, ...]
    false_accepts_per_hour: tuple[float, ...]
    miss_percent: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.threshold) == len(self.false_accepts_per_hour) == len(self.miss_percent):
            raise ValueError("threshold, false_accepts_per_hour and miss_percent must be of one length")
        if not self.threshold:
            raise ValueError("threshold, false_accepts_per_hour and miss_percent must not be empty")


@dataclass(frozen=True, slots=True)
class VerifierConfig:
    """A larger network that learnt the same words, in the folder `verifier` of the bundle."""

    model_id: str
    """Its identity."""
    floor: float
    """The least posterior of the network that listens always, 0 to 1, at which it is asked."""
    share: float
    """Of its logit in that of both, 0 to 1."""

    def __post_init__(self) -> None:
        if not (0 < self.floor < 1 and 0 <= self.share <= 1):
            raise ValueError("second_look.verifier: floor is between 0 and 1, share 0 to 1")


@dataclass(frozen=True, slots=True)
class SecondLookConfig:
    """How others hear again what a trigger network believes it heard, see edge/second_look.py."""

    model: str
    """Name or folder of the speech network's bundle."""
    model_id: str
    """Its identity when the curves were measured."""
    smoothing_steps: int
    """Steps over which the network's own posteriors are averaged; those of both are not."""
    floor: float
    """The least posterior, 0 to 1, of the network and its verifier together, at which letters are looked at."""
    weight: float
    """Of the logarithm of the spelling, beside the logit of the posterior."""
    spelling: dict[str, str] = field(default_factory=dict)
    """How labels are spelled that the speech network writes otherwise."""
    verifier: VerifierConfig | None = None
    """None: there is none."""

    def __post_init__(self) -> None:
        if not (1 <= self.smoothing_steps <= 100 and 0 < self.floor < 1 and 0 <= self.weight <= 100):
            raise ValueError("second_look: smoothing_steps is 1 to 100, floor between 0 and 1, weight 0 to 100")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """A corpus that the model has learnt from."""

    corpus: str
    licence: str
    hours: float


@dataclass(frozen=True, slots=True)
class EdgeTpu:
    """Whether every operator fits the Edge TPU, and if not, why."""

    ok: bool
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that the runtime, the owner and the next trainer need to know of a model."""

    name: str
    task: str
    version: str
    precision: Precision
    features: FeatureConfig | None
    """None for a model that does not hear, such as a text tagger."""
    features_sha256: str | None
    stack: int
    """Frames of one step."""
    labels: tuple[str, ...]
    tensors: Tensors
    ops: dict[str, int]
    """Highest version of each operator."""
    files: dict[str, str]
    """SHA-256 of each file beside the manifest."""
    licence: str
    golden_tolerance: float
    """Largest difference of any output, in its own units, from golden.npz."""
    detector: dict[str, float] = field(default_factory=dict)
    """What turns scores into events: smoothing_steps, refractory_seconds, timing_seconds, ..."""
    label_bonuses: tuple[float, ...] = ()
    """What each label adds to the score of a text beside the bundle's own language model; none: nothing."""
    operating_points: dict[str, OperatingPoints] = field(default_factory=dict)
    """By label."""
    metrics: dict[str, Any] = field(default_factory=dict)
    training_data: tuple[TrainingData, ...] = ()
    edgetpu: EdgeTpu | None = None
    second_look: SecondLookConfig | None = None
    """None: the scores of a trigger network are its own."""
    window: int | None = None
    """Frames that a step sees, the `stack` new ones last; None: it sees those alone."""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if self.stack < 1:
            raise ValueError("stack must be 1 or more")
        if not 0 <= self.golden_tolerance < math.inf:
            raise ValueError("golden_tolerance must be 0 or more")
        if len(self.label_bonuses) not in (0, len(self.labels)):
            raise ValueError("label_bonuses must be as many as labels, or none")
        if self.detector.get("temperature", 1.0) <= 0:
            raise ValueError("detector.temperature, which divides logits, must be above 0")

    @property
    def frames(self) -> FeatureConfig:
        """How the frames are computed that the model hears; those of one that does not are asked for by nobody."""
        return self.features or FeatureConfig()

    @classmethod
    def parse(cls, text: str, where: str) -> "Manifest":
        """The manifest in a JSON text; `where` names it in errors.

        Raises:
            BundleError: not JSON, another schema, or a key that is unknown, missing or of the wrong type.
        """
        try:
            entries = json.loads(text, parse_constant=_refuse)
            _check_schema(entries)
            if entries.get("task") == TABLE:
                raise BundleError(f"{where}: it is a table of word vectors, not a network")
            return read(cls, entries, "manifest")
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{where}: {error}; copy or export the bundle again") from error

    def to_json(self) -> str:
        """The text of manifest.json."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _check_schema(entries: object) -> None:
    schema = entries.get("schema") if isinstance(entries, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"manifest.schema is {schema!r}, this version of hark reads {SCHEMA} (is one of them newer?)")
