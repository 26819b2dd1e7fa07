"""`costcalc convert`: write a network of another format in the network language."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import click

from costcalc.cli.files import write
from costcalc.cli.models import model_options
from costcalc.cli.options import include_option, variant_option
from costcalc.cli.parameters import Net, OneOf
from costcalc.cli.pick import pick_option
from costcalc.decompile.wanted import Wanted
from costcalc.importers.convert import written
from costcalc.importers.formats import is_graph, title_of
from costcalc.importers.lines import network_lines
from costcalc.importers.reading import load_file
from costcalc.language.deciding import is_deciding
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile

FORMS = ("separable", "standard")
_ALONE = "several files take none of --form, --flat, --explain and --variant"
_ONE_FORM = "--form writes other convolutions, and --unfold-batch-norm those of the file: give one"


@click.command("convert")
@click.argument("nets", metavar="FILE...", nargs=-1, required=True, type=Net())
@model_options
@variant_option
@click.option(
    "--form",
    type=OneOf("FORM", lambda: FORMS),
    help="Write every convolution as separable or as standard. Takes any network, which is built "
    "and written anew.",
)
@click.option("--flat", is_flag=True, help="Write layers as they are: no blocks, no repeats.")
@click.option(
    "--unfold-batch-norm",
    "unfold",
    is_flag=True,
    help="Put batch norms back behind the layers of which the file says that they were folded.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say in comments what was recognised, and why the rest was not.",
)
@pick_option()
@include_option
@click.option("--output", metavar="FILE", help="Write to this file instead of standard output.")
def command(
    nets: tuple[str, ...],
    variant: str | None,
    form: str | None,
    flat: bool,
    unfold: bool,
    explain: bool,
    output: str | None,
) -> None:
    """Write a file of another format in the network language.

    The text costs what the file does, to the unit, and can be changed, swept and budgeted like any
    network. A variant that is named comes first in it.

    A file that holds a graph of layers is decompiled: what repeats becomes repeats and blocks, and
    the blocks that ship with costcalc are recognised. --form, --flat and --explain do so with any
    network.

    Several files of one network at several widths become one text with its alpha: the law by which
    its widths follow alpha is found, one file is left out and held against it, and every file is
    compared with the text at its alpha.
    """
    if form and unfold:
        raise click.UsageError(_ONE_FORM)
    if len(nets) > 1:
        if form or flat or explain or variant:
            raise click.UsageError(_ALONE)
        write([_of_several(nets, unfold)], output)
        return
    file, named = load_file(nets[0], variant)
    file.variant(named)  # refuses an unknown one
    wanted = Wanted(flat, form, unfold, explain)
    if any(wanted) or is_graph(file.foreign):
        text = _decompiled(file, named, wanted)
    else:
        lines = network_lines(file.parts) if is_deciding() else written(file, named)
        text = "".join(f"{line}\n" for line in lines)
    write([text], output)


def _decompiled(file: NetworkFile, variant: str | None, wanted: Wanted) -> str:
    from costcalc.decompile.alpha_kept import decompiled_at_any_alpha  # only graphs need it
    from costcalc.decompile.decompiler import decompiled
    from costcalc.graph.builder import build
    from costcalc.graph.setting import Setting

    network = build(file, Setting(variant))
    of = f", {network.setting.variant}" if network.setting.variant else ""
    head = f"Converted from {shown_path(file.path)}{of}: {title_of(file.foreign)}"
    head += f", every convolution {wanted.form}." if wanted.form else "."
    if file.foreign is None and not (wanted.flat or wanted.explain):

        def at(alpha: Fraction | None) -> Any:
            return build(file, Setting(variant, alpha=alpha))

        return decompiled_at_any_alpha(at, [head], wanted)
    left_out = [f"Warning: {one.message}." for one in file.foreign.warnings] if file.foreign else []
    return decompiled(network, [head, *_ONE_WIDTH[: is_graph(file.foreign)], *left_out], wanted)


_ONE_WIDTH = ["Widths are those of this file; files at several widths show how alpha scales them."]


def _of_several(nets: Sequence[str], unfold: bool) -> str:
    from costcalc.decompile.several import decompiled_law
    from costcalc.graph.builder import build
    from costcalc.graph.setting import Setting

    networks = [build(file, Setting(variant)) for file, variant in map(load_file, nets)]
    listed = ", ".join(shown_path(network.path) for network in networks)
    return decompiled_law(networks, f"Converted from {listed}.", unfold=unfold)
