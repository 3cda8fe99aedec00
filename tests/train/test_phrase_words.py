"""What may be said, what sounds like it, who says it, and which recordings of it are of use."""

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

soundfile = pytest.importorskip("soundfile", reason="training needs its extra: pip install -e '.[train]'")
pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.errors import DataError, UsageError  # noqa: E402
from edge.model import StreamingModel  # noqa: E402
from train.corpora.download import DownloadError  # noqa: E402
from train.corpora.manifest import Clip, write_manifest  # noqa: E402
from train.corpora.pronunciations import read_pronunciations  # noqa: E402
from train.noises import made_up_noises  # noqa: E402
from train.recipes.phrase import cast, script  # noqa: E402
from train.recipes.phrase import dictionary as pronouncing  # noqa: E402
from train.recipes.phrase.cast import casts  # noqa: E402
from train.recipes.phrase.dictionary import Dictionary  # noqa: E402
from train.recipes.phrase.material import real_clips  # noqa: E402
from train.recipes.phrase.nearness import TOO_CLOSE, by_letters, distance, near_phrases, nearest  # noqa: E402
from train.recipes.phrase.recipe import PhraseRecipe, Takes  # noqa: E402
from train.recipes.phrase.recordings import read_negatives, read_recordings  # noqa: E402
from train.recipes.phrase.script import make_script  # noqa: E402
from train.recipes.phrase.spelling import best_spelling, spellings  # noqa: E402
from train.recipes.phrase.wording import parse, syllables, warning  # noqa: E402
from train.synthesis import Utterance, programs, speak  # noqa: E402

CMUDICT = Path(__file__).parents[3] / "shared" / "data" / "text" / "ctc_lexicon"
ENTRIES = """\
;;; a comment
atlas AE1 T L AH0 S
atlas(2) AE2 T L AH0 S
atlus AE1 T L AH0 S
alice AE1 L AH0 S
alas AH0 L AE1 S
hey HH EY1
hay HH EY1
bay B EY1
banana B AH0 N AE1 N AH0 # fruit
headless HH EH1 D L AH0 S
at AE1 T
less L EH1 S
"""


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    path = tmp_path / "cmudict.dict"
    path.write_text(ENTRIES)
    return path


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Hey Atlas", "hey atlas"),
        ("  hey   atlas! ", "hey atlas"),
        ("O\u2019Hara", "o'hara"),
        ("go-go box", "go go box"),
    ],
)
def test_a_phrase_is_its_words_in_lower_case(text: str, phrase: str) -> None:
    assert parse(text) == phrase


def test_a_phrase_is_spelled_like_all_that_sounds_just_like_it(dictionary: Path) -> None:
    lexicon = read_pronunciations(dictionary)
    assert spellings("hey atlas", lexicon) == ["hey atlas", "hey atlus", "hay atlas", "hay atlus"]
    assert spellings("zorblax banana", lexicon) == ["zorblax banana"]
    assert spellings("why", {"why": [("W", "AY")], "y": [("W", "AY")], "wai": [("W", "AY")]}) == ["why", "wai"]


def test_the_spelling_is_chosen_that_fits_takes_and_nothing_else() -> None:
    """Each voice says "one"; what fits that fits no "seven", and what is in neither fits nothing."""
    if "espeak-ng" not in programs():
        pytest.skip("needs espeak-ng: scripts/system-packages installs it")
    one, seven = (
        [speak(Utterance(text, "espeak-ng", voice)) for voice in ("en-gb", "en-us", "en-029")]
        for text in ("one", "seven")
    )
    speller = StreamingModel.load("speech-en")
    assert best_spelling(["wan", "one", "seven"], one, seven, speller) == "one"
    assert best_spelling(["wan", "one", "seven"], seven, one, speller) == "seven"


