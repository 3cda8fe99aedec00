"""The speech recipe from texts to a bundle, small: every stage runs, on speech, and the device runs what comes out."""

import json
import os
import shutil
from dataclasses import replace
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")
pytestmark = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="needs espeak-ng: scripts/system-packages installs it"
)

from edge.errors import DataError, UsageError  # noqa: E402
from edge.features import FeatureConfig, FeatureStream  # noqa: E402
from edge.model import StreamingModel, verify_golden  # noqa: E402
from edge.transcriber import Transcriber  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.corpora.audio import load  # noqa: E402
from train.corpora.manifest import Clip, read_corpora  # noqa: E402
from train.noises import MADE_UP  # noqa: E402
from train.recipes.speech import fitting, pools, report, validation  # noqa: E402
from train.recipes.speech.recipe import SpeechRecipe  # noqa: E402
from train.recipes.speech.validation import Figures  # noqa: E402
from train.recipes.speech.workshop import Workshop  # noqa: E402
from train.synthesis import Utterance, write_corpus  # noqa: E402
from train.utterances import Utterance as Heard  # noqa: E402
from train.utterances import read_utterances, write_part  # noqa: E402

VOICES = ("en-gb", "en-us", "en-gb-scotland", "en-gb+f2", "en-us+f3", "en-gb+m3", "en-us+m5", "en-029", "en-gb-x-rp+f4")
SIZE = ("--units", "12", "8", "--steps", "6", "--quantised-steps", "2")
ORDERS = {"brew a latte with milk": ("latte", "milk"), "make me a mocha": ("mocha",)}
GRAMMAR = "public <order> = (brew | make me) a (latte | mocha) [with milk];"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of work and audio, with a small corpus in the place of the real one, and texts beside them."""
    root = tmp_path_factory.mktemp("speech")
    audio = root / "audio"
    labels = {text: json.dumps({"slots": dict(enumerate(slots))}) for text, slots in ORDERS.items()}
    orders = [("command", labels[text], Utterance(text, "espeak-ng", voice)) for voice, text in product(VOICES, ORDERS)]
    write_corpus(audio / "commands_small", orders)
    sentences = [
        ("sentence", "", Utterance(f"this is voice {n} reading", "espeak-ng", v))
        for n, v in zip("abcdefghi", VOICES, strict=True)
    ]
    write_corpus(audio / "sentences_small", sentences)
    write_corpus(audio / "noise_small", [("noise", "", Utterance("shh " * 9, "espeak-ng", voice)) for voice in VOICES])
    (root / "book.txt").write_text("He was away.\n\nShe made a mocha, and it was good! They had a latte with milk.\n")
    (root / "orders.jsgf").write_text(GRAMMAR)
    return root / "work", audio


def train(workshop: tuple[Path, Path], stage: str, *more: str) -> int:
    work, audio = workshop
    return main(["speech", stage, "--work", str(work), "--audio", str(audio), *more])


def test_the_recipe_makes_a_bundle_that_the_device_runs(
    workshop: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(validation, "CHOICES", {"language_weight": (0.5, 1.0), "prior_weight": (0.3,)})
    monkeypatch.setattr(report, "WIDTHS", (1, 4))
    root = workshop[0].parent
    book, grammar, language = root / "book.txt", root / "orders.jsgf", root / "general.ngram"
    spoken = ("--books", str(book), "--grammar", str(grammar), "--utterances", "4")
    assert main(["ngram", str(language), "--text", "1", str(book)]) == 0
    assert train(workshop, "synthesise", *spoken) == 0
    assert train(workshop, "pools") == 0
    assert train(workshop, "fit", *SIZE) == 0
    assert train(workshop, "validate", "--lm", str(language), *SIZE) == 0
    _train_on_in_pieces(workshop)
    pictures, bundle, weights = root / "pictures", root / "speech-small", root / "float.npz"
    capsys.readouterr()
    told = ("--lm", str(language), "--grammar", str(grammar), "--pictures", str(pictures))
    assert train(workshop, "report", *told, *SIZE) == 0
    assert {path.name for path in pictures.iterdir()} == {"speech-beam.png", "speech-reliability.png"}
    tables = capsys.readouterr().out
    assert "| orders | language model: WER | all slots right | grammar: WER | all slots right |" in tables
    assert "Noise alone: with the language model, words are made of " in tables
    where = ("--out", str(bundle), "--weights", str(weights))
    assert train(workshop, "publish", "--lm", str(language), *where, *SIZE) == 0
    assert tables.strip() in (bundle / "CARD.md").read_text()

    with np.load(weights) as floats:
        assert floats["layer0/recurrent_kernel"].shape == (12, 36)
    _check_that_the_device_runs_it(bundle, read_corpora(workshop[1])[0].path)
    _check_that_it_can_be_evaluated(bundle, workshop[1], grammar, capsys)
    _check_that_what_ships_can_learn_of_everybody(workshop, bundle, ("--lm", str(language), *SIZE))


def _train_on_in_pieces(workshop: tuple[Path, Path]) -> None:
    work = workshop[0]
    assert train(workshop, "cut", *SIZE) == 0
    assert len(read_utterances([work / "pools" / "cut"])) >= len(read_utterances([work / "pools" / "train"]))
    again = ("--run", "again", "--from", str(work / "run" / "weights.npz"), *SIZE)
    assert train(workshop, "fit", *again) == 0
    before, after = (np.load(work / run / "weights.npz")["layer0/kernel"] for run in ("run", "again"))
    assert 0 < np.abs(after - before).max() < 0.05
    weights = [str(work / run / "weights.npz") for run in ("run", "again")]
    assert train(workshop, "average", "--run", "both", "--of", *weights, *SIZE) == 0
    both = np.load(work / "both" / "weights.npz")["layer0/kernel"]
    np.testing.assert_allclose(both, (before + after) / 2, atol=1e-6)


def _check_that_the_device_runs_it(bundle: Path, clip: Path) -> None:
    model = StreamingModel.load(bundle)
    manifest = model.bundle.manifest
    assert manifest.edgetpu is not None
    assert manifest.edgetpu.ok
    assert model.bundle.language == bundle / "language.ngram"
    assert {entry.corpus for entry in manifest.training_data} >= {"commands_small", "synthetic_grammar"}
    assert max(manifest.label_bonuses) > 0
    assert manifest.detector["silence_margin"] == 0.5
    assert max(verify_golden(model).values()) == 0
    transcriber = Transcriber(model)
    transcriber.feed(FeatureStream(manifest.features).feed(load(clip)))
    assert 0 <= transcriber.finish().confidence <= 1


def _check_that_it_can_be_evaluated(
    bundle: Path, audio: Path, grammar: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    data = ("--data", str(audio / "commands_small"), "--bundle", str(bundle), "--grammar", str(grammar))
    noise = ("--noise", str(audio / "noise_small"), "--snr", "12")
    assert main(["evaluate", "speech", *data, *noise, "--errors", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["n"] == len(VOICES) * len(ORDERS)
    assert {"wer", "cer", "exact", "commands_right", "greedy"} <= set(result)
    assert [row["beam"] for row in result["errors"]] == [1, 4, 16, 64]


def _check_that_what_ships_can_learn_of_everybody(
    workshop: tuple[Path, Path], sibling: Path, more: tuple[str, ...]
) -> None:
    """It has the figures of a sibling that did not, and knows people that the sibling does not."""
    work = workshop[0]
    grown, weights = ("--run", "grown", "--everybody"), str(work / "run" / "weights.npz")
    for stage in (("pools",), ("cut", "--judged", "run"), ("fit", "--from", weights)):
        assert train(workshop, *stage, *grown, *SIZE) == 0
    assert train(workshop, "publish", *grown, *more) == train(workshop, "validate", *grown, *more) == 64
    out, floats = work / "speech-of-all", work / "of-all.npz"
    where = ("--judged", "run", "--out", str(out), "--weights", str(floats))
    assert train(workshop, "publish", *grown, *where, *more) == 0
    heard = [len(read_utterances([work / folder / "train"])) for folder in ("pools", "everybody")]
    assert heard[0] < heard[1]
    assert not (work / "everybody" / "validation").exists()
    ours, theirs = (StreamingModel.load(one).bundle.manifest for one in (out, sibling))
    assert ours.detector == theirs.detector
    assert sum(entry.hours for entry in ours.training_data) > sum(entry.hours for entry in theirs.training_data)
    assert "of a sibling" in (out / "CARD.md").read_text()
    assert "of a sibling" not in (sibling / "CARD.md").read_text()
    # Whose voices it knows, they do not judge it, whatever the command line says.
    for slip in (("validate", "--run", "grown"), ("publish", "--everybody", "--run", "grown", "--judged", "grown")):
        assert train(workshop, *slip, *more) == 64
    assert train(workshop, "publish", "--run", "again", "--judged", "run", *more) == 64


def test_recordings_of_which_none_may_train_are_refused(tmp_path: Path) -> None:
    clip = Clip(tmp_path / "a.wav", "sentence", "", "one two", "ann", 1.0, "CC0", False, "mine")
    with pytest.raises(DataError, match="no recording of people may train: its manifest needs a transcript"):
        pools.make_pools([clip], tmp_path / "pools", SpeechRecipe().features)


def test_only_other_weights_are_exported_anew(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, tmp_path)
    shop.run.mkdir()
    weights = shop.run / "weights.npz"
    weights.touch()
    exported = [shop.is_exported]
    shop.model.touch()
    exported.append(shop.is_exported)
    os.utime(weights, (0, shop.model.stat().st_mtime + 1))
    assert [*exported, shop.is_exported] == [False, True, False]


def test_figures_of_other_weights_are_refused(tmp_path: Path) -> None:
    shop = Workshop(tmp_path, tmp_path)
    shop.run.mkdir()
    weights, chosen = shop.run / "weights.npz", Figures(0.5, 0.5, 1.0)
    weights.touch()
    shop.model.touch()
    chosen.save(shop.figures_file)
    shop.tables_file.write_text("a table")
    assert (shop.exported(), shop.figures(), shop.tables()) == (shop.model, chosen, "a table")
    os.utime(shop.figures_file, (0, shop.tables_file.stat().st_mtime + 1))
    with pytest.raises(UsageError, match="or older than what it is of: run `python -m train speech report` first"):
        shop.tables()
    os.utime(weights, (0, shop.figures_file.stat().st_mtime + 1))
    for stale in (shop.exported, shop.figures):
        with pytest.raises(UsageError, match="run `python -m train speech validate` first"):
            stale()


def test_a_stage_that_lacks_the_one_before_says_so(
    workshop: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = {
        "pools": "run `python -m train speech synthesise` first",
        "fit": "pools",
        "report": "give --lm",
        "synthesise": "give --books",
        "average": "name their files with --of",
    }
    for stage, mend in lacking.items():
        assert train((tmp_path, workshop[1]), stage) == 64
        assert mend in capsys.readouterr().err


def test_lines_that_are_not_json_are_named(workshop: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    commands = workshop[0].parent / "commands.jsonl"
    commands.write_text('{"text": "brew a latte"}\nbrew a mocha\n')
    assert train(workshop, "synthesise", "--commands", str(commands)) == 65
    assert "each line must be a JSON object with a text" in capsys.readouterr().err


@pytest.mark.parametrize(("content", "told"), [(None, "No such file"), (b"PK\x03\x04 cut off", "cannot be read")])
def test_weights_that_cannot_be_read_are_named(
    workshop: tuple[Path, Path], tmp_path: Path, content: bytes | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "weights.npz"
    if content:
        weights.write_bytes(content)
    assert train(workshop, "fit", "--from", str(weights), *SIZE) == 65
    assert told in capsys.readouterr().err


def test_without_recordings_of_noise_some_are_made_up(tmp_path: Path) -> None:
    pools._make_noise([], tmp_path, FeatureConfig())
    assert pools.read_noise(tmp_path).shape == (MADE_UP * 598, FeatureConfig().bands)


def test_kitchens_are_for_the_test_and_for_nothing_that_is_chosen(tmp_path: Path) -> None:
    noises = [
        Clip(tmp_path / f"{n}.wav", "noise", label, "", "", 60.0, "CC0", True, "noise_home")
        for n, label in enumerate(["kitchen", *["rain"] * 30])
    ]
    parts = {part: pools.noises_of(noises, part) for part in ("train", "validation", "test")}
    assert {part: [clip.label for clip in some].count("kitchen") for part, some in parts.items()} == {
        "train": 0,
        "validation": 0,
        "test": 1,
    }
    assert len(pools.noises_of(noises, pools.EVERYBODY)) == 30
    assert len({clip.path for some in parts.values() for clip in some}) == sum(map(len, parts.values())) == 31


def test_the_report_divides_the_clips_as_training_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus with two kinds is divided as a whole: its sentences alone would fill the parts with other voices."""
    clips = [
        Clip(tmp_path / f"{kind}-{n}.wav", kind, "", "go on", f"voice {n}", 60.0 + n, "CC0", True, "mixed")
        for n in range(40)
        for kind in (("sentence", "command") if n % 2 else ("command",))
    ]
    monkeypatch.setattr(report, "hear", lambda chosen, *_: chosen)
    part = report.TestPart(clips, SpeechRecipe(), np.asarray, Figures(0.0, 0.0, 0.0))
    trained = {clip.speaker for one in ("train", "validation") for clip in pools.of_part(clips, one)}
    heard = [part.of(kind) for kind in ("sentence", "command")]
    assert all(heard)
    assert not trained & {clip.speaker for some in heard for clip in some}  # type: ignore[attr-defined]


