"""Ultralytics model YAML: rows of modules in `backbone` and `head`, and scales of them.

Follows ultralytics 8.4. The modules are the blocks of data/ultralytics.yaml; a file may add its own
under `blocks` or `include`, keys that Ultralytics ignores. Scales are variants with the params
depth, width and max_channels.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache, partial

from costcalc import units
from costcalc.errors import CostcalcError, Problems, nearest
from costcalc.importers.nodes import Made, node
from costcalc.importers.ultralytics.comments import claims
from costcalc.importers.ultralytics.items import items
from costcalc.importers.ultralytics.modules import (
    ACTIVATIONS,
    ASKS,
    LAYERS,
    OF_SCALE,
    PARTS,
    SPECIAL,
    activation_word,
)
from costcalc.importers.ultralytics.rows import Row, read_rows, whole
from costcalc.language.block import Block
from costcalc.language.block_file import library, read_library
from costcalc.language.foreign import Foreign
from costcalc.language.library import MODULES
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    problem,
)

KEPT = ("name", "source", "blocks", "include", "defaults", "budgets", "published")
"""Keys of the network language, which Ultralytics ignores in the same file."""
_ROWS = re.compile(
    r"^backbone[ \t]*:(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:-[ \t]+[-\[]|\[)", re.MULTILINE
)
_NAMED_SCALE = re.compile(r"yolo(?:e-)?v?\d+([nslmx])")
_SMALL = ("Classify",)
"""Heads of networks that are trained on maps of 224 and not of 640."""


def recognise(text: str) -> bool:
    """Tell an Ultralytics model by the rows of its backbone."""
    return bool(_ROWS.search(text))


def known() -> list[str]:
    return [*LAYERS, *SPECIAL, *(modules().keys() - PARTS)]


def translate(text: str, path: str) -> Foreign:
    """Read a model. Raises CostcalcError with everything that is wrong above its rows."""
    found: list[CostcalcError] = []
    root = compose(text, path, found)
    parts = entries(path, root, "an Ultralytics model", found)
    rows = read_rows(path, parts, found)
    if "head" not in parts:
        found.append(problem(path, root, "the model has no head", "head: [], if it has no rows"))
    head = _head(path, parts, rows, found)
    activation = _activation(path, parts, found)
    if found:
        raise Problems(found)
    known = {name: value for name, (_, value) in parts.items()}
    make = partial(items, rows=rows, keys=known, at=parts["backbone"][1])
    return Foreign(
        "ultralytics",
        node(head, root),
        modules(activation),
        make,
        defaults={(name, "act"): activation for name in _WITH_ACTIVATION},
        claims=claims(text, parts),
    )


_WITH_ACTIVATION = ("Conv", "DWConv", "GhostConv")
"""Modules whose usual activation a file may replace."""


@lru_cache(maxsize=16)
def modules(activation: str = "silu") -> Mapping[str, Block]:
    """Return the blocks of all modules, with an activation behind convolutions."""
    file = read_library(MODULES, library().own)
    for name in _WITH_ACTIVATION if activation != "silu" else ():
        default = file.own[name].params["act"]
        assert default is not None
        default.compute, default.constant = None, None if activation == "none" else activation
    return file.own


def _head(
    path: str, parts: Entries, rows: list[Row], found: list[CostcalcError]
) -> dict[str, Made]:
    """Return the keys of the network but its layers."""
    head: dict[str, Made] = {key: parts[key][1] for key in KEPT if key in parts}
    at = parts["backbone"][0]
    side = 224 if rows and rows[-1].name in _SMALL else 640
    channels: Made = parts["ch"][1] if "ch" in parts else 3
    image = node([channels, side, side], at)
    asks = any(row.name in ASKS for row in rows)
    # Of each class a text, as an encoder of texts has put it into 512 numbers.
    head["input"] = node({"image": image, "text": [512, "nc"]}, at) if asks else image
    params: dict[str, Made] = {}
    for key, (_, value) in parts.items():
        if key in ("nc", "reg_max", "end2end") and not is_empty(value):
            params[key] = value
        elif key == "kpt_shape":
            sides = value.value if isinstance(value, SequenceNode) else [value]
            wrong = "kpt_shape is how many points there are, and how many numbers each has"
            found.extend(problem(path, side, wrong) for side in sides if whole(side) is None)
            params[key] = node(" * ".join(str(side.value) for side in sides) or "0", value)
    scales = _scales(path, parts, found)
    of_names = {param: at for row in rows for _, param, at in OF_SCALE.get(row.name, ())}
    variants: dict[str, Made] = {}
    for name, values in _ordered(path, parts, scales, found).items():
        of_name = {param: name in {*names} for param, names in of_names.items()}
        if name:
            variants[name] = {"params": {**values, **of_name}}
        else:
            params.update({**values, **of_name})
    if variants:
        head["variants"] = variants
    if params:
        head["params"] = params
    return head


def _scales(
    path: str, parts: Entries, found: list[CostcalcError]
) -> dict[str, dict[str, YamlNode]]:
    """Return depth, width and max_channels of each scale; a file without any has one, unnamed."""
    if "scales" not in parts:
        old = {"depth_multiple": "depth", "width_multiple": "width"}
        return {"": {new: parts[key][1] for key, new in old.items() if key in parts}}
    scales: dict[str, dict[str, YamlNode]] = {}
    for name, (_, value) in entries(path, parts["scales"][1], "scales", found).items():
        numbers = value.value if isinstance(value, SequenceNode) else []
        read = [_number(one) for one in numbers]
        if len(read) != 3 or None in read:
            found.append(
                problem(
                    path,
                    value,
                    f"scale {name} must be three numbers",
                    f"{name}: [depth, width, max_channels], such as {name}: [0.33, 0.25, 1024]",
                )
            )
        elif read[1] > 16 or read[2] < 16:  # type: ignore[operator]
            found.append(
                problem(
                    path,
                    value,
                    f"scale {name} multiplies widths by {numbers[1].value} and has at most "
                    f"{numbers[2].value} channels",
                    "the order is [depth, width, max_channels]",
                )
            )
        else:
            scales[name] = dict(zip(("depth", "width", "max_channels"), numbers, strict=True))
    return scales


def _number(value: YamlNode) -> object:
    try:
        number = units.number(value.value) if isinstance(value, ScalarNode) else None
    except ValueError:
        return None
    return number if number is not None and number > 0 else None


def _ordered(
    path: str,
    parts: Entries,
    scales: dict[str, dict[str, YamlNode]],
    found: list[CostcalcError],
) -> dict[str, dict[str, YamlNode]]:
    """Put first the scale that the file's key `scale` or its name says: yolov8s.yaml is scale s."""
    named = _NAMED_SCALE.search(os.path.basename(path))
    first = parts["scale"][1].value if "scale" in parts else named[1] if named else None
    if first not in scales:
        if "scale" in parts and scales:
            what = f"the file has no scale '{str(first)[:40]}'"
            found.append(problem(path, parts["scale"][1], what, f"it has {', '.join(scales)}"))
        return scales
    return {first: scales[first], **scales}


def _activation(path: str, parts: Entries, found: list[CostcalcError]) -> str:
    """Return the layer that the key `activation` puts behind convolutions."""
    if "activation" not in parts or is_empty(parts["activation"][1]):
        return "silu"
    value = parts["activation"][1]
    text = str(value.value) if isinstance(value, ScalarNode) else ""
    word = activation_word(text)
    if word is not None:
        return word
    known = [f"nn.{name}()" for name in ACTIVATIONS]
    hint = nearest(text, known) or f"known are {', '.join(known)}"
    found.append(problem(path, value, f"unknown activation '{text[:60]}'", hint))
    return "silu"
