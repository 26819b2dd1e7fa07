"""`costcalc diff`: compare two networks, or the networks of two commits."""

from __future__ import annotations

from typing import Any

import click

from costcalc.accounting.convention import accounting
from costcalc.changes.diff import Diff, compare
from costcalc.changes.sides import read_sides
from costcalc.cli.device_options import cost_options
from costcalc.cli.models import model_options
from costcalc.cli.options import accounting_options, space_settings, top_option
from costcalc.cli.output import Target, emit, output_options
from costcalc.cli.pick import pick_option, require_picked
from costcalc.cli.progress import counted
from costcalc.cli.runtime_options import memory_option
from costcalc.devices.shipped import load_device
from costcalc.graph.bits import bits_by_pattern
from costcalc.graph.setting import Setting


@click.command("diff")
@click.argument("arguments", metavar="A B | REF... [FILE]...", nargs=-1, required=True)
@model_options
@pick_option(others=True)
@space_settings
@accounting_options
@memory_option
@cost_options
@top_option(20, "Layers to show of each network; JSON has all.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs.")
@output_options("diff")
def command(
    arguments: tuple[str, ...],
    top: int,
    target: Target,
    exit_code: bool,
    **options: Any,
) -> int:
    """Compare networks, layer by layer.

    A and B are networks (diff A.yaml B.yaml, diff mobilenet mobilenet_v2, diff A.yaml:small
    A.yaml:big) or git commits (diff main, diff v1..v2 configs/). Layers that were edited are told
    apart from layers that only follow their input, such as a classifier behind a wider layer.
    """
    how = accounting(options["convention"], options["fold_batch_norm"])
    setting = Setting(
        *(options["variant"], options["alpha"], options["rho"], options["resolution"]),
        params=options["params"],
        accounting=how,
        batch=options["batch"],
        runtime=options["runtime"],
        device=load_device(options["device"]) if options["device"] else None,
        optimizer=options["optimizer"],
        bits=bits_by_pattern(options["bits"]),
    )
    sides = read_sides(arguments)
    networks = list(counted(compare(sides, setting), "networks differ"))
    require_picked()
    warnings = [warning for one in networks for warning in one.difference.warnings]
    emit(Diff(sides.old, sides.new, networks, how, top, options["runtime"]), target, warnings)
    return 1 if exit_code and any(compared.changed for compared in networks) else 0
