"""Nodes of the network language that stand at a place of another text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from yaml import Mark

from costcalc.language.places import NodeMark
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode

Made: TypeAlias = "YamlNode | Mapping[str, Any] | list[Any] | str | int | bool | None"
"""What stands for a node: nodes stay as they are, None is an empty value."""


def node(value: Made, at: YamlNode) -> YamlNode:
    """Return the node of a value, with all that is new in it at the place of another node."""
    if isinstance(value, YamlNode):
        return value
    start = at.start_mark
    # An expression that is made has no columns in the text: one of several lines has none either.
    return _node(value, start, mark(start.line + 1, 0))


def _node(value: Made, start: Mark, end: Mark) -> YamlNode:
    """The node of a value; all in it share two marks, as there are many of them."""
    if isinstance(value, YamlNode):
        return value
    if isinstance(value, Mapping):
        pairs = [
            (_node(key, start, end), _node(content, start, end)) for key, content in value.items()
        ]
        return MappingNode("collection", pairs, start, end, True)
    if isinstance(value, list):
        return SequenceNode(
            "collection", [_node(one, start, end) for one in value], start, end, True
        )
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return ScalarNode("plain", text, start, end)


def place(line: int, column: int = 1) -> YamlNode:
    """Return a node that stands at a 1-based line and column, for texts that are no YAML."""
    start = mark(line - 1, column - 1)
    return ScalarNode("plain", "", start, start)


def node_place(number: int, name: str, scope: Sequence[str] = ()) -> YamlNode:
    """Return a node that stands at a node of a model file; an empty name is the file itself."""
    start = NodeMark(number, name, scope)
    return ScalarNode("plain", "", start, start)


def mark(line: int, column: int) -> Mark:
    return Mark("", 0, line, column, None, 0)
