"""Options of pictures, in the terminal and in a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from costcalc.cli.files import write
from costcalc.cli.options import Command


def plot_options(what: str) -> Callable[[Command], Command]:
    """Add --plot and --plot-file."""

    def decorate(command: Command) -> Command:
        for option in (
            click.option("--plot-file", metavar="FILE", help=f"{what}: FILE.png, .svg or .pdf."),
            click.option("--plot", is_flag=True, help=f"{what} in the terminal too."),
        ):
            command = option(command)
        return command

    return decorate


def picture_format(path: str) -> str:
    """The format of a picture, by the ending of its name."""
    from costcalc.reports.plot import FORMATS

    ending = path.rpartition(".")[2].lower()
    if ending not in FORMATS:
        endings = ", ".join(f".{name}" for name in FORMATS)
        raise click.UsageError(f"the name of a picture ends in {endings}, not '{path}'")
    return ending


def draw_in_terminal(draw: Callable[[int, int, bool], str]) -> None:
    """Write a picture of the terminal's width, and of at most 30 rows."""
    from shutil import get_terminal_size

    width, height = get_terminal_size((80, 24))
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    write([f"\n{draw(width, min(height - 2, 30), color)}\n"], None)
