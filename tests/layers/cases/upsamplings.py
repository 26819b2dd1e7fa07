"""A larger map, by interpolation."""

from itertools import product

from hypothesis import strategies as st

from .base import (
    SQUARE,
    Case,
    Counts,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    both,
    elements,
    how_many,
    pair,
    require,
    target_sides,
    whole_map,
)


def make(form: Form, n: Numbers) -> Case:
    return Case({form["by"]: both(form, n, "size"), "mode": form["mode"]}, [whole_map(n)])


def upsample(fields: Fields, x: Map) -> Counts:
    require(("scale_factor" in fields) != ("size" in fields))
    if "size" in fields:
        height, width = pair(fields["size"])
    else:
        down, across = pair(fields["scale_factor"])
        height = how_many(product(range(x[1]), range(down)))
        width = how_many(product(range(x[2]), range(across)))
    out = (x[0], height, width)
    bilinear = fields.get("mode", "nearest") == "bilinear"
    neighbours = product((0, 1), (0, 1)) if bilinear else ()
    return Counts(output=out, other_ops=how_many(product(elements(out), neighbours)))


CASES = {
    "upsample": LayerCases(
        upsample,
        make,
        {
            "by": st.sampled_from(("scale_factor", "size")),
            "mode": st.sampled_from(("nearest", "bilinear")),
            **SQUARE,
        },
        ("mode",),
        sides=target_sides,
    )
}
X = (6, 4, 5)
REFUSED = [
    ("upsample", {"scale_factor": 0}, [X]),
    ("upsample", {}, [X]),
    ("upsample", {"scale_factor": 2, "size": 8}, [X]),
]
