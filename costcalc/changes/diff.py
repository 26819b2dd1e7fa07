"""`costcalc diff`: networks of two files or two commits, side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from costcalc.accounting.convention import Accounting, accounting
from costcalc.changes.compare import Difference, compare_networks
from costcalc.changes.revision import Base, load, was_faulty
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.explore.ranges import read_setting
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.language.lookup import find, load_file
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import read_text
from costcalc.project.discovery import ENDINGS, MAGIC, Candidate, Discovery, is_network, matches
from costcalc.project.project_file import Projects
from costcalc.vcs.git import Commit, Repository
from costcalc.vcs.git_process import BaseError

WORKING_TREE = "working tree"


class Compared(NamedTuple):
    """A network and how it differs."""

    path: str
    difference: Difference
    old_path: str | None = None
    """Where it was, if elsewhere."""
    variant: str | None = None
    """Which of the file's variants, if there are several."""
    note: str | None = None
    """Why it cannot be compared, if it cannot."""

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


class Pair(NamedTuple):
    """Variants of two files that are compared; None is one that a file does not have."""

    old: str | None
    new: str | None
    name: str | None
    """What the pair is called, where there are several."""


def _pairs(old: NetworkFile, new: NetworkFile, setting: Setting) -> list[Pair]:
    """The first variant of each file, and all others by their names; or only the one asked for."""
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
    """The network of a file; a variant that is asked for goes before its own."""
    return build(file, setting if variant is None else replace(setting, variant=variant))


class Sides(NamedTuple):
    """What is compared: two networks; or with a base, the networks of two commits."""

    old: str
    new: str
    base: Base | None = None
    paths: Sequence[str] = ()


def read_sides(arguments: Sequence[str]) -> Sides:
    """`NET NET`, `REF [FILES]`, `REF1 REF2 [FILES]`, `REF1..REF2 [FILES]`.

    An argument is a file if there is one, else a git ref if git knows it, else a shipped network
    or a variant. CostcalcError where it is none of them.
    """
    first, *rest = arguments
    if len(rest) == 1 and os.path.isfile(first) and os.path.isfile(rest[0]):
        return Sides(first, rest[0])
    if os.path.isfile(first) and len(rest) != 1:
        raise CostcalcError(
            f"{first} is a file: name one other network to compare it with",
            hint="costcalc diff A.yaml B.yaml, or costcalc diff REF [FILES]",
        )
    try:
        repository = Repository.around(os.getcwd())
    except BaseError as error:
        if len(rest) == 1 and _are_networks(arguments, None, error):
            return Sides(first, rest[0])
        _refuse_missing(arguments[:2])
        raise
    if len(rest) == 1 and _are_networks(arguments, repository):
        return Sides(first, rest[0])
    if os.path.isfile(first) or (rest and os.path.isdir(first) and not repository.resolve(first)):
        return _since(repository, rest[0], None, [first, *rest[1:]])
    old, dots, new = first.partition("..")
    if dots and not new.startswith((".", "/")):
        return _since(repository, old or "HEAD", new or "HEAD", rest)
    if rest and not os.path.exists(rest[0]) and repository.resolve(rest[0]):
        return _since(repository, first, rest[0], rest[1:])
    return _since(repository, first, None, rest)


def _are_networks(
    nets: Sequence[str], repository: Repository | None, lacking: BaseError | None = None
) -> bool:
    """Whether two arguments name networks, neither of them a commit.

    CostcalcError where one does and the other names nothing at all; `lacking` says why git does
    not know it.
    """
    missing: list[CostcalcError] = []
    for net in nets:
        if os.path.isfile(net):
            continue
        if repository is not None and (".." in net or repository.resolve(net)):
            return False
        try:
            find(net)
        except CostcalcError as error:
            missing.append(error)
    if len(missing) == 1:
        raise missing[0]
    return not missing


def _refuse_missing(arguments: Sequence[str]) -> None:
    """What is no ref, and ends as files of networks do, is meant to be one."""
    for argument in arguments:
        if argument.endswith(ENDINGS) and not os.path.exists(argument):
            read_text(argument)  # says that it is missing, and which is near


def _since(repository: Repository, old: str, new: str | None, paths: Sequence[str]) -> Sides:
    try:
        before = repository.commit(old)
        after = None if new is None else repository.commit(new)
    except BaseError:
        _refuse_missing([old, new or old])
        raise
    shown = WORKING_TREE if after is None else after.sha
    return Sides(before.sha, shown, Base(before, after), paths)


def compare(sides: Sides, setting: Setting) -> Iterator[Compared]:
    """What differs, network by network; Problems where any is faulty."""
    if sides.base is None:
        yield from _between(sides, setting)
        return
    try:
        yield from _since_base(sides, sides.base, setting)
    finally:
        sides.base.commit.repository.close()


def _between(sides: Sides, setting: Setting) -> Iterator[Compared]:
    """Two networks: the variants that are named, else both first ones and those of one name."""
    (old, named), (new, other) = load_file(sides.old), load_file(sides.new)
    pairs = _pairs(old, new, setting)
    if setting.variant is None and (named is not None or other is not None):
        pairs = [Pair(named, other, None)]
    for number, (was, is_, name) in enumerate(pairs):
        if number and None in (was, is_):
            continue  # it has no counterpart
        difference = compare_networks(_network(old, setting, was), _network(new, setting, is_))
        compared = Compared(sides.new, difference, sides.old, name)
        if not number or compared.changed:
            yield compared


