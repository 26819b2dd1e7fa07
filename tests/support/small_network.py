"""A network with a layer of most kinds, and networks from a text."""

from __future__ import annotations

from pathlib import Path

import costcalc

NET = """
input: [4, 9, 7]
layers:
  - conv2d: {out_channels: 6, kernel_size: 3, stride: 2, bias: false}
  - batch_norm
  - relu
  - depthwise_conv2d: {kernel_size: 3}
  - max_pool2d: {kernel_size: 2}
  - global_avg_pool
  - flatten
  - linear: {out_features: 5}
"""


def model_of(text: str, tmp_path: Path, **options):
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return costcalc.load(str(path), **options)
