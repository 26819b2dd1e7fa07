"""Items as a network writes them, before they have names: bodies of items, with the maps between.

Which maps an item has to name follows from its place: it reads what the item before it hands on,
unless its inputs say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from costcalc.decompile.bare import Map, Op
from costcalc.graph.bits import UNSAID

Body: TypeAlias = "list[Item]"
Key: TypeAlias = tuple[Any, ...]

LAYERS, SHORTCUT, BRANCHES = "layers", "shortcut", "branches"


class Expression(str):
    """A value that is computed from params or from the channels of the item's map."""

    __slots__ = ()

    @property
    def is_of_map(self) -> bool:
        return "in_channels" in self


class Known(Expression):
    """A value that is computed from alpha, or from the channels of the item's map, alone."""

    __slots__ = ()


class Item:
    """A layer, a block or a structure, with the bodies that it holds."""

    __slots__ = (
        *("_key", "bits", "fields", "first", "inputs", "lender", "moves", "op", "outputs", "parts"),
        *("repeat", "trainable", "type", "when"),
    )

    def __init__(
        self,
        type: str,
        fields: Mapping[str, Any],
        inputs: Sequence[Map],
        outputs: Sequence[Map],
        parts: Mapping[str, Sequence[Body]] | None = None,
        op: Op | None = None,
    ) -> None:
        self.type = type
        self.fields = dict(fields)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.parts = {name: list(bodies) for name, bodies in (parts or {}).items()}
        """`layers` and `shortcut` have one body, `branches` as many as there are."""
        self.op = op
        """The layer or block that it is, where it is one."""
        self.repeat: Any = 1
        self.moves = False
        """Whether its copies read maps of other channels: nothing of it is said as part of them."""
        self.first: dict[str, Any] = {}
        self.when: str | None = None
        self.lender: Map | None = op.lender.maps[0] if op is not None and op.lender else None
        self.trainable = op is None or op.trainable
        self.bits = UNSAID if op is None else op.bits
        self._key: Key | None = None

    def bodies(self) -> Iterator[Body]:
        for bodies in self.parts.values():
            yield from bodies

    @property
    def given(self) -> tuple[Map, ...]:
        """The maps that its bodies begin with."""
        inner = self.op.inner if self.op is not None else None
        return self.inputs if inner is None else tuple(inner.inputs)

    @property
    def channels(self) -> int:
        """The channels of its map; 0 where it has none, or copies of it have others."""
        return 0 if self.moves or not self.inputs else int(self.inputs[0].shape.channels)

    @property
    def size(self) -> int:
        """The items that it consists of, itself and those that it holds."""
        return 1 + sum(item.size for body in self.bodies() for item in body)

    def key(self) -> Key:
        """What it says, whatever its maps are called: items with equal keys are alike.

        Maps that it reads from outside, beside its own inputs, are those maps and no others.
        """
        if self._key is None:
            sources = dict.fromkeys(self.inputs)
            self._key = self._keyed({source: number for number, source in enumerate(sources)})
        return self._key

    def _keyed(self, names: dict[Map, Any]) -> Key:
        def of(source: Map) -> Any:
            return names.get(source, id(source))

        reads = tuple(map(of, self.inputs))
        parts: list[Any] = []
        if self.given is not self.inputs:
            names.update((x, ("given", len(names))) for x in self.given)
        for name, bodies in self.parts.items():
            for body in bodies:
                parts.append((name, tuple(item._keyed(names) for item in body)))
                parts.append((name, of(body[-1].outputs[0]) if body else "input"))
        for number, made in enumerate(self.outputs):
            names.setdefault(made, ("made", len(names), number))
        own = (self.type, frozen(self.fields), self.repeat, frozen(self.first), self.when)
        lender = None if self.lender is None else of(self.lender)
        return (*own, reads, tuple(parts), lender, self.trainable, self.bits)


def frozen(value: Any) -> Any:
    """A value that can be a part of a key."""
    if isinstance(value, Mapping):
        return tuple((name, frozen(one)) for name, one in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(map(frozen, value))
    return (type(value).__name__, value) if isinstance(value, bool) else value


def copied(body: Body) -> Body:
    """The same items anew, which may be changed."""
    made = []
    for item in body:
        parts = {name: [copied(one) for one in bodies] for name, bodies in item.parts.items()}
        one = Item(item.type, item.fields, item.inputs, item.outputs, parts, item.op)
        one.repeat, one.first, one.when = item.repeat, dict(item.first), item.when
        one.lender, one.trainable, one.moves = item.lender, item.trainable, item.moves
        one.bits = item.bits
        made.append(one)
    return made


def walk(body: Body) -> Iterator[Item]:
    """All items of a body, those inside of others too."""
    for item in body:
        yield item
        for inner in item.bodies():
            yield from walk(inner)
