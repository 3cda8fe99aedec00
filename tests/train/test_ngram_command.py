"""`python -m train ngram` from texts to a file that a device reads."""

import gzip
import re
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.decoder.ngram import NgramModel
from train.__main__ import main

BOOK = "It was late. Mr. Bennet went out, and the lamp went out.\nThe old man sat by the sea; the sea was calm.\n" * 40
COMMANDS = '{"text": "turn the lamp on"}\n{"text": "turn the lamp off"}\n{"text": "turn off the radio"}\n'


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    (tmp_path / "book.txt.gz").write_bytes(gzip.compress(BOOK.encode()))
    (tmp_path / "commands.jsonl").write_text(COMMANDS)
    (tmp_path / "test.txt").write_text("turn the radio on\nturn the lamp on\nthe quince\n")
    return tmp_path


def build(texts: Path, *more: str, out: str = "out.ngram") -> int:
    sources = ["--text", "0.6", f"{texts}/book.txt.gz", "--text", "0.4", f"{texts}/commands.jsonl"]
    return main(["ngram", f"{texts}/{out}", *sources, *more])


def test_a_model_of_two_sources(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(texts, "--test", f"{texts}/test.txt", "--test", f"{texts}/commands.jsonl") == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r".*out\.ngram: 0\.\d\d MB, \d+ \+ \d+ \+ \d+ n-grams, 8 bits are .* nats off", first)
    assert "commands.jsonl: " in third
    assert re.search(r"test\.txt: 10 in 3 sentences, 10\.00 % unknown, perplexity [\d.]+, of the known [\d.]+", second)
    model = NgramModel.open(texts / "out.ngram")
    assert model.score("turn the lamp on") > model.score("lamp the on turn")
    assert model.score("mister bennet went out") > model.score("bennet mister out went")


def test_the_file_is_as_small_as_told(texts: Path) -> None:
    assert build(texts, "--order", "4", out="whole.ngram") == 0
    assert build(texts, "--order", "4", "--megabytes", "0.0093", out="small.ngram") == 0
    whole, small = (NgramModel.open(texts / f"{name}.ngram").header for name in ("whole", "small"))
    assert (texts / "small.ngram").stat().st_size <= 9300
    assert small.ngrams[0] == whole.ngrams[0]
    assert sum(small.ngrams) < sum(whole.ngrams)


def test_a_model_of_letters(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(texts, "--letters", "--order", "5", "--test", f"{texts}/test.txt") == 0
    model = NgramModel.open(texts / "out.ngram")
    assert model.lexicon is None
    assert model.score("the lamp") > model.score("eht pmal")
    assert "43 in 3 sentences, 0.00 % unknown" in capsys.readouterr().out


def test_a_model_by_way_of_arpa_is_the_same(texts: Path) -> None:
    assert build(texts, "--export", f"{texts}/out.arpa") == 0
    assert main(["ngram", f"{texts}/back.ngram", "--arpa", f"{texts}/out.arpa"]) == 0
    one, other = (NgramModel.open(texts / f"{name}.ngram") for name in ("out", "back"))
    for text in ("turn the lamp off", "the old man went out", "quince"):
        assert one.score(text) == pytest.approx(other.score(text), abs=1e-5)


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (["--text", "much", "a.txt"], 64, "--text much a.txt: give a share above 0"),
        (["--text", "0", "a.txt"], 64, "--text 0 a.txt: give a share above 0"),
        (["--text", "0.5"], 64, "--text 0.5: give a share above 0, such as 0.5, and then files"),
        (["--text", "1", "{texts}/none.txt"], 65, "none.txt cannot be read"),
        (["--text", "1", "{texts}/empty.txt"], 65, "empty.txt: no sentence in there"),
        (["--order", "1"], 64, "--order 1: n-grams have two words or more"),
        (["--order", "40"], 64, "n-grams of order 40 over"),
        (["--megabytes", "0.001"], 64, "too small for its vocabulary"),
        (["--test", "{texts}/empty.txt"], 65, "there is no sentence to test on"),
        (["--test", "{texts}/none.txt"], 65, "--test {texts}/none.txt: there is no such file"),
        (["--text", "1", "{texts}/other.csv"], 65, "other.csv cannot be read (it has no 'transcript'); name a text in"),
        (["--text", "1", "{texts}/torn.csv"], 65, "torn.csv cannot be read (unexpected end of data)"),
        (["--text", "1", "{texts}/five.jsonl"], 65, "five.jsonl cannot be read (text is 5, but must be a string)"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    texts: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: int, message: str
) -> None:
    (texts / "empty.txt").write_text("...\n")
    (texts / "other.csv").write_text("path\na.wav\n")
    (texts / "torn.csv").write_text('path,transcript\na.wav,"one\nb.wav,two\n')
    (texts / "five.jsonl").write_text('{"text": 5}\n')
    assert build(texts, *(argument.format(texts=texts) for argument in more)) == code
    error = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(error) == 1
    assert message.format(texts=texts) in error[0]


@pytest.mark.parametrize("option", [("--order", "2"), ("--words", "5"), ("--letters",), ("--megabytes", "0.01")])
def test_a_finished_model_is_converted_as_it_is(
    texts: Path, option: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ngram", f"{texts}/back.ngram", "--arpa", f"{texts}/none.arpa", *option]) == 64
    assert capsys.readouterr().err == f"error: {option[0]} is for --text: a finished model is converted as it is\n"


def test_a_file_that_cannot_be_written_is_said(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (texts / "taken").mkdir()
    assert build(texts, out="taken") == 74
    assert "choose a file that can be written" in capsys.readouterr().err


def test_what_a_closed_model_foresees_is_told_though_a_word_is_foreign_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "closed.arpa").write_text(
        "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-0.5\t</s>\n-99\t<s>\t0\n-0.5\tlamp\t0\n-0.5\ton\n\n"
        "\\2-grams:\n-0.3\t<s> lamp\n\n\\end\\\n"
    )
    (tmp_path / "test.txt").write_text("lamp on\nquince on\n")
    arguments = [str(tmp_path / "out.ngram"), "--arpa", str(tmp_path / "closed.arpa")]
    assert main(["ngram", *arguments, "--test", str(tmp_path / "test.txt")]) == 0
    told = re.search(r"25\.00 % unknown, perplexity inf, of the known ([\d.]+)", capsys.readouterr().out)
    assert told
    assert float(told[1]) == pytest.approx(10 ** ((0.3 + 4 * 0.5) / 5), abs=0.1)
