"""`python -m train study NAME`: a picture and its numbers."""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from train.study.agreement import LONGEST, Cell, accuracy, sentences, spell
from train.study.gradients import CLIP_NORM, Run, descend

CELLS: Final[tuple[Cell, ...]] = ("rnn", "gru", "lstm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the studies."""
    parser.add_argument(
        "study", choices=("agreement", "gradients"), help="how long memory is; why gradients are clipped"
    )
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"), help="folder (default: %(default)s)")


def run(arguments: argparse.Namespace) -> None:
    """One study."""
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    path = arguments.pictures / f"{arguments.study}.png"
    if arguments.study == "agreement":
        _agreement(path)
    else:
        _gradients(path)
    print(path)


def _agreement(path: Path) -> None:
    words, verbs = sentences(np.random.default_rng(0), 1, 3)
    print(spell(words[0], int(verbs[0])))
    found: dict[str, Mapping[int, float]] = {}
    for cell in CELLS:
        with tempfile.TemporaryDirectory(prefix="hark-agreement-") as folder:
            found[cell] = accuracy(cell, Path(folder) / cell)
        print(cell, " ".join(f"{distance}: {right:.1f} %" for distance, right in found[cell].items()), flush=True)
    draw_agreement(found, path)


def _gradients(path: Path) -> None:
    runs = {"as it is": descend(None), f"clipped to {CLIP_NORM:g}": descend(CLIP_NORM)}
    for name, taken in runs.items():
        final = float(np.mean(taken.losses[-20:]))
        print(f"{name}: largest norm {max(taken.norms):.3g}, loss of the last 20 steps {final:.3f}")
    draw_gradients(runs, path)


def draw_agreement(found: Mapping[str, Mapping[int, float]], path: Path) -> None:
    """Accuracy over distance, a line for each cell."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for cell, by_distance in found.items():
        axes.plot(list(by_distance), list(by_distance.values()), marker="o", label=cell.upper())
    axes.axvline(LONGEST, color="grey", linestyle=":", label="longest in training")
    axes.axhline(50, color="grey", linewidth=0.8)
    axes.set(xlabel="nouns between subject and verb", ylabel="right verbs, %", ylim=(40, 102))
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
