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
    each,
    elements,
    how_many,
    require,
    sizes,
    spread,
    target_sides,
    whole_map,
)


def make(form: Form, n: Numbers) -> Case:
    return Case({form["by"]: each(form, n, "size"), "mode": form["mode"]}, [whole_map(n)])


def upsample(fields: Fields, x: Map) -> Counts:
    require(("scale_factor" in fields) != ("size" in fields))
    before = spread(x)
    if "size" in fields:
        sides = sizes(fields["size"], len(before))
    else:
        factors = sizes(fields["scale_factor"], len(before))
        sides = tuple(
            how_many(product(range(side), range(factor)))
            for side, factor in zip(before, factors, strict=True)
        )
    out = (x[0], *sides)
    bilinear = fields.get("mode", "nearest") == "bilinear"
    # The places next to one, before and after it along each side.
    neighbours = list(product((0, 1), repeat=len(sides))) if bilinear else []
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
KNOWN = [
    (
        "upsample",
        {"scale_factor": 2, "mode": "bilinear"},
        [(3, 4)],
        Counts(output=(3, 8), other_ops=2 * 24),
    ),
    (
        "upsample",
        {"scale_factor": [1, 2, 2], "mode": "bilinear"},
        [(3, 4, 1, 2)],
        Counts(output=(3, 4, 2, 4), other_ops=8 * 96),
    ),
]
X = (6, 4, 5)
REFUSED = [
    ("upsample", {"scale_factor": 0}, [X]),
    ("upsample", {}, [X]),
    ("upsample", {"scale_factor": [2, 2]}, [(6, 4)]),
    ("upsample", {"size": [2, 2, 2]}, [X]),
    ("upsample", {"scale_factor": 2, "size": 8}, [X]),
]
