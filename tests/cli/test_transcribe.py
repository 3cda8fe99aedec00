"""hark transcribe: a text for each recording, whatever is in it."""

import json
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from edge.audio import Pcm16
from edge.cli import main
from edge.decoder.alphabet import LETTERS
from edge.files import PREAMBLE
from tests.cli.conftest import write_wav
from tests.pipeline.letters import LANGUAGE_MODEL, PAUSE, SOUND, joined, make_bundle, spoken

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def light(tmp_path: Path) -> Path:
    """A recording that ends with the last letter."""
    sound = joined(0.5, spoken("turn on the light"))
    return write_wav(tmp_path / "light.wav", sound[: -round(PAUSE * 16_000)])


@pytest.fixture
def pot(tmp_path: Path) -> Path:
    """A recording of a word that may be two."""
    return write_wav(tmp_path / "pot.wav", joined(0.5, spoken("p[eo]t"), 0.5))


@pytest.fixture
def transcribe(letters: Path, capsys: Captured) -> "Transcribe":
    return Transcribe(letters, capsys)


class Transcribe:
    """Runs the command on the speech bundle of the tests."""

    def __init__(self, model: Path, captured: Captured) -> None:
        self._model, self._captured = model, captured

    def __call__(self, *arguments: str | Path, code: int = 0) -> list[str]:
        """The lines that it prints."""
        assert main(["transcribe", "--model", str(self._model), *map(str, arguments)]) == code
        out, self.complaint = self._captured.readouterr()
        return out.splitlines()

    def refused(self, *arguments: str | Path) -> str:
        """What it says of arguments that cannot be."""
        with pytest.raises(SystemExit) as end:
            main(["transcribe", *map(str, arguments), "any.wav"])
        assert end.value.code == 64
        return self._captured.readouterr().err


def test_the_text_of_a_file_is_a_line(transcribe: Transcribe, light: Path, pot: Path) -> None:
    assert transcribe(light) == ["turn on the light"]
    assert transcribe(light, pot, "--hot-word", "pot") == [f"{light}: turn on the light", f"{pot}: pot"]


def test_a_transcript_for_programs(transcribe: Transcribe, light: Path, pot: Path) -> None:
    first, second = map(json.loads, transcribe(light, pot, "--jsonl"))
    assert list(first) == ["file", "type", "at", "text", "confidence", "words", "nbest", "model"]
    assert (first["file"], first["type"], first["text"]) == (str(light), "transcript", "turn on the light")
    assert [list(word) for word in first["words"]] == [["word", "start", "end"]] * 4
    assert first["words"][0]["start"] == pytest.approx(0.5, abs=0.06)
    assert first["nbest"][0] == {"text": first["text"], "confidence": first["confidence"]}
    assert second["file"] == str(pot)


def test_a_file_is_one_utterance_however_long_it_is_silent(transcribe: Transcribe, tmp_path: Path) -> None:
    sound = joined(5.0, spoken("turn on "), 3.0, spoken("the light"), 1.0)
    assert transcribe(write_wav(tmp_path / "slow.wav", sound)) == ["turn on the light"]


def test_files_do_not_disturb_each_other(transcribe: Transcribe, light: Path, pot: Path) -> None:
    alone, (_, after) = transcribe(pot, "--jsonl"), transcribe(light, pot, "--jsonl")
    assert alone == [after]


def test_alternatives_and_words_are_shown_under_the_text(transcribe: Transcribe, pot: Path, light: Path) -> None:
    text, *nbest = transcribe(pot, "--nbest", "3", "--language", "none")
    confidences, texts = zip(*(line.split() for line in nbest), strict=True)
    assert (len(nbest), texts[0]) == (3, text)
    assert list(confidences) == sorted(confidences, reverse=True)
    _, *words = transcribe(light, "--words")
    assert [line.split()[-1] for line in words] == ["turn", "on", "the", "light"]
    start, _, end, unit, _ = words[1].split()
    assert float(start) == pytest.approx(0.5 + 5 * (SOUND + PAUSE), abs=0.06)
    assert float(end) == pytest.approx(float(start) + 2 * SOUND + PAUSE, abs=0.06)
    assert unit == "s"


