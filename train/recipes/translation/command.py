"""`python -m train translate STAGE`: sentences into another language, with attention."""

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge.model.manifest import TrainingData
from edge.translation.translator import Translator
from train.corpora.pairs import find_pairs, is_tokenised, read_pairs
from train.evaluate.translation import Setting, answer, score
from train.export import load_weights
from train.files import made, read_json
from train.fit import decide
from train.options import add_fit, count, direction, dropout, fit_config, natural, share, width
from train.recipes.translation.fitting import fit_translator
from train.recipes.translation.household import household
from train.recipes.translation.merges import learn_pieces
from train.recipes.translation.network import EncoderDecoder
from train.recipes.translation.publishing import load_pieces, publish
from train.recipes.translation.recipe import TranslationRecipe

STAGES = ("fit", "publish")
SIZES = ("pieces", "dims", "encoder_units", "decoder_units", "dropout", "tokens", "spoken", "household")
KINDS = {"pieces": count, "tokens": count, "dropout": dropout, "spoken": share, "household": natural}
"""Of those that are no width."""
PIECES = "pieces.json"
FRAMES = ("orders and news of a home, made from frames of our own", "Apache-2.0")
"""For the card."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = TranslationRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and valid pairs, see corpora/pairs")
    parser.add_argument(
        "--direction", type=direction, default="fr-en", metavar="FROM-TO", help="two language codes (default: fr-en)"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints and weights")
    for name in SIZES:
        value = getattr(recipe, name)
        kind = KINDS.get(name, width)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=value, help=f"(default: {value})")
    parser.add_argument("--no-attention", action="store_true", help="give the decoder the source's summary alone")
    add_fit(parser, recipe.fit)
    parser.add_argument("--precision", choices=("int8", "float"), default="int8", help="of the bundle (publish)")
    parser.add_argument(
        "--source", nargs=2, action="append", default=[], metavar=("CORPUS", "LICENCE"), help="for the card (publish)"
    )
    parser.add_argument("--out", type=Path, help="folder of the two bundles (publish; default: by the direction)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    recipe = _recipe(arguments)
    pairs = read_pairs(arguments.data, arguments.direction, ("train",))
    pairs += household(arguments.direction, recipe.household, recipe.seed)
    if arguments.stage == "fit":
        sides = [pair.source for pair in pairs], [target for pair in pairs for target in pair.targets]
        pieces = [learn_pieces(texts, recipe.pieces) for texts in sides]
        decide(arguments.work / PIECES, json.dumps(pieces, ensure_ascii=False))
        fit_translator(EncoderDecoder(recipe, *load_pieces(pieces)), pairs, arguments.work)
        return
    stored, weights = (made(arguments.work / name, "translate fit") for name in (PIECES, "weights.npz"))
    network = EncoderDecoder(recipe, *read_json(stored, load_pieces))
    load_weights(network, weights)
    out = arguments.out or Path(f"firmware_models/translation-{arguments.direction}")
    own = [FRAMES] if recipe.household else []
    data = [TrainingData(corpus, licence, 0.0) for corpus, licence in (*arguments.source, *own)]
    publish(network, pairs, arguments.precision, data, partial(_figures, arguments.data, arguments.direction), out)
    print(out)


def _figures(data: Path, direction: str, out: Path) -> dict[str, float]:
    """BLEU on validation and speed of the bundles in `out`; nothing where `data` is no folder, which has one."""
    if not data.is_dir():
        return {}
    pairs, tokenised = read_pairs(data, direction, ("val",)), is_tokenised(find_pairs(data, direction, ("val",)))
    found = answer(Translator.load(out), pairs, Setting())
    return {
        "validation BLEU": round(score(found.texts, pairs, tokenised), 2),
        "pieces a second": round(found.pieces / found.seconds),
    }


def _recipe(arguments: argparse.Namespace) -> TranslationRecipe:
    sizes = {name: getattr(arguments, name) for name in SIZES}
    recipe = TranslationRecipe(**sizes, attention=not arguments.no_attention)
    return replace(recipe, fit=fit_config(arguments, recipe.fit))