def sentences(texts: list[str]) -> list[Clip]:
    """Each said by another voice."""
    return [
        Clip(Path(f"{n}.flac"), "sentence", "", text, f"s{n}", 1.0, "CC0", ship_weights=True, corpus="mine")
        for n, text in enumerate(texts)
    ]


def test_recordings_that_came_after_the_pools_divide_nobody_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = sentences(["yes"] * 9)
    monkeypatch.setattr(Workshop, "clips", lambda _: clips)
    shop, recipe = Workshop(tmp_path, tmp_path), SpeechRecipe()
    with pytest.raises(UsageError, match="speech pools"):
        shop.check_recordings(recipe)
    pools.record_recordings(clips, shop.pools, recipe.features)
    shop.check_recordings(recipe)
    clips.pop()
    with pytest.raises(UsageError, match="other options, people, voices, weights, texts or recordings"):
        shop.check_recordings(recipe)


def test_what_nobody_knows_how_it_was_said_is_not_learnt() -> None:
    told = ["Mr. Smith & Co.", "call 911 now", "\u043f\u0440\u0438\u0432\u0435\u0442 world", "it's fine"]
    assert [clip.transcript for clip in pools.transcribed(sentences(told))] == ["mister smith and co", "it's fine"]


def test_who_goes_on_gets_other_batches_and_the_short_ones_that_are_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SHORT_BATCHES", 4)
    rng = np.random.default_rng(1)
    short, long = (
        [Heard(rng.normal(size=(frames, 40)).astype(np.float16), np.array([1, 2, 3], np.uint8)) for _ in range(8)]
        for frames in (100, 900)
    )
    pools_folder = tmp_path / "pools"
    for name, some in (("train", short), ("synthetic", long)):
        (pools_folder / name).mkdir(parents=True)
        write_part(pools_folder / name / "letters-000.npz", some)
    pools._make_noise([], pools_folder, FeatureConfig())
    recipe = replace(SpeechRecipe(), frames=1000)

    def steps(taken: int, start: Path | None = None) -> list[list[int]]:
        return [batch[1].tolist() for batch in islice(fitting.batches(pools_folder, recipe, taken, start), 4)]

    assert all(max(batch) < 150 for batch in steps(0))
    assert steps(0) == steps(0)
    assert all(max(batch) < 150 for batch in steps(2)[:2])
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"such")
    fresh, other = (next(fitting.batches(pools_folder, recipe, 9, start))[0] for start in (None, weights))
    assert not np.array_equal(fresh, other)
