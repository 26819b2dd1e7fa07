"""Copy trees of nodes, with the places that their parts have in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc.language.choices import is_choice, option_nodes
from costcalc.language.expressions import INDEX
from costcalc.language.item import EACH, NETWORK, PARAM, RESIDUAL, SEQUENCE, Item, only_required
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, is_empty


def entries_of(item: Item, content: YamlNode) -> dict[str, YamlNode]:
    """What is given to an item, by key."""
    if isinstance(content, MappingNode) and not is_choice(content):
        return {name.value: node for name, node in content.value}
    if is_empty(content):
        return {}
    if item.branches is not None:
        return {"branches": content}
    if item.kind in (SEQUENCE, RESIDUAL, EACH):
        return {"layers": content}
    if item.kind == NETWORK:
        return {"of": content}
    alone = None if item.kind == PARAM else only_required(item.type)
    return {} if alone is None else {alone: content}


def single(key: YamlNode, entries: Mapping[str, YamlNode]) -> YamlNode:
    """An item of a type."""
    if not entries:
        return key
    return MappingNode("collection", [(key, mapping(entries, key))], key.start_mark, key.end_mark)


def mapping(entries: Mapping[str, YamlNode], at: YamlNode) -> YamlNode:
    return pairs_at([(scalar(name, node), node) for name, node in entries.items()], at)


def pairs_at(pairs: Sequence[tuple[YamlNode, YamlNode]], at: YamlNode) -> MappingNode:
    """A mapping where another node stands."""
    return MappingNode("collection", list(pairs), at.start_mark, at.end_mark)


def scalar(text: str, at: YamlNode) -> ScalarNode:
    return ScalarNode("plain", text, at.start_mark, at.end_mark)


def rebuilt(node: YamlNode, change: Callable[[YamlNode], YamlNode]) -> YamlNode:
    if isinstance(node, SequenceNode):
        parts: list[Any] = [change(part) for part in node.value]
    else:
        parts = [(key, change(value)) for key, value in node.value]
    return type(node)(node.tag, parts, node.start_mark, node.end_mark)


_OWN_INDEX = ("repeat", "copies")
"""Keys of items whose copies have numbers of their own."""
_INDEX = re.compile(rf"\b{INDEX}\b")


def with_index(node: YamlNode, number: int) -> YamlNode:
    """Put the number of a copy in place of its name, which stands alone behind the copies."""
    if isinstance(node, ScalarNode):
        text = _INDEX.sub(str(number), node.value)
        return ScalarNode(node.tag, text, node.start_mark, node.end_mark)
    if isinstance(node, MappingNode):
        keys = [key.value for key, _ in node.value]
        inner = any(key in keys for key in _OWN_INDEX)
        parts = [
            (
                key,
                value
                if inner and key.value not in (*_OWN_INDEX, "when")
                else with_index(value, number),
            )
            for key, value in node.value
        ]
        return MappingNode(node.tag, parts, node.start_mark, node.end_mark)
    return rebuilt(node, lambda part: with_index(part, number))


def without_choices(node: YamlNode, path: str) -> YamlNode:
    """Put the first option where a choice is left: what was skipped was not drawn."""
    if is_choice(node):
        return option_nodes(path, node)[0]
    if isinstance(node, (SequenceNode, MappingNode)):
        return rebuilt(node, lambda part: without_choices(part, path))
    return node
