"""Takes of a phrase that are joined from what people said: which words, where they are, and what comes of it."""

import random
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytest.importorskip("tensorflow", reason="training needs tensorflow: pip install -e '.[train]'")

from edge.audio import SAMPLE_RATE
from edge.decoder.alphabet import encode
from edge.decoder.ctc import Span
from edge.errors import UsageError
from edge.model import StreamingModel
from train.corpora.download import DownloadError
from train.corpora.manifest import Clip, read_manifest, write_manifest
from train.corpora.pronunciations import Lexicon
from train.recipes.phrase import dictionary
from train.recipes.phrase.collage import MOST, Row, rows_in_turn, rows_of, sounds_of
from train.recipes.phrase.command import _join_words, join_words
from train.recipes.phrase.dictionary import Dictionary
from train.recipes.phrase.material import COLLAGES, Sources, quotable_clips, sound_bank
from train.recipes.phrase.recipe import PhraseRecipe
from train.recipes.phrase.splicing import AFTER, BEFORE, FADE, Splicer, word_bounds, write_collages
from train.synthesis import Utterance, speak

LEXICON: Lexicon = {
    "hey": [("HH", "EY")],
    "atlas": [("AE", "T", "L", "AH", "S")],
    "hay": [("HH", "EY")],
    "at": [("AE", "T")],
    "less": [("L", "EH", "S")],
    "unless": [("AH", "N", "L", "EH", "S")],
    "moon": [("M", "UW", "N")],
}
SOUNDS = sounds_of("hey atlas", LEXICON)


def sentence(transcript: str, speaker: str = "ann", path: Path = Path("clip.wav"), licence: str = "CC0-1.0") -> Clip:
    return Clip(path, "sentence", "", transcript, speaker, 1.0, licence, True, "corpus")


def words_of(row: Row) -> list[str]:
    return [piece.clip.transcript.split()[piece.place] for piece in row]


def test_a_phrase_sounds_like_its_words_or_not_at_all() -> None:
    assert SOUNDS == ("HH", "EY", "AE", "T", "L", "AH", "S")
    assert sounds_of("hey zorblax", LEXICON) == ()
    assert sounds_of("moonless", LEXICON) == ("M", "UW", "N", "L", "EH", "S")


def test_the_nearest_row_comes_first_and_what_is_far_from_the_phrase_is_none() -> None:
    clips = [sentence("the hay at noon"), sentence("unless the moon"), sentence("no less")]
    rows = rows_of(SOUNDS, clips, LEXICON, random.Random(1))
    assert words_of(rows[0]) == ["hay", "at", "less"]
    assert [(piece.first, piece.last) for piece in rows[0]] == [(0.0, 0.0)] * 3
    assert ["hay", "at", "unless"] in map(words_of, rows)
    assert all("moon" not in words_of(row) for row in rows)
    assert rows_of(SOUNDS, [sentence("the moon")], LEXICON, random.Random(1)) == []


def test_a_long_phrase_has_no_more_rows_than_are_tried() -> None:
    clips = [sentence("hay at less"), sentence("hay at unless"), sentence("less hay at"), sentence("at less hay")]
    rows = rows_of(SOUNDS * 3, clips, LEXICON, random.Random(1))
    assert len(rows) == MOST
    assert words_of(rows[0]) == ["hay", "at", "less"] * 3


def test_a_part_of_a_word_is_told_by_the_shares_around_it() -> None:
    rows = rows_of(("L", "EH", "S"), [sentence("unless")], LEXICON, random.Random(1))
    assert [(piece.first, piece.last) for piece in rows[0]] == [(0.4, 0.0)]


def test_no_row_has_two_speakers_and_they_come_in_turn() -> None:
    said = ("hay at less", "hay at unless less")
    clips = [sentence(text, speaker) for speaker in ("ann", "bob") for text in said]
    clips.append(sentence("hay", "eve"))
    rows = list(islice(rows_in_turn(SOUNDS, clips, LEXICON, 1), 6))
    assert [row[0].clip.speaker for row in rows] == ["ann", "bob"] * 3
    assert all(len({piece.clip.speaker for piece in row}) == 1 for row in rows)
    assert rows == list(islice(rows_in_turn(SOUNDS, clips, LEXICON, 1), 6))


def _spans(firsts: Sequence[int]) -> list[Span]:
    return [Span(first, first + 1) for first in firsts]


def test_words_reach_from_before_their_first_letter_to_after_their_last() -> None:
    (begin, end), (later, last) = word_bounds(encode("a bc"), _spans([20, 30, 60, 70]), 480)
    assert (begin, end) == (20 * 480 - BEFORE, 20 * 480 + AFTER)
    assert (later, last) == (60 * 480 - BEFORE, 70 * 480 + AFTER)


def test_what_two_words_would_share_is_halved() -> None:
    (_, end), (begin, _) = word_bounds(encode("a b"), _spans([20, 21, 22]), 480)
    assert end == begin == (20 * 480 + AFTER + 22 * 480 - BEFORE) // 2


needs_espeak = pytest.mark.skipif(
    not shutil.which("espeak-ng"), reason="needs espeak-ng: scripts/system-packages installs it"
)


@pytest.fixture(scope="module")
def speller() -> StreamingModel:
    return StreamingModel.load("speech-en")


def spoken(folder: Path, text: str, licence: str) -> Clip:
    path = folder / f"{text.replace(' ', '-')}.wav"
    soundfile.write(path, speak(Utterance(text, "espeak-ng", "en-us")), SAMPLE_RATE)
    return sentence(text, path=path, licence=licence)


