"""Build the items of a space one by one, by the ordinary builder, and keep what they cost."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder
from costcalc.graph.diagnostics import FaultLog
from costcalc.graph.fold import fold_batch_norm
from costcalc.graph.frame import Frame, Untouched, see
from costcalc.graph.limits import Meter
from costcalc.graph.nodes import Group, Input, Network, Node, Nodes, Origin
from costcalc.graph.setting import Setting
from costcalc.language.item import EACH, Fields, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.values import Choice, Value
from costcalc.metrics import METRICS
from costcalc.numeric.exact import UNKNOWN, Number, whole
from costcalc.shapes import TensorShape
from costcalc.spaces.draws import Dice, Draws, every


class TrainedMap(TensorShape):
    """The shape of a map of which training takes a gradient; for metrics of training alone."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is TrainedMap and super().__eq__(other)

    __hash__ = TensorShape.__hash__


Maps: TypeAlias = tuple[TensorShape, ...]
Costs: TypeAlias = tuple[int, ...]
"""One number for each metric."""


class Outcome(NamedTuple):
    """What an item makes of the maps that it reads, for one way to draw its choices."""

    draws: Draws
    """Their paths begin at the item."""
    costs: Costs
    maps: Maps
    error: CostcalcError | None
    """Why there is no such network."""

    def of_copy(self, item: Item, copy: int) -> Outcome:
        """The same, of another copy of the item."""
        return self._replace(
            draws=tuple(draw._replace(path=((item, copy), *draw.path[1:])) for draw in self.draws)
        )


class Unit(NamedTuple):
    """What is built in one step, and all that it sees."""

    item: Item | None
    """None is all items of the network."""
    copy: int | None
    """None is all copies of the item."""
    maps: Maps
    named: Mapping[str, Maps]
    params: Mapping[str, Any]
    """Those of the network."""
    own: Mapping[str, Any]
    """Those of the block that it stands in, and the number of a copy."""
    sees_params: bool


class DrawingBuilder(Builder):
    """A builder that draws by dice."""

    copies_blocks = False  # each use draws

    def __init__(self, file: NetworkFile, setting: Setting, dice: Dice) -> None:
        self.dice = dice
        self.at: list[tuple[Item, int]] = []
        """The items that are being built, the outermost first, with the numbers of their copies."""
        super().__init__(file, setting)

    def draw(self, choice: Choice) -> Value:
        return self.dice.draw(tuple(self.at), choice)

    @contextmanager
    def _inside(self, item: Item, copy: int) -> Iterator[None]:
        self.at.append((item, copy))
        try:
            yield
        finally:
            self.at.pop()

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        with self._inside(item, copy):
            return super()._nth_copy(item, copy, maps, frame, origin)

    @contextmanager
    def _copying(self, item: Item, number: int, scope: dict[str, Any]) -> Iterator[None]:
        if item.kind != EACH:  # else the copies stand side by side
            with super()._copying(item, number, scope):
                yield
            return
        with self._inside(item, number), super()._copying(item, number, scope):
            yield