class TestGuidance:
    def test_hot_words_and_how_much_they_are_favoured(self, transcribe: Transcribe, pot: Path) -> None:
        for word in ("pot", "pet"):
            assert transcribe(pot, "--language", "none", "--hot-word", word) == [word]
        assert transcribe(pot, "--language", "none", "--hot-word", "pot=1.5", "--hot-word", "pet=6") == ["pet"]

    def test_the_language_model_is_that_of_the_bundle_another_or_none(
        self, transcribe: Transcribe, tmp_path: Path
    ) -> None:
        file = write_wav(tmp_path / "light.wav", joined(0.5, spoken("turn on the [lb]ight"), 0.5))
        assert transcribe(file) == transcribe(file, "--language", "shipped") == ["turn on the light"]
        assert transcribe(file, "--language", LANGUAGE_MODEL) == ["turn on the light"]
        free = json.loads(transcribe(file, "--language", "none", "--jsonl")[0])
        assert free["confidence"] < 0.6

    @pytest.mark.parametrize("word", ["pot", "pet"])
    def test_beside_its_own_language_model_the_bundle_favours_letters(
        self, transcribe: Transcribe, pot: Path, word: str, tmp_path: Path, capsys: Captured
    ) -> None:
        bonuses = tuple(4.0 * (letter == word[1]) for letter in LETTERS)
        favouring = Transcribe(make_bundle(tmp_path / "letters", label_bonuses=bonuses), capsys)
        assert favouring(pot) == [word]
        for language in ("none", str(LANGUAGE_MODEL)):
            alone = ("--language", language, "--nbest", "9")
            assert favouring(pot, *alone) == transcribe(pot, *alone)

    def test_another_language_model_ranks_finished_texts_anew(self, transcribe: Transcribe, tmp_path: Path) -> None:
        file = write_wav(tmp_path / "light.wav", joined(0.5, spoken("turn on the [lb]ight"), 0.5))
        found = json.loads(transcribe(file, "--language", "none", "--rescore", "language-en", "--jsonl")[0])
        assert found["text"] == "turn on the light"
        assert "turn on the bight" in [one["text"] for one in found["nbest"]]
        assert found["confidence"] > 0.6
        transcribe(file, "--rescore", "trigger-en", code=65)
        assert "no language model of letters" in transcribe.complaint

    def test_a_grammar_lets_nothing_else_through(self, transcribe: Transcribe, pot: Path, tmp_path: Path) -> None:
        grammar = tmp_path / "pots.jsgf"
        grammar.write_text("#JSGF V1.0; grammar pots; public <pots> = pot | pan;")
        assert transcribe(pot, "--grammar", grammar) == ["pot"]

    def test_the_configuration_holds_where_no_option_is_given(
        self, letters: Path, pot: Path, tmp_path: Path, capsys: Captured
    ) -> None:
        file, grammar = tmp_path / "hark.toml", tmp_path / "pots.jsgf"
        grammar.write_text("#JSGF V1.0; grammar pots; public <pots> = pan | pet;")
        file.write_text(f'[speech]\nmodel = "{letters}"\nbeam = 4\ngrammar = "{grammar}"\nhot_words = {{ pot = 9 }}\n')
        for options, text in (([], "pet"), (["--language", "none"], "pot")):
            assert main(["transcribe", "--config", str(file), str(pot), *options]) == 0
            assert capsys.readouterr().out == f"{text}\n"

    def test_a_narrow_beam_is_enough_for_clear_speech(self, transcribe: Transcribe, light: Path) -> None:
        assert transcribe(light, "--beam", "1") == transcribe(light, "--beam", "256")


