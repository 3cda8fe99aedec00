"""`python -m train sentiment STAGE`: the mood of a sentence, from one star to five."""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.understanding.words import Embedding
from train.bundle import place
from train.export import load_weights
from train.files import made
from train.options import add_fit, count, dropout, fit_config, natural, share, width, work_of
from train.recipes.sentiment.classifier import Baseline, Classifier, probabilities
from train.recipes.sentiment.fitting import fit_classifier, vocabulary_of
from train.recipes.sentiment.publishing import publish
from train.recipes.sentiment.recipe import BENCHMARK, SHIPPED, SentimentRecipe
from train.recipes.sentiment.report import judge_of, report_of
from train.recipes.sentiment.texts import lessons

STAGES = ("fit", "publish", "report")
SETTINGS = ("corpora", "baseline", "dims", "units", "layers", "dropout", "corrupted", "seed", "tokens")
"""Of the recipe, those that have an option of the same name."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = SentimentRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of texts, with sentiment_mr and the others")
    parser.add_argument(
        "--work", type=Path, help="folder for checkpoints and weights (fit, publish; report --baseline)"
    )
    parser.add_argument("--corpora", choices=(SHIPPED, BENCHMARK), default=SHIPPED, help="what it learns from")
    parser.add_argument("--baseline", action="store_true", help="a mean of vectors in place of the GRU (fit, report)")
    parser.add_argument(
        "--vectors", type=Path, help="words.embedding of a bundle to start from; with --corpora sst, for all stages"
    )
    parser.add_argument("--dims", type=width, default=recipe.dims, help="width of a word's vector")
    parser.add_argument("--units", type=width, default=recipe.units, help="width of each direction's GRU")
    parser.add_argument("--layers", type=count, default=recipe.layers, help="GRUs on top of each other")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share that training hides (fit)")
    parser.add_argument("--corrupted", type=share, default=recipe.corrupted, help="share of faulty sentences (fit)")
    parser.add_argument("--seed", type=natural, default=recipe.seed, help="of where training begins (fit)")
    parser.add_argument("--tokens", type=count, default=recipe.tokens, help="words in a batch (fit)")
    add_fit(parser, recipe.fit)
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument(
        "--out", type=place, default=Path("firmware_models/sentiment-en"), help="bundle (publish, report)"
    )


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    if arguments.stage == "report" and not arguments.baseline:
        print(report_of(judge_of(arguments.out), arguments.data))
        return
    work, recipe = work_of(arguments), _recipe(arguments)
    opinions = lessons(recipe.corpora, arguments.data)
    learnt = Embedding.open(arguments.vectors) if arguments.vectors else None
    # A network that ships has no room for words that it has never met; one for comparison has.
    known = learnt.vocabulary.words if learnt and recipe.corpora == BENCHMARK else ()
    vocabulary = vocabulary_of(opinions, recipe, known)
    classifier = Baseline(recipe, vocabulary) if recipe.baseline else Classifier(recipe, vocabulary)
    if arguments.stage == "fit":
        if learnt:
            classifier.vectors.start_from(learnt)
        fit_classifier(classifier, opinions, work)
        return
    load_weights(classifier, made(work / "weights.npz", "sentiment fit"))
    if isinstance(classifier, Baseline):
        print(report_of(partial(probabilities, classifier), arguments.data))
    else:
        publish(classifier, opinions, arguments.precision, arguments.data, arguments.out)
        print(arguments.out)


def _recipe(arguments: argparse.Namespace) -> SentimentRecipe:
    recipe = SentimentRecipe(**{name: getattr(arguments, name) for name in SETTINGS})
    return replace(recipe, fit=fit_config(arguments, recipe.fit))
