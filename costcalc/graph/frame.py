"""What the items of a body see while they are built: maps by name, and values."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.limits import MAX_MAPS, RefusedError
from costcalc.graph.nodes import Group, Nodes, Origin
from costcalc.language.expressions import NO_SIDES
from costcalc.language.item import Item
from costcalc.shapes import SIDES


class Untouched:
    """Lists of several maps that a skipped item handed on as it had read them.

    A list is known by its identity, so that a fault of whoever reads it can name the skipped item.
    """

    def __init__(self) -> None:
        self._known: dict[
            int, tuple[Nodes, Item]
        ] = {}  # the list too, so that its id stays its own

    def add(self, maps: Nodes, item: Item) -> None:
        self._known.setdefault(id(maps), (maps, item))

    def extend(self, maps: Nodes, part: Nodes) -> None:
        """Trace a list that contains the maps of a skipped item to that item as well."""
        if id(part) in self._known:
            self._known[id(maps)] = maps, self._known[id(part)][1]

    def by(self, maps: Nodes) -> Item | None:
        """Return the item that was skipped."""
        return self._known.get(id(maps), (maps, None))[1]


class Frame:
    """The maps and values that the items of one body see, and their place in the network."""

    __slots__ = ("group", "named", "origin", "scope")

    def __init__(
        self, named: ChainMap[str, Nodes], scope: dict[str, Any], group: Group, origin: Origin
    ) -> None:
        self.named = named
        self.scope = scope
        self.group = group
        self.origin = origin
        """Of the nearest item in the network's own file: items of other files have its line."""

    def sources(self, names: tuple[str, ...], previous: Nodes, untouched: Untouched) -> Nodes:
        """Collect the maps that an item reads by name."""
        maps: Nodes = []
        for name in names:
            more = previous if name == "previous" else named_maps(self.named, name)
            if len(names) == 1:
                maps = more  # the list itself, by which it is known as untouched
            else:
                maps.extend(more)
            if len(maps) > MAX_MAPS:
                raise RefusedError(f"an item reads at most {MAX_MAPS:,} maps")
            untouched.extend(maps, more)
        return maps

    def bind(self, names: tuple[str, ...], maps: Nodes) -> None:
        """Give an item's maps its names: one name stands for all of them, several for one each."""
        if len(names) == 1:
            self.named[names[0]] = maps
            return
        if len(names) != len(maps):
            raise CostcalcError(f"{len(names)} names for {len(maps)} maps")
        for name, source in zip(names, maps, strict=True):
            self.named[name] = [source]


def named_maps(named: Mapping[str, Nodes], name: str) -> Nodes:
    try:
        return named[name]
    except KeyError:
        raise CostcalcError(
            f"there is no map '{name}' at this setting",
            hint="the branch that gives it is switched off, or another variant has that input",
        ) from None


def see(scope: dict[str, Any], maps: Nodes) -> None:
    """Set the map variables, which are of the first map."""
    if maps:
        shape = maps[0].shape
        sides = shape.sides
        scope["in_shape"] = shape
        scope["in_channels"] = shape.channels
        if len(sides) == 2:  # by far the most usual
            scope["in_height"], scope["in_width"] = sides
            scope["in_length"] = scope["in_depth"] = None
            return
        scope.update(NO_SIDES)
        for name, side in zip(SIDES.get(len(sides), ()), sides, strict=False):
            scope[f"in_{name}"] = side
