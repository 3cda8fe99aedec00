"""The studies: sentences agree, runs are recorded, pictures are drawn."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

import tensorflow as tf

from edge.decoder.alphabet import encode
from edge.music.roll import KEYS
from train.__main__ import main
from train.corpora.sequences import Labelled
from train.fit import FitConfig
from train.networks import Layer
from train.recipes.speech.recipe import SpeechRecipe
from train.study.agreement import VERBS, accuracy, sentences, spell
from train.study.cells import BATCH, BOTH_WAYS, CLASS, STACKS, _arrays, _reader, gradient_flow, music, splice
from train.study.command import draw_agreement, draw_cells, draw_ears, draw_gradients
from train.study.ears import Ear, NormalisedGRU, Spelling, listen
from train.study.gradients import descend
from train.study.shapes import SHAPES, rows_of
from train.utterances import Utterance, write_part


def test_the_verb_agrees_with_the_first_noun_alone() -> None:
    words, verbs = sentences(np.random.default_rng(0), 200, 3)
    for sentence, verb in zip(words, verbs, strict=True):
        text = spell(sentence, int(verb)).split()
        assert text[1].rstrip(",").endswith("s") == (VERBS[verb] == "were")
    assert 0.3 < np.mean(verbs) < 0.7


def test_distance_is_counted_in_nouns() -> None:
    words, verbs = sentences(np.random.default_rng(1), 1, 4)
    assert spell(words[0], int(verbs[0])).split(", ")[1].count("the ") == 4


def test_a_near_subject_is_remembered_and_drawn(tmp_path: Path) -> None:
    found = accuracy("lstm", 1, tmp_path, FitConfig(steps=120, quantised_steps=0, learning_rate=2e-2, warm_up=5))
    assert found > 95
    draw_agreement({"lstm": {1: found, 2: 50.0}}, tmp_path / "agreement.png")
    assert (tmp_path / "agreement.png").stat().st_size > 10_000


def test_without_clipping_training_diverges(tmp_path: Path) -> None:
    runs = {"as it is": descend(None, steps=30), "clipped": descend(1.0, steps=30)}
    assert runs["as it is"].losses[0] == pytest.approx(runs["clipped"].losses[0])
    assert min(runs["as it is"].norms[10:]) > 2 * max(runs["clipped"].norms[15:])
    assert min(runs["as it is"].losses[-5:]) > 3 * max(runs["clipped"].losses[-5:])
    draw_gradients(runs, tmp_path / "gradients.png")
    assert (tmp_path / "gradients.png").stat().st_size > 10_000


def last_gradient(layers: tuple[Layer, ...], windows: list[Labelled]) -> float:
    """|dL/dh<T>|, mean over the first windows, by hand: that of the softmax, through the head."""
    frames, labels = _arrays(windows, np.arange(BATCH))
    network = _reader(layers)
    outputs = tf.nn.softmax(network.sequence(frames)[CLASS][:, -1]).numpy()
    error = outputs - np.eye(outputs.shape[1])[labels]
    return float(np.linalg.norm(error @ network.heads[CLASS].kernel.numpy().T, axis=1).mean())


def test_cells_depth_and_direction_are_tried_on_both_tasks(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    # The last base tells the class, so that even a few batches help.
    windows = [
        Labelled(label, bytes(rng.choice(list(b"ACGT"), 19).tolist()) + b"ACG"[label : label + 1])
        for label in rng.integers(3, size=200)
    ]
    tunes = [(rng.random((40, KEYS)) < 0.05).astype(np.float32) for _ in range(6)]
    config = FitConfig(steps=12, quantised_steps=0, learning_rate=2e-2, warm_up=2)
    trials = {"junctions": splice(windows, config), "music": music(tunes[:4], tunes[4:], config)}
    assert trials["junctions"].keys() == {*STACKS, BOTH_WAYS}
    assert trials["music"].keys() == STACKS.keys()
    assert all(len(trial.losses) == 12 for found in trials.values() for trial in found.values())
    assert trials["junctions"]["GRU"].losses[-1] < trials["junctions"]["GRU"].losses[0]
    flow = gradient_flow(windows, steps=20)
    assert all(norms.shape == (20,) and (norms > 0).all() for norms in flow.values())
    for name, norms in flow.items():
        assert norms[0] == pytest.approx(last_gradient(STACKS[name], windows), rel=1e-4)
    draw_cells(trials, flow, tmp_path / "cells.png")
    assert (tmp_path / "cells.png").stat().st_size > 10_000


def test_the_cells_are_not_tried_without_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "cells"]) == 64
    assert "--data" in capsys.readouterr().err


def _pools(folder: Path) -> Path:
    """Sounds without meaning that are spelled: enough to train on, and to be judged by."""
    rng, bands = np.random.default_rng(0), SpeechRecipe().features.bands
    for part, count in (("train", 40), ("synthetic", 10), ("validation", 6)):
        said = [
            Utterance(rng.normal(-8, 2, (int(rng.integers(120, 200)), bands)).astype(np.float16), letters)
            for letters in (np.array(encode("a cat sat on a mat"), np.uint8),) * count
        ]
        (folder / part).mkdir(parents=True)
        write_part(folder / part / "letters-000.npz", said)
    np.savez(folder / "noise.npz", frames=rng.normal(-12, 1, (3000, bands)).astype(np.float16))
    return folder


def test_ears_are_trained_alike_judged_and_drawn_and_not_trained_twice(tmp_path: Path) -> None:
    pools, work = _pools(tmp_path / "pools"), tmp_path / "work"
    ears = {"letters": Ear(1, 8), "normalised": Ear(2, 8, 4, normalised=True), "pieces": Ear(1, 8, pieces=20)}
    config = FitConfig(steps=2, quantised_steps=0, warm_up=1)
    found = dict(listen(ears, pools, work, config))
    assert list(found) == list(ears)
    assert all(heard.letters > 0 and heard.short > 0 for heard in found.values())
    written = {path: path.read_bytes() for path in sorted(work.glob("*/checkpoints/*.index"))}
    assert len(written) == len(ears)
    assert dict(listen(ears, pools, work, config)) == found
    assert {path: path.read_bytes() for path in written} == written
    draw_ears(found, tmp_path / "ears.png")
    assert (tmp_path / "ears.png").stat().st_size > 10_000


def test_pieces_of_a_path_are_joined_as_ctc_has_it() -> None:
    spelling = Spelling(["the cat", "the mat", "the cat"] * 5, 30)
    the, cat = spelling.encode("the"), spelling.encode("cat")
    assert (len(the), len(cat)) == (1, 1)
    path = [spelling.blank, *the * 3, spelling.blank, *cat * 2, spelling.blank, *cat]
    assert spelling.text(path) == "the cat cat"
    assert Spelling([], 0).text([*encode("tt"), 28, *encode("h"), *encode("ee")]) == "the"


def test_a_normalised_layer_does_not_hear_how_large_its_input_is() -> None:
    frames = np.random.default_rng(0).normal(size=(1, 5, 4)).astype(np.float32)
    cell = NormalisedGRU(4, 3, 1, "layer0")
    np.testing.assert_allclose(cell.sequence(frames), cell.sequence(10 * frames + 3), atol=1e-4)


def test_ears_are_not_tried_without_pools(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["study", "ears"]) == 64
    assert "--data" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["study", "ears", "--data", str(tmp_path / "empty"), "--work", str(tmp_path)]) == 64
    assert "speech pools" in capsys.readouterr().err


def test_each_shape_is_drawn_from_its_recipe(tmp_path: Path) -> None:
    assert main(["study", "shapes", "--pictures", str(tmp_path)]) == 0
    assert (tmp_path / "shapes.png").stat().st_size > 10_000
    found = {shape.recipe: [rows_of(network) for network in shape.networks()] for shape in SHAPES}
    assert len(found["speech"][0]) == len(SpeechRecipe().layers)
    assert [row.endswith("\u2190") for row in found["entities"][0]] == [False, True]
    assert [len(rows) for rows in found["translate"]] == [2, 1]
