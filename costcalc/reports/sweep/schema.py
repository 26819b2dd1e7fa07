"""The JSON Schema of `costcalc sweep --format json`."""

from __future__ import annotations

from costcalc.metrics import METRICS
from costcalc.reports import keys
from costcalc.reports.keys import Schema

_VALUE = {"type": ["string", "integer", "boolean", "null"]}


def _point_schema() -> Schema:
    return {
        "alpha": keys.ratio("The width multiplier."),
        "rho": keys.or_null(
            keys.ratio("The resolution multiplier; null if height and width scale differently.")
        ),
        "resolution": keys.pair("Height and width of the input."),
        "batch?": keys.count("Samples of each input."),
        **keys.metrics(METRICS, always=()),
        "ratio_float?": keys.or_null(
            keys.decimal("macs over those with every separable convolution in standard form.")
        ),
        "share_float?": keys.or_null(keys.decimal("macs over those of the network as written.")),
        "top1?": keys.or_null(
            keys.decimal("Published top-1 accuracy in percent; null if there is none.")
        ),
        "exceeds?": keys.texts("The metrics that exceed their limits."),
    }


def schema() -> Schema:
    return keys.document(
        "What a network costs over ranges of its knobs.",
        {
            "network": keys.text("The network, or its variant."),
            "path": keys.text("The file."),
            "axes": keys.record(
                {
                    "alpha": keys.array(keys.ratio("A ratio."), "Width multipliers."),
                    "rho?": keys.array(keys.ratio("A ratio."), "Resolution multipliers."),
                    "resolution?": keys.array(keys.pair("[height, width]."), "Sizes of the input."),
                    "batch?": keys.array(keys.count("Samples."), "Sizes of the batch."),
                },
                "The values of each knob; a param has its own name as key.",
                additionalProperties=keys.array(_VALUE, "Values of a param."),
            ),
            "set?": keys.mapping({"type": "string"}, "Params of one value, by name."),
            **keys.ACCOUNTING,
            "limits?": keys.mapping(keys.decimal("The largest value."), "The limits by metric."),
            "source?": keys.text("The source of the accuracies in `top1`."),
            "points": keys.array(
                keys.record(_point_schema(), additionalProperties=_VALUE),
                "Every combination of the values, the last axis varying fastest, or the ones that "
                "--pareto keeps. A param has its name as key, or `param_NAME` if that is taken.",
            ),
        },
    )
