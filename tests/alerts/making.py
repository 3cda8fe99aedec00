"""Events, rules and outboxes as the tests need them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from edge.alerts.news import News
from edge.alerts.outbox import Outbox
from edge.alerts.parcel import Parcel
from edge.config import Config, OutboxConfig, parse
from edge.events import (
    Activity,
    Alert,
    Alternative,
    Entity,
    Keyword,
    Level,
    Meaning,
    Sentiment,
    Status,
    Transcript,
    Trigger,
)


def configuration(text: str, folder: Path) -> Config:
    """A configuration whose outbox is in a folder, and quick to retry."""
    quick = f'[outbox]\npath = "{folder / "outbox.db"}"\nretry_seconds = 0.02\nlongest_retry_seconds = 0.1\n'
    return parse(quick + text, folder / "hark.toml")


def trigger(at: float = 1.0, name: str = "view glass") -> Trigger:
    return Trigger(at=at, name=name, score=0.9712, began=at - 0.5, ended=at - 0.1, model="18f11e840c20")


def keyword(at: float = 1.0, name: str = "fire") -> Keyword:
    return Keyword(at=at, name=name, score=0.8471, began=at - 0.5, ended=at - 0.1)


def activity(name: str = "wave") -> Activity:
    return Activity(at=1.0, name=name, score=0.9312, began=0.3, model="a4c1e07b52d9")


def transcript(text: str, at: float = 1.0) -> Transcript:
    return Transcript(
        at=at, text=text, confidence=0.93, words=(), nbest=(Alternative(text, 0.93),), model="5b0c7d1e9a42"
    )


def meaning(kind: str, stars: int = 3) -> Meaning:
    entity = Entity(type=kind, text="noon", start=3, end=7, score=0.9, value="12:00")
    mood = Sentiment(label="neutral", stars=stars, score=0.9)
    return Meaning(at=12.0, text="at noon", entities=(entity,), sentiment=mood, models={})


def status(what: str = "device-lost", at: float = 1.0) -> Status:
    return Status(at=at, what=what, detail="somebody pulled the plug")


def level(name: Literal["silence", "noise"], seconds: float, dbfs: float, at: float = 1.0) -> Level:
    return Level(at=at, name=name, seconds=seconds, dbfs=dbfs)


def alert(number: int, priority: str = "normal") -> Alert:
    return Alert(
        at=float(number),
        id=f"{number:08}-0000-4000-8000-000000000000",
        rule="help",
        priority=priority,
        message=f"number {number}",
        time="2026-03-29T03:12:07+02:00",
        held_back=0,
        cause={"type": "trigger", "at": float(number), "name": "view glass"},
    )


OPENED: list[Outbox] = []


def outbox(
    path: Path, news: News | None = None, wall_clock: Callable[[], float] = time.time, **limits: float
) -> Outbox:
    config = OutboxConfig(path=str(path), **limits)  # type: ignore[arg-type]
    box = Outbox(config, news or News(), wall_clock)
    OPENED.append(box)
    return box


def refused_one(path: Path, news: News, alerts: int) -> Outbox:
    """An outbox with so many alerts for "a", the first of which its receiver has refused."""
    box = outbox(path, news)
    for number in range(alerts):
        box.add(alert(number), ["a"])
    first = box.first("a")
    assert first is not None
    box.refuse(first, "the receiver refuses the alert with 400")
    return box


def parcel(number: int = 1, sink: str = "a") -> Parcel:
    return Parcel.of(alert(number), sink, 1e9)


def told(news: News) -> list[str]:
    return [one.what for one in news.drain(0.0)]


def eventually(truth: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
