"""A sweep as a picture, in the terminal or in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from costcalc.report import file_plot, terminal_plot
from costcalc.report.picture import picture
from costcalc.sweep import Point, Sweep

FORMATS = file_plot.FORMATS


def in_terminal(sweep: Sweep, points: Sequence[Point], width: int, height: int, color: bool) -> str:
    """The picture as text of so many columns and rows at most."""
    shown = picture(sweep, points, most_bars=max(1, height - terminal_plot.AROUND))
    return terminal_plot.draw(shown, width, height, color)


def to_file(sweep: Sweep, points: Sequence[Point], file: BinaryIO, format: str) -> None:
    """The picture as one of FORMATS: the same bytes for the same points."""
    file_plot.draw(picture(sweep, points, file_plot.MOST_BARS), file, format)
