"""From configuration and options to a source, a pipeline and what decodes speech."""

import logging
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from edge.audio import SAMPLE_RATE
from edge.capture import Source, open_source
from edge.cli.view import Screen
from edge.config import (
    Config,
    InputConfig,
    KeywordEntry,
    RuntimeConfig,
    SpeechConfig,
    TriggerConfig,
    check_alerts,
    load_config,
    told_by_line,
    words_of,
)
from edge.config.editing import tuned_for
from edge.decoder.alphabet import encode
from edge.decoder.guidance import Guidance
from edge.decoder.rescoring import Rescorer
from edge.endpoint import EndpointConfig
from edge.errors import BundleError, UsageError
from edge.model import StreamingModel
from edge.model.bundle import VERIFIER_TASK
from edge.pipeline import Pipeline, thresholds_for
from edge.spotter import Spotter
from edge.transcriber import Transcriber, TranscriberConfig, own_language, speech_figures
from edge.translation.translator import DECODER, ENCODER, Translator, find_translator
from edge.understanding.entities import EntityTagger
from edge.understanding.language import LanguageModel
from edge.understanding.meaning import Understanding
from edge.understanding.sentiment import SentimentClassifier
from edge.voices import Gate, Speakers, Voice, load_voice, voice_path

OUTPUTS = {"scores", "timing"}
"""What the network of a trigger gives."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """A pipeline that is ready to be fed, and what it is made of."""

    model: StreamingModel
    thresholds: dict[str, float]
    """Of the words to listen for."""
    keywords: tuple[str, ...]
    """Texts that are listened for beside them."""
    transcribes: bool
    """Whether what is said after a word is written down."""
    entities: tuple[str, ...]
    """Types of names, times and the like that are found in that."""
    pipeline: Pipeline

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.bundle.manifest.name

    @property
    def aims(self) -> str:
        """What to listen for, for a message."""
        said = " and for what is said after a trigger word" if self.transcribes else ""
        return ", ".join((*self.thresholds, *self.keywords)) + said

    def screen(self) -> Screen:
        """A live view of what the pipeline hears."""
        return Screen(self.model.bundle.manifest.labels, self.thresholds)


def assemble(config: Config, words: Sequence[str] | None = None) -> Listener:
    """The listener of a configuration; `words` are those of the command line.

    Raises:
        HarkError: see `load_model`, `wanted_words`, `choose_thresholds`, `load_speech`, `make_transcriber` and
            `load_voices`.
    """
    model = load_model(config)
    enabled = wanted_words(config, model.bundle.manifest.labels, words)
    thresholds = choose_thresholds(config.trigger, model, enabled)
    _tell_of_other_models(config, model, enabled)
    transcriber, spotter = _decoders(config, model)
    keywords = tuple(keyword.text for keyword in config.keywords)
    understanding = make_understanding(config) if transcriber and config.understanding.wanted else None
    if config.understanding.wanted and not transcriber:
        _log.warning("[understanding] has nothing to read: set after_trigger = true in [speech]")
    with told_by_line(config.file, [(("trigger", "voices"), name) for name in config.trigger.voices]):
        voices = load_voices(config.trigger, model)
    judge = Gate(model.bundle.manifest, voices) if voices else None
    pipeline = Pipeline(model, thresholds, transcriber, spotter, understanding, judge)
    entities = understanding.entity_types if understanding else ()
    return Listener(model, thresholds, keywords, transcriber is not None, entities, pipeline)


def _tell_of_other_models(config: Config, model: StreamingModel, words: Sequence[str]) -> None:
    """Scores of one network say nothing of another's."""
    text = config.file.text if config.file else ""
    for word in words:
        if (tuned := tuned_for(text, word)) and tuned != model.scores_id:
            _log.warning("the threshold of %r was tuned for another model than this: run hark tune again", word)


def _decoders(config: Config, trigger: StreamingModel) -> tuple[Transcriber | None, Spotter | None]:
    """What decodes speech, over one network; where nothing is wanted of it, it need not be installed."""
    wanted = config.speech.after_trigger
    if not wanted and not config.keywords:
        return None, None
    model = load_speech(config)
    seen, features = trigger.bundle.manifest.features, model.bundle.manifest.features
    if features is None or seen not in (features, features.first):
        folders = f"{model.bundle.folder} hears other frames than {trigger.bundle.folder}"
        raise BundleError(f"{folders}: name a speech model whose frames begin with those of the trigger model")
    with _told_by_line(config, "speech", "language", "grammar", "rescore"):
        transcriber = make_transcriber(config.speech, model, endpoint_of(config.speech)) if wanted else None
    return transcriber, make_spotter(config.keywords, model) if config.keywords else None


