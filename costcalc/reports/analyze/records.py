"""What `costcalc analyze` reports to programs: raw integers, exact ratios as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from costcalc.costs.selection import Selection
from costcalc.costs.separable import Comparison
from costcalc.costs.table import Analysis, LayerCost
from costcalc.costs.totals import metrics_of
from costcalc.metrics import METRICS
from costcalc.reports.values import ratio_text
from costcalc.units import fraction_text


def records(selection: Selection) -> dict[str, Any]:
    """Every network with all its layers, whichever are shown to people."""
    return {"networks": map(_network, selection.analyses)}


def rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """A row a layer, each beginning with its network's name."""
    for analysis in selection.analyses:
        name = analysis.variant or analysis.name
        metrics = list(metrics_of(analysis.network, layers=True))
        for row in selection.layers(analysis):
            yield {"network": name, **layer(row, metrics)}


def _network(analysis: Analysis) -> dict[str, Any]:
    metrics = list(metrics_of(analysis.network, layers=True))
    return {
        "name": analysis.name,
        "variant": analysis.variant,
        "path": analysis.path,
        "input": analysis.input,
        "inputs": analysis.inputs,
        "alpha": fraction_text(analysis.alpha),
        "rho": ratio_text(analysis.rho),
        "layers": map(partial(layer, metrics=metrics), analysis.layers),
        "comparison": map(comparison, analysis.comparison),
        "totals": totals(analysis),
    }


def layer(row: LayerCost, metrics: Sequence[str]) -> dict[str, Any]:
    cost = row.cost
    return {
        "name": row.name,
        "type": row.type,
        "block": row.block,
        "line": row.line,
        "input_shape": row.input_shape,
        "output_shape": row.output_shape,
        "kernel_size": row.kernel_size,
        "stride": row.stride,
        "groups": row.groups,
        **{name: cost[name] for name in metrics},
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
