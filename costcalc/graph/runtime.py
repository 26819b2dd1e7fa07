"""The runtime that a network is deployed on, as far as its memory depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.devices.words import BYTES, PLANNERS
from costcalc.errors import CostcalcError, nearest

ORDERS = ("written", "best")
WORDS = {"dtype": (*BYTES,), "order": ORDERS, "planner": PLANNERS}
"""By value of a runtime, the words that it may be."""


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
    asked: frozenset[str] = frozenset()
    """The names of the values that were asked for: they hold whatever a model file or a device has
    of its own."""

    @property
    def width(self) -> int:
        """Bytes of an element."""
        return BYTES[self.dtype]

    @property
    def bias_width(self) -> int:
        """Bytes of a bias: int8 layers accumulate in 32 bits, and add it there."""
        return 4 if self.dtype == "int8" else self.width

    def on(self, own: Mapping[str, Any]) -> Runtime:
        """Take a device's own values, as far as no others were asked for."""
        return self._replace(**{name: own[name] for name in own if name not in self.asked})

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield each value that differs from the default, as options spell it."""
        for name in KEYS:
            value = getattr(self, name)
            if value != getattr(DEPLOYED, name):
                yield name, str(value).lower() if isinstance(value, bool) else str(value)

    def text(self, *, of_file: bool = False) -> str:
        """Write all of it for people; of_file: where it executes a file that has its own types."""
        parts = ["the tensors of the file"] if of_file else [self.dtype]
        if not of_file:
            parts.append("norms and activations " + ("fused" if self.fused else "apart"))
        if self.in_place:
            parts.append("elementwise in place")
        if self.zero_copy_concat:
            parts.append("concat without copies")
        parts.append("order as written" if self.order == "written" else "best order")
        parts.append(f"{self.planner} plan, aligned to {self.alignment} B")
        return ", ".join(parts)


DEPLOYED = Runtime()
KEYS = Runtime._fields[:-1]
"""What can be said of a runtime."""


def as_runtime(given: Mapping[str, Any] | Runtime | None) -> Runtime | None:
    """Take a runtime, or make one of some values."""
    if given is None or isinstance(given, Runtime):
        return given
    return runtime_of(given) or DEPLOYED


def runtime_of(values: Mapping[str, Any]) -> Runtime | None:
    """Make a runtime of given values, or of their texts; None is the default of each, and of all.

    Raises CostcalcError for what is not known, and for a value that is none.
    """
    given: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    for name, value in given.items():
        if name not in KEYS:
            hint = nearest(name, KEYS) or f"it has {', '.join(KEYS)}"
            raise CostcalcError(f"a runtime has no '{name}'", hint=hint)
        known = WORDS.get(name)
        if known is not None and value not in known:
            hint = nearest(str(value), known) or f"one of {', '.join(known)}"
            raise CostcalcError(f"unknown {name} '{value}'", hint=hint)
        given[name] = _converted(name, value)
    return Runtime(**given, asked=frozenset(given)) if given else None


def _converted(name: str, value: Any) -> Any:
    """A value of the type that the default has."""
    default = getattr(DEPLOYED, name)
    if not isinstance(value, str) or isinstance(default, str):
        return value
    if isinstance(default, bool):
        if value not in ("true", "false"):
            raise CostcalcError(f"{name} must be true or false, not '{value}'")
        return value == "true"
    if not (value.isdecimal() and value.isascii() and 0 < len(value) < 7 and int(value)):
        raise CostcalcError(f"{name} must be a whole number of bytes, such as 16, not '{value}'")
    return int(value)
