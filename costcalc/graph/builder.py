"""Build a network file (docs/language.md) at a setting: a DAG of layers with shapes."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, Problems
from costcalc.graph.block_uses import BlockUses
from costcalc.graph.collection import count_layers
from costcalc.graph.diagnostics import unmet
from costcalc.graph.evaluate import (
    condition,
    is_known,
    make_layer,
    repeat_count,
    resolve_type,
)
from costcalc.graph.fold import fold_batch_norm
from costcalc.graph.frame import Frame, named_maps, see
from costcalc.graph.inputs import stated_inputs
from costcalc.graph.limits import RefusedError
from costcalc.graph.modules import Modules
from costcalc.graph.nodes import Group, Input, Network, Node, Nodes, Origin
from costcalc.graph.precision import apply_bits
from costcalc.graph.scaling import scaler
from costcalc.graph.setting import AS_WRITTEN, Setting, replace
from costcalc.graph.structures import sides_of
from costcalc.language.declared import Rounding
from costcalc.language.item import (
    BLOCK,
    EACH,
    HOLDERS,
    LAYER,
    MERGE,
    MIXTURE,
    NETWORK,
    PARAM,
    REARRANGED,
    REQUIREMENT,
    Fields,
    Item,
)
from costcalc.language.names import REQUIRE
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import read_overrides
from costcalc.language.places import line_of, node_of
from costcalc.language.values import DRAW, Choice
from costcalc.language.yaml_nodes import ScalarNode, position
from costcalc.numeric.exact import UNKNOWN
from costcalc.numeric.work import BUILT_LAYER, UNLIMITED, Work
from costcalc.shapes import TensorShape


def build(
    file: NetworkFile,
    setting: Setting = AS_WRITTEN,
    builder: Callable[[NetworkFile, Setting], Builder] | None = None,
    work: Work = UNLIMITED,
) -> Network:
    """Build the network that a file describes at a setting, and charge its layers as work."""
    making = (builder or Builder)(file, setting)
    try:
        network = making.build()
    finally:
        for scope in (making.base, making.params):
            scope.pop(DRAW, None)  # it refers back to the builder, and so to all nodes
        making.made.clear()
        count_layers(len(making.nodes))
        work.charge(BUILT_LAYER * len(making.nodes))
    if making.has_bits or setting.bits:
        apply_bits(network, setting.bits)
    if setting.accounting.fold_batch_norm:
        fold_batch_norm(network)
    return network


class Builder(BlockUses):
    """Builds a network by running the items of its file once, in order."""

    def __init__(self, file: NetworkFile, setting: Setting) -> None:
        super().__init__()
        self.file = file
        variant, declared = file.variant(setting.variant)
        params = read_overrides(file, setting.params)
        if params:
            declared = declared._replace(params=file.in_order({**declared.params, **params}))
        self.modules: Modules | None = None
        """Of a model file: the groups that its layers stand in."""
        self.declared = declared
        self.network = file
        """The file of the network that is being built: an item may use another."""
        self.params: dict[str, Any] = {}
        self.stated = stated_inputs(
            file, declared, self.faults.record, setting.resolution, self.draw
        )
        alpha = setting.alpha if setting.alpha is not None else self.alpha_of(declared, file.path)
        alpha = Fraction(1) if alpha is None else alpha
        rho = setting.ratio(self.stated)
        self.setting = replace(setting, variant=variant, alpha=alpha, params=params)
        self.base: dict[str, Any] = {
            "alpha": alpha,
            "scaled": scaler(alpha, declared.rounding or Rounding()),
            DRAW: self.draw,
        }
        if rho is not None:
            self.base["rho"] = rho

    def build(self) -> Network:
        inputs = self.setting.inputs(self.stated)
        sources = [Input(name, x) for name, x in inputs.items()]
        scope, maps = dict(self.base), list[Input | Node](sources)
        see(scope, maps)
        for name, value in self.declared.params.items():
            scope[name] = self._default(value, scope, self.file.path)
        self.params = dict(scope)
        named: dict[str, Nodes] = {source.name: [source] for source in sources}
        named["input"] = maps
        origin = Origin(self.file.path, 1)
        root = Group("", "network", None, origin)
        if self.file.foreign is not None:
            self.modules = Modules(root)
        outputs = self._body(self.file.items, maps, Frame(ChainMap(named), scope, root, origin))
        if self.file.outputs:
            outputs = [map_ for name in self.file.outputs for map_ in self._named(named, name)]
        self.faults.raise_any()
        try:
            return Network(
                self.file.name,
                *(sources, self.nodes, outputs, root),
                path=self.file.path,
                source=self.file.source,
                setting=self.setting,
                declared=self.declared,
                stated=self.stated,
                file=self.file,
            )
        except CostcalcError as error:
            error.position = position(self.file.path, self.file.root)
            raise

    def _named(self, named: dict[str, Nodes], name: ScalarNode) -> Nodes:
        """The maps that the network hands on by a name."""
        try:
            return named_maps(named, name.value)
        except CostcalcError as error:
            error.position = position(self.file.path, name)
            self.faults.record(error)
            return []

    def _body(self, items: list[Item], maps: Nodes, frame: Frame) -> Nodes:
        self.meter.enter()
        for item in items:
            try:
                maps = self._item(item, maps, frame)
            except RefusedError as error:
                raise self.faults.refuse(error, item) from None
            except Problems:  # placed already: a limit was passed, or there are too many faults
                raise
            except CostcalcError as error:
                self.faults.record(error, item)
                maps = [Input("", TensorShape(UNKNOWN, (UNKNOWN,) * sides_of(maps)))]
                frame.named.update(dict.fromkeys(item.names, maps))
        self.meter.leave()
        return maps

    def _item(self, item: Item, maps: Nodes, frame: Frame) -> Nodes:
        scope = frame.scope
        if item.sources is not None:
            maps = frame.sources(item.sources, maps, self.untouched)
        self.meter.charge(1)
        see(scope, maps)
        given = maps
        own = item.file is self.file
        place = (line_of(item.node), node_of(item.node)) if own else frame.origin[1:3]
        origin = Origin(self.file.path, *place, item)
        if self.modules is not None and place[1] is not None:
            frame.group = self.modules.around(item.node, origin)
        if not (item.weights or item.trainable or item.lends or item.bits):
            maps = self._unless_skipped(item, maps, frame, origin)
        else:
            maps = self._with_weights(
                item, scope, lambda: self._unless_skipped(item, given, frame, origin)
            )
        if maps is given and len(maps) > 1 and item.kind != REQUIREMENT:
            self.untouched.add(maps, item)
        if item.names:
            frame.bind(item.names, maps)
        return maps

    def _unless_skipped(self, item: Item, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        if item.when is None:
            return self._copies(item, maps, frame, origin)
        on = condition(item.when, frame.scope, item.file.path, "when")
        return self._where(on, lambda: self._copies(item, maps, frame, origin), maps)

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        """Build where a condition holds; take the other maps where it does not."""
        return build() if outcome else otherwise

    def _copies(self, item: Item, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        if item.repeat is None:
            return self._nth_copy(item, 0, maps, frame, origin)
        return self._row(item, repeat_count(item, item.repeat, frame.scope), maps, frame, origin)

    def _row(self, item: Item, count: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        """Build copies one behind the other."""
        for copy in range(count):
            maps = self._nth_copy(item, copy, maps, frame, origin)
        return maps

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        self.meter.copy(item.size + len(maps))
        if copy:
            see(frame.scope, maps)
        fields = item.first if item.first is not None and copy == 0 else item.fields
        if (item.indexed or item.shares) and item.kind != EACH:
            with self._copying(item, copy, frame.scope):
                return self._copy(item, fields, maps, frame, origin)
        return self._copy(item, fields, maps, frame, origin)

    def _copy(self, item: Item, fields: Fields, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        kind = item.kind
        target: Any = item.type
        if kind == PARAM:
            target = frame.scope.get(target)
            if target is None:
                return maps
            target, fields = resolve_type(item, target, fields)
            kind = LAYER if isinstance(target, type) else BLOCK
        if kind == BLOCK:
            return self._block(target, fields, maps, item, frame, origin)
        if kind == NETWORK:
            return self._used(target, fields, maps, item, frame, origin)
        if kind == REQUIREMENT:
            self._require(item, fields, frame.scope)
            return maps
        if kind == EACH:
            return self._each(item, fields, maps, frame, origin)
        if kind not in (LAYER, *HOLDERS):
            return self._structure(item, fields, maps, frame, origin)
        layer = make_layer(target, fields, item, frame.scope, sides_of(maps))
        if kind == LAYER:
            if layer.makes_several:
                return self._several(layer, maps, item, frame.group, origin)
            return [self._node(layer, maps, item, frame.group, origin)]
        make = {MERGE: self._merge, REARRANGED: self._rearranged, MIXTURE: self._mixture}[kind]
        return [make(layer, maps, item, frame, origin)]

    def _require(self, item: Item, fields: Fields, scope: dict[str, Any]) -> None:
        """Refuse a network that does not meet a condition, as far as is known behind a fault."""
        needed = fields["condition"]
        if isinstance(needed, Choice):  # it is drawn behind a fault as well
            needed = self.draw(needed)
        if is_known(needed, scope) and not condition(needed, scope, item.file.path, REQUIRE):
            raise unmet(needed, fields.get("reason"), scope)
