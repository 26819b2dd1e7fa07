"""Whether a network keeps within a limit: exact, and the limit itself is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from costcalc.budgets.cost_cache import CostCache
from costcalc.errors import CostcalcError
from costcalc.numeric.exact import Number
from costcalc.project.amounts import Amount
from costcalc.project.limits import Limit

PASS, WARN, FAIL = "pass", "warn", "fail"


class Fitting(NamedTuple):
    """How many networks of a space are within limits, and how many must be."""

    needed: int
    least: int
    most: int
    """Equal where the count is exact; else these are proven bounds of it."""
    total: int

    @property
    def decides(self) -> int:
        """The count; of bounds, the one by which it is known whether enough fit."""
        return self.least if self.least >= self.needed else self.most

    @property
    def bound(self) -> str:
        """The sign before it: empty where the count is exact."""
        if self.least == self.most:
            return ""
        return "≥ " if self.least >= self.needed else "≤ "


class Verdict(NamedTuple):
    """One metric of a network against one limit."""

    limit: Limit
    value: Number
    max: Number | None
    """The largest value that is allowed."""
    warn: Number | None
    """The largest value without a warning."""
    base: Number | None
    growth: Number | None
    """The largest growth that is allowed."""
    status: str
    note: str | None = None
    fitting: Fitting | None = None
    """Of a space whose networks are counted: then the value is a bound of how many fit."""

    @property
    def delta(self) -> Number | None:
        return None if self.base is None else self.value - self.base

    @property
    def bound(self) -> Number | None:
        """The largest value that both the limit and the growth allow; None where neither holds."""
        bounds = [] if self.max is None else [self.max]
        if self.growth is not None and self.base is not None:
            bounds.append(self.base + self.growth)
        return min(bounds, default=None)

    @property
    def excess(self) -> Fraction:
        """How far the value is above its bound, or too few fit, in parts of the bound."""
        if self.fitting is not None:
            return max(Fraction(0), 1 - Fraction(self.value) / self.fitting.needed)
        if self.bound is None or self.value <= self.bound:
            return Fraction(0)
        return Fraction(self.value - self.bound) / (self.bound or 1)


def judge(
    limit: Limit,
    costs: CostCache,
    base: Number | None,
    *,
    base_whole: Number | None = None,
    lacks_base: bool = False,
    only_regressions: bool = False,
) -> Verdict:
    """Compare a network with a limit.

    base: the value on the base, None where there is none. base_whole: that of the whole network,
    for a limit that is a share of it. lacks_base: a base was asked for and could not be had, so
    that growth is unknown. only_regressions: what was above its limit on the base already passes,
    with a warning, if it did not grow.
    """
    if limit.needed is not None:
        return _judge_fitting(limit, limit.needed, costs)
    value = costs.value(limit)
    is_share = limit.max is not None and limit.max.relative
    whole = costs.whole(limit) if is_share else 0
    maximum = None if limit.max is None else limit.max.of(whole)
    warn = None if limit.warn is None else limit.warn.of(maximum or 0)
    growth = None if limit.growth is None or base is None else limit.growth.of(base)
    notes = []
    is_over = maximum is not None and value > maximum
    status = FAIL if is_over else PASS
    if is_over and base is not None and limit.max is not None:
        # A share is compared as a part of each side's own whole network.
        old_whole, new_whole = (base_whole, whole) if is_share else (1, 1)
        if old_whole is not None and base > limit.max.of(old_whole):
            notes.append("it was above its limit on the base already")
            if only_regressions and value * old_whole <= base * new_whole:
                status = WARN
    if growth is not None and base is not None and value > base + growth:
        status = FAIL
    if status == PASS and warn is not None and value > warn:
        status = WARN
    if limit.growth is not None and base is None and lacks_base:
        notes.append("its growth was not checked: there is no figure to compare with")
        status = WARN if status == PASS else status
    return Verdict(limit, value, maximum, warn, base, growth, status, "; ".join(notes) or None)


def _judge_fitting(limit: Limit, needed: Amount, costs: CostCache) -> Verdict:
    """Compare how many networks of a space are within limits with how many must be."""
    counted, total = costs.fitting(limit)
    wanted = ceil(needed.value * total) if needed.relative else ceil(needed.value)
    found = Fitting(wanted, counted.least, counted.most, total)
    if found.least < wanted <= found.most:
        raise CostcalcError(
            f"whether {wanted:,} networks fit is undecided: proven is that {found.least:,} to "
            f"{found.most:,} do",
            position=limit.position,
            hint="limit one metric, of which the count is exact, or ask for a number out of these "
            "bounds",
        )
    status = PASS if found.least >= wanted else FAIL
    return Verdict(limit, found.decides, None, None, None, None, status, fitting=found)


def worst(statuses: Iterable[str]) -> str:
    return max(statuses, key=(PASS, WARN, FAIL).index, default=PASS)


@contextmanager
def faults_name(limit: Limit) -> Iterator[None]:
    """Add to faults at a limit's setting which setting and which limit they come from."""
    try:
        yield
    except CostcalcError as error:
        setting = limit.setting.text() or "its own setting"
        for problem in error.problems:
            if problem.position != limit.position:
                problem.notes.append(f"at {setting}, for {limit.source}")
        raise
