"""Find the params of a block from the fields of layers; what depends on them waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from costcalc.decompile.bare import COMMUTATIVE, Op, convolution_of
from costcalc.decompile.fits import Miss
from costcalc.decompile.flatten import as_written
from costcalc.decompile.scope import Frame, Given, Maps, Open, Param, Scope, agrees, bare_name
from costcalc.errors import CostcalcError
from costcalc.language.expressions import MAP_VARIABLES
from costcalc.language.item import Fields
from costcalc.language.values import Value
from costcalc.layers import Layer
from costcalc.layers.convolution import Conv, DepthwiseConv, PointwiseConv
from costcalc.layers.fields import SizedField
from costcalc.shapes import TensorShape


class Binding:
    """The params of a block that are known so far, and what waits for the others."""

    def __init__(self) -> None:
        self.bound: list[Param] = []
        self.conditions: list[tuple[Value, Scope, Any]] = []
        self.used: dict[Op, None] = {}
        """The layers that fit so far."""
        self.miss = Miss()
        """Where the block that was matched last stopped fitting."""
        self.misfit = ""
        """The field by which the last layer that was tried did not fit, if it was one."""

    def _missed(self, miss: Miss) -> None:
        """Keep the miss before which the most fits; of those the last, as options are tried first.

        One by a field says more than one by the type of a layer.
        """
        if (miss.fitted, bool(miss.field)) >= (self.miss.fitted, bool(self.miss.field)):
            self.miss = miss

    def _undo(self, mark: tuple[int, int]) -> None:
        while len(self.bound) > mark[0]:
            self.bound.pop().known = False
        del self.conditions[mark[1] :]

    def _mark(self) -> tuple[int, int]:
        return len(self.bound), len(self.conditions)

    def _bind(self, param: Param, value: Any) -> bool:
        if param.known:
            return bool(param.value == value)
        param.known, param.value = True, value
        self.bound.append(param)
        return True

    def _hold(self, params: Mapping[str, Param], scope: Scope) -> bool:
        """Whether all that waited holds, where params that are still open may be chosen for it."""
        for value, where, wanted in [*self.conditions]:
            try:
                if not agrees(value.evaluate(where), wanted):
                    return False
            except Open as error:
                if not self._choose(error.param, value, where, wanted, scope):
                    return False
            except CostcalcError:
                return False
        for value, where, wanted in self.conditions:
            try:
                if not agrees(value.evaluate(where), wanted):
                    return False
            except (Open, CostcalcError):
                return False
        return True

    def _choose(self, param: Param, value: Value, where: Scope, wanted: Any, scope: Scope) -> bool:
        channels = scope.variables.get("in_channels", 1)
        guesses: list[Any] = []
        try:
            if param.default is not None:
                guesses.append(param.default.evaluate(scope))
        except (Open, CostcalcError):
            pass
        guesses += [0, 1, channels, True, False]
        if type(wanted) is int:
            guesses += [Fraction(wanted, channels), 2 * wanted, wanted, 2 * wanted - 1]
            guesses += [_simple(wanted, channels)]
        for guess in guesses:
            mark = self._mark()
            if isinstance(guess, Fraction) and guess.denominator == 1:
                guess = int(guess)
            self._bind(param, guess)
            try:
                if agrees(value.evaluate(where), wanted):
                    return True
            except (Open, CostcalcError, TypeError):
                pass
            self._undo(mark)
        return False

    def _wait(self, value: Value, scope: Scope, wanted: Any) -> bool:
        """Check a value, now or when the params are known that it depends on."""
        try:
            return agrees(value.evaluate(scope), wanted)
        except Open:
            self.conditions.append((value, scope, wanted))
            return True
        except CostcalcError:
            return False

    def _unify(self, value: Value, scope: Scope, wanted: Any) -> bool:
        """Make a value of the text what the layers have, where that is open."""
        name = bare_name(value)
        entry = scope.entries.get(name) if name and name not in MAP_VARIABLES else None
        if isinstance(entry, Param):
            return self._bind(entry, wanted)
        if isinstance(entry, Given):
            return self._unify(entry.value, entry.scope, wanted)
        return self._wait(value, scope, wanted)

    def _without_slice(self, stop: Value, maps: Maps, frame: Frame) -> Iterator[Maps]:
        """The map itself, where a slice would keep all of its channels: exporters leave it out."""
        mark = self._mark()
        if self._unify(stop, frame.scope, maps[0].shape.channels):
            yield maps
        self._undo(mark)

    def _fits(self, op: Op, target: Any, fields: Fields, frame: Frame) -> bool:
        """Whether a layer is of a type, with the fields that the text gives."""
        layer = op.layer
        assert layer is not None
        kind: type[Layer] = target
        x = op.sources[0].shape
        kind = kind.numbered.get(len(x.sides) or 1, kind) if kind.numbered else kind
        self.misfit = ""
        if layer.call != "module":
            return False
        if issubclass(kind, (Conv, DepthwiseConv, PointwiseConv)):
            return self._fits_convolution(op, kind, fields, x, frame)
        if type(layer) is not kind:
            return False
        actual = layer.values()
        for name, value in actual.items():
            self.misfit = name
            if name in fields:
                field = kind.field(name)
                sized = field.kind in ("sizes", "around")
                if not self._given(fields[name], frame, value, field, len(x.sides), sized):
                    return False
            elif name not in kind.fields or not agrees(kind.fields[name].default, value):
                return False
        return all(name in actual for name in fields)

    def _fits_convolution(
        self, op: Op, kind: type[Layer], fields: Fields, x: TensorShape, frame: Frame
    ) -> bool:
        actual = convolution_of(op)
        if actual is None:
            return False
        one = (1,) * len(actual["stride"])
        if issubclass(kind, DepthwiseConv):
            self.misfit = "groups"
            if actual["groups"] != x.channels or "multiplier" in fields:
                return False
            self.misfit = "out_channels"
            if actual["out_channels"] != x.channels:
                return False
            actual["out_channels"] = actual["groups"] = None
        self.misfit = "kernel_size"
        if issubclass(kind, PointwiseConv) and actual["kernel_size"] != one:
            return False
        for name, value in actual.items():
            self.misfit = name
            field = kind.fields.get(name)
            if field is None:
                if value is not None and not (
                    (name == "kernel_size" and value == one)
                    or (name == "padding" and value == "same")
                    or (name == "dilation" and value == one)
                ):
                    return False
                continue
            if name in fields:
                if not self._given(fields[name], frame, value, field, len(x.sides), True):
                    return False
            elif not agrees(field.default, value):
                return False
        return True

    def _given(
        self, value: Value, frame: Frame, actual: Any, field: Any, sides: int, sized: bool
    ) -> bool:
        """Whether a value of the text is what a layer's field has."""
        if isinstance(field, SizedField):
            field = field.for_sides(sides or 1)
        plain = as_written(actual, sized)
        try:
            found = value.evaluate(frame.scope)
        except Open:
            return self._unify(value, frame.scope, plain)
        except (CostcalcError, KeyError):
            return False
        try:
            return bool(field.convert(found) == actual)
        except CostcalcError:
            return False


def _simple(number: int, base: int) -> Fraction:
    """A ratio to which rounding may have led: the nearest quarter."""
    return Fraction(round(Fraction(4 * number, base)), 4)


def reads(op: Op, maps: Maps, merges: bool) -> bool:
    """Whether a layer reads maps; a merge of which the order says nothing, in any order."""
    if op.sources == maps:
        return True
    return (
        merges
        and op.type in COMMUTATIVE
        and len(op.sources) == len(maps)
        and sorted(map(id, op.sources)) == sorted(map(id, maps))
    )
