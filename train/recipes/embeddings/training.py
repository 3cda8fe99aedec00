"""Training of any method, part by part, with checkpoints from which it goes on."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from edge.errors import UsageError
from train.arrays import read_arrays, write_arrays
from train.recipes.embeddings.method import Method

CHECKPOINT_SECONDS = 60.0


def train(method: Method, path: Path, made_by: str = "", clock: Callable[[], float] = time.monotonic) -> list[float]:
    """Trains a method in place and gives the loss of each part since the start or the resumption.

    Args:
        method: untrained.
        path: the checkpoint; if it is there, training goes on from it.
        made_by: everything that decides the training.
        clock: seconds, from which the next checkpoint is timed.

    Raises:
        UsageError: the checkpoint is of another training.
        DataError: it is damaged.
    """
    done, losses = _restore(method, path, made_by), list[float]()
    if done == method.parts:
        print(f"{path} holds a training that is finished: delete it to begin anew, or give another --work")
    with Progress(console=Console(stderr=True)) as progress:
        task, saved = progress.add_task(path.stem, total=method.parts, completed=done), clock()
        for part in range(done, method.parts):
            losses.append(method.learn(part))
            progress.update(task, advance=1, description=f"{path.stem}, loss {losses[-1]:.4f}")
            if part + 1 == method.parts or clock() - saved > CHECKPOINT_SECONDS:
                _save(method, part + 1, path, made_by)
                saved = clock()
    return losses


def _save(method: Method, done: int, path: Path, made_by: str) -> None:
    write_arrays(path, {"done": np.array(done), "made_by": np.array(made_by), **method.arrays})


def _restore(method: Method, path: Path, made_by: str) -> int:
    """How many parts the checkpoint has seen; 0 if there is none."""
    if not path.exists():
        return 0
    saved = read_arrays(path, "delete it to begin anew", needed=("done",))
    if str(saved.get("made_by")) != made_by:
        raise UsageError(f"{path} is of other settings or texts; delete it, or give another --work")
    for name, array in method.arrays.items():
        if name not in saved or saved[name].shape != array.shape:
            raise UsageError(f"{path} is of another training; delete it, or give another --work")
        array[:] = saved[name]
    return int(saved["done"])
