"""The recipe of entities, from a corpus in CoNLL's columns to a bundle that the device reads."""

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import DataError
from edge.model import StreamingModel
from edge.model.stream import verify_golden
from edge.understanding.entities import EntityTagger, read_transitions
from edge.understanding.numbers import number
from edge.understanding.times import clock
from edge.understanding.words import Vocabulary
from train.__main__ import main
from train.bidirectional import Bidirectional
from train.corpora.conll import Span, Tagged, find_conll, held_back, read_conll, spans, spoken, tags_of
from train.corruption import corrupt
from train.evaluate.entities import score
from train.fit import FitConfig
from train.losses import marginal_loss
from train.networks import Layer, NetworkSpec
from train.recipes.entities.fitting import Lesson, fit_tagger, vocabulary_of
from train.recipes.entities.labels import FOLDS, TYPES, corpus_of, fold, folded_corpus, known_types
from train.recipes.entities.recipe import EntitiesRecipe
from train.recipes.entities.tagger import Tagger
from train.recipes.entities.texts import read_parts, tags_for
from train.recipes.entities.transitions import transition_scores
from train.recipes.entities.variety import Variety, clock_time, spell, spell_digits
from train.vectors import WordVectors, look_up

TAGS = st.lists(st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"]), max_size=8)
PAIR = ("he said teddy bear", "he said teddy roosevelt")


def tagged(text: str) -> Tagged:
    """Of "call mary/B-person now"."""
    words, _, tags = zip(*(word.partition("/") for word in text.split()), strict=True)
    return Tagged(words, tuple(tag or "O" for tag in tags))


CORPUS = [
    tagged(f"{start} {name}")
    for start in ("he said", "she said", "they said", "we saw")
    for name in (
        "teddy/B-toy bear/I-toy",
        "teddy/B-person roosevelt/I-person",
        "nothing",
        "anna/B-person smith/I-person",
    )
]


def write(path: Path, sentences: list[Tagged]) -> None:
    lines = ("".join(f"{word}\t{tag}\n" for word, tag in zip(*one, strict=True)) for one in sentences)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(f"# intent = Test\n{line}" for line in lines))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained tagger with the labels of one corpus, its bundle, and the corpus."""
    folder = tmp_path_factory.mktemp("entities")
    (folder / "ner_snips").mkdir()
    write(folder / "ner_snips" / "train.conll.gz", CORPUS * 12)
    write(folder / "ner_snips" / "valid.conll.gz", CORPUS)
    arguments = ["--labels", "snips", "--data", str(folder), "--work", str(folder / "run")]
    assert main(["entities", "fit", *arguments, "--steps", "40", "--quantised-steps", "10"]) == 0
    assert main(["entities", "publish", *arguments, "--out", str(folder / "bundle")]) == 0
    return folder


def test_a_report_wants_a_bundle_and_no_work(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--labels", "snips", "--data", str(work), "--out", str(work / "bundle")]
    assert main(["entities", "report", *data]) == 0
    assert "| snips | " in capsys.readouterr().out
    assert main(["entities", "publish", *data]) == 64
    assert "publish needs --work: a folder for checkpoints and weights" in capsys.readouterr().err


@pytest.fixture
def tagger(work: Path) -> EntityTagger:
    return EntityTagger(StreamingModel.load(work / "bundle"))


def test_the_end_of_a_sentence_decides_what_its_beginning_is(tagger: EntityTagger) -> None:
    found = [[(one.type, one.text) for one in tagger.tag(text)] for text in PAIR]
    assert found == [[("toy", "teddy bear")], [("person", "teddy roosevelt")]]


def test_a_word_that_was_misspelt_is_still_known_by_its_letters(tagger: EntityTagger) -> None:
    assert [one.type for one in tagger.tag("he said teddy rosevelt")] == ["person"]


def test_tags_that_follow_each_other_oftener_than_by_chance_score_above_zero(work: Path) -> None:
    tags = ("O", "B-a", "I-a", "B-b", "I-b")
    sentences = [tagged("x y/B-a z/I-a x y/B-a z/I-a"), tagged("x y/B-b x x y/B-b")] * 9
    scores = transition_scores(sentences, tags, 0.5)
    assert scores[1, 2] > 0 > scores[1, 1]
    assert np.allclose(2 * transition_scores(sentences, tags, 0.25), scores)
    assert not transition_scores(sentences, tags, 0).any()
    assert read_transitions(work / "bundle" / "transitions.npy", 5).any()


def test_the_golden_vectors_of_the_bundle_come_out_again(work: Path) -> None:
    assert verify_golden(StreamingModel.load(work / "bundle"))


def test_the_device_computes_what_was_trained(work: Path, tagger: EntityTagger) -> None:
    sentences = [sentence for sentence in CORPUS if not held_back(sentence)]
    recipe = EntitiesRecipe(labels="snips")
    taught = [Lesson(sentence, frozenset()) for sentence in sentences * 12]
    learnt = Tagger(recipe, vocabulary_of(taught, recipe), tags_for(taught))
    tf.train.Checkpoint(network=learnt).restore(
        tf.train.latest_checkpoint(str(work / "run" / "checkpoints"))
    ).expect_partial()
    words = PAIR[0].split()
    expected = tf.nn.log_softmax(learnt.logits(look_up(learnt.vectors.vocabulary, [words])))[0].numpy()
    assert np.abs(np.exp(tagger.log_probs(words)) - np.exp(expected)).max() < 0.05


@pytest.mark.parametrize("corrupted", [[], ["--corrupt", "0.1"]])
def test_a_bundle_is_scored_on_any_file(work: Path, corrupted: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    data, bundle = str(work / "ner_snips"), str(work / "bundle")
    assert main(["evaluate", "entities", "--data", data, "--bundle", bundle, "--json", *corrupted]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["task"], result["precision"], result["n"], result["entities"]) == ("entities", "int8", 16, 12)
    assert result["f1"] == 100 if not corrupted else 50 < result["f1"] <= 100


def shipped_with(tmp_path: Path, tags: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and what is said of two sentences under the shipped bundle."""
    write(tmp_path / "test.conll.gz", [tagged(tags)])
    code = main(["evaluate", "entities", "--data", str(tmp_path)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_foreign_tags_are_written_as_the_network_does_or_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = shipped_with(tmp_path, "call mary/B-PERSON at seven/B-TIME thirty/I-TIME", capsys)
    assert (code, "F1 100.00 %" in said) == (0, True)
    assert "scored, in lower case: person, time" in said
    code, said = shipped_with(tmp_path, "call mary/B-PER in rome/B-LOC", capsys)
    assert "scored, folded from btc: business, person, place" in said
    code, said = shipped_with(tmp_path, "call mary/B-Human in rome/B-Where", capsys)
    assert code == 65
    assert "the entities are of human, where, but the network knows business, date" in said


@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_network_may_read_either_way(bidirectional: bool, tmp_path: Path) -> None:
    fit = FitConfig(steps=60, quantised_steps=0, learning_rate=2e-2, warm_up=5, clip_norm=5.0)
    recipe = EntitiesRecipe(
        "test", bidirectional, dims=8, units=16, buckets=64, dropout=0.0, tokens=64, corrupted=0.0, fit=fit
    )
    taught = [Lesson(sentence, frozenset(("toy", "person"))) for sentence in CORPUS]
    learner = Tagger(recipe, vocabulary_of(taught, recipe), tags_for(taught))
    fit_tagger(learner, taught, tmp_path)
    lookup = look_up(learner.vectors.vocabulary, [text.split() for text in PAIR])
    best = learner.logits(lookup).numpy().argmax(axis=-1)
    assert [[learner.tags[tag] for tag in row[2:]] for row in best] == [["B-toy", "I-toy"], ["B-person", "I-person"]]


def test_the_steps_of_both_directions_give_what_the_sequence_gives() -> None:
    network = Bidirectional(NetworkSpec(6, (Layer(4), Layer(3)), (("tags", 2),), stack=1), seed=3)
    frames = tf.random.stateless_normal((1, 5, 6), (1, 2))
    states, steps = network.initial_states(1), []
    for at in range(5):
        outputs, states = network.step(frames[:, at], states)
        steps.append(outputs)
    for name, value in network.sequence(frames).items():
        np.testing.assert_allclose(tf.stack([step[name] for step in steps], axis=1), value, atol=1e-6)


def test_vectors_ship_as_they_were_trained_but_for_rounding() -> None:
    vectors = WordVectors(Vocabulary(("light", "kitchen"), 64), dims=8, seed=1)
    words = ["light", "lihgt", "kitchen"]
    trained = vectors(look_up(vectors.vocabulary, [words]))[0].numpy()
    assert np.abs(vectors.embedding().embed(words) - trained).max() < 0.3 / 127 * 2


def test_a_hidden_word_is_looked_up_as_an_unknown_one() -> None:
    vocabulary = Vocabulary(("light",), 64)
    assert look_up(vocabulary, [["light"]]).words.tolist() == [1]
    assert look_up(vocabulary, [["light"]], hidden={"light"}).words.tolist() == [0]


def test_where_a_type_is_not_labelled_its_absence_teaches_nothing() -> None:
    logits = tf.constant([[[0.0, 5.0, 0.0]]])
    strict, lenient = (float(marginal_loss(logits, tf.constant([[row]]))) for row in ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0]))
    assert strict > 4
    assert lenient < 0.1


