"""What the benchmarks say of a child is its own, and who calls one without what it needs is told how."""

import importlib.util
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PEERS = BENCHMARKS / "peers.py"
NEEDY = ("drift", "endpoint", "onsets", "orders", "peers", "soak", "telephone", "tune", "voices")


@pytest.mark.skipif(sys.platform != "linux", reason="needs the /proc of Linux")
def test_a_child_is_not_charged_with_the_memory_of_its_parent() -> None:
    spec = importlib.util.spec_from_file_location("peers", PEERS)
    assert spec is not None
    assert spec.loader is not None
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    ours = np.ones(50_000_000, np.uint8)
    seconds, memory = peers.listen(sys.executable, "import sys, time; begun = time.process_time()", b"")
    assert 0 <= seconds < 1
    assert 1 < memory < len(ours) / 1_000_000


@pytest.mark.parametrize("arguments", [[], ["a"] * 9])
@pytest.mark.parametrize("name", NEEDY)
def test_a_benchmark_that_is_given_too_little_or_too_much_says_how_it_is_called(
    name: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorflow", reason="benchmarks need the extra for training: pip install -e '.[train]'")
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit, match=rf"python benchmarks/{name}\.py [A-Z/]"):
        runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")
