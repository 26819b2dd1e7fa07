"""Code lenses: what the network costs, beside its budgets, above the lines that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.network_check import limits_of
from costcalc.budgets.result import Options
from costcalc.budgets.verdict import FAIL, PASS, Verdict, judge
from costcalc.editor.commands import SHOW
from costcalc.editor.document import Document
from costcalc.editor.hints import share
from costcalc.errors import CostcalcError
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import MappingNode, ScalarNode
from costcalc.metrics import METRICS
from costcalc.project.project_file import Projects
from costcalc.units import short_count

_MARKS = {PASS: "within", FAIL: "over"}


def code_lenses(document: Document, uri: str) -> list[dict[str, Any]]:
    """The totals above the first line, each variant's above its own, each budget's above it."""
    file = document.now.file
    analysis = document.now.analysis
    if file is None or analysis is None:
        return []
    variant = analysis.variant
    totals = ", ".join(
        f"{short_count(int(analysis.totals[name]))} {METRICS[name].title}"
        for name in ("macs", "params")
    )
    named = f"{variant}: " if variant else ""
    found = [_lens(document, 1, f"{named}{totals}")]
    for name, key in _variants(file):
        shown = "shown" if name == variant else "show its costs"
        arguments = [uri, name]
        line = key.start_mark.line + 1
        found.append(
            _lens(document, line, f"{name}: {shown}", None if name == variant else arguments)
        )
    for verdict in verdicts(file):
        position = verdict.limit.position
        if position is not None and position.path == document.shown_path:
            found.append(_lens(document, position.line, said(verdict)))
    return found


def _variants(file: NetworkFile) -> Iterator[tuple[str, ScalarNode]]:
    """The variants with the keys that name them, as far as the text has such keys."""
    node = file.parts["variants"][1] if "variants" in file.parts else None
    for key, _ in node.value if isinstance(node, MappingNode) else ():
        if isinstance(key, ScalarNode) and key.value in file.variants:
            yield key.value, key


def _lens(
    document: Document, line: int, title: str, arguments: list[Any] | None = None
) -> dict[str, Any]:
    start = document.text.of_yaml(line, 1)
    command: dict[str, Any] = {"title": title, "command": ""}
    if arguments is not None:
        command = {"title": title, "command": SHOW, "arguments": arguments}
    return {"range": document.text.range(start, start), "command": command}


def verdicts(file: NetworkFile) -> Iterator[Verdict]:
    """Each limit of the file and of the projects around it, compared with the network.

    How much a metric may grow is left out: there is nothing to compare with.
    """
    costs = CostCache(file)
    try:
        limits = limits_of(file, None, Options(), Projects())
    except CostcalcError:
        return  # it is among the faults of the file that says them
    for limit in limits:
        try:
            yield judge(limit._replace(growth=None), costs, None)
        except CostcalcError:
            continue


def said(verdict: Verdict) -> str:
    """`569 M of 600 M MACs, 94.8 %: within`."""
    metric = METRICS[verdict.limit.metric]
    value = short_count(verdict.value)
    if verdict.max is None:
        return f"{value} {metric.title}"
    return (
        f"{value} of {short_count(verdict.max)} {metric.title}, "
        f"{share(verdict.value, verdict.max)}: {_MARKS.get(verdict.status, verdict.status)}"
    )
