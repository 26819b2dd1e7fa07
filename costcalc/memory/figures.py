"""The peak and the arena of a program, in whatever kind of number its network was built."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from costcalc.graph.nodes import Network, Node
from costcalc.memory.arena import aligned, largest_first, overlaps, placed, top
from costcalc.memory.deployment import Deployed
from costcalc.memory.lifetimes import Lifetimes
from costcalc.memory.order import Search
from costcalc.memory.peak import live_bytes, peak, terms
from costcalc.memory.plan import best_plan, buffers_of
from costcalc.memory.program import Program
from costcalc.memory.tflite import own_program
from costcalc.numeric.exact import Number, computed
from costcalc.numeric.rules import Procedure


class Figures:
    """What is computed once for all memory metrics of a program."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def written(self) -> Lifetimes:
        """In the order of the text."""
        return Lifetimes(self.program)

    @property
    def sizes(self) -> list[Number]:
        return [map_.size for map_ in self.program.maps]

    @property
    def peak(self) -> Number:
        if self.program.runtime.order == "best":
            return computed(_BestPeak(self.program), self.sizes)
        return peak(self.written)

    @property
    def peak_terms(self) -> list[Number]:
        """The numbers of which the peak is the largest."""
        return [self.peak] if self.program.runtime.order == "best" else terms(self.written)

    @property
    def arena(self) -> Number:
        runtime = self.program.runtime
        if runtime.order == "best" or runtime.planner == "best":
            scratch = [size for one in self.program.operations for size in one.scratch]
            return computed(_SearchedArena(self.program), [*self.sizes, *scratch])
        buffers = buffers_of(self.written)
        firsts, lasts = [b.first for b in buffers], [b.last for b in buffers]
        procedure = _GreedyArena(firsts, lasts, runtime.alignment)
        return computed(procedure, [buffer.size for buffer in buffers])


def program_of(network: Network) -> Program:
    """What a runtime executes: of a model file its own operators, else what a converter makes."""
    return own_program(network) or Deployed(network)


def shares(network: Network, metric: str) -> dict[Node, int]:
    """What each layer has to do with a memory metric: the bytes alive at its step, or its own."""
    program = program_of(network)
    if metric in ("flash", "traffic"):
        of = program.flash_of if metric == "flash" else program.traffic_of
        found = [(one, of(one)) for one in program.operations]
    else:
        lifetimes = Lifetimes(program)
        live = live_bytes(lifetimes.buffers, lifetimes.steps)
        found = [(one, live[lifetimes.step_of[one.number]]) for one in program.operations]
    layers = ((program.layer_of(one), count) for one, count in found)
    return {node: int(count) for node, count in layers if node is not None}


class _GreedyArena(Procedure):
    """The arena of the greedy planner, by the sizes of buffers whose lifetimes are known."""

    def __init__(self, firsts: Sequence[int], lasts: Sequence[int], alignment: int) -> None:
        self.near = overlaps(firsts, lasts)
        self.alignment = alignment

    def exact(self, values: Sequence[int]) -> int:
        sizes = aligned(values, self.alignment)
        return top(placed(sizes, self.near, largest_first(sizes)), sizes)

    def arrays(self, np: Any, columns: Any) -> Any:
        from costcalc.memory.arenas import greedy_arenas

        sizes = -(-columns // self.alignment) * self.alignment
        return greedy_arenas(sizes, self.near, self.exact)


class _BestPeak(Procedure):
    """The least peak of all orders, by the sizes of maps."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def exact(self, values: Sequence[int]) -> int:
        return Search(self.program, values).best().peak


class _SearchedArena(Procedure):
    """The arena of an order or a plan that is searched for, by the sizes of maps and scratch."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def exact(self, values: Sequence[int]) -> int:
        maps = len(self.program.maps)
        order = None
        if self.program.runtime.order == "best":
            order = Search(self.program, values[:maps]).best().operations
        program = self.program.with_sizes(values[:maps], values[maps:])
        plan = best_plan(Lifetimes(program, order))
        return top(plan.offsets, plan.sizes)
