"""A pulse on a line of a GPIO chip, through the kernel's character device and the library gpiod 2."""

import time
from types import ModuleType

from edge.alerts.parcel import Parcel
from edge.alerts.sink import Sink, SinkError
from edge.config import GpioConfig
from edge.errors import lacking, reason


class GpioSink(Sink):
    """Delivered when the pulse is over; the line is held by nobody between two of them."""

    def __init__(self, config: GpioConfig) -> None:
        self._config = config

    def deliver(self, parcel: Parcel) -> None:  # noqa: ARG002
        """Give a pulse.

        Raises:
            SinkError: there is no gpiod, no such chip or line, or another program holds it.
        """
        gpiod = load_gpiod()
        from gpiod.line import Direction, Value

        chip, line = self._config.chip, self._config.line
        rest = gpiod.LineSettings(
            direction=Direction.OUTPUT, active_low=self._config.active_low, output_value=Value.INACTIVE
        )
        try:
            with gpiod.request_lines(chip, consumer="hark", config={line: rest}) as lines:
                lines.set_value(line, Value.ACTIVE)
                time.sleep(self._config.seconds)
                lines.set_value(line, Value.INACTIVE)
        except (OSError, ValueError) as error:
            mend = "see gpiodetect and gpioinfo"
            raise SinkError(f"line {line} of {chip} cannot be had ({reason(error)}); {mend}") from error


def load_gpiod() -> ModuleType:
    """The library.

    Raises:
        SinkError: it is not installed.
    """
    try:
        import gpiod
    except ImportError as error:
        raise SinkError(lacking("gpiod", "gpio")) from error
    module: ModuleType = gpiod
    return module
