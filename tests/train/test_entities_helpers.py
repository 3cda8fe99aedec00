"""How other corpora, lists of names and cased texts help with WNUT17's own types."""

import gzip
import lzma
import random
from pathlib import Path

import numpy as np
import pytest

from edge.model import StreamingModel
from edge.understanding.words import Vocabulary
from train.__main__ import main
from train.corpora.conll import Tagged, spans
from train.recipes.entities.fitting import EITHER, Lesson, batches
from train.recipes.entities.helpers import FOLDS, GROUP, OtherNames, helped_lessons, said
from train.recipes.entities.lexicon import CASED, KINDS, SIZE, WIDTH, Lexicon
from train.recipes.entities.recipe import FOLDERS, HELPERS, EntitiesRecipe
from train.recipes.entities.tagger import Tagger
from train.recipes.entities.texts import tags_for
from train.vectors import WordVectors

TWEETS = {
    "wnut17": "@paul\tO\nlikes\tO\nKelsey\tB-person\nat\tO\nApple\tB-corporation\n{n}\tO\n",
    "btc": "@\tB-PER\nPaul_X\tB-PER\nMary\tB-PER\nof\tO\nBlur\tB-ORG\nhttp://t.co/1\tO\n{n}\tO\n",
    "snips": "play\tO\nabba\tB-artist\n{n}\tO\n",
    "slurp": "call\tO\ntom\tB-person\n{n}\tO\n",
}


def pack(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of texts with all that helps, and vectors to begin with."""
    folder = tmp_path_factory.mktemp("texts")
    for corpus, tweet in TWEETS.items():
        for part in ("train", "valid"):
            text = "\n".join(tweet.format(n=n) for n in range(60))
            pack(folder / FOLDERS[corpus] / f"{part}.conll.gz", text)
    lists = folder / "ner_gazetteers"
    lists.mkdir()
    for name, lines in {
        "names__female": "Kelsey\nMary\n",
        "names__male": "Tom\n",
        "gazetteers__countries": "Isle of Man\n",
        "gazetteers__uscities": "Gardena\n",
        "gazetteers__usstates": "Ohio\n",
    }.items():
        (lists / f"{name}.txt").write_text(lines)
    learnt = WordVectors(Vocabulary(("at", "likes", "whale"), 1), dims=8)
    (folder / "words.embedding").write_bytes(learnt.embedding().to_bytes())
    return folder


def test_what_nobody_says_is_left_out() -> None:
    words = ("RT", "@", "Theory_X", "@paul", "Yasiel", "Puig", "http://t.co/1", "www.x.y", "@")
    tags = ("O", "B-PER", "B-PER", "B-PER", "B-PER", "I-PER", "O", "O", "O")
    assert said(Tagged(words, tags)) == Tagged(("RT", "Yasiel", "Puig"), ("O", "B-PER", "I-PER"))


def test_lessons_are_those_of_the_corpus_and_tweets_that_say_less(data: Path) -> None:
    taught = helped_lessons(data)
    texts = {" ".join(lesson.sentence.words[:-1]) for lesson in taught}
    assert texts == {"paul likes kelsey at apple", "likes kelsey at apple", "mary of blur"}
    assert {one.kind for lesson in taught for one in spans(lesson.sentence.tags)} == {"person", "corporation", GROUP}
    assert "B-group" in tags_for(taught)
    assert GROUP not in {tag[2:] for tag in tags_for(taught)}


def test_what_may_be_of_either_type_allows_both() -> None:
    taught = [Lesson(Tagged(("mary", "of", "blur"), ("B-person", "O", f"B-{GROUP}")), frozenset(("person", "group")))]
    tags = ("O", "B-corporation", "I-corporation", "B-group", "I-group", "B-person", "I-person")
    recipe = EntitiesRecipe("wnut17", dims=4, units=4, buckets=8, tokens=3, corrupted=0.0)
    batch = next(batches(taught, Tagger(recipe, Vocabulary((), 8), tags)))
    assert batch.allowed[0].tolist() == [
        [0, 0, 0, 0, 0, 1, 0],
        [1, 1, 1, 0, 0, 0, 0],
        [0, 1, 0, 1, 0, 0, 0],
    ]


def test_names_become_others_of_their_type(data: Path) -> None:
    vary, rng = OtherNames(data), random.Random(1)
    sentence = Tagged(("kelsey", "at", "apple"), ("B-person", "O", "B-corporation"))
    varied = [vary(sentence, rng) for _ in range(200)]
    assert {"abba", "tom", "kelsey", "mary"} <= {one.words[0] for one in varied}
    assert all([kind for kind, *_ in spans(one.tags)] == ["person", "corporation"] for one in varied)
    assert {one.words[-1] for one in varied} == {"apple"}


def test_the_types_of_helpers_are_those_of_the_corpus() -> None:
    own = {"person", "location", "corporation", "group", "creative-work", "product"}
    assert {kind for fold in FOLDS.values() for label in fold.values() for kind in label.split(EITHER)} <= own


def test_cased_texts_and_lists_tell_who_is_a_name(data: Path, tmp_path: Path) -> None:
    (tmp_path / "ner_gazetteers").symlink_to(data / "ner_gazetteers")
    assert not Lexicon.read(tmp_path).seen
    (tmp_path / CASED[0]).parent.mkdir()
    with lzma.open(tmp_path / CASED[0], "wt", encoding="utf-8") as file:
        file.write("Mary saw the whale. The whale, Moby, saw Ahab and no whale.\tJean voit Mary\n")
    rows = Lexicon.read(tmp_path).beside(["whale", "ahab", "mary", "tom", "man", "of"]) / SIZE
    assert rows.shape == (7, WIDTH)
    assert np.array_equal(rows[:, :KINDS], rows[:, KINDS : 2 * KINDS])
    unknown, whale, ahab, mary, tom, man, of = rows[:, :KINDS]
    assert ahab[0] > 0.1 > -0.8 > whale[0] > -1
    assert mary[0] == unknown[0] == 0
    assert unknown[1] == mary[1] == -1 < ahab[1] < whale[1]
    assert [row[2:].tolist() for row in (mary, tom, man, of)] == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(("labels", "corpora"), [("wnut17", {*FOLDERS}), ("alerts", {*FOLDERS}), ("snips", {"snips"})])
def test_a_helped_network_becomes_a_bundle(data: Path, tmp_path: Path, labels: str, corpora: set[str]) -> None:
    arguments = ["--data", str(data), "--work", str(tmp_path / "run"), "--units", "8", "--steps", "4"]
    arguments += ["--quantised-steps", "1", "--labels", labels, "--helpers", str(data / "words.embedding")]
    arguments += ["--dims", str(6 + WIDTH)]
    assert main(["entities", "fit", *arguments]) == 0
    assert main(["entities", "publish", *arguments, "--out", str(tmp_path / "bundle")]) == 0
    assert main(["entities", "publish", *arguments, "--eagerness", "9", "--out", str(tmp_path / "eager")]) == 0
    manifest = StreamingModel.load(tmp_path / "bundle").bundle.manifest
    assert {entry.corpus for entry in manifest.training_data} == corpora | {*HELPERS}
    assert manifest.tensors.inputs["frame"].shape == (1, 2 * 3 * (6 + WIDTH))
