"""Leave out what flattens maps of one place, which linear layers read as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.decompile.bare import Graph, Map, Op


def unflattened(graph: Graph) -> Graph:
    """Return the graph without flatten behind a map of one place, such as global_avg_pool's.

    It stays where anything but linear layers, activations and dropout would read the map.
    """
    readers = graph.readers()
    gone: set[Op] = set()
    for op in graph.ops:
        if op.type != "flatten" or op.maps[0] in graph.outputs or not _has_one_place(op):
            continue
        behind = _behind(op, readers)
        if behind is None:
            continue
        (source,) = op.sources
        for one in behind:
            one.sources = [source if x is op.maps[0] else x for x in one.sources]
            one.maps[0].shape = one.maps[0].shape.with_sides(source.shape.sides)
        gone.add(op)
    return Graph(graph.inputs, [op for op in graph.ops if op not in gone], graph.outputs)


def _has_one_place(op: Op) -> bool:
    sides: Sequence[object] = op.sources[0].shape.sides
    return bool(sides) and all(side == 1 for side in sides)


def _behind(op: Op, readers: Mapping[Map, Sequence[Op]]) -> list[Op] | None:
    """The layers behind another; None where one of them needs a vector."""
    found: dict[Op, None] = {}
    waiting = [op]
    while waiting:
        for one in readers.get(waiting.pop().maps[0], ()):
            layer = one.layer
            if layer is None or one.inner or len(one.sources) > 1 or len(one.maps) > 1:
                return None
            if one.type not in _TAKES_BOTH and layer.family != "activations":
                return None
            if one not in found:
                found[one] = None
                waiting.append(one)
    return [*found]


_TAKES_BOTH = ("linear", "dropout")
