"""`costcalc sweep`: the settings of a plan, and what the network costs at each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from operator import or_
from typing import Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.accuracy import accuracies
from costcalc.explore.inputs import inputs_along, resolution_axes
from costcalc.explore.plan import Plan
from costcalc.explore.table import Chunk, Column, SweepTable, joined
from costcalc.graph.builder import build
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.metrics import METRICS, check_metrics, with_limits
from costcalc.numeric.exact import Number

RATIOS = ("ratio", "share", "top1")
"""What a sweep can show beside metrics: macs over those of the network all standard, macs over
those of the network as written, and published accuracy."""

CHUNK = 1 << 20
"""Points that are computed at a time: far more than layers, so that building the network, once for
each chunk, takes little of the time; and few enough that their arrays take some 100 MB."""


class Swept(NamedTuple):
    """A sweep, and the points of it that are reported."""

    sweep: Sweep
    tables: Iterable[SweepTable]
    rule: str | None = None
    """Why these points were kept, in words; None where all were."""


class Sweep:
    """A plan, its metrics and limits; costs are computed when they are read."""

    def __init__(
        self,
        plan: Plan,
        metrics: Sequence[str],
        limits: Mapping[str, Number] | None = None,
        source: str | None = None,
    ) -> None:
        check_metrics(metrics, [*METRICS, *RATIOS])
        self.plan = plan
        self.metrics = list(dict.fromkeys(metrics))
        self.limits = dict(limits or {})
        check_metrics(self.limits, with_limits())
        self.accuracy = accuracies(plan, source)
        counts = [metric for metric in (*self.metrics, *self.limits) if metric in METRICS]
        if "ratio" in self.metrics:
            counts += ["macs", "standard_macs"]
        if "share" in self.metrics:
            counts.append("macs")
        self.counts = tuple(dict.fromkeys(counts))
        """The metrics that are computed at each point."""
        plan.for_metrics(self.counts)

    @property
    def name(self) -> str:
        return self.plan.name

    @cached_property
    def full(self) -> dict[str, Number] | None:
        """The costs of the network as it is written; None where it cannot be built that way."""
        try:
            return measure(build(self.plan.file, self.plan.setting), self.counts)
        except CostcalcError:
            return None

    def tables(self, size: int | None = None) -> Iterator[SweepTable]:
        """Compute all points in order, as tables of at most `size` points.

        The columns are alpha, rho, resolution, batch where it is given, the params that vary (named
        by their axes' keys), top1, each of `counts` and, with limits, `exceeds`: the limits that a
        point is above.
        """
        for chunk in self.plan.chunks(self.counts, size or CHUNK):
            table = self._knobs(chunk)
            table.update(chunk.metrics())
            if self.limits:
                table["exceeds"] = self._exceeds(table)
            yield table

    @cached_property
    def table(self) -> SweepTable:
        """All points at once."""
        return joined(self.tables())

    def compute(self) -> None:
        """Compute all points at once; the metrics are then attributes, as arrays."""
        import numpy as np

        from costcalc.numeric.tables import INT64

        shape = tuple(axis.count for axis in self.plan.axes)
        arrays: dict[str, Any] = {}
        start = 0
        for chunk in self.plan.chunks(self.counts, CHUNK):
            for count in self.counts:
                part: Any = chunk.counts[count]
                if isinstance(part, list):
                    fits = all(type(value) is int and abs(value) <= INT64 for value in part)
                    part = np.array(part, dtype=np.int64 if fits else object)
                if part.size == prod(shape):
                    arrays[count] = part.reshape(shape)
                    continue
                array = arrays.setdefault(count, np.empty(prod(shape), dtype=np.int64))
                if part.dtype != array.dtype:
                    array = arrays[count] = array.astype(object)
                array[start : start + part.size] = part.reshape(-1)
            start += chunk.points
        self.arrays = {count: array.reshape(shape) for count, array in arrays.items()}

    @property
    def axes(self) -> dict[str, list[Any]]:
        """The values of the knobs that were given, in the order of the arrays' axes."""
        return {axis.key: axis.slice(0, axis.count) for axis in self.plan.axes}

    @property
    def all_axes(self) -> dict[str, list[Any]]:
        """The values of alpha, of rho or resolution, and of batch and params where they vary."""
        given = self.axes
        axes = {"alpha": given.pop("alpha", [self.plan.alpha])}
        if "rho" in given:
            axes["rho"] = given.pop("rho")
        else:
            own = given.pop("resolution", None)
            if own is None and not resolution_axes(self.plan):
                inputs = AS_WRITTEN.inputs(self.plan.inputs)
                own = [next(iter(inputs.values())).resolution]
            if own is not None:
                axes["resolution"] = own
        return axes | given

    def __getattr__(self, name: str) -> Any:
        arrays = self.__dict__.get("arrays", {})
        if name in arrays:
            return arrays[name]
        hint = f"; ask for it: sweep(..., metrics=['{name}'])" if name in METRICS else ""
        raise AttributeError(f"the sweep has no '{name}'{hint}")

    def _knobs(self, chunk: Chunk) -> SweepTable:
        """Make the columns of the knobs and of published accuracy."""
        own = {axis.key: number for number, axis in enumerate(self.plan.axes)}
        space = own.get("rho", own.get("resolution"))
        alphas = chunk.axes[own["alpha"]] if "alpha" in own else [self.plan.alpha]
        settings = [AS_WRITTEN]
        if "rho" in own:
            settings = [Setting(rho=rho) for rho in chunk.axes[own["rho"]]]
        elif "resolution" in own:
            settings = [Setting(resolution=size) for size in chunk.axes[own["resolution"]]]
        # Each setting with the inputs that are stated there: params may decide their sides.
        sized = resolution_axes(self.plan)
        points = [
            (one, inputs)
            for inputs in inputs_along(self.plan, sized, chunk.axes)
            for one in settings
        ]
        sizes = [next(iter(one.inputs(inputs).values())).resolution for one, inputs in points]
        table = SweepTable()
        table.shape = chunk.shape
        table["alpha"] = Column(alphas, chunk.places(own.get("alpha")))
        table["rho"] = Column(
            [one.ratio(inputs) for one, inputs in points], chunk.joint_places([*sized, space])
        )
        table["resolution"] = Column(sizes, table["rho"].places)
        for name in self.plan.further:
            table[name] = Column(chunk.axes[own[name]], chunk.places(own[name]))
        # There are few published accuracies: find the points that they belong to.
        published = self.accuracy.top1 if self.accuracy else {}
        rows = _positions(alphas, {setting.alpha for setting in published})
        places = _positions(sizes, {setting.resolution for setting in published})
        batch = own.get("batch")
        samples = range(1 if batch is None or not published else len(chunk.axes[batch]))
        table["top1"] = chunk.marked(
            {
                row * chunk.stride(own.get("alpha"))
                + place * chunk.stride(space)
                + size * chunk.stride(batch): top1
                for setting, top1 in published.items()
                for row in rows.get(setting.alpha, ())
                for place in places.get(setting.resolution, ())
                for size in samples
            }
        )
        return table

    def _exceeds(self, table: SweepTable) -> Column:
        """Say which limits each point is above. In the codes every limit has a bit."""
        names = list(self.limits)
        sets = [
            [name for bit, name in enumerate(names) if code >> bit & 1]
            for code in range(1 << len(names))
        ]
        codes: Any = 0
        for bit, (name, limit) in enumerate(self.limits.items()):
            counts: Any = table[name].values
            if isinstance(counts, list):
                over = [(count > limit) << bit for count in counts]
                codes = list(map(or_, codes, over)) if codes else over
            else:
                codes = codes + ((counts > limit).astype(int) << bit)
        return Column(sets, codes)


def _positions(values: Sequence[Any], wanted: Collection[Any]) -> dict[Any, list[int]]:
    """Find the positions of a few values among many."""
    found: dict[Any, list[int]] = {}
    for place, value in enumerate(values) if wanted else ():
        if value in wanted:
            found.setdefault(value, []).append(place)
    return found
