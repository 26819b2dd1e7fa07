"""Records what TensorFlow Lite Micro allocates for .tflite files: tests/recorded/tflm_arenas.json.

Run with the PyPI package tflite-micro installed: python tests/peers/record_tflm.py FILE...

Of each file it keeps the shapes and types of the tensors and what each operator reads and makes,
read by this package, and the figures that TFLite Micro's recording allocator prints: the head of
its arena, which holds the maps, and the tail, which is kept.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.paths import RECORDED

from costcalc.importers.tflite.model import read_model

ARENA = 60_000_000
ALLOCATE = """
import sys
from tflite_micro.python.tflite_micro import runtime
runtime.Interpreter.from_file(sys.argv[1], arena_size=int(sys.argv[2])).print_allocations()
"""


def figures(path: Path) -> dict[str, int] | None:
    """The head and the tail of the arena; None where TFLite Micro cannot run the file."""
    command = [sys.executable, "-c", ALLOCATE, str(path), str(ARENA)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.findall(r"Arena allocation (head|tail) (\d+)", done.stdout + done.stderr)
    return {part: int(count) for part, count in found} or None


def described(path: Path) -> dict[str, Any] | None:
    found = figures(path)
    if found is None:
        return None
    graph = read_model(path.read_bytes()).subgraphs[0]
    return {
        "arena": found["head"],
        "persistent": found["tail"],
        "tensors": [[*t.shape, *(["constant"] if t.buffer else [])] for t in graph.tensors],
        "types": [t.dtype.name + "*" * t.is_variable for t in graph.tensors],
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "operators": [[one.kind, one.inputs, one.outputs] for one in graph.operators],
    }


def main(paths: list[str]) -> None:
    found = {}
    for path in map(Path, paths):
        entry = described(path)
        if entry is not None:
            found[path.stem.rpartition("__")[2]] = entry
    lines = []
    for name, entry in found.items():
        keys = (f'"{k}": {json.dumps(v, separators=(",", ":"))}' for k, v in entry.items())
        lines.append(f" {json.dumps(name)}: {{{', '.join(keys)}}}")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (RECORDED / "tflm_arenas.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
