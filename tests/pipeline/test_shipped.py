"""The networks that ship, together: one stream of frames serves them all."""

import pytest

from edge.audio import AudioBlock
from edge.events import Trigger
from edge.pipeline import Pipeline, thresholds_for
from edge.spotter import Spotter
from edge.transcriber import Transcriber
from tests.shipped import model, recording

pytestmark = pytest.mark.runtime


def test_triggers_are_the_same_whatever_else_listens() -> None:
    """The speech network's frames hold more than the trigger's, which are given the first half of them."""
    trigger, letters, sound = model("trigger-en"), model("speech-en"), recording()
    thresholds = thresholds_for(trigger, trigger.bundle.manifest.labels, 2.0)
    listeners = (
        Pipeline(trigger, thresholds),
        Pipeline(trigger, thresholds, Transcriber(letters)),
        Pipeline(trigger, thresholds, spotter=Spotter(letters, {"please": 0.1})),
    )
    heard = [
        [event for event in pipeline.run([AudioBlock(sound, 0)]) if isinstance(event, Trigger)]
        for pipeline in listeners
    ]
    assert len(heard[0]) >= 6
    assert heard[1] == heard[0] == heard[2]
