"""Convention files: what a tool counts of each kind of layer, as data."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from costcalc.accounting.quantities import QUANTITIES
from costcalc.accounting.rules import Rules, kinds
from costcalc.errors import CostcalcError, Faults, Position, Problems, nearest
from costcalc.language.files import read_text
from costcalc.language.library import shown_path
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
)

DEFAULT = "default"
UNITS = ("MAC", "FLOP")
CONVENTION_KEYS = ("about", "like", "unit", "count", "nothing", "params", "params_once", "quirks")
MAX_WEIGHT = 9_999_999
"""The largest number that a rule may multiply a quantity by."""

_DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


class Convention:
    """What a tool counts, read from the text of its file. Raises Problems where that is faulty."""

    def __init__(self, name: str, path: str, text: str) -> None:
        self.name = name
        self.path = path
        self.found = Faults()
        root = compose(text, path, self.found, "convention")
        self._parts = parts = entries(path, root, "a convention", self.found)
        for key, (key_node, _) in parts.items():
            if key not in CONVENTION_KEYS:
                self._fail(
                    key_node, f"unknown key '{key}' in a convention", nearest(key, CONVENTION_KEYS)
                )
        self.about = self._text(parts, "about") or ""
        like = self._like(parts)
        self.unit: str = self._text(parts, "unit") or (like.unit if like else "MAC")
        if self.unit not in UNITS:
            self._fail(parts["unit"][1], f"unit must be MAC or FLOP, not '{self.unit[:40]}'")
        if "count" not in parts and "like" not in parts:
            self._fail(root, "a convention needs the key 'count'", "count: {conv2d: {macs: 1}}")
        self.count = self._rules(parts, "count")
        for kind, node in self._listed(parts, "nothing"):
            self._check_kind(kind, node)
            if kind in self.count:
                self._fail(node, f"{kind} has a rule in 'count', and is listed in 'nothing' too")
            self.count[kind] = {}
        self.params = self._rules(parts, "params")
        if like is not None:
            self.count = self.count.over(like.count)
            self.params = self.params.over(like.params)
        self.once = self._once(parts)
        """Params that the tool adds once where a network has a layer of a kind, as {"one": n}."""
        if like is not None:
            self.once = self.once.over(like.once)
        self.quirks = [text for text, _ in self._listed(parts, "quirks")]
        if self.found:
            raise Problems(self.found)

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT

    @property
    def place(self) -> Position:
        """Where its rules begin: what lacks a rule is reported there."""
        node = self._parts["count"][0] if "count" in self._parts else None
        return Position(shown_path(self.path), 1, 1) if node is None else position(self.path, node)

    def _like(self, parts: Entries) -> Convention | None:
        """Return the shipped convention that `like` names: its rules hold where this has none."""
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

    @property
    def is_of_neighbours(self) -> bool:
        """Whether what it counts of a layer depends on those before it."""
        words = (kind.partition(".")[2] for kind in (*self.count, *self.params))
        return any(word.startswith(("folded", "strided")) for word in words)

    def _rules(self, parts: Entries, key: str) -> Rules:
        rules = Rules()
        if key not in parts or is_empty(parts[key][1]):
            return rules
        for kind, (node, value) in entries(self.path, parts[key][1], key, self.found).items():
            self._check_kind(kind, node)
            rules[kind] = dict(self._weights(value, kind, QUANTITIES))
        return rules

    def _once(self, parts: Entries) -> Rules:
        if "params_once" not in parts:
            return Rules()
        node = parts["params_once"][1]
        found = {} if is_empty(node) else entries(self.path, node, "params_once", self.found)
        for kind, (key, _) in found.items():
            self._check_kind(kind, key)
        numbers = self._weights(node, "params_once", found)
        return Rules({kind: {"one": number} for kind, number in numbers})

    def _check_kind(self, kind: str, node: YamlNode) -> None:
        known = kinds(kind.partition(".")[0])
        if kind not in known:
            hint = nearest(kind, known) or "costcalc layers lists types and families"
            self._fail(node, f"unknown layer type or family '{kind}' in a convention", hint)

    def _weights(
        self, node: YamlNode, what: str, names: Collection[str]
    ) -> Iterator[tuple[str, int]]:
        """Yield the quantities of a rule, or the kinds of params_once, with their numbers."""
        if is_empty(node):
            return
        for name, (key, value) in entries(self.path, node, what, self.found).items():
            text = value.value if isinstance(value, ScalarNode) else ""
            digits = text.removeprefix("-")
            if name not in names:
                hint = nearest(name, names) or f"of {', '.join(names)}"
                self._fail(key, f"unknown quantity '{name}' in {what}", hint)
            elif not (
                digits.isdigit() and digits.isascii() and len(digits) <= len(str(MAX_WEIGHT))
            ):
                self._fail(value, f"{name} must be a whole number of at most {MAX_WEIGHT:,}")
            else:
                yield name, int(text)


def convention_names() -> list[str]:
    """Return the names of the shipped conventions: the default first, then by name."""
    names = [name[:-5] for name in os.listdir(_DATA) if name.endswith(".yaml")]
    return sorted(names, key=lambda name: (name != DEFAULT, name))


@lru_cache(maxsize=64)
def shipped_convention(name: str) -> Convention:
    path = os.path.join(_DATA, f"{name}.yaml")
    return Convention(name, path, read_text(path))


@lru_cache(maxsize=16)
def _read(path: str, text: str) -> Convention:
    """Read a convention once, which many networks of a run ask for."""
    return Convention(path, path, text)


def is_path(name: str) -> bool:
    """Tell a file from a shipped name: it has a slash in it, or ends in .yaml or .yml."""
    return "/" in name or os.sep in name or name.endswith((".yaml", ".yml"))


def load_convention(name: str) -> Convention:
    """Return a shipped convention by its name, or that of a file by its path (see `is_path`)."""
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
    """How to count a network: by which convention, and with batch norm folded or not."""

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


OWN = Accounting()
"""costcalc's own way to count."""


def accounting(convention: str | None = None, fold_batch_norm: bool = False) -> Accounting:
    """Return how to count by a convention's name or file. Raises CostcalcError."""
    loaded = None if convention is None else load_convention(convention)
    return Accounting(loaded, fold_batch_norm)
