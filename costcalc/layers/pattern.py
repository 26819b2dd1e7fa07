"""Patterns that name the axes of maps, in einops' notation: c (h p) (w q) -> (c p q) h w.

A term is an axis, or several in brackets that make one axis of a map, the first the slowest. `1` is
an axis of one place, `...` stands for all axes that no term names. An axis b, in the first term, is
the batch; where no term names it, it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import UNKNOWN, Number, ceil_div, divides, equal
from costcalc.shapes import TensorShape

BATCH = "b"
REST = "..."
MAX_PATTERN = 1000
"""Characters of a pattern."""
MAX_AXES = 32
"""Terms of a side of a pattern, and axes of all its terms."""

KEYS = frozenset(
    (
        *("name", "from", "when", "repeat", "first", "weights", "trainable", "bits", "call"),
        *("pattern", "equation", "function", "pad", "layers"),
    )
)
"""What else stands beside a pattern: an axis of that name could have no size there."""
_SYMBOL = re.compile(r"\s*(\.\.\.|[()]|1(?!\w)|[A-Za-z][A-Za-z0-9_]*)\s*")

Sizes: TypeAlias = dict[str, Number]
"""Sizes of axes by name; those that `...` stands for are ...1, ...2 and so on."""


class Term(NamedTuple):
    """One axis of a map: the axes that it is made of."""

    axes: tuple[str, ...]
    is_bracket: bool

    def __str__(self) -> str:
        inner = " ".join(self.axes)
        return f"({inner})" if self.is_bracket else inner or "1"


class Side(tuple[Term, ...]):
    """The terms of one map, in their order."""

    __slots__ = ()

    @property
    def axes(self) -> list[str]:
        return [axis for term in self for axis in term.axes]

    @property
    def names_batch(self) -> bool:
        return bool(self) and BATCH in self[0].axes

    @property
    def has_rest(self) -> bool:
        """Whether a `...` stands for axes of the map."""
        return Term((REST,), False) in self

    def unfolded(self, rest: int) -> list[Term]:
        """The terms where ... stands for so many axes."""
        names = [f"{REST}{number}" for number in range(1, rest + 1)]
        terms: list[Term] = []
        for term in self:
            if REST not in term.axes:
                terms.append(term)
            elif term.is_bracket:
                place = term.axes.index(REST)
                axes = (*term.axes[:place], *names, *term.axes[place + 1 :])
                terms.append(Term(axes, True))
            else:
                terms.extend(Term((name,), False) for name in names)
        return terms

    def __str__(self) -> str:
        return " ".join(map(str, self))


class Pattern:
    """The axes of the maps that are read and of the one that is made."""

    __slots__ = ("inputs", "output", "text")

    def __init__(self, text: str, inputs: Sequence[Side], output: Side) -> None:
        self.text = text
        self.inputs = tuple(inputs)
        self.output = output

    @property
    def sized(self) -> list[str]:
        """The axes that may have a size beside the pattern."""
        axes = [axis for side in self.inputs for axis in side.axes]
        return [axis for axis in dict.fromkeys(axes) if axis != REST]

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def read_pattern(value: object) -> Pattern:
    """Read a pattern of one map or more, with commas between them."""
    if not isinstance(value, str) or len(value) > MAX_PATTERN:
        raise CostcalcError(
            f"must be text of at most {MAX_PATTERN} characters",
            hint="such as c h w -> (h w) c",
        )
    text = " ".join(value.split())
    read, arrow, makes = text.partition("->")
    if not arrow or "->" in makes:
        raise CostcalcError(
            f"must have one arrow between what is read and what is made, not {text!r}",
            hint="such as c h w -> (h w) c",
        )
    try:
        return Pattern(text, [read_side(one) for one in read.split(",")], read_side(makes))
    except CostcalcError as error:
        error.message = f"{text!r} {error.message}"
        raise


def read_side(text: str) -> Side:
    """Read the terms of one map."""
    terms: list[Term] = []
    bracket: list[str] | None = None
    place = 0
    while place < len(text) and not text[place:].isspace():
        found = _SYMBOL.match(text, place)
        if found is None:
            raise CostcalcError(
                f"has no axis '{text[place:].split()[0][:40]}'",
                hint="an axis is a name, 1 or ...; brackets put axes together: (h p)",
            )
        place, symbol = found.end(), found[1]
        if symbol == "(":
            if bracket is not None:
                raise CostcalcError("has brackets within brackets")
            bracket = []
        elif symbol == ")":
            if bracket is None:
                raise CostcalcError("closes a bracket that is not open")
            terms.append(Term(tuple(bracket), True))
            bracket = None
        else:
            if symbol in KEYS:
                raise CostcalcError(f"has an axis '{symbol}', which is the name of a key")
            axes = [] if symbol == "1" else [symbol]
            if bracket is None:
                terms.append(Term(tuple(axes), False))
            else:
                bracket += axes
    if bracket is not None:
        raise CostcalcError("has a bracket that is not closed")
    side = Side(terms)
    _check(side)
    return side


def _check(side: Side) -> None:
    if not side:
        raise CostcalcError("names no axes of a map", hint="the channels are the first: c h w")
    axes = side.axes
    if len(side) > MAX_AXES or len(axes) > MAX_AXES:
        raise CostcalcError(f"has more than {MAX_AXES} axes")
    for axis in axes:
        if axes.count(axis) > 1:
            raise CostcalcError(f"names {axis} twice in {side}", hint="one name for each axis")
    if BATCH in axes and not side.names_batch:
        raise CostcalcError(
            f"has b in the middle of {side}: b is the batch, which stands in front",
            hint="another axis needs another name",
        )
    if side.names_batch and len(side) == 1:
        raise CostcalcError(f"has no channels in {side}: they stand behind the batch")


def size_of(term: Term, sizes: Mapping[str, Number]) -> Number:
    """The product of the sizes of a term's axes."""
    product: Number = 1
    for axis in term.axes:
        product = product * sizes[axis]
    return product


