"""Temperatures under which probabilities are as often right as they say."""

import numpy as np
import pytest

from edge.maths import log_softmax
from train.calibration import best_temperature


@pytest.mark.parametrize("too_sure", [0.7, 1.0, 2.5])
def test_what_is_too_sure_by_a_factor_is_divided_by_it(too_sure: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 3)).astype(np.float32)
    answers = np.array([rng.choice(3, p=shares / shares.sum()) for shares in np.exp(log_softmax(logits))])
    found = best_temperature(too_sure * logits, np.eye(3, dtype=bool)[answers])
    assert found == pytest.approx(too_sure, rel=0.1)
