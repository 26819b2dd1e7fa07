"""Two networks against each other: which layers were added, removed, edited, or carried along.

Layers are matched by their names and their places in the order in which they run, never by text
or line: a network written anew with blocks is the same network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.cost import COUNTS, TOTALS
from costcalc.dag import Group, Network, Step
from costcalc.matching import match
from costcalc.measure import sum_of, value_of
from costcalc.spec.block import Block
from costcalc.spec.document import text_of
from costcalc.spec.item import PARAM, Fields, Item, ItemType
from costcalc.spec.network_file import Rounding
from costcalc.spec.values import Value

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
EDITED, PROPAGATED = "edited", "propagated"
_NAME = re.compile(r"[A-Za-z_]\w*")


class Change(NamedTuple):
    """A layer that is not as it was."""

    change: str
    """added, removed or changed"""
    cause: str
    """edited: what is written for it differs. propagated: only what it reads differs."""
    old: Step | None
    new: Step | None
    fields: dict[str, tuple[Any, Any]]
    delta: dict[str, int]
    """By how much each of COUNTS grew."""

    @property
    def step(self) -> Step:
        step = self.new or self.old
        assert step is not None
        return step


class Difference(NamedTuple):
    """Two networks' totals by metric, before and after, and the layers that differ."""

    totals: dict[str, tuple[int | None, int | None]]
    changes: list[Change]


def compare_networks(old: Network | None, new: Network | None) -> Difference:
    """All that differs, in the order of the new network; None is a network that is not there."""
    metrics = counted_metrics(new or old)
    totals = {metric: (_total(old, metric), _total(new, metric)) for metric in metrics}
    if old is None or new is None:
        only: Sequence[Step] = (new or old).steps if new or old else []  # type: ignore[union-attr]
        return Difference(totals, [_one_sided(step, new is not None) for step in only])
    return Difference(totals, list(_changes(old, new)))


def counted_metrics(network: Network | None) -> tuple[str, ...]:
    """COUNTS, and the totals of a convention where one is asked for."""
    counted = network and network.accounting
    return COUNTS if not counted or counted.is_default else (*COUNTS, *TOTALS)


def _total(network: Network | None, metric: str) -> int | None:
    return None if network is None else int(value_of(network, metric))


def _changes(old: Network, new: Network) -> Iterator[Change]:
    recipes = _Recipes(old), _Recipes(new)
    before = 0  # how many of the old steps have been told
    pairs = match(old.steps, new.steps)
    partner = {right: left for left, right in pairs}
    for place, step in enumerate(new.steps):
        left = partner.get(place)
        if left is None:
            yield _one_sided(step, True)
            continue
        for gone in range(before, left):
            yield _one_sided(old.steps[gone], False)
        before = left + 1
        change = _changed(old.steps[left], step, recipes)
        if change is not None:
            yield change
    for gone in range(before, len(old.steps)):
        yield _one_sided(old.steps[gone], False)


def _one_sided(step: Step, added: bool) -> Change:
    sign = 1 if added else -1
    delta = {metric: sign * cost for metric, cost in _costs(step).items()}
    fields = {name: (None, value) if added else (value, None) for name, value in _own(step).items()}
    if added:
        return Change(ADDED, EDITED, None, step, fields, delta)
    return Change(REMOVED, EDITED, step, None, fields, delta)


def _changed(old: Step, new: Step, recipes: tuple[_Recipes, _Recipes]) -> Change | None:
    fields = _differing(_own(old), _own(new))
    shapes = _differing(_read(old), _read(new))
    costs = _costs(old), _costs(new)
    if not fields and not shapes and costs[0] == costs[1]:
        return None
    edited = bool(fields) and recipes[0].of(old) != recipes[1].of(new)
    edited = edited or old.item.sources != new.item.sources
    delta = {metric: costs[1][metric] - costs[0][metric] for metric in COUNTS}
    cause = EDITED if edited else PROPAGATED
    return Change(CHANGED, cause, old, new, {**fields, **shapes}, delta)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys((*old, *new))
    return {
        name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    }


def _own(step: Step) -> dict[str, Any]:
    """A layer's fields, with their values."""
    return {name: getattr(step.layer, name) for name in step.layer.fields}


def _read(step: Step) -> dict[str, Any]:
    """The map variables of what a layer reads."""
    first = step.inputs[0].map
    return {"in_channels": first.channels, "in_height": first.height, "in_width": first.width}


def _costs(step: Step) -> dict[str, int]:
    return {metric: int(sum_of(metric, [step])) for metric in COUNTS}


# What is written


class _Recipes:
    """What is written for a network's layers, with what it names: equal where nobody edited."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._items: dict[tuple[int, str], frozenset[str]] = {}
        self._definitions: dict[str, frozenset[str]] = {}
        self._scale = f"{network.knobs.alpha} {network.settings.rounding or Rounding()}"

    def of(self, step: Step) -> list[frozenset[str]]:
        """The layer's item and all items around it, each with the params that it leads back to."""
        chain = [self._item(step.item, step.layer.type)]
        group: Group | None = step.group
        while group is not None:
            if group.item is not None:
                chain.append(self._item(group.item, group.type))
            group = group.parent
        return chain

    def _item(self, item: Item, label: str) -> frozenset[str]:
        """What is written for an item that became a layer or block of this type."""
        found = self._items.get((id(item), label))
        if found is None:
            texts = self._fields(item.fields) | self._fields(item.first or {}, "first ")
            target: ItemType | None = item.type
            unsaid: dict[str, Value | None] = {}
            if item.kind == PARAM:
                texts |= self._names(str(item.type))
                target = item.file.lookup(label) or self._network.file.lookup(label)
                unsaid.update(item.file.defaults.get(label, {}))
            if isinstance(target, Block):
                unsaid = {**target.params, **unsaid}
            texts |= self._fields({n: v for n, v in unsaid.items() if v and n not in item.fields})
            found = self._items[id(item), label] = texts
        return found

    def _fields(self, fields: Fields, prefix: str = "") -> frozenset[str]:
        texts: set[str] = set()
        for name, value in fields.items():
            text = text_of(value.node) or name
            texts.add(f"{prefix}{name}: {text}")
            texts |= self._names(text)
            if value.compute is not None and value.is_plain:
                texts.add(self._scale)
        return frozenset(texts)

    def _names(self, text: str) -> frozenset[str]:
        """The definitions of the network's params in a text, and of those in theirs."""
        texts: set[str] = set()
        for name in _NAME.findall(text):
            if name in ("alpha", "scaled"):
                texts.add(self._scale)
            elif name in self._network.settings.params:
                texts |= self._definition(name)
        return frozenset(texts)

    def _definition(self, name: str) -> frozenset[str]:
        if name not in self._definitions:
            self._definitions[name] = frozenset()  # a param that names itself names nothing
            value = self._network.settings.params[name]
            self._definitions[name] = self._fields({name: value})
        return self._definitions[name]
