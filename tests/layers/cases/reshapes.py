"""Layers that move, cut or pad elements and compute nothing."""

from itertools import product
from typing import Any

from hypothesis import strategies as st

from . import patterns
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
    axes,
    dealt,
    each,
    elements,
    flags,
    group_widths,
    how_many,
    numbered,
    place_of_axis,
    require,
    size,
    sizes,
    small,
    spelled_axis,
    spread,
    target_sides,
    unchanged,
    whole_map,
)
from .windows import ends, padding_field, sliding_sides, strided


def make_shuffle(form: Form, n: Numbers) -> Case:
    return Case({"groups": n["groups"]}, [whole_map(n)])


def channel_shuffle(fields: Fields, x: Map) -> Counts:
    hands = dealt(x[0], fields["groups"])
    shuffled = [channel for hand in hands for channel in hand]
    return Counts(output=(len(shuffled), *x[1:]))


def flatten(fields: Fields, x: Map) -> Counts:
    return Counts(output=(how_many(elements(x)),))


def make_slice(form: Form, n: Numbers) -> Case:
    fields = {name: n[name] for name in ("start", "stop", "step")}
    return Case({**fields, "axis": spelled_axis(form)}, [whole_map(n)])


def cut(draw: Draw, side: int) -> Numbers:
    """From the front or from the end; the last place can be counted from the front only."""
    start = draw(st.integers(0, side - 1))
    stop = draw(st.integers(start + 1, side))
    ends = {"start": start - draw(st.sampled_from((0, side)))}
    ends["stop"] = stop - draw(st.sampled_from((0, side if stop < side else 0)))
    return {**ends, "step": draw(small)}


def slice_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    channels = unit * draw(small)
    return {"c": channels, **(cut(draw, channels) if form["axis"] == 0 else {})}


def slice_sides(draw: Draw, form: Form) -> Numbers:
    n = any_sides(draw, form)
    return {**n, **(cut(draw, n[f"side{form['axis'] - 1}"]) if form["axis"] else {})}


def slice_(fields: Fields, x: Map) -> Counts:
    axis = place_of_axis(fields.get("axis", 0), x)
    places = list(range(x[axis]))
    start, stop = fields.get("start", 0), fields.get("stop", len(places))
    require(-len(places) <= start < len(places) and -len(places) <= stop <= len(places))
    part = places[start : stop : size(fields.get("step", 1))]
    require(bool(part))
    sides = list(x)
    sides[axis] = len(part)
    return Counts(output=tuple(sides))


def make_split(form: Form, n: Numbers) -> Case:
    """Equal parts, or the sizes of all; the side of the axis is their sum."""
    parts = [n["size"]] * form["parts"] if form["equal"] else each_size(n)
    dims = list(whole_map(n))
    dims[form["axis"]] = sum(parts)
    return Case(
        {"parts": len(parts) if form["equal"] else parts, "axis": spelled_axis(form)}, [tuple(dims)]
    )


def each_size(n: Numbers) -> list[Any]:
    return [n[name] for name in sorted(n) if name.startswith("size")]


def shares(draw: Draw, form: Form, unit: int) -> Numbers:
    if form["equal"]:
        return {"size": unit * draw(small)}
    return {f"size{part}": unit * draw(small) for part in range(form["parts"])}


def split_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), **(shares(draw, form, unit) if form["axis"] == 0 else {})}


def split_sides(draw: Draw, form: Form) -> Numbers:
    return {**any_sides(draw, form), **(shares(draw, form, 1) if form["axis"] else {})}


def split(fields: Fields, x: Map) -> Counts:
    """The part that is asked for, the first unless said: each is a layer of its own."""
    axis, parts = place_of_axis(fields.get("axis", 0), x), fields["parts"]
    if isinstance(parts, int):
        hands = dealt(x[axis], parts)
    else:
        places = iter(range(x[axis]))
        hands = [[place for _, place in zip(range(size(n)), places, strict=False)] for n in parts]
        require([len(hand) for hand in hands] == [*parts] and not [*places])
    own = len(hands[fields.get("part", 0)])
    return Counts(output=(*x[:axis], own, *x[axis + 1 :]))


