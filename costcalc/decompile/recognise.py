"""Recognise shipped blocks in bare layers, the largest first, and put them in the layers' place."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from costcalc.decompile.arguments import arguments_of, known_of
from costcalc.decompile.bare import Fields, Graph, Map, Op, meaning
from costcalc.decompile.choices import heads_of, kind_of
from costcalc.decompile.fits import Match
from costcalc.decompile.flatten import flatten
from costcalc.decompile.match import Matcher
from costcalc.errors import CostcalcError, Problems
from costcalc.graph.builder import build
from costcalc.importers.lines import flow
from costcalc.language.block import Block
from costcalc.language.library import LIBRARY
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS

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
    return Recognition(graph).graph()


class Recognition:
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
        for block in self.candidates(source):
            match = self.matcher.match(block, source)
            if match is None or self._leaves_activation(match):
                continue
            if len({op.bits for op in match.ops}) > 1:
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

    def candidates(self, source: Map) -> Iterator[Block]:
        """The shipped blocks that begin with a layer of those that read a map."""
        if not 0 < len(self.matcher.readers.get(source, ())) <= MAX_READERS:
            return
        readers = {kind_of(op.type) for op in self.matcher.readers[source]}
        for block in shipped_blocks():
            if not heads_of(block).isdisjoint(readers):
                yield block

    def refusal(self, block: Block, source: Map) -> tuple[int, str] | None:
        """How many layers behind a map a block fits, and why it does not stand there.

        None where it may stand: then it does, or another block or other layers say more.
        """
        match = self.matcher.match(block, source)
        if match is None:
            return self.matcher.miss.fitted, self.matcher.miss.said(self.matcher.readers)
        if self._leaves_activation(match):
            return len(match.ops), "the activation behind it would be left over"
        if len({op.bits for op in match.ops}) > 1:
            return len(match.ops), "its layers are held in different numbers of bits"
        arguments = arguments_of(match)
        if _switches_off(block, arguments):
            return len(match.ops), "it would stand without one of its parts"
        if not _is_built(match, arguments):
            return len(match.ops), "built, it has other layers"
        return None

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
        block.path, block.bits = match.ops[0].path, match.ops[0].bits
        block.known = known_of(match)
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
        if value != 0 or value is False or default is None or default.constant == 0:
            continue
        if not isinstance(default.constant, str):  # as padding: same, of which 0 is no part
            return True
    return False


def _numbers(arguments: Fields) -> int:
    """How many of the arguments are more than the names of types."""
    return sum(value not in LAYERS and value != "none" for value in map(str, arguments.values()))


def _with_inner(op: Op, inner: Graph) -> Op:
    """A layer that holds others, with these in their place."""
    made = Op(op.type, op.fields, op.sources, op.layer)
    made.maps, made.inner, made.lender, made.trainable = op.maps, inner, op.lender, op.trainable
    made.path, made.bits = op.path, op.bits
    return made


def _narrows(block: Block, other: Block) -> bool:
    """Whether a block is nothing but another with some of its params given."""
    return len(block.items) == 1 and block.items[0].type is other


def _is_built(match: Match, arguments: Fields) -> bool:
    """Whether the block, built with the arguments, has the very layers."""
    given = tuple((name, str(value)) for name, value in arguments.items())
    built = built_layers(match.block.name, given, match.source.shape.dims)
    return built is not None and built == _meanings(all_of(match.ops))


def all_of(ops: Sequence[Op]) -> list[Op]:
    """Layers with those that they hold."""
    return [one for op in ops for one in (*(op.inner.all_ops() if op.inner else ()), op)]


def _meanings(ops: Iterable[Op]) -> Counter[Any]:
    """How often each layer is there, but for identities and slices of all channels."""
    return Counter(
        meaning(op)
        for op in ops
        if op.type not in ("slice", "identity") or op.sources[0].shape.dims != op.maps[0].shape.dims
    )


@lru_cache(maxsize=1 << 12)
def built_layers(
    block: str, arguments: tuple[tuple[str, str], ...], dims: tuple[int, ...]
) -> Counter[Any] | None:
    """The layers of a shipped block, built on a map; None where it cannot be."""
    text = f"input: [{', '.join(map(str, dims))}]\nlayers: [{block}: {flow(dict(arguments))}]\n"
    try:
        network = build(NetworkFile(text, block))
    except (CostcalcError, Problems):
        return None
    return _meanings(flatten(network).all_ops())
