"""Each module of Ultralytics, against its layers written out by hand."""

import re

import pytest
from importers.pairs import analysis, costs

from costcalc.errors import CostcalcError
from costcalc.importers.ultralytics.modules import ACTIVATIONS
from costcalc.importers.ultralytics.translate import known

CBS = """
  cbs:
    params: {c, k: 1, s: 1, g: 1, p: k // 2, a: silu}
    layers:
      - conv2d: {out_channels: c, kernel_size: k, stride: s, groups: g, padding: p, bias: false}
      - batch_norm
      - $a
"""
BOTTLENECK = """
  add_two:                   # two 3x3 convolutions beside a shortcut
    params: {c, inner: c, k1: 3}
    layers:
      - residual: [cbs: {c: inner, k: k1}, cbs: {c, k: 3}]
"""
POOLS = """
  pools:
    params: {k: 5}
    layers:
      - max_pool2d: {name: a, kernel_size: k, stride: 1, padding: k // 2}
      - max_pool2d: {name: b, kernel_size: k, stride: 1, padding: k // 2}
      - max_pool2d: {name: c, kernel_size: k, stride: 1, padding: k // 2}
      - concat: {from: [input, a, b, c]}
"""
ATTENTION = """
  attention:                 # of 128 channels: 2 heads, keys half as wide as values
    layers:
      - cbs: {c: 256, a: none}
      - split: {name: [q, k, v], parts: [64, 64, 128], axis: channels}
      - dot_product_attention: {name: seen, from: [q, k, v], heads: 2}
      - cbs: {name: place, from: v, c: 128, k: 3, g: 128, a: none}
      - add: {from: [seen, place]}
      - cbs: {c: 128, a: none}
  attention_block:
    layers:
      - residual: [attention]
      - residual: [cbs: {c: 256}, cbs: {c: 128, a: none}]
"""
BLOCKS = "blocks:" + CBS + BOTTLENECK + POOLS + ATTENTION

