"""Models whose words are tones and whose letters are chords, as a server has them."""

import importlib
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from edge.cli.wyoming import assemble_ears
from edge.config import load_config
from edge.wyoming.ears import Ears
from tests.pipeline import letters, tones

with warnings.catch_warnings(), suppress(ModuleNotFoundError):
    # The library prefers audioop, which Python 3.11 and 3.12 announce the end of, and has its own where that is gone.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("wyoming.info")


@pytest.fixture(scope="session")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration that names both bundles."""
    folder: Path = tmp_path_factory.mktemp("wyoming")
    trigger, speech = tones.make_bundle(folder / "tones"), letters.make_bundle(folder / "letters")
    file = folder / "hark.toml"
    file.write_text(f'[trigger]\nmodel = "{trigger}"\n[speech]\nmodel = "{speech}"\n')
    return file


@pytest.fixture(scope="session")
def ears(configuration: Path) -> Ears:
    """The models that the configuration names."""
    return assemble_ears(load_config(configuration), None)
