"""Caffe .prototxt: layers that read and write blobs by name.

Follows BVLC/caffe 9b89154 (2020), with the layers of usual forks. Only what runs at inference is
read; shapes are of one sample, without the batch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from costcalc.errors import CostcalcError, Problems
from costcalc.importers.caffe.layers import DATA, OLD_TYPES, items
from costcalc.importers.caffe.text import Message, read_message
from costcalc.importers.caffe.types import type_names
from costcalc.importers.nodes import Made, node
from costcalc.language.foreign import Foreign
from costcalc.language.yaml_nodes import problem

MAX_LAYERS = 20_000
_LAYER = re.compile(r"^[ \t]*layers?[ \t]*:?[ \t\r\n]*\{", re.MULTILINE)
_TYPE = re.compile(r"\btype[ \t]*:[ \t]*[\"'A-Z]")


def recognise(text: str) -> bool:
    """Tell a network by a layer with a type."""
    return bool(_LAYER.search(text) and _TYPE.search(text))


def known() -> list[str]:
    return type_names()


def translate(text: str, path: str) -> Foreign:
    """Read a network. Raises CostcalcError where it is no text of Caffe or has no input."""
    root = read_message(text, path)
    found: list[CostcalcError] = []
    layers = [layer for layer in root.messages("layer") or root.messages("layers") if _runs(layer)]
    if len(layers) > MAX_LAYERS:
        raise layers[MAX_LAYERS].fault(f"a network has at most {MAX_LAYERS:,} layers")
    inputs = _inputs(root, layers, found)
    if found:
        raise Problems(found)
    alone = len(inputs) == 1
    shapes: Made = next(iter(inputs.values())) if alone else dict(inputs)
    head: dict[str, Made] = {"input": shapes}
    if root.word("name"):
        head["name"] = node(root.word("name"), root.at)
    names = {blob: "input" if alone else blob for blob in inputs}
    make = partial(items, layers=layers, inputs=names)
    return Foreign("caffe", node(head, root.at), {}, make)


def _runs(layer: Message) -> bool:
    """Whether a layer is there where a network is tested."""
    included = [rule.word("phase") for rule in layer.messages("include")]
    excluded = [rule.word("phase") for rule in layer.messages("exclude")]
    return (not included or any(phase != "TRAIN" for phase in included)) and "TEST" not in excluded


def _inputs(
    root: Message, layers: Sequence[Message], found: list[CostcalcError]
) -> dict[str, Made]:
    """The shape of every input, without the batch, by its blob."""
    names = [value.text for value in root.values("input")]
    dims = [shape.numbers("dim") for shape in root.messages("input_shape")]
    flat = root.numbers("input_dim")
    dims += [flat[start : start + 4] for start in range(0, len(flat), 4)]
    inputs: dict[str, Made] = {}
    for name, shape in zip(names, dims, strict=False):
        _add(root, name, shape, inputs, found)
    for layer in layers:
        kind = OLD_TYPES.get(layer.word("type"), layer.word("type"))
        tops = [value.text for value in layer.values("top")]
        if kind == "Input":
            shapes = layer.message("input_param").messages("shape")
            own = [one.numbers("dim") for one in shapes]
            for top, shape in zip(tops, own * len(tops) if len(own) == 1 else own, strict=False):
                _add(layer, top, shape, inputs, found)
        elif kind in DATA and tops and tops[0] not in inputs:
            size = layer.message("transform_param").number("crop_size", 0)
            size = size or max((m.number("crop_size", 0) for _, m in _params(layer)), default=0)
            if size:
                _add(layer, tops[0], [1, 3, size, size], inputs, found)
            else:
                found.append(
                    layer.fault(
                        f"the layer {layer.word('name')[:60]} does not say how large its data are",
                        "put the shape into the file: input_shape { dim: 1 dim: 3 dim: 224 "
                        'dim: 224 } with input: "data"',
                    )
                )
    if not inputs and not found:
        found.append(root.fault("the network has no input", 'input: "data" with input_shape'))
    return inputs


def _params(layer: Message) -> list[tuple[str, Message]]:
    return [(name, value) for name, value in layer.entries if isinstance(value, Message)]


def _add(
    at: Message, name: str, dims: list[int], inputs: dict[str, Made], found: list[CostcalcError]
) -> None:
    if len(dims) < 2 or min(dims[1:]) < 1:
        hint = "the batch and then the channels, height and width: dim: 1 dim: 3 dim: 224 dim: 224"
        found.append(problem(at.path, at.at, f"the input {name[:60]} has no shape", hint))
    else:
        inputs[name] = node(list(dims[1:]), at.at)