class Bound(NamedTuple):
    """What a map says of the axes of a side."""

    sizes: Sizes
    terms: list[Term]
    """Those of the map's axes."""
    rest: int
    """How many axes ... stands for."""


def bind(
    side: Side,
    x: TensorShape,
    known: Mapping[str, Number],
    rest: int = 0,
    pad: bool | None = None,
) -> Bound:
    """Find the sizes of axes on a map; `known` are sizes that are given.

    `rest` is how many axes ... stands for in brackets. With `pad`, sides are filled up to what the
    brackets need; None where they cannot be.
    """
    dims = list(x.dims)
    batch = side.names_batch
    if batch:
        dims.insert(0, x.samples)
    if side.has_rest:
        rest = len(dims) - len(side) + 1
    terms = side.unfolded(rest)
    if not x.sides and rest >= 0:  # a vector is a map of one place
        dims += [1] * (len(terms) - len(dims))
    if rest < 0 or len(terms) != len(dims):
        if x.channels is UNKNOWN:
            rest = max(rest, 0)
            terms = side.unfolded(rest)
            dims = [UNKNOWN] * len(terms)
        else:
            raise CostcalcError(
                f"{side} are {_count(len(side) - batch, side.has_rest)}, "
                f"and a {x} map has {len(x)}",
                hint="... stands for the sides that are not named",
            )
    sizes: Sizes = {}
    for place, (term, dim) in enumerate(zip(terms, dims, strict=True)):
        sizes.update(_sizes(term, dim, known, pad if place > batch else None))
    return Bound(sizes, terms, rest)


def _sizes(term: Term, dim: Number, known: Mapping[str, Number], pad: bool | None) -> Sizes:
    """The sizes of a term's axes on an axis of a map."""
    sizes = {axis: known[axis] for axis in term.axes if axis in known}
    product = size_of(Term(tuple(sizes), True), sizes)
    given = ", ".join(f"{axis} = {size}" for axis, size in sizes.items())
    unknown = [axis for axis in term.axes if axis not in known]
    if not unknown:
        if not equal(product, dim):
            because = f" with {given}" if given else ""
            raise CostcalcError(f"{term} is {product}{because}, and the map has {dim} there")
    elif not sizes:
        sizes[unknown[0]] = dim
    elif pad:
        sizes[unknown[0]] = ceil_div(dim, product)
    else:
        if not divides(product, dim):
            raise CostcalcError(
                f"{term} is {dim}, which {given} does not divide",
                hint=None if pad is None else "pad: true fills sides up",
            )
        sizes[unknown[0]] = dim // product
    return sizes


def check_sizes(side: Side, given: Collection[str]) -> None:
    """Raise CostcalcError where a bracket leaves more than one size open."""
    for term in side:
        if REST in term.axes and term.is_bracket:
            raise CostcalcError(
                f"cannot read ... in brackets: {term}",
                hint="... puts axes together only behind the arrow",
            )
        unknown = [axis for axis in term.axes if axis not in given]
        if len(unknown) > 1:
            found = BATCH if BATCH in unknown else unknown[0]
            needs = [axis for axis in unknown if axis != found]
            raise CostcalcError(
                f"{term} needs the sizes of all its axes but one",
                hint=f"give {' and '.join(needs)} a size: {{{needs[-1]}: 2}} beside the pattern",
            )


def _count(terms: int, has_rest: bool) -> str:
    least = " or more" if has_rest else ""
    return f"{terms - has_rest}{least} axes"


def made(side: Side, sizes: Mapping[str, Number], rest: int, batch: Number | None) -> TensorShape:
    """The map whose axes a side composes of sizes; `batch` where it does not name it."""
    dims = [size_of(term, sizes) for term in side.unfolded(rest)]
    if side.names_batch:
        own = dims.pop(0)
        if batch is not None or side[0].axes != (BATCH,):
            batch = own
    return TensorShape(dims[0], dims[1:], batch)