@pytest.mark.parametrize(
    ("label", "transcript", "said"),
    [
        ("", "Hey Atlas, lights on", True),
        ("", "well, hey\u2014Atlas! It is 7.", True),
        ("", "hey alice, the atlas", False),
        ("", "they atlas", False),
        ("Hey Atlas", "", True),
        ("hey_atlas", "", True),
        ("Hey Alice", "", False),
    ],
)
def test_a_clip_that_says_the_phrase_is_none_of_the_others(
    tmp_path: Path, label: str, transcript: str, said: bool
) -> None:
    (tmp_path / "0.wav").touch()
    clip = Clip(tmp_path / "0.wav", "sentence", label, transcript, "ann", 1.0, "CC0-1.0", True, tmp_path.name)
    write_manifest(tmp_path, [clip])
    assert (real_clips(tmp_path, "hey atlas") == []) is said


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (" ! ", "is empty"),
        ("route 66", "write 66 as a word"),
        ("привет атлас", "'п'"),
        ("café", "'é'"),
        ("a b c d e f", "too long"),
        ("supercalifragilisticexpialidocious", "too long"),
    ],
)
def test_a_phrase_that_cannot_be_trained_is_refused_with_the_mend(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        parse(text)


def test_short_words_are_warned_of(dictionary: Path) -> None:
    lexicon = read_pronunciations(dictionary)
    counts = {phrase: syllables(phrase, lexicon) for phrase in ("hey", "alice", "hey atlas", "stone", "table top")}
    assert counts == {"hey": 1, "alice": 2, "hey atlas": 3, "stone": 1, "table top": 2}
    assert warning("hey atlas", 3) is None
    assert "one syllable" in str(warning("hey", 1))
    assert "2 syllables" in str(warning("alice", 2))


def test_a_dictionary_is_read_from_file_folder_and_packed(dictionary: Path, tmp_path: Path) -> None:
    lexicon = read_pronunciations(dictionary)
    assert lexicon["atlas"] == [("AE", "T", "L", "AH", "S")] * 2
    assert lexicon["banana"][0][-1] == "AH"
    assert ";;;" not in lexicon
    assert read_pronunciations(tmp_path) == lexicon
    packed = tmp_path / "other.dict.gz"
    packed.write_bytes(gzip.compress(ENTRIES.encode()))
    assert read_pronunciations(packed) == lexicon


@pytest.mark.parametrize("content", ["", "nothing of the kind\n1 2 3"])
def test_what_is_no_dictionary_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x.dict"
    path.write_text(content)
    with pytest.raises(DataError, match="atlas AE1 T L AH0 S"):
        read_pronunciations(path)
    with pytest.raises(DataError, match="cannot be read as a dictionary"):
        read_pronunciations(tmp_path / "nowhere")


def test_related_sounds_are_nearer_than_others() -> None:
    bat, pat, cat, bet = ("B", "AE", "T"), ("P", "AE", "T"), ("K", "AE", "T"), ("B", "EH", "T")
    assert distance(bat, bat) == 0
    assert distance(bat, pat) == distance(pat, bat) == distance(bat, bet) == 0.5
    assert distance(bat, cat) == distance(bat, bat[:2]) == 1
    assert distance((), bat) == 3
    assert distance(bat, ("S",) * 9, most=2) > 2


def test_what_sounds_the_same_is_never_taught_as_wrong(dictionary: Path) -> None:
    near = near_phrases("hey atlas", read_pronunciations(dictionary))
    assert {"hey", "atlas", "hey alice", "bay atlas", "headless", "atlas hey"} <= set(near)
    assert not {"hey atlas", "hay atlas", "hey atlus", "banana"} & set(near)
    assert len(near) == len(set(near))


def test_without_a_dictionary_letters_decide() -> None:
    near = near_phrases("zorblat", by_letters(["zorbed", "combat", "the", "acrobat", "sorbet", "understanding"]))
    assert "sorbet" in near
    assert "understanding" not in near


@pytest.mark.skipif(not CMUDICT.is_dir(), reason="needs ../shared/data/text/ctc_lexicon")
def test_of_the_whole_language_the_nearest_words_are_found() -> None:
    lexicon = read_pronunciations(CMUDICT)
    found = nearest(lexicon["computer"][0], lexicon, 12)
    assert "commuter" in found or "computed" in found
    assert all(distance(lexicon["computer"][0], lexicon[word][0]) >= TOO_CLOSE for word in found)


@pytest.mark.parametrize("phrase", ["play a song", "hey i robot", "a"])
def test_words_of_one_letter_have_neighbours_without_a_dictionary(phrase: str) -> None:
    near = near_phrases(phrase, by_letters(["play", "plan", "sung", "robin", "long", "the", "an", "it"]))
    assert near
    assert phrase not in near


def test_a_whole_program_is_kept_back_with_the_voices_of_its_speakers(monkeypatch: pytest.MonkeyPatch) -> None:
    voices = {"espeak-ng": ["en-gb", "en-us"], "flite": ["kal16", "awb", "slt"], "text2wave": ["kal_diphone"]}
    monkeypatch.setattr(cast, "voices_here", lambda: dict(voices))
    training, held = casts()
    assert held.voices == {"text2wave": ["kal_diphone"]}
    assert training.voices == {"espeak-ng": ["en-gb", "en-us"], "flite": ["awb", "slt"]}
    take = held.take("hello", random.Random(1))
    assert (take.program, take.voice) == ("text2wave", "kal_diphone")


def test_without_programs_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match=r"sudo apt install espeak-ng.*sudo apt install flite"):
        casts()


