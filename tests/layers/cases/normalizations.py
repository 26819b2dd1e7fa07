"""Normalizations, and the learned factor a channel."""

from collections.abc import Callable
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
    dealt,
    elements,
    flags,
    how_many,
    size,
    small,
    whole_map,
)

FORM = {"scale": flags, "bias": flags}


def make_norm(form: Form, n: Numbers) -> Case:
    return Case({"scale": form["scale"], "bias": form["bias"]}, [whole_map(n)])


def norm(*steps: str) -> Callable[[Fields, Map], Counts]:
    def counter(fields: Fields, x: Map) -> Counts:
        learned = {
            (name, channel)
            for name, channel in product(("scale", "bias"), range(x[0]))
            if fields.get(name, True)
        }
        other_ops = how_many(product(elements(x), steps))
        return Counts(output=x, other_ops=other_ops, params=len(learned))

    return counter


layer_norm = norm("mean", "variance", "difference", "scale", "shift")


def make_group_norm(form: Form, n: Numbers) -> Case:
    return Case({**make_norm(form, n).fields, "groups": n["groups"]}, [whole_map(n)])


def group_norm_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(small) if "groups" in form["written"] else 32
    return {"groups": groups, "c": groups * unit * draw(st.integers(1, 3))}


def group_norm(fields: Fields, x: Map) -> Counts:
    dealt(x[0], fields.get("groups", 32))
    return layer_norm(fields, x)


def rms_norm(fields: Fields, x: Map) -> Counts:
    steps = product(elements(x), ("square and mean", "divide", "scale"))
    return Counts(output=x, params=how_many(range(x[0])), other_ops=how_many(steps))


def make_response_norm(form: Form, n: Numbers) -> Case:
    return Case({"window": n["window"]}, [whole_map(n)])


def response_norm_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"c": unit * draw(small), "window": draw(small)}


def response_norm(fields: Fields, x: Map) -> Counts:
    sums = [f"sum {number}" for number in range(size(fields.get("window", 5)))]
    steps = ["square", *sums, "power", "divide"]
    return Counts(output=x, other_ops=how_many(product(elements(x), steps)))


def global_response_norm(fields: Fields, x: Map) -> Counts:
    learned = product(("scale", "bias"), range(x[0]))
    places = ("square and sum", "response", "scale", "shift", "sum with the input")
    of_elements = how_many(product(elements(x), places))
    of_channels = how_many(product(range(x[0]), ("root", "mean", "divide")))
    return Counts(output=x, params=how_many(learned), other_ops=of_elements + of_channels)


def layer_scale(fields: Fields, x: Map) -> Counts:
    return Counts(output=x, params=how_many(range(x[0])))


CASES = {
    "batch_norm": LayerCases(norm("multiply", "add"), make_norm, FORM, ("scale", "bias")),
    "layer_norm": LayerCases(layer_norm, make_norm, FORM, ("scale", "bias")),
    "group_norm": LayerCases(
        group_norm, make_group_norm, FORM, ("scale", "bias", "groups"), group_norm_widths
    ),
    "rms_norm": LayerCases(rms_norm),
    "local_response_norm": LayerCases(
        response_norm, make_response_norm, {}, ("window",), response_norm_widths
    ),
    "global_response_norm": LayerCases(global_response_norm),
    "layer_scale": LayerCases(layer_scale),
}
KNOWN = [
    (
        "group_norm",
        {"groups": 2, "scale": False},
        [(4, 2, 1)],
        Counts(output=(4, 2, 1), other_ops=40, params=4),
    )
]
REFUSED = [
    ("group_norm", {"groups": 4}, [(6, 4, 5)]),
    ("group_norm", {}, [(48, 4, 5)]),  # 32 groups unless said
]
