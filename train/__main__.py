"""`python -m train`: the recipes, and the evaluation of any bundle on any data."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str] | None" = None) -> int:
    """Runs a recipe or an evaluation; the exit codes are those of `hark`, and 130 after Ctrl-C."""
    # Even the program itself is loaded only here: whoever presses Ctrl-C at once is to see no traceback.
    try:
        from train import program

        return program.main(argv)
    except KeyboardInterrupt:
        print("interrupted; what keeps checkpoints goes on from the last one by the same command", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
