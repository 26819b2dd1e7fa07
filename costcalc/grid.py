"""Numbers that vary over a grid of settings: a network built once stands for all its points.

Every knob of a sweep is an axis. A Varying is an exact number at each position of the axes that it
depends on: channel counts vary with alpha alone, map sizes with rho alone. A Sum keeps products of
Varyings of different axes apart, so that layers which share a map size collapse into one term, and
a whole alpha x rho grid is a small matrix product in the end.

Everything is exact. Arrays are int64 as long as a bound, carried along with each number, proves
that no element can pass 2^63; else they hold Python ints. Products are made in floats only where
every partial sum is below 2^53.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from costcalc.arithmetic import EXACT, LARGEST, Number, too_large
from costcalc.errors import CostcalcError
from costcalc.kinds import Condition, NumberKind

Array: TypeAlias = npt.NDArray[Any]

INT64 = 2**63 - 1
FLOAT = 2**53
PRODUCT = 1 << 17
"""Multiplications of a tile of a matrix product."""
TILE = 1 << 11
"""Its columns, at most."""
MOST_TAILS = 1 << 22
"""Elements of the right factor of a matrix product."""


class SplitError(Exception):
    """The points of a grid differ in something that must be one: the network's structure.

    `labels` says what it is at each point; it broadcasts over the grid.
    """

    def __init__(self, labels: Array) -> None:
        super().__init__("the structure differs over the grid")
        self.labels = labels


class Mask(Condition):
    """A condition that holds at some points of a grid, and at others not."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array

    def required(self) -> bool:
        raise SplitError(self.array)

    decide = required


class Ints:
    """An array of exact integers, int64 or Python's, none of whose elements passes the bound."""

    __slots__ = ("array", "bound")

    def __init__(self, array: Array, bound: int) -> None:
        self.array = array
        self.bound = bound

    @classmethod
    def of(cls, values: Sequence[int], shape: tuple[int, ...]) -> Ints:
        bound = max(map(abs, values))
        array = np.array(values, dtype=np.int64 if bound <= INT64 else object)
        return cls(array.reshape(shape), bound)

    def tight(self) -> int:
        """The bound, as small as it can be."""
        if self.array.size:
            self.bound = max(abs(int(self.array.max())), abs(int(self.array.min())))
        return self.bound


def _arrays(bound: int, *operands: Ints) -> list[Array]:
    """The operands' arrays, of Python ints where the outcome may not fit an int64."""
    arrays = [operand.array for operand in operands]
    if bound > INT64:
        return [array.astype(object) for array in arrays]
    return arrays


def _times(a: Ints, b: Ints) -> Ints:
    bound = a.bound * b.bound
    if bound > INT64:
        bound = a.tight() * b.tight()
    x, y = _arrays(bound, a, b)
    return Ints(x * y, bound)


def _plus(a: Ints, b: Ints, sign: int = 1) -> Ints:
    bound = a.bound + b.bound
    if bound > INT64:
        bound = a.tight() + b.tight()
    x, y = _arrays(bound, a, b)
    return Ints(x + y if sign > 0 else x - y, bound)


