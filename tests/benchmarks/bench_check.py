"""A thousand networks of a hundred layers in one `costcalc check`, against composing their texts.

python tests/benchmarks/bench_check.py [networks]

Whole processes, processor time, pair by pair; and the peak of memory, which should not grow.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from processes import CLI, run

PAIRS = 7
PROGRAM = """
import glob, yaml
for path in sorted(glob.glob("*.yaml")):
    with open(path) as file:
        yaml.compose(file.read(), Loader=yaml.CSafeLoader)
"""
COMPOSE = [sys.executable, "-c", PROGRAM]


def write(folder: Path, count: int) -> None:
    for number in range(count):
        layers = "".join(
            f"  - conv2d: {{out_channels: {16 + 8 * ((number + place) % 12)}, kernel_size: 3}}\n"
            "  - batch_norm\n  - relu\n  - depthwise_conv2d: {kernel_size: 3}\n"
            for place in range(25)
        )
        text = f"input: [3, 64, 64]\nbudgets: {{macs: 20G, params: 50M}}\nlayers:\n{layers}"
        (folder / f"network_{number:05}.yaml").write_text(text)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for size in (count // 4, count):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, size)
            pairs = [
                (run([*CLI, "check", ".", "--hide-passed"], name), run(COMPOSE, name))
                for _ in range(PAIRS)
            ]
        ratio = statistics.median(own.cpu / floor.cpu for own, floor in pairs)
        own, floor = (statistics.median(pair[side].cpu for pair in pairs) for side in (0, 1))
        peak = max(own.peak for own, _ in pairs)
        print(
            f"{size} networks: check {own:.2f} s, yaml.compose {floor:.2f} s, "
            f"{ratio:.2f} times; peak {peak:.1f} MB"
        )


if __name__ == "__main__":
    main()
