from collections.abc import Mapping

import numpy as np
import pytest

from tests.model.fixtures.make import frames
from train.networks import Layer, Network, NetworkSpec
from train.parity import COLUMNS, Parity, cut, parity
from train.quantize import Frames, Precision, convert


@pytest.fixture(scope="module")
def report(network: Network, models: Mapping[Precision, bytes]) -> Parity:
    recordings = [frames(301, seed=1), frames(200, seed=2), frames(120, seed=3)]
    return parity(network, models["float"], models["int8"], recordings)


def test_each_view_has_each_recording_in_full(report: Parity) -> None:
    for column in COLUMNS:
        assert [recording["scores"].shape for recording in report.outputs[column]] == [(150, 3), (100, 3), (60, 3)]


@pytest.mark.parametrize("output", ["scores", "timing"])
def test_streaming_the_float_file_is_the_sequence_view(report: Parity, output: str) -> None:
    assert report.difference("float", output).largest == 0.0
    assert report.difference("streaming float", output).largest < 1e-5


@pytest.mark.parametrize("column", ["int8", "streaming int8"])
def test_quantisation_costs_something_but_little(report: Parity, column: str) -> None:
    spread = np.concatenate([recording["scores"] for recording in report.outputs["float"]]).std()
    found = report.difference(column, "scores")
    assert 0 < found.rms < 0.06 * spread
    assert found.agreement > 0.9


def test_an_unbroken_stream_remembers_the_recording_before(report: Parity) -> None:
    apart, unbroken = (report.outputs[column] for column in ("float", "streaming float"))
    np.testing.assert_allclose(unbroken[0]["scores"], apart[0]["scores"], atol=1e-5)
    assert np.abs(unbroken[1]["scores"][:5] - apart[1]["scores"][:5]).max() > 1e-3


def test_a_sliding_window_streams_as_its_sequence_view() -> None:
    network = Network(NetworkSpec(6, (Layer(8),), (("scores", 3),), stack=2, window=7))
    recordings = [frames(61), frames(40, seed=1)]
    model = convert(network, [], "float")
    found = parity(network, model, model, recordings)
    assert [recording["scores"].shape for recording in found.outputs["streaming float"]] == [(30, 3), (20, 3)]
    assert found.difference("streaming float", "scores").largest < 1e-5
    assert found.difference("int8", "scores").largest < 1e-5


def test_a_difference_is_measured_in_three_ways() -> None:
    def views(*rows: list[float]) -> list[dict[str, Frames]]:
        return [{"scores": np.array(rows, np.float32)}]

    exact = views([1, 0], [1, 0], [0, 1], [0, 1])
    other = views([1, 0], [1, 0], [0, 1], [4, 1])
    found = Parity({"float": exact, "int8": other}, exact[0]).difference("int8", "scores")
    assert found.rms == pytest.approx(np.sqrt(2))
    assert (found.largest, found.agreement) == (4.0, 0.75)


def test_the_table_has_a_row_for_each_output_and_view(report: Parity) -> None:
    rows = report.table().splitlines()
    assert len(rows) == 2 + 2 * len(COLUMNS)
    assert rows[2] == "| scores | float | 0 | 0 | 100.00 % |"


def test_cutting_loses_no_frame() -> None:
    whole = frames(100)
    assert (np.concatenate(list(cut(whole))) == whole).all()
