"""What a picture of a sweep shows: accuracy against cost, or cost by knob.

Positions run from 0 to 1 on both axes; the terminal and the file draw the same picture.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.explore.sweep import Sweep
from costcalc.explore.table import SweepTable
from costcalc.metrics import METRICS
from costcalc.numeric.exact import EXACT
from costcalc.reports.labels import side, title
from costcalc.reports.plot.scale import (
    Scale,
    Tick,
    Value,
    brief,
    fitted,
    linear,
    logarithmic,
    plain,
)
from costcalc.text import escaped, shortened

MAX_LINES = 100
"""More lines would be one dark patch."""
MAX_SPOTS = 500
"""Spots on a line; nobody sees more."""
WIDE_RANGE = 100
"""Ratio of the largest to the smallest cost from which a linear axis would hide the small ones."""
MAX_NAMED = 12
"""Series in a legend."""
MAX_NAME = 40
"""Characters of a name."""
MAX_LINE = 300
"""Characters of a subtitle."""


class Spot(NamedTuple):
    x: float
    y: float
    label: str = ""


class Series(NamedTuple):
    """Spots of one colour."""

    name: str
    spots: Sequence[Spot]


class Rows(NamedTuple):
    """An axis of names, the first on top."""

    names: Sequence[str]

    def at(self, place: int) -> float:
        return 1 - (place + 0.5) / len(self.names)

    def ticks(self, most: int) -> list[Tick]:
        """List all names: each row has room for its own."""
        return [Tick(self.at(place), name) for place, name in enumerate(self.names)]


class Picture(NamedTuple):
    kind: Literal["points", "lines", "bars"]
    title: str
    subtitle: str
    """The source of accuracies, or the values of the knobs that do not vary."""
    x: Scale
    x_label: str
    y: Scale | Rows
    y_label: str
    series: Sequence[Series]
    limit: Tick | None
    """The limit of the cost, on the y axis of lines, else on the x axis."""
    notes: Sequence[str]
    """What the picture does not show."""
    roofs: Sequence[Series] = ()
    """Lines behind the points that none can pass."""


def picture(sweep: Sweep, table: SweepTable, most_bars: int) -> Picture:
    """Show accuracy, where it was asked for and any is known, else cost by the knobs that vary."""
    if not table.points:
        raise CostcalcError("there is no point to draw")
    counts = [name for name in (*sweep.metrics, *sweep.counts) if name in METRICS]
    if not counts:
        raise CostcalcError("there is no cost to draw", hint="ask for one, such as macs")
    if "top1" in sweep.metrics and any(top1 is not None for top1 in table["top1"]):
        return _accuracy(sweep, table, "macs" if "macs" in counts else counts[0])
    # Knobs with several values, of which these points have more than one.
    varying = [axis.key for axis in sweep.plan.axes if len(set(table[axis.key])) > 1]
    for knob in varying:
        if _is_number(set(table[knob])):
            others = [name for name in varying if name != knob]
            return _curves(sweep, table, counts[0], knob, others)
    return _bars(sweep, table, counts[0], varying, most_bars)


# Accuracy against cost: MobileNet paper (arXiv:1704.04861), Figure 4


def _accuracy(sweep: Sweep, table: SweepTable, metric: str) -> Picture:
    names = ("alpha", "resolution", metric, "top1")
    rows = [row for row in zip(*(table[name] for name in names), strict=True) if row[3] is not None]
    x = logarithmic(_with_limit(sweep, metric, [count for _, _, count, _ in rows]))
    y = linear(top1 for _, _, _, top1 in rows)
    groups: dict[Fraction, list[Spot]] = {}
    for alpha, size, count, top1 in rows:
        spot = Spot(x.at(count), y.at(top1), f"{plain(alpha)}-{side(size)}")
        groups.setdefault(alpha, []).append(spot)
    source = escaped(sweep.accuracy.source) if sweep.accuracy else "published"
    notes = []
    missing = table.points - len(rows)
    if missing:
        notes.append(
            f"{missing:,} of {table.points:,} points {'is' if missing == 1 else 'are'} not drawn: "
            "no accuracy was published for them"
        )
    return Picture(
        "points",
        f"{_name(sweep)}: top-1 accuracy against {_title(sweep, metric)}",
        shortened(f"accuracy: {source}", MAX_LINE),
        x,
        _title(sweep, metric),
        y,
        "top-1 accuracy (%)",
        [Series(f"alpha {plain(alpha)}", groups[alpha]) for alpha in sorted(groups)],
        _limit(sweep, metric, x),
        notes,
    )


# Cost by knob


def _curves(
    sweep: Sweep, table: SweepTable, metric: str, knob: str, others: Sequence[str]
) -> Picture:
    costs = list(table[metric])
    numbers = list(table[knob].map(_number))
    bounded = _with_limit(sweep, metric, costs)
    wide = min(bounded) > 0 and max(bounded) >= WIDE_RANGE * min(bounded)
    y = logarithmic(bounded) if wide else linear(bounded, zero=True)
    x = fitted(numbers)
    groups: dict[str, list[int]] = {}
    for point, setting in enumerate(_settings(table, others)):
        groups.setdefault(setting, []).append(point)
    drawn = evenly(list(groups), MAX_LINES)
    series = [
        Series(
            shortened(group, MAX_NAME),
            [
                Spot(x.at(numbers[point]), y.at(costs[point]))
                for point in evenly(sorted(groups[group], key=numbers.__getitem__), MAX_SPOTS)
            ],
        )
        for group in drawn
    ]
    notes = []
    if len(drawn) < len(groups):
        notes.append(f"{len(drawn)} of {len(groups):,} lines are drawn")
    return Picture(
        "lines",
        f"{_name(sweep)}: {_title(sweep, metric)} by {_text(knob)}",
        _steady(sweep, table, [knob, *others]),
        x,
        _text(knob),
        y,
        _title(sweep, metric),
        series,
        _limit(sweep, metric, y),
        notes,
    )


def _bars(
    sweep: Sweep, table: SweepTable, metric: str, varying: Sequence[str], most: int
) -> Picture:
    costs = list(table[metric])[:most]
    room = max(costs) * 9 // 8  # for the figure at the end of the longest bar
    x = linear(_with_limit(sweep, metric, [*costs, room]), zero=True)
    names = [setting or _name(sweep) for setting in _settings(table, varying)][:most]
    rows = Rows([shortened(name, MAX_NAME) for name in names])
    spots = [Spot(x.at(cost), rows.at(place), brief(cost, 2)) for place, cost in enumerate(costs)]
    more = len(costs) < table.points
    notes = [f"the first {most} of {table.points:,} points"] if more else []
    return Picture(
        "bars",
        f"{_name(sweep)}: {_title(sweep, metric)}",
        _steady(sweep, table, varying),
        x,
        _title(sweep, metric),
        rows,
        "",
        [Series("", spots)],
        _limit(sweep, metric, x),
        notes,
    )


# Knobs


def _steady(sweep: Sweep, table: SweepTable, varying: Sequence[str]) -> str:
    """Write the values of the knobs that do not vary."""
    sized = {"rho", "resolution"} & set(varying)
    names = ["alpha", *([] if sized else ["resolution"]), *sweep.plan.params]
    parts = [f"{_text(name)} {_text(table[name][0])}" for name in names if name not in varying]
    fixed = sweep.plan.fixed_texts.items()
    parts += [f"{_text(name)} {_text(text)}" for name, text in fixed]
    return shortened("   ".join(parts), MAX_LINE)


def _is_number(values: Collection[Any]) -> bool:
    """Say whether a knob's values fit on an axis; sizes do if their heights differ."""
    if any(isinstance(value, str) for value in values):
        return False
    return len({_number(value) for value in values}) == len(values)


