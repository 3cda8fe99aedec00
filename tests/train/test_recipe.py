"""The trigger recipe from text to a bundle, small: every stage runs, on speech, and the device runs what comes out."""

import json
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")
pytestmark = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="needs espeak-ng: scripts/system-packages installs it"
)

from edge.audio import AudioBlock  # noqa: E402
from edge.model import StreamingModel, verify_golden  # noqa: E402
from edge.model.bundle import VERIFIER  # noqa: E402
from edge.pipeline import Pipeline  # noqa: E402
from train import pool  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.cascade import NAMES, kept  # noqa: E402
from train.corpora.audio import load  # noqa: E402
from train.corpora.manifest import read_corpora  # noqa: E402
from train.export import load_cells, load_weights, read_weights, save_weights  # noqa: E402
from train.networks import Layer  # noqa: E402
from train.recipes.trigger import folds  # noqa: E402
from train.recipes.trigger.recipe import WEIGHTS, TriggerRecipe  # noqa: E402
from train.recipes.trigger.validation import READ_BY, read_by_stranger  # noqa: E402
from train.recipes.trigger.words import WORDS  # noqa: E402
from train.synthesis import Utterance, write_corpus  # noqa: E402

VIEWS = ("--views", "int8", "streaming int8", "second look")
VOICES = ("en-gb", "en-us", "en-gb-scotland", "en-gb+f2", "en-us+f3", "en-gb+m3", "en-us+m5", "en-029", "en-gb-x-rp+f4")
STEPS = ("--steps", "6", "--quantised-steps", "2", "--units", "16")


