"""Build structures: items that hold other items, such as residuals and merges of branches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.diagnostics import unequal_sides
from costcalc.graph.evaluate import condition, repeat_count
from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Experts, Group, Node, Nodes, Origin
from costcalc.graph.weights import SharedWeights
from costcalc.language.item import SEQUENCE, Fields, Item
from costcalc.layers import LAYERS, Layer
from costcalc.layers.merge import same_shape
from costcalc.layers.mixture import MixtureOfExperts
from costcalc.layers.rearrange import Rearrange


class Structures(SharedWeights):
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

    def _each(self, item: Item, fields: Fields, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        """Build items for every map, or so many times for one map, side by side."""
        given = [[source] for source in maps]
        if "copies" in fields:
            if len(maps) != 1:
                raise self._wrong_count("each with copies", 1, 1, maps, item)
            count = repeat_count(item, fields["copies"], frame.scope, "copies", 1)
            given = [maps] * count
        names = item.names if len(item.names) == len(given) > 1 else ("copy",) * len(given)
        group = Group(
            item.names[0] if len(item.names) == 1 else "each", "each", frame.group, origin
        )
        made: Nodes = []
        for number, (name, own) in enumerate(zip(names, given, strict=True)):
            self.meter.copy(1 + len(item.layers))
            inside = Group(name, "copy", group, origin.part) if len(item.layers) > 1 else group
            named = frame.named.new_child({"input": own})
            with self._copying(item, number, frame.scope):
                made += self._body(item.layers, own, Frame(named, frame.scope, inside, origin))
        self.meter.charge(len(made))
        return made

    def _mixture(self, layer: Layer, maps: Nodes, item: Item, frame: Frame, origin: Origin) -> Node:
        """Build the layers of one expert, which stand for those of all: they are alike."""
        assert isinstance(layer, MixtureOfExperts)
        if len(maps) != 2:
            raise self._wrong_count(layer.type, 2, 2, maps, item)
        given, scores = maps[:1], maps[1]
        count = layer.experts(given[0].shape, scores.shape)
        group = Group(label_of(item, layer.type), layer.type, frame.group, origin)
        inside = Group("experts", "experts", group, origin.part)
        named = frame.named.new_child({"input": given})
        outer = self.experts
        self.experts = Experts(count, layer.active).within(outer)
        try:
            made = self._body(item.layers, given, Frame(named, frame.scope, inside, origin))
        finally:
            self.experts = outer
        if len(made) != 1:
            raise CostcalcError(f"the layers of an expert make one map, and these {len(made)}")
        return self._node(layer, [*made, scores], item, group, origin)

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