class TestBadInput:
    def test_a_bad_file_takes_nothing_from_the_others(
        self, transcribe: Transcribe, light: Path, tmp_path: Path
    ) -> None:
        text = tmp_path / "text.wav"
        text.write_text("no sound")
        assert transcribe(light, text, light, code=65) == [f"{light}: turn on the light"] * 2
        assert "text.wav is not a sound file" in transcribe.complaint
        assert transcribe.complaint.endswith("1 of 3 files could not be used; the others were\n")
        assert transcribe(text, code=65) == []
        assert transcribe.complaint.count("\n") == 1

    @pytest.mark.parametrize(
        ("samples", "problem"), [(np.zeros(0, np.int16), "holds no audio"), (None, "does not exist")]
    )
    def test_no_sound(self, transcribe: Transcribe, tmp_path: Path, samples: Pcm16 | None, problem: str) -> None:
        file = tmp_path / "empty.wav"
        if samples is not None:
            write_wav(file, samples)
        assert transcribe(file, code=65) == []
        assert problem in transcribe.complaint

    def test_a_file_that_lacks_the_channel_takes_nothing_from_the_others(
        self, transcribe: Transcribe, light: Path, tmp_path: Path
    ) -> None:
        sound = joined(1.0, spoken("turn on the light"), 0.5)
        both = write_wav(tmp_path / "both.wav", np.stack([0 * sound, sound], axis=1))
        assert transcribe(light, both, "--channel", "1", code=65) == [f"{both}: turn on the light"]
        assert "light.wav has no channel 1" in transcribe.complaint

    def test_a_channel_that_is_not_there(self, transcribe: Transcribe, light: Path) -> None:
        assert transcribe(light, "--channel", "1", code=64) == []
        assert "no channel 1" in transcribe.complaint

    def test_a_single_sample(self, transcribe: Transcribe, tmp_path: Path) -> None:
        assert transcribe(write_wav(tmp_path / "short.wav", np.zeros(1, np.int16))) == [""]

    def test_ten_minutes_of_silence(self, transcribe: Transcribe, tmp_path: Path) -> None:
        file = write_wav(tmp_path / "silence.wav", np.zeros(600 * 16_000, np.int16))
        begun = time.process_time()
        assert transcribe(file) == [""]
        assert time.process_time() - begun < 30

    def test_shouting_into_clipping(self, transcribe: Transcribe, tmp_path: Path) -> None:
        noise = np.random.default_rng(0).normal(0, 1e5, 5 * 16_000).clip(-32768, 32767).astype(np.int16)
        (line,) = transcribe(write_wav(tmp_path / "loud.wav", noise), "--jsonl")
        said = json.loads(line)
        assert set(said["text"]) <= set(LETTERS)
        assert 0 <= said["confidence"] <= 1

    def test_a_model_that_hears_no_speech(self, tones: Path, light: Path, capsys: Captured) -> None:
        assert main(["transcribe", "--model", str(tones), str(light)]) == 65
        assert "is no speech model" in capsys.readouterr().err

    def test_a_language_model_in_another_alphabet(self, transcribe: Transcribe, light: Path, tmp_path: Path) -> None:
        foreign = tmp_path / "foreign.ngram"
        contents = LANGUAGE_MODEL.read_bytes()
        magic, version, _, length = PREAMBLE.unpack_from(contents)
        rest = contents[PREAMBLE.size :].replace(LETTERS.encode(), LETTERS[::-1].encode())
        foreign.write_bytes(PREAMBLE.pack(magic, version, zlib.crc32(rest), length) + rest)
        assert transcribe(light, "--language", foreign, code=65) == []
        assert "written in the alphabet" in transcribe.complaint

    def test_files_that_guide_nothing(self, transcribe: Transcribe, light: Path, tmp_path: Path) -> None:
        assert transcribe(light, "--language", light, code=65) == []
        assert "is no n-gram model" in transcribe.complaint
        assert transcribe(light, "--grammar", light, code=78) == []
        assert "cannot be read as a grammar" in transcribe.complaint
        assert transcribe(light, "--grammar", tmp_path / "gone.jsgf", code=78) == []
        assert "gone.jsgf cannot be read as a grammar: No such file or directory; name" in transcribe.complaint

    @pytest.mark.parametrize(
        ("option", "value", "allowed"),
        [
            ("--hot-word", "route 66", 'as they are said: "route two", not "route 2"'),
            ("--hot-word", "=3", "words as they are said"),
            ("--hot-word", "atlas=loud", "a number from 0.1 to 20 nats"),
            ("--hot-word", "atlas=21", "a number from 0.1 to 20 nats"),
            ("--beam", "0", "a whole number from 1 to 256"),
            ("--beam", "wide", "a whole number from 1 to 256"),
            ("--nbest", "-1", "a whole number from 1 to 256"),
        ],
    )
    def test_an_option_that_cannot_be(self, transcribe: Transcribe, option: str, value: str, allowed: str) -> None:
        assert allowed in transcribe.refused(option, value)

    def test_a_grammar_beside_a_language_model(self, transcribe: Transcribe) -> None:
        assert "not allowed with" in transcribe.refused("--grammar", "any.jsgf", "--language", "none")

    def test_a_hot_word_of_the_configuration(
        self, letters: Path, light: Path, tmp_path: Path, capsys: Captured
    ) -> None:
        file = tmp_path / "hark.toml"
        file.write_text(f'[speech]\nmodel = "{letters}"\n[speech.hot_words]\n"route 66" = 4.0\n')
        assert main(["transcribe", "--config", str(file), str(light)]) == 78
        assert 'hark.toml, line 4: speech.hot_words."route 66" cannot be' in capsys.readouterr().err
