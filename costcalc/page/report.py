"""`costcalc check --format html`: the verdicts, and below them the layers of the worst networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import PASS
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.importers.reading import load_file
from costcalc.page.comparison import add_compared, sides_of
from costcalc.page.data import Page
from costcalc.page.document import document
from costcalc.page.encode import Json
from costcalc.page.view import named_totals
from costcalc.render import text
from costcalc.render.sheet import WIDE_PAGE, Part, Sheet
from costcalc.reports.check.page import network, summary, worst_first

MOST = 8
"""Networks whose layers are in the page: the worst."""


def lines(report: Report) -> Iterator[str]:
    """Write the page: all verdicts, and the worst network beside its base, or the worst few."""
    shown = [
        checked
        for checked in worst_first(report.networks)
        if not (report.hide_passed and checked.status == PASS)
    ]
    page = Page()
    first = _beside_base(page, shown) or _worst(page, shown)
    data = page.json()
    data["report"] = [[checked.status, _parts(network(checked))] for checked in shown]
    data["report"].append(["", _parts(summary(report))])
    more = ["report", *(["compare"] if page.compared else [])]
    static = "".join(text.lines(chain(*map(network, shown), summary(report))))
    name, totals = named_totals(first) if first else ("costcalc check", {})
    yield document(data, name, totals, more, static)


def _beside_base(page: Page, shown: Sequence[Checked]) -> Network | None:
    """Add the worst network and what it was on the base, where it was compared with one."""
    worst = next(iter(shown), None)
    if worst is None or worst.base is None or worst.new:
        return None
    try:
        sides = sides_of(worst.path, worst.base, worst.variant)
        return add_compared(page, *sides, Setting)
    except CostcalcError:  # the report says what is wrong on the base
        page.clear()
        return None


def _worst(page: Page, shown: Sequence[Checked]) -> Network | None:
    first = None
    for checked in shown[:MOST]:
        if checked.path.startswith("<"):
            continue  # standard input, which is read once
        try:
            file, _ = load_file(checked.path)
            setting = Setting(file.variant(checked.variant)[0])
            made = build(file, setting)
            page.add(file, [setting])
        except CostcalcError:
            continue  # it changed since it was checked
        first = first or made
    return first


def _parts(parts: Iterable[Part]) -> list[Json]:
    """Lines as texts; tables as their heads, with 1 beside those of texts, rows and strong rows."""
    return [_table(part.fitted(WIDE_PAGE)) if isinstance(part, Sheet) else part for part in parts]


def _table(sheet: Sheet) -> Json:
    heads = [[column.head, int(column.left)] for column in sheet.columns]
    return [heads, [list(row) for row in sheet.rows], sorted(sheet.strong)]
