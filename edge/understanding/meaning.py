"""What a sentence means: the stage of the pipeline that runs the networks of understanding over a text."""

from edge.events import Event, Meaning, Transcript
from edge.understanding.entities import TASK as ENTITIES
from edge.understanding.entities import EntityTagger


class Understanding:
    """Texts in, meanings out; it remembers nothing from one text to the next.

    Args:
        entities: finds names, times and the like; None: nothing does.
    """

    def __init__(self, entities: EntityTagger | None = None) -> None:
        self._entities = entities
        self._models = {ENTITIES: entities.model_id} if entities else {}

    def feed(self, event: Event) -> list[Meaning]:
        """The meaning of a transcript that is not empty; nothing of any other event."""
        return [self.read(event.text, event.at)] if isinstance(event, Transcript) and event.text else []

    def read(self, text: str, at: float = 0.0) -> Meaning:
        """The meaning of a text."""
        entities = self._entities.tag(text) if self._entities else ()
        return Meaning(at=at, text=text, entities=entities, models=self._models)