@pytest.fixture(autouse=True)
def _two_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "FOLDS", 2)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of work and audio, with a small corpus in the place of the real one."""
    root = tmp_path_factory.mktemp("trigger")
    audio, work = root / "audio", root / "work"
    spoken = [("wakeword", word, Utterance(word, "espeak-ng", voice)) for voice, word in product(VOICES, WORDS)]
    write_corpus(audio / "wakewords_small", spoken)
    sentences = [("sentence", "", Utterance(f"this is voice {v}, reading aloud", "espeak-ng", v)) for v in VOICES]
    write_corpus(audio / "sentences_small", sentences)
    # Real noise has no speaker; a fold that got none would have nothing to mix in.
    write_corpus(audio / "noise_small", [("noise", "", Utterance("shh " * 9, "espeak-ng", voice)) for voice in VOICES])
    write_corpus(work / "audio" / "synthetic_words", spoken[: len(WORDS)])
    recipe = TriggerRecipe(layers=(Layer(16),) * 4)
    save_weights(recipe.cascade().always, root / "speech.npz")
    return work, audio


def train(workshop: tuple[Path, Path], stage: str, *more: str) -> int:
    work, audio = workshop
    if stage == "fit" and "--plain" not in more:
        more = (*more, "--from", str(audio.parent / "speech.npz"))
    return main(["trigger", stage, "--work", str(work), "--audio", str(audio), *more])


def test_no_speaker_is_in_two_folds(workshop: tuple[Path, Path]) -> None:
    found: dict[str, set[int]] = {}
    for clip in read_corpora(workshop[1]):
        assert not clip.is_synthetic
        found.setdefault(clip.speaker, set()).add(folds.fold_of(clip))
    assert all(len(of_speaker) == 1 for of_speaker in found.values())
    assert set.union(*found.values()) == set(range(folds.FOLDS))


def test_the_recipe_makes_a_bundle_that_the_device_runs(
    workshop: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pool, "PART_MIXTURES", 70)
    assert train(workshop, "pools", "--parts", "1") == 0
    for fold in range(folds.FOLDS):
        assert train(workshop, "fit", "--hold-out", str(fold), *STEPS) == 0
        assert train(workshop, "validate", "--hold-out", str(fold), *STEPS, *VIEWS) == 0
    assert train(workshop, "fit", *STEPS) == 0
    assert train(workshop, "report", *VIEWS) == 0
    printed = capsys.readouterr().out
    assert [f"### {view}, " in printed for view in VIEWS[1:]] == [True] * 3
    assert "### streaming float" not in printed
    bundle = workshop[0] / "trigger-small"
    weights = workshop[0] / "float.npz"
    assert train(workshop, "publish", "--out", str(bundle), "--weights", str(weights), *STEPS) == 0
    run = workshop[0] / "runs" / "all"
    for name in NAMES:
        half, trained = read_weights(kept(weights, name)), read_weights(run / name / "weights.npz")
        assert half.keys() == trained.keys()
        assert all(np.array_equal(half[one], trained[one].astype(np.float16)) for one in trained)

    assert "Beside the folds stood speech-en itself" in (bundle / "CARD.md").read_text()
    (workshop[0] / "runs" / "hold-out-0" / READ_BY).write_text("the hash of a sibling")
    assert read_by_stranger(workshop[0] / "runs" / "hold-out-0")

    model = StreamingModel.load(bundle)
    assert model.bundle.manifest.edgetpu is not None
    assert model.bundle.manifest.edgetpu.ok
    assert max(verify_golden(model).values()) == 0
    assert model.verifier is not None
    assert max(verify_golden(model.verifier).values()) == 0
    # Six batches teach nothing, but the whole path runs, and its scores are posteriors.
    pipeline = Pipeline(model, dict.fromkeys(WORDS, 0.5))
    pipeline.feed(AudioBlock(load(next(iter(read_corpora(workshop[1]))).path), 0))
    assert pipeline.scores.shape[1] == len(WORDS)
    assert np.all((pipeline.scores > 0) & (pipeline.scores < 1))

    capsys.readouterr()
    assert main(["evaluate", "trigger", "--data", str(workshop[1]), "--bundle", str(bundle), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == len(VOICES) * (len(WORDS) + 2)
    assert set(result["false_accepts_per_hour"]) == set(WORDS)
    assert set(result["miss_percent"]["alexa"]) == {"clean", "10 dB", "5 dB"}
    assert set(result["timing_seconds"]) == {"delay", "error of began", "error of ended"}


def test_the_plain_recipe_needs_people_alone_and_keeps_to_itself(
    workshop: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pool, "PART_MIXTURES", 70)
    plain = ("--plain", "--steps", "2", "--units", "8")
    alone = (tmp_path, workshop[1])  # Without synthetic speech.
    assert train(alone, "pools", "--parts", "1", *plain) == 0
    for fold in map(str, range(folds.FOLDS)):
        assert train(alone, "fit", "--hold-out", fold, "--half", *plain) == 0
        assert train(alone, "validate", "--hold-out", fold, *plain) == 0
    capsys.readouterr()
    assert train(alone, "report", *plain) == 0
    printed = capsys.readouterr().out
    assert [f"| {word} | 0.5 |" in printed for word in WORDS] == [True] * len(WORDS)
    assert "### float" in printed
    assert "int8" not in printed
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]
    assert train(alone, "publish", *plain) == 64
    assert "leave it out of publish" in capsys.readouterr().err
    for odd in (("fit", "--only", VERIFIER), ("validate", "--hold-out", "0", "--views", "second look")):
        assert train(alone, *odd, "--plain") == 64
        assert "one network and no second look" in capsys.readouterr().err


def test_training_goes_on_where_it_was_stopped(workshop: tuple[Path, Path]) -> None:
    run = workshop[0] / "runs" / "hold-out-0" / VERIFIER
    checkpoints, curve = run / "checkpoints", (run / "losses.json").read_text()
    before = sorted(checkpoints.iterdir())
    assert train(workshop, "fit", "--hold-out", "0", *STEPS) == 0
    assert sorted(checkpoints.iterdir()) == before
    assert (run / "losses.json").read_text() == curve
    assert len(json.loads(curve)) == int(STEPS[STEPS.index("--steps") + 1])


def test_training_can_go_on_from_the_shipped_weights() -> None:
    for name, network in TriggerRecipe().cascade().networks.items():
        load_weights(network, kept(WEIGHTS, name))
        scores = network.sequence(np.zeros((1, 20, network.spec.features), np.float32))["scores"]
        assert float(np.max(scores)) < 0


def test_another_training_can_begin_with_the_cells_of_the_shipped_one() -> None:
    network, known = TriggerRecipe().cascade().always, read_weights(WEIGHTS)
    load_cells(network, WEIGHTS)
    np.testing.assert_array_equal(network.cells[1].kernel, known["layer1/kernel"])


def test_a_stage_that_lacks_the_one_before_says_so(
    workshop: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trigger", "report", "--work", str(tmp_path), "--audio", str(workshop[1])]) == 64
    assert "run `python -m train trigger validate --hold-out 0` first" in capsys.readouterr().err
    assert main(["trigger", "fit", "--work", str(tmp_path), "--audio", str(workshop[1])]) == 64
    assert "run `python -m train trigger pools` first" in capsys.readouterr().err
