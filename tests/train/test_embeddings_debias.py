"""Debiasing: what it takes out of vectors, what it leaves, and the bundle that ships."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.understanding.words import Embedding
from train.__main__ import main
from train.recipes.embeddings.debias import association, bias_direction, definitional_words, equalise, neutralise
from train.recipes.embeddings.vectors import WordVectors

PAIRS = (("she", "he"), ("woman", "man"), ("queen", "king"), ("her", "his"))
FEMININE = tuple(f"nurse{letter}" for letter in "abcdefgh")
MASCULINE = tuple(f"pilot{letter}" for letter in "abcdefgh")
OTHERS = tuple(f"word{one}{other}" for one in "abcdef" for other in "abcdefghij")
DIMENSIONS = 12


def biased_vectors() -> WordVectors:
    """The first entry is gender; the last tells the words that are defined by it from all others."""
    rng = np.random.default_rng(0)
    women, men = zip(*PAIRS, strict=True)
    words = (*women, *men, *FEMININE, *MASCULINE, *OTHERS)
    matrix = rng.normal(0, 0.3, (len(words), DIMENSIONS)).astype(np.float32)
    matrix[:, 0] = [1.5] * 4 + [-1.5] * 4 + [0.6] * 8 + [-0.6] * 8 + [0] * 60
    matrix[:, -1] = [2] * 8 + [0] * 76
    return WordVectors(words, matrix)


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    return biased_vectors()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    professions = [[word, 0.0, -0.8] for word in FEMININE] + [[word, 0.0, 0.8] for word in MASCULINE]
    lists = {
        "definitional_pairs": PAIRS,
        "equalize_pairs": [["Queen", "King"]],
        "gender_specific_seed": ["queen", "king"],
        "professions": [*professions, ["queen", -1.0, 0.0]],
    }
    for name, some in lists.items():
        (folder / f"debias_{name}.json").write_text(json.dumps(some))
    (folder / "EN-tiny.txt").write_text("she\the\t9\nwoman\tman\t8\nshe\twordab\t1\n")
    return folder


def test_the_direction_is_what_the_pairs_differ_in(vectors: WordVectors) -> None:
    direction = bias_direction(vectors, PAIRS)
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-5)
    assert direction[0] > 0.9
    assert bias_direction(vectors, [pair[::-1] for pair in PAIRS]) == pytest.approx(-direction, abs=1e-5)


def test_neutral_words_lose_the_direction_and_definitional_ones_keep_it(vectors: WordVectors) -> None:
    direction = bias_direction(vectors, PAIRS)
    fair = neutralise(vectors, direction, frozenset({"queen", "king"}))
    along = dict(zip(fair.words, fair.unit @ direction, strict=True))
    assert max(abs(value) for word, value in along.items() if word not in ("queen", "king")) < 1e-6
    assert along["queen"] == pytest.approx(vectors.unit[vectors.index["queen"]] @ direction, abs=1e-6)
    assert np.linalg.norm(fair.matrix, axis=1) == pytest.approx(np.ones(len(fair.words)), abs=1e-5)


def test_equal_pairs_are_as_far_from_any_neutral_word(vectors: WordVectors) -> None:
    direction = bias_direction(vectors, PAIRS)
    definitional = frozenset(word for pair in PAIRS for word in pair)
    fair = equalise(neutralise(vectors, direction, definitional), direction, PAIRS)
    for one, other in PAIRS:
        for word in (*FEMININE, *MASCULINE, *OTHERS):
            assert fair.similarity(one, word) == pytest.approx(fair.similarity(other, word), abs=1e-5)
        assert fair.unit[fair.index[one]] @ direction > 0.3
    assert np.linalg.norm(fair.matrix, axis=1) == pytest.approx(np.ones(len(fair.words)), abs=1e-5)


def test_the_classifier_finds_definitional_words_that_it_was_not_told(vectors: WordVectors) -> None:
    found = definitional_words(vectors, ["she", "he", "woman", "man", "her"])
    assert {"queen", "king", "his"} <= found.words
    assert not found.words & {*FEMININE, *MASCULINE, *OTHERS}
    assert found.recall == 1


def test_the_association_test_sees_a_bias_and_its_end(vectors: WordVectors) -> None:
    sides = [pair[1] for pair in PAIRS], [pair[0] for pair in PAIRS]
    before = association(vectors, (MASCULINE, FEMININE), sides)
    assert before.effect > 1.5
    assert before.p < 0.001
    turned = association(vectors, (FEMININE, MASCULINE), sides)
    assert turned.effect == pytest.approx(-before.effect)
    assert turned.p > 0.999
    direction = bias_direction(vectors, PAIRS)
    fair = equalise(neutralise(vectors, direction, frozenset(sides[0] + sides[1])), direction, PAIRS)
    after = association(fair, (MASCULINE, FEMININE), sides)
    assert abs(after.effect) < 0.1
    assert after.p > 0.5


def test_a_bundle_is_learnt_debiased_and_published(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    work, out, pictures = tmp_path / "work", tmp_path / "embeddings-en", tmp_path / "pictures"
    sides = (("she", "woman", "madam", "queen", "her", *FEMININE), ("he", "man", "sir", "king", "his", *MASCULINE))
    lines = [" ".join([*rng.choice(sides[n % 2], 6), *rng.choice(OTHERS, 3)]) for n in range(800)]
    (tmp_path / "text.txt").write_text("\n".join(lines))
    options = ["--text", f"{tmp_path}/text.txt", "--dimensions", "16", "--epochs", "8", "--threshold", "1"]
    publish = ["--debias", f"{data}", "--pictures", f"{pictures}", "--out", f"{out}"]
    assert main(["embeddings", "--work", f"{work}", *options, *publish]) == 0
    said = capsys.readouterr().out
    assert "words of text a CPU second" in said
    assert "16 professions, mean projection on she - he" in said
    manifest = json.loads((out / "manifest.json").read_text())
    table = Embedding.open(out / "words.embedding")
    assert (manifest["words"], manifest["dimensions"]) == (len(table.vocabulary.words), 16)
    assert "16 professions" in (out / "CARD.md").read_text()
    assert (pictures / "embeddings-debias.png").read_bytes().startswith(b"\x89PNG")
    assert (work / "skipgram-ns-debiased.txt").is_file()


def test_what_cannot_be_is_said_in_one_line(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = f"{tmp_path}/work"
    assert main(["embeddings", "--work", work]) == 64
    assert "give --text with files to learn from" in capsys.readouterr().err
    assert main(["embeddings", "--work", work, "--out", f"{tmp_path}/out"]) == 64
    assert "--out publishes debiased vectors only" in capsys.readouterr().err
    (tmp_path / "text.txt").write_text("the lamp is on\n" * 20)
    small = ["embeddings", "--work", work, "--text", f"{tmp_path}/text.txt", "--epochs", "1", "--threshold", "1"]
    assert main([*small, "--debias", f"{data}"]) == 65
    assert "the vectors know too few of the words whose bias is measured" in capsys.readouterr().err
    (data / "debias_professions.json").unlink()
    assert main([*small, "--debias", f"{data}"]) == 65
    assert "name a folder with the debias_*.json lists" in capsys.readouterr().err
