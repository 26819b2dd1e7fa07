"""Rearranging maps by a pattern, and what all layers with a pattern share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import REQUIRED, Field, boolean, size
from costcalc.layers.fields import TextField as Text
from costcalc.layers.pattern import Bound, Pattern, bind, check_sizes, made, read_pattern, size_of
from costcalc.numeric.exact import equal
from costcalc.shapes import TensorShape

AXIS: Field = size().means("size of the axis", "elements")


class Patterned(Layer):
    """A layer with a pattern: the sizes of its axes are fields, which the pattern names."""

    def __init__(self, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        given = dict(values or {})
        given.update({name: self.field(name).convert(value) for name, value in more.items()})
        self.axis_sizes = {name: given.pop(name) for name in [*given] if name not in self.fields}
        super().__init__(given)

    @classmethod
    def field(cls, name: str) -> Field:
        return cls.fields.get(name, AXIS)

    def values(self) -> dict[str, Any]:
        return {**super().values(), **self.axis_sizes}

    def does_not_fit(self, error: CostcalcError) -> CostcalcError:
        """The error of a map with the pattern before it."""
        assert self.pattern_field is not None
        pattern = getattr(self, self.pattern_field)
        return CostcalcError(f"{self.type} {pattern}: {error.message}", hint=error.hint)


def _moved(value: object) -> Pattern:
    pattern = read_pattern(value)
    if len(pattern.inputs) != 1:
        raise CostcalcError(
            f"{str(pattern)!r} reads {len(pattern.inputs)} maps",
            hint="einsum multiplies maps; rearrange moves the axes of one",
        )
    before, after = pattern.inputs[0].axes, pattern.output.axes
    lost = [axis for axis in before if axis not in after]
    new = [axis for axis in after if axis not in before]
    if lost or new:
        where = f"{' and '.join(lost or new)} only {'before' if lost else 'behind'} the arrow"
        raise CostcalcError(
            f"{str(pattern)!r} has {where}",
            hint="both sides have the same axes; 1 is a side of one place",
        )
    return pattern


class Rearrange(Patterned, type="rearrange", family="reshapes"):
    """Axes in another order, put together or taken apart, by a pattern in einops' notation.

    Shapes: as the pattern says, the channels first: c (h p) (w q) -> (c p q) h w. In brackets the
    first axis is the slowest; all of them but one have sizes, as fields of their names.
    1 is an axis of one place, ... the axes that are not named. An axis b in front is the
    batch, which may be left out: b c (h p) (w q) -> (b h w) c p q makes each window a sample.
    Errors: the map has other axes, or the sizes do not divide them.
    Source: Rogozhnikov 2022, ICLR, "Einops".
    """

    pattern: Pattern = Text("pattern", _moved, REQUIRED).means("the axes before and behind")
    pad: bool = boolean(False).means("whether sides are filled up to what the brackets need")

    pattern_field: ClassVar[str | None] = "pattern"
    moves_batch = True

    def output(self, x: TensorShape) -> TensorShape:
        found = self.bound(x)
        return made(self.pattern.output, found.sizes, found.rest, x.batch)

    def bound(self, x: TensorShape) -> Bound:
        """The sizes of the axes on a map."""
        side = self.pattern.inputs[0]
        try:
            check_sizes(side, self.axis_sizes)
            return bind(side, x, self.axis_sizes, pad=self.pad)
        except CostcalcError as error:
            raise self.does_not_fit(error) from None

    def back(self, x: TensorShape) -> RearrangeBack:
        """The layer that brings back what this one makes of a map."""
        return RearrangeBack(self, x)


class RearrangeBack(Rearrange):
    """The way back of a rearrange with layers.

    Axes in brackets have their sizes from the way there; one that stands alone has the size that
    it has by then.
    """

    def __init__(self, there: Rearrange | None = None, x: TensorShape | None = None) -> None:
        super().__init__()
        if there is None or x is None:
            return
        before, after = there.pattern.inputs[0], there.pattern.output
        self.pattern = Pattern(f"{after} -> {before}", [after], before)
        self.there, self.given = there.bound(x), x
        self.pad = there.pad
        brackets = [
            axis for t in after.unfolded(self.there.rest) if t.is_bracket for axis in t.axes
        ]
        self.axis_sizes = {axis: self.there.sizes[axis] for axis in brackets}

    def output(self, x: TensorShape) -> TensorShape:
        after, before = self.pattern.inputs[0], self.pattern.output
        try:
            found = bind(after, x, self.axis_sizes, self.there.rest)
        except CostcalcError as error:
            error.hint = "layers may change an axis that stands alone, not one in brackets"
            raise self.does_not_fit(error) from None
        out = made(before, found.sizes, found.rest, self.given.batch)
        first = 1 if before.names_batch else 0
        dims = list(out.dims)
        for place, term in enumerate(before.unfolded(found.rest)[first:]):
            if place >= len(self.given.dims):
                break
            was = [self.there.sizes.get(axis) for axis in term.axes]
            now = [found.sizes[axis] for axis in term.axes]
            if all(a is b for a, b in zip(was, now, strict=True)):
                dims[place] = self.given.dims[place]
            elif self.pad and place and term.is_bracket:
                padded = size_of(term, self.there.sizes)
                if not equal(dims[place], padded):
                    raise self.does_not_fit(
                        CostcalcError(
                            f"{term} was {padded} with its padding, and is {dims[place]} now",
                            hint="with pad: true the layers leave the sides as they are",
                        )
                    )
                dims[place] = self.given.dims[place]
        return TensorShape(dims[0], dims[1:], out.batch)