def _since_base(sides: Sides, base: Base, setting: Setting) -> Iterator[Compared]:
    faults = Faults()
    followed: set[str] = set()
    for candidate in _candidates(sides):
        try:
            found = _against(base, candidate, setting)
        except BaseError:
            raise
        except CostcalcError as error:
            faults.append(error)
            continue
        for compared in found:
            if compared.old_path is not None:
                followed.add(base.commit.repository.relative(compared.old_path) or "")
            if compared.changed:
                yield compared
    for place in _removed(sides, followed):
        path = base.path_of(place)
        try:
            text = base.commit.read(place)
            if text is None or not is_network(text, path):
                continue
            gone = _network(NetworkFile(text, path, base.read), setting)
        except BaseError:
            raise
        except CostcalcError as error:
            yield Compared(path, compare_networks(None, None), note=was_faulty(error))
        else:
            yield Compared(path, compare_networks(gone, None))
    if faults:
        raise Problems(faults)


def _against(base: Base, candidate: Candidate, setting: Setting) -> list[Compared]:
    """A network against what it was, variant by variant."""
    read = read_text if base.new is None else Base(base.new).read
    loaded = load(candidate.path, candidate.text, read)
    former, path = base.former(loaded), candidate.path
    if former.file is loaded.file:
        return []
    if base.commit.repository.relative(path) is None:
        raise CostcalcError(f"{path}: {former.fault}")
    if former.file is None:
        only = compare_networks(None, _network(loaded.file, setting))
        return [Compared(path, only, note=former.fault)]
    found = []
    old_path = None if former.path is None else former.file.path
    for was, is_, name in _pairs(former.file, loaded.file, setting):
        new = None if name and is_ is None else _network(loaded.file, setting, is_)
        note, old = None, None
        try:
            old = None if name and was is None else _network(former.file, setting, was)
        except CostcalcError as error:
            note = was_faulty(error)
        found.append(Compared(path, compare_networks(old, new), old_path, name, note))
    return found


def _candidates(sides: Sides) -> Iterator[Candidate]:
    assert sides.base is not None
    if sides.base.new is not None:
        yield from _in_commit(sides.base, sides.base.new, sides.paths)
        return
    discovery = Discovery()
    if sides.paths:
        # What is named may be gone: then it is among the removed.
        here = [path for path in sides.paths if not _was(sides.base, path)]
        yield from discovery.networks([*here, *_renamed(sides.base, sides.paths)])
        return
    project = Projects().here()
    if project is not None and project.budgets:
        yield from discovery.among(project.files())
    else:
        yield from discovery.networks(["."])


def _was(base: Base, path: str) -> bool:
    """Whether a path is no file here, and was one on the base."""
    place = base.commit.repository.relative(path)
    return not os.path.exists(path) and place is not None and base.commit.read(place) is not None


def _renamed(base: Base, paths: Sequence[str]) -> list[str]:
    """Where files are now that were named by what they were called on the base."""
    places = {base.commit.repository.relative(path) for path in paths}
    renamed = base.changes.renamed.items() if places else ()
    return [base.path_of(new) for new, old in renamed if old in places]


def _in_commit(base: Base, commit: Commit, paths: Sequence[str]) -> Iterator[Candidate]:
    """The networks of a commit below some paths, else below the current folder."""
    for path in paths:
        if not _places(commit, [path]) and not _places(base.commit, [path]):
            raise CostcalcError(f"{path} is in neither of the two commits")
    now = [*paths, *_renamed(base, paths)]
    for place in _places(commit, now if paths else []):
        text = commit.read(place)
        path = base.path_of(place)
        if text is not None and place.endswith(ENDINGS) and is_network(text, path):
            yield Candidate(path, text)


def _places(commit: Commit, paths: Sequence[str]) -> list[str]:
    """The files of a commit that are named, are in folders that are, or are matched by globs."""
    found: dict[str, None] = {}
    for path in paths or ["."]:
        place = commit.repository.relative(path)
        if place is None:
            raise CostcalcError(f"{path} is outside of the repository")
        below = list(commit.files(place))
        if not below and commit.read(place) is not None:
            below = [place]
        elif not below and set(path) & MAGIC:
            below = [one for one in commit.files() if matches(place, one)]
        found.update(dict.fromkeys(below))
    return list(found)


def _removed(sides: Sides, known: set[str]) -> Iterator[str]:
    """The places of YAML files that are only on the base."""
    assert sides.base is not None
    gone = sides.base.gone - known
    if gone:
        yield from (place for place in _places(sides.base.commit, sides.paths) if place in gone)


def diff(
    *arguments: str,
    variant: str | None = None,
    alpha: str | Fraction | None = None,
    rho: str | Fraction | None = None,
    resolution: str | None = None,
    convention: str | None = None,
    fold_batch_norm: bool = False,
) -> list[Compared]:
    """What differs between two files, or between commits: see `read_sides`.

    Each network's `difference` has `totals`, before and after by metric, and `changes`.
    Raises CostcalcError where anything is wrong.
    """
    if not arguments:
        raise CostcalcError("name two files, or a git ref")
    setting = read_setting(
        Setting(variant, accounting=accounting(convention, fold_batch_norm)),
        *(alpha, rho, resolution),
    )
    return list(compare(read_sides(arguments), setting))
