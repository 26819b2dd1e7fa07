"""How long `analyze` takes for small and large networks. Prints; judges nothing.

python tests/benchmarks/bench_speed.py [runs]

Start-up: `analyze mobilenet.yaml` against the imports of click, yaml, rich.console and rich.table.
Growth: 10,000 layers against `yaml.compose` with the C loader on the same text, pair by pair.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from processes import CLI, FLOOR, compare

COMPOSE = "import sys, yaml; yaml.compose(open(sys.argv[1]), Loader=yaml.CLoader)"
HEAD = "input: [3, 64, 64]\nlayers:\n"
NETWORKS = {
    "conv2d, batch_norm, relu, depthwise_conv2d": (
        "  - conv2d: {out_channels: 32, kernel_size: 3, stride: 1, bias: false}\n"
        "  - batch_norm\n  - relu\n  - depthwise_conv2d: {kernel_size: 3, padding: same}\n"
    ),
    "conv2d": "  - conv2d: {out_channels: 16, kernel_size: 3}\n",
}


def growth(folder: Path) -> None:
    """Seconds within one process for more and more layers: twice the layers, twice the time."""
    import costcalc

    print("\nlayers    seconds in process, load and cost")
    for layers in (2_500, 5_000, 10_000, 20_000):
        path = folder / f"{layers}.yaml"
        path.write_text(HEAD + NETWORKS["conv2d"] * layers, encoding="utf-8")
        start = time.process_time()
        costcalc.load(str(path)).cost()
        print(f"{layers:6,}    {time.process_time() - start:.3f}")


def main(runs: int = 15) -> None:
    print(f"median of {runs} pairs")
    for format_ in ("text", "json"):
        command = [*CLI, "analyze", "mobilenet.yaml", "--format", format_]
        compare(f"analyze mobilenet.yaml, {format_}, against imports", command, FLOOR, runs)
    compare("list, against imports", [*CLI, "list"], FLOOR, runs)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, items in NETWORKS.items():
            path = folder / "network.yaml"
            path.write_text(HEAD + items * (10_000 // items.count("\n")), encoding="utf-8")
            for format_ in ("text", "json"):
                command = [*CLI, "analyze", str(path), "--format", format_]
                floor = [sys.executable, "-c", COMPOSE, str(path)]
                print(f"10,000 layers ({what})")
                compare(f"  {format_}, against yaml.compose", command, floor, max(3, runs // 3))
        growth(folder)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nlargest process: {peak:.0f} MiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
