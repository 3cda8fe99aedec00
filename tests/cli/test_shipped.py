"""The shipped model on the shipped recording: every word, no other, and always the same."""

import json
from pathlib import Path

import pytest

from edge.capture import open_source
from edge.model import StreamingModel, shipped_bundles, verify_golden
from tests.cli.program import events, hark, said_in_demo, shipped_demo

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize("block", [1, 160, 1000, 16_000])
def test_the_shipped_model_is_the_same_at_any_block_size(block: int) -> None:
    demo = shipped_demo()
    usual = events("--input", demo)
    assert len(usual.splitlines()) == len(said_in_demo())
    assert events("--input", demo, "--block", str(block)) == usual


def test_the_shipped_model_hears_the_same_on_stdin() -> None:
    with open_source(str(shipped_demo())) as source:
        raw = b"".join(block.samples.tobytes() for block in source)
    assert events("--input", "-", "--rate", "16000", stdin=raw) == events("--input", shipped_demo())


def test_the_shipped_demo_hears_every_word_and_nothing_else() -> None:
    said = said_in_demo()
    result = hark("demo", "--jsonl")
    assert result.returncode == 0, result.stderr
    heard = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["name"] for event in heard] == [word["name"] for word in said]
    for event, word in zip(heard, said, strict=True):
        assert word["began"] < event["at"] < word["ended"] + 0.5


@pytest.mark.parametrize("folder", shipped_bundles(), ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_this_runtime_computes_what_was_exported(folder: Path) -> None:
    model = StreamingModel.load(folder)
    assert max(verify_golden(model).values()) <= model.bundle.manifest.golden_tolerance
