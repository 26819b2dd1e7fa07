"""Find the top of the repository around a folder, and refuse what a stranger may have planted."""

from __future__ import annotations

import os
import re

from costcalc.language.files import repository_top
from costcalc.text import escaped
from costcalc.vcs.git_process import BaseError, run_git, said


def find_top(folder: str) -> str:
    """Return the top of the working tree around a folder. Raises BaseError where there is none.

    A bare repository is refused: its files can be committed to another repository as a folder, and
    its configuration with them. So is a core.worktree that names another folder than the one
    around `.git`.
    """
    here = os.path.realpath(folder)
    top = repository_top(here)
    bare = _bare_repository(here, top)
    if bare is not None:
        raise BaseError(
            f"{escaped(bare)} is a bare repository, whose configuration may come from anybody",
            hint="run costcalc in a working tree, or name no base: --base none",
        )
    code, out, error = run_git(folder, "rev-parse", "--show-toplevel")
    if code:
        raise _no_repository(folder, error)
    found = os.path.realpath(os.fsdecode(out.rstrip(b"\n")))
    if found != top:
        raise BaseError(
            f"git takes {escaped(found)} for the working tree of {escaped(top or here)}",
            hint="git config --unset core.worktree",
        )
    return found


def _bare_repository(folder: str, top: str | None) -> str | None:
    """Return the nearest folder from one up to the top that git would take for a repository."""
    while folder != top:
        has = {name for name in _PARTS if os.path.lexists(os.path.join(folder, name))}
        if "HEAD" in has and ("commondir" in has or {"objects", "refs"} <= has):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return None


_PARTS = ("HEAD", "commondir", "objects", "refs")


def _no_repository(folder: str, error: bytes) -> BaseError:
    where = escaped(os.path.abspath(folder or "."))
    hint = None
    owned = re.search(rb"dubious ownership in repository at '(.*)'", error)
    if owned:  # git names the top of the repository, which may be above the folder
        top = escaped(os.fsdecode(owned[1]))
        hint = f"git config --global --add safe.directory {top}"
    reason = said(error)
    why = "" if reason.startswith("not a git repository") else f": {reason}"  # which says it again
    return BaseError(f"{where} is in no git repository{why}", hint=hint)
