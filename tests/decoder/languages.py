"""Small language models, trained in the test that asks for them."""

from collections.abc import Sequence
from pathlib import Path

from edge.decoder.ngram import NgramModel
from train.ngram.backoff import BackoffModel
from train.ngram.file import write_model
from train.ngram.kneser_ney import estimate
from train.ngram.vocabulary import LETTER_VOCABULARY, Index, Vocabulary, letters_of, most_frequent, tokens, words_of


def trained(sentences: Sequence[str], order: int = 3, words: int = 1000) -> BackoffModel:
    index = Index()
    text = tokens(["\n".join(sentences)], words_of, index)
    vocabulary = most_frequent([1.0], [text], index, words)
    return estimate(vocabulary.ids(text, index), vocabulary, order)


def trained_on_letters(sentences: Sequence[str], order: int = 4) -> BackoffModel:
    index = Index()
    text = tokens(["\n".join(sentences)], letters_of, index)
    return estimate(LETTER_VOCABULARY.ids(text, index), LETTER_VOCABULARY, order)


def compact(model: BackoffModel, folder: Path) -> NgramModel:
    write_model(model, folder / "language.ngram")
    return NgramModel.open(folder / "language.ngram")


def ids_of(vocabulary: Vocabulary, text: str) -> list[int]:
    """Ids by looking the words up in the list, the unknown ones as 0."""
    known = {word: number for number, word in enumerate(vocabulary.words, 3)}
    return [known.get(word, 0) for word in text.split()]
