"""Entities on the device: the search for the best legal tags, and the shipped tagger."""

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import BundleError
from edge.events import Entity, Transcript, Trigger
from edge.model import StreamingModel
from edge.understanding.entities import (
    EntityTagger,
    beside_neighbours,
    chunks,
    legal_transitions,
    read_transitions,
    viterbi,
)
from edge.understanding.meaning import Understanding

pytestmark = pytest.mark.runtime

LABELS = ("O", "B-place", "I-place", "B-time", "I-time")


@pytest.fixture(scope="module")
def tagger() -> EntityTagger:
    return EntityTagger(StreamingModel.load("entities-en"))


def is_legal(path: tuple[int, ...]) -> bool:
    tags = ["O", *(LABELS[tag] for tag in path)]
    return all(tag[0] != "I" or before[1:] == tag[1:] for before, tag in itertools.pairwise(tags))


@given(
    st.integers(0, 4).flatmap(
        lambda n: st.lists(st.lists(st.floats(-9, 0), min_size=5, max_size=5), min_size=n, max_size=n)
    )
)
def test_the_search_finds_what_trying_all_legal_tags_finds(scores: list[list[float]]) -> None:
    def total(path: tuple[int, ...]) -> float:
        return math.fsum(row[tag] for row, tag in zip(scores, path, strict=True))

    log_probs = np.array(scores, np.float64).reshape(len(scores), 5)
    found = tuple(viterbi(log_probs, *legal_transitions(LABELS)))  # type: ignore[arg-type]  # doubles, to be exact
    paths = filter(is_legal, itertools.product(range(5), repeat=len(scores)))
    assert is_legal(found)
    assert total(found) == pytest.approx(max(map(total, paths)), abs=1e-9)


def test_what_is_best_word_by_word_gives_way_to_what_is_legal() -> None:
    log_probs = np.log(np.array([[0.6, 0.4, 0.0, 0.0, 0.0], [0.1, 0.0, 0.9, 0.0, 0.0]], np.float32) + 1e-6)
    assert log_probs.argmax(axis=1).tolist() == [0, 2]
    assert viterbi(log_probs, *legal_transitions(LABELS)) == [1, 2]


def test_where_the_words_leave_it_open_the_tags_that_like_to_follow_each_other_win(tmp_path: Path) -> None:
    undecided = np.log(np.array([[0.1, 0.8, 0.0, 0.1, 0.0], [0.0, 0.41, 0.4, 0.19, 0.0]], np.float32) + 1e-6)
    start, legal = legal_transitions(LABELS)
    assert viterbi(undecided, start, legal) == [1, 1]
    scores = np.zeros((5, 5), np.float32)
    scores[1, 2], scores[3, 2] = 0.1, 100
    np.save(tmp_path / "transitions.npy", scores)
    liked = legal + read_transitions(tmp_path / "transitions.npy", 5)
    assert viterbi(undecided, start, liked) == [1, 2]
    assert np.isneginf(liked[3, 2])


def test_the_tagger_heeds_the_tags_that_like_to_follow_each_other(
    tagger: EntityTagger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_but_outside(_: Path, tags: int) -> np.ndarray:
        return np.where(np.arange(tags) == tagger.labels.index("O"), 0, np.full((tags, tags), -100)).astype(np.float32)

    text = "call mary and john on friday"
    assert len(tagger.tag(text)) == 3
    monkeypatch.setattr("edge.understanding.entities.read_transitions", nothing_but_outside)
    assert EntityTagger(StreamingModel.load("entities-en")).tag(text) == ()


def test_an_entity_is_as_sure_as_the_least_sure_of_its_tags(tagger: EntityTagger) -> None:
    words = ["wake", "me", "up", "at", "half", "past", "six"]
    (found,) = tagger.tag(" ".join(words))
    first, inside = (tagger.labels.index(f"{prefix}-{found.type}") for prefix in "BI")
    end = words.index("six") + 1
    tags = [first, *[inside] * (len(found.text.split()) - 1)]
    scores = np.exp(tagger.log_probs(words)[range(end - len(tags), end), tags])
    assert found.score == pytest.approx(scores.min())
    assert scores.min() < scores.max()


@pytest.mark.parametrize(
    "table", [np.zeros((5, 4), np.float32), np.zeros((5, 5)), np.full((5, 5), np.nan, np.float32), None]
)
def test_transitions_of_other_tags_are_refused(table: np.ndarray | None, tmp_path: Path) -> None:
    path = tmp_path / "transitions.npy"
    path.write_bytes(b"PK\x03\x04 something else")
    if table is not None:
        np.save(path, table)
    with pytest.raises(BundleError, match="export the bundle again"):
        read_transitions(path, 5)


@pytest.mark.parametrize(
    ("path", "spans"), [([0, 1, 2, 0], [(1, 3)]), ([1, 1, 2, 3], [(0, 1), (1, 3), (3, 4)]), ([0], []), ([], [])]
)
def test_a_path_of_tags_is_its_entities(path: list[int], spans: list[tuple[int, int]]) -> None:
    assert list(chunks(path, LABELS)) == spans


def test_each_word_stands_between_its_neighbours() -> None:
    vectors = np.array([[1], [2], [3]], np.float32)
    assert beside_neighbours(vectors).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 0]]
    assert beside_neighbours(vectors[:0]).shape == (0, 3)


