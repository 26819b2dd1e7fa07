"""Keras models: model.to_json(), and the config.json of a .keras file.

Follows Keras 3.15 and the form of Keras 2. Nothing is executed: a layer is what its class of
keras.layers is; Lambda and classes of the user's own are errors.
"""

from __future__ import annotations

import re
from functools import partial

from costcalc.errors import CostcalcError, Problems
from costcalc.importers.json_text import read_json
from costcalc.importers.keras_graph import Model, items, read_model
from costcalc.importers.keras_types import class_names
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
    inputs = _inputs(model, found)
    if found:
        raise Problems(found)
    alone = len(inputs) == 1
    head: dict[str, Made] = {"input": next(iter(inputs.values())) if alone else dict(inputs)}
    name = root.entry("config").text("name")
    if name:
        head["name"] = node(name, root.at)
    names = {layer: "input" if alone else layer for layer in inputs}
    make = partial(items, model=model, inputs=names)
    return Foreign("keras", node(head, root.at), {}, make)


def _inputs(model: Model, found: list[CostcalcError]) -> dict[str, Made]:
    """The shapes of the inputs, the channels first: Keras has them last."""
    shapes: dict[str, Made] = {}
    for name, (at, shape) in model.inputs.items():
        sides = [one for one in shape if one is not None]
        if len(sides) < len(shape):
            hint = "say it in the file, or in Keras: keras.Input((224, 224, 3))"
            found.append(at.fault(f"the input {name[:60]} has a side of any size", hint))
            continue
        if not sides:
            hint = "batch_shape: the batch and then the sides, such as [null, 224, 224, 3]"
            found.append(at.fault(f"the input {name[:60]} states no shape", hint))
            continue
        channels = 1 if model.is_looked_up(name) else sides[-1]
        rest = sides if model.is_looked_up(name) else sides[:-1]
        shapes[name] = node([channels, *rest], at.at)
    if not shapes and not found:
        found.append(model.at.fault("the model has no input", "keras.Input(shape)"))
    return shapes
