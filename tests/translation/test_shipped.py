"""The shipped translators: everyday sentences come out as a person would say them, and odd input does no harm."""

import json

import pytest

from edge.cli import main
from edge.errors import BundleError
from edge.events import Transcript
from edge.model import StreamingModel
from edge.translation.translator import Translator, find_translator
from edge.understanding.meaning import Understanding

pytestmark = pytest.mark.runtime


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator.load("fr-en")


def test_an_invitation_is_understood_written_or_spoken(translator: Translator) -> None:
    for said in ("Voulez-vous chanter avec moi ?", "voulez vous chanter avec moi"):
        assert translator.translate(said) == "Do you want to sing with me?"


def test_a_call_for_help_is_told_in_french() -> None:
    assert Translator.load("en-fr").translate("please call a doctor") == "Appelle un m\u00e9decin s'il te pla\u00eet."


def test_a_sentence_in_capitals_is_read_as_any_other(translator: Translator) -> None:
    assert translator.translate("JE SUIS LÀ. Il fait FROID.") == translator.translate("Je suis là. Il fait FROID.")
    assert translator.translate("JE SUIS LÀ.") == "I'm here."


def test_a_name_of_a_device_in_capitals_is_read_as_any_other(translator: Translator) -> None:
    for said in ("turn off the Kitchen Light", "turn on the lights in the Living Room"):
        french = Translator.load("en-fr").translate(said)
        assert french == Translator.load("en-fr").translate(said.lower())
    assert "garage" in translator.translate("Ouvre le Garage.")


def test_a_wider_beam_finds_nothing_less_likely(translator: Translator) -> None:
    pieces = translator.source.encode("Je ne sais pas où est mon chien.")
    greedy, best = (translator.search(pieces, beam, alpha=0.0)[0] for beam in (1, 12))
    # Of the same text, several at a time are rounded in another order than one.
    assert best.log_prob >= greedy.log_prob - 1e-5


def test_the_same_text_gives_the_same_answer_whatever_came_before(translator: Translator) -> None:
    first = translator.translate("Il fait froid.")
    translator.translate("Nous avons besoin d'aide !")
    assert translator.translate("Il fait froid.") == first


def test_halves_of_two_translators_are_none() -> None:
    encoder, decoder = (StreamingModel.load(f"translation-{one}") for one in ("en-fr/encoder", "fr-en/decoder"))
    with pytest.raises(BundleError, match="half of translation-en-fr, not of translation-fr-en"):
        Translator(encoder, decoder)


@pytest.mark.parametrize("text", ["", " ", "\x00", "日本語", "🎉" * 50, "a" * 500, "?!" * 40])
def test_what_is_no_french_gives_some_text_and_no_error(translator: Translator, text: str) -> None:
    assert translator.translate(text, beam=2).isprintable()


def test_nothing_is_made_up_of_letters_that_were_never_seen(translator: Translator) -> None:
    assert translator.translate("日本語") == "日本語"
    assert translator.translate("日本語. Il fait froid.") == f"日本語. {translator.translate('Il fait froid.')}"


def test_a_meaning_carries_the_translation_of_a_transcript(translator: Translator) -> None:
    said = Transcript(at=1.0, text="je suis fatigué", confidence=0.9, words=(), nbest=(), model="5b0c7d1e9a42")
    [meaning] = Understanding(translator=translator).feed(said)
    assert json.loads(meaning.to_json())["translation"] == translator.translate("je suis fatigué")
    assert meaning.models == {"translation": translator.model_id}


def test_a_translator_is_told_of_by_its_own_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "translation-fr-en"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert [head.split()[0] for head in heads] == ["translation-fr-en/decoder", "translation-fr-en/encoder"]
    assert main(["models", "trigger-en"]) == 0
    assert capsys.readouterr().out.startswith("trigger-en 1")


def test_the_shell_names_the_translators_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["text", "--translate", "fr-en", "Je suis fatigué."]) == 0
    assert capsys.readouterr().out == "I'm tired.\n"
    assert main(["text", "--translate", "fr-xx", "a"]) == 65
    assert "translation-fr-en" in capsys.readouterr().err
    with pytest.raises(BundleError, match="no translator"):
        find_translator("/nowhere")