# The row's module, how often it is repeated, its args, the channels that it reads, its layers.
MODULES = {
    "Conv": (1, "[24, 3, 2]", 16, "cbs: {c: 24, k: 3, s: 2}"),
    "Conv padded": (1, "[64, 6, 2, 2]", 3, "cbs: {c: 64, k: 6, s: 2, p: 2}"),
    "Conv without activation": (1, "[24, 1, 1, None, 1, 1, False]", 16, "cbs: {c: 24, a: none}"),
    "Conv with another": (1, "[24, 1, 1, None, 1, 1, nn.ReLU()]", 16, "cbs: {c: 24, a: relu}"),
    "Conv in groups": (1, "[24, 3, 1, None, 4]", 16, "cbs: {c: 24, k: 3, g: 4}"),
    "Conv twice": (2, "[24, 3]", 16, "cbs: {c: 24, k: 3}\n- cbs: {c: 24, k: 3}"),
    "Conv of an odd width": (1, "[25]", 16, "cbs: {c: 32}"),
    "DWConv": (1, "[32, 3, 2]", 16, "cbs: {c: 32, k: 3, s: 2, g: 16}"),
    "Focus": (
        1,
        "[32, 3]",
        3,
        "pixel_unshuffle: {factor: 2}\n- cbs: {c: 32, k: 3}",
    ),
    "GhostConv": (
        1,
        "[32, 3, 2]",
        16,
        "cbs: {name: a, c: 16, k: 3, s: 2}\n- cbs: {name: b, c: 16, k: 5, g: 16}\n"
        "- concat: {from: [a, b]}",
    ),
    "LightConv": (1, "[32, 5]", 16, "cbs: {c: 32, a: none}\n- cbs: {c: 32, k: 5, g: 32, a: relu}"),
    "RepConv": (
        1,
        "[32, 3, 2]",
        16,
        "cbs: {name: a, c: 32, k: 3, s: 2, a: none}\n"
        "- cbs: {name: b, from: input, c: 32, s: 2, a: none}\n- add: {from: [a, b]}\n- silu",
    ),
    "RepConv with in_channels": (
        1,
        "[16, 20, 3, 2]",
        16,
        "cbs: {name: a, c: 20, k: 3, s: 2, a: none}\n"
        "- cbs: {name: b, from: input, c: 20, s: 2, a: none}\n- add: {from: [a, b]}\n- silu",
    ),
    "SCDown": (1, "[32, 3, 2]", 16, "cbs: {c: 32}\n- cbs: {c: 32, k: 3, s: 2, g: 32, a: none}"),
    "ADown": (
        1,
        "[32]",
        16,
        "avg_pool2d: {kernel_size: 2, stride: 1, padding: 0}\n"
        "- slice: {name: x, axis: 0, stop: 8}\n"
        "- cbs: {name: a, c: 16, k: 3, s: 2}\n"
        "- max_pool2d: {from: x, kernel_size: 3, stride: 2, padding: 1}\n"
        "- cbs: {name: b, c: 16}\n- concat: {from: [a, b]}",
    ),
    "AConv": (
        1,
        "[32]",
        16,
        "avg_pool2d: {kernel_size: 2, stride: 1, padding: 0}\n- cbs: {c: 32, k: 3, s: 2}",
    ),
    "Bottleneck": (1, "[16]", 16, "add_two: {c: 16, inner: 8}"),
    "Bottleneck to other channels": (1, "[24]", 16, "cbs: {c: 12, k: 3}\n- cbs: {c: 24, k: 3}"),
    "CIB": (
        1,
        "[16]",
        16,
        "residual: [cbs: {c: 16, k: 3, g: 16}, cbs: {c: 16}, cbs: {c: 16, k: 3, g: 16}, "
        "cbs: {c: 16}, cbs: {c: 16, k: 3, g: 16}]",
    ),
    "C1": (3, "[24]", 16, "cbs: {c: 24}\n- residual: [cbs: {c: 24, k: 3, repeat: 3}]"),
    "C2": (
        2,
        "[32]",
        16,
        "cbs: {name: all, c: 32}\n- slice: {axis: 0, stop: 16}\n- add_two: {c: 16, repeat: 2}\n"
        "- identity: {name: a}\n- slice: {name: b, from: all, axis: 0, start: 16}\n"
        "- concat: {from: [a, b]}\n- cbs: {c: 32}",
    ),
    "C3": (
        2,
        "[32]",
        16,
        "cbs: {c: 16}\n- add_two: {name: a, c: 16, k1: 1, repeat: 2}\n"
        "- cbs: {name: b, from: input, c: 16}\n- concat: {from: [a, b]}\n- cbs: {c: 32}",
    ),
    "C3k": (
        2,
        "[32]",
        16,
        "cbs: {c: 16}\n- add_two: {name: a, c: 16, repeat: 2}\n"
        "- cbs: {name: b, from: input, c: 16}\n- concat: {from: [a, b]}\n- cbs: {c: 32}",
    ),
    "C3Ghost": (
        1,
        "[32]",
        16,
        "cbs: {name: x, c: 16}\n"
        "- cbs: {name: a, c: 4}\n- cbs: {name: b, c: 4, k: 5, g: 4}\n- concat: {from: [a, b]}\n"
        "- cbs: {name: c, c: 8, a: none}\n- cbs: {name: d, c: 8, k: 5, g: 8, a: none}\n"
        "- concat: {name: e, from: [c, d]}\n- add: {name: left, from: [x, e]}\n"
        "- cbs: {name: right, from: input, c: 16}\n- concat: {from: [left, right]}\n- cbs: {c: 32}",
    ),
    "C3x": (
        1,
        "[32]",
        16,
        "cbs: {name: x, c: 16}\n- cbs: {c: 16, k: [1, 3], p: same}\n"
        "- cbs: {name: y, c: 16, k: [3, 1], p: same}\n- add: {name: a, from: [x, y]}\n"
        "- cbs: {name: b, from: input, c: 16}\n- concat: {from: [a, b]}\n- cbs: {c: 32}",
    ),
    "BottleneckCSP": (
        2,
        "[32]",
        16,
        "cbs: {c: 16}\n- add_two: {c: 16, repeat: 2}\n"
        "- conv2d: {name: a, out_channels: 16, kernel_size: 1, bias: false}\n"
        "- conv2d: {name: b, from: input, out_channels: 16, kernel_size: 1, bias: false}\n"
        "- concat: {from: [a, b]}\n- batch_norm\n- silu\n- cbs: {c: 32}",
    ),
    "GhostBottleneck": (
        1,
        "[32, 3, 2]",
        16,
        "cbs: {name: a, c: 8}\n- cbs: {name: b, c: 8, k: 5, g: 8}\n- concat: {from: [a, b]}\n"
        "- cbs: {c: 16, k: 3, s: 2, g: 16, a: none}\n- cbs: {name: c, c: 16, a: none}\n"
        "- cbs: {name: d, c: 16, k: 5, g: 16, a: none}\n- concat: {name: y, from: [c, d]}\n"
        "- cbs: {from: input, c: 16, k: 3, s: 2, g: 16, a: none}\n"
        "- cbs: {name: z, c: 32, a: none}\n"
        "- add: {from: [y, z]}",
    ),
    "ConvTranspose": (
        1,
        "[24]",
        16,
        "conv_transpose2d: {out_channels: 24, kernel_size: 2, stride: 2, padding: 0, bias: false}\n"
        "- batch_norm\n- silu",
    ),
    "C2fPSA": (
        1,
        "[256]",
        256,
        "cbs: {name: all, c: 256}\n- slice: {axis: 0, start: 128}\n- attention_block: {name: b}\n"
        "- concat: {from: [all, b]}\n- cbs: {c: 256}",
    ),
    "RepC3": (
        1,
        "[32]",
        16,
        "cbs: {name: x, c: 32}\n- cbs: {name: a, c: 32, k: 3, a: none}\n"
        "- cbs: {name: b, from: x, c: 32, a: none}\n- add: {from: [a, b]}\n- silu: {name: left}\n"
        "- cbs: {name: right, from: input, c: 32}\n- add: {from: [left, right]}",
    ),
    "C2f": (
        2,
        "[32, True]",
        16,
        "cbs: {name: all, c: 32}\n- slice: {axis: 0, start: 16}\n- add_two: {name: a, c: 16}\n"
        "- add_two: {name: b, c: 16}\n- concat: {from: [all, a, b]}\n- cbs: {c: 32}",
    ),
    "C2f without shortcuts": (
        1,
        "[32]",
        16,
        "cbs: {name: all, c: 32}\n- slice: {axis: 0, start: 16}\n- cbs: {c: 16, k: 3}\n"
        "- cbs: {name: a, c: 16, k: 3}\n- concat: {from: [all, a]}\n- cbs: {c: 32}",
    ),
    "C3k2": (
        1,
        "[32, False, 0.25]",
        16,
        "cbs: {name: all, c: 16}\n- slice: {axis: 0, start: 8}\n"
        "- add_two: {name: a, c: 8, inner: 4}\n"
        "- concat: {from: [all, a]}\n- cbs: {c: 32}",
    ),
    "C3k2 of C3k": (
        1,
        "[32, True]",
        16,
        "cbs: {name: all, c: 32}\n- slice: {name: x, axis: 0, start: 16}\n"
        "- cbs: {c: 8}\n- add_two: {name: a, c: 8, repeat: 2}\n- cbs: {name: b, from: x, c: 8}\n"
        "- concat: {from: [a, b]}\n- cbs: {name: link, c: 16}\n"
        "- concat: {from: [all, link]}\n- cbs: {c: 32}",
    ),
    "C2fCIB": (
        1,
        "[16, True, True]",
        16,
        "cbs: {name: all, c: 16}\n- slice: {name: x, axis: 0, start: 8}\n"
        "- cbs: {c: 8, k: 3, g: 8}\n- cbs: {name: wide, c: 16}\n"
        "- cbs: {name: a, c: 16, k: 7, g: 16, a: none}\n"
        "- cbs: {name: b, from: wide, c: 16, k: 3, g: 16, a: none}\n- add: {from: [a, b]}\n- silu\n"
        "- cbs: {c: 8}\n- cbs: {name: y, c: 8, k: 3, g: 8}\n- add: {name: link, from: [x, y]}\n"
        "- concat: {from: [all, link]}\n- cbs: {c: 16}",
    ),
    "RepNCSPELAN4": (
        1,
        "[32, 16, 8, 1]",
        16,
        "cbs: {name: all, c: 16}\n- slice: {axis: 0, start: 8}\n- csp: {w: 4}\n"
        "- cbs: {name: a, c: 8, k: 3}\n- csp: {w: 4}\n- cbs: {name: b, c: 8, k: 3}\n"
        "- concat: {from: [all, a, b]}\n- cbs: {c: 32}",
    ),
    "ELAN1": (
        1,
        "[32, 16, 8]",
        16,
        "cbs: {name: all, c: 16}\n- slice: {axis: 0, start: 8}\n- cbs: {name: a, c: 8, k: 3}\n"
        "- cbs: {name: b, c: 8, k: 3}\n- concat: {from: [all, a, b]}\n- cbs: {c: 32}",
    ),
    "SPP": (
        1,
        "[32, [5, 9, 13]]",
        16,
        "cbs: {name: x, c: 8}\n- max_pool2d: {name: a, kernel_size: 5, stride: 1, padding: 2}\n"
        "- max_pool2d: {name: b, from: x, kernel_size: 9, stride: 1, padding: 4}\n"
        "- max_pool2d: {name: c, from: x, kernel_size: 13, stride: 1, padding: 6}\n"
        "- concat: {from: [x, a, b, c]}\n- cbs: {c: 32}",
    ),
    "SPPF": (1, "[32, 5]", 16, "cbs: {c: 8}\n- pools\n- cbs: {c: 32}"),
    "SPPELAN": (1, "[32, 8]", 16, "cbs: {c: 8}\n- pools\n- cbs: {c: 32}"),
    "C2PSA": (
        1,
        "[256]",
        256,
        "cbs: {name: all, c: 256}\n- slice: {name: a, axis: 0, stop: 128}\n"
        "- slice: {from: all, axis: 0, start: 128}\n- attention_block: {name: b}\n"
        "- concat: {from: [a, b]}\n- cbs: {c: 256}",
    ),
    "PSA": (
        1,
        "[256]",
        256,
        "cbs: {name: all, c: 256}\n- slice: {name: a, axis: 0, stop: 128}\n"
        "- slice: {from: all, axis: 0, start: 128}\n- attention_block: {name: b}\n"
        "- concat: {from: [a, b]}\n- cbs: {c: 256}",
    ),
    "A2C2f without attention": (
        1,
        "[32, False, -1]",
        16,
        "cbs: {name: x, c: 16}\n- cbs: {c: 8}\n- add_two: {name: a, c: 8, repeat: 2}\n"
        "- cbs: {name: b, from: x, c: 8}\n- concat: {from: [a, b]}\n- cbs: {name: y, c: 16}\n"
        "- concat: {from: [x, y]}\n- cbs: {c: 32}",
    ),
    "A2C2f": (
        1,
        "[64, True, 4]",
        64,
        "cbs: {name: x, c: 32}\n- area\n- area: {name: y}\n"
        "- concat: {from: [x, y]}\n- cbs: {c: 64}",
    ),
    "HGStem": (
        1,
        "[16, 24]",
        3,
        "cbs: {c: 16, k: 3, s: 2, a: relu}\n- zero_pad2d: {name: x, padding: [0, 1, 0, 1]}\n"
        "- max_pool2d: {name: a, kernel_size: 2, stride: 1, padding: 0}\n"
        "- cbs: {from: x, c: 8, k: 2, p: 0, a: relu}\n- zero_pad2d: {padding: [0, 1, 0, 1]}\n"
        "- cbs: {name: b, c: 16, k: 2, p: 0, a: relu}\n- concat: {from: [a, b]}\n"
        "- cbs: {c: 16, k: 3, s: 2, a: relu}\n- cbs: {c: 24, a: relu}",
    ),
    "HGBlock": (
        2,
        "[8, 32, 3]",
        16,
        "cbs: {name: a, c: 8, k: 3, a: relu}\n- cbs: {name: b, c: 8, k: 3, a: relu}\n"
        "- concat: {from: [input, a, b]}\n- cbs: {c: 16, a: relu}\n- cbs: {c: 32, a: relu}",
    ),
    "HGBlock light": (
        1,
        "[8, 16, 5, True, True]",
        16,
        "cbs: {c: 8, a: none}\n- cbs: {name: a, c: 8, k: 5, g: 8, a: relu}\n"
        "- concat: {from: [input, a]}\n- cbs: {c: 8, a: relu}\n- cbs: {name: y, c: 16, a: relu}\n"
        "- add: {from: [input, y]}",
    ),
    "ResNetLayer": (
        1,
        "[16, 8, 2, False, 1]",
        16,
        "cbs: {c: 8, a: relu}\n- cbs: {c: 8, k: 3, s: 2, a: relu}\n"
        "- cbs: {name: y, c: 32, a: none}\n"
        "- cbs: {name: z, from: input, c: 32, s: 2, a: none}\n- add: {from: [y, z]}\n- relu",
    ),
    "Classify": (
        1,
        "[10]",
        16,
        "cbs: {c: 1280}\n- global_avg_pool\n- flatten\n- linear: {out_features: 10}",
    ),
    "C3TR": (
        2,
        "[32]",
        16,
        "cbs: {c: 16}\n- rearrange: c h w -> c (h w)\n- residual: [linear: 16]\n"
        "- transformer: {repeat: 2}\n- rearrange: {pattern: c (h w) -> c h w, h: 640, name: a}\n"
        "- cbs: {name: b, from: input, c: 16}\n- concat: {from: [a, b]}\n- cbs: {c: 32}",
    ),
    "DWConvTranspose2d": (
        1,
        "[16, 4, 2, 1]",
        16,
        "conv_transpose2d: {out_channels: 16, kernel_size: 4, stride: 2, padding: 1, groups: 16}",
    ),
    "nn.SiLU": (1, "[]", 16, "silu"),
    "nn.LeakyReLU": (1, "[0.1]", 16, "leaky_relu"),
    "nn.Conv2d": (  # args are PyTorch's own: the channels that it reads too
        1,
        "[16, 24, 3, 2, 1]",
        16,
        "conv2d: {out_channels: 24, kernel_size: 3, stride: 2, padding: 1}",
    ),
    "nn.ConvTranspose2d": (
        1,
        "[24, 2, 2]",
        16,
        "conv_transpose2d: {out_channels: 24, kernel_size: 2, stride: 2, padding: 0}",
    ),
    "nn.BatchNorm2d": (1, "[16]", 16, "batch_norm"),
    "nn.Dropout": (1, "[0.2]", 16, "dropout"),
    "nn.Identity": (1, "[]", 16, "identity"),
    "nn.MaxPool2d": (1, "[3, 2]", 16, "max_pool2d: {kernel_size: 3, stride: 2, padding: 0}"),
    "nn.AvgPool2d": (1, "[2]", 16, "avg_pool2d: {kernel_size: 2, stride: 2, padding: 0}"),
    "nn.Upsample": (1, "[None, 2, nearest]", 16, "upsample: {scale_factor: 2}"),
    "nn.ZeroPad2d": (
        1,
        "[[1, 2, 3, 4]]",
        16,
        "zero_pad2d: {padding: [3, 4, 1, 2]}\n"
        "- max_pool2d: {kernel_size: 2, stride: 2, padding: 0}",
    ),
}
MORE = """
  csp:                       # RepCSP of 8 channels
    params: {w}
    layers:
      - cbs: {name: x, c: w}
      - cbs: {name: r, c: w, k: 3, a: none}
      - cbs: {name: s, from: x, c: w, a: none}
      - add: {from: [r, s]}
      - silu
      - cbs: {name: t, c: w, k: 3}
      - add: {name: left, from: [x, t]}
      - cbs: {name: right, from: input, c: w}
      - concat: {from: [left, right]}
      - cbs: {c: 2 * w}
  transformer:               # 4 heads of 4 channels
    layers:
      - residual:
          - linear: {name: q, from: input, out_features: 16, bias: false}
          - linear: {name: k, from: input, out_features: 16, bias: false}
          - linear: {name: v, from: input, out_features: 16, bias: false}
          - multi_head_attention: {from: [q, k, v], heads: 4}
      - residual: [linear: {out_features: 16, bias: false}, linear: {out_features: 16, bias: false}]
  area:                      # attention within four areas, which stand as heads here
    layers:
      - residual:
          - cbs: {name: all, c: 96, a: none}
          - split: {name: [q, k, v], parts: 3, axis: channels}
          - rearrange: {name: qs, from: q, pattern: c (a h) w -> (a c) (h w), a: 4}
          - rearrange: {name: ks, from: k, pattern: c (a h) w -> (a c) (h w), a: 4}
          - rearrange: {name: vs, from: v, pattern: c (a h) w -> (a c) (h w), a: 4}
          - dot_product_attention: {from: [qs, ks, vs], heads: 4}
          - rearrange: {name: seen, pattern: (a c) (h w) -> c (a h) w, a: 4, h: 160}
          - cbs: {name: place, from: v, c: 32, k: 7, g: 32, a: none}
          - add: {from: [seen, place]}
          - cbs: {c: 32, a: none}
      - residual: [cbs: {c: 64}, cbs: {c: 32, a: none}]
"""


