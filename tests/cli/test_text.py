"""hark text: what a sentence means, whatever is in it."""

import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from edge.cli import main
from edge.model import StreamingModel
from edge.understanding.entities import EntityTagger
from edge.understanding.sentiment import SentimentClassifier
from tests.cli.program import hark

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]
SENTENCE = "Meet Theodore at the old mill on Tuesday at half past six"


def meanings(stdin: bytes, monkeypatch: pytest.MonkeyPatch, captured: Captured) -> list[Any]:
    """What `hark text --jsonl` prints of some lines."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    assert main(["text", "--jsonl"]) == 0
    return [json.loads(line) for line in captured.readouterr().out.splitlines()]


def test_a_sentence_is_shown_with_its_entities_and_their_values(capsys: Captured) -> None:
    assert main(["text", SENTENCE]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == SENTENCE
    cells = {kind: rest for kind, *rest in map(str.split, rows)}
    assert cells["neutral"][0] == "***"
    assert cells["time"][:3] == ["half", "past", "six"]
    assert (cells["time"][-1], cells["date"][-1]) == ("06:30", "XXXX-WXX-2")


def test_each_line_of_standard_input_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    first, empty, last = meanings(b"call mary at noon\r\n\nwake me at seven thirty", monkeypatch, capsys)
    assert (first["type"], first["at"], first["text"]) == ("meaning", 0.0, "call mary at noon")
    assert (empty["text"], empty["entities"]) == ("", [])
    (found,) = [one for one in last["entities"] if one["type"] == "time"]
    assert last["text"][found["start"] : found["end"]] == found["text"] == "seven thirty"
    assert found["value"] == "07:30"
    assert first["sentiment"]["label"] == last["sentiment"]["label"] == "neutral"
    assert "sentiment" not in empty


def test_a_byte_order_mark_is_no_part_of_the_first_sentence(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    (found,) = meanings("call mary at noon\n".encode("utf-8-sig"), monkeypatch, capsys)
    assert found["text"] == "call mary at noon"


def test_bytes_that_are_no_text_do_no_harm(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    odd = [b"call \xff\xfe mary", b"\x00\x1b[2J", "\U0001f600 \u4f60\u597d".encode(), b"word " * 10_000]
    found = meanings(b"\n".join(odd), monkeypatch, capsys)
    assert [one["text"] for one in found[:3]] == ["call \ufffd\ufffd mary", "\x00\x1b[2J", "\U0001f600 \u4f60\u597d"]
    assert len(found) == 4


def test_no_control_character_reaches_the_terminal(capsys: Captured) -> None:
    assert main(["text", "call \x1b[31mmary\x07 at noon"]) == 0
    assert not {"\x1b", "\x07"} & set(capsys.readouterr().out)


def test_an_argument_that_is_no_text_is_read_all_the_same() -> None:
    result = hark("text", os.fsdecode(b"call mary \xff"), "")
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "call mary \ufffd")


def test_a_model_of_something_else_is_refused(capsys: Captured) -> None:
    assert main(["text", "--entities-model", "trigger-en", "hello"]) == 65
    assert "no model of entities" in capsys.readouterr().err
    assert main(["text", "--sentiment-model", "entities-en", "hello"]) == 65
    assert "no model of sentiment" in capsys.readouterr().err


def test_a_mood_is_shown_with_its_stars(capsys: Captured) -> None:
    assert main(["text", "what a dreadful waste of time"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:2] in (["negative", "*"], ["negative", "**"])


def test_a_translation_that_is_configured_is_shown(capsys: Captured, tmp_path: Path) -> None:
    config = tmp_path / "hark.toml"
    config.write_text('[understanding]\ntranslation = "translation-fr-en"\n')
    assert main(["text", "--config", str(config), "Je suis fatigué."]) == 0
    assert "  I'm tired." in capsys.readouterr().out.splitlines()


def test_what_has_no_letter_has_no_score(capsys: Captured) -> None:
    assert main(["text", "--score", "日本語", "good morning"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "no letter that it knows  日本語"
    assert float(second.split()[0]) < 3
    assert main(["text", "--score", "--jsonl", ""]) == 0
    assert json.loads(capsys.readouterr().out) == {"text": "", "nats_per_char": None}


def test_a_sentence_takes_less_than_ten_milliseconds() -> None:
    tagger = EntityTagger(StreamingModel.load("entities-en"))
    classifier = SentimentClassifier(StreamingModel.load("sentiment-en"))

    def seconds() -> float:
        began = time.process_time()
        tagger.tag(SENTENCE)
        classifier.judge(SENTENCE)
        return time.process_time() - began

    # The quickest of many: whatever else runs on the machine only adds to the others.
    assert min(seconds() for _ in range(20)) < 0.010
