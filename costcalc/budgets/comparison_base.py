"""The commit that the networks of a run are compared with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from costcalc.budgets.result import Checked, Options
from costcalc.changes.revision import FormerNetwork, LoadedNetwork, Revision
from costcalc.errors import CostcalcError
from costcalc.project.discovery import is_network, matches
from costcalc.project.project_file import Project, Projects
from costcalc.vcs.base_ref import NONE, find_base
from costcalc.vcs.git import Repository
from costcalc.vcs.git_process import BaseError

DEFAULT_BASE = "auto"


class ComparisonBase:
    """Finds the base when the first option, project file or limit of growth asks for it."""

    def __init__(self, options: Options, projects: Projects) -> None:
        self.options = options
        self.projects = projects
        self.base: Revision | None = None
        """None before it is found, and where there is none."""
        self.notes: list[str] = []
        self._searched = False

    @property
    def commit(self) -> str | None:
        return self.base.commit.sha if self.base else None

    def is_wanted(self) -> bool:
        """Whether a base is asked for before any network is read."""
        options = self.options
        if options.base is not None:
            return True
        if options.baseline is not None:
            return False
        asked = any(own.base is not None or own.asks_for_base for own in self._project_files())
        return asked or any(limit.growth for limit in options.limits)

    def find(self) -> None:
        """Find it once: the one of the option, else of the project file, else `auto`."""
        options = self.options
        if self._searched or (options.base is None and options.baseline is not None):
            return
        self._searched = True
        stated = (project.base for project in self._project_files() if project.base is not None)
        ref = options.base or next(stated, None) or DEFAULT_BASE
        if ref == NONE:
            self.require()
            return
        try:
            self.base = Revision(find_base(Repository.around(os.getcwd()), ref))
        except BaseError as error:
            if options.if_no_base != "skip":
                raise
            self.notes.append(f"no base: {error.message}")

    def require(self) -> None:
        """Refuse --only-regressions where there is nothing to compare with."""
        if self.options.only_regressions and self.base is None and self.options.baseline is None:
            raise CostcalcError(
                "--only-regressions compares with a base, and there is none",
                hint="--base auto, base: in costcalc.yaml, or --baseline FILE",
            )

    def _project_files(self) -> list[Project]:
        """Those of the current folder and of all above it."""
        return self.projects.around(os.path.join(os.getcwd(), "any.yaml"))

    def former(self, loaded: LoadedNetwork) -> FormerNetwork:
        """A network as it was on the base."""
        if self.base is None:
            return FormerNetwork(None)
        try:
            return self.base.former(loaded)
        except BaseError as error:
            if self.options.if_no_base != "skip":
                raise
            return FormerNetwork(None, fault=f"no base: {error.message}")

    def is_new(self, former: FormerNetwork) -> bool:
        """Whether a network is not on the base."""
        return self.base is not None and former.fault is None and former.file is None

    def removed(self, arguments: Iterable[str], networks: Sequence[Checked]) -> list[str]:
        """The networks of the base that are gone from the places where networks are looked for."""
        if self.base is None:
            return []
        base, top = self.base, self.base.commit.repository
        places = [place for place in map(top.relative, arguments) if place is not None]
        renamed = {network.renamed for network in networks}
        removed = []
        for path in sorted(base.gone - renamed):
            if any(_contains(place, path) for place in places):
                text = base.commit.read(path)
                if text is not None and is_network(text, path):
                    removed.append(base.path_of(path))
        return removed

    def close(self) -> None:
        if self.base is not None:
            self.base.commit.repository.close()


def _contains(place: str, path: str) -> bool:
    """Whether a path is a place (a file, a folder, a glob) or lies in it."""
    return place in (".", path) or path.startswith(f"{place}/") or matches(place, path)