def test_one_voice_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast, "voices_here", lambda: {"text2wave": ["kal_diphone"]})
    with pytest.raises(UsageError, match="one voice"):
        casts()


def test_a_script_is_made_of_nothing_but_the_phrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise DownloadError("offline")

    monkeypatch.setattr(script, "download", unreachable)
    monkeypatch.setattr(pronouncing, "fetch_pronunciations", unreachable)
    recipe = PhraseRecipe("hey atlas", Takes(passages=8))
    made = make_script(recipe, Dictionary(None, tmp_path), None, tmp_path)
    assert len(made.passages) == 16
    assert not set(made.training) & set(made.held)
    assert {"hey", "atlas"} <= set(made.near)
    assert "--dictionary" in made.origins["near phrases"]
    assert "--books" in made.origins["texts"]
    assert make_script(recipe, Dictionary(tmp_path / "ignored", tmp_path), None, tmp_path) == made


def test_a_book_is_read_without_the_phrase(tmp_path: Path, dictionary: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("He took the atlas down. Then hey atlas cried she. They all went home again. It was late by then.")
    made = make_script(PhraseRecipe("hey atlas"), Dictionary(dictionary, tmp_path), book, tmp_path)
    assert len(made.passages) == 3
    assert not any("hey atlas" in passage.lower() for passage in made.passages)


def test_noises_differ_and_come_back_with_the_seed() -> None:
    noises = made_up_noises(8, seed=1)
    assert all(noise.shape == (96000,) and np.abs(noise).max() > 1000 for noise in noises)
    assert all(np.array_equal(a, b) for a, b in zip(noises, made_up_noises(8, seed=1), strict=True))
    assert not np.array_equal(noises[0], noises[4])


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    """A dozen usable recordings of a phrase."""
    if "espeak-ng" not in programs():
        pytest.skip("needs espeak-ng: scripts/system-packages installs it")
    folder = tmp_path / "takes"
    folder.mkdir()
    spoken = speak(Utterance("hey atlas", "espeak-ng", "en-gb"))
    padded = np.concatenate([np.zeros(8000, np.int16), spoken, np.zeros(8000, np.int16)])
    for number in range(12):
        soundfile.write(folder / f"{number:02}.wav", padded, 16000)
    return folder


def test_every_fifth_recording_is_kept_back_where_there_are_enough(takes: Path) -> None:
    found = read_recordings(takes, "hey atlas")
    assert (len(found.training), len(found.held)) == (9, 3)
    assert found.remarks == []
    for path in sorted(takes.iterdir())[4:]:
        path.unlink()
    few = read_recordings(takes, "hey atlas")
    assert (len(few.training), len(few.held)) == (4, 0)


def test_bad_recordings_are_named_with_the_mend(takes: Path) -> None:
    samples, _ = soundfile.read(takes / "00.wav", dtype="int16")
    soundfile.write(takes / "silent.wav", np.zeros(16000, np.int16), 16000)
    soundfile.write(takes / "long.wav", np.resize(samples, 11 * 16000), 16000)
    soundfile.write(takes / "loud.wav", np.clip(samples.astype(np.int32) * 20, -32768, 32767).astype(np.int16), 16000)
    soundfile.write(takes / "narrow.wav", samples[::2], 8000)
    (takes / "broken.wav").write_bytes(b"RIFF")
    remarks = "\n".join(read_recordings(takes, "hey atlas").remarks)
    assert "silent.wav is left out: it is silent: check the microphone" in remarks
    assert "long.wav is left out: it lasts 11.0 s: cut it" in remarks
    assert "broken.wav is left out: it cannot be read as audio" in remarks
    assert "loud.wav: " in remarks
    assert "turn the microphone down" in remarks
    assert "narrow.wav: its rate of 8000 Hz" in remarks


def test_fewer_than_three_usable_recordings_are_refused(takes: Path) -> None:
    for path in sorted(takes.iterdir())[2:]:
        path.unlink()
    soundfile.write(takes / "silent.wav", np.zeros(16000, np.int16), 16000)
    with pytest.raises(DataError, match=r"2 usable recordings of 3.*silent\.wav"):
        read_recordings(takes, "hey atlas")


def test_only_long_negatives_lend_to_the_report(takes: Path) -> None:
    rng = np.random.default_rng(1)
    soundfile.write(takes / "room.flac", rng.integers(-500, 500, 100 * 16000).astype(np.int16), 16000)
    found = read_negatives([takes])
    assert len(found.training) == 13
    assert [(name, len(samples)) for name, samples in found.held] == [("negatives/room.flac", 20 * 16000)]
