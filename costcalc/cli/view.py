"""`costcalc view`: show networks as an HTML page."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.models import model_options
from costcalc.cli.options import settings
from costcalc.cli.parameters import Net
from costcalc.explore.ranges import read_setting
from costcalc.graph.setting import Setting


@click.command("view")
@click.argument("nets", metavar="NET...", nargs=-1, required=True, type=Net())
@model_options
@click.option(
    *("-o", "--output"),
    metavar="FILE",
    type=click.Path(),
    help="Write the page to FILE, completely or not at all, and open no browser.",
)
@click.option(
    "--compare",
    "other",
    metavar="OTHER",
    help="Show NET beside another network, or beside what it was in a git commit, or in both of "
    "two: v1..v2.",
)
@click.option(
    "--watch", is_flag=True, help="Serve the page on this machine alone, and follow the file."
)
@settings
def command(
    nets: tuple[str, ...],
    output: str | None,
    other: str | None,
    watch: bool,
    variant: str | None,
    params: dict[str, str],
    alpha: Any,
    rho: Any,
    resolution: Any,
    batch: Any,
) -> None:
    """Show networks as a page: layers, charts, and sliders that are exact.

    The page is one HTML file that needs no network and asks for nothing: mail it, or print it. Its
    sliders of alpha, of the resolution and of the network's params give the same integers as
    analyze. Without -o it is written to the cache, and a browser opens it.
    """
    from costcalc.page.view import Request, view

    if other is not None and len(nets) > 1:
        raise click.UsageError("--compare takes one NET")
    if watch and output is not None:
        raise click.UsageError("--watch serves the page: give no -o")
    if watch and "-" in nets:
        raise click.UsageError("--watch needs a file, not standard input")

    def setting(of: str | None) -> Setting:
        return read_setting(Setting(of, params=params), alpha, rho, resolution, batch)

    request = Request(nets, setting, variant, other)
    if watch:
        from costcalc.cli.serve import serve

        serve(request)
    elif output is not None:
        from costcalc.cli.files import write_file

        write_file([str(view(request))], output)
    else:
        from costcalc.cli.cache import show

        show(str(view(request)), nets[0])
