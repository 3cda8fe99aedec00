"""What ships, for tests that try it; they are skipped where it is not there."""

from functools import cache

import numpy as np
import pytest

from edge.audio import Pcm16
from edge.capture import open_source
from edge.cli.recording import demo_recording
from edge.errors import HarkError
from edge.model import StreamingModel


@cache
def model(name: str) -> StreamingModel:
    """The bundle of this name."""
    try:
        return StreamingModel.load(name)
    except HarkError as error:
        pytest.skip(str(error))


@cache
def recording() -> Pcm16:
    """Words and what is said after them, as `hark demo` plays them."""
    try:
        path = demo_recording()
    except HarkError as error:
        pytest.skip(str(error))
    with open_source(str(path)) as source:
        return np.concatenate([block.samples for block in source])
