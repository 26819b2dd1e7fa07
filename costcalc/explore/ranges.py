"""Ranges: the exact values that a knob takes, written as `0.25..1.0:0.25` or `0.35, 6/7`.

A range may have far more values than fit into memory, so values are computed as they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from costcalc import units
from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting, replace
from costcalc.numeric.exact import EXACT, whole

MAX_DISTINCT = 100_000
"""Ranges of more values keep one that is named twice; looking for it would take their time."""


class Span:
    """start, start + step, ... and last, also where it is not a whole number of steps away."""

    def __init__(self, start: Any, step: Any, last: Any) -> None:
        self.last = last
        steps = -((start - last) // step)  # rounded up
        self.count = int(steps) + 1
        # Over one denominator, so that a value is two operations on whole numbers.
        self._over = lcm(start.denominator, step.denominator)
        self._start = int(start * self._over)
        self._step = int(step * self._over)

    def part(self, first: int, stop: int) -> list[Any]:
        numerators = [self._start + index * self._step for index in range(first, stop)]
        if stop == self.count and numerators:
            return [*self._values(numerators[:-1]), self.last]
        return self._values(numerators)

    def _values(self, numerators: list[int]) -> list[Any]:
        if self._over == 1:
            return numerators
        return [whole(Fraction(numerator, self._over)) for numerator in numerators]


class ValueList:
    """Values that are given one by one."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.count = len(values)

    def part(self, first: int, stop: int) -> list[Any]:
        return self.values[first:stop]


class Range:
    """The values of spans, one after the other."""

    def __init__(self, spans: Sequence[Span | ValueList]) -> None:
        self.spans = spans
        self.count = sum(span.count for span in spans)

    def part(self, first: int, stop: int) -> list[Any]:
        """Compute the values from one position up to another."""
        found: list[Any] = []
        before = 0
        for span in self.spans:
            begin, end = max(first - before, 0), min(stop - before, span.count)
            if begin < end:
                found += span.part(begin, end)
            before += span.count
        return found

    def all(self) -> list[Any]:
        return self.part(0, self.count)

    @classmethod
    def of(cls, values: Iterable[Any]) -> Range:
        """Take values in their order; one that is given twice is kept once."""
        return cls([ValueList(list(dict.fromkeys(values)))])


class Knob(NamedTuple):
    """How the values of a knob are read, and what messages call it."""

    name: str
    read: Callable[[str], Any]
    """Reads one value from its text, or raises ValueError."""
    step: Fraction | int | None
    """The step of a range that names none; None where a range must name one."""
    example: str
    whole: bool = False
    """Whether a step must be a whole number."""
    read_end: Callable[[str], Any] | None = None
    """Reads an end of a range, where that is not read as a single value is."""

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return CostcalcError(f"{self.name}: {message}", hint=hint or f"such as {self.example}")


def _side(text: str) -> int | tuple[int, int]:
    height, width = units.resolution(text)
    return height if height == width else (height, width)


ALPHA = Knob("alpha", units.ratio, Fraction(1, 4), "0.25..1.0:0.25")
RHO = Knob("rho", units.ratio, None, "0.5..1.0:0.1")
RESOLUTION = Knob("resolution", _side, 32, "128..224:32", whole=True)
BATCH = Knob("batch", units.batch, 1, "1..8", whole=True)


def param_knob(name: str, steps_by_one: bool) -> Knob:
    """Make the knob of a param, whose values are numbers or expressions as text."""

    def read_end(text: str, plain: Callable[[str], Any] = units.signed_ratio) -> Any:
        try:
            return whole(plain(text))
        except ValueError:
            return text

    def read(text: str) -> Any:
        # A plain number of channels is scaled by alpha. 7/2 is an expression, which is not.
        return read_end(text, units.number if name.endswith("channels") else units.signed_ratio)

    step = 1 if steps_by_one else None
    return Knob(name, read, step, f"{name}=1..4:1", read_end=read_end)


def read_values(given: Any, knob: Knob) -> Range:
    """Read the values of a knob from a range as text, one value, or several."""
    if isinstance(given, str):
        return read_range(given, knob)
    several = isinstance(given, Iterable) and not (
        isinstance(given, tuple) and knob.name == "resolution" and len(given) == 2
    )
    values = Range.of(read_value(value, knob) for value in (given if several else [given]))
    if not values.count:
        raise knob.fault("there is no value")
    return values


def read_value(given: Any, knob: Knob) -> Any:
    """Read a value of a knob from text, int, Fraction or a pair of sides; floats are not exact."""
    if type(given) is Fraction and given > 0 and knob in (ALPHA, RHO):
        return given
    if isinstance(given, float):
        raise CostcalcError(
            f"{knob.name} is exact: give it as text ('{given}') or as a Fraction, not as a float"
        )
    text = "x".join(map(str, given)) if isinstance(given, tuple) else str(given)
    try:
        return knob.read(text)
    except ValueError as error:
        raise CostcalcError(f"{knob.name}: {error}") from None


def read_setting(
    setting: Setting, alpha: Any, rho: Any, resolution: Any, batch: Any = None
) -> Setting:
    """Put values of the knobs, read by `read_value`, into a setting; None changes nothing."""
    given = {ALPHA: alpha, RHO: rho, RESOLUTION: resolution, BATCH: batch}
    read = {
        knob.name: read_value(value, knob) for knob, value in given.items() if value is not None
    }
    size = read.get("resolution")
    if size is not None and not isinstance(size, tuple):
        read["resolution"] = size, size
    return replace(setting, **read)


def read_range(text: str, knob: Knob) -> Range:
    """Read a range: values and `a..b[:step]`, separated by commas.

    Raises CostcalcError where a part is empty, runs backwards, needs a step, or has a step of 0.
    """
    values = Range([_span(part.strip(), knob) for part in _parts(text)])
    if len(values.spans) > 1 and values.count <= MAX_DISTINCT:
        return Range.of(values.all())
    return values


def _parts(text: str) -> list[str]:
    """Split a text at its commas, except at those within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _span(text: str, knob: Knob) -> Span | ValueList:
    if not text:
        raise knob.fault("a value of the range is empty")
    first, dots, rest = text.partition("..")
    if not dots:
        single = _value(text, knob, knob.read)
        return ValueList([single])
    end, colon, step_text = rest.partition(":")
    read_end = knob.read_end or knob.read
    start, last = _value(first, knob, read_end), _value(end, knob, read_end)
    if not (isinstance(start, EXACT) and isinstance(last, EXACT)):
        raise knob.fault(f"the ends of a range must be numbers, not '{text}'")
    step = _step(step_text, knob) if colon else knob.step
    if step is None:
        raise knob.fault(f"the range '{text}' needs a step, after a colon")
    if last < start:
        raise knob.fault(f"the range '{text}' is reversed", f"write {end.strip()}..{first.strip()}")
    return Span(start, step, last)


def _value(text: str, knob: Knob, read: Callable[[str], Any]) -> Any:
    if not text.strip():
        raise knob.fault("an end of the range is empty")
    try:
        return read(text.strip())
    except ValueError as error:
        raise knob.fault(str(error)) from None


def _step(text: str, knob: Knob) -> Any:
    try:
        step = Fraction(units.signed_ratio(text))
    except ValueError as error:
        raise knob.fault(f"the step {error}") from None
    if step <= 0:
        raise knob.fault(f"the step must be above 0, not {text.strip()}")
    if knob.whole and step.denominator != 1:
        raise knob.fault(f"the step must be a whole number, not {text.strip()}")
    return whole(step)
