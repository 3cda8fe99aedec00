"""The studies: sentences agree, runs are recorded, pictures are drawn."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from train.fit import FitConfig
from train.study.agreement import DISTANCES, VERBS, accuracy, sentences, spell
from train.study.command import draw_agreement, draw_gradients
from train.study.gradients import descend


def test_the_verb_agrees_with_the_first_noun_alone() -> None:
    words, verbs = sentences(np.random.default_rng(0), 200, 3)
    for sentence, verb in zip(words, verbs, strict=True):
        text = spell(sentence, int(verb)).split()
        assert text[1].rstrip(",").endswith("s") == (VERBS[verb] == "were")
    assert 0.3 < np.mean(verbs) < 0.7


def test_distance_is_counted_in_nouns() -> None:
    words, verbs = sentences(np.random.default_rng(1), 1, 4)
    assert spell(words[0], int(verbs[0])).split(", ")[1].count("the ") == 4


def test_every_distance_is_measured_and_drawn(tmp_path: Path) -> None:
    found = accuracy("gru", tmp_path, FitConfig(steps=10, quantised_steps=0, learning_rate=1e-2, warm_up=5))
    assert tuple(found) == DISTANCES
    assert all(0 <= right <= 100 for right in found.values())
    draw_agreement({"gru": found}, tmp_path / "agreement.png")
    assert (tmp_path / "agreement.png").stat().st_size > 10_000


def test_without_clipping_training_diverges(tmp_path: Path) -> None:
    runs = {"as it is": descend(None, steps=30), "clipped": descend(1.0, steps=30)}
    assert runs["as it is"].losses[0] == pytest.approx(runs["clipped"].losses[0])
    assert min(runs["as it is"].norms[10:]) > 2 * max(runs["clipped"].norms[15:])
    assert min(runs["as it is"].losses[-5:]) > 3 * max(runs["clipped"].losses[-5:])
    draw_gradients(runs, tmp_path / "gradients.png")
    assert (tmp_path / "gradients.png").stat().st_size > 10_000
