"""What `costcalc diff` reports to people: totals, and layers sorted by how much they changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from costcalc.accounting.convention import Accounting
from costcalc.changes.compare import CHANGED, EDITED, Change
from costcalc.changes.diff import Compared, Diff
from costcalc.layers.fields import show, written
from costcalc.metrics import METRICS
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports.check.page import stated_text
from costcalc.reports.labels import accounting_lines, amount, signed_amount, title
from costcalc.text import escaped
from costcalc.units import fixed

_SHOWN = ("macs", "params")


def page(result: Diff) -> Iterator[Part]:
    old, new, counted = result.old, result.new, result.accounting
    yield f"{side_text(old)} -> {side_text(new)}"
    yield from accounting_lines(counted, result.runtime)
    if not result.networks:
        yield "no network differs"
    for compared in result.networks:
        yield ""
        if compared.path != new or compared.variant:
            origin = f"  (was {escaped(compared.old_path or '')})" if _moved(compared, old) else ""
            yield f"{escaped(compared.path)}{_variant(compared)}{origin}{_presence(compared)}"
        if compared.note is not None:
            yield escaped(compared.note)
        if set(compared.difference.totals["macs"]) == {None}:
            continue
        yield _totals(compared, counted)
        changes = sorted(compared.difference.changes, key=_weight)
        if None in compared.difference.totals["macs"]:
            continue  # the network itself was added or removed
        for stated in compared.difference.stated:
            yield stated_text(stated)
        shown = [change for change in changes if any(change.delta.values()) or _edited(change)]
        if shown[: result.top]:
            yield _layers(shown[: result.top])
        if len(shown) > result.top:
            yield f"{len(shown) - result.top} more layers differ: --top {len(shown)} shows them"


def side_text(name: str) -> str:
    is_id = len(name) in (40, 64) and not name.strip("0123456789abcdef")
    return name[:10] if is_id else escaped(name)


def _moved(compared: Compared, old: str) -> bool:
    """Whether the file was elsewhere, unless two files were named."""
    return compared.old_path is not None and compared.old_path != old


def _variant(compared: Compared) -> str:
    return f" ({escaped(compared.variant)})" if compared.variant else ""


def _presence(compared: Compared) -> str:
    old, new = compared.difference.totals["macs"]
    if compared.note is not None:
        return ""
    return "  (added)" if old is None else "  (removed)" if new is None else ""


def _weight(change: Change) -> tuple[int, ...]:
    return *(-abs(change.delta[metric]) for metric in _SHOWN), -abs(change.delta["other_ops"])


def _edited(change: Change) -> bool:
    return change.cause == EDITED


def _totals(compared: Compared, counted: Accounting) -> Sheet:
    columns = [Column("total", left=True), Column("from"), Column("to"), Column("change")]
    columns.append(Column(""))
    rows = []
    totals = compared.difference.totals
    sides = [{name: pair[side] for name, pair in totals.items()} for side in (0, 1)]
    for metric, (old, new) in totals.items():
        if not any(METRICS[metric].tells(side.__getitem__) for side in sides):
            continue
        delta = (new or 0) - (old or 0)
        rows.append(
            [
                title(metric, counted),
                "" if old is None else amount(metric, old),
                "" if new is None else amount(metric, new),
                signed_amount(metric, delta),
                _percent(delta, old),
            ]
        )
    return Sheet(columns, rows)


def _percent(delta: int | Fraction, old: int | Fraction | None) -> str:
    if not old or not delta:
        return ""
    percent = Fraction(100 * delta) / old
    places = next((n for n in (1, 2, 4) if abs(percent) >= Fraction(1, 10**n)), 6)
    return f"{'+' if delta > 0 else ''}{fixed(percent, places)} %"


def _layers(changes: Sequence[Change]) -> Sheet:
    columns = [
        Column("layer", left=True),
        Column("line"),
        Column("change", left=True),
        *(Column(METRICS[metric].title) for metric in _SHOWN),
        Column("fields", left=True, wide=True),
    ]
    rows = [
        [
            escaped(change.node.name),
            escaped(change.place),
            change.cause if change.change == CHANGED else change.change,
            *(signed_amount(metric, change.delta[metric]) for metric in _SHOWN),
            fields_text(change),
        ]
        for change in changes
    ]
    strong = frozenset(n for n, change in enumerate(changes) if _edited(change))
    return Sheet(columns, rows, strong)


def fields_text(change: Change) -> str:
    if change.change != CHANGED:
        return ""
    texts = [f"{name} {_show(old)} -> {_show(new)}" for name, (old, new) in change.fields.items()]
    return escaped(", ".join(texts[:4]) + (", ..." if len(texts) > 4 else ""))


def _show(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2 and value[0] == value[1]:
        value = value[0]
    return show(written(value))
