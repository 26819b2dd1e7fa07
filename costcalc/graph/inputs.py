"""The inputs of a network as its file states them, before rho or a resolution changes them.

Sides may be expressions over params, so these params are evaluated first: without alpha, which
scales no input, without rho, which scales what comes out here, and without the map itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from typing import Any, NoReturn

from costcalc.errors import CostcalcError
from costcalc.graph.evaluate import evaluate, undrawn
from costcalc.language.declared import Declared
from costcalc.language.expressions import MAP_VARIABLES
from costcalc.language.inputs import Shape, Sides, checked_side, needed_params
from costcalc.language.network_file import NetworkFile
from costcalc.language.values import DRAW, Choice, Value
from costcalc.language.yaml_nodes import position
from costcalc.numeric.exact import UNKNOWN, Number


def _raise(error: CostcalcError) -> NoReturn:
    raise error


def stated_inputs(
    file: NetworkFile,
    declared: Declared,
    record: Callable[[CostcalcError], object] = _raise,
    resolution: Sequence[Number] | None = None,
    draw: Callable[[Choice], Value] = undrawn,
) -> dict[str, Shape]:
    """The inputs by name, over the declared params; what is recorded as a fault is unknown.

    resolution: a height and width that are given, which stand in where the file leaves them open.
    draw: draws an option of a choice.
    """
    assert declared.inputs is not None
    inputs = dict(declared.inputs)
    left_open = set(file.network_params) - declared.params.keys()
    if resolution is not None and left_open:
        inputs = {name: _closed(sides, left_open, resolution) for name, sides in inputs.items()}
    scope = _Scope({DRAW: draw})
    for name in needed_params(inputs, declared.params):
        scope.what = f"the param '{name}', which the input needs,"
        try:
            scope[name] = evaluate(declared.params[name], scope, file.path)
        except CostcalcError as error:
            record(error)
            scope[name] = UNKNOWN

    def side(value: Value, from_behind: int) -> Number:
        scope.is_resolution = from_behind < 2
        if value.compute is None:
            return value.constant
        try:
            return checked_side(evaluate(value, scope, file.path))
        except CostcalcError as error:
            error.position = error.position or position(file.path, value.node)
            record(error)
            return UNKNOWN

    scope.what = "the input"
    return {
        name: tuple(map(side, sides, range(len(sides) - 1, -1, -1) if len(sides) > 2 else (2, 2)))
        for name, sides in inputs.items()
    }


def _closed(sides: Sides, left_open: Set[str], resolution: Sequence[Number]) -> Sides:
    """Put a resolution in place of a height and width that depend on params without a value."""
    if len(sides) < 3:
        return sides
    return (
        *sides[:-2],
        *(
            side if left_open.isdisjoint(side.names) else Value(side.node, number)
            for side, number in zip(sides[-2:], resolution, strict=True)
        ),
    )


class _Scope(dict[str, Any]):
    """Params by name; what the input cannot use says why."""

    what = ""
    """What is being evaluated."""
    is_resolution = False
    """Whether it is a height or width."""

    def __missing__(self, name: str) -> NoReturn:
        if name in ("alpha", "scaled"):
            raise CostcalcError(
                f"{self.what} cannot be scaled by alpha",
                hint="a fixed number of channels is a param whose name does not end in channels",
            )
        if name == "rho":
            raise CostcalcError(
                f"{self.what} cannot use rho", hint="rho scales the input's sides in any case"
            )
        if name in MAP_VARIABLES:
            raise CostcalcError(
                f"{self.what} cannot use {name}, which the input decides",
                hint="compute it from other params",
            )
        raise CostcalcError(
            f"'{name}' has no value here",
            hint=f"--set {name}=1 gives it one"
            + (", --resolution a height and width" if self.is_resolution else ""),
        )
