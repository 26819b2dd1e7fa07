"""RANGE: the values that a knob takes, as `0.25..1.0:0.25` or `0.35, 6/7`, counted and exact.

A range may have far more values than memory, so it is kept as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from costcalc import units
from costcalc.errors import CostcalcError
from costcalc.graph.setting import Setting
from costcalc.numeric.exact import EXACT, whole

DISTINCT = 100_000
"""Of so many values at most, one that is named twice is kept once."""


class Span:
    """start, start + step, ... and last, which need not be a whole number of steps away."""

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


class Listed:
    """Values as they were given."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.count = len(values)

    def part(self, first: int, stop: int) -> list[Any]:
        return self.values[first:stop]


class Values:
    """The values of spans, one after the other: any number of them, in no memory."""

    def __init__(self, spans: Sequence[Span | Listed]) -> None:
        self.spans = spans
        self.count = sum(span.count for span in spans)

    def part(self, first: int, stop: int) -> list[Any]:
        """The values from one place up to another."""
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


def listed(values: Iterable[Any]) -> Values:
    """Given values, in their order; one that is given twice is kept once."""
    return Values([Listed(list(dict.fromkeys(values)))])


class Knob(NamedTuple):
    """What a range is made of, for messages too."""

    name: str
    read: Callable[[str], Any]
    """One value from its text; ValueError where it is none."""
    step: Fraction | int | None
    """What is taken where a range names none; None where it must."""
    example: str
    whole: bool = False
    """Whether a step must be a whole number."""
    read_end: Callable[[str], Any] | None = None
    """How an end of a range is read, if not as a value alone is."""

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return CostcalcError(f"{self.name}: {message}", hint=hint or f"such as {self.example}")


def _side(text: str) -> int | tuple[int, int]:
    height, width = units.resolution(text)
    return height if height == width else (height, width)


ALPHA = Knob("alpha", units.ratio, Fraction(1, 4), "0.25..1.0:0.25")
RHO = Knob("rho", units.ratio, None, "0.5..1.0:0.1")
RESOLUTION = Knob("resolution", _side, 32, "128..224:32", whole=True)


def param_knob(name: str, steps_by_one: bool) -> Knob:
    """A param of a network: numbers, or texts that are expressions."""

    def read_end(text: str, plain: Callable[[str], Any] = units.signed_ratio) -> Any:
        try:
            return whole(plain(text))
        except ValueError:
            return text

    def read(text: str) -> Any:
        # Alpha scales a plain number of channels (rule 22), and 7/2 is none: it is an expression.
        return read_end(text, units.number if name.endswith("channels") else units.signed_ratio)

    step = 1 if steps_by_one else None
    return Knob(name, read, step, f"{name}=1..4:1", read_end=read_end)


def read_values(given: Any, knob: Knob) -> Values:
    """The values of a knob, from a RANGE as text, one value, or several."""
    if isinstance(given, str):
        return read_range(given, knob)
    several = isinstance(given, Iterable) and not (
        isinstance(given, tuple) and knob.name == "resolution" and len(given) == 2
    )
    values = listed(read_value(value, knob) for value in (given if several else [given]))
    if not values.count:
        raise knob.fault("there is no value")
    return values


def read_value(given: Any, knob: Knob) -> Any:
    """A value of a knob, from text, int, Fraction or a pair of sides; no float is exact."""
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


def read_setting(setting: Setting, alpha: Any, rho: Any, resolution: Any) -> Setting:
    """A setting with alpha, rho and resolution as `read_value` takes them; None is as it was."""
    given = {ALPHA: alpha, RHO: rho, RESOLUTION: resolution}
    read = {
        knob.name: read_value(value, knob) for knob, value in given.items() if value is not None
    }
    size = read.get("resolution")
    if size is not None and not isinstance(size, tuple):
        read["resolution"] = size, size
    return replace(setting, **read)


def read_range(text: str, knob: Knob) -> Values:
    """The values of a RANGE: values and `a..b[:step]`, separated by commas.

    Raises CostcalcError for what is empty, reversed, has no step, or one that leads nowhere.
    """
    values = Values([_span(part.strip(), knob) for part in _parts(text)])
    if len(values.spans) > 1 and values.count <= DISTINCT:
        return listed(values.all())
    return values


def _parts(text: str) -> list[str]:
    """The text at its commas, but not at those within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _span(text: str, knob: Knob) -> Span | Listed:
    if not text:
        raise knob.fault("a value of the range is empty")
    first, dots, rest = text.partition("..")
    if not dots:
        single = _value(text, knob, knob.read)
        return Listed([single])
    end, colon, step_text = rest.partition(":")
    read_end = knob.read_end or knob.read
    start, last = _value(first, knob, read_end), _value(end, knob, read_end)
    if not (isinstance(start, EXACT) and isinstance(last, EXACT)):
        raise knob.fault(f"a range runs from number to number, not '{text}'")
    step = _step(step_text, knob) if colon else knob.step
    if step is None:
        raise knob.fault(f"the range '{text}' needs a step, behind a colon")
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
