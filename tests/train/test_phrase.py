"""A phrase from a text to a bundle, small: all stages run, what was killed goes on, the device takes what comes out."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

tf = pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")
ESPEAK = shutil.which("espeak-ng") or ""
pytestmark = pytest.mark.skipif(not ESPEAK, reason="needs espeak-ng: scripts/system-packages installs it")

from edge.audio import AudioBlock  # noqa: E402
from edge.model import StreamingModel, verify_golden  # noqa: E402
from edge.model.bundle import VERIFIER  # noqa: E402
from edge.pipeline import Pipeline, thresholds_for  # noqa: E402
from train import pool  # noqa: E402
from train.__main__ import main  # noqa: E402
from train.cascade import kept  # noqa: E402
from train.corpora.audio import load  # noqa: E402
from train.corpora.manifest import read_corpora  # noqa: E402
from train.corpora.pronunciations import Lexicon, read_pronunciations  # noqa: E402
from train.export import read_weights  # noqa: E402
from train.files import read_json  # noqa: E402
from train.fit import FitConfig, steps_taken  # noqa: E402
from train.pool import read_pool  # noqa: E402
from train.recipes.phrase import command, dictionary  # noqa: E402
from train.recipes.phrase.cast import Cast, casts  # noqa: E402
from train.recipes.phrase.command import make_bundle  # noqa: E402
from train.recipes.phrase.fitting import batches_from, phrase_cascade  # noqa: E402
from train.recipes.phrase.material import Sources  # noqa: E402
from train.recipes.phrase.publishing import look_of  # noqa: E402
from train.recipes.phrase.recipe import PhraseRecipe, Takes  # noqa: E402
from train.recipes.phrase.recordings import read_negatives, read_recordings  # noqa: E402
from train.recipes.phrase.report import card  # noqa: E402
from train.recipes.phrase.script import Script  # noqa: E402
from train.recipes.trigger.recipe import WEIGHTS, TriggerRecipe  # noqa: E402
from train.synthesis import Utterance, speak  # noqa: E402

PHRASE = "hey atlas"
RECIPE = PhraseRecipe(
    PHRASE,
    Takes(phrase=12, near=1, snippets=4, passages=4, held_phrase=6, held_near=1, held_passages=2, held_texts=2),
    parts=1,
    fit=FitConfig(steps=4, quantised_steps=2, learning_rate=1e-3, warm_up=1, checkpoint_every=2),
    base=replace(TriggerRecipe(), batch=8),
)
PASSAGES = [f"this is the sentence of number {word}, read aloud" for word in ("one", "two", "three", "four")]
SCRIPT = Script(
    ["hey alice", "atlas", "hey"],
    PASSAGES,
    None,
    {"near phrases": "a list", "texts": "a list"},
    ["hey atlas", "hay atlas"],
)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Few mixtures, and espeak-ng for the only program."""
    monkeypatch.setattr(pool, "PART_MIXTURES", 24)
    alone = tmp_path / "bin"
    alone.mkdir()
    (alone / "espeak-ng").symlink_to(ESPEAK)
    monkeypatch.setenv("PATH", str(alone))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path, str]]:
    """Work folder, bundle, and closing report of an uninterrupted training."""
    root = tmp_path_factory.mktemp("phrase")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "PART_MIXTURES", 24)
        patch.setenv("PATH", str(root))
        (root / "espeak-ng").symlink_to(ESPEAK)
        yield root / "work", root / "hey-atlas", make(root / "work", root / "hey-atlas")


def make(work: Path, out: Path) -> str:
    work.mkdir(exist_ok=True)
    return make_bundle(RECIPE, Sources(work / "audio"), casts(), SCRIPT, work, out)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def takes(folder: Path, seconds: float = 0.0) -> None:
    """Three recordings of the phrase, each followed by silence."""
    folder.mkdir()
    for voice in ("en-gb", "en-us", "en-029"):
        said = np.concatenate([speak(Utterance(PHRASE, "espeak-ng", voice)), np.zeros(int(16000 * seconds), np.int16)])
        soundfile.write(folder / f"{voice}.wav", said, 16000)


