"""Decompile a network: flatten, recognise, reduce, roll up, write and verify."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from costcalc.decompile.bare import Graph
from costcalc.decompile.blocks import with_blocks
from costcalc.decompile.defaults import defaults_of
from costcalc.decompile.explain import explained
from costcalc.decompile.prepared import Prepared
from costcalc.decompile.recognise import recognise
from costcalc.decompile.reduce import reduced
from costcalc.decompile.relations import related
from costcalc.decompile.rollup import repeats_rolled, rolled
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.text import Written, lines_of
from costcalc.decompile.tree import Body, copied
from costcalc.decompile.verify import refused
from costcalc.decompile.wanted import AS_IT_IS, Wanted
from costcalc.graph.nodes import Network


def decompiled(network: Network, head: Sequence[str], wanted: Wanted = AS_IT_IS) -> str:
    """The text of a network in the network language, which costs what the network does.

    head: comments about what it is made from, its first lines. Raises CostcalcError where the text
    would differ from the network in a layer or a total.
    """
    made = Prepared(network, wanted)
    items = reduced(made.graph) if wanted.flat else items_of(made.graph)
    fault: str | None = None
    for written in _ways(items, made.graph, wanted.flat):
        said = explained(made.graph, items, written, fault) if wanted.explain else ()
        lines = lines_of(network, made.graph, written, [*head, *made.comments, *said])
        text = "".join(f"{line}\n" for line in lines)
        found = made.difference(text)
        if found is None:
            return text
        fault = fault or found
    raise refused(network, fault)


def _ways(items: Body, graph: Graph, flat: bool) -> Iterator[Written]:
    """The ways to write items, the shortest first; should it go wrong, the next is taken."""
    if flat:
        yield Written(items)
        return
    yield structured(related(items), graph)
    yield structured(items, graph)
    yield structured(items, graph, relations=False)
    yield structured(items, graph, blocks=False)


def items_of(graph: Graph) -> Body:
    """The items of a graph: shipped blocks where they are recognised, and what is around them."""
    return reduced(recognise(graph))


def structured(body: Body, graph: Graph, *, relations: bool = True, blocks: bool = True) -> Written:
    """A body with repeats, blocks and defaults.

    relations: whether blocks may say that a width is a multiple of another. blocks: whether what
    stands in several places becomes a block of the file's own.
    """
    signatures = Signatures()
    ends = graph.inputs, graph.outputs
    body = repeats_rolled(copied(body), *ends, signatures)
    own = with_blocks(body, *ends, signatures, relations=relations) if blocks else []
    body = rolled(body, *ends, signatures)
    for block in own:
        block.items[:] = rolled(block.items, [block.given], block.items[-1].outputs, signatures)
    defaults = defaults_of([body, *(block.items for block in own)], signatures)
    return Written(body, own, defaults)
