"""`python -m train embeddings --method M`: word vectors from texts, debiased, and the table that ships."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import Progress

from edge.errors import UsageError
from train.bundle import place
from train.options import count, learning_rate, natural, share, width
from train.recipes.embeddings import glove, nnlm, skipgram_hs, skipgram_ns
from train.recipes.embeddings.corpus import Corpus, Floats, origin_of, read_corpus
from train.recipes.embeddings.debias_report import report
from train.recipes.embeddings.method import Method, Settings
from train.recipes.embeddings.publishing import publish
from train.recipes.embeddings.training import train
from train.recipes.embeddings.vectors import WordVectors


class _Choice(NamedTuple):
    make: Callable[[Corpus, Settings], Method]
    defaults: Settings


METHODS: Final = {
    "skipgram-ns": _Choice(skipgram_ns.NegativeSampling, skipgram_ns.DEFAULTS),
    "skipgram-hs": _Choice(skipgram_hs.HierarchicalSoftmax, skipgram_hs.DEFAULTS),
    "glove": _Choice(glove.GloVe, glove.DEFAULTS),
    "nnlm": _Choice(nnlm.LanguageModel, nnlm.DEFAULTS),
}


OPTIONS: Final = {"dimensions": width, "epochs": count, "window": count, "rate": learning_rate, "threshold": share}
"""Of a method's settings, how each is read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    parser.add_argument("--method", choices=METHODS, default="skipgram-ns", help="(default: %(default)s)")
    parser.add_argument("--work", type=Path, required=True, help="folder for the corpus, checkpoints and vectors")
    texts = "texts; not needed where --work has their corpus already"
    parser.add_argument("--text", type=Path, nargs="+", action="extend", help=texts)
    parser.add_argument("--words", type=count, default=20_000, help="most words to learn (default: %(default)s)")
    for name, kind in OPTIONS.items():
        parser.add_argument(f"--{name}", type=kind, help="default: the method's own")
    parser.add_argument("--seed", type=natural, default=1)
    parser.add_argument("--debias", type=Path, metavar="DATA", help="folder of debias_*.json: take the gender out")
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"), help="folder for pictures (--debias)")
    parser.add_argument("--out", type=place, help="bundle to publish (needs --debias)")


def run(arguments: argparse.Namespace) -> None:
    """Trains or goes on with training, then debiases and publishes if asked to."""
    if arguments.out and not arguments.debias:
        raise UsageError("--out publishes debiased vectors only: give --debias DATA as well")
    corpus, choice = _corpus(arguments), METHODS[arguments.method]
    settings = _settings(arguments, choice.defaults)
    method, words = choice.make(corpus, settings), len(corpus.ids) * settings.epochs
    made_by = f"{arguments.method} {settings} {corpus.digest}"
    vectors = WordVectors(corpus.words, _learn(method, arguments, words, made_by))
    vectors.write(arguments.work / f"{arguments.method}.txt")
    if arguments.debias:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
        fair, tables = report(vectors, arguments.debias, arguments.pictures / "embeddings-debias.png")
        fair.write(arguments.work / f"{arguments.method}-debiased.txt")
        print(tables)
        if arguments.out:
            publish(fair, tables, arguments.method, corpus, arguments.out)
            print(arguments.out)


def _learn(method: Method, arguments: argparse.Namespace, words: int, made_by: str) -> Floats:
    """Trains, and tells how fast it went through the words of all epochs."""
    begun, losses = time.process_time(), train(method, arguments.work / f"{arguments.method}.npz", made_by)
    if losses:
        speed = words * len(losses) / method.parts / (time.process_time() - begun)
        print(f"{arguments.method}: loss {losses[-1]:.4f}, {speed:,.0f} words of text a CPU second")
    return method.vectors


def _corpus(arguments: argparse.Namespace) -> Corpus:
    path = arguments.work / "corpus.npz"
    if path.exists():
        return _same_texts(Corpus.load(path), arguments)
    if not arguments.text:
        raise UsageError(f"{path} is not there yet: give --text with files to learn from")
    with Progress(console=Console(stderr=True)) as progress:
        reading = progress.add_task(
            "reading", total=sum(file.stat().st_size for file in arguments.text if file.exists())
        )
        corpus = read_corpus(arguments.text, arguments.words, advance=lambda count: progress.advance(reading, count))
    arguments.work.mkdir(parents=True, exist_ok=True)
    corpus.save(path)
    return corpus


def _same_texts(corpus: Corpus, arguments: argparse.Namespace) -> Corpus:
    if arguments.text and corpus.origin != origin_of(arguments.text, arguments.words):
        problem = f"{arguments.work} has the corpus of {corpus.origin}"
        raise UsageError(f"{problem}: leave --text out to go on with it, or give another --work")
    return corpus


def _settings(arguments: argparse.Namespace, defaults: Settings) -> Settings:
    names = (*OPTIONS, "seed")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    return replace(defaults, **given)
