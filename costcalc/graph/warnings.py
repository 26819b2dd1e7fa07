"""What a network says that may not be meant, though it can be costed: items that no output needs,
and pools that relied on a default that has changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costcalc.errors import CostcalcError, CostcalcWarning
from costcalc.graph.builder import build
from costcalc.graph.nodes import Group, Input, Network, Node
from costcalc.graph.setting import Setting
from costcalc.language.library import LIBRARY
from costcalc.language.yaml_nodes import position
from costcalc.layers.pooling import WindowPool

if TYPE_CHECKING:
    from costcalc.language.item import Item
    from costcalc.language.network_file import NetworkFile

MAX_WARNINGS = 100
"""At most so many of a network are kept."""


def warnings_of(network: Network) -> list[CostcalcWarning]:
    """The warnings of a network whose sides are numbers, each once, by place."""
    found: dict[object, CostcalcWarning] = {}
    foreign = network.file and network.file.foreign
    given = foreign.warnings if foreign else ()
    for warning in (*given, *_unneeded(network), *_pools(network)):
        found.setdefault(warning.key, warning)
        if len(found) == MAX_WARNINGS:
            break
    return sorted(found.values(), key=lambda warning: warning.position or ())


def warnings_at(file: NetworkFile, setting: Setting) -> list[CostcalcWarning]:
    """The warnings of a network at a setting; none where it cannot be built there."""
    try:
        return warnings_of(build(file, setting))
    except CostcalcError:
        return []


def _unneeded(network: Network) -> Iterator[CostcalcWarning]:
    """Items of which no output needs anything, the outermost alone.

    In other formats a network hands on whatever nothing reads, and says so nowhere.
    """
    if network.file is not None and network.file.foreign is not None:
        return
    needed = _needed(network.outputs)
    if len(needed) < len(network.nodes):
        yield from _unneeded_in(network.root, needed)


def _needed(outputs: list[Input | Node]) -> set[Node]:
    """The layers that the outputs are computed from."""
    needed: set[Node] = set()
    waiting = list(outputs)
    while waiting:
        source = waiting.pop()
        if isinstance(source, Node) and source not in needed:
            needed.add(source)
            waiting.extend(source.inputs)
    return needed


def _unneeded_in(group: Group, needed: set[Node]) -> Iterator[CostcalcWarning]:
    by_item: dict[int, list[Group | Node]] = {}
    for child in _children(group):  # the copies of an item and the parts of a split are one
        by_item.setdefault(id(child.origin.item or child), []).append(child)
    for children in by_item.values():
        layers = [node for child in children for node in _nodes(child)]
        if not layers:
            continue
        if needed.isdisjoint(layers):
            yield _warning(
                f"no output of the network needs {children[0].name}; it is counted all the same",
                children[0],
                hint="name what the network hands on in outputs: [...], or take it out",
            )
        elif not needed.issuperset(layers):
            for child in children:
                if isinstance(child, Group):
                    yield from _unneeded_in(child, needed)


def _children(group: Group) -> Iterator[Group | Node]:
    """The layers and groups of a group, those of all copies of `each` together."""
    for child in group.children:
        if isinstance(child, Group) and child.type == "copy":
            yield from child.children
        else:
            yield child


def _nodes(child: Group | Node) -> list[Node]:
    return [child] if isinstance(child, Node) else list(child.nodes())


def _pools(network: Network) -> Iterator[CostcalcWarning]:
    """Pools without padding, where `same`, once the default, makes another map than `valid`."""
    for node in network.nodes:
        layer = node.layer
        if isinstance(layer, WindowPool) and "padding" not in vars(layer):
            same = type(layer)({**vars(layer), "padding": "same"}).output(node.inputs[0].shape)
            if same.dims != node.shape.dims:
                yield _warning(
                    f"{layer.type} says no padding: it makes {node.shape}, by valid, the default "
                    f"now; by same, the default before, it was {same}",
                    node,
                    hint="padding: valid or padding: same",
                )


def _warning(message: str, place: Group | Node, hint: str) -> CostcalcWarning:
    """A warning at the item of a layer or group; in a shipped block at the item that uses it."""
    item = place.origin.item
    around = place.group if isinstance(place, Node) else place.parent
    while around is not None and _is_shipped(item):
        item, around = around.origin.item or item, around.parent
    where = None if item is None else position(item.file.path, item.node)
    return CostcalcWarning(message, position=where, hint=hint)


def _is_shipped(item: Item | None) -> bool:
    """Whether an item is of a shipped block or network, or there is none, of a part of one."""
    return item is None or os.path.dirname(item.file.path) == os.path.dirname(LIBRARY)
