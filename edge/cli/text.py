"""hark text: what a sentence means, without a microphone."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edge.cli.options import add_config, add_jsonl, filled, whole
from edge.errors import UsageError
from edge.translation import BEAM

if TYPE_CHECKING:
    from edge.events import Entity, Meaning

EXAMPLES = """\
Without a sentence, each line of standard input is one.

examples:
  hark text "meet theodore at the old mill on tuesday at half past six"
  hark text --jsonl < sentences.txt > meanings.jsonl
  hark text --translate fr-en "Voulez-vous chanter avec moi ?"
  hark text --score "what is the weather today" "what is the whether today"
"""

CYAN: Final = "36"
STAR: Final = "*"
LANGUAGE: Final = "language-en"


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("texts", nargs="*", metavar="SENTENCE", help="what was said")
    parser.add_argument(
        "--entities-model", type=filled, metavar="NAME", help="a shipped model (see hark models), or a folder"
    )
    parser.add_argument("--sentiment-model", type=filled, metavar="NAME", help="likewise, for the mood")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--translate",
        type=filled,
        metavar="FROM-TO",
        help="print it in another language: fr-en, en-fr, or a translator's folder",
    )
    help_text = "print how unlikely a sentence is: its nats per character; digits are passed over"
    instead.add_argument("--score", action="store_true", help=help_text)
    help_text = f"translations that --translate weighs; default: {BEAM}"
    parser.add_argument("--beam", type=whole(1, 100), metavar="B", help=help_text)
    parser.add_argument(
        "--language", type=filled, metavar="NAME", help=f"the language model of --score; default: {LANGUAGE}"
    )
    add_jsonl(parser, "what is found")
    add_config(parser)


def run(arguments: Namespace) -> int:
    """Print the meaning of each sentence, its score or its translation, as soon as it is there."""
    _check(arguments)
    if arguments.score:
        return _score(arguments)
    if arguments.translate:
        return _translate(arguments)
    from edge.cli.assembly import make_understanding
    from edge.cli.output import write_line
    from edge.config import load_config

    config = load_config(arguments.config)
    models = {name: getattr(arguments, name) for name in ("entities_model", "sentiment_model")}
    named = {name: model for name, model in models.items() if model}
    wanted = replace(config.understanding, entities=True, sentiment=True, **named)
    understanding = make_understanding(replace(config, understanding=wanted))
    for text in arguments.texts or _lines():
        meaning = understanding.read(_readable(text))
        write_line(meaning.to_json() if arguments.jsonl else _shown(meaning))
    return 0


def _check(arguments: Namespace) -> None:
    """Refuse what would be passed over."""
    for_meanings = not arguments.score and not arguments.translate
    needs = {
        "language": (bool(arguments.score), "is for --score"),
        "beam": (bool(arguments.translate), "is for --translate"),
        "entities_model": (for_meanings, "finds nothing with --score or --translate"),
        "sentiment_model": (for_meanings, "finds nothing with --score or --translate"),
    }
    for name, (fits, why) in needs.items():
        if getattr(arguments, name) is not None and not fits:
            raise UsageError(f"--{name.replace('_', '-')} {why}: leave it out")


def _score(arguments: Namespace) -> int:
    from edge.cli.output import plain, write_line
    from edge.decoder.alphabet import encode
    from edge.understanding.language import LanguageModel

    language = LanguageModel.load(arguments.language or LANGUAGE, _runtime(arguments))
    for text in map(_readable, arguments.texts or _lines()):
        nats = round(language.score(text), 4) if encode(text) else None
        record = json.dumps({"text": text, "nats_per_char": nats})
        shown = "no letter that it knows" if nats is None else f"{nats:.3f}"
        write_line(record if arguments.jsonl else f"{shown}  {plain(text)}")
    return 0


def _translate(arguments: Namespace) -> int:
    from edge.cli.output import write_line
    from edge.translation.translator import Translator

    translator = Translator.load(arguments.translate, _runtime(arguments))
    for text in map(_readable, arguments.texts or _lines()):
        translation = translator.translate(text, arguments.beam or BEAM)
        record = json.dumps({"text": text, "translation": translation})
        write_line(record if arguments.jsonl else translation)
    return 0


def _runtime(arguments: Namespace) -> str | None:
    """That of the configuration; None: the first that is installed."""
    from edge.config import load_config

    name = load_config(arguments.config).runtime.name
    return None if name == "auto" else name


def _lines() -> Iterator[str]:
    """The lines of standard input without a byte order mark; bytes that are no UTF-8 become replacement characters."""
    from edge.cli.output import is_terminal, tell

    if is_terminal(sys.stdin):
        tell("type a sentence a line; Ctrl-D ends")
    for number, line in enumerate(sys.stdin.buffer if sys.stdin else ()):
        yield line.decode("utf-8" if number else "utf-8-sig", errors="replace").rstrip("\r\n")


def _readable(text: str) -> str:
    """The text without the half characters that stand for the bytes of an argument that is no UTF-8."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _shown(meaning: "Meaning") -> str:
    """The sentence with its entities in colour, and below it a line for each of them and for the mood."""
    from edge.cli.output import DIM, paint, plain, table

    rows = [(f"  {one.type}", plain(one.text), f"{one.score:.2f}", one.value or "") for one in meaning.entities]
    lines = table(rows) if rows else [f"  {paint('no entities', DIM)}"]
    translation = [f"  {plain(meaning.translation)}"] if meaning.translation else []
    return "\n".join([_painted(meaning.text, meaning.entities), *translation, *lines, *_mood(meaning)])


def _mood(meaning: "Meaning") -> list[str]:
    """The mood, if there is a word in it, as a line."""
    mood = meaning.sentiment
    return [f"  {mood.label}  {STAR * mood.stars}  {mood.score:.2f}"] if mood else []


def _painted(text: str, entities: "tuple[Entity, ...]") -> str:
    from edge.cli.output import paint, plain

    parts, end = [], 0
    for one in entities:
        parts += [plain(text[end : one.start]), paint(plain(one.text), CYAN)]
        end = one.end
    return "".join([*parts, plain(text[end:])])
