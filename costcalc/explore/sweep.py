"""`costcalc sweep`: the points of a plan with what each costs, keeps, exceeds and reaches.

Chunks of columns serve what is written as it comes, points what must be seen as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from costcalc.costs.published import figures_of, setting_of
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError, nearest
from costcalc.explore.plan import KNOBS, Block, Plan
from costcalc.graph.builder import build
from costcalc.graph.knobs import Knobs
from costcalc.language.overrides import check_knob
from costcalc.language.published import Figures
from costcalc.metrics import METRICS, check_metrics
from costcalc.numeric.exact import EXACT

RATIOS = ("ratio", "share", "top1")
"""What a sweep can show beside metrics: macs over all standard and over own macs, accuracy."""


CHUNK = 1 << 16
"""Points that are written at a time."""
BLOCK = 1 << 22
"""Points that are computed at a time where the result is kept anyway."""


class Point(NamedTuple):
    """One setting and what is known of it."""

    alpha: Fraction
    rho: Fraction | None
    resolution: tuple[int, int]
    params: dict[str, Any]
    """The values of the network's params that vary, by their axes' keys."""
    counts: dict[str, int]
    top1: Fraction | None
    exceeds: list[str]
    """The metrics that are above their limits."""

    @property
    def ratio(self) -> Fraction | None:
        """macs over those of the all-standard network."""
        standard = self.counts["standard_macs"]
        return Fraction(self.counts["macs"], standard) if standard else None

    def knob(self, name: str) -> Any:
        """The value of a knob by its name."""
        return self.params[name] if name in self.params else getattr(self, name)


class Accuracy(NamedTuple):
    """Published top-1 accuracies of one source, by setting."""

    source: str
    top1: dict[Any, Fraction]
    others: list[str]
    """The other sources that there are."""


def accuracies(plan: Plan, source: str | None) -> Accuracy | None:
    """The accuracies of a source, by its name or a part of it; of the first unless said.

    None where the network has none, or params were given that make another network of it.
    """
    found: dict[str, list[Figures]] = {}
    for figures in figures_of(plan.file, plan.variant):
        if figures.top1 is not None:
            found.setdefault(figures.source or "published", []).append(figures)
    chosen = list(found)[:1]
    if source is not None:
        chosen = [name for name in found if source.lower() in name.lower()]
        if source in found:
            chosen = [source]
        if len(chosen) != 1:
            what = "is in the names of several sources" if chosen else "is no source of accuracy"
            raise CostcalcError(
                f"'{source}' {what} of {plan.file.name}",
                hint=nearest(source, found)
                or (f"it has: {'; '.join(found)}" if found else "it has none"),
            )
    if not chosen or plan.fixed or plan.params:
        return None
    top1 = {
        setting_of(figures, plan.settings): figures.top1
        for figures in found[chosen[0]]
        if figures.top1 is not None
    }
    return Accuracy(chosen[0], top1, [name for name in found if name != chosen[0]])


class Sweep:
    """A plan, costed as it is asked for."""

    def __init__(
        self,
        plan: Plan,
        metrics: Sequence[str],
        limits: Mapping[str, int] | None = None,
        source: str | None = None,
    ) -> None:
        check_metrics(metrics, [*METRICS, *RATIOS])
        self.plan = plan
        self.metrics = list(dict.fromkeys(metrics))
        self.limits = dict(limits or {})
        check_metrics(self.limits)
        self.accuracy = accuracies(plan, source)
        counts = [metric for metric in (*self.metrics, *self.limits) if metric in METRICS]
        if "ratio" in self.metrics:
            counts += ["macs", "standard_macs"]
        if "share" in self.metrics:
            counts.append("macs")
        self.counts = tuple(dict.fromkeys(counts))
        """What is measured at each point."""

    @property
    def name(self) -> str:
        return self.plan.variant or self.plan.file.name

    @cached_property
    def full(self) -> dict[str, int] | None:
        """The counts of the network as it is written; None where it cannot be built so."""
        try:
            plan = self.plan
            network = build(
                plan.file, plan.variant, Knobs(), plan.fixed, accounting=plan.accounting
            )
            return measure(network, self.counts)
        except CostcalcError:
            return None

    def chunks(self, size: int = CHUNK) -> Iterator[dict[str, list[Any]]]:
        """All points, part by part: a column for each knob, count, top1 and what is exceeded."""
        for block in self.plan.blocks(self.counts, size):
            columns = self._knobs(block)
            columns |= {count: block.column(count) for count in self.counts}
            columns["exceeds"] = self._exceeds(columns)
            yield columns

    def compute(self) -> None:
        """Cost all points; the metrics are arrays from then on."""
        import numpy as np

        from costcalc.numeric.grid import INT64

        shape = tuple(axis.count for axis in self.plan.axes)
        arrays: dict[str, Any] = {}
        start = 0
        for block in self.plan.blocks(self.counts, BLOCK):
            for count in self.counts:
                part = block.counts[count]
                if isinstance(part, list):
                    fits = all(abs(value) <= INT64 for value in part)
                    part = np.array(part, dtype=np.int64 if fits else object)
                if part.size == prod(shape):
                    arrays[count] = part.reshape(shape)
                    continue
                array = arrays.setdefault(count, np.empty(prod(shape), dtype=np.int64))
                if part.dtype != array.dtype:
                    array = arrays[count] = array.astype(object)
                array[start : start + part.size] = part.reshape(-1)
            start += block.points
        self.arrays = {count: array.reshape(shape) for count, array in arrays.items()}

    @property
    def axes(self) -> dict[str, list[Any]]:
        """The values of each knob that was given, in the order of the arrays' axes."""
        return {axis.key: axis.slice(0, axis.count) for axis in self.plan.axes}

    @property
    def all_axes(self) -> dict[str, list[Any]]:
        """The values of alpha, of rho or resolution, and of the params that vary."""
        given = self.axes
        axes = {"alpha": given.pop("alpha", [self.plan.alpha])}
        if "rho" in given:
            axes["rho"] = given.pop("rho")
        else:
            inputs = Knobs().inputs(self.plan.settings.inputs or {})
            axes["resolution"] = given.pop("resolution", [next(iter(inputs.values()))[1:]])
        return axes | given

    def __getattr__(self, name: str) -> Any:
        arrays = self.__dict__.get("arrays", {})
        if name in arrays:
            return arrays[name]
        hint = f"; ask for it: sweep(..., metrics=['{name}'])" if name in METRICS else ""
        raise AttributeError(f"the sweep has no '{name}'{hint}")

    @cached_property
    def points(self) -> list[Point]:
        return [point for chunk in self.chunks() for point in self.points_of(chunk)]

    def points_of(self, chunk: dict[str, list[Any]]) -> Iterator[Point]:
        counts = [chunk[count] for count in self.counts]
        params = [chunk[name] for name in self.plan.params]
        settings = (chunk[name] for name in ("alpha", "rho", "resolution", "top1", "exceeds"))
        for place, (alpha, rho, size, top1, exceeds) in enumerate(zip(*settings, strict=True)):
            yield Point(
                alpha,
                rho,
                size,
                {
                    name: values[place]
                    for name, values in zip(self.plan.params, params, strict=True)
                },
                {name: values[place] for name, values in zip(self.counts, counts, strict=True)},
                top1,
                exceeds,
            )

    def chunk_of(self, points: Sequence[Point]) -> dict[str, list[Any]]:
        """Points as a chunk again."""
        names = ("alpha", "rho", "resolution", "top1", "exceeds")
        columns = {name: [getattr(point, name) for point in points] for name in names}
        columns |= {name: [point.counts[name] for point in points] for name in self.counts}
        return columns | {name: [p.params[name] for p in points] for name in self.plan.params}

    def _knobs(self, block: Block) -> dict[str, list[Any]]:
        """A column for each knob, and one of published accuracy."""
        own = {axis.key: number for number, axis in enumerate(self.plan.axes)}
        space = own.get("rho", own.get("resolution"))
        inputs = self.plan.settings.inputs
        assert inputs is not None
        alphas = block.axes[own["alpha"]] if "alpha" in own else [self.plan.alpha]
        knobs = [Knobs()]
        if "rho" in own:
            knobs = [Knobs(rho=rho) for rho in block.axes[own["rho"]]]
        elif "resolution" in own:
            knobs = [Knobs(resolution=size) for size in block.axes[own["resolution"]]]
        sizes = [next(iter(knob.inputs(inputs).values()))[1:] for knob in knobs]
        columns = {
            "alpha": block.along(own.get("alpha"), alphas),
            "rho": block.along(space, [knob.ratio(inputs) for knob in knobs]),
            "resolution": block.along(space, sizes),
        }
        for name in self.plan.params:
            columns[name] = block.along(own[name], block.axes[own[name]])
        columns["top1"] = self._top1(block, alphas, own.get("alpha"), sizes, space)
        return columns

    def _top1(
        self,
        block: Block,
        alphas: list[Any],
        alpha: int | None,
        sizes: list[Any],
        space: int | None,
    ) -> list[Fraction | None]:
        """Published accuracies are few: each is put where its setting is."""
        column: list[Fraction | None] = [None] * block.points
        for (own_alpha, size), top1 in self.accuracy.top1.items() if self.accuracy else ():
            rows = [row for row, value in enumerate(alphas) if value == own_alpha]
            for row in rows:
                for place, value in enumerate(sizes):
                    if value == size:
                        column[row * block.stride(alpha) + place * block.stride(space)] = top1
        return column

    def _exceeds(self, columns: Mapping[str, list[Any]]) -> list[list[str]]:
        if not self.limits:
            return [[]] * len(columns["alpha"])
        checked = [
            [count > limit for count in columns[name]] for name, limit in self.limits.items()
        ]
        return [
            [name for name, over in zip(self.limits, row, strict=True) if over]
            for row in zip(*checked, strict=True)
        ]


