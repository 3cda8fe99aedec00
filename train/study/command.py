"""`python -m train study NAME`: a picture and its numbers."""

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from edge.errors import UsageError
from edge.model.quantization import Real
from train.corpora.music import find_pieces, read_pieces
from train.corpora.sequences import SPLICE, TRAINING, find_sequences, read_sequences
from train.study.agreement import DISTANCES, Cell, accuracy, sentences, spell
from train.study.cells import Trial, gradient_flow, music, splice
from train.study.ears import EARS, Heard, listen
from train.study.gradients import CLIP_NORM, Run, descend
from train.study.shapes import draw_shapes

KEPT_PIECES: Final = 60
"""Of Nottingham's validation, as many as judge the cells."""
SMOOTHED: Final = 20
"""Batches of which a curve shows the mean."""
CELLS: Final[tuple[Cell, ...]] = ("rnn", "gru", "lstm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the studies."""
    parser.add_argument(
        "study",
        choices=STUDIES,
        help="how long memory is; why gradients are clipped; the shapes of problems; cells, depth and direction; "
        "what spells speech",
    )
    data = "folder with dna_splice and music_nottingham (cells); pools of `python -m train speech pools` (ears)"
    parser.add_argument("--data", type=Path, help=data)
    parser.add_argument("--work", type=Path, help="folder for checkpoints, to be taken up again (ears)")
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"), help="folder (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """One study."""
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    path = arguments.pictures / f"{arguments.study}.png"
    STUDIES[arguments.study](arguments, path)
    print(path)


def _shapes(_arguments: argparse.Namespace, path: Path) -> None:
    draw_shapes(path)


def _agreement(_arguments: argparse.Namespace, path: Path) -> None:
    words, verbs = sentences(np.random.default_rng(0), 1, 3)
    print(spell(words[0], int(verbs[0])))
    found: dict[str, Mapping[int, float]] = {}
    for cell in CELLS:
        with tempfile.TemporaryDirectory(prefix="hark-agreement-") as folder:
            found[cell] = {between: accuracy(cell, between, Path(folder) / str(between)) for between in DISTANCES}
        print(cell, " ".join(f"{distance}: {right:.1f} %" for distance, right in found[cell].items()), flush=True)
    draw_agreement(found, path)


def _gradients(_arguments: argparse.Namespace, path: Path) -> None:
    runs = {"as it is": descend(None), f"clipped to {CLIP_NORM:g}": descend(CLIP_NORM)}
    for name, taken in runs.items():
        final = float(np.mean(taken.losses[-20:]))
        print(f"{name}: largest norm {max(taken.norms):.3g}, loss of the last 20 steps {final:.3f}")
    draw_gradients(runs, path)


def _cells(arguments: argparse.Namespace, path: Path) -> None:
    if arguments.data is None:
        raise UsageError("the cells are tried on real data: give --data FOLDER with dna_splice and music_nottingham")
    windows = read_sequences(find_sequences(arguments.data / "dna_splice", TRAINING), SPLICE)
    learnt, kept = (
        read_pieces(find_pieces(arguments.data / "music_nottingham", (part,))) for part in ("train", "valid")
    )
    trials = {"right junctions, %": splice(windows), "music, nats per frame": music(learnt, kept[:KEPT_PIECES])}
    for title, found in trials.items():
        print(title, "; ".join(f"{name} {trial.figure:.2f}" for name, trial in found.items()), flush=True)
    draw_cells(trials, gradient_flow(windows), path)


def _ears(arguments: argparse.Namespace, path: Path) -> None:
    if not (arguments.data and arguments.work):
        raise UsageError("ears are trained on speech: give --data FOLDER with pools, and --work FOLDER for checkpoints")
    found: dict[str, Heard] = {}
    for name, heard in listen(EARS, arguments.data, arguments.work):
        found[name] = heard
        figures = (
            f"letters {heard.letters:.1f} % wrong, words {heard.words:.1f} %, letters within 3 s {heard.short:.1f} %"
        )
        print(f"{name} ({heard.weights:,} weights): {figures}", flush=True)
    draw_ears(found, path)


STUDIES: Final[Mapping[str, Callable[[argparse.Namespace, Path], None]]] = {
    "agreement": _agreement,
    "gradients": _gradients,
    "shapes": _shapes,
    "cells": _cells,
    "ears": _ears,
}


def draw_ears(found: Mapping[str, Heard], path: Path) -> None:
    """The letter error rates of each, as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.5 * len(found) + 1.5), layout="constrained")
    axes, places = figure.subplots(), np.arange(len(found))
    axes.barh(places - 0.2, [heard.letters for heard in found.values()], 0.4, label="all that is said")
    axes.barh(places + 0.2, [heard.short for heard in found.values()], 0.4, label="what is said within 3 s")
    axes.set_yticks(places, list(found))
    axes.invert_yaxis()
    axes.set(xlabel="wrong letters of speakers that were never heard, %")
    axes.legend(frameon=False, fontsize="small")
    figure.savefig(path, dpi=120)


def draw_cells(trials: Mapping[str, Mapping[str, Trial]], flow: Mapping[str, Real], path: Path) -> None:
    """The loss of each network on each task over the batches, and how gradients vanish."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    *panels, last = figure.subplots(1, len(trials) + 1)
    for axes, (title, found) in zip(panels, trials.items(), strict=True):
        for name, trial in found.items():
            smooth = np.convolve(trial.losses, np.ones(SMOOTHED) / SMOOTHED, mode="valid")
            axes.plot(smooth, label=f"{name}: {trial.figure:.2f}", linewidth=1)
        axes.set(xlabel="batch", ylabel="loss, nats", yscale="log", title=f"held back: {title}")
        axes.legend(frameon=False, fontsize="small")
    for cell, norms in flow.items():
        last.plot(np.arange(len(norms)), norms, label=cell)
    last.set(yscale="log", xlabel="steps before the end", ylabel="norm of dL/dh", title="before training, over DNA")
    last.legend(frameon=False, fontsize="small")
    figure.savefig(path, dpi=120)


def draw_agreement(found: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Accuracy over distance, a line for each cell."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for cell, by_distance in found.items():
        axes.plot(list(by_distance), list(by_distance.values()), marker="o", label=cell.upper())
    axes.axhline(50, color="grey", linewidth=0.8)
    axes.set(xlabel="nouns between subject and verb, in training and test", ylabel="right verbs, %", ylim=(40, 102))
    axes.set_xscale("log", base=2)
    axes.set_xticks(DISTANCES, [str(distance) for distance in DISTANCES])
    axes.set_title("The cat(s), which already ate ..., was/were full")
    axes.legend()
    figure.savefig(path, dpi=120)


def draw_gradients(runs: Mapping[str, Run], path: Path) -> None:
    """Norm of the gradient and loss over the steps, a line for each run."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for name, taken in runs.items():
        above.plot(taken.norms, label=name, linewidth=1)
        below.plot(taken.losses, label=name, linewidth=1)
    above.set(yscale="log", ylabel="norm of the gradient", title="A simple RNN over long sentences")
    below.set(xlabel="step", ylabel="loss, nats a word", yscale="log")
    above.legend()
    figure.savefig(path, dpi=120)
