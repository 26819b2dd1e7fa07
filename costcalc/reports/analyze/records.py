"""What `costcalc analyze` reports to programs: raw integers, exact ratios as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.costs.selection import Selection
from costcalc.costs.separable import Comparison
from costcalc.costs.table import Analysis, LayerCost
from costcalc.costs.totals import metrics_of, of_each_layer
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
    metrics,
    or_null,
    pair,
    ratio,
    record,
    shape,
    text,
    word,
)
from costcalc.reports.values import ratio_text
from costcalc.units import fraction_text


def _layer_schema() -> Schema:
    return {
        "name": text("Its dotted name: the blocks around it, and its own."),
        "type": text("Its layer type; `costcalc layers` lists them."),
        "block": or_null(text("The name of the block around it; null at the top.")),
        "line": line("The line of its item in the network's own file."),
        "input_shape": shape("Of its first input: [channels, height, width]."),
        "output_shape": shape("Of its output: [channels, height, width]."),
        "kernel_size": or_null(pair("[height, width]; null where it has no kernel.")),
        "stride": or_null(pair("[height, width]; null where it has none.")),
        "groups": or_null(line("Groups of channels; null where it has none.")),
        **metrics(of_layers(), always=list(metrics_of(None, layers=True))),
    }


_COMPARISON = {
    "name": text("The name of the convolution, or of the pair of a depthwise and a pointwise one."),
    "line": line("The line of its item in the network's own file."),
    "written_as": word(("standard", "separable"), "The form that the network has."),
    "kernel_size": pair("D_K: [height, width]."),
    "in_channels": line("M."),
    "out_channels": line("N."),
    "output_size": pair("D_F, of the output: [height, width]."),
    "depthwise_macs": count("MACs of the depthwise convolution: D_K·D_K·M·D_F·D_F."),
    "pointwise_macs": count("MACs of the pointwise convolution: M·N·D_F·D_F."),
    "standard_macs": count("MACs of the standard convolution: D_K·D_K·M·N·D_F·D_F."),
    "separable_macs": count("MACs of the depthwise separable one, the two above together."),
    "ratio": ratio("separable_macs over standard_macs: 1/N + 1/D_K²."),
    "ratio_float": decimal("The same, to read."),
    "standard_params": count("Params of the standard convolution, without what stands around it."),
    "separable_params": count("Params of the separable one."),
}


def _totals_schema() -> Schema:
    return {
        **metrics(METRICS),
        "ratio": or_null(ratio("macs over standard_macs; null where that is 0.")),
        "ratio_float": or_null(decimal("The same, to read.")),
        "separable_ratio": or_null(ratio("separable_macs over standard_macs; null likewise.")),
        "separable_ratio_float": or_null(decimal("The same, to read.")),
        "convention": text("Whose convention `total` is counted by; `default` is costcalc's own."),
        "unit": word(("MAC", "FLOP"), "The unit of `total`."),
        "fold_batch_norm": flag("Whether batch norm is folded into the convolutions before it."),
    }


def _network_schema() -> Schema:
    return {
        "name": text("The network's name, as its file says."),
        "variant": or_null(text("The variant; null where the file has none.")),
        "path": text("The file."),
        "input": shape("The shape of the first input: [channels, height, width]."),
        "inputs": mapping(shape("[channels, height, width]."), "The shapes of all inputs by name."),
        "alpha": ratio("The width multiplier."),
        "rho": or_null(ratio("The resolution multiplier; null where the sides scale differently.")),
        "layers": array(record(_layer_schema()), "All layers in the order in which they run."),
        "comparison": array(
            record(_COMPARISON),
            "Every convolution that has both forms, in both.",
        ),
        "totals": record(_totals_schema(), "Sums over the layers."),
    }


def schema() -> Schema:
    return document(
        "What networks cost, layer by layer.",
        {"networks": array(record(_network_schema()), "The networks, as they were named.")},
    )


def records(selection: Selection) -> dict[str, Any]:
    """Every network with all its layers, whichever are shown to people."""
    return {"networks": map(_network, selection.analyses)}


def rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """A row a layer, each beginning with its network's name."""
    for analysis in selection.analyses:
        name = analysis.variant or analysis.name
        for row in layers(analysis, selection.layers(analysis)):
            yield {"network": name, **row}


def _network(analysis: Analysis) -> dict[str, Any]:
    return {
        "name": analysis.name,
        "variant": analysis.variant,
        "path": analysis.path,
        "input": analysis.input,
        "inputs": analysis.inputs,
        "alpha": fraction_text(analysis.alpha),
        "rho": ratio_text(analysis.rho),
        "layers": layers(analysis, analysis.layers),
        "comparison": map(comparison, analysis.comparison),
        "totals": totals(analysis),
    }


def layers(analysis: Analysis, rows: Sequence[LayerCost]) -> Iterator[dict[str, Any]]:
    costs = of_each_layer(analysis.network, [row.node for row in rows])
    for row, cost in zip(rows, costs, strict=True):
        yield {
            "name": row.name,
            "type": row.type,
            "block": row.block,
            "line": row.line,
            "input_shape": row.input_shape,
            "output_shape": row.output_shape,
            "kernel_size": row.kernel_size,
            "stride": row.stride,
            "groups": row.groups,
            **cost,
        }


def comparison(row: Comparison) -> dict[str, Any]:
    ratio = row.ratio
    return {
        "name": row.name,
        "line": row.line,
        "written_as": row.written_as,
        "kernel_size": row.kernel_size,
        "in_channels": row.in_channels,
        "out_channels": row.out_channels,
        "output_size": row.output_size,
        "depthwise_macs": row.depthwise_macs,
        "pointwise_macs": row.pointwise_macs,
        "standard_macs": row.standard_macs,
        "separable_macs": row.separable_macs,
        "ratio": fraction_text(ratio),
        "ratio_float": float(ratio),
        "standard_params": row.standard_params,
        "separable_params": row.separable_params,
    }


def totals(result: Analysis) -> dict[str, Any]:
    sums = result.totals
    return {
        **{name: sums[name] for name in METRICS},
        "ratio": ratio_text(sums.ratio),
        "ratio_float": sums.ratio_float,
        "separable_ratio": ratio_text(sums.separable_ratio),
        "separable_ratio_float": sums.separable_ratio_float,
        "convention": sums.convention,
        "unit": sums.unit,
        "fold_batch_norm": result.accounting.fold_batch_norm,
    }
