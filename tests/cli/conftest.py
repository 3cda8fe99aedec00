import wave
from pathlib import Path

import pytest

from tests.pipeline.tones import make_bundle, recording

WORDS = ((1.0, "low tone"), (2.5, "high tone"), (4.0, "low tone"))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like firmware_models, with tones as the words of trigger-en, and their recording as the demo."""
    folder: Path = tmp_path_factory.mktemp("firmware_models")
    make_bundle(folder / "trigger-en")
    (folder / "demo").mkdir()
    with wave.open(str(folder / "demo" / "demo.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(recording(*WORDS).tobytes())
    return folder


@pytest.fixture(scope="session")
def tones(models: Path) -> Path:
    """The bundle."""
    return models / "trigger-en"


@pytest.fixture(scope="session")
def wav(models: Path) -> Path:
    """The recording: three words in 5 s."""
    return models / "demo" / "demo.wav"


@pytest.fixture
def shipped(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Makes the folder the one that this process takes for shipped models."""
    monkeypatch.setattr("edge.model.shipped.search_path", lambda: (models,))
    return models