def make_crop(form: Form, n: Numbers) -> Case:
    if form["like"]:
        like = (n["other"], *(n[f"size{axis}"] for axis in axes(form)))
        return Case({}, [whole_map(n), like])
    return Case({"size": each(form, n, "size")}, [whole_map(n)])


def crop_sides(draw: Draw, form: Form) -> Numbers:
    n = target_sides(draw, form)
    rest = st.integers(0, 3)
    return {**n, **{f"side{axis}": n[f"size{axis}"] + draw(rest) for axis in axes(form)}}


def of_a_map(form: Form) -> st.SearchStrategy[bool]:
    """Whether the size is a second map's; from a vector only another is cut out."""
    return flags if form["sides"] else st.just(True)


def crop_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "other": unit * draw(small)}


def center_crop(fields: Fields, x: Map, *like: Map) -> Counts:
    wanted = [sizes(fields["size"], len(x) - 1)] if "size" in fields else []
    wanted += [other[1:] for other in like]
    require(len(wanted) == 1)
    require(len(wanted[0]) == len(x) - 1 and ("size" not in fields or len(x) > 1))
    sides = []
    for side, target in zip(x[1:], wanted[0], strict=True):
        require(target <= side)
        places = list(range(side))
        while len(places) > target:
            del places[0 if len(places) % 2 else -1]
        sides.append(len(places))
    return Counts(output=(x[0], *sides))


def make_pad(form: Form, n: Numbers) -> Case:
    return Case({"padding": padding_field(form, n)}, [whole_map(n)])


def zero_pad(number: int | None, fields: Fields, x: Map) -> Counts:
    sides = spread(x, number)
    out = [x[0]]
    for side, (before, after) in zip(sides, ends(fields["padding"], len(sides)), strict=True):
        out.append(how_many(["zero"] * before + ["map"] * side + ["zero"] * after))
    return Counts(output=tuple(out))


def make_tokens(form: Form, n: Numbers) -> Case:
    return Case({"patch": each(form, n, "patch")}, [whole_map(n)])


def tokens_sides(draw: Draw, form: Form) -> Numbers:
    if not form["sides"]:
        return {"patch0": 1, "patch1": 1}
    height = draw(st.integers(1, 3))
    width = height if form["square"] else draw(st.integers(1, 3))
    sides = {"side0": height * draw(small), "side1": width * draw(small)}
    return {"patch0": height, "patch1": width, **sides}


def tokens(fields: Fields, x: Map) -> Counts:
    sides = spread(x, 2)
    height, width = sizes(fields.get("patch", 1), 2)
    rows, columns = strided(sides[0], height), strided(sides[1], width)
    require(rows[-1] + height == sides[0] and columns[-1] + width == sides[1])
    patches = how_many(product(rows, columns))
    places = how_many(product(range(height), range(width)))
    return Counts(output=(x[0], patches, 1), samples=places)


def make_untokens(form: Form, n: Numbers) -> Case:
    return Case({"height": n["height"], "width": n["width"]}, [whole_map(n)])


def untokens_sides(draw: Draw, form: Form) -> Numbers:
    """Both shapes are made of the same four factors."""
    count = form["sides"]
    a, b, c, d = (draw(st.integers(1, 3)) if count else 1 for _ in range(4))
    sides = [(), (a * b * c * d,), (a * b, c * d), (a * b, c, d)][count]
    named = {f"side{axis}": side for axis, side in enumerate(sides)}
    return {**named, "height": a * c, "width": b * d}


def untokens(fields: Fields, x: Map) -> Counts:
    out = (x[0], size(fields["height"]), size(fields["width"]))
    require(how_many(elements(out)) == how_many(elements(x)))
    return Counts(output=out)


