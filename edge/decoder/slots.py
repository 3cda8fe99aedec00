"""What a sentence of a grammar says: which public rule it follows, and which words each rule below that stands for.

text -- words --> chart: where each expression may end that begins at a word --> one derivation --> Reading

A chart is worked out at most once for each expression and word, as in the tabular parsing of Earley (1970).
"""

from dataclasses import dataclass
from typing import Final

from edge.decoder.alphabet import decode, encode
from edge.decoder.jsgf import Choice, Expression, Repeat, Rule, Sequence, Word

MOST_LETTERS: Final = 1000
MOST_WORDS: Final = 100
"""Of a text that is read at all: repetitions within repetitions cost as much as the cube of the words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means to a grammar."""

    intent: str
    """Name of the public rule."""

    slots: tuple[tuple[str, str], ...]
    """Name and words of each further rule, in the order of the text, an outer rule before those in it."""


def read(sentences: Expression, text: str) -> Reading | None:
    """The reading of a text, None if it is no sentence; case and punctuation do not matter.

    Of several readings it is the one of the first alternatives, whose earlier parts are as long as they can be.
    """
    words = decode(encode(text)).split() if len(text) <= MOST_LETTERS else []
    chart = _Chart(words)
    if not 0 < len(words) <= MOST_WORDS or len(words) not in chart.ends(sentences, 0):
        return None
    (intent, _, _), *slots = chart.spans(sentences, 0, len(words))
    return Reading(intent, tuple((name, " ".join(words[start:end])) for name, start, end in slots if start < end))


class _Chart:
    """Over words; the expressions must outlive it."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._ends: dict[tuple[int, int], set[int]] = {}

    def ends(self, expression: Expression, start: int) -> set[int]:
        """The words before which an expression may end that begins with the word `start`."""
        key = id(expression), start
        if key not in self._ends:
            self._ends[key] = self._find(expression, start)
        return self._ends[key]

    def _find(self, expression: Expression, start: int) -> set[int]:
        match expression:
            case Word(letters):
                spelled = decode(letters).split()
                end = start + len(spelled)
                return {end} if self._words[start:end] == spelled else set()
            case Sequence(parts):
                return self._after(parts, start)[-1]
            case Choice(alternatives):
                return {end for one in alternatives for end in self.ends(one, start)}
            case Repeat(item):
                return self._repeated(item, start)
            case Rule(_, meaning):
                return self.ends(meaning, start)

    def _after(self, parts: tuple[Expression, ...], start: int) -> list[set[int]]:
        """Where one may be before each part, and after the last."""
        places = [{start}]
        for part in parts:
            places.append({end for place in places[-1] for end in self.ends(part, place)})
        return places

    def _repeated(self, item: Expression, start: int) -> set[int]:
        found, waiting = set[int](), {start}
        while waiting:
            waiting = {end for place in waiting for end in self.ends(item, place)} - found
            found |= waiting
        return found

    def spans(self, expression: Expression, start: int, end: int) -> list[tuple[str, int, int]]:
        """The rules, with their first word and the one after their last, by which an expression leads to an end."""
        match expression:
            case Word():
                return []
            case Sequence(parts):
                return self._spans_of_parts(parts, start, end)
            case Choice(alternatives):
                return self.spans(next(one for one in alternatives if end in self.ends(one, start)), start, end)
            case Repeat(item):
                return self._spans_of_items(expression, item, start, end)
            case Rule(name, meaning):
                return [(name, start, end), *self.spans(meaning, start, end)]

    def _spans_of_parts(self, parts: tuple[Expression, ...], start: int, end: int) -> list[tuple[str, int, int]]:
        found: list[list[tuple[str, int, int]]] = []
        for part, places in reversed(list(zip(parts, self._after(parts, start), strict=False))):
            place = max(place for place in places if end in self.ends(part, place))
            found.append(self.spans(part, place, end))
            end = place
        return [span for spans in reversed(found) for span in spans]

    def _spans_of_items(self, repeat: Repeat, item: Expression, start: int, end: int) -> list[tuple[str, int, int]]:
        found: list[tuple[str, int, int]] = []
        while start < end:
            place = max(one for one in self.ends(item, start) if one == end or end in self.ends(repeat, one))
            found += self.spans(item, start, place)
            start = place
        return found
