"""What `costcalc solve` reports: the largest settings, their plateaus, and the next ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from costcalc.explore.breakpoints import Domain, Plateau
from costcalc.explore.plan import value_text
from costcalc.explore.solve import Solution, Solved
from costcalc.language.library import shown_path
from costcalc.metrics import COUNTED, METRICS
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.reports.labels import (
    amount,
    device_line,
    excess,
    heading,
    setting_lines,
    title,
)
from costcalc.reports.runtimes import runtime_text
from costcalc.reports.values import accounting_keys, knobs_as_given
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed, fraction_text

MAX_ROWS = 40
"""Of a table; JSON has all."""


def page(solved: Solved) -> Iterator[Part]:
    plan = solved.plan
    yield heading(plan.file, plan.setting.variant)
    limits = [f"{amount(m, limit)} {_title(solved, m)}" for m, limit in solved.limits.items()]
    yield f"within {' and '.join(limits)}"
    yield from setting_lines(plan.file, plan.setting)
    yield f"looked for {' and '.join(map(_range, solved.domains))}{_given(solved)}"
    if solved.nearest is not None:
        miss = solved.nearest
        yield ""
        yield f"Nothing fits. The nearest setting, {_setting(miss.knobs)}, has"
        for metric, over in miss.misses.items():
            value = f"{amount(metric, miss.counts[metric])} {_title(solved, metric)}"
            yield f"  {value}, {amount(metric, over)} above the limit"
    elif len(solved.domains) == 1:
        yield from _single(solved, solved.solutions[0])
    else:
        yield _table(solved)
        hidden = len(solved.solutions) - MAX_ROWS
        if hidden > 0:
            yield f"{hidden} more with fewer MACs: --format json has all"
        yield "No other setting within the limits equals or exceeds one of these in all knobs."
    yield from device_line(plan.setting)
    yield COUNTED


def _range(own: Domain) -> str:
    opening = "(" if own.low_open else "["
    kind = "whole numbers " if own.is_whole else ""
    return f"{escaped(own.name)} in {kind}{opening}{_exact(own.low)}, {_exact(own.high)}]"


def _given(solved: Solved) -> str:
    given = [f"{a.name} {value_text(a.slice(0, 1)[0])}" for a in solved.plan.axes]
    given += [f"{name} {text}" for name, text in solved.plan.fixed_texts.items()]
    return f"; {escaped(', '.join(given))}" if given else ""


def _setting(knobs: Mapping[str, Any]) -> str:
    return ", ".join(f"{escaped(name)} {value_text(value)}" for name, value in knobs.items())


def _title(solved: Solved, metric: str) -> str:
    return title(metric, solved.plan.setting.accounting)


def _counts(solved: Solved, counts: Mapping[str, int]) -> str:
    return "   ".join(
        f"{amount(metric, count)} {_title(solved, metric)}" for metric, count in counts.items()
    )


def _single(solved: Solved, solution: Solution) -> Iterator[Part]:
    (own,) = solved.domains
    yield ""
    yield f"{_setting(solution.knobs)}   {_counts(solved, solution.counts)}"
    yield f"  the same in  {plateau_text(solution.plateaus[own.name])}"
    above = solution.next
    if above is None:
        yield f"  above it     nothing, up to the end of the range, {_exact(own.high)}"
    else:
        over = " and ".join(
            f"{excess(above.counts[m], solved.limits[m])} over the limit"
            + (f" of {_title(solved, m)}" if len(solved.limits) > 1 else "")
            for m in above.exceeds
        )
        yield f"  above it     {_setting(above.knobs)}   {_counts(solved, above.counts)}: {over}"
    yield ""


def plateau_text(plateau: Plateau) -> str:
    """Write an interval as `[513/1024, 257/512)`, and with decimals unless those are the same."""
    if plateau.low == plateau.high:
        return f"no other value than {_exact(plateau.low)}"
    begin, end = "(" if plateau.low_open else "[", ")" if plateau.high_open else "]"
    text = f"{begin}{fraction_text(plateau.low)}, {fraction_text(plateau.high)}{end}"
    if all(Fraction(side).denominator == 1 for side in (plateau.low, plateau.high)):
        return text
    return f"{text} = {begin}{_decimal(plateau.low)}, {_decimal(plateau.high)}{end}"


def _exact(value: Any) -> str:
    return decimal_text(value)


def _decimal(value: Any) -> str:
    exact = decimal_text(value)
    return fixed(Fraction(value), 6) + "..." if "/" in exact or len(exact) > 10 else exact


def _table(solved: Solved) -> Sheet:
    first = solved.domains[0].name
    metrics = list(solved.solutions[0].counts)
    columns = [Column(escaped(own.name)) for own in solved.domains]
    columns += [Column(_title(solved, metric)) for metric in metrics]
    columns.append(Column(f"plateau of {escaped(first)}", left=True, wide=True))
    rows = [
        [
            *(value_text(value) for value in solution.knobs.values()),
            *(amount(metric, solution.counts[metric]) for metric in metrics),
            plateau_text(solution.plateaus[first]).partition(" = ")[0],
        ]
        for solution in solved.solutions[:MAX_ROWS]
    ]
    return Sheet(columns, rows, keys=len(solved.domains))


_KNOBS = keys.mapping(
    {"type": ["string", "integer", "boolean", "array", "null"]},
    "Values by knob, as options take them: ratios as text, sizes as [height, width].",
)

_PLATEAU = {
    "from": keys.ratio("Its lower end."),
    "to": keys.ratio("Its upper end."),
    "from_open": keys.flag("Whether the lower end is excluded."),
    "to_open": keys.flag("Whether the upper end is excluded."),
}


def _solution_schema() -> Schema:
    return {
        "knobs": _KNOBS,
        **keys.metrics(METRICS, always=("macs", "params")),
        "plateau": keys.record(_PLATEAU, "The values of the first knob that cost the same."),
        "plateaus": keys.mapping(
            keys.record(_PLATEAU), "Such values of every knob that is searched along."
        ),
        "next": keys.or_null(
            keys.record(
                {
                    "knobs": _KNOBS,
                    **keys.metrics(METRICS, always=("macs", "params")),
                    "exceeds": keys.texts("Limits it is above."),
                },
                "The next setting, which exceeds a limit; null if the range ends before it.",
            )
        ),
    }


def schema() -> Schema:
    return keys.document(
        "The largest settings of a network that keep within limits.",
        {
            "network": keys.text("The network, or its variant."),
            "path": keys.text("The file."),
            "limits": keys.mapping(keys.decimal("The largest value."), "The limits by metric."),
            **keys.ACCOUNTING,
            "set?": keys.mapping({}, "Knobs that were given, so that they are not searched along."),
            "nearest?": keys.record(
                {
                    "knobs": _KNOBS,
                    **keys.metrics(METRICS, always=("macs", "params")),
                    "misses": keys.mapping(
                        keys.decimal("By how much the metric exceeds its limit."),
                        "The limits that it exceeds.",
                    ),
                },
                "If nothing fits: the setting that comes nearest.",
            ),
            "solutions": keys.array(
                keys.record(_solution_schema()),
                "Most MACs first. No other setting that fits equals or exceeds one in all knobs.",
            ),
        },
    )


def records(solved: Solved) -> dict[str, Any]:
    """Report the solutions, most MACs first, or the nearest miss."""
    plan = solved.plan
    head: dict[str, Any] = {
        "network": plan.name,
        "path": shown_path(plan.file.path),
        "limits": solved.limits,
        **accounting_keys(plan.setting.accounting, runtime_text(plan.file, plan.setting)),
    }
    given = knobs_as_given({axis.name: axis.slice(0, 1)[0] for axis in plan.axes})
    given |= plan.fixed_texts
    if given:
        head["set"] = given
    if solved.nearest is not None:
        knobs, counts, misses = solved.nearest
        head["nearest"] = {"knobs": knobs_as_given(knobs), **counts, "misses": misses}
    return {**head, "solutions": map(_solution, solved.solutions)}


def _solution(solution: Solution) -> dict[str, Any]:
    plateaus = {
        name: {
            "from": fraction_text(plateau.low),
            "to": fraction_text(plateau.high),
            "from_open": plateau.low_open,
            "to_open": plateau.high_open,
        }
        for name, plateau in solution.plateaus.items()
    }
    above = solution.next
    return {
        "knobs": knobs_as_given(solution.knobs),
        **solution.counts,
        "plateau": next(iter(plateaus.values())),
        "plateaus": plateaus,
        "next": above
        and {"knobs": knobs_as_given(above.knobs), **above.counts, "exceeds": above.exceeds},
    }
