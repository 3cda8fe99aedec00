"""The recipe of translation, from pairs to the two bundles that the device reads, and how it is judged."""

import gzip
import json
import lzma
import random
from dataclasses import replace
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from edge.cli import main as hark
from edge.errors import BundleError, DataError
from edge.model import StreamingModel, verify_golden
from edge.translation.subwords import END, Subwords
from edge.translation.translator import DECODER, ENCODER, Translator
from train.__main__ import main
from train.corpora.pairs import Pair, find_pairs, is_tokenised, read_pairs
from train.evaluate.bleu import bleu, clipped
from train.evaluate.translation import Blame, Setting, blame, by_length, score
from train.export import load_weights
from train.losses import smoothed_cross_entropy
from train.recipes.translation.command import PIECES
from train.recipes.translation.fitting import LONGEST, batches, loss, spoken
from train.recipes.translation.merges import learn_pieces
from train.recipes.translation.network import EncoderDecoder
from train.recipes.translation.publishing import load_pieces, publish
from train.recipes.translation.recipe import TranslationRecipe

FRENCH = ["un", "deux", "trois", "quatre", "cinq", "six"]
ENGLISH = ["one", "two", "three", "four", "five", "six"]
SIZES = (
    "--pieces=60",
    "--dims=16",
    "--encoder-units=16",
    "--decoder-units=24",
    "--dropout=0",
    "--spoken=0",
    "--tokens=240",
)


def say(numbers: list[int]) -> Pair:
    """A language whose translation says the words in reverse."""
    source, target = (" ".join(words[one] for one in order) for words, order in _sides(numbers))
    return Pair(source, (target,))


