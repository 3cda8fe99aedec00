"""Cuts long utterances at pauses, once a network can tell where the words are.

Short ones fill a batch side by side instead of one after another: more passes in an hour, and an easier alignment.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from edge.decoder.alphabet import SPACE
from edge.decoder.ctc import Span, align
from edge.features import FeatureConfig, Frames
from edge.maths import log_softmax
from train.pool import normalised
from train.recipes.speech.pools import CUT, WHOLE
from train.recipes.speech.recipe import SpeechRecipe
from train.utterances import Utterance, read_utterances, write_part

Logits: TypeAlias = Callable[[Frames], Frames]
"""From normalised frames, (frames, bands), to logits, (steps, symbols)."""

LONG = 600
"""Frames (6 s); what is longer is cut."""
SHORTEST = 150
"""Frames that each piece keeps."""
PAUSE = 6
"""Steps from the last letter of a word to the first of the next one that are a pause."""


def cut_pools(pools: Path, recipe: SpeechRecipe, logits: Logits) -> None:
    """Writes pools/cut: all that trains, its long utterances in pieces; what is there already is kept."""
    folder = pools / CUT
    if not folder.exists():
        whole = read_utterances([pools / name for name in WHOLE])
        part = folder.with_suffix(".part")
        part.mkdir(exist_ok=True)
        write_part(part / "letters-000.npz", [piece for some in whole for piece in pieces(some, recipe, logits)])
        part.rename(folder)


def pieces(some: Utterance, recipe: SpeechRecipe, logits: Logits) -> Iterator[Utterance]:
    """The utterance, cut at its pauses where it is long; whole where the network finds no alignment."""
    if len(some.energies) <= LONG:
        yield some
        return
    try:
        spans = align(log_softmax(logits(_frames(some, recipe.features))), some.letters.tolist())
    except ValueError:
        yield some
        return
    yield from split(some, spans, recipe.stack)


def split(some: Utterance, spans: list[Span], stack: int) -> Iterator[Utterance]:
    """Halves at the longest pause, and halves of halves, until all are short or have no pause.

    Args:
        some: the utterance.
        spans: when each letter is said, in steps.
        stack: frames in a step.
    """
    spaces = [
        place
        for place in np.flatnonzero(some.letters == SPACE).tolist()
        if SHORTEST <= stack * spans[place].first <= len(some.energies) - SHORTEST
    ]

    def pause(place: int) -> int:
        return spans[place + 1].first - spans[place - 1].end

    if len(some.energies) <= LONG or not spaces or pause(widest := max(spaces, key=pause)) < PAUSE:
        yield some
        return
    frame = _quietest(some, stack * spans[widest - 1].end, stack * spans[widest + 1].first)
    yield from split(Utterance(some.energies[:frame], some.letters[:widest]), spans[:widest], stack)
    later = [Span(max(0, first - frame // stack), end - frame // stack) for first, end in spans[widest + 1 :]]
    yield from split(Utterance(some.energies[frame:], some.letters[widest + 1 :]), later, stack)


def _quietest(some: Utterance, first: int, end: int) -> int:
    return first + int(some.energies[first:end].astype(np.float32).mean(axis=1).argmin())


def _frames(some: Utterance, config: FeatureConfig) -> Frames:
    frames: Frames = normalised(some.energies.astype(np.float32)[None], config)[0]
    return frames
