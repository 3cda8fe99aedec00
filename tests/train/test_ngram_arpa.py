"""Models as ARPA files: there and back, as other programs write them, and what is no such file."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.decoder.lexicon import BEGIN, END, UNKNOWN
from edge.errors import DataError, OutputError, UsageError
from tests.decoder.languages import compact, trained, trained_on_letters
from train.ngram.arpa import read_arpa, write_arpa
from train.ngram.backoff import BackoffModel
from train.ngram.pruning import prune

SENTENCES = st.lists(
    st.lists(st.sampled_from(["a", "b", "the", "it's", "pear"]), min_size=1, max_size=5).map(" ".join), min_size=1
)


def assert_same(one: BackoffModel, other: BackoffModel) -> None:
    assert one.vocabulary == other.vocabulary
    for before, after in zip(one.levels, other.levels, strict=True):
        np.testing.assert_array_equal(before.grams, after.grams)
        np.testing.assert_allclose(before.log_probs, after.log_probs, atol=1e-7)
        np.testing.assert_allclose(before.log_backoffs, after.log_backoffs, atol=1e-7)


@given(sentences=SENTENCES, order=st.integers(2, 4), most=st.integers(0, 30))
@settings(deadline=None, max_examples=30)
def test_a_model_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[str], order: int, most: int
) -> None:
    path = tmp_path_factory.mktemp("arpa") / "model.arpa"
    model = prune(trained(sentences, order), [1] * (order - 1), most)
    write_arpa(model, path)
    assert_same(model, read_arpa(path))


def test_letters_come_back_as_letters(tmp_path: Path) -> None:
    model = trained_on_letters(["the pear", "a pair"])
    write_arpa(model, tmp_path / "letters.arpa")
    assert_same(model, read_arpa(tmp_path / "letters.arpa"))


FOREIGN = """A comment, and then what KenLM and SRILM write.

\\data\\
ngram 1=5
ngram  2 = 3

\\1-grams:
-1.2 <UNK>
0\t<s>\t-0.3
-99\tpair\t0
-0.5\t</s>
-0.7\tpear\t-0.25

\\2-grams:
-0.1\t<s> pear
-0.4\tpear </s>
-0.6\t<s> pair\t0

\\end\\
"""


def test_what_other_programs_write_is_understood(tmp_path: Path) -> None:
    (tmp_path / "foreign.arpa").write_text(FOREIGN)
    model = read_arpa(tmp_path / "foreign.arpa")
    assert model.vocabulary.words == ("pair", "pear")
    logs = dict(zip(range(5), (model.levels[0].log_probs / np.log(10)).tolist(), strict=True))
    assert logs == pytest.approx({UNKNOWN: -1.2, BEGIN: -np.inf, END: -0.5, 3: -np.inf, 4: -0.7})
    read = compact(model, tmp_path)
    assert read.score("pear") == pytest.approx(np.log(10) * (-0.1 - 0.4), abs=1e-5)
    assert read.score("pear pear") == pytest.approx(np.log(10) * (-0.1 - 0.25 - 0.7 - 0.4), abs=1e-5)
    assert read.score("quince") == pytest.approx(np.log(10) * (-0.3 - 1.2 - 0.5), abs=1e-5)
    assert read.score("pear pair") == -np.inf


def test_without_an_unknown_word_no_word_may_be_unknown(tmp_path: Path) -> None:
    text = FOREIGN.replace("-1.2 <UNK>\n", "").replace("ngram 1=5", "ngram 1=4")
    (tmp_path / "closed.arpa").write_text(text)
    read = compact(read_arpa(tmp_path / "closed.arpa"), tmp_path)
    assert read.score("quince") == -np.inf < read.score("pear")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\data\\", "", "no n-grams of orders 1, 2, ... between"),
        ("\\end\\", "", "no n-grams of orders 1, 2, ... between"),
        ("ngram 1=5", "ngram 3=5", "no n-grams of orders 1, 2, ... between"),
        ("ngram  2 = 3", "ngram 2=4", "but there are {1: 5, 2: 3}"),
        ("ngram  2 = 3", "", "no n-grams of orders 1, 2, ... between"),
        ("-0.4\tpear </s>", "pear </s>", "'pear </s>' does not have 2 words"),
        ("-0.4\tpear </s>", "much\tpear </s>", "'much' is no logarithm"),
        ("-0.4\tpear </s>", "0.4\tpear </s>", "pear </s>' has no logarithm of a probability, 0 or less"),
        ("-0.4\tpear </s>", "nan\tpear </s>", "has no logarithm of a probability"),
        ("-0.1\t<s> pear", "-0.1\t<s> pear\tinf", "or no such back-off weight"),
        ("-0.1\t<s> pear", "-0.1\t<s> pear\t1e300", "or no such back-off weight"),
        ("-0.4\tpear </s>", "-0.4\tpear quince", "the word 'quince' is no 1-gram"),
        ("-0.4\tpear </s>", "-0.4\t<s> pear", "some of the 2-grams stand there twice"),
        ("-0.5\t</s>", "-0.5\tplum", "the word </s> is no 1-gram, so no sentence could end"),
        ("-0.7\tpear", "-0.7\tPEAR", "the word 'PEAR' is not written in the network's alphabet"),
        ("-0.7\tpear", "-0.7\tp\u00e4r", "the word 'p\u00e4r' is not written in the network's alphabet"),
    ],
)
def test_what_is_no_arpa_file_is_refused_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "bad.arpa"
    path.write_text(FOREIGN.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(message)) as refusal:
        read_arpa(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_an_ngram_needs_what_it_goes_on_from(tmp_path: Path) -> None:
    model = trained(["a b a"], order=3)
    write_arpa(model, tmp_path / "whole.arpa")
    text = (tmp_path / "whole.arpa").read_text()
    number = len(model.levels[1].grams)
    text = re.sub(r"\n\S+\ta b\t\S+", "", text).replace(f"ngram 2={number}", f"ngram 2={number - 1}")
    (tmp_path / "orphan.arpa").write_text(text)
    with pytest.raises(DataError, match="some 3-grams go on from words that are no 2-gram"):
        read_arpa(tmp_path / "orphan.arpa")


@pytest.mark.parametrize("contents", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, contents: bytes | None) -> None:
    if contents is not None:
        (tmp_path / "no.arpa").write_bytes(contents)
    with pytest.raises(DataError, match=r"no\.arpa cannot be read .*; name a language model in the ARPA format"):
        read_arpa(tmp_path / "no.arpa")


def test_a_vocabulary_too_large_for_its_order_is_refused(tmp_path: Path) -> None:
    words = [f"{'abcdefghij'[n % 10]}{'x' * (n // 10)}" for n in range(300)]
    levels = [f"\\{order}-grams:\n" + f"-1 {' '.join(['<s>'] * order)} 0\n" for order in range(2, 9)]
    head = "\n".join(f"ngram {order}={1 if order > 1 else 303}" for order in range(1, 9))
    ones = "".join(f"-2 {word} 0\n" for word in ("<unk>", "<s>", "</s>", *words))
    (tmp_path / "high.arpa").write_text(f"\\data\\\n{head}\n\\1-grams:\n{ones}{''.join(levels)}\n\\end\\\n")
    with pytest.raises(UsageError, match="order 8 over 303 words"):
        read_arpa(tmp_path / "high.arpa")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="choose a file that can be written"):
        write_arpa(trained(["a"]), tmp_path)
