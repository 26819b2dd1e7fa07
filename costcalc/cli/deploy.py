"""`costcalc deploy`: whether networks fit devices, and how long they take there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from costcalc.cli.device_options import bits_option
from costcalc.cli.drawing import draw_in_terminal, picture_format, plot_options
from costcalc.cli.files import replacing
from costcalc.cli.options import cost, each, settings, top_option
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.parameters import Net
from costcalc.cli.runtime_options import runtime_options
from costcalc.costs.deployment import Deployment, Deployments
from costcalc.devices.shipped import load_device
from costcalc.graph.runtime import DEPLOYED, Runtime

EPILOG = """\b
Examples:
  costcalc deploy vww_mobilenet resnet8 ds_cnn --device stm32h747
  costcalc deploy resnet8 --device stm32h747 --device nucleo_l4r5zi --check
  costcalc deploy mobilenet --alpha 0.25 --resolution 96 --device note10
"""


@click.command("deploy", epilog=EPILOG)
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@click.option(
    "--device",
    "devices",
    metavar="NAME|FILE",
    multiple=True,
    help="Device to deploy to: stm32h747, ... (see costcalc devices); repeatable.",
)
@settings
@runtime_options
@bits_option
@click.option("--check", is_flag=True, help="Exit with 1 where a network does not fit.")
@top_option(5, "Layers to show of each network; JSON has all.")
@output_options("deploy")
@plot_options("Draw the roofline of one network on one device")
def command(
    nets: tuple[str, ...],
    devices: tuple[str, ...],
    runtime: Runtime | None,
    check: bool,
    top: int,
    plot: bool,
    plot_file: str | None,
    target: Target,
    **options: Any,
) -> int:
    """Tell whether networks fit devices, and how long they take there.

    RAM is the arena of TensorFlow Lite Micro's planner and what it keeps beside; flash is weights
    and biases. Latency is an estimate, whose error on networks that it was not fitted to is shown.
    What a device does not say is not answered.
    """
    if not devices:
        raise click.UsageError("name a device: --device stm32h747 (see costcalc devices)")
    found = each(devices, load_device)
    pairs = [(net, device) for net in nets for device in found]
    given = {**options, "runtime": runtime or DEPLOYED}
    tables = each(pairs, lambda pair: cost(pair[0], device=pair[1].name, **given))
    deployments = [
        Deployment(table.network, device) for table, (_, device) in zip(tables, pairs, strict=True)
    ]
    result = Deployments(deployments, len(found), top)
    if (plot or plot_file is not None) and len(deployments) > 1:
        raise click.UsageError("a roofline is of one network on one device")
    picture = None if plot_file is None else picture_format(plot_file)
    with ExitStack() as files:
        if picture is not None and plot_file is not None:
            file = files.enter_context(replacing(plot_file))
            _roofline().to_file(deployments[0], file, picture)
        emit(result, target, [warning for table in tables for warning in table.warnings])
    if plot:
        draw_in_terminal(lambda *size: _roofline().in_terminal(deployments[0], *size))
    return 1 if check and not result.all_fit else 0


def _roofline() -> Any:
    from costcalc.reports.plot import roofline

    return roofline
