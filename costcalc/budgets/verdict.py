"""A network against its limits: exact and inclusive."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from costcalc.costs.selection import matching
from costcalc.costs.totals import metric_of
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.knobs import Knobs
from costcalc.graph.nodes import Network, Node
from costcalc.language.network_file import NetworkFile
from costcalc.project.limits import Limit, Setting
from costcalc.units import decimal_text

PASS, WARN, FAIL = "pass", "warn", "fail"


class Verdict(NamedTuple):
    """One metric of a network against one limit."""

    limit: Limit
    value: int
    max: int | None
    """The largest value that is allowed."""
    warn: int | None
    """The largest value without a warning."""
    base: int | None
    growth: int | None
    """By how much it may be above its base."""
    status: str
    note: str | None = None

    @property
    def delta(self) -> int | None:
        return None if self.base is None else self.value - self.base

    @property
    def bound(self) -> int | None:
        """The largest value that both the limit and the growth allow; None where neither holds."""
        bounds = [] if self.max is None else [self.max]
        if self.growth is not None and self.base is not None:
            bounds.append(self.base + self.growth)
        return min(bounds, default=None)

    @property
    def excess(self) -> Fraction:
        """How far above its bound, as a part of it: the worst failure has the largest."""
        if self.bound is None or self.value <= self.bound:
            return Fraction(0)
        return Fraction(self.value - self.bound, max(1, self.bound))


class Costs:
    """What a network costs at the settings that limits speak of, each built once."""

    def __init__(self, file: NetworkFile) -> None:
        self.file = file
        self._networks: dict[Setting, Network] = {}

    def network(self, setting: Setting) -> Network:
        if setting not in self._networks:
            knobs = Knobs(setting.alpha, setting.rho, setting.resolution)
            self._networks[setting] = build(
                self.file, setting.variant, knobs, accounting=setting.accounting
            )
        return self._networks[setting]

    def dismantle(self) -> None:
        """Let go of all networks and the file: none of them is of use any more."""
        for network in self._networks.values():
            network.root.dismantle()
        self.file.dismantle()

    def value(self, limit: Limit) -> int:
        """The metric of the network, or of the layers that the limit's pattern matches."""
        nodes = None if limit.layers is None else self._part(limit)
        return metric_of(self.network(limit.setting), limit.metric, nodes)

    def whole(self, limit: Limit) -> int:
        """The metric of the whole network, of which a limit may be a share."""
        return metric_of(self.network(limit.setting), limit.metric)

    def _part(self, limit: Limit) -> list[Node]:
        assert limit.layers is not None
        try:
            return matching(self.network(limit.setting), limit.layers)
        except CostcalcError as error:
            error.position = error.position or limit.position
            raise


def judge(
    limit: Limit,
    costs: Costs,
    base: int | None,
    *,
    base_whole: int | None = None,
    lacks_base: bool = False,
    only_regressions: bool = False,
) -> Verdict:
    """Hold a network to a limit. `base` is the metric's value there, None where it has none.

    base_whole: the whole network's there, where the limit is a share of it and it is known.
    lacks_base: there ought to be a base, and is none, so that growth cannot be told.
    only_regressions: what was above its limit already passes, with a warning, if it did not grow.
    """
    value = costs.value(limit)
    is_share = limit.max is not None and limit.max.relative
    whole = costs.whole(limit) if is_share else 0
    most = None if limit.max is None else limit.max.of(whole)
    warn = None
    if limit.warn is not None:
        warn = limit.warn.of(most or 0)
    growth = None
    if limit.growth is not None and base is not None:
        growth = limit.growth.of(base)
    notes = []
    over = most is not None and value > most
    status = FAIL if over else PASS
    if over and base is not None and limit.max is not None:
        # Of a share, both sides are to be seen against their own wholes.
        former, own = (base_whole, whole) if is_share else (1, 1)
        if former is not None and base > limit.max.of(former):
            notes.append("it was above its limit on the base already")
            if only_regressions and value * former <= base * own:
                status = WARN
    if growth is not None and base is not None and value > base + growth:
        status = FAIL
    if status == PASS and warn is not None and value > warn:
        status = WARN
    if limit.growth is not None and base is None and lacks_base:
        notes.append("its growth was not checked: there is no figure to compare with")
        status = WARN if status == PASS else status
    note = "; ".join(notes) or None
    return Verdict(limit, value, most, warn, base, growth, status, note)


def worst(statuses: list[str]) -> str:
    return max(statuses, key=(PASS, WARN, FAIL).index, default=PASS)


def at_setting(limit: Limit, call: Callable[[], Verdict]) -> Verdict:
    """What is wrong with a network at a limit's setting is told with the limit."""
    try:
        return call()
    except CostcalcError as error:
        said = setting_text(limit.setting)
        for problem in error.problems:
            if problem.position != limit.position:
                problem.notes.append(f"at {said or 'its own setting'}, for {limit.source}")
        raise


def setting_text(setting: Setting) -> str:
    """`variant small, alpha 0.5, resolution 160`; empty where a limit says nothing of it."""
    parts = [f"variant {setting.variant}"] if setting.variant else []
    parts += [
        f"{name} {decimal_text(value)}"
        for name, value in (("alpha", setting.alpha), ("rho", setting.rho))
        if value is not None
    ]
    if setting.resolution is not None:
        height, width = setting.resolution
        parts.append(f"resolution {height}" + (f"×{width}" if width != height else ""))
    if setting.folded:
        parts.append("batch norm folded")
    return ", ".join(parts)