@given(TAGS)
def test_spans_and_tags_tell_the_same(tags: list[str]) -> None:
    found = list(spans(tags))
    assert list(spans(tags_of(found, len(tags)))) == found


def test_an_inside_that_continues_nothing_begins_an_entity() -> None:
    assert list(spans(["I-a", "I-b", "O", "B-a", "B-a", "I-a"])) == [
        Span("a", 0, 1),
        Span("b", 1, 2),
        Span("a", 3, 4),
        Span("a", 4, 6),
    ]


def test_a_corpus_is_read_as_it_is_spoken(tmp_path: Path) -> None:
    path = tmp_path / "test.conll"
    path.write_text("# fold = 1\n@\tB-per\nAnna\tI-per\n's\tO\n#\tO\n50-mile\tB-date\n\n\nOK\tO\n", encoding="utf-8")
    first, second = map(spoken, read_conll(find_conll(tmp_path)))
    assert first == Tagged(("anna", "s", "50", "mile"), ("B-per", "O", "B-date", "I-date"))
    assert second.words == ("ok",)


def test_entities_may_be_told_by_their_characters(tmp_path: Path) -> None:
    text = "Add Anna Smith's song (50-mile)."
    lines = [
        {"text": text, "entities": [[23, 30, "date"], [4, 14, "per"]], "intent": "Add"},
        {"text": "", "entities": []},
    ]
    path = tmp_path / "cased.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n\n" for line in lines).encode("utf-8-sig")))
    first, _ = map(spoken, read_conll(path))
    assert first.words == ("add", "anna", "smith", "s", "song", "50", "mile")
    assert first.tags == ("O", "B-per", "I-per", "O", "O", "B-date", "I-date")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"text": "a b", "entities": [[0, 2, "x"], [1, 3, "y"]]}, r"\[1, 3, 'y'\] overlaps"),
        ({"text": "a b", "entities": [[2, 9, "x"]]}, r"\[2, 9, 'x'\] overlaps .* not within 'a b'"),
        ({"text": "a b"}, "it has no 'entities'"),
        ({"text": ["a", "b"], "entities": []}, r"text is \["),
        (
            {"text": "a b", "entities": [["0", "1", "x"]]},
            r'entities have \["0", "1", "x"\], but must be a list of \[first',
        ),
        ({"text": "a b", "entities": [{"start": 0, "end": 1, "type": "x"}]}, r"entities have {"),
        ({"text": "a b", "entities": None}, "entities have null"),
        ([], r"\[\] is no object of `text` and `entities`"),
    ],
)
def test_other_json_is_refused(line: object, problem: str, tmp_path: Path) -> None:
    right = json.dumps({"text": "a", "entities": []})
    (tmp_path / "a.jsonl").write_text(f"{right}\n\n{json.dumps(line)}\n{right}\n")
    with pytest.raises(DataError, match=f"a.jsonl, line 3: .*{problem}.*; name a file in CoNLL's columns"):
        read_conll(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    "text",
    [
        "# text = vitamin O\n# newdoc\nAnna O\n# O\nBonn B-loc\n",
        "-DOCSTART- -X- -X- O\n\nAnna NNP B-NP O\r\n# NN O O \r\nBonn NNP I-NP B-loc\r\n",
        "-DOCSTART-\tO\n\nAnna\tO \n#\tO\nBonn\tNNP\tB-loc\n",
    ],
    ids=["spaces", "CoNLL-2003", "tabs"],
)
def test_columns_may_be_parted_by_spaces_and_be_more_than_two(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(text, newline="")
    assert read_conll(tmp_path / "a.conll") == [Tagged(("Anna", "#", "Bonn"), ("O", "O", "B-loc"))]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\tnoun\n", "'noun' is no BIO tag"),
        ("a\t\n", "'' is no BIO tag"),
        ("a noun\n", "'noun' is no BIO tag"),
        ("London\n", "London: there is no tag behind the word"),
        ('{"text": "London"}' + "x" * 1000, "'.* is no BIO tag"),
    ],
)
def test_a_file_that_is_something_else_is_named_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "test.conll"
    path.write_text(text)
    with pytest.raises(DataError, match=f"line 1: {problem}") as refused:
        read_conll(path)
    assert len(str(refused.value)) < 300 + len(str(path))


