"""What the cases of all families share: how a layer is counted one by one, and how it is drawn.

The counters are a reference to compare the formulas with. They share no code with the package: a
multiply-add is counted when a loop comes past it, a parameter when its index is put into a set, an
output row when a window is slid there. Nothing is multiplied that could be counted, so keep maps
and kernels small.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

Map = tuple[int, int, int]
"""Channels, height, width."""
Fields = dict[str, Any]
"""As a network spells them."""
Form = dict[str, Any]
"""What of a case is no number: which fields are written, how padding is spelled."""
Numbers = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Impossible(Exception):
    """There is no such layer, or not on such maps."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    output: Map
    macs: int = 0
    other_ops: int = 0
    params: int = 0
    activations: int = 0


METRICS = ("macs", "other_ops", "params", "activations")
"""The metrics that each layer type has a formula for: every one is counted here."""


class Case(NamedTuple):
    fields: Fields
    maps: list[tuple[Any, Any, Any]]


# Drawing. Widths (numbers of channels) and sides (rows, columns, taps) do not depend on each other,
# so that a grid may have the ones along one axis and the others along another.

small = st.integers(1, 4)
side = st.integers(1, 6)
flags = st.booleans()


def any_width(draw: Draw, form: Form, unit: int) -> Numbers:
    """Numbers of channels come in multiples of a unit, so that they may be small or large."""
    return {"c": unit * draw(small)}


def free_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {name: unit * draw(small) for name in ("c", "out", "multiplier")}


def group_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(small)
    return {"groups": groups, "c": groups * unit * draw(st.integers(1, 3))}


def any_sides(draw: Draw, form: Form) -> Numbers:
    return {"h": draw(side), "w": draw(side)}


def target_sides(draw: Draw, form: Form) -> Numbers:
    height = draw(side)
    width = height if form["square"] else draw(side)
    return {"size_height": height, "size_width": width, **any_sides(draw, form)}


def whole_map(n: Numbers) -> tuple[Any, Any, Any]:
    return n["c"], n["h"], n["w"]


def both(form: Form, n: Numbers, name: str) -> Any:
    """A number where the two axes have the same one, else [height, width]."""
    return n[f"{name}_height"] if form["square"] else [n[f"{name}_height"], n[f"{name}_width"]]


def plain(form: Form, n: Numbers) -> Case:
    """A layer without fields, on one map."""
    return Case({}, [whole_map(n)])


BIAS = {"bias": flags}
SQUARE = {"square": flags}
AXIS = {"axis": st.integers(0, 2)}


@dataclass(frozen=True)
class LayerCases:
    """Everything that the tests need to know of a layer type: how to count and to draw it."""

    count: Callable[..., Counts]
    """Of fields and maps; raises Impossible where such a layer cannot be."""
    make: Callable[[Form, Numbers], Case] = plain
    """Puts numbers of any kind in their places."""
    form: Mapping[str, st.SearchStrategy[Any]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    """Fields that may be left out, to get their defaults."""
    widths: Callable[[Draw, Form, int], Numbers] = any_width
    sides: Callable[[Draw, Form], Numbers] = any_sides


# Counting


def require(condition: bool) -> None:
    if not condition:
        raise Impossible


def how_many(things: Iterable[Any]) -> int:
    total = 0
    for _ in things:
        total += 1
    return total


def elements(x: Map) -> Iterable[Any]:
    return product(range(x[0]), range(x[1]), range(x[2]))


def size(value: int, least: int = 1) -> int:
    require(value >= least)
    return value


def pair(value: Any, least: int = 1) -> tuple[int, int]:
    """A number holds for height and width."""
    height, width = (value, value) if isinstance(value, int) else value
    return size(height, least), size(width, least)


def dealt(channels: int, groups: int) -> list[list[int]]:
    """Channels dealt out to groups, one after the other; all groups get equally many."""
    hands: list[list[int]] = [[] for _ in range(size(groups))]
    for channel in range(size(channels)):
        hands[channel % groups].append(channel)
    require(len({len(hand) for hand in hands}) == 1)
    return hands


def connections(in_channels: int, out_channels: int, groups: int) -> list[tuple[int, int]]:
    """Which output channel reads which input channel."""
    pairs = []
    for readers, read in zip(dealt(out_channels, groups), dealt(in_channels, groups), strict=True):
        pairs.extend(product(readers, read))
    return pairs


def projection(
    pairs: Iterable[tuple[int, int]], kernel: Map, steps: Map, out: Map, bias: bool
) -> Counts:
    """Every step takes every weight once; `pairs` are (output channel, input channel)."""
    weights = set()
    macs = 0
    for readers, taps in product(pairs, elements(kernel)):
        weights.add((readers, taps))
        for _ in elements(steps):
            macs += 1
    return Counts(
        output=out,
        macs=macs,
        other_ops=how_many(elements(out)) if bias else 0,
        params=len(weights) + (how_many(range(out[0])) if bias else 0),
        activations=how_many(elements(out)),
    )


def unchanged(fields: Fields, x: Map) -> Counts:
    return Counts(output=x)
