"""What `costcalc analyze` reports to programs: plain integers, exact ratios as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.costs.selection import Selection
from costcalc.costs.separable import Comparison
from costcalc.costs.table import Analysis, LayerCost
from costcalc.costs.totals import asked_for, metrics_of, of_each_layer
from costcalc.language.library import shown_path
from costcalc.metrics import METRICS, of_layers
from costcalc.reports import keys, warnings
from costcalc.reports.keys import Schema
from costcalc.reports.runtimes import runtime_text
from costcalc.reports.values import figure, ratio_text
from costcalc.units import fraction_text


def _layer_schema() -> Schema:
    return {
        "name": keys.text("Its dotted name: the blocks around it, and its own."),
        "type": keys.text("Its layer type; `costcalc layers` lists them."),
        "block": keys.or_null(keys.text("The name of the block around it; null at the top.")),
        "line": keys.line("The line of its item in the network's own file."),
        "node": keys.node(),
        "input_shape": keys.or_null(
            keys.shape("The shape of its first input: [channels, height, width]; null without one.")
        ),
        "output_shape": keys.shape("The shape of its output: [channels, height, width]."),
        "samples": keys.whole(
            "How many such maps its output is, windows and the batch.", minimum=1
        ),
        "kernel_size": keys.or_null(keys.sizes("A number a side; null without a kernel.")),
        "stride": keys.or_null(keys.sizes("A number a side; null without one.")),
        "groups": keys.or_null(keys.whole("Groups of channels; null without them.", minimum=1)),
        **keys.metrics(of_layers(), always=list(metrics_of(None, layers=True))),
        "weights_of": keys.or_null(
            keys.text("The layer whose weights it uses, so that its params are 0; else null.")
        ),
        "experts": keys.or_null(
            keys.whole("In a mixture: the copies of it, whose params count.", minimum=1)
        ),
        "active_experts": keys.or_null(
            keys.whole("The copies that one place goes through, whose MACs count.", minimum=1)
        ),
    }


_COMPARISON = {
    "name": keys.text("Its name, or that of the pair of a depthwise and a pointwise one."),
    "line": keys.line("The line of its item in the network's own file."),
    "written_as": keys.word(("standard", "separable"), "The form in the network."),
    "kernel_size": keys.sizes("D_K, a number a side: [height, width]."),
    "in_channels": keys.whole("M.", minimum=1),
    "out_channels": keys.whole("N.", minimum=1),
    "output_size": keys.sizes("D_F, of the output, a number a side: [height, width]."),
    "depthwise_macs": keys.count("MACs of the depthwise convolution: D_K·D_K·M·D_F·D_F."),
    "pointwise_macs": keys.count("MACs of the pointwise convolution: M·N·D_F·D_F."),
    "standard_macs": keys.count("MACs of the standard convolution: D_K·D_K·M·N·D_F·D_F."),
    "separable_macs": keys.count("MACs of the depthwise separable one, the two above together."),
    "ratio": keys.ratio(
        "separable_macs over standard_macs: 1/N + 1/D_K², or the product of the kernel's sides."
    ),
    "ratio_float": keys.decimal("The same as a decimal."),
    "standard_params": keys.count("Params of the standard convolution alone."),
    "separable_params": keys.count("Params of the separable one alone."),
}


def _totals_schema() -> Schema:
    return {
        **keys.metrics(METRICS),
        "ratio": keys.or_null(keys.ratio("macs over standard_macs; null if that is 0.")),
        "ratio_float": keys.or_null(keys.decimal("The same as a decimal.")),
        "separable_ratio": keys.or_null(
            keys.ratio("separable_macs over standard_macs; null likewise.")
        ),
        "separable_ratio_float": keys.or_null(keys.decimal("The same as a decimal.")),
        "convention": keys.text("The convention of `total`; `default` is costcalc's own."),
        "unit": keys.word(("MAC", "FLOP"), "The unit of `total`."),
        "fold_batch_norm": keys.flag(
            "Whether batch norm is folded into the convolutions before it."
        ),
        "runtime?": keys.text("The runtime that memory is asked for, in words."),
    }


def _network_schema() -> Schema:
    return {
        "name": keys.text("The network's name, as its file says."),
        "variant": keys.or_null(keys.text("The variant; null if the file has none.")),
        "path": keys.text("The file."),
        "input": keys.shape("The shape of the first input: [channels, height, width]."),
        "inputs": keys.mapping(
            keys.shape("[channels, height, width]."), "The shapes of all inputs by name."
        ),
        "alpha": keys.ratio("The width multiplier."),
        "rho": keys.or_null(
            keys.ratio("The resolution multiplier; null if height and width scale differently.")
        ),
        "batch": keys.count("Samples of each input; shapes are of one."),
        "layers": keys.array(
            keys.record(_layer_schema()), "All layers in the order in which they run."
        ),
        "comparison": keys.array(
            keys.record(_COMPARISON),
            "Convolutions that exist in both forms, with the costs of each.",
        ),
        "totals": keys.record(_totals_schema(), "The network's sums."),
        "printed": keys.or_null(
            keys.record(
                {
                    "by": keys.text("The program, by the format's name."),
                    "convention": keys.text("The convention that counts it."),
                    "value": keys.count("The exact figure."),
                    "text": keys.text("The figure in the unit of the program."),
                },
                "What the program of the file's own format prints; null in the network language.",
            )
        ),
        "warnings": warnings.schema(),
    }


def schema() -> Schema:
    return keys.document(
        "What networks cost, layer by layer.",
        {
            "networks": keys.array(
                keys.record(_network_schema()), "The networks, as they were named."
            )
        },
    )


def records(selection: Selection) -> dict[str, Any]:
    """Report every network with all its layers, whichever of them a page shows."""
    return {"networks": map(_network, selection.analyses)}


def rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """A row per selected layer, which begins with the name of its network."""
    for analysis in selection.analyses:
        name = analysis.variant or analysis.name
        for row in layers(analysis, selection.layers(analysis)):
            yield {"network": name, **row}


def _network(analysis: Analysis) -> dict[str, Any]:
    return {
        "name": analysis.name,
        "variant": analysis.variant,
        "path": shown_path(analysis.path),
        "input": analysis.input.dims,
        "inputs": {name: shape.dims for name, shape in analysis.inputs.items()},
        "alpha": fraction_text(analysis.alpha),
        "rho": ratio_text(analysis.rho),
        "batch": analysis.batch,
        "layers": layers(analysis, analysis.layers),
        "comparison": map(comparison, analysis.comparison),
        "totals": totals(analysis),
        "printed": _printed(analysis),
        "warnings": warnings.records(analysis.warnings),
    }


def _printed(analysis: Analysis) -> dict[str, Any] | None:
    found = analysis.printed
    if found is None:
        return None
    return {
        "by": found.format.name,
        "convention": found.figure.convention,
        "value": found.value,
        "text": found.text,
    }


def layers(analysis: Analysis, rows: Sequence[LayerCost]) -> Iterator[dict[str, Any]]:
    costs = of_each_layer(analysis.network, [row.node for row in rows])
    for row, cost in zip(rows, costs, strict=True):
        yield {
            "name": row.name,
            "type": row.type,
            "block": row.block,
            "line": row.line,
            "node": row.node.origin.node,
            "input_shape": row.input_shape and row.input_shape.dims,
            "output_shape": row.output_shape.dims,
            "samples": row.output_shape.samples,
            "kernel_size": row.kernel_size,
            "stride": row.stride,
            "groups": row.groups,
            **cost,
            "weights_of": row.weights_of,
            "experts": row.experts,
            "active_experts": row.active_experts,
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
    runtime = runtime_text(result.network.file, result.network.setting)
    return {
        **{name: figure(sums[name]) for name in asked_for(result.network.setting)},
        "ratio": ratio_text(sums.ratio),
        "ratio_float": sums.ratio_float,
        "separable_ratio": ratio_text(sums.separable_ratio),
        "separable_ratio_float": sums.separable_ratio_float,
        "convention": sums.convention,
        "unit": sums.unit,
        "fold_batch_norm": result.accounting.fold_batch_norm,
        **({} if runtime is None else {"runtime": runtime}),
    }
