"""What expressions of a block see while it is matched: params, of which some are open."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from costcalc.decompile.bare import Map
from costcalc.language.expressions import MAP_VARIABLES, NO_SIDES
from costcalc.language.values import Value
from costcalc.shapes import SIDES, TensorShape

Maps: TypeAlias = list[Map]


class Open(Exception):
    """A value depends on a param that is not known yet."""

    def __init__(self, param: Param) -> None:
        self.param = param


class GaveUp(Exception):
    """There are too many ways to try."""


class Param:
    """A param of the block that is matched; its value is found on the way."""

    __slots__ = ("default", "known", "name", "value")

    def __init__(self, name: str, default: Value | None) -> None:
        self.name = name
        self.default = default
        self.known = False
        self.value: Any = None


class Given(NamedTuple):
    """A value that is evaluated when it is needed, as it is seen where it is written."""

    value: Value
    scope: Scope


class Scope(Mapping[str, Any]):
    """What an expression sees: params, and the variables of the map."""

    __slots__ = ("_variables", "entries", "shape")

    def __init__(self, entries: Mapping[str, Any], maps: Sequence[Map]) -> None:
        self.entries = entries
        self.shape = maps[0].shape if maps else None
        self._variables: dict[str, Any] | None = None

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the map."""
        if self._variables is None:
            self._variables = {} if self.shape is None else variables_of(self.shape)
        return self._variables

    def at(self, maps: Sequence[Map]) -> Scope:
        return Scope(self.entries, maps)

    def __getitem__(self, name: str) -> Any:
        if name in MAP_VARIABLES:
            return self.variables[name]
        entry = self.entries[name]
        if isinstance(entry, Param):
            if not entry.known:
                raise Open(entry)
            return entry.value
        return entry.value.evaluate(entry.scope) if isinstance(entry, Given) else entry

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def variables_of(shape: TensorShape) -> dict[str, Any]:
    """The map variables of expressions."""
    named = zip(SIDES.get(len(shape.sides), ()), shape.sides, strict=False)
    return {
        **NO_SIDES,
        "in_channels": shape.channels,
        "in_shape": shape,
        **{f"in_{name}": side for name, side in named},
    }


def _unscaled(width: Any) -> Any:
    return width


BASE: dict[str, Any] = {"alpha": 1, "rho": 1, "scaled": _unscaled}


class Frame(NamedTuple):
    """What the items of a body see."""

    scope: Scope
    named: ChainMap[str, Maps]

    def at(self, maps: Maps) -> Frame:
        return Frame(self.scope.at(maps), self.named)


def agrees(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def bare_name(value: Value) -> str | None:
    """The one name that a value consists of."""
    names = [*value.names]
    if len(names) != 1 or value.compute is None:
        return None
    text = getattr(value.node, "value", None)
    return names[0] if text in ("", names[0], "~", "null") else None
