"""Word vectors held against people's judgements and analogies: figures that can be checked by hand."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError
from train.__main__ import main
from train.evaluate.embeddings import analogies, read_questions, similarities, total
from train.recipes.embeddings.picture import GROUPS
from train.recipes.embeddings.vectors import WordVectors

VECTORS = WordVectors(
    ("man", "woman", "king", "queen", "apple"),
    np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [-1, 0, 0.1]], np.float32),
)
PAIRS = "Man\twoman\t9\nking\tqueen\t9.5\nman\tapple\t1\nman\tquince\t8\n"
QUESTIONS = ": family\nman woman king queen\nMAN KING WOMAN QUEEN\nman woman king uncle\n: food\nman king woman apple\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "EN-tiny.txt").write_text(PAIRS)
    (tmp_path / "questions-words.txt.gz").write_bytes(gzip.compress(QUESTIONS.encode()))
    VECTORS.write(tmp_path / "vectors.txt")
    return tmp_path


def evaluate(*arguments: object) -> int:
    return main(["evaluate", "embeddings", *map(str, arguments)])


def test_similarities_are_compared_by_rank_over_known_pairs(data: Path) -> None:
    found = similarities(VECTORS, data / "EN-tiny.txt")
    assert (found.pairs, found.known) == (4, 3)
    assert found.spearman == pytest.approx(1)
    (data / "EN-tiny.txt").write_text(PAIRS.replace("9.5", "0.5"))
    assert similarities(VECTORS, data / "EN-tiny.txt").spearman == pytest.approx(-0.5)


def test_a_byte_order_mark_is_no_part_of_the_first_word(data: Path) -> None:
    (data / "EN-tiny.txt").write_text(PAIRS, encoding="utf-8-sig")
    assert similarities(VECTORS, data / "EN-tiny.txt").known == 3
    (data / "marked.txt").write_text(QUESTIONS, encoding="utf-8-sig")
    assert list(read_questions(data / "marked.txt")) == ["family", "food"]


def test_analogies_leave_out_the_words_that_were_given(data: Path) -> None:
    family, food = analogies(VECTORS, read_questions(data / "questions-words.txt.gz"))
    assert (family.category, family.questions, family.known, family.right) == ("family", 3, 2, 2)
    assert (food.known, food.right, food.percent) == (1, 0, 0.0)
    assert total([family, food]).percent == pytest.approx(200 / 3)


def test_the_result_is_one_json_object(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate("--data", data, "--vectors", data / "vectors.txt", "--json", "--near", "king", "quince") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["task"], result["precision"], result["n"], result["words"]) == ("embeddings", "float", 8, 5)
    assert result["spearman"] == {"tiny": 100.0}
    assert result["analogy_percent"] == 66.67
    assert result["known"] == {"tiny": [3, 4], "analogies": [3, 4]}
    assert result["nearest"]["king"][0] == "queen"
    assert "quince" not in result["nearest"]


def test_a_category_that_stands_in_two_files_is_one(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "questions-words.unknown.txt").write_text(": family\nman woman king uncle\nman woman king apple\n")
    assert evaluate("--data", data, "--vectors", data / "vectors.txt", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["analogies"] == {"family": 66.67, "food": 0.0}
    assert (result["analogy_percent"], result["known"]["analogies"]) == (50.0, [4, 6])


def test_a_collection_may_be_named_alone_and_packed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = data / "EN-tiny.txt.gz"
    packed.write_bytes(gzip.compress((data / "EN-tiny.txt").read_bytes()))
    assert evaluate("--data", packed, "--vectors", data / "vectors.txt", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["known"] == {"tiny": [3, 4], "analogies": [0, 0]}
    assert evaluate("--data", packed, "--vectors", data / "vectors.txt") == 0
    assert "analogies" not in capsys.readouterr().out


def test_the_table_of_a_bundle_is_evaluated_as_it_ships(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "mine").mkdir()
    (data / "mine/words.embedding").write_bytes(VECTORS.table().to_bytes())
    assert evaluate("--data", data, "--bundle", data / "mine") == 0
    said = capsys.readouterr().out
    assert "mine (int8), 5 words" in said
    assert "tiny: rank correlation 100.0 % over 3 of 4 pairs" in said
    assert "analogies: 66.7 % of the 3 known of 4" in said


def test_the_picture_shows_the_known_words(data: Path) -> None:
    words = tuple(word for some in GROUPS.values() for word in some[:5])
    WordVectors(words, np.random.default_rng(0).normal(size=(25, 4)).astype(np.float32)).write(data / "vectors.txt")
    assert evaluate("--data", data, "--vectors", data / "vectors.txt", "--picture", data / "words.png") == 0
    assert (data / "words.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("known", [0, 3, 4])
def test_too_few_words_are_not_drawn(known: int, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*GROUPS["numbers"][:known], *(f"w{number}" for number in range(9 - known)))
    WordVectors(words, np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)).write(data / "vectors.txt")
    code = evaluate("--data", data, "--vectors", data / "vectors.txt", "--picture", data / "words.png")
    assert (code, (data / "words.png").exists()) == ((0, True) if known == 4 else (65, False))
    assert (f"the vectors know {known} of the words that are drawn" in capsys.readouterr().err) is (known < 4)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("EN-tiny.txt", "one two\n", "give lines of two words and a score, with tabs"),
        ("questions-words.txt", ": family\nman woman king\n", "'man woman king' are not four words"),
    ],
)
def test_a_file_in_another_format_is_said(data: Path, name: str, text: str, message: str) -> None:
    (data / name).write_text(text)
    with pytest.raises(DataError, match=message):
        similarities(VECTORS, data / name) if name.startswith("EN") else read_questions(data / name)


def test_what_is_missing_is_said(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert evaluate("--data", tmp_path / "empty", "--vectors", data / "vectors.txt") == 65
    assert "has no EN-*.txt* and no questions-words*" in capsys.readouterr().err
    assert evaluate("--data", data, "--bundle", "nowhere") == 65
    assert "nowhere" in capsys.readouterr().err
