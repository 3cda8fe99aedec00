"""What other corpora and lists of names teach about WNUT17's own types.

WNUT17 asks for names that are new: of those in its validation, training has seldom shown one. So a network also learns

    from tweets of the Broad Twitter Corpus, whose types say less: an ORG is a group or a corporation
    from names of all corpora and of the gazetteers, put into those sentences in the place of their own
    from the words that it begins with: see `train.recipes.entities.lexicon`
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Final

from edge.understanding.words import Embedding
from train.corpora.conll import Tagged, held_back, read_conll, spans, spoken, tags_of
from train.recipes.entities.fitting import EITHER, Lesson
from train.recipes.entities.lexicon import GAZETTEERS, lists_of
from train.recipes.entities.recipe import ALERTS, FOLDERS, SCARCE
from train.recipes.entities.texts import lessons
from train.recipes.entities.variety import NAMES, PLACES, Replacement, person, read_names, with_others

GROUP: Final = EITHER.join(("corporation", "group"))

FOLDS: Final[Mapping[str, Mapping[str, str]]] = {
    "btc": {"PER": "person", "LOC": "location", "ORG": GROUP},
    "snips": {
        **dict.fromkeys(("city", "state", "country", "geographic_poi", "poi", "location_name"), "location"),
        **dict.fromkeys(("object_name", "album", "track", "movie_name"), "creative-work"),
        "artist": "person",
    },
    "slurp": {
        **dict.fromkeys(("person", "artist_name", "audiobook_author"), "person"),
        **dict.fromkeys(("song_name", "audiobook_name", "podcast_name", "movie_name"), "creative-work"),
        **dict.fromkeys(("game_name", "music_album"), "creative-work"),
        **dict.fromkeys(("business_name", "transport_agency"), "corporation"),
        "place_name": "location",
    },
}
"""What labels of other corpora become, by corpus; what is not here is outside."""

KNOWN: Final = frozenset(("person", "location", "corporation", "group"))
"""The types that the Broad Twitter Corpus labels wherever they occur."""

UNSAID: Final = ("@", "http", "www.")
"""How a token begins that nobody says."""

LISTED: Final = 0.5
"""Share of the other persons and locations that come from lists, the rest from sentences."""


def helped_lessons(data: Path) -> list[Lesson]:
    """The lessons of WNUT17, as written and as said, and other tweets."""
    own = lessons(SCARCE, data)
    heard = [Lesson(sentence, own[0].known) for sentence in _said_lessons(SCARCE, data)]
    return own + heard + [Lesson(folded(tweet, "btc"), KNOWN) for tweet in _said_lessons("btc", data)]


def known_words(labels: str, learnt: Embedding, data: Path) -> frozenset[str]:
    """Words that have a row of their own though no lesson may hold them: of lists, and of learnt vectors.

    What ships has room for those of lists alone; the others bring it a tenth as much for twice the room.
    """
    listed = frozenset[str]().union(*lists_of(data / GAZETTEERS))
    return listed if labels == ALERTS else listed.union(learnt.vocabulary.words)


class OtherNames:
    """Makes another sentence of one, with other names.

    Args:
        data: the folder of all texts.
    """

    def __init__(self, data: Path) -> None:
        gazetteers = data / GAZETTEERS
        listed: dict[str, Replacement] = {
            "person": partial(person, read_names(gazetteers, NAMES)),
            "location": partial(_any, read_names(gazetteers, PLACES)),
        }
        found = {kind: partial(_any, sorted(names)) for kind, names in _pools(data).items()}
        both = {kind: partial(_either, names, listed[kind]) for kind, names in found.items() if kind in listed}
        self._others: Mapping[str, Replacement] = listed | found | both

    def __call__(self, sentence: Tagged, rng: random.Random) -> Tagged:
        """The sentence with some of its names replaced."""
        return with_others(sentence, self._others, rng)


def folded(sentence: Tagged, corpus: str) -> Tagged:
    """A sentence of another corpus with the types of WNUT17."""
    kinds = FOLDS[corpus]
    found = [one._replace(kind=kinds[one.kind]) for one in spans(sentence.tags) if one.kind in kinds]
    return Tagged(sentence.words, tags_of(found, len(sentence.words)))


def said(sentence: Tagged) -> Tagged:
    """The sentence as written, without the @names and addresses that nobody says.

    In tweets nearly all words that are new are such, and no entities; elsewhere nearly half of them are names.
    """
    before = ("", *sentence.words)
    kept = [not word.startswith(UNSAID) and last != "@" for last, word in zip(before, sentence.words, strict=False)]
    return Tagged(tuple(compress(sentence.words, kept)), tuple(compress(sentence.tags, kept)))


def _said_lessons(corpus: str, data: Path) -> list[Tagged]:
    """The training part of a corpus, as it would be said."""
    (path,) = sorted((data / FOLDERS[corpus]).glob("train*.conll*"))
    learnt = (spoken(said(sentence)) for sentence in read_conll(path) if not held_back(spoken(sentence)))
    return [sentence for sentence in learnt if sentence.words]


def _pools(data: Path) -> Mapping[str, set[tuple[str, ...]]]:
    """The names of each type that the corpora hold."""
    sentences = _said_lessons(SCARCE, data)
    for corpus in FOLDS:
        sentences += [folded(sentence, corpus) for sentence in _said_lessons(corpus, data)]
    pools: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for sentence in sentences:
        for one in spans(sentence.tags):
            pools[one.kind].add(sentence.words[one.first : one.end])
    return pools


def _any(names: Sequence[tuple[str, ...]], rng: random.Random) -> tuple[str, ...]:
    return rng.choice(names)


def _either(found: Replacement, listed: Replacement, rng: random.Random) -> tuple[str, ...]:
    return listed(rng) if rng.random() < LISTED else found(rng)
