"""hark scores: the scores of each word over the time of recordings, for curves and for tuning."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.cli.options import add_channel, add_trigger, wanted_channel

if TYPE_CHECKING:
    from edge.model import StreamingModel
    from edge.trigger import Posteriors

EXAMPLES = """\
The scores are those that thresholds are held against: posteriors, averaged over the last steps.
Without --csv, the highest score of each word in each file is shown, and when it was.

examples:
  hark scores kitchen.wav
  hark scores *.wav --csv > scores.csv        columns: file, at (seconds), and one for each word
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="sound files")
    parser.add_argument("--csv", action="store_true", help="print all scores as comma-separated values")
    add_channel(parser)
    add_trigger(parser, thresholds=False)


def run(arguments: Namespace) -> int:
    """Print the scores of every file."""
    from edge.cli.assembly import configure, load_model, wanted_words
    from edge.cli.recording import each_of

    config = configure(arguments)
    model = load_model(config)
    words = wanted_words(config, model.bundle.manifest.labels, arguments.words)
    show = _print_csv if arguments.csv else _print_peaks
    show(each_of(arguments.files, lambda file: _score(file, model, words, arguments)), words)
    return 0


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one file."""

    file: str

    times: list[float]
    """Stream seconds at which the input of each step was complete."""

    scores: "Posteriors"
    """(steps, words)."""


def _score(file: str, model: "StreamingModel", words: tuple[str, ...], arguments: Namespace) -> Scored:
    import numpy as np

    from edge.audio import seconds
    from edge.capture import open_recording
    from edge.pipeline import Pipeline, detector_config
    from edge.trigger import Clock, Detector

    manifest = model.bundle.manifest
    pipeline = Pipeline(model, {})
    detector = Detector(manifest.labels, {}, model.bundle.model_id, detector_config(manifest))
    with open_recording(file, channel=wanted_channel(arguments), block=16_000) as source:
        steps = []
        for block in source:
            pipeline.feed(block)
            steps.append(detector.smooth(pipeline.scores))
    # The listener hears a last word out, too.
    pipeline.finish()
    scores = np.concatenate([*steps, detector.smooth(pipeline.scores)])
    columns = [manifest.labels.index(word) for word in words]
    clock = Clock.of(manifest.frames, manifest.stack)
    return Scored(file, [seconds(clock.end_of(step)) for step in range(len(scores))], scores[:, columns])


def _print_csv(scored: Iterator[Scored], words: tuple[str, ...]) -> None:
    from edge.cli.output import write, write_line

    write_line(_row("file", "at", *words))
    for one in scored:
        rows = zip(one.times, one.scores.tolist(), strict=True)
        write("".join(_row(one.file, f"{at:.4f}", *(f"{score:.4f}" for score in row)) + "\n" for at, row in rows))


def _print_peaks(scored: Iterator[Scored], words: tuple[str, ...]) -> None:
    from edge.cli.output import plain, table, write_line

    rows = [("file", "word", "highest", "at")]
    try:
        for one in scored:
            for word, column in zip(words, one.scores.T, strict=True):
                peak = int(column.argmax()) if len(column) else None
                found = ("-", "-") if peak is None else (f"{column[peak]:.3f}", f"{one.times[peak]:.2f} s")
                rows.append((plain(one.file), word, *found))
    finally:
        # A bad file takes nothing from those before it.
        for line in table(rows) if len(rows) > 1 else ():
            write_line(line)


def _row(*cells: str) -> str:
    """A line of CSV (RFC 4180), but for the line end."""
    return ",".join(_cell(cell) for cell in cells)


def _cell(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n\r') else cell
