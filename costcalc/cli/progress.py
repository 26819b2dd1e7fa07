"""A progress bar on standard error, for what takes more than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from costcalc.explore.table import SweepTable

Item = TypeVar("Item")
PATIENCE = 1.0
"""Seconds without a bar."""


def counted(items: Iterator[Item], word: str) -> Iterator[Item]:
    """The items as they come, with a line of how many there were where there is someone to see."""
    if not sys.stderr.isatty():
        yield from items
        return
    begin = told = time.monotonic()
    width = 0
    try:
        for number, item in enumerate(items, 1):
            now = time.monotonic()
            if now - begin > PATIENCE and now - told > 0.1:
                told = now
                line = f"{number:,} {word}"
                width = max(width, len(line))
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if width:
            print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)


def watched(tables: Iterator[SweepTable], total: int, *, shown: bool) -> Iterator[SweepTable]:
    """The tables as they come, with a bar where there is someone to see it.

    `shown` says that the result itself goes to standard output: a bar would stand in its way
    where that is the terminal.
    """
    if not sys.stderr.isatty() or (shown and sys.stdout.isatty()):
        yield from tables
        return
    begin = time.monotonic()
    bar: Any = None
    done = 0
    try:
        for table in tables:
            yield table
            done += table.points
            if bar is None and time.monotonic() - begin > PATIENCE:
                from costcalc.render.terminal import progress_bar

                bar = progress_bar(total)
            if bar is not None:
                bar.update(bar.task_ids[0], completed=done)
    finally:
        if bar is not None:
            bar.stop()
