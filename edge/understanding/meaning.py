"""What a sentence means: the stage of the pipeline that runs the networks of understanding over a text."""

from edge.events import Event, Meaning, Transcript
from edge.understanding.entities import TASK as ENTITIES
from edge.understanding.entities import EntityTagger
from edge.understanding.sentiment import TASK as SENTIMENT
from edge.understanding.sentiment import SentimentClassifier


class Understanding:
    """Texts in, meanings out; it remembers nothing from one text to the next.

    Args:
        entities: finds names, times and the like; None: nothing does.
        sentiment: tells the mood; None: nothing does.
    """

    def __init__(self, entities: EntityTagger | None = None, sentiment: SentimentClassifier | None = None) -> None:
        self._entities, self._sentiment = entities, sentiment
        self._models = {name: part.model_id for name, part in ((ENTITIES, entities), (SENTIMENT, sentiment)) if part}

    def feed(self, event: Event) -> list[Meaning]:
        """The meaning of a transcript that is not empty; nothing of any other event."""
        return [self.read(event.text, event.at)] if isinstance(event, Transcript) and event.text else []

    def read(self, text: str, at: float = 0.0) -> Meaning:
        """The meaning of a text."""
        entities = self._entities.tag(text) if self._entities else ()
        sentiment = self._sentiment.judge(text) if self._sentiment else None
        return Meaning(at=at, text=text, entities=entities, sentiment=sentiment, models=self._models)