def test_the_device_takes_the_bundle(made: tuple[Path, Path, str]) -> None:
    model = StreamingModel.load(str(made[1]))
    manifest = model.bundle.manifest
    assert manifest.labels == (PHRASE,)
    assert max(verify_golden(model).values()) == 0
    assert manifest.metrics["real negatives"] is False
    assert manifest.second_look is not None
    assert manifest.second_look.model_id == StreamingModel.load("speech-en").bundle.model_id
    assert manifest.second_look.spelling[PHRASE] in SCRIPT.spellings
    assert model.verifier is not None
    assert max(verify_golden(model.verifier).values()) == 0
    pipeline = Pipeline(model, thresholds_for(model, manifest.labels, 1.0))
    said = next(clip for clip in read_corpora(made[0] / "audio") if clip.kind == "wakeword")
    pipeline.feed(AudioBlock(load(said.path), 0))
    assert pipeline.scores.shape[1] == 1


def test_the_voices_of_the_report_are_not_those_that_train(made: tuple[Path, Path, str]) -> None:
    clips = read_corpora(made[0] / "audio")
    held = {clip.speaker for clip in clips if clip.corpus == "synthetic_held_phrase"}
    trained = {clip.speaker for clip in clips if "held" not in clip.corpus}
    assert held
    assert trained
    assert not held & trained
    texts = {clip.transcript for clip in clips if clip.corpus == "synthetic_passages"}
    assert not texts & {clip.transcript for clip in clips if clip.corpus.startswith("synthetic_held")}


def test_the_report_and_the_card_say_the_same_with_intervals(made: tuple[Path, Path, str]) -> None:
    said = made[2]
    assert "at most 1 false accept an hour over kept-back synthetic speech" in said
    assert "n = 6" in said
    assert "synthetic voices alone" in said
    assert "without the second look: " in said
    assert said in (made[1] / "CARD.md").read_text()


def test_who_wants_no_second_look_or_cannot_have_one_gets_none(made: tuple[Path, Path, str]) -> None:
    sources = Sources(made[0] / "audio")
    assert look_of(RECIPE, SCRIPT, sources)
    assert look_of(replace(RECIPE, look=None), SCRIPT, sources) is None
    assert look_of(replace(RECIPE, phrase="go"), SCRIPT, sources) is None


def test_without_a_second_look_there_is_no_verifier_nor_a_word_of_it() -> None:
    alone = replace(RECIPE, look=None)
    assert phrase_cascade(alone).verifier is None
    units = {"always": [256, 256]}
    assert "verifier" not in card(alone, SCRIPT, casts()[1], "said", units, ())
    assert "a verifier of 384 units is asked" in card(RECIPE, SCRIPT, casts()[1], "said", units | {VERIFIER: [384]}, ())


def test_what_was_killed_goes_on_to_the_same_bundle(made: tuple[Path, Path, str], tmp_path: Path) -> None:
    work, whole = tmp_path / "work", made[1]
    shutil.copytree(made[0], work)
    # What a kill in the middle leaves: some speech, and a checkpoint of half the batches.
    next((work / "audio" / "synthetic_phrase").glob("*.flac")).unlink()
    (work / "audio" / "synthetic_held_near" / "manifest.csv").unlink()
    (work / "pool" / "part-000.npz").unlink()
    last = work / VERIFIER
    (last / "weights.npz").unlink()
    tf.compat.v1.train.update_checkpoint_state(str(last / "checkpoints"), str(last / "checkpoints" / "ckpt-1"))
    assert steps_taken(last / "checkpoints") == 2

    make(work, tmp_path / "hey-atlas")
    assert contents(tmp_path / "hey-atlas") == contents(whole)
    whole_weights = made[0] / VERIFIER / "weights.npz"
    with np.load(last / "weights.npz") as resumed, np.load(whole_weights) as uninterrupted:
        assert all(np.array_equal(resumed[name], uninterrupted[name]) for name in uninterrupted.files)


