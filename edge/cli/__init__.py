"""The program `hark`: one module a command, loaded only when it is asked for, so that `hark listen` stays small."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: "Sequence[str] | None" = None) -> int:
    """Run a command line, by default that of this process; returns the exit code."""
    # Its threads wait for each other at the small products that are made here; it must be told before numpy comes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Even the program itself is loaded only here: whoever presses Ctrl-C at once is to see no traceback.
    try:
        from edge.cli import program

        return program.main(argv)
    except KeyboardInterrupt:
        return 0
