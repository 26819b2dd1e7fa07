"""Write the text of a network: its head, its blocks and its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.decompile.bare import Graph
from costcalc.decompile.blocks import OwnBlock
from costcalc.decompile.names import Names
from costcalc.decompile.tree import Body
from costcalc.decompile.write import Tree, written_body
from costcalc.graph.nodes import Network
from costcalc.importers.lines import EMPTY, item_lines, pair


class Written(NamedTuple):
    """The parts of a network's text."""

    body: Body
    blocks: Sequence[OwnBlock] = ()
    defaults: Mapping[str, Any] = {}


def lines_of(
    network: Network,
    graph: Graph,
    written: Written,
    comments: Sequence[str],
    extra: Sequence[str] = (),
) -> Iterator[str]:
    """The lines of a network's text; extra ones stand behind its input."""
    names = Names(x.name for x in graph.inputs)
    names.names.update({x: x.name for x in graph.inputs})
    if len(graph.inputs) == 1:
        names.names[graph.inputs[0]] = "input"
    tree = written_body(written.body, graph.inputs, graph.outputs, names)
    yield from (f"# {line}" for line in comments)
    yield pair("name", network.name)
    if network.source:
        yield pair("source", network.source)
    shapes: Any = {x.name: [*x.shape.dims] for x in graph.inputs}
    yield pair("input", next(iter(shapes.values())) if len(shapes) == 1 else shapes)
    yield from extra
    last = written.body[-1].outputs if written.body else ()
    if tuple(graph.outputs) != last:
        yield pair("outputs", [names.of(x) for x in graph.outputs])
    if written.defaults:
        yield "defaults:"
        for kind, fields in written.defaults.items():
            yield f"  {pair(kind, fields)}"
    if written.blocks:
        yield "blocks:"
    for block in written.blocks:
        yield from _block_lines(block)
    yield "layers:"
    yield from _items(tree, "  ")


def _block_lines(block: OwnBlock) -> Iterator[str]:
    yield f"  {block.name}:"
    if block.params:
        params = {name: EMPTY if value is None else value for name, value in block.params.items()}
        yield f"    {pair('params', params)}"
    yield "    layers:"
    yield from _items(written_body(block.items, [block.given]), "      ")


def _items(tree: Sequence[Tree], indent: str) -> Iterator[str]:
    for item in tree:
        yield from item_lines(item, indent)
