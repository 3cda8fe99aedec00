"""Losses of the recipes."""

import tensorflow as tf


def trigger_loss(logits: tf.Tensor, scores: tf.Tensor, weights: tf.Tensor, positive: float = 1.5) -> tf.Tensor:
    """Cross-entropy per word and step, summed over a mixture.

    Args:
        logits: (batch, steps, words).
        scores: targets of the same shape, 0 or 1.
        weights: of the same shape; 0 leaves a step out.
        positive: weight of a step that should fire.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(scores, logits)
    weights = weights * (1 + (positive - 1) * scores)
    return tf.reduce_sum(weights * entropy) / tf.cast(tf.shape(logits)[0], tf.float32)


def timing_loss(logits: tf.Tensor, timing: tf.Tensor, said: tf.Tensor) -> tf.Tensor:
    """Mean absolute error of the elapsed times, over the steps where a word has just been said.

    Args:
        logits: (batch, steps, 2); their sigmoid is the share of full scale.
        timing: targets, shares of full scale.
        said: (batch, steps), 1 where the targets count.
    """
    error = tf.reduce_sum(tf.abs(tf.sigmoid(logits) - timing), axis=-1)
    return tf.reduce_sum(said * error) / (tf.reduce_sum(said) + 1)
