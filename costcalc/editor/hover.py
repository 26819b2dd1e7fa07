"""Hover: what a word means, and on an item its formula with its numbers."""

from __future__ import annotations

from typing import Any

from costcalc.editor.document import Document
from costcalc.editor.hints import tooltip
from costcalc.editor.line_costs import LineCost
from costcalc.editor.names import PARAM
from costcalc.editor.navigation import use_at, word_at
from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS
from costcalc.layers.meanings import MEANINGS
from costcalc.reference.layers import entry

_MOST = 3
"""Layers of one line whose formulas are shown."""


def hover(document: Document, offset: int) -> dict[str, Any] | None:
    """What is said of the word at a place, and what its line costs; None where nothing is."""
    word = word_at(document.text, offset)
    line = document.text.position(offset)["line"]
    parts = [part for part in (_meaning(document, word, offset), _cost(document, line)) if part]
    if not word or not parts:
        return None
    return {"contents": {"kind": "markdown", "value": "\n\n---\n\n".join(parts)}}


def _meaning(document: Document, word: str, offset: int) -> str:
    use = use_at(document, offset)
    if use is not None and use.kind == PARAM:
        values = _values(document, use.name)
        return f"**{plain(use.name)}**: a param{values}"
    try:
        page = entry(word)
    except CostcalcError:
        meaning, unit = MEANINGS.get(word, ("", ""))
        return (
            f"**{plain(word)}**{f' ({plain(unit)})' if unit else ''}: {plain(meaning)}"
            if meaning
            else ""
        )
    lines = [f"**{plain(page.name)}** ({page.kind}): {plain(page.summary)}"]
    if page.details:
        lines.append(fenced(page.details, "yaml" if page.kind == "block" else "text"))
    for field in page.fields:
        meaning = f": {plain(field.meaning)}" if field.meaning else ""
        lines.append(f"- `{field.name}` ({plain(field.default)}){meaning}")
    return "\n".join(lines)


def _values(document: Document, name: str) -> str:
    """The value that a param has in what is shown."""
    analysis = document.sound.examination.analysis if document.sound else None
    if analysis is None:
        return ""
    value = analysis.network.declared.params.get(name)
    return "" if value is None else f", here `{plain(str(value.node.value))}`"


def _cost(document: Document, line: int) -> str:
    cost = document.costs.get(line)
    if cost is None or document.sound is None:
        return ""
    lines = [fenced(tooltip(cost, document.sound.total))]
    formulas = _formulas(cost)
    if formulas:
        lines.append(fenced(formulas))
    return "\n".join(lines)


def _formulas(cost: LineCost) -> str:
    """The formulas of the layers that compute most of a line's MACs, with their numbers."""
    from costcalc.formulas.paper import layer_formula
    from costcalc.reports.formula.page import formula_lines

    counted = [node for node in cost.nodes if node.layer.type in LAYERS]
    return "\n".join(
        line for node in counted[:_MOST] for line in formula_lines(layer_formula(node))
    )


def fenced(text: str, language: str = "text") -> str:
    """A text as it is, in Markdown: nothing in it can end the fence."""
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _runs(text: str) -> list[str]:
    import re

    return re.findall("`+", text)


def plain(text: str) -> str:
    """A text in which Markdown finds no marks."""
    for mark in "\\`*_{}[]()<>#+-!|":
        text = text.replace(mark, f"\\{mark}")
    return text