def _sides(numbers: list[int]) -> list[tuple[list[str], list[int]]]:
    return [(FRENCH, numbers), (ENGLISH, numbers[::-1])]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("pairs"), random.Random(1)
    for name, count in (("train", 900), ("valid", 12)):
        pairs = [say([rng.randrange(6) for _ in range(rng.randint(1, 3))]) for _ in range(count)]
        lines = "".join(f"{pair.targets[0]}\t{pair.source}\n" for pair in pairs)
        (folder / f"{name}.tsv").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def work(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    steps = ["--steps", "200", "--quantised-steps", "30", "--learning-rate", "8e-3"]
    assert main(["translate", "fit", "--data", str(data), "--work", str(folder), *SIZES, *steps]) == 0
    return folder


@pytest.fixture(scope="module")
def bundle(data: Path, work: Path) -> Path:
    out = work / "tiny"
    options = ["--data", str(data), "--work", str(work), "--out", str(out), "--source", "made here", "CC0"]
    assert main(["translate", "publish", *options, *SIZES]) == 0
    return out


@pytest.fixture(scope="module")
def network(work: Path) -> EncoderDecoder:
    recipe = TranslationRecipe(dims=16, encoder_units=16, decoder_units=24)
    made = EncoderDecoder(recipe, *load_pieces(json.loads((work / PIECES).read_text(encoding="utf-8"))))
    load_weights(made, work / "weights.npz")
    return made


def test_it_has_learnt_to_say_words_in_another_order(bundle: Path) -> None:
    translator = Translator.load(bundle)
    assert translator.translate("un deux") == "two one"
    assert translator.translate("cinq trois") == "three five"


def test_both_halves_compute_what_they_computed_at_export(bundle: Path) -> None:
    for half in (ENCODER, DECODER):
        model = StreamingModel.load(bundle / half)
        assert verify_golden(model)
        assert model.bundle.manifest.edgetpu is not None
        assert model.bundle.manifest.edgetpu.ok
        assert "made here" in (bundle / half / "CARD.md").read_text(encoding="utf-8")


def test_the_device_gives_a_sentence_the_probability_that_training_gives_it(
    bundle: Path, network: EncoderDecoder
) -> None:
    translator = Translator.load(bundle)
    for pair in (say([0, 1]), say([4, 4]), say([5])):
        read, written = translator.source.encode(pair.source), translator.target.encode(pair.targets[0])
        target = tf.constant([[*written, translator.target.end]])
        log_probs = tf.nn.log_softmax(network.logits(tf.constant([read]), target))
        expected = float(tf.reduce_sum(tf.gather(log_probs, target, batch_dims=2)))
        # int8 on the device, float here.
        assert translator.judge(read, written).log_prob == pytest.approx(expected, abs=0.35)


def test_search_tells_where_it_looked(bundle: Path) -> None:
    translator = Translator.load(bundle)
    best, *others = translator.search(translator.source.encode("six un"), beam=3)
    assert best.weights.shape == (len(best.target), len(best.source))
    assert best.weights.sum(axis=1) == pytest.approx(np.ones(len(best.target)), abs=1e-4)
    assert all(best.score(0.7) >= other.score(0.7) for other in others)
    assert translator.judge(
        translator.source.encode("six un"), translator.target.encode(best.text)
    ).log_prob == pytest.approx(best.log_prob, abs=1e-4)


def test_a_text_goes_sentence_by_sentence_and_nothing_says_nothing(bundle: Path) -> None:
    translator = Translator.load(bundle)
    assert translator.translate("") == translator.translate("  \n") == ""
    assert len(list(translator.parts("un deux. trois !  six"))) == 3
    assert max(map(len, translator.parts("un " * 2000))) <= 60
    assert max(map(len, translator.parts("un" * 200))) == 60


def test_no_sentence_is_cut_inside_a_word_or_at_a_title_and_quotes_stay_whole(bundle: Path) -> None:
    translator = Translator.load(bundle)

    def parts(text: str) -> list[str]:
        return [translator.source.decode(part) for part in translator.parts(text)]

    assert {word for part in parts("un deux trois six " * 50) for word in part.split()} == {
        "un",
        "deux",
        "trois",
        "six",
    }
    assert len(parts("M. Six a un. Mme. Deux six ! Dr. Six. St. Un")) == 4
    assert len(parts("Six : « Deux ! » Un. «Six.» Deux")) == 4


def test_without_attention_every_step_is_given_the_ends(data: Path, tmp_path: Path) -> None:
    pairs = read_pairs(data, "fr-en", ("train",))
    pieces = [learn_pieces(texts, 40) for texts in ((pair.source for pair in pairs), ENGLISH * 9)]
    recipe = TranslationRecipe(dims=8, encoder_units=8, decoder_units=8, attention=False)
    blind = EncoderDecoder(recipe, *load_pieces(pieces))
    with tf.GradientTape() as tape:
        value = loss(blind, next(batches(pairs, recipe, *blind.subwords)))
    assert all(gradient is not None for gradient in tape.gradient(value, blind.trainable_variables))
    publish(blind, pairs, "int8", (), lambda _: {}, tmp_path / "bundle")
    translator = Translator.load(tmp_path / "bundle")
    assert not (tmp_path / "bundle" / DECODER / "alignment.npz").exists()
    translation = translator.search(translator.source.encode("un deux"), beam=2)[0]
    assert len(set(translation.weights.ravel().tolist())) == 1


def test_evaluation_scores_any_pairs(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Translator, "search", searched := Mock(side_effect=Translator.load(bundle).search))
    pictures = [tmp_path / f"{name}.png" for name in ("curve", "lengths", "attention")]
    options = ["--errors", "--curve", str(pictures[0]), "--lengths", str(pictures[1]), "--beside", str(bundle)]
    options += ["--attention", "un six", str(pictures[2]), "--limit", "6", "--alpha", "2.5"]
    assert main(["evaluate", "translation", "--data", str(data), "--bundle", str(bundle), "--json", *options]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["task"], result["bundle"], result["precision"], result["n"]) == ("translation", "tiny", "int8", 6)
    assert 0 <= result["bleu"] <= 100
    assert sum(result["errors"].values()) == 6
    assert [row["beam"] for row in result["curve"]] == [1, 2, 3, 5, 10, 30, 100]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert {call.args[2] for call in searched.call_args_list} == {2.5}  # That of the picture, too.


def test_a_sentence_of_nothing_is_refused_before_all_are_translated(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["evaluate", "translation", "--data", str(data), "--bundle", str(bundle)]
    assert main([*told, "--attention", "  ", str(tmp_path / "attention.png")]) == 64
    assert "--attention: there is nothing to translate in an empty sentence" in capsys.readouterr().err


def test_hark_translates_from_the_shell(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark(["text", "--translate", str(bundle), "un deux", "", "\x1b[31m"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == ["two one", ""]
    assert hark(["text", "--jsonl", "--translate", str(bundle), "--beam", "1", "un deux"]) == 0
    assert json.loads(capsys.readouterr().out) == {"text": "un deux", "translation": "two one"}
    assert hark(["text", "--translate", "xx-yy", "a"]) == 65
    assert "xx-yy" in capsys.readouterr().err


def test_half_a_translator_is_none(bundle: Path) -> None:
    encoder = StreamingModel.load(bundle / ENCODER)
    with pytest.raises(BundleError, match="no half of a translator"):
        Translator(encoder, encoder)


def test_pieces_join_the_commonest_pairs_first() -> None:
    pieces = learn_pieces(["low lower lowest"] * 5 + ["new newer"] * 3, 18)
    assert pieces[0] == END
    letters = set("lowerstn ")
    joined = [piece for piece in pieces[1:] if piece not in letters]
    # "lo" and "ow" occur 15 times each, and the alphabet decides; then it goes on with what is joined already.
    assert joined[:3] == [" l", " lo", " low"]
    assert Subwords(pieces).spell(Subwords(pieces).encode("low"))[0] == " low"


def test_rare_letters_have_no_piece() -> None:
    assert "q" not in learn_pieces(["aaaa aaaa q"] * 4, 10)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz"])
def test_tables_hold_english_first_and_gather_the_translations_of_a_source(tmp_path: Path, suffix: str) -> None:
    text = "I am.\tJe suis.\tcredits\nI'm.\tJe suis.\nYou are.\tTu es.\n"
    path = tmp_path / f"pairs.tsv{suffix}"
    opener = {"": Path.open, ".gz": gzip.open, ".xz": lzma.open}[suffix]
    with opener(path, "wt", encoding="utf-8") as file:  # type: ignore[operator]
        file.write(text)
    assert read_pairs(path, "fr-en") == [Pair("Je suis.", ("I am.", "I'm.")), Pair("Tu es.", ("You are.",))]
    assert read_pairs(tmp_path, "en-fr")[0] == Pair("I am.", ("Je suis.",))


def test_parallel_files_go_line_by_line_and_tokenised_ones_first(tmp_path: Path) -> None:
    (tmp_path / "tok").mkdir()
    for folder, name in ((tmp_path, "val"), (tmp_path / "tok", "val.lc.norm.tok")):
        (folder / f"{name}.de").write_text("ein hund .\neine katze .\n")
        (folder / f"{name}.en").write_text("a dog .\na cat .\n")
    found = find_pairs(tmp_path, "de-en")
    assert is_tokenised(found)
    assert read_pairs(tmp_path, "de-en") == [Pair("ein hund .", ("a dog .",)), Pair("eine katze .", ("a cat .",))]
    assert read_pairs(tmp_path / "val", "en-de")[0].targets == ("ein hund .",)
    (tmp_path / "tok" / "val.lc.norm.tok.de").write_text("ein hund .\n")
    with pytest.raises(DataError, match=r"val\.lc\.norm\.tok.*1 lines, but val.lc.norm.tok.en has 2"):
        read_pairs(tmp_path, "de-en")


def test_plain_text_comes_first_where_it_is_asked_for(tmp_path: Path) -> None:
    for place, name in (("raw", "test_2016"), ("raw", "test_2017"), ("tok", "test_2016.lc.norm.tok")):
        (tmp_path / place).mkdir(exist_ok=True)
        for language in ("fr", "en"):
            (tmp_path / place / f"{name}.{language}").write_text(f"{place} {language}\n")
    assert find_pairs(tmp_path, "fr-en", plain=True) == tuple(
        tmp_path / f"raw/test_2016.{side}" for side in ("fr", "en")
    )
    assert read_pairs(tmp_path, "fr-en", plain=True) == [Pair("raw fr", ("raw en",))]
    assert read_pairs(tmp_path, "fr-en") == [Pair("tok fr", ("tok en",))]


def test_a_translator_of_plain_text_is_scored_on_it_and_the_file_is_named(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, french, english in (("raw", "Un deux.", "Two one."), ("tok", "un deux", "two one")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "test.fr").write_text(french)
        (tmp_path / place / "test.en").write_text(english)
    arguments = ["evaluate", "translation", "--data", str(tmp_path), "--beam", "1"]
    assert main([*arguments, "--bundle", str(bundle)]) == 0
    assert f"of {tmp_path}/tok/test.fr, {tmp_path}/tok/test.en:" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == [f"{tmp_path}/raw/test.fr", f"{tmp_path}/raw/test.en"]


def test_blank_lines_are_no_pairs_and_a_byte_order_mark_no_letter(tmp_path: Path) -> None:
    (tmp_path / "test.tsv").write_text("I am.\tJe suis.\n\n \t\n", encoding="utf-8-sig")
    assert read_pairs(tmp_path, "en-fr") == [Pair("I am.", ("Je suis.",))]
    for language, text in (("fr", "Un.\n\nDeux.\n\n"), ("en", "One.\n\nTwo.")):
        (tmp_path / f"pairs.{language}").write_text(text, encoding="utf-8-sig")
    assert read_pairs(tmp_path / "pairs", "fr-en") == [Pair("Un.", ("One.",)), Pair("Deux.", ("Two.",))]


def test_a_line_ends_where_it_ends_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "train.fr").write_text("Un\u2028deux.\n\nTrois.\n", encoding="utf-8")
    (tmp_path / "train.en").write_text("One two.\nNobody said it.\nThree.\r\n", encoding="utf-8", newline="")
    found = read_pairs(tmp_path, "fr-en")
    assert found == [Pair("Un\u2028deux.", ("One two.",)), Pair("Trois.", ("Three.",))]


def test_sentences_that_are_all_too_long_are_refused() -> None:
    pieces = learn_pieces(["a b"], 20)
    long = Pair("a b " * LONGEST, ("a",))
    with pytest.raises(DataError, match=f"no pair has 1 to {LONGEST} pieces"):
        next(batches([long], TranslationRecipe(), *load_pieces([pieces, pieces])))


def test_a_training_that_goes_on_draws_other_batches() -> None:
    pieces = learn_pieces(["a b c d e"] * 99, 20)
    pairs = [Pair(letter, (letter,)) for letter in "abcde" * 9]
    small = replace(TranslationRecipe(), tokens=8, spoken=0.0)
    first, again, later = (next(batches(pairs, small, *load_pieces([pieces, pieces]), start)) for start in (0, 0, 7))
    assert np.array_equal(first.source, again.source)
    assert not np.array_equal(first.source, later.source)


@pytest.mark.parametrize("text", ["no tab here\n", "\tonly one side\n", "a\t \n"])
def test_a_table_with_half_a_pair_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "test.tsv").write_text(f"Hello.\tBonjour.\n{text}")
    with pytest.raises(DataError, match="line 2"):
        read_pairs(tmp_path / "test.tsv", "fr-en")


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pairs for fr-en"):
        read_pairs(tmp_path, "fr-en")


def test_batches_hold_sources_of_one_length_and_count_no_padding() -> None:
    pairs = [say([1]), say([1, 2]), say([3, 4]), say([5, 0])]
    subwords = Subwords(learn_pieces([*FRENCH * 9, *ENGLISH * 9], 50))
    made = batches(pairs, TranslationRecipe(tokens=12, spoken=0.0), subwords, subwords)
    for _ in range(8):
        batch = next(made)
        assert batch.source.shape[0] == batch.target.shape[0]
        ends = (batch.target == subwords.end).argmax(axis=1)
        assert np.array_equal(batch.weights.sum(axis=1), ends + 1)


def test_spoken_texts_have_neither_case_nor_signs() -> None:
    assert spoken("N'est-ce pas, Tom_?").split() == ["n'est", "ce", "pas", "tom"]
    assert spoken("L\u2019homme").split() == ["l'homme"]


@given(st.floats(0, 0.5), st.integers(0, 1000))
def test_the_smoothed_loss_is_the_cross_entropy_with_smoothed_targets(smoothing: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, targets = rng.normal(size=(2, 3, 5)).astype(np.float32), rng.integers(5, size=(2, 3)).astype(np.int32)
    smooth = (1 - smoothing) * np.eye(5)[targets] + smoothing / 5
    log_probs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    weights = np.array([[1, 1, 0], [1, 0, 0]], np.float32)
    expected = -(smooth * log_probs).sum(axis=-1)[weights > 0].mean()
    assert float(smoothed_cross_entropy(logits, targets, weights, smoothing)) == pytest.approx(expected, abs=1e-4)


WORDS = st.lists(st.sampled_from(["the", "cat", "is", "on", "a", "mat", "there"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=6))
def test_bleu_as_it_is_taught_is_that_of_sacrebleu(corpus: list[tuple[list[str], list[list[str]]]]) -> None:
    answers, references = [answer for answer, _ in corpus], [truths for _, truths in corpus]
    pairs = [Pair("", tuple(" ".join(truth) for truth in truths)) for truths in references]
    plain = BLEU(tokenize="none", force=True, smooth_method="none")
    most = max(len(pair.targets) for pair in pairs)
    streams = [[pair.targets[at] if at < len(pair.targets) else None for pair in pairs] for at in range(most)]
    expected = plain.corpus_score([" ".join(answer) for answer in answers], cast(list[list[str]], streams)).score
    assert bleu(answers, references) == pytest.approx(expected, abs=0.01)


def test_a_repeated_word_counts_as_often_as_one_reference_has_it() -> None:
    references = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]
    assert clipped(["the"] * 7, references, 1) == 2


def test_several_references_are_all_right() -> None:
    pairs = [Pair("Je suis ici .", ("I am here .", "I'm here .")), Pair("Tu es là .", ("You are there .",))]
    assert score(["I'm here .", "You are there ."], pairs, tokenised=True) == pytest.approx(100)
    assert by_length(["I'm here .", "You are there ."], pairs, tokenised=True) == {(1, 5): pytest.approx(100)}


def test_blame_counts_each_sentence_once(bundle: Path) -> None:
    found = blame(Translator.load(bundle), [say([0, 1]), Pair("un", ("six six six",))], Setting(beam=2))
    assert (found.right, found.search + found.model) == (1, 1)
    assert found.model == 1
    twice = Pair("un. un.", ("one. one.",))
    assert blame(Translator.load(bundle), [twice], Setting(beam=2)) == Blame(0, 0, 0)


def test_publishing_without_a_fit_says_so(data: Path, tmp_path: Path) -> None:
    assert main(["translate", "publish", "--data", str(data), "--work", str(tmp_path)]) == 64


def test_of_files_with_alike_names_those_that_are_named_are_read(tmp_path: Path) -> None:
    (tmp_path / "tok").mkdir()
    for name in ("train", "train-small", "tok/train"):
        for language in ("en", "fr"):
            (tmp_path / f"{name}.{language}").write_text(f"{name} {language}\n")
    both = tuple(tmp_path / f"train.{language}" for language in ("fr", "en"))
    assert find_pairs(tmp_path / "train.en", "fr-en") == find_pairs(tmp_path / "train.fr", "fr-en") == both
    assert find_pairs(tmp_path, "fr-en", ("train",), plain=True) == both


def test_the_two_sides_are_of_one_name(tmp_path: Path) -> None:
    for name in ("test_2016.en", "test_2017.en", "test_2017.fr"):
        (tmp_path / name).write_text(f"{name}\n")
    assert [path.name for path in find_pairs(tmp_path, "en-fr")] == ["test_2017.en", "test_2017.fr"]
    with pytest.raises(DataError, match="no pairs for en-fr"):
        find_pairs(tmp_path / "test_2016.en", "en-fr")
