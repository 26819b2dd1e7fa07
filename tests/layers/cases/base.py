"""What the cases of all families share: how a layer is counted one by one, and how it is drawn.

The counters are a reference to compare the formulas with. They share no code with the package: a
multiply-add is counted when a loop comes past it, a parameter when its index is put into a set, an
output row when a window is slid there. Nothing is multiplied that could be counted, so keep maps
and kernels small.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any, NamedTuple

from hypothesis import strategies as st

Map = tuple[int, ...]
"""Channels and any number of sides."""
Fields = dict[str, Any]
"""As a network spells them."""
Form = dict[str, Any]
"""What of a case is no number: which fields are written, how padding is spelled.

`sides` is how many sides the map has, and `axes` how many a field may have a number for: as many,
but for a vector, which has one place along each axis of the layer."""
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
    kv_cache: int = 0
    attended_macs: int = -1
    """As many as macs where none are said."""
    samples: int = 1
    """How many the output has; the counts are of one."""

    def __post_init__(self) -> None:
        if self.attended_macs < 0:
            object.__setattr__(self, "attended_macs", self.macs)


METRICS = ("macs", "other_ops", "params", "activations", "attended_macs", "kv_cache")
"""The metrics that each layer type has a formula for: every one is counted here."""


class Case(NamedTuple):
    fields: Fields
    maps: list[tuple[Any, ...]]


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
    return {f"side{axis}": draw(side if form["sides"] < 3 else small) for axis in axes(form)}


def axes(form: Form) -> range:
    """The axes that a map has a side along."""
    return range(form["sides"])


def target_sides(draw: Draw, form: Form) -> Numbers:
    most = side if form["axes"] < 3 else small
    size = draw(most)
    return {
        **{f"size{axis}": size if form["square"] else draw(most) for axis in range(form["axes"])},
        **any_sides(draw, form),
    }


def whole_map(n: Numbers) -> tuple[Any, ...]:
    """Channels, and the sides in their order."""
    return (n["c"], *(n[name] for name in sorted(n) if name.startswith("side")))


def row_of_tokens(n: Numbers) -> tuple[Any, ...]:
    """A map whose sides after the first are 1."""
    channels, *sides = whole_map(n)
    return (channels, *sides[:1], *[1] * len(sides[1:]))


def each(form: Form, n: Numbers, name: str) -> Any:
    """A number where all axes have the same one, else a list."""
    return n[f"{name}0"] if form["square"] else [n[f"{name}{x}"] for x in range(form["axes"])]


def plain(form: Form, n: Numbers) -> Case:
    """A layer without fields, on one map."""
    return Case({}, [whole_map(n)])


BIAS = {"bias": flags}
SQUARE = {"square": flags}
NAMED_AXES = [
    ["channels"],
    ["channels", "length"],
    ["channels", "height", "width"],
    ["channels", "depth", "height", "width"],
]
AXIS = {"axis": lambda form: st.integers(0, form["sides"]), "named": flags}
"""An axis, and whether it is called by its name."""


def spelled_axis(form: Form) -> Any:
    """The axis by its name, or its number, in a network."""
    return NAMED_AXES[form["sides"]][form["axis"]] if form["named"] else form["axis"]


def place_of_axis(axis: Any, x: Map) -> int:
    """Where an axis of a map stands; Impossible for one that it lacks."""
    names = NAMED_AXES[len(x) - 1]
    listed = {**{name: place for place, name in enumerate(names)}, **dict(enumerate(range(len(x))))}
    require(axis in listed)
    return listed[axis]


@dataclass(frozen=True)
class LayerCases:
    """Everything that the tests need to know of a layer type: how to count and to draw it."""

    count: Callable[..., Counts]
    """Of fields and maps; raises Impossible where such a layer cannot be."""
    make: Callable[[Form, Numbers], Case] = plain
    """Puts numbers of any kind in their places."""
    form: Mapping[str, Any] = field(default_factory=dict)
    """What each choice is drawn from: a strategy, or a function of the form so far that gives one.
    """
    optional: tuple[str, ...] = ()
    """Fields that may be left out, to get their defaults."""
    widths: Callable[[Draw, Form, int], Numbers] = any_width
    sides: Callable[[Draw, Form], Numbers] = any_sides
    number: int | None = None
    """How many sides the layer's maps have; None is any number."""


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
    return product(*map(range, x))


def size(value: int, least: int = 1) -> int:
    require(value >= least)
    return value


def sizes(value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """A number holds for all axes."""
    listed = [value] * axes if isinstance(value, int) else value
    require(len(listed) == axes)
    return tuple(size(one, least) for one in listed)


def spread(x: Map, number: int | None = None) -> Map:
    """A vector has one place along each axis of the layer; other maps have as many sides as it."""
    sides = x[1:] or (1,) * (number or 1)
    require(number in (None, len(sides)))
    return sides


def numbered(name: str, count: Callable[..., Counts], *more: Any, **named: Any) -> "dict[str, Any]":
    """The cases of conv1d, conv2d, conv3d, and of conv, which is the one that fits its map."""
    return {
        f"{name}{number}d" if number else name: LayerCases(
            partial(count, number), *more, **named, number=number
        )
        for number in (None, 1, 2, 3)
    }


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
