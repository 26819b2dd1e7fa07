"""An op with the values that it reads, as the functions that make layers of ops see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.importers.graphs.model import Graph, Op, Undecided
from costcalc.importers.graphs.values import Constant, Map, Value

if TYPE_CHECKING:
    from costcalc.importers.graphs.drafts import Drafts


class Call(NamedTuple):
    """An op that is called."""

    op: Op
    graph: Graph
    inputs: Sequence[Value | None]
    drafts: Drafts
    """Takes the layers that the op becomes."""
    run: Callable[[Graph, Sequence[Value]], list[Value]] | None = None
    """Makes layers of a body, such as a branch, of its inputs; returns its outputs."""

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return self.graph.fault(f"{self.op.called}: {message}", self.op, hint)

    def undecided(self, message: str, hint: str) -> CostcalcError:
        """An error of what depends on the inputs' values, which --skip-unknown passes over."""
        hint = f"{hint}; --skip-unknown leaves the op out, with a warning"
        return self.graph.fault(f"{self.op.called}: {message}", self.op, hint, Undecided)

    def body(self, name: str, inputs: Sequence[Value] = ()) -> list[Value]:
        """Run a body of the op, by its attribute."""
        graph = self.op.bodies.get(name)
        if graph is None or self.run is None:
            raise self.fault(f"it has no body {name}")
        return self.run(graph, inputs)

    def at_most(self, what: str) -> None:
        """Note, in words, what is counted where values decide: the most that there can be."""
        self.drafts.at_most.setdefault((self.op.called, what), []).append(self.op)

    # What it reads

    def has(self, place: int) -> bool:
        return place < len(self.inputs) and self.inputs[place] is not None

    def value(self, place: int) -> Value:
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None:
            raise self.fault(f"it lacks input {place}")
        return found

    def map(self, place: int) -> Map:
        """A map; numbers that are stored become one."""
        return self.drafts.as_map(self.value(place), self.op)

    def constant(self, place: int) -> Constant | None:
        """What is stored; None of a map, and of what is left out."""
        found = self.inputs[place] if self.has(place) else None
        return found if isinstance(found, Constant) else None

    def weights(self, place: int) -> Constant:
        """What must be stored."""
        found = self.value(place)
        if not isinstance(found, Constant):
            raise self.fault(f"input {place} is computed for each sample, and not stored")
        return found

    def numbers(self, place: int) -> tuple[int | float, ...]:
        """The elements of a small tensor, which must be known."""
        found = self.value(place)
        if not isinstance(found, Constant) or found.values is None:
            raise self.undecided(
                f"the values of input {place} ({self.op.inputs[place][:60]}) depend on the input's",
                "shapes must follow from the shapes of the inputs alone",
            )
        return found.values

    def integers(self, place: int) -> list[int]:
        return [int(number) for number in self.numbers(place)]

    def only(self, place: int) -> int | float:
        """The one element of a tensor."""
        found = self.numbers(place)
        if len(found) != 1:
            raise self.fault(f"input {place} has {len(found)} elements, and one is wanted")
        return found[0]

    # Its attributes

    def whole(self, name: str, default: int) -> int:
        found = self.op.attributes.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.fault(f"{name} is no whole number")
        return found

    def wholes(self, name: str, default: Sequence[int] | None = None) -> list[int]:
        found = self.op.attributes.get(name, default)
        if found is None or not isinstance(found, (list, tuple)):
            raise self.fault(f"it lacks {name}" if found is None else f"{name} is no list")
        if not all(isinstance(one, int) for one in found):
            raise self.fault(f"{name} are no whole numbers")
        return list(found)

    def number(self, name: str, default: float) -> float:
        found = self.op.attributes.get(name, default)
        if not isinstance(found, (int, float)):
            raise self.fault(f"{name} is no number")
        return found

    def text(self, name: str, default: str) -> str:
        found: Any = self.op.attributes.get(name, default)
        if not isinstance(found, str):
            raise self.fault(f"{name} is no text")
        return found

    def axis(self, given: int, rank: int) -> int:
        """An axis by its number, which counts from the end below 0."""
        if not -rank <= given < rank:
            raise self.fault(f"axis {given} of a tensor with {rank} axes")
        return given % rank if rank else 0


Result: TypeAlias = "Value | Sequence[Value]"
Handler: TypeAlias = Callable[[Call], Result]
"""Makes layers of an op; returns what it makes, in the order of its outputs."""
Table: TypeAlias = Mapping[str, Handler]
"""The ops of a format by their names."""
