"""A day of sound through the whole program, faster than it passes: does it grow, does it leak, does it drift?

    python benchmarks/soak.py AUDIO [HOURS]          AUDIO: a folder of corpora, each with a manifest.csv

scenes (words, orders, sentences, noise, pauses) -> hark listen -> events, alerts by the outbox to standard output

After each hour: memory, open files and threads. Of each hour but the first, a fresh listener hears the rest from a
moment among the scenes, by chance but on the first listener's grid of steps. What the two hear is the same if no digit
differs but that of a millisecond, and alike if the same was heard with another score or some steps apart. The states of
a network depend, ever so little, on all that it has heard, until a quiet in which it forgets (edge/quiet.py): events
before both have been through the same quiet are counted apart. Ends with 1 if memory grew by a megabyte after the first
hour, files or threads became more or fewer, any event after that quiet differs, or an alert is left.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

import numpy as np

from edge.alerts.store import Store
from edge.audio import SAMPLE_RATE, Pcm16
from edge.features import FeatureStream
from edge.model import StreamingModel
from edge.quiet import Quiet
from train.corpora.audio import load
from train.corpora.manifest import Clip, read_corpora

Event: TypeAlias = dict[str, Any]

HOUR = 3600
QUIET = 30.0
"""Seconds of quiet at either end of an hour."""
CONVERGED = 30.0
"""Seconds until the slow mean of the features has forgotten where it began: 27 at most from 60 places."""
UTTERANCE = 15.0
"""Seconds that a transcript lasts at most, which may have begun before the quiet."""
SOON = 600
"""Seconds in which it is quiet for sure."""
CLIPS = 150
"""Of each kind, that are kept in memory."""
MOST_GROWTH_KB = 1000
MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""As the units in systemd/ set it."""
MILLISECOND = 0.0011
KEYWORD = "good morning"
CONFIG = f"""
[speech]
after_trigger = true
[[keyword]]
text = "{KEYWORD}"
[outbox]
path = "{{folder}}/outbox.db"
[sink.out]
type = "stdout"
[[alert]]
name = "word"
triggers = ["alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass"]
per_hour = 3600
[[alert]]
name = "coffee"
pattern = "coffee|latte|espresso"
message = "{{{{text}}}}"
per_hour = 3600
"""
STEPS = 0.1
WHAT = ("type", "name", "text", "rule", "message", "what")
TIMES = {"at", "began", "ended", "start", "end"}
OF_THE_RUN = {"id", "time", "held_back"}


class Day:
    """Sound from a seed: the same for each who asks for the same hour."""

    def __init__(self, clips: list[Clip], labels: set[str]) -> None:
        chance = np.random.default_rng(0)
        kinds = {kind: [clip for clip in clips if clip.kind == kind] for kind in ("command", "sentence", "noise")}
        kinds["wakeword"] = [clip for clip in clips if clip.label in labels]
        picked = {kind: chance.permutation(len(some))[:CLIPS] for kind, some in kinds.items()}
        self._sounds: dict[str, list[Pcm16]] = {
            kind: [load(kinds[kind][index]) for index in order] for kind, order in picked.items()
        }

    def hour(self, number: int) -> Iterator[Pcm16]:
        """The scenes of an hour: one hour of samples in all."""
        chance = np.random.default_rng((1, number))
        yield room(chance, QUIET)
        left = round((HOUR - 2 * QUIET) * SAMPLE_RATE)
        while left > 0:
            scene = self._scene(chance)[:left]
            left -= len(scene)
            yield scene
        yield room(chance, QUIET)

    def _scene(self, chance: np.random.Generator) -> Pcm16:
        kinds = (("noise",), ("sentence",), ("wakeword", "command"), ("wakeword",))[chance.integers(4)]
        said = np.concatenate([self._any(kind, chance) for kind in kinds])
        noise = np.resize(self._any("noise", chance), len(said)) * 10 ** chance.uniform(-3, -0.5)
        scene: Pcm16 = np.clip(said + noise, -32768, 32767).astype(np.int16)
        return np.concatenate([scene, room(chance, chance.uniform(0, 15))])

    def _any(self, kind: str, chance: np.random.Generator) -> Pcm16:
        return self._sounds[kind][int(chance.integers(len(self._sounds[kind])))]


