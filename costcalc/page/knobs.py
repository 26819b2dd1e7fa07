"""The knobs of a page, and the traces that serve all their positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from costcalc.explore.traces import MAX_TERMS, Bounds
from costcalc.graph.inputs import stated_inputs
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.exact import Number
from costcalc.numeric.point import at_point
from costcalc.numeric.trace import Knob, Trace
from costcalc.page.params import knobs_of
from costcalc.page.rows import ALPHA, RESOLUTION, RHO, Rows, Subject

MAX_FORMS = 12
"""Traces of one network in a page."""
MAX_ROWS = 40_000
"""Layers of all traces of one network in a page."""
MAX_KNOBS = 24
"""Params that have a slider."""


class Slider(NamedTuple):
    """A knob with its value, and the range of its slider."""

    name: str
    value: Number
    low: Number
    high: Number
    step: Number
    is_param: bool = False
    is_switch: bool = False
    """Whether it is 1 or 0, for true or false."""

    @property
    def is_whole(self) -> bool:
        return bool(self.step == 1)

    @property
    def knob(self) -> Knob:
        """What a trace may rely on: the page refuses any other value."""
        if self.is_param:
            return Knob(self.value, *Bounds.within(self.low, self.is_whole))
        return Knob(self.value, self.is_whole, int(self.is_whole), not self.is_whole)

    def positions(self, count: int) -> list[Number]:
        """About so many positions of the slider, spread over its range."""
        steps = (self.high - self.low) // self.step
        found = {self.value: None}
        for place in range(count):
            found[self.low + self.step * (steps * place // max(1, count - 1))] = None
        return sorted(found)


def sliders(file: NetworkFile, setting: Setting) -> list[Slider]:
    """The knobs that a network has: alpha, the resolution or rho, and params that are numbers."""
    _, declared = file.variant(setting.variant)
    params = {**declared.params, **setting.params}
    alpha = setting.alpha or declared.alpha or Fraction(1)
    hundredth = Fraction(1, 100)
    found = [Slider(ALPHA, alpha, Fraction(1, 20), max(Fraction(2), 2 * alpha), hundredth)]
    stated = stated_inputs(file, declared._replace(params=file.in_order(params)))
    shapes = setting.inputs(stated).values()
    sides = {side for shape in shapes if len(shape) > 2 for side in shape.sides[-2:]}
    if len(sides) == 1 and setting.rho is None:
        (side,) = sides
        found.append(Slider(RESOLUTION, side, min(side, 16), max(2 * side, 64), 1))
    elif sides and setting.resolution is None:
        rho = Fraction(setting.rho or 1)
        found.append(Slider(RHO, rho, Fraction(1, 20), max(Fraction(2), 2 * rho), hundredth))
    for param in file.network_params:
        for name, value in knobs_of(param, params.get(param)):
            if isinstance(value, bool):
                found.append(Slider(name, int(value), 0, 1, 1, True, True))
            elif value >= 0:
                found.append(_of_param(file, name, value))
    return found[: MAX_KNOBS + 2]


def _of_param(file: NetworkFile, name: str, value: Number) -> Slider:
    of_variants = [
        found
        for own in file.variants.values()
        for knob, found in knobs_of(name.partition("[")[0], own.params.get(name.partition("[")[0]))
        if knob == name
    ]
    step: Number = 1
    if any(isinstance(own, Fraction) for own in (value, *of_variants)):
        step = Fraction(1, 20)
    low = min(value, 1, *of_variants) if step == 1 else step
    return Slider(name, value, low, max(2 * value, 4 if step == 1 else 2), step, True)


class Covered(NamedTuple):
    """The traces of a network, and whether some positions of its sliders have none."""

    rows: list[Rows]
    is_partial: bool


def beside_knobs(subject: Subject, knobs: Sequence[Slider]) -> tuple[Any, ...]:
    """What a network depends on that is no knob: variants that are alike in it share traces."""
    names = {slider.name for slider in knobs}
    setting, (_, declared) = subject.setting, subject.file.variant(subject.setting.variant)
    params = {**declared.params, **setting.params}
    fixed = []
    for name in subject.file.network_params:
        own = [knob for knob, _ in knobs_of(name, params.get(name))]
        if not own or not names.issuperset(own):
            value = params.get(name)
            constant = getattr(value, "constant", None)
            fixed.append(repr(constant) if constant is not None else id(value))
    size = () if names & {RESOLUTION, RHO} else (setting.rho, setting.resolution)
    others = replace(setting, variant=None, alpha=None, rho=None, resolution=None, params={})
    ranges = [(slider.name, slider.knob._replace(value=0)) for slider in knobs]
    return (*ranges, *fixed, *size, others, id(declared.inputs), id(declared.rounding))


def cover(subject: Subject, knobs: Sequence[Slider], known: list[Rows]) -> Covered:
    """Trace a network wherever it is built in another way, its own setting first.

    known: traces of networks that differ in knobs alone, to which the new ones are added.
    """
    found: list[Rows] = []
    names = [slider.name for slider in knobs]
    is_partial = False
    for setting in _settings(knobs):
        values = dict(zip(names, setting, strict=True))
        if any(serves(rows.trace, values) for rows in found):
            continue
        if len(found) >= MAX_FORMS or sum(len(rows.costs) for rows in found) > MAX_ROWS:
            is_partial = True
            continue
        rows = next((rows for rows in known if serves(rows.trace, values)), None)
        if rows is None:
            rows = subject.rows({s.name: s.knob._replace(value=values[s.name]) for s in knobs})
            if not found and _is_slow(rows):
                return Covered([subject.rows({})], True)
            known.append(rows)
        found.append(rows)
    return Covered(found, is_partial)


def serves(trace: Trace, values: dict[str, Number]) -> bool:
    try:
        return at_point(trace, values) is not None
    except ZeroDivisionError:
        return False


def _is_slow(rows: Rows) -> bool:
    terms = sum(len(part.terms) for step in rows.trace.steps for part in step.parts())
    return terms > MAX_TERMS * (len(rows.costs) + 50)


def _settings(knobs: Sequence[Slider]) -> Iterator[tuple[Number, ...]]:
    """The network's own setting; positions of each knob, the others at their own; then of two."""
    own = tuple(slider.value for slider in knobs)
    yield own
    for place, slider in enumerate(knobs):
        for value in slider.positions(6 if slider.is_param else 24):
            yield (*own[:place], value, *own[place + 1 :])
    switches = [(slider.value, 1 - slider.value) for slider in knobs if slider.is_switch]
    for values in product(*switches[:3]):
        left = iter(values)
        yield tuple(
            next(left, slider.value) if slider.is_switch else slider.value for slider in knobs
        )
    if len(knobs) > 1 and not knobs[1].is_param:
        for pair in product(*(slider.positions(6) for slider in knobs[:2])):
            yield (*pair, *own[2:])
