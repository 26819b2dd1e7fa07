"""`costcalc devices`: what is known of devices."""

from __future__ import annotations

import click

from costcalc.cli.options import each
from costcalc.cli.output import Target, emit, output_options
from costcalc.devices.shipped import device_names, load_device


@click.command("devices")
@click.argument("names", metavar="[NAME|FILE]...", nargs=-1)
@output_options("devices")
def command(names: tuple[str, ...], target: Target) -> None:
    """List devices, or show what is known of one and where each number is from.

    A device is a board with a runtime: memory, and how fast each kind of layer runs, with the
    error of a latency that is estimated by that. What is not known is left out, and not guessed.
    NAME is a shipped device, FILE your own (see costcalc calibrate).
    """
    emit(each(names or device_names(), load_device), target)
