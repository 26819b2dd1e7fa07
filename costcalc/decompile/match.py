"""Match the text of a shipped block against bare layers: which arguments would make these.

The block is read as the builder reads it, item by item, over the layers that are there. A param
without a value takes that of the first field that names it; what depends on params that are still
open waits until they are known. No block has code here: a new one is matched by its text.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from typing import Any

from costcalc.decompile.bare import Graph, Map, Op
from costcalc.decompile.binding import Binding, reads
from costcalc.decompile.choices import choices
from costcalc.decompile.fits import Match, Miss
from costcalc.decompile.scope import BASE, Frame, GaveUp, Given, Maps, Open, Param, Scope, bare_name
from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.item import (
    BLOCK,
    EACH,
    LAYER,
    MERGE,
    PARAM,
    REARRANGED,
    RESIDUAL,
    SEQUENCE,
    Fields,
    Item,
)
from costcalc.layers import LAYERS
from costcalc.layers.reshape import Slice

MAX_STEPS = 1_500
"""Items that are tried for one block at one place."""
MAX_COPIES = 20
LEAST_LAYERS = 2
"""The layers that a block must stand for."""


class Matcher(Binding):
    """Matches blocks on one graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.readers = graph.readers()
        self.kept = set(graph.outputs)
        made = (x for op in graph.ops for x in op.maps)
        self.order = {x: number for number, x in enumerate([*graph.inputs, *made])}
        self.lending = {op.lender for op in graph.all_ops()}
        self.steps = 0

    def match(self, block: Block, source: Map) -> Match | None:
        """The first way in which a block fits the layers behind a map; None if there is none."""
        self.used, self.bound, self.conditions, self.steps = {}, [], [], 0
        self.miss = Miss()
        params = {name: Param(name, default) for name, default in block.params.items()}
        entries: dict[str, Any] = {**BASE, **params}
        scope = Scope(entries, [source])
        frame = Frame(scope, ChainMap({"input": [source]}))
        try:
            for maps in self._body(block.items, 0, [source], frame):
                if maps == [source]:
                    continue
                self._missed(Miss(len(self.used)))
                if len(self.used) < LEAST_LAYERS or not self._is_closed(maps):
                    continue
                if self._hold(params, scope):
                    known = {name: p.value for name, p in params.items() if p.known}
                    return Match(block, known, [*self.used], source, maps)
        except GaveUp:
            pass
        return None

    def _is_closed(self, maps: Maps) -> bool:
        """Whether only the block's own layers read what they make, but for what it hands on."""
        out = set(maps)
        return all(
            made in out
            or (made not in self.kept and all(r in self.used for r in self.readers.get(made, ())))
            for op in self.used
            for made in op.maps
        )

    # Items

    def _body(self, items: list[Item], index: int, maps: Maps, frame: Frame) -> Iterator[Maps]:
        if index == len(items):
            yield maps
            return
        item = items[index]
        for out in self._item(item, maps, frame):
            named = frame.named
            if len(item.names) == 1:
                named = named.new_child({item.names[0]: out})
            elif len(item.names) == len(out):
                named = named.new_child({n: [m] for n, m in zip(item.names, out, strict=True)})
            elif item.names:
                continue
            yield from self._body(items, index + 1, out, Frame(frame.scope, named))

    def _item(self, item: Item, maps: Maps, frame: Frame) -> Iterator[Maps]:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise GaveUp
        if item.sources is not None:
            maps = [m for n in item.sources for m in (maps if n == "previous" else frame.named[n])]
        frame = frame.at(maps)
        if item.repeat is not None or item.weights is not None or item.trainable is not None:
            return
        if item.when is None:
            yield from self._present(item, maps, frame)
            return
        try:
            outcome = bool(item.when.evaluate(frame.scope))
        except Open:
            for outcome in (True, False):
                mark = self._mark()
                self.conditions.append((item.when, frame.scope, outcome))
                yield from self._present(item, maps, frame) if outcome else iter([maps])
                self._undo(mark)
            return
        except CostcalcError:
            return
        yield from self._present(item, maps, frame) if outcome else iter([maps])

    def _present(self, item: Item, maps: Maps, frame: Frame) -> Iterator[Maps]:
        kind = item.kind
        if kind == PARAM:
            yield from self._of_param(item, maps, frame)
        elif kind == BLOCK and isinstance(item.type, Block):
            yield from self._block(item.type, item.fields, maps, frame)
        elif kind == SEQUENCE:
            inside = Frame(frame.scope, frame.named.new_child({"input": maps}))
            yield from self._body(item.layers, 0, maps, inside)
        elif kind == RESIDUAL:
            yield from self._residual(item, maps, frame)
        elif kind == EACH:
            yield from self._each(item, maps, frame)
        elif kind == MERGE and item.branches is not None:
            for made in self._branches(item.branches, 0, [], maps, frame):
                yield from self._layer(item.type, item.fields, made, frame, merges=True)
        elif kind in (LAYER, MERGE):
            yield from self._layer(item.type, item.fields, maps, frame, merges=kind == MERGE)
        elif kind == REARRANGED:
            yield from self._layer(item.type, item.fields, maps, frame, holding=item)

    def _branches(
        self, branches: list[list[Item]], index: int, made: Maps, maps: Maps, frame: Frame
    ) -> Iterator[Maps]:
        if index == len(branches):
            yield made
            return
        for out in self._body(branches[index], 0, maps, frame):
            yield from self._branches(branches, index + 1, [*made, *out], maps, frame)

    def _residual(self, item: Item, maps: Maps, frame: Frame) -> Iterator[Maps]:
        inside = Frame(frame.scope, frame.named.new_child({"input": maps}))
        when = item.fields.get("shortcut_when")
        for made in self._body(item.layers, 0, maps, inside):
            for added in (True, False) if when is not None else (True,):
                mark = self._mark()
                if when is None or self._wait(when, frame.scope, added):
                    if not added:
                        yield made
                    else:
                        for around in self._body(item.shortcut, 0, maps, inside):
                            yield from self._layer(
                                LAYERS["add"], {}, [*made, *around], frame, merges=True
                            )
                self._undo(mark)

    def _each(self, item: Item, maps: Maps, frame: Frame) -> Iterator[Maps]:
        copies = item.fields.get("copies")
        if copies is None or len(maps) != 1:
            return
        for count in range(min(len(self.readers.get(maps[0], ())), MAX_COPIES), 0, -1):
            mark = self._mark()
            if self._wait(copies, frame.scope, count):
                yield from self._copies(item, 0, count, [], maps, frame)
            self._undo(mark)

    def _copies(
        self, item: Item, index: int, count: int, made: Maps, maps: Maps, frame: Frame
    ) -> Iterator[Maps]:
        if index == count:
            yield made
            return
        entries = {**frame.scope.entries, "index": index}
        inside = Frame(Scope(entries, maps), frame.named.new_child({"input": maps}))
        for out in self._body(item.layers, 0, maps, inside):
            if index > 1 and self.order[out[0]] < self.order[made[-1]]:
                continue  # copies are alike: one order of them is enough
            yield from self._copies(item, index + 1, count, [*made, *out], maps, frame)

    def _block(self, block: Block, fields: Fields, maps: Maps, frame: Frame) -> Iterator[Maps]:
        if block.inputs is not None or block.outputs is not None or len(maps) != 1:
            return
        entries: dict[str, Any] = dict(BASE)
        scope = Scope(entries, maps)
        for name, default in block.params.items():
            if name in fields:
                entries[name] = Given(fields[name], frame.scope)
            elif default is not None:
                entries[name] = Given(default, scope)
        yield from self._body(block.items, 0, maps, Frame(scope, ChainMap({"input": maps})))

    def _of_param(self, item: Item, maps: Maps, frame: Frame) -> Iterator[Maps]:
        """Layers of the type that a param names; where that is open, of the type that is there."""
        entry: Any = frame.scope.entries.get(str(item.type))
        while isinstance(entry, Given):
            name = bare_name(entry.value)
            inner = entry.scope.entries.get(name) if name else None
            if inner is None:
                break
            entry = inner
        if isinstance(entry, Param) and not entry.known:
            for choice in choices(entry, item, self.readers.get(maps[0], ()), frame):
                mark = self._mark()
                self._bind(entry, choice)
                yield from self._of_type(choice, item.fields, maps, frame)
                self._undo(mark)
            return
        try:
            target = frame.scope[str(item.type)]
        except (Open, KeyError, CostcalcError):
            return
        yield from self._of_type(target, item.fields, maps, frame)

    def _of_type(self, target: Any, fields: Fields, maps: Maps, frame: Frame) -> Iterator[Maps]:
        if target is None:
            yield maps
        elif target == "identity":
            yield maps  # exporters leave it out
        elif isinstance(target, Block):
            yield from self._block(target, fields, maps, frame)
        elif target in LAYERS:
            yield from self._layer(LAYERS[target], fields, maps, frame)

    def _layer(
        self,
        target: Any,
        fields: Fields,
        maps: Maps,
        frame: Frame,
        merges: bool = False,
        holding: Item | None = None,
    ) -> Iterator[Maps]:
        if not maps:
            return
        self._missed(Miss(len(self.used), target.type, maps[0]))
        for op in dict.fromkeys(self.readers.get(maps[0], ())):
            if op in self.used or op.layer is None or not reads(op, maps, merges):
                continue
            if (
                not op.trainable
                or (op.inner is None) != (holding is None)
                or op.lender
                or op in self.lending
            ):
                continue
            mark = self._mark()
            if self._fits(op, target, fields, frame):
                self.used[op] = None
                if holding is None or self._holds(op, holding, frame):
                    yield op.maps
                del self.used[op]
            elif self.misfit:
                self._missed(Miss(len(self.used), target.type, maps[0], op, self.misfit))
            self._undo(mark)
        if target is Slice and [*fields] == ["stop"]:
            yield from self._without_slice(fields["stop"], maps, frame)

    def _holds(self, op: Op, item: Item, frame: Frame) -> bool:
        """Whether what a layer holds is as the text has it."""
        assert op.inner is not None
        readers, kept = self.readers, self.kept
        inner = Matcher(op.inner)
        self.readers = inner.readers
        self.kept = set()
        try:
            given = op.inner.inputs
            inside = Frame(frame.scope.at(given), frame.named.new_child({"input": given}))
            for maps in self._body(item.layers, 0, given, inside):
                if maps == op.inner.outputs and all(one in self.used for one in op.inner.ops):
                    for one in op.inner.ops:
                        del self.used[one]
                    return True  # the first way is taken, with what it found of params
        finally:
            self.readers, self.kept = readers, kept
        return False
