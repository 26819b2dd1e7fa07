"""Convention files: what a tool counts of each kind of layer, as data."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from costcalc.errors import CostcalcError, Faults, Position, Problems, nearest
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    position,
    problem,
    read_text,
)
from costcalc.layers import LAYERS

DEFAULT = "default"
UNITS = ("MAC", "FLOP")
QUANTITIES = {
    "one": "1",
    "macs": "multiply-accumulates",
    "params": "trainable params",
    "output": "output elements",
    "input": "input elements",
    "channels": "output channels",
    "positions": "output positions",
    "params_positions": "params x output positions",
    "bias": "output elements, where there is a bias; of attention those of its four projections",
    "inner_bias": "of attention, output elements of its first three projections, if biased",
    "outer_bias": "of attention, output elements of its last projection, if biased",
    "affine": "output elements, where a norm has a scale",
    "merges": "elements that are added or multiplied",
    "float_windows": "of an adaptive pool, input and output elements as floating point has them",
    "window": "kernel elements of all outputs of a pool",
    "projections": "macs of attention without its two products between tokens",
    "scores": "scores of attention: heads x tokens squared",
    "spread": "of a transposed convolution, macs as if at its output's positions",
    "spread_ungrouped": "the same over all input channels, whatever the groups",
    "spread_outputs": "the same over a group's output channels instead of its input channels",
    "calflops_transposed": "of a transposed convolution, what calflops makes of it",
    "before_unbiased": "of batch norm, output elements where what it folds into has no bias",
    "before_unbiased_channels": "of batch norm, channels where what it folds into has no bias",
    "unscaled_channels": "channels of a norm without a scale",
    "norm_groups": "groups of a group norm",
}
"""What may be counted of a layer, for one sample."""

SPECIAL = {
    "batch_norm.folded_transposed": "behind a transposed convolution that only it reads",
    "batch_norm.folded_linear": "behind a linear layer on a vector that only it reads",
    "batch_norm.folded": "behind a convolution or such a linear layer that only it reads",
    "linear.strided": "of tokens that are a transposed view of a map",
    "multi_head_attention.strided": "of tokens that are a transposed view of a map",
    "conv_transpose2d.square": "with as many output as input channels",
    "upsample.size": "to a size, not by a factor",
    "upsample.bilinear": "bilinear",
}
"""Kinds within a layer type; where a layer is of several, the first that a convention names."""

_KEYS = ("about", "like", "unit", "count", "nothing", "params", "params_once", "quirks")
TYPES = tuple(dict.fromkeys(layer.type for layer in LAYERS.values()))
_MOST = 10**6

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

Rule = Mapping[str, int]
"""Quantities and how often each counts."""


class Convention:
    """What a tool counts; Problems where the file is faulty."""

    def __init__(self, name: str, path: str, text: str) -> None:
        self.name = name
        self.path = path
        self.found = Faults()
        root = compose(text, path, self.found, "convention")
        self._parts = parts = entries(path, root, "a convention", self.found)
        for key, (key_node, _) in parts.items():
            if key not in _KEYS:
                self._fail(key_node, f"unknown key '{key}' in a convention", nearest(key, _KEYS))
        self.about = self._text(parts, "about") or ""
        like = self._like(parts)
        self.unit: str = self._text(parts, "unit") or (like.unit if like else "MAC")
        if self.unit not in UNITS:
            self._fail(parts["unit"][1], f"unit must be MAC or FLOP, not '{self.unit[:40]}'")
        if "count" not in parts and "like" not in parts:
            self._fail(root, "a convention needs the key 'count'", "count: {conv2d: {macs: 1}}")
        self.count = self._rules(parts, "count")
        for type_, node in self._listed(parts, "nothing"):
            self._check_kind(type_, node)
            if type_ in self.count:
                self._fail(node, f"{type_} counts, and is among nothing, too")
            self.count[type_] = {}
        self.params = self._rules(parts, "params")
        if like is not None:
            self.count = _over(like.count, self.count)
            self.params = _over(like.params, self.params)
        self.once: dict[str, int] = dict(like.once) if like else {}
        """Params that the tool adds once where a network has a layer of a type."""
        if "params_once" in parts:
            self.once |= dict(self._weights(parts["params_once"][1], "params_once", TYPES))
        self.quirks = [text for text, _ in self._listed(parts, "quirks")]
        if self.found:
            raise Problems(self.found)
        self.special = tuple(kind for kind in SPECIAL if kind in self.count or kind in self.params)

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT

    @property
    def place(self) -> Position:
        """Where its rules begin."""
        node = self._parts["count"][0] if "count" in self._parts else None
        return Position(self.path, 1, 1) if node is None else position(self.path, node)

    def _like(self, parts: Entries) -> Convention | None:
        """The shipped convention whose rules hold where it has none of its own."""
        name = self._text(parts, "like")
        if name is None:
            return None
        if name in convention_names():
            return shipped_convention(name)
        self._fail(
            parts["like"][1],
            f"like names a shipped convention, not '{name[:60]}'",
            nearest(name, convention_names()) or f"one of {', '.join(convention_names())}",
        )
        return None

    def _fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def _text(self, parts: Entries, key: str) -> str | None:
        if key not in parts or is_empty(parts[key][1]):
            return None
        node = parts[key][1]
        if not isinstance(node, ScalarNode):
            self._fail(node, f"{key} must be a text")
            return None
        return str(node.value)

    def _listed(self, parts: Entries, key: str) -> Iterator[tuple[str, YamlNode]]:
        if key not in parts or is_empty(parts[key][1]):
            return
        node = parts[key][1]
        if not isinstance(node, SequenceNode):
            self._fail(node, f"{key} must be a list")
            return
        for child in node.value:
            if isinstance(child, ScalarNode):
                yield str(child.value), child
            else:
                self._fail(child, f"{key} must be a list of texts")

    def _rules(self, parts: Entries, key: str) -> dict[str, Rule]:
        if key not in parts or is_empty(parts[key][1]):
            return {}
        rules: dict[str, Rule] = {}
        for kind, (node, value) in entries(self.path, parts[key][1], key, self.found).items():
            self._check_kind(kind, node)
            rules[kind] = dict(self._weights(value, kind, QUANTITIES))
        return rules

    def _check_kind(self, kind: str, node: YamlNode) -> None:
        if kind not in TYPES and kind not in SPECIAL:
            hint = nearest(kind, (*TYPES, *SPECIAL)) or "costcalc layers lists them"
            self._fail(node, f"unknown layer type '{kind}' in a convention", hint)

    def _weights(
        self, node: YamlNode, what: str, names: Collection[str]
    ) -> Iterator[tuple[str, int]]:
        """Names and whole numbers."""
        if is_empty(node):
            return
        for name, (key, value) in entries(self.path, node, what, self.found).items():
            text = value.value if isinstance(value, ScalarNode) else ""
            digits = text.removeprefix("-")
            if name not in names:
                hint = nearest(name, names) or f"of {', '.join(names)}"
                self._fail(key, f"unknown quantity '{name}' in {what}", hint)
            elif not (digits.isdigit() and digits.isascii() and len(digits) <= len(str(_MOST))):
                self._fail(value, f"{name} must be a whole number below {10 * _MOST:,}")
            else:
                yield name, int(text)


def _over(below: Mapping[str, Rule], own: Mapping[str, Rule]) -> dict[str, Rule]:
    """Rules with others above them: a type's own rule holds for all kinds of it."""
    kept = {
        kind: rule
        for kind, rule in below.items()
        if kind not in own and (kind.partition(".")[0] not in own)
    }
    return {**kept, **own}


