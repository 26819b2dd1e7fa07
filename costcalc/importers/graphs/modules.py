"""The modules that the ops of a file stand in, as far as their names say it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from costcalc.importers.graphs.model import Op

MAX_DEPTH = 24
"""Modules within one another; of more, the inner ones are kept."""


NEARLY_ALL = 0.9
"""The share of the ops in a module whose name says nothing of them."""


def in_modules(ops: Sequence[Op], *, strip: bool = False) -> list[Op]:
    """Ops with their modules, each by its path; one that holds one op alone names that.

    strip: without the outermost modules that nearly all ops stand in.
    """
    cut = [op._replace(scope=tuple(op.scope[-MAX_DEPTH:])) for op in ops]
    counts: Counter[Sequence[str]] = Counter()
    for op in cut:
        counts.update(op.scope[:depth] for depth in range(1, len(op.scope) + 1))
    named = [_named(op, counts) for op in cut]
    return [_with_paths(op) for op in (_without_wrappers(named) if strip else named)]


def _named(op: Op, counts: Counter[Sequence[str]]) -> Op:
    name, scope = op.name, op.scope
    while scope and counts[scope] == 1:
        *outer, name = scope
        scope = tuple(outer)
    return op._replace(name=name, scope=scope)


def _with_paths(op: Op) -> Op:
    """An op whose modules have the names of those around them too: features, features.0."""
    paths = [".".join(op.scope[: depth + 1]) for depth in range(len(op.scope))]
    return op._replace(scope=tuple(paths))


def _without_wrappers(ops: Sequence[Op]) -> list[Op]:
    found = list(ops)
    while found:
        counts = Counter(op.scope[0] for op in found if op.scope)
        (outer, count) = next(iter(counts.most_common(1)), ("", 0))
        if count < NEARLY_ALL * len(found) or count < 2:
            break
        found = [
            op._replace(scope=op.scope[1:]) if op.scope[:1] == (outer,) else op for op in found
        ]
    return found
