"""Record what PyTorch's pools make of one side: tests/recorded/pools.json.

    python tests/peers/pools_of_torch.py

PyTorch refuses a padding above half of the kernel, so none is recorded.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import torch
from torch.nn import functional

RECORD = Path(__file__).parent.parent / "recorded" / "pools.json"
SIDES = range(1, 10)


def main() -> None:
    pools: dict[str, list[int]] = {}
    for kernel, stride, dilation, ceil in product((1, 2, 3, 5), (1, 2, 3, 5), (1, 2), (0, 1)):
        for padding in range(kernel // 2 + 1):
            window = (kernel, stride, padding)
            key = " ".join(map(str, (*window, dilation, ceil)))
            pools[f"max_pool2d {key}"] = [
                _side(functional.max_pool2d, n, *window, dilation, bool(ceil)) for n in SIDES
            ]
            if dilation == 1:
                pools[f"avg_pool2d {key}"] = [
                    _side(functional.avg_pool2d, n, *window, bool(ceil)) for n in SIDES
                ]
    about = (
        "The side of the output of PyTorch's pools for inputs of side 1 to 9; 0 where it refuses. "
        "The numbers of a pool are kernel_size, stride, padding, dilation and ceil_mode. "
        "Written by tests/peers/pools_of_torch.py; nothing is edited by hand."
    )
    whole = {"about": about, "torch": torch.__version__.split("+")[0], "pools": pools}
    text = json.dumps(whole, indent=1)
    for numbers in pools.values():  # a list on one line
        text = text.replace(json.dumps(numbers, indent=1).replace("\n", "\n  "), str(numbers))
    RECORD.write_text(text + "\n")


def _side(pool: object, side: int, *how: object) -> int:
    try:
        return int(pool(torch.zeros(1, 1, side, side), *how).shape[-1])  # type: ignore[operator]
    except RuntimeError:
        return 0


main()
