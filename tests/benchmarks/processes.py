"""Whole processes, measured: processor time and the peak of memory, in pairs with a floor."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

FLOOR = [sys.executable, "-c", "import click, yaml, rich.console, rich.table"]
"""What every command imports of others: no start can be faster."""
CLI = [sys.executable, "-c", "from costcalc.__main__ import main; main()"]


class Usage(NamedTuple):
    cpu: float
    """Seconds of user and system time, which a busy machine stretches less than the clock's."""
    wall: float
    peak: float
    """The largest resident set, in MB."""


def run(command: Sequence[str], folder: str | None = None) -> Usage:
    """Run a command with bytecode, and without an output."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 10**6)


def ratio(command: Sequence[str], floor: Sequence[str], runs: int) -> tuple[float, Usage, Usage]:
    """The median of the pairs' ratios of processor time, and the medians of either side.

    A pair runs in turn (A B A B ...), so that a machine whose speed drifts favours neither.
    """
    run(command)
    run(floor)
    pairs = [(run(command), run(floor)) for _ in range(runs)]
    own, other = ([pair[side] for pair in pairs] for side in (0, 1))
    found = statistics.median(a.cpu / b.cpu for a, b in pairs)
    return found, median(own), median(other)


def median(used: Sequence[Usage]) -> Usage:
    return Usage(*map(statistics.median, zip(*used, strict=True)))


def compare(what: str, command: Sequence[str], floor: Sequence[str], runs: int) -> None:
    """Print a ratio with the milliseconds behind it."""
    found, own, other = ratio(command, floor, runs)
    times = f"({1000 * own.cpu:.0f} ms against {1000 * other.cpu:.0f} ms)"
    print(f"{what:58} {found:5.2f} times  {times}")


def seconds(call: Callable[[], object], runs: int) -> float:
    """The median processor seconds of a call in this process."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)
