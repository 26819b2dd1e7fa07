"""A drawing of character cells, by plotext, which changed its whole API from 5 to 6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.report.extras import needed
from costcalc.report.scale import Tick


class Stroke(NamedTuple):
    """A line through cells, finer than they are."""

    columns: Sequence[float]
    rows: Sequence[float]
    color: int


class Note(NamedTuple):
    """A text in cells, from its left end on."""

    column: int
    row: int
    text: str
    color: int | None = None


class Drawing(NamedTuple):
    """What is inside a frame of cells; the lowest row is 0. Ticks stand at cells, too."""

    columns: int
    rows: int
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    strokes: Sequence[Stroke]
    notes: Sequence[Note]

    def width(self) -> int:
        """With the frame and what stands left of it."""
        return self.columns + 2 + max(len(tick.text) for tick in self.y_ticks)


MARGIN = 3
"""Rows of the frame and of what stands below it."""


def lines(drawing: Drawing) -> list[str]:
    """The lines of the drawing with its frame, coloured."""
    plotext = needed("plotext", "a plot in the terminal", "plot")
    text = (_by_5 if hasattr(plotext, "clear_figure") else _by_6)(plotext, drawing)
    return text.rstrip("\n").split("\n")


def uncolored(line: str) -> str:
    text: str = needed("plotext", "a plot in the terminal", "plot").uncolorize(line)
    return text.rstrip()


def _by_6(plotext: Any, drawing: Drawing) -> str:
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


def _by_5(plotext: Any, drawing: Drawing) -> str:
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.theme("clear")
    plotext.plot_size(drawing.width(), drawing.rows + MARGIN)
    plotext.xlim(0, drawing.columns - 1)
    plotext.ylim(0, drawing.rows - 1)
    plotext.xticks([tick.at for tick in drawing.x_ticks], [tick.text for tick in drawing.x_ticks])
    plotext.yticks([tick.at for tick in drawing.y_ticks], [tick.text for tick in drawing.y_ticks])
    for stroke in drawing.strokes:
        columns = _spread(stroke.columns, drawing.columns, 2)
        rows = _spread(stroke.rows, drawing.rows, 4)
        plotext.plot(columns, rows, marker="braille", color=stroke.color)
    for note in drawing.notes:
        plotext.text(note.text, note.column, note.row, color=note.color, alignment="left")
    text = plotext.build()
    plotext.clear_figure()
    return str(text)


def _spread(places: Sequence[float], cells: int, dots: int) -> list[float]:
    """What version 5 must be told, which stretches the dots of all cells to the frame's ends."""
    middle = (dots - 1) / 2
    return [(dots * place + middle) * (cells - 1) / (dots * cells - 1) for place in places]