def test_the_standard_test_chooses_nothing(tmp_path: Path) -> None:
    for name in ("train", "valid", "test"):
        (tmp_path / f"{name}.conll").write_text(f"{name}\tO\n")
    assert read_parts(tmp_path).validation == [Tagged(("valid",), ("O",))]
    assert find_conll(tmp_path).name == "test.conll"
    (tmp_path / "valid.conll").unlink()
    with pytest.raises(DataError, match=r"holds no valid\*\.conll"):
        read_parts(tmp_path)


def test_a_folder_without_a_file_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"test\*\.conll"):
        find_conll(tmp_path)
    with pytest.raises(DataError, match="absent"):
        read_conll(tmp_path / "absent")


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_faults_leave_words_and_keep_tags_with_them(seed: int, rate: float) -> None:
    sentence = tagged("play don't/B-title stop/I-title by fleetwood/B-person mac/I-person in i/B-place")
    wrong = corrupt(sentence, rate, random.Random(seed))
    assert len(wrong.words) == len(wrong.tags)
    assert all(word.strip("'") == word != "" for word in wrong.words)
    assert tags_of(list(spans(wrong.tags)), len(wrong.tags)) == wrong.tags
    assert corrupt(sentence, 0.0, random.Random(seed)) == sentence


def test_the_share_of_wrong_words_is_what_was_asked_for() -> None:
    rng = random.Random(1)
    sentence = Tagged(("kitchen",) * 5000, ("O",) * 5000)
    right = corrupt(sentence, 0.1, rng).words.count("kitchen")
    assert right == pytest.approx(4500 - 50, abs=80)


