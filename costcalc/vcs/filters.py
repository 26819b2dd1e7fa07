"""Name the filter that git would run on a file on its way to the working tree. None is run."""

from __future__ import annotations

import os
from functools import cached_property

from costcalc.vcs.git_process import run_git

_COMMANDS = r"^filter\..*\.(clean|smudge|process)$"


class Filters:
    """The filters of a working tree: those that its attributes name and its settings define."""

    def __init__(self, top: str) -> None:
        self._top = top

    @cached_property
    def _defined(self) -> frozenset[bytes]:
        _, out, _ = run_git(self._top, "config", "-z", "--get-regexp", _COMMANDS)
        keys = (line.partition(b"\n")[0] for line in out.split(b"\0") if line)
        return frozenset(key[len(b"filter.") : key.rindex(b".")] for key in keys)

    def of(self, place: str) -> str | None:
        """Return the name of the filter of a path from the top; None where there is none."""
        if not self._defined:
            return None
        asked = os.fsencode(place) + b"\0"
        _, out, _ = run_git(self._top, "check-attr", "-z", "--stdin", "filter", given=asked)
        value = out.split(b"\0")[2:3]  # path, attribute, value
        return os.fsdecode(value[0]) if value and value[0] in self._defined else None
