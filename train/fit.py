"""Fits a network to batches: Adam or Muon, warm-up, cosine decay, clipped gradients, checkpoints, resume, progress."""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import tensorflow as tf

from edge.errors import DataError, OutputError, UsageError
from edge.model.bundle import sha256
from train.cells import Cell, use_half
from train.export import save_weights
from train.files import write_text
from train.muon import Muon
from train.networks import Network
from train.progress import progress_bar

Batch = TypeVar("Batch")
LOG_EVERY = 100
"""Batches from one line of the log to the next, where there is no terminal for a progress bar."""
Loss = Callable[[Network, Batch], tf.Tensor]


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How to fit."""

    steps: int = 2800
    """Batches in all."""

    quantised_steps: int = 400
    """The last batches, which train with int8 rounding of weights, products and states."""

    learning_rate: float = 2e-3
    warm_up: int = 100
    """Batches until the full learning rate."""

    clip_norm: float = 1.0
    """Largest norm of the gradient of all weights together (Pascanu et al. 2013): recurrent gradients explode."""

    half: bool = False
    """Multiply in bfloat16 until then, and on the way back from then on: 1.2 to 1.5 times as fast where the processor
    can (AVX-512 BF16, a GPU), slower elsewhere."""

    muon: bool = False
    """Whether weights of cells take the steps of `train.muon` in place of Adam's: a network that spells learns several
    times as fast from nothing; one that goes on wants a third of that learning rate."""

    average: float = 0.0
    """Share of a running mean of the weights that each batch leaves as it was; at the end the mean takes their place
    (Polyak and Juditsky 1992). 0.998 looks back on some 500 batches; 0 for the last weights as they are."""

    checkpoint_every: int = 200


def fit(
    network: Network,
    loss: Loss[Batch],
    batches: Iterator[Batch],
    config: FitConfig,
    folder: Path,
    keep: Callable[[list[float]], None] | None = None,
    name: str = "",
) -> list[float]:
    """Trains the network in place and gives the loss of each batch since the start or the resumption.

    Checkpoints go to `folder`; if it holds one already, training goes on from there, or is found to have ended. After
    each, `keep` is given the losses so far. What a loss that is a `tf.Module` carries is part of the checkpoint.
    Bar and log call the training by its `name`, or by that of the folder.

    Raises:
        UsageError: it holds those of another network.
        DataError: the newest one is damaged, or the loss is no number.
        OutputError: a checkpoint cannot be written.
    """
    training = _Training(network, loss, config, folder)
    if training.taken >= config.steps:
        found = f"{folder} holds a training that is finished, after {training.taken} steps"
        print(f"{found}: more --steps, or another folder")
        network.quantise(config.quantised_steps > 0)
        return []
    use_half(network, config.half)
    losses, name = list[float](), name or folder.name
    with progress_bar() as progress, ThreadPoolExecutor(1) as background:
        # The next batch is made while this one is worked on.
        upcoming = background.submit(next, batches)
        task = progress.add_task(name, total=config.steps, completed=training.taken, told="")
        while training.taken < config.steps:
            batch, upcoming = upcoming.result(), background.submit(next, batches)
            losses.append(training.learn(batch))
            recent = losses[-50:]
            told = f"loss {sum(recent) / len(recent):.4f}"
            progress.update(task, advance=1, told=told)
            if not progress.console.is_terminal and training.taken % LOG_EVERY == 0:
                print(f"{name}: step {training.taken}/{config.steps}, {told}", flush=True)
            if training.taken % config.checkpoint_every == 0 or training.taken == config.steps:
                training.save()
                if keep:
                    keep(losses)
    use_half(network, False)
    return losses


class _Training(Generic[Batch]):
    """A network, its optimiser and the batches that they took, as far as the newest checkpoint has them."""

    def __init__(self, network: Network, loss: Loss[Batch], config: FitConfig, folder: Path) -> None:
        self._network, self._loss, self._config, self._folder = network, loss, config, folder
        self._optimizer = _optimizer(network, config)
        self._optimizer.build(network.trainable_variables)
        self._step = tf.Variable(0, dtype=tf.int64)
        self._update: Callable[[Batch], tf.Tensor] | None = None
        carried = {"loss": loss} if isinstance(loss, tf.Module) else {}
        checkpoint = tf.train.Checkpoint(network=network, optimizer=self._optimizer, step=self._step, **carried)
        folder.mkdir(parents=True, exist_ok=True)
        taken = steps_taken(folder)  # Before the manager, which tells of damage in words of its own.
        self._manager = tf.train.CheckpointManager(checkpoint, str(folder), max_to_keep=2)
        if taken:
            variables = [*network.variables, *self._optimizer.variables, *getattr(loss, "variables", ())]
            _go_on(checkpoint, variables, self._manager.latest_checkpoint)

    @property
    def taken(self) -> int:
        """Batches so far."""
        return int(self._step)

    def learn(self, batch: Batch) -> float:
        """One step; gives the loss before it."""
        quantised = self.taken >= self._config.steps - self._config.quantised_steps
        if self._update is None or quantised != self._network.quantised:
            self._network.quantise(quantised)
            self._update = _update(self._network, self._loss, self._optimizer, self._config.clip_norm)
        self._optimizer.learning_rate.assign(_learning_rate(self.taken, self._config))
        value = float(self._update(batch))
        if not math.isfinite(value):
            problem = f"{self._folder}: the loss is {value} at batch {self.taken + 1}"
            raise DataError(f"{problem}; the checkpoint before it is kept: go on with a smaller --learning-rate")
        self._step.assign_add(1)
        if self._config.average and self.taken == self._config.steps:
            self._optimizer.finalize_variable_values(self._network.trainable_variables)
        return value

    def save(self) -> None:
        """Writes a checkpoint; of those before, the newest stays."""
        try:
            self._manager.save()
        except (tf.errors.OpError, OSError) as error:
            problem = f"{self._folder}: a checkpoint cannot be written ({str(error).splitlines()[0]})"
            raise OutputError(f"{problem}: free some space, and go on by the same command") from error


def fit_into(
    out: Path, network: Network, loss: Loss[Batch], batches: Callable[[int], Iterator[Batch]], config: FitConfig
) -> None:
    """Trains the network in place; checkpoints, the final `weights.npz` and `losses.json` go to `out`.

    Of a training that had ended, `weights.npz` stays as it is if it is there.

    Args:
        out: made if it is not there.
        network: see `fit`.
        loss: see `fit`.
        batches: makes them, given how many were taken before: whoever goes on wants others than those it began with.
        config: how to fit.

    Raises:
        UsageError: `out` holds checkpoints of another network or optimiser, or of more batches than are wanted now.
        DataError: the newest one is damaged, or the loss is no number.
        OutputError: a checkpoint cannot be written.
    """
    folder, curve = out / "checkpoints", out / "losses.json"
    taken = steps_taken(folder)
    _decide_fit(out, "optimiser.txt", "Muon" if config.muon else "Adam")
    _plan(out / "planned.txt", taken, config.steps)
    earlier = _losses(curve)[:taken]

    def keep(losses: list[float]) -> None:
        write_text(curve, json.dumps([*earlier, *(round(value, 4) for value in losses)]))

    fit(network, loss, batches(taken), config, folder, keep, out.resolve().name)
    if not is_younger(out / "weights.npz", folder.iterdir()):  # What was made of weights that stay is not to look old.
        save_weights(network, out / "weights.npz")


def _plan(path: Path, taken: int, steps: int) -> None:
    """Writes down how many batches are wanted: one that is cut short before its end has neither mean nor rounding."""
    planned = path.read_text(encoding="utf-8") if path.exists() else ""
    if steps <= taken and planned.isdecimal() and taken < int(planned):
        problem = f"{path.parent} has taken {taken} of {planned} batches, and no fewer can be its end"
        raise UsageError(f"{problem}: give --steps above {taken}")
    write_text(path, str(steps))


def _losses(curve: Path) -> list[float]:
    """Those that were written down; none if there are none, or a kill has cut them off."""
    try:
        return list(json.loads(curve.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def decide(path: Path, decided: str) -> None:
    """Writes down beside a training what it rests on, or finds that it rests on the same as before.

    Raises:
        UsageError: the folder holds the work of something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_text(path, decided)
    elif path.read_bytes() != decided.encode():
        problem = f"{path.parent} holds the work of other options, people, voices, weights, texts or recordings"
        raise UsageError(f"{problem}: delete it, or name another")


