"""The targets of speed and size, each with what is measured. Prints; judges nothing.

python tests/benchmarks/bench_targets.py [runs]

Times are processor times of whole processes; ratios are against the imports of click, yaml,
rich.console and rich.table, pair by pair. Run it where costcalc is installed with its extras and
not editable, as users have it, and with one thread: OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

from processes import CLI, FLOOR, median, ratio, run, seconds

import costcalc

ROOT = Path(__file__).parents[2]
GRID = ["--alpha", "0.25..1.0", "--resolution", "128..224"]
SAMPLE = str(ROOT / "tests" / "importers" / "samples" / "ultralytics" / "tiny.yaml")
STARTS = {
    "analyze, text": (["analyze", "mobilenet"], 1.1),
    "analyze, json": (["analyze", "mobilenet", "--format", "json"], 1.1),
    "analyze of an Ultralytics file": (["analyze", SAMPLE], 3),
    "sweep of 16 points, text": (["sweep", "mobilenet", *GRID], 1.4),
    "sweep of 16 points, csv": (["sweep", "mobilenet", *GRID, "--format", "csv"], 1.4),
    "formula": (["formula"], 2),
    "formula mobilenet": (["formula", "mobilenet"], 2),
    "solve mobilenet --max macs=150M": (["solve", "mobilenet", "--max", "macs=150M"], 2.5),
}
POINTS = 10**7
STREAMED = ["sweep", "mobilenet", "--alpha", "0.0001..1:0.0001", "--resolution", "32..1031:1"]
DISTINCT = ["--resolution", "224", "--alpha", "0.01..10:0.01", "--set", "classes=1..10000:1"]
"""Points of which no two cost the same."""
STREAMS = {
    "sweep of 10^7 points, csv": (STREAMED, "csv", 3),
    "sweep of 10^7 points, parquet": (STREAMED, "parquet", 5),
    "sweep of 10^7 points, json": (STREAMED, "json", None),
    "sweep of 10^7 distinct points, csv": (["sweep", "mobilenet", *DISTINCT], "csv", None),
}


def show(what: str, found: str, target: str) -> None:
    print(f"{what:40} {found:>22}   {target}", flush=True)


def starts(runs: int) -> None:
    for what, (arguments, target) in STARTS.items():
        found, own, floor = ratio([*CLI, *arguments], FLOOR, runs)
        times = f"{1000 * own.cpu:.0f} ms against {1000 * floor.cpu:.0f} ms"
        show(what, f"{found:.2f} times", f"at most {target} times   ({times})")


def streams(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for what, (arguments, format_, target) in STREAMS.items():
            path = os.path.join(folder, "points")
            more = ["--max-points", str(POINTS), "--format", format_, "--output", path]
            used = median([run([*CLI, *arguments, *more]) for _ in range(runs)])
            rate, clock = (POINTS / time / 10**6 for time in (used.cpu, used.wall))
            wanted = f"at least {target} M/s" if target else ""
            show(what, f"{rate:.2f} M/s", f"{wanted}   ({clock:.2f} by the clock)")
            show("  peak of memory", f"{used.peak:.0f} MB", "the same for 10^8 points")


def in_process(runs: int) -> None:
    model = costcalc.load("mobilenet")
    values = [Fraction(n, 1000) for n in range(1, 1001)]
    model.sweep(alpha=values, rho=values)  # imports are not counted
    rate = 10**6 / seconds(lambda: model.sweep(alpha=values, rho=values), runs)
    show("sweep of 1000 x 1000, in process", f"{rate / 10**6:.0f} M/s", "above 50 M/s")


def installed() -> None:
    """The bytes of a plain installation, without pip and bytecode."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run([*pip, "--target", folder, str(ROOT)], check=True)
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    show("installed size", f"{size / 10**6:.1f} MB", "at most 75 MB")


def main(runs: int = 15) -> None:
    print(f"medians of {runs} pairs, or of {max(1, runs // 5)} long runs; and the targets\n")
    starts(runs)
    in_process(max(3, runs))
    streams(max(1, runs // 5))
    installed()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
