"""Reduce a graph of layers to bodies of items: series, branches, and what remains by names.

Series-parallel reduction (Valdes, Tarjan and Lawler 1982): two that stand in a row become one, and
a merge whose maps all come from one map becomes one with its branches. Where that ends, what lies
between a map and the merge that gathers all that is made of it becomes a body whose items have
names, and the reduction goes on around it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

from costcalc.decompile.bare import Graph, Map, Op, outer_reads
from costcalc.decompile.tree import BRANCHES, LAYERS, SHORTCUT, Body, Item, walk
from costcalc.decompile.vertex import Vertex, depth_of
from costcalc.graph.bits import UNSAID
from costcalc.language.names import MERGES

MAX_NESTING = 10
"""Branches in branches; what is deeper has names."""

MAX_WORK = 300_000
"""Bodies that are looked at for regions; what is left then has names."""


def reduced(graph: Graph) -> Body:
    """Return the items of a graph, in an order in which each reads what is before it."""
    try:
        return _Reduction(graph).body()
    except _Circle:
        return [_item(op) for op in graph.ops]


class _Reduction:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.maker: dict[Map, Vertex] = {}
        self.readers: dict[Map, dict[Vertex, None]] = {}
        self.vertices: dict[Vertex, None] = {}
        self.kept = set(graph.outputs)
        self.work = 0
        for number, op in enumerate(graph.ops):
            self._add(Vertex([_item(op)], [*op.sources, *outer_reads(op)], op.maps, number))
            if op.lender is not None:
                self.kept.add(op.lender.maps[0])  # its name must be seen from here

    def body(self) -> Body:
        self._reduce(deque(self.vertices))
        while len(self.vertices) > 1:
            region = self._region()
            if region is None:
                break
            made = self._collapse(*region)
            self._reduce(deque([made, *self.readers.get(made.outputs[0], ())]))
        return [item for vertex in self._sorted(self.vertices) for item in vertex.items]

    def _add(self, vertex: Vertex) -> None:
        self.vertices[vertex] = None
        for source in vertex.sources:
            self.readers.setdefault(source, {})[vertex] = None
        for made in vertex.outputs:
            self.maker[made] = vertex

    def _remove(self, vertex: Vertex) -> None:
        del self.vertices[vertex]
        for source in vertex.sources:
            self.readers[source].pop(vertex, None)

    def _reduce(self, waiting: deque[Vertex]) -> None:
        while waiting:
            vertex = waiting.popleft()
            if vertex not in self.vertices:
                continue
            made = self._series(vertex) or self._parallel(vertex)
            if made is not None:
                waiting.append(made)
                waiting.extend(r for m in made.outputs for r in self.readers.get(m, ()))

    def _private(self, source: Map, reader: Vertex) -> Vertex | None:
        """What makes a map that nothing but one other reads, and makes nothing else."""
        maker = self.maker.get(source)
        if maker is None or source in self.kept or len(maker.outputs) != 1:
            return None
        return maker if [*self.readers.get(source, ())] == [reader] else None

    def _series(self, vertex: Vertex) -> Vertex | None:
        if len(vertex.sources) != 1 or len(vertex.outputs) != 1:
            return None
        before = self._private(vertex.sources[0], vertex)
        if before is None:
            return None
        self._remove(before)
        self._remove(vertex)
        items = before.items + vertex.items if len(vertex.items) > 1 else before.items
        if len(vertex.items) == 1:
            items.append(vertex.items[0])
        made = Vertex(items, before.sources, vertex.outputs, before.place)
        self._add(made)
        return made

    def _parallel(self, vertex: Vertex) -> Vertex | None:
        head = vertex.items[0]
        if head.type not in MERGES or head.parts or len(vertex.sources) < 2 or head.lender:
            return None
        if len(set(vertex.sources)) < len(vertex.sources):
            return None
        found = self._branches(vertex)
        if found is None:
            return None
        fork, branches = found
        bodies = [maker.items if maker else [] for maker in branches]
        if head.bits != UNSAID and any(one.bits != head.bits for b in bodies for one in walk(b)):
            return None  # what is inside would be held in as many
        if max(map(depth_of, bodies)) >= MAX_NESTING:
            return None
        for maker in dict.fromkeys(maker for maker in branches if maker):
            self._remove(maker)
        self._remove(vertex)
        items = [_merged(head, fork, bodies), *vertex.items[1:]]
        made = Vertex(items, [fork], vertex.outputs, vertex.place)
        self._add(made)
        return made

    def _branches(self, vertex: Vertex) -> tuple[Map, list[Vertex | None]] | None:
        """The map that the branches of a merge read, and what makes each; None hands it on."""
        makers = [self._private(source, vertex) for source in vertex.sources]
        pairs = [*zip(vertex.sources, makers, strict=True)]
        read = [source for source, maker in pairs if maker is None or maker.sources]
        if len(read) == 1:  # beside numbers that are stored, the map stays as it is
            return read[0], [None if source is read[0] else maker for source, maker in pairs]
        forks: dict[Map, None] = {}
        branches: list[Vertex | None] = []
        for source, maker in pairs:
            alone = maker if maker is not None and len(maker.sources) < 2 else None
            branches.append(alone)
            forks.update(dict.fromkeys([source] if alone is None else alone.sources))
        return (next(iter(forks)), branches) if len(forks) == 1 else None

    # What is neither: a region between a map and what gathers all that is made of it

    def _region(self) -> tuple[Map, list[Vertex]] | None:
        """The smallest set of vertices that reads one map and hands on one; the last makes it."""
        if self.work > MAX_WORK:
            return None
        order = self._sorted(self.vertices)
        self.work += len(order)
        number = {vertex: place for place, vertex in enumerate(order)}
        dominators = self._dominators(order)
        best: tuple[Map, list[Vertex]] | None = None
        for vertex in order:
            start = dominators.get(vertex)
            if start is None or len(set(vertex.sources)) < 2:
                continue
            if self.work > MAX_WORK:
                break
            inside = self._between(start, vertex, number)
            if inside is not None and (best is None or len(inside) < len(best[1])):
                best = start, sorted(inside, key=number.__getitem__)
                if len(inside) <= 4:
                    break
        if best is not None and len(best[1]) == len(self.vertices):
            return None  # it is all that there is
        return best

    def _between(self, start: Map, end: Vertex, number: dict[Vertex, int]) -> set[Vertex] | None:
        found, stack = {end}, [end]
        while stack:
            self.work += 1
            for source in stack.pop().sources:
                maker = self.maker.get(source)
                if source is start:
                    continue
                if maker is None:
                    return None
                if maker not in found:
                    found.add(maker)
                    stack.append(maker)
        for vertex in found:
            for made in vertex.outputs if vertex is not end else ():
                if made in self.kept or any(r not in found for r in self.readers.get(made, ())):
                    return None
        if len(end.outputs) != 1 or len(found) < 2:
            return None
        if max(vertex.depth for vertex in found) >= MAX_NESTING:
            return None
        return found

    def _dominators(self, order: Sequence[Vertex]) -> dict[Vertex, Map]:
        """For each vertex the nearest map that all ways from the inputs to it go through."""
        above: dict[Map, Map | None] = {}
        depth: dict[Map, int] = {}
        found: dict[Vertex, Map] = {}
        for source in self.graph.inputs:
            above[source], depth[source] = None, 0
        for vertex in order:
            meeting: Map | None = None
            open_ = False
            for index, source in enumerate(dict.fromkeys(vertex.sources)):
                if source not in depth:
                    open_ = True
                    continue
                meeting = (
                    source
                    if index == 0 or meeting is None
                    else _meet(meeting, source, above, depth)
                )
                if meeting is None:
                    break
            if meeting is not None and not open_:
                found[vertex] = meeting
            for made in vertex.outputs:
                above[made] = meeting
                depth[made] = 0 if meeting is None else depth[meeting] + 1
        return found

    def _collapse(self, start: Map, inside: Sequence[Vertex]) -> Vertex:
        items = [item for vertex in inside for item in vertex.items]
        last = inside[-1]
        for vertex in inside:
            self._remove(vertex)
        body = Item("sequence", {}, [start], last.outputs, {LAYERS: [items]})
        made = Vertex([body], [start], last.outputs, inside[0].place)
        self._add(made)
        return made

    def _sorted(self, vertices: dict[Vertex, None]) -> list[Vertex]:
        """In an order in which each reads what is before it, else as the file has them."""
        missing = {}
        readers: dict[Map, list[Vertex]] = {}
        ready: list[tuple[int, int, Vertex]] = []
        for number, vertex in enumerate(vertices):
            needed = [s for s in self._needed(vertex) if s in self.maker]
            missing[vertex] = len(needed)
            for source in needed:
                readers.setdefault(source, []).append(vertex)
            if not missing[vertex]:
                heapq.heappush(ready, (vertex.place, number, vertex))
        found: list[Vertex] = []
        while ready:
            _, number, vertex = heapq.heappop(ready)
            found.append(vertex)
            for made in vertex.outputs:
                for reader in readers.get(made, ()):
                    missing[reader] -= 1
                    if not missing[reader]:
                        heapq.heappush(ready, (reader.place, len(found) + number, reader))
        if len(found) < len(vertices):
            raise _Circle
        return found

    @staticmethod
    def _needed(vertex: Vertex) -> list[Map]:
        """What comes before a vertex: the maps that it reads, and the layers that lend weights."""
        lenders = [x for x in vertex.lenders if x not in vertex.outputs]
        return [*dict.fromkeys([*vertex.sources, *lenders])]


class _Circle(Exception):
    """Bodies that lend one another weights have no order."""


def _meet(one: Map, other: Map, above: dict[Map, Map | None], depth: dict[Map, int]) -> Map | None:
    """The nearest map above two."""
    a: Map | None = one
    b: Map | None = other
    while a is not b:
        if a is None or b is None:
            return None
        if depth[a] >= depth[b]:
            a = above[a]
        else:
            b = above[b]
    return a


def _item(op: Op) -> Item:
    parts = {LAYERS: [reduced(op.inner)]} if op.inner is not None else None
    return Item(op.type, op.fields, op.sources, op.maps, parts, op)


def _merged(head: Item, fork: Map, bodies: list[Body]) -> Item:
    """A merge with its branches; a sum with what it reads is a residual."""
    stored = any(body and not body[0].inputs for body in bodies)
    if head.type == "add" and len(bodies) == 2 and not (head.fields or stored) and head.trainable:
        body, shortcut = bodies if len(bodies[0]) >= len(bodies[1]) else bodies[::-1]
        if body:
            parts = {LAYERS: [body], **({SHORTCUT: [shortcut]} if shortcut else {})}
            made = Item("residual", {}, [fork], head.outputs, parts, None)
            made.bits = head.bits
            return made
    return Item(head.type, head.fields, [fork], head.outputs, {BRANCHES: bodies}, head.op)
