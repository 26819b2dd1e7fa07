"""The JSON Schema of `costcalc formula --format json`: one form for each kind of result."""

from __future__ import annotations

from costcalc.formulas import FORMULA_METRICS, Seed
from costcalc.metrics import METRICS, of_layers
from costcalc.reports.schema import (
    Schema,
    array,
    count,
    decimal,
    document,
    flag,
    line,
    mapping,
    or_null,
    pair,
    ratio,
    record,
    shape,
    text,
    whole,
    word,
)

_NETWORK = {"network": text("The network, or its variant."), "path": text("The file.")}
_PLAN = {**_NETWORK, "set?": mapping({"type": "string"}, "Params that were given, by name.")}

_FORMS = record(
    {
        "standard": text("A standard convolution."),
        "depthwise": text("A depthwise convolution."),
        "pointwise": text("The pointwise convolution behind it."),
        "separable": text("The two together."),
        "ratio": text("separable over standard."),
    }
)

SEED = document(
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
    "from": or_null(ratio("The lower end; null without one.")),
    "to": or_null(ratio("The upper end; null without one.")),
    "from_open": flag("Whether the lower end itself is no part of it."),
    "to_open": flag("Whether the upper end itself is no part of it."),
}

_PIECE = {
    "where": mapping(record(_INTERVAL), "By symbol; empty where one formula holds everywhere."),
    "formula": text("To read."),
    "python": text("An expression of Python."),
    "terms": or_null(
        array(
            record(
                {"coefficient": ratio("Of the term.")},
                additionalProperties=whole("The power of a symbol."),
            ),
            "The terms of the polynomial; null where the formula is none.",
        )
    ),
}

_DIFFERENCE = {
    "relative": ratio("The law less the exact cost, over the exact cost."),
    "relative_float": decimal("The same, to read."),
    "alpha": ratio("Where it is: the width multiplier."),
    "resolution": pair("Where it is: [height, width] of the input."),
    "law": ratio("What the law says there."),
    "exact": count("What the network costs there."),
}

_DECISION = {
    "left": text("The left side of the comparison."),
    "comparison": word(("==", "!=", "<", "<=", ">", ">="), "What is compared."),
    "right": text("The right side."),
    "outcome": {
        "type": ["boolean", "string", "integer"],
        "description": "What it is at the network's own values.",
    },
}

LAW = document(
    "The law of a network: its costs by alpha and rho, as if nothing were rounded.",
    {
        **_PLAN,
        "symbols": mapping(ratio("Its value in the network."), "The symbols of the formulas."),
        **{
            metric: record(
                {"pieces": array(record(_PIECE), "The parts of the knobs' ranges.")},
                METRICS[metric].about,
            )
            for metric in FORMULA_METRICS
        },
        "decisions": array(record(_DECISION), "Conditions taken as at the network's own values."),
        "differences": record(
            {metric: record(_DIFFERENCE, METRICS[metric].about) for metric in FORMULA_METRICS},
            "The largest differences from the exact costs over a grid of settings.",
        ),
        "invalid_settings": count("Settings of the grid at which the network cannot be built."),
    },
)

EXACT = document(
    "With --exact: the costs of a network with every floor and ceiling.",
    {
        **_PLAN,
        "symbols": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The symbols of the formulas.",
        },
        "definitions": array(
            record({"name": text("Its name."), "python": text("Its meaning.")}),
            "Parts that the formulas name, each by those before it.",
        ),
        **{
            metric: record({"python": text("An expression of Python.")}, "Over the definitions.")
            for metric in FORMULA_METRICS
        },
    },
)

_FORMULA = {
    "metric": word(of_layers(), "What it computes."),
    "formula": text("To read."),
    "python": text("An expression of Python."),
    "symbols": mapping({"type": "integer"}, "The values of its symbols."),
    "value": count("What it comes to."),
}

LAYERS = document(
    "With --layer: the formulas of a layer or block, with its numbers.",
    {
        **_NETWORK,
        "alpha": ratio("The width multiplier."),
        "input": shape("The shape of the first input."),
        "layers": array(
            record(
                {
                    "name": text("Its dotted name."),
                    "type": text("Its layer type."),
                    "line": line("The line of its item."),
                    "formulas": array(record(_FORMULA), "A formula a metric that is not 0."),
                }
            ),
            "The layers of the block, or the one layer.",
        ),
    },
)


def schema() -> Schema:
    return {"oneOf": [SEED, LAW, EXACT, LAYERS]}
