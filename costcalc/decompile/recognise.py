"""Recognise shipped blocks in bare layers, the largest first, and put them in the layers' place."""

from __future__ import annotations

import contextlib
import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from costcalc.decompile.bare import Fields, Graph, Map, Op, meaning
from costcalc.decompile.choices import heads_of, kind_of
from costcalc.decompile.flatten import as_written, flatten
from costcalc.decompile.match import Match, Matcher
from costcalc.decompile.scope import BASE, Open, Scope
from costcalc.errors import CostcalcError, Problems
from costcalc.graph.builder import build
from costcalc.importers.lines import flow
from costcalc.language.block import Block
from costcalc.language.library import LIBRARY
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.units import decimal_text

MAX_READERS = 64
"""Layers that read one map, where blocks are looked for behind it."""


@lru_cache(maxsize=1)
def shipped_blocks() -> tuple[Block, ...]:
    """The shipped blocks that read one map."""
    file = NetworkFile("input: [1, 1, 1]\nlayers: [identity]\n", "blocks")
    found = (b for b in file.blocks.values() if isinstance(b, Block) and b.file.path == LIBRARY)
    return tuple(block for block in found if block.inputs is None)


def recognise(graph: Graph) -> Graph:
    """Return the graph with blocks where shipped ones, built, have the same layers."""
    return _Recognition(graph).graph()


class _Recognition:
    def __init__(self, graph: Graph) -> None:
        self.given = graph
        self.matcher = Matcher(graph)
        self.standing: dict[Op, Op] = {}
        """The block that a layer is in, by the last of its layers."""
        self.gone: set[Op] = set()

    def graph(self) -> Graph:
        graph = self.given
        maps = [*graph.inputs, *(made for op in graph.ops for made in op.maps)]
        waiting = [found for place, x in enumerate(maps) if (found := self._entry(place, x))]
        heapq.heapify(waiting)
        while waiting:
            _, _, place, match, arguments = heapq.heappop(waiting)
            if self.gone.isdisjoint(match.ops):
                self._put(match, arguments)
            again = self._entry(place, match.source)
            if again is not None:
                heapq.heappush(waiting, again)
        ops = []
        for op in graph.ops:
            if op in self.standing:
                ops.append(self.standing[op])
            elif op not in self.gone:
                ops.append(op if op.inner is None else _with_inner(op, recognise(op.inner)))
        return Graph(graph.inputs, ops, graph.outputs)

    def _entry(self, place: int, source: Map) -> tuple[int, int, int, Match, dict[str, Any]] | None:
        found = self._best(source)
        if found is None:
            return None
        said, layers = _score(*found)
        return (-said, -layers, place, *found)

    def _best(self, source: Map) -> tuple[Match, dict[str, Any]] | None:
        """The block that stands for the most layers behind a map, with the fewest arguments."""
        best: tuple[Match, dict[str, Any]] | None = None
        if not 0 < len(self.matcher.readers.get(source, ())) <= MAX_READERS:
            return None
        readers = {kind_of(op.type) for op in self.matcher.readers[source]}
        for block in shipped_blocks():
            if heads_of(block).isdisjoint(readers):
                continue
            match = self.matcher.match(block, source)
            if match is None or len(match.ops) < 2 or self._leaves_activation(match):
                continue
            arguments = arguments_of(match)
            if _switches_off(block, arguments):
                continue
            if best is not None and len(match.ops) == len(best[0].ops):
                more = _numbers(arguments) - _numbers(best[1])
                if more > 0 or (more == 0 and not _narrows(block, best[0].block)):
                    continue
            elif best is not None and _score(match, arguments) <= _score(*best):
                continue
            if _is_built(match, arguments):
                best = match, arguments
        return best

    def _leaves_activation(self, match: Match) -> bool:
        """Whether the activation behind a convolution would be left over."""
        (out,) = match.maps
        last = out.op
        if last is None or last.layer is None or last.layer.family == "merges":
            return False
        readers = self.matcher.readers.get(out, [])
        return (
            len(readers) == 1
            and out not in self.matcher.kept
            and last.layer.family != "activations"
            and readers[0].layer is not None
            and readers[0].layer.family == "activations"
        )

    def _put(self, match: Match, arguments: dict[str, Any]) -> None:
        order = {op: number for number, op in enumerate(self.given.ops)}
        last = max(match.ops, key=order.__getitem__)
        (out,) = match.maps
        block = Op(match.block.name, arguments, [match.source])
        block.maps = [out]
        block.covers = match.ops
        block.path = match.ops[0].path
        block.known = _known(match)
        self.gone.update(match.ops)
        self.standing[last] = block
        out.op = block
        matched = set(match.ops)
        for one in match.ops:
            for source in one.sources:
                readers = self.matcher.readers.get(source, [])
                self.matcher.readers[source] = [r for r in readers if r not in matched]
        self.matcher.readers.setdefault(match.source, []).append(block)


