"""Numbers as text, a whole NumPy array at once: the same digits as `str` and `repr`, exactly.

A table has the text of every number of four digits, so that an integer takes a few divisions by
10,000 and as many lookups. All texts of an array have the same number of bytes; those that a number
does not need are NUL, for the caller to drop.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

WIDEST = 25
"""Bytes of a text at most."""
GROUP = 10_000
_PADDED = [f"{n:04}" for n in range(GROUP)]
_BARE = ["", *map(str, range(1, GROUP))]


def _four_bytes(*texts: str) -> Array:
    return np.array(texts, "S4").view("u4")


_LEADING = _four_bytes(*_PADDED, *_BARE)
"""Four digits; from GROUP on, without the zeros before them."""
_TRAILING = _four_bytes(*_PADDED, *(text.rstrip("0") for text in _PADDED))
"""Four digits; from GROUP on, without the zeros behind them."""


def integers(values: Array) -> Array:
    """Write int64 values from 0 up as decimals."""
    if not values.size:
        return np.empty(0, "S1")
    groups = -(-len(str(values.max())) // 4)
    text = np.empty((values.size, groups), "u4")
    rest = values
    for group in reversed(range(groups)):
        above = rest // GROUP
        digits = rest - above * GROUP
        digits += (above == 0) * GROUP
        text[:, group] = _LEADING[digits]
        rest = above
    texts = text.view(f"S{4 * groups}")[:, 0]
    texts[values == 0] = b"0"
    return texts


# Floats. `repr` writes the shortest decimal that is read back as the same float x, and of several
# the nearest: the multiple of the largest possible power of ten that is nearer to x than half the
# gap between x and the next float. Scaled to 17 digits before the point, x is the sum of a whole
# number below 2^57 and of a fraction that a float holds, and half the gap is a float as well. So
# all comparisons are exact. (Steele and White, PLDI 1990.)

LOW, HIGH = 1e-4, 1e4
"""Floats below LOW, or from HIGH up, are written one by one by `repr`: such ratios are rare."""
_EXPONENTS = range(-4, 4)
_BOUNDS = [10.0**exponent for exponent in _EXPONENTS][1:]
_SCALES = np.array([float(10 ** (16 - exponent)) for exponent in _EXPONENTS])
_UNITS = np.array([10 ** (16 - max(exponent, 0)) for exponent in _EXPONENTS])
"""Divides the 17 digits into the head of the text (all digits before the point, or the first) and
the rest."""
_LIFTS = np.array([10 ** max(exponent, 0) for exponent in _EXPONENTS])
_HEADS = np.array(
    [f"{n}." for n in range(GROUP)]
    + [f"{n}.0" for n in range(GROUP)]
    + [f"0.{'0' * zeros}{digit}" for zeros in (3, 2, 1, 0) for digit in range(10)],
    "S6",
)


def floats(values: Array) -> Array:
    """Write floats as `repr` does."""
    usual = (values >= LOW) & (values < HIGH)
    if usual.all():
        return _usual_floats(values)
    texts = np.empty(values.size, f"S{WIDEST}")
    texts[usual] = _usual_floats(values[usual])
    texts[~usual] = [repr(value) for value in values[~usual].tolist()]
    return texts


def _usual_floats(values: Array) -> Array:
    decade = np.zeros(values.size, np.intp)
    for bound in _BOUNDS:
        decade += values >= bound
    found = _shortest(values, _SCALES[decade])
    unit = _UNITS[decade]
    head = found // unit
    rest = (found - head * unit) * _LIFTS[decade]
    head += np.where(decade < 4, 2 * GROUP + 10 * decade, (rest == 0) * GROUP)
    text = np.empty(values.size, np.dtype([("head", "S6"), ("tail", "u4", 4)]))
    text["head"] = _HEADS[head]
    bare = np.ones(values.size, bool)  # whether all digits further right are zeros
    for group in reversed(range(4)):
        above = rest // GROUP
        digits = rest - above * GROUP
        text["tail"][:, group] = _TRAILING[digits + bare * GROUP]
        bare &= digits == 0
        rest = above
    return text.view("S22")


def _shortest(values: Array, scale: Array) -> Array:
    """Find the shortest decimals, as whole numbers of 17 digits."""
    product, error = _exact_product(values, scale)
    floor = np.floor(error)
    whole = product.astype(np.int64) + floor.astype(np.int64)
    part = error - floor
    gap = np.spacing(values) * (scale / 2)
    found, _ = _nearest(whole, part, 1)
    places = np.arange(values.size)
    for zeros in range(1, 17):
        multiple, away = _nearest(whole, part, 10**zeros)
        good = np.abs(away) < gap
        places = places[good]
        if not places.size:
            break
        found[places] = multiple[good]
        whole, part, gap = whole[good], part[good], gap[good]
    return found


def _exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Multiply; return the rounded product and its error, both exact (Dekker, 1971)."""
    (a1, a2), (b1, b2) = _halves(a), _halves(b)
    product = a * b
    return product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2


def _halves(values: Array) -> tuple[Array, Array]:
    """Split each value into two floats of half the bits."""
    large = values * float((1 << 27) + 1)
    high = large - (large - values)
    return high, values - high


def _nearest(whole: Array, part: Array, unit: int) -> tuple[Array, Array]:
    """Find the multiple of the unit nearest to whole + part, and its distance; of two, the even."""
    rest = whole % unit
    over = rest + part
    up = over > unit / 2
    ties = over == unit / 2
    if ties.any():
        up |= ties & ((whole - rest) // unit % 2 == 1)
    step = up * unit - rest
    return whole + step, part - step
