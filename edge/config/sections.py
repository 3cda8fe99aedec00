"""The sections of the configuration; the rule of each field is in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from edge.capture.native import MOST_CHANNELS, RATES
from edge.config.alerts import AlertConfig, OutboxConfig, SinkConfig
from edge.config.file import ConfigFile
from edge.config.rules import ChannelRule, FilePath, Number, SocketAddress, Spoken, Text, TextList, Truth, setting
from edge.decoder.beam import BeamConfig
from edge.decoder.keywords import SHORTEST
from edge.endpoint import EndpointConfig

BEAM: Final = Number(1, 256, whole=True)
BOOST: Final = Number(0.1, 20.0, "nats")
HOT_WORD: Final = Spoken()
_MODEL: Final = FilePath("the name of a shipped model (see hark models), or a folder")
KEYWORD_TEXT: Final = Spoken(SHORTEST)

_ENDPOINT: Final = EndpointConfig()


@dataclass(frozen=True, slots=True)
class InputConfig:
    """Where the sound comes from."""

    source: str = setting("mic", Text('"mic", "mic:NAME", "mic:NUMBER", "-", "exec:COMMAND" or a sound file'))
    """What to listen to, as `hark listen --input` takes it."""

    rate: int | None = setting(None, Number(RATES[0], RATES[-1], "Hz", whole=True))
    """Hz of raw samples, or at which a microphone is opened; None leaves it to the source."""

    channels: int = setting(1, Number(1, MOST_CHANNELS, whole=True))
    """Channels of raw samples, or with which a microphone is opened."""

    channel: int | Literal["mix"] = setting("mix", ChannelRule())
    """The channel to listen to, from 0, or "mix" for the mean of all."""

    block_seconds: float = setting(0.08, Number(0.01, 1.0, "seconds"))
    """Seconds of sound that are worked on at once: longer is cheaper, and later."""


@dataclass(frozen=True, slots=True)
class TriggerConfig:
    """Which words to listen for, and how readily."""

    model: str = setting("trigger-en", _MODEL)
    """The trigger network."""

    words: tuple[str, ...] | None = setting(None, TextList("a list of different words of the model"))
    """Words to listen for; None: all that the model knows."""

    false_accepts_per_hour: float = setting(0.5, Number(0.0, 3600.0, "false accepts an hour"))
    """Budget of false accepts for each word; the model's measured curve turns it into a threshold."""

    thresholds: Mapping[str, float] = field(default_factory=dict, metadata={"each": Number(0.01, 0.999)})
    """Thresholds of single words, instead of the budget."""

    voices: tuple[str, ...] = setting((), TextList("a list of different names of hark enroll, or paths of its files"))
    """Voices that alone trigger the words that they are enrolled for."""


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How speech is written down."""

    model: str = setting("speech-en", _MODEL)
    """The speech network; loaded only where transcripts or keywords are wanted."""

    after_trigger: bool = setting(False, Truth())
    """Whether to write down what is said after a trigger word."""

    beam: int = setting(BeamConfig().width, BEAM)
    """Texts that are kept in view at once: more find a better one, and cost more."""

    language: str = setting("shipped", FilePath('"shipped", "none" or the path of a language model'))
    """The language model: that of the speech model, none, or a file."""

    rescore: str = setting("none", FilePath('"none", the name of a shipped language model, or a folder'))
    """The network that ranks finished texts anew."""

    grammar: str | None = setting(None, FilePath("the path of a grammar in JSGF, or of a .txt with a sentence a line"))
    """The only sentences that are let through; None: any."""

    nothing_seconds: float = setting(_ENDPOINT.nothing_seconds, Number(0.5, 60.0, "seconds"))
    """Wait for the first word; then give up."""

    silence_seconds: float = setting(_ENDPOINT.silence_seconds, Number(0.2, 10.0, "seconds"))
    """Silence that ends what is said."""

    longest_seconds: float = setting(_ENDPOINT.longest_seconds, Number(1.0, 600.0, "seconds"))
    """What is said ends after this time in any case."""

    hot_words: Mapping[str, float] = field(default_factory=dict, metadata={"each": BOOST, "names": HOT_WORD})
    """Nats by which words or phrases are favoured."""

    log_text: bool = setting(True, Truth())
    """Whether `hark listen` prints what was said; rules and sinks get it in any case."""


@dataclass(frozen=True, slots=True)
class UnderstandingConfig:
    """What is found out of each transcript."""

    entities: bool = setting(False, Truth())
    """Whether names, places, dates, times and the like are."""

    entities_model: str = setting("entities-en", _MODEL)
    """The network that finds them."""

    sentiment: bool = setting(False, Truth())
    """Whether the mood is."""

    sentiment_model: str = setting("sentiment-en", _MODEL)
    """The network that tells it."""

    translation: str = setting("none", FilePath('a translator, as "translation-en-fr" or a folder, or "none"'))
    """The translator of transcripts, if there is one."""

    @property
    def wanted(self) -> bool:
        """Whether there is anything to find out."""
        return self.entities or self.sentiment or self.translates

    @property
    def translates(self) -> bool:
        """Whether transcripts are translated."""
        return self.translation != "none"


@dataclass(frozen=True, slots=True)
class KeywordEntry:
    """A keyword that is listened for all the time."""

    text: str = field(metadata={"rule": KEYWORD_TEXT})
    """As it is said."""

    name: str | None = setting(None, Text("a name"))
    """What events call it; None: the text."""

    threshold: float | None = setting(None, Number(0.01, 0.99))
    """Lower hears more, rightly and wrongly; None: that of the speech model."""

    @property
    def called(self) -> str:
        """What events call it."""
        return self.name or self.text


@dataclass(frozen=True, slots=True)
class RuntimeConfig:
    """What runs the networks."""

    name: Literal["auto", "ai-edge-litert", "tflite-runtime"] = setting(
        "auto", Text('"auto", "ai-edge-litert" or "tflite-runtime"', ("auto", "ai-edge-litert", "tflite-runtime"))
    )
    """The TFLite runtime; "auto" takes the first that is installed, in this order."""

    delegate: Literal["none", "edgetpu"] = setting("none", Text('"none" or "edgetpu"', ("none", "edgetpu")))
    """An Edge TPU runs the networks if it is there; otherwise the CPU does, with a warning."""


@dataclass(frozen=True, slots=True)
class MetricsConfig:
    """Counts of what the listener does, for Prometheus."""

    enabled: bool = setting(False, Truth())
    """Whether they are served."""

    listen: tuple[str, int] = setting(("127.0.0.1", 9464), SocketAddress())
    """Address and port at which they are read over HTTP."""

    public: bool = setting(False, Truth())
    """Whether the address may be one that other machines reach: whoever does may read them."""


@dataclass(frozen=True, slots=True)
class RecordingConfig:
    """Clips of the sound around each trigger and alert."""

    enabled: bool = setting(False, Truth())
    """Whether they are kept; nothing of the sound is stored otherwise."""

    folder: str = setting("/var/lib/hark/clips", FilePath("the path of a folder"))
    """It is made, for its owner alone, if it is not there."""

    seconds_before: float = setting(3.0, Number(0.5, 30.0, "seconds"))
    """Of sound before the event."""

    seconds_after: float = setting(5.0, Number(0.0, 30.0, "seconds"))
    """Of sound after the event."""

    clips: int = setting(100, Number(1, 100_000, "clips", whole=True))
    """Most that are kept; of these limits, the first that is reached counts, and the oldest clip goes first."""

    megabytes: float = setting(50.0, Number(3.0, 1_000_000.0, "megabytes"))
    """Most that all of them take."""

    days: float = setting(7.0, Number(0.01, 3650.0, "days"))
    """Longest that one is kept."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the owner of a device may set."""

    input: InputConfig = InputConfig()
    trigger: TriggerConfig = TriggerConfig()
    speech: SpeechConfig = SpeechConfig()
    keywords: tuple[KeywordEntry, ...] = ()
    runtime: RuntimeConfig = RuntimeConfig()
    alerts: tuple[AlertConfig, ...] = ()
    outbox: OutboxConfig = field(default_factory=OutboxConfig)
    sinks: Mapping[str, SinkConfig] = field(default_factory=dict)
    """By name."""
    metrics: MetricsConfig = MetricsConfig()
    recording: RecordingConfig = RecordingConfig()
    understanding: UnderstandingConfig = UnderstandingConfig()
    file: ConfigFile | None = None
    """What it was read from, if it was."""
