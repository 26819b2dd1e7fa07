"""What pages of spaces have in common: names, shares, bars, and tables of networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS
from costcalc.numeric.exact import whole
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.labels import accounting_lines, amount, device_line, heading, title
from costcalc.spaces.limits import Limits
from costcalc.spaces.paths import Cost
from costcalc.spaces.subject import Drawn, Subject
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed

MAX_FAULTS = 3
MAX_ROWS = 40
"""Networks of a table; JSON has all."""
BLOCKS = " ▏▎▍▌▋▊▉█"
MAX_PLACES = 12
"""Decimals of a share; smaller ones have an exponent."""
WIDTH = 40
"""Characters of the longest bar."""
SAID = {
    False: "Every setting of the choices counts once; settings that come out alike are not told "
    "apart.",
    True: "Each choice is drawn by itself, its options alike: networks are not equally probable.",
}


def heading_lines(space: Subject) -> Iterator[Part]:
    """Say which space at which setting it is, and how it is counted."""
    yield heading(space.file, space.setting.variant)
    setting = space.setting.text()
    if setting:
        yield escaped(setting)
    yield from accounting_lines(space.setting.accounting, space.runtime)
    if "latency" in space.metrics:
        yield from device_line(space.setting)


def fault_lines(faults: Sequence[tuple[int, CostcalcError]]) -> Iterator[Part]:
    """Say what makes no network, and how often."""
    for many, error in faults[:MAX_FAULTS]:
        yield f"  {number(many)}: {fault_text(error)}"
    if len(faults) > MAX_FAULTS:
        yield f"  and {len(faults) - MAX_FAULTS} more faults"


def fault_text(error: CostcalcError) -> str:
    """A fault with its place."""
    return str(error).splitlines()[0]


def limits_text(space: Subject, limits: Limits) -> str:
    most = [f"at most {_said(space, *pair)}" for pair in limits.most.items()]
    least = [f"at least {_said(space, *pair)}" for pair in limits.least.items()]
    return " and ".join([*most, *least])


def _said(space: Subject, metric: str, value: Cost) -> str:
    """A value with what it is of: `300 MACs`, `1,024 B of peak memory`, `30 ms of latency`."""
    own = title(metric, space.setting.accounting)
    unit = METRICS[metric].unit
    of = {"byte": " B of", "second": " of"}.get(unit, "") if "bytes" not in own else ""
    return f"{amount(metric, value)}{of} {own}"


def percent(share: Fraction) -> str:
    """A share with at least two digits that say something."""
    if share == 0 or share == 1:
        return f"{int(100 * share)} %"
    for places in range(2, MAX_PLACES + 1):
        if share * 10 ** (places + 1) >= 1:
            return f"{fixed(100 * share, places)} %"
    return f"{Decimal(100 * share.numerator) / share.denominator:.1e} %"


def percent_range(low: Fraction, high: Fraction) -> str:
    """The bounds of a share; one share where they look alike."""
    ends = percent(low), percent(high)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def part_name(part: Fraction) -> str:
    return "median" if part == Fraction(1, 2) else f"{decimal_text(100 * part)} %"


def mean_text(metric: str, mean: Fraction) -> str:
    if mean.denominator == 1 or not METRICS[metric].is_whole:
        return amount(metric, whole(mean))
    return f"{number(int(mean))}.{_tenth(mean)}"


def _tenth(mean: Fraction) -> str:
    return str(int(10 * (mean - int(mean))))


def drawn_bar(length: float) -> str:
    eighths = round(length * WIDTH * 8)
    return BLOCKS[8] * (eighths // 8) + BLOCKS[eighths % 8].strip()


def costs_text(space: Subject, costs: Mapping[str, Cost]) -> str:
    return "   ".join(_said(space, *pair) for pair in costs.items())


def choices_text(drawn: Drawn) -> str:
    """What is drawn, the copies of an item together: `stage_1.kernel_size 3 5 3`.

    Items that drew alike are named together: `stage_1, stage_2: kernel_size 3 (all 2), repeat 2`.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for draw, option in zip(drawn.draws, drawn.choices.values(), strict=True):
        item, _, what = drawn.subject.labels.of(draw, copies=False).rpartition(".")
        found.setdefault(item, {}).setdefault(what, []).append(option)
    alike: dict[tuple[str, ...], list[str]] = {}
    for item, choices in found.items():
        own = tuple(f"{what} {_joined(options)}" for what, options in choices.items())
        alike.setdefault(own, []).append(item)
    return "; ".join(_of_items(items, choices) for choices, items in alike.items())


def _of_items(items: Sequence[str], choices: Sequence[str]) -> str:
    if len(items) > 1:
        return f"{', '.join(items)}: {', '.join(choices)}"
    (item,) = items
    return ", ".join(f"{item}.{choice}" if item else choice for choice in choices)


def _joined(options: Sequence[str]) -> str:
    if len(options) > 1 and len(set(options)) == 1:
        return f"{options[0]} (all {len(options)})"
    return " ".join(options)


def network_rows(space: Subject, networks: Sequence[Drawn]) -> Iterator[Part]:
    """Show networks, one a row."""
    counted = space.setting.accounting
    has_number, has_score = networks[0].number is not None, networks[0].score is not None
    columns = [Column("number")] if has_number else []
    columns += [Column(title(name, counted)) for name in space.metrics]
    columns += [Column("score")] if has_score else []
    columns.append(Column("choices", left=True))
    rows = []
    for drawn in networks[:MAX_ROWS]:
        cells = [] if drawn.number is None else [number(drawn.number)]
        cells += [amount(name, drawn.costs[name]) for name in space.metrics]
        if drawn.score is not None:
            cells.append(decimal_text(drawn.score))
        rows.append([*cells, escaped(choices_text(drawn))])
    yield Sheet(columns, rows)
    hidden = len(networks) - MAX_ROWS
    if hidden > 0:
        yield f"{number(hidden)} more: --format json has all"