def both(module: str) -> tuple[str, str]:
    """A file of a module alone, and the same by hand."""
    repeats, args, channels, layers = MODULES[module]
    row = f"[-1, {repeats}, {module.split()[0]}, {args}]"
    rows = [row]
    if module.startswith("nn.ZeroPad2d"):
        rows.append("[-1, 1, nn.MaxPool2d, [2, 2]]")
    text = f"ch: {channels}\nbackbone:\n" + "".join(f"  - {one}\n" for one in rows) + "head: []\n"
    side = 224 if module == "Classify" else 640
    body = "".join(f"  {line}\n" for line in f"- {layers}".splitlines())
    return text, f"input: [{channels}, {side}, {side}]\n{BLOCKS}{MORE}layers:\n{body}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_costs_what_its_layers_do(module):
    text, hand = both(module)
    found, own = analysis(text, "model.yaml"), analysis(hand, "hand.yaml")
    assert costs(found) == costs(own)
    assert found.totals.macs == own.totals.macs
    last, own_last = found.layers[-1], own.layers[-1]
    assert last.output_shape.dims == own_last.output_shape.dims


# Heads, which read a map of 16 channels at 320 x 320 and one of 24 at 160 x 160: rows 0 and 1.
# A level of a head: two convolutions and what it predicts.
LEVELS = """
  level:
    params: {w, values}
    layers: [cbs: {c: w, k: 3, repeat: 2}, conv2d: {out_channels: values, kernel_size: 1}]
  light_level:
    params: {w, values, of: in_channels}
    layers:
      - cbs: {c: of, k: 3, g: of}
      - cbs: {c: w}
      - cbs: {c: w, k: 3, g: w}
      - cbs: {c: w}
      - conv2d: {out_channels: values, kernel_size: 1}
  both:                      # of both maps, a level in a row of places each
    inputs: [p3, p4]
    params: {w, values, light: false}
    layers:
      - sequence:
          name: a
          from: p3
          layers:
            - level: {when: not light, w, values}
            - light_level: {when: light, w, values}
            - rearrange: c h w -> c (h w)
      - sequence:
          name: b
          from: p4
          layers:
            - level: {when: not light, w, values}
            - light_level: {when: light, w, values}
            - rearrange: c h w -> c (h w)
      - concat: {from: [a, b], axis: 1}
  anchored:
    params: {values}
    layers:
      - conv2d: {out_channels: values, kernel_size: 1}
      - rearrange: c h w -> c (h w)
  mean:                      # DFL: 16 bins for each of four sides
    layers:
      - rearrange: {pattern: (s k) n -> k s n, s: 4}
      - softmax
      - conv2d: {out_channels: 1, kernel_size: 1, bias: false, trainable: false}
"""
DETECT = "both: {name: boxes, from: [p3, p4], w: 64, values: 64}\n"
LEGACY = DETECT + "both: {name: classes, from: [p3, p4], w: 16, values: 10}\n"
LIGHT = DETECT + "both: {name: classes, from: [p3, p4], w: 16, values: 10, light: true}\n"
END = "mean: {from: boxes}\nsigmoid: {from: classes}\n"
PROTO = (
    "cbs: {from: p3, c: 24, k: 3}\n"
    "conv_transpose2d: {out_channels: 24, kernel_size: 2, stride: 2, padding: 0}\n"
    "cbs: {c: 24, k: 3}\ncbs: {c: 8}\n"
)
TWICE = LIGHT.replace("name: boxes, ", "").replace("name: classes, ", "")
ANCHORS = "anchors:\n  - [10, 13, 16, 30]\n  - [30, 61, 62, 45]"
# The keys of the file, the head's args, and its layers.
HEADS = {
    "Detect": ("nc: 10", "[nc]", LEGACY + END),
    "Detect of one bin": (
        "nc: 10\nreg_max: 1",
        "[nc]",
        "both: {from: [p3, p4], w: 16, values: 4}\n"
        "both: {from: [p3, p4], w: 16, values: 10}\nsigmoid\n",
    ),
    "Detect twice": (
        "nc: 10\nend2end: True",
        "[nc]",
        LEGACY.replace("name: boxes, ", "").replace("name: classes, ", "") + LEGACY + END,
    ),
    "v10Detect": ("nc: 10", "[nc]", TWICE + LIGHT + END),
    "Segment": (
        "nc: 10",
        "[nc, 8, 20]",
        LEGACY + END + "both: {from: [p3, p4], w: 8, values: 8}\n" + PROTO,
    ),
    "Detect of YOLOv5": (
        f"nc: 10\n{ANCHORS}",
        "[nc, anchors]",
        "anchored: {name: a, from: p3, values: 30}\n"
        "anchored: {name: b, from: p4, values: 30}\nconcat: {from: [a, b], axis: 1}\nsigmoid\n",
    ),
    "Detect of 4 anchors": (
        "nc: 10\nanchors: 4",
        "[nc, anchors]",
        "anchored: {name: a, from: p3, values: 60}\n"
        "anchored: {name: b, from: p4, values: 60}\nconcat: {from: [a, b], axis: 1}\nsigmoid\n",
    ),
    "Segment of YOLOv5": (
        f"nc: 10\n{ANCHORS}",
        "[nc, anchors, 8, 20]",
        "anchored: {name: a, from: p3, values: 46}\n"
        "anchored: {name: b, from: p4, values: 46}\nconcat: {from: [a, b], axis: 1}\nsigmoid\n"
        "cbs: {from: p3, c: 24, k: 3}\nupsample: {scale_factor: 2}\n"
        "cbs: {c: 24, k: 3}\ncbs: {c: 8}\n",
    ),
    "OBB": ("nc: 10", "[nc, 1]", LEGACY + END + "both: {from: [p3, p4], w: 4, values: 1}\n"),
    "Pose": (
        "nc: 10\nkpt_shape: [17, 3]",
        "[nc, kpt_shape]",
        LEGACY + END + "both: {from: [p3, p4], w: 51, values: 51}\n",
    ),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_head_costs_what_its_layers_do(head):
    keys, args, layers = HEADS[head]
    row = f"  - [[0, 1], 1, {head.split()[0]}, {args}]\n"
    rows = "backbone:\n  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [24, 3, 2]]\n"
    text = f"{keys}\n{rows}head:\n{row}"
    body = ["cbs: {name: p3, c: 16, k: 3, s: 2}", "cbs: {name: p4, c: 24, k: 3, s: 2}"]
    body += layers.splitlines()
    hand = f"input: [3, 640, 640]\n{BLOCKS}{LEVELS}layers:\n" + "".join(
        f"  - {line}\n" for line in body
    )
    assert sorted(costs(analysis(text, "model.yaml"))) == sorted(costs(analysis(hand, "x.yaml")))


def one_row(row: str, keys: str = "") -> str:
    return f"{keys}backbone:\n  - {row}\nhead: []\n"


def test_a_bottleneck_of_yolov5_has_a_kernel_of_1_first():
    rows = "backbone:\n  - [-1, 1, Bottleneck, [24]]\nhead:\n  - [[0], 1, Detect, [2, anchors]]\n"
    found = analysis(f"anchors: 1\n{rows}", "model.yaml")
    assert found.totals.params == 3 * 12 + 9 * 12 * 24 + 2 * (12 + 24) + (24 + 1) * 7


@pytest.mark.parametrize(
    ("name", "cut", "params", "channels"),
    [("resnet18", 2, 11_176_512, 512), ("resnet50", 3, 8_543_296, 1024)],
)
def test_a_network_of_torchvision_is_cut_as_its_children_are(name, cut, params, channels):
    row = f"[-1, 1, TorchVision, [{channels}, {name}, DEFAULT, True, {cut}]]"
    found = analysis(one_row(row), "model.yaml")
    assert found.totals.params == params
    assert found.layers[-1].output_shape.channels == channels


REFUSED = {
    "TorchVision, [512, resnet19]": "unknown network 'resnet19'",
    "TorchVision, [512, resnet18, DEFAULT, False]": "is read without its last 2 to 5 children",
    "TorchVision, [512, resnet18, DEFAULT, True, 1]": "is read without its last 2 to 5 children",
    "TorchVision, [512, resnet18, DEFAULT, True, 2, True]": "a split of TorchVision is not read",
    "C3, [64, True, 1, 0.5, 9]": "C3 has an arg too many: its args are",
    "RepConv, [3, 20, 1]": "RepConv has a kernel of 3",
    "Detect, [nc]": "the file has no key nc",
    "Detect, [2, anchors]": "the key anchors has a list for each level",
    "Detect, [2, 16]": "Detect has an arg too many: its args are [nclasses]",
}


@pytest.mark.parametrize("row", REFUSED)
def test_a_row_that_ultralytics_refuses_is_refused(row):
    with pytest.raises(CostcalcError, match=re.escape(REFUSED[row])):
        analysis(one_row(f"[-1, 1, {row}]"), "model.yaml")


def test_the_heads_of_c2fattn_are_scaled():
    rows = "  - [-1, 1, Conv, [64, 3, 2]]\n  - [-1, 1, C2fAttn, [64, 256, 8]]\n"
    keys = "nc: 3\nscales: {n: [1, 0.5, 1024], m: [1, 0.5, 256]}\n"
    for variant, heads in (("n", 4), ("m", 2)):  # min(8, max_channels // 64) * width
        found = analysis(f"{keys}backbone:\n{rows}head: []\n", "m.yaml", variant)
        (gates,) = [one for one in found.layers if one.type == "parameter"]
        assert gates.params == heads


def test_points_of_a_pose_are_those_of_the_file():
    rows = "  - [-1, 1, Conv, [16, 3, 2]]\n  - [-1, 1, Conv, [24, 3, 2]]\n"
    head = "  - [[0, 1], 1, Pose26, [2, kpt_shape]]\n"
    found = analysis(f"kpt_shape: [5, 3]\nbackbone:\n{rows}head:\n{head}", "m.yaml")
    made = {one.output_shape.channels for one in found.layers if ".Points" in one.name}
    assert 5 * 3 in made  # 17 points of 3 numbers where the file says nothing
    assert 17 * 3 not in made


BY_THE_WHEEL = {
    *("AIFI", "CBFuse", "CBLinear", "C2fAttn", "Depth", "ImagePoolingAttn", "OBB26", "Pose26"),
    *("RTDETRDecoder", "Segment26", "SemanticSegment", "WorldDetect", "YOLOEDetect"),
    *("YOLOESegment", "YOLOESegment26"),
}
"""Modules of few files, which tests of the extra `peers` hold to Ultralytics' own figures."""


def test_every_module_that_is_known_is_here():
    there = {name.split()[0] for name in (*MODULES, *HEADS)} | {"Concat", "TorchVision"}
    there |= {f"nn.{name}" for name in ACTIVATIONS}
    assert set(known()) - BY_THE_WHEEL <= there
    assert set(known()) >= BY_THE_WHEEL