def test_places_dates_and_times_are_found_with_spans_and_values(tagger: EntityTagger) -> None:
    text = "Meet Theodore at the old mill on Tuesday at half past six!"
    found = {one.type: one for one in tagger.tag(text)}
    assert [found[kind].text for kind in ("person", "date", "time")] == ["Theodore", "Tuesday", "half past six"]
    assert (found["date"].value, found["time"].value) == ("XXXX-WXX-2", "06:30")
    for one in found.values():
        assert text[one.start : one.end] == one.text
        assert 0 < one.score <= 1


@pytest.mark.parametrize(
    ("text", "kind", "entity"),
    [
        ("wake me up at seven thirty tomorrow", "time", "seven thirty"),
        ("what is the weather in paris", "place", "paris"),
        ("turn off the lights in the kitchen", "place", "kitchen"),
        ("remind me to call john on friday", "person", "john"),
        ("wake me up at sefen thirty", "time", "sefen thirty"),
    ],
)
def test_what_commands_need_is_found(tagger: EntityTagger, text: str, kind: str, entity: str) -> None:
    assert (kind, entity) in [(one.type, one.text) for one in tagger.tag(text)]


def test_case_and_punctuation_change_nothing(tagger: EntityTagger) -> None:
    def said(text: str) -> list[tuple[str, str]]:
        return [(one.type, one.text.lower()) for one in tagger.tag(text)]

    assert said("Call Mary, in LONDON, at 7:30!") == said("call mary in london at 7:30")


def test_a_sentence_means_the_same_whatever_came_before(tagger: EntityTagger) -> None:
    alone = tagger.tag("call mary at noon")
    tagger.tag("play something by the beatles in the kitchen")
    assert tagger.tag("call mary at noon") == alone


@pytest.mark.parametrize(
    "text", ["", " ... ", "\U0001f600", "\x00\x1b[2J", "\udcff", "\u4f60\u597d \u043f\u0440\u0438", "a" * 100_000]
)
def test_whatever_is_no_sentence_is_read_all_the_same(tagger: EntityTagger, text: str) -> None:
    assert all(isinstance(one, Entity) for one in tagger.tag(text))


def test_ten_thousand_words_are_read(tagger: EntityTagger) -> None:
    found = tagger.tag("call mary at noon please " * 2000)
    assert len(found) > 1000


def test_a_model_of_another_task_is_refused() -> None:
    with pytest.raises(BundleError, match="no model of entities"):
        EntityTagger(StreamingModel.load("trigger-en"))


def test_a_model_of_fewer_labels_than_it_gives_scores_is_refused() -> None:
    model = StreamingModel.load("entities-en")
    manifest = replace(model.bundle.manifest, labels=model.bundle.manifest.labels[:-1])
    with pytest.raises(BundleError, match=r"output 'tags' has \d+ values, where \d+ belong"):
        EntityTagger(replace(model, bundle=replace(model.bundle, manifest=manifest)))


def test_a_transcript_that_is_not_empty_has_a_meaning(tagger: EntityTagger) -> None:
    understanding = Understanding(tagger)
    (meaning,) = understanding.feed(transcript("call mary at noon"))
    assert (meaning.at, meaning.text, meaning.models) == (2.5, "call mary at noon", {"entities": tagger.model_id})
    assert '"type": "time", "text": "noon", "start": 13, "end": 17' in meaning.to_json()
    trigger = Trigger(at=1.0, name="jarvis", score=0.9, began=0.2, ended=0.9, model="")
    assert understanding.feed(transcript("")) == understanding.feed(trigger) == []


def transcript(text: str) -> Transcript:
    return Transcript(at=2.5, text=text, confidence=0.5, words=(), nbest=(), model="")


def test_bears_are_no_presidents(tagger: EntityTagger) -> None:
    def persons(text: str) -> list[str]:
        return [one.text for one in tagger.tag(text) if one.type == "person"]

    assert persons("he said teddy bears are on sale") == []
    assert persons("he said teddy roosevelt was a great president") == ["teddy roosevelt"]


