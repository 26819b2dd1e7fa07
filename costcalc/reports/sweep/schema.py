"""The JSON Schema of `costcalc sweep --format json`."""

from __future__ import annotations

from costcalc.metrics import METRICS
from costcalc.reports.schema import (
    ACCOUNTING,
    Schema,
    array,
    count,
    decimal,
    document,
    mapping,
    metrics,
    or_null,
    pair,
    ratio,
    record,
    text,
    texts,
)

_VALUE = {"type": ["string", "integer", "boolean", "null"]}


def _point_schema() -> Schema:
    return {
        "alpha": ratio("The width multiplier."),
        "rho": or_null(ratio("The resolution multiplier; null where the sides scale differently.")),
        "resolution": pair("Of the input: [height, width]."),
        **metrics(METRICS, always=()),
        "ratio_float?": or_null(
            decimal("macs over those with every separable convolution in standard form.")
        ),
        "share_float?": or_null(decimal("macs over those of the network as written.")),
        "top1?": or_null(decimal("Published top-1 accuracy in percent; null where there is none.")),
        "exceeds?": texts("The metrics that are above their limits."),
    }


def schema() -> Schema:
    return document(
        "What a network costs over ranges of its knobs.",
        {
            "network": text("The network, or its variant."),
            "path": text("The file."),
            "axes": record(
                {
                    "alpha": array(ratio("A ratio."), "Width multipliers."),
                    "rho?": array(ratio("A ratio."), "Resolution multipliers."),
                    "resolution?": array(pair("[height, width]."), "Sizes of the input."),
                },
                "The values of each knob; those of a param under its name.",
                additionalProperties=array(_VALUE, "Values of a param."),
            ),
            "set?": mapping({"type": "string"}, "Params of one value, by name."),
            **ACCOUNTING,
            "limits?": mapping(count("The largest value."), "The limits by metric."),
            "source?": text("Whose published accuracies `top1` has."),
            "points": array(
                record(_point_schema(), additionalProperties=_VALUE),
                "Every combination of the values, the last axis fastest, or those that are kept. A "
                "param stands under its name, or as `param_NAME` where the name is taken.",
            ),
        },
    )
