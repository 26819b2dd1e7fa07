"""From when to when each piece of memory is needed, in an order of execution.

The operations of an order take the steps 1, 2, 3 and so on; inputs are there from step 0. A map is
alive from the step that makes it to the last that reads it, both included, and what the network
hands on to the last step of all: the same rule as TensorFlow Lite Micro's (AllocationInfoBuilder).
"""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.memory.program import Map, Operation, Program
from costcalc.numeric.exact import Number, equal


class Buffer:
    """A piece of memory, and the steps from the first to the last at which it is in use.

    Several maps share one where a runtime works in place, or joins maps without copying them.
    """

    __slots__ = ("first", "last", "maps", "size")

    def __init__(self, maps: list[Map], size: Number, first: int, last: int) -> None:
        self.maps = maps
        """Those that lie in it, as they are made; none in the scratch memory of an operation."""
        self.size = size
        self.first = first
        self.last = last


class Lifetimes:
    """The buffers of a program whose operations run in an order."""

    def __init__(self, program: Program, order: Sequence[int] | None = None) -> None:
        """order: the numbers of the operations; None is the order of the text."""
        self.program = program
        self.order = range(len(program.operations)) if order is None else order
        self.steps = len(self.order)
        self.step_of = {number: step for step, number in enumerate(self.order, 1)}
        self._result = joined_without_copies(program)
        """By map, the map that it is a slice of."""
        self._place: dict[Map, Map] = {}
        """By map, the one before it in whose memory it was made."""
        if program.runtime.in_place:
            for number in self.order:
                self._take_over(program.operations[number])
        self.buffers = self._buffers()

    def root(self, map_: Map) -> Map:
        """The map by which a piece of memory is known."""
        while (outer := self._result.get(map_) or self._place.get(map_)) is not None:
            map_ = outer
        return map_

    def first(self, map_: Map) -> int:
        return 0 if map_.writer is None else self.step_of[map_.writer]

    def last(self, map_: Map) -> int:
        if map_.is_output:
            return self.steps
        return max((self.step_of[reader] for reader in map_.readers), default=self.first(map_))

    def _take_over(self, operation: Operation) -> None:
        """Let an elementwise operation work in the memory of an input that ends with it."""
        (made, *others) = operation.writes
        if others or not operation.works_in_place or made in self._result:
            return
        if made in self._result.values():
            return
        step = self.step_of[operation.number]
        for source in operation.reads:
            if source in self._result or source in self._result.values():
                continue
            ends = not source.is_output and self.last(source) == step
            if ends and same_size(source.size, made.size):
                self._place[made] = source
                return

    def _buffers(self) -> list[Buffer]:
        found: dict[Map, Buffer] = {}
        for map_ in self.program.maps:
            root = self.root(map_)
            first, last = self.first(map_), self.last(map_)
            buffer = found.get(root)
            if buffer is None:
                found[root] = Buffer([map_], root.size, first, last)
            else:
                buffer.maps.append(map_)
                buffer.first = min(buffer.first, first)
                buffer.last = max(buffer.last, last)
        return list(found.values())

    def scratch(self) -> list[Buffer]:
        """What operations need for themselves, each at its own step."""
        return [
            Buffer([], size, step, step)
            for step, number in enumerate(self.order, 1)
            for size in self.program.operations[number].scratch
        ]


def joined_without_copies(program: Program) -> dict[Map, Map]:
    """By map, the result of the concat that it is a slice of; a concat of a concat is one as well.

    A map can lie within one result only: that of the first concat that reads it. Inputs of the
    network lie where they were put.
    """
    found: dict[Map, Map] = {}
    if program.runtime.zero_copy_concat:
        for operation in program.operations:
            if operation.is_concat:
                for source in operation.reads:
                    if source.writer is not None and source not in found:
                        found[source] = operation.writes[0]
    return found


def same_size(left: Number, right: Number) -> bool:
    """Whether two maps take equally many bytes, as far as is known."""
    difference = left - right
    return difference == 0 if type(difference) is int else equal(difference, 0)
