"""Hugging Face config.json: no network, but the settings of a program that model_type names.

Follows transformers 5.24. Each model_type has a template in data/huggingface: the keys that its
program reads, with their defaults, and the network, written here or a shipped one. The keys are
params of the network by their own names; `architectures` says which head stands on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from costcalc.errors import CostcalcError, Problems, nearest
from costcalc.importers.huggingface.keys import check_fixed, read_key, read_layer_types
from costcalc.importers.huggingface.template import (
    FAMILIES,
    OF_LAYER_TYPES,
    Moved,
    Template,
    ordered,
    template,
)
from costcalc.importers.json_text import Entry, read_json
from costcalc.importers.nodes import Made, node
from costcalc.language.foreign import Foreign
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode

_TYPE = re.compile(r'"model_type"\s*:')
_HEAD = re.compile(r"(?:For[A-Z]\w*|LMHeadModel|EncoderModel|Model)$")
_PARTS = ("text_config", "vision_config", "audio_config", "encoder", "decoder")


def recognise(text: str) -> bool:
    """Tell a config by its model_type."""
    return text.lstrip()[:1] == "{" and bool(_TYPE.search(text))


def known() -> list[str]:
    return sorted(FAMILIES)


def translate(text: str, path: str) -> Foreign:
    """Read a config. Raises CostcalcError, or Problems, where its form or its values are wrong."""
    root = read_json(text, path, "a config of Hugging Face")
    model_type = _model_type(root)
    found: list[CostcalcError] = []
    made = _with_head(root, template(model_type), found)
    keys: dict[str, YamlNode] = {}
    for name in made.keys:
        try:
            keys[name] = read_key(root, name, made.keys, made.words.get(name))
        except CostcalcError as error:
            found.append(error)
    for name, only in made.fixed.items():
        try:
            check_fixed(root, name, only)
        except CostcalcError as error:
            found.append(error)
    own: dict[str, YamlNode] = {}
    if model_type in OF_LAYER_TYPES and not found:
        try:
            own = read_layer_types(root, keys["num_hidden_layers"])
        except CostcalcError as error:
            found.append(error)
    if found:
        raise Problems(found)
    at = root.parts["model_type"]
    moved = Moved(keys, at)
    params = moved.params(ordered({**made.params, **own, **keys}))
    parts: dict[str, Made] = {
        "name": _name(root),
        "source": f"{model_type} of transformers 5.24",
        "input": moved.tree(_input(made, keys)),
        "params": params,
    }
    for name, trees in (("defaults", made.defaults), ("blocks", made.blocks)):
        if trees:
            parts[name] = {key: moved.tree(value) for key, value in trees.items()}
    if made.outputs is not None:
        parts["outputs"] = moved.tree(made.outputs)
    layers = moved.tree(made.layers)
    assert isinstance(layers, SequenceNode)
    return Foreign("huggingface", node(parts, at), {}, lambda blocks: layers)


def _model_type(root: Entry) -> str:
    """Raises CostcalcError for a program that is not known, or is not of transformers."""
    name = root.text("model_type")
    remote = root.parts.get("auto_map")
    if remote is not None and "auto_map" in root:
        raise root.fault(
            "auto_map names a program in files of the model's own, which are not executed",
            f"without auto_map this is read as {name} of transformers"
            if name in FAMILIES
            else "write the network in the network language",
            remote,
        )
    if name in FAMILIES:
        return name
    part = next((key for key in _PARTS if isinstance(root.parts.get(key), MappingNode)), None)
    if part:
        raise root.fault(
            f"{name[:60] or 'this'} is put together of models, {part} among them",
            f"put the value of {part} into a file of its own",
            root.parts[part],
        )
    hint = nearest(name, FAMILIES) or "costcalc formats lists those that are read"
    what = f"unknown model_type '{name[:60]}'" if name else "model_type must be a text"
    raise root.fault(what, hint, root.parts.get("model_type"))


def _class(root: Entry) -> YamlNode | None:
    """Where `architectures` says what class the model has."""
    listed = root.listed("architectures")
    return listed[0] if listed and isinstance(listed[0], ScalarNode) else None


def _name(root: Entry) -> YamlNode:
    at = _class(root) or root.parts["model_type"]
    return node(str(at.value)[:60], at)


def _with_head(root: Entry, made: Template, found: list[CostcalcError]) -> Template:
    """The template with the head that the class has; with the first where no class is named."""
    at = _class(root)
    if at is None:
        return made.with_head(next(iter(made.heads.values())))
    match = _HEAD.search(at.value)
    name = match[0] if match else str(at.value)
    if name not in made.heads:
        hint = nearest(name, made.heads) or f"classes that are read end in {', '.join(made.heads)}"
        found.append(root.fault(f"unknown class '{at.value[:60]}' in architectures", hint, at))
    return made.with_head(made.heads.get(name, {}))


def _input(made: Template, keys: Mapping[str, YamlNode]) -> YamlNode:
    """The template's input; an image that has two sides has them from the list of them."""
    if not isinstance(keys.get("image_size"), SequenceNode):
        return made.input
    return node(["colors", "image_size[0]", "image_size[1]"], made.input)
