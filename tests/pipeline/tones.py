"""A bundle whose words are tones, for tests that need a network that can be understood: see make_tones.py."""

import hashlib
from pathlib import Path

import numpy as np

from edge.audio import SAMPLE_RATE, Pcm16
from edge.features import FeatureConfig
from edge.model import Manifest, OperatingPoints, find_runtime
from edge.model.bundle import CARD, GOLDEN, describe
from edge.model.manifest import EdgeTpu, StateInfo, Tensors, TrainingData
from edge.model.quantization import Real
from edge.model.stream import ModelStream

MODEL = Path(__file__).with_name("tones.tflite")
LABELS = ("low tone", "high tone")
HERTZ = (500, 3000)
STACK = 3
FEATURES = FeatureConfig(normalise="mean")


def tone(hertz: int, seconds: float) -> Pcm16:
    """A tone at half of full scale."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples: Pcm16 = np.rint(16_000 * np.sin(2 * np.pi * hertz * times)).astype(np.int16)
    return samples


def recording(*words: tuple[float, str], seconds: float = 5.0) -> Pcm16:
    """Quiet noise, with words of 0.3 s at the given times."""
    samples = np.random.default_rng(7).integers(-300, 300, round(seconds * SAMPLE_RATE)).astype(np.int16)
    for start, word in words:
        first = round(start * SAMPLE_RATE)
        samples[first : first + 4800] = tone(HERTZ[LABELS.index(word)], 0.3)
    return samples


def make_bundle(folder: Path) -> Path:
    """Write the bundle; all but the network is made here, so that it fits the runtime's code of today."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL.with_stem("model").name).write_bytes(MODEL.read_bytes())
    (folder / CARD).write_text("# Tones\n")
    frames = np.random.default_rng(1).normal(0, 3, (60, FEATURES.bands)).astype(np.float32)
    np.savez(folder / GOLDEN, frames=frames, **_run(frames))  # type: ignore[arg-type]  # numpy thinks of allow_pickle
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("model.tflite", GOLDEN, CARD)}
    (folder / "manifest.json").write_text(_manifest(files).to_json())
    return folder


def _run(frames: Real) -> dict[str, Real]:
    return ModelStream(find_runtime().open(MODEL), STACK, [("h0", "h0_out")]).feed(frames)


def _manifest(files: dict[str, str]) -> Manifest:
    return Manifest(
        name="tones",
        task="trigger",
        version="1",
        precision="int8",
        features=FEATURES,
        features_sha256=FEATURES.digest(),
        stack=STACK,
        labels=LABELS,
        tensors=_tensors(),
        ops={"FULLY_CONNECTED": 4},
        files=files,
        licence="CC0-1.0",
        golden_tolerance=0.05,
        detector={"smoothing_steps": 4, "leave_ratio": 0.5, "refractory_seconds": 1.0, "timing_seconds": 2.0},
        operating_points={
            label: OperatingPoints((0.3, 0.6, 0.9), (2.0, 0.5, 0.1), (1.0, 2.0, 9.0)) for label in LABELS
        },
        metrics={"miss_percent": {"low tone": 2.0, "high tone": 2.0}},
        training_data=(TrainingData("none", "CC0-1.0", 0.0),),
        edgetpu=EdgeTpu(ok=False, findings=("FULLY_CONNECTED has version 9, the compiler knows 4",)),
    )


def _tensors() -> Tensors:
    model = find_runtime().open(MODEL)
    return Tensors(
        inputs={"frame": describe(model.inputs["frame"])},
        outputs={name: describe(model.outputs[name]) for name in ("scores", "timing")},
        states=(StateInfo("h0", "h0_out", describe(model.inputs["h0"])),),
    )
