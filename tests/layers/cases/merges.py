"""Several maps become one."""

from collections.abc import Sequence
from itertools import product, zip_longest
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
    any_sides,
    elements,
    flags,
    how_many,
    place_of_axis,
    require,
    small,
    spelled_axis,
    whole_map,
)


def same_number(value: Any) -> Any:
    """The number again as an object of its own, as two layers would compute it."""
    return value + 0


def merge_ops(out: Map, maps: Sequence[Map]) -> int:
    """Every map after the first takes one operation an output element."""
    return how_many(product(elements(out), maps[1:]))


def lacking(form: Form) -> st.SearchStrategy[list[int]]:
    """How many sides each map lacks at its end; one map has them all."""
    count = st.integers(0, form["sides"])
    return st.lists(count, min_size=form["maps"] - 1, max_size=form["maps"] - 1).flatmap(
        lambda counts: st.permutations([0, *counts])
    )


def without(dims: Sequence[Any], sides: int) -> tuple[Any, ...]:
    """The map without so many sides of 1 at its end."""
    return tuple(dims[: len(dims) - sides])


def with_ones(dims: Sequence[Any], sides: int) -> list[Any]:
    """So many sides at the end are 1: some of the maps lack them."""
    return [*dims[: len(dims) - sides], *[1] * sides]


def aligned(maps: Sequence[Map]) -> list[Map]:
    """Sides of 1 where a map lacks them at its end."""
    require(bool(maps))
    return [tuple(x for x, _ in zip_longest(own, max(maps, key=len), fillvalue=1)) for own in maps]


def make_add(form: Form, n: Numbers) -> Case:
    dims = with_ones(whole_map(n), max(form["lacking"]))
    return Case({}, [without(tuple(map(same_number, dims)), sides) for sides in form["lacking"]])


def of_one_shape(fields: Fields, *maps: Map) -> Counts:
    same = aligned(maps)
    require(len(maps) > 1 and len(set(same)) == 1)
    return Counts(output=same[0], other_ops=merge_ops(same[0], maps))


def make_multiply(form: Form, n: Numbers) -> Case:
    """Every map has the whole side or 1, along each axis, and may lack those of 1 at the end."""
    maps = []
    for full, lacks in form["full"]:
        dims = [same_number(x) if f else 1 for x, f in zip(whole_map(n), full, strict=True)]
        while lacks and len(dims) > 1 and not full[len(dims) - 1]:
            dims.pop()
        maps.append(tuple(dims))
    return Case({}, maps)


def fullness(form: Form) -> st.SearchStrategy[Any]:
    full = st.tuples(*[flags] * (1 + form["sides"]))
    return st.lists(st.tuples(full, flags), min_size=2, max_size=3)


def spreading(fields: Fields, *maps: Map) -> Counts:
    require(len(maps) > 1)
    out = []
    for sizes in zip(*aligned(maps), strict=True):
        larger = set(sizes) - {1}
        require(len(larger) <= 1)
        out.append(larger.pop() if larger else 1)
    return Counts(output=tuple(out), other_ops=merge_ops(tuple(out), maps))


def make_concat(form: Form, n: Numbers) -> Case:
    """Maps may lack the sides behind the axis."""
    axis, maps = form["axis"], []
    behind = [min(sides, form["sides"] - axis) for sides in form["lacking"]]
    for number, sides in enumerate(behind):
        dims = [same_number(value) for value in with_ones(whole_map(n), max(behind))]
        dims[axis] = n[f"part{number}"]
        maps.append(without(dims, sides))
    return Case({"axis": spelled_axis(form)}, maps)


def parts(draw: Draw, form: Form, unit: int) -> Numbers:
    return {f"part{number}": unit * draw(small) for number in range(form["maps"])}


def concat_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), **(parts(draw, form, unit) if form["axis"] == 0 else {})}


def concat_sides(draw: Draw, form: Form) -> Numbers:
    return {**any_sides(draw, form), **(parts(draw, form, 1) if form["axis"] else {})}


def concat(fields: Fields, *maps: Map) -> Counts:
    same = aligned(maps)
    axis = place_of_axis(fields.get("axis", 0), same[0])
    rows = [(number, place) for number, x in enumerate(same) for place in range(x[axis])]
    outs = {(*x[:axis], len(rows), *x[axis + 1 :]) for x in same}
    require(len(outs) == 1)
    return Counts(output=outs.pop())


def make_mixture(form: Form, n: Numbers) -> Case:
    """The scores have a number for every place."""
    dims = whole_map(n)
    return Case({"active": n["active"]}, [dims, (n["active"] + n["more"], *dims[1:])])


def mixture_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "active": draw(small), "more": draw(st.integers(0, 3))}


def mixture(fields: Fields, x: Map, scores: Map) -> Counts:
    """What the active experts make of a place is multiplied by the scores, and added."""
    places, scored = (list(product(*map(range, one[1:]))) for one in (x, scores))
    require(len(places) == len(scored) and 1 <= fields["active"] <= scores[0])
    terms = [*product(elements(x), range(fields["active"]))]
    return Counts(output=x, other_ops=how_many(terms) + how_many(t for t in terms if t[1]))


def make_elementwise(form: Form, n: Numbers) -> Case:
    maps = make_multiply(form, n).maps[: form["maps"]]
    return Case({"function": form["function"]}, maps)


