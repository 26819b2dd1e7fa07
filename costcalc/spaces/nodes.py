"""Copy trees of nodes, with the places that their parts have in the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.language.choices import is_choice, option_nodes
from costcalc.language.item import Item, only_required
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode


def entries_of(item: Item, content: YamlNode) -> dict[str, YamlNode]:
    """What is given to an item, by key."""
    if isinstance(content, MappingNode) and not is_choice(content):
        return {name.value: node for name, node in content.value}
    if item.branches is not None:
        return {"branches": content}
    if isinstance(item.type, str) or item.layers:
        return {"layers": content}
    alone = only_required(item.type)
    return (
        {alone: content}
        if alone and isinstance(content, (ScalarNode, SequenceNode, MappingNode))
        else {}
    )


def single(key: YamlNode, entries: Mapping[str, YamlNode]) -> YamlNode:
    """An item of a type."""
    if not entries:
        return key
    return MappingNode("collection", [(key, mapping(entries, key))], key.start_mark, key.end_mark)


def mapping(entries: Mapping[str, YamlNode], at: YamlNode) -> YamlNode:
    pairs = [(scalar(name, node), node) for name, node in entries.items()]
    return MappingNode("collection", pairs, at.start_mark, at.end_mark)


def scalar(text: str, at: YamlNode) -> ScalarNode:
    return ScalarNode("plain", text, at.start_mark, at.end_mark)


def rebuilt(node: YamlNode, change: Callable[[YamlNode], YamlNode]) -> YamlNode:
    if isinstance(node, SequenceNode):
        parts: list[Any] = [change(part) for part in node.value]
    else:
        parts = [(key, change(value)) for key, value in node.value]
    return type(node)(node.tag, parts, node.start_mark, node.end_mark)


def without_choices(node: YamlNode, path: str) -> YamlNode:
    """Put the first option where a choice is left: what was skipped was not drawn."""
    if is_choice(node):
        return option_nodes(path, node)[0]
    if isinstance(node, (SequenceNode, MappingNode)):
        return rebuilt(node, lambda part: without_choices(part, path))
    return node