def test_training_changes_what_the_shipped_network_knows_and_begins_with_it() -> None:
    for name, network in phrase_cascade(RECIPE).networks.items():
        known = read_weights(kept(WEIGHTS, name))
        assert np.array_equal(network.cells[0].kernel.numpy(), known["layer0/kernel"])
        assert np.array_equal(network.heads["timing"].kernel.numpy(), known["timing/kernel"])
        assert network.heads["scores"].kernel.shape == (known["scores/kernel"].shape[0], 1)


def test_a_batch_is_a_function_of_its_step(made: tuple[Path, Path, str]) -> None:
    mixtures = read_pool([made[0] / "pool"])
    from_start = batches_from(mixtures, RECIPE, 0)
    first, second = next(from_start), next(from_start)
    assert all(np.array_equal(a, b) for a, b in zip(second, next(batches_from(mixtures, RECIPE, 1)), strict=True))
    assert not np.array_equal(first[0], second[0])


def test_recordings_and_negatives_of_ones_own_train_too(tmp_path: Path) -> None:
    takes(tmp_path / "own")
    takes(tmp_path / "room", seconds=61)
    work = tmp_path / "work"
    work.mkdir()
    own, room = read_recordings(tmp_path / "own", PHRASE), read_negatives([tmp_path / "room"])
    assert len(own.training) == len(room.training) == len(room.held) == 3
    alone, sources = replace(RECIPE, look=None), Sources(work / "audio", (), own, room)
    said = make_bundle(alone, sources, casts(), SCRIPT, work, tmp_path / "out")
    assert "3 recordings" in said
    assert "synthetic voices alone" not in said
    assert "second look" not in said
    model = StreamingModel.load(tmp_path / "out")
    assert model.speller is None
    assert not (tmp_path / "out" / VERIFIER).exists()


def test_the_command_refuses_what_it_cannot_train(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trigger", "--phrase", "route 66"]) == 64
    assert "write 66 as a word" in capsys.readouterr().err
    assert main(["trigger"]) == 64
    assert '--phrase "hey atlas"' in capsys.readouterr().err
    assert main(["trigger", "fit"]) == 64
    assert "--audio" in capsys.readouterr().err
    assert main(["trigger", "fit", "--phrase", PHRASE]) == 64
    assert "leave fit out" in capsys.readouterr().err
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    assert main(["trigger", "--phrase", PHRASE, "--out", str(tmp_path / "photos")]) == 74
    assert "photos is no model bundle: it is not replaced" in capsys.readouterr().err
    (tmp_path / "own").mkdir()
    assert main(["trigger", "--phrase", PHRASE, "--recordings", str(tmp_path / "own")]) == 65
    assert "holds no sound files" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", [("--units", "3"), ("--plain",), ("--half",), ("--hold-out", "0"), ("--views", "int8")]
)
def test_a_phrase_heeds_no_option_of_the_stages(option: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trigger", "--phrase", PHRASE, *option]) == 64
    problem = "is for the stages of the shipped words: leave it out of --phrase"
    assert capsys.readouterr().err == f"error: {option[0]} {problem}\n"


@pytest.mark.parametrize("option", [("--no-join-words",), ("--no-second-look",), ("--dictionary", "x")])
def test_a_stage_heeds_no_option_of_a_phrase(
    option: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trigger", "fit", "--work", str(tmp_path), "--audio", str(tmp_path), *option]) == 64
    problem = f"{option[0].replace('--no-', '--')} belongs to --phrase: leave it out of fit"
    assert capsys.readouterr().err == f"error: {problem}\n"


def test_work_of_other_options_is_not_mixed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "decided-by.txt").write_text("something else")
    assert main(["trigger", "--phrase", PHRASE, "--work", str(work), "--out", str(tmp_path / "out")]) == 64
    assert "holds the work of other options" in capsys.readouterr().err
    assert [path.name for path in work.iterdir()] == ["decided-by.txt"]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Options of a phrase whose bundle is not made, and what they name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "make_bundle", lambda *_: "a report")
    takes(tmp_path / "own")
    rng = np.random.default_rng(1)
    for speaker in ("ann", "bob"):
        soundfile.write(tmp_path / f"{speaker}.wav", rng.integers(-9, 9, 16000).astype(np.int16), 16000)
    (tmp_path / "manifest.csv").write_text("path,transcript,licence,speaker\nann.wav,the moon is up,CC0-1.0,ann\n")
    (tmp_path / "book.txt").write_text("He took the lamp down. They all went home again. It was late by then.")
    (tmp_path / "cmudict.dict").write_text("hey HH EY1\natlas AE1 T L AH0 S\nalice AE1 L AH0 S\n")
    return {"recordings": "own", "audio": ".", "dictionary": "cmudict.dict", "books": "book.txt", "work": "work"}


