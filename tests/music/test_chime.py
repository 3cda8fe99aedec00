"""The composer on the shipped network, and the chimes that it makes up."""

import json
from pathlib import Path

import numpy as np
import pytest

from edge.errors import BundleError
from edge.model import StreamingModel
from edge.music.chime import chime_of
from edge.music.composer import VOICES, Composer, draw
from edge.music.roll import KEYS, LOWEST, notes_of
from edge.music.synthesiser import FRAMES_PER_SECOND

pytestmark = pytest.mark.runtime


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer.load()


def test_the_same_seed_makes_the_same_tune(composer: Composer) -> None:
    first, second, other = (composer.compose(40, np.random.default_rng(seed), 1.0) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
    assert first.shape == (40, KEYS)
    assert set(np.unique(first)) <= {0.0, 1.0}


def test_a_tune_begins_as_told(composer: Composer) -> None:
    begin = np.zeros((3, KEYS), np.float32)
    begin[:, 60 - LOWEST] = 1.0
    np.testing.assert_array_equal(composer.compose(20, np.random.default_rng(1), 1.0, begin)[:3], begin)
    np.testing.assert_array_equal(composer.compose(3, np.random.default_rng(1), 1.0, begin), begin)


def test_the_lower_the_temperature_the_fewer_surprises(composer: Composer) -> None:
    def changes(temperature: float) -> float:
        tunes = [composer.compose(60, np.random.default_rng(seed), temperature) for seed in range(4)]
        return sum(len(notes_of(tune)) for tune in tunes)

    assert changes(0.5) < changes(2.0) / 2


def test_each_output_is_the_next_input(composer: Composer) -> None:
    tune = composer.compose(24, np.random.default_rng(5), 1.0)
    stream = StreamingModel.load("music").stream()
    logits = stream.feed(np.concatenate([np.zeros((1, KEYS), np.float32), tune[:-1]]))["keys"]
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal([draw(row, rng, 1.0) for row in logits], tune)


def test_keys_sound_as_often_as_their_odds_say_but_no_more_than_the_likeliest_at_once() -> None:
    rng, logits = np.random.default_rng(1), np.full(KEYS, -30.0, np.float32)
    logits[[3, 40]] = 0.0, np.log(4.0)
    drawn = np.mean([draw(logits, rng, 1.0) for _ in range(2000)], axis=0)
    assert drawn[3] == pytest.approx(0.5, abs=0.04)
    assert drawn[40] == pytest.approx(0.8, abs=0.03)
    assert np.mean([draw(logits, rng, 2.0)[40] for _ in range(2000)]) == pytest.approx(2 / 3, abs=0.04)
    logits[:] = np.linspace(20.0, 40.0, KEYS)
    assert np.flatnonzero(draw(logits, rng, 1.0)).tolist() == list(range(KEYS - VOICES, KEYS))


def test_a_rule_has_a_chime_of_its_own(composer: Composer) -> None:
    chimes = [chime_of(composer, rule, seed) for rule in ("kitchen", "cellar", "door", "Küche") for seed in (1, 2)]
    assert len({chime.tobytes() for chime in chimes}) == len(chimes)
    np.testing.assert_array_equal(chimes[0], chime_of(Composer.load(), "kitchen", 1))


@pytest.mark.parametrize("seconds", [0.5, 2.5, 30.0])
def test_a_chime_is_as_long_as_asked_and_ends_on_the_chord_that_it_begins_with(
    composer: Composer, seconds: float
) -> None:
    chime = chime_of(composer, "kitchen", 7, seconds)
    assert len(chime) == round(seconds * FRAMES_PER_SECOND)
    first, last = np.flatnonzero(chime[0]), np.flatnonzero(chime[-1])
    np.testing.assert_array_equal(first[:3], last[:3])
    assert len(notes_of(chime)) >= 4


def test_chimes_are_melodies_with_few_notes_at_once(composer: Composer) -> None:
    chimes = [chime_of(composer, "kitchen", seed) for seed in range(10)]
    assert max(chime.sum(axis=1).max() for chime in chimes) == VOICES
    assert np.mean([chime.any(axis=1).mean() for chime in chimes]) > 0.8
    assert np.mean([len(notes_of(chime)) for chime in chimes]) > 8


def test_another_bundle_is_refused() -> None:
    with pytest.raises(BundleError, match="no network of music"):
        Composer.load("language-en")


def test_the_card_says_what_it_was_made_of() -> None:
    folder = StreamingModel.load("music").bundle.folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [source["corpus"].split()[0] for source in manifest["training_data"]] == ["Nottingham"]
    assert "MIT" in Path(folder / "CARD.md").read_text()