def begin_with(out: Path, start: Path | None) -> None:
    """Writes down beside a training the weights that it begins with, or finds that they are the same as before.

    Raises:
        UsageError: the training in `out` began with others, which would be passed over.
    """
    _decide_fit(out, "began-with.txt", sha256(start) if start else "chance")


def learns_of(out: Path, whom: str) -> None:
    """Writes down beside a training of whom or what it learns, or finds that it is the same as before.

    Asked again where a network is judged or published: of whom it has learnt, nobody tells by its weights.

    Raises:
        UsageError: the training in `out` learnt of others.
    """
    _decide_fit(out, "learnt-of.txt", whom)


def _decide_fit(out: Path, name: str, decided: str) -> None:
    """Decides it for a training; anew, as long as that has no checkpoint that rests on it: a slip costs no folder."""
    if not any((out / learnt).exists() for learnt in ("checkpoints/checkpoint", "weights.npz")):
        (out / name).unlink(missing_ok=True)
    decide(out / name, decided)


def is_younger(path: Path, sources: Iterable[Path]) -> bool:
    """Whether what was made of some files is there, and was since they were."""
    return path.exists() and all(path.stat().st_mtime >= source.stat().st_mtime for source in sources)


def steps_taken(folder: Path) -> int:
    """Batches that the newest checkpoint in a folder has seen; 0 if there is none.

    Raises:
        DataError: it is damaged.
    """
    with _undamaged(str(folder / "checkpoint")):
        newest = tf.train.latest_checkpoint(str(folder))
    if newest is None:
        if any(folder.glob("*.index")):
            raise DataError(f"{folder}/checkpoint does not tell which is the newest: delete the folder to begin anew")
        return 0
    with _undamaged(newest):
        return int(tf.train.load_variable(newest, "step/.ATTRIBUTES/VARIABLE_VALUE"))


