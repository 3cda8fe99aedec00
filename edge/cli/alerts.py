"""hark alerts: what waits in the outbox."""

import json
import sqlite3
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.options import Parser, add_config, add_jsonl
from edge.errors import DataError, OutputError, UsageError, reason

if TYPE_CHECKING:
    from edge.alerts import AlertDesk
    from edge.alerts.parcel import Parcel
    from edge.alerts.store import Store
    from edge.config import Config

EXAMPLES = """\
A listener that runs notices within seconds. An alert is named by its id, or by how that begins.

examples:
  hark alerts list
  hark alerts retry                       all of them, also those that were refused
  hark alerts drop 5b0c7d1e --sink phone
"""


def close_desk(desk: "AlertDesk", error: BaseException | None = None) -> None:
    """Deliver what can be delivered at once, and tell what came of it, what waits, and what is lost.

    Args:
        desk: of which this is the end.
        error: what went wrong already, which is to be told first.

    Raises:
        OutputError: alerts are lost, and nothing else went wrong.
    """
    from edge.cli.output import tell

    desk.close()
    for news in desk.news(0.0):
        tell(f"{news.what}: {news.detail}")
    if waiting := desk.stored:
        tell(f"of this run, {_deliveries(waiting)} left in the outbox for the next one: see hark alerts list")
    if lost := desk.unstored:
        problem = f"{_deliveries(lost)} LOST, as no disk took them: mend the disk, or give another [outbox] path"
        if error is None:
            raise OutputError(problem)
        tell(problem)


def _deliveries(number: int) -> str:
    return "1 delivery" if number == 1 else f"{number} deliveries"


def add_arguments(parser: Parser) -> None:
    """Options of the command."""
    parser.mixes = True
    parser.add_argument("action", choices=("list", "retry", "drop"), help="drop needs an ID, or --all")
    parser.add_argument("id", nargs="*", type=_id, default=[], metavar="ID", help="alerts; default: all of them")
    parser.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument("--sink", metavar="NAME", help="only on their way to this sink")
    add_config(parser)
    add_jsonl(parser, "what is listed")


def run(arguments: Namespace) -> int:
    """List, retry or drop."""
    from edge.cli.output import tell
    from edge.config import load_config

    if arguments.action == "drop" and not arguments.id and not arguments.all:
        raise UsageError("drop: name alerts by their ids (see hark alerts list), or give --all")
    config = load_config(arguments.config)
    with _opened(Path(config.outbox.path)) as store:
        waiting = store.all() if store else []
        _check_sink(arguments.sink, config, waiting)
        parcels = _chosen(waiting, arguments)
        number = None
        if store and arguments.action != "list":
            change = store.retry if arguments.action == "retry" else store.delete
            number = change(parcel.key for parcel in parcels)
    # Out here, for whoever stops reading has not damaged the outbox.
    if number is None:
        _show(parcels, jsonl=arguments.jsonl)
    else:
        tell(f"{number} {'to be retried' if arguments.action == 'retry' else 'dropped'}")
    return 0


@contextmanager
def _opened(path: Path) -> "Iterator[Store | None]":
    """An outbox; None if nothing was ever in it.

    Raises:
        DataError: it cannot be read or changed.
    """
    from edge.alerts.store import Store

    try:
        if not path.exists():
            yield None
            return
        store = Store(path, create=False)
        try:
            yield store
        finally:
            store.close()
    except (OSError, sqlite3.Error) as error:
        mend = "check path in [outbox], and run it as the user of the listener"
        raise DataError(f"{path}: {reason(error)}; {mend}") from error


def _chosen(parcels: "list[Parcel]", arguments: Namespace) -> "list[Parcel]":
    """Those that the command line means.

    Raises:
        UsageError: there is no alert of an id.
    """
    for prefix in arguments.id:
        if not any(parcel.id.startswith(prefix) for parcel in parcels):
            raise UsageError(f"no alert {prefix} waits; see hark alerts list")
    wanted = tuple(arguments.id) or ("",)
    on_their_way = [parcel for parcel in parcels if arguments.sink in (None, parcel.sink)]
    return [parcel for parcel in on_their_way if parcel.id.startswith(wanted)]


def _check_sink(name: str | None, config: "Config", parcels: "list[Parcel]") -> None:
    """Refuse a sink that there is not, and never was while these waited.

    Raises:
        UsageError: it is one.
    """
    known = sorted({*config.sinks, *(parcel.sink for parcel in parcels)})
    if name is not None and name not in known:
        others = f", but {', '.join(known)}" if known else ""
        raise UsageError(f"there is no sink {name!r}{others}")


def _id(text: str) -> str:
    """The beginning of an id: of a shell's empty variable, every id would be one that begins so."""
    if not text.strip():
        raise ArgumentTypeError("an id is empty; see hark alerts list")
    return text


def _show(parcels: "list[Parcel]", *, jsonl: bool) -> None:
    from edge.cli.output import table, write_line

    if jsonl:
        for parcel in parcels:
            write_line(json.dumps(asdict(parcel) | {"body": json.loads(parcel.body)}))
        return
    if not parcels:
        write_line("nothing waits")
        return
    head = ("ID", "SINK", "RULE", "AGE", "FAILED", "STATE")
    for line in table([head, *map(_cells, parcels)]):
        write_line(line)


def _cells(parcel: "Parcel") -> tuple[str, ...]:
    state = f"{'refused' if parcel.refused else 'waits'}{parcel.error and ': ' + parcel.error}"
    rule = str(json.loads(parcel.body)["rule"])
    return (parcel.id[:8], parcel.sink, rule, _age(time.time() - parcel.queued), str(parcel.attempts), state)


def _age(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
