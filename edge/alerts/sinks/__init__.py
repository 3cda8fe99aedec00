"""The sinks, one module each; only those that are configured are loaded."""

from collections.abc import Sequence

from edge.alerts.sink import Sink
from edge.config import ChimeConfig, CommandConfig, Config, GpioConfig, MqttConfig, SinkConfig, WebhookConfig
from edge.controls import Controls
from edge.errors import ConfigError, DataError


def open_sinks(config: Config, words: Sequence[str] = (), controls: Controls | None = None) -> dict[str, Sink]:
    """The sinks of a configuration by their names; `words` are the trigger words that are listened for.

    Raises:
        ConfigError: a file that a sink needs cannot be read.
        HarkError: a package that a sink needs is not installed.
    """
    sinks = {}
    for name, sink in config.sinks.items():
        try:
            sinks[name] = _sink(sink, words, controls)
        except (ConfigError, DataError) as error:
            if config.file is None:
                raise ConfigError(f"sink {name}: {error}") from error
            raise config.file.error(("sink", name), f"cannot be as it is: {error}") from error
    return sinks


def _sink(config: SinkConfig, words: Sequence[str], controls: Controls | None) -> Sink:
    if isinstance(config, CommandConfig):
        from edge.alerts.sinks.command import CommandSink

        return CommandSink(config)
    if isinstance(config, WebhookConfig):
        from edge.alerts.sinks.webhook import WebhookSink

        return WebhookSink(config)
    if isinstance(config, MqttConfig):
        from edge.alerts.sinks.mqtt import MqttSink

        return MqttSink(config, words, controls)
    if isinstance(config, GpioConfig):
        from edge.alerts.sinks.gpio import GpioSink

        return GpioSink(config)
    if isinstance(config, ChimeConfig):
        from edge.alerts.sinks.chime import ChimeSink

        return ChimeSink(config)
    from edge.alerts.sinks.stdout import StdoutSink

    return StdoutSink()
