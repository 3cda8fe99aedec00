"""Orders and news of a home in English and French: of small talk, which corpora hold, a translator learns few of them.

`household.toml` has frames, which are sentences in both languages with slots in braces. What fills a slot is drawn for
both languages at once; so each pair is a translation, though nobody has written it down.
"""

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from edge import toml
from train.corpora.pairs import Pair
from train.recipes.translation.quantities import Said, a_duration, a_time, quantity

LANGUAGES: Final = ("en", "fr")

ORDERS: Final = 0.6
"""Share of the pairs that ask for something to be done."""

GREETINGS: Final = 0.15
"""Share of what people say when they meet; all others tell or ask something."""

SOMEWHERE: Final = 0.3
"""Share of the things of which it is said where they are."""

_CONTRACTIONS: Final = (("de le ", "du "), ("de les ", "des "), ("dans le premier étage", "au premier étage"))
_ELIDED: Final = re.compile(r"\bde (?=[aeiouyéèêàâô])", re.IGNORECASE)


def household(direction: str, pairs: int, seed: int) -> list[Pair]:
    """Pairs for training, others for each seed; none where the direction is not between English and French."""
    languages = direction.split("-")
    if sorted(languages) != sorted(LANGUAGES):
        return []
    rng = random.Random(seed)
    source, target = map(LANGUAGES.index, languages)
    drawn = (_pair(rng) for _ in range(pairs))
    return [Pair(said[source], (said[target],)) for said in drawn]


@cache
def _frames() -> dict[str, Any]:
    return toml.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _pair(rng: random.Random) -> Said:
    kind = rng.random()
    frames = _asked(rng) if kind < ORDERS else rng.choice(_frames()["greeted" if kind < ORDERS + GREETINGS else "told"])
    english, french = _filled(frames, _slots(rng, "opened" if "{opened}" in frames[0] else "switched"))
    return _sentence(english), _sentence(_contracted(french))


def _asked(rng: random.Random) -> Said:
    frames = rng.choice(_frames()["asked"])
    order, imperative, infinitive = rng.choice(_frames()["orders"])
    return _filled(frames, {"order": (order, ""), "imperative": ("", imperative), "infinitive": ("", infinitive)})


def _slots(rng: random.Random, kind: str) -> dict[str, Said]:
    """Every slot in both languages, whether a frame has it or not; a thing of the kind `kind` is spoken of."""
    frames = _frames()
    english, french, ending = rng.choice(frames[kind])
    room = tuple(rng.choice(frames["room"]))
    name = rng.choice(frames["names"].split())
    return {
        kind: (english, french),
        "be": ("are" if english.endswith("s") else "is", "sont" if ending.endswith("s") else "est"),
        "ending": ("", ending),
        "where": _where(rng, room),
        "room": room,
        "name": (name, name),
        "degrees": quantity(rng, range(5, 31), ("degree", "degré")),
        "percent": quantity(rng, range(5, 101, 5), ("percent", "pour cent")),
        "time": a_time(rng),
        "duration": a_duration(rng),
        **{slot: tuple(rng.choice(frames[slot])) for slot in ("day", "music", "item")},
    }


def _where(rng: random.Random, room: Said) -> Said:
    if rng.random() > SOMEWHERE:
        return "", ""
    return _filled(rng.choice(_frames()["where"]), {"room": room})


def _filled(frames: Sequence[str], slots: dict[str, Said]) -> Said:
    """Both languages; slots that are not among these stay open."""
    english, french = ({slot: said[side] for slot, said in slots.items()} for side in range(len(LANGUAGES)))
    return _put(frames[0], english), _put(frames[1], french)


def _put(frame: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: words.get(slot[1], slot[0]), frame)


def _contracted(french: str) -> str:
    """Prepositions with the article or vowel that follows: "de le salon" is "du salon", "de allumer" "d'allumer"."""
    for apart, together in _CONTRACTIONS:
        french = french.replace(apart, together)
    return _ELIDED.sub("d'", french)


def _sentence(text: str) -> str:
    """With a capital, and a full stop where nothing else ends it."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(("?", "!")) else ".")
