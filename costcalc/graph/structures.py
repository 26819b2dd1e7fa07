"""Build structures: items that hold other items, such as residuals and merges of branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.graph.assembly import Assembly
from costcalc.graph.diagnostics import unequal_sides
from costcalc.graph.evaluate import condition
from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Group, Node, Nodes, Origin
from costcalc.language.item import SEQUENCE, Fields, Item
from costcalc.layers import LAYERS, Layer
from costcalc.layers.merge import same_shape
from costcalc.layers.rearrange import Rearrange


class Structures(Assembly):
    """Builds structures; what is built inside of them comes from the two methods below."""

    def _body(self, items: list[Item], maps: Nodes, frame: Frame) -> Nodes:
        raise NotImplementedError

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        raise NotImplementedError

    def _structure(
        self, item: Item, fields: Fields, maps: Nodes, frame: Frame, origin: Origin
    ) -> Nodes:
        word = str(item.type)
        added = item.kind != SEQUENCE
        if added and "shortcut_when" in fields:
            when = fields["shortcut_when"]
            added = condition(when, frame.scope, item.file.path, "shortcut_when")
        group = Group(label_of(item, word), word, frame.group, origin)

        def body(items: list[Item], inside: Group = group) -> Nodes:
            named = frame.named.new_child({"input": maps})
            return self._body(items, maps, Frame(named, frame.scope, inside, origin))

        made = body(item.layers)

        def with_shortcut() -> Nodes:
            around = maps
            if item.shortcut:
                around = body(item.shortcut, Group("shortcut", "shortcut", group, origin.part))
            return [self._residual(item, made, around, group, origin)]

        return self._where(added, with_shortcut, made)

    def _residual(
        self, item: Item, made: Nodes, around: Nodes, group: Group, origin: Origin
    ) -> Node:
        if len(made) == len(around) == 1 and not same_shape(made[0].shape, around[0].shape):
            raise unequal_sides(made[0].shape, around[0].shape, item)
        return self._node(LAYERS["add"](), [*made, *around], item, group, origin)

    def _rearranged(
        self, layer: Layer, maps: Nodes, item: Item, frame: Frame, origin: Origin
    ) -> Node:
        """Build layers on a map that is rearranged for them, and goes back behind them."""
        assert isinstance(layer, Rearrange)
        group = Group(label_of(item, layer.type), layer.type, frame.group, origin)
        given: Nodes = [self._node(layer, maps, item, group, origin)]
        named = frame.named.new_child({"input": given})
        made = self._body(item.layers, given, Frame(named, frame.scope, group, origin))
        return self._node(layer.back(maps[0].shape), made, item, group, origin)

    def _merge(self, layer: Layer, maps: Nodes, item: Item, frame: Frame, origin: Origin) -> Node:
        if item.branches is None:
            return self._node(layer, maps, item, frame.group, origin)
        group = Group(label_of(item, layer.type), layer.type, frame.group, origin)

        outputs: Nodes = []
        self.meter.charge(2 * len(item.branches))
        for number, items in enumerate(item.branches, 1):
            inside = group
            if len(items) > 1:
                inside = Group(f"branch_{number}", "branch", group, origin.part)
            outputs += self._body(items, maps, Frame(frame.named, frame.scope, inside, origin))
        self.meter.charge(len(outputs))
        return self._node(layer, outputs, item, group, origin)


def label_of(item: Item, word: str) -> str:
    return item.names[0] if item.names else word


def sides_of(maps: Nodes) -> int:
    return len(maps[0].shape.sides) if maps else 0
