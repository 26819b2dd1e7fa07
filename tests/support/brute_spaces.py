"""Small spaces of networks, drawn and written by hand, and all their networks built one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Draws, chance, every
from costcalc.spaces.units import DrawingBuilder

METRICS = ("macs", "params", "activations", "other_ops")

SPACES = {
    "copies": """
input: [3, 16, 16]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: {any: [1, 3]}, stride: 2}
  - inverted_residual:
      repeat: {any: 1..3}
      out_channels: 8
      kernel_size: {any: [3, 5]}
      expansion: {any: [2, 3]}
      first: {stride: 2}
  - conv2d: {out_channels: 4, kernel_size: 1, when: {any: [true, false]}}
  - global_avg_pool
  - linear: {out_features: 5, name: end}
""",
    "ties": """
input: [3, size, size]
params:
  size: {any: [8, 12]}
  width: {any: [4, 6, 8]}
  twice: 2 * width
  deep: {any: 0..2}
  unread: {any: [1, 2]}
blocks:
  unit:
    params: {out: width, kernel_size: {any: [1, 3]}}
    layers: [conv2d: {out_channels: out, kernel_size}, relu]
layers:
  - unit: {name: a}
  - unit: {out: twice, repeat: deep}
  - conv2d: {out_channels: width, kernel_size: 3, name: b}
  - concat: {from: [a, b]}
  - conv2d: {out_channels: 3, kernel_size: {any: [1, 3]}}
""",
    "repeated": """
input: [3, 16, 16]
blocks:
  stage:
    params:
      width:
      kernel_size: {any: [1, 3]}
      more: {any: [0, 1, 2]}
      skip: {any: [false, true]}
    layers:
      - unit: {repeat: 1 + more, out_channels: width, kernel_size, skip, first: {stride: 2}}
      - relu: {when: skip}
  unit:
    params: {out_channels, kernel_size, skip, stride: 1}
    layers:
      - conv2d: {out_channels, kernel_size, stride, padding: same}
      - batch_norm: {when: not skip}
layers:
  - stage: {name: first, width: 4}
  - stage: {name: second, width: 6, repeat: 2}
  - global_avg_pool
  - linear: {out_features: 5}
""",
    "types": """
input: [4, 8, 8]
params: {unit: {any: [mix, plain, relu]}}
blocks:
  mix:
    layers:
      - sequence:
          repeat: {any: [1, 2]}
          layers:
            - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}}
            - $act
    params: {act: {any: [relu, none, plain]}}
  plain: {layers: [pointwise_conv2d: {out_channels: {any: [4, 8]}}]}
layers:
  - $unit
  - $unit: {repeat: {any: 0..1}}
  - pointwise_conv2d: {out_channels: 2}
""",
    "nested": """
input: [4, 8, 8]
rounding: {divisor: 4}
alpha: {any: [0.5, 1, 3/2]}
defaults: {depthwise_conv2d: {kernel_size: {any: [3, 5]}}}
layers:
  - pointwise_conv2d: {out_channels: 8, name: stem}
  - residual:
      - depthwise_conv2d: {dilation: {any: [1, 2]}}
      - pointwise_conv2d: {out_channels: 8, when: {any: [true, false]}}
  - concat:
      - - depthwise_conv2d
      - - pointwise_conv2d: {out_channels: {any: [4, 8]}}
      - []
  - each: {copies: 2, layers: [pointwise_conv2d: {out_channels: "4 * (index + 1)"}]}
  - concat
  - sequence:
      repeat: 2
      layers:
        - depthwise_conv2d: {kernel_size: 3, repeat: "index + 1"}
        - pointwise_conv2d: {out_channels: {any: [4, 8]}}
""",
    "scaled": """
input: [4, 8, 8]
alpha: {any: [0.5, 1]}
params: {wide: {any: [8, 16]}}
blocks:
  fixed: {layers: [conv2d: {out_channels: 8, kernel_size: 3}]}
  read: {layers: [conv2d: {out_channels: wide, kernel_size: 1}]}
layers:
  - concat: [[fixed], [read]]
  - pointwise_conv2d: {out_channels: {any: [4, 8]}, repeat: {any: 1..2}}
""",
    "faults": """
input: [4, 8, 8]
params: {groups: {any: [1, 2, 3]}}
layers:
  - conv2d: {out_channels: {any: [4, 6]}, kernel_size: {any: [1, 3]}, groups}
  - conv2d: {out_channels: {any: [3, 4]}, kernel_size: 1, groups: {any: [1, 2]}}
  - pointwise_conv2d: {out_channels: 4, repeat: {any: 0..1}}
""",
    "stages": """
input: [4, 8, 8]
blocks:
  stage:
    params:
      width: {any: [4, 6]}
      bottleneck: {any: [1, 2]}
      group_width: {any: [1, 3]}
      inner: width // bottleneck
      groups: inner // group_width if inner % group_width == 0 else 1
      stride: 2
    layers:
      - bottleneck:
          repeat: {any: [1, 3]}
          out_channels: width
          inner_channels: inner
          groups:
          first: {stride}