def _floor_divided(a: Ints, b: Ints) -> Ints:
    result = Ints(_shrunk(a.array // b.array), a.bound)
    if a.bound > INT64:
        result.tight()
    return result


def _shrunk(array: Array) -> Array:
    """The array as int64 where all of it fits: what was too large may have become small."""
    if array.dtype == object and array.size and array.min() >= -INT64 and array.max() <= INT64:
        return array.astype(np.int64)
    return array


def _constant(value: int) -> Ints:
    # Of one element, and not of none: an object alone would be taken out of its array.
    dtype = np.int64 if abs(value) <= INT64 else object
    return Ints(np.array([value], dtype=dtype), abs(value))


_ONE = _constant(1)


class Grid:
    """The axes, and what has been computed over them: the same operation is done once."""

    def __init__(self, shape: Sequence[int]) -> None:
        self.shape = tuple(shape)
        self.memo: dict[Any, Any] = {}
        self.events: list[Event] | None = None
        """Where live numbers were rounded or compared, if someone wants to know."""

    def axis(self, axis: int, values: Sequence[Number], *, live: bool = False) -> Varying:
        """The number that takes these values along an axis, one at each position.

        A live one stands for any value near those: what it is rounded to or compared with is
        recorded in `events`.
        """
        shape = [1] * len(self.shape)
        shape[axis] = len(values)
        numerators = Ints.of([value.numerator for value in values], tuple(shape))
        denominators = [value.denominator for value in values]
        whole = not live and all(d == 1 for d in denominators)
        return Varying(
            self,
            1 << axis if len(values) > 1 else 0,
            numerators,
            None if whole else Ints.of(denominators, tuple(shape)),
            {axis: 1} if live else None,
        )

    def values(self, number: Number) -> Array:
        """The number at every point: int64, or Python ints where int64 would not hold one."""
        if isinstance(number, (Sum, Varying)):
            number = number.whole()
            if number is None:
                raise CostcalcError("a whole number is needed here")
        if isinstance(number, Sum):
            return _shrunk(number.values())
        if isinstance(number, Varying):
            array = number.numerators.array
            return _shrunk(np.ascontiguousarray(np.broadcast_to(array, self.shape)))
        return np.full(self.shape, number, dtype=np.int64 if abs(number) <= INT64 else object)


class Ratios:
    """The values of a number as exact ratios, one at each position of the axes it depends on."""

    def __init__(self, number: Number) -> None:
        if isinstance(number, Sum):
            number = number.dense()
        over, under = _parts(number)
        self.over = over.array
        self.under = under.array

    def value(self, index: Sequence[int]) -> Fraction:
        """The value at a position of all axes."""
        return Fraction(*(_at(array, index) for array in (self.over, self.under)))

    def crosses(self, other: Ratios, kind: str) -> Array:
        """Whether an event of this kind lies strictly between these values and others."""
        if kind == "sign":
            return np.asarray(np.sign(self.over) * np.sign(other.over) < 0)
        floors = np.minimum(self.over // self.under, other.over // other.under)
        ceils = np.maximum(-(-self.over // self.under), -(-other.over // other.under))
        return np.asarray(floors + 1 < ceils)


def _at(array: Array, index: Sequence[int]) -> int:
    places = index[len(index) - array.ndim :]
    return int(array[tuple(0 if n == 1 else i for n, i in zip(array.shape, places, strict=True))])


class Event:
    """A live number was rounded down (`floor`) or compared with 0 (`sign`)."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value: Varying) -> None:
        self.kind = kind
        self.value = value


class NotAffineError(Exception):
    """A live number was multiplied by another, or divided by: its steps are at no fractions."""


class Varying(NumberKind):
    """An exact number at each position of some axes; arrays have an axis of length 1 for others.

    `slopes`, of a live number, is its rate of change along each axis on which it is live: an
    affine function near each position. What is rounded is live no longer.
    """

    __slots__ = ("axes", "denominators", "grid", "numerators", "slopes")

    def __init__(
        self,
        grid: Grid,
        axes: int,
        numerators: Ints,
        denominators: Ints | None = None,
        slopes: dict[int, Number] | None = None,
    ) -> None:
        self.grid = grid
        self.axes = axes
        """The axes that it depends on, a bit each."""
        self.numerators = numerators
        self.denominators = denominators
        self.slopes = slopes

    @property
    def is_whole(self) -> bool:
        """Whether it is known to be whole everywhere."""
        return self.denominators is None

    def __repr__(self) -> str:
        return f"<Varying {self.numerators.array.reshape(-1)[:4].tolist()}... over {self.axes:b}>"

    # Operators

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        other = right if left is self else left
        if isinstance(other, Sum):
            return other.operate(operator, left, right)
        if not isinstance(other, (*EXACT, Varying)):
            return NotImplemented
        memo = self.grid.memo
        key = (operator, _key(left), _key(right))
        found = memo.get(key)
        if found is None:
            found = self._operate(operator, left, right)
            memo[key] = found, left, right  # who is remembered keeps its id
            return found
        return found[0]

    def _operate(self, operator: str, left: Any, right: Any) -> Any:
        if operator == "%":
            return left - right * (left // right)
        slopes = _slopes(operator, left, right)
        if operator in "+-*" and slopes is None and _apart(left, right):
            terms = Sum.of(self.grid, left)
            return terms.operate(operator, terms, right)
        if operator == "//" and isinstance(right, int) and right == 1 and left.is_whole:
            return left
        a, c = _parts(left)
        b, d = _parts(right)
        if operator in ("/", "//"):
            b, d = _inverted(b, d)
        if operator in "+-":
            sign = 1 if operator == "+" else -1
            if c is d is _ONE:
                numerators, denominators = _plus(a, b, sign), _ONE
            else:
                numerators, denominators = _plus(_times(a, d), _times(b, c), sign), _times(c, d)
        else:
            numerators = a if b is _ONE else b if a is _ONE else _times(a, b)
            denominators = d if c is _ONE else c if d is _ONE else _times(c, d)
        axes = _axes(left) | _axes(right)
        if operator == "//":
            if slopes is not None:
                self._record("floor", Varying(self.grid, axes, numerators, denominators, slopes))
            if denominators is not _ONE:
                numerators = _floor_divided(numerators, denominators)
            return Varying(self.grid, axes, numerators)
        return Varying(
            self.grid, axes, numerators, None if denominators is _ONE else denominators, slopes
        )

    def _record(self, kind: str, value: Varying) -> None:
        if self.grid.events is not None:
            self.grid.events.append(Event(kind, value))

    # Comparisons

    def compare(self, operator: str, other: Any) -> Any:
        if isinstance(other, Sum):
            other = other.dense()
        if not isinstance(other, (*EXACT, Varying)):
            return NotImplemented
        if other is self and self.slopes is None:
            return operator in ("==", "<=", ">=")
        self._record_sign(self, other)
        x, y = _crossed(self, other)
        array = _COMPARED[operator](x, y)
        if array.all():
            return True
        return Mask(array) if array.any() else False

    def _record_sign(self, left: Any, right: Any) -> None:
        if any(isinstance(value, Varying) and value.slopes is not None for value in (left, right)):
            difference = left - right
            if isinstance(difference, Varying) and difference.slopes is not None:
                self._record("sign", difference)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        result, *others = (value.dense() if isinstance(value, Sum) else value for value in values)
        for value in others:
            result = self._extreme(word, result, value)
        return result

    def _extreme(self, word: str, left: Any, right: Any) -> Any:
        if left is right:
            return left
        if isinstance(left, EXACT) and isinstance(right, EXACT):
            return min(left, right) if word == "min" else max(left, right)
        self._record_sign(left, right)
        x, y = _crossed(left, right)
        chosen = x <= y if word == "min" else x >= y
        if chosen.all() and chosen.shape == _shape(left):
            return left
        if not chosen.any() and chosen.shape == _shape(right):
            return right
        picked = self._picked(chosen, left, right)
        rates = [getattr(value, "slopes", None) or {} for value in (left, right)]
        if any(rates):
            picked.slopes = {
                axis: self._picked(chosen, rates[0].get(axis, 0), rates[1].get(axis, 0))
                for axis in {*rates[0], *rates[1]}
            }
        return picked

    def _picked(self, chosen: Array, left: Number, right: Number) -> Varying:
        """The left where it is chosen, else the right."""
        (a, c), (b, d) = _parts(left), _parts(right)
        numerators = Ints(np.where(chosen, a.array, b.array), max(a.bound, b.bound))
        denominators = None
        if not (c is d is _ONE):
            denominators = Ints(np.where(chosen, c.array, d.array), max(c.bound, d.bound))
        axes = sum(1 << axis for axis, length in enumerate(chosen.shape) if length > 1)
        return Varying(self.grid, axes | _axes(left) | _axes(right), numerators, denominators)

    def is_positive(self) -> Varying:
        self._record_sign(self, 0)
        array = (self.numerators.array > 0).astype(np.int64)
        return Varying(self.grid, self.axes, Ints(array, 1))

    def plain(self) -> Varying:
        """The same number, live no longer."""
        return Varying(self.grid, self.axes, self.numerators, self.denominators)

    def is_too_large(self) -> bool:
        numbers = [part for part in (self.numerators, self.denominators) if part is not None]
        if all(part.bound < LARGEST or part.tight() < LARGEST for part in numbers):
            return False
        over, under = np.broadcast_arrays(*(part.array for part in _parts(self)))
        values = [Fraction(int(n), int(d)) for n, d in zip(over.flat, under.flat, strict=True)]
        labels = np.array(list(map(too_large, values))).reshape(over.shape)
        if labels.any() and not labels.all():
            raise SplitError(labels)
        return bool(labels.any())

    # As a whole number

    def single(self) -> int:
        array = self.whole_array()
        first = array.reshape(-1)[0]
        if not (array == first).all():
            raise SplitError(array)
        return int(first)

    def whole_array(self) -> Array:
        number = self.whole()
        if number is None:
            raise CostcalcError("a whole number is needed here")
        return number.numerators.array

    def whole(self) -> Varying | None:
        if self.denominators is None:
            return self
        if self.slopes is not None:
            self._record("floor", self)
        numerators, denominators = self.numerators, self.denominators
        rest = numerators.array % denominators.array == 0
        if not rest.any():
            return None
        if not rest.all():
            raise SplitError(rest)
        return Varying(self.grid, self.axes, _floor_divided(numerators, denominators))


_COMPARED: dict[str, Any] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


def _key(value: Any) -> Any:
    return id(value) if isinstance(value, Varying) else ("number", value)


def _parts(value: Any) -> tuple[Ints, Ints]:
    """Numerators and denominators."""
    if isinstance(value, Varying):
        return value.numerators, value.denominators or _ONE
    denominator = _ONE if value.denominator == 1 else _constant(value.denominator)
    return _constant(value.numerator), denominator


def _inverted(numerators: Ints, denominators: Ints) -> tuple[Ints, Ints]:
    """The parts of a divisor, turned over; the new denominators are above 0."""
    array = numerators.array
    zero = array == 0
    if zero.all():
        raise ZeroDivisionError
    if zero.any():
        raise SplitError(zero)
    if (array < 0).any():
        sign = Ints(np.where(array < 0, -1, 1), 1)
        return _times(denominators, sign), _times(numerators, sign)
    return denominators, numerators


def _crossed(left: Any, right: Any) -> tuple[Array, Array]:
    """Arrays that compare as the numbers do."""
    (a, c), (b, d) = _parts(left), _parts(right)
    x = a if d is _ONE else _times(a, d)
    y = b if c is _ONE else _times(b, c)
    return x.array, y.array


def _shape(value: Any) -> tuple[int, ...]:
    return value.numerators.array.shape if isinstance(value, Varying) else ()


def _axes(value: Any) -> int:
    return value.axes if isinstance(value, Varying) else 0


def _apart(left: Any, right: Any) -> bool:
    """Whether both vary, and neither along the axes of the other alone."""
    a, b = _axes(left), _axes(right)
    return a & b != a and a & b != b


def _slopes(operator: str, left: Any, right: Any) -> dict[int, Number] | None:
    """The slopes of an outcome, where an operand is live."""
    a = left.slopes if isinstance(left, Varying) else None
    b = right.slopes if isinstance(right, Varying) else None
    if a is None and b is None:
        return None
    if operator in "+-":
        slopes = dict(a or {})
        for axis, slope in (b or {}).items():
            slopes[axis] = slopes.get(axis, 0) + (slope if operator == "+" else -slope)
        return slopes
    if operator == "*" and (a is None or b is None):
        factor = right if b is None else left
        return {axis: slope * factor for axis, slope in (a or b or {}).items()}
    if operator in ("/", "//") and b is None and a is not None:
        return {axis: slope * Fraction(1) / right for axis, slope in a.items()}
    raise NotAffineError


Tail: TypeAlias = "tuple[Varying, ...]"
Terms: TypeAlias = "dict[tuple[int, ...], tuple[Number, Tail]]"
"""Head and tail of each term, by the identity of its tail."""


class Sum(NumberKind):
    """A sum of products of Varyings of different axes.

    Each term is a head, which varies along the grid's first axis at most, times a tail of factors
    that vary along the other axes; terms of one tail are one term.
    """

    __slots__ = ("grid", "lead", "terms")

    def __init__(self, grid: Grid, terms: Terms) -> None:
        self.grid = grid
        self.terms = terms
        first = next((axis for axis, length in enumerate(grid.shape) if length > 1), 0)
        self.lead = 1 << first

    @classmethod
    def of(cls, grid: Grid, value: Any) -> Sum:
        if isinstance(value, Sum):
            return value
        one = cls(grid, {(): (1, ())})
        return one.multiplied(value) if isinstance(value, Varying) else cls(grid, {(): (value, ())})

    def multiplied(self, factor: Varying) -> Sum:
        axes = factor.axes
        result: Terms = {}
        for key, (head, tail) in self.terms.items():
            if not axes or self.lead & axes:
                _add(result, key, head * factor, tail)
                continue
            joined: Any = factor
            for other in tail:
                if other.axes & axes:
                    joined = _flat(other * joined)
            tail = (*(other for other in tail if not other.axes & axes), joined)
            tail = tuple(sorted(tail, key=lambda part: part.axes))
            _add(result, tuple(map(id, tail)), head, tail)
        return Sum(self.grid, result)

    def operate(self, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(value, (*EXACT, Varying, Sum)) for value in (left, right)):
            return NotImplemented
        grid = self.grid
        if operator in "+-":
            result = dict(Sum.of(grid, left).terms)
            for key, (head, tail) in Sum.of(grid, right).terms.items():
                _add(result, key, head if operator == "+" else -head, tail)
            return Sum(grid, result)
        if operator == "*":
            other = right if left is self else left
            if isinstance(other, Varying):
                return self.multiplied(other)
            if isinstance(other, EXACT):
                scaled = {key: (head * other, tail) for key, (head, tail) in self.terms.items()}
                return Sum(grid, scaled)
            result = {}
            for head, tail in Sum.of(grid, other).terms.values():
                product = self * head
                for factor in tail:
                    product = Sum.of(grid, product).multiplied(factor)
                for key, (more, end) in Sum.of(grid, product).terms.items():
                    _add(result, key, more, end)
            return Sum(grid, result)
        left, right = (
            value.dense() if isinstance(value, Sum) else value for value in (left, right)
        )
        return _OPERATED[operator](left, right)

    def compare(self, operator: str, other: Any) -> Any:
        return self.dense().compare(operator, other)

    def extreme(self, word: str, values: Sequence[Any], written: bool) -> Any:
        return self.dense().extreme(word, values, written)

    def is_too_large(self) -> bool:
        bounds = [
            prod(_parts(part)[place].bound for part in (head, *tail))
            for head, tail in self.terms.values()
            for place in (0, 1)
        ]
        return sum(bounds) >= LARGEST and self.dense().is_too_large()

    def single(self) -> int:
        return self.dense().single()

    def whole(self) -> Any:
        numbers = [part for head, tail in self.terms.values() for part in (head, *tail)]
        if all(_parts(part)[1] is _ONE for part in numbers):
            return self
        return self.dense().whole()

    def is_positive(self) -> Varying:
        return self.dense().is_positive()

    def dense(self) -> Varying:
        """The same numbers, one for each point of the axes it depends on."""
        total, over, axes = _constant(0), _ONE, 0
        for head, tail in self.terms.values():
            numerators, denominators = _parts(head)
            axes |= _axes(head)
            for factor in tail:
                more, below = _parts(factor)
                numerators = _times(numerators, more)
                denominators = below if denominators is _ONE else _times(denominators, below)
                axes |= factor.axes
            if over is denominators is _ONE:
                total = _plus(total, numerators)
            else:
                total = _plus(_times(total, denominators), _times(numerators, over))
                over = _times(over, denominators)
        return Varying(self.grid, axes, total, None if over is _ONE else over)

    # Values

    def bound(self) -> int:
        """What no partial sum can pass: each factor at its largest."""
        return sum(
            _parts(head)[0].bound * prod(factor.numerators.bound for factor in tail)
            for head, tail in self.terms.values()
        )

    def tight_bound(self) -> int:
        for head, tail in self.terms.values():
            for factor in (head, *tail):
                if isinstance(factor, Varying):
                    factor.numerators.tight()
        return self.bound()

    def values(self) -> Array:
        bound = self.bound()
        if bound >= FLOAT:
            bound = self.tight_bound()
        if bound < FLOAT:
            product = self._matrix_product()
            if product is not None:
                return product
        out = np.zeros(self.grid.shape, dtype=np.int64 if bound <= INT64 else object)
        for head, tail in self.terms.values():
            term = _parts(head)[0].array.astype(out.dtype)
            for factor in tail:
                term = term * factor.numerators.array.astype(out.dtype)
            out += term
        return out

    def _matrix_product(self) -> Array | None:
        """Heads times tails in floats, where heads have the first axis and tails all others."""
        shape, lead = self.grid.shape, self.lead.bit_length() - 1
        if any(length > 1 for length in shape[:lead]):
            return None
        rest = shape[lead + 1 :]
        width = prod(rest)
        if not shape or len(self.terms) * width > MOST_TAILS:
            return None
        heads = np.empty((shape[lead], len(self.terms)))
        tails = np.empty((len(self.terms), width))
        for number, (head, tail) in enumerate(self.terms.values()):
            array = _parts(head)[0].array
            if array.size > 1 and array.size != shape[lead]:
                return None
            heads[:, number] = array.reshape(-1)
            product: Any = 1
            for factor in tail:
                product = product * factor.numerators.array
            tails[number] = np.broadcast_to(product, (1,) * (lead + 1) + rest).reshape(-1)
        out = np.empty((shape[lead], width), dtype=np.int64)
        # Tiles stay in the processor's cache, and are too small for a library's threads, which
        # on a busy machine would wait for each other most of the time.
        across = min(width, TILE)
        down = max(1, PRODUCT // (len(self.terms) * across))
        buffer = np.empty((down, across))
        for top in range(0, shape[lead], down):
            rows = heads[top : top + down]
            for left in range(0, width, across):
                columns = tails[:, left : left + across]
                tile = buffer[: len(rows), : columns.shape[1]]
                np.matmul(rows, columns, out=tile)
                out[top : top + down, left : left + across] = tile
        return out.reshape(shape)


_OPERATED: dict[str, Any] = {
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


def _add(terms: Terms, key: tuple[int, ...], head: Number, tail: Tail) -> None:
    """One more term: heads of one tail are added."""
    if key in terms:
        head = terms[key][0] + head
    terms[key] = (_flat(head), tail)


def _flat(value: Number) -> Number:
    return value.dense() if isinstance(value, Sum) else value


def split(labels: Array) -> tuple[int, list[list[int]]]:
    """An axis, and its positions in groups: in each, the labels vary along later axes at most."""
    for axis, length in enumerate(labels.shape):
        rows = np.moveaxis(labels, axis, 0).reshape(length, -1)
        if (rows == rows[:1]).all():
            continue
        groups: dict[Any, list[int]] = {}
        for place, row in enumerate(rows):
            key = tuple(row.tolist()) if row.dtype == object else row.tobytes()
            groups.setdefault(key, []).append(place)
        return axis, list(groups.values())
    raise AssertionError("labels that are all the same split nothing")
