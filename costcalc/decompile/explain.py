"""Say what was recognised in a network, with its MACs, and why the rest was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from costcalc.decompile.bare import Graph, Op
from costcalc.decompile.form import without_form
from costcalc.decompile.near_repeats import near_repeats
from costcalc.decompile.text import Written
from costcalc.decompile.tree import Body, walk
from costcalc.decompile.why import Why
from costcalc.layers import LAYERS

MOST_NAMES = 5
MOST_REASONS = 20
Covered: TypeAlias = "dict[str, list[Op]]"


def without(graph: Graph, form: str) -> Iterator[str]:
    """Lines that list the convolutions without a form."""
    kinds: dict[str, list[Op]] = {}
    for op in without_form(graph, form):
        kinds.setdefault(op.type, []).append(op)
    for kind, ops in kinds.items():
        yield f"Without a {form} form: {len(ops)} {kind} ({_some(op.path for op in ops)})."


def _some(names: Iterable[str]) -> str:
    listed = [name for name in names if name]
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def explained(graph: Graph, items: Body, written: Written, fault: str | None) -> Iterator[str]:
    """Lines that say which blocks the layers became, which stand by themselves, and why.

    items: those of the graph, before anything was rolled up. fault: what went wrong in the text
    that was tried before this one.
    """
    yield f"{sum(1 for _ in graph.all_ops()):,} layers, {_macs(graph.all_ops())}."
    yield from _recognised(items)
    yield from _own(written)
    if fault is not None:
        yield f"Not written with all blocks of its own: with them, {fault}."
    why = Why(graph)
    reasons = [*dict.fromkeys([*why.attention(), *why.reasons(items), *near_repeats(written)])]
    yield from reasons[:MOST_REASONS]
    if len(reasons) > MOST_REASONS:
        yield f"And {len(reasons) - MOST_REASONS} more that were not recognised."


def _recognised(items: Body) -> Iterator[str]:
    """The shipped blocks, and the layers that are in none."""
    blocks: Covered = {}
    alone: Covered = {}
    count: Counter[str] = Counter()
    for item in walk(items):
        if item.op is not None:
            kind = item.type
            count[kind] += 1
            (alone if kind in LAYERS else blocks).setdefault(kind, []).extend(item.op.covers)
    for kind, ops in sorted(blocks.items(), key=lambda one: -_total(one[1])):
        yield f"{kind}: a shipped block, in {_places(count[kind])}, {_macs(ops)}."
    rest = (
        f"{count[kind]} {kind}" + (f" ({_macs(ops)})" if _total(ops) else "")
        for kind, ops in sorted(alone.items(), key=lambda one: -_total(one[1]))
    )
    if alone:
        yield f"In no shipped block: {', '.join(rest)}."


def _own(written: Written) -> Iterator[str]:
    bodies: Sequence[Body] = [written.body, *(block.items for block in written.blocks)]
    used = Counter(item.type for body in bodies for item in walk(body))
    for block in written.blocks:
        yield f"{block.name}: a block of this file, in {_places(used[block.name])}."


def _places(count: int) -> str:
    return f"{count} place" if count == 1 else f"{count} places"


def _total(ops: Iterable[Op]) -> int:
    return sum(op.macs for op in ops)


def _macs(ops: Iterable[Op]) -> str:
    return f"{_total(ops):,} MACs"
