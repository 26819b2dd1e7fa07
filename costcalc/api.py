"""What the commands do, for Python: one call of the same name each."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from costcalc.accounting.convention import Accounting, accounting, convention_names, load_convention
from costcalc.costs.convention_counts import Counting
from costcalc.costs.shipped import ShippedNetwork, list_networks
from costcalc.errors import CostcalcError, FaultKey, Faults, Position, Problems
from costcalc.explore.plan import Axis, Plan
from costcalc.explore.ranges import (
    ALPHA,
    RESOLUTION,
    RHO,
    Knob,
    Values,
    listed,
    param_knob,
    read_range,
)
from costcalc.explore.solve import Solved, search_ranges, solve
from costcalc.explore.sweep import Sweep
from costcalc.graph.builder import build
from costcalc.graph.knobs import Knobs
from costcalc.language.block_file import check_blocks, has_blocks_alone
from costcalc.language.lookup import find_text, load_file
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import check_param, read_override
from costcalc.language.published import read_published
from costcalc.language.yaml_nodes import YamlNode
from costcalc.metrics import check_metrics
from costcalc.project.limits import LimitReader, read_limit
from costcalc.results import Formula, Table

__all__ = [
    "Formula",
    "Model",
    "ShippedNetwork",
    "Solved",
    "Sweep",
    "Table",
    "conventions",
    "formula",
    "list_networks",
    "load",
    "validate",
]

MAX_POINTS = 100_000_000
"""Of a sweep, unless more are asked for."""


def conventions(net: str, variant: str | None = None, **setting: Any) -> dict[str, Counting]:
    """A network as every shipped convention counts it, by name; the setting as in `Model.cost`.

    Each has `total()` in its `convention.unit` and `params()`. Raises CostcalcError.
    """
    network = load(net, variant).cost(**setting).network
    return {name: Counting(network, load_convention(name)) for name in convention_names()}


def formula() -> Formula:
    """The seed: what a depthwise separable convolution costs and saves, as formulas."""
    from costcalc.formulas import seed

    return Formula(seed())


class Model:
    """A network of a file, to be costed at any setting of its knobs."""

    def __init__(
        self, file: NetworkFile, variant: str | None, counted: Accounting | None = None
    ) -> None:
        self.file = file
        self.variant, _ = file.variant(variant)
        self.accounting = counted or Accounting()

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
        **more: Any,
    ) -> Table:
        """The cost table at one setting; what is not given is as the file says.

        alpha, rho: exact ratios above 0, as text ("0.75", "6/7"), int or Fraction. resolution:
        a side, "HxW" or (height, width). `params` and other keywords replace params of the
        network; a text is an expression in its language.
        Raises CostcalcError where a setting or the network at it is faulty.
        """
        if rho is not None and resolution is not None:
            raise CostcalcError("give rho or resolution, not both")
        size = None if resolution is None else _resolution(resolution)
        knobs = Knobs(_ratio(ALPHA, alpha), _ratio(RHO, rho), size)
        given = {**(params or {}), **more}
        overrides = {name: read_override(self.file, name, value) for name, value in given.items()}
        with _uncollected():
            return Table(
                build(self.file, self.variant, knobs, overrides, accounting=self.accounting)
            )

    def plan(
        self,
        params: Mapping[str, Any] | None = None,
        *,
        alpha: Any = None,
        rho: Any = None,
        resolution: Any = None,
        most: int | None = MAX_POINTS,
    ) -> Plan:
        """The points of a sweep, before anything is costed; see `sweep`."""
        if rho is not None and resolution is not None:
            raise CostcalcError("give rho or resolution, not both")
        axes = [
            Axis(knob.name, _values(given, knob))
            for knob, given in ((ALPHA, alpha), (RHO, rho), (RESOLUTION, resolution))
            if given is not None
        ]
        fixed = {}
        for name, given in (params or {}).items():
            check_param(self.file, name)
            values = _values(given, param_knob(name, self._steps_by_one(name)))
            if values.count > 1:
                axes.append(Axis(name, values, is_param=True))
            else:
                fixed[name] = read_override(self.file, name, values.all()[0])
        plan = Plan(self.file, self.variant, axes, fixed, self.accounting)
        if most is not None and plan.count > most:
            raise CostcalcError(
                f"the sweep has {plan.count:,} points, and the limit is {most:,}",
                hint="shorten a range, or raise the limit: max_points (--max-points)",
            )
        return plan

    def _steps_by_one(self, name: str) -> bool:
        """Whether a param is a whole number as the network has it."""
        value = self.file.variant(self.variant)[1].params.get(name)
        return value is None or not isinstance(value.constant, Fraction)

    def sweep(
        self,
        params: Mapping[str, Any] | None = None,
        /,
        *,
        alpha: Any = None,
        rho: Any = None,
        resolution: Any = None,
        metrics: Sequence[str] = ("macs", "params"),
        max_points: int | None = MAX_POINTS,
        **more: Any,
    ) -> Sweep:
        """The costs at every combination of values, computed when the call returns.

        alpha, rho, resolution and params of the network take a RANGE as text ("0.25..1.0:0.25"),
        one value, or a sequence of values. The metrics (names of
        `costcalc.metrics.METRICS`) are attributes of the result: arrays with an axis for each knob
        that is given, in the order alpha, rho or resolution, params; int64, or Python ints where
        int64 would not hold them. `axes` has the values. Raises CostcalcError.
        """
        plan = self.plan(
            {**(params or {}), **more},
            alpha=alpha,
            rho=rho,
            resolution=resolution,
            most=max_points,
        )
        check_metrics(metrics)
        with _uncollected():
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
    ) -> Formula:
        """MACs and params by alpha and rho: the law, unrounded, or with `exact` the integers.

        free: params of the network that stay symbols too. With `layer`, the formulas of a layer or
        block with its numbers at alpha, rho or resolution instead. Raises CostcalcError.
        """
        from costcalc.formulas import exact_formula, layer_formulas, network_law

        names = [free] if isinstance(free, str) else list(free)
        knobs = {"alpha": alpha, "rho": rho, "resolution": resolution}
        if layer is not None:
            if exact or names:
                raise CostcalcError("the formulas of a layer go with neither exact nor free")
            table = self.cost(params, alpha=alpha, rho=rho, resolution=resolution)
            return Formula(layer_formulas(table, layer))
        if any(value is not None for value in knobs.values()):
            raise CostcalcError(
                "alpha and rho are symbols of the formula", hint="--layer puts numbers in"
            )
        plan = self.plan(params)
        if plan.axes:
            raise CostcalcError(f"{plan.axes[0].name}: give one value")
        with _uncollected():
            make = exact_formula if exact else network_law
            return Formula(make(plan, names))

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
    ) -> Solved:
        """The largest settings that keep within limits, such as {"macs": "150M"}.

        vary: the knobs to look along: alpha unless said, rho, resolution, params of the network;
        with several, the settings that no other has larger knobs than. ranges: "a..b" by knob,
        (0, 2] for alpha and rho and up to twice the network's own for all others unless said.
        Knobs that are not varied may be given. Raises CostcalcError.
        """
        names = [vary] if isinstance(vary, str) else list(vary or ranges or ["alpha"])
        plan = self.plan(params, alpha=alpha, rho=rho, resolution=resolution)
        read = {name: read_limit(name, value) for name, value in limits.items()}
        if not read:
            raise CostcalcError("there is no limit", hint="such as macs=150M")
        with _uncollected():
            return solve(plan, read, search_ranges(plan, names, ranges or {}))


def load(
    net: str,
    variant: str | None = None,
    *,
    convention: str | None = None,
    fold_batch_norm: bool = False,
) -> Model:
    """The network NET: a path, `-` for standard input, or a shipped network or variant by name.

    convention: whose totals, such as "fvcore", or the path of a convention file. fold_batch_norm:
    batch norm goes into the convolution before it, as deployed.
    Raises CostcalcError (several faults: Problems) where it is not found or faulty.
    """
    with _uncollected():
        file, named = load_file(net)
    counted = accounting(convention, fold_batch_norm)
    return Model(file, variant if variant is not None else named, counted)


MAX_LAYERS = 200_000
"""Of all variants of a file that is validated."""


def validate(net: str) -> None:
    """Raise Problems with everything that is wrong with a network and all its variants.

    A file of blocks alone, for other files to include, is validated as well.
    """
    told: dict[FaultKey, tuple[CostcalcError, list[str]]] = {}
    layers = collected = 0
    with _uncollected():
        path, text = find_text(net)
        if has_blocks_alone(text, path):
            check_blocks(text, path)
            return
        file = NetworkFile(text, path)
        figures = {id(node): node for node in (file.base.published, *_published(file))}
        for node in figures.values():
            read_published(file.path, node, file.variants)
        if "budgets" in file.parts:
            faults = Faults()
            LimitReader(file.path, faults).read(file.parts["budgets"][1], file.variants)
            if faults:
                raise Problems(faults)
        for name in file.variants or (None,):
            try:
                layers += len(Table(build(file, name)).layers)
            except CostcalcError as error:
                for problem in error.problems:
                    told.setdefault(problem.key, (problem, []))[1].append(name or "")
            if layers > collected + MAX_LAYERS // 4:
                collected = layers
                gc.collect()  # a network is a circle of blocks and layers
            if layers > MAX_LAYERS:
                raise CostcalcError(
                    f"the variants have more than {MAX_LAYERS:,} layers altogether",
                    position=Position(file.path, 1, 1),
                )
    found = Faults()
    for problem, variants in told.values():
        if len(variants) < len(file.variants):
            problem.notes.append(f"in variant {', '.join(variants)}")
        found.append(problem)
    if found:
        raise Problems(found)


def _published(file: NetworkFile) -> Iterator[YamlNode | None]:
    return (variant.published for variant in file.variants.values())


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: a network is many small objects, and none is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _values(given: Any, knob: Knob) -> Values:
    """The values of a knob: a RANGE as text, one value, or several."""
    if isinstance(given, str):
        return read_range(given, knob)
    several = isinstance(given, Iterable) and not (
        isinstance(given, tuple) and knob.name == "resolution" and len(given) == 2
    )
    values = listed(_value(value, knob) for value in (given if several else [given]))
    if not values.count:
        raise knob.fault("there is no value")
    return values


def _value(given: Any, knob: Knob) -> Any:
    if type(given) is Fraction and given > 0 and knob in (ALPHA, RHO):
        return given
    if isinstance(given, float):
        raise CostcalcError(
            f"{knob.name} is exact: give it as text ('{given}') or as a Fraction, not as a float"
        )
    text = "x".join(map(str, given)) if isinstance(given, tuple) else str(given)
    try:
        return knob.read(text)
    except ValueError as error:
        raise CostcalcError(f"{knob.name}: {error}") from None


def _ratio(knob: Knob, given: str | int | Fraction | None) -> Fraction | None:
    ratio: Fraction | None = None if given is None else _value(given, knob)
    return ratio


def _resolution(given: int | str | tuple[int, int]) -> tuple[int, int]:
    size = _value(given, RESOLUTION)
    return size if isinstance(size, tuple) else (size, size)
