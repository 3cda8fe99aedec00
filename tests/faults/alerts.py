"""Alerts in flight to a broker, and the listener is killed, the broker stopped or killed: all that were told arrive."""

import random
import threading
import time
from itertools import count
from pathlib import Path

from rich.progress import track

from edge.events import Alert
from tests.alerts.broker import Broker, Subscriber, running
from tests.alerts.making import eventually, trigger
from tests.alerts.test_desk import RULE, desk_of, killed_again_and_again

UP_SECONDS, DOWN_SECONDS = 2.0, 1.0
"""How long the broker is there, and away, in turn."""
PATIENCE = 60.0
LASTING = ("allow_anonymous true", "autosave_interval 1", "autosave_on_changes true")
"""A broker that writes down what it acknowledges; as it is installed, it does so each half hour."""


def stop_and_start(broker: Broker, over: threading.Event, stops: list[int]) -> None:
    """Take the broker away again and again."""
    while not over.wait(UP_SECONDS):
        broker.stop()
        stops[0] += 1
        over.wait(DOWN_SECONDS)
        broker.start()


def campaign(kills: int, folder: Path) -> bool:
    """Whether all alerts arrived; says how many."""
    with running(folder) as broker:
        subscriber, stops, over = Subscriber(broker), [0], threading.Event()
        trouble = threading.Thread(target=stop_and_start, args=(broker, over, stops))
        trouble.start()
        told: list[str] = []
        for number in track(range(kills), "killing the listener"):
            told += killed_again_and_again(RULE + broker.sink, folder, 1, random.Random(number))
        over.set()
        trouble.join()
        with desk_of(RULE + broker.sink, folder):
            complete = eventually(lambda: set(subscriber.ids()) >= set(told), PATIENCE)
        got = subscriber.ids()
        subscriber.close()
    lost, again = len(set(told) - set(got)), len(got) - len(set(got))
    print(f"{kills} kills, broker away {stops[0]} times: {len(told)} alerts told, {lost} lost, {again} repeats")
    return complete


def broker_campaign(kills: int, folder: Path) -> bool:
    """Whether all alerts arrived though the broker was killed with SIGKILL; says how many."""
    chance = random.Random(1)
    told: list[str] = []
    with running(folder, *LASTING) as broker:
        subscriber = Subscriber(broker)
        with desk_of(RULE + broker.sink, folder) as desk:
            numbers, over = count(), threading.Event()
            trouble = threading.Thread(target=_kill_again_and_again, args=(broker, kills, chance, over))
            trouble.start()
            while not over.is_set():
                told += [one.id for one in desk.feed(trigger(float(next(numbers)))) if isinstance(one, Alert)]
                time.sleep(0.02)
            trouble.join()
            complete = eventually(lambda: set(subscriber.ids()) >= set(told), PATIENCE)
        got = subscriber.ids()
        subscriber.close()
    lost, again = len(set(told) - set(got)), len(got) - len(set(got))
    print(f"broker killed {kills} times: {len(told)} alerts told, {lost} lost, {again} repeats")
    return complete


def _kill_again_and_again(broker: Broker, kills: int, chance: random.Random, over: threading.Event) -> None:
    for _ in range(kills):
        time.sleep(chance.uniform(0.2, UP_SECONDS))
        broker.kill()
        time.sleep(chance.uniform(0, DOWN_SECONDS))
        broker.start()
    over.set()
