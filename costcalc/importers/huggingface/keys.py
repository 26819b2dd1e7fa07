"""The keys of a Hugging Face config: each becomes the value of a param of its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil

from costcalc.errors import nearest
from costcalc.importers.json_text import Entry
from costcalc.importers.nodes import Made, node
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, text_of

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,2})?", re.ASCII)
_ACTIVATIONS = {
    **{name: name for name in ("relu", "relu6", "leaky_relu", "sigmoid", "tanh", "mish", "silu")},
    **dict.fromkeys(("gelu", "gelu_new", "gelu_fast", "gelu_python", "quick_gelu"), "gelu"),
    **dict.fromkeys(("gelu_pytorch_tanh", "gelu_accurate", "gelu_10"), "gelu"),
    "swish": "silu",
    "hardswish": "hard_swish",
    "linear": "none",
}
"""transformers' ACT2FN, where a layer of the same cost is known."""
_NAMES = {"colors": "num_channels", "widths": "out_channels", "paddings": "padding"}
"""Keys of another name: alpha scales params whose names end in channels, padding is a field."""
_FLAGS = ("true", "false")
_MAX_LIST = 200
_PAIRS = ("image_size", "patch_size")


def read_key(
    root: Entry, name: str, defaults: Mapping[str, YamlNode], words: Mapping[str, YamlNode] | None
) -> YamlNode:
    """Return the value of a key, at its place. Raises CostcalcError where it is of a wrong kind."""
    if name in _COMPUTED:
        return _COMPUTED[name](root, defaults)
    default = defaults[name]
    name = _NAMES.get(name, name)
    at = root.parts["model_type"]
    if name not in root:
        null = _NULLS.get(name) if name in root.parts else None
        return node(null, root.parts[name]) if null else _put(default, at)
    found = root.parts[name]
    if words is not None:
        return _word(root, name, found, {word: made.value for word, made in words.items()})
    if isinstance(default, ScalarNode) and default.value in _ACTIVATIONS:
        return _word(root, name, found, _ACTIVATIONS)
    if isinstance(default, SequenceNode):
        return _list(root, name, found, default.value[0].value in _FLAGS)
    if isinstance(found, SequenceNode) and name in _PAIRS:
        if len(found.value) != 2:
            raise root.fault(f"{name} must be a number, or a height and a width", at=found)
        return _list(root, name, found)
    if default.value in _FLAGS:
        root.flag(name, True)
        return node(found.value, found)
    return _number(root, name, found)


def _put(default: YamlNode, at: YamlNode) -> YamlNode:
    if isinstance(default, SequenceNode):
        return node([_put(one, at) for one in default.value], at)
    return node(default.value, at)


def _number(root: Entry, name: str, found: YamlNode) -> YamlNode:
    text = found.value if isinstance(found, ScalarNode) and found.tag == "plain" else ""
    if not _NUMBER.fullmatch(text):
        raise root.fault(f"{name} must be a number", at=found)
    if text.startswith("-"):
        raise root.fault(f"{name} must be at least 0, not {text}", at=found)
    return node(text, found)


def _list(root: Entry, name: str, found: YamlNode, flags: bool = False) -> YamlNode:
    what = "true or false" if flags else "numbers"
    if not isinstance(found, SequenceNode) or not 0 < len(found.value) <= _MAX_LIST:
        raise root.fault(f"{name} must be a list of {what}, {_MAX_LIST} at most", at=found)
    if not flags:
        return node([_number(root, name, one) for one in found.value], found)
    if any(one.value not in _FLAGS for one in found.value):
        raise root.fault(f"{name} must be a list of {what}", at=found)
    return node([node(one.value, one) for one in found.value], found)


def _word(root: Entry, name: str, found: YamlNode, words: Mapping[str, str]) -> YamlNode:
    word = str(found.value) if isinstance(found, ScalarNode) else ""
    if word not in words:
        hint = nearest(word, words) or f"it can be {', '.join(words)}"
        raise root.fault(f"unknown {name} '{word[:60]}'", hint, found)
    return node(words[word], found)


