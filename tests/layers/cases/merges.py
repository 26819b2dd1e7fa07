"""Several maps become one."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from hypothesis import strategies as st

from .base import (
    AXIS,
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    elements,
    flags,
    how_many,
    require,
    size,
    small,
    whole_map,
)


def same_number(value: Any) -> Any:
    """The number again as an object of its own, as two layers would compute it."""
    return value + 0


def merge_ops(out: Map, maps: Sequence[Map]) -> int:
    """Every map after the first takes one operation an output element."""
    return how_many(product(elements(out), maps[1:]))


def make_add(form: Form, n: Numbers) -> Case:
    return Case({}, [tuple(map(same_number, whole_map(n))) for _ in range(form["maps"])])


def add(fields: Fields, *maps: Map) -> Counts:
    require(len(maps) > 1 and len(set(maps)) == 1)
    return Counts(output=maps[0], other_ops=merge_ops(maps[0], maps))


def make_multiply(form: Form, n: Numbers) -> Case:
    """Every map has the whole side or 1, on each axis."""
    return Case(
        {},
        [
            tuple(same_number(x) if f else 1 for x, f in zip(whole_map(n), full, strict=True))
            for full in form["full"]
        ],
    )


def multiply(fields: Fields, *maps: Map) -> Counts:
    require(len(maps) > 1)
    sides = []
    for sizes in zip(*maps, strict=True):
        larger = set(sizes) - {1}
        require(len(larger) <= 1)
        sides.append(larger.pop() if larger else 1)
    out = (sides[0], sides[1], sides[2])
    return Counts(output=out, other_ops=merge_ops(out, maps))


def make_concat(form: Form, n: Numbers) -> Case:
    maps = []
    for number in range(form["maps"]):
        sides = [same_number(value) for value in whole_map(n)]
        sides[form["axis"]] = n[f"part{number}"]
        maps.append(tuple(sides))
    return Case({"axis": form["axis"]}, maps)


def parts(draw: Draw, form: Form, unit: int) -> Numbers:
    return {f"part{number}": unit * draw(small) for number in range(form["maps"])}


def concat_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), **(parts(draw, form, unit) if form["axis"] == 0 else {})}


def concat_sides(draw: Draw, form: Form) -> Numbers:
    sides = {"h": draw(small), "w": draw(small)}
    return {**sides, **(parts(draw, form, 1) if form["axis"] else {})}


def concat(fields: Fields, *maps: Map) -> Counts:
    axis = size(fields.get("axis", 0), 0)
    require(bool(maps) and axis < 3)
    rows = [(number, place) for number, x in enumerate(maps) for place in range(x[axis])]
    outs = {(*x[:axis], len(rows), *x[axis + 1 :]) for x in maps}
    require(len(outs) == 1)
    return Counts(output=outs.pop())


CASES = {
    "add": LayerCases(add, make_add, {"maps": st.integers(2, 4)}),
    "multiply": LayerCases(
        multiply,
        make_multiply,
        {"full": st.lists(st.tuples(flags, flags, flags), min_size=2, max_size=3)},
    ),
    "concat": LayerCases(
        concat,
        make_concat,
        {"maps": st.integers(1, 4), **AXIS},
        ("axis",),
        concat_widths,
        concat_sides,
    ),
}
KNOWN = [
    ("multiply", {}, [(4, 3, 3), (4, 1, 1)], Counts(output=(4, 3, 3), other_ops=36)),
    ("concat", {}, [(4, 3, 3), (1, 3, 3)], Counts(output=(5, 3, 3))),
]
X = (6, 4, 5)
REFUSED = [
    ("add", {}, [X, X, (5, 4, 5)]),
    ("add", {}, [X, (6, 3, 5)]),
    ("add", {}, [X, (6, 4, 1)]),
    ("multiply", {}, [X, (1, 1, 1), (3, 1, 1)]),
    ("multiply", {}, [(6, 1, 1), (1, 2, 1), X]),
    ("concat", {}, [X, X, (6, 4, 4)]),
    ("concat", {"axis": 2}, [X, (6, 3, 5)]),
    ("concat", {"axis": 1}, [X, (5, 4, 5)]),
    ("concat", {"axis": 3}, [X, X]),
]
