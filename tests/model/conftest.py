import shutil
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def bundle_folder(tmp_path: Path) -> Path:
    """A sound int8 bundle that a test may damage."""
    return Path(shutil.copytree(FIXTURES / "int8", tmp_path / "int8"))
