"""A network over ranges of its knobs: its settings, and what it costs at each of them.

For a few settings the network is built once for each. For many it is built once over a grid, in
which every knob is an axis (`numeric.grid`). Where its structure depends on a knob, the grid is
split into parts of one structure, and the network is built for each part.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.ranges import Range
from costcalc.explore.table import Chunk
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import number_override, read_override
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import text_of
from costcalc.metrics import METRICS
from costcalc.shapes import FeatureMap
from costcalc.units import decimal_text

if TYPE_CHECKING:
    from costcalc.numeric.grid import Array, Grid

Part = TypeVar("Part")

MAX_POINTWISE = 12_000
"""Layers times points. Up to here a network is built for each point: that takes no longer than to
import NumPy does."""
MAX_AXIS = 1 << 16
"""Positions of an axis in one chunk: a network keeps some hundred arrays as long as an axis."""


KNOBS = ("alpha", "rho", "resolution")
FIGURES = ("ratio_float", "share_float", "top1", "exceeds")
"""Columns of a sweep that are no knob, metric or param."""


class Axis:
    """One knob and its values: alpha, rho, resolution, or a param of the network.

    Values of alpha and rho are Fractions, those of resolution (height, width), those of a param
    numbers or texts, which are expressions of the network's language.
    """

    def __init__(self, name: str, values: Range, *, is_param: bool = False) -> None:
        self.name = name
        self.values = values
        self.is_param = is_param or name not in KNOBS
        is_taken = name in KNOBS or name in METRICS or name in FIGURES
        self.key = f"param_{name}" if self.is_param and is_taken else name
        """The name of its column: its own name, unless another column has that."""

    @property
    def count(self) -> int:
        return self.values.count

    def slice(self, start: int, stop: int) -> list[Any]:
        values = self.values.part(start, stop)
        if self.name == "resolution" and not self.is_param:
            return [value if isinstance(value, tuple) else (value, value) for value in values]
        return values


class Plan:
    """A network and the ranges of its knobs, before anything is computed."""

    def __init__(
        self,
        file: NetworkFile,
        setting: Setting,
        axes: Sequence[Axis],
    ) -> None:
        self.file = file
        variant, self.declared = file.variant(setting.variant)
        self.setting = replace(setting, variant=variant)
        """What all points share; alpha, rho and resolution are axes even with a single value."""
        self.axes = list(axes)
        self._overrides: dict[tuple[str, str], Value] = {}
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

    @property
    def fixed_texts(self) -> dict[str, str]:
        """The params that are given and do not vary, as they were given."""
        return {name: text_of(value.node) for name, value in self.setting.params.items()}

    @property
    def params(self) -> list[str]:
        """The keys of the network's params that vary."""
        return [axis.key for axis in self.axes if axis.is_param]

    def with_axes(self, axes: Sequence[Axis]) -> Plan:
        """Put further axes before the plan's own."""
        return Plan(self.file, self.setting, [*axes, *self.axes])

    def chunks(self, metrics: Sequence[str], size: int) -> Iterator[Chunk]:
        """Compute the sweep in parts of at most `size` points, in their order."""
        lengths: list[int] = []
        for axis in reversed(self.axes):
            lengths.insert(0, min(axis.count, max(1, size), MAX_AXIS))
            size = size // lengths[0] if lengths[0] == axis.count else 1
        starts = [
            range(0, axis.count, length) for axis, length in zip(self.axes, lengths, strict=True)
        ]
        for number, corner in enumerate(product(*starts), 1):
            values = [
                axis.slice(start, min(start + length, axis.count))
                for axis, start, length in zip(self.axes, corner, lengths, strict=True)
            ]
            yield Chunk(values, self._costs(values, metrics))
            if number % 16 == 0:
                gc.collect()  # networks refer to themselves, and over a grid they hold arrays

    def _costs(self, values: list[list[Any]], metrics: Sequence[str]) -> dict[str, Any]:
        points = prod(map(len, values))
        if points * self._layers > MAX_POINTWISE:
            return self._over_grid(values, metrics)
        first = self.at([axis[0] for axis in values])
        self._layers = len(first.nodes)
        if points * self._layers > MAX_POINTWISE:
            return self._over_grid(values, metrics)
        others = map(self.at, list(product(*values))[1:])
        costs = [measure(network, metrics) for network in (first, *others)]
        return {metric: [cost[metric] for cost in costs] for metric in metrics}

    # One point

    def at(self, point: Sequence[Any]) -> Network:
        """Build the network at one point; the notes of an error name the setting."""
        try:
            return self.over([[value] for value in point], None)
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

    def over(
        self,
        values: Sequence[Sequence[Any]],
        grid: Grid | None,
        tracked: Collection[int] = (),
    ) -> Network:
        """Build the network at one value of each axis or, over a grid, at all of them.

        The grid records where numbers of the tracked axes are rounded; see `Grid.axis`.
        """

        def numbers(axis: int, values: Sequence[Any]) -> Any:
            if grid is None or (len(values) == 1 and axis not in tracked):
                return values[0]
            return grid.axis(axis, values, tracked=axis in tracked)

        given: dict[str, Any] = {}
        params = dict(self.setting.params)
        for number, (axis, own) in enumerate(zip(self.axes, values, strict=True)):
            if axis.key == "resolution":
                sides = list(zip(*own, strict=True))
                height = numbers(number, sides[0])
                square = sides[0] == sides[1]
                given["resolution"] = height, height if square else numbers(number, sides[1])
            elif axis.key in ("alpha", "rho"):
                given[axis.name] = numbers(number, own)
            elif isinstance(own[0], str):
                params[axis.name] = self._expression(axis.name, own[0])
            else:
                value = numbers(number, own)
                params[axis.name] = number_override(self.file, axis.name, value)
        return build(self.file, replace(self.setting, params=params, **given))

    def _expression(self, name: str, text: str) -> Value:
        key = name, text
        if key not in self._overrides:
            self._overrides[key] = read_override(self.file, name, text)
        return self._overrides[key]

    # Many points

    def _over_grid(self, values: list[list[Any]], metrics: Sequence[str]) -> dict[str, Array]:
        import numpy as np

        from costcalc.numeric.grid import Grid, multiple

        # A multiple of another metric takes that metric's array: computing one over all points
        # costs more than all else.
        bases = {metric: METRICS[metric].multiple or (1, metric) for metric in metrics}

        def costs_of(some: list[list[Any]]) -> dict[str, Array] | CostcalcError:
            grid = Grid([len(axis) for axis in some])
            try:
                costs = measure(self.over(some, grid), {base for _, base in bases.values()})
            except CostcalcError as error:
                return error
            arrays = {metric: grid.values(cost) for metric, cost in costs.items()}
            grid.memo.clear()
            return {metric: multiple(arrays[base], n) for metric, (n, base) in bases.items()}

        shape = tuple(map(len, values))
        found: dict[str, Any] = {}
        faults: dict[tuple[int, ...], CostcalcError] = {}
        for places, arrays in self.by_structure(values, costs_of):
            if isinstance(arrays, CostcalcError):
                faults[tuple(int(own[0]) for own in places)] = arrays
                continue
            for metric, array in arrays.items():
                if array.shape == shape:
                    found[metric] = array
                    continue
                whole = found.setdefault(metric, np.empty(shape, dtype=array.dtype))
                if array.dtype != whole.dtype:
                    whole = found[metric] = whole.astype(object)
                whole[np.ix_(*places)] = array
        if faults:
            first = min(faults)
            self.at([axis[place] for axis, place in zip(values, first, strict=True)])
            raise faults[first]  # never reached unless the grid finds a fault that ints do not
        return found

    def by_structure(
        self, values: list[list[Any]], call: Callable[[list[list[Any]]], Part]
    ) -> Iterator[tuple[list[Array], Part]]:
        """Call a function for each part of a grid in which the network has one structure.

        Yields the positions of the part along each axis, and what the function returned.
        """
        import numpy as np

        from costcalc.numeric.grid import SplitError, split

        # A param whose values are texts has one value in a part.
        ways = [
            [[place] for place in range(len(axis))]
            if any(isinstance(value, str) for value in axis)
            else [range(len(axis))]
            for axis in values
        ]
        waiting = [[np.array(places) for places in part] for part in product(*ways)]
        waiting.reverse()
        while waiting:
            places = waiting.pop()
            some = [
                axis if len(own) == len(axis) else [axis[place] for place in own]
                for axis, own in zip(values, places, strict=True)
            ]
            try:
                yield places, call(some)
            except SplitError as error:
                number, groups = split(error.labels)
                for group in reversed(groups):
                    own = places[number][group]
                    waiting.append([*places[:number], own, *places[number + 1 :]])


def value_text(value: Any) -> str:
    """Write a value of an axis for people."""
    if isinstance(value, tuple):
        return FeatureMap(1, *value).__str__().partition("×")[2]
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return decimal_text(value)
    return str(value)