def elementwise(fields: Fields, *maps: Map) -> Counts:
    require(bool(maps))
    if len(maps) > 1:
        return spreading(fields, *maps)
    return Counts(output=maps[0], other_ops=how_many(elements(maps[0])))


CASES = {
    "elementwise": LayerCases(
        elementwise,
        make_elementwise,
        {
            "full": fullness,
            "maps": st.integers(1, 3),
            "function": st.sampled_from(["exp", "compare"]),
        },
    ),
    "mixture_of_experts": LayerCases(mixture, make_mixture, widths=mixture_widths),
    **{
        name: LayerCases(of_one_shape, make_add, {"maps": st.integers(2, 4), "lacking": lacking})
        for name in ("add", "subtract", "maximum", "minimum")
    },
    **{
        name: LayerCases(spreading, make_multiply, {"full": fullness})
        for name in ("multiply", "divide")
    },
    "concat": LayerCases(
        concat,
        make_concat,
        {"maps": st.integers(1, 4), "lacking": lacking, **AXIS},
        ("axis",),
        concat_widths,
        concat_sides,
    ),
}
KNOWN = [
    ("elementwise", {"function": "sqrt"}, [(4, 3, 3)], Counts(output=(4, 3, 3), other_ops=36)),
    (
        "elementwise",
        {"function": "select"},
        [(1, 3), (4, 3), (4, 1)],
        Counts(output=(4, 3), other_ops=24),
    ),
    ("multiply", {}, [(4, 3, 3), (4, 1, 1)], Counts(output=(4, 3, 3), other_ops=36)),
    ("concat", {}, [(4, 3, 3), (1, 3, 3)], Counts(output=(5, 3, 3))),
    # A map may lack sides of 1 at its end: a vector is a gate, tokens are a column.
    ("multiply", {}, [(4,), (4, 3, 3, 3)], Counts(output=(4, 3, 3, 3), other_ops=108)),
    ("multiply", {}, [(4, 5), (1, 1, 6)], Counts(output=(4, 5, 6), other_ops=120)),
    ("add", {}, [(4, 3), (4, 3, 1)], Counts(output=(4, 3, 1), other_ops=12)),
    ("concat", {"axis": 1}, [(4, 3), (4, 2, 1), (4,)], Counts(output=(4, 6, 1))),
    ("concat", {"axis": 1}, [(4, 3), (4, 2)], Counts(output=(4, 5))),
    ("concat", {"axis": 1}, [(4, 2, 5, 5), (4, 3, 5, 5)], Counts(output=(4, 5, 5, 5))),
    ("concat", {"axis": 3}, [(4, 2, 5, 1), (4, 2, 5)], Counts(output=(4, 2, 5, 2))),
    ("concat", {}, [(4,), (3,)], Counts(output=(7,))),
    ("concat", {"axis": "length"}, [(4, 3), (4, 2)], Counts(output=(4, 5))),
    ("concat", {"axis": "width"}, [(4, 3, 1), (4, 3)], Counts(output=(4, 3, 2))),
    ("concat", {"axis": "depth"}, [(4, 2, 5, 5), (4, 3, 5, 5)], Counts(output=(4, 5, 5, 5))),
    # The first map less two others; a side of 1 is a divisor of all that it meets.
    ("subtract", {}, [(4, 3, 3)] * 3, Counts(output=(4, 3, 3), other_ops=72)),
    ("divide", {}, [(4, 3, 3), (1, 3, 3)], Counts(output=(4, 3, 3), other_ops=36)),
    ("maximum", {}, [(4, 5), (4, 5, 1)], Counts(output=(4, 5, 1), other_ops=20)),
    ("minimum", {}, [(7,), (7,)], Counts(output=(7,), other_ops=7)),
]
X = (6, 4, 5)
REFUSED = [
    ("elementwise", {"function": "exp"}, [X, (2, 1, 1)]),
    ("mixture_of_experts", {"active": 4}, [X, (3, 4, 5)]),
    ("mixture_of_experts", {"active": 2}, [X, (3, 4, 4)]),
    ("subtract", {}, [X, (6, 4, 1)]),
    ("maximum", {}, [X, (1, 4, 5)]),
    ("minimum", {}, [X, X, (6, 5, 4)]),
    ("divide", {}, [X, (2, 1, 1)]),
    ("concat", {"axis": "length"}, [X, X]),
    ("concat", {"axis": "depth"}, [X, X]),
    ("concat", {"axis": "height"}, [(6, 4), (6, 4)]),
    ("add", {}, [X, X, (5, 4, 5)]),
    ("add", {}, [X, (6, 3, 5)]),
    ("add", {}, [X, (6, 4, 1)]),
    ("multiply", {}, [X, (1, 1, 1), (3, 1, 1)]),
    ("multiply", {}, [(6, 1, 1), (1, 2, 1), X]),
    ("concat", {}, [X, X, (6, 4, 4)]),
    ("concat", {"axis": 2}, [X, (6, 3, 5)]),
    ("concat", {"axis": 1}, [X, (5, 4, 5)]),
    ("concat", {"axis": 3}, [X, X]),
    ("add", {}, [(6, 4, 5), (6, 4)]),
    ("add", {}, [(4, 3), (4,)]),
    ("multiply", {}, [(6, 4), (6, 4, 5), (6, 1, 4)]),
    ("concat", {}, [(6, 4), (6, 4, 5)]),
    ("concat", {"axis": 1}, [(6,), (6,)]),
    ("concat", {"axis": 2}, [(6, 4), (6, 4)]),
]
