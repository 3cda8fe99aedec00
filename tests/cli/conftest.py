import wave
from pathlib import Path

import pytest

from edge.audio import Pcm16
from tests.pipeline import letters as speech
from tests.pipeline.letters import joined, spoken
from tests.pipeline.tones import HERTZ, make_bundle, recording, tone

WORDS = ((1.0, "low tone"), (2.5, "high tone"), (4.0, "low tone"))


def write_wav(path: Path, samples: Pcm16) -> Path:
    """Samples (time,) or (time, channels) as a file."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 16_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like firmware_models, with tones as the words of trigger-en, and their recording as the demo."""
    folder: Path = tmp_path_factory.mktemp("firmware_models")
    make_bundle(folder / "trigger-en")
    (folder / "demo").mkdir()
    write_wav(folder / "demo" / "demo.wav", recording(*WORDS))
    return folder


@pytest.fixture(scope="session")
def tones(models: Path) -> Path:
    """The bundle."""
    return models / "trigger-en"


@pytest.fixture(scope="session")
def wav(models: Path) -> Path:
    """The recording: three words in 5 s."""
    return models / "demo" / "demo.wav"


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A speech bundle, with a language model."""
    return speech.make_bundle(tmp_path_factory.mktemp("speech") / "letters")


@pytest.fixture(scope="session")
def order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a trigger word and what is said after it; it ends in the middle of a second such order."""
    sound = joined(1.0, tone(HERTZ[0], 0.3), spoken("turn on the light"), 1.2, tone(HERTZ[1], 0.3), spoken("stop"))
    return write_wav(tmp_path_factory.mktemp("orders") / "order.wav", sound)


@pytest.fixture(scope="session")
def speaking(tones: Path, letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that names both bundles and asks for nothing beyond triggers."""
    file: Path = tmp_path_factory.mktemp("configuration") / "hark.toml"
    file.write_text(f'[trigger]\nmodel = "{tones}"\n[speech]\nmodel = "{letters}"\n')
    return file


@pytest.fixture
def shipped(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes the folder the one that this process takes for shipped models."""
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (models,))
    return models
