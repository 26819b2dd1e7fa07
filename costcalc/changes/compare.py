"""Compare two networks: which layers were added, removed, edited, or follow an edit.

Layers are matched by name and execution order, not by text or line: a network that is rewritten
with blocks is the same network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.changes.alignment import match
from costcalc.changes.provenance import (
    Counterparts,
    Edit,
    Provenance,
    find_edit,
    key_node,
    place_of,
    reads_otherwise,
)
from costcalc.costs.totals import Costs, measure, metrics_of
from costcalc.errors import CostcalcWarning
from costcalc.graph.nodes import Network, Node
from costcalc.graph.warnings import warnings_of
from costcalc.language.places import line_of
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import text_of
from costcalc.numeric.exact import Number
from costcalc.shapes import SIDES
from costcalc.units import decimal_text

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
EDITED, PROPAGATED = "edited", "propagated"


class Change(NamedTuple):
    """A layer that differs."""

    change: str
    """added, removed or changed"""
    cause: str
    """edited: what is written for it differs. propagated: only its input differs."""
    old: Node | None
    new: Node | None
    fields: dict[str, tuple[Any, Any]]
    delta: dict[str, int]
    """The growth of each metric of layers; see `metrics_of`."""
    edit: Edit
    """Where it was edited; of a propagated change, where the layer is written."""

    @property
    def line(self) -> int | None:
        """The line of its item, outside of the file's own blocks; None where there is no text."""
        return self.edit.item_line

    @property
    def place(self) -> str:
        """The line, or the name of the node in a network that has no text."""
        return str(self.line or self.node.origin.node or self.node.name)

    @property
    def node(self) -> Node:
        node = self.new or self.old
        assert node is not None
        return node


PRESENT = "there"
"""Stands for a layer, which has no value, on the side that has it."""


class Stated(NamedTuple):
    """A value that differs: of input, alpha, rounding, a param or a layer's field; or a layer."""

    name: str
    old: str | None
    new: str | None
    line: int | None


class Difference(NamedTuple):
    """The totals of two networks by metric, before and after, and what differs."""

    totals: dict[str, tuple[int | None, int | None]]
    changes: list[Change]
    stated: list[Stated]
    warnings: list[CostcalcWarning]
    """Of the new network."""


def compare_networks(old: Network | None, new: Network | None) -> Difference:
    """List what differs, in the order of the new network; None is a network that does not exist."""
    names = list(metrics_of(new or old))
    before, after = (measure(own, names) if own else dict.fromkeys(names) for own in (old, new))
    totals = {name: (before[name], after[name]) for name in names}
    if old is None or new is None:
        only = new or old
        if only is None:
            return Difference(totals, [], [], [])
        changes = [_one_sided(only, node, only is new) for node in only.nodes]
        return Difference(totals, changes, [], warnings_of(new) if new else [])
    changes = list(_changes(old, new))
    return Difference(totals, changes, list(_stated(old, new)), warnings_of(new))


def _stated(old: Network, new: Network) -> Iterator[Stated]:
    """Compare the declared input, alpha, rounding and params."""
    sides = old.declared, new.declared
    for name in ("input", "alpha", "rounding"):
        texts = [_said(name, own) for own in (old, new)]
        if texts[0] != texts[1]:
            key = key_node(new, name)
            line = None if key is None else line_of(key)
            yield Stated(name, texts[0], texts[1], line)
    for name in dict.fromkeys(name for settings in sides for name in settings.params):
        nodes = [own.params[name].node if name in own.params else None for own in sides]
        texts = [None if node is None else text_of(node) for node in nodes]
        if texts[0] != texts[1]:
            line = None if nodes[1] is None else line_of(nodes[1])
            yield Stated(name, texts[0], texts[1], line)


def _said(name: str, network: Network) -> str | None:
    settings = network.declared
    if name == "input":
        said = settings.inputs or network.stated
        shapes = {key: "×".join(map(_side, sides)) for key, sides in said.items()}
        return ", ".join(shapes.get("input", f"{key} {text}") for key, text in shapes.items())
    if name == "alpha":
        return None if settings.alpha is None else decimal_text(settings.alpha)
    rounding = settings.rounding
    if rounding is None:
        return None
    return f"divisor {rounding.divisor}" if rounding.rule == "divisor" else rounding.rule


def _side(side: Value | Number) -> str:
    if not isinstance(side, Value):
        return str(side)
    return text_of(side.node) if side.constant is None else str(side.constant)


def _changes(old: Network, new: Network) -> Iterator[Change]:
    provenance = Provenance(old), Provenance(new)
    before = 0  # how many old layers are accounted for
    partner = {right: left for left, right in match(old.nodes, new.nodes)}
    counterparts = Counterparts(provenance)
    if len(partner) < len(new.nodes):
        for right, other in partner.items():
            counterparts.see(old.nodes[other], new.nodes[right])
    for place, node in enumerate(new.nodes):
        left = partner.get(place)
        if left is None:
            yield _one_sided(new, node, True, counterparts.edit_of(node))
            continue
        for gone in range(before, left):
            yield _one_sided(old, old.nodes[gone], False)
        before = left + 1
        change = _changed(old.nodes[left], node, provenance)
        if change is not None:
            yield change
    for gone in range(before, len(old.nodes)):
        yield _one_sided(old, old.nodes[gone], False)


def _one_sided(network: Network, node: Node, added: bool, edit: Edit | None = None) -> Change:
    sign = 1 if added else -1
    delta = {metric: sign * cost for metric, cost in _costs(network, node).items()}
    fields = {name: (None, value) if added else (value, None) for name, value in _own(node).items()}
    if added:
        return Change(ADDED, EDITED, None, node, fields, delta, edit or place_of(node))
    return Change(REMOVED, EDITED, node, None, fields, delta, place_of(node))


def _changed(old: Node, new: Node, provenance: tuple[Provenance, Provenance]) -> Change | None:
    fields = _differing(_own(old), _own(new))
    shapes = _differing(_read(old), _read(new))
    costs = _costs(provenance[0].network, old), _costs(provenance[1].network, new)
    if not fields and not shapes and costs[0] == costs[1]:
        return None
    delta = {metric: costs[1][metric] - costs[0][metric] for metric in costs[1]}
    edit = find_edit(old, new, provenance) if fields else None
    if edit is None and reads_otherwise(old, new):
        edit = place_of(new)
    cause = PROPAGATED if edit is None else EDITED
    return Change(CHANGED, cause, old, new, {**fields, **shapes}, delta, edit or place_of(new))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = dict.fromkeys((*old, *new))
    return {
        name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)
    }


def _own(node: Node) -> dict[str, Any]:
    """Return the values of a layer's fields, and what is said of its weights, if anything."""
    values = node.layer.values()
    if node.weights is not None:
        values["weights"] = node.weights.label
    if not node.trainable:
        values["trainable"] = False
    for name, bits in node.bits._asdict().items():
        if bits is not None:
            values[f"bits of {name}"] = bits
    return values


def _read(node: Node) -> dict[str, Any]:
    """Return the shape of a layer's first input, by the names that the language has for it."""
    if not node.inputs:
        return {}
    first = node.inputs[0].shape
    sides = SIDES.get(len(first.sides), ())
    named = zip(sides, first.sides, strict=False)
    return {"in_channels": first.channels, **{f"in_{name}": side for name, side in named}}


def _costs(network: Network, node: Node) -> dict[str, int]:
    costs = Costs(network, [node])
    return {name: costs[name] for name in metrics_of(network, layers=True)}
