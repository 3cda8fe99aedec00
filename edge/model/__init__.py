"""Model bundles and how the device runs them: a step at a time, int8, the state handed back by the stream."""

from edge.model.bundle import Bundle
from edge.model.manifest import Manifest, OperatingPoints, SecondLookConfig
from edge.model.quantization import Quantization
from edge.model.runtime import Runtime, find_runtime
from edge.model.shipped import find_bundle, shipped_bundles
from edge.model.stream import ModelStream, StreamingModel, verify_golden

__all__ = [
    "Bundle",
    "Manifest",
    "ModelStream",
    "OperatingPoints",
    "Quantization",
    "Runtime",
    "SecondLookConfig",
    "StreamingModel",
    "find_bundle",
    "find_runtime",
    "shipped_bundles",
    "verify_golden",
]
