"""The points of a sweep one by one, as tests compare them."""

from fractions import Fraction
from typing import Any, NamedTuple


class Point(NamedTuple):
    alpha: Fraction
    rho: Fraction | None
    resolution: tuple[int, int]
    params: dict[str, Any]
    counts: dict[str, int]
    top1: Fraction | None
    exceeds: list[str]


def points_of(sweep, table=None):
    """All points of a sweep, or those of a table of it."""
    table = sweep.table if table is None else table
    found = []
    for n in range(table.points):
        row = {name: column[n] for name, column in table.items()}
        found.append(
            Point(
                row["alpha"],
                row["rho"],
                row["resolution"],
                {name: row[name] for name in sweep.plan.params},
                {name: row[name] for name in sweep.counts},
                row["top1"],
                row.get("exceeds", []),
            )
        )
    return found