def _labels(root: Entry, defaults: Mapping[str, YamlNode]) -> YamlNode:
    """num_labels: as many as id2label has, else 2."""
    named = root.parts.get("id2label")
    if isinstance(named, MappingNode) and "id2label" in root:
        return node(len(named.value), named)
    if "num_labels" in root:
        return _number(root, "num_labels", root.parts["num_labels"])
    return _put(defaults["num_labels"], root.parts["model_type"])


def _stages(root: Entry, defaults: Mapping[str, YamlNode]) -> YamlNode:
    """stages: as many as there are depths, which lists of other things of a stage have as well."""
    depths = "num_block_repeats" if "num_block_repeats" in defaults else "depths"
    count = len(root.listed(depths)) or len(defaults[depths].value)
    for name, default in defaults.items():
        listed = root.listed(_NAMES.get(name, name)) or default.value
        if isinstance(default, SequenceNode) and len(listed) != count and name not in _COMPUTED:
            both = f"{_NAMES.get(name, name)} has {len(listed)} numbers, and {depths} {count}"
            at = root.parts.get(_NAMES.get(name, name)) or root.parts.get(depths)
            raise root.fault(both, "both have one for each stage", at)
    return node(count, root.parts.get(depths) or root.parts["model_type"])


def _padded(root: Entry, defaults: Mapping[str, YamlNode]) -> YamlNode:
    """even_padding: for each stage whether depthwise_padding has the number of its first block."""
    listed = {one.value for one in root.listed("depthwise_padding")}
    repeats = read_key(root, "num_block_repeats", defaults, None)
    times = Fraction(read_key(root, "depth_coefficient", defaults, None).value)
    firsts, block = [], 0
    for one in repeats.value:
        firsts.append(block)
        block += ceil(times * Fraction(one.value))
    flags: list[Made] = [str(first) in listed for first in firsts]
    return node(flags, root.parts.get("depthwise_padding") or root.parts["model_type"])


def check_fixed(root: Entry, name: str, only: YamlNode) -> None:
    """Raise CostcalcError where a key has a value that the template does not have."""
    found = root.parts.get(name)
    if found is not None and name in root and text_of(found) != text_of(only):
        raise root.fault(f"{name} is read only where it is {text_of(only)}", at=found)


def read_layer_types(root: Entry, depth: YamlNode) -> dict[str, YamlNode]:
    """Return the params of a decoder that make its layers see what layer_types says.

    Layers before `window_from` see all tokens, and so does every `whole_every`-th one. Raises
    CostcalcError for layers that do not come in one of these orders.
    """
    listed = root.listed("layer_types")
    if not listed:
        return {}
    at = root.parts["layer_types"]
    count = len(listed)
    if str(count) != depth.value:
        both = f"layer_types has {count} layers, and num_hidden_layers is {depth.value}"
        raise root.fault(both, at=at)
    for one in listed:
        if one.value not in _SEEN:
            shown = str(one.value)[:40]
            raise root.fault(f"unknown layer type '{shown}'", f"known are {', '.join(_SEEN)}", one)
    whole = [one.value == "full_attention" for one in listed]
    first = whole.index(False) if False in whole else count
    if not any(whole[first:]):
        return {"window_from": node(first, at), "whole_every": node(count + 1, at)}
    every = whole.index(True) + 1
    if whole != [(number + 1) % every == 0 for number in range(count)]:
        raise root.fault(
            "layers of full_attention are read where they are the first ones or every so many",
            at=at,
        )
    return {"window_from": node(0, at), "whole_every": node(every, at)}


_SEEN = ("full_attention", "sliding_attention")
_COMPUTED: Mapping[str, Callable[[Entry, Mapping[str, YamlNode]], YamlNode]] = {
    "even_padding": _padded,
    "num_labels": _labels,
    "stages": _stages,
}
"""Params that are no key's value as it stands."""
_NULLS: Mapping[str, Made] = {
    "num_key_value_heads": "num_attention_heads",
    "sliding_window": "tokens + past",
}
"""What null stands for, where it is not what an absent key stands for."""
