"""What tells voices apart is learnt from people, and put into a bundle that stays what it was."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.errors import DataError
from edge.model import Bundle
from edge.model.bundle import SPEAKERS
from edge.voices import Speakers
from tests.pipeline.tones import make_bundle
from tests.voices.throats import said
from train.corpora.manifest import Clip
from train.recipes.trigger.speakers import FEWEST_SPEAKERS, Take, add_speakers, discriminant

WIDTH = 20


def people(count: int, takes: int, seed: int, loud: float = 1.0) -> list[Take]:
    """Voices that differ in the first 3 numbers, while takes differ in the others."""
    rng = np.random.default_rng(seed)
    spread = np.r_[np.full(3, 0.3), np.full(WIDTH - 3, loud)]
    voices = np.c_[rng.normal(0, 1, (count, 3)), np.zeros((count, WIDTH - 3))]
    return [
        Take("word", str(n), (voice + rng.normal(0, spread)).astype(np.float32))
        for n, voice in enumerate(voices)
        for _ in range(takes)
    ]


def test_voices_are_told_apart_by_what_differs_between_them() -> None:
    speakers = discriminant(people(40, 10, seed=1), dimensions=3)
    directions = np.abs(speakers.projection) / np.linalg.norm(speakers.projection, axis=0)
    assert (np.linalg.norm(directions[:3], axis=0) > 0.95).all()
    strangers = people(20, 6, seed=2)
    points = speakers.points("word", [take.vector for take in strangers])
    same = np.equal.outer(*[[take.speaker for take in strangers]] * 2)
    likeness = points @ points.T
    assert likeness[same & ~np.eye(len(points), dtype=bool)].mean() > likeness[~same].mean() + 0.5


def test_a_word_of_few_people_is_left_out() -> None:
    few = people(FEWEST_SPEAKERS - 1, 4, seed=1)
    with pytest.raises(DataError, match="no word is said by 8 people or more"):
        discriminant(few)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Two takes of each throat."""
    folder = tmp_path_factory.mktemp("takes")

    def take(throat: int, seed: int) -> Clip:
        path = folder / f"{throat}-{seed}.wav"
        soundfile.write(path, said(throat, "low tone", seed=seed), 16_000)
        return Clip(path, "wakeword", "low tone", "low tone", str(throat), 2.5, "CC0", True, "made")

    throats = range(1000, 1000 + 300 * FEWEST_SPEAKERS, 300)
    return [take(throat, seed) for throat in throats for seed in (1, 2)]


def test_a_bundle_gets_them_and_stays_what_it_was(clips: list[Clip], tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "tones")
    before = Bundle.read(folder)
    add_speakers(folder, clips)
    after = Bundle.read(folder)
    speakers = Speakers.of(after)
    assert list(speakers.means) == ["low tone"]
    assert len(speakers.others["low tone"]) == 2 * FEWEST_SPEAKERS
    assert {**before.manifest.files, "speakers.npz": after.manifest.files["speakers.npz"]} == after.manifest.files
    assert after.speakers is not None
    assert after.speakers.stat().st_size < 100_000
    add_speakers(folder, clips)
    assert Bundle.read(folder).manifest == after.manifest


def test_whenever_it_is_killed_the_bundle_verifies(
    clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_bundle(tmp_path / "tones")
    add_speakers(folder, clips)
    before = Bundle.read(folder).manifest.files
    move = Path.replace

    def moved(path: Path, target: Path) -> Path:
        assert Bundle.read(folder).manifest.files.items() <= before.items()
        return move(path, target)

    monkeypatch.setattr(Path, "replace", moved)
    add_speakers(folder, clips[:-1])
    after = Bundle.read(folder).manifest.files
    assert [name for name in before if after[name] != before[name]] == [SPEAKERS]
    assert not list(folder.glob(".*"))
