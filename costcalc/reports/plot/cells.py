"""A picture in a terminal: a frame of character cells, and lines of text around it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.reports.plot import labels
from costcalc.reports.plot.canvas import MARGIN, Drawing, Note, Stroke, lines, uncolored
from costcalc.reports.plot.picture import Picture, Rows, Series, evenly, named
from costcalc.reports.plot.scale import Tick
from costcalc.text import shortened

MARKS = "●■▲◆○□△◇+x*#"
COLORS = (33, 166, 35, 169, 136, 37, 99, 124)
"""Of the 256 colours of terminals, some that are as readable on white as on black."""
LIMIT_COLOR = 160
MIN_SIZE = (20, 4)
"""Columns and rows inside the frame, below which nothing can be seen."""
AROUND = 9
"""Rows around the bars of a plot of bars: title, legend, axis and notes."""


ROOF_COLOR = 244
"""A grey."""


class Inked(NamedTuple):
    """A series with its mark and colour."""

    series: Series
    mark: str
    color: int


def draw(shown: Picture, width: int, height: int, color: bool) -> str:
    """Draw the picture in at most so many columns and rows."""
    if width < MIN_SIZE[0]:
        raise _no_room()
    inked = [
        Inked(one, MARKS[place % len(MARKS)], COLORS[place % len(COLORS)])
        for place, one in enumerate(shown.series)
    ]
    places, notes = named(shown)
    head = [
        *_wrapped([shown.title, shown.subtitle], width),
        *_legend([inked[place] for place in places], width, color),
        *([shown.y_label] if shown.y_label else []),
    ]
    foot = [shown.x_label.rjust(width)]
    room = height - len(head) - len(foot) - len(_wrapped(notes, width)) - MARGIN
    if shown.kind == "points":
        room -= 1  # for the note on labels without room, which the drawing makes
    drawing, left_out = _drawing(shown, inked, width, room)
    if left_out:
        notes.append(f"labels without room: {left_out}")
    body = lines(drawing)
    if not color:
        body = [uncolored(line) for line in body]
    return "\n".join([*head, *body, *foot, *_wrapped(notes, width)])


def _wrapped(texts: Sequence[str], width: int) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, width)]


def _legend(items: Sequence[Inked], width: int, color: bool) -> list[str]:
    found: list[str] = []
    left = 0
    for (name, _), mark, number in items:
        name = shortened(name, width - 2)
        needed = len(name) + 2
        if needed + 3 <= left:
            found[-1] += "   "
            left -= needed + 3
        else:
            found.append("")
            left = width - needed
        found[-1] += f"\x1b[38;5;{number}m{mark}\x1b[0m {name}" if color else f"{mark} {name}"
    return found


def _drawing(shown: Picture, inked: Sequence[Inked], width: int, room: int) -> tuple[Drawing, int]:
    """Make the inside of the frame, and count the labels that have no room there."""
    least_columns, least_rows = MIN_SIZE
    high = rows = room
    if isinstance(shown.y, Rows):
        high = len(shown.y.names)
        # A limit is named in a row of its own; plotext cannot draw a single row.
        rows = least_rows = max(2, high + (shown.limit is not None))
    if room < least_rows:
        raise _no_room()
    y_ticks = [
        Tick(_cell(tick.at, high), shortened(tick.text, width // 3))
        for tick in shown.y.ticks(rows // 2)
    ]
    columns = width - 2 - max(len(tick.text) for tick in y_ticks)
    if columns < least_columns:
        raise _no_room()
    x_ticks = [
        Tick(_cell(tick.at, columns), tick.text) for tick in shown.x.ticks(max(4, columns // 10))
    ]
    frame = labels.Box(0, 0, columns, rows)
    limit = _limit(shown, frame)
    strokes = [_stroke(Inked(roof, "", ROOF_COLOR), frame) for roof in shown.roofs]
    left_out = 0
    if shown.kind == "bars":
        bars, figures = _bars(shown.series[0], columns, high)
        drawn = [*bars, *limit, *figures]
    elif shown.kind == "lines":
        strokes += [_stroke(one, frame) for one in inked]
        drawn = _marks(inked, frame, columns // 6)
    else:
        drawn = _marks(inked, frame, None)
        names, left_out = _names(shown.series, drawn, limit, frame)
        drawn = [*names, *drawn]
    return Drawing(columns, rows, x_ticks, y_ticks, strokes, [*limit, *drawn]), left_out


def _no_room() -> CostcalcError:
    return CostcalcError(
        "there is no room for a plot", hint="enlarge the terminal, or draw into a file"
    )


def _cell(at: float, cells: float) -> int:
    """Find the cell of a position; an axis ends in the middles of its first and last cell."""
    return round(at * (cells - 1))


def _marks(inked: Sequence[Inked], frame: labels.Box, most: int | None) -> list[Note]:
    return [
        Note(_cell(spot.x, frame.right), _cell(spot.y, frame.top), mark, color)
        for (_, spots), mark, color in inked
        for spot in (spots if most is None else evenly(spots, most))
    ]


def _names(
    series: Sequence[Series], marks: Sequence[Note], limit: Sequence[Note], frame: labels.Box
) -> tuple[list[Note], int]:
    """Place a label beside each mark, and count those without room."""
    spots = [spot for one in series for spot in one.spots]
    labelled = [pair for pair in zip(spots, marks, strict=True) if pair[0].label]
    texts = [spot.label for spot, _ in labelled]
    boxes = labels.place(
        [_box(mark) for _, mark in labelled],
        [(len(text), 1) for text in texts],
        frame,
        taken=[_box(note) for note in limit[-1:]],  # its name
        avoided=[_box(note) for note in limit[:-1]],
        gap=1,
    )
    found = [
        Note(int(box.left), int(box.bottom), text)
        for box, text in zip(boxes, texts, strict=True)
        if box is not None
    ]
    return found, len(texts) - len(found)


def _box(note: Note) -> labels.Box:
    return labels.Box(note.column, note.row, note.column + len(note.text), note.row + 1)


def _stroke(one: Inked, frame: labels.Box) -> Stroke:
    spots = one.series.spots
    columns = [spot.x * (frame.right - 1) for spot in spots]
    return Stroke(columns, [spot.y * (frame.top - 1) for spot in spots], one.color)


def _bars(one: Series, columns: int, rows: int) -> tuple[list[Note], list[Note]]:
    """Make the bars, and the figures at their ends."""
    bars, figures = [], []
    for spot in one.spots:
        row, length = _cell(spot.y, rows), round(spot.x * columns)
        if length:
            bars.append(Note(0, row, "█" * length, COLORS[0]))
        figures.append(Note(min(length + 1, columns - len(spot.label)), row, spot.label))
    return bars, figures


def _limit(shown: Picture, frame: labels.Box) -> list[Note]:
    """Make a dashed line across the frame, with its meaning at its upper or left end."""
    if shown.limit is None:
        return []
    columns, rows = int(frame.right), int(frame.top)
    text = shortened(shown.limit.text, columns)
    if shown.kind == "lines":
        row = _cell(shown.limit.at, rows)
        beside = row + 1 if row + 1 < rows else row - 1
        return [
            Note(0, row, "╌" * columns, LIMIT_COLOR),
            Note(0, beside, text, LIMIT_COLOR),
        ]
    column = _cell(shown.limit.at, columns)
    beside = column + 1 if column + 1 + len(text) <= columns else max(0, column - len(text))
    line = [Note(column, row, "╎", LIMIT_COLOR) for row in range(rows)]
    return [*line, Note(beside, rows - 1, text, LIMIT_COLOR)]
