"""Batches of varied clips, and the training over them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from edge.sensors.activity import LOOK_FRAMES, OUTPUT
from edge.sensors.pose import BodyFrames, Poses
from train.corpora.poses import Clip
from train.fit import fit_into
from train.networks import Network
from train.quantize import Frames
from train.recipes.activity.augmentation import varied
from train.recipes.activity.recipe import ActivityRecipe


class Batch(NamedTuple):
    """What the loss takes."""

    frames: npt.NDArray[np.float32]
    """(batch, steps, stack * bands)."""
    seen: npt.NDArray[np.float32]
    """(batch, steps), 0 after the end of a clip."""
    labels: npt.NDArray[np.int64]
    """(batch,), indices of the activities."""


def batches(clips: Sequence[Clip], classes: Sequence[str], recipe: ActivityRecipe, start: int = 0) -> Iterator[Batch]:
    """Batches without end, others for each `start`, in which each clip comes as often as any other."""
    rng = np.random.default_rng(recipe.seed + start)
    waiting: list[Clip] = []
    while True:
        while len(waiting) < recipe.batch:
            waiting += [clips[index] for index in rng.permutation(len(clips))]
        chosen, waiting = waiting[: recipe.batch], waiting[recipe.batch :]
        labels = np.array([classes.index(clip.label) for clip in chosen])
        yield Batch(*steps_of([varied(clip.poses, rng) for clip in chosen], recipe.stack), labels)


def steps_of(clips: Sequence[Poses], stack: int) -> tuple[Frames, Frames]:
    """Clips side by side as steps, (batch, steps, stack * bands), and which of them are seen, (batch, steps)."""
    padded = [np.concatenate([poses, np.repeat(poses[-1:], LOOK_FRAMES - len(poses), axis=0)]) for poses in clips]
    frames = BodyFrames().feed(np.stack(padded, axis=1)).swapaxes(0, 1)
    steps = LOOK_FRAMES // stack
    seen = np.arange(steps) < np.array([[len(poses) // stack] for poses in clips])
    return frames[:, : steps * stack].reshape(len(clips), steps, -1), seen.astype(np.float32)


def loss(recipe: ActivityRecipe, network: Network, batch: Batch) -> tf.Tensor:
    """Cross-entropy of the mean over the clip, and the mean of that of each step: it should be sure early, too."""
    logits = network.sequence(batch.frames, recipe.dropout)[OUTPUT]
    classes = logits.shape[-1]
    labels = tf.one_hot(batch.labels, classes) * (1 - recipe.smoothing) + recipe.smoothing / classes
    shares = batch.seen / tf.reduce_sum(batch.seen, axis=1, keepdims=True)
    whole = tf.nn.softmax_cross_entropy_with_logits(labels, tf.reduce_sum(shares[..., None] * logits, axis=1))
    steps = tf.nn.softmax_cross_entropy_with_logits(labels[:, None] + tf.zeros_like(logits), logits)
    return tf.reduce_mean(whole + tf.reduce_sum(shares * steps, axis=1))


def fit_activity(
    network: Network, clips: Sequence[Clip], classes: Sequence[str], recipe: ActivityRecipe, out: Path
) -> None:
    """Trains in place; checkpoints and the final `weights.npz` go to `out`."""
    fit_into(out, network, partial(loss, recipe), partial(batches, clips, classes, recipe), recipe.fit)