@pytest.mark.parametrize(("text", "value"), [("call anna at 7:30", "07:30"), ("wake me at 7:30 pm", "19:30")])
def test_a_time_that_was_typed_is_a_time(tagger: EntityTagger, text: str, value: str) -> None:
    (found,) = (one for one in tagger.tag(text) if ":" in one.text)
    assert (found.type, found.value) == ("time", value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("set the brightness to -5", "-5"),
        ("set the brightness to \u22125 percent", "-5"),
        ("set the brightness to .5", "0.5"),
        ("set the brightness to -.5", "-0.5"),
        ("set the brightness to - 5", "5"),
        ("set the brightness to 2-5 percent", None),
    ],
)
def test_a_sign_stands_right_before_the_digits_and_behind_no_word(
    tagger: EntityTagger, text: str, value: str | None
) -> None:
    found = [(one.text, one.value) for one in tagger.tag(text) if one.type == "number"]
    assert (found[0][1] if found else None) == value


@pytest.mark.parametrize("text", ["2-5 people", "10 - 20 people"])
def test_what_stands_between_two_numbers_is_no_sign(tagger: EntityTagger, text: str) -> None:
    assert not [one for one in tagger.tag(text) if one.value and one.value.startswith("-")]


@pytest.mark.parametrize(
    "text",
    ["between thirty one million seven by twenty please", "between of minus one of july", "five of five of june"],
)
def test_entities_that_grow_stop_before_each_other(tagger: EntityTagger, text: str) -> None:
    found = tagger.tag(text)
    assert len(found) > 1
    assert all(one.end < other.start for one, other in itertools.pairwise(found))


def test_a_word_that_only_its_value_brings_in_makes_an_entity_no_surer(tagger: EntityTagger) -> None:
    words = ["the", "23rd", "of", "july"]
    (found,) = (one for one in tagger.tag(" ".join(words)) if one.type == "date")
    assert found.text == "23rd of july"
    assert found.score == pytest.approx(np.exp(tagger.log_probs(words)[-1, tagger.labels.index("B-date")]))


@pytest.mark.parametrize("text", ["wake me at {} pm", "meet me on the {} of july", "set it to {}"])
def test_digits_without_end_are_no_number(tagger: EntityTagger, text: str) -> None:
    assert not [one for one in tagger.tag(text.format("9" * 5000)) if one.value and "9" in one.value]


@pytest.mark.parametrize(
    ("text", "kind", "entity", "value"),
    [
        ("wake me at half past six in the evening", "time", "half past six", "18:30"),
        ("set an alarm for ten at night", "time", "ten", "22:00"),
        ("wake me at half past six. in the evening we eat", "time", "half past six", "06:30"),
        ("wake me up at 7 am in the morning", "time", "7 am", "07:00"),
        ("the meeting is at 5 p.m.", "time", "5 p.m", "17:00"),
        ("remind me on the 23rd of july", "date", "23rd of july", "XXXX-07-23"),
        ("2024", "date", "2024", "2024"),
        ("remind me on the 31st of june", "date", "31st of june", None),
        ("it was born on 2024-12-25", "date", "2024-12-25", "2024-12-25"),
        ("set the temperature to -5 degrees", "number", "-5", "-5"),
        ("turn the heating to \u22125", "number", "\u22125", "-5"),
        ("set the temperature to -0 degrees", "number", "-0", "0"),
        ("wait two and a half minutes", "time", "two and a half minutes", "PT2.5M"),
        ("wake me at nineteen hundred hours", "time", "nineteen hundred hours", "19:00"),
        ("wake me up at half past 6 tomorrow evening", "time", "half past 6", "18:30"),
        ("set an alarm for 8 tonight", "time", "8 tonight", "20:00"),
        ("friday evening at six", "time", "six", "18:00"),
        ("i work from nine to five", "time", "nine to five", None),
        ("i am away from ten to twelve", "time", "ten to twelve", None),
        ("wake me at ten to nine", "time", "ten to nine", "08:50"),
        ("remind me on may second", "date", "may second", "XXXX-05-02"),
        ("june second at noon", "date", "june second", "XXXX-06-02"),
        ("my birthday is the twenty second of june", "date", "twenty second of june", "XXXX-06-22"),
        ("remind me in twenty minutes tonight", "time", "in twenty minutes tonight", "PT20M"),
        ("it is three point oh five", "number", "three point oh five", "3.05"),
        ("set brightness to .5", "number", ".5", "0.5"),
    ],
)
def test_what_stands_beside_an_entity_tells_its_value(
    tagger: EntityTagger, text: str, kind: str, entity: str, value: str | None
) -> None:
    assert (kind, entity, value) in [(one.type, one.text, one.value) for one in tagger.tag(text)]