@needs_espeak
def test_takes_are_written_once_as_a_corpus_that_trains(tmp_path: Path, speller: StreamingModel) -> None:
    clips = [spoken(tmp_path, "we make hay at noon", "CC0-1.0"), spoken(tmp_path, "you have less time", "CC-BY-4.0")]
    rows = list(rows_in_turn(SOUNDS, clips, LEXICON, 1))
    folder = tmp_path / "takes"
    write_collages(folder, "hey atlas", rows, speller)
    (clip,) = read_manifest(folder)
    assert (clip.kind, clip.label, clip.transcript, clip.speaker) == ("wakeword", "hey atlas", "hey atlas", "ann")
    assert (clip.licence, clip.ship_weights) == ("CC-BY-4.0; CC0-1.0", True)
    samples, _ = soundfile.read(clip.path, dtype="int16")
    assert len(samples) / SAMPLE_RATE == pytest.approx(clip.seconds, abs=1e-3)
    assert 0.3 < clip.seconds < 1.5
    assert np.abs(samples).max() > 1000
    clip.path.unlink()
    write_collages(folder, "hey atlas", rows, speller)
    assert not clip.path.exists()


@needs_espeak
def test_a_take_is_judged_by_how_the_network_spells_it(tmp_path: Path, speller: StreamingModel) -> None:
    (row,) = rows_in_turn(("M", "UW", "N"), [spoken(tmp_path, "the moon is up", "CC0-1.0")], LEXICON, 1)
    right, wrong = (next(Splicer(speller).takes(phrase, [row])).likeness for phrase in ("moon", "kitchen"))
    assert wrong < right <= 0


def test_a_sentence_that_cannot_be_aligned_is_in_no_take(tmp_path: Path, speller: StreamingModel) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(FADE, np.int16), SAMPLE_RATE)
    clip = sentence("at " * 60 + "moon", path=tmp_path / "short.wav")
    rows = list(rows_in_turn(("M", "UW", "N"), [clip], LEXICON, 1))
    assert rows
    assert list(Splicer(speller).takes("moon", rows)) == []


def test_the_joined_takes_train_beside_those_of_programs(tmp_path: Path) -> None:
    for corpus in ("synthetic_phrase", COLLAGES):
        path = tmp_path / corpus / "take.wav"
        path.parent.mkdir()
        soundfile.write(path, np.sin(np.arange(SAMPLE_RATE // 2) / 9) / 2, SAMPLE_RATE)
        clip = Clip(path, "wakeword", "hey atlas", "hey atlas", "ann", 0.5, "CC0-1.0", ship_weights=True, corpus=corpus)
        write_manifest(path.parent, [clip])
    bank = sound_bank(Sources(tmp_path), PhraseRecipe("hey atlas"))
    assert [len(pool) for pool in bank.words["hey atlas"]] == [1, 1]
    assert bank.word_shares == [0.6, 0.4]


def test_only_sentences_that_train_are_quoted(tmp_path: Path) -> None:
    clips = [sentence("hay at less", name) for name in ("ann", "bob", "eve", "joe", "kim", "lea", "max", "pat", "sue")]
    quoted = quotable_clips(Sources(tmp_path, [*clips, replace(clips[0], transcript="")]))
    assert 0 < len(quoted) < len(clips)
    assert quotable_clips(Sources(tmp_path, [replace(clip, ship_weights=False) for clip in quoted])) == []
    assert quotable_clips(Sources(tmp_path, [replace(clip, kind="noise") for clip in quoted])) == []


@pytest.mark.parametrize(
    ("said", "phrase", "note"), [([], "hey atlas", "--audio"), (["hay"], "hey zorblax", "dictionary")]
)
def test_who_has_nothing_to_join_is_told(said: list[str], phrase: str, note: str, tmp_path: Path) -> None:
    (tmp_path / "cmudict.dict").write_text("hey HH EY1\n")
    clips = [sentence(text, speaker) for text in said for speaker in ("ann", "bob", "eve")]
    with pytest.raises(UsageError, match=note):
        join_words(PhraseRecipe(phrase), Sources(tmp_path / "audio", clips), Dictionary(None, tmp_path))
    assert not (tmp_path / "audio").exists()


@pytest.mark.parametrize("asked", [True, False])
def test_who_is_offline_is_told_so_and_not_that_words_are_missing(
    asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(_: Path) -> None:
        raise DownloadError("offline")

    monkeypatch.setattr(dictionary, "fetch_pronunciations", unreachable)
    sources = Sources(tmp_path / "audio", [sentence("hay at less", name) for name in ("ann", "bob", "eve", "joe")])
    told = "CMUdict is out of reach; give a copy of it with --dictionary, or --no-join-words"
    with pytest.raises(UsageError, match=f"^{told}$") if asked else nullcontext():
        _join_words(PhraseRecipe("hey atlas"), sources, Dictionary(None, tmp_path), tmp_path, asked=asked)
    assert asked or told in capsys.readouterr().out


def test_who_could_not_join_at_first_does_not_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The pool of one who goes on has takes of one kind."""
    path = tmp_path / "cmudict.dict"
    sources = Sources(tmp_path / "audio", [sentence("hay at less", name) for name in ("ann", "bob", "eve", "joe")])
    for entries, remark in (("hay HH EY1\n", "no words of people"), ("hey HH EY1\natlas AE1 T L AH0 S\n", "")):
        path.write_text(entries)
        _join_words(PhraseRecipe("hey atlas"), sources, Dictionary(path, tmp_path), tmp_path, asked=False)
        assert remark in capsys.readouterr().out
        assert not (tmp_path / "audio").exists()
    with pytest.raises(UsageError):
        _join_words(PhraseRecipe("hey zorblax"), sources, Dictionary(path, tmp_path), tmp_path / "x", asked=True)