def test_only_exact_spans_of_the_right_type_count() -> None:
    there = [[Span("a", 0, 2), Span("b", 3, 4)], [Span("a", 0, 1)]]
    found = [[Span("a", 0, 1), Span("b", 3, 4)], [Span("b", 0, 1)]]
    result = score(found, there)
    assert (result.precision, result.recall, result.f1, result.entities) == (33.33, 33.33, 33.33, 3)


def test_labels_fold_into_the_types_of_alerts() -> None:
    sentence = tagged("play abba/B-artist at nine/B-timeRange am/I-timeRange on/O sunday/B-timeRange two hundred times")
    assert [(kind, sentence.words[first]) for kind, first, _ in spans(fold(sentence, "snips").tags)] == [
        ("person", "abba"),
        ("time", "nine"),
        ("date", "sunday"),
        ("number", "two"),
    ]


@pytest.mark.parametrize("corpus", FOLDS)
def test_a_corpus_is_known_by_its_labels(corpus: str) -> None:
    assert corpus_of(frozenset(FOLDS[corpus])) == corpus
    assert set(FOLDS[corpus].values()) <= set(TYPES)
    assert known_types(corpus) <= set(TYPES)
    assert corpus_of(frozenset(TYPES)) is None


@pytest.mark.parametrize("corpus", FOLDS)
def test_labels_are_folded_only_for_a_network_with_the_types_of_alerts(corpus: str) -> None:
    labels = frozenset(FOLDS[corpus])
    assert folded_corpus(labels, frozenset(TYPES)) == corpus
    assert folded_corpus(labels | {"one that training never showed"}, labels) is None
    assert folded_corpus(frozenset(("person", "date")), frozenset(TYPES)) is None


def test_names_and_times_become_others_and_digits_words(tmp_path: Path) -> None:
    for name in ("names__female", "names__male"):
        (tmp_path / f"{name}.txt").write_text("Theodora\n")
    for name in ("countries", "uscities", "usstates"):
        (tmp_path / f"gazetteers__{name}.txt").write_text("New Zealand\n")
    sentence, rng = tagged("call mary/B-person at 7/B-time in rome/B-place 3 times"), random.Random(1)
    varied = [Variety(tmp_path)(sentence, rng) for _ in range(50)]
    texts = {" ".join(one.words) for one in varied}
    assert any("theodora" in text for text in texts)
    assert any("new zealand three times" in text for text in texts)
    assert all([kind for kind, *_ in spans(one.tags)] == ["person", "time", "place"] for one in varied)


def drawn_times() -> Iterator[str]:
    rng = random.Random(1)
    for _ in range(200):
        yield " ".join(clock_time(rng))


def test_spoken_times_are_times() -> None:
    assert all(clock(text.split()) for text in drawn_times())


@given(st.integers(0, 999))
def test_digits_are_spelled_as_they_are_read(value: int) -> None:
    assert number(spell(value).split()) == str(value)


def test_years_are_spelled_in_pairs() -> None:
    assert [spell(year) for year in (1905, 1984, 2000, 2018)] == [
        "nineteen oh five",
        "nineteen eighty four",
        "two thousand",
        "twenty eighteen",
    ]
    assert spell_digits(tagged("in 1984/B-date")).tags == ("O", "B-date", "I-date", "I-date")
