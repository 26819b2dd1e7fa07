"""`costcalc solve`: the largest settings at which a network keeps within limits.

Cost need not grow with a knob, so the search looks at every plateau between breakpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc import units
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis
from costcalc.explore.breakpoints import Breakpoints, Domain, Plateau
from costcalc.explore.plan import Plan
from costcalc.explore.ranges import Range
from costcalc.language.overrides import check_knob
from costcalc.numeric.exact import EXACT, Number, whole

MOST_SAMPLES = 1024
"""Of a batch that is searched, unless a range says otherwise."""


class Solution(NamedTuple):
    """A setting within all limits: the largest values of its plateaus."""

    knobs: dict[str, Any]
    counts: dict[str, Number]
    plateaus: dict[str, Plateau]
    next: Next | None
    """The next larger value of the first knob at which a limit is exceeded."""


class Next(NamedTuple):
    """A setting above a solution, and the metrics that exceed their limits there."""

    knobs: dict[str, Any]
    counts: dict[str, Number]
    exceeds: list[str]


class Miss(NamedTuple):
    """Where no setting fits, the one that comes nearest, and how far it is above each limit."""

    knobs: dict[str, Any]
    counts: dict[str, Number]
    misses: dict[str, Number]


class Solved(NamedTuple):
    """What a search found, and what it was asked."""

    plan: Plan
    limits: dict[str, Number]
    domains: list[Domain]
    solutions: list[Solution]
    nearest: Miss | None


def search_domains(plan: Plan, names: Sequence[str], texts: Mapping[str, str]) -> list[Domain]:
    """Find where to search each of the knobs; see `search_domain`."""
    for name in texts:
        if name not in names:
            raise CostcalcError(f"a range is given for {name}, which is not varied")
    if len(set(names)) < len(names):
        raise CostcalcError("a knob to vary is named twice")
    if {"rho", "resolution"} <= set(names):
        raise CostcalcError("rho and resolution are one knob: vary one of them")
    for axis in plan.axes:
        both = {axis.name, *names}
        if axis.name in names or {"rho", "resolution"} <= both:
            raise CostcalcError(f"{axis.name} has a value and cannot be varied")
        if axis.count > 1:
            raise CostcalcError(f"{axis.name}: give one value; --vary {axis.name} searches a range")
    for name in plan.setting.params:
        if name in names:
            raise CostcalcError(f"{name} has a value and cannot be varied")
    return [search_domain(plan, name, texts.get(name)) for name in names]


def search_domain(plan: Plan, name: str, text: str | None) -> Domain:
    """Take the domain of a knob from a text `a..b`, or up to twice the network's own value.

    Resolution, batch and params that are whole numbers take whole numbers; all others take any.
    """
    settings = plan.declared
    if name in ("alpha", "rho"):
        own: Any = Fraction(1)
    elif name == "resolution":
        shapes = plan.inputs.values()
        own = next((shape[-2] for shape in shapes if len(shape) > 2), None)
        if own is None:
            raise CostcalcError("the network's input has no height and width to vary")
    elif name == "batch":
        own = MOST_SAMPLES // 2
    else:
        check_knob(plan.file, name)
        own = settings.params[name].constant if name in settings.params else None
        if isinstance(own, bool) or not isinstance(own, EXACT):
            raise CostcalcError(
                f"the param '{name}' is not a plain number: it cannot be varied",
                hint="costcalc sweep --set takes any values",
            )
    low, high = sorted((0, 2 * own)) if text is None else _ends(name, text)
    is_whole = all(isinstance(end, int) for end in (own, low, high))
    if name in ("resolution", "batch"):
        if not is_whole:
            raise CostcalcError(f"{name}: the ends of '{text}' must be whole numbers")
        if high < 1:
            raise CostcalcError(f"{name}: '{text}' has no value of at least 1")
        low = max(1, low)
    positive = name in ("alpha", "rho")
    if low < 0 and positive:
        raise CostcalcError(f"{name}: {low} is below 0")
    if high <= 0 and positive:
        raise CostcalcError(f"{name}: '{text}' has no value above 0")
    low_open = not is_whole and (low == 0 if positive or text is None else False)
    return Domain(name, low, high, low_open, is_whole)


def _ends(name: str, text: str) -> tuple[Any, Any]:
    hint = f"such as {name}=1..4"
    first, dots, last = text.partition("..")
    try:
        low, high = whole(units.signed_ratio(first)), whole(units.signed_ratio(last))
    except ValueError as error:
        message = str(error) if dots else f"'{text}' is not a range"
        raise CostcalcError(f"{name}: {message}", hint=hint) from None
    if high < low:
        raise CostcalcError(
            f"{name}: the range '{text}' is reversed", hint=f"write {last.strip()}..{first.strip()}"
        )
    return low, high


def solve(plan: Plan, limits: Mapping[str, Number], domains: Sequence[Domain]) -> Solved:
    """Find the maximal settings: any with a larger knob and no smaller one exceeds a limit.

    Raises CostcalcError where the network cannot be built at any setting.
    """
    from costcalc.explore.largest import largest_within, nearest_to

    metrics = tuple(dict.fromkeys(("macs", "params", *limits)))
    plan.for_metrics(metrics)
    search = Breakpoints(plan, domains, metrics)
    if not search.valid.any():
        assert search.fault is not None
        search.plan.at([own[-1] for own in search.values()])
        raise search.fault
    solutions = [_solution(search, limits, index) for index in largest_within(search, limits)]
    solutions.sort(key=lambda solution: -solution.counts["macs"])
    for solution in solutions:
        _check(plan, solution)
    miss = None if solutions else _miss(search, limits, nearest_to(search, limits))
    return Solved(plan, dict(limits), list(domains), solutions, miss)


def _miss(search: Breakpoints, limits: Mapping[str, Number], index: list[int]) -> Miss:
    counts = search.counts(index)
    misses = {name: counts[name] - limit for name, limit in limits.items() if counts[name] > limit}
    return Miss(search.knobs(index)[0], counts, misses)


def _solution(search: Breakpoints, limits: Mapping[str, Number], index: list[int]) -> Solution:
    knobs, plateaus = search.knobs(index)
    above = None
    for place in range(index[0] + 1, len(search.intervals[0])):
        other = [place, *index[1:]]
        if search.valid[tuple(other)]:
            counts = search.counts(other)
            exceeds = [metric for metric, limit in limits.items() if counts[metric] > limit]
            if exceeds:
                above = Next(
                    {**search.knobs(other)[0], **{n: knobs[n] for n in list(knobs)[1:]}},
                    counts,
                    exceeds,
                )
                break
    return Solution(knobs, search.counts(index), plateaus, above)


def _check(plan: Plan, solution: Solution) -> None:
    """Build the network once more, in plain numbers, at the values that are reported."""
    one = plan.with_axes([Axis(name, Range.of([value])) for name, value in solution.knobs.items()])
    network = one.at([axis.slice(0, 1)[0] for axis in one.axes])
    found = measure(network, tuple(solution.counts))
    if found != solution.counts:
        raise AssertionError(f"{solution.knobs}: {found}, not {solution.counts}")
