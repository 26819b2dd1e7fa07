"""What would bring a network within its budgets, as edits of its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.budgets.remedies import KNOBS, Fit, fits, value_text, written_width
from costcalc.budgets.verdict import FAIL, Verdict
from costcalc.editor.document import Document
from costcalc.editor.faults import QUICK_FIX, over_budget
from costcalc.editor.positions import Range, Text, edited
from costcalc.editor.verdicts import Judgement, short
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.nodes import Group, Network
from costcalc.language.item import Item
from costcalc.language.yaml_nodes import Entries, ScalarNode, SequenceNode, YamlNode
from costcalc.metrics import METRICS
from costcalc.numeric.work import MOST, TooMuchWorkError, Work

MAX_WORK = MOST // 8
"""Operations of one search: editors ask at each move of the cursor."""


def remedies(document: Document, uri: str, asked: Range) -> Iterator[dict[str, Any]]:
    """Edits that bring the network within its budgets: of a line of a budget, less alpha or less
    resolution; of a line of a layer, a smaller width of it.

    Each is tried on the text: what is offered holds.
    """
    network = document.now.analysis.network if document.now.analysis else None
    over = [one for one in document.verdicts if one.status == FAIL and one.limit.layers is None]
    if network is None or network.file is None or network.file.foreign or not over:
        return
    line = asked["start"]["line"]
    at_budget = [one for one in over if document.line_of(one) == line]
    item = None if at_budget else _item_on(network, line + 1)
    if not at_budget and item is None:
        return
    for verdict in at_budget or over[:1]:
        limit = verdict.limit
        bounds, work = _bounds(document, verdict), Work(MAX_WORK)
        try:
            at_limit = build(network.file, limit.setting, work=work)
            found = fits(at_limit, limit, bounds, item, work, () if item else KNOBS)
        except (CostcalcError, TooMuchWorkError):
            continue
        for fit in found:
            edit = _edit(fit, at_limit, item, document.text)
            if edit is not None and _holds(document, edit, verdict):
                yield _action(fit, edit, verdict, document, uri)
        at_limit.root.dismantle()


def _bounds(document: Document, verdict: Verdict) -> dict[str, int]:
    """The largest value of each metric at the setting of a limit."""
    found: dict[str, int] = {}
    for other in document.verdicts:
        limit, most = other.limit, other.max
        if limit.layers is None and limit.setting == verdict.limit.setting and most is not None:
            found[limit.metric] = min(most, found.get(limit.metric, most))
    return found


def _item_on(network: Network, line: int) -> Item | None:
    """The item that begins on a line of the network's own file."""
    assert network.file is not None
    stack: list[Group] = [network.root]
    while stack:
        for child in stack.pop().children:
            item = child.origin.item
            if item is not None and child.origin.line == line:
                return item
            if isinstance(child, Group):
                stack.append(child)
    return None


def _edit(fit: Fit, network: Network, item: Item | None, text: Text) -> dict[str, Any] | None:
    """The edit that makes a change of a knob; None where the text does not say where."""
    file = network.file
    assert file is not None
    parts = file.parts
    variant = file.variant_parts.get(fit.limit.variant or "", {})
    if fit.knob == "alpha":
        return _alpha(fit, parts, variant, text)
    if fit.knob == "resolution":
        return _resolution(fit, variant if "input" in variant else parts, text)
    place = written_width(item, file, network) if item else None
    return None if place is None else _replaced(place[1], str(fit.value), text)


def _alpha(fit: Fit, parts: Entries, variant: Entries, text: Text) -> dict[str, Any] | None:
    stated = variant if "alpha" in variant else parts
    value = value_text(fit)
    if "alpha" in stated:
        return _replaced(stated["alpha"][1], value, text)
    key = parts["layers"][0]
    start = text.range(key.start_mark.index, key.start_mark.index)
    if key.start_mark.column:
        return None
    return {"range": start, "newText": f"alpha: {value}\n"}


def _resolution(fit: Fit, parts: Entries, text: Text) -> dict[str, Any] | None:
    node = parts["input"][1]
    sides = node.value[1:] if isinstance(node, SequenceNode) else []
    values = fit.value if isinstance(fit.value, tuple) else (fit.value, fit.value)
    if len(sides) != len(values) or not all(isinstance(side, ScalarNode) for side in sides):
        return None
    new = ", ".join(map(str, values))
    return {
        "range": text.range(sides[0].start_mark.index, sides[-1].end_mark.index),
        "newText": new,
    }


def _replaced(node: YamlNode, new: str, text: Text) -> dict[str, Any]:
    return {"range": text.range(node.start_mark.index, node.end_mark.index), "newText": new}


def _holds(document: Document, edit: dict[str, Any], verdict: Verdict) -> bool:
    """Whether the limit holds in the text after an edit."""
    after = edited(document.text, [{"range": edit["range"], "text": edit["newText"]}])
    found = document.examine(after)
    index = document.verdicts.index(verdict)
    after_it = Judgement(found).finish().verdicts
    holds = index < len(after_it) and after_it[index].status != FAIL
    found.dismantle()
    return holds


def _action(
    fit: Fit, edit: dict[str, Any], verdict: Verdict, document: Document, uri: str
) -> dict[str, Any]:
    metric = METRICS[fit.metric]
    result = f"{short(metric, fit.result)} {metric.title}"
    title = f"Fit the budget: {fit.knob} {value_text(fit)}, with {result}"
    return {
        "title": title,
        "kind": QUICK_FIX,
        "diagnostics": [mark] if (mark := over_budget(verdict, document)) else [],
        "edit": {"changes": {uri: [edit]}},
    }
