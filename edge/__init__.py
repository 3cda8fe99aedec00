"""Hark on the device: hears trigger words and keywords in a stream of sound, and writes down what is said.

from edge import Pipeline, StreamingModel, open_source, thresholds_for

model = StreamingModel.load("trigger-en")
pipeline = Pipeline(model, thresholds_for(model, ["alexa", "jarvis"], false_accepts_per_hour=0.5))
with open_source("kitchen.wav") as blocks:
    for event in pipeline.run(blocks):
        print(event.to_json())
"""

from importlib import import_module

# That of `typing`, which takes longer to load than all this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from edge.audio import SAMPLE_RATE, AudioBlock
    from edge.capture import open_source
    from edge.decoder.guidance import Guidance
    from edge.errors import BundleError, ConfigError, DataError, DeviceError, HarkError, OutputError, UsageError
    from edge.events import Alert, Event, Keyword, Meaning, Partial, Status, Transcript, Trigger
    from edge.features import FeatureConfig, FeatureStream
    from edge.model import StreamingModel, shipped_bundles
    from edge.pipeline import Pipeline, thresholds_for
    from edge.spotter import Spotter
    from edge.transcriber import Transcriber

__all__ = [
    "SAMPLE_RATE",
    "Alert",
    "AudioBlock",
    "BundleError",
    "ConfigError",
    "DataError",
    "DeviceError",
    "Event",
    "FeatureConfig",
    "FeatureStream",
    "Guidance",
    "HarkError",
    "Keyword",
    "Meaning",
    "OutputError",
    "Partial",
    "Pipeline",
    "Spotter",
    "Status",
    "StreamingModel",
    "Transcriber",
    "Transcript",
    "Trigger",
    "UsageError",
    "open_source",
    "shipped_bundles",
    "thresholds_for",
]

_HOMES = {
    "Alert": "edge.events",
    "AudioBlock": "edge.audio",
    "BundleError": "edge.errors",
    "ConfigError": "edge.errors",
    "DataError": "edge.errors",
    "DeviceError": "edge.errors",
    "Event": "edge.events",
    "FeatureConfig": "edge.features",
    "FeatureStream": "edge.features",
    "Guidance": "edge.decoder.guidance",
    "HarkError": "edge.errors",
    "Keyword": "edge.events",
    "Meaning": "edge.events",
    "OutputError": "edge.errors",
    "Partial": "edge.events",
    "Pipeline": "edge.pipeline",
    "SAMPLE_RATE": "edge.audio",
    "Spotter": "edge.spotter",
    "Status": "edge.events",
    "StreamingModel": "edge.model",
    "Transcriber": "edge.transcriber",
    "Transcript": "edge.events",
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
