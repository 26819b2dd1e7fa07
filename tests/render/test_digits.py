"""Whole arrays of numbers as text, against `str` and `repr`."""

import math
import random
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.render import digits


def texts(fixed):
    """The text of each element, its NULs dropped."""
    width = fixed.dtype.itemsize
    data = fixed.tobytes()
    return [
        data[start : start + width].replace(b"\0", b"").decode()
        for start in range(0, len(data), width)
    ]


def integers(values):
    return texts(digits.integers(np.array(values, np.int64)))


def floats(values):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return texts(digits.floats(np.array(values, np.float64)))


def test_integers_around_each_power_of_ten():
    values = [10**n + more for n in range(19) for more in (-1, 0, 1)]
    assert integers(values) == list(map(str, values))
    for value in [*values, 2**63 - 1]:
        assert integers([value]) == [str(value)]
    assert integers([]) == []


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1))
def test_integers(values):
    assert integers(values) == list(map(str, values))


@given(st.lists(st.floats(0, 1e6) | st.floats(0, 1, width=32) | st.floats(), min_size=1))
def test_floats(values):
    assert floats(values) == list(map(repr, values))


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 10**12)), min_size=1))
def test_ratios(pairs):
    values = [a / b for a, b in pairs]
    assert floats(values) == list(map(repr, values))


def neighbours(value, count=100):
    """Floats just below and just above."""
    for direction in (-math.inf, math.inf):
        near = value
        for _ in range(count):
            yield near
            near = math.nextafter(near, direction)


@pytest.mark.parametrize(
    "values",
    [
        [near for n in range(-5, 6) for near in neighbours(10.0**n)],
        [near for n in range(-14, 15) for near in neighbours(2.0**n)],
        # With few bits behind the point, two shortest decimals may be equally near.
        [n / 2**17 for n in range(1, 2**17)],
        [(2 * n + 1) / 2**18 for n in range(2**17)],
        [(2 * n + 1) * 2.0**-power for n in range(500) for power in range(-4, 30)],
        [n / 10**places for places in (1, 2, 3, 4) for n in range(10**places)],
        list(map(float, range(12_000))),
    ],
    ids=["decades", "binades", "seventeen bits", "eighteen bits", "few bits", "decimals", "whole"],
)
def test_floats_of_a_kind(values):
    assert floats(values) == list(map(repr, values))


def test_many_floats():
    source = random.Random(1)
    values = [source.uniform(1e-4, 1) for _ in range(50_000)]
    values += [10 ** source.uniform(-6, 6) for _ in range(50_000)]
    values += [
        float(f"{source.random():.{places}f}") for places in range(1, 18) for _ in range(999)
    ]
    assert floats(values) == list(map(repr, values))
