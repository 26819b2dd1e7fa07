"""What `costcalc memory` says of a network: what is alive at each step, the peak, the plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.graph.runtime import DEPLOYED, Runtime
from costcalc.importers.tflite.model import Model
from costcalc.memory.figures import Figures
from costcalc.memory.lifetimes import Buffer, Lifetimes
from costcalc.memory.order import Order, Search
from costcalc.memory.patches import Patched, patched
from costcalc.memory.peak import alive_at, peak
from costcalc.memory.plan import Plan, best_plan
from costcalc.memory.program import Operation, Program
from costcalc.memory.tflite import FileProgram


class Placed(NamedTuple):
    """A piece of memory that is alive at a step."""

    name: str
    bytes: int
    offset: int


class Step(NamedTuple):
    """An operation, and all that is alive while it runs."""

    operation: Operation
    live: int
    alive: list[Placed]
    is_peak: bool


class Memory:
    """The memory of a program whose maps have known sizes."""

    def __init__(self, name: str, variant: str | None, path: str, program: Program) -> None:
        self.name = name
        self.variant = variant
        self.path = path
        self.program = program
        self.runtime: Runtime = program.runtime
        self.patched: Patched | None = None
        """The same with its first layers in patches, where that is asked for."""

    @cached_property
    def order(self) -> Order | None:
        """The order that was searched for; None where that of the text is asked for."""
        if self.runtime.order != "best":
            return None
        return Search(self.program, [map_.size for map_ in self.program.maps]).best()

    @cached_property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(self.program, self.order and self.order.operations)

    @cached_property
    def plan(self) -> Plan:
        return best_plan(self.lifetimes)

    @property
    def peak(self) -> int:
        return int(peak(self.lifetimes))

    @property
    def persistent(self) -> int:
        raise NotImplementedError

    @property
    def flash(self) -> int:
        raise NotImplementedError

    @property
    def weights(self) -> int:
        raise NotImplementedError

    @property
    def dtype(self) -> str:
        return self.runtime.dtype

    def steps(self) -> Iterator[Step]:
        """Each operation in the order in which they run. Scratch memory has no part in `live`."""
        lifetimes, plan = self.lifetimes, self.plan
        offsets = {id(b): offset for b, offset in zip(plan.buffers, plan.offsets, strict=True)}
        found = alive_at(plan.buffers, lifetimes.steps)
        most = self.peak
        for step, number in enumerate(lifetimes.order, 1):
            alive = found[step]
            live = sum(buffer.size for buffer in alive if buffer.maps)
            operation = self.program.operations[number]
            placed = [
                Placed(_name(buffer, lifetimes, step, operation), buffer.size, offsets[id(buffer)])
                for buffer in alive
            ]
            yield Step(operation, live, placed, live == most)


def _name(buffer: Buffer, lifetimes: Lifetimes, step: int, operation: Operation) -> str:
    """The map that lies in a piece of memory at a step; of several the last that is made."""
    if not buffer.maps:
        return f"{operation.name} (scratch)"
    made = [map_ for map_ in buffer.maps if lifetimes.first(map_) <= step]
    return made[-1].name


class NetworkMemory(Memory):
    """Of a network at one setting."""

    def __init__(self, network: Network, patches: int | None = None) -> None:
        self.figures = Figures(network)
        setting = network.setting
        super().__init__(network.name, setting.variant, network.path, self.figures.program)
        if patches is not None:
            self.patched = patched(self.figures.program, patches)

    @property
    def persistent(self) -> int:
        return int(self.figures.persistent)

    @property
    def flash(self) -> int:
        return int(self.figures.flash)

    @property
    def weights(self) -> int:
        return int(self.figures.weights)


class FileMemory(Memory):
    """Of a .tflite file, by its own tensors."""

    def __init__(self, path: str, model: Model, runtime: Runtime) -> None:
        if runtime.dtype != DEPLOYED.dtype:
            raise CostcalcError(
                "the tensors of a .tflite file have their own types: leave --dtype out"
            )
        self.file = FileProgram(model, runtime)
        name = path.replace("\\", "/").rpartition("/")[2].removesuffix(".tflite")
        super().__init__(name, None, path, self.file)

    @property
    def persistent(self) -> int:
        return self.file.persistent

    @property
    def flash(self) -> int:
        return self.file.constant_bytes

    @property
    def weights(self) -> int:
        return self.file.constant_bytes

    @property
    def dtype(self) -> str:
        return "own"
