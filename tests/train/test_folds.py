"""Which recordings train a fold, and how often."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError, UsageError
from train.corpora.manifest import Clip
from train.corpora.splits import part_of_voices, voice
from train.evaluate.held_out import held_out
from train.evaluate.trigger import Tally
from train.mixtures import Mixer
from train.pool import MADE_OF
from train.recipes.trigger import folds
from train.recipes.trigger.command import Workshop
from train.recipes.trigger.pools import make_pools
from train.recipes.trigger.recipe import PLAIN, TriggerRecipe
from train.recipes.trigger.validation import calibration_frames, tally_path
from train.recipes.trigger.words import WORDS

LABELS = ("yes", "no")


def clip(corpus: str, speaker: str, label: str = "", kind: str = "wakeword", transcript: str = "all is well") -> Clip:
    path = Path(corpus, f"{speaker}-{label}.flac")
    return Clip(path, kind, label, transcript, speaker, 1.0, "CC0", ship_weights=True, corpus=corpus)


def word(_: Path) -> np.ndarray:
    """Half a second of sound in a quiet room."""
    rng = np.random.default_rng(1)
    return np.concatenate([rng.standard_normal(n) * level for n, level in ((8000, 3), (8000, 3000), (8000, 3))]).astype(
        np.int16
    )


def test_a_fold_with_few_recordings_of_a_word_draws_it_seldom() -> None:
    clips = [clip("words_real", f"s{n}", label) for label, count in (("yes", 8), ("no", 4)) for n in range(count)]
    clips += [clip("noise_home", "", kind="noise"), clip("sentences_real", "s0", kind="sentence")]
    bank = folds.sound_bank(clips, LABELS, lambda one: one.speaker in ("s0", "s1", "s2", ""), word)
    assert bank.label_shares == pytest.approx([(3 / 8) / (3 / 8 + 3 / 4), (3 / 4) / (3 / 8 + 3 / 4)])
    assert [[len(pool) for pool in bank.words[label]] for label in LABELS] == [[3, 0], [3, 0]]


def test_who_has_no_noise_gets_some_that_is_made_up_and_who_says_nothing_is_told() -> None:
    spoken, others = clip("words_real", "s", "yes"), clip("sentences_real", "s", kind="sentence")
    bank = folds.sound_bank([spoken, others], LABELS, lambda _: True, word)
    Mixer(bank, np.random.default_rng(1)).mixture(48_000)
    with pytest.raises(DataError, match="nobody of a fold says yes, no in the recordings that may train: give more"):
        folds.sound_bank([others], LABELS, lambda _: True, word)
    with pytest.raises(DataError, match="nobody of a fold says anything else"):
        folds.sound_bank([replace(spoken, corpus="mine")], LABELS, lambda _: True, word)


def test_takes_of_one_recording_are_in_one_fold_and_on_one_side() -> None:
    noises = [
        replace(clip("noise_esc", "", kind="noise"), path=Path(f"{source}-{take}.wav"))
        for source in (f"1-{n}" for n in range(40))
        for take in "ABC"
    ]
    for key in (folds.fold_of, lambda one: part_of_voices(noises)[voice(one)]):
        sides: dict[str, set[int | str]] = {}
        for one in noises:
            sides.setdefault(one.path.name[:-6], set()).add(key(one))
        assert all(len(found) == 1 for found in sides.values())
        assert len(set.union(*sides.values())) > 1


def test_pools_of_other_recordings_are_refused(tmp_path: Path) -> None:
    clips = [clip("words_real", f"s{n}", "alexa") for n in range(3)]
    (tmp_path / MADE_OF).write_text("other recordings")
    with pytest.raises(
        UsageError, match="holds the work of other options, people, voices, weights, texts or recordings"
    ):
        make_pools(clips, tmp_path, 1, TriggerRecipe())


def test_without_programs_that_speak_only_people_are_drawn() -> None:
    people = [clip("words_real", f"s{n}", label) for label in LABELS for n in range(4)]
    others = [clip("sentences_real", "s1", kind="sentence"), clip("noise_home", "", kind="noise")]
    bank = folds.sound_bank([*people, *others], LABELS, lambda _: True, word)
    assert bank.word_shares == (1.0, 0.0)
    mixer = Mixer(bank, np.random.default_rng(1))
    assert {said.label for _ in range(20) for said in mixer.mixture(48_000)[1]} == set(LABELS)
    programs = [clip("synthetic_words", "v", label) for label in LABELS]
    assert min(folds.sound_bank([*people, *others, *programs], LABELS, lambda _: True, word).word_shares) > 0


def test_speech_of_any_name_is_drawn_by_its_kind() -> None:
    kinds = {
        clip(corpus, "s", kind=kind): wanted
        for corpus, kind, wanted in (
            ("mini-librispeech", "sentence", "sentences"),
            ("living-room", "command", "commands"),
            ("near_miss_words", "word", "near_miss"),
            ("spoken-digits", "digit", None),
            ("my-words", "wakeword", None),
            ("esc-50", "noise", None),
            ("synthetic_grammar", "sentence", None),
        )
    }
    assert [folds.negative_kind(one) for one in kinds] == list(kinds.values())


def test_a_word_is_told_however_it_is_labelled_and_is_never_other_speech() -> None:
    labels = ("computer", "smart mirror")
    takes = [clip("words_real", "s", "computer"), clip("wakewords_community", "s", "Smart_Mirror")]
    named = clip("sentences_real", "s", kind="sentence", transcript="my computer is slow")
    others = clip("sentences_real", "t", kind="sentence", transcript="all is well")
    bank = folds.sound_bank([*takes, named, others], labels, lambda _: True, word)
    assert [len(bank.words[label][0]) for label in labels] == [1, 1]
    assert [len(pool) for pool in bank.others] == [1]
    streams = held_out([*takes, named, others], labels, word)
    assert [stream.label for stream in streams.words["clean"]] == list(labels)
    assert len(streams.others) == 1


def test_both_recipes_smooth_over_the_same_time() -> None:
    times = [recipe.detector().smoothing_steps * recipe.stack for recipe in (TriggerRecipe(), PLAIN)]
    assert times[0] == times[1] > 1


def test_without_noise_there_is_no_noisy_condition() -> None:
    words = [clip("words_real", "s1", "yes"), clip("words_real", "s2", "no")]
    assert set(held_out(words, LABELS, word).words) == {"clean"}
    assert calibration_frames(held_out(words, LABELS, word), TriggerRecipe())
    noise = clip("noise_home", "", kind="noise")
    assert set(held_out([*words, noise], LABELS, word).words) == {"clean", "10 dB", "5 dB"}


def test_a_fold_that_was_trained_again_is_to_be_validated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folds, "FOLDS", 1)
    shop = Workshop(tmp_path, tmp_path)
    weights, path = shop.run(0) / "always" / "weights.npz", tally_path(shop.run(0), "float")
    weights.parent.mkdir(parents=True)
    weights.touch()
    Tally(WORDS).save(path)
    assert shop.tally("float").labels == WORDS
    os.utime(weights, (0, path.stat().st_mtime + 1))
    with pytest.raises(
        UsageError, match="older than the networks: run `python -m train trigger validate --hold-out 0`"
    ):
        shop.tally("float")