def check_rules(config: Config, listener: Listener) -> None:
    """Refuse rules that wait for what the listener neither hears nor writes down.

    Raises:
        ConfigError: there is one.
    """
    if config.file:
        triggers, keywords = tuple(listener.thresholds), tuple(one.called for one in config.keywords)
        check_alerts(
            config,
            config.file,
            triggers=triggers,
            keywords=keywords,
            entities=listener.entities,
            writes=listener.transcribes,
        )


def configure(arguments: Namespace) -> Config:
    """The configuration, with what the options say in place of it.

    Raises:
        ConfigError: it cannot be read, or something in it cannot be.
    """
    config = load_config(arguments.config)
    trigger, budget = config.trigger, arguments.false_accepts_per_hour
    trigger = replace(trigger, model=arguments.model or trigger.model)
    trigger = trigger if budget is None else replace(trigger, false_accepts_per_hour=budget)
    return replace(config, trigger=trigger)


def configure_speech(config: Config, arguments: Namespace) -> Config:
    """The same for the options that say what is decoded beside trigger words."""
    speech = config.speech
    if arguments.grammar and arguments.transcribe is False:
        raise UsageError("--grammar guides what is written down, and --no-transcribe writes nothing: leave one out")
    # Who names a grammar wants something written down by it.
    wanted = speech.after_trigger or bool(arguments.grammar)
    speech = replace(
        speech,
        after_trigger=wanted if arguments.transcribe is None else arguments.transcribe,
        grammar=arguments.grammar or speech.grammar,
    )
    if arguments.keyword is None:
        return replace(config, speech=speech)
    # However it is spelled, the same letters are listened for once.
    given = {tuple(encode(text)): KeywordEntry(text) for text in reversed(arguments.keyword)}
    return replace(config, speech=speech, keywords=tuple(reversed(given.values())))


def load_model(config: Config) -> StreamingModel:
    """The trigger network that a configuration names.

    Raises:
        BundleError: there is none, it is damaged, or no trigger network.
        HarkError: no TFLite runtime is installed.
    """
    with _told_by_line(config, "trigger", "model"):
        model = open_model(config.trigger.model, config.runtime)
        _check_hears_words(model)
    return model


def _check_hears_words(model: StreamingModel) -> None:
    manifest = model.bundle.manifest
    if manifest.task == VERIFIER_TASK:
        raise BundleError(f"{model.bundle.folder} is asked by the trigger model in the folder above: name that")
    if not manifest.tensors.outputs.keys() >= OUTPUTS:
        raise BundleError(f"{model.bundle.folder} is no trigger model: name one of those, see hark models")


def load_speech(config: Config) -> StreamingModel:
    """The speech network that a configuration names.

    Raises:
        BundleError: there is none, it is damaged, or no speech network.
        HarkError: no TFLite runtime is installed.
    """
    with _told_by_line(config, "speech", "model"):
        model = open_model(config.speech.model, config.runtime)
        speech_figures(model.bundle)
    return model


def _told_by_line(config: Config, section: str, *names: str) -> AbstractContextManager[None]:
    """What is wrong with a value that the configuration names is told by its line."""
    values = getattr(config, section)
    return told_by_line(config.file, [((section, name), getattr(values, name)) for name in names])


def open_model(name: str | Path, config: RuntimeConfig) -> StreamingModel:
    """The bundle of this name or folder, with the runtime of a configuration.

    Raises:
        BundleError: see `StreamingModel.load`.
    """
    runtime, delegate = config.name, config.delegate
    return StreamingModel.load(
        name,
        runtime=None if runtime == "auto" else runtime,
        delegate=None if delegate == "none" else delegate,
    )


def make_transcriber(
    config: SpeechConfig, model: StreamingModel, endpoint: EndpointConfig | None, nbest: int | None = None
) -> Transcriber:
    """A transcriber as the owner wishes; without an endpoint, an utterance ends when the sound does.

    Raises:
        ConfigError: the grammar or a hot word cannot be.
        DataError: the language model cannot be read, or is written in another alphabet.
    """
    guidance, rescorer = guidance_of(config, model), make_rescorers(config, model)()
    figures, nbest = model.bundle.manifest.detector, nbest or TranscriberConfig().nbest
    settings = TranscriberConfig(guidance.beam(config.beam, figures), endpoint, nbest=nbest)
    return Transcriber(model, guidance.scorers(figures), settings, rescorer)


def make_rescorers(config: SpeechConfig, model: StreamingModel) -> Callable[[], Rescorer | None]:
    """Makes what ranks finished texts anew, with the weight that its own bundle names, if the owner wants that.

    Each has a stream of its own, over one model.

    Raises:
        BundleError: there is no such model, it is damaged, or no language model of letters.
    """
    if config.rescore == "none":
        return lambda: None
    shared = StreamingModel.load(config.rescore, model.runtime.name)

    def rescorer() -> Rescorer:
        language = LanguageModel(shared)
        return Rescorer(language.log_prob, language.rescore_weight)

    rescorer()
    return rescorer


