"""Code lenses: what the network costs, beside its budgets, above the lines that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.costs.table import Analysis
from costcalc.editor.commands import SHOW
from costcalc.editor.document import Document
from costcalc.editor.verdicts import said
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import MappingNode, ScalarNode
from costcalc.metrics import METRICS
from costcalc.spaces.options_by_size import SmallestOptions
from costcalc.units import short_count


def code_lenses(document: Document, uri: str) -> list[dict[str, Any]]:
    """The totals above the first line, each variant's above its own, each budget's above it."""
    if document.sound is None:
        return []
    file, analysis = document.sound.examination.file, document.sound.examination.analysis
    if file is None or analysis is None:
        return []
    variant = analysis.variant
    totals = _of_space(file, analysis) if document.sound.examination.is_space else _said(analysis)
    named = f"{variant}: " if variant else ""
    found = [_lens(0, f"{named}{totals}")]
    for name, key in _variants(file):
        shown = "shown" if name == variant else "show its costs"
        arguments = [uri, name]
        line = document.place(document.sound.text.line_of_yaml(key.start_mark.line + 1))
        if line is not None:
            title = f"{name}: {shown}"
            found.append(_lens(line, title, None if name == variant else arguments))
    for verdict in document.verdicts:
        line = document.line_of(verdict)
        if line is not None:
            found.append(_lens(line, said(verdict)))
    return found


def _said(analysis: Analysis) -> str:
    """Write the totals of a network."""
    return ", ".join(
        f"{short_count(int(analysis.totals[name]))} {METRICS[name].title}"
        for name in ("macs", "params")
    )


def _of_space(file: NetworkFile, largest: Analysis) -> str:
    """Write the totals of two networks of a space, those of its largest and smallest options; of
    options that are no numbers, of the last and the first."""
    text = f"{_said(largest)}, with the largest, or last, option of each choice"
    try:
        smallest = Analysis(build(file, Setting(largest.variant), SmallestOptions))
    except CostcalcError:
        return text  # they do not fit each other
    text += f"; {_said(smallest)}, with the smallest, or first"
    smallest.network.root.dismantle()
    return text


def _variants(file: NetworkFile) -> Iterator[tuple[str, ScalarNode]]:
    """The variants with the keys that name them, as far as the text has such keys."""
    node = file.parts["variants"][1] if "variants" in file.parts else None
    for key, _ in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value in file.variants:
            yield key.value, key


def _lens(line: int, title: str, arguments: list[Any] | None = None) -> dict[str, Any]:
    start = {"line": line, "character": 0}
    command: dict[str, Any] = {"title": title, "command": ""}
    if arguments is not None:
        command = {"title": title, "command": SHOW, "arguments": arguments}
    return {"range": {"start": start, "end": start}, "command": command}
