"""Least squares with no coefficient below 0: a layer takes no negative time for its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

TOLERANCE = 1e-10
"""Of a gradient, where columns and target have lengths of 1."""


def solve_nonnegative(matrix: Array, target: Array) -> Array:
    """Return x with no element below 0 that makes |matrix x - target| least.

    Lawson and Hanson 1974, chapter 23: coefficients are freed one by one, by the steepest gradient,
    and fixed at 0 again where they would pass it. Columns are scaled first, since MACs are millions
    and calls are ones.
    """
    import numpy as np

    lengths = np.sqrt((matrix**2).sum(axis=0))
    scale = np.where(lengths > 0, lengths, 1)
    size = float(np.sqrt((target**2).sum())) or 1.0
    orthogonal, scaled = np.linalg.qr(matrix / scale)  # as many rows as columns are left
    aim = orthogonal.T @ (target / size)
    x = np.zeros(matrix.shape[1])
    free = np.zeros(matrix.shape[1], dtype=bool)
    for _ in range(10 * (1 + matrix.shape[1])):
        gradient = scaled.T @ (aim - scaled @ x)
        gradient[free] = 0
        best = int(np.argmax(gradient))
        if gradient[best] <= TOLERANCE:
            break
        free[best] = True
        x = _step(scaled, aim, x, free)
    result: Any = x * size / scale
    return result  # type: ignore[no-any-return]


def _step(matrix: Array, target: Array, x: Array, free: Any) -> Array:
    """The least squares over the free coefficients, of which those that would pass 0 are fixed."""
    import numpy as np

    while True:
        trial = np.zeros_like(x)
        trial[free] = np.linalg.lstsq(matrix[:, free], target, rcond=None)[0]
        low = free & (trial <= 0)
        if not low.any():
            return trial
        way = np.min(x[low] / (x[low] - trial[low]))
        x = x + way * (trial - x)
        free &= x > 1e-14
        x[~free] = 0
