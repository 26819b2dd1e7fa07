"""Layers with a pattern: every element is moved to where the axes say, one by one."""

import re
from itertools import count as numbers_from
from itertools import product
from typing import Any

from hypothesis import strategies as st

from .base import (
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    elements,
    how_many,
    require,
    size,
    small,
)

Term = list[str]


def terms(text: str, rest: int) -> list[Term]:
    """The axes of each term; ... are as many as `rest` says."""
    unfolded = " ".join(f"_{n}" for n in range(rest))
    words = re.findall(r"\([^)]*\)|\S+", text.replace("...", unfolded))
    return [[axis for axis in word.strip("()").split() if axis != "1"] for word in words]


def places(term: Term, sizes: dict[str, int]) -> list[tuple[int, ...]]:
    """The indices of a term's axes, the first the slowest."""
    return list(product(*(range(sizes[axis]) for axis in term)))


def axis_sizes(term: Term, side: int, given: Fields, pad: bool) -> dict[str, int]:
    sizes = {axis: size(given[axis]) for axis in term if axis in given}
    for axis in term:
        if axis not in sizes:
            for number in numbers_from(1):
                if len(places(term, {**sizes, axis: number})) >= side:
                    sizes[axis] = number
                    break
    found = len(places(term, sizes))
    require(found == side or (pad and found > side and not set(term) <= given.keys()))
    return sizes


def read_map(text: str, x: Map, given: Fields, pad: bool = False) -> dict[str, int]:
    """The sizes of all axes of a map; one sample, where the batch is named."""
    dims = [1, *x] if text.split()[0].strip("()") == "b" else list(x)
    rest = len(dims) - len(terms(text.replace("...", ""), 0))
    sizes: dict[str, int] = {}
    first = len(dims) - len(x) + 1
    found = terms(text, rest)
    require(len(found) == len(dims))
    for place, (term, side) in enumerate(zip(found, dims, strict=True)):
        sizes |= axis_sizes(term, side, given, pad and place >= first)
    return sizes


def shape(text: str, sizes: dict[str, int]) -> tuple[int, ...]:
    """How many different places there are along each term."""
    rest = how_many(axis for axis in sizes if axis.startswith("_"))
    dims = [len(places(term, sizes)) for term in terms(text, rest)]
    return tuple(dims[1:] if names_batch(text) else dims)


def names_batch(text: str) -> bool:
    return bool(re.match(r"\(?b\b", text.strip()))


def samples(text: str, sizes: dict[str, int]) -> int:
    """How many different places there are along the batch, of one sample."""
    return len(places(terms(text, 0)[0], sizes)) if names_batch(text) else 1


def rearrange(fields: Fields, x: Map) -> Counts:
    left, right = fields["pattern"].split("->")
    sizes = read_map(left, x, fields, fields.get("pad", False))
    return Counts(output=shape(right, sizes), samples=samples(right, sizes))


def einsum(fields: Fields, *maps: Map) -> Counts:
    left, right = fields["equation"].split("->")
    sizes: dict[str, int] = {}
    require(len(left.split(",")) == len(maps))
    for text, x in zip(left.split(","), maps, strict=True):
        for axis, found in read_map(text, x, fields).items():
            require(sizes.setdefault(axis, found) == found)
    macs = other_ops = 0
    for _ in product(*(range(side) for side in sizes.values())):
        macs += len(maps) == 2
    rest = how_many(axis for axis in sizes if axis.startswith("_"))
    kept = {axis for term in terms(right, rest) for axis in term}
    if len(maps) == 1 and sizes.keys() - kept:
        other_ops = how_many(elements(maps[0]))
    return Counts(output=shape(right, sizes), macs=macs, other_ops=other_ops)


def reduce(fields: Fields, x: Map) -> Counts:
    left, right = fields["pattern"].split("->")
    sizes = read_map(left, x, fields)
    return Counts(output=shape(right, sizes), other_ops=how_many(elements(x)))


# Drawing: each pattern with the axes whose sizes stand beside it.

PATTERNS = {
    "c (h p) (w q) -> (c p q) h w": ("p", "q"),
    "b c (h p) (w q) -> (b h w) c p q": ("p", "q"),
    "(c p q) h w -> c (h p) (w q)": ("p", "q"),
    "(c p) h w -> p h (c w)": ("p",),
    "c h w -> (h w) c": (),
    "c h w -> w 1 (c h)": (),
    "c ... -> (...) c": (),
    "c ... -> 1 c ...": (),
}
EQUATIONS: dict[str, tuple[tuple[str, ...], Any]] = {
    "(p c) h 1, (p c) w 1 -> p h w": (
        ("p",),
        lambda n: [(n["p"] * n["c"], n["h"], 1), (n["p"] * n["c"], n["w"], 1)],
    ),
    "p h w, (p c) w 1 -> (p c) h": (
        ("p",),
        lambda n: [(n["p"], n["h"], n["w"]), (n["p"] * n["c"], n["w"], 1)],
    ),
    "c h w, k h w -> c k": (
        (),
        lambda n: [(n["c"], n["h"], n["w"]), (n["p"], n["h"], n["w"])],
    ),
    "b c ..., b c ... -> b c ...": ((), lambda n: 2 * [(n["c"], n["h"], n["w"])]),
    "c h w -> c w": ((), lambda n: [(n["c"], n["h"], n["w"])]),
    "c ... -> c": ((), lambda n: [(n["c"], n["h"], n["w"])]),
    "c h w -> w c h": ((), lambda n: [(n["c"], n["h"], n["w"])]),
}


