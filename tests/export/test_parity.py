import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.audio import SAMPLE_RATE
from tests.model.fixtures.make import frames
from train.__main__ import main
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


@pytest.fixture(scope="module")
def audio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of noise that swells, and one that is shorter than a step."""
    folder, rng = tmp_path_factory.mktemp("audio"), np.random.default_rng(1)
    for name, seconds in (("one", 1.5), ("two", 2.0), ("click", 0.005)):
        count = int(seconds * SAMPLE_RATE)
        soundfile.write(folder / f"{name}.wav", rng.normal(0, 0.05, count) * np.linspace(0, 1, count), SAMPLE_RATE)
    return folder


def test_a_user_sees_what_a_shipped_network_loses(audio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "parity", "--data", str(audio), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["bundle"], found["precision"], found["n"]) == ("trigger-en", "int8", 2)
    for by_column in found["outputs"].values():
        assert list(by_column) == list(COLUMNS)
        assert by_column["streaming float"]["rms"] < 0.01 * by_column["streaming int8"]["rms"]


def test_a_user_may_ask_of_the_speech_network(audio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "parity", "--data", str(audio), "--bundle", "speech-en"]) == 0
    head, _, *table = capsys.readouterr().out.splitlines()
    assert head == "speech-en, 2 recordings, 115 steps"
    assert [row.split(" | ")[1] for row in table if row.startswith("| letters")] == list(COLUMNS)


def test_recordings_without_a_step_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write(tmp_path / "click.wav", np.zeros(80), SAMPLE_RATE)
    assert main(["evaluate", "parity", "--data", str(tmp_path)]) == 65
    assert "no recording is as long as a step" in capsys.readouterr().err


def test_cutting_loses_no_frame() -> None:
    whole = frames(100)
    assert (np.concatenate(list(cut(whole))) == whole).all()
