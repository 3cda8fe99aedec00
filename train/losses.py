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


def ctc_loss(logits: tf.Tensor, steps: tf.Tensor, letters: tf.Tensor, counts: tf.Tensor, silent: int = 0) -> tf.Tensor:
    """Connectionist temporal classification (Graves et al. 2006): negative log probability of all alignments, a letter.

    Args:
        logits: (batch, steps, symbols), the blank last.
        steps: (batch,), steps of each utterance.
        letters: (batch, letters), indices of `edge.decoder.alphabet`; what follows the last is ignored.
        counts: (batch,), letters of each utterance.
        silent: steps at the beginning that are blank in every alignment that counts.
    """
    losses = tf.compat.v1.nn.ctc_loss(
        tf.RaggedTensor.from_tensor(letters, lengths=counts).to_sparse(),
        logits[:, silent:],
        tf.maximum(steps - silent, 0),
        time_major=False,
        ignore_longer_outputs_than_inputs=True,
    )
    blank = tf.nn.log_softmax(logits[:, :silent])[:, :, -1]
    losses -= tf.reduce_sum(blank, axis=-1)
    # Fast speech under a faster tempo can have fewer steps than its letters need, and so no alignment at all.
    losses = tf.where(tf.math.is_finite(losses), losses, 0.0)
    return tf.reduce_sum(losses) / tf.cast(tf.reduce_sum(counts), logits.dtype)


def multilabel_loss(logits: tf.Tensor, labels: tf.Tensor, there: tf.Tensor) -> tf.Tensor:
    """Negative log probability of a step's labels, any number of which may hold at once: nats, the mean of all steps.

    Args:
        logits: (batch, steps, labels).
        labels: targets of the same shape, 0 or 1.
        there: (batch, steps); 0 leaves a step out.
    """
    entropy = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits), axis=-1)
    return tf.reduce_sum(there * entropy) / tf.reduce_sum(there)


def marginal_loss(logits: tf.Tensor, allowed: tf.Tensor) -> tf.Tensor:
    """Negative log probability of all labels together that may be right: nats, the mean of all places.

    Where a corpus does not know a label, nothing follows from its absence: it is allowed beside the others.

    Args:
        logits: (..., labels).
        allowed: of the same shape, 1 for each label that may be right and 0 for the others.
    """
    some = tf.reduce_logsumexp(tf.where(allowed > 0, logits, logits.dtype.min), axis=-1)
    return tf.reduce_mean(tf.reduce_logsumexp(logits, axis=-1) - some)


def smoothed_cross_entropy(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Cross-entropy in nats of a step, the target's probability smoothed (Szegedy et al. 2016, arXiv 1512.00567).

    Args:
        logits: (batch, steps, symbols).
        targets: (batch, steps), indices.
        weights: (batch, steps); 0 leaves a step out.
        smoothing: share of the probability that is spread over all symbols, 0 to 1.
    """
    # log P of a symbol is its logit less log Z: so neither needs the log probabilities of all symbols to be laid out.
    missed = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    log_z = missed + tf.gather(logits, targets, batch_dims=2)
    spread = log_z - tf.reduce_mean(logits, axis=-1)
    return tf.reduce_sum(weights * ((1 - smoothing) * missed + smoothing * spread)) / tf.reduce_sum(weights)
