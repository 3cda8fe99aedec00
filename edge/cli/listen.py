"""hark listen: events as they happen."""

from argparse import ArgumentParser, Namespace

from edge.cli.options import add_input, add_jsonl, add_speech, add_trigger

EXAMPLES = """\
On a terminal the level, each word's score and what is being said are shown live; elsewhere, and with --jsonl, each
event is a line of JSON.

examples:
  hark listen
  hark listen --transcribe
  hark listen --keyword "smoke alarm" --keyword "good night"
  hark listen --input day.wav --jsonl
  hark listen --input mic:2 --channel 0 --words jarvis,computer
  arecord -q -t raw -f S16_LE -r 16000 | hark listen --input - --rate 16000
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_input(parser)
    add_trigger(parser)
    add_speech(parser)
    add_jsonl(parser, "events")


def run(arguments: Namespace) -> int:
    """Listen until the input ends, or somebody stops it."""
    from edge.cli.assembly import assemble, configure, configure_speech, open_input
    from edge.cli.output import tell
    from edge.cli.view import choose_view

    config = configure_speech(configure(arguments), arguments)
    listener = assemble(config, arguments.words)
    with open_input(config.input, arguments) as source:
        tell(f"listening to {source.description} for {listener.aims}")
        with choose_view(listener.screen(), jsonl=arguments.jsonl) as view:
            for block in source:
                events = listener.pipeline.feed(block)
                view.show(block, listener.pipeline.scores, events)
            view.show(block, listener.pipeline.scores, listener.pipeline.finish())
    return 0
