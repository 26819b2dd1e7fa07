"""Roll up what repeats: runs of alike items, whose first may differ, and runs of several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from costcalc.decompile.bare import Map
from costcalc.decompile.names import lenders, named_reads
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import BRANCHES, LAYERS, Body, Item, walk

MOST_TOGETHER = 8
"""The items of a run that is repeated as a whole."""
_OWN_WIDTHS = ("out_channels", "out_features")
"""Where these differ, items are of different stages."""


def repeats_rolled(
    body: Body, inputs: Sequence[Map], outputs: Sequence[Map], signatures: Signatures
) -> Body:
    """A body in which what repeats exactly is a sequence that does."""
    named = named_reads(body, inputs) | set(outputs)
    return _Rolling(named, lenders(body), signatures, exact=True).body(body)


def rolled(
    body: Body, inputs: Sequence[Map], outputs: Sequence[Map], signatures: Signatures
) -> Body:
    """A body in which what repeats is written once, with what is other in the first."""
    named = named_reads(body, inputs) | set(outputs)
    return _Rolling(named, lenders(body), signatures).body(body)


class _Rolling:
    def __init__(
        self, named: set[Map], lent: set[Map], signatures: Signatures, exact: bool = False
    ) -> None:
        self.named = named
        self.lent = lent
        self.signatures = signatures
        self.exact = exact

    def body(self, body: Body) -> Body:
        for item in body:
            for bodies in item.parts.values():
                bodies[:] = [self.body(inner) for inner in bodies]
                item._key = None
        if self.exact:
            return [_step_of_one(item) for item in self._sequences(body)]
        return self._runs(self._sequences(self._runs([_alone(item) for item in body])))

    def _chained(self, items: Sequence[Item]) -> bool:
        """Whether each reads what the one before it hands on, and nothing else does by name."""
        if any(made in self.lent for item in items for made in item.outputs):
            return False
        return all(
            item.inputs == before.outputs and not any(m in self.named for m in before.outputs)
            for before, item in pairwise(items)
        )

    def _runs(self, body: Body) -> Body:
        made: Body = []
        start = 0
        while start < len(body):
            end, first = self._run(body, start)
            if end - start < 2:
                made.append(body[start])
                start += 1
                continue
            made.append(_repeated(body[start:end], first))
            start = end
        return made

    def _run(self, body: Body, start: int) -> tuple[int, dict[str, Any]]:
        """The end of the run that begins at an item, and what is other in the first."""
        item = body[start]
        plain = _is_count(item.repeat) and item.when is None and not item.first
        if not plain or start + 1 == len(body) or item.lender or len(item.inputs) != 1:
            return start + 1, {}
        second = body[start + 1]
        first = _differences(item, second, self.signatures)
        if first is None or not self._chained(body[start : start + 2]):
            return start + 1, {}
        if first and item.repeat != 1:
            return start + 1, {}
        end = start + 2
        while end < len(body) and _once(body[end]) == _once(second):
            if not self._chained(body[end - 1 : end + 1]):
                break
            end += 1
        if not first and item.type in _SMALL and not item.fields:
            return start + 1, {}
        return end, first

    def _sequences(self, body: Body) -> Body:
        made: Body = []
        start = 0
        keys: list[Any] = [item.key() for item in body]
        while start < len(body):
            best = (0, 0, 0)
            for length in range(
                1 if self.exact else 2, min(MOST_TOGETHER, (len(body) - start) // 2) + 1
            ):
                count = self._count(body, keys, start, length)
                saved = (count - 1) * length
                if count > 1 and saved > best[0] + (length > best[1] > 0):
                    if self._cuts_runs(body, keys, start, length, count):
                        continue
                    best = (saved, length, count)
            saved, length, count = best
            if saved < (1 if self.exact else 3):
                made.append(body[start])
                start += 1
                continue
            start = self._rotated(body, keys, start, length, count, made)
        return made

    def _count(self, body: Body, keys: Sequence[Any], start: int, length: int) -> int:
        count = 1
        while keys[start : start + length] == keys[start + count * length :][:length]:
            count += 1
        return count if count == 1 or self._chained(body[start : start + count * length]) else 1

    def _cuts_runs(
        self, body: Body, keys: Sequence[Any], start: int, length: int, count: int
    ) -> bool:
        """Whether stages of one type, a line each, would be a sequence of more lines, or of some of
        the items of the last stage."""
        end = start + count * length
        items = body[start : start + length]
        if length == 1 or any(item.parts or item.type != items[0].type for item in items):
            return False
        return count <= _LINES_OF_SEQUENCE or keys[end - 1 : end] == keys[end : end + 1]

    def _rotated(
        self, body: Body, keys: Sequence[Any], start: int, length: int, count: int, made: Body
    ) -> int:
        """Append a repeated run; return where it ends. Of its rotations, that which ends well."""
        for shift in range(length):
            begin = start + shift
            if self._count(body, keys, begin, length) < count:
                break
            last = body[begin + length - 1]
            if last.op is not None and _ends_well(last):
                made += body[start:begin]
                start = begin
                break
        items = body[start : start + length]
        end = start + count * length
        for number, item in enumerate(items):
            _mark(item, [body[start + number + copy * length] for copy in range(count)])
        whole = Item(
            "sequence", {}, items[0].inputs, body[end - 1].outputs, {LAYERS: [items]}, None
        )
        whole.repeat = count
        made.append(whole)
        return end


_LINES_OF_SEQUENCE = 4
_SMALL = ("identity",)


def _ends_well(item: Item) -> bool:
    layer = item.op.layer if item.op is not None else None
    return layer is None or layer.family in ("activations", "merges", "reshapes")


def _repeated(items: Sequence[Item], first: dict[str, Any]) -> Item:
    model = items[-1]
    made = Item(model.type, model.fields, items[0].inputs, model.outputs, model.parts, model.op)
    made.repeat, made.first = sum(item.repeat for item in items), first
    made.parts = items[0].parts
    made.trainable, made.moves, made.bits = model.trainable, True, model.bits
    return made


def _differences(item: Item, other: Item, signatures: Signatures) -> dict[str, Any] | None:
    """What of an item's fields is other than in the next; None where they are not alike."""
    if not _is_count(other.repeat) or other.when:
        return None
    if _once(item) == _once(other):
        return {}
    if item.type != other.type or item.parts or other.parts:
        return None
    if (item.trainable, item.bits) != (other.trainable, other.bits):
        return None
    if other.lender or len(other.inputs) != 1:
        return None
    if item.first or other.first:
        return None
    found: dict[str, Any] = {}
    shared = 0
    for name in dict.fromkeys([*item.fields, *other.fields]):
        if name in item.fields and name in other.fields and item.fields[name] == other.fields[name]:
            shared += 1
            continue
        if name in _OWN_WIDTHS:
            return None
        value = item.fields.get(name, signatures.default_of(item.type, name))
        if value is None:
            return None
        found[name] = value
    return found if shared and len(found) <= 3 else None


