import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edge.model.quantization import Quantization

pytestmark = pytest.mark.runtime

STATE = Quantization(1 / 128, 0)


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (0.0, 10),
        (0.5, 11),
        (0.74, 11),
        (0.76, 12),
        (-0.5, 9),
        (58.5, 127),
        (58.6, 127),
        (1e9, 127),
        (float("inf"), 127),
        (-69.0, -128),
        (-1e9, -128),
        (float("-inf"), -128),
        (float("nan"), -128),
    ],
)
def test_rounds_to_the_nearest_step_and_clips_what_is_out_of_range(real: float, expected: int) -> None:
    quantized = Quantization(scale=0.5, zero_point=10).quantize(np.array([real], np.float32))
    assert quantized.dtype == np.int8
    assert quantized.tolist() == [expected]


@given(
    hnp.arrays(np.float32, 20, elements=st.floats(-1, 127 / 128, width=32)),
    st.sampled_from([np.int8, np.int16]),
)
def test_within_range_nothing_moves_by_more_than_half_a_step(real: np.ndarray, dtype: type) -> None:
    there_and_back = STATE.dequantize(STATE.quantize(real, dtype))
    assert np.abs(there_and_back - real).max() <= STATE.scale / 2


@given(st.integers(-128, 127), st.floats(1e-4, 10), st.integers(-128, 127))
def test_integers_survive_the_way_to_real_and_back(integer: int, scale: float, zero_point: int) -> None:
    quantization = Quantization(scale, zero_point)
    values = np.array([integer], np.int8)
    assert quantization.quantize(quantization.dequantize(values)) == values


def test_sixteen_bits_clip_at_their_own_ends() -> None:
    values = Quantization(1 / 32768, 0).quantize(np.array([-2, 2], np.float32), np.int16)
    assert values.tolist() == [-32768, 32767]
