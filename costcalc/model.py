"""A network of a file, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError
from costcalc.explore.ranges import (
    ALPHA,
    BATCH,
    RESOLUTION,
    RHO,
    param_knob,
    read_setting,
    read_values,
)
from costcalc.graph.builder import build
from costcalc.graph.collection import uncollected
from costcalc.graph.setting import AS_WRITTEN, Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import check_param, read_override
from costcalc.metrics import check_metrics, with_formulas
from costcalc.numeric.work import limited
from costcalc.results import Formula, Table

if TYPE_CHECKING:
    from costcalc.explore.plan import Plan
    from costcalc.explore.solve import Solved
    from costcalc.explore.sweep import Sweep
    from costcalc.spaces.drawn.survey import Survey
    from costcalc.spaces.space import Space

MAX_POINTS = 100_000_000
"""The points of a sweep, unless `max_points` says otherwise."""


class Model:
    """A network of a file, which can be costed at any setting."""

    def __init__(
        self, file: NetworkFile, variant: str | None, setting: Setting = AS_WRITTEN
    ) -> None:
        self.file = file
        self.setting = replace(setting, variant=file.variant(variant)[0])

    @property
    def name(self) -> str:
        return self.file.name

    def cost(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        alpha: str | int | Fraction | None = None,
        rho: str | int | Fraction | None = None,
        resolution: int | str | tuple[int, int] | None = None,
        batch: int | str | None = None,
        **more: Any,
    ) -> Table:
        """Cost the network at one setting; what is not given is as the file states it.

        alpha, rho: exact ratios above 0, as text ("0.75", "6/7"), int or Fraction. resolution:
        a side, "HxW" or (height, width). batch: samples of each input, 1 unless said. `params` and
        other keywords replace params of the network; a text is an expression in its language.
        Raises CostcalcError where a setting or the network at it is faulty.
        """
        given = replace(self.setting, params={**(params or {}), **more})
        setting = read_setting(given, alpha, rho, resolution, batch)
        with uncollected():
            return Table(build(self.file, setting))

    def plan(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        alpha: Any = None,
        rho: Any = None,
        resolution: Any = None,
        batch: Any = None,
        most: int | None = MAX_POINTS,
    ) -> Plan:
        """Plan a sweep: read the values of its knobs, and cost nothing yet; see `sweep`."""
        from costcalc.explore.axes import Axis
        from costcalc.explore.plan import Plan

        knobs = Setting(alpha=alpha, rho=rho, resolution=resolution, batch=batch)
        axes = [
            Axis(knob.name, read_values(given, knob))
            for knob in (ALPHA, RHO, RESOLUTION, BATCH)
            if (given := getattr(knobs, knob.name)) is not None
        ]
        fixed = {}
        for name, given in (params or {}).items():
            check_param(self.file, name)
            values = read_values(given, param_knob(name, self._steps_by_one(name)))
            if values.count > 1:
                axes.append(Axis(name, values, is_param=True))
            else:
                fixed[name] = read_override(self.file, name, values.all()[0])
        plan = Plan(self.file, replace(self.setting, params=fixed), axes)
        if most is not None and plan.count > most:
            raise CostcalcError(
                f"the sweep has {plan.count:,} points, and the limit is {most:,}",
                hint="shorten a range, or raise the limit: max_points (--max-points)",
            )
        return plan

    def _steps_by_one(self, name: str) -> bool:
        """Whether the network gives a param a whole number."""
        value = self.file.variant(self.setting.variant)[1].params.get(name)
        return value is None or not isinstance(value.constant, Fraction)

    def sweep(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        alpha: Any = None,
        rho: Any = None,
        resolution: Any = None,
        batch: Any = None,
        metrics: Sequence[str] = ("macs", "params"),
        max_points: int | None = MAX_POINTS,
        **more: Any,
    ) -> Sweep:
        """Cost the network at every combination of values.

        alpha, rho, resolution, batch and params of the network take a RANGE as text
        ("0.25..1.0:0.25"), one value, or a sequence of values. The metrics (names of
        `costcalc.metrics.METRICS`) are attributes of the result: arrays with an axis for each knob
        that is given, in the order alpha, rho or resolution, batch, params; int64, or Python ints
        where int64 would not hold them. `axes` has the values. Raises CostcalcError.
        """
        from costcalc.explore.sweep import Sweep

        plan = self.plan(
            {**(params or {}), **more},
            alpha=alpha,
            rho=rho,
            resolution=resolution,
            batch=batch,
            most=max_points,
        )
        check_metrics(metrics)
        with uncollected():
            sweep = Sweep(plan, metrics)
            sweep.compute()
        return sweep

    def formula(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        exact: bool = False,
        free: str | Sequence[str] = (),
        layer: str | None = None,
        alpha: str | int | Fraction | None = None,
        rho: str | int | Fraction | None = None,
        resolution: int | str | tuple[int, int] | None = None,
        batch: int | str | None = None,
        metrics: Sequence[str] = (),
    ) -> Formula:
        """Derive MACs and params by alpha and rho: without rounding, or with `exact` the integers.

        free: params of the network that stay symbols too. metrics: others than these. With
        `layer`, the formulas of a layer or block with its numbers at alpha, rho or resolution
        instead. batch: samples of each input. Raises CostcalcError.
        """
        from costcalc import formulas

        names = [free] if isinstance(free, str) else list(free)
        knobs = {"alpha": alpha, "rho": rho, "resolution": resolution}
        if layer is not None:
            if exact or names:
                raise CostcalcError("layer cannot be combined with exact or free")
            if metrics:
                raise CostcalcError("the formulas of a layer are those of all its metrics")
            table = self.cost(params, alpha=alpha, rho=rho, resolution=resolution, batch=batch)
            return Formula(formulas.layer_formulas(table, layer))
        if any(value is not None for value in knobs.values()):
            raise CostcalcError(
                "alpha and rho are symbols of the formula", hint="--layer puts numbers in"
            )
        plan = self.plan(params)
        plan.setting = read_setting(plan.setting, None, None, None, batch)
        if plan.axes:
            raise CostcalcError(f"{plan.axes[0].name}: give one value")
        what = "the exact formula" if exact else "the law"
        with uncollected(), limited(what, "analyze and sweep have no such limit") as work:
            make = formulas.exact_formula if exact else formulas.network_law
            named = tuple(dict.fromkeys(metrics)) or formulas.FORMULA_METRICS
            check_metrics(named, with_formulas())
            plan.for_metrics(named)
            return Formula(make(plan.within(work), names, named)._replace(plan=plan))

    def solve(
        self,
        limits: Mapping[str, int | str],
        *,
        vary: str | Sequence[str] | None = None,
        ranges: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        alpha: Any = None,
        rho: Any = None,
        resolution: Any = None,
        batch: Any = None,
    ) -> Solved:
        """Find the largest settings within limits, such as {"macs": "150M"}.

        vary: the knobs to look along: alpha unless said, rho, resolution, batch, params of the
        network; with several, the settings that no other has larger knobs than. ranges: "a..b" by
        knob, (0, 2] for alpha and rho, 1..1024 for batch and up to twice the network's own for all
        others unless said.
        Knobs that are not varied may be given. Raises CostcalcError.
        """
        from costcalc.explore.solve import search_domains, solve
        from costcalc.project.amounts import read_limit

        names = [vary] if isinstance(vary, str) else list(vary or ranges or ["alpha"])
        plan = self.plan(params, alpha=alpha, rho=rho, resolution=resolution, batch=batch)
        read = {name: read_limit(name, value) for name, value in limits.items()}
        if not read:
            raise CostcalcError("there is no limit", hint="such as macs=150M")
        hint = "narrow a range (--range), vary fewer knobs, or sweep instead"
        with uncollected(), limited("the search", hint) as work:
            plan = plan.within(work)
            return solve(plan, read, search_domains(plan, names, ranges or {}))

    def space(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        metrics: Sequence[str] = ("macs", "params"),
        **knobs: Any,
    ) -> Space:
        """The networks that the file describes, where values of it are choices.

        metrics: those that networks are counted and found by. Other keywords are as in `cost`.
        Raises CostcalcError where there are no choices, or too many depend on one another.
        """
        from costcalc.spaces.space import Space

        return Space(self.file, self._space_setting(params, knobs), metrics)

    def draws(
        self,
        count: int,
        params: Mapping[str, Any] | None = None,
        *,
        seed: int = 0,
        metrics: Sequence[str] = ("macs", "params"),
        **knobs: Any,
    ) -> Survey:
        """The same networks, by so many of them that are drawn choice by choice: estimates.

        It needs no walk, and so takes any space and any metric. The same seed draws the same.
        Other arguments are as for `space`. Raises CostcalcError where there are no choices.
        """
        from costcalc.spaces.drawn.survey import Survey

        return Survey(self.file, self._space_setting(params, knobs), metrics, count, seed)

    def _space_setting(self, params: Mapping[str, Any] | None, knobs: dict[str, Any]) -> Setting:
        own = [knobs.pop(name, None) for name in ("alpha", "rho", "resolution", "batch")]
        given = replace(self.setting, params={**(params or {}), **knobs})
        return read_setting(given, *own)
