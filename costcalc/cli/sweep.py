"""`costcalc sweep`: what a network costs over ranges of its knobs."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

import click

from costcalc import api, units
from costcalc.cli.files import replacing, write
from costcalc.cli.options import (
    Converted,
    Net,
    accounting_options,
    assignment,
    limits_option,
    names,
    once_each,
    range_option,
    variant_option,
)
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.progress import watched
from costcalc.explore.pareto import pareto
from costcalc.explore.sweep import RATIOS, Sweep, Swept
from costcalc.explore.table import joined
from costcalc.metrics import METRICS

MOST = 1_000_000
MOST_SHOWN = 10_000
"""Points, where people are to read them."""
ROWS = ("macs", "params", "share", "ratio", "top1")
GRIDS = ("macs", "params", "top1")
WRITTEN = ("macs", "flops", "params", "ratio", "top1")

EPILOG = """\b
Examples:
  costcalc sweep --alpha 0.25..1.0
  costcalc sweep mobilenet --alpha 0.25..1.0 --resolution 128..224 --max macs=150M
  costcalc sweep mobilenet --alpha 0.25..1.0 --resolution 128..224 --source slim --pareto
  costcalc sweep mobilenet_v2 --rho 0.5..1:1/28 --format csv --output v2.csv
"""


@click.command("sweep", epilog=EPILOG)
@click.argument("net", metavar="[NET]", default="mobilenet", type=Net())
@variant_option
@range_option("--alpha", "Width multipliers: 0.25..1.0, 0.5..1:1/8, 0.35,1.")
@range_option("--rho", "Resolution multipliers: 0.5..1:0.1, 5/7.")
@range_option("--resolution", "Sides of the input: 128..224, 96,128x96.")
@click.option(
    "--set",
    "assignments",
    metavar="NAME=RANGE",
    multiple=True,
    type=Converted("NAME=RANGE", assignment),
    help="Values of a param of the network: deep=0..5, unit=depthwise_separable,standard.",
)
@click.option(
    "--metric",
    "metrics",
    metavar="M,...",
    type=Converted("M,...", names),
    help=f"What is shown, of {', '.join([*METRICS, *RATIOS])}.",
)
@limits_option("Mark the points above a limit: macs=150M. As often as you like.")
@click.option("--pareto", "front", is_flag=True, help="Keep the points that no other beats.")
@click.option("--maximize", metavar="KNOB", help="With --pareto: by a knob, not by accuracy.")
@click.option("--source", metavar="NAME", help="Whose published accuracies: a part of the name.")
@click.option(
    "--max-points",
    metavar="N",
    type=Converted("N", units.whole_count),
    help=f"How many are not too many; {MOST:,}, and {MOST_SHOWN:,} to look at, unless said.",
)
@accounting_options
@output_options("sweep")
@click.option("--plot", is_flag=True, help="Draw in the terminal, too.")
@click.option("--plot-file", metavar="FILE", help="Draw a picture: FILE.png, .svg or .pdf.")
def command(
    net: str,
    variant: str | None,
    assignments: tuple[tuple[str, str], ...],
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
    **knobs: str | None,
) -> None:
    """What a network costs over ranges of its knobs.

    NET is MobileNet unless said. A RANGE is values and a..b:step, separated by commas; b always
    belongs to it. Without a range, alpha runs from 0.25 to 1.
    """
    if knobs["rho"] is not None and knobs["resolution"] is not None:
        raise click.UsageError("give --rho or --resolution, not both")
    if maximize is not None and not front:
        raise click.UsageError("--maximize goes with --pareto")
    if plot and (target != Target("sweep", "text")):
        raise click.UsageError("--plot draws in the terminal, below a text; --plot-file a picture")
    picture = None if plot_file is None else _picture_format(plot_file)
    params = once_each("--set", assignments)
    if not params and all(given is None for given in knobs.values()):
        knobs["alpha"] = "0.25..1.0"

    in_sight = target.format in ("text", "markdown")
    whole = in_sight or front or plot_file is not None  # all points are needed at once
    most = max_points or (MOST_SHOWN if whole else MOST)
    model = api.load(net, variant, convention=convention, fold_batch_norm=fold_batch_norm)
    plan = model.plan(params, **knobs, most=most)
    costs = ["macs"] if metrics is None else [name for name in metrics if name in METRICS]
    if metrics is None:
        in_grids = sum(axis.count > 1 for axis in plan.axes) == 2 and not front
        metrics = list((GRIDS if in_grids else ROWS) if in_sight else WRITTEN)
        if not plan.accounting.is_default:
            metrics.insert(0, "total")
    sweep = Sweep(plan, metrics, limits, source)
    tables = watched(sweep.tables(), plan.count, shown=target.path is None and not whole)
    swept = Swept(sweep, tables)
    if whole:
        table, rule = joined(tables), None
        if front:
            table, rule = pareto(sweep, table, costs, maximize)
        swept = Swept(sweep, [table], rule)
    if picture is not None and plot_file is not None:
        with replacing(plot_file) as file:
            drawing().to_file(sweep, table, file, picture)
    emit(swept, target)
    if plot:
        width, height = shutil.get_terminal_size((80, 24))
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        text = drawing().in_terminal(sweep, table, width, min(height - 2, 30), color)
        write([f"\n{text}\n"], None)


def drawing() -> Any:
    from costcalc.reports import plot

    return plot


def _picture_format(path: str) -> str:
    ending = path.rpartition(".")[2].lower()
    if ending not in drawing().FORMATS:
        endings = ", ".join(f".{name}" for name in drawing().FORMATS)
        raise click.UsageError(f"--plot-file ends in {endings}, not '{path}'")
    return ending
