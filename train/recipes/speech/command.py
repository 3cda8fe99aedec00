"""`python -m train speech STAGE`: the stages of the recipe, each taken up where it was left."""

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from edge.decoder.guidance import Guidance, read_grammar
from edge.errors import DataError, UsageError
from train.bundle import GOLDEN_STEPS, place
from train.corpora.credits import training_data
from train.corpora.manifest import Clip
from train.export import export, load_weights, mean_weights, save_weights
from train.files import made, write_bytes, write_text
from train.fit import learns_of
from train.networks import Layer, Network
from train.options import add_fit, add_units, count, dropout, fit_config
from train.recipes.speech import report
from train.recipes.speech.cutting import cut_pools
from train.recipes.speech.fitting import fit_network
from train.recipes.speech.pools import EVERYBODY, TRAIN, make_pools, of_part, transcribed
from train.recipes.speech.publishing import calibration_frames, file_logits, float_logits, publish
from train.recipes.speech.recipe import WEIGHTS, SpeechRecipe
from train.recipes.speech.texts import digit_strings, read_sentences, synthesise
from train.recipes.speech.validation import Figures, calibrate, choose_weights, hear_kinds
from train.recipes.speech.workshop import Workshop

GUIDED = ("validate", "report", "publish")
"""Stages that want a language model."""
JUDGING = ("validate", "report")
"""Stages that want speakers whom the network never heard."""
AFTER_POOLS = ("cut", "validate", "report", "publish")
"""Stages that divide the recordings as the pools did."""
UTTERANCES = 3000
"""Spoken by programs from each kind of text."""
UNITS = [layer.units for layer in SpeechRecipe().layers]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of the recipe."""
    recipe = SpeechRecipe()
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--work", type=Path, required=True, help="folder for pools, checkpoints and figures")
    parser.add_argument("--audio", type=Path, required=True, help="folder of corpora, each with a manifest.csv")
    several: dict[str, Any] = {"type": Path, "nargs": "+", "action": "extend", "default": []}
    parser.add_argument("--books", **several, help="texts to read aloud (synthesise)")
    parser.add_argument("--commands", **several, help="lists of commands (synthesise)")
    parser.add_argument("--grammar", type=Path, help="commands in JSGF (synthesise, validate, report)")
    parser.add_argument("--utterances", type=count, default=UTTERANCES, help="spoken of each kind of text (synthesise)")
    add_units(parser, UNITS)
    add_fit(parser, recipe.fit)
    parser.add_argument("--dropout", type=dropout, default=recipe.dropout, help="share of outputs that is hidden (fit)")
    parser.add_argument(
        "--run", dest="run_name", default="run", metavar="NAME", help="folder of one training, inside --work"
    )
    parser.add_argument(
        "--from",
        type=Path,
        dest="start",
        metavar="WEIGHTS",
        help="weights to go on from, of this network or a smaller one (fit)",
    )
    parser.add_argument(
        "--everybody",
        action="store_true",
        help="learn of the validation and test speakers, too: what ships, once a run without them was judged",
    )
    parser.add_argument(
        "--judged",
        metavar="NAME",
        help="run like this one that was validated and reported without --everybody (cut, publish)",
    )
    help_text = "weights of trainings that began alike; their mean may err less than each (average)"
    parser.add_argument("--of", **several, metavar="FILE", help=help_text)
    parser.add_argument("--lm", type=Path, help="language model of `python -m train ngram` (validate, report, publish)")
    parser.add_argument("--domain-lm", type=Path, help="one of the grammar's sentences (report)")
    parser.add_argument("--pictures", type=Path, default=Path("docs/pictures"), help="folder for pictures (report)")
    parser.add_argument("--out", type=place, default=Path("firmware_models/speech-en"), help="bundle (publish)")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="file for the float weights (publish)")


def run(arguments: argparse.Namespace) -> None:
    """One stage."""
    learners = EVERYBODY if arguments.everybody else TRAIN
    shop, recipe = Workshop(arguments.work, arguments.audio, arguments.run_name, learners), _recipe(arguments)
    if arguments.stage in GUIDED and arguments.lm is None:
        raise UsageError(f"{arguments.stage} needs a language model: give --lm, made by `python -m train ngram`")
    if arguments.stage in JUDGING and arguments.everybody:
        raise UsageError(
            f"who learnt of everybody has no stranger left to be judged by: {arguments.stage} a run without --everybody"
        )
    if arguments.stage == "publish" and arguments.everybody != bool(arguments.judged):
        problem = "a run of everybody, and no other, ships with the figures of one that can be judged"
        raise UsageError(f"{problem}: give --everybody and --judged together, or neither")
    if arguments.stage in AFTER_POOLS:
        shop.check_recordings(recipe)
    STAGES[arguments.stage](shop, recipe, arguments)


def _recipe(arguments: argparse.Namespace) -> SpeechRecipe:
    recipe = SpeechRecipe(layers=tuple(Layer(units) for units in arguments.units or UNITS))
    return replace(recipe, dropout=arguments.dropout, fit=fit_config(arguments, recipe.fit))


def _pools(shop: Workshop, recipe: SpeechRecipe, _arguments: argparse.Namespace) -> None:
    make_pools(shop.clips(), shop.pools, recipe.features, shop.learners)


def _fit(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    learns_of(shop.run, shop.learners)
    fit_network(shop.pools, recipe, shop.run, arguments.start)


def _cut(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    model = made(_judged(shop, arguments).model, "speech validate")
    cut_pools(shop.pools, recipe, file_logits(model, recipe.network()))


def _average(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    network = recipe.network()
    if not arguments.of:
        raise UsageError("a mean of no weights: name their files with --of")
    load_weights(network, mean_weights(arguments.of))
    learns_of(shop.run, shop.learners)
    save_weights(network, shop.run / "weights.npz")


def _synthesise(shop: Workshop, _recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    kinds = {"sentences": arguments.books, "orders": arguments.commands}
    texts = {name: read_sentences(paths) for name, paths in kinds.items() if paths}
    if arguments.grammar:
        grammar, rng = read_grammar(arguments.grammar), random.Random(1)
        texts["grammar"] = [grammar.sample(rng) for _ in range(arguments.utterances)]
    if not texts:
        raise UsageError("synthesise reads texts aloud: give --books, --commands or --grammar")
    texts["digits"] = digit_strings(arguments.utterances, random.Random(1))
    synthesise(texts, arguments.utterances, shop.work / "audio")


def _guides(arguments: argparse.Namespace, figures: Figures) -> tuple[Guidance, Guidance]:
    """The language model with which the figures were chosen, and what guides commands: a grammar, if there is one."""
    language = Guidance(language=arguments.lm, letter_bonuses=figures.letter_bonuses)
    return language, Guidance(grammar=arguments.grammar) if arguments.grammar else language


def _judged(shop: Workshop, arguments: argparse.Namespace) -> Workshop:
    """Where the run is that was judged: this one, unless another is named."""
    return shop.sibling(arguments.judged) if arguments.judged else shop


def _export(shop: Workshop, network: Network, recipe: SpeechRecipe, clips: Sequence[Clip]) -> None:
    """Writes the int8 file, ranges from some clips; one that is there already stays."""
    if not shop.is_exported:
        write_bytes(shop.model, export(network, calibration_frames(clips, recipe), "int8"))


def _validate(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    network = shop.network(recipe)
    clips = of_part(transcribed(shop.real()), "validation")
    if not clips:
        problem = "nobody is kept back for validation, for a corpus of one or two speakers trains"
        raise DataError(f"{shop.audio}: {problem}: give recordings of more people with --audio")
    _export(shop, network, recipe, clips)
    heard = hear_kinds(clips, shop.noises("validation"), file_logits(shop.model, network), recipe.features)
    figures = choose_weights(list(heard.values()), arguments.lm)
    judged = report.judged(heard["sentences"], heard["commands"], *_guides(arguments, figures), figures)
    figures = replace(figures, confidence=calibrate(judged))
    figures.save(shop.figures_file)
    print(figures)


def _report(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    network, figures, real = shop.network(recipe), shop.figures(), shop.real()
    part = report.TestPart(real, recipe, file_logits(shop.exported(), network), figures)
    floats = report.TestPart(real, recipe, float_logits(network), figures)
    language, of_orders = _guides(arguments, figures)
    guides = {
        "language model": language,
        "their own language model": Guidance(language=arguments.domain_lm),
        "grammar": Guidance(grammar=arguments.grammar),
    }
    arguments.pictures.mkdir(parents=True, exist_ok=True)
    tables = (
        report.sentences_table(part, floats, language),
        report.commands_table(part, {name: guide for name, guide in guides.items() if guide != Guidance()}),
        report.digits_table(part, language),
        report.noise_line(part, language),
        report.keywords_tables(part),
        report.confidence_line(part, language, of_orders, arguments.pictures),
        report.width_table(part, language, arguments.pictures),
    )
    text = "\n\n".join(filter(None, tables))
    write_text(shop.tables_file, text + "\n")
    print(text)


def _publish(shop: Workshop, recipe: SpeechRecipe, arguments: argparse.Namespace) -> None:
    network, judged = shop.network(recipe), _judged(shop, arguments)
    learnt, noises = of_part(transcribed(shop.clips()), shop.learners), shop.noises(shop.learners)
    people = [clip for clip in learnt if not clip.is_synthetic]
    if arguments.everybody:
        _export(shop, network, recipe, people)
    golden = np.concatenate(calibration_frames(people, recipe))[: GOLDEN_STEPS * recipe.stack]
    publish(shop, judged, recipe, arguments.lm, training_data([*learnt, *noises]), golden, arguments.out)
    save_weights(network, arguments.weights, half=True)
    print(arguments.out)


STAGES: Mapping[str, Callable[[Workshop, SpeechRecipe, argparse.Namespace], None]] = {
    "synthesise": _synthesise,
    "pools": _pools,
    "fit": _fit,
    "average": _average,
    "cut": _cut,
    "validate": _validate,
    "report": _report,
    "publish": _publish,
}
"""In the order in which they are needed."""
