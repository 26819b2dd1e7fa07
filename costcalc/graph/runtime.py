"""The runtime that a network is deployed on, as far as its memory depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError, nearest

BYTES = {"int8": 1, "float16": 2, "float32": 4}
"""Bytes of an element, by dtype."""
ORDERS = ("written", "best")
PLANNERS = ("greedy", "best")


class Runtime(NamedTuple):
    """How maps are stored and layers executed; by default as TensorFlow Lite Micro does in int8."""

    dtype: str = "int8"
    """Of weights and maps; of BYTES."""
    in_place: bool = False
    """Whether the output of an elementwise layer takes the place of an input that ends there."""
    zero_copy_concat: bool = False
    """Whether what a concat joins is written straight into its result."""
    fused: bool = True
    """Whether norms and activations are computed within the layer before them."""
    order: str = "written"
    """The order of execution: of ORDERS."""
    planner: str = "greedy"
    """Who finds a place for each map in the arena: of PLANNERS."""
    alignment: int = 16
    """Bytes of which every offset in the arena is a multiple."""

    @property
    def width(self) -> int:
        """Bytes of an element."""
        return BYTES[self.dtype]

    @property
    def bias_width(self) -> int:
        """Bytes of a bias: int8 layers accumulate in 32 bits, and add it there."""
        return 4 if self.dtype == "int8" else self.width

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield each value that differs from the default, as options spell it."""
        for name, value in self._asdict().items():
            if value != getattr(DEPLOYED, name):
                yield name, str(value).lower() if isinstance(value, bool) else str(value)

    def text(self) -> str:
        """Write all of it for people."""
        parts = [self.dtype]
        parts.append("norms and activations " + ("fused" if self.fused else "apart"))
        if self.in_place:
            parts.append("elementwise in place")
        if self.zero_copy_concat:
            parts.append("concat without copies")
        parts.append("order as written" if self.order == "written" else "best order")
        parts.append(f"{self.planner} plan, aligned to {self.alignment} B")
        return ", ".join(parts)


DEPLOYED = Runtime()


def as_runtime(given: Mapping[str, Any] | Runtime | None) -> Runtime | None:
    """Take a runtime, or make one of some values."""
    if given is None or isinstance(given, Runtime):
        return given
    return runtime_of(given) or DEPLOYED


def runtime_of(values: Mapping[str, Any]) -> Runtime | None:
    """Make a runtime of given values, None being the default; None where none is given.

    Raises CostcalcError for a dtype, an order or a planner that is not known.
    """
    given = {name: value for name, value in values.items() if value is not None}
    for name in given:
        if name not in Runtime._fields:
            hint = nearest(name, Runtime._fields) or f"it has {', '.join(Runtime._fields)}"
            raise CostcalcError(f"a runtime has no '{name}'", hint=hint)
    for name, known in (("dtype", BYTES), ("order", ORDERS), ("planner", PLANNERS)):
        if name in given and given[name] not in known:
            raise CostcalcError(
                f"unknown {name} '{given[name]}'",
                hint=nearest(str(given[name]), known) or f"one of {', '.join(known)}",
            )
    return Runtime(**given) if given else None