def convention_names() -> list[str]:
    """The shipped conventions: the default first, then by name."""
    names = [name[:-5] for name in os.listdir(_DATA) if name.endswith(".yaml")]
    return sorted(names, key=lambda name: (name != DEFAULT, name))


@lru_cache(maxsize=64)
def shipped_convention(name: str) -> Convention:
    path = os.path.join(_DATA, f"{name}.yaml")
    return Convention(name, path, read_text(path))


@lru_cache(maxsize=16)
def _read(path: str, text: str) -> Convention:
    """A file's convention, which many networks of a run ask for."""
    return Convention(path, path, text)


def is_path(name: str) -> bool:
    return "/" in name or os.sep in name or name.endswith((".yaml", ".yml"))


def load_convention(name: str) -> Convention:
    """A shipped convention by name, or a file's by its path: with a slash, or ending in .yaml."""
    if name in convention_names():
        return shipped_convention(name)
    if is_path(name):
        return _read(name, read_text(name))
    raise CostcalcError(
        f"no convention is named '{name}'",
        hint=nearest(name, convention_names())
        or f"one of {', '.join(convention_names())}, or a file: ./mine.yaml",
    )


class Accounting(NamedTuple):
    """How a network is to be counted: by which convention, with batch norm folded or not."""

    convention: Convention | None = None
    """None is costcalc's own."""
    fold_batch_norm: bool = False

    @property
    def name(self) -> str:
        return "default" if self.convention is None else self.convention.name

    @property
    def unit(self) -> str:
        """Of a total: MAC or FLOP."""
        return "MAC" if self.convention is None else self.convention.unit

    @property
    def is_default(self) -> bool:
        return self.convention is None or self.convention.is_default


def accounting(convention: str | None = None, fold_batch_norm: bool = False) -> Accounting:
    """By the name of a convention or the path of its file. Raises CostcalcError."""
    loaded = None if convention is None else load_convention(convention)
    return Accounting(loaded, fold_batch_norm)
