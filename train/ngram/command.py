"""`python -m train ngram`: a language model for the decoder, from texts or from an ARPA file."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from edge.cli.options import number
from edge.decoder.ngram import NgramModel
from edge.errors import DataError, UsageError
from train.ngram.arpa import read_arpa, write_arpa
from train.ngram.backoff import BackoffModel, mix
from train.ngram.file import file_size, letter_tree, prices, write_model
from train.ngram.kneser_ney import estimate
from train.ngram.perplexity import Perplexity
from train.ngram.pruning import prune
from train.ngram.text import read_texts
from train.ngram.vocabulary import LETTER_VOCABULARY, Ids, Index, Split, letters_of, most_frequent, tokens, words_of
from train.options import count

ORDER, WORDS, MEGABYTES = 3, 40_000, 6.0
"""Of a model that is built of texts, unless others are asked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """Texts that are alike, and their share in the mixture."""

    share: float
    files: tuple[Path, ...]

    @classmethod
    def parse(cls, values: Sequence[str]) -> "Source":
        """A share and files, as the command line has them.

        Raises:
            UsageError: there is no share, or no file.
        """
        try:
            share = float(values[0])
        except ValueError:
            share = 0.0
        if not 0 < share < float("inf") or len(values) < 2:
            raise UsageError(f"--text {' '.join(values)}: give a share above 0, such as 0.5, and then files")
        return cls(share, tuple(map(Path, values[1:])))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the builder."""
    parser.add_argument("out", type=Path, help="file to write")
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument(
        "--text",
        nargs="+",
        action="append",
        metavar=("SHARE", "FILE"),
        help="a source's share in the mixture, then its .txt, .jsonl, .conll or manifest .csv, also as .gz or .xz",
    )
    origin.add_argument("--arpa", type=Path, help="a finished model to convert")
    parser.add_argument("--order", type=count, help=f"words of the longest n-grams (--text; {ORDER})")
    parser.add_argument("--words", type=count, help=f"size of the vocabulary (--text; {WORDS})")
    parser.add_argument("--letters", action="store_true", help="n-grams of letters instead of words (--text)")
    parser.add_argument("--megabytes", type=number(0.001, 1e5), help=f"of the file (--text; {MEGABYTES:g})")
    parser.add_argument("--export", type=Path, help="ARPA file to write as well")
    parser.add_argument(
        "--test", type=Path, nargs="+", action="extend", default=[], help="texts to tell the perplexity of"
    )


def run(arguments: argparse.Namespace) -> None:
    """Builds a model, writes it and tells how good it is."""
    for path in arguments.test:
        if not path.is_file():
            raise DataError(f"--test {path}: there is no such file")
    model = _converted(arguments) if arguments.arpa else _built(arguments)
    header = write_model(model, arguments.out)
    if arguments.export:
        write_arpa(model, arguments.export)
    size, ngrams = arguments.out.stat().st_size / 1e6, " + ".join(map(str, header.ngrams))
    errors = ", ".join(f"{error:.3f}" for error in header.rms_error)
    print(f"{arguments.out}: {size:.2f} MB, {ngrams} n-grams, 8 bits are {errors} nats off")
    for path in arguments.test:
        print(f"{path}: {Perplexity.of(NgramModel.open(arguments.out), read_texts(path))}")


def _converted(arguments: argparse.Namespace) -> BackoffModel:
    for option in ("order", "words", "letters", "megabytes"):
        if getattr(arguments, option):
            raise UsageError(f"--{option} is for --text: a finished model is converted as it is")
    return read_arpa(arguments.arpa)


def _built(arguments: argparse.Namespace) -> BackoffModel:
    with Progress(console=Console(stderr=True)) as progress:
        return _build(arguments, progress)


def _build(arguments: argparse.Namespace, progress: Progress) -> BackoffModel:
    order, words, megabytes = arguments.order or ORDER, arguments.words or WORDS, arguments.megabytes or MEGABYTES
    if order < 2:
        raise UsageError(f"--order {order}: n-grams have two words or more")
    sources = [Source.parse(values) for values in arguments.text]
    shares = [source.share / sum(source.share for source in sources) for source in sources]
    index = Index()
    texts = _read(sources, index, letters_of if arguments.letters else words_of, progress)
    vocabulary = LETTER_VOCABULARY if arguments.letters else most_frequent(shares, texts, index, words)
    models = [
        estimate(vocabulary.ids(text, index), vocabulary, order)
        for text in progress.track(texts, description="smoothing")
    ]
    smallest = file_size([len(vocabulary)] + [0] * (order - 1), len(letter_tree(vocabulary)[0]))
    pruning = progress.add_task("pruning", total=None)
    budget = 1e6 * megabytes - smallest
    model = prune(mix(models, shares), prices(vocabulary, order), budget)
    progress.update(pruning, total=1, completed=1)
    return model


def _read(sources: Sequence[Source], index: Index, split: Split, progress: Progress) -> list[Ids]:
    files = [path for source in sources for path in source.files]
    reading = progress.add_task("reading", total=sum(path.stat().st_size for path in files if path.is_file()))
    texts = []
    for source in sources:
        sentences = (read_texts(path, partial(progress.advance, reading)) for path in source.files)
        texts.append(tokens(chain.from_iterable(sentences), split, index))
        if not len(texts[-1]):
            raise DataError(f"{', '.join(map(str, source.files))}: no sentence in there; give texts with words")
    return texts
