"""A frame of character cells with lines and texts in it, drawn by plotext.

Our own ticks and legend stand around it: plotext's ticks divide an axis evenly (2.53e7, 4.71e7),
and its legend and texts cover points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.render.extras import needed
from costcalc.reports.plot.scale import Tick


class Stroke(NamedTuple):
    """A line through cells, with a finer resolution than theirs."""

    columns: Sequence[float]
    rows: Sequence[float]
    color: int


class Note(NamedTuple):
    """A text, one letter a cell, placed by its left end."""

    column: int
    row: int
    text: str
    color: int | None = None


class Drawing(NamedTuple):
    """The inside of a frame of cells, of which the lowest row is 0, and the ticks at its edges."""

    columns: int
    rows: int
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    strokes: Sequence[Stroke]
    notes: Sequence[Note]

    def width(self) -> int:
        """Count the columns with the frame and the texts on its left."""
        return self.columns + 2 + max(len(tick.text) for tick in self.y_ticks)


MARGIN = 3
"""Rows of the frame and of the texts below it."""


def lines(drawing: Drawing) -> list[str]:
    """Draw the lines with the frame, in colours."""
    plotext = needed("plotext", "a plot in the terminal", "plot")
    return _drawn(plotext, drawing).rstrip("\n").split("\n")


def uncolored(line: str) -> str:
    text: str = needed("plotext", "a plot in the terminal", "plot").uncolorize(line)
    return text.rstrip()


def _drawn(plotext: Any, drawing: Drawing) -> str:
    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(drawing.width(), drawing.rows + MARGIN)
    for axis, cells, ticks in (
        ("x", drawing.columns, drawing.x_ticks),
        ("y", drawing.rows, drawing.y_ticks),
    ):
        ruler = figure.ruler(axis)
        ruler.lim(0, cells - 1)
        ruler.ticks([tick.at for tick in ticks], labels=[tick.text for tick in ticks])
    for stroke in drawing.strokes:
        marker = plotext.marker("braille", plotext.pixel(stroke.color))
        signal = figure.signal(list(stroke.columns), list(stroke.rows), marker=marker)
        figure.draw(signal.lines(True))
    for note in drawing.notes:
        text = plotext.colorize(note.text, plotext.pixel(note.color))
        figure.draw(figure.text(note.column, note.row, text))
    text = figure.build().string()
    figure.clear()
    plotext.terminal.limit()
    return str(text)
