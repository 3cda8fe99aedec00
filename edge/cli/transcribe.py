"""hark transcribe: what is said in recordings, each of which is one utterance."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from edge.cli.options import add_channel, add_config, add_jsonl, add_model, by_rule, filled, wanted_channel

if TYPE_CHECKING:
    from edge.capture import Channel
    from edge.config import Config
    from edge.events import Transcript
    from edge.features import FeatureStream
    from edge.transcriber import Transcriber

EXAMPLES = """\
The text of each file is a line, after its name where there is more than one.

examples:
  hark transcribe note.wav
  hark transcribe *.wav --jsonl > notes.jsonl
  hark transcribe order.wav --nbest 3 --words
  hark transcribe order.wav --grammar coffee.jsgf
  hark transcribe note.wav --hot-word atlas --hot-word "doctor mueller=6"
"""

BOOST = 4.0
"""Nats by which a hot word is favoured if nothing else is said."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="sound files")
    parser.add_argument("--nbest", type=_count, metavar="N", help="show so many of the texts that it may have been")
    parser.add_argument("--words", action="store_true", help="show when each word was said")
    add_jsonl(parser, "transcripts")
    add_channel(parser)
    group = parser.add_argument_group("speech")
    add_config(group)
    add_model(group)
    group.add_argument(
        "--beam", type=_count, metavar="N", help="texts that are kept in view at once; default: as configured"
    )
    group.add_argument(
        "--rescore", metavar="NAME", help="ranks finished texts anew, as language-en; default: as configured"
    )
    guide = group.add_mutually_exclusive_group()
    help_text = "language model, shipped or none; default: as configured"
    guide.add_argument("--language", type=filled, metavar="FILE", help=help_text)
    help_text = "let only the sentences of a JSGF grammar, or a .txt, through"
    guide.add_argument("--grammar", type=filled, metavar="FILE", help=help_text)
    group.add_argument(
        "--hot-word",
        type=_hot_word,
        action="append",
        dest="hot_words",
        metavar="TEXT[=BOOST]",
        help=f"favour a word or phrase, by {BOOST:g} nats or as many as said; may be repeated",
    )


def run(arguments: Namespace) -> int:
    """Print what is said in each file, as soon as it is known."""
    from edge.cli.assembly import load_speech, make_transcriber
    from edge.cli.output import write_line
    from edge.cli.recording import each_of
    from edge.features import FeatureStream

    config = _configure(arguments)
    model = load_speech(config)
    features = FeatureStream(model.bundle.manifest.frames)
    transcriber = make_transcriber(config.speech, model, endpoint=None, nbest=arguments.nbest)

    def said(file: str) -> str:
        transcript = _transcribe(file, wanted_channel(arguments), features, transcriber)
        return _json(file, transcript) if arguments.jsonl else _text(file, transcript, arguments)

    for line in each_of(arguments.files, said):
        write_line(line)
    return 0


def _configure(arguments: Namespace) -> "Config":
    from edge.config import load_config

    config = load_config(arguments.config)
    options = ("model", "beam", "language", "grammar", "rescore")
    given = {name: getattr(arguments, name) for name in options if getattr(arguments, name) is not None}
    # A grammar leaves a language model nothing to say, so who asks for one does without the configured grammar.
    given = {"grammar": None, **given} if arguments.language else given
    hot_words = dict(arguments.hot_words) if arguments.hot_words else config.speech.hot_words
    return replace(config, speech=replace(config.speech, **given, hot_words=hot_words))


def _transcribe(file: str, channel: "Channel", features: "FeatureStream", transcriber: "Transcriber") -> "Transcript":
    import numpy as np

    from edge.capture import open_recording
    from edge.transcriber import TAIL

    transcriber.begin_recording(features)
    with open_recording(file, channel=channel, block=16_000) as source:
        for block in source:
            transcriber.feed(features.feed(block.samples))
    transcriber.feed(features.feed(np.zeros(TAIL, np.int16)))
    return transcriber.finish()


def _json(file: str, transcript: "Transcript") -> str:
    return f'{{"file": {json.dumps(file)}, {transcript.to_json()[1:]}'


def _text(file: str, transcript: "Transcript", arguments: Namespace) -> str:
    from edge.cli.output import plain

    head = f"{plain(file)}: {transcript.text}" if len(arguments.files) > 1 else transcript.text
    nbest = [f"  {one.confidence:.2f}  {one.text}" for one in transcript.nbest] if arguments.nbest else []
    words = [f"  {one.start:.2f} - {one.end:.2f} s  {one.word}" for one in transcript.words] if arguments.words else []
    return "\n".join([head, *nbest, *words])


def _count(text: str) -> int:
    from edge.config.sections import BEAM

    return int(by_rule(BEAM, int(text) if text.isdecimal() else text, text))


def _hot_word(text: str) -> tuple[str, float]:
    from edge.config.sections import BOOST as BOOSTS
    from edge.config.sections import HOT_WORD

    phrase, equals, boost = text.partition("=")
    try:
        nats = float(boost) if equals else BOOST
    except ValueError:
        nats = 0.0
    return by_rule(HOT_WORD, phrase, text), by_rule(BOOSTS, nats, text)
