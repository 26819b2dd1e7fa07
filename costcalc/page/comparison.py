"""What `diff` knows of two networks, for a page that shows them side by side."""

from __future__ import annotations

from typing import NamedTuple

from costcalc.changes.alignment import match
from costcalc.changes.compare import CHANGED, REMOVED, compare_networks
from costcalc.changes.revision import load_network
from costcalc.changes.sides import Sides, read_sides
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting, replace
from costcalc.importers.reading import find_content, load_file
from costcalc.language.includes import WORKING_TREE
from costcalc.language.network_file import NetworkFile
from costcalc.page.encode import Json
from costcalc.reports.diff.page import fields_text, side_text
from costcalc.text import escaped


class Side(NamedTuple):
    """A network to compare: its file, the variant that is named, and what the side is called."""

    file: NetworkFile
    variant: str | None
    label: str


def sides_of(net: str, other: str, variant: str | None) -> tuple[Side, Side]:
    """The network NET, and OTHER: a network, or NET as it was in a commit."""
    sides = read_sides([other, net])
    if sides.base is None:
        new, old = (Side(*load_file(name, variant), name) for name in (net, other))
        return new, old
    try:
        return _in_commit(sides, net, variant)
    finally:
        sides.base.commit.repository.close()


def _in_commit(sides: Sides, net: str, variant: str | None) -> tuple[Side, Side]:
    assert sides.base is not None
    if sides.base.new is not None:
        raise CostcalcError("a page compares a network with one commit", hint="--compare main")
    path, content, named = find_content(net, variant)
    loaded = load_network(path, content, WORKING_TREE)
    former = sides.base.former(loaded)
    if former.file is None:
        fault = former.fault or f"{path} is not in that commit"
        raise CostcalcError(fault, hint="name another network instead: --compare OTHER.yaml")
    label = side_text(sides.old)
    return Side(loaded.file, named, net), Side(former.file, named, f"{path} in {label}")


def compared(new: Side, old: Side, setting: Setting) -> Json:
    """Which layers are the same ones under other names, and what happened to each."""
    networks = [
        build(side.file, replace(setting, variant=side.file.variant(side.variant)[0]))
        for side in (old, new)
    ]
    before, after = networks
    renamed = {}
    for left, right in match(before.nodes, after.nodes):
        names = before.nodes[left].name, after.nodes[right].name
        if names[0] != names[1]:
            renamed[escaped(names[1])] = escaped(names[0])
    difference = compare_networks(before, after)
    changes = {}
    for change in difference.changes:
        if change.change != REMOVED:
            said = change.cause if change.change == CHANGED else change.change
            changes[escaped(change.node.name)] = [said, fields_text(change)]
    return {
        "labels": [escaped(new.label), escaped(old.label)],
        "renamed": renamed,
        "changes": changes,
        "stated": [
            [escaped(s.name), s.old and escaped(s.old), s.new and escaped(s.new)]
            for s in difference.stated
        ],
    }
