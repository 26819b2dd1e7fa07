"""Keras models: model.to_json(), and the config.json of a .keras file.

Follows Keras 3.15 and the form of Keras 2. Nothing is executed: a layer is what its class of
keras.layers is; Lambda and classes of the user's own are errors.
"""

from __future__ import annotations

import re
from functools import partial

from costcalc.errors import CostcalcError, Problems
from costcalc.importers.json_text import read_json
from costcalc.importers.keras.graph import has_channels_first, items
from costcalc.importers.keras.model import Model, read_model
from costcalc.importers.keras.types import class_names
from costcalc.importers.nodes import Made, node
from costcalc.language.foreign import Foreign

_CLASS = re.compile(r'"class_name"\s*:\s*"(?:Functional|Sequential|Model)"')


def recognise(text: str) -> bool:
    """Tell a model by its class."""
    return text.lstrip()[:1] == "{" and bool(_CLASS.search(text)) and '"config"' in text


def known() -> list[str]:
    return class_names()


def translate(text: str, path: str) -> Foreign:
    """Read a model. Raises CostcalcError where its form or its input is wrong."""
    root = read_json(text, path, "a Keras model")
    if "config" not in root and "model_config" in root:
        root = root.entry("model_config")
    found: list[CostcalcError] = []
    model = read_model(root, found)
    params: dict[str, Made] = {}
    inputs = _inputs(model, params, found)
    if found:
        raise Problems(found)
    alone = len(inputs) == 1
    names = {layer: "input" if alone else layer for layer in inputs}
    head: dict[str, Made] = {"input": next(iter(inputs.values())) if alone else dict(inputs)}
    if params:
        head["params"] = params
    name = root.entry("config").text("name")
    if name:
        head["name"] = node(name, root.at)
    made = partial(items, model=model, inputs=names)
    return Foreign("keras", node(head, root.at), {}, made)


def _inputs(model: Model, params: dict[str, Made], found: list[CostcalcError]) -> dict[str, Made]:
    """The shapes of the inputs, the channels first: Keras has them last.

    A side of any size becomes a param without a value, which a setting gives.
    """
    shapes: dict[str, Made] = {}
    for name, (at, shape) in model.inputs.items():
        if not shape:
            hint = "batch_shape: the batch and then the sides, such as [null, 224, 224, 3]"
            found.append(at.fault(f"the input {name[:60]} states no shape", hint))
            continue
        looked_up = name in model.looked_up
        first = not looked_up and len(shape) > 2 and has_channels_first(model)
        sides: list[int | None] = list(shape)
        channels: int | None = 1
        if not looked_up:
            channels = sides.pop(0 if first else -1)
        if channels is None:
            hint = "say it in the file, or in Keras: keras.Input((224, 224, 3))"
            found.append(at.fault(f"the input {name[:60]} has any number of channels", hint))
            continue
        open_ = ("steps", "height", "width")[-3 if len(sides) != 2 else -2 :]
        given = [
            _param(open_[axis], name, params) if side is None else side
            for axis, side in enumerate(sides)
        ]
        shapes[name] = node([channels, *given], at.at)
    if not model.inputs and not found:
        found.append(model.at.fault("the model has no input", "keras.Input(shape)"))
    return shapes


def _param(what: str, name: str, params: dict[str, Made]) -> str:
    """The param of a side; a further input's steps are those of the first unless they are given."""
    if what != "steps" or what not in params:
        params.setdefault(what, "null")
        return what
    own = re.sub(r"\W", "_", f"{name}_{what}")[-100:]
    own = own if own.isidentifier() and own.isascii() else f"{what}_{len(params) + 1}"
    params[own] = what
    return own
