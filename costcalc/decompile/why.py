"""Say of what is in no shipped block which block is nearest, and where it stops fitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.decompile.bare import Graph, Op
from costcalc.decompile.recognise import Recognition
from costcalc.decompile.signatures import Signatures
from costcalc.decompile.tree import Body, Item, walk
from costcalc.decompile.windows import shape_of
from costcalc.layers import LAYERS

LEAST_FITTED = 2
"""Layers that a block must fit to be near."""
LEAST_SHARE = 0.4
"""Of the layers of a structure, those that a block must fit to be near."""
MOST_MATCHED = 40
"""Forms for which the nearest block is looked for."""


class Form(NamedTuple):
    """Items that are alike but for their numbers."""

    items: list[Item]
    layers: list[Op]
    """All that are in them."""

    @property
    def macs(self) -> int:
        return sum(op.macs for op in self.layers)

    @property
    def size(self) -> int:
        """The layers of one of them."""
        first = self.items[0]
        sums = sum(one.op is None and one.type == "residual" for one in walk([first]))
        return len(_layers(first)) + sums

    def said(self, reason: str) -> str:
        first = self.items[0]
        around = f" around {self.size} layers" if first.parts else ""
        places = f" in {len(self.items)} places" if len(self.items) > 1 else ""
        path = _place(_layers(first))
        at = f", the first at {path}" if path and places else f" at {path}" if path else ""
        return f"No block: {first.type}{around}{places}, {self.macs:,} MACs{at}: {reason}."


class Why:
    """Why the layers of a graph are in no shipped block."""

    def __init__(self, graph: Graph) -> None:
        self.recognition = Recognition(graph)

    def reasons(self, items: Body) -> Iterator[str]:
        """Lines about structures that are no block, and convolutions outside of blocks."""
        forms = [form for form in _forms(items) if form.macs]
        for number, form in enumerate(sorted(forms, key=lambda form: -form.macs)):
            reason = self._reason(form) if number < MOST_MATCHED else None
            if reason is not None:
                yield form.said(reason)

    def attention(self) -> Iterator[str]:
        """A line about products with a softmax between, which are no attention layer."""
        readers = self.recognition.matcher.readers
        found = [
            (before, after)
            for op in self.recognition.given.all_ops()
            if op.type == "softmax"
            for before in [_product_before(op)]
            for after in readers.get(op.maps[0], ())
            if before is not None and after.type == "einsum"
        ]
        if found:
            macs = sum(op.macs for pair in found for op in pair)
            places = f" in {len(found)} places" if len(found) > 1 else ""
            yield (
                f"No dot_product_attention: einsum, softmax and einsum{places}, {macs:,} MACs: "
                "heads are axes of their own in the file, and channels in that layer."
            )

    def _reason(self, form: Form) -> str | None:
        """Why items of a form are in no block; None where nobody would expect them to be."""
        item = form.items[0]
        if len(item.inputs) != 1:
            return None
        source = item.inputs[0]
        tries: list[tuple[int, int, str, str]] = []
        for block in self.recognition.candidates(source):
            refusal = self.recognition.refusal(block, source)
            if refusal is not None:
                tries.append((refusal[0], -len(tries), block.name, refusal[1]))
        fitted, _, name, reason = max(tries, default=(0, 0, "", ""))
        if item.parts and (fitted < LEAST_FITTED or fitted < LEAST_SHARE * form.size):
            return "no shipped block has this form"
        if not item.parts and not (fitted or "does not take" in reason):
            return None
        fits = f" fits {fitted} of {form.size}, then" if fitted else ":"
        return f"the nearest, {name},{fits} {reason}".replace(",:", ":")


def _forms(items: Body) -> Iterator[Form]:
    """The structures and the convolutions with something behind them, by their form."""
    found: dict[Any, Form] = {}
    signatures = Signatures()
    for item in _outermost(items):
        names = {source: number for number, source in enumerate(item.inputs)}
        form = found.setdefault(shape_of(item, names, signatures), Form([], []))
        form.items.append(item)
        form.layers.extend(_layers(item))
    yield from found.values()


def _outermost(items: Body) -> Iterator[Item]:
    """Structures, not those inside of others, and convolutions outside of them."""
    for number, item in enumerate(items):
        if item.type == "sequence":
            for body in item.bodies():
                yield from _outermost(body)
        elif item.parts or _is_apart(item, items[number + 1 : number + 2]):
            yield item


def _is_apart(item: Item, behind: Sequence[Item]) -> bool:
    """Whether an item is a convolution with a norm or an activation behind it, in no block."""
    layer = LAYERS.get(item.type)
    if layer is None or layer.family != "convolutions" or not behind:
        return False
    after = LAYERS.get(behind[0].type)
    return after is not None and after.family in ("normalizations", "activations")


def _layers(item: Item) -> list[Op]:
    return [op for one in walk([item]) if one.op is not None for op in one.op.covers]


def _place(ops: Sequence[Op]) -> str:
    """Where layers are: the module around all of them, else the first."""
    paths = [op.path.split(".") for op in ops if op.path]
    if len(paths) < 2:
        return _first_path(ops)
    common: list[str] = []
    for parts in zip(*paths, strict=False):
        if len({*parts}) > 1:
            break
        common.append(parts[0])
    return ".".join(common) or _first_path(ops)


def _first_path(ops: Sequence[Op]) -> str:
    return next((op.path for op in ops if op.path), "")


def _product_before(op: Op) -> Op | None:
    """The product that makes what a softmax reads, behind what scales or masks it."""
    above: Op | None = op
    for _ in range(MOST_BETWEEN):
        above = above.sources[0].op if above is not None and above.sources else None
        if above is None or above.type == "einsum":
            return above
    return None


MOST_BETWEEN = 4
"""Layers between a product and its softmax, itself counted."""
