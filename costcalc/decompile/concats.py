"""Write concats of many maps as those that grow, one by one, from the maps before.

A network that keeps all maps of a stage reads them in one concat after another: (a, b), (a, b, c).
The later ones read the earlier. Where a concat reads maps of which each is made of the one before,
and all parts that a map was split into, it grows from that map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from costcalc.decompile.bare import Graph, Map, Op, outer_reads
from costcalc.decompile.flatten import fields_of
from costcalc.layers import Layer
from costcalc.layers.merge import Concat
from costcalc.layers.reshape import Slice


def grown(graph: Graph) -> Graph:
    """Return the graph with concats that read earlier ones, where they begin with the same maps."""
    known: dict[tuple[Map, ...], Map] = {}
    for op in _concats(graph, grown):
        if len(op.sources) < 2:
            continue
        sources = tuple(op.sources)
        for count in range(len(sources), 1, -1):
            before = known.get(sources[:count])
            if before is not None:
                op.sources = [before, *sources[count:]]
                break
        known.setdefault(sources, op.maps[0])
    return graph


def _concats(graph: Graph, rewrite: Callable[[Graph], Graph]) -> Iterator[Op]:
    """The concats of channels in order; the bodies before them have been rewritten."""
    for op in graph.ops:
        if op.inner is not None:
            op.inner = rewrite(op.inner)
        if op.type == "concat" and not op.fields:
            yield op


def chained(graph: Graph) -> Graph:
    """Return the graph with a concat of y, f(y), g(f(y)) as concats of two, one behind another.

    Each step reads the last channels of what there is so far, and puts what it makes of them
    behind it: steps that are alike are a repeat then. Maps that one was split into, all of them
    and in order, are that one.
    """
    readers = graph.readers()
    kept = set(graph.outputs)
    before: dict[Op, list[Op]] = {}
    behind: dict[Op, list[Op]] = {}
    gone: set[Op] = set()
    for op in _concats(graph, chained):
        start, chain = _start(op, readers)
        steps = [_step(a, b, op, readers, kept) for a, b in pairwise(chain)]
        if len(steps) < (1 if chain[0] is not start else 2) or not all(steps):
            continue
        gone.add(op)
        so_far = start
        for number, step in enumerate(steps):
            assert step
            last, made = chain[number], chain[number + 1]
            part = _op(Slice(start=-last.shape.channels), [so_far])
            before.setdefault(step[0], []).append(part)
            for one in step:
                one.sources = [part.maps[0] if x is last else x for x in one.sources]
            joined = _op(Concat(), [so_far, made])
            if number == len(steps) - 1:
                joined.maps = op.maps
                op.maps[0].op = joined
            behind.setdefault(step[-1], []).append(joined)
            so_far = joined.maps[0]
    ops = [
        one
        for op in graph.ops
        for one in (*before.get(op, ()), *(() if op in gone else (op,)), *behind.get(op, ()))
    ]
    read = {x for op in ops for x in (*op.sources, *outer_reads(op))} | kept
    parts = ("split", "slice")
    ops = [op for op in ops if op.type not in parts or any(x in read for x in op.maps)]
    return Graph(graph.inputs, ops, graph.outputs)


def _start(op: Op, readers: Mapping[Map, Sequence[Op]]) -> tuple[Map, Sequence[Map]]:
    """The map that a concat begins with, and its last part with the maps that may be made of it."""
    first = op.sources[0]
    split = first.op
    if split is not None and split.type == "split" and "axis" not in split.fields:
        count = len(split.maps)
        if op.sources[:count] == split.maps and len(op.sources) > count:
            return split.sources[0], op.sources[count - 1 :]
    others = [one for one in readers.get(first, ()) if one is not op]
    if len(others) == 1 and isinstance(others[0].layer, Slice) and _is_last(others[0].layer):
        return first, [others[0].maps[0], *op.sources[1:]]
    return first, op.sources


def _is_last(layer: Slice) -> bool:
    """Whether a slice is of the last channels."""
    return layer.axis in (0, "channels") and layer.stop is None and layer.step == 1


def merged(graph: Graph) -> Graph:
    """Return the graph with a concat of what only it reads of another as one concat."""
    readers = graph.readers()
    kept = set(graph.outputs)
    gone: set[Op] = set()
    for op in _concats(graph, merged):
        before = op.sources[0].op
        alone = readers.get(op.sources[0], ()) == [op] and op.sources[0] not in kept
        if before is not None and before.type == "concat" and not before.fields and alone:
            op.sources = [*before.sources, *op.sources[1:]]
            gone.add(before)
    return Graph(graph.inputs, [op for op in graph.ops if op not in gone], graph.outputs)


def _step(
    source: Map, made: Map, reader: Op, readers: dict[Map, list[Op]], kept: set[Map]
) -> list[Op] | None:
    """The layers that make one map of another, if nothing else reads what is between them."""
    if made.op is None or made in kept or source in kept:
        return None
    found, stack = {made.op}, [made.op]
    while stack:
        for x in stack.pop().sources:
            if x is source:
                continue
            if x.op is None or x.op.type == "split" or len(found) > MOST_IN_A_STEP:
                return None
            if x.op not in found:
                found.add(x.op)
                stack.append(x.op)
    for op in found:
        if op.inner is not None or len(op.maps) != 1:
            return None
        for x in op.maps:
            if x is not made and (x in kept or any(r not in found for r in readers.get(x, ()))):
                return None
    readers_of_made = [r for r in readers.get(made, ()) if r is not reader]
    if any(r in found for r in readers_of_made) or source not in {
        x for op in found for x in op.sources
    }:
        return None
    others = [r for r in readers.get(source, ()) if r is not reader and r not in found]
    return (
        None if others and source.op is not None and source.op.type != "split" else _sorted(found)
    )


MOST_IN_A_STEP = 200


def _sorted(ops: set[Op]) -> list[Op]:
    """Layers in an order in which each reads what is before it."""
    done: list[Op] = []
    waiting = dict.fromkeys(ops)
    while waiting:
        for op in [*waiting]:
            if not any(x.op in waiting for x in op.sources):
                done.append(op)
                del waiting[op]
    return done


def _op(layer: Layer, sources: Sequence[Map]) -> Op:
    shapes = [x.shape for x in sources]
    made = Op(layer.type, fields_of(layer, shapes), sources, layer)
    made.maps = [Map(layer.output(*shapes), op=made)]
    return made


def sliced(graph: Graph) -> Graph:
    """Return the graph with slices for halves of a map of which one is only put back beside the
    other: they are branches then, and need no names."""
    readers = graph.readers()
    kept = set(graph.outputs)
    made: list[Op] = []
    for op in graph.ops:
        if op.inner is not None:
            op.inner = sliced(op.inner)
        if op.type == "split" and "axis" not in op.fields and _is_joined(op, readers, kept):
            made += _slices(op)
        else:
            made.append(op)
    return Graph(graph.inputs, made, graph.outputs)


def _is_joined(split: Op, readers: dict[Map, list[Op]], kept: set[Map]) -> bool:
    """Whether nothing but one reads each part, and a concat reads some of them as they are."""
    found = [readers.get(part, []) for part in split.maps]
    if any(len(one) != 1 for one in found) or kept.intersection(split.maps):
        return False
    joined = sum(one[0].type == "concat" for one in found)
    return 0 < joined < len(found)


def _slices(split: Op) -> list[Op]:
    made = []
    start = 0
    for part in split.maps:
        end = start + int(part.shape.channels)
        values = {"start": start} if part is split.maps[-1] else {"start": start, "stop": end}
        one = _op(Slice(values), split.sources)
        one.maps, part.op = [part], one
        made.append(one)
        start = end
    return made
