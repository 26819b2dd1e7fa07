"""A call of an ATen operator with the values that it reads, and how it becomes ops of ONNX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Constant, Map, Value
from costcalc.importers.onnx.composed import Composed

Made: TypeAlias = "Value | Sequence[Value]"
Write: TypeAlias = "Callable[[Args], Made]"


class Place(NamedTuple):
    """An argument that is one of the values that an op reads, by its number."""

    number: int


class Args(Composed):
    """The arguments of a call by their names."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.given = call.op.attributes

    def has(self, name: str) -> bool:
        """Whether an argument is given, and is no None."""
        return self.given.get(name) is not None

    # Tensors

    def value(self, *names: str) -> Value:
        """A tensor, by the first of its names that is given; a number becomes one."""
        found = next((self.given[name] for name in names if self.has(name)), None)
        if found is None:
            raise self.fault(f"it lacks the argument {names[0]}")
        return self.value_of(found, names[0])

    def value_of(self, found: Any, name: str) -> Value:
        if isinstance(found, Place):
            return self.call.value(found.number)
        if isinstance(found, (int, float)):
            type_ = "float32" if isinstance(found, float) else "int64"
            return Constant((), type_, (found,))
        raise self.fault(f"{name} is no tensor")

    def stated_type(self, found: Any) -> str:
        """The type that the file states of a tensor; empty of what is none."""
        name = self.call.op.inputs[found.number] if isinstance(found, Place) else ""
        stated = self.call.graph.tensors.get(name)
        return "" if stated is None else stated.type

    def map(self, *names: str) -> Map:
        """A tensor; what is stored becomes a map."""
        found = self.value(*names)
        return found if isinstance(found, Map) else self.call.drafts.stored(found, self.call.op)

    def values(self, name: str) -> list[Value]:
        """A list of tensors."""
        found = self.given.get(name)
        if not isinstance(found, list):
            raise self.fault(f"{name} is no list")
        return [self.value_of(one, name) for one in found]

    def optional(self, name: str) -> Value | None:
        return self.value(name) if self.has(name) else None

    def several(self, *names: str) -> list[Value]:
        """Those of some tensors that are given."""
        return [self.value(name) for name in names if self.has(name)]

    # Numbers

    def whole(self, name: str, default: int | None = None) -> int:
        found = self.given.get(name)
        if found is None:
            if default is None:
                raise self.fault(f"it lacks the argument {name}")
            return default
        return self.whole_of(found, name)

    def whole_of(self, found: Any, name: str) -> int:
        if isinstance(found, Place):
            value = self.call.value(found.number)
            found = value.scalar if isinstance(value, Constant) else None
            if found is None:
                raise self.fault(f"{name} depends on the values of the input")
        if isinstance(found, float) and found.is_integer() and abs(found) < 2**53:
            return int(found)
        if not isinstance(found, int):
            raise self.fault(f"{name} is no whole number")
        return int(found)

    def wholes(self, name: str, default: Sequence[int] = ()) -> list[int]:
        """A list of whole numbers; one alone is a list of one."""
        found = self.given.get(name)
        if found is None:
            return list(default)
        return [self.whole_of(one, name) for one in (found if isinstance(found, list) else [found])]

    def each(self, name: str, sides: int, default: int) -> list[int]:
        """A number for each side; one stands for all."""
        found = self.wholes(name, [default])
        return found * sides if len(found) == 1 else found

    def flag(self, name: str, default: bool = False) -> bool:
        found = self.given.get(name)
        return default if found is None else bool(found)

    def text(self, name: str) -> str:
        found = self.given.get(name)
        return found if isinstance(found, str) else ""

    def axis(self, name: str, rank: int, default: int = 0) -> int:
        """An axis, counted from the front."""
        return self.call.axis(self.whole(name, default), rank)
