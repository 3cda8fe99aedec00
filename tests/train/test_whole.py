"""What training leaves for its next stage is whole after a kill, or not there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
import pytest
import soundfile

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from tests.train.kills import killed_while_writing
from train import synthesis
from train.corpora.fetch import trust_on_first_use
from train.corpora.manifest import read_manifest
from train.evaluate.trigger import Tally
from train.fit import decide
from train.recipes.embeddings.corpus import Corpus
from train.recipes.embeddings.publishing import publish
from train.recipes.embeddings.vectors import WordVectors
from train.recipes.speech import command
from train.recipes.speech.recipe import SpeechRecipe
from train.recipes.speech.validation import Figures
from train.recipes.speech.workshop import Workshop
from train.synthesis import Utterance, write_corpus

NOTHING: Final = np.zeros(0, np.int32)
VECTORS: Final = WordVectors(("a", "b"), np.eye(2, 8, dtype=np.float32))


WRITERS: Final[Mapping[str, Callable[[Path], Any]]] = {
    "tally.json": lambda folder: Tally(["a"], {}, {"a": [(0.5, "b + 1.0 s")]}).save(folder / "tally.json"),
    "figures.json": lambda folder: Figures(0.7, -0.5, 2.0).save(folder / "figures.json"),
    "decided-by.txt": lambda folder: decide(folder / "decided-by.txt", "all that decides it"),
    "words.embedding": lambda folder: publish(VECTORS, "", "glove", Corpus(("a", "b"), NOTHING, NOTHING), folder),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_kill_leaves_what_was_there(name: str, tmp_path: Path) -> None:
    def found() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    with killed_while_writing():
        WRITERS[name](tmp_path)
    assert found() == {}
    WRITERS[name](tmp_path)
    whole = found()
    assert name in whole
    with killed_while_writing():
        WRITERS[name](tmp_path)
    assert found() == whole


def test_a_kill_leaves_the_checksums_that_were_there(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).touch()
    trust_on_first_use(tmp_path / "one")
    before = (tmp_path / "checksums.sha256").read_bytes()
    with killed_while_writing():
        trust_on_first_use(tmp_path / "other")
    assert (tmp_path / "checksums.sha256").read_bytes() == before


def test_half_an_export_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, recipe = Workshop(tmp_path, tmp_path), SpeechRecipe()
    shop.run.mkdir()
    (shop.run / "weights.npz").touch()
    monkeypatch.setattr(command, "export", lambda *_: b"a network")
    monkeypatch.setattr(command, "calibration_frames", lambda *_: [])
    with killed_while_writing():
        command._export(shop, recipe.network(), recipe, [])
    assert not shop.is_exported
    command._export(shop, recipe.network(), recipe, [])
    assert shop.model.read_bytes() == b"a network"


def test_half_a_manifest_of_spoken_texts_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> NoReturn:
        raise KeyboardInterrupt

    said = [("sentence", "", Utterance(text, "espeak-ng", "en-gb")) for text in ("one", "two")]
    monkeypatch.setattr(synthesis, "speak", lambda _: np.zeros(160, np.int16))
    with monkeypatch.context() as patch:
        patch.setattr(soundfile, "info", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_corpus(tmp_path, said)
    assert not (tmp_path / "manifest.csv").exists()
    write_corpus(tmp_path, said)
    assert [clip.transcript for clip in read_manifest(tmp_path)] == ["one", "two"]
