"""What `diff` knows of two networks, for a page that shows them side by side."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from costcalc.changes.alignment import match
from costcalc.changes.compare import CHANGED, REMOVED, compare_networks
from costcalc.changes.diff import pairs
from costcalc.changes.revision import LoadedNetwork, Revision, content_in, load_network
from costcalc.changes.sides import Sides, read_sides
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.importers.reading import find_content, load_file
from costcalc.language.includes import WORKING_TREE
from costcalc.language.network_file import NetworkFile
from costcalc.page.data import Page
from costcalc.page.encode import Json
from costcalc.reports.diff.page import fields_text, side_text
from costcalc.text import escaped


class Side(NamedTuple):
    """A network to compare: its file, the variant that is named, and what the side is called."""

    file: NetworkFile
    variant: str | None
    label: str


def sides_of(net: str, other: str, variant: str | None) -> tuple[Side, Side]:
    """The network NET and what it is compared with, as OTHER says.

    OTHER is a network, a commit (NET as it was there), or two commits (NET as it was in both).
    """
    sides = read_sides([other, net])
    if sides.base is None:
        new, old = (Side(*load_file(name, variant), name) for name in (net, other))
        return new, old
    try:
        return _in_commits(sides, sides.base, net, variant)
    finally:
        sides.base.commit.repository.close()


def _in_commits(sides: Sides, base: Revision, net: str, variant: str | None) -> tuple[Side, Side]:
    if base.new is None:
        path, content, named = find_content(net, variant)
        loaded, label = load_network(path, content, WORKING_TREE), net
    else:
        loaded, named = _in_commit(base, net, variant)
        label = f"{loaded.file.path} in {side_text(sides.new)}"
    former = base.former(loaded)
    if former.file is None:
        fault = former.fault or f"{loaded.file.path} is not in that commit"
        raise CostcalcError(fault, hint="name another network instead: --compare OTHER.yaml")
    old = f"{former.file.path} in {side_text(sides.old)}"
    return Side(loaded.file, named, label), Side(former.file, named, old)


def _in_commit(base: Revision, net: str, variant: str | None) -> tuple[LoadedNetwork, str | None]:
    """A network in the later of two commits; the working tree need not have it."""
    assert base.new is not None
    path, _, named = (net, "", variant) if _place(base, net) else net.rpartition(":")
    place = _place(base, path)
    if place is None:
        raise CostcalcError(f"{net} is not in the commit {base.new.short}")
    content = content_in(base.new, place)
    assert content is not None
    path = os.path.relpath(path)
    return load_network(path, content, Revision(base.new)), variant or named


def _place(base: Revision, path: str) -> str | None:
    """Where the later of two commits has a file; None where it has none."""
    assert base.new is not None
    place = base.commit.repository.relative(path) if path else None
    return place if place and content_in(base.new, place) is not None else None


def add_compared(
    page: Page, new: Side, old: Side, setting: Callable[[str | None], Setting]
) -> Network:
    """Add the variants that both sides have, and how they differ; return the first of them.

    setting: that of a variant.
    """
    both = _variants(new, old)
    settings = [[setting(name) for name in names] for names in zip(*both, strict=True)]
    for side, own in zip((new, old), settings, strict=True):
        page.add(side.file, own)
    networks = [
        [build(side.file, one) for one in own]
        for side, own in zip((new, old), settings, strict=True)
    ]
    page.compared = {
        "labels": [escaped(new.label), escaped(old.label)],
        "pairs": [_difference(*pair) for pair in zip(*networks, strict=True)],
    }
    return networks[0][0]


def _variants(new: Side, old: Side) -> list[tuple[str | None, str | None]]:
    """Variants to compare: those that are named, else the first ones and those of one name."""
    if new.variant is not None or old.variant is not None:
        return [(new.file.variant(new.variant)[0], old.file.variant(old.variant)[0])]
    first, *others = pairs(old.file, new.file, Setting())
    named = [(pair.new, pair.old) for pair in others if pair.new and pair.old]
    return [(first.new, first.old), *named]


def _difference(new: Network, old: Network) -> Json:
    """Which layers are the same ones under other names, and what happened to each."""
    renamed = {}
    for left, right in match(old.nodes, new.nodes):
        names = old.nodes[left].name, new.nodes[right].name
        if names[0] != names[1]:
            renamed[escaped(names[1])] = escaped(names[0])
    difference = compare_networks(old, new)
    changes = {}
    for change in difference.changes:
        if change.change != REMOVED:
            said = change.cause if change.change == CHANGED else change.change
            changes[escaped(change.node.name)] = [said, fields_text(change)]
    return {
        "renamed": renamed,
        "changes": changes,
        "stated": [
            [escaped(s.name), s.old and escaped(s.old), s.new and escaped(s.new)]
            for s in difference.stated
        ],
    }
