"""The flat public API of the device package."""

import subprocess
import sys

import pytest

import edge


@pytest.mark.parametrize("name", edge.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(edge, name) is not None


def test_what_is_not_public_is_said_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        edge.nonsense  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import edge, sys; print([m for m in ('numpy', 'edge.pipeline', 'ai_edge_litert') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_listener_loads_no_random_numbers() -> None:
    """They take 2 MB, and the annotation of an argument is enough to load them."""
    code = "import edge.cli.listen, edge.cli.assembly, sys; sys.exit('numpy.random' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
