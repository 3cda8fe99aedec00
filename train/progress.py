"""How far long work has come: a bar."""

from rich import get_console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def progress_bar(*, passing: bool = False) -> Progress:
    """A bar for a terminal; its tasks have a field `told`, which is written beside it.

    Args:
        passing: it goes at its end, and a log gets nothing; else it stays as it is then, in a log too.
    """
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    more, unseen = TextColumn("{task.fields[told]}"), passing and not get_console().is_terminal
    return Progress(*columns, more, refresh_per_second=1, transient=passing, disable=unseen)
