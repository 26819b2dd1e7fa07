"""The inputs that a network's file states where params that vary decide their sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from costcalc.explore.plan import Plan
from costcalc.language.inputs import Shape, needed_params


def inputs_along(
    plan: Plan, numbers: Sequence[int], values: Sequence[Sequence[Any]]
) -> Iterator[dict[str, Shape]]:
    """The stated inputs at all combinations of values along some axes of params."""
    axes = [plan.axes[number] for number in numbers]
    for point in product(*(values[number] for number in numbers)):
        pairs = zip(axes, point, strict=True)
        yield plan.inputs_with({axis.name: plan.override(axis, value) for axis, value in pairs})


def resolution_axes(plan: Plan) -> list[int]:
    """The axes of params on which the height and width of the stated inputs depend."""
    assert plan.declared.inputs is not None
    images = {name: own[-2:] for name, own in plan.declared.inputs.items() if len(own) > 2}
    needed = needed_params(images, {**plan.declared.params, **plan.setting.params})
    axes = {number: axis for number, axis in enumerate(plan.axes) if axis.is_param}
    own = [number for number, axis in axes.items() if axis.name in needed]
    # A value that is an expression may need any other param.
    return list(axes) if any(axes[number].has_texts for number in own) else own
