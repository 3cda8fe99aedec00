"""The beam search and the likelihood against those of TensorFlow."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="the other implementation is TensorFlow's: pip install -e '.[train]'")

from edge.decoder.alphabet import BLANK, SYMBOLS, decode  # noqa: E402
from edge.decoder.beam import BeamConfig, BeamSearch  # noqa: E402
from edge.decoder.ctc import greedy, log_likelihood  # noqa: E402
from edge.maths import log_softmax  # noqa: E402

WIDTH = 400


def logits(seed: int, steps: int = 14) -> np.ndarray:
    values = np.random.default_rng(seed).normal(0, 3, (steps, SYMBOLS)).astype(np.float32)
    values[:, BLANK] += 3
    return values


@pytest.mark.parametrize("seed", range(4))
def test_both_beams_find_the_same_texts_with_the_same_probabilities(seed: int) -> None:
    values = logits(seed)
    paths, log_probs = tf.nn.ctc_beam_search_decoder(values[:, None], [len(values)], beam_width=WIDTH, top_paths=8)
    search = BeamSearch(config=BeamConfig(width=WIDTH, floor=-np.inf))
    search.feed(log_softmax(values))
    found = search.nbest(8)
    assert [one.text for one in found] == [decode(path.values.numpy().tolist()) for path in paths]
    np.testing.assert_allclose([one.acoustic for one in found], log_probs.numpy()[0], atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_both_best_paths_are_the_same(seed: int) -> None:
    values = logits(seed, steps=60)
    (path,), _ = tf.nn.ctc_greedy_decoder(values[:, None], [len(values)])
    assert greedy(values) == decode(path.values.numpy().tolist())


@pytest.mark.parametrize("letters", [[3], [3, 3], list(range(12)), [7] * 20])
def test_the_likelihood_is_the_loss(letters: list[int]) -> None:
    values = logits(9, steps=60)
    loss = tf.nn.ctc_loss(
        tf.constant([letters], tf.int32), values[:, None], [len(letters)], [len(values)], blank_index=BLANK
    )
    assert log_likelihood(log_softmax(values), letters) == pytest.approx(-float(loss[0]), rel=1e-4)
