"""Say what was recognised in a network, and what has no form or block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from costcalc.decompile.bare import Graph, Op
from costcalc.decompile.blocks import OwnBlock
from costcalc.decompile.form import without_form
from costcalc.decompile.tree import Body, walk
from costcalc.layers import LAYERS

MOST_NAMES = 5


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


def explained(graph: Graph, body: Body, blocks: Sequence[OwnBlock]) -> Iterator[str]:
    """Lines that say which blocks the layers became, and which layers stand by themselves."""
    own = {block.name for block in blocks}
    bodies = [body, *(block.items for block in blocks)]
    used = Counter(item.type for one in bodies for item in walk(one))
    shipped = {
        kind: count for kind, count in used.items() if kind not in LAYERS and kind not in own
    }
    yield f"{sum(1 for _ in graph.all_ops()):,} layers."
    for kind, count in sorted(shipped.items(), key=lambda one: -one[1]):
        yield f"{kind}: a shipped block, in {count} items."
    for block in blocks:
        yield f"{block.name}: a block of this file, in {used[block.name]} items."
    alone = Counter({kind: count for kind, count in used.items() if kind in LAYERS})
    listed = ", ".join(f"{count} {kind}" for kind, count in alone.most_common())
    if listed:
        yield f"In no shipped block: {listed}."
