from pathlib import Path

import pytest

from edge.model import StreamingModel
from tests.pipeline.tones import make_bundle


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> StreamingModel:
    """A network whose words are tones."""
    folder: Path = tmp_path_factory.mktemp("models") / "tones"
    return StreamingModel.load(make_bundle(folder))
