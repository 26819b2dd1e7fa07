"""A sweep as a picture, in the terminal or in a file."""

from __future__ import annotations

from typing import BinaryIO

from costcalc.explore.sweep import Sweep
from costcalc.explore.table import SweepTable
from costcalc.reports.plot import cells, image
from costcalc.reports.plot.picture import picture

FORMATS = image.FORMATS


def in_terminal(sweep: Sweep, table: SweepTable, width: int, height: int, color: bool) -> str:
    """The picture as text of so many columns and rows at most."""
    shown = picture(sweep, table, most_bars=max(1, height - cells.AROUND))
    return cells.draw(shown, width, height, color)


def to_file(sweep: Sweep, table: SweepTable, file: BinaryIO, format: str) -> None:
    """The picture as one of FORMATS: the same bytes for the same points."""
    image.draw(picture(sweep, table, image.MOST_BARS), file, format)
