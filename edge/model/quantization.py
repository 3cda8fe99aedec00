"""Affine quantisation: real = scale * (integer - zero_point)."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Real: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.signedinteger[Any]]

LIMITS = {
    np.dtype(dtype): (np.float32(np.iinfo(dtype).min), np.float32(np.iinfo(dtype).max)) for dtype in (np.int8, np.int16)
}
"""Lowest and highest integer of each format."""


@dataclass(frozen=True, slots=True)
class Quantization:
    """The scale and zero point of one tensor."""

    scale: float
    """Real units of one step, above zero."""

    zero_point: int
    """The integer that stands for 0.0."""

    def quantize(self, real: Real, dtype: npt.DTypeLike = np.int8) -> Integers:
        """Nearest integers, of the same shape; what lies beyond the type's range becomes its end.

        A plain cast would wrap loud input round to the other sign and ruin the state. NaN becomes the lower end.
        """
        lowest, highest = LIMITS[np.dtype(dtype)]
        # In place, with scalars of the array's own type: this runs for every block of audio, for days.
        steps = real / np.float32(self.scale)
        np.rint(steps, out=steps)
        steps += np.float32(self.zero_point)
        np.fmax(steps, lowest, out=steps)
        np.fmin(steps, highest, out=steps)
        return steps.astype(dtype)

    def dequantize(self, integers: Integers) -> Real:
        """Real values, of the same shape."""
        return (integers.astype(np.float32) - np.float32(self.zero_point)) * np.float32(self.scale)
