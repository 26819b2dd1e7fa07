"""A picture as a figure for a page, drawn by matplotlib: PNG, SVG or PDF."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from typing import Any, BinaryIO

from costcalc.render.extras import needed
from costcalc.reports.plot import labels
from costcalc.reports.plot.picture import Picture, Rows, named

FORMATS = ("png", "svg", "pdf")
MAX_BARS = 60

SIZE = (6.8, 4.5)
"""Inches: the width of a text on paper."""
BAR = 0.24
"""Inches of a bar and the gap to the next."""
CHARACTERS = 95
"""Characters of small print in a line."""
DOTS = 200
"""Dots an inch of a PNG."""
LEFT = 0.01
"""Where titles and notes begin, as a fraction of the width."""
SMALL = 7.5
SMALL_PRINT = {"size": SMALL, "color": "#444444"}
LABEL = 6.5
MARK = 5
"""Size of a mark in points, as those of letters."""
GAP = 3
"""Dots between a label and all but its own mark."""
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#000000")
"""Colours by Okabe and Ito, which colour-blind people can tell apart."""
MARKS = "os^DvP*X"
HIGH = 0.9
"""A limit above this position has its name below its line."""
LIMIT_COLOR = "#B2182B"
ROOF = {"color": "#999999", "linewidth": 1, "zorder": 1.5}

STYLE = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # letters as text: journals ask for it, and search finds it
    "svg.fonttype": "none",
    "svg.hashsalt": "costcalc",  # identifiers would be random otherwise
    "text.parse_math": False,  # names may have dollar signs
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}
METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": "costcalc"},
    "svg": {"Date": None, "Creator": "costcalc"},
    "pdf": {"CreationDate": None, "Creator": "costcalc", "Producer": None},
}


def draw(shown: Picture, file: BinaryIO, format: str) -> None:
    style = needed("matplotlib.style", "a plot in a file", "plot")
    # "default" is matplotlib's own style and fonts: a user's settings have no effect.
    with style.context(["default", STYLE]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # letters that the font lacks become boxes
        metadata = {**METADATA[format], "Title": shown.title}
        _figure(shown).savefig(file, format=format, dpi=DOTS, metadata=metadata)


def _figure(shown: Picture) -> Any:
    # Without pyplot there is no window, and nothing is left after this call.
    figure = needed("matplotlib.figure", "a plot in a file", "plot").Figure(_size(shown), DOTS)
    needed("matplotlib.backends.backend_agg", "a plot in a file", "plot").FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlim=(0, 1), ylim=(0, 1))
    _axes(shown, axes)
    marks = _bars(shown, axes) if shown.kind == "bars" else _series(shown, axes)
    limit = _limit(shown, axes)
    legend, notes = _legend(shown, axes, marks)
    figure.suptitle(shown.title, x=LEFT, ha="left", weight="bold", size=10)
    # A limit on the x axis has its name between its line and the subtitle.
    pad = 16 if limit and shown.kind != "lines" else 6
    subtitle = axes.set_title(_wrapped([shown.subtitle]), loc="left", pad=pad, **SMALL_PRINT)
    if notes:
        figure.supxlabel(_wrapped(notes), x=LEFT, ha="left", **SMALL_PRINT)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the layout is final from here on
    at = figure.transFigure.transform((LEFT, 0))
    subtitle.set_x(axes.transAxes.inverted().transform(at)[0])  # below the title
    if shown.kind == "points":
        _labels(shown, figure, axes, [*legend, *limit[1:]], limit[:1])
    return figure


def _size(shown: Picture) -> tuple[float, float]:
    width, height = SIZE
    return (width, 1.4 + BAR * len(shown.y.names)) if isinstance(shown.y, Rows) else (width, height)


def _wrapped(texts: Sequence[str]) -> str:
    return "\n".join(line for text in texts for line in textwrap.wrap(text, CHARACTERS))


def _axes(shown: Picture, axes: Any) -> None:
    axes.set_xlabel(shown.x_label)
    axes.set_ylabel(shown.y_label)
    for axis, scale, most in ((axes.xaxis, shown.x, 9), (axes.yaxis, shown.y, 9)):
        ticks = scale.ticks(most)
        axis.set_ticks([tick.at for tick in ticks], labels=[tick.text for tick in ticks])
        if not isinstance(scale, Rows):
            axis.set_ticks(scale.minor(), minor=True)
    if isinstance(shown.y, Rows):
        axes.yaxis.grid(False)
        axes.tick_params(axis="y", length=0)


def _series(shown: Picture, axes: Any) -> list[Any]:
    for roof in shown.roofs:
        axes.plot(*zip(*(spot[:2] for spot in roof.spots), strict=True), **ROOF)
        last = roof.spots[-1]
        axes.annotate(
            roof.name, last[:2], (0, 2), textcoords="offset points", ha="right", **SMALL_PRINT
        )
    joined = shown.kind == "lines"
    found = []
    for place, one in enumerate(shown.series):
        found += axes.plot(
            [spot.x for spot in one.spots],
            [spot.y for spot in one.spots],
            color=COLORS[place % len(COLORS)],
            linestyle="-" if joined else "",
            linewidth=1.2,
            marker=MARKS[place % len(MARKS)],
            markersize=MARK,
            markevery=max(1, len(one.spots) // 12) if joined else None,
            label=one.name,
            clip_on=False,
        )
    return found


def _bars(shown: Picture, axes: Any) -> list[Any]:
    spots = shown.series[0].spots
    bars = axes.barh(
        [spot.y for spot in spots],
        [spot.x for spot in spots],
        height=0.7 / len(spots),
        color=COLORS[0],
    )
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    texts = [spot.label for spot in spots]
    axes.bar_label(bars, texts, padding=3, size=SMALL, bbox=paper, zorder=3)
    return []


def _limit(shown: Picture, axes: Any) -> list[Any]:
    if shown.limit is None:
        return []
    at, text = shown.limit
    dashes = {"color": LIMIT_COLOR, "linewidth": 1, "linestyle": (0, (4, 3))}
    dashes["zorder"] = 1.5 if shown.kind == "points" else 2.5
    words = {"color": LIMIT_COLOR, "size": SMALL}
    if shown.kind == "lines":
        line = axes.axhline(at, **dashes)
        up, va = (-3, "top") if at > HIGH else (3, "bottom")
        place = {"xytext": (4, up), "textcoords": "offset points", "va": va}
        note = axes.annotate(text, (0, at), **place, **words)
    else:
        line = axes.axvline(at, **dashes)
        note = axes.annotate(
            text, (at, 1), xytext=(0, 2), textcoords="offset points", ha="center", **words
        )
    return [line, note]


def _legend(shown: Picture, axes: Any, marks: Sequence[Any]) -> tuple[list[Any], list[str]]:
    places, notes = named(shown)
    if not places:
        return [], notes
    handles = [marks[place] for place in reversed(places)]
    if shown.kind == "points":  # points rise to the right: the lower right corner is free
        return [axes.legend(handles=handles, loc="lower right")], notes
    beside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1)}
    return [axes.legend(handles=handles, borderaxespad=0, **beside)], notes


def _labels(
    shown: Picture, figure: Any, axes: Any, taken: Sequence[Any], avoided: Sequence[Any]
) -> None:
    """Place a label beside each point with room for one, by the figure's final layout."""
    points = 72 / figure.dpi
    half = 0.8 * MARK / points  # a square stands on its corner
    texts, marks = [], []
    for spot in [spot for one in shown.series for spot in one.spots if spot.label]:
        at = spot.x, spot.y
        texts.append(axes.annotate(spot.label, at, (0, 0), textcoords="offset points", size=LABEL))
        x, y = axes.transData.transform(at)
        marks.append(labels.Box(x - half, y - half, x + half, y + half))
    extents = [text.get_window_extent() for text in texts]
    boxes = labels.place(
        marks,
        [(extent.width, extent.height) for extent in extents],
        _box(axes),
        taken=[_box(other) for other in taken],
        avoided=[_box(other) for other in avoided],
        gap=GAP,
        reach=3,
    )
    for text, mark, box in zip(texts, marks, boxes, strict=True):
        if box is None:
            text.remove()
        else:
            x, y = box.left - (mark.left + half), box.bottom - (mark.bottom + half)
            # The lowest tenth of a line is for descenders, and digits have none.
            text.set_position((x * points, y * points + LABEL / 10))
    left_out = boxes.count(None)
    if left_out:
        note = f"labels without room: {left_out}"
        axes.text(LEFT, 0.99, note, va="top", **SMALL_PRINT)


def _box(artist: Any) -> labels.Box:
    return labels.Box(*artist.get_window_extent().extents)
