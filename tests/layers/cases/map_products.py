"""Products of two maps: attention of queries to keys and values."""

from itertools import product
from typing import Any

from hypothesis import strategies as st

from . import patterns
from .base import (
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    axes,
    dealt,
    elements,
    flags,
    how_many,
    require,
    size,
    small,
)

FORM = {
    "grouped": flags,
    "mask": lambda form: st.sampled_from(
        ("none", "causal", "window", "both") if form["sides"] < 2 else ("none",)
    ),
}


def head_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    kept, shared = draw(st.integers(1, 2)), draw(st.integers(1, 2)) if form["grouped"] else 1
    key, value = unit * draw(small), unit * draw(small)
    heads = kept * shared
    widths = {"heads": heads, "query": heads * key, "key": kept * key, "value": kept * value}
    return {**widths, "kept": kept, "biases": draw(st.integers(0, 2))}


def places(draw: Draw, form: Form) -> Numbers:
    few = st.integers(1, 3)
    sides = {f"side{axis}": draw(small if form["sides"] < 2 else few) for axis in axes(form)}
    queries = sides.get("side0", 1)
    if form["mask"] == "window":  # as many keys as queries
        return {**sides, "keys": queries, "past": 0, "window": draw(small)}
    more = draw(st.integers(0, 3))
    past = draw(st.integers(0, 2))
    return {**sides, "keys": queries + more, "past": past, "window": draw(small)}


def make(form: Form, n: Numbers) -> Case:
    fields: Fields = {"heads": n["heads"], "past": n["past"], "position_biases": n["biases"]}
    if form["grouped"]:
        fields["kv_heads"] = n["kept"]
    if form["mask"] in ("causal", "both"):
        fields["causal"] = True
    if form["mask"] in ("window", "both"):
        fields["window"] = n["window"]
    query = (n["query"], *(n[name] for name in sorted(n) if name.startswith("side")))
    return Case(fields, [query, (n["key"], n["keys"]), (n["value"], n["keys"])])


def pairs(fields: Fields, queries: Map, keys: Map) -> "list[tuple[Any, bool]]":
    """Every query with every key, and whether the masks leave the pair in."""
    causal, window = fields.get("causal", False), fields.get("window")
    require(window is None or window >= 1)
    rows = list(elements(queries))
    columns = [*["past"] * size(fields.get("past", 0), 0), *elements(keys)]
    if causal or window is not None:
        require({*queries[1:], *keys[1:]} <= {1})
        require(len(rows) <= len(columns) if causal else len(rows) == len(columns))
    found = []
    for row, column in product(range(len(rows)), range(len(columns))):
        own = len(columns) - len(rows) + row  # the key of the query's own place
        seen = not causal or column <= own
        if window is not None:
            before = window - 1 if causal else (window - 1) // 2
            after = 0 if causal else window // 2
            seen = seen and own - before <= column <= own + after
        found.append(((row, column), seen))
    return found


def kept_places(fields: Fields, keys: Map) -> list[Any]:
    """The places whose keys and values are kept for the next query."""
    past = ["past"] * fields.get("past", 0)
    if not fields.get("causal", False):
        return past
    kept = [*past, *elements(keys)]
    return kept[-fields["window"] :] if "window" in fields else kept


def score_steps(fields: Fields) -> list[str]:
    """What is computed of a score besides products."""
    steps = ["exp", "sum", "divide"]
    return [*steps, "bias"] if how_many(position_biases(fields, 1)) else steps


def position_biases(fields: Fields, heads: int) -> "set[Any]":
    """The trained numbers of all heads: so many, or those of a shape."""
    shape = fields.get("position_biases", 0)
    listed = shape if isinstance(shape, list) else [shape]
    return set(product(range(heads), elements(tuple(size(one, 0) for one in listed))))


def dot_product_attention(fields: Fields, query: Map, key: Map, value: Map) -> Counts:
    heads = dealt(query[0], fields["heads"])
    kept = fields.get("kv_heads", fields["heads"])
    readers = dealt(len(heads), kept)  # heads by the keys that they share
    keys, values = dealt(key[0], kept), dealt(value[0], kept)
    require(len(heads[0]) == len(keys[0]))
    require(list(elements(key[1:])) == list(elements(value[1:])))
    macs = attended = other_ops = 0
    for (group, sharing), (_pair, seen) in product(
        enumerate(readers), pairs(fields, query[1:], key[1:])
    ):
        for _head in sharing:
            for _channel in (*keys[group], *values[group]):
                macs += 1
                attended += seen
            other_ops += how_many(score_steps(fields))
    bytes_kept = how_many(
        product(kept_places(fields, key[1:]), range(key[0] + value[0]), ("high", "low"))
    )
    made = [
        channel
        for group, sharing in enumerate(readers)
        for _ in sharing
        for channel in values[group]
    ]
    biases = position_biases(fields, len(heads))
    return Counts(
        output=(len(made), *query[1:]),
        macs=macs,
        attended_macs=attended,
        other_ops=other_ops,
        params=len(biases),
        kv_cache=bytes_kept,
    )


CASES = {
    "dot_product_attention": LayerCases(
        dot_product_attention, make, FORM, ("past", "position_biases"), head_widths, places
    ),
    "einsum": patterns.EINSUM,
}
KNOWN = [
    # 2 heads of 3 + 2 channels, 4 queries and 4 keys, of which 10 pairs are seen.
    (
        "dot_product_attention",
        {"heads": 2, "causal": True},
        [(6, 4), (6, 4), (4, 4)],
        Counts(
            output=(4, 4), macs=10 * 16, attended_macs=10 * 10, other_ops=3 * 2 * 16, kv_cache=80
        ),
    ),
    # One step of a decoder: a query reads all that is kept, and itself.
    (
        "dot_product_attention",
        {"heads": 2, "causal": True, "past": 255},
        [(6, 1), (6, 1), (6, 1)],
        Counts(
            output=(6, 1),
            macs=12 * 256,
            attended_macs=12 * 256,
            other_ops=3 * 2 * 256,
            kv_cache=2 * 12 * 256,
        ),
    ),
    # A shape of position biases: 3 x 3 numbers of each head, added to its 16 scores.
    (
        "dot_product_attention",
        {"heads": 2, "position_biases": [3, 3]},
        [(6, 4), (6, 4), (4, 4)],
        Counts(output=(4, 4), macs=10 * 16, other_ops=4 * 2 * 16, params=18),
    ),
    *patterns.KNOWN["einsum"],
]
_THREE = [(6, 4), (6, 4), (6, 4)]
REFUSED = [
    ("dot_product_attention", {"heads": 4}, _THREE),
    ("dot_product_attention", {"heads": 2, "kv_heads": 4}, _THREE),
    ("dot_product_attention", {"heads": 2}, [(6, 4), (4, 4), (6, 4)]),
    ("dot_product_attention", {"heads": 2}, [(6, 4), (6, 4), (6, 3)]),
    ("dot_product_attention", {"heads": 2, "causal": True}, [(6, 4), (6, 3), (6, 3)]),
    ("dot_product_attention", {"heads": 2, "window": 2}, [(6, 4), (6, 5), (6, 5)]),
    ("dot_product_attention", {"heads": 2, "causal": True}, [(6, 2, 2), (6, 4), (6, 4)]),
    *patterns.REFUSED["einsum"],
]
