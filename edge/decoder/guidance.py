"""What guides the beam: the scorers that an owner's wishes and a bundle's figures come to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge.decoder.alphabet import decode, encode
from edge.decoder.beam import BeamConfig
from edge.decoder.grammar import Grammar
from edge.decoder.hotwords import HotWords
from edge.decoder.language import CharacterLanguage, WordLanguage
from edge.decoder.ngram import NgramModel
from edge.decoder.scorer import Scorer
from edge.errors import ConfigError, reason

GRAMMAR_WIDTH = 2
"""How much wider a beam is under a grammar; it costs little there, because few letters may follow."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What is likely to be said."""

    language: Path | None = None
    """A language model, as `python -m train ngram` writes it."""

    grammar: Path | None = None
    """The only sentences that are let through, see `read_grammar`; a language model is of no use beside it."""

    hot_words: Mapping[str, float] = field(default_factory=dict)
    """Nats by which each word or phrase is favoured."""

    letter_bonuses: tuple[float, ...] = ()
    """What each letter adds beside this very language model, with which a bundle chose them; () for nothing."""

    def beam(self, width: int, figures: Mapping[str, float]) -> BeamConfig:
        """A beam of a width, in prefixes, that makes room for what guides it.

        Under a grammar it is wider: the few texts that are let through may begin unlike what was heard. For the same
        reason they need not be likelier than silence; how sure they are tells enough.

        Args:
            width: from 1.
            figures: of a bundle: silence_margin, if it says one.
        """
        gain = max([0.0, *(boost / max(1, len(encode(text))) for text, boost in self.hot_words.items())])
        beam = BeamConfig(GRAMMAR_WIDTH * width if self.grammar else width, gain=BeamConfig().gain + gain)
        if self.grammar:
            return beam
        beam = replace(beam, silence_margin=figures.get("silence_margin", beam.silence_margin))
        return replace(beam, letter_bonuses=self.letter_bonuses) if self.language and self.letter_bonuses else beam

    def scorers(self, figures: Mapping[str, float]) -> list[Scorer]:
        """The scorers, weighted by the figures of a bundle: language_weight, word_bonus and unknown_penalty.

        Raises:
            ConfigError: the grammar or a hot word cannot be.
            DataError: the language model cannot be read, or is written in another alphabet.
        """
        scorers: list[Scorer] = []
        if self.grammar:
            scorers.append(read_grammar(self.grammar))
        elif self.language:
            expected = [text for text, boost in self.hot_words.items() if boost > 0]
            scorers.append(_language(NgramModel.open(self.language), figures, expected))
        if self.hot_words:
            scorers.append(HotWords(self.hot_words))
        return scorers


def read_grammar(path: Path) -> Grammar:
    """The grammar in a file: one sentence a line if its name ends in .txt, else JSGF.

    Raises:
        ConfigError: it cannot be read, or something in it cannot be.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        mend = "name a text in JSGF, or a .txt with a sentence a line"
        there = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise ConfigError(f"{path} cannot be read as a grammar: {reason(error)}{there}; {mend}") from error
    if path.suffix.lower() == ".txt":
        return Grammar.of_phrases(text.splitlines(), str(path))
    return Grammar.parse(text, str(path))


def _language(model: NgramModel, figures: Mapping[str, float], expected: Iterable[str]) -> Scorer:
    weight, bonus = figures["language_weight"], figures["word_bonus"]
    if model.lexicon is None:
        return CharacterLanguage(model, weight, bonus)
    words = (word for text in expected for word in decode(encode(text)).split())
    return WordLanguage(model, weight, bonus, figures["unknown_penalty"], words)
