"""Axes of a map become one place each: their sum, their mean, their largest element."""

from __future__ import annotations

from typing import ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.fields import REQUIRED, word
from costcalc.layers.fields import TextField as Text
from costcalc.layers.pattern import BATCH, Pattern, bind, check_sizes, made, read_pattern
from costcalc.layers.rearrange import Patterned
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape

REDUCTIONS = ("mean", "sum", "max", "min", "product", "norm")


def _reduction(value: object) -> Pattern:
    pattern = read_pattern(value)
    if len(pattern.inputs) != 1:
        raise CostcalcError(f"{str(pattern)!r} reads {len(pattern.inputs)} maps")
    known = pattern.inputs[0].axes
    new = [axis for axis in pattern.output.axes if axis not in known]
    if new or BATCH in known:
        what = f"{' and '.join(new)} only behind the arrow" if new else "b, the batch"
        raise CostcalcError(
            f"{str(pattern)!r} has {what}", hint="such as c h w -> c 1 w, whose rows become one"
        )
    return pattern


class Reduce(Patterned, type="reduce", family="poolings"):
    """One element of all along some axes, by a pattern in einops' notation.

    Shapes: as the pattern says, the channels first: c h w -> c h, or c h w -> 1 h w. Axes that the
    output lacks are those that are taken together.
    Errors: the map has other axes.
    Source: Rogozhnikov 2022, ICLR, "Einops" (reduce).
    """

    pattern: Pattern = Text("pattern", _reduction, REQUIRED).means("the axes before and behind")
    function: str = word(REDUCTIONS, "mean").means("what is made of the elements")

    pattern_field: ClassVar[str | None] = "pattern"

    def output(self, x: TensorShape) -> TensorShape:
        side = self.pattern.inputs[0]
        try:
            check_sizes(side, self.axis_sizes)
            found = bind(side, x, self.axis_sizes)
        except CostcalcError as error:
            raise self.does_not_fit(error) from None
        return made(self.pattern.output, found.sizes, found.rest, x.batch)

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per input element."""
        return x.elements
