"""`costcalc memory`: what networks take in memory, step by step."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from costcalc.cli.device_options import bits_option
from costcalc.cli.drawing import draw_in_terminal, picture_format, plot_options
from costcalc.cli.files import replacing
from costcalc.cli.models import model_options
from costcalc.cli.options import cost, each, fold_option, settings
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Net
from costcalc.cli.runtime_options import runtime_options
from costcalc.errors import CostcalcError
from costcalc.graph.runtime import DEPLOYED, Runtime
from costcalc.memory.patches import MAX_PATCHES
from costcalc.memory.report import Memory, of_file, of_network

EPILOG = """\b
Examples:
  costcalc memory mobilenet --dtype int8
  costcalc memory vww_mobilenet --plan best --format tflm
  costcalc memory densenet --zero-copy-concat --in-place --order best
"""


@click.command("memory", epilog=EPILOG)
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@settings
@fold_option
@runtime_options
@bits_option
@model_options
@output_options("memory")
@click.option(
    "--patches",
    metavar="N",
    type=click.IntRange(1, MAX_PATCHES),
    help="Compute the first layers in N×N patches: the peak then, and the MACs done again.",
)
@plot_options("Draw the plan")
def command(
    nets: tuple[str, ...],
    runtime: Runtime | None,
    target: Target,
    patches: int | None,
    plot: bool,
    plot_file: str | None,
    **options: Any,
) -> None:
    """Show what is alive in memory at every step, the peak, and a plan of the arena.

    A layer is a step: its inputs and its output are alive together, and so is what a later step
    reads. The arena is what TensorFlow Lite Micro's planner takes, to the byte. Of a .tflite file,
    its own tensors and types count.
    """
    found = each(nets, lambda net: _memory(net, runtime or DEPLOYED, patches, options))
    if (plot or plot_file) and len(found) > 1:
        raise click.UsageError("a picture is of one network")
    ending = None if plot_file is None else picture_format(plot_file)
    with ExitStack() as files:
        if ending is not None and plot_file is not None:
            _picture().to_file(found[0], files.enter_context(replacing(plot_file)), ending)
        emit(found, target)
    if plot:
        draw_in_terminal(lambda width, height, _: _picture().in_terminal(found[0], width, height))


def _picture() -> Any:
    from costcalc.reports.memory import picture

    return picture


def _memory(net: str, runtime: Runtime, patches: int | None, options: dict[str, Any]) -> Memory:
    from costcalc.importers.reading import find_content
    from costcalc.importers.tflite.model import read_model
    from costcalc.importers.tflite.translate import recognise

    path, content, _ = find_content(net, options["variant"])
    as_network = "dtype" in runtime.asked or options["bits"] or patches is not None
    if as_network or isinstance(content, str) or not recognise(content):
        return of_network(cost(net, runtime=runtime, **options).network, patches)
    given = [name for name in ("alpha", "rho", "resolution", "batch") if options[name]]
    if given or options["params"]:
        raise CostcalcError(
            f"{path}: a .tflite file is of one size: leave --{given[0] if given else 'set'} out",
            hint="--dtype int8 takes it as a network whose maps are int8",
        )
    return of_file(path, read_model(content), runtime)
