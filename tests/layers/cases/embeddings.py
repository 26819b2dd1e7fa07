"""Learned tokens and positions."""

from .base import Case, Counts, Fields, Form, LayerCases, Map, Numbers, elements, how_many, require


def make_token(form: Form, n: Numbers) -> Case:
    return Case({}, [(n["c"], n["h"], 1)])


def class_token(fields: Fields, x: Map) -> Counts:
    require(x[2] == 1)
    tokens = ["class", *range(x[1])]
    return Counts(output=(x[0], len(tokens), 1), params=how_many(range(x[0])))


def position_embedding(fields: Fields, x: Map) -> Counts:
    return Counts(output=x, params=how_many(elements(x)))


CASES = {
    "class_token": LayerCases(class_token, make_token),
    "position_embedding": LayerCases(position_embedding),
}
REFUSED = [("class_token", {}, [(6, 4, 5)])]
