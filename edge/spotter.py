"""Keywords that the owner gave as text, listened for all the time.

frames -- speech network -- log_softmax --> log probabilities -- keyword spotter --> Keyword
"""

from collections.abc import Mapping

from edge.audio import seconds
from edge.decoder.keywords import KeywordSpotter, Spotted
from edge.events import Keyword
from edge.features import Frames
from edge.maths import log_softmax
from edge.model import StreamingModel
from edge.transcriber import OUTPUT, speech_figures
from edge.trigger import Clock


class Spotter:
    """Frames in, keywords out; owns the network's stream.

    Args:
        model: the speech network.
        keywords: threshold of each keyword, 0 to 1, by its text.
        names: what events call a keyword, by its text, if not that.

    Raises:
        BundleError: it is no speech network.
        ConfigError: a keyword cannot be spelled, or is too short.
    """

    def __init__(
        self, model: StreamingModel, keywords: Mapping[str, float], names: Mapping[str, str] | None = None
    ) -> None:
        speech_figures(model.bundle)
        manifest = model.bundle.manifest
        self._names = names or {}
        self.features = manifest.frames
        """What the frames hold that it is fed."""
        self._network = model.stream(endless=True)
        self._spotter = KeywordSpotter(keywords, manifest.stack * self.features.seconds_per_frame)
        self._clock = Clock.of(self.features, self._network.stack)
        self._steps = 0

    def begin(self, start: int) -> None:
        """Forget what was heard; the first window of the next frames begins at sample `start`."""
        self._network.reset()
        self._spotter.reset()
        self._clock, self._steps = Clock.of(self.features, self._network.stack, start), 0

    def rejoin(self, start: int) -> None:
        """Go on after a gap, with frames whose first window begins at sample `start`.

        What was said before it seems to be later by what was lost.
        """
        self._network.rejoin()
        self._clock = Clock.of(self.features, self._network.stack, start - self._steps * self._clock.step)

    def feed(self, frames: Frames) -> list[Keyword]:
        """The keywords that are decided with some more frames, (frames, bands)."""
        log_probs = log_softmax(self._network.feed(frames)[OUTPUT])
        self._steps += len(log_probs)
        return [self._keyword(spotted) for spotted in self._spotter.feed(log_probs, self._network.fresh)]

    def _keyword(self, spotted: Spotted) -> Keyword:
        start, step = self._clock.start, self._clock.step
        return Keyword(
            at=seconds(self._clock.end_of(spotted.at_step)),
            name=self._names.get(spotted.name, spotted.name),
            score=spotted.score,
            began=seconds(start + spotted.began_step * step),
            ended=seconds(start + (spotted.ended_step + 1) * step),
        )