def pattern_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "p": draw(st.integers(1, 3)), "q": draw(st.integers(1, 2))}


def pattern_sides(draw: Draw, form: Form) -> Numbers:
    return {"h": draw(small), "w": draw(small)}


def make_rearrange(form: Form, n: Numbers) -> Case:
    pattern = form["pattern"]
    sized = PATTERNS[pattern]
    channels, height, width = n["c"], n["h"], n["w"]
    left = pattern.partition("->")[0]
    if "(c p" in left:
        channels = channels * n["p"] * (n["q"] if "q" in sized else 1)
    if "(h p)" in left:
        height, width = height * n["p"], width * n["q"]
    fields = {"pattern": pattern, "pad": form["pad"], **{axis: n[axis] for axis in sized}}
    if form["pad"] and "(h p)" in left:
        height = height + 1
    return Case(fields, [(channels, height, width)])


def make_einsum(form: Form, n: Numbers) -> Case:
    sized, maps = EQUATIONS[form["equation"]]
    return Case({"equation": form["equation"], **{axis: n[axis] for axis in sized}}, maps(n))


REARRANGE = LayerCases(
    rearrange,
    make_rearrange,
    {"pattern": st.sampled_from(sorted(PATTERNS)), "pad": st.booleans()},
    (),
    pattern_widths,
    pattern_sides,
)
EINSUM = LayerCases(
    einsum,
    make_einsum,
    {"equation": st.sampled_from(sorted(EQUATIONS))},
    (),
    pattern_widths,
    pattern_sides,
)
REDUCED = ("c h w -> c", "c h w -> 1 h w", "c ... -> c", "c h w -> w 1 h", "(p c) h w -> p h w")


def make_reduce(form: Form, n: Numbers) -> Case:
    sized = "(p c)" in form["pattern"]
    fields = {"pattern": form["pattern"], "function": form["function"]}
    channels = n["p"] * n["c"] if sized else n["c"]
    return Case({**fields, **({"p": n["p"]} if sized else {})}, [(channels, n["h"], n["w"])])


REDUCE = LayerCases(
    reduce,
    make_reduce,
    {"pattern": st.sampled_from(REDUCED), "function": st.sampled_from(["max", "mean"])},
    ("function",),
    pattern_widths,
    pattern_sides,
)
X = (6, 4, 5)
WINDOWS = "c (h p) (w q) -> (c p q) h w"
SCORES = "(a d) n m, (a d) k l -> a n m k l"
KNOWN = {
    "rearrange": [
        ("rearrange", {"pattern": WINDOWS, "p": 2, "q": 5}, [X], Counts(output=(60, 2, 1))),
        (
            "rearrange",
            {"pattern": WINDOWS, "p": 3, "q": 3, "pad": True},
            [X],
            Counts(output=(54, 2, 2)),
        ),
        ("rearrange", {"pattern": "c h w -> h (c w)"}, [X], Counts(output=(4, 30))),
    ],
    "reduce": [
        ("reduce", {"pattern": "c h w -> c 1 w"}, [X], Counts(output=(6, 1, 5), other_ops=120)),
        (
            "reduce",
            {"pattern": "c h w -> 1", "function": "max"},
            [X],
            Counts(output=(1,), other_ops=120),
        ),
    ],
    "einsum": [
        # 4 heads of 2 channels: 4 * 2 * 6 * 5 products
        (
            "einsum",
            {"equation": "(a d) n 1, (a d) m 1 -> a n m", "a": 4},
            [(8, 6, 1), (8, 5, 1)],
            Counts(output=(4, 6, 5), macs=240),
        ),
        ("einsum", {"equation": "c h w -> c"}, [X], Counts(output=(6,), other_ops=120)),
    ],
}
REFUSED = {
    "reduce": [
        ("reduce", {"pattern": "c h -> c"}, [X]),
        ("reduce", {"pattern": "(p c) h w -> p", "p": 4}, [X]),
    ],
    "rearrange": [
        ("rearrange", {"pattern": WINDOWS, "p": 3, "q": 5}, [X]),
        ("rearrange", {"pattern": WINDOWS, "p": 0, "q": 5}, [X]),
        ("rearrange", {"pattern": "c h 1 -> c h"}, [X]),
        ("rearrange", {"pattern": "c h -> h c"}, [X]),
        ("rearrange", {"pattern": "(a c) h w -> a h w c", "a": 4, "pad": True}, [X]),
    ],
    "einsum": [
        ("einsum", {"equation": SCORES, "a": 4}, [X, X]),
        ("einsum", {"equation": "c h w, k h w -> c k"}, [X, (6, 5, 4)]),
    ],
}
