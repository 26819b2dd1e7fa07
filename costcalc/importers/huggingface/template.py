"""The templates of Hugging Face's models: keys with their defaults, heads, and the network."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from costcalc.importers.nodes import mark
from costcalc.language.files import read_text
from costcalc.language.library import configs_folder, package_file
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, compose

FAMILIES = {
    **dict.fromkeys(("bert", "camembert", "distilbert", "roberta", "xlm-roberta"), "bert"),
    **dict.fromkeys(("gemma", "gemma2", "gemma3_text", "gpt2", "gpt_neox", "llama"), "decoder"),
    **dict.fromkeys(("mistral", "mixtral", "phi", "phi3", "starcoder2"), "decoder"),
    **dict.fromkeys(("qwen2", "qwen2_moe", "qwen3", "qwen3_moe"), "decoder"),
    **dict.fromkeys(("vit", "deit", "dinov2", "beit"), "vit"),
    **dict.fromkeys(("resnet", "regnet"), "resnet"),
    **dict.fromkeys(("convnext", "convnextv2"), "convnext"),
    **{
        name: name
        for name in (
            "efficientnet",
            "levit",
            "mobilenet_v1",
            "mobilenet_v2",
            "mobilevit",
            "mobilevitv2",
            "poolformer",
            "segformer",
            "swiftformer",
            "swin",
            "t5",
        )
    },
}
"""The template of each model_type."""
OF_LAYER_TYPES = ("gemma2", "gemma3_text", "qwen2", "qwen2_moe", "qwen3")
"""Programs whose layers see what the key layer_types says; others ignore it."""
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_Trees = Mapping[str, YamlNode]


class Template(NamedTuple):
    """What stands for the program of a model_type."""

    keys: _Trees
    """Keys of a config that are read, with the values that they have where they are absent."""
    words: Mapping[str, _Trees]
    """Of keys that hold a word: the value of each."""
    heads: Mapping[str, _Trees]
    """The params of each head, by how the names of its classes end."""
    params: _Trees
    fixed: _Trees
    """Keys that are read with one value alone."""
    input: YamlNode
    defaults: _Trees
    blocks: _Trees
    layers: YamlNode

    outputs: YamlNode | None = None

    def with_head(self, head: _Trees) -> Template:
        """Return it with the params of a head, and of keys and blocks those that it uses."""
        params = {**self.params, **head}
        outputs = params.pop("outputs", None)
        layers = _without_skipped(self.layers, params)
        inputs = _without_unread(self.input, names(layers))
        trees = (*params.values(), inputs, *self.defaults.values(), layers)
        known = {**self.keys, **self.blocks}
        used: set[str] = set()
        new = set().union(*map(names, trees)) & known.keys()
        while new:
            used |= new
            found = [names(known[name]) for name in new]
            found += [names(word) for name in new for word in self.words.get(name, {}).values()]
            new = set().union(*found) & known.keys() - used
        keys = {name: value for name, value in self.keys.items() if name in used}
        blocks = {name: value for name, value in self.blocks.items() if name in used}
        return self._replace(
            params=params, keys=keys, input=inputs, blocks=blocks, layers=layers, outputs=outputs
        )


@lru_cache(maxsize=8)
def template(model_type: str) -> Template:
    """Read the template of a model_type."""
    family = FAMILIES[model_type]
    data = _read(package_file("importers", "huggingface", "data", f"{family}.yaml"))
    model = _parts(_parts(data["models"])[model_type])

    def both(part: str) -> dict[str, YamlNode]:
        """What all models of the family have, and what this one has beside it or instead."""
        return {**_parts(data.get(part)), **_parts(model.get(part))}

    network = data
    if "network" in data:
        network = _read(os.path.join(configs_folder(), f"{data['network'].value}.yaml"))
    inherited = _parts(network.get("params")) if network is not data else {}
    own = both("params")
    return Template(
        {name: value for name, value in both("keys").items() if name not in own},
        {name: _parts(words) for name, words in both("words").items()},
        {name: _parts(head) for name, head in both("heads").items()},
        {**inherited, **own},
        both("fixed"),
        network["input"],
        _parts(network.get("defaults")),
        _parts(network.get("blocks")),
        network["layers"],
    )


def _read(path: str) -> dict[str, YamlNode]:
    return _parts(compose(read_text(path), path, []))


def _parts(tree: YamlNode | None) -> dict[str, YamlNode]:
    return {key.value: value for key, value in tree.value} if tree is not None else {}


def _without_skipped(layers: YamlNode, params: _Trees) -> YamlNode:
    """Leave out items that a param, which is false, skips."""

    skipped = {name for name, value in params.items() if value.value == "false"}

    def stays(item: YamlNode) -> bool:
        fields = item.value[0][1] if isinstance(item, MappingNode) else None
        when = _parts(fields).get("when") if isinstance(fields, MappingNode) else None
        return when is None or when.value not in skipped

    return SequenceNode(layers.tag, [item for item in layers.value if stays(item)])


def _without_unread(inputs: YamlNode, read: set[str]) -> YamlNode:
    """Leave out inputs of several that no item names."""
    if not isinstance(inputs, MappingNode):
        return inputs
    return MappingNode(inputs.tag, [pair for pair in inputs.value if pair[0].value in read])


def names(one: YamlNode) -> set[str]:
    """The names in a tree."""
    if isinstance(one, ScalarNode):
        return set(_NAME.findall(one.value))
    mapping = isinstance(one, MappingNode)
    parts = [part for pair in one.value for part in pair] if mapping else one.value
    return set().union(*map(names, parts))


def ordered(params: _Trees) -> dict[str, YamlNode]:
    """Params in their order, but each behind those that it reads."""
    found: dict[str, YamlNode] = {}

    def put(name: str, around: frozenset[str]) -> None:
        for other in sorted(names(params[name]) & params.keys() - around, key=order.__getitem__):
            put(other, around | {other})
        found.setdefault(name, params[name])

    order = {name: place for place, name in enumerate(params)}
    for name in params:
        put(name, frozenset((name,)))
    return found


class Moved:
    """Trees of a template at the places of a config: each at the first key that it reads."""

    def __init__(self, keys: _Trees, at: YamlNode) -> None:
        self._at = at
        self._places = dict(keys)

    def params(self, params: _Trees) -> dict[str, YamlNode]:
        """Params in their order, which are places then as the keys are."""
        for name, value in params.items():
            if name not in self._places:
                self._places[name] = self.tree(value)
        return {name: self._places[name] for name in params}

    def tree(self, one: YamlNode) -> YamlNode:
        if isinstance(one, MappingNode):
            pairs = [(self._key(key, value), self.tree(value)) for key, value in one.value]
            return self._put(one, pairs, [part for pair in pairs for part in reversed(pair)])
        if isinstance(one, SequenceNode):
            parts = [self.tree(part) for part in one.value]
            return self._put(one, parts, parts)
        named = (self._places.get(name) for name in _NAME.findall(one.value))
        return self._put(one, one.value, [place for place in named if place is not None])

    def _key(self, key: YamlNode, value: YamlNode) -> YamlNode:
        """A key, at the place of its value; one without a value is the param of its name."""
        at = self.tree(key if value.value == "" else value)
        return self._put(key, key.value, [at])

    def _put(self, one: YamlNode, value: object, places: list[YamlNode]) -> YamlNode:
        start = self._at.start_mark
        start = next((p.start_mark for p in places if p.start_mark is not start), start)
        end = mark(start.line + 1, 0)  # of several lines: the columns are of another text
        if isinstance(one, ScalarNode):
            return ScalarNode(one.tag, value, start, end)
        make = MappingNode if isinstance(one, MappingNode) else SequenceNode
        return make(one.tag, value, start, end, True)
