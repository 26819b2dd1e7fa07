"""The points of a sweep that no other point beats."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.explore.axes import KNOBS
from costcalc.explore.sweep import Sweep
from costcalc.explore.table import SweepTable
from costcalc.language.overrides import check_knob
from costcalc.numeric.exact import EXACT


def pareto(
    sweep: Sweep, table: SweepTable, costs: Sequence[str], maximize: str | None
) -> tuple[SweepTable, str]:
    """Find the points that no other beats, cheapest first, and put the rule into words.

    A point beats another that costs no less and reaches no more, unless both are equal in all of
    these. A point reaches its published accuracy or, with `maximize`, the value of that knob.
    Raises CostcalcError where no point reaches anything.
    """
    if maximize is None:
        if not any(top1 is not None for top1 in table["top1"].values):
            raise CostcalcError(
                "no point has published accuracy to choose by",
                hint="--maximize alpha, or another knob, chooses by that",
            )
        reached = table["top1"]
    else:
        check_knob(sweep.plan.file, maximize)
        key = maximize
        if maximize not in KNOBS:
            key = next((a.key for a in sweep.plan.axes if a.name == maximize), maximize)
            if key not in table or not all(isinstance(v, EXACT) for v in table[key].values):
                raise CostcalcError(f"{key} does not take numbers in this sweep")
        reached = table[key].map(lambda value: prod(value) if isinstance(value, tuple) else value)
    if not costs:
        raise CostcalcError("there is no cost to choose by", hint="--metric macs, or others")
    what = "published accuracy" if maximize is None else key
    rule = f"kept: points that no other one equals or beats in {', '.join(costs)} and {what}"
    points = front(list(zip(*(table[cost] for cost in costs), strict=True)), list(reached))
    return table.taken(points), rule


def front(costs: Sequence[tuple[int, ...]], reached: Sequence[Any]) -> list[int]:
    """Find the points that no other beats, cheapest first; leave out those that reach None."""

    def order(point: int) -> Any:
        return costs[point], -reached[point]

    kept: list[int] = []
    able = (point for point, value in enumerate(reached) if value is not None)
    for point in sorted(able, key=order):
        # Whatever beats it comes earlier in this order; with one cost, the last kept reaches most.
        beaten = any(
            all(own >= less for own, less in zip(costs[point], costs[other], strict=True))
            and reached[other] >= reached[point]
            and order(other) != order(point)
            for other in (kept[-1:] if len(costs[point]) == 1 else kept)
        )
        if not beaten:
            kept.append(point)
    return kept
