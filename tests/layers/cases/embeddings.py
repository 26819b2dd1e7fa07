"""Learned tokens and positions."""

from itertools import product

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
    row_of_tokens,
    size,
    small,
    spread,
    whole_map,
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


def make_embedding(form: Form, n: Numbers) -> Case:
    fields = {"num_embeddings": n["vectors"], "embedding_dim": n["c"]}
    return Case(fields, [(1, *whole_map(n)[1:])])


def vectors(draw: Draw, form: Form, unit: int) -> Numbers:
    return {"vectors": unit * draw(small), "c": unit * draw(small)}


def embedding(fields: Fields, x: Map) -> Counts:
    require(x[0] == 1)
    table = product(range(size(fields["num_embeddings"])), range(size(fields["embedding_dim"])))
    return Counts(output=(fields["embedding_dim"], *x[1:]), params=how_many(table))


def make_numbers(form: Form, n: Numbers) -> Case:
    return Case({"shape": list(whole_map(n))}, [])


def shape_of(fields: Fields) -> Map:
    listed = fields["shape"] if isinstance(fields["shape"], list) else [fields["shape"]]
    require(bool(listed))
    return tuple(map(size, listed))


def parameter(fields: Fields) -> Counts:
    out = shape_of(fields)
    return Counts(output=out, params=how_many(elements(out)))


def constant(fields: Fields) -> Counts:
    return Counts(output=shape_of(fields))


CASES = {
    "parameter": LayerCases(parameter, make_numbers),
    "constant": LayerCases(constant, make_numbers),
    "embedding": LayerCases(embedding, make_embedding, widths=vectors),
    "class_token": LayerCases(class_token, make_token),
    "position_embedding": LayerCases(position_embedding),
}
KNOWN = [
    ("class_token", {}, [(6, 4)], Counts(output=(6, 5), params=6)),
    ("class_token", {}, [(6, 4, 1)], Counts(output=(6, 5, 1), params=6)),
    ("class_token", {}, [(6,)], Counts(output=(6, 2), params=6)),
]
REFUSED = [
    ("embedding", {"num_embeddings": 5, "embedding_dim": 3}, [(2, 4)]),
    ("class_token", {}, [(6, 4, 5)]),
    ("class_token", {}, [(6, 4, 1, 2)]),
]