class UnitBuilder(DrawingBuilder):
    """Builds one item at a time, as if nothing had been built before it."""

    def __init__(
        self, file: NetworkFile, setting: Setting, dice: Dice, metrics: Sequence[str]
    ) -> None:
        super().__init__(file, setting, dice)
        self.metrics = metrics
        self._trains = any(METRICS[name].needs_optimizer for name in metrics)
        self.sources = self.setting.inputs(self.stated)
        """The shapes of the network's inputs."""
        self.zero: Costs = (0,) * len(metrics)

    def _fresh(self, params: Mapping[str, Any], dice: Dice) -> None:
        self.nodes = []
        self.faults = FaultLog()
        self.meter = Meter()
        self.untouched = Untouched()
        self.lent = {}
        self.at = []
        self.params = {**self.base, **params}
        self.dice = dice

    def scope(
        self, params: Mapping[str, Any], own: Mapping[str, Any], maps: Maps
    ) -> dict[str, Any]:
        """The values that an item sees: those of the network and of its block."""
        scope = {**self.base, **params, **own}
        see(scope, _nodes(maps))
        return scope

    def outcomes(self, unit: Unit) -> list[Outcome]:
        """Build a unit for every way to draw."""

        def run(dice: Dice) -> tuple[Costs, Maps, CostcalcError | None]:
            try:
                costs, made = self.built(unit, dice)
            except CostcalcError as error:
                return self.zero, unknown(unit.maps), error.problems[0]
            return tuple(0 if own is UNKNOWN else whole(own) for own in costs), made, None

        return [Outcome(draws, *outcome) for draws, outcome in every(run)]

    def built(self, unit: Unit, dice: Dice) -> tuple[tuple[Number, ...], Maps]:
        """What a unit costs by metric, and the maps that it makes. Raises CostcalcError."""
        self._fresh(unit.params, dice)
        root = Group("", "network")
        given = _nodes(unit.maps)
        around = {name: _nodes(shapes) for name, shapes in unit.named.items()}
        if unit.item is None:  # the names are those of the inputs themselves
            around = {"input": given}
            around |= {name: [one] for name, one in zip(self.sources, given, strict=True)}
        frame = Frame(
            ChainMap(around),
            self.scope(unit.params if unit.sees_params else {}, unit.own, unit.maps),
            root,
            Origin(self.file.path, 1),
        )
        if unit.item is None:
            made = self._body(self.file.items, given, frame)
        elif unit.copy is None:
            made = self._item(unit.item, given, frame)
        else:
            made = self._nth_copy(unit.item, unit.copy, given, frame, frame.origin)
        self.faults.raise_any()
        return self._costs(given, made, root), tuple(map(self._shape, made))

    def _shape(self, node: Input | Node) -> TensorShape:
        is_trained = self._trains and node.has_gradient
        return TrainedMap(*_parts(node.shape)) if is_trained else node.shape

    def _costs(self, given: Nodes, made: Nodes, root: Group) -> tuple[Number, ...]:
        read = (source for node in self.nodes for source in node.inputs)
        inputs = [
            source
            for source in {**dict.fromkeys(given), **dict.fromkeys(read)}
            if isinstance(source, Input)
        ]
        network = Network(
            self.file.name, inputs, self.nodes, made, root, setting=self.setting, file=self.file
        )
        if self.setting.accounting.fold_batch_norm:
            fold_batch_norm(network)
        costs = measure(network, self.metrics)
        # Behind a fault nothing is known, and nothing is asked.
        return tuple(costs[name] for name in self.metrics)

    def entered(
        self,
        item: Item,
        block: Any,
        fields: Fields,
        copy: int,
        maps: Maps,
        params: Mapping[str, Any],
        own: Mapping[str, Any],
        sees_params: bool,
    ) -> list[tuple[Draws, dict[str, Any] | CostcalcError]]:
        """The params of a block where it is used, for every way to draw them."""

        def run(dice: Dice) -> dict[str, Any] | CostcalcError:
            self._fresh(params, dice)
            self.at = [(item, copy)]
            around = self.scope(params if sees_params else {}, own, maps)
            try:
                given = self._given(block, fields, item, around)
                scope, _ = self._enter(block, given, _nodes(maps), item)
                self.faults.raise_any()
            except CostcalcError as error:
                return error.problems[0]
            return {name: scope[name] for name in block.params}

        return every(run)

    def values(
        self, value: Any, maps: Maps, params: Mapping[str, Any], own: Mapping[str, Any], sees: bool
    ) -> list[tuple[Draws, Any]]:
        """A value by a function of the scope, or the error, for every way to draw its choices."""

        def run(dice: Dice) -> Any:
            self._fresh(params, dice)
            try:
                return value(self.scope(params if sees else {}, own, maps))
            except CostcalcError as error:
                return error

        return every(run)


def _nodes(maps: Maps) -> Nodes:
    return [
        Input("", TensorShape(*_parts(shape)), has_gradient=True)
        if type(shape) is TrainedMap
        else Input("", shape)
        for shape in maps
    ]


def _parts(shape: TensorShape) -> tuple[Number, tuple[Number, ...], Number | None]:
    return shape.channels, shape.sides, shape.batch


def unknown(maps: Maps) -> Maps:
    """What the builder goes on with behind a fault: one map of unknown sides."""
    sides = len(maps[0].sides) if maps else 0
    return (TensorShape(UNKNOWN, (UNKNOWN,) * sides),)
