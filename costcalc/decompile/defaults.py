"""Put what most items of a type say into the defaults of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Body, Expression, Item, walk

LEAST = 6
"""Items that must say the same, for a line of defaults."""
LEAST_MORE = 3
"""Items that must say the same in a line that is there."""
_OWN = ("call", "pattern", "equation")
"""Fields that are said where they hold."""


def defaults_of(bodies: Sequence[Body], signatures: Signatures) -> dict[str, dict[str, Any]]:
    """Take the commonest words and switches of each type out of its items; return them."""
    found: dict[str, dict[str, Any]] = {}
    items: dict[str, list[Item]] = {}
    for body in bodies:
        for item in walk(body):
            items.setdefault(item.type, []).append(item)
    for kind, all_ in items.items():
        if len(all_) < LEAST or kind in signatures.own or kind.startswith("$"):
            continue
        names = dict.fromkeys(name for item in all_ for name in item.fields if name not in _OWN)
        if all(_commonest(all_, name, LEAST) is None for name in names):
            continue
        for name in names:
            value = _commonest(all_, name, LEAST_MORE)
            if value is None:
                continue
            unsaid = signatures.default_of(kind, name)
            others = [item for item in all_ if name not in item.fields]
            if others and unsaid is None:
                continue
            found.setdefault(kind, {})[name] = value
            for item in others:
                if not signatures.ignores(item, name, value):
                    item.fields[name] = unsaid
            for item in all_:
                if item.fields.get(name) == value and name not in item.first:
                    del item.fields[name]
    return found


def _commonest(items: Sequence[Item], name: str, least: int) -> Any:
    """The word, switch or part of a map that more items say than anything else, or nothing."""
    values = [item.fields.get(name) for item in items]
    words = [v for v in values if isinstance(v, (str, bool)) and not _is_of_params(v)]
    if not words:
        return None
    best = max(words, key=words.count)
    count = words.count(best)
    return best if count >= least and 2 * count > len(items) else None


def _is_of_params(value: Any) -> bool:
    return isinstance(value, Expression) and not value.is_of_map