def _score(match: Match, arguments: Fields) -> tuple[int, int]:
    """How much a block says: the layers that it stands for, less what has to be said of it."""
    numbers = _numbers(arguments)
    said = 6 * numbers + 3 * (len(arguments) - numbers)  # words go to defaults
    return 10 * len(match.ops) - said, len(match.ops)


def _switches_off(block: Block, arguments: Fields) -> bool:
    """Whether a part is left out, by a 0, that the block has unless said: it is another block."""
    for name, value in arguments.items():
        default = block.params[name]
        if value == 0 and value is not False and default is not None and default.constant != 0:
            return True
    return False


def _numbers(arguments: Fields) -> int:
    """How many of the arguments are more than the names of types."""
    return sum(value not in LAYERS and value != "none" for value in map(str, arguments.values()))


def _with_inner(op: Op, inner: Graph) -> Op:
    """A layer that holds others, with these in their place."""
    made = Op(op.type, op.fields, op.sources, op.layer)
    made.maps, made.inner, made.lender, made.trainable = op.maps, inner, op.lender, op.trainable
    made.path = op.path
    return made


def _narrows(block: Block, other: Block) -> bool:
    """Whether a block is nothing but another with some of its params given."""
    return len(block.items) == 1 and block.items[0].type is other


_ALWAYS_SAID = ("out_channels",)
"""A width is said where it is the input's too, so that it can be changed by itself."""


def arguments_of(match: Match) -> dict[str, Any]:
    """The fewest arguments by which a block becomes what was matched."""
    block, known = match.block, dict(match.params)
    for name, default in block.params.items():
        if name in known and default is not None and type(known[name]) is int:
            _derive(block, name, known, match.source)
    scope = _scope(block, known, match.source)
    kept = {}
    for name, value in known.items():
        default = block.params[name]
        if default is not None and name not in _ALWAYS_SAID:
            try:
                if default.evaluate(scope) == value:
                    continue
            except (Open, KeyError, CostcalcError):
                pass
        kept[name] = _written(value)
    return {name: kept[name] for name in block.params if name in kept}


def _known(match: Match) -> dict[str, Any]:
    """What the params of a block are, as far as the layers say so."""
    known = dict(match.params)
    for name, default in match.block.params.items():
        if name in known and default is not None and type(known[name]) is int:
            _derive(match.block, name, known, match.source)
    scope = _scope(match.block, known, match.source)
    found = {name: _written(value) for name, value in scope.entries.items() if name not in BASE}
    for name, default in match.block.params.items():
        if name not in known or default is None:
            continue
        with contextlib.suppress(Open, KeyError, CostcalcError):
            if default.evaluate(scope) != known[name]:  # it was not made of these
                for other in default.names:
                    if other not in known:
                        found.pop(other, None)
    return found


def _derive(block: Block, name: str, known: dict[str, Any], source: Map) -> None:
    """Find a simple ratio for a param from which another's default computes what it is."""
    default = block.params[name]
    assert default is not None
    for other in default.names:
        given = block.params.get(other)
        if other in known or given is None or given.constant is None:
            continue
        ratio = Fraction(known[name], source.shape.channels)
        ratio = (
            Fraction(round(ratio * 4), 4) if ratio.denominator not in (1, 2, 4, 5, 10) else ratio
        )
        value = int(ratio) if ratio.denominator == 1 else ratio
        trial = {**{k: v for k, v in known.items() if k != name}, other: value}
        try:
            if default.evaluate(_scope(block, trial, source)) == known[name]:
                known[other] = value
        except (Open, KeyError, CostcalcError, ZeroDivisionError):
            pass


def _scope(block: Block, known: Mapping[str, Any], source: Map) -> Scope:
    """What defaults see: the params that are known, and the defaults of all others."""
    entries: dict[str, Any] = {**BASE, **known}
    scope = Scope(entries, [source])
    for name, default in block.params.items():
        if name not in known and default is not None:
            with contextlib.suppress(KeyError, CostcalcError):
                entries[name] = default.evaluate(scope)
    return scope


def _written(value: Any) -> Any:
    if isinstance(value, Block):
        return value.name
    if isinstance(value, Fraction):
        return decimal_text(value)
    return "none" if value is None else as_written(value)


def _is_built(match: Match, arguments: Fields) -> bool:
    """Whether the block, built with the arguments, has the very layers."""
    given = tuple((name, str(value)) for name, value in arguments.items())
    built = _layers_of(match.block.name, given, match.source.shape.dims)
    return built is not None and built == Counter(map(meaning, all_of(match.ops)))


def all_of(ops: Sequence[Op]) -> list[Op]:
    """Layers with those that they hold."""
    return [one for op in ops for one in (*(op.inner.all_ops() if op.inner else ()), op)]


@lru_cache(maxsize=1 << 12)
def _layers_of(
    block: str, arguments: tuple[tuple[str, str], ...], dims: tuple[int, ...]
) -> Counter[Any] | None:
    text = f"input: [{', '.join(map(str, dims))}]\nlayers: [{block}: {flow(dict(arguments))}]\n"
    try:
        network = build(NetworkFile(text, block))
    except (CostcalcError, Problems):
        return None
    return Counter(map(meaning, flatten(network).all_ops()))
