"""Options of what a network is costed for: a device, an optimizer, bits of weights and maps."""

from __future__ import annotations

import click

from costcalc.cli.options import Command, pairs_option
from costcalc.cli.parameters import OneOf, once
from costcalc.metrics.training import OPTIMIZERS


def device_option(command: Command) -> Command:
    """Add --device NAME|FILE."""
    return click.option(
        "--device",
        metavar="NAME|FILE",
        multiple=True,
        callback=once("holds for every NET"),
        help="Estimate latency on a device: stm32h747, ... (see costcalc devices).",
    )(command)


def bits_option(command: Command) -> Command:
    """Add --bits PATTERN=W/A, which the command gets as texts by pattern."""
    return pairs_option(
        "--bits",
        "bits",
        "PATTERN=W[/A]",
        "Bits of the weights of layers, and of the maps that they read, such as conv2d=4/8",
    )(command)


def cost_options(command: Command) -> Command:
    """Add --device, --optimizer and --bits."""
    optimizer = click.option(
        "--optimizer",
        metavar="NAME",
        type=OneOf("NAME", lambda: [*OPTIMIZERS]),
        help=f"Show what training by it takes: {', '.join(OPTIMIZERS)}.",
    )
    return device_option(optimizer(bits_option(command)))
