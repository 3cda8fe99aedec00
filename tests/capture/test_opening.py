"""What a specification means, and which values cannot be."""

from pathlib import Path

import pytest

from edge.capture import Channel, open_source
from edge.capture.source import Options
from edge.errors import UsageError

pytestmark = pytest.mark.runtime


@pytest.mark.parametrize("rate", [-1, 0, 1, 3999, 384_001, 10**9])
def test_an_absurd_rate_is_refused_before_anything_is_opened(rate: int) -> None:
    with pytest.raises(UsageError, match=f"a rate of {rate} Hz cannot be: give one from 4000 to 384000"):
        open_source("-", rate=rate)


@pytest.mark.parametrize(
    ("channels", "channel", "block", "message"),
    [(0, 0, 1, "0 channels"), (65, 0, 1, "65 channels"), (1, -1, 1, "channel -1"), (1, "mix", 0, "block of 0")],
)
def test_other_values_out_of_range_are_refused(channels: int, channel: Channel, block: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Options(channels=channels, channel=channel, block=block)


@pytest.mark.parametrize("spec", ["", "mic:"])
def test_an_input_without_a_name_is_refused(spec: str) -> None:
    with pytest.raises(UsageError, match="the input has no name"):
        open_source(spec)


def test_a_file_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "12:30.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0data\2\0\0\0\7\0")
    with open_source(str(path)) as source:
        assert [block.samples.tolist() for block in source] == [[7]]
