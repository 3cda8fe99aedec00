"""What the benchmarks say of a child is its own."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

PEERS = Path(__file__).parents[1] / "benchmarks" / "peers.py"


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
