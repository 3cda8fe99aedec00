"""How events and sound are shown: JSON lines for programs, plain lines, and a live screen for a person."""

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol

import numpy as np

from edge.audio import SAMPLE_RATE, AudioBlock, level
from edge.cli.output import BOLD, DIM, GREEN, RED, YELLOW, is_terminal, paint, write, write_line
from edge.events import Activity, Alert, Event, Keyword, Level, Meaning, Partial, Status, Transcript, Trigger, Veto
from edge.trigger import Posteriors

SILENCE = -60.0
"""dBFS at the left end of the meter."""

REDRAW_SECONDS = 0.06
FALL = 0.85
"""A bar falls by this factor from drawing to drawing, so that the eye can follow it."""

BESIDE_BAR = 20
"""Columns of the level's line that are neither its name nor its bar: two spaces, "-60 dBFS", a space, "10:00:00"."""

UP, CLEAR_BELOW, HIDE_CURSOR, SHOW_CURSOR = "\x1b[{}F", "\x1b[J", "\x1b[?25l", "\x1b[?25h"


class View(Protocol):
    """Somebody or something that watches the stream."""

    def show(self, block: AudioBlock, scores: Posteriors, events: Sequence[Event]) -> None:
        """Take a block, its posteriors (steps, words) and the events that it brought."""

    def __enter__(self) -> "View": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Lines:
    def __enter__(self) -> View:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, block: AudioBlock, scores: Posteriors, events: Sequence[Event]) -> None:  # noqa: ARG002
        for event in events:
            write_line(self.line(event))

    def line(self, event: Event) -> str:
        raise NotImplementedError


class JsonLines(_Lines):
    """One JSON object a line: docs/events.md."""

    def line(self, event: Event) -> str:
        """The event as JSON."""
        return event.to_json()


class PlainLines(_Lines):
    """One line an event, for a person, who need not read what is corrected a moment later."""

    def show(self, block: AudioBlock, scores: Posteriors, events: Sequence[Event]) -> None:
        """Take the events that stay."""
        super().show(block, scores, [event for event in events if not isinstance(event, Partial)])

    def line(self, event: Event) -> str:
        """The event in words."""
        return describe(event)


class Screen:
    """What is being said, a level meter and a bar for each word at the foot of the terminal; events scroll above them.

    Args:
        labels: the network's words, in the order of its outputs.
        thresholds: of the words to listen for.
    """

    def __init__(self, labels: Sequence[str], thresholds: Mapping[str, float]) -> None:
        self._words = [(index, label, thresholds[label]) for index, label in enumerate(labels) if label in thresholds]
        self._heights = np.zeros(len(labels), np.float32)
        self._level = SILENCE
        self._saying = ""
        self._muted = False
        self._drawn = 0
        self._drawn_at = -math.inf

    def __enter__(self) -> View:
        write(HIDE_CURSOR)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        write(self._erase() + SHOW_CURSOR)

    def show(self, block: AudioBlock, scores: Posteriors, events: Sequence[Event]) -> None:
        """Take a block: events appear at once, the meters a dozen times a second."""
        self._level = max(self._level, level(block.samples) if len(block.samples) else SILENCE)
        self._heights = np.maximum(self._heights, scores.max(axis=0, initial=0.0))
        for event in events:
            self._saying = event.text if isinstance(event, Partial) else self._saying
            self._saying = "" if isinstance(event, (Trigger, Transcript)) else self._saying
            if isinstance(event, Status) and event.what in ("muted", "unmuted"):
                self._muted = event.what == "muted"
        if events or time.monotonic() - self._drawn_at >= REDRAW_SECONDS:
            self._draw([describe(event) for event in events if not isinstance(event, Partial)], block.end)

    def _draw(self, above: list[str], now: int) -> None:
        columns, rows = window_size()
        # What does not fit into the window could not be drawn over again.
        meters = self._meters(columns - 1, now)[: max(1, rows - 2)]
        write(self._erase() + "\n".join([*above, *meters]) + "\n")
        self._drawn, self._drawn_at = len(meters), time.monotonic()
        self._level, self._heights = max(SILENCE, self._level - 3), self._heights * FALL

    def _erase(self) -> str:
        drawn, self._drawn = self._drawn, 0
        return (UP.format(drawn) if drawn else "") + CLEAR_BELOW

    def _meters(self, columns: int, now: int) -> list[str]:
        names = max([len("level"), *(len(label) for _, label, _ in self._words)])
        width = max(4, min(60, columns - names - BESIDE_BAR))
        loudness = 1 - self._level / SILENCE
        shown = f"{'muted':>9}" if self._muted else f"{self._level:4.0f} dBFS"
        lines = [f"{'level':{names}} {bar(loudness, width)} {shown} {clock(now)}"[:columns]]
        if self._saying:
            # Of a long text, the end is what is new.
            lines.insert(0, f"{'said':{names}} {self._saying[-max(1, columns - names - 1) :]}"[:columns])
        for index, label, threshold in self._words:
            height = float(self._heights[index])
            line = f"{label:{names}} {bar(height, width, threshold)} {height:4.2f}"[:columns]
            lines.append(paint(line, GREEN) if height >= threshold else line)
        return lines