layers:
  - stage
  - stage: {stride: 1}
  - pointwise_conv2d: {out_channels: {any: [3, 5]}}
""",
    "shared": """
input: [4, 8, 8]
layers:
  - pointwise_conv2d: {out_channels: {any: [4, 8]}, name: a}
  - conv2d: {out_channels: 4, kernel_size: 1, name: b}
  - conv2d: {out_channels: 4, kernel_size: 1, weights: b, when: {any: [true, false]}}
""",
    "sides": """
input: {left: [2, {any: [8, 12]}, {any: [6, 8]}], right: [{any: [2, 3]}, 4, 4]}
layers:
  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, from: left}
  - global_avg_pool: {name: a}
  - conv2d: {out_channels: 4, kernel_size: 3, from: right}
  - global_avg_pool
  - add: {from: [a, previous]}
""",
    "skips": """
input: [2, 8, 8]
layers:
  - pointwise_conv2d: {out_channels: {any: [2, 4]}, name: a}
  - conv2d: {out_channels: {any: [2, 3]}, kernel_size: 3, stride: 2}
  - upsample: {scale_factor: 2}
  - concat: {from: [a, previous]}
  - pointwise_conv2d: {out_channels: {any: [2, 4]}}
  - concat: {from: [previous, a], when: {any: [true, false]}}
  - pointwise_conv2d: {out_channels: 3}
""",
    "cells": """
input: [4, 8, 8]
params:
  edge_1: {any: [nothing, conv]}
  edge_2: {any: [nothing, conv, wide]}
  kernel: {any: [1, 3]}
  width: {any: [4, 6]}
blocks:
  nothing: {layers: [identity]}
  conv: {layers: [conv2d: {out_channels: in_channels, kernel_size: kernel}]}
  wide: {layers: [depthwise_conv2d: {kernel_size: 5}]}
  cell:
    layers:
      - $edge_1: {name: a}
      - $edge_2: {from: input, name: b}
      - add: {from: [a, b]}
layers:
  - cell: {repeat: {any: 1..2}}
  - pointwise_conv2d: {out_channels: width}
  - cell
  - depthwise_conv2d: {kernel_size: kernel, when: {any: [true, false]}}
""",
    "required": """
input: [4, 16, 16]
params:
  width: {any: [4, 6, 8]}
  kernel: {any: [1, 3]}
  deep: {any: 1..2}
  product: width * kernel * kernel
  near: product >= 6 and product <= 60
blocks:
  stage:
    params: {stride: {any: [1, 2, 4]}}
    layers:
      - conv2d: {out_channels: width, kernel_size: kernel, stride}
      - require: {condition: in_height >= 4, reason: a map of 4 places}
layers:
  - stage: {repeat: deep}
  - require: {condition: near, when: deep > 1}
  - depthwise_conv2d: {kernel_size: {any: [1, 3]}, name: a}
  - require: {condition: {any: [true, in_height < 16]}, reason: small}
  - pointwise_conv2d: {out_channels: {any: [2, 6]}}
  - require: {condition: in_height + in_channels < 24, from: a}
  - require: {condition: in_channels < width, when: {any: [deep == 1, false]}}
