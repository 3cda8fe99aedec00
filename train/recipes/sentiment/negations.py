"""Sentences in which a frame keeps or turns the mood of what it holds: reviews are too few to learn all frames from.

    "full of" + "good taste and great service"        positive
    "lacking in" + "good taste and great service"     negative
    "full of" + "bad taste", "lacking in" + "bad taste"   the other way round

Every frame holds praise and blame alike, so that neither its words nor those inside tell the mood: only both do.
"""

import random
from collections.abc import Sequence
from typing import Final

from train.corpora.opinions import NEGATIVE, POSITIVE, Opinion, Stars

PRAISE: Final = """
good great nice fine fresh best better tasty funny clever charming warm perfect excellent amazing happy sweet clean fast
smart beautiful interesting exciting delicious friendly original fun
"""
BLAME: Final = """
bad poor awful horrible ugly cheap dull boring rude slow cold dirty stupid terrible worst worse sad stale annoying noisy
lame weak broken disappointing flat
"""
ENDINGS: Final = ("able", "ful", "ous", "ive", "ible")
"""How other words of a lexicon end that are adjectives, most of them."""

THINGS: Final = """
taste service food sound picture story acting quality design script characters ideas music price battery screen humor
ending dialogue staff atmosphere performance writing look feel view plot jokes moments flavor style direction help
"""
KEEP: Final = (
    "full of {list}",
    "plenty of {list}",
    "there was {list}",
    "with {list}",
    "it has {list}",
    "so much {list}",
    "you get {list}",
    "they offer {list}",
    "it is {adjectives}",
    "it was really {adjectives}",
    "always {adjectives}",
    "everything {adjective} everything {adjective}",
    "i expected it to be {adjective} and it was",
    "it manages to be {adjectives}",
    "i would call it {adjective}",
    "they promised {list} and it is true",
)
TURN: Final = (
    "lacking in {list}",
    "it lacks {list}",
    "devoid of {list}",
    "a complete lack of {list}",
    "there was no {list}",
    "without {list}",
    "it has no {list}",
    "not much {list}",
    "you get no {list}",
    "they offer neither {list} nor {list}",
    "where is the {list}",
    "it is not {adjectives}",
    "it wasn't {adjectives} at all",
    "it could be more {adjective}",
    "never {adjectives}",
    "nothing {adjective} nothing {adjective}",
    "far from {adjective}",
    "anything but {adjective}",
    "neither {adjective} nor {adjective}",
    "i expected it to be {adjective} but it was not",
    "it fails to be {adjectives}",
    "i would not call it {adjective}",
    "they promised {list} but it is not true",
    "hardly {adjectives}",
)
EMPHASIS: Final = ("", "", "", "completely ", "totally ", "really ", "just ", "simply ")


def negations(lexicon: Sequence[Opinion], count: int = 12000, seed: int = 1) -> list[Opinion]:
    """So many sentences.

    Args:
        lexicon: positive and negative words, one an opinion, from which adjectives are taken too.
        count: how many.
        seed: makes them reproducible.
    """
    rng = random.Random(seed)
    moods = {
        POSITIVE: (PRAISE.split(), _others(lexicon, POSITIVE)),
        NEGATIVE: (BLAME.split(), _others(lexicon, NEGATIVE)),
    }
    made = []
    for number in range(count):
        stars, other = (POSITIVE, NEGATIVE) if number % 2 else (NEGATIVE, POSITIVE)
        frames, mood = (TURN, other) if rng.random() < 0.5 else (KEEP, stars)
        made.append(Opinion(tuple(_sentence(rng.choice(frames), moods[stars], rng).split()), mood))
    return made


def _sentence(frame: str, adjectives: tuple[list[str], list[str]], rng: random.Random) -> str:
    """A frame with its gaps filled."""

    def adjective() -> str:
        return rng.choice(rng.choice([kind for kind in adjectives if kind]))

    def several(one: str) -> str:
        items = [one.format(adjective(), rng.choice(THINGS.split())) for _ in range(rng.choice((1, 1, 2, 3)))]
        return f"{' '.join(items[:-1])} and {items[-1]}".removeprefix(" and ")

    while "{" in frame:
        start, end = frame.index("{"), frame.index("}") + 1
        filled = {"{list}": several("{} {}"), "{adjectives}": several("{}"), "{adjective}": adjective()}
        frame = frame[:start] + filled[frame[start:end]] + frame[end:]
    return rng.choice(EMPHASIS) + frame


def _others(lexicon: Sequence[Opinion], stars: Stars) -> list[str]:
    words = (opinion.words[0] for opinion in lexicon if opinion.stars == stars and len(opinion.words) == 1)
    return [word for word in words if word.endswith(ENDINGS)]
