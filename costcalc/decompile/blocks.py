"""Write what stands in several places once, as blocks of the file's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.decompile.bare import Map
from costcalc.decompile.names import lenders, named_reads
from costcalc.decompile.params import Params, params_of
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Body, Expression, Item, Key, walk
from costcalc.decompile.unify import Unified, fill
from costcalc.decompile.windows import Window, kind_of, windows
from costcalc.decompile.write import line_count
from costcalc.layers import LAYERS

MAX_BLOCKS = 40
LEAST_SAVED = 2
"""Lines that a block must save."""
MOST_PARAMS = 12


class OwnBlock(NamedTuple):
    """A block of the file's own."""

    name: str
    params: dict[str, Any]
    items: Body
    given: Map


def with_blocks(
    body: Body,
    inputs: Sequence[Map],
    outputs: Sequence[Map],
    signatures: Signatures,
    *,
    relations: bool = True,
) -> list[OwnBlock]:
    """Replace what stands in several places of a body by blocks; return these."""
    blocks: list[OwnBlock] = []
    kept = named_reads(body, inputs) | set(outputs)
    lent = lenders(body)
    while len(blocks) < MAX_BLOCKS:
        bodies = [*_bodies(body), *(one for block in blocks for one in _bodies(block.items))]
        best = _best(windows(bodies, kept, lent, signatures), signatures, relations)
        if best is None:
            break
        found, unified, params = best
        blocks.append(_replace(found, unified, params, signatures, len(blocks)))
    return _in_order(blocks)


def _bodies(body: Body) -> Iterator[Body]:
    yield body
    for item in body:
        for inner in item.bodies():
            yield from _bodies(inner)


def _best(
    found: dict[Key, list[Window]], signatures: Signatures, relations: bool
) -> tuple[list[Window], Unified, Params] | None:
    """The windows that save the most lines as a block."""
    scored = []
    for number, all_ in enumerate(found.values()):
        if _is_row(all_[0].items):
            continue
        cost = line_count([*all_[0].items], all_[0].items[0].inputs)
        saved = _distinct(all_) * (cost - 1) - (3 + cost)
        if saved >= LEAST_SAVED:
            scored.append((-saved, _begins_badly(all_[0].items), number, all_))
    for _, _, _, all_ in sorted(scored, key=lambda one: one[:3])[:20]:
        unified = Unified([window.items for window in all_], signatures)
        params = params_of(unified, relations)
        if unified.fits and len(params.defaults) <= MOST_PARAMS:
            return all_, unified, params
    return None


def _is_row(items: Sequence[Item]) -> bool:
    """Whether items are of one type, which `repeat` says better, or activations alone."""
    alone = [item for item in walk([*items]) if item.type != "sequence"]
    return len({kind_of(item) for item in alone}) == 1 and not any(item.parts for item in alone)


def _begins_badly(items: Sequence[Item]) -> bool:
    """Whether a block would begin with what belongs to the end of another."""
    layer = LAYERS.get(items[0].type)
    if items[0].type == "sequence" and items[0].repeat != 1:
        return True
    return layer is not None and layer.family in ("activations", "normalizations", "reshapes")


def _distinct(all_: Sequence[Window]) -> int:
    """How many windows there are, where those that repeat one before them count with it."""
    count = 0
    before: Window | None = None
    for window in all_:
        follows = (
            before is not None
            and before.body is window.body
            and before.start + before.length == window.start
            and [one.key() for one in before.items] == [one.key() for one in window.items]
        )
        count += not follows
        before = window
    return count


def _replace(
    found: Sequence[Window], unified: Unified, params: Params, signatures: Signatures, number: int
) -> OwnBlock:
    name = _name(unified.items, signatures)
    signatures.own[name] = {
        key: None if isinstance(value, Expression) else value
        for key, value in params.defaults.items()
    }
    fill(unified.items, params.values)
    uses = []
    for window, arguments in zip(found, params.arguments, strict=True):
        items = window.items
        use = Item(name, arguments, items[0].inputs, items[-1].outputs)
        use.moves = items[0].moves
        uses.append(use)
    for window, use in sorted(zip(found, uses, strict=True), key=lambda one: -one[0].start):
        window.body[window.start : window.start + window.length] = [use]
    return OwnBlock(name, params.defaults, unified.items, unified.items[0].inputs[0])


def _name(items: Body, signatures: Signatures) -> str:
    kinds = [item.type for item in items]
    repeats = any(type(item.repeat) is not int for item in walk(items))
    stem = "stage" if repeats else "unit" if "residual" in kinds else "block"
    name, number = stem, 1
    while name in signatures.own:
        number += 1
        name = f"{stem}_{number}"
    return name


def _in_order(blocks: list[OwnBlock]) -> list[OwnBlock]:
    """Blocks that others use come first."""
    names = {block.name: block for block in blocks}
    done: dict[str, OwnBlock] = {}

    def visit(block: OwnBlock) -> None:
        for item in (one for body in _bodies(block.items) for one in body):
            if item.type in names and item.type not in done and item.type != block.name:
                visit(names[item.type])
        done[block.name] = block

    for block in blocks:
        if block.name not in done:
            visit(block)
    return [*done.values()]