def _optimizer(network: Network, config: FitConfig) -> tf.keras.optimizers.Optimizer:
    average = {"use_ema": True, "ema_momentum": config.average} if config.average else {}
    if config.muon:
        cells = [part for part in network.submodules if isinstance(part, Cell)]
        return Muon(config.learning_rate, cells, config.half, beta_2=0.98, **average)
    return tf.keras.optimizers.Adam(config.learning_rate, beta_2=0.98, **average)


def _go_on(checkpoint: tf.train.Checkpoint, variables: Sequence[tf.Variable], newest: str) -> None:
    """Restores what was stored, all of it or nothing: of a deeper network, the lower layers alone would fit."""
    with _undamaged(newest):
        stored = Counter(tuple(shape) for _, shape in tf.train.list_variables(newest) if shape)
        if stored == Counter(tuple(variable.shape) for variable in variables if tuple(variable.shape)):
            checkpoint.restore(newest).assert_consumed()
            return
    problem = f"{Path(newest).parent} holds checkpoints of another network"
    raise UsageError(f"{problem}: give the data and the options that it was begun with, or another folder")


@contextmanager
def _undamaged(newest: str) -> Iterator[None]:
    """Tells what TensorFlow raises where a checkpoint is cut off or altered."""
    try:
        yield
    except (tf.errors.OpError, IndexError, ValueError) as error:
        problem = f"{newest} is damaged ({str(error).splitlines()[0]})"
        raise DataError(f"{problem}: delete its folder to begin anew") from None


def _learning_rate(step: int, config: FitConfig) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warm_up:
        return config.learning_rate * (step + 1) / config.warm_up
    share = (step - config.warm_up) / max(1, config.steps - config.warm_up)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


def _update(
    network: Network, loss: Loss[Batch], optimizer: tf.keras.optimizers.Optimizer, clip_norm: float
) -> Callable[[Batch], tf.Tensor]:
    def update(batch: Batch) -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = loss(network, batch)
        gradients = [added_up(one) for one in tape.gradient(value, network.trainable_variables)]
        clipped, _ = tf.clip_by_global_norm(gradients, clip_norm)
        optimizer.apply_gradients(zip(clipped, network.trainable_variables, strict=True))
        return value

    compiled: Callable[[Batch], tf.Tensor] = tf.function(update, reduce_retracing=True)
    return compiled


def added_up(gradient: tf.Tensor | tf.IndexedSlices) -> tf.Tensor | tf.IndexedSlices:
    """A gradient whose norm is its own: that of a table comes in rows, one for each lookup of an index."""
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    indices, places = tf.unique(gradient.indices)
    rows = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(indices))
    return tf.IndexedSlices(rows, indices, gradient.dense_shape)
