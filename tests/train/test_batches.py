"""What the trigger recipe makes of its pools, batch by batch."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.pool import MixturePool
from train.recipes.trigger.batches import Mixtures

HOP = 160
FRAMES = 200
LOUD = slice(120, 160)


def pool() -> MixturePool:
    """One mixture with a word where the sound is loud, one without a word."""
    frames = np.full((2, FRAMES, 40), -12, np.float16)
    frames[0, LOUD] = 0
    return MixturePool(frames, np.array([[0, 3, LOUD.start * HOP, LOUD.stop * HOP]]))


def test_words_stay_where_their_sound_is() -> None:
    mixtures = Mixtures(pool(), HOP, np.random.default_rng(1))
    lengths = set()
    for _ in range(100):
        energies, words = mixtures.augmented(0)
        assert energies.shape == (FRAMES, 40)
        for label, began, ended in words:
            loud = np.flatnonzero(energies.mean(axis=1) > energies.mean() + 1)
            assert label == 3
            assert began / HOP == pytest.approx(loud[0], abs=1.5)
            assert ended / HOP == pytest.approx(loud[-1] + 1, abs=2)
            lengths.add(ended - began)
    assert len(lengths) > 30


def test_a_word_that_a_slower_pace_pushes_out_is_dropped() -> None:
    late = pool()
    late.words[0, 2:] = (FRAMES - 30) * HOP, (FRAMES - 1) * HOP
    mixtures = Mixtures(late, HOP, np.random.default_rng(2))
    said = [mixtures.augmented(0)[1] for _ in range(60)]
    assert 5 < sum(not words for words in said) < 55
    assert all(ended <= FRAMES * HOP for words in said for _, _, ended in words)


def test_joined_mixtures_follow_each_other() -> None:
    mixtures = Mixtures(pool(), HOP, np.random.default_rng(3))
    energies, words = mixtures.joined(np.array([1, 0]))
    assert energies.shape == (2 * FRAMES, 40)
    assert all(began >= FRAMES * HOP for _, began, _ in words)
