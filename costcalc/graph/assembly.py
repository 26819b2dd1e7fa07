"""Add layers to a network that is being built, with their shapes."""

from __future__ import annotations

from costcalc.errors import CostcalcError
from costcalc.graph.bits import UNSAID
from costcalc.graph.diagnostics import FaultLog, wrong_count
from costcalc.graph.evaluate import check_sides, check_sides_of, common_batch
from costcalc.graph.frame import Untouched
from costcalc.graph.limits import Meter
from costcalc.graph.modules import MODULE
from costcalc.graph.nodes import Experts, Group, Node, Nodes, Origin
from costcalc.language.item import HOLDERS, Item
from costcalc.layers import Layer
from costcalc.numeric.exact import UNKNOWN
from costcalc.shapes import TensorShape


class Assembly:
    """The layers of a network so far, what is wrong with them, and what they took to build."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.faults = FaultLog()
        self.meter = Meter()
        self.untouched = Untouched()
        self.trainable = True
        """Whether the weights of what is being built are trained."""
        self.has_bits = False
        """Whether an item said of any."""
        self.bits = UNSAID
        """In which the weights and the inputs of what is being built are held."""
        self.experts: Experts | None = None
        """The copies that a layer of what is being built stands for."""

    def _node(self, layer: Layer, maps: Nodes, item: Item, group: Group, origin: Origin) -> Node:
        least, most = layer.inputs
        if item.joins:
            least = 1
        if most == 0 and item.sources is None:
            maps = []  # it stands behind an item, and reads nothing of it
        if len(maps) < least or (most is not None and len(maps) > most):
            raise self._wrong_count(layer.type, least, most, maps, item)
        if layer.sides is not None:
            check_sides_of(layer, maps)
        try:
            out = layer.output(*[source.shape for source in maps])
        except CostcalcError as error:
            if not error.message.startswith(layer.type):
                error.message = f"{layer.type}: {error.message}"
            self.faults.record(error, item)
            channels = getattr(layer, "out_channels", getattr(layer, "out_features", UNKNOWN))
            channels = UNKNOWN if channels is None else channels
            sides = layer.sides or (len(maps[0].shape.sides) if maps else 0)
            out = TensorShape(channels, (UNKNOWN,) * sides)
        if not layer.moves_batch:
            batch = common_batch(layer, maps) if len(maps) > 1 else maps[0].shape.batch
            if out.batch is not batch:
                out = out.with_batch(batch)
        if not maps or out is not maps[0].shape:
            out = self._as_seen(out)
            check_sides(layer, out)
        label = item.names[0] if item.names and item.kind not in HOLDERS else layer.type
        if origin.node and group.type == MODULE:
            label = label.rpartition("/")[2]  # the modules are the groups around it
        node = Node(layer, maps, out, label, group, origin)
        node.trainable = self.trainable
        node.experts = self.experts
        node.bits = self.bits
        node.has_gradient = (self.trainable and layer.has_weights) or any(
            source.has_gradient for source in maps
        )
        group.children.append(node)
        self.nodes.append(node)
        return node

    def _several(
        self, layer: Layer, maps: Nodes, item: Item, group: Group, origin: Origin
    ) -> Nodes:
        """Build a layer for each map that one layer hands on; several names are of one each."""
        made: list[Node] = []
        for number, part in enumerate(layer.each()):
            self.meter.copy(1)
            node = self._node(part, maps, item, group, origin)
            if number < len(item.names) > 1:
                node.label = node.name = item.names[number]
            made.append(node)
        return [*made]

    def _wrong_count(
        self, taker: str, least: int, most: int | None, maps: Nodes, item: Item
    ) -> CostcalcError:
        skipped = self.untouched.by(maps)
        return wrong_count(taker, least, most, len(maps), item, skipped)

    def _as_seen(self, out: TensorShape) -> TensorShape:
        """Return the shape that the next layers read; without roundings its sides are settled."""
        return out
