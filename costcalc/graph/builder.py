"""A network file and its knobs become a DAG of layers with shapes (rules 8 to 18)."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, Problems
from costcalc.graph.diagnostics import FaultLog, wrong_count
from costcalc.graph.evaluate import condition, evaluate, make_layer, resolve_type
from costcalc.graph.fold import fold_batch_norm
from costcalc.graph.limits import MAX_ITEMS, MAX_MAPS, Meter, RefusedError
from costcalc.graph.nodes import Group, Input, Network, Node, Nodes
from costcalc.graph.scaling import scaler
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.language.block import Block
from costcalc.language.item import BLOCK, LAYER, MERGE, PARAM, SEQUENCE, Fields, Item
from costcalc.language.network_file import NetworkFile, Rounding
from costcalc.language.overrides import read_override
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import position
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import show
from costcalc.layers.merge import same_shape
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import LARGEST, UNKNOWN, too_large
from costcalc.shapes import FeatureMap


def build(
    file: NetworkFile, setting: Setting = AS_WRITTEN, builder: type[Builder] | None = None
) -> Network:
    """The network that a file describes at a setting, in which the setting's params are read."""
    network = (builder or Builder)(file, setting).build()
    if setting.accounting.fold_batch_norm:
        fold_batch_norm(network)
    return network


class Frame:
    """Where a body is built: the maps it can name, the values it sees, its place in the tree."""

    __slots__ = ("group", "line", "named", "scope")

    def __init__(
        self, named: ChainMap[str, Nodes], scope: dict[str, Any], group: Group, line: int
    ) -> None:
        self.named = named
        self.scope = scope
        self.group = group
        self.line = line


