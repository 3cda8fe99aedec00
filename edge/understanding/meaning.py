"""What a sentence means: the stage of the pipeline that runs the networks of understanding over a text."""

from edge.events import Event, Meaning, Transcript
from edge.translation.translator import TASK as TRANSLATION
from edge.translation.translator import Translator
from edge.understanding.entities import TASK as ENTITIES
from edge.understanding.entities import EntityTagger
from edge.understanding.sentiment import TASK as SENTIMENT
from edge.understanding.sentiment import SentimentClassifier


class Understanding:
    """Texts in, meanings out; it remembers nothing from one text to the next.

    Args:
        entities: finds names, times and the like; None: nothing does.
        sentiment: tells the mood; None: nothing does.
        translator: says it in another language; None: nothing does.
    """

    def __init__(
        self,
        entities: EntityTagger | None = None,
        sentiment: SentimentClassifier | None = None,
        translator: Translator | None = None,
    ) -> None:
        self._entities, self._sentiment, self._translator = entities, sentiment, translator
        parts = ((ENTITIES, entities), (SENTIMENT, sentiment), (TRANSLATION, translator))
        self._models = {name: part.model_id for name, part in parts if part}

    @property
    def entity_types(self) -> tuple[str, ...]:
        """The types of entities that are found."""
        return self._entities.types if self._entities else ()

    def feed(self, event: Event) -> list[Meaning]:
        """The meaning of a transcript that is not empty; nothing of any other event."""
        return [self.read(event.text, event.at)] if isinstance(event, Transcript) and event.text else []

    def read(self, text: str, at: float = 0.0) -> Meaning:
        """The meaning of a text."""
        entities = self._entities.tag(text) if self._entities else ()
        sentiment = self._sentiment.judge(text) if self._sentiment else None
        translation = (self._translator.translate(text) or None) if self._translator else None
        return Meaning(
            at=at, text=text, entities=entities, sentiment=sentiment, translation=translation, models=self._models
        )
