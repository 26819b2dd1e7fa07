"""Which items of a body have to be built together, because one's layers depend on another's.

Items that use weights of one another always have. A runtime computes norms and activations within
the layer before them, and keeps maps for as long as anything reads them: where it is asked for
memory, items that such layers join, or that read maps by name, are one step of the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from costcalc.graph.setting import Setting
from costcalc.language.item import Item
from costcalc.layers.convolution import Conv, DepthwiseConv, PointwiseConv
from costcalc.memory.deployment import FUSED_ACTIVATIONS
from costcalc.metrics import METRICS
from costcalc.spaces.reading import Reading, is_tangled, may_be_empty
from costcalc.spaces.walk.outer_layers import OuterLayer, first_layers, last_layers, passes

NORM = "batch_norm"


class Joined:
    """Knows which items are built together, for some metrics."""

    def __init__(self, reading: Reading, setting: Setting, metrics: Sequence[str]) -> None:
        self.reading = reading
        of_items = [METRICS[name] for name in metrics if METRICS[name].of_items]
        runtime = setting.deployed
        self._keeps_maps = any(metric.reduce is max for metric in of_items)
        self._moves_maps = "traffic" in metrics
        self._within: set[str] = set()
        """Types of layers that may be computed within the item before them."""
        if of_items and runtime.fused:
            self._within |= {NORM, *FUSED_ACTIVATIONS}
        if setting.accounting.fold_batch_norm:
            self._within.add(NORM)
        if of_items and runtime.zero_copy_concat:
            self._within.add("concat")
        self._forms = [
            form for form in FORMS if any(name.startswith(form.metrics) for name in metrics)
        ]
        self._known: dict[int, tuple[Sequence[Item], bool]] = {}

    def body(self, items: Sequence[Item]) -> bool:
        """Whether the items of a body are built in one step."""
        if id(items) not in self._known:
            self._known[id(items)] = items, self._is_joined(items)
        return self._known[id(items)][1]

    def copies(self, item: Item) -> bool:
        """Whether the copies of an item are built in one step."""
        return item.repeat is not None and (self._begins(item) or self._pair([item, item]))

    def _is_joined(self, items: Sequence[Item]) -> bool:
        if is_tangled(items) or any(map(self._begins, items[1:])) or self._pair(items):
            return True
        if self._keeps_maps and any(self.reading.whole(item).maps for item in items):
            return True
        return self._moves_maps and self._may_coincide(items)

    def _begins(self, item: Item) -> bool:
        """Whether the first layer of an item may be computed within the one before it."""
        return bool(self._within) and any(
            own.type.type in self._within for own in first_layers(self.reading, item)
        )

    def _may_coincide(self, items: Sequence[Item]) -> bool:
        """Whether an item may read one map by two names: it moves once."""
        made: dict[str, frozenset[object]] = {}
        previous: frozenset[object] = frozenset({"input"})
        for item in items:
            read = [made.get(name, frozenset({name})) for name in self.reading.whole(item).maps]
            if item.sources is None or "previous" in item.sources:
                read.append(previous)
            sources = frozenset().union(*read)
            if len(sources) < sum(map(len, read)):
                return True
            previous = frozenset({item}) | (sources if may_be_empty(item) else frozenset())
            made.update(dict.fromkeys(item.names, previous))
        return False

    def _pair(self, items: Sequence[Item]) -> bool:
        """Whether one item may end with a part of a convolution, and one behind it has the rest."""
        for form in self._forms:
            is_open = False
            for item in items:
                if is_open and any(map(form.is_rest, first_layers(self.reading, item))):
                    return True
                is_open = (is_open and passes(item, last=True)) or any(
                    map(form.is_part, last_layers(self.reading, item))
                )
        return False


class Form(NamedTuple):
    """Convolutions that metrics replace by their other form, of which items may hold parts."""

    metrics: str
    """How their names begin."""
    is_part: Callable[[OuterLayer], bool]
    is_rest: Callable[[OuterLayer], bool]


def _is_depthwise(own: OuterLayer) -> bool:
    return issubclass(own.type, DepthwiseConv) or (
        issubclass(own.type, Conv) and own.may_be_grouped
    )


def _is_between(own: OuterLayer) -> bool:
    return own.type.between_convolutions


FORMS = (
    # A separable convolution: a depthwise one, perhaps a norm and an activation, a pointwise one.
    Form(
        "standard_",
        _is_depthwise,
        lambda own: issubclass(own.type, (Conv, PointwiseConv)) or _is_between(own),
    ),
    # A standard one: its norm and its activation are of as many channels as it has.
    Form("separable_", lambda own: issubclass(own.type, Conv), _is_between),
)
