"""Write the items of a network of a space with what is drawn in place of the choices.

Copies of an item that drew differently become items of their own, and blocks that drew inside
become blocks of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.item import EACH, Fields, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.network_use import NetworkUse
from costcalc.language.values import Choice, Value
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    position,
    text_of,
)
from costcalc.spaces.draws import Draw, Path
from costcalc.spaces.reading import values_of_all_copies
from costcalc.spaces.written.nodes import entries_of, pairs_at, rebuilt, scalar, single, with_index
from costcalc.spaces.written.recorder import Made


class ItemWriter:
    """Copies items with what is drawn in them."""

    def __init__(self, file: NetworkFile, draws: Sequence[Draw]) -> None:
        self.file = file
        self.drawn = {(draw.path, draw.choice): draw.option for draw in draws}
        self.touched = {
            (draw.path[:depth], draw.path[depth][0])
            for draw in draws
            for depth in range(len(draw.path))
        }
        """Items in which something is drawn, with the places where they stand."""
        self.blocks: dict[str, YamlNode] = {}
        """Blocks that drew inside, as they are written, by name."""
        self._known: dict[Any, str] = {}

    def items(self, made: Sequence[Made], node: YamlNode) -> YamlNode:
        """The items of a body, copied."""
        if not isinstance(node, SequenceNode):
            return node
        items = [
            new for one, own in zip(made, node.value, strict=True) for new in self._item(one, own)
        ]
        return SequenceNode(node.tag, items, node.start_mark, node.end_mark)

    def _item(self, made: Made, node: YamlNode) -> Iterator[YamlNode]:
        item = made.item
        drawn_once = [own for value in values_of_all_copies(item) for own in value.choices]
        if not drawn_once and (made.path, item) not in self.touched:
            yield node
            return
        key, content = (node, scalar("", node)) if isinstance(node, ScalarNode) else node.value[0]
        entries = entries_of(item, content)
        for name in ("when", "trainable", "bits", "repeat"):
            if name in entries:
                entries[name] = self.replaced(entries[name], drawn_once, made.path)
        if not made.copies:
            yield single(key, entries)
            return
        for written, own in self._copies(made, entries):
            yield single(key if written is None else written, own)

    def _copies(
        self, made: Made, entries: Mapping[str, YamlNode]
    ) -> Iterator[tuple[YamlNode | None, dict[str, YamlNode]]]:
        """The type, if it is new, and the entries of the items for copies that drew alike."""
        item = made.item
        runs = self._runs(made)
        for number, (first, count) in enumerate(runs):
            own = {key: node for key, node in entries.items() if key not in ("repeat", "first")}
            if len(runs) > 1:
                own.pop("when", None)
                if number < len(runs) - 1:
                    own.pop("name", None)
                if number:
                    own.pop("from", None)
            fields = item.first if item.first is not None and first == 0 else item.fields
            path = (*made.path, (item, first))
            for name, value in fields.items():
                if value.choices or name in entries or value.key is not None:
                    own[name] = self.at(value, path)
            self._inside(made, first, own)
            written = self._type(made, first, own, path)
            if isinstance(item.type, NetworkUse):
                own.update(self._of_used(item.type, fields, path))
            if item.indexed and item.repeat is not None and (len(runs) > 1 or count == 1):
                own = {name: with_index(value, first) for name, value in own.items()}
            if count > 1:
                own["repeat"] = scalar(str(count), item.node)
            yield written, own

    def _runs(self, made: Made) -> list[tuple[int, int]]:
        """Copies that follow one another and drew alike: the number of the first, and how many."""
        item = made.item

        def drawn(copy: int) -> Any:
            start = (*made.path, (item, copy))
            size = len(start)
            own = frozenset(
                (path[size:], choice, option)
                for (path, choice), option in self.drawn.items()
                if path[:size] == start
            )
            # Copies that use their number, where others must be written apart, are so too.
            number = copy if item.indexed and self._differs(made) else -1
            return own, item.first is not None and copy == 0, number

        runs = []
        for _, group in groupby(range(len(made.copies)), drawn):
            copies = list(group)
            runs.append((copies[0], len(copies)))
        if len(runs) > 1 and item.kind == EACH:
            raise self._unwritten(item)
        return runs

    def _differs(self, made: Made) -> bool:
        """Whether anything is drawn inside of an item."""
        return (made.path, made.item) in self.touched

    def _unwritten(self, item: Item) -> CostcalcError:
        return CostcalcError(
            f"copies of {item.node.value} side by side drew differently: such a network cannot be "
            "written with one item",
            hint="write the copies as branches of their own",
        )

    def _inside(self, made: Made, copy: int, entries: dict[str, YamlNode]) -> None:
        """Copy the bodies of an item into its entries."""
        item, bodies = made.item, made.copies[copy]

        def body(items: Sequence[Item], node: YamlNode) -> YamlNode:
            runs = bodies.get(id(items))
            if not runs:
                return node
            if len({self._print(one) for one in runs}) > 1:
                raise self._unwritten(item)
            return self.items(runs[0], node)

        if "layers" in entries and item.layers:
            entries["layers"] = body(item.layers, entries["layers"])
        if "shortcut" in entries and item.shortcut:
            entries["shortcut"] = body(item.shortcut, entries["shortcut"])
        if item.branches is not None and "branches" in entries:
            branches = entries["branches"]
            parts = [
                body(items, node)
                if isinstance(node, SequenceNode)
                else body(items, SequenceNode(branches.tag, [node], node.start_mark, node.end_mark))
                for items, node in zip(item.branches, branches.value, strict=True)
            ]
            entries["branches"] = SequenceNode(
                branches.tag, parts, branches.start_mark, branches.end_mark
            )

    def _type(
        self, made: Made, copy: int, entries: dict[str, YamlNode], path: Path
    ) -> YamlNode | None:
        """The block that an item is, if something is drawn in it; its defaults are entries."""
        item, block = made.item, made.type
        if not isinstance(block, Block):
            return None
        given = item.first if item.first is not None and copy == 0 else item.fields
        for name, default in block.params.items():
            if default is not None and default.choices and name not in given:
                entries[name] = self.at(default, path)
        runs = made.copies[copy].get(id(block.items), [])
        if not runs or not any(
            (path, one.item) in self.touched or self._heads(one) for one in runs[0]
        ):
            return None
        return scalar(self._specialised(block, runs[0]), item.node)

    def _of_used(
        self, use: NetworkUse, fields: Fields, path: Path
    ) -> Iterator[tuple[str, YamlNode]]:
        """Yield what a network that an item uses has drawn of its params and its alpha.

        Raises CostcalcError where more is drawn in it, or what is read otherwise outside of it.
        """
        declared = use.file.variant(use.variant)[1]
        known = {choice for value in fields.values() for choice in value.choices}
        has_own_scale = declared.alpha or declared.alphas
        is_scaled = has_own_scale or declared.rounding != self.file.base.rounding
        for name, value in declared.params.items():
            if name in fields or not value.choices or value.names:
                continue
            if not (is_scaled and name.endswith("channels")):
                known.update(value.choices)
                yield name, self.at(value, path)
        option = self.drawn.get((path, declared.alphas)) if declared.alphas else None
        if declared.alphas and option is not None:
            known.add(declared.alphas)
            node = declared.alphas.options[option].node
            yield "alpha", scalar(f"alpha * {text_of(node)}", node)
        inside = [(own, choice) for own, choice in self.drawn if own[: len(path)] == path]
        if any(own != path or choice not in known for own, choice in inside):
            raise CostcalcError(
                f"what is drawn in {use.title} cannot be written at the item that uses it",
                position=position(self.file.path, use.of),
                hint="choices of its params can, where they read no other; or write it as a block",
            )

    @staticmethod
    def _heads(made: Made) -> bool:
        return any(value.choices for value in values_of_all_copies(made.item))

    def _print(self, made: Iterable[Made]) -> Any:
        """Equal for bodies that drew alike."""
        return tuple(
            (
                one.item,
                len(one.copies),
                frozenset(
                    (path[len(one.path) :], choice, option)
                    for (path, choice), option in self.drawn.items()
                    if path[: len(one.path)] == one.path
                    and len(path) > len(one.path)
                    and path[len(one.path)][0] is one.item
                ),
            )
            for one in made
        )

    def _specialised(self, block: Block, made: Sequence[Made]) -> str:
        """A copy of a block with what was drawn inside; one for all uses that drew alike."""
        key = block, self._print(made)
        if key not in self._known:
            number = 1
            while (
                f"{block.name}_{number}" in self.file.blocks
                or f"{block.name}_{number}" in self.blocks
            ):
                number += 1
            name = self._known[key] = f"{block.name}_{number}"
            self.blocks[name] = block.node
            pairs = [
                (key_node, self.items(made, node) if key_node.value == "layers" else node)
                for key_node, node in block.node.value
            ]
            self.blocks[name] = pairs_at(pairs, block.node)
        return self._known[key]

    # Values

    def at(self, value: Value, path: Path) -> YamlNode:
        """A value as it is written, with what is drawn at a place."""
        return self.replaced(value.node, value.choices, path)

    def replaced(self, node: YamlNode, choices: Sequence[Choice], path: Path) -> YamlNode:
        for choice in choices:
            option = self.drawn.get((path, choice))
            if choice.node is node and option is not None:
                return choice.options[option].node
        if choices and isinstance(node, (SequenceNode, MappingNode)):
            return rebuilt(node, lambda part: self.replaced(part, choices, path))
        return node
