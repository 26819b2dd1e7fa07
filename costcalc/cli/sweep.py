"""`costcalc sweep`: compute what a network costs over ranges of its knobs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from costcalc import units
from costcalc.cli.device_options import cost_options
from costcalc.cli.drawing import draw_in_terminal, picture_format, plot_options
from costcalc.cli.files import replacing
from costcalc.cli.models import model_options
from costcalc.cli.options import (
    accounting_options,
    include_option,
    limits_option,
    loaded,
    names,
    pairs_option,
    range_option,
    variant_option,
)
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Converted, Net
from costcalc.cli.pick import pick_option
from costcalc.cli.progress import watched
from costcalc.cli.runtime_options import runtime_options
from costcalc.explore.plan import Plan
from costcalc.explore.sweep import RATIOS, Sweep, Swept
from costcalc.explore.table import joined
from costcalc.graph.runtime import Runtime
from costcalc.graph.warnings import warnings_at
from costcalc.metrics import METRICS

MAX_POINTS = 1_000_000
MAX_KEPT = 10_000
"""Points of sweeps that need them all at once: for tables, Pareto sets and pictures."""

EPILOG = """\b
Examples:
  costcalc sweep --alpha 0.25..1.0
  costcalc sweep --alpha 0.25..1.0 --resolution 128..224 --max macs=150M
  costcalc sweep --alpha 0.25..1.0 --resolution 128..224 --source slim --pareto
  costcalc sweep mobilenet_v2 --rho 0.5..1:1/28 --format csv --output v2.csv
"""


@click.command("sweep", epilog=EPILOG)
@click.argument("net", metavar="[NET]", default="mobilenet", type=Net())
@model_options
@variant_option
@range_option("--alpha", "Width multipliers, such as 0.25..1.0, 0.5..1:1/8 or 0.35,1.")
@range_option("--rho", "Resolution multipliers, such as 0.5..1:0.1 or 5/7.")
@range_option("--resolution", "Input sizes, such as 128..224 or 96,128x96.")
@range_option("--batch", "Samples of each input, such as 1..8.")
@pairs_option(
    "--set",
    "params",
    "NAME=RANGE",
    "Values of a param, such as deep=0..5 or unit=depthwise_separable,standard",
)
@click.option(
    "--metric",
    "metrics",
    metavar="M,...",
    type=Converted("M,...", names),
    help=f"Metrics to show: {', '.join([*METRICS, *RATIOS])}.",
)
@limits_option("Mark points above a limit, such as macs=150M")
@click.option(
    "--pareto",
    "front",
    is_flag=True,
    help="Keep only points that no other beats in costs and accuracy.",
)
@click.option(
    "--maximize", metavar="KNOB", help="With --pareto: judge by a knob instead of accuracy."
)
@click.option(
    "--source", metavar="NAME", help="Source of published accuracies; part of its name is enough."
)
@click.option(
    "--max-points",
    metavar="N",
    type=Converted("N", units.whole_count),
    help="Refuse a sweep of more than N points.  "
    f"[default: {MAX_POINTS:,}, or {MAX_KEPT:,} where all are kept in memory]",
)
@pick_option()
@include_option
@accounting_options
@runtime_options
@cost_options
@output_options("sweep")
@plot_options("Draw the points")
def command(
    net: str,
    variant: str | None,
    params: dict[str, str],
    metrics: list[str] | None,
    limits: dict[str, int],
    front: bool,
    maximize: str | None,
    source: str | None,
    max_points: int | None,
    target: Target,
    plot: bool,
    plot_file: str | None,
    convention: str | None,
    fold_batch_norm: bool,
    runtime: Runtime | None,
    device: str | None,
    optimizer: str | None,
    bits: dict[str, str],
    **knobs: str | None,
) -> None:
    """Compute costs over ranges of alpha, resolution and params.

    NET is mobilenet by default. A RANGE lists values and ranges a..b:step, separated by commas; b
    is always one of the values. Without any range, alpha runs from 0.25 to 1.
    """
    if maximize is not None and not front:
        raise click.UsageError("--maximize needs --pareto")
    if plot and target != Target("sweep", "text"):
        raise click.UsageError(
            "--plot draws below the text in the terminal; use --plot-file for a picture"
        )
    picture = None if plot_file is None else picture_format(plot_file)
    if not params and all(given is None for given in knobs.values()):
        knobs["alpha"] = "0.25..1.0"

    in_sight = target.format in ("text", "markdown")
    whole = in_sight or front or plot_file is not None  # all points are needed at once
    most = max_points or (MAX_KEPT if whole else MAX_POINTS)
    how = {"convention": convention, "fold_batch_norm": fold_batch_norm}
    deployed = {"runtime": runtime, "device": device, "optimizer": optimizer, "bits": bits}
    model = loaded(net, {"variant": variant, **how, **deployed})
    plan = model.plan(params, **knobs, most=most)
    costs = ["macs"] if metrics is None else [name for name in metrics if name in METRICS]
    metrics = metrics or _usual_metrics(plan, in_sight=in_sight, front=front)
    sweep = Sweep(plan, metrics, limits, source)
    tables = watched(sweep.tables(), plan.count, shown=target.path is None and not whole)
    swept = Swept(sweep, tables)
    if whole:
        table, rule = joined(tables), None
        if front:
            from costcalc.explore.pareto import pareto

            table, rule = pareto(sweep, table, costs, maximize)
        swept = Swept(sweep, [table], rule)
    with ExitStack() as files:
        if picture is not None and plot_file is not None:
            # The picture appears only if the result was written, too.
            file = files.enter_context(replacing(plot_file))
            drawing().to_file(sweep, table, file, picture)
        emit(swept, target, warnings_at(plan.file, plan.setting))
    if plot:
        draw_in_terminal(lambda *size: drawing().in_terminal(sweep, table, *size))


def _usual_metrics(plan: Plan, *, in_sight: bool, front: bool) -> list[str]:
    """The metrics that are reported unless --metric names others."""
    if not in_sight:
        metrics = ["macs", "flops", "params", "ratio", "top1"]
    elif sum(axis.count > 1 for axis in plan.axes) == 2 and not front:  # a grid for each metric
        metrics = ["macs", "params", "top1"]
    else:
        metrics = ["macs", "params", "share", "ratio", "top1"]
    if plan.setting.device is not None:
        metrics.insert(metrics.index("params") + 1, "latency")
    return metrics if plan.setting.accounting.is_default else ["total", *metrics]


def drawing() -> Any:
    from costcalc.reports import plot

    return plot
