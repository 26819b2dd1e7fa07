"""Layers that go along a sequence."""

from functools import partial
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
    elements,
    flags,
    how_many,
    require,
    row_of_tokens,
    size,
    small,
)

GATES = {
    "lstm": ("input", "forget", "cell", "output"),
    "gru": ("reset", "update", "new"),
    "rnn": ("new",),
}
STATES = {"lstm": ("handed on", "cell"), "gru": ("handed on",), "rnn": ("handed on",)}
STEPS = {
    # Four activations of gates and one of the state; what is kept, what is written, both together,
    # and what is let out.
    "lstm": ("sigmoid", "sigmoid", "tanh", "sigmoid", "tanh", "keep", "write", "add", "out"),
    # The reset of the state, and (1 - z) * n + z * h.
    "gru": ("sigmoid", "sigmoid", "tanh", "reset", "1 - z", "new", "keep", "add"),
    "rnn": ("tanh",),
}


def widths(draw: Draw, form: Form, unit: int) -> Numbers:
    hidden = unit * draw(small)
    projected = draw(st.integers(1, hidden)) % hidden if form["projected"] else 0
    return {"c": unit * draw(small), "hidden": hidden, "projected": projected}


def sides(draw: Draw, form: Form) -> Numbers:
    few = {f"side{axis}": draw(small) if axis == 0 else 1 for axis in range(form["sides"])}
    return {**few, "layers": draw(st.integers(1, 3))}


def make(type_: str, form: Form, n: Numbers) -> Case:
    fields: Fields = {"hidden_size": n["hidden"], "num_layers": n["layers"]}
    fields |= {"bidirectional": form["bidirectional"], "bias": form["bias"]}
    if type_ == "lstm":
        fields["proj_size"] = n["projected"]
    if form["single"]:
        fields["biases"] = 1
    started = form["started"] and not form["projected"]
    state = (n["layers"] * (2 if form["bidirectional"] else 1) * n["hidden"],)
    kept = [state] * len(STATES[type_])
    return Case(fields, [row_of_tokens(n), *(kept if started else ())])


def recurrent(type_: str, fields: Fields, x: Map, *states: Map) -> Counts:
    """Every weight of a matrix is used once in each step."""
    require(set(x[2:]) <= {1})
    steps = range(x[1] if len(x) > 1 else 1)
    units = range(size(fields["hidden_size"]))
    projected = range(size(fields.get("proj_size", 0), 0))
    require(len(projected) < len(units))
    state = projected or units
    directions = ("forth", "back") if fields.get("bidirectional", False) else ("forth",)
    kinds = ("of the input", "of the state")[: size(fields.get("biases", 2))]
    require(size(fields.get("biases", 2)) == len(kinds))
    weights, biases = set(), set()
    kept = set()
    macs = other_ops = activations = 0
    read: list[object] = list(range(x[0]))
    for layer in range(size(fields.get("num_layers", 1))):
        for direction in directions:
            kept |= {(layer, direction, "handed on", one) for one in state}
            kept |= {(layer, direction, name, one) for name in STATES[type_][1:] for one in units}
            rows = list(product(GATES[type_], units))
            used = [
                (row, source) for row in rows for source in (*read, *(("own", s) for s in state))
            ]
            used += [(("projection", p), u) for p, u in product(projected, units)]
            weights |= {(layer, direction, one) for one in used}
            own = list(product((layer,), (direction,), rows, kinds))
            biases |= set(own if fields.get("bias", True) else ())
            for _step in steps:
                macs += how_many(used)
                activations += how_many((*rows, *projected))
                other_ops += how_many(product(units, STEPS[type_]))
                other_ops += how_many(own) if fields.get("bias", True) else 0
        read = list(product(directions, state))
    require(not states or how_many(one for s in states for one in elements(s)) == len(kept))
    return Counts(
        output=(len(read), *(x[1:] or (1,))),
        macs=macs,
        other_ops=other_ops,
        params=len(weights) + len(biases),
        activations=activations,
    )


CASES = {
    type_: LayerCases(
        partial(recurrent, type_),
        partial(make, type_),
        {
            "bidirectional": flags,
            "bias": flags,
            "single": flags,
            "started": flags,
            "projected": flags if type_ == "lstm" else st.just(False),
        },
        (
            "num_layers",
            "bidirectional",
            "bias",
            "biases",
            *(["proj_size"] if type_ == "lstm" else []),
        ),
        widths,
        sides,
    )
    for type_ in GATES
}
# params: numel of PyTorch's modules of these sizes
KNOWN = [
    (
        "lstm",
        {"hidden_size": 20},
        [(10, 5, 1)],
        Counts(
            output=(20, 5, 1),
            macs=5 * 4 * 20 * 30,
            other_ops=5 * 20 * (9 + 8),
            params=2560,
            activations=5 * 80,
        ),
    ),
    (
        "lstm",
        {"hidden_size": 32, "proj_size": 20, "num_layers": 3, "bidirectional": True},
        [(40, 2)],
        Counts(
            output=(40, 2),
            macs=2 * (51456 - 2 * 3 * 2 * 128),
            other_ops=2 * 6 * 32 * 17,
            params=51456,
            activations=2 * 6 * (128 + 20),
        ),
    ),
    (
        "gru",
        {"hidden_size": 32, "num_layers": 2, "bidirectional": True, "bias": False},
        [(40,)],
        Counts(output=(64, 1), macs=32256, other_ops=4 * 32 * 8, params=32256, activations=4 * 96),
    ),
    # Keras' LSTM(4) and GRU(4, reset_after=False), bidirectional, of 3 features
    (
        "lstm",
        {"hidden_size": 4, "biases": 1},
        [(3, 2), (4,), (4,)],
        Counts(output=(4, 2), macs=2 * 112, other_ops=2 * 4 * 13, params=128, activations=2 * 16),
    ),
    (
        "gru",
        {"hidden_size": 4, "biases": 1, "bidirectional": True},
        [(3, 2), (8,)],
        Counts(output=(8, 2), macs=2 * 168, other_ops=2 * 8 * 11, params=192, activations=2 * 24),
    ),
    (
        "lstm",
        {"hidden_size": 4, "proj_size": 3, "num_layers": 2},
        [(3, 2), (6,), (8,)],
        Counts(
            output=(3, 2),
            macs=2 * 2 * (4 * 4 * 6 + 12),
            other_ops=2 * 2 * 4 * 17,
            params=2 * (4 * 4 * 6 + 12 + 32),
            activations=2 * 2 * 19,
        ),
    ),
    (
        "rnn",
        {"hidden_size": 32, "num_layers": 3},
        [(40, 1)],
        Counts(output=(32, 1), macs=6592 - 192, other_ops=3 * 32 * 3, params=6592, activations=96),
    ),
]
REFUSED = [
    ("lstm", {"hidden_size": 3}, [(6, 4, 2)]),
    ("lstm", {"hidden_size": 3, "proj_size": 3}, [(6, 4)]),
    ("lstm", {"hidden_size": 3}, [(6, 4), (3,)]),
    ("gru", {"hidden_size": 3}, [(6, 4), (4,)]),
    ("rnn", {"hidden_size": 3, "biases": 3}, [(6, 4)]),
    ("gru", {"hidden_size": 0}, [(6, 4)]),
    ("rnn", {"hidden_size": 3, "num_layers": 0}, [(6, 4)]),
]
