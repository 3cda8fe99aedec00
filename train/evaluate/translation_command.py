"""BLEU of a translator on any pairs in the format of the translation corpora, and what is to blame for its errors."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.cli.options import number
from edge.errors import UsageError
from edge.translation import BEAM
from edge.translation.translator import ALPHA, Translator
from train.corpora.pairs import Pair, find_pairs, is_tokenised, read_pairs
from train.evaluate.translation import MANY, Setting, answer, blame, by_length, curve, reads_plainly, score
from train.evaluate.translation_pictures import draw_alignment, draw_curve, draw_lengths
from train.options import count, direction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the evaluation."""
    parser.add_argument("--bundle", help="name or folder of a translator (default: translation-DIRECTION)")
    parser.add_argument("--direction", type=direction, default="fr-en", metavar="FROM-TO", help="(default: fr-en)")
    parser.add_argument("--beam", type=count, default=BEAM, help=f"hypotheses that are kept (default: {BEAM})")
    parser.add_argument("--alpha", type=number(0, 10), default=ALPHA, help=f"power of the length (default: {ALPHA})")
    parser.add_argument("--limit", type=count, help="only the first so many sentences")
    parser.add_argument("--errors", action="store_true", help="also whose fault the errors are: search or network")
    parser.add_argument("--curve", type=Path, metavar="PNG", help="also BLEU and time for beams of 1 to 100")
    parser.add_argument("--lengths", type=Path, metavar="PNG", help="also BLEU by the length of the source")
    parser.add_argument("--beside", metavar="BUNDLE", help="another translator for the picture of --lengths")
    parser.add_argument("--attention", nargs=2, metavar=("SENTENCE", "PNG"), help="draw where it looks in a sentence")


def run(arguments: argparse.Namespace) -> None:
    """Evaluates and prints."""
    bundle = arguments.bundle or f"translation-{arguments.direction}"
    translator = Translator.load(bundle)
    if arguments.attention and not translator.source.encode(arguments.attention[0]):
        raise UsageError("--attention: there is nothing to translate in an empty sentence; give one with words")
    plain = reads_plainly(translator)
    files = find_pairs(arguments.data, arguments.direction, plain=plain)
    pairs = read_pairs(arguments.data, arguments.direction, plain=plain)[: arguments.limit]
    tokenised = is_tokenised(files)
    setting = Setting(arguments.beam, arguments.alpha)
    result = evaluate_translation(translator, pairs, setting, tokenised)
    scored = {"direction": arguments.direction, "files": list(map(str, files))}
    result = {"task": "translation", "bundle": translator.name, **scored, **result}
    if arguments.errors:
        result["errors"] = _errors(translator, pairs, setting)
    if arguments.curve:
        result["curve"] = curve(translator, pairs, arguments.alpha, tokenised)
        draw_curve(result["curve"], arguments.curve)
    if arguments.lengths:
        others = {Path(arguments.beside).name: Translator.load(arguments.beside)} if arguments.beside else {}
        by_words = _lengths({Path(bundle).name: translator, **others}, pairs, setting, tokenised)
        draw_lengths(by_words, arguments.lengths)
        result["by_length"] = by_words
    if arguments.attention:
        sentence, picture = arguments.attention
        found = translator.search(translator.source.encode(sentence), setting.beam, setting.alpha)[0]
        draw_alignment(found, Path(picture))
    print(json.dumps(result) if arguments.json else _shown(result))


def evaluate_translation(
    translator: Translator, pairs: list[Pair], setting: Setting, tokenised: bool
) -> dict[str, Any]:
    """BLEU in percent and the speed on one core."""
    found = answer(translator, pairs, setting)
    return {
        "precision": translator.precision,
        "n": len(pairs),
        "beam": setting.beam,
        "alpha": setting.alpha,
        "bleu": round(score(found.texts, pairs, tokenised), 2),
        "pieces_per_second": round(found.pieces / max(found.seconds, 1e-9)),
    }


def _errors(translator: Translator, pairs: list[Pair], setting: Setting) -> dict[str, Any]:
    found = blame(translator, pairs, setting)
    return {"right": found.right, "search": found.search, "model": found.model}


def _lengths(
    translators: Mapping[str, Translator], pairs: list[Pair], setting: Setting, tokenised: bool
) -> dict[str, dict[str, float]]:
    """BLEU of each translator, by the words of the source."""
    return {
        name: {
            f"{low}-{high}" if high < MANY else f"{low} and more": round(bleu, 2)
            for (low, high), bleu in by_length(answer(one, pairs, setting).texts, pairs, tokenised).items()
        }
        for name, one in translators.items()
    }


def _shown(result: dict[str, Any]) -> str:
    head = f"{result['n']} sentences, {result['bundle']} ({result['precision']}), B = {result['beam']}"
    lines = [f"of {', '.join(result['files'])}:"]
    lines.append(f"{head}: BLEU {result['bleu']:.2f}, {result['pieces_per_second']} pieces a second")
    if "errors" in result:
        found = result["errors"]
        lines.append(f"{found['right']} right; of the others {found['search']} lost in search, {found['model']} wanted")
    for row in result.get("curve", ()):
        searched = f"{row['search_errors_percent']:.1f} % of the errors are the search's"
        lines.append(f"B = {row['beam']}: BLEU {row['bleu']:.2f}, {row['seconds_per_sentence']:.4f} s each, {searched}")
    for name, figures in result.get("by_length", {}).items():
        lines += [f"{name}: {words} words: BLEU {bleu:.2f}" for words, bleu in figures.items()]
    return "\n".join(lines)
