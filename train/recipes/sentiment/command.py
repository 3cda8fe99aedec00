"""`python -m train sentiment STAGE`: the mood of a sentence, from one star to five."""

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.understanding.words import Embedding
from train.export import load_weights
from train.options import add_steps, count, dropout, width
from train.recipes.sentiment.classifier import Baseline, Classifier, probabilities
from train.recipes.sentiment.fitting import fit_classifier, vocabulary_of
from train.recipes.sentiment.publishing import publish
from train.recipes.sentiment.recipe import BENCHMARK, SHIPPED, SentimentRecipe
from train.recipes.sentiment.report import judge_of, report_of
from train.recipes.sentiment.texts import lessons

STAGES = ("fit", "publish", "report")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = SentimentRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder of texts, with sentiment_mr and the others")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and weights")
    parser.add_argument("--corpora", choices=(SHIPPED, BENCHMARK), default=SHIPPED, help="what it learns from")
    parser.add_argument("--baseline", action="store_true", help="a mean of vectors in place of the GRU (fit, report)")
    parser.add_argument("--vectors", type=Path, help="words.embedding of a bundle of embeddings to start from (fit)")
    parser.add_argument("--dims", type=width, default=recipe.dims, help="width of a word's vector")
    parser.add_argument("--units", type=width, default=recipe.units, help="width of each direction's GRU")
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share that training hides (fit)")
    parser.add_argument("--tokens", type=count, default=recipe.tokens, help="words in a batch (fit)")
    add_steps(parser, recipe.fit)
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument(
        "--out", type=Path, default=Path("firmware_models/sentiment-en"), help="bundle (publish, report)"
    )


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    if arguments.stage == "report" and not arguments.baseline:
        print(report_of(judge_of(arguments.out), arguments.data))
        return
    recipe = _recipe(arguments)
    opinions = lessons(recipe.corpora, arguments.data)
    vocabulary = vocabulary_of(opinions, recipe)
    classifier = Baseline(recipe, vocabulary) if recipe.baseline else Classifier(recipe, vocabulary)
    if arguments.stage == "fit":
        if arguments.vectors:
            classifier.vectors.start_from(Embedding.open(arguments.vectors))
        fit_classifier(classifier, opinions, arguments.work)
        return
    load_weights(classifier, arguments.work / "weights.npz")
    if isinstance(classifier, Baseline):
        print(report_of(partial(probabilities, classifier), arguments.data))
    else:
        publish(classifier, opinions, arguments.precision, arguments.data, arguments.out)


def _recipe(arguments: argparse.Namespace) -> SentimentRecipe:
    sizes = {name: getattr(arguments, name) for name in ("corpora", "baseline", "dims", "units", "dropout", "tokens")}
    recipe = SentimentRecipe(**sizes)
    fit = replace(recipe.fit, steps=arguments.steps, quantised_steps=arguments.quantised_steps)
    return replace(recipe, fit=fit)
