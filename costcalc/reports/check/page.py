"""What `costcalc check` reports to people.

Networks that failed come with the layers that grew and with what would fit, the others in short.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit, value_text
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import FAIL, PASS, WARN, Verdict
from costcalc.changes.compare import PRESENT, Stated
from costcalc.language.library import SHIPPED, shown_path
from costcalc.numeric.exact import Number
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.check.explanation import amount_of, explanation, limit_subject, subject
from costcalc.reports.labels import amount, excess
from costcalc.text import escaped
from costcalc.units import fixed

_WORDS = {FAIL: "FAIL", WARN: "WARN", PASS: "PASS"}


NARROW_PAGE = 80
MAX_TABLES = 3
"""Tables of layers that grew, of one network: those of its worst failures."""


def page(report: Report) -> Iterator[Part]:
    for checked in worst_first(report.networks):
        if not (report.hide_passed and checked.status == PASS):
            yield from network(checked)
    yield from summary(report)


def worst_first(networks: Sequence[Checked]) -> list[Checked]:
    """Sort failures by how far they are over, then warnings, then networks that passed."""
    order = (FAIL, WARN, PASS)
    return sorted(
        networks,
        key=lambda checked: (
            order.index(checked.status),
            -max(verdict.excess for verdict in checked.verdicts),
        ),
    )


def network(checked: Checked) -> Iterator[Part]:
    variant = f" ({escaped(checked.variant)})" if checked.variant else ""
    title = (
        f"{escaped(checked.name)}{variant}  {escaped(shown_path(checked.path))}{_origin(checked)}"
    )
    yield ""
    yield f"{_WORDS[checked.status]}  {title}"
    yield _verdicts(checked.verdicts)
    for verdict in checked.verdicts:
        if verdict.status != PASS:
            yield explanation(verdict)
    for note in checked.notes:
        yield escaped(note)
    if checked.unlimited:
        yield f"variants without a limit: {escaped(', '.join(checked.unlimited))}"
    if checked.status != FAIL:
        return
    for stated in checked.stated:
        yield stated_text(stated)
    tables = _by_limit(checked.culprits)
    for culprits in tables[:MAX_TABLES]:
        grew = "what grew" if culprits[0].delta is not None else "heaviest layers"
        yield ""
        yield f"{grew}, in {limit_subject(culprits[0].limit)}:"
        yield _culprits(culprits, shown_path(checked.path))
    if len(tables) > MAX_TABLES:
        rest = [limit_subject(culprits[0].limit) for culprits in tables[MAX_TABLES:]]
        yield f"likewise: {', '.join(rest)}; --format json has their layers"
    if any(verdict.fitting is None for verdict in checked.failures):
        yield from _fits(checked)


def stated_text(stated: Stated) -> str:
    """Write what a file says otherwise: `edited: input 3×96×96 -> 3×128×128 (line 3)`."""
    word = "added" if stated.old is None else "removed" if stated.new is None else "edited"
    sides = [text for text in (stated.old, stated.new) if text not in (None, PRESENT)]
    line = "" if stated.line is None else f" (line {stated.line})"
    return escaped(f"{word}: {' '.join([stated.name, ' -> '.join(sides)]).rstrip()}{line}")


def _origin(checked: Checked) -> str:
    if checked.renamed:
        return f"  (was {escaped(checked.renamed)})"
    return "  (new)" if checked.new else ""


def _verdicts(verdicts: Sequence[Verdict]) -> Sheet:
    subjects = Counter(map(subject, verdicts))
    columns = [
        Column("metric", left=True),
        Column("value"),
        Column("limit"),
        Column("headroom"),
    ]
    based = any(verdict.base is not None for verdict in verdicts)
    if based:
        columns += [Column("base"), Column("change")]
    columns.append(Column("limit of", left=True, wide=True))
    if max(subjects.values()) > 1:  # distinguished by their places, on narrow pages too
        columns[:1] = [Column("metric", left=True, wide=True), Column("metric", True, narrow=True)]
    rows = []
    for verdict in verdicts:
        names = [subject(verdict)]
        if columns[1].narrow:
            source = os.path.basename(verdict.limit.source).replace(SHIPPED, "")
            names.append(f"{names[0]} ({escaped(source)})" if subjects[names[0]] > 1 else names[0])
        row = [*names, amount_of(verdict, verdict.value), _bound(verdict), _headroom(verdict)]
        if based:
            row += [
                "" if verdict.base is None else amount_of(verdict, verdict.base),
                _change(verdict),
            ]
        rows.append([*row, escaped(verdict.limit.source)])
    failed = frozenset(n for n, verdict in enumerate(verdicts) if verdict.status == FAIL)
    sheet = Sheet(columns, rows, failed)
    if based and sum(sheet.fitted(NARROW_PAGE).widths()) + 2 * len(columns) > NARROW_PAGE + 4:
        # Large numbers leave no room for all: the base follows from value and change.
        columns[[column.head for column in columns].index("base")] = Column("base", wide=True)
    return sheet


def _bound(verdict: Verdict) -> str:
    """Write the limit that is reached first; one of growth as `597,177,369 (+5%)`."""
    bound = verdict.bound
    if verdict.fitting is not None:
        return f"≥ {number(verdict.fitting.needed)}"
    if bound is None:
        return "" if verdict.limit.growth is None else f"(+{verdict.limit.growth.text})"
    by_growth = bound != verdict.max and verdict.limit.growth is not None
    growth = f" (+{verdict.limit.growth.text})" if by_growth and verdict.limit.growth else ""
    return f"{amount_of(verdict, bound)}{growth}"


def _headroom(verdict: Verdict) -> str:
    bound = verdict.bound
    if verdict.fitting is not None:
        needed = verdict.fitting.needed
        if verdict.value < needed:
            return f"{_part(verdict, needed - verdict.value, needed)} missing"
        return f"{_part(verdict, verdict.value - needed, verdict.value)} left"
    if bound is None:
        return ""
    if verdict.value > bound:
        return excess(verdict.value, bound)
    return f"{_part(verdict, bound - verdict.value, bound)} left"


def _part(verdict: Verdict, part: Number, whole: Number) -> str:
    """Write a part as `5.6 %` of the whole, rounded down; a very small one as what it is."""
    tenths = int(1000 * part // (whole or 1))
    return f"{fixed(Fraction(tenths, 10), 1)} %" if tenths else amount_of(verdict, part)


def _change(verdict: Verdict) -> str:
    """Write a change as `+1.6 %`, with enough digits to show it."""
    delta, base = verdict.delta, verdict.base
    if delta is None or base is None:
        return ""
    if not delta:
        return "0"
    if delta > 0:
        return excess(verdict.value, base)
    percent = Fraction(-100 * delta) / base
    if percent >= Fraction(1, 10):
        return f"-{fixed(percent, 1)} %"
    return f"-{amount_of(verdict, -delta)}"


def _by_limit(culprits: Sequence[Culprit]) -> list[list[Culprit]]:
    found: dict[str, list[Culprit]] = {}
    for culprit in culprits:
        found.setdefault(limit_subject(culprit.limit), []).append(culprit)
    return list(found.values())


def _culprits(culprits: Sequence[Culprit], path: str) -> Sheet:
    grown = culprits[0].delta is not None
    columns = [
        Column("layer", left=True),
        Column("cause", left=True),
        Column("more" if grown else "each"),
        Column("where", left=True, wide=True),
        Column("line", narrow=True),
    ]
    rows = [
        [
            escaped(culprit.name),
            culprit.cause or "",
            f"+{amount(culprit.metric, culprit.delta)}"
            if culprit.delta is not None
            else amount(culprit.metric, culprit.value),
            escaped(path) + _place(culprit),
            str(culprit.line or ""),
        ]
        for culprit in culprits
    ]
    if not grown:
        columns.pop(1)
        rows = [[row[0], *row[2:]] for row in rows]
    return Sheet(columns, rows)


def _place(culprit: Culprit) -> str:
    """The place in its file, where it has one."""
    if culprit.node:
        return f": node {escaped(culprit.node)}"
    return f":{culprit.line}" if culprit.line else ""


def _fits(checked: Checked) -> Iterator[Part]:
    if not checked.fitted:
        yield "What would fit is only computed for the networks that fail by most."
    elif not any(verdict.limit.layers is None for verdict in checked.failures):
        yield "What would fit is only computed for limits on a whole network."
    elif not checked.fits:
        yield _nothing_fits(checked.inert)
    for fit in checked.fits:
        yield f"would fit: {fit_text(fit, fit.metric)}"


def _nothing_fits(inert: Collection[str]) -> str:
    knobs = [knob for knob in ("alpha", "resolution") if knob not in inert]
    if not knobs:
        return "Nothing would fit: neither alpha nor resolution has an effect."
    effect = "".join(f", and {knob} has no effect" for knob in sorted(inert))
    return f"Nothing would fit: no smaller {' or '.join(knobs)} is enough{effect}."


def fit_text(fit: Fit, metric: str) -> str:
    """Write a change that fits, and the metric that it leads to."""
    where = "" if fit.line is None else f" in line {fit.line}"
    limit = fit.limit._replace(metric=metric)
    made = f"{amount(metric, fit.costs[metric])} {limit_subject(limit)}"
    return f"{fit.knob} {value_text(fit)}{where}, with {made}"


def summary(report: Report) -> Iterator[Part]:
    yield ""
    counts = [
        (sum(checked.status == status for checked in report.networks), word)
        for status, word in ((FAIL, "failed"), (WARN, "with warnings"), (PASS, "passed"))
    ]
    verdicts = ", ".join(f"{count} {word}" for count, word in counts if count)
    total = len(report.networks)
    bases = dict.fromkeys(one.base[:10] for one in report.networks if one.base)
    base = f" against {' and '.join(bases)}" if bases else ""
    yield f"{total} network{'s' * (total != 1)} checked{base}: {verdicts}"
    for path in report.removed:
        yield f"removed since the base: {escaped(path)}"
    if report.unlimited:
        yield f"without any limit: {_some(report.unlimited)}"
    if report.skipped:
        yield f"skipped, not networks: {_some(report.skipped)}"
    for note in report.notes:
        yield escaped(note)
    for kept in report.kept:
        yield f"the baseline keeps {escaped(kept)} (--allow-increase raises it)"


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(map(escaped, paths[:5]))
    return f"{len(paths)} ({shown}{', ...' if len(paths) > 5 else ''})"