def _is_count(repeat: Any) -> bool:
    return type(repeat) is int


def _once(item: Item) -> Any:
    """What an item is, however often it is repeated."""
    kept, item.repeat, item._key = item.repeat, 1, None
    key = item.key()
    item.repeat, item._key = kept, None
    return key


def _step_of_one(item: Item) -> Item:
    """A concat that grows by a step of its last part as a repeat of 1: others repeat it."""
    if item.type != "concat" or len(item.parts.get(BRANCHES, ())) != _BOTH:
        return item
    kept, step = item.parts[BRANCHES]
    if kept or not step or step[0].type != "slice" or step[0].fields.get("start", 0) >= 0:
        return item
    return Item("sequence", {}, item.inputs, item.outputs, {LAYERS: [[item]]})


_BOTH = 2
"""Branches of a concat that grows: the map as it is, and what is made of it."""


def _alone(item: Item) -> Item:
    """The item of a sequence that repeats one, with the repeat in it."""
    if item.type != "sequence" or item.when is not None or len(item.parts[LAYERS][0]) != 1:
        return item
    (only,) = item.parts[LAYERS][0]
    if only.when is not None or only.repeat != 1 or only.first:
        return item
    made = Item(only.type, only.fields, item.inputs, item.outputs, only.parts, only.op)
    made.repeat, made.trainable, made.lender = item.repeat, only.trainable, only.lender
    made.moves, made.bits = only.moves, only.bits
    return made


def _mark(item: Item, copies: Sequence[Item]) -> None:
    """Record of an item, and of what it holds, whether the maps of copies have other channels."""
    alike = [walk([copy]) for copy in copies]
    for one, *others in zip(walk([item]), *alike, strict=True):
        one.moves = any(other.channels != one.channels for other in others)
