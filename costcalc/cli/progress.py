"""Progress on standard error, for runs that take more than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from costcalc.explore.table import SweepTable

Item = TypeVar("Item")
PATIENCE = 1.0
"""Seconds before progress is shown."""


def counted(items: Iterator[Item], word: str) -> Iterator[Item]:
    """Pass items on, and show how many there were so far if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    begin = shown = time.monotonic()
    width = 0
    try:
        for number, item in enumerate(items, 1):
            now = time.monotonic()
            if now - begin > PATIENCE and now - shown > 0.1:
                shown = now
                line = f"{number:,} {word}"
                width = max(width, len(line))
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
            yield item
    finally:
        if width:
            print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)


@contextmanager
def working(doing: str) -> Iterator[None]:
    """Show what is done and for how long already, if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    begin = time.monotonic()
    done = Event()
    width = 0

    def show() -> None:
        nonlocal width
        left = PATIENCE
        while not done.wait(left):
            line = f"{doing}: {time.monotonic() - begin:.0f} s"
            width = max(width, len(line))
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
            left = 0.5

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if width:
            print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)


def watched(tables: Iterator[SweepTable], total: int, *, shown: bool) -> Iterator[SweepTable]:
    """Pass tables on, with a progress bar if standard error is a terminal.

    shown: whether the result itself goes to standard output. If that is a terminal, there is no
    bar, which would mix with it.
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
