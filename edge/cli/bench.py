"""hark bench: what listening costs on this machine."""

import json
import platform
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from edge.cli.options import add_trigger, number

if TYPE_CHECKING:
    from edge.audio import AudioBlock, Pcm16
    from edge.cli.assembly import Listener
    from edge.config import Config
    from edge.model.quantization import Real

EXAMPLES = """\
CPU seconds are those of one core: 0.004 for each second of sound keep it busy for 0.4 % of the time.
Listening is the whole path; the figures below it are those of its parts, each run alone.
Those of speech, network and decoder, are spent only while somebody is listened to after a trigger word.
Start and memory are those of a child process that does what hark listen does.

examples:
  hark bench
  hark bench --seconds 300 --json
"""

BLOCK = 1280
"""Samples (16 kHz) a block: 80 ms."""

TURNS = 1_000_000
"""Turns of an empty Python loop, a yardstick by which machines can be compared."""

Report: TypeAlias = dict[str, Any]
"""As `--json` prints it."""


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    seconds = number(1, 3600, "seconds")
    parser.add_argument("--seconds", type=seconds, default=60.0, metavar="S", help="sound to work on; default: 60")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_trigger(parser)


def run(arguments: Namespace) -> int:
    """Measure each stage, the whole path, and the start of a process."""
    from edge.audio import SAMPLE_RATE, seconds
    from edge.cli.assembly import assemble, configure
    from edge.cli.output import table, tell, write_line

    config = configure(arguments)
    listener = assemble(config, arguments.words)
    material, name = _material()
    tell(f"working on {arguments.seconds:g} s of sound in 80 ms blocks ({name})")
    blocks = cut(material, round(arguments.seconds * SAMPLE_RATE))
    length = seconds(blocks[-1].end)
    stages = {name: asdict(cost) for name, cost in (_stages(listener, blocks) | _speech(config, blocks)).items()}
    report = _facts(listener) | {"audio_seconds": length, "stages": stages}
    report |= _path(listener, blocks) | _process(arguments, blocks)
    if arguments.json:
        write_line(json.dumps(report))
        return 0
    for line in table(_readable(report)):
        write_line(line)
    return 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What some work costs for one second of sound."""

    cpu_seconds: float

    instructions: int | None
    """None where the machine does not let us count them."""


def measure(work: Callable[[], object], audio_seconds: float) -> Cost:
    """CPU time of this process and instructions of this thread for some work on that much sound."""
    from edge.metrics import InstructionCounter

    with InstructionCounter() as counter:
        before, begun = counter.read(), time.process_time()
        work()
        spent, after = time.process_time() - begun, counter.read()
    counted = None if before is None or after is None else round((after - before) / audio_seconds)
    return Cost(spent / audio_seconds, counted)


def cut(material: "Pcm16", samples: int) -> "list[AudioBlock]":
    """So many samples of the material, over and over, as blocks of 80 ms; the last one may be shorter."""
    import numpy as np

    from edge.audio import AudioBlock

    looped = np.resize(material, max(BLOCK, samples))
    return [AudioBlock(looped[start : start + BLOCK], start) for start in range(0, len(looped), BLOCK)]


def _material() -> "tuple[Pcm16, str]":
    """The demo recording, or noise if there is none."""
    import numpy as np

    from edge.audio import SAMPLE_RATE
    from edge.capture import open_source
    from edge.cli.recording import demo_recording
    from edge.errors import DataError

    try:
        path = demo_recording()
    except DataError:
        return np.random.default_rng(1).integers(-2000, 2000, 160_000).astype(np.int16), "noise: no demo recording"
    with open_source(str(path), block=SAMPLE_RATE) as source:
        return np.concatenate([block.samples for block in source]), path.name


def _facts(listener: "Listener") -> Report:
    import numpy as np

    from edge.metrics import processor

    bundle, verifier = listener.model.bundle, listener.model.verifier
    begun = time.process_time()
    for _ in range(TURNS):
        pass
    return {
        "processor": processor(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "runtime": listener.model.runtime.name,
        "model": f"{bundle.manifest.name} {bundle.manifest.version}",
        "model_bytes": sum(one.model.stat().st_size for one in (bundle, verifier and verifier.bundle) if one),
        "words": len(listener.thresholds),
        "million_loop_turns_cpu_seconds": time.process_time() - begun,
    }


def _stages(listener: "Listener", blocks: "list[AudioBlock]") -> dict[str, Cost]:
    """Each stage alone, on what the stage before it gave out."""
    from edge.audio import seconds
    from edge.features import FeatureStream
    from edge.maths import sigmoid
    from edge.pipeline import detector_config
    from edge.second_look import SecondLook
    from edge.trigger import Clock, Detector

    manifest, length = listener.model.bundle.manifest, seconds(blocks[-1].end)
    own, look = manifest.frames, SecondLook.of(listener.model)
    features = FeatureStream(look.features if look else own)
    network = listener.model.stream(endless=True)
    detector = Detector(manifest.labels, listener.thresholds, "", detector_config(manifest))
    clock = Clock.of(features.config, manifest.stack)
    frames = [features.feed(block.samples) for block in blocks]
    outputs: list[dict[str, Real]] = []

    def read_again(look: SecondLook) -> None:
        for frame, output in zip(frames, outputs, strict=True):
            output["scores"] = look.feed(frame, output["scores"])

    def detect() -> None:
        for output in outputs:
            detector.feed(sigmoid(output["scores"]), sigmoid(output["timing"]), 0, clock)

    features.reset()
    return {
        "features": measure(lambda: [features.feed(block.samples) for block in blocks], length),
        "network": measure(lambda: outputs.extend(network.feed(frame[:, : own.width]) for frame in frames), length),
        **({"second look": measure(partial(read_again, look), length)} if look else {}),
        "detector": measure(detect, length),
    }


def _speech(config: "Config", blocks: "list[AudioBlock]") -> dict[str, Cost]:
    """The speech network and its decoder, in one long utterance; nothing where they are not installed."""
    from edge.audio import seconds
    from edge.cli.assembly import load_speech, make_transcriber
    from edge.errors import BundleError
    from edge.features import FeatureStream
    from edge.model import find_bundle

    try:
        find_bundle(config.speech.model)
    except BundleError:
        return {}
    model = load_speech(config)
    transcriber = make_transcriber(config.speech, model, endpoint=None)
    features = FeatureStream(model.bundle.manifest.frames)
    frames = [features.feed(block.samples) for block in blocks]
    transcriber.begin(0)
    return {"speech": measure(lambda: [transcriber.feed(some) for some in frames], seconds(blocks[-1].end))}


def _path(listener: "Listener", blocks: "list[AudioBlock]") -> Report:
    """The whole path from blocks to events, and how long single blocks take."""
    import numpy as np

    from edge.audio import seconds

    took: list[float] = []

    def listen() -> None:
        for block in blocks:
            begun = time.perf_counter()
            listener.pipeline.feed(block)
            took.append(1000 * (time.perf_counter() - begun))

    cost = measure(listen, seconds(blocks[-1].end))
    median, late = np.percentile(took, (50, 99))
    return {"path": asdict(cost), "block_ms": {"p50": float(median), "p99": float(late)}}


def _process(arguments: Namespace, blocks: "list[AudioBlock]") -> Report:
    """Start and memory of a process that listens as the options say; see `edge.cli.probe`."""
    from edge.errors import HarkError

    words = arguments.words and ",".join(arguments.words)
    budget = arguments.false_accepts_per_hour
    given = {"config": arguments.config, "model": arguments.model, "words": words, "false-accepts-per-hour": budget}
    options = [f"--{name}={value}" for name, value in given.items() if value is not None]
    command = [sys.executable, "-m", "edge.cli.probe", *options]
    begun = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise HarkError("no pipes to the child: close some programs")
        # The child starts up while its first block waits in the pipe.
        stdin.write(blocks[0].samples.tobytes())
        stdin.flush()
        stdout.readline()
        start = time.perf_counter() - begun
        out, err = child.communicate(b"".join(block.samples.tobytes() for block in blocks[1:]))
    if child.returncode:
        raise HarkError(f"the measured child failed: {err.decode(errors='replace').strip().splitlines()[-1:]}")
    return {"start_seconds": start, **json.loads(out)}


def _readable(report: Report) -> list[tuple[str, str]]:
    """What a person wants to know: the machine, the start, and how busy listening keeps it."""
    software = f"python {report['python']}, numpy {report['numpy']}, {report['runtime']}"
    costs = {"listening": report["path"]} | {f"  {name}": cost for name, cost in report["stages"].items()}
    return [
        ("processor", f"{report['processor']}, {report['machine']}"),
        ("software", software),
        ("yardstick", f"{report['million_loop_turns_cpu_seconds']:.3f} CPU s for a million turns of an empty loop"),
        ("model", f"{report['model']}, {report['words']} words, {report['model_bytes'] / 1000:,.0f} kB"),
        ("start", f"{report['start_seconds']:.2f} s, {report['start_cpu_seconds']:.2f} of them CPU time"),
        ("memory", f"{report['peak_rss_bytes'] / 1e6:.0f} MB at most"),
        *((name, _shown(cost)) for name, cost in costs.items()),
        ("a block", "{p50:.2f} ms in the median, {p99:.2f} at the 99th percentile".format(**report["block_ms"])),
    ]


def _shown(cost: Mapping[str, float | None]) -> str:
    seconds, instructions = cost["cpu_seconds"], cost["instructions"]
    counted = "" if instructions is None else f", {instructions / 1e6:.1f} million instructions"
    return f"{seconds:.4f} CPU s for each second of sound{counted}"
