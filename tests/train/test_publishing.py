"""A bundle that is there stays as it was until the figures of the one that replaces it are known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError
from edge.translation.subwords import END
from train.bundle import measured
from train.corpora.conll import Tagged
from train.corpora.opinions import POSITIVE, Opinion
from train.corpora.pairs import Pair
from train.corpora.sequences import Labelled
from train.recipes.dna.publishing import publish as publish_dna
from train.recipes.dna.recipe import DnaRecipe
from train.recipes.entities.fitting import Lesson
from train.recipes.entities.fitting import vocabulary_of as words_of_lessons
from train.recipes.entities.publishing import publish as publish_entities
from train.recipes.entities.recipe import EntitiesRecipe
from train.recipes.entities.tagger import Tagger
from train.recipes.sentiment.classifier import Classifier
from train.recipes.sentiment.fitting import vocabulary_of as words_of_opinions
from train.recipes.sentiment.publishing import publish as publish_sentiment
from train.recipes.sentiment.recipe import SentimentRecipe
from train.recipes.translation.network import EncoderDecoder
from train.recipes.translation.publishing import load_pieces
from train.recipes.translation.publishing import publish as publish_translation
from train.recipes.translation.recipe import TranslationRecipe

WORDS: Final = ("turn", "the", "kitchen", "light", "on", "and", "off", "again")


def dna(work: Path, out: Path) -> None:
    recipe, window = DnaRecipe(), Labelled(0, b"ACGT" * 15)
    publish_dna(recipe.network(), recipe, [window] * 100, "int8", work, out)


def entities(work: Path, out: Path) -> None:
    recipe = EntitiesRecipe("snips", dims=4, units=4, buckets=8)
    taught = [Lesson(Tagged(WORDS, ("O",) * len(WORDS)), frozenset())] * 40
    tagger = Tagger(recipe, words_of_lessons(taught, recipe), ("O", "B-a", "I-a"))
    publish_entities(tagger, taught, "int8", work, out)


def sentiment(work: Path, out: Path) -> None:
    recipe, opinions = SentimentRecipe(dims=4, units=4, buckets=8), [Opinion(WORDS, POSITIVE)] * 40
    publish_sentiment(Classifier(recipe, words_of_opinions(opinions, recipe)), opinions, "int8", work, out)


def translation(work: Path, out: Path) -> None:
    recipe, pieces = TranslationRecipe(dims=4, encoder_units=4, decoder_units=4), [END, *"abc", "ab", "bc"]
    network = EncoderDecoder(recipe, *load_pieces([pieces, pieces]))

    def measure(bundles: Path) -> dict[str, Any]:
        assert (bundles / "encoder" / "manifest.json").is_file()
        assert (bundles / "decoder" / "manifest.json").is_file()
        raise DataError(f"{work}: no pairs")

    publish_translation(network, [Pair("abc" * 4, ("cab" * 4,))] * 40, "int8", (), measure, out)


def fail(*_: object) -> None:
    raise DataError("what was measured on is gone")


@pytest.mark.parametrize("publish", [dna, entities, sentiment, translation])
def test_a_measurement_that_fails_leaves_the_bundle_that_is_there(
    publish: Callable[[Path, Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.recipes.dna.publishing.figures", fail)
    out, work = tmp_path / "models" / "good", tmp_path / "work"
    for folder in (out, out / "encoder", out / "decoder"):
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("of the good one")
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(DataError, match=r"measured on is gone|no pairs|holds 0 files|rt_polarity"):
        publish(work, out)
    assert sorted(out.parent.rglob("*")) == before
    assert {file.read_text() for file in out.rglob("*.json")} == {"of the good one"}


def test_what_is_measured_goes_away() -> None:
    seen = []

    def write(folder: Path) -> None:
        folder.mkdir()
        (folder / "model").write_text("7")

    def measure(folder: Path) -> int:
        seen.append(folder)
        return int((folder / "model").read_text())

    assert measured(write, measure) == 7
    assert not seen[0].parent.exists()
