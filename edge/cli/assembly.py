"""From configuration and options to a source and a pipeline."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge.audio import SAMPLE_RATE
from edge.capture import Source, open_source
from edge.cli.view import Screen
from edge.config import Config, InputConfig, TriggerConfig, load_config, words_of
from edge.errors import BundleError, UsageError
from edge.model import StreamingModel
from edge.pipeline import Pipeline, thresholds_for

OUTPUTS = {"scores", "timing"}
"""What the network of a trigger gives."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A pipeline that is ready to be fed, and what it is made of."""

    model: StreamingModel
    thresholds: dict[str, float]
    """Of the words to listen for."""
    pipeline: Pipeline

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.bundle.manifest.name

    @property
    def words(self) -> str:
        """The words to listen for, for a message."""
        return ", ".join(self.thresholds)

    def screen(self) -> Screen:
        """A live view of what the pipeline hears."""
        return Screen(self.model.bundle.manifest.labels, self.thresholds)


def assemble(config: Config, words: Sequence[str] | None = None) -> Listener:
    """The listener of a configuration; `words` are those of the command line.

    Raises:
        HarkError: see `load_model`, `wanted_words` and `choose_thresholds`.
    """
    model = load_model(config)
    enabled = wanted_words(config, model.bundle.manifest.labels, words)
    thresholds = choose_thresholds(config.trigger, model, enabled)
    return Listener(model, thresholds, Pipeline(model, thresholds))


def configure(arguments: Namespace) -> Config:
    """The configuration, with what the options say in place of it.

    Raises:
        ConfigError: it cannot be read, or something in it cannot be.
    """
    config = load_config(Path(arguments.config) if arguments.config else None)
    trigger, budget = config.trigger, arguments.false_accepts_per_hour
    trigger = replace(trigger, model=arguments.model or trigger.model)
    trigger = trigger if budget is None else replace(trigger, false_accepts_per_hour=budget)
    return replace(config, trigger=trigger)


def load_model(config: Config) -> StreamingModel:
    """The trigger network that a configuration names.

    Raises:
        BundleError: there is none, it is damaged, or no trigger network.
        HarkError: no TFLite runtime is installed.
    """
    runtime, delegate = config.runtime.name, config.runtime.delegate
    model = StreamingModel.load(
        config.trigger.model,
        runtime=None if runtime == "auto" else runtime,
        delegate=None if delegate == "none" else delegate,
    )
    if not model.bundle.manifest.tensors.outputs.keys() >= OUTPUTS:
        raise BundleError(f"{model.bundle.folder} is no trigger model: name one of those, see hark models")
    return model


def wanted_words(config: Config, labels: tuple[str, ...], given: Sequence[str] | None) -> tuple[str, ...]:
    """The words to listen for, in the order of the labels; `given` are those of the command line.

    Raises:
        UsageError: the model lacks a word of the command line.
        ConfigError: the model lacks a word of the configuration.
    """
    for word in given or ():
        if word not in labels:
            raise UsageError(f"--words: {config.trigger.model} does not know {word!r}, but {', '.join(labels)}")
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


def open_input(config: InputConfig, arguments: Namespace) -> Source:
    """The source that options and configuration name.

    Raises:
        HarkError: see `edge.capture.open_source`.
    """
    # Another input is another thing: the configured rate and channels belong to the configured one.
    base = (
        config if arguments.input is None else InputConfig(source=arguments.input, block_seconds=config.block_seconds)
    )
    rate, channels, channel = arguments.rate, arguments.channels, arguments.channel
    return open_source(
        base.source,
        rate=base.rate if rate is None else rate,
        channels=base.channels if channels is None else channels,
        channel=base.channel if channel is None else channel,
        block=round(base.block_seconds * SAMPLE_RATE) if arguments.block is None else arguments.block,
    )
