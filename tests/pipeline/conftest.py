from pathlib import Path

import pytest

from edge.model import StreamingModel
from tests.pipeline import letters as speech
from tests.pipeline import tones as words


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> StreamingModel:
    """A network whose words are tones."""
    folder: Path = tmp_path_factory.mktemp("models") / "tones"
    return StreamingModel.load(words.make_bundle(folder))


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> StreamingModel:
    """A network that hears letters."""
    folder: Path = tmp_path_factory.mktemp("models") / "letters"
    return StreamingModel.load(speech.make_bundle(folder))