def room(chance: np.random.Generator, seconds: float) -> Pcm16:
    """A quiet room, now and then one without any sound at all."""
    level = float(chance.choice([0.0, 2.0, 10.0, 50.0]))
    samples: Pcm16 = (level * chance.standard_normal(round(seconds * SAMPLE_RATE))).astype(np.int16)
    return samples


@dataclass(frozen=True, slots=True)
class Cost:
    """What the process holds."""

    rss_kb: int
    files: int
    threads: int
    cpu_seconds: float


class Listener:
    """`hark listen` over sound that is written to it."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.outbox = folder / "outbox.db"
        (folder / "hark.toml").write_text(CONFIG.format(folder=folder))
        command = [sys.executable, "-m", "edge.cli", "listen", "--jsonl", "--config", str(folder / "hark.toml")]
        self._child = subprocess.Popen(
            [*command, "--input", "-", "--rate", str(SAMPLE_RATE)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | MEMORY,
        )  # fmt: skip
        self._sound = cast(IO[bytes], self._child.stdin)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def hear(self, sound: Iterator[Pcm16]) -> None:
        """Returns when all but the last two seconds were worked on: a pipe holds no more."""
        for samples in sound:
            self._sound.write(samples.tobytes())

    def cost(self) -> Cost:
        """Of this moment."""
        process = Path(f"/proc/{self._child.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        ticks = sum(map(int, (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]))
        files = len(list((process / "fd").iterdir()))
        cpu = ticks / os.sysconf("SC_CLK_TCK")
        return Cost(int(status["VmRSS"].split()[0]), files, int(status["Threads"]), cpu)

    def end(self) -> int:
        """The sound is over; tells how many alerts are left in the outbox."""
        self._sound.close()
        self._reader.join()
        if code := self._child.wait():
            raise SystemExit(f"hark listen ended with {code}")
        store = Store(self.outbox)
        left = len(store.all())
        store.close()
        return left

    def _read(self) -> None:
        self.events += map(json.loads, cast(IO[bytes], self._child.stdout))


def between(events: list[Event], first: float, last: float, origin: float) -> list[Event]:
    """What was heard in a stretch of time, told as if the stream had begun at `origin`; all in seconds."""
    return [shifted(event, -origin) for event in events if first <= event["at"] < last]


def shifted(value: object, by: float) -> Any:  # noqa: ANN401
    """The value of an event with all its times moved, and without what is given by chance or clock."""
    if isinstance(value, list):
        return [shifted(item, by) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: item for key, item in value.items() if key not in OF_THE_RUN}
    return {key: item + by if key in TIMES else shifted(item, by) for key, item in kept.items()}


def same(one: object, other: object) -> bool:
    """Equal, but for a millisecond by which times are rounded."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    pairs = [(key, one[key], other.get(key)) for key in one]
    return one.keys() == other.keys() and all(
        abs(a - b) < MILLISECOND if key in TIMES else same(a, b) for key, a, b in pairs
    )


def alike(one: Event, other: Event) -> bool:
    """The same was heard, at the same time but for some steps of the network."""
    return abs(one["at"] - other["at"]) < STEPS and all(one.get(key) == other.get(key) for key in WHAT)


def tally(ours: list[Event], theirs: list[Event]) -> Counter[str]:
    """How many events were the same, alike, or heard by one alone; the latter are told."""
    found, left = Counter[str](), list(theirs)
    for kind, is_so in (("same", same), ("alike", alike)):
        rest = []
        for event in ours:
            index = next((index for index, other in enumerate(left) if is_so(event, other)), None)
            if index is None:
                rest.append(event)
            else:
                del left[index]
                found[kind] += 1
        ours = rest
    for whose, events in (("long", ours), ("fresh", left)):
        found["different"] += len(events)
        for event in events:
            print(f"only in the {whose} run: {json.dumps(event)[:200]}")
    return found


