"""A progress bar on standard error, for what takes more than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

PATIENCE = 1.0
"""Seconds without a bar."""


def watched(
    chunks: Iterator[dict[str, list[Any]]], total: int, *, shown: bool
) -> Iterator[dict[str, list[Any]]]:
    """The chunks as they come, with a bar where there is someone to see it.

    `shown` says that the result itself goes to standard output: a bar would stand in its way
    where that is the terminal.
    """
    if not sys.stderr.isatty() or (shown and sys.stdout.isatty()):
        yield from chunks
        return
    begin = time.monotonic()
    bar: Any = None
    done = 0
    try:
        for chunk in chunks:
            yield chunk
            done += len(chunk["alpha"])
            if bar is None and time.monotonic() - begin > PATIENCE:
                from costcalc.report.terminal import progress_bar

                bar = progress_bar(total)
            if bar is not None:
                bar.update(bar.task_ids[0], completed=done)
    finally:
        if bar is not None:
            bar.stop()
