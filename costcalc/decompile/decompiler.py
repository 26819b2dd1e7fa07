"""Decompile a network: flatten, recognise, reduce, roll up, write and verify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.costs.totals import Costs
from costcalc.decompile.bare import Graph
from costcalc.decompile.blocks import OwnBlock, with_blocks
from costcalc.decompile.concats import chained, grown
from costcalc.decompile.defaults import defaults_of
from costcalc.decompile.explain import explained, without
from costcalc.decompile.flatten import flatten
from costcalc.decompile.form import in_form
from costcalc.decompile.names import Names
from costcalc.decompile.recognise import recognise
from costcalc.decompile.reduce import reduced
from costcalc.decompile.rollup import repeats_rolled, rolled
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Body, copied
from costcalc.decompile.verify import check, difference, layers_of, totals_of
from costcalc.decompile.write import Tree, written_body
from costcalc.graph.nodes import Network
from costcalc.importers.lines import EMPTY, item_lines, pair


class Written(NamedTuple):
    """The parts of a network's text."""

    body: Body
    blocks: Sequence[OwnBlock] = ()
    defaults: Mapping[str, Any] = {}


def decompiled(
    network: Network,
    head: str,
    *,
    flat: bool = False,
    form: str | None = None,
    explain: bool = False,
) -> str:
    """The text of a network in the network language, which costs what the network does.

    head: what it is made from, for its first line. flat: without blocks and repeats. form: write
    every convolution as standard or separable. explain: say in comments what was recognised.
    Raises CostcalcError where the text would differ from the network in a layer or a total.
    """
    graph = flatten(network)
    totals = totals_of(Costs(network), form)
    comments = [head]
    if form is not None:
        graph = in_form(graph, form)
        comments += without(graph, form)
    layers = layers_of(graph)
    written = _written(graph, flat)
    if explain:
        comments += explained(graph, written.body, written.blocks)
    text = "".join(f"{line}\n" for line in lines_of(network, graph, written, comments))
    if not flat and difference(text, network, layers, totals) is not None:
        # Blocks of its own went wrong: its items without them are right, or refused below.
        body = repeats_rolled(items_of(graph), graph.inputs, graph.outputs, Signatures())
        plain = Written(rolled(body, graph.inputs, graph.outputs, Signatures()))
        text = "".join(f"{line}\n" for line in lines_of(network, graph, plain, comments))
    check(text, network, layers, totals)
    return text


def _written(graph: Graph, flat: bool) -> Written:
    if flat:
        return Written(reduced(graph))
    return structured(items_of(graph), graph)


def items_of(graph: Graph) -> Body:
    """The items of a graph: shipped blocks where they are recognised, and what is around them."""
    return reduced(recognise(chained(grown(graph))))


def structured(body: Body, graph: Graph, *, relations: bool = True) -> Written:
    """A body with repeats, blocks and defaults.

    relations: whether blocks may say that a width is a multiple of another.
    """
    signatures = Signatures()
    body = repeats_rolled(copied(body), graph.inputs, graph.outputs, signatures)
    blocks = with_blocks(body, graph.inputs, graph.outputs, signatures, relations=relations)
    body = rolled(body, graph.inputs, graph.outputs, signatures)
    for block in blocks:
        block.items[:] = rolled(block.items, [block.given], block.items[-1].outputs, signatures)
    defaults = defaults_of([body, *(block.items for block in blocks)], signatures)
    return Written(body, blocks, defaults)


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
