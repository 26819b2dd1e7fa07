"""Products of maps along axes that an equation names."""

from __future__ import annotations

from typing import ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.fields import REQUIRED
from costcalc.layers.fields import TextField as Text
from costcalc.layers.pattern import (
    BATCH,
    Bound,
    Pattern,
    Side,
    Term,
    bind,
    check_sizes,
    made,
    read_pattern,
    size_of,
)
from costcalc.layers.rearrange import Patterned
from costcalc.numeric.exact import Number, equal
from costcalc.shapes import TensorShape


def _equation(value: object) -> Pattern:
    equation = read_pattern(value)
    if len(equation.inputs) > 2:
        raise CostcalcError(
            f"{str(equation)!r} reads {len(equation.inputs)} maps, and einsum takes one or two",
            hint="multiply two of them first, so that the order and its cost are yours",
        )
    known = [axis for side in equation.inputs for axis in side.axes]
    new = [axis for axis in equation.output.axes if axis not in known]
    if new:
        raise CostcalcError(
            f"{str(equation)!r} has {' and '.join(new)} only behind the arrow",
            hint="1 is an axis of one place",
        )
    if BATCH in known and not equation.output.names_batch:
        raise CostcalcError(
            f"{str(equation)!r} loses b, the batch",
            hint="samples are not summed: b stands in front of what is made too",
        )
    return equation


class Einsum(Patterned, type="einsum", family="map_products"):
    """The sum of products of two maps, along axes that an equation names; of one map, its sums.

    Shapes: a term for each map in einops' notation, and one for the output: the scores of a heads
    are (a d) n, (a d) m -> a n m. In brackets the first axis is the slowest; all of them but one
    have sizes, as fields of their names. An axis b in front is the batch, which all terms share if
    none names it. Axes that the output lacks are summed over.
    Errors: a map has other axes, one axis has two sizes, or the sizes do not divide.
    Source: Rogozhnikov 2022, ICLR, "Einops"; NumPy's einsum.
    """

    equation: Pattern = Text("pattern", _equation, REQUIRED).means("a term for each map -> output")

    inputs = (1, 2)
    pattern_field: ClassVar[str | None] = "equation"

    def __init__(self, values: object = None, **more: object) -> None:
        super().__init__(values, **more)  # type: ignore[arg-type]
        self.moves_batch = "equation" in vars(self) and self.equation.output.names_batch

    def output(self, *maps: TensorShape) -> TensorShape:
        found = self._bound(*maps)
        batches = [x.batch for x in maps if x.batch is not None]
        return made(self.equation.output, found.sizes, found.rest, batches[0] if batches else None)

    def _bound(self, *maps: TensorShape) -> Bound:
        """The sizes of all axes."""
        sides = self.equation.inputs
        if len(sides) != len(maps):
            raise CostcalcError(
                f"einsum {self.equation} has a term for {_maps(len(sides))}, "
                f"and gets {_maps(len(maps))}",
                hint="name the maps, in the order of the terms: from: [a, b]",
            )
        try:
            found = self._bind(sides[0], maps[0])
            for side, x in zip(sides[1:], maps[1:], strict=True):
                more = self._bind(side, x)
                if side.has_rest and sides[0].has_rest and more.rest != found.rest:
                    raise CostcalcError(f"... is {found.rest} axes, and {more.rest} of a {x} map")
                for axis, own in more.sizes.items():
                    if not equal(own, found.sizes.get(axis, own)):
                        raise CostcalcError(
                            f"{axis} is {found.sizes[axis]} in the first map ({maps[0]}) and {own} "
                            f"in the second ({x})"
                        )
                found = Bound({**more.sizes, **found.sizes}, [], max(found.rest, more.rest))
        except CostcalcError as error:
            raise self.does_not_fit(error) from None
        return found

    def _bind(self, side: Side, x: TensorShape) -> Bound:
        check_sizes(side, self.axis_sizes)
        without_batch = self.equation.output.names_batch and not side.names_batch
        if without_batch and not (x.batch is None or equal(x.batch, 1)):
            raise CostcalcError(
                f"{side} names no batch, and the {x} map has {x.batch} samples",
                hint="put b in front of each term, or of none",
            )
        return bind(side, x, self.axis_sizes)

    def macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        """The product of all axes' sizes; of one map 0."""
        return self._all(*maps) if len(maps) > 1 else 0

    def product_macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        return self.macs(out, *maps)

    def other_ops(self, out: TensorShape, *maps: TensorShape) -> Number:
        """Of one map that is summed, 1 per input element."""
        if len(maps) > 1 or set(self.equation.inputs[0].axes) <= set(self.equation.output.axes):
            return 0
        return self._all(*maps)

    def _all(self, *maps: TensorShape) -> Number:
        """The product of all sizes but those of the output's batch."""
        sizes = self._bound(*maps).sizes
        output = self.equation.output
        batch = output[0].axes if output.names_batch else ()
        return size_of(Term(tuple(axis for axis in sizes if axis not in batch), True), sizes)


def _maps(count: int) -> str:
    return f"{count} map{'s' if count > 1 else ''}"
