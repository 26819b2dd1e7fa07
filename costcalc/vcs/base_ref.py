"""What networks are compared with: a commit that is named, or found from where this runs."""

from __future__ import annotations

import os

from costcalc.errors import CostcalcError
from costcalc.vcs.git import SHALLOW, WHOLE, Commit, Repository
from costcalc.vcs.git_process import BaseError

NONE, AUTO = "none", "auto"
_WHOLE = f"{WHOLE}; or name the base: --base REF"


def find_base(repository: Repository, ref: str) -> Commit:
    """The commit that a ref names exactly, or with `auto` the one that this change is against.

    auto is, in this order: the first parent of the merge commit that a pull request is tested at;
    CI_MERGE_REQUEST_DIFF_BASE_SHA; on the default branch the commit before; else where this branch
    left the default branch. BaseError, with what to do, where it cannot be had.
    """
    return repository.commit(ref) if ref != AUTO else _auto(repository)


def _auto(repository: Repository) -> Commit:
    head = repository.resolve("HEAD")
    if head is None:
        raise BaseError("the repository has no commit yet: there is no base")
    branch = repository.branch()
    if _tests_a_merge(repository, head, branch):
        return _before(repository, head)
    named = os.environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")
    if named:
        return repository.commit(named)
    name, tip = _default_branch(repository)
    own = branch or os.environ.get("CI_COMMIT_BRANCH")
    if own == name.removeprefix("origin/"):
        return _before(repository, head)
    base = repository.merge_base(head, tip)
    if base == head and own is None:  # on no branch, and the default branch went through it
        return _before(repository, head)
    if base is None or repository.resolve(base) is None:
        raise BaseError(
            f"git finds no commit that HEAD and {name} come from",
            hint=_WHOLE,
        )
    return Commit(repository, base)


def _tests_a_merge(repository: Repository, head: str, branch: str | None) -> bool:
    """Whether HEAD is the merge of a pull request that CI made to test it.

    It is not where the default branch was merged into the request's own.
    """
    parents = repository.parents(head)
    if len(parents) != 2:
        return False
    told = os.environ.get
    event = told("GITHUB_EVENT_NAME", "")
    if event == "pull_request" and told("GITHUB_SHA"):
        return told("GITHUB_SHA") == head
    if branch is not None or told("CI_COMMIT_BRANCH"):
        of_request = told("GITHUB_REF", "").startswith("refs/pull/")
        return of_request or event.startswith("pull_request")
    if told("CI_MERGE_REQUEST_EVENT_TYPE") == "detached":  # as GitLab calls the request's own
        return False
    default = _known_default(repository)
    return default is None or repository.merge_base(parents[1], default[1]) != parents[1]


def _before(repository: Repository, head: str) -> Commit:
    parents = repository.parents(head)
    if not parents:
        raise BaseError(
            "HEAD is the first commit: nothing was before it",
            hint="--if-no-base skip goes without a base",
        )
    if repository.resolve(parents[0]) is None:
        raise BaseError("the clone is shallow: it lacks the commit before HEAD", hint=SHALLOW)
    return Commit(repository, parents[0])


def _default_branch(repository: Repository) -> tuple[str, str]:
    """The default branch and its commit; BaseError where neither remote nor CI says it."""
    known = _known_default(repository)
    if known is not None:
        return known
    raise BaseError(
        "git knows no default branch here: neither origin's, nor main or master",
        hint=_WHOLE if repository.is_shallow else "name the base: --base REF",
    )


def _known_default(repository: Repository) -> tuple[str, str] | None:
    """The default branch as the remote says, as CI says, or by its usual names."""
    names = [repository.remote_head()]
    for variable in ("GITHUB_BASE_REF", "CI_DEFAULT_BRANCH"):
        told = os.environ.get(variable)
        names += [f"origin/{told}", told] if told else []
    names += ["origin/main", "origin/master", "main", "master"]
    for name in names:
        sha = repository.resolve(name) if name else None
        if name and sha:
            return name, sha
    return None


def check_ref(ref: str) -> None:
    """Refuse what can be no ref before anything is computed."""
    if not ref or ref.startswith("-"):
        raise CostcalcError(
            f"'{ref}' is no git ref", hint="a commit, a branch, a tag, auto or none"
        )
