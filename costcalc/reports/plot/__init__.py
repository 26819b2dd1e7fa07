"""Pictures of a sweep, in the terminal or in a file."""

from __future__ import annotations

from typing import BinaryIO

from costcalc.explore.sweep import Sweep
from costcalc.explore.table import SweepTable
from costcalc.reports.plot import cells, image
from costcalc.reports.plot.picture import picture

FORMATS = image.FORMATS


def in_terminal(sweep: Sweep, table: SweepTable, width: int, height: int, color: bool) -> str:
    """Draw the picture as text of at most so many columns and rows."""
    shown = picture(sweep, table, most_bars=max(1, height - cells.AROUND))
    return cells.draw(shown, width, height, color)


def to_file(sweep: Sweep, table: SweepTable, file: BinaryIO, format: str) -> None:
    """Draw the picture in one of FORMATS; the same points give the same bytes."""
    image.draw(picture(sweep, table, image.MAX_BARS), file, format)
