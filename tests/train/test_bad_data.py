"""Data that is not there, or is something else, ends every stage of every recipe with one line and an exit code."""

import gzip
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import UsageError
from train.__main__ import main
from train.recipes.entities.recipe import FOLDERS
from train.recipes.sentiment.texts import FILES, LEXICON, PHRASES, SENTENCES
from train.recipes.trigger.recipe import PLAIN

NOISE: Final = random.Random(1).randbytes(3000)
STEMS: Final = ("train", "valid", "val", "test", "promoters", "debias_definitional_pairs", "EN-x", "questions-words")
KINDS: Final = ("npz", "tsv", "conll", "conll.gz", "json", "json.gz", "txt", "txt.gz", "txt.xz", "en", "fr")
CORPORA: Final = (*FOLDERS.values(), "ner_gazetteers", "dna_splice", "music_nottingham")
NAMES: Final = [
    *(f"{folder}/{stem}.{kind}" for folder in (".", *CORPORA) for stem in STEMS for kind in KINDS),
    *FILES.values(),
    *LEXICON,
    PHRASES,
    SENTENCES,
    "some/manifest.csv",
    "manifest.csv",
]
"""All that any reader looks for in a folder."""


def filled(folder: Path, content: Callable[[str], bytes]) -> Path:
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content(name))
    return folder


def cut(name: str) -> bytes:
    """The beginning of what it should be, packed."""
    packed = gzip.compress(b"a\tO\n" * 9000) if name.endswith(".gz") else b"\xfd7zXZ\0" + NOISE
    return packed[: len(packed) // 2]


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("bad")
    (root / "file").write_bytes(NOISE)
    (root / "nothing").mkdir()
    (root / "blank").touch()
    contents: dict[str, Callable[[str], bytes]] = {"hollow": lambda _: b"", "garbage": lambda _: NOISE, "cut": cut}
    folders = {name: filled(root / name, content) for name, content in contents.items()}
    return folders | {name: root / name for name in ("missing", "nothing", "file", "blank")}


STAGED: Final = {
    "activity": ("fit", "publish"),
    "dna": ("fit", "folds", "publish", "promoters"),
    "entities": ("fit", "publish", "report"),
    "language": ("fit", "publish", "fit --unit letters", "fit --unit word"),
    "music": ("fit", "publish", "picture"),
    "sentiment": ("fit", "publish", "report", "fit --corpora sst"),
    "translate": ("fit", "publish"),
}
HEARD: Final = {
    "trigger": ("pools", "fit", "validate --hold-out 0", "report", "publish", "speakers", "demo"),
    "speech": ("pools", "fit", "cut", "validate --lm {bad}", "report --lm {bad}", "publish --lm {bad}"),
}
OTHERS: Final = (
    "trigger synthesise --books {bad} --audio {bad} --work {work}",
    "trigger --phrase hey_atlas --audio {bad} --out {work}",
    "trigger --phrase hey_atlas --recordings {bad} --out {work}",
    "trigger --phrase hey_atlas --negatives {bad} --out {work}",
    "trigger --phrase hey_atlas --dictionary {bad} --out {work}",
    "speech synthesise --books {bad} --audio {bad} --work {work}",
    "speech synthesise --commands {bad} --audio {bad} --work {work}",
    "speech synthesise --grammar {bad} --audio {bad} --work {work}",
    "embeddings --text {bad} --work {work}",
    "ngram {work} --text 1 {bad}",
    "ngram {work} --arpa {bad}",
    "study cells --data {bad} --pictures {work}",
    *(f"evaluate {task} --data {{bad}}" for task in ("trigger", "speech", "entities", "sentiment", "embeddings")),
    *(f"evaluate {task} --data {{bad}}" for task in ("language", "music", "dna", "translation", "rescoring", "parity")),
)


def command_lines() -> Iterator[str]:
    """Of every stage that reads something."""
    for option, recipes in (("--data", STAGED), ("--audio", HEARD)):
        for recipe, stages in recipes.items():
            yield from (f"{recipe} {stage} {option} {{bad}} --work {{work}}" for stage in stages)


@pytest.mark.parametrize("command", [*command_lines(), *OTHERS])
def test_bad_data_ends_in_one_line(
    command: str, bad: dict[str, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for kind, path in bad.items():
        words = command.format(bad=path, work=tmp_path / kind).split()
        capfd.readouterr()
        code = main([word.replace("hey_atlas", "hey atlas") for word in words])
        errors = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
        if code not in (64, 65, 78) or len(errors) != 1:
            found[kind] = code, errors
    assert found == {}


@pytest.mark.parametrize("recipe", [*(name for name in STAGED if name != "translate"), *HEARD])
def test_what_is_no_bundle_is_refused_before_anything_is_read(
    recipe: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    thesis = tmp_path / "papers" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("three years of work")
    data = ["--audio" if recipe in HEARD else "--data", f"{tmp_path / 'data'}", "--work", f"{tmp_path / 'work'}"]
    more = ["--lm", "any.ngram"] if recipe == "speech" else []
    assert main([recipe, "publish", *data, *more, "--out", f"{thesis.parent}"]) == 74
    assert f"{thesis.parent} is no model bundle: it is not replaced" in capfd.readouterr().err
    assert thesis.read_text() == "three years of work"


def test_a_trigger_that_was_not_trained_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"always/weights.npz is missing: run `python -m train trigger fit` first"):
        PLAIN.cascade().load(tmp_path)