def order(options: dict[str, str], *more: str) -> int:
    named = [text for name, value in options.items() for text in (f"--{name}", value)]
    return main(["trigger", "--phrase", PHRASE, "--out", "out", *named, *more])


def test_what_was_given_is_known_by_its_contents(given: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert order(given) == 0
    assert order({name: str(Path(value).resolve()) for name, value in given.items()}) == 0
    first, second = sorted(Path("own").iterdir())[:2]
    samples = {path: path.read_bytes() for path in (first, second)}
    second.write_bytes(samples[second][:-2] + b"\x01\x00")
    assert order(given) == 64
    assert (
        "work holds the work of other options, people, voices, weights, texts or recordings" in capsys.readouterr().err
    )
    second.write_bytes(samples[second])
    assert order(given) == 0
    with Path("manifest.csv").open("a") as manifest:
        manifest.write("bob.wav,no moon,CC0-1.0,bob\n")
    assert order(given) == 64


@pytest.mark.parametrize(
    ("typo", "code"), [({"dictionary": "dicct.txt"}, 65), ({"books": "bok.txt"}, 65), ({"dictionary": "book.txt"}, 65)]
)
def test_a_typo_does_not_take_the_folder(given: dict[str, str], typo: dict[str, str], code: int) -> None:
    assert order(given | typo) == code
    assert order(given) == 0


def test_words_that_cannot_be_joined_do_not_take_the_folder(given: dict[str, str]) -> None:
    Path("small.dict").write_text("alice AE1 L AH0 S\n")
    assert order(given | {"dictionary": "small.dict"}, "--join-words") == 64
    assert order(given, "--no-join-words") == 0
    assert "hey alice" in read_json(Path("work", "script.json"), lambda saved: Script(**saved)).near


@pytest.mark.parametrize(("more", "times"), [((), 1), (("--join-words",), 1), (("--no-join-words",), 0)])
def test_the_dictionary_is_read_once_and_only_if_it_is_needed(
    given: dict[str, str], more: tuple[str, ...], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People's words are looked up, and before, unless a folder has a script already, those of the phrase."""
    said = (f"ann.wav,the moon is up,CC0-1.0,{speaker},yes\n" for speaker in ("ann", "bob", "eve", "joe"))
    Path("manifest.csv").write_text(f"path,transcript,licence,speaker,ship_weights\n{''.join(said)}")
    read: list[Path] = []

    def reading(path: Path) -> Lexicon:
        read.append(path)
        return read_pronunciations(path)

    monkeypatch.setattr(dictionary, "read_pronunciations", reading)
    assert order(given, *more) == 0
    assert read == [Path("cmudict.dict")]
    read.clear()
    assert order(given, *more) == 0
    assert len(read) == times


def test_a_single_program_lends_some_of_its_voices_to_the_report() -> None:
    training, held = casts()
    assert isinstance(training, Cast)
    assert set(training.voices) == set(held.voices) == {"espeak-ng"}
    assert not set(training.voices["espeak-ng"]) & set(held.voices["espeak-ng"])
    assert "espeak-ng" in held.name
