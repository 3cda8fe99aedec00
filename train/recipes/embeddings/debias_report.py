"""What debiasing changes: figures and a picture of the vectors before and after."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from edge.errors import DataError, reason
from train.evaluate.embeddings_command import evaluate_embeddings
from train.recipes.embeddings.corpus import Floats
from train.recipes.embeddings.debias import (
    Definitional,
    association,
    bias_direction,
    definitional_words,
    equalise,
    known_pairs,
    neutralise,
)
from train.recipes.embeddings.vectors import WordVectors

STEREOTYPE: Final = 0.3
"""People's score from which on a profession counts as one of men, or below its negative, of women."""
DEFINED: Final = 0.3
"""Of people's other score: a profession that is of one gender by definition has more."""
OF_MEN: Final = ("sir", "lord", "duke", "squire", "knight", "lad", "master", "emperor", "bachelor", "hero")
OF_WOMEN: Final = ("madam", "lady", "duchess", "maiden", "maid", "lass", "mistress", "empress", "widow", "heroine")
"""Outside the pairs: by those, which are made equal, the association test finds only definitional professions."""
MOST_BIASED: Final = 500
"""Words of either side that are told apart by what is left of the bias."""
SHOWN: Final = 14
"""Words of either side in the picture."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of words of `debias_*.json` (Bolukbasi et al. 2016)."""

    pairs: tuple[tuple[str, str], ...]
    """(she, he), ...: which way the bias goes."""
    equal: tuple[tuple[str, str], ...]
    """Pairs that differ in nothing else."""
    seeds: tuple[str, ...]
    """Definitional words."""
    masculine: tuple[str, ...]
    """Professions that people hold for those of men."""
    feminine: tuple[str, ...]

    @property
    def of_men(self) -> list[str]:
        """Words for men that are in no pair, so that nothing was made equal by them."""
        return self._unpaired(OF_MEN)

    @property
    def of_women(self) -> list[str]:
        """The same for women."""
        return self._unpaired(OF_WOMEN)

    def _unpaired(self, words: Sequence[str]) -> list[str]:
        paired = {word for pair in (*self.pairs, *self.equal) for word in pair}
        return [word for word in words if word not in paired]

    @classmethod
    def read(cls, folder: Path) -> "Lists":
        """The lists of a folder.

        Raises:
            DataError: one is missing or not in its format.
        """
        pairs, equal, seeds, professions = (
            _json(folder / f"debias_{name}.json")
            for name in ("definitional_pairs", "equalize_pairs", "gender_specific_seed", "professions")
        )
        rated = [(word, bias) for word, defined, bias in professions if abs(defined) < DEFINED]
        return cls(
            tuple((one.lower(), other.lower()) for one, other in pairs),
            tuple((one.lower(), other.lower()) for one, other in equal),
            tuple(map(str.lower, seeds)),
            tuple(word for word, bias in rated if bias >= STEREOTYPE),
            tuple(word for word, bias in rated if bias <= -STEREOTYPE),
        )


def _json(path: Path) -> Any:  # noqa: ANN401 - lists of several kinds
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} cannot be read ({reason(error)}); name a folder with the debias_*.json lists"
        ) from error


def report(vectors: WordVectors, data: Path, picture: Path) -> tuple[WordVectors, str]:
    """Debiases vectors; gives the fair ones and a table of both, and draws a picture.

    Raises:
        DataError: a list of words is missing, or the vectors know too few of them.
    """
    lists = Lists.read(data)
    sides = (lists.masculine, lists.feminine, lists.of_men, lists.of_women)
    if len(known_pairs(vectors, lists.pairs)) < 2 or not all(map(vectors.rows, sides)):
        raise DataError("the vectors know too few of the words whose bias is measured; learn from longer texts")
    direction = bias_direction(vectors, lists.pairs)
    found = definitional_words(vectors, [*lists.seeds, *(word for pair in lists.pairs + lists.equal for word in pair)])
    fair = equalise(neutralise(vectors, direction, found.words), direction, (*lists.pairs, *lists.equal))
    biased = _most_biased(vectors, direction, found.words)
    columns = [_figures(some, lists, direction, data, biased) for some in (vectors, fair)]
    _draw(vectors, fair, lists, direction, picture)
    rows = "\n".join(f"| {name} | {before} | {columns[1][name]} |" for name, before in columns[0].items())
    return fair, f"| | before | after |\n|---|---|---|\n{rows}\n\n{_found(found, len(vectors.words))}"


