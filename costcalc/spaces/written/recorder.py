"""Build a network of a space again, and keep which items were built where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Nodes, Origin
from costcalc.graph.setting import Setting
from costcalc.language.block import Block
from costcalc.language.item import Fields, Item
from costcalc.language.network_file import NetworkFile
from costcalc.spaces.draws import Dice, Draw, Path
from costcalc.spaces.units import DrawingBuilder


class Given(Dice):
    """Draws what is given by place, and first options elsewhere."""

    def __init__(self, draws: Iterable[Draw]) -> None:
        super().__init__()
        self._drawn = {(draw.path, draw.choice): draw.option for draw in draws}


class Made:
    """An item as it was built, or skipped: for each copy, the items inside by their bodies."""

    def __init__(self, item: Item, path: Path) -> None:
        self.item = item
        self.path = path
        self.copies: list[dict[int, list[list[Made]]]] = []
        self.type: Any = None
        """The block that it is, where a param names one."""


class Recorder(DrawingBuilder):
    """Builds the network and keeps which items were built where."""

    def __init__(self, file: NetworkFile, setting: Setting, dice: Dice) -> None:
        super().__init__(file, setting, dice)
        self.bodies: dict[int, list[list[Made]]] = {}
        self._made: list[Made] = []
        self._stack: list[Made] = []

    def _body(self, items: list[Item], maps: Nodes, frame: Frame) -> Nodes:
        outer, self._made = self._made, []
        self.bodies.setdefault(id(items), []).append(self._made)
        try:
            return super()._body(items, maps, frame)
        finally:
            self._made = outer

    def _item(self, item: Item, maps: Nodes, frame: Frame) -> Nodes:
        made = Made(item, tuple(self.at))
        self._made.append(made)
        self._stack.append(made)
        try:
            return super()._item(item, maps, frame)
        finally:
            self._stack.pop()

    def _nth_copy(self, item: Item, copy: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        outer, self.bodies = self.bodies, {}
        self._stack[-1].copies.append(self.bodies)
        try:
            return super()._nth_copy(item, copy, maps, frame, origin)
        finally:
            self.bodies = outer

    def _block(
        self, block: Block, fields: Fields, maps: Nodes, item: Item, frame: Frame, origin: Origin
    ) -> Nodes:
        self._stack[-1].type = block
        return super()._block(block, fields, maps, item, frame, origin)
