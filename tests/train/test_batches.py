"""What the trigger recipe makes of its pools, batch by batch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.pool import MixturePool, normalised, parts_of
from train.recipes.trigger.batches import Mixtures, word_batches
from train.recipes.trigger.recipe import PLAIN, TriggerRecipe

RECIPE = TriggerRecipe()
HOP = RECIPE.features.hop
FRAMES = 200
LOUD = slice(120, 160)


def pool() -> MixturePool:
    """One mixture with a word where the sound is loud, one without a word."""
    frames = np.full((2, FRAMES, 40), -12, np.float16)
    frames[0, LOUD] = 0
    return MixturePool(frames, np.array([[0, 3, LOUD.start * HOP, LOUD.stop * HOP]]))


def test_parts_come_in_the_order_of_their_numbers_however_many_there_are(tmp_path: Path) -> None:
    for name in ("part-1000.npz", "part-999.npz", "part-000.npz", ".part-001.npz.part", "letters-000.npz"):
        (tmp_path / name).touch()
    assert [path.name for path in parts_of([tmp_path], "part")] == ["part-000.npz", "part-999.npz", "part-1000.npz"]


def test_words_stay_where_their_sound_is() -> None:
    mixtures = Mixtures(pool(), RECIPE, np.random.default_rng(1))
    lengths = set()
    for _ in range(100):
        energies, words = mixtures.drawn(0)
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
    mixtures = Mixtures(late, RECIPE, np.random.default_rng(2))
    said = [mixtures.drawn(0)[1] for _ in range(60)]
    assert 5 < sum(not words for words in said) < 55
    assert all(ended <= FRAMES * HOP for words in said for _, _, ended in words)


def test_joined_mixtures_follow_each_other() -> None:
    mixtures = Mixtures(pool(), RECIPE, np.random.default_rng(3))
    energies, words = mixtures.joined(np.array([1, 0]))
    assert energies.shape == (2 * FRAMES, 40)
    assert all(began >= FRAMES * HOP for _, began, _ in words)


def test_plain_batches_hold_the_mixtures_as_they_are() -> None:
    inputs, scores, weights, timing = next(word_batches(pool(), replace(PLAIN, batch=2)))
    steps = FRAMES // PLAIN.stack
    expected = normalised(pool().frames.astype(np.float32), PLAIN.features).reshape(2, steps, -1)
    spoken = int(scores.any(axis=(1, 2)).argmax())
    np.testing.assert_array_equal(inputs, expected if spoken == 0 else expected[::-1])
    assert scores.shape == weights.shape == (2, steps, 6)
    assert not scores[1 - spoken].any()
    assert np.flatnonzero(scores[spoken, :, 3])[0] * PLAIN.stack == pytest.approx(LOUD.stop, abs=4)
    assert timing.shape == (2, steps, 2)


def test_augmented_batches_join_mixtures() -> None:
    inputs, scores, *_ = next(word_batches(pool(), replace(RECIPE, batch=2)))
    assert inputs.shape == (1, RECIPE.joined * FRAMES // RECIPE.stack, RECIPE.stack * 40)
    assert scores.shape == (*inputs.shape[:2], 6)
