"""Write the network that a file of another format holds in the network language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from costcalc.errors import CostcalcError
from costcalc.importers.formats import title_of
from costcalc.importers.lines import INDENT, WIDTH, entry_lines, flow, item_lines, pair, plain_tree
from costcalc.language.block import Block
from costcalc.language.files import read_text
from costcalc.language.foreign import Foreign
from costcalc.language.item import Item
from costcalc.language.library import LIBRARY, is_library
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import Entries, MappingNode, YamlNode

_BEFORE = ("name", "source", "input", "rounding", "params", "variants", "defaults", "include")
_BEHIND = ("budgets", "published")


def written(file: NetworkFile, variant: str | None = None) -> Iterator[str]:
    """Yield the lines of a network in the network language, with the blocks that it uses.

    variant: the one that comes first, and so is the default. Raises CostcalcError for a file that
    is a network in that language already.
    """
    foreign = file.foreign
    if foreign is None:
        raise CostcalcError(
            f"{file.path} is in the network language already",
            hint="costcalc show prints it",
        )
    yield f"# Converted from {file.path}: {title_of(foreign)}."
    parts = dict(file.parts)
    if "name" not in parts:
        yield pair("name", file.name)
    for key in _BEFORE:
        if key in parts:
            node = _first(parts[key][1], variant) if key == "variants" else parts[key][1]
            yield from entry_lines(
                key, node, key == "variants" or len(flow(plain_tree(node))) > WIDTH
            )
    outputs = [str(name.value) for name in file.outputs] or _unread(file.items)
    if len(outputs) > 1:
        yield pair("outputs", outputs)
    yield from _blocks(file, foreign, parts)
    assert file.body is not None
    yield from entry_lines("layers", file.body, True)
    for key in _BEHIND:
        if key in parts:
            yield from entry_lines(key, parts[key][1], True)


def _unread(items: list[Item]) -> list[str]:
    """The maps that no item reads, in order: a network of another format hands all of them on."""
    read: set[str] = set()
    before: tuple[str, ...] = ()
    for item in items:
        if _reads_previous(item):
            read.update(before)
        read.update(_read_in([item]))
        before = item.names
    return [name for item in items for name in item.names if name not in read]


def _reads_previous(item: Item) -> bool:
    if item.sources is not None:
        return "previous" in item.sources
    branches = item.branches
    return branches is None or any(not one or _reads_previous(one[0]) for one in branches)


def _read_in(items: list[Item]) -> Iterator[str]:
    """The names that items and those in them read."""
    for item in items:
        yield from item.sources or ()
        yield from _read_in([*item.layers, *item.shortcut])
        for branch in item.branches or ():
            yield from _read_in(branch)


def _first(node: YamlNode, variant: str | None) -> YamlNode:
    """Put the entry of a variant first."""
    if variant is None or not isinstance(node, MappingNode):
        return node
    ordered = sorted(node.value, key=lambda pair: bool(pair[0].value != variant))
    return MappingNode(node.tag, ordered, node.start_mark, node.end_mark)


def _blocks(file: NetworkFile, foreign: Foreign, parts: Entries) -> Iterator[str]:
    """The blocks that items use: the file's own, and those of the format's modules."""
    own = parts["blocks"][1] if "blocks" in parts else None
    used = _used(file.items, foreign.blocks)
    if own is None and not used:
        return
    yield "blocks:"
    if isinstance(own, MappingNode):
        for key, node in own.value:
            yield f"{INDENT}{flow(plain_tree(key))}:"
            for part, value in plain_tree(node).items():
                if part != "layers":
                    yield INDENT * 2 + pair(part, value)
                    continue
                yield f"{INDENT * 2}layers:"
                for item in value:
                    yield from item_lines(item, INDENT * 3)
    for name, block in used.items():
        if name in file.given:
            continue
        yield from _text(block, foreign)


def _used(items: list[Item], known: Mapping[str, Block]) -> dict[str, Block]:
    """The blocks that items use, directly or through others, in the order of their use."""
    found: dict[str, Block] = {}
    stack = list(reversed(items))
    while stack:
        item = stack.pop()
        block = item.type
        if isinstance(block, Block) and block.name not in found and is_library(block.file.path):
            if block.file.path != LIBRARY:
                found[block.name] = block
            stack.extend(reversed(block.items))
        parts = (item.layers, item.shortcut, *(item.branches or ()))
        stack.extend(one for part in reversed(parts) for one in reversed(part))
    return found


def _text(block: Block, foreign: Foreign) -> Iterator[str]:
    """The lines of a shipped block, as its file has them, in the indentation of `blocks`.

    Defaults of params are those of the file that is converted.
    """
    lines = read_text(block.file.path).splitlines()
    start, end = block.key.start_mark.line, block.node.end_mark.line
    body = lines[start:end]
    while body and not body[-1].strip():
        body.pop()
    own = {param: word for (name, param), word in foreign.defaults.items() if name == block.name}
    for line in body:
        if line.lstrip().startswith("params:"):
            for param, word in own.items():
                line = re.sub(rf"\b{param}: \w+", f"{param}: {word}", line)
        if line.startswith(INDENT + INDENT) or line is body[0]:
            yield line
