"""Why a network failed: the layers that grew or weigh most, and what would fit."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from costcalc.budget import Costs, Verdict
from costcalc.changes import EDITED, compare_networks
from costcalc.dag import Network, Step
from costcalc.errors import CostcalcError
from costcalc.fits import Fit, fits
from costcalc.measure import value_of
from costcalc.spec.budgets import Limit, Setting


class Culprit(NamedTuple):
    """A layer that grew; without a base, one that weighs much."""

    name: str
    line: int
    metric: str
    value: int
    delta: int | None
    cause: str | None
    """edited or propagated"""


def find_culprits(
    costs: Costs, old: Costs | None, failures: Sequence[Verdict], top: int
) -> tuple[list[Culprit], int]:
    """The layers that grew most by each metric that failed, else the heaviest; and a line."""
    culprits: list[Culprit] = []
    line = None
    seen: set[tuple[Setting, str, str | None]] = set()
    for verdict in sorted(failures, key=lambda verdict: -verdict.excess):
        limit = verdict.limit
        key = limit.setting, limit.metric, limit.layers
        if key not in seen:
            seen.add(key)
            found = _grown(costs, old, limit) or _heaviest(costs.network(limit.setting), limit)
            culprits += found[:top]
            line = line or (found[0].line if found else None)
    return culprits, line or 1


def _grown(costs: Costs, old: Costs | None, limit: Limit) -> list[Culprit]:
    """The layers that grew by a limit's metric: edited ones first, each kind by how much."""
    if old is None or old is costs:
        return []
    try:
        before = old.network(limit.setting)
    except CostcalcError:  # at this setting there was no network
        return []
    grown = []
    after = costs.network(limit.setting)
    for change in compare_networks(before, after).changes:
        step = change.new
        if step is not None and _concerns(limit, step):
            was = int(value_of(before, limit.metric, [change.old])) if change.old else 0
            value = int(value_of(after, limit.metric, [step]))
            if value > was:
                grown.append(
                    Culprit(step.name, step.line, limit.metric, value, value - was, change.cause)
                )
    return sorted(grown, key=lambda culprit: (culprit.cause != EDITED, -(culprit.delta or 0)))


def _heaviest(network: Network, limit: Limit) -> list[Culprit]:
    weights = [
        (int(value_of(network, limit.metric, [step])), step)
        for step in network.steps
        if _concerns(limit, step)
    ]
    weights.sort(key=lambda pair: -pair[0])
    return [
        Culprit(step.name, step.line, limit.metric, value, None, None)
        for value, step in weights
        if value
    ]


def _concerns(limit: Limit, step: Step) -> bool:
    return limit.layers is None or fnmatchcase(step.name, limit.layers)


def what_fits(
    costs: Costs, old: Costs | None, verdicts: Sequence[Verdict], failures: Sequence[Verdict]
) -> list[Fit]:
    """For the worst failure of a whole network: what brings it within all its limits."""
    whole = [verdict for verdict in failures if verdict.limit.layers is None]
    if not whole:
        return []
    worst_one = max(whole, key=lambda verdict: verdict.excess)
    setting = worst_one.limit.setting
    bounds: dict[str, int] = {}
    for verdict in verdicts:
        limit = verdict.limit
        if limit.setting == setting and limit.layers is None and verdict.bound is not None:
            bounds[limit.metric] = min(bounds.get(limit.metric, verdict.bound), verdict.bound)
    network = costs.network(setting)
    edited = next((c for c in _grown(costs, old, worst_one.limit) if c.cause == EDITED), None)
    step = edited and next(step for step in network.steps if step.name == edited.name)
    return fits(network, setting, bounds, worst_one.limit.metric, step)
