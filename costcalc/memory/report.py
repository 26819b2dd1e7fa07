"""What `costcalc memory` says of a network: what is alive at each step, the peak, the plan."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.graph.runtime import Runtime
from costcalc.importers.tflite.model import Model
from costcalc.memory.deployment import Deployed
from costcalc.memory.figures import program_of
from costcalc.memory.lifetimes import Buffer, Lifetimes
from costcalc.memory.order import Order, Search
from costcalc.memory.patches import Patched, in_patches
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

    def __init__(
        self,
        name: str,
        variant: str | None,
        path: str,
        program: Program,
        patched: Patched | None = None,
    ) -> None:
        self.name = name
        self.variant = variant
        self.path = path
        self.program = program
        self.runtime = program.runtime
        self.patched = patched
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
    def runtime_text(self) -> str:
        return self.runtime.text(of_file=self.file is not None)

    @property
    def file(self) -> FileProgram | None:
        """The program, where it is a file's own."""
        return self.program if isinstance(self.program, FileProgram) else None

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


def of_network(network: Network, patches: int | None = None) -> Memory:
    """What a network takes at one setting; patches: along a side, of its first layers."""
    program = program_of(network)
    patched = None
    if patches is not None:
        if not isinstance(program, Deployed):
            raise CostcalcError(
                f"{network.path}: patches are of layers, not of a .tflite file's own operators",
                hint="--dtype int8 takes it as a network whose maps are int8",
            )
        patched = in_patches(program, patches)
    return Memory(network.name, network.setting.variant, network.path, program, patched)


def of_file(path: str, model: Model, runtime: Runtime) -> Memory:
    """What a .tflite file takes by its own tensors, whether or not its layers are known."""
    name = path.replace("\\", "/").rpartition("/")[2].removesuffix(".tflite")
    return Memory(name, None, path, FileProgram(model, runtime))
