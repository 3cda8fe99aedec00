"""Sound of any format, in portions of any size, as what a file of it would come to."""

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.capture import open_source
from edge.capture.wav import WavFormat
from edge.wyoming.messages import PCM, RefusalError
from edge.wyoming.sound import Sound

pytestmark = pytest.mark.runtime

STEREO = WavFormat((PCM, 2), 2, 48_000)
NOISE = np.random.default_rng(5).integers(-9000, 9000, (9600, 2)).astype("<i2").tobytes()


def fed(*portions: bytes, form: WavFormat = STEREO) -> list[int]:
    sound = Sound(form)
    blocks = [*map(sound.feed, portions), sound.finish()]
    assert [block.start for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    return [int(sample) for block in blocks for sample in block.samples]


@pytest.mark.parametrize(("width", "channels", "rate"), [(2, 1, 16_000), (1, 1, 8000), (3, 2, 44_100), (4, 4, 96_000)])
def test_it_is_what_a_file_of_it_comes_to(tmp_path: Path, width: int, channels: int, rate: int) -> None:
    data = NOISE[: 240 * 100]
    with wave.open(str(tmp_path / "noise.wav"), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(data)
    with open_source(str(tmp_path / "noise.wav")) as source:
        expected = np.concatenate([block.samples for block in source])
    assert fed(data, form=WavFormat((PCM, width), channels, rate)) == expected.tolist()


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, 9600), max_size=8).map(sorted))
def test_portions_make_no_difference(cuts: list[int]) -> None:
    bounds = zip([0, *cuts], [*cuts, 9600], strict=True)
    assert fed(*(NOISE[4 * first : 4 * last] for first, last in bounds)) == fed(NOISE)


def test_no_portion_is_longer_than_a_second() -> None:
    portions = Sound(STEREO).portions(bytes(4 * 100_000))
    assert [len(one) // 4 for one in portions] == [48_000, 48_000, 4000]
    assert Sound(STEREO).portions(b"") == []


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(RefusalError, match=r"5 bytes .* takes 4"):
        Sound(STEREO).portions(bytes(5))