def choose_view(screen: "Screen", *, jsonl: bool) -> View:
    """The screen on a terminal that can be drawn on, JSON lines elsewhere or if asked for."""
    if jsonl or not is_terminal(sys.stdout):
        return JsonLines()
    return screen if can_draw() else PlainLines()


def can_draw() -> bool:
    """Whether standard output is a terminal that takes cursor movements."""
    return is_terminal(sys.stdout) and os.environ.get("TERM", "dumb") != "dumb"


def window_size() -> tuple[int, int]:
    """Columns and rows of the terminal."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return 80, 24
    return size.columns or 80, size.lines or 24


def describe(event: Event) -> str:
    """An event in one line for a person."""
    return f"{event.at:9.2f} s  {_told(event)}"


def _told(event: Event) -> str:
    if isinstance(event, (Trigger, Veto, Keyword, Activity)):
        return _heard(event)
    if isinstance(event, (Partial, Transcript)):
        return _written(event)
    if isinstance(event, Meaning):
        mood = [f"{paint('mood', DIM)} {event.sentiment.label}"] if event.sentiment else []
        said = [f"{paint('translation', DIM)} {event.translation}"] if event.translation else []
        return "  ".join([*(f"{paint(one.type, DIM)} {one.value or one.text}" for one in event.entities), *mood, *said])
    if isinstance(event, Alert):
        return f"{paint(event.rule, f'{BOLD};{RED}')}  {event.message}"
    if isinstance(event, Level):
        side = "below" if event.name == "silence" else "above"
        return f"{paint(event.name, YELLOW)} {side} {event.dbfs:g} dBFS for {event.seconds:g} s"
    lost = f"{event.lost_samples} samples lost" if event.lost_samples else ""
    return f"{paint(event.what, YELLOW)} {'; '.join(filter(None, (lost, event.detail)))}"


def _heard(event: Trigger | Veto | Keyword | Activity) -> str:
    if isinstance(event, Veto):
        unlike = paint(f"likeness to {event.voice} {event.likeness:.2f}, needed {event.needed:.2f}", DIM)
        return f"{paint(f'{event.name:14}', YELLOW)} in another voice  {unlike}"
    name = paint(f"{event.name:14}", f"{BOLD};{GREEN}")
    if isinstance(event, Activity):
        return f"{name} score {event.score:.2f}  {paint(f'seen since {event.began:.2f} s', DIM)}"
    said = paint(f"said from {event.began:.2f} to {event.ended:.2f} s", DIM)
    return f"{name} score {event.score:.2f}  {said}"


def _written(event: Partial | Transcript) -> str:
    if isinstance(event, Partial):
        return paint(event.text, DIM)
    sure = paint(f"confidence {event.confidence:.2f}", DIM)
    # Of what is not to be printed, the confidence is left.
    nothing = "not printed" if event.confidence and not event.nbest else "nothing was said"
    return f"{paint(event.text, BOLD)}  {sure}" if event.text else paint(nothing, DIM)


def bar(share: float, width: int, mark: float | None = None) -> str:
    """A bar of `width` characters that is filled to a share of 0 to 1, with a mark at another share."""
    full, empty, tick = ("█", "·", "│") if (sys.stdout.encoding or "").lower().startswith("utf") else ("#", ".", "|")
    filled = round(min(1.0, max(0.0, share)) * width)
    cells = full * filled + empty * (width - filled)
    if mark is None:
        return cells
    at = min(width - 1, round(mark * width))
    return cells[:at] + tick + cells[at + 1 :]


def clock(samples: int) -> str:
    """Stream time as hours, minutes and seconds."""
    minutes, seconds = divmod(samples // SAMPLE_RATE, 60)
    return f"{minutes // 60:d}:{minutes % 60:02d}:{seconds:02d}"