""",
}
"""By what they have in them."""


class One(NamedTuple):
    """A network of a space, or what is wrong with it."""

    draws: Draws
    costs: dict[str, int] | None
    error: CostcalcError | None
    """The first fault that is met."""


def every_network(
    file: NetworkFile,
    setting: Setting = Setting(),  # noqa: B008
    metrics: Sequence[str] = METRICS,
) -> list[One]:
    """Build all networks of a space as a whole, one after the other."""

    def run(dice):
        made = []

        def builder(*given):
            made.append(DrawingBuilder(*given, dice))
            return made[0]

        try:
            return measure(build(file, setting, builder), metrics), None
        except CostcalcError as error:
            found = made[0].faults._found if made else ()
            return None, next(iter(found), error.problems[0])

    return [One(draws, *made) for draws, made in every(run)]


def share_by_chance(networks: list[One], fits) -> float:
    """The probability that a network fits, where each choice is drawn by itself."""
    made = [one for one in networks if one.costs is not None]
    whole = sum(chance(one.draws) for one in made)
    return float(sum(chance(one.draws) for one in made if fits(one.costs)) / whole)


def file_of(text: str, path: Path | str = "space.yaml") -> NetworkFile:
    return NetworkFile(text, str(path))


def random_space(seed: int) -> str:
    """A random space of at most some thousand networks."""
    random = Random(seed)

    def some(*options):
        own = random.sample(options, random.randint(2, min(3, len(options))))
        return f"{{any: [{', '.join(map(str, own))}]}}"

    def maybe(options, otherwise):
        return some(*options) if random.random() < 0.4 else str(otherwise)

    tied = random.random() < 0.5
    lines = ["input: [2, 8, 8]"]
    if tied:
        lines.append(f"params: {{width: {some(4, 8, 12)}, kernel: {some(1, 3)}}}")
    else:
        lines.append("params: {width: 4, kernel: 3}")
    lines += [
        "blocks:",
        f"  unit: {{params: {{out: {maybe((4, 8), 'width')}, stride: 1}}, layers: [conv2d: "
        "{out_channels: out, kernel_size: kernel, stride}, relu]}",
        "layers:",
    ]
    for number in range(random.randint(2, 4)):
        kind = random.choice(["conv2d", "unit", "residual", "sequence"])
        if kind == "conv2d":
            lines.append(
                f"  - conv2d: {{out_channels: {maybe((2, 4, 6), 4)}, kernel_size: "
                f"{maybe((1, 3, 5), 3)}, stride: {maybe((1, 2), 1)}, name: n{number}}}"
            )
        elif kind == "unit":
            lines.append(f"  - unit: {{repeat: {maybe((0, 1, 2), 1)}, stride: {maybe((1, 2), 1)}}}")
        elif kind == "residual":
            lines.append(
                f"  - residual: [depthwise_conv2d: {{kernel_size: {maybe((1, 3), 3)}}}, "
                f"relu: {{when: {maybe(('true', 'false'), 'true')}}}]"
            )
        else:
            lines.append(
                f"  - sequence: {{repeat: {maybe((1, 2), 1)}, layers: [pointwise_conv2d: "
                f"{{out_channels: {maybe((2, 4), 'width')}}}]}}"
            )
    lines.append("  - pointwise_conv2d: {out_channels: {any: [2, 3]}}")
    require_something(lines, seed)
    return "\n".join(lines) + "\n"


CONDITIONS = (
    "in_channels < 6",
    "in_height > 2 or kernel > 1",
    "width + kernel > 5",
    "{condition: in_height < 8 or width < 12, when: width > 4, reason: wide maps are small}",
    "{any: [true, in_channels > 2]}",
    "{condition: kernel <= in_width, when: {any: [true, false]}}",
)


def require_something(lines: list[str], seed: int) -> None:
    """Add a condition to one of two spaces, between items, or inside of a body."""
    random = Random(f"require {seed}")
    if random.random() < 0.5:
        return
    required = f"require: {random.choice(CONDITIONS)}"
    if random.random() < 0.4:
        required = f"sequence: {{repeat: {random.choice([1, 2])}, layers: [{{{required}}}, relu]}}"
    lines.insert(random.randint(lines.index("layers:") + 2, len(lines)), f"  - {required}")


PARTS = """
blocks:
  keep: {layers: [identity]}
  conv: {layers: [conv2d: {out_channels: in_channels, kernel_size: 3}]}
  deep: {layers: [relu: {repeat: 2}, depthwise_conv2d: {kernel_size: kernel}]}
  widen: {layers: [pointwise_conv2d: {out_channels: in_channels + 2}]}
  shrink: {layers: [max_pool2d: {kernel_size: 2, stride: 2}]}
  split: {layers: [conv2d: {out_channels: 4, kernel_size: 1, groups: groups}]}
  large: {layers: [conv2d: {out_channels: 4, kernel_size: 11, padding: valid}]}
  cell:
    layers:
"""
OPERATIONS = "keep conv deep widen shrink split large relu flatten".split()


def tied_space(seed: int) -> str:
    """A random space of cells whose params name operations; not all of them fit one another."""
    random = Random(seed)

    def some(*options):
        own = random.sample(options, random.randint(2, min(3, len(options))))
        return f"{{any: [{', '.join(map(str, own))}]}}"

    edges = range(random.randint(2, 3))
    lines = ["input: [4, 8, 8]", "params:"]
    lines += [f"  edge_{edge}: {some(*OPERATIONS)}" for edge in edges]
    lines.append(f"  kernel: {random.choice([3, some(1, 3, 0)])}")
    lines.append(f"  groups: {random.choice([1, some(1, 2, 3)])}")
    lines.append(PARTS.strip())
    for edge in edges:
        before = random.choice(["input", *(f"node_{own}" for own in range(edge))])
        lines.append(f"      - $edge_{edge}: {{from: {before}, name: node_{edge}}}")
    merged = random.sample(edges, random.randint(1, len(edges)))
    if len(merged) > 1:
        named = ", ".join(f"node_{edge}" for edge in merged)
        lines.append(f"      - {random.choice(['add', 'add', 'concat'])}: {{from: [{named}]}}")
    lines.append("layers:")
    for _ in range(random.randint(1, 3)):
        lines.append(
            random.choice(
                [
                    f"  - cell: {{repeat: {random.choice([1, 2, some(1, 2)])}}}",
                    f"  - cell: {{repeat: {random.choice([1, 2])}}}",
                    f"  - conv2d: {{out_channels: {some(4, 6)}, kernel_size: kernel}}",
                    f"  - $edge_{random.choice(edges)}",
                    f"  - pointwise_conv2d: {{out_channels: 4, groups: {some(1, 3)}}}",
                ]
            )
        )
    required = Random(f"require {seed}")
    if required.random() < 0.6:
        condition = required.choice(["kernel < 3 or groups > 1", "in_channels > 4", "kernel > 0"])
        at = required.randint(lines.index("layers:"), len(lines))
        depth = 6 if at == lines.index("layers:") else 2  # in the cell, or behind it
        lines.insert(at, f"{' ' * depth}- require: {condition}")
    return "\n".join(lines) + "\n"