class Grid:
    """Steps of the network that is listened with, on which two listeners can hear the same."""

    def __init__(self) -> None:
        manifest = StreamingModel.load("trigger-en").bundle.manifest
        self._features, self._stack = manifest.frames, manifest.stack
        self.step = self._stack * self._features.hop
        """Samples."""

    def settled(self, sound: Pcm16) -> float:
        """Seconds after which who begins with this sound can hear nothing else than who came before."""
        frames = FeatureStream(self._features).feed(sound[: SOON * SAMPLE_RATE])
        steps = frames[: len(frames) // self._stack * self._stack].reshape(-1, self._stack * self._features.width)
        seconds = self.step / SAMPLE_RATE
        fresh = Quiet(self._features, self._stack).feed(steps)
        return fresh.index(True, round(CONVERGED / seconds)) * seconds + UTTERANCE


def compare(day: Day, hour: int, events: list[Event], grid: Grid) -> dict[str, Counter[str]]:
    """How a fresh listener hears the rest of an hour of a long run: before it has settled, and after."""
    sound = np.concatenate(list(day.hour(hour)))
    begun = int(np.random.default_rng((2, hour)).integers(len(sound) // 2 // grid.step)) * grid.step
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        fresh = Listener(Path(folder))
        fresh.hear(iter([sound[begun:]]))
        fresh.end()
    first, origin = begun / SAMPLE_RATE, hour * HOUR
    middle = first + grid.settled(sound[begun:])
    print(f"hour {hour + 1}: fresh from {first:.2f} s on, settled at {middle:.2f} s", flush=True)
    stretches = {"before": (first, middle), "after": (middle, float(HOUR))}
    return {
        name: tally(
            between(events, origin + begin, origin + end, origin),
            between(fresh.events, begin - first, end - first, -first),
        )
        for name, (begin, end) in stretches.items()
    }


def told(found: Counter[str]) -> str:
    """How many events were compared, and how they compare."""
    return (
        f"{found.total()} events, {found['same']} the same, {found['alike']} with another score or step, "
        f"{found['different']} heard by one alone"
    )


def main() -> int:
    """Print a line for each hour, and the verdict."""
    clips, hours = read_corpora(Path(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else 24
    day = Day(clips, {"alexa", "computer", "jarvis", "smart mirror", "snowboy", "view glass"})
    costs: list[Cost] = []
    print("| hour | RSS kB | files | threads | CPU s | events so far |\n|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="hark-") as folder:
        listener = Listener(Path(folder))
        for hour in range(hours):
            listener.hear(day.hour(hour))
            costs.append(cost := listener.cost())
            figures = (hour + 1, cost.rss_kb, cost.files, cost.threads, round(cost.cpu_seconds), len(listener.events))
            print(*("", *figures, ""), sep=" | ", flush=True)
        left = listener.end()
    checked, grid = range(1, hours), Grid()
    compared = [compare(day, hour, listener.events, grid) for hour in checked]
    before, after = (sum((one[name] for one in compared), Counter[str]()) for name in ("before", "after"))
    growth = max(cost.rss_kb for cost in costs) - costs[0].rss_kb
    constant = len({(cost.files, cost.threads) for cost in costs}) == 1
    print(
        f"{hours} h of sound, {costs[-1].cpu_seconds:.0f} s of CPU: RSS grew by {growth} kB after the first hour, "
        f"files and threads {'constant' if constant else 'CHANGED'}; {left} alerts left; {len(compared)} fresh runs: "
        f"until they had settled {told(before)}; after that {told(after)}"
    )
    return int(growth >= MOST_GROWTH_KB or not constant or after["same"] < after.total() or left > 0)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main())
