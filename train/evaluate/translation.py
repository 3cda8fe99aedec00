"""How well a translator translates: BLEU, what the beam is worth, and whose fault the errors are."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sacrebleu.metrics.bleu import BLEU

from edge.translation import BEAM
from edge.translation.translator import ALPHA, Translator
from train.corpora.pairs import Pair

BEAMS: Final = (1, 2, 3, 5, 10, 30, 100)
MANY: Final = 1000
"""Words, more than any source has."""
LENGTHS: Final = ((1, 5), (6, 8), (9, 11), (12, 15), (16, MANY))
"""Words of a source, of which BLEU is told apart."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a translator searches."""

    beam: int = BEAM
    alpha: float = ALPHA


def reads_plainly(translator: Translator) -> bool:
    """Whether it knows capitals, so was trained on plain text: tokens are in lower case."""
    return any(piece != piece.lower() for piece in translator.source.pieces)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a translator made of some pairs."""

    texts: tuple[str, ...]
    seconds: float
    """CPU time of all."""
    pieces: int
    """Pieces of all answers."""


def answer(translator: Translator, pairs: Sequence[Pair], setting: Setting) -> Answers:
    """Translate every source."""
    begun = time.process_time()
    texts = tuple(translator.translate(pair.source, setting.beam, setting.alpha) for pair in pairs)
    seconds = time.process_time() - begun
    return Answers(texts, seconds, sum(len(translator.target.encode(text)) + 1 for text in texts))


def score(texts: Sequence[str], pairs: Sequence[Pair], tokenised: bool = False) -> float:
    """BLEU of sacrebleu in percent, against all references; `tokenised` texts are only split at spaces."""
    most = max(len(pair.targets) for pair in pairs)
    streams = [[pair.targets[at] if at < len(pair.targets) else None for pair in pairs] for at in range(most)]
    metric = BLEU(tokenize="none" if tokenised else "13a", force=True)
    # None stands for a reference that a sentence lacks, which its types do not tell.
    return float(metric.corpus_score(list(texts), cast(list[list[str]], streams)).score)


def by_length(texts: Sequence[str], pairs: Sequence[Pair], tokenised: bool = False) -> dict[tuple[int, int], float]:
    """BLEU of the sources of so many words each."""
    found: dict[tuple[int, int], float] = {}
    for low, high in LENGTHS:
        chosen = [at for at, pair in enumerate(pairs) if low <= len(pair.source.split()) <= high]
        if chosen:
            found[low, high] = score([texts[at] for at in chosen], [pairs[at] for at in chosen], tokenised)
    return found


@dataclass(frozen=True, slots=True)
class Blame:
    """Of the answers that are no reference, how many the search lost and how many the network wanted."""

    search: int
    """P(y*|x) > P(y^|x): the network preferred the reference, but the beam did not find it."""
    model: int
    """P(y*|x) <= P(y^|x): the network preferred the answer."""
    right: int

    @property
    def share_of_search(self) -> float:
        """Share of the errors that a wider beam could mend, 0 to 1."""
        return self.search / max(1, self.search + self.model)


def blame(translator: Translator, pairs: Sequence[Pair], setting: Setting) -> Blame:
    """Error analysis of beam search: the network's own score of its answer against that of the nearest reference.

    Both are compared as the search compares them, normalised by their lengths. The reference y* is, of several, the one
    that the network likes best. Sources of no sentence are left out, and of several, each of which is searched alone.
    """
    search = model = right = 0
    for pair in pairs:
        parts = [*translator.parts(pair.source)]
        if len(parts) != 1:
            continue
        pieces = parts[0]
        found = translator.search(pieces, setting.beam, setting.alpha)[0]
        truths = [translator.judge(pieces, translator.target.encode(target)) for target in pair.targets]
        if any(found.text == truth.text for truth in truths):
            right += 1
        elif max(one.score(setting.alpha) for one in truths) > found.score(setting.alpha):
            search += 1
        else:
            model += 1
    return Blame(search, model, right)


def curve(translator: Translator, pairs: Sequence[Pair], alpha: float, tokenised: bool) -> list[dict[str, Any]]:
    """BLEU, CPU seconds a sentence and the search's share of the errors, for each width of the beam."""
    rows: list[dict[str, Any]] = []
    for beam in BEAMS:
        setting = Setting(beam, alpha)
        found, fault = answer(translator, pairs, setting), blame(translator, pairs, setting)
        rows.append(
            {
                "beam": beam,
                "bleu": round(score(found.texts, pairs, tokenised), 2),
                "seconds_per_sentence": round(found.seconds / len(pairs), 4),
                "search_errors_percent": round(100 * fault.share_of_search, 1),
            }
        )
    return rows