def _figures(
    vectors: WordVectors, lists: Lists, direction: Floats, data: Path, biased: Sequence[Sequence[str]]
) -> dict[str, str]:
    professions = vectors.unit[vectors.rows([*lists.masculine, *lists.feminine])]
    feminine, masculine = zip(*known_pairs(vectors, lists.pairs), strict=True)
    by_pairs = association(vectors, (lists.masculine, lists.feminine), (masculine, feminine))
    by_others = association(vectors, (lists.masculine, lists.feminine), (lists.of_men, lists.of_women))
    scores = evaluate_embeddings(vectors, data)
    return {
        f"{len(professions)} professions, mean projection on she - he": f"{np.abs(professions @ direction).mean():.3f}",
        "WEAT effect size, professions by stereotype and the pairs": f"{by_pairs.effect:.2f} (p = {by_pairs.p:.4f})",
        "the same and words outside the pairs (sir, madam, ...)": f"{by_others.effect:.2f} (p = {by_others.p:.4f})",
        "most biased words told apart by a classifier": f"{100 * _told_apart(vectors, biased):.1f} %",
        "analogies (3CosAdd)": f"{scores['analogy_percent']:.1f} %",
        **{f"{name} (Spearman)": f"{value:.1f} %" for name, value in scores["spearman"].items()},
    }


def _most_biased(vectors: WordVectors, direction: Floats, definitional: Iterable[str]) -> tuple[list[str], list[str]]:
    order = [word for row in np.argsort(vectors.unit @ direction) if (word := vectors.words[row]) not in definitional]
    count = min(MOST_BIASED, len(order) // 4)
    return order[:count], order[-count:]


def _told_apart(vectors: WordVectors, biased: Sequence[Sequence[str]]) -> float:
    """How often the side of a biased word is found from words beside it (Gonen & Goldberg 2019): 0.5 is chance."""
    rows = vectors.rows([*biased[0], *biased[1]])
    sides = np.arange(len(rows)) < len(biased[0])
    return float(cross_val_score(LogisticRegression(C=10, max_iter=500), vectors.unit[rows], sides, cv=5).mean())


def _found(found: Definitional, words: int) -> str:
    return (
        f"The classifier calls {len(found.words)} of {words} words definitional; on seeds that it was not shown its "
        f"precision is {100 * found.precision:.0f} % and its recall {100 * found.recall:.0f} %."
    )


def _draw(before: WordVectors, after: WordVectors, lists: Lists, direction: Floats, path: Path) -> None:
    """Writes a picture: professions and some pairs along the direction, before and after."""
    from matplotlib import pyplot as plt

    shown = [
        (word, colour)
        for words, colour in ((lists.feminine, "C1"), (lists.masculine, "C0"))
        for word in [word for word in words if word in before.index][:SHOWN]
    ]
    shown += [(word, "C2") for pair in known_pairs(before, (("queen", "king"), *lists.pairs[:4])) for word in pair]
    shown.sort(key=lambda one: before.unit[before.index[one[0]]] @ direction)
    names, colours = zip(*shown, strict=True)
    figure, both = plt.subplots(1, 2, figsize=(10, 0.22 * len(shown) + 1), sharey=True, sharex=True)
    for axes, vectors, title in zip(both, (before, after), ("before", "after"), strict=True):
        axes.barh(range(len(names)), vectors.unit[vectors.rows(names)] @ direction, color=colours)
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set(title=title, xlabel="he  -  cosine with the direction  -  she")
    both[0].set_yticks(range(len(names)), names)
    for label, colour in (("held for women's work", "C1"), ("held for men's work", "C0"), ("defined by gender", "C2")):
        both[1].bar(0, 0, color=colour, label=label)
    both[1].legend(loc="upper left")
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)