CASES = {
    "identity": LayerCases(unchanged),
    "channel_shuffle": LayerCases(channel_shuffle, make_shuffle, widths=group_widths),
    "flatten": LayerCases(flatten),
    "slice": LayerCases(
        slice_, make_slice, AXIS, ("axis", "start", "stop", "step"), slice_widths, slice_sides
    ),
    "split": LayerCases(
        split,
        make_split,
        {"parts": st.integers(1, 4), "equal": flags, **AXIS},
        ("axis",),
        split_widths,
        split_sides,
    ),
    "center_crop": LayerCases(
        center_crop, make_crop, {"like": of_a_map, **SQUARE}, (), crop_widths, crop_sides
    ),
    **numbered(
        "zero_pad",
        zero_pad,
        make_pad,
        {"padding": st.sampled_from(("number", "each", "ends")), "square": st.just(False)},
        sides=sliding_sides,
    ),
    "tokens": LayerCases(tokens, make_tokens, SQUARE, ("patch",), sides=tokens_sides, number=2),
    "untokens": LayerCases(untokens, make_untokens, sides=untokens_sides),
    "rearrange": patterns.REARRANGE,
}
KNOWN = [
    ("tokens", {"patch": 2}, [(4, 6, 4)], Counts(output=(4, 6, 1), samples=4)),
    ("tokens", {}, [(4, 6, 4)], Counts(output=(4, 24, 1))),
    ("flatten", {}, [(2, 3, 4, 5)], Counts(output=(120,))),
    ("flatten", {}, [(7,)], Counts(output=(7,))),
    ("zero_pad", {"padding": [1, 2]}, [(2, 4)], Counts(output=(2, 7))),
    ("zero_pad3d", {"padding": [0, 1, 2]}, [(2, 4, 4, 4)], Counts(output=(2, 4, 6, 8))),
    ("slice", {"axis": 3, "start": 1}, [(2, 3, 4, 5)], Counts(output=(2, 3, 4, 4))),
    ("slice", {"axis": "width", "start": 1}, [(2, 3, 4, 5)], Counts(output=(2, 3, 4, 4))),
    # Every second place from the third to the end, and the last two but one.
    ("slice", {"axis": "length", "start": 2, "step": 2}, [(2, 9)], Counts(output=(2, 4))),
    ("slice", {"axis": 1, "start": -3, "stop": -1}, [(2, 9)], Counts(output=(2, 2))),
    ("slice", {"start": -1}, [(7,)], Counts(output=(1,))),
    ("split", {"parts": 2}, [(6, 5)], Counts(output=(3, 5))),
    ("split", {"parts": [1, 4], "axis": "length"}, [(6, 5)], Counts(output=(6, 1))),
    ("center_crop", {"size": [1, 2, 3]}, [(2, 3, 4, 5)], Counts(output=(2, 1, 2, 3))),
    *patterns.KNOWN["rearrange"],
]
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
    ("center_crop", {"size": [4, 4]}, [(6, 4)]),
    ("center_crop", {"size": 1}, [(6,)]),
    ("center_crop", {}, [X, (6, 4)]),
    ("zero_pad1d", {"padding": [1, 1, 1, 1]}, [(6, 4)]),
    ("slice", {"axis": 2}, [(6, 4)]),
    ("slice", {"axis": 1}, [(6,)]),
    ("slice", {"axis": 4}, [(6, 4, 5, 3)]),
    ("slice", {"axis": 3}, [X]),
    ("slice", {"stop": 7}, [X]),
    ("slice", {"start": 6}, [X]),
    ("slice", {"start": 3, "stop": 3}, [X]),
    ("slice", {"start": -7}, [X]),
    ("slice", {"stop": -6}, [X]),
    ("slice", {"start": -2, "stop": 4}, [X]),
    ("slice", {"step": 0}, [X]),
    ("slice", {"step": -1}, [X]),
    ("slice", {"axis": "length"}, [X]),
    ("slice", {"axis": "depth"}, [X]),
    ("slice", {"axis": "height"}, [(6, 4)]),
    ("slice", {"axis": 1, "stop": 5}, [X]),
    ("split", {"parts": 4}, [X]),
    ("split", {"parts": 0}, [X]),
    ("split", {"parts": []}, [X]),
    ("split", {"parts": [2, 3]}, [X]),
    ("split", {"parts": [6, 0]}, [X]),
    ("split", {"parts": 2, "axis": "width"}, [X]),
    ("split", {"parts": 2, "axis": "length"}, [X]),
    ("tokens", {"patch": [2, 2]}, [X]),
    ("tokens", {"patch": [3, 5]}, [X]),
    ("untokens", {"height": 4, "width": 4}, [X]),
    *patterns.REFUSED["rearrange"],
]