class Builder:
    """Runs the items of a file, once."""

    def __init__(self, file: NetworkFile, setting: Setting) -> None:
        self.file = file
        variant, declared = file.variant(setting.variant)
        params = {
            name: value if isinstance(value, Value) else read_override(file, name, value)
            for name, value in setting.params.items()
        }
        if params:
            declared = declared._replace(params={**declared.params, **params})
        self.declared = declared
        assert declared.inputs is not None
        alpha = setting.alpha if setting.alpha is not None else declared.alpha or Fraction(1)
        rho = setting.ratio(declared.inputs)
        self.setting = replace(setting, variant=variant, alpha=alpha, params=params)
        self.base: dict[str, Any] = {
            "alpha": alpha,
            "scaled": scaler(alpha, declared.rounding or Rounding()),
        }
        if rho is not None:
            self.base["rho"] = rho
        self.nodes: list[Node] = []
        self.faults = FaultLog()
        self.meter = Meter()
        self.untouched: dict[int, tuple[Nodes, Item]] = {}
        """Lists of several maps, by id, with the item that was skipped and so left them."""

    def build(self) -> Network:
        assert self.declared.inputs is not None
        inputs = self.setting.inputs(self.declared.inputs)
        sources = [Input(name, x) for name, x in inputs.items()]
        maps: Nodes = list(sources)
        scope = dict(self.base)
        _see(scope, maps)
        for name, value in self.declared.params.items():
            try:
                scope[name] = evaluate(value, scope, self.file.path)
            except CostcalcError as error:
                self.faults.record(error)
                scope[name] = UNKNOWN
        self.params = dict(scope)
        named: dict[str, Nodes] = {source.name: [source] for source in sources}
        named["input"] = maps
        root = Group("", "network", 1, None)
        outputs = self._body(self.file.items, maps, Frame(ChainMap(named), scope, root, 1))
        self.faults.raise_any()
        try:
            root.name_children()
        except CostcalcError as error:
            error.position = position(self.file.path, self.file.root)
            raise
        return Network(
            self.file,
            self.setting,
            self.declared,
            inputs=sources,
            nodes=self.nodes,
            root=root,
            outputs=outputs,
        )

    def _body(self, items: list[Item], maps: Nodes, frame: Frame) -> Nodes:
        self.meter.enter()
        for item in items:
            try:
                maps = self._item(item, maps, frame)
            except RefusedError as error:
                raise self.faults.refuse(error, item) from None
            except Problems:  # already placed: a limit passed further in, or too many faults
                raise
            except CostcalcError as error:
                self.faults.record(error, item)
                maps = [Input("", FeatureMap(UNKNOWN, UNKNOWN, UNKNOWN))]
                frame.named.update(dict.fromkeys(item.names, maps))
        self.meter.leave()
        return maps

    def _item(self, item: Item, maps: Nodes, frame: Frame) -> Nodes:
        scope = frame.scope
        if item.sources is not None:
            maps = self._sources(item.sources, maps, frame)
        self.meter.charge(1)
        _see(scope, maps)
        given = maps
        line = item.node.start_mark.line + 1 if item.file is self.file else frame.line
        if item.when is None:
            maps = self._copies(item, maps, frame, line)
        else:
            on = condition(item.when, scope, item.file.path, "when")
            maps = self._where(on, lambda: self._copies(item, given, frame, line), maps)
        if maps is given and len(maps) > 1:
            self.untouched.setdefault(id(maps), (maps, item))
        if item.names:
            self._bind(item, maps, frame)
        return maps

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        """What is built where a condition holds; the other maps where it does not."""
        return build() if outcome else otherwise

    def _copies(self, item: Item, maps: Nodes, frame: Frame, line: int) -> Nodes:
        if item.repeat is None:
            return self._nth_copy(item, 0, maps, frame, line)
        for copy in range(self._repeat(item, item.repeat, frame.scope)):
            maps = self._nth_copy(item, copy, maps, frame, line)
        return maps

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, line: int) -> Nodes:
        self.meter.copy(item.size + len(maps))
        if copy:
            _see(frame.scope, maps)
        fields = item.first if item.first is not None and copy == 0 else item.fields
        return self._copy(item, fields, maps, frame, line)

    def _sources(self, names: tuple[str, ...], previous: Nodes, frame: Frame) -> Nodes:
        maps: Nodes = []
        for name in names:
            more = previous if name == "previous" else _named(frame.named, name)
            if len(names) == 1:
                maps = more  # the list itself, by which `untouched` knows it
            else:
                maps.extend(more)
            if len(maps) > MAX_MAPS:
                raise RefusedError(f"an item reads at most {MAX_MAPS:,} maps")
            if id(more) in self.untouched:
                self.untouched[id(maps)] = maps, self.untouched[id(more)][1]
        return maps

    @staticmethod
    def _repeat(item: Item, repeat: Value, scope: dict[str, Any]) -> int:
        count = evaluate(repeat, scope, item.file.path)
        if count is UNKNOWN:
            return 1
        if isinstance(count, AbstractNumber):
            count = count.single()
        if type(count) is not int or not 0 <= count <= MAX_ITEMS:
            at = position(item.file.path, repeat.node)
            raise CostcalcError(
                f"repeat must be a whole number from 0 to {MAX_ITEMS:,}, not {show(count)}",
                position=at,
            )
        return count

    def _bind(self, item: Item, maps: Nodes, frame: Frame) -> None:
        names = item.names
        if len(names) == 1:
            frame.named[names[0]] = maps
            return
        if len(names) != len(maps):
            raise CostcalcError(f"{len(names)} names for {len(maps)} maps")
        for name, source in zip(names, maps, strict=True):
            frame.named[name] = [source]

    def _copy(self, item: Item, fields: Fields, maps: Nodes, frame: Frame, line: int) -> Nodes:
        kind = item.kind
        target: Any = item.type
        if kind == PARAM:
            target = frame.scope.get(target)
            if target is None:
                return maps
            target, fields = resolve_type(item, target, fields)
            kind = LAYER if isinstance(target, type) else BLOCK
        if kind == LAYER:
            layer = make_layer(target, fields, item, frame.scope)
            return [self._node(layer, maps, item, frame.group, line)]
        if kind == BLOCK:
            return self._block(target, fields, maps, item, frame, line)
        if kind == MERGE:
            layer = make_layer(target, fields, item, frame.scope)
            return [self._merge(layer, maps, item, frame, line)]
        return self._structure(item, fields, maps, frame, line)

    # Structures

    def _node(self, layer: Layer, maps: Nodes, item: Item, group: Group, line: int) -> Node:
        least, most = layer.inputs
        if len(maps) < least or (most is not None and len(maps) > most):
            raise self._wrong_count(layer.type, least, most, maps, item)
        try:
            if len(maps) == 1:
                out = layer.output(maps[0].shape)
            else:
                out = layer.output(*[source.shape for source in maps])
        except CostcalcError as error:
            if not error.message.startswith(layer.type):
                error.message = f"{layer.type}: {error.message}"
            self.faults.record(error, item)
            channels = getattr(layer, "out_channels", getattr(layer, "out_features", UNKNOWN))
            out = FeatureMap(channels, UNKNOWN, UNKNOWN)
        if out is not maps[0].shape:
            out = self._as_seen(out)
            for side in out:
                if (type(side) is not int or side >= LARGEST) and too_large(side):
                    raise CostcalcError(
                        f"{layer.type}: the output has a side of more than 100 digits"
                    )
        label = item.names[0] if item.names and item.kind != MERGE else layer.type
        node = Node(layer, maps, out, label, group, line, item)
        group.children.append(node)
        self.nodes.append(node)
        return node

    def _wrong_count(
        self, taker: str, least: int, most: int | None, maps: Nodes, item: Item
    ) -> CostcalcError:
        _, skipped = self.untouched.get(id(maps), (maps, None))
        return wrong_count(taker, least, most, len(maps), item, skipped)

    def _as_seen(self, out: FeatureMap) -> FeatureMap:
        """The shape as the next layers see it; relaxed numbers are rescaled here."""
        return out

    def _block(
        self, block: Block, fields: Fields, maps: Nodes, item: Item, frame: Frame, line: int
    ) -> Nodes:
        own = block.file is self.file
        self.meter.charge(len(block.params) + (len(self.params) // 16 if own else 0))
        scope = dict(self.params if own else self.base)
        _see(scope, maps)
        given = {
            name: evaluate(value, frame.scope, item.file.path) for name, value in fields.items()
        }
        expected = 1 if block.inputs is None else len(block.inputs)
        if len(maps) != expected:
            raise self._wrong_count(block.name, expected, expected, maps, item)
        named: dict[str, Nodes] = {"input": maps}
        if block.inputs is not None:
            named.update({name: [source] for name, source in zip(block.inputs, maps, strict=True)})
        with self.faults.within(block, item):
            for name, default in block.params.items():
                scope[name] = given[name] if name in given else self._default(default, scope, block)
            group = Group(_label(item, block.name), block.name, line, frame.group, item)
            out = self._body(block.items, maps, Frame(ChainMap(named), scope, group, line))
        if block.outputs is not None:
            out = [source for name in block.outputs for source in _named(named, name)]
        return out

    def _default(self, value: Value | None, scope: dict[str, Any], block: Block) -> Any:
        assert value is not None  # what has no default was asked for
        try:
            return evaluate(value, scope, block.file.path)
        except CostcalcError as error:
            self.faults.record(error)
            return UNKNOWN

    def _structure(self, item: Item, fields: Fields, maps: Nodes, frame: Frame, line: int) -> Nodes:
        word = str(item.type)
        added = item.kind != SEQUENCE
        if added and "shortcut_when" in fields:
            when = fields["shortcut_when"]
            added = condition(when, frame.scope, item.file.path, "shortcut_when")
        group = Group(_label(item, word), word, line, frame.group, item)

        def body(items: list[Item], inside: Group = group) -> Nodes:
            named = frame.named.new_child({"input": maps})
            return self._body(items, maps, Frame(named, frame.scope, inside, line))

        made = body(item.layers)

        def with_shortcut() -> Nodes:
            around = maps
            if item.shortcut:
                around = body(item.shortcut, Group("shortcut", "shortcut", line, group))
            return [self._residual(item, made, around, group, line)]

        return self._where(added, with_shortcut, made)

    def _residual(self, item: Item, made: Nodes, around: Nodes, group: Group, line: int) -> Node:
        if len(made) == len(around) == 1 and not same_shape(made[0].shape, around[0].shape):
            other = "shortcut makes" if item.shortcut else "input is"
            raise CostcalcError(
                f"residual: its layers make {made[0].shape} and its {other} {around[0].shape}",
                hint="shortcut: [...] fits the one to the other, shortcut_when: leaves it out",
            )
        return self._node(LAYERS["add"](), [*made, *around], item, group, line)

    def _merge(self, layer: Layer, maps: Nodes, item: Item, frame: Frame, line: int) -> Node:
        if item.branches is None:
            return self._node(layer, maps, item, frame.group, line)
        group = Group(_label(item, layer.type), layer.type, line, frame.group, item)

        outputs: Nodes = []
        self.meter.charge(2 * len(item.branches))
        for number, items in enumerate(item.branches, 1):
            inside = group
            if len(items) > 1:
                inside = Group(f"branch_{number}", "branch", line, group)
            outputs += self._body(items, maps, Frame(frame.named, frame.scope, inside, line))
        self.meter.charge(len(outputs))
        return self._node(layer, outputs, item, group, line)


def _label(item: Item, word: str) -> str:
    return item.names[0] if item.names else word


def _named(named: Mapping[str, Nodes], name: str) -> Nodes:
    try:
        return named[name]
    except KeyError:
        raise CostcalcError(
            f"there is no map '{name}' at this setting",
            hint="the branch that gives it is switched off, or another variant has that input",
        ) from None


def _see(scope: dict[str, Any], maps: Nodes) -> None:
    """The map variables are of the first map."""
    if maps:
        first = maps[0].shape
        scope["in_channels"], scope["in_height"], scope["in_width"] = first
