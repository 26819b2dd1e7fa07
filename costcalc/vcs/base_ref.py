"""Find the commit to compare with: a named one, or the one that a change is based on."""

from __future__ import annotations

import os

from costcalc.errors import CostcalcError
from costcalc.vcs.git import SHALLOW, WHOLE, Commit, Repository
from costcalc.vcs.git_process import BaseError

NONE, AUTO = "none", "auto"
_WHOLE = f"{WHOLE}; or name the base: --base REF"


def find_base(repository: Repository, ref: str) -> Commit:
    """Return the commit that a ref names, or for `auto` the one that this change is based on.

    auto is, in this order: the first parent of the merge commit that CI tests a pull request at;
    CI_MERGE_REQUEST_DIFF_BASE_SHA; on the default branch, the commit before; else the commit where
    this branch left the default branch. Raises BaseError, with advice, where there is none.
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
    if base == head and own is None:  # detached, and the default branch contains it
        return _before(repository, head)
    if base is None or repository.resolve(base) is None:
        raise BaseError(
            f"git finds no commit that HEAD and {name} come from",
            hint=_WHOLE,
        )
    return Commit(repository, base)


def _tests_a_merge(repository: Repository, head: str, branch: str | None) -> bool:
    """Whether HEAD is a merge commit that CI made to test a pull request.

    A merge of the default branch into the request's branch is not.
    """
    parents = repository.parents(head)
    if len(parents) != 2:
        return False
    env = os.environ.get
    event = env("GITHUB_EVENT_NAME", "")
    if event == "pull_request" and env("GITHUB_SHA"):
        return env("GITHUB_SHA") == head
    if branch is not None or env("CI_COMMIT_BRANCH"):
        of_request = env("GITHUB_REF", "").startswith("refs/pull/")
        return of_request or event.startswith("pull_request")
    if (
        env("CI_MERGE_REQUEST_EVENT_TYPE") == "detached"
    ):  # GitLab's word for a pipeline on the request's own branch
        return False
    default = _known_default(repository)
    return default is None or repository.merge_base(parents[1], default[1]) != parents[1]


def _before(repository: Repository, head: str) -> Commit:
    parents = repository.parents(head)
    if not parents:
        raise BaseError(
            "HEAD is the first commit, so there is no commit to compare with",
            hint="--if-no-base skip checks without a base",
        )
    if repository.resolve(parents[0]) is None:
        raise BaseError("the clone is shallow: it lacks the commit before HEAD", hint=SHALLOW)
    return Commit(repository, parents[0])


def _default_branch(repository: Repository) -> tuple[str, str]:
    """Return the default branch and its commit. Raises BaseError where neither is known."""
    known = _known_default(repository)
    if known is not None:
        return known
    raise BaseError(
        "git knows no default branch here: neither origin's, nor main or master",
        hint=_WHOLE if repository.is_shallow else "name the base: --base REF",
    )


def _known_default(repository: Repository) -> tuple[str, str] | None:
    """Return the default branch as the remote names it, as CI names it, or by its usual names."""
    names = [repository.remote_head()]
    for variable in ("GITHUB_BASE_REF", "CI_DEFAULT_BRANCH"):
        branch = os.environ.get(variable)
        names += [f"origin/{branch}", branch] if branch else []
    names += ["origin/main", "origin/master", "main", "master"]
    for name in names:
        sha = repository.resolve(name) if name else None
        if name and sha:
            return name, sha
    return None


def check_ref(ref: str) -> None:
    """Refuse what cannot be a ref, before anything is computed."""
    if not ref or ref.startswith("-"):
        raise CostcalcError(
            f"'{ref}' is not a git ref", hint="a commit, a branch, a tag, auto or none"
        )
