"""Hark on the device: hears trigger words in a stream of sound, and says so.

from edge import Pipeline, StreamingModel, open_source, thresholds_for

model = StreamingModel.load("trigger-en")
pipeline = Pipeline(model, thresholds_for(model, ["alexa", "jarvis"], false_accepts_per_hour=0.5))
with open_source("kitchen.wav") as blocks:
    for event in pipeline.run(blocks):
        print(event.to_json())
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.audio import SAMPLE_RATE, AudioBlock
    from edge.capture import open_source
    from edge.errors import BundleError, ConfigError, DataError, DeviceError, HarkError, OutputError, UsageError
    from edge.events import Event, Status, Trigger
    from edge.features import FeatureConfig, FeatureStream
    from edge.model import StreamingModel, shipped_bundles
    from edge.pipeline import Pipeline, thresholds_for

__all__ = [
    "SAMPLE_RATE",
    "AudioBlock",
    "BundleError",
    "ConfigError",
    "DataError",
    "DeviceError",
    "Event",
    "FeatureConfig",
    "FeatureStream",
    "HarkError",
    "OutputError",
    "Pipeline",
    "Status",
    "StreamingModel",
    "Trigger",
    "UsageError",
    "open_source",
    "shipped_bundles",
    "thresholds_for",
]

_HOMES = {
    "AudioBlock": "edge.audio",
    "BundleError": "edge.errors",
    "ConfigError": "edge.errors",
    "DataError": "edge.errors",
    "DeviceError": "edge.errors",
    "Event": "edge.events",
    "FeatureConfig": "edge.features",
    "FeatureStream": "edge.features",
    "HarkError": "edge.errors",
    "OutputError": "edge.errors",
    "Pipeline": "edge.pipeline",
    "SAMPLE_RATE": "edge.audio",
    "Status": "edge.events",
    "StreamingModel": "edge.model",
    "Trigger": "edge.events",
    "UsageError": "edge.errors",
    "open_source": "edge.capture",
    "shipped_bundles": "edge.model",
    "thresholds_for": "edge.pipeline",
}


def __getattr__(name: str) -> object:
    """Loads a public name when it is first used: `hark --help` needs none of them, a listener not all."""
    if name not in _HOMES:
        raise AttributeError(f"module 'edge' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