def pareto(
    sweep: Sweep, points: Sequence[Point], costs: Sequence[str], maximize: str | None
) -> tuple[list[Point], str]:
    """The points that no other beats, and by which rule in words.

    One beats another that costs no less and reaches no more, if they differ. What is reached is
    published accuracy, or the value of the knob `maximize`. Raises CostcalcError where neither is.
    """
    if maximize is None and not any(point.top1 is not None for point in points):
        raise CostcalcError(
            "no point has published accuracy to choose by",
            hint="--maximize alpha, or another knob, chooses by that",
        )
    if maximize is not None:
        check_knob(sweep.plan.file, maximize)
        if maximize not in KNOBS:
            maximize = next((a.key for a in sweep.plan.axes if a.name == maximize), maximize)
            values = [point.params.get(maximize) for point in points]
            if not all(isinstance(value, EXACT) for value in values):
                raise CostcalcError(f"{maximize} does not take numbers in this sweep")
    if not costs:
        raise CostcalcError("there is no cost to choose by", hint="--metric macs, or others")
    what = "published accuracy" if maximize is None else maximize
    rule = f"kept: no other point has no more {' and '.join(costs)} and no less {what}"
    return front(points, costs, maximize), rule


def front(points: Sequence[Point], costs: Sequence[str], maximize: str | None) -> list[Point]:
    """The points that no other beats, cheapest first."""

    def reached(point: Point) -> Any:
        value = point.top1 if maximize is None else point.knob(maximize)
        return value[0] * value[1] if isinstance(value, tuple) else value

    def order(point: Point) -> Any:
        return [point.counts[cost] for cost in costs], -reached(point)

    kept: list[Point] = []
    for point in sorted((point for point in points if reached(point) is not None), key=order):
        here = order(point)
        # Who could beat it stands before it; with one cost, the last that was kept reaches most.
        beaten = any(
            all(point.counts[cost] >= other.counts[cost] for cost in costs)
            and reached(other) >= reached(point)
            and order(other) != here
            for other in (kept[-1:] if len(costs) == 1 else kept)
        )
        if not beaten:
            kept.append(point)
    return kept