def _number(value: Any) -> Value:
    number: Value = value[0] if isinstance(value, tuple) else value
    return number


def _settings(table: SweepTable, knobs: Sequence[str]) -> list[str]:
    """Write the values of some knobs, for every point."""
    texts = [[f"{_text(name)} {text}" for text in table[name].map(_text)] for name in knobs]
    return list(map(", ".join, zip(*texts, strict=True))) if knobs else [""] * table.points


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return side(value)
    return plain(value) if isinstance(value, EXACT) else shortened(escaped(value), MAX_NAME)


def _name(sweep: Sweep) -> str:
    return shortened(escaped(sweep.name), MAX_NAME)


# Limits and omissions


def _with_limit(sweep: Sweep, metric: str, costs: list[int]) -> list[int]:
    return [*costs, sweep.limits[metric]] if metric in sweep.limits else costs


def _title(sweep: Sweep, metric: str) -> str:
    return title(metric, sweep.plan.setting.accounting)


def _limit(sweep: Sweep, metric: str, scale: Scale) -> Tick | None:
    limit = sweep.limits.get(metric)
    return (
        None
        if limit is None
        else Tick(scale.at(limit), f"{_title(sweep, metric)} ≤ {brief(limit)}")
    )


def named(shown: Picture) -> tuple[Sequence[int], list[str]]:
    """Choose the series in the legend, and complete the notes."""
    places: Sequence[int] = range(len(shown.series))
    if len(places) < 2:
        return [], list(shown.notes)
    chosen = evenly(places, MAX_NAMED)
    if len(chosen) == len(places):
        return chosen, list(shown.notes)
    return chosen, [*shown.notes, f"{len(chosen)} of {len(places)} {shown.kind} are named"]


def evenly(items: Sequence[Any], most: int) -> Sequence[Any]:
    """Choose at most so many of the items, with the first and the last."""
    if len(items) <= most:
        return items
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]
