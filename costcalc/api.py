"""What the commands do, for Python: one call of the same name each."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from costcalc import units
from costcalc.analysis import Analysis
from costcalc.errors import CostcalcError, Faults, Position, Problems, nearest
from costcalc.knobs import Knobs
from costcalc.listing import Listed, list_networks
from costcalc.network import build
from costcalc.published import Published, matching
from costcalc.spec.catalog import load_file
from costcalc.spec.document import Node, compose
from costcalc.spec.expressions import KNOBS
from costcalc.spec.network_file import NetworkFile
from costcalc.spec.published import read_published
from costcalc.spec.values import Value, Values

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from costcalc.report.sheet import Part

__all__ = ["Listed", "Model", "Table", "list_networks", "load", "validate"]


class Table(Analysis):
    """An analysis that shows itself: under rich, in a notebook, and as text."""

    @property
    def published(self) -> list[Published]:
        """The published figures for this very setting; the default source's first."""
        return matching(self)

    def _page(self) -> Iterator[Part]:
        from costcalc.report.page import analyses_page

        return analyses_page([self], [self.rows()], False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from costcalc.report.terminal import render

        return render(self._page(), options.max_width)

    def __str__(self) -> str:
        from costcalc.report.text import pieces

        return "".join(pieces(self._page()))

    def _repr_html_(self) -> str:
        from costcalc.report.html import page

        return page(self._page())


class Model:
    """A network of a file, to be costed at any setting of its knobs."""

    def __init__(self, file: NetworkFile, variant: str | None) -> None:
        self.file = file
        self.variant, _ = file.variant(variant)

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
        knobs = Knobs(_ratio("alpha", alpha), _ratio("rho", rho), size)
        overrides = self._overrides({**(params or {}), **more})
        with _uncollected():
            return Table(build(self.file, self.variant, knobs, overrides))

    def _overrides(self, params: Mapping[str, Any]) -> dict[str, Value]:
        names = (*self.file.network_params, *KNOBS)
        overrides = {}
        for name, given in params.items():
            if name not in self.file.network_params:
                if name == "variant":
                    raise CostcalcError("a variant is chosen by load(net, variant)")
                known = self.file.network_params
                raise CostcalcError(
                    f"the network has no param '{name}'",
                    hint=nearest(name, known)
                    or (f"it has {', '.join(known)}" if known else "it has none"),
                )
            found = Faults()
            place = f"the value of {name}"
            try:
                node = compose(_as_yaml(given), place, found)
                values = Values(place, self.file.constants, found)
                overrides[name] = values.read(name, node, names)
            except CostcalcError as error:
                found.append(error)
            if found:
                first = found[0].problems[0]
                raise CostcalcError(f"{name}: {first.message}", hint=first.hint)
        return overrides


def load(net: str, variant: str | None = None) -> Model:
    """The network NET: a path, `-` for standard input, or a shipped network or variant by name.

    Raises CostcalcError (several faults: Problems) where it is not found or faulty.
    """
    with _uncollected():
        file, named = load_file(net)
    return Model(file, variant if variant is not None else named)


MAX_LAYERS = 200_000
"""Of all variants of a file that is validated."""


def validate(net: str) -> None:
    """Raise Problems with everything that is wrong with a network and all its variants."""
    told: dict[str, tuple[CostcalcError, list[str]]] = {}
    layers = collected = 0
    with _uncollected():
        file, _ = load_file(net)
        figures = {id(node): node for node in (file.base.published, *_published(file))}
        for node in figures.values():
            read_published(file.path, node, file.variants)
        for name in file.variants or (None,):
            try:
                layers += len(Table(build(file, name)).layers)
            except CostcalcError as error:
                for problem in error.problems:
                    told.setdefault(str(problem), (problem, []))[1].append(name or "")
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


def _published(file: NetworkFile) -> Iterator[Node | None]:
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


def _ratio(knob: str, value: str | int | Fraction | None) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, float):
        raise CostcalcError(
            f"{knob} is exact: give it as text ('{value}') or as a Fraction, not as a float"
        )
    try:
        return units.ratio(str(value))
    except ValueError as error:
        raise CostcalcError(f"{knob}: {error}") from None


def _resolution(value: int | str | tuple[int, int]) -> tuple[int, int]:
    text = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
    try:
        return units.resolution(text)
    except ValueError as error:
        raise CostcalcError(f"resolution: {error}") from None


def _as_yaml(value: Any) -> str:
    """A Python value as a network would spell it; a text is an expression."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_as_yaml, value))}]"
    if isinstance(value, float):
        raise CostcalcError("values are exact: give a text, an int or a Fraction, not a float")
    return str(value)
