"""Learned tokens and positions."""

from .base import (
    Case,
    Counts,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    elements,
    how_many,
    require,
    row_of_tokens,
    spread,
)


def make_token(form: Form, n: Numbers) -> Case:
    return Case({}, [row_of_tokens(n)])


def class_token(fields: Fields, x: Map) -> Counts:
    length, *rest = spread(x)
    require(set(rest) <= {1})
    tokens = ["class", *range(length)]
    return Counts(output=(x[0], len(tokens), *rest), params=how_many(range(x[0])))


def position_embedding(fields: Fields, x: Map) -> Counts:
    return Counts(output=x, params=how_many(elements(x)))


CASES = {
    "class_token": LayerCases(class_token, make_token),
    "position_embedding": LayerCases(position_embedding),
}
KNOWN = [
    ("class_token", {}, [(6, 4)], Counts(output=(6, 5), params=6)),
    ("class_token", {}, [(6, 4, 1)], Counts(output=(6, 5, 1), params=6)),
    ("class_token", {}, [(6,)], Counts(output=(6, 2), params=6)),
]
REFUSED = [("class_token", {}, [(6, 4, 5)]), ("class_token", {}, [(6, 4, 1, 2)])]
