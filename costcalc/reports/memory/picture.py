"""A plan as a picture: steps to the right, offsets upwards, a box for each piece of memory."""

from __future__ import annotations

from typing import BinaryIO

from costcalc.memory.report import Memory
from costcalc.render.extras import needed
from costcalc.render.sheet import number
from costcalc.reports.plot.image import COLORS, DOTS, METADATA, STYLE
from costcalc.text import escaped

MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
MAX_NAMED = 40
"""Boxes that bear their names."""


def to_file(memory: Memory, file: BinaryIO, format: str) -> None:
    """Draw boxes over the steps at which they are alive, and the arena as a line."""
    style = needed("matplotlib.style", "a plot in a file", "plot")
    with style.context(["default", STYLE]):
        figure = needed("matplotlib.figure", "a plot in a file", "plot").Figure((6.8, 4.5), DOTS)
        needed("matplotlib.backends.backend_agg", "a plot in a file", "plot").FigureCanvasAgg(
            figure
        )
        axes = figure.add_subplot()
        plan = memory.plan
        big = sorted(range(len(plan.sizes)), key=lambda one: -plan.sizes[one])[:MAX_NAMED]
        for place, buffer in enumerate(plan.buffers):
            offset, size = plan.offsets[place], plan.sizes[place]
            axes.broken_barh(
                [(buffer.first - 0.5, buffer.last - buffer.first + 1)],
                (offset, size),
                facecolor=COLORS[place % len(COLORS)],
                edgecolor="white",
                linewidth=0.6,
                alpha=0.75,
            )
            if place in big and size * 30 > plan.arena:
                middle = (buffer.first + buffer.last) / 2
                name = buffer.maps[-1].name if buffer.maps else "scratch"
                room = 170 * (buffer.last - buffer.first + 1) / (memory.lifetimes.steps + 1)
                name = name if len(name) < room else name.rpartition(".")[2]
                axes.text(middle, offset + size / 2, name, ha="center", va="center", size=5)
        axes.axhline(plan.bound, color="#444444", linewidth=0.8, linestyle="--")
        axes.axhline(plan.arena, color="#B2182B", linewidth=0.8)
        axes.set_xlim(-0.5, memory.lifetimes.steps + 0.5)
        axes.set_ylim(0, plan.arena * 1.05 or 1)
        axes.set_xlabel("step")
        axes.set_ylabel("offset in the arena, bytes")
        axes.set_title(
            f"{memory.name}: arena {number(plan.arena)} B, bound {number(plan.bound)} B",
            loc="left",
            size=9,
        )
        metadata = {**METADATA[format], "Title": memory.name}
        figure.savefig(file, format=format, dpi=DOTS, metadata=metadata)


def in_terminal(memory: Memory, width: int, height: int) -> str:
    """Draw the plan with a letter for each piece of memory; the top line is the arena's end."""
    plan, steps = memory.plan, memory.lifetimes.steps
    label = len(number(plan.arena))
    columns = max(1, min(steps + 1, width - label - 2))
    rows = max(1, height - 2)
    grid = [[" "] * columns for _ in range(rows)]
    for place, buffer in enumerate(plan.buffers):
        low = plan.offsets[place] * rows // max(1, plan.arena)
        high = -(-(plan.offsets[place] + plan.sizes[place]) * rows // max(1, plan.arena))
        left = buffer.first * columns // (steps + 1)
        right = -(-(buffer.last + 1) * columns // (steps + 1))
        for row in range(low, max(low + 1, high)):
            for column in range(left, max(left + 1, right)):
                grid[row][column] = MARKS[place % len(MARKS)]
    lines = [f"{escaped(memory.name)}: offsets upwards, {steps} steps to the right"]
    for row in range(rows - 1, -1, -1):
        head = number(plan.arena) if row == rows - 1 else "0" if row == 0 else ""
        lines.append(f"{head:>{label}} {''.join(grid[row])}".rstrip())
    return "\n".join(lines)