def guidance_of(config: SpeechConfig, model: StreamingModel) -> Guidance:
    """What the owner expects to be said."""
    if config.language == "shipped":
        language = own_language(model.bundle)
    else:
        language = Guidance(None if config.language == "none" else Path(config.language))
    grammar = Path(config.grammar) if config.grammar else None
    return replace(language, grammar=grammar, hot_words=config.hot_words)


def endpoint_of(config: SpeechConfig) -> EndpointConfig:
    """When an utterance is over; where noise goes on, silence takes longer to be one."""
    return EndpointConfig(
        nothing_seconds=config.nothing_seconds,
        silence_seconds=config.silence_seconds,
        wordless_seconds=2.5 * config.silence_seconds,
        longest_seconds=config.longest_seconds,
    )


def make_spotter(keywords: Sequence[KeywordEntry], model: StreamingModel) -> Spotter:
    """What listens for keywords, with the threshold of the model where they have none of their own."""
    usual = model.bundle.manifest.detector["keyword_threshold"]
    thresholds = {one.text: usual if one.threshold is None else one.threshold for one in keywords}
    return Spotter(model, thresholds, {one.text: one.called for one in keywords})


def make_understanding(config: Config) -> Understanding:
    """What finds out of a text what the owner wants to know.

    Raises:
        BundleError: a model that is needed is not there, is damaged, or is of another task.
    """
    wanted = config.understanding
    # A step of these networks is less work than its way to an Edge TPU and back.
    runtime = replace(config.runtime, delegate="none")
    with _told_by_line(config, "understanding", "entities_model", "sentiment_model", "translation"):
        entities = EntityTagger(open_model(wanted.entities_model, runtime)) if wanted.entities else None
        sentiment = SentimentClassifier(open_model(wanted.sentiment_model, runtime)) if wanted.sentiment else None
        translator = _translator(wanted.translation, runtime) if wanted.translates else None
    return Understanding(entities, sentiment, translator)


def _translator(name: str, config: RuntimeConfig) -> Translator:
    folder = find_translator(name)
    return Translator(*(open_model(str(folder / half), config) for half in (ENCODER, DECODER)))


def wanted_words(config: Config, labels: tuple[str, ...], given: Sequence[str] | None) -> tuple[str, ...]:
    """The words to listen for, in the order of the labels; `given` are those of the command line.

    Raises:
        UsageError: the model lacks a word of the command line.
        ConfigError: the model lacks a word of the configuration.
    """
    for word in given or ():
        if word not in labels:
            raise UsageError(f"{config.trigger.model} does not know {word!r}, but {', '.join(labels)}")
    configured = words_of(config, labels)
    return configured if given is None else tuple(label for label in labels if label in given)


def choose_thresholds(config: TriggerConfig, model: StreamingModel, words: Sequence[str]) -> dict[str, float]:
    """The threshold of each word: its own one, or that of the budget.

    Raises:
        ConfigError: the budget is below what was measured.
        BundleError: nothing was measured for a word.
    """
    by_budget = [word for word in words if word not in config.thresholds]
    for word in by_budget:
        if word not in model.bundle.manifest.operating_points:
            raise BundleError(
                f"{model.bundle.folder} has no curve for {word!r}: set its threshold in the configuration"
            )
    chosen = dict(config.thresholds) | thresholds_for(model, by_budget, config.false_accepts_per_hour)
    return {word: chosen[word] for word in words}


def load_voices(config: TriggerConfig, model: StreamingModel) -> tuple[Voice, ...]:
    """The voices that alone trigger the words that they are enrolled for.

    Raises:
        BundleError: the model cannot tell voices apart.
        DataError: a voice is missing, damaged, or was enrolled with another model.
    """
    speakers = Speakers.of(model.bundle) if config.voices else None
    return tuple(load_voice(voice_path(name), model.bundle, speakers) for name in config.voices if speakers)


def open_input(config: InputConfig, arguments: Namespace) -> Source:
    """The source that options and configuration name.

    Raises:
        HarkError: see `edge.capture.open_source`.
    """
    wanted = configure_input(config, arguments)
    return open_source(
        wanted.source,
        rate=wanted.rate,
        channels=wanted.channels,
        channel=wanted.channel,
        block=round(wanted.block_seconds * SAMPLE_RATE),
    )


def configure_input(config: InputConfig, arguments: Namespace) -> InputConfig:
    """The input, with what the options say in place of it."""
    # Another input is another thing: the configured rate and channels belong to the configured one.
    base = (
        config if arguments.input is None else InputConfig(source=arguments.input, block_seconds=config.block_seconds)
    )
    rate, channels, channel = arguments.rate, arguments.channels, arguments.channel
    return replace(
        base,
        rate=base.rate if rate is None else rate,
        channels=base.channels if channels is None else channels,
        channel=base.channel if channel is None else channel,
        block_seconds=base.block_seconds if arguments.block is None else arguments.block / SAMPLE_RATE,
    )
