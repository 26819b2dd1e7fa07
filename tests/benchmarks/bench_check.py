"""A thousand networks of a hundred layers in one `costcalc check`, against composing their texts.

python tests/benchmarks/bench_check.py [networks]

Whole processes, processor time, pair by pair; and the peak of memory, which should not grow.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PAIRS = 7
FLOOR = """
import glob, yaml
for path in sorted(glob.glob("*.yaml")):
    with open(path) as file:
        yaml.compose(file.read(), Loader=yaml.CSafeLoader)
"""


def write(folder: Path, count: int) -> None:
    for number in range(count):
        layers = "".join(
            f"  - conv2d: {{out_channels: {16 + 8 * ((number + place) % 12)}, kernel_size: 3}}\n"
            "  - batch_norm\n  - relu\n  - depthwise_conv2d: {kernel_size: 3}\n"
            for place in range(25)
        )
        text = f"input: [3, 64, 64]\nbudgets: {{macs: 20G, params: 50M}}\nlayers:\n{layers}"
        (folder / f"network_{number:05}.yaml").write_text(text)


def run(folder: Path, *command: str) -> tuple[float, float]:
    """Processor seconds, and the peak of memory in MiB."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=folder, stdout=subprocess.DEVNULL, env=environment
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for size in (count // 4, count):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, size)
            pairs = [
                (
                    run(folder, "-m", "costcalc", "check", ".", "--hide-passed"),
                    run(folder, "-c", FLOOR),
                )
                for _ in range(PAIRS)
            ]
        ratio = statistics.median(own[0] / floor[0] for own, floor in pairs)
        own, floor = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
        peak = max(pair[0][1] for pair in pairs)
        print(
            f"{size} networks: check {own:.2f} s, yaml.compose {floor:.2f} s, "
            f"{ratio:.2f} times; peak {peak:.1f} MiB"
        )


if __name__ == "__main__":
    main()
