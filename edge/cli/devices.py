"""hark devices: the microphones of this machine."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from edge.cli.options import add_jsonl

EXAMPLES = """\
The number or a part of the name goes into hark listen --input mic:... and into the configuration.

examples:
  hark devices
  hark listen --input mic:2
  hark listen --input "mic:USB Audio"
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_jsonl(parser, "the microphones")


def run(arguments: Namespace) -> int:
    """List the sound inputs."""
    from edge.capture import devices
    from edge.cli.output import table, write_line
    from edge.errors import DeviceError

    inputs = devices()
    if not inputs:
        raise DeviceError("no microphone found: plug one in or start the sound server, then try again")
    if arguments.jsonl:
        for device in inputs:
            write_line(json.dumps(asdict(device)))
        return 0
    rows = [
        (str(device.index), device.name, str(device.channels), f"{device.rate} Hz", "default" if device.default else "")
        for device in inputs
    ]
    for line in table([("number", "name", "channels", "rate", ""), *rows]):
        write_line(line)
    return 0
