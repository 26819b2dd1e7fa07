"""How the items of a space are walked: in one step, or part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.language.block import Block
from costcalc.language.item import BLOCK, PARAM, SEQUENCE, Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.values import Choice
from costcalc.spaces.reading import Reading, is_plain
from costcalc.spaces.walk.joined import Joined
from costcalc.spaces.walk.params import Params
from costcalc.spaces.walk.states import Spot, State

WHOLE, COPIES, OPEN = range(3)
"""How an item is walked: in one step, copy by copy, or item by item inside of each copy."""


class Ways:
    """Knows how to walk each item where it stands."""

    def __init__(self, file: NetworkFile, reading: Reading, params: Params, joined: Joined) -> None:
        self.file = file
        self.reading = reading
        self.joined = joined
        self.params = params

    def _how(self, state: State, item: Item) -> tuple[int, list[Choice]]:
        """How to walk an item, and the params' choices that must be drawn before."""
        spot = state.spot
        sees = spot.sees_params
        before = self._undrawn(state, self.reading.head(item)) if sees else []
        if before:
            return WHOLE, before
        how = WHOLE
        if self._is_apart(spot.items, item):
            if self._varies(item, sees):
                how = OPEN if self._is_opened(*self._body(state, item)) else COPIES
            elif item.repeat is not None and self.is_settled(spot):
                how = COPIES
        if how != OPEN and sees:
            before = self._undrawn(state, self.reading.whole(item).values)
        return how, before

    def _is_opened(self, body: Sequence[Item] | None, block: Block | None, sees: bool) -> bool:
        """Whether the items of a body are built one by one: some draw, or are repeated."""
        if body is None or self.joined.body(body):
            return False
        if any(self._varies(inner, sees) for inner in body):
            return True
        return block is not None and any(inner.repeat is not None for inner in body)

    def is_settled(self, spot: Spot) -> bool:
        """Whether all is drawn of a block once it is entered."""
        sees = spot.sees_params
        return spot.block is not None and not any(self._varies(own, sees) for own in spot.items)

    def _is_apart(self, items: Sequence[Item], item: Item) -> bool:
        """Whether the copies of an item of a body can be built one by one."""
        return is_plain(item) and not self.joined.body(items) and not self.joined.copies(item)

    def _undrawn(self, state: State, names: frozenset[str]) -> list[Choice]:
        own = state.spot.values
        behind = self.params.behind(name for name in names if name not in own)
        return [choice for choice in behind if choice not in state.drawn]

    def _varies(self, item: Item, sees: bool) -> bool:
        if self.reading.chooses(item):
            return True
        return sees and not self.params.roots.keys().isdisjoint(self.reading.whole(item).values)

    def _body(self, state: State, item: Item) -> tuple[Sequence[Item] | None, Block | None, bool]:
        """The items inside of one that may be walked, its block, whether they see the params."""
        if item.kind == SEQUENCE:
            return item.layers, None, state.spot.sees_params
        target: Any = item.type
        if item.kind == PARAM:
            target = self._scope(state).get(target)
        if isinstance(target, Block) and item.kind in (BLOCK, PARAM):
            return target.items, target, target.file is self.file
        return None, None, False

    def _scope(self, state: State) -> Mapping[str, Any]:
        return {**self._values(state), **state.spot.values}

    def _values(self, state: State) -> Mapping[str, Any]:
        if not state.spot.sees_params:
            return {}
        return self.params.values(state.head, state.drawn)
