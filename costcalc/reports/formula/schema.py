"""The JSON Schema of `costcalc formula --format json`: one form for each kind of result."""

from __future__ import annotations

from costcalc.formulas import Seed
from costcalc.metrics import METRICS, of_layers, with_formulas
from costcalc.reports import keys
from costcalc.reports.keys import Schema

_NETWORK = {"network": keys.text("The network, or its variant."), "path": keys.text("The file.")}
_PLAN = {
    **_NETWORK,
    "batch?": keys.count("Samples of each input, where they are given."),
    "set?": keys.mapping({"type": "string"}, "Params that were given, by name."),
}

_FORMS = keys.record(
    {
        "standard": keys.text("A standard convolution."),
        "depthwise": keys.text("A depthwise convolution."),
        "pointwise": keys.text("The pointwise convolution behind it."),
        "separable": keys.text("The two together."),
        "ratio": keys.text("separable over standard."),
    }
)

SEED = keys.document(
    "Without a network: what a depthwise separable convolution costs and saves, as formulas.",
    {
        part: {**_FORMS, "description": about}
        for part, about in zip(
            Seed._fields,
            ("Multiply-adds.", "Multiply-adds under alpha and rho.", "Params, without biases."),
            strict=True,
        )
    },
)

_INTERVAL = {
    "from": keys.or_null(keys.ratio("The lower end; null without one.")),
    "to": keys.or_null(keys.ratio("The upper end; null without one.")),
    "from_open": keys.flag("Whether the lower end is excluded."),
    "to_open": keys.flag("Whether the upper end is excluded."),
}

_PIECE = {
    "where": keys.mapping(
        keys.record(_INTERVAL), "Intervals by symbol; empty if one formula holds everywhere."
    ),
    "formula": keys.text("In mathematical notation."),
    "python": keys.text("An expression of Python."),
    "terms": keys.or_null(
        keys.array(
            keys.record(
                {"coefficient": keys.ratio("Of the term.")},
                additionalProperties=keys.whole("The power of a symbol."),
            ),
            "The terms of the polynomial; null if the formula is not one.",
        )
    ),
}

_DIFFERENCE = {
    "relative": keys.ratio("The law minus the exact cost, over the exact cost."),
    "relative_float": keys.decimal("The same as a decimal."),
    "alpha": keys.ratio("Where it is: the width multiplier."),
    "resolution": keys.pair("Where it is: [height, width] of the input."),
    "law": keys.ratio("What the law says there."),
    "exact": keys.count("What the network costs there."),
}

_DECISION = {
    "left": keys.text("The left side of the comparison."),
    "comparison": keys.word(("==", "!=", "<", "<=", ">", ">="), "What is compared."),
    "right": keys.text("The right side."),
    "outcome": {
        "type": ["boolean", "string", "integer"],
        "description": "Its value at the network's own setting.",
    },
}

LAW = keys.document(
    "The law of a network: its costs by alpha and rho, as if nothing were rounded.",
    {
        **_PLAN,
        "symbols": keys.mapping(
            keys.ratio("Its value in the network."), "The symbols of the formulas."
        ),
        **{
            f"{metric}?": keys.record(
                {"pieces": keys.array(keys.record(_PIECE), "The parts of the knobs' ranges.")},
                METRICS[metric].about,
            )
            for metric in with_formulas()
        },
        "decisions": keys.array(
            keys.record(_DECISION),
            "Conditions that the formula takes as they are at the network's own values.",
        ),
        "differences": keys.record(
            {
                f"{metric}?": keys.record(_DIFFERENCE, METRICS[metric].about)
                for metric in with_formulas()
            },
            "The largest differences from the exact costs over a grid of settings.",
        ),
        "invalid_settings": keys.count(
            "Settings of the grid at which the network cannot be built."
        ),
    },
)

EXACT = keys.document(
    "With --exact: the costs of a network with every floor and ceiling.",
    {
        **_PLAN,
        "symbols": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The symbols of the formulas.",
        },
        "definitions": keys.array(
            keys.record({"name": keys.text("Its name."), "python": keys.text("Its meaning.")}),
            "Parts that the formulas name, each by those before it.",
        ),
        **{
            f"{metric}?": keys.record(
                {"python": keys.text("An expression of Python.")}, "Over the definitions."
            )
            for metric in with_formulas()
        },
    },
)

_FORMULA = {
    "metric": keys.word(of_layers(), "What it computes."),
    "formula": keys.text("In mathematical notation."),
    "python": keys.text("An expression of Python."),
    "symbols": keys.mapping({"type": "integer"}, "The values of its symbols."),
    "value": keys.count("What it comes to."),
}

LAYERS = keys.document(
    "With --layer: the formulas of a layer or block, with its numbers.",
    {
        **_NETWORK,
        "alpha": keys.ratio("The width multiplier."),
        "input": keys.shape("The shape of the first input."),
        "layers": keys.array(
            keys.record(
                {
                    "name": keys.text("Its dotted name."),
                    "type": keys.text("Its layer type."),
                    "line": keys.line("The line of its item."),
                    "formulas": keys.array(
                        keys.record(_FORMULA), "A formula a metric that is not 0."
                    ),
                }
            ),
            "The layers of the block, or the one layer.",
        ),
    },
)


def schema() -> Schema:
    return {"oneOf": [SEED, LAW, EXACT, LAYERS]}
