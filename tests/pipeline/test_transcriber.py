"""One utterance after another, with a network whose letters are chords; and what guides its search."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.audio import Pcm16
from edge.decoder.alphabet import LETTERS, encode
from edge.decoder.beam import BeamConfig, Hypothesis
from edge.decoder.grammar import Grammar
from edge.decoder.guidance import Guidance
from edge.decoder.scorer import score_of
from edge.endpoint import EndpointConfig
from edge.errors import BundleError, ConfigError, DataError
from edge.events import Partial, Transcript
from edge.features import FeatureStream, Frames
from edge.model import StreamingModel, verify_golden
from edge.spotter import Spotter
from edge.transcriber import FIGURES, Said, Transcriber, TranscriberConfig, distinct
from tests.pipeline.bundles import FEATURES, STACK
from tests.pipeline.letters import PAUSE, SOUND, joined, make_bundle, spoken

pytestmark = pytest.mark.runtime

STEP = STACK * FEATURES.seconds_per_frame


def frames(*parts: Pcm16 | float) -> Frames:
    return FeatureStream(FEATURES).feed(joined(0.5, *parts, 0.5))


def transcribe(
    model: StreamingModel, *parts: Pcm16 | float, guidance: Guidance | None = None, nbest: int = 5, width: int = 16
) -> Transcript:
    guidance = guidance or Guidance()
    scorers = guidance.scorers(model.bundle.manifest.detector)
    beam = guidance.beam(width, model.bundle.manifest.detector)
    transcriber = Transcriber(model, scorers, TranscriberConfig(beam, endpoint=None, nbest=nbest))
    transcriber.begin(0)
    transcriber.feed(frames(*parts))
    return transcriber.finish()


def test_the_runtime_computes_what_the_fixture_was_made_with(letters: StreamingModel) -> None:
    assert max(verify_golden(letters).values()) == 0


@pytest.mark.parametrize("text", ["turn on the light", "aabb", LETTERS.strip(), ""])
def test_what_was_said_is_written_down(letters: StreamingModel, text: str) -> None:
    transcript = transcribe(letters, spoken(text))
    assert transcript.text == transcript.nbest[0].text == text
    assert transcript.confidence == transcript.nbest[0].confidence > 0.5
    assert [word.word for word in transcript.words] == text.split()
    assert transcript.model == letters.bundle.model_id


def test_words_lie_where_they_were_said(letters: StreamingModel) -> None:
    transcript = transcribe(letters, spoken("turn on"))
    letter = SOUND + PAUSE
    for word, first, last in zip(transcript.words, (0, 5), (3, 6), strict=True):
        assert word.start == pytest.approx(0.5 + first * letter, abs=2 * STEP)
        assert word.end == pytest.approx(0.5 + last * letter + SOUND, abs=2 * STEP)


class TestAlternatives:
    def test_what_cannot_be_told_apart_is_told_with_its_confidence(self, letters: StreamingModel) -> None:
        transcript = transcribe(letters, spoken("p[eo]t"))
        likely = {one.text: one.confidence for one in transcript.nbest}
        assert {"pet", "pot"} <= likely.keys()
        assert transcript.confidence < 0.5
        assert [*likely.values()] == sorted(likely.values(), reverse=True)

    def test_the_confidence_does_not_depend_on_how_many_are_told(self, letters: StreamingModel) -> None:
        few, many = (transcribe(letters, spoken("p[eo]t"), nbest=nbest) for nbest in (1, 9))
        assert few.confidence == many.confidence
        assert few.nbest == many.nbest[:1]

    def test_no_two_differ_in_spaces_alone(self, letters: StreamingModel) -> None:
        texts = [one.text for one in transcribe(letters, spoken("[ i]go[ n]"), nbest=16).nbest]
        assert {"go", "igo"} <= set(texts)
        assert texts == [" ".join(text.split()) for text in dict.fromkeys(texts)]

    def test_texts_that_differ_in_spaces_are_one_with_the_probability_of_all(self) -> None:
        heard = [Hypothesis("a b", np.log(0.4), np.log(0.2)), Hypothesis("c", -3, -3)]
        heard.append(Hypothesis(" a  b ", np.log(0.1), np.log(0.3)))
        first, second = distinct(heard)
        assert (first.text, second) == ("a b", heard[1])
        assert (first.score, first.acoustic) == pytest.approx((np.log(0.5), np.log(0.5)))

    def test_two_that_come_second_may_be_the_likeliest_together(self) -> None:
        heard = [
            Hypothesis(text, np.log(share), np.log(share)) for text, share in (("a", 0.4), ("b", 0.3), ("b ", 0.3))
        ]
        assert [one.text for one in distinct(heard)] == ["b", "a"]


class TestPartials:
    def said(self, model: StreamingModel, config: TranscriberConfig, *portions: Frames) -> list[Said]:
        transcriber = Transcriber(model, config=config)
        assert not transcriber.busy
        transcriber.begin(0)
        return [event for portion in portions for event in transcriber.feed(portion)]

    def test_the_text_grows_until_silence_ends_it(self, letters: StreamingModel) -> None:
        *partials, transcript = self.said(letters, TranscriberConfig(), frames(spoken("go on"), 1.0, spoken("no")))
        texts = [event.text for event in partials if isinstance(event, Partial)]
        assert texts == ["g", "go", "go o", "go on"]
        assert isinstance(transcript, Transcript)
        assert transcript.text == "go on"
        # The n ends at 1.19 s; then comes 1.0 s of silence.
        assert transcript.at == pytest.approx(2.19, abs=2 * STEP)

    def test_they_come_as_often_as_is_asked(self, letters: StreamingModel) -> None:
        often, seldom = (
            self.said(letters, TranscriberConfig(partial_steps=steps), frames(spoken("go on"))) for steps in (1, 20)
        )
        assert [event.type for event in often] == ["partial"] * 4
        assert [event.type for event in seldom] == ["partial"] * 2

    @settings(max_examples=10, deadline=None)
    @given(st.lists(st.integers(0, 250), max_size=8))
    def test_portions_do_not_matter(self, letters: StreamingModel, cuts: list[int]) -> None:
        whole = frames(spoken("go on"), 1.0)
        portions = np.split(whole, sorted(cuts))
        assert self.said(letters, TranscriberConfig(), *portions) == self.said(letters, TranscriberConfig(), whole)

    def test_the_longest_time_ends_it_in_the_middle(self, letters: StreamingModel) -> None:
        config = TranscriberConfig(endpoint=EndpointConfig(longest_seconds=0.9))
        (*_, transcript) = self.said(letters, config, frames(spoken("go on")))
        assert isinstance(transcript, Transcript)
        assert transcript.text == "go"
        assert transcript.at == pytest.approx(0.9, abs=STEP)


class TestGuidance:
    def test_who_stops_in_the_middle_of_a_sentence_of_the_grammar_is_waited_for(self, letters: StreamingModel) -> None:
        sound = frames(spoken("turn"), 1.5, spoken(" on"), 2.5)
        texts = {}
        for sentences in ("turn on", "turn [on]"):
            grammar = Grammar.parse(f"public <all> = {sentences};", "here")
            transcriber = Transcriber(letters, [grammar])
            transcriber.begin(0)
            texts[sentences] = transcriber.feed(sound)[-1]
        assert [event.text for event in texts.values()] == ["turn on", "turn"]
        assert {event.type for event in texts.values()} == {"transcript"}

    def test_a_language_model_knows_what_is_likely(self, letters: StreamingModel) -> None:
        sound = spoken("turn on the [lb]ight")
        assert {"turn on the light", "turn on the bight"} <= {one.text for one in transcribe(letters, sound).nbest}
        likely = transcribe(letters, sound, guidance=Guidance(language=letters.bundle.language))
        assert likely.text == "turn on the light"
        assert likely.confidence > 0.7

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(0, 420), max_size=40))
    def test_nor_does_it_matter_how_the_frames_come(self, letters: StreamingModel, cuts: list[int]) -> None:
        whole = frames(spoken("turn"), 1.5, spoken(" on"), 2.5)

        def said(*portions: Frames) -> list[Said]:
            # So short a silence ends it between two looks at whether the sentence is complete.
            short = EndpointConfig(silence_seconds=0.03, wordless_seconds=0.03, unfinished_ratio=4)
            grammar = Grammar.parse("public <all> = turn [on];", "here")
            transcriber = Transcriber(letters, [grammar], TranscriberConfig(endpoint=short))
            transcriber.begin(0)
            return [event for portion in portions for event in transcriber.feed(portion)]

        assert said(*np.split(whole, sorted(cuts))) == said(whole)
        assert said(*np.split(whole, len(whole))) == said(whole)

    @pytest.mark.parametrize(("text", "word"), [("p[eo]t", "pot"), ("p[eo]t", "pet"), ("[lb]ight", "bight")])
    def test_hot_words_are_favoured(self, letters: StreamingModel, text: str, word: str) -> None:
        assert transcribe(letters, spoken(text), guidance=Guidance(hot_words={word: 4.0})).text == word

    def test_the_beam_allows_for_what_hot_words_add_for_one_letter(self) -> None:
        hot_words = Guidance(hot_words={"tea": 6.0, "coffee": 9.0})
        assert Guidance(hot_words={"tea": -6.0}).beam(16, {}).gain == Guidance().beam(16, {}).gain
        assert hot_words.beam(16, {}).gain == Guidance().beam(16, {}).gain + 2

    def test_letters_are_favoured_beside_the_language_model_alone_and_grammars_have_wider_beams(self) -> None:
        model, grammar, bonuses = Path("some.ngram"), Path("some.jsgf"), tuple(np.linspace(0, 1, len(LETTERS)).tolist())
        assert Guidance(model, letter_bonuses=bonuses).beam(16, {}).letter_bonuses == bonuses
        for guide in (Guidance(letter_bonuses=bonuses), Guidance(model, grammar, letter_bonuses=bonuses)):
            assert set(guide.beam(16, {}).letter_bonuses) == {0.0}
        assert [guide.beam(16, {}).width for guide in (Guidance(model), Guidance(model, grammar))] == [16, 32]

    def test_noise_is_not_written_down(self, letters: StreamingModel) -> None:
        def told(margin: float) -> Transcript:
            transcriber = Transcriber(
                letters, config=TranscriberConfig(BeamConfig(silence_margin=margin), endpoint=None)
            )
            transcriber.begin(0)
            partials = transcriber.feed(frames(spoken("pet")))
            assert bool(partials) == bool(transcriber.finish().text)
            return transcriber.finish()

        assert told(1.0).text == "pet"
        assert told(100.0) == replace(told(1.0), text="", confidence=0.0, words=(), nbest=())

    def test_a_grammar_has_no_silence_to_be_likelier_than(self) -> None:
        figures = {"silence_margin": 0.5}
        guides = [Guidance(), Guidance(Path("some.ngram")), Guidance(grammar=Path("some.jsgf"))]
        assert [guide.beam(16, figures).silence_margin for guide in guides] == [0.5, 0.5, -np.inf]

    def test_unwelcome_words_stay_foreign(self, letters: StreamingModel) -> None:
        figures, model = letters.bundle.manifest.detector, letters.bundle.language
        plain, unwelcome = (Guidance(model, hot_words=hot).scorers(figures)[0] for hot in ({}, {"zoom": -3.0}))
        assert score_of(unwelcome, encode("zoom")) == pytest.approx(score_of(plain, encode("zoom")))

    def test_hot_words_are_not_foreign_to_the_language_model(self, letters: StreamingModel) -> None:
        figures = letters.bundle.manifest.detector
        plain, expecting = (
            Guidance(language=letters.bundle.language, hot_words=words).scorers(figures)[0]
            for words in ({}, {"Doctor Zoom": 1.0})
        )
        gains = [score_of(expecting, encode(text)) - score_of(plain, encode(text)) for text in ("zoom", "zoo", "the")]
        assert gains == pytest.approx([len("zoom") * figures["unknown_penalty"], 0, 0])

    def test_only_what_a_grammar_allows_is_written_down(self, letters: StreamingModel, tmp_path: Path) -> None:
        grammar = Guidance(grammar=tmp_path / "pots.jsgf")
        (tmp_path / "pots.jsgf").write_text("#JSGF V1.0; grammar pots; public <pots> = (pot | pan) and pan;")
        assert transcribe(letters, spoken("p[eo]t and pan"), guidance=grammar).text == "pot and pan"
        refused = transcribe(letters, spoken("vvvvv"), guidance=grammar)
        assert (refused.text, refused.confidence, refused.nbest) == ("", 0.0, ())

    @pytest.mark.parametrize(
        ("guidance", "error"),
        [
            (Guidance(hot_words={"route 66": 4.0}), ConfigError),
            (Guidance(grammar=Path("gone.jsgf")), ConfigError),
            (Guidance(language=Path("gone.ngram")), DataError),
        ],
    )
    def test_what_cannot_be_used_is_refused(
        self, letters: StreamingModel, guidance: Guidance, error: type[Exception]
    ) -> None:
        with pytest.raises(error, match=r"'6'|gone"):
            guidance.scorers(letters.bundle.manifest.detector)


def test_silence_is_an_empty_text(letters: StreamingModel) -> None:
    transcript = transcribe(letters, 5.0)
    assert (transcript.text, transcript.words) == ("", ())
    assert transcript.confidence > 0.9


def test_a_trigger_network_is_no_speech_network(tones: StreamingModel) -> None:
    for make in (Transcriber, lambda model: Spotter(model, {"light": 0.5})):
        with pytest.raises(BundleError, match="tones is no speech model"):
            make(tones)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_that_is_missing_is_named(tmp_path: Path, figure: str) -> None:
    manifest = make_bundle(tmp_path / "letters") / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"{figure}"', '"other"'))
    with pytest.raises(BundleError, match=f"has no detector.{figure}"):
        Transcriber(StreamingModel.load(manifest.parent))


def test_a_keyword_that_is_too_short_is_refused(letters: StreamingModel) -> None:
    with pytest.raises(ConfigError, match="'on' is too short"):
        Spotter(letters, {"on": 0.5})
