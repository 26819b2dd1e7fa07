"""ncnn .param: a line a layer, with the names of its blobs and numbers by id.

Follows Tencent/ncnn of 2025 (docs/developer-guide/operators.md there). Batch norms are folded into
convolutions in such files, and their biases stand for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from costcalc.errors import CostcalcError, Problems
from costcalc.importers.ncnn.layers import items
from costcalc.importers.ncnn.text import Layer, read_layers
from costcalc.importers.ncnn.types import type_names
from costcalc.importers.nodes import Made, node, place
from costcalc.language.foreign import Foreign, Stated
from costcalc.language.yaml_nodes import problem

MAGIC = "7767517"


def recognise(text: str) -> bool:
    """Tell a file by the number that it begins with."""
    return text.lstrip()[: len(MAGIC)] == MAGIC


def known() -> list[str]:
    return type_names()


def translate(text: str, path: str) -> Foreign:
    """Read a network. Raises Problems with every line that is no layer."""
    found: list[CostcalcError] = []
    layers = list(read_layers(text, path, found))
    inputs = _inputs(path, layers, found)
    if found:
        raise Problems(found)
    at = place(2)
    alone = len(inputs) == 1
    shapes: Made = next(iter(inputs.values())) if alone else dict(inputs)
    names = {blob: "input" if alone else blob for blob in inputs}
    others = [layer for layer in layers if layer.type not in ("Input", "Noop")]
    stated: dict[str, Stated] = {}
    make = partial(items, layers=others, inputs=names, stated=stated)
    return Foreign("ncnn", node({"input": shapes}, at), {}, make, stated=stated)


def _inputs(path: str, layers: Sequence[Layer], found: list[CostcalcError]) -> dict[str, Made]:
    """The shape of every input: channels, height and width, as far as the file states them."""
    shapes: dict[str, Made] = {}
    for layer in layers:
        if layer.type != "Input":
            continue
        width, height, channels = (layer.number(key, 0) for key in (0, 1, 2))
        sides = [side for side in (channels, height, width) if side]
        if not sides or (0 in (width, channels) and len(sides) not in (1, 2)):
            found.append(
                problem(
                    path,
                    layer.at,
                    f"the input {layer.name[:60]} states no shape",
                    "0=width 1=height 2=channels behind its names, such as 0=224 1=224 2=3",
                )
            )
            continue
        shapes[layer.outputs[0]] = node(sides, layer.at)
    if not shapes and not found:
        found.append(problem(path, place(1), "the file has no layer Input"))
    return shapes
