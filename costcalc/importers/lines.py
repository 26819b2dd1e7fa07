"""Write trees of mappings, lists and scalars as lines in the style of the shipped networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from costcalc.language.yaml_nodes import Entries, MappingNode, ScalarNode, SequenceNode, YamlNode

INDENT = "  "
WIDTH = 100
WIDTH_OF_FIELDS = 240
"""Of an item that holds no others: its fields are read best on one line."""
HELD = ("layers", "shortcut", "branches")
"""The keys of items that others hold."""
EMPTY = "costcalc--empty"
"""Stands for an empty value: {stride} in a flow, where YAML's own writer has a tag."""
Tree: TypeAlias = Any


def item_lines(item: Tree, indent: str) -> Iterator[str]:
    """An item on a line, or where it is long, what it holds one item or field a line."""
    whole = flow(item)
    alone = isinstance(item, dict) and len(item) == 1
    content = next(iter(item.values())) if alone else item
    most = WIDTH if _holds_items(content) else WIDTH_OF_FIELDS
    if len(indent) + len(whole) <= most or not isinstance(content, (dict, list)):
        yield f"{indent}- {whole[1:-1] if alone else whole}"
        return
    if not alone:  # a branch of several items
        first, *rest = (line for inner in content for line in item_lines(inner, indent + INDENT))
        yield f"{indent}- {first.lstrip()}"
        yield from rest
        return
    yield f"{indent}- {next(iter(item))}:"
    if isinstance(content, list):
        for inner in content:
            yield from item_lines(inner, indent + INDENT * 2)
        return
    for key, value in content.items():
        if key not in HELD or not isinstance(value, list):
            yield f"{indent}{INDENT * 2}{pair(key, value)}"
            continue
        yield f"{indent}{INDENT * 2}{key}:"
        for inner in value:
            yield from item_lines(inner, indent + INDENT * 3)


def _holds_items(content: Tree) -> bool:
    return isinstance(content, list) or (
        isinstance(content, dict) and not content.keys().isdisjoint(HELD)
    )


class Text(str):
    """A text that is quoted."""


class _Dumper(yaml.SafeDumper):
    """Writes scalars as they are, in quotes only where YAML needs them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _scalar(dumper: _Dumper, value: str) -> ScalarNode:
    tag: str = dumper.resolve(ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
    if isinstance(value, Text):
        tag = "tag:yaml.org,2002:str"
    return dumper.represent_scalar(tag, str(value))


_Dumper.add_representer(str, _scalar)
_Dumper.add_multi_representer(str, _scalar)


def _dumped(value: Tree, flow: bool | None = None) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=flow, width=1 << 30, sort_keys=False
    )
    return text.removesuffix("...\n").rstrip("\n")


def flow(value: Tree) -> str:
    """A value on one line."""
    text = _dumped([value], flow=True)
    return text[1:-1].replace(f": {EMPTY}", "")


def pair(key: Tree, value: Tree) -> str:
    """A key and its value on a line."""
    return f"{flow(key)}:" if value == EMPTY else f"{flow(key)}: {flow(value)}"


def network_lines(parts: Entries) -> Iterator[str]:
    """The lines of a network, by the parts of its file."""
    for key, (_, node) in parts.items():
        yield from entry_lines(key, node, key in ("layers", "blocks", "variants"))


def entry_lines(key: str, node: YamlNode, opened: bool = False) -> Iterator[str]:
    """A key with its value on its line, or opened: its entries on a line each."""
    value = plain_tree(node)
    if not opened or not value:
        yield pair(key, value)
        return
    yield f"{key}:"
    if isinstance(value, dict):
        for name, content in value.items():
            yield INDENT + pair(name, content)
        return
    for item in value:
        yield from item_lines(item, INDENT)


def plain_tree(node: YamlNode) -> Tree:
    """The tree of a node; plain scalars stay plain."""
    if isinstance(node, MappingNode):
        return {plain_tree(key): plain_tree(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [plain_tree(part) for part in node.value]
    if node.tag == "plain":
        return node.value or EMPTY
    return Text(node.value)
