"""`costcalc diff`: what differs between two networks, or between the networks of two commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.accounting.convention import Accounting, accounting
from costcalc.changes.compare import Difference, compare_networks
from costcalc.changes.revision import Revision, base_fault, content_in, load_network
from costcalc.changes.sides import Sides, candidates, read_sides, removed
from costcalc.devices.shipped import load_device
from costcalc.errors import NO_REPORT, CostcalcError, Faults, Problems
from costcalc.explore.ranges import read_setting
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.runtime import Runtime
from costcalc.graph.setting import Setting, replace
from costcalc.importers.reading import load_file, read_network
from costcalc.language.includes import WORKING_TREE, reading_from
from costcalc.language.network_file import NetworkFile
from costcalc.project.discovery import Candidate, is_network
from costcalc.vcs.git_process import BaseError


class Compared(NamedTuple):
    """A network and how it differs."""

    path: str
    difference: Difference
    old_path: str | None = None
    """The path on the base, if it was another one."""
    variant: str | None = None
    """The variant, if the file has several."""
    note: str | None = None
    """Why it cannot be compared, or what else may make it differ."""

    @property
    def changed(self) -> bool:
        totals = self.difference.totals.values()
        differs = any(old != new for old, new in totals)
        return bool(self.difference.changes) or differs or self.note is not None


class Diff(NamedTuple):
    """The networks that differ between two sides, and how they are reported."""

    old: str
    new: str
    networks: Sequence[Compared]
    accounting: Accounting
    top: int
    """How many layers of a network a page shows."""
    runtime: Runtime | None = None
    """What memory is asked for."""


class Pair(NamedTuple):
    """Variants of two files that are compared; None is one that a file does not have."""

    old: str | None
    new: str | None
    name: str | None
    """The variant's name, if the files have several."""


def diff(
    *arguments: str,
    variant: str | None = None,
    alpha: str | Fraction | None = None,
    rho: str | Fraction | None = None,
    resolution: str | None = None,
    batch: int | str | None = None,
    convention: str | None = None,
    fold_batch_norm: bool = False,
    device: str | None = None,
    include_from: Sequence[str] = (),
) -> list[Compared]:
    """What differs between two networks, or between commits.

    arguments: two networks, as paths or shipped names; or a git ref, or two, and paths. Each
    network's `difference` has `totals`, before and after by metric, and `changes`.
    device, include_from: as in `costcalc.load`. Raises CostcalcError where anything is wrong.
    """
    if not arguments:
        raise CostcalcError("name two networks, or a git ref")
    setting = read_setting(
        Setting(
            variant,
            accounting=accounting(convention, fold_batch_norm),
            device=load_device(device) if device else None,
        ),
        *(alpha, rho, resolution, batch),
    )
    with reading_from(include_from):
        return list(compare(read_sides(arguments), setting))


def compare(sides: Sides, setting: Setting) -> Iterator[Compared]:
    """Compare network by network. Raises Problems at the end where any is faulty."""
    if sides.base is None:
        yield from _compare_networks(sides, setting)
        return
    try:
        yield from _compare_commits(sides.base, sides.paths, setting)
    finally:
        sides.base.commit.repository.close()


def _compare_networks(sides: Sides, setting: Setting) -> Iterator[Compared]:
    """Compare the variants that are named, else the first ones and those of one name."""
    old, named = load_file(sides.old, setting.variant)
    new, other = load_file(sides.new, setting.variant)
    first, *others = pairs(old, new, setting)
    others = [pair for pair in others if pair.old is not None and pair.new is not None]
    if named is not None or other is not None:
        first, others = Pair(named, other, None), []
    for was, is_, name in (first, *others):
        difference = compare_networks(_network(old, setting, was), _network(new, setting, is_))
        compared = Compared(sides.new, difference, sides.old, name if others else None)
        if compared.changed:
            yield compared


def _compare_commits(base: Revision, paths: Sequence[str], setting: Setting) -> Iterator[Compared]:
    faults = Faults()
    any_read = False
    renamed: set[str] = set()
    for candidate in candidates(base, paths, setting.variant):
        try:
            found = _against(base, candidate, setting)
        except BaseError:
            raise
        except CostcalcError as error:
            faults.append(error)
            continue
        any_read = True
        for compared in found:
            if compared.old_path is not None:
                renamed.add(base.commit.repository.relative(compared.old_path) or "")
            if compared.changed:
                yield compared
    for place in removed(base, paths, renamed):
        path = base.path_of(place)
        try:
            content = content_in(base.commit, place)
            if content is None or not is_network(content, path):
                continue
            gone = _network(read_network(content, path, base), setting)
        except BaseError:
            raise
        except CostcalcError as error:
            yield Compared(path, compare_networks(None, None), note=base_fault(error))
        else:
            yield Compared(path, compare_networks(gone, None))
    if faults:
        raise Problems(faults, NO_REPORT if any_read else None)


def _against(base: Revision, candidate: Candidate, setting: Setting) -> list[Compared]:
    """Compare a network with what the base has, variant by variant."""
    tree = WORKING_TREE if base.new is None else Revision(base.new)
    loaded = load_network(candidate.path, candidate.content, tree)
    former, path = base.former(loaded), candidate.path
    if former.file is loaded.file:
        return []
    if base.commit.repository.relative(path) is None:
        raise CostcalcError(f"{path}: {former.fault}")
    setting = replace(setting, variant=candidate.variant)
    if former.file is None:
        only = compare_networks(None, _network(loaded.file, setting))
        return [Compared(path, only, note=_joined(former.fault, former.note))]
    found = []
    old_path = None if former.path is None else former.file.path
    for was, is_, name in pairs(former.file, loaded.file, setting):
        new = None if name and is_ is None else _network(loaded.file, setting, is_)
        note, old = None, None
        try:
            old = None if name and was is None else _network(former.file, setting, was)
        except CostcalcError as error:
            note = base_fault(error)
        compared = Compared(path, compare_networks(old, new), old_path, name, note)
        if compared.changed:
            compared = compared._replace(note=_joined(note, former.note))
        found.append(compared)
    return found


def _joined(*notes: str | None) -> str | None:
    return "; ".join(filter(None, notes)) or None


def pairs(old: NetworkFile, new: NetworkFile, setting: Setting) -> list[Pair]:
    """The first variants of both files, and all others by name; only the one that is asked for."""
    if setting.variant is not None or not (old.variants or new.variants):
        return [Pair(setting.variant, setting.variant, None)]
    firsts = old.variant(None)[0], new.variant(None)[0]
    named = [
        Pair(name if name in old.variants else None, name if name in new.variants else None, name)
        for name in dict.fromkeys((*new.variants, *old.variants))
        if name not in firsts
    ]
    return [Pair(*firsts, firsts[1] if named else None), *named]


def _network(file: NetworkFile, setting: Setting, variant: str | None = None) -> Network:
    """Build the network of a file; a variant, if given, replaces the setting's."""
    return build(file, setting if variant is None else replace(setting, variant=variant))
