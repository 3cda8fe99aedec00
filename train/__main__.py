"""`python -m train`: the recipes, and the evaluation of any bundle on any data."""

import argparse
import sys
from collections.abc import Sequence

from edge.errors import HarkError
from train.evaluate import command as evaluate
from train.ngram import command as ngram
from train.recipes.activity import command as activity
from train.recipes.dna import command as dna
from train.recipes.embeddings import command as embeddings
from train.recipes.entities import command as entities
from train.recipes.language import command as language
from train.recipes.music import command as music
from train.recipes.sentiment import command as sentiment
from train.recipes.speech import command as speech
from train.recipes.translation import command as translate
from train.recipes.trigger import command as trigger
from train.study import command as study


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a recipe or an evaluation; the exit codes are those of `hark`."""
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in {
        "trigger": trigger,
        "speech": speech,
        "ngram": ngram,
        "embeddings": embeddings,
        "entities": entities,
        "sentiment": sentiment,
        "language": language,
        "translate": translate,
        "music": music,
        "dna": dna,
        "activity": activity,
        "study": study,
        "evaluate": evaluate,
    }.items():
        command = commands.add_parser(name, help=module.__doc__, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    try:
        arguments.run(arguments)
    except HarkError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
