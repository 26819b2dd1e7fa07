"""Axes: the positions of exact numbers of any size, and round numbers as ticks.

An axis runs from 0 to 1. A position on it is a float, but the value there may have thousands of
digits. No float holds that, and matplotlib's tickers know floats only; besides, the terminal and
the file should show the same ticks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from costcalc.units import decimal_text, fixed

Value: TypeAlias = "int | Fraction"

STEPS = (1, 2, 5)
"""Round numbers are these times a power of ten."""
NARROW = 2
"""Ratio of its ends below which a logarithmic axis might have no round number on it."""
SHORT = 6
"""Characters of a tick, so that ten ticks fit."""
UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (1000, "k"))
TINY = Fraction(1, 1000)
NAMED = 10**15
"""Numbers below TINY and from NAMED up are written with a power of ten."""


class Tick(NamedTuple):
    at: float
    text: str


class Scale(NamedTuple):
    """An axis of numbers between its ends."""

    low: Value
    high: Value
    log: bool = False
    marked: tuple[Value, ...] = ()
    """Ticks to use instead of round numbers."""

    def at(self, value: Value) -> float:
        if self.log:
            low, high = _log10(self.low), _log10(self.high)
            return (_log10(value) - low) / (high - low)
        # One exact division, since the ends may not fit a float.
        return float(Fraction(value - self.low, self.high - self.low))

    def ticks(self, most: int) -> list[Tick]:
        """Choose ticks: the axis's own, or round numbers, hardly more than so many."""
        values: Iterable[Value]
        if self.marked and len(self.marked) <= most:
            own = [Tick(self.at(value), plain(value)) for value in self.marked]
            if all(len(tick.text) <= SHORT for tick in own):
                return own
        if self.log:
            values = self._round(most)
        else:
            values = _multiples(self.low, self.high, _step(self.high - self.low, most))
        return [Tick(self.at(value), brief(value)) for value in values]

    def _round(self, most: int) -> list[Value]:
        decades = _exponent(self.high) - _exponent(self.low) + 1
        finest = _ladder(self.low, self.high, STEPS) if decades <= most else ()
        values = list(finest)
        if 1 < len(values) <= most:
            return values
        every = max(1, int(_step(decades, most)))
        return list(_ladder(self.low, self.high, (1,), every))

    def minor(self) -> list[float]:
        """Place small ticks between powers of ten, which make an axis look logarithmic."""
        if not self.log or self.high > self.low * 10**6:
            return []
        return [self.at(value) for value in _ladder(self.low, self.high, range(2, 10))]


def linear(values: Iterable[Value], zero: bool = False) -> Scale:
    """Make a linear axis around the values between round numbers, from 0 if `zero`."""
    found = [*values, *([0] if zero else [])]
    low, high = min(found), max(found)
    if low == high:
        low, high = low - (0 if zero else 1), high + 1
    step = _step(high - low, 8)
    return Scale(low // step * step, -(-high // step) * step)


def logarithmic(values: Iterable[Value]) -> Scale:
    """Make a logarithmic axis around the values, or a linear one where that is impossible."""
    found = list(values)
    low, high = min(found), max(found)
    if low <= 0 or low < high < NARROW * low:
        return linear(found)
    first, last = _rounded_down(low), _rounded_up(high)
    return Scale(first, last if last > first else _rounded_up(2 * first), log=True)


def fitted(values: Sequence[Value]) -> Scale:
    """Make an axis closely around the values; they are its ticks if they are far enough apart."""
    ordered = sorted(set(values))
    low, high = ordered[0], ordered[-1]
    margin = Fraction(high - low, 25)
    gaps = [after - before for before, after in pairwise(ordered)]
    apart = bool(gaps) and min(gaps) * 10 >= high - low
    return Scale(low - margin, high + margin, marked=tuple(ordered) if apart else ())


def _step(span: Value, most: int) -> Value:
    """Find the least round number that divides the span into at most so many parts."""
    return _rounded_up(Fraction(span, max(1, most - 1)))


def _rounded_up(value: Value) -> Value:
    power = Fraction(10) ** _exponent(value)
    return min(step * power for step in (*STEPS, 10) if step * power >= value)


def _rounded_down(value: Value) -> Value:
    power = Fraction(10) ** _exponent(value)
    return max(step * power for step in STEPS if step * power <= value)


def _multiples(low: Value, high: Value, step: Value) -> Iterator[Value]:
    first, last = -(-low // step), high // step
    return (step * index for index in range(int(first), int(last) + 1))


def _ladder(low: Value, high: Value, steps: Iterable[int], every: int = 1) -> Iterator[Value]:
    """List steps times powers of ten between two values, of every so many-th power."""
    wanted = tuple(steps)
    for exponent in range(_exponent(low), _exponent(high) + 1):
        if exponent % every == 0:
            power = Fraction(10) ** exponent
            yield from (s * power for s in wanted if low <= s * power <= high)


def _log10(value: Value) -> float:
    return math.log10(value.numerator) - math.log10(value.denominator)


def _exponent(value: Value) -> int:
    """Find the power of ten below a positive value: 2 for 569."""
    exponent = math.floor(_log10(value))
    while Fraction(10) ** exponent > value:
        exponent -= 1
    while Fraction(10) ** (exponent + 1) <= value:
        exponent += 1
    return exponent


def plain(value: Value) -> str:
    """Write a knob's value: `224`, `0.75`, `5/7`."""
    small = -(10**6) < value < 10**6 and value.denominator < 10**6
    return decimal_text(value) if small else brief(value)


def brief(value: Value, places: int = 6) -> str:
    """Write a count: `569M`, `2.5k`, `2e300`, rounded to so many places."""
    if value < 0:
        return "-" + brief(-value, places)
    if value == 0 or TINY <= value < 1000:
        return _rounded(value, places)
    for unit, letter in UNITS if value < NAMED else ():
        if value >= unit:
            return _rounded(Fraction(value, unit), places) + letter
    exponent = _exponent(value)
    return f"{_rounded(value / Fraction(10) ** exponent, places)}e{exponent}"


def _rounded(value: Value, places: int) -> str:
    text = fixed(Fraction(value), places)
    return text.rstrip("0").rstrip(".") if "." in text else text
