"""From the trained network to a bundle, with its figures on validation and test."""

from collections.abc import Sequence
from pathlib import Path

from edge.decoder.alphabet import LETTERS
from edge.model.manifest import Precision, TrainingData
from edge.understanding.language import END, one_hot
from train.bundle import GOLDEN_STEPS, About, write_bundle
from train.evaluate.language import Foresight, Reader, computed, foresee, streamed
from train.export import export
from train.networks import Network
from train.parity import stream_of
from train.recipes.language.texts import Parts, Unit, encode, unit_of

VERSION = "1.0.0"
CALIBRATION_SYMBOLS = 4000
"""Of the training text, from which export learns the ranges of activations."""
MEASURED = 50_000
"""Characters of each part that the card's figures are of."""


def publish(
    network: Network,
    labels: tuple[str, ...],
    parts: Parts,
    precision: Precision,
    data: Sequence[TrainingData],
    out: Path,
    weight: float = 0.0,
) -> None:
    """Writes the bundle; `weight` is that with which it ranks transcripts, and 0 for one that cannot."""
    frames = one_hot(encode(parts.train[: 8 * CALIBRATION_SYMBOLS], labels)[:CALIBRATION_SYMBOLS], len(labels))
    model = export(network, [frames], precision)
    figures = _figures(network, model, labels, parts)
    about = About(
        name=out.name,
        task="language",
        version=VERSION,
        precision=precision,
        stack=1,
        labels=labels,
        licence="Apache-2.0",
        detector={"rescore_weight": weight} if weight else {},
        metrics=figures,
        training_data=tuple(data),
    )
    write_bundle(out, model, about, card(network, labels, figures, precision, data), frames[:GOLDEN_STEPS])


def _figures(network: Network, model: bytes, labels: tuple[str, ...], parts: Parts) -> dict[str, dict[str, float]]:
    """Of network and file, on each part that has not been learnt: nats per character, or the perplexity of words."""
    opened = stream_of(model, network)
    found: dict[str, dict[str, float]] = {}
    for name, text in {"validation": parts.validation, "test": parts.test}.items():
        if not text:
            continue
        readers: dict[str, Reader] = {"network": computed(network), "file": streamed(opened)}
        told = {view: foresee(read, text[:MEASURED], labels) for view, read in readers.items()}
        found[name] = _of_words(told) if unit_of(labels) == "word" else _of_characters(told)
    return found


def _of_characters(told: dict[str, Foresight]) -> dict[str, float]:
    return {view: round(one.nats_per_char, 4) for view, one in told.items()}


def _of_words(told: dict[str, Foresight]) -> dict[str, float]:
    perplexities = {view: round(one.perplexity, 2) for view, one in told.items()}
    return perplexities | {"unknown_percent": round(told["file"].unknown_percent, 2)}


def card(
    network: Network,
    labels: tuple[str, ...],
    figures: dict[str, dict[str, float]],
    precision: Precision,
    data: Sequence[TrainingData],
) -> str:
    """The text of CARD.md."""
    measure = MEASURES[unit_of(labels)]
    layers = " -> ".join(f"{layer.cell.upper()} {layer.units}" for layer in network.spec.layers)
    sources = "\n".join(f"| {source.corpus} | {source.licence} |" for source in data)
    symbols = {"char": "characters", "letters": "letters and <eos>", "word": "words and <eos>"}[unit_of(labels)]
    return f"""# Language model: {len(labels) - labels.count(END)} {symbols}

One-hot vectors, one symbol a step -> {layers} -> a logit for each symbol that may follow. Precision: {precision};
weights per tensor, states explicit. Trained by truncated back-propagation through time; the last batches with int8
rounding of weights, products and states. Licence of the weights: Apache-2.0.

## Figures

{measure}, of {MEASURED} characters read as one stream. Validation chose, the test part was only measured;
neither was learnt.

{_table(figures, unit_of(labels))}

## Limits

{LIMITS[unit_of(labels)]}

## Training data

| corpus | licence |
|---|---|
{sources}
"""


def _table(figures: dict[str, dict[str, float]], unit: Unit) -> str:
    """A Markdown table; how many words are unknown stands beside the perplexity, which is the lower the more are."""
    digits, more = (1, ("unknown words, %",)) if unit == "word" else (3, ())
    names = ("part", "network, float", "this file", *more)
    rows = [(part, *(f"{figure:.{digits}f}" for figure in found.values())) for part, found in figures.items()]
    head, *body = (f"| {' | '.join(cells)} |" for cells in (names, *rows))
    return "\n".join([head, f"|{'---|' * len(names)}", *body])


_NATS = "Nats per character"
MEASURES = {"char": _NATS, "letters": _NATS, "word": "Perplexity of a word or <eos>"}
_SPOKEN = "English of old books, speeches and short commands, lower case, without punctuation or digits."
LIMITS = {
    "char": "It knows the texts it was trained on, and their spelling; other texts cost it more.",
    "letters": f"{_SPOKEN} Letters are {''.join(LETTERS)!r}; sentences that it makes up mean nothing.",
    "word": f"{_SPOKEN} What is outside the vocabulary is one word to it.",
}
