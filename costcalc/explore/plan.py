"""A network over ranges of its knobs: its settings, and what it costs at each of them.

The network is traced once (`numeric.trace`), and again where its structure is another one. For a
few settings a trace is run at each; for many it is run over a grid, in which every knob is an axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import chain, product
from math import prod
from typing import TYPE_CHECKING, Any

from costcalc.costs.totals import measure, ratio_of
from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis, Knobs, has_texts
from costcalc.explore.table import Chunk
from costcalc.explore.traces import Traces
from costcalc.graph.builder import Builder, build
from costcalc.graph.inputs import stated_inputs
from costcalc.graph.nodes import Network
from costcalc.graph.runtime import DEPLOYED
from costcalc.graph.setting import Setting, replace
from costcalc.language.inputs import Shape
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import number_override, read_override
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import text_of
from costcalc.metrics import METRICS, bases_of, divisors_of
from costcalc.numeric.exact import Number
from costcalc.numeric.work import UNLIMITED, Work
from costcalc.units import decimal_text

if TYPE_CHECKING:
    from costcalc.explore.filling import Costs
    from costcalc.numeric.tables import Array

MAX_POINTWISE = 12_000
"""Layers times points. Up to here a trace is run at each point: that takes no longer than to import
NumPy does."""
MAX_AXIS = 1 << 16
"""Positions of an axis in one chunk: a network keeps some hundred arrays as long as an axis."""


class Plan:
    """A network and the ranges of its knobs, before anything is computed."""

    def __init__(
        self,
        file: NetworkFile,
        setting: Setting,
        axes: Sequence[Axis],
        work: Work = UNLIMITED,
    ) -> None:
        """`work` is charged with all that is computed; unlimited unless it has a limit."""
        self.file = file
        self.work = work
        variant, self.declared = file.variant(setting.variant)
        self.setting = replace(setting, variant=variant)
        """What all points share; alpha, rho and resolution are axes even with a single value."""
        self.axes = list(axes)
        self._overrides: dict[tuple[str, str], Value] = {}
        self._traced: dict[Any, Traces] = {}
        self._layers = 0  # of one network of these; 0 until one has been built

    @property
    def count(self) -> int:
        return prod(axis.count for axis in self.axes)

    @property
    def name(self) -> str:
        """What the network is called: its variant, if it has one."""
        return self.setting.variant or self.file.name

    @property
    def alpha(self) -> Fraction:
        """The network's own alpha."""
        return self.declared.alpha or Fraction(1)

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """The stated inputs, with the params that do not vary as they are given."""
        return self.inputs_with({})

    def inputs_with(self, params: Mapping[str, Value]) -> dict[str, Shape]:
        """The stated inputs, with further params."""
        params = {**self.declared.params, **self.setting.params, **params}
        declared = self.declared._replace(params=self.file.in_order(params))
        sizes = (axis.slice(0, 1)[0] for axis in self.axes if axis.key == "resolution")
        return stated_inputs(self.file, declared, resolution=next(sizes, None))

    @property
    def has_resolution(self) -> bool:
        """Whether an input has height and width."""
        return any(len(shape) > 2 for shape in (self.declared.inputs or {}).values())

    @property
    def fixed_texts(self) -> dict[str, str]:
        """The params that are given and do not vary, as they were given."""
        return {name: text_of(value.node) for name, value in self.setting.params.items()}

    @property
    def params(self) -> list[str]:
        """The keys of the network's params that vary."""
        return [axis.key for axis in self.axes if axis.is_param]

    @property
    def further(self) -> list[str]:
        """The keys of the axes beside alpha, rho and resolution, which every point has."""
        return [axis.key for axis in self.axes if axis.is_param or axis.name == "batch"]

    def for_metrics(self, metrics: Iterable[str]) -> None:
        """Name the runtime where a metric depends on one and none was asked for."""
        if self.setting.runtime is None and any(METRICS[m].needs_runtime for m in metrics):
            self.setting = replace(self.setting, runtime=DEPLOYED)

    def within(self, work: Work) -> Plan:
        """The same plan, whose computations are charged to a meter."""
        return Plan(self.file, self.setting, self.axes, work)

    def with_axes(self, axes: Sequence[Axis]) -> Plan:
        """Put further axes before the plan's own."""
        return Plan(self.file, self.setting, [*axes, *self.axes], self.work)

    def chunks(self, metrics: Sequence[str], size: int) -> Iterator[Chunk]:
        """Compute the sweep in parts of at most `size` points, in their order."""
        lengths: list[int] = []
        for axis in reversed(self.axes):
            lengths.insert(0, min(axis.count, max(1, size), MAX_AXIS))
            size = size // lengths[0] if lengths[0] == axis.count else 1
        starts = [
            range(0, axis.count, length) for axis, length in zip(self.axes, lengths, strict=True)
        ]
        for corner in product(*starts):
            values = [
                axis.slice(start, min(start + length, axis.count))
                for axis, start, length in zip(self.axes, corner, lengths, strict=True)
            ]
            yield Chunk(values, self._costs(values, metrics))

    def _costs(self, values: list[list[Any]], metrics: Sequence[str]) -> dict[str, Any]:
        """Each metric at all points: a list where they are few, else an array."""
        points = prod(map(len, values))
        first = [axis[0] for axis in values]
        if points == 1 and self._layers <= MAX_POINTWISE:  # a trace costs more than the network
            network = self.at(first)
            self._layers = len(network.nodes)
            if self._layers <= MAX_POINTWISE:
                costs = measure(network, metrics)
                return {metric: [costs[metric]] for metric in metrics}
        if not self._layers:
            at_first = self._knobs([[value] for value in first])
            self._layers = self._traces(at_first, metrics).layers(at_first.setting())
        if points * self._layers > MAX_POINTWISE:
            return self._over_grid(values, metrics)
        found = [self._cost(point, metrics) for point in product(*values)]
        return {metric: [cost[metric] for cost in found] for metric in metrics}

    # One point

    def at(self, point: Sequence[Any]) -> Network:
        """The network at one point; what is wrong there is reported with the setting."""
        try:
            return self._network(dict(enumerate(point)))
        except CostcalcError as error:
            setting = self.setting_text(point)
            for problem in error.problems:
                if setting:
                    problem.notes.append(f"at {setting}")
            raise

    def setting_text(self, point: Sequence[Any]) -> str:
        return ", ".join(
            f"{axis.name} {value_text(value)}" for axis, value in zip(self.axes, point, strict=True)
        )

    def _cost(self, point: Sequence[Any], metrics: Sequence[str]) -> dict[str, Number]:
        knobs = self._knobs([[value] for value in point])
        try:
            costs = self._traces(knobs, metrics).at(knobs.setting())
            found = {
                metric: n * sum(costs[base] for base in bases)
                for metric, (n, bases) in bases_of(metrics).items()
            }
            for metric, over in divisors_of(metrics).items():
                found[metric] = ratio_of(found[metric], costs[over])
            return found
        except CostcalcError:
            self.at(point)  # raises, with the setting
            raise

    def _network(self, point: Mapping[int, Any], builder: type[Builder] | None = None) -> Network:
        """The network with a value for each axis, in any kind of number."""
        given: dict[str, Any] = {}
        params = dict(self.setting.params)
        for number, axis in enumerate(self.axes):
            if axis.is_param:
                params[axis.name] = self.override(axis, point[number])
            else:
                given[axis.name] = point[number]
        return build(self.file, replace(self.setting, params=params, **given), builder, self.work)

    def override(self, axis: Axis, value: Any) -> Value:
        """The value of a param: a number along its axis, or the text of an expression."""
        if isinstance(value, str):
            return self._expression(axis.name, value)
        return number_override(self.file, axis.name, value)

    def _expression(self, name: str, text: str) -> Value:
        key = name, text
        if key not in self._overrides:
            self._overrides[key] = read_override(self.file, name, text)
        return self._overrides[key]

    # Many points

    def over(self, values: Sequence[Sequence[Any]], metrics: Sequence[str]) -> Costs:
        """What the network costs at every combination of values, faults included."""
        from costcalc.explore.filling import joined

        shape = tuple(map(len, values)) or (1,)
        # An expression has no place in a grid of numbers: each value of such a param is a part.
        parts = [
            [[place] for place in range(len(own))] if has_texts(own) else [range(len(own))]
            for own in values
        ]
        found = []
        for part in product(*parts):
            some = [
                own if len(places) == len(own) else [own[place] for place in places]
                for own, places in zip(values, part, strict=True)
            ]
            knobs = self._knobs(some)
            found.append((part, self._traces(knobs, metrics).over(knobs.grid())))
        costs = found[0][1] if len(found) == 1 else joined(shape, found)
        return costs.multiplied(bases_of(metrics), divisors_of(metrics))

    def listed(
        self, values: Sequence[Sequence[Any]], places: Sequence[Sequence[int]], metric: str
    ) -> Costs:
        """What the network costs at some places along the axes, in one metric."""
        knobs, metrics = self._knobs(values), (metric,)
        costs = self._traces(knobs, metrics).over(knobs.listed(places))
        return costs.multiplied(bases_of(metrics), divisors_of(metrics))

    def _over_grid(self, values: list[list[Any]], metrics: Sequence[str]) -> dict[str, Array]:
        costs = self.over(values, metrics)
        if costs.faults:
            place = costs.first_fault()
            self.at([own[n] for own, n in zip(values, place, strict=True)])
            raise AssertionError("a trace has a fault that its network has not")
        return {
            m: array.reshape([len(own) for own in values]) for m, array in costs.metrics.items()
        }

    def traces(self, values: Sequence[Sequence[Any]], metrics: Sequence[str]) -> Traces:
        """The traces that `over` takes for values that are numbers, those made so far."""
        return self._traces(self._knobs(values), metrics)

    def knobs(self, values: Sequence[Sequence[Any]]) -> dict[str, Sequence[Number]]:
        """The values of each knob that the network is traced over, by its name in a trace."""
        knobs = self._knobs(values)
        return dict(zip(knobs.ranges, (own for _, own in knobs.along), strict=True))

    def _traces(self, knobs: Knobs, metrics: Sequence[str]) -> Traces:
        """The traces for metrics, of which multiples of others are not computed."""
        bases = chain(*(own for _, own in bases_of(metrics).values()))
        counted = tuple(dict.fromkeys([*bases, *divisors_of(metrics).values()]))
        key = knobs.key, counted
        if key not in self._traced:
            # A layer that counts 0 times is nothing in a sum; a maximum would see it all the same.
            is_open = self.setting.accounting.is_default and all(
                (METRICS[metric].of and METRICS[metric].reduce is sum)
                or METRICS[metric].needs_device
                for metric in counted
            )
            self._traced[key] = Traces(
                lambda numbers, builder: self._network(knobs.point(numbers), builder),
                lambda network: measure(network, counted),
                knobs.ranges,
                self.work,
                is_open=is_open,
            )
        return self._traced[key]

    def _knobs(self, values: Sequence[Sequence[Any]]) -> Knobs:
        return Knobs(self.axes, values)


def value_text(value: Any) -> str:
    """Write a value of an axis for people."""
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return decimal_text(value)
    return str(value)
