"""The types that alerts and commands need, and what the labels of each corpus become.

Benchmarks keep a corpus' own labels; the network that ships learns from all corpora at once, folded into these types.
"""

from collections.abc import Mapping
from typing import Final

from edge.understanding.dates import day_of_month
from edge.understanding.numbers import number
from edge.understanding.times import is_clock
from train.corpora.conll import Span, Tagged, spans, tags_of

FOLDS: Final[Mapping[str, Mapping[str, str]]] = {
    "snips": {
        **dict.fromkeys(("city", "state", "country", "geographic_poi", "poi", "location_name"), "place"),
        **dict.fromkeys(("object_name", "album", "track", "movie_name", "entity_name", "playlist"), "title"),
        **dict.fromkeys(("rating_value", "best_rating", "party_size_number"), "number"),
        **dict.fromkeys(("restaurant_name", "service"), "business"),
        **dict.fromkeys(("served_dish", "cuisine"), "food"),
        "artist": "person",
        "timeRange": "date",
        "year": "date",
    },
    "slurp": {
        **dict.fromkeys(("person", "relation", "artist_name", "audiobook_author"), "person"),
        **dict.fromkeys(("place_name", "house_place"), "place"),
        **dict.fromkeys(("date", "general_frequency"), "date"),
        **dict.fromkeys(("time", "timeofday"), "time"),
        **dict.fromkeys(("business_name", "transport_agency", "app_name"), "business"),
        **dict.fromkeys(("song_name", "audiobook_name", "podcast_name", "movie_name"), "title"),
        **dict.fromkeys(("playlist_name", "game_name", "radio_name", "music_album"), "title"),
        **dict.fromkeys(("food_type", "drink_type", "coffee_type", "ingredient"), "food"),
        "device_type": "device",
        "event_name": "event",
        "change_amount": "number",
    },
    "wnut17": {"person": "person", "location": "place", "corporation": "business", "creative-work": "title"},
    "btc": {"PER": "person", "LOC": "place", "ORG": "business"},
}
"""What each label becomes, by corpus; what is not here is outside."""

UNLABELLED: Final[Mapping[str, frozenset[str]]] = {
    "snips": frozenset(("device", "event")),
    "slurp": frozenset(),
    "wnut17": frozenset(("date", "time", "number", "device", "event", "food", "business")),
    "btc": frozenset(("date", "time", "number", "device", "event", "food", "title")),
}
"""Types that a corpus does not know, or not all of."""

TYPES: Final = tuple(sorted({kind for fold in FOLDS.values() for kind in fold.values()}))

CLOCK: Final = """
am pm a.m p.m noon midnight midday oclock o'clock hour hours minute minutes second seconds now
morning afternoon evening night tonight
"""
"""Words that make a time of what Snips calls a timeRange, which may be a date as well."""

NO_COUNT: Final = frozenset(("one", "a", "second"))
"""Words that are numbers, but seldom mean one."""


def fold(sentence: Tagged, corpus: str) -> Tagged:
    """A sentence of a corpus with the types of alerts; numbers that nobody has labelled become entities too."""
    kinds = FOLDS[corpus]
    found = [one._replace(kind=kinds[one.kind]) for one in spans(sentence.tags) if one.kind in kinds]
    found = [_date_or_time(one, sentence) if one.kind == "date" else one for one in found]
    return Tagged(sentence.words, tags_of(sorted([*found, *_numbers(sentence, corpus)]), len(sentence.words)))


def known_types(corpus: str) -> frozenset[str]:
    """The types that a corpus labels wherever they occur."""
    return frozenset(TYPES) - UNLABELLED[corpus]


def corpus_of(labels: frozenset[str]) -> str | None:
    """The corpus whose labels these are; None if it is none that is known, such as one with the types of alerts."""
    fits = {name: len(labels & fold.keys()) for name, fold in FOLDS.items()}
    best = max(fits, key=lambda name: fits[name])
    return best if fits[best] > len(labels & frozenset(TYPES)) else None


def folded_corpus(labels: frozenset[str], own: frozenset[str]) -> str | None:
    """The corpus whose labels are to be folded for a network with types of its `own`.

    One that has learnt the labels of a corpus keeps them, also where a file has some that training never showed.
    """
    return corpus_of(labels) if corpus_of(own) is None else None


def _date_or_time(found: Span, sentence: Tagged) -> Span:
    words = list(sentence.words[found.first : found.end])
    is_time = set(CLOCK.split()).intersection(words) or is_clock(words)
    # "The twenty second of january" has a word of the clock in it, but is none of its times.
    return found._replace(kind="time") if is_time and not day_of_month(words) else found


def _numbers(sentence: Tagged, corpus: str) -> list[Span]:
    """The longest runs of words outside all entities that are a number."""
    if "number" in UNLABELLED[corpus]:
        return []
    found, at = [], 0
    while at < len(sentence.words):
        outside = next((end for end in range(at, len(sentence.tags)) if sentence.tags[end] != "O"), len(sentence.tags))
        end = next((end for end in range(outside, at, -1) if number(list(sentence.words[at:end]))), at)
        if end > at and sentence.words[at] not in NO_COUNT:
            found.append(Span("number", at, end))
        at = max(end, at + 1)
    return found
