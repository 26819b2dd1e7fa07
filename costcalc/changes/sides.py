"""The two sides of a comparison: which networks, files and commits the arguments name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.changes.revision import Revision, content_in
from costcalc.errors import CostcalcError
from costcalc.language.files import read_text
from costcalc.language.lookup import find
from costcalc.project.discovery import ENDINGS, MAGIC, Candidate, Discovery, is_network, matches
from costcalc.project.project_file import Projects
from costcalc.vcs.git import Commit, Repository
from costcalc.vcs.git_process import BaseError

WORKING_TREE = "working tree"


class Sides(NamedTuple):
    """Two networks; or with a base, the networks of a commit and of a later state."""

    old: str
    new: str
    base: Revision | None = None
    paths: Sequence[str] = ()


def read_sides(arguments: Sequence[str]) -> Sides:
    """Read `NET NET`, `REF [FILES]`, `REF1 REF2 [FILES]` or `REF1..REF2 [FILES]`.

    An argument is a file if there is one, else a git ref if git knows it, else a shipped network
    or a variant. Raises CostcalcError where it is none of them.
    """
    first, *rest = arguments
    is_file = _is_file(first)
    if is_file and len(rest) == 1 and _is_file(rest[0]):
        return Sides(first, rest[0])
    if is_file and len(rest) != 1:
        raise _lone(first)
    try:
        repository = Repository.around(os.getcwd())
    except BaseError as error:
        no_commit = f"nor is it a commit: {error.message}"
        if len(rest) == 1 and _are_networks(arguments, None, no_commit):
            return Sides(first, rest[0])
        _refuse_missing(arguments[:2])
        if not rest and _names_network(first):
            raise _lone(first) from None
        error.hint = error.hint or "without git, two networks can be compared: costcalc diff A B"
        raise
    try:
        return _read_in(repository, first, rest)
    except CostcalcError:
        repository.close()
        raise


def _read_in(repository: Repository, first: str, rest: Sequence[str]) -> Sides:
    """Read arguments in a repository, whose refs some of them may be."""
    no_commit = "nor is it a commit that git knows"
    if len(rest) == 1 and _are_networks([first, *rest], repository, no_commit):
        return Sides(first, rest[0])
    if _is_file(first) or (rest and os.path.isdir(first) and not repository.resolve(first)):
        return _since(repository, rest[0], None, [first, *rest[1:]])
    old, dots, new = first.partition("..")
    if dots and not new.startswith((".", "/")):
        return _since(repository, old or "HEAD", new or "HEAD", rest)
    if rest and not os.path.exists(rest[0]) and repository.resolve(rest[0]):
        return _since(repository, first, rest[0], rest[1:])
    return _since(repository, first, None, rest)


def _is_file(net: str) -> bool:
    """Whether a path names a file, or FILE:VARIANT one of its variants."""
    return os.path.isfile(net) or os.path.isfile(net.rpartition(":")[0])


def _are_networks(nets: Sequence[str], repository: Repository | None, no_commit: str) -> bool:
    """Whether both arguments name networks, and neither names a commit.

    Raises CostcalcError where one names a network and the other nothing; `no_commit` says that it
    is no commit.
    """
    missing: list[CostcalcError] = []
    for net in nets:
        if _is_file(net):
            continue
        if repository is not None and (".." in net or repository.resolve(net)):
            return False
        try:
            find(net)
        except CostcalcError as error:
            missing.append(error)
    if len(missing) == 1:
        missing[0].notes.append(no_commit)
        raise missing[0]
    return not missing


def _names_network(net: str) -> bool:
    try:
        find(net)
    except CostcalcError:
        return False
    return True


def _lone(net: str) -> CostcalcError:
    return CostcalcError(
        f"{net} is a network: name one other network to compare it with",
        hint="costcalc diff A.yaml B.yaml, or costcalc diff REF [FILES]",
    )


def _refuse_missing(arguments: Sequence[str]) -> None:
    """Report a missing file where an argument that is no git ref ends like a file."""
    for argument in arguments:
        if argument.endswith(ENDINGS) and not os.path.exists(argument):
            read_text(argument)  # raises, with the nearest file as a hint


def _since(repository: Repository, old: str, new: str | None, paths: Sequence[str]) -> Sides:
    try:
        before = repository.commit(old)
        after = None if new is None else repository.commit(new)
    except BaseError:
        _refuse_missing([old, new or old])
        if new is None and not paths and _names_network(old):
            raise _lone(old) from None
        raise
    shown = WORKING_TREE if after is None else after.sha
    return Sides(before.sha, shown, Revision(before, after), paths)


def candidates(
    base: Revision, paths: Sequence[str], variant: str | None = None
) -> Iterator[Candidate]:
    """The networks to compare with the base: those of the paths, else of the project or folder.

    variant: the one that is named for all of them.
    """
    if base.new is not None:
        for candidate in _in_commit(base, base.new, paths):
            yield candidate._replace(variant=variant)
        return
    discovery = Discovery(variant)
    if paths:
        # A file that is named may have been deleted: `removed` has it then.
        here = [path for path in paths if not _is_deleted(base, path)]
        yield from discovery.networks([*here, *_renamed(base, paths)])
        return
    project = Projects().here()
    if project is not None and project.budgets:
        yield from discovery.among(project.files(), project.folder, project.formats)
    else:
        yield from discovery.networks(["."])


def removed(base: Revision, paths: Sequence[str], renamed: set[str]) -> Iterator[str]:
    """The YAML files below the paths that only the base has, those that were renamed left out.

    Files are named from the top of the repository.
    """
    gone = base.gone - renamed
    if gone:
        yield from (place for place in _places(base.commit, paths) if place in gone)


def _is_deleted(base: Revision, path: str) -> bool:
    """Whether the base has a file at a path, and the working tree has none."""
    place = base.commit.repository.relative(path)
    return not os.path.exists(path) and place is not None and base.commit.read(place) is not None


def _renamed(base: Revision, paths: Sequence[str]) -> list[str]:
    """The new paths of files that are named by their old ones."""
    places = {base.commit.repository.relative(path) for path in paths}
    renamed = base.changes.renamed.items() if places else ()
    return [base.path_of(new) for new, old in renamed if old in places]


def _in_commit(base: Revision, commit: Commit, paths: Sequence[str]) -> Iterator[Candidate]:
    """The networks of a commit below some paths, else below the current folder."""
    for path in paths:
        if not _places(commit, [path]) and not _places(base.commit, [path]):
            raise CostcalcError(f"{path} is in neither of the two commits")
    now = [*paths, *_renamed(base, paths)]
    for place in _places(commit, now if paths else []):
        if not place.endswith(ENDINGS):
            continue
        content = content_in(commit, place)
        path = base.path_of(place)
        if content is not None and is_network(content, path):
            yield Candidate(path, content)


def _places(commit: Commit, paths: Sequence[str]) -> list[str]:
    """The files of a commit at some paths: files, files below folders, and matches of globs."""
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
