"""Attention between linear layers."""

from itertools import product

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
    connections,
    dealt,
    flags,
    how_many,
    projection,
    require,
    size,
    small,
    whole_map,
)
from .map_products import FORM, kept_places, pairs, places, position_biases, score_steps

FIELDS = ("head_dim", "value_dim", "out_channels", "bias", "past", "position_biases")


def widths(draw: Draw, form: Form, unit: int) -> Numbers:
    """The query's channels are as many as the heads divide, for where head_dim is left out."""
    kept, shared = draw(st.integers(1, 2)), draw(st.integers(1, 2)) if form["grouped"] else 1
    heads = kept * shared
    few = st.integers(1, 2)
    return {
        "heads": heads,
        "kept": kept,
        "c": heads * unit * draw(few),
        "out": unit * draw(small),
        **{name: unit * draw(few) for name in ("key", "value", "head_dim", "value_dim")},
        "biases": draw(st.integers(0, 2)),
    }


def make(form: Form, n: Numbers) -> Case:
    fields: Fields = {"heads": n["heads"], "past": n["past"], "bias": form["bias"]}
    fields |= {"head_dim": n["head_dim"], "value_dim": n["value_dim"], "out_channels": n["out"]}
    fields["position_biases"] = [n["biases"], 2] if form["of_a_shape"] else n["biases"]
    if form["grouped"]:
        fields["kv_heads"] = n["kept"]
    if form["mask"] in ("causal", "both"):
        fields["causal"] = True
    if form["mask"] in ("window", "both"):
        fields["window"] = n["window"]
    maps = [whole_map(n), (n["key"], n["keys"]), (n["value"], n["keys"])][: form["maps"]]
    return Case(fields, maps)


def sides(draw: Draw, form: Form) -> Numbers:
    n = places(draw, form)
    if form["maps"] == 1 and form["mask"] == "window":
        return {**n, "past": 0}
    return n


def multi_head_attention(fields: Fields, *maps: Map) -> Counts:
    require(1 <= len(maps) <= 3)
    query, key, value = maps[0], maps[1 if len(maps) > 1 else 0], maps[-1]
    require(list(product(*map(range, key[1:]))) == list(product(*map(range, value[1:]))))
    heads = size(fields["heads"])
    if "head_dim" not in fields:
        dealt(query[0], heads)
    of_keys = size(fields.get("head_dim", query[0] // heads))
    of_values = size(fields.get("value_dim", of_keys))
    kept = size(fields.get("kv_heads", heads))
    readers = dealt(heads, kept)  # heads by the keys that they share
    out = size(fields.get("out_channels", query[0]))
    bias = fields.get("bias", True)
    macs = other_ops = params = activations = 0
    for read, made, x in (
        (query[0], how_many(product(range(heads), range(of_keys))), query),
        (key[0], how_many(product(range(kept), range(of_keys))), key),
        (value[0], how_many(product(range(kept), range(of_values))), value),
        (how_many(product(range(heads), range(of_values))), out, query),
    ):
        linear = projection(connections(read, made, 1), (1,), x[1:], (made, *x[1:]), bias)
        macs += linear.macs
        other_ops += linear.other_ops
        params += linear.params
        activations += linear.activations
    attended = macs
    for sharing, (_pair, seen) in product(readers, pairs(fields, query[1:], key[1:])):
        for _head in sharing:
            for _channel in range(of_keys):  # query times key
                macs += 1
                attended += seen
            for _channel in range(of_values):  # score times value
                macs += 1
                attended += seen
            other_ops += how_many(score_steps(fields))
    channels = range(len(readers)), range(of_keys + of_values)
    return Counts(
        output=(out, *query[1:]),
        kv_cache=how_many(product(kept_places(fields, key[1:]), *channels, ("high", "low"))),
        macs=macs,
        attended_macs=attended,
        other_ops=other_ops,
        params=params + how_many(position_biases(fields, heads)),
        activations=activations,
    )


CASES = {
    "multi_head_attention": LayerCases(
        multi_head_attention,
        make,
        {**FORM, "bias": flags, "of_a_shape": flags, "maps": st.integers(1, 3)},
        FIELDS,
        widths,
        sides,
    ),
}
KNOWN = [
    # 4 n c² + 2 n² c with n = 3, c = 4; softmax of 2 heads and 4 biases.
    (
        "multi_head_attention",
        {"heads": 2},
        [(4, 3, 1)],
        Counts(
            output=(4, 3, 1),
            macs=192 + 72,
            other_ops=3 * 2 * 9 + 48,
            params=80,
            activations=48,
        ),
    ),
    # All 12 places of a volume attend to one another; a vector is one place.
    (
        "multi_head_attention",
        {"heads": 2, "bias": False},
        [(4, 3, 2, 2)],
        Counts(
            output=(4, 3, 2, 2),
            macs=4 * 12 * 16 + 2 * 144 * 4,
            other_ops=3 * 2 * 144,
            params=64,
            activations=4 * 48,
        ),
    ),
    (
        "multi_head_attention",
        {"heads": 2, "bias": False},
        [(4,)],
        Counts(output=(4,), macs=64 + 8, other_ops=6, params=64, activations=16),
    ),
    # A decoder's cross attention: 5 queries of 8 channels, 7 keys and values of 6; 3 channels of
    # keys and 2 of values in each of 4 heads, of which 2 share keys.
    (
        "multi_head_attention",
        {"heads": 4, "kv_heads": 2, "head_dim": 3, "value_dim": 2, "out_channels": 10},
        [(8, 5), (6, 7)],
        Counts(
            output=(10, 5),
            macs=5 * 8 * 12 + 7 * 6 * (6 + 4) + 5 * 8 * 10 + 4 * 5 * 35,
            other_ops=3 * 4 * 35 + 5 * 12 + 7 * (6 + 4) + 5 * 10,
            params=8 * 12 + 6 * (6 + 4) + 8 * 10 + 12 + 6 + 4 + 10,
            activations=5 * 12 + 7 * (6 + 4) + 5 * 10,
        ),
    ),
    # One step of a decoder with 255 places kept: no projection of those.
    (
        "multi_head_attention",
        {"heads": 2, "causal": True, "past": 255, "bias": False},
        [(4, 1)],
        Counts(
            output=(4, 1),
            macs=64 + 2 * 4 * 256,
            other_ops=6 * 256,
            params=64,
            activations=16,
            kv_cache=2 * 8 * 256,
        ),
    ),
    # 10 of 16 pairs are seen.
    (
        "multi_head_attention",
        {"heads": 2, "causal": True, "bias": False, "position_biases": [2, 7]},
        [(4, 4)],
        Counts(
            output=(4, 4),
            macs=4 * 64 + 8 * 16,
            attended_macs=4 * 64 + 8 * 10,
            other_ops=4 * 2 * 16,
            params=64 + 28,
            activations=64,
            kv_cache=2 * 8 * 4,
        ),
    ),
]
REFUSED = [
    ("multi_head_attention", {"heads": 4}, [(6, 4, 5)]),
    ("multi_head_attention", {"heads": 4, "kv_heads": 3}, [(8, 4)]),
    ("multi_head_attention", {"heads": 2, "causal": True}, [(6, 4, 5)]),
    ("multi_head_attention", {"heads": 2, "causal": True}, [(6, 4), (6, 3)]),
    ("multi_head_attention", {"heads": 2, "window": 2}, [(6, 4), (6, 5)]),
    ("multi_head_attention", {"heads": 2}, [(6, 4), (6, 5), (6, 4)]),
    ("multi_head_attention", {"heads": 2, "position_biases": [3, -1]}, [(6, 4)]),
]
