"""Layers that move, cut or pad elements and compute nothing."""

from itertools import product

from hypothesis import strategies as st

from .base import (
    AXIS,
    SQUARE,
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    any_sides,
    both,
    dealt,
    elements,
    flags,
    group_widths,
    how_many,
    pair,
    require,
    size,
    small,
    target_sides,
    unchanged,
    whole_map,
)
from .windows import four_sides, padding_field, sliding_sides, strided


def make_shuffle(form: Form, n: Numbers) -> Case:
    return Case({"groups": n["groups"]}, [whole_map(n)])


def channel_shuffle(fields: Fields, x: Map) -> Counts:
    hands = dealt(x[0], fields["groups"])
    shuffled = [channel for hand in hands for channel in hand]
    return Counts(output=(len(shuffled), x[1], x[2]))


def flatten(fields: Fields, x: Map) -> Counts:
    return Counts(output=(how_many(elements(x)),))


def make_slice(form: Form, n: Numbers) -> Case:
    fields = {name: n[name] for name in ("start", "stop")}
    return Case({**fields, "axis": form["axis"]}, [whole_map(n)])


def cut(draw: Draw, side: int) -> Numbers:
    start = draw(st.integers(0, side - 1))
    return {"start": start, "stop": draw(st.integers(start + 1, side))}


def slice_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    channels = unit * draw(small)
    return {"c": channels, **(cut(draw, channels) if form["axis"] == 0 else {})}


def slice_sides(draw: Draw, form: Form) -> Numbers:
    n = any_sides(draw, form)
    return {**n, **(cut(draw, n["hw"[form["axis"] - 1]]) if form["axis"] else {})}


def slice_(fields: Fields, x: Map) -> Counts:
    axis = size(fields.get("axis", 0), 0)
    require(axis < 3)
    places = list(range(x[axis]))
    start, stop = size(fields.get("start", 0), 0), fields.get("stop", len(places))
    require(stop <= len(places))
    part = places[start : size(stop)]
    require(bool(part))
    sides = list(x)
    sides[axis] = len(part)
    return Counts(output=(sides[0], sides[1], sides[2]))


def make_crop(form: Form, n: Numbers) -> Case:
    if form["like"]:
        return Case({}, [whole_map(n), (n["other"], n["size_height"], n["size_width"])])
    return Case({"size": both(form, n, "size")}, [whole_map(n)])


def crop_sides(draw: Draw, form: Form) -> Numbers:
    n = target_sides(draw, form)
    rest = st.integers(0, 3)
    return {**n, "h": n["size_height"] + draw(rest), "w": n["size_width"] + draw(rest)}


def crop_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "other": unit * draw(small)}


def center_crop(fields: Fields, x: Map, *like: Map) -> Counts:
    wanted = [pair(fields["size"])] if "size" in fields else []
    wanted += [other[1:] for other in like]
    require(len(wanted) == 1)
    sides = []
    for side, target in zip(x[1:], wanted[0], strict=True):
        require(target <= side)
        places = list(range(side))
        while len(places) > target:
            del places[0 if len(places) % 2 else -1]
        sides.append(len(places))
    return Counts(output=(x[0], sides[0], sides[1]))


def make_pad(form: Form, n: Numbers) -> Case:
    return Case({"padding": padding_field(form, n)}, [whole_map(n)])


def zero_pad2d(fields: Fields, x: Map) -> Counts:
    top, bottom, left, right = four_sides(fields["padding"])
    rows = ["zero"] * top + ["map"] * x[1] + ["zero"] * bottom
    columns = ["zero"] * left + ["map"] * x[2] + ["zero"] * right
    return Counts(output=(x[0], len(rows), len(columns)))


def make_tokens(form: Form, n: Numbers) -> Case:
    return Case({"patch": both(form, n, "patch")}, [whole_map(n)])


def tokens_sides(draw: Draw, form: Form) -> Numbers:
    height = draw(st.integers(1, 3))
    width = height if form["square"] else draw(st.integers(1, 3))
    sides = {"h": height * draw(small), "w": width * draw(small)}
    return {"patch_height": height, "patch_width": width, **sides}


def tokens(fields: Fields, x: Map) -> Counts:
    height, width = pair(fields.get("patch", 1))
    rows, columns = strided(x[1], height), strided(x[2], width)
    require(rows[-1] + height == x[1] and columns[-1] + width == x[2])
    patches = how_many(product(rows, columns))
    return Counts(output=(x[0], patches, how_many(product(range(height), range(width)))))


def make_untokens(form: Form, n: Numbers) -> Case:
    return Case({"height": n["height"], "width": n["width"]}, [whole_map(n)])


def untokens_sides(draw: Draw, form: Form) -> Numbers:
    """Both shapes are made of the same four factors."""
    a, b, c, d = (draw(st.integers(1, 3)) for _ in range(4))
    return {"h": a * b, "w": c * d, "height": a * c, "width": b * d}


def untokens(fields: Fields, x: Map) -> Counts:
    out = (x[0], size(fields["height"]), size(fields["width"]))
    require(how_many(elements(out)) == how_many(elements(x)))
    return Counts(output=out)


CASES = {
    "identity": LayerCases(unchanged),
    "channel_shuffle": LayerCases(channel_shuffle, make_shuffle, widths=group_widths),
    "flatten": LayerCases(flatten),
    "slice": LayerCases(
        slice_, make_slice, AXIS, ("axis", "start", "stop"), slice_widths, slice_sides
    ),
    "center_crop": LayerCases(
        center_crop, make_crop, {"like": flags, **SQUARE}, (), crop_widths, crop_sides
    ),
    "zero_pad2d": LayerCases(
        zero_pad2d,
        make_pad,
        {"padding": st.sampled_from(("number", "pair", "four")), "square": st.just(False)},
        sides=sliding_sides,
    ),
    "tokens": LayerCases(tokens, make_tokens, SQUARE, ("patch",), sides=tokens_sides),
    "untokens": LayerCases(untokens, make_untokens, sides=untokens_sides),
}
KNOWN = [("tokens", {"patch": 2}, [(4, 6, 4)], Counts(output=(4, 6, 4)))]
X = (6, 4, 5)
REFUSED = [
    ("channel_shuffle", {"groups": 4}, [X]),
    ("zero_pad2d", {"padding": -1}, [X]),
    # Parts that are not there, or fill no map
    ("center_crop", {}, [X, (6, 5, 5)]),
    ("center_crop", {}, [X, (6, 4, 6)]),
    ("center_crop", {}, [X]),
    ("center_crop", {"size": 2}, [X, (3, 2, 2)]),
    ("center_crop", {"size": [4, 6]}, [X]),
    ("slice", {"axis": 3}, [X]),
    ("slice", {"stop": 7}, [X]),
    ("slice", {"start": 6}, [X]),
    ("slice", {"start": 3, "stop": 3}, [X]),
    ("slice", {"start": -1}, [X]),
    ("slice", {"axis": 1, "stop": 5}, [X]),
    ("tokens", {"patch": [2, 2]}, [X]),
    ("tokens", {"patch": [3, 5]}, [X]),
    ("untokens", {"height": 4, "width": 4}, [X]),
]
