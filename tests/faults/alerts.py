"""The listener is killed and the broker stopped, with alerts in flight: all that were told must reach a subscriber."""

import random
import threading
from pathlib import Path

from rich.progress import track

from tests.alerts.broker import Broker, Subscriber, running
from tests.alerts.making import eventually
from tests.alerts.test_desk import RULE, desk_of, killed_again_and_again

UP_SECONDS, DOWN_SECONDS = 2.0, 1.0
"""How long the broker is there, and away, in turn."""
PATIENCE = 60.0


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
