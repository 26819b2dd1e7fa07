"""The commits that the networks of a run are compared with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from costcalc.budgets.result import Checked, Options
from costcalc.changes.revision import FormerNetwork, LoadedNetwork, Revision
from costcalc.errors import CostcalcError
from costcalc.language.files import repository_top
from costcalc.language.library import configs_folder
from costcalc.project.discovery import is_network, matches
from costcalc.project.limits import Limit
from costcalc.project.project_file import Projects
from costcalc.vcs.base_ref import NONE, find_base
from costcalc.vcs.git import Repository
from costcalc.vcs.git_process import BaseError

DEFAULT_BASE = "auto"


class ComparisonBase:
    """Finds the base of each network once an option, a project file or a limit asks for one.

    Which one it is depends on the network and on the options alone, and not on the current folder:
    the one of the option, else of the nearest project file around the network, else `auto`.
    """

    def __init__(self, options: Options, projects: Projects) -> None:
        self.options = options
        self.projects = projects
        self.is_wanted = False
        """Whether any network asked for a base: then all have one."""
        self.notes: list[str] = []
        self._around: dict[str, Repository] = {}
        """The repository by a folder in it."""
        self._repositories: dict[str, Repository] = {}
        """By its top."""
        self._found: dict[tuple[str, str], Revision | None] = {}
        """By the top of the repository and the ref; None where --if-no-base skipped it."""

    @property
    def revisions(self) -> list[Revision]:
        return [revision for revision in self._found.values() if revision is not None]

    @property
    def commit(self) -> str | None:
        """The commit that all networks were compared with, if it is one."""
        commits = {revision.commit.sha for revision in self.revisions}
        return commits.pop() if len(commits) == 1 else None

    def want(self, path: str, limits: Iterable[Limit]) -> None:
        """Note whether a network with these limits asks for a base."""
        options = self.options
        if options.base is None and options.baseline is not None:
            return
        self.is_wanted = (
            self.is_wanted
            or options.base is not None
            or any(limit.growth for limit in limits)
            or any(
                project.base is not None or project.asks_for_base
                for project in self.projects.around(path)
            )
        )

    def of(self, path: str) -> Revision | None:
        """The base of a network; None where none is wanted, and where there is none."""
        if not self.is_wanted:
            return None
        ref, folder = self._stated(path)
        if ref == NONE:
            return None
        try:
            repository = self._repository_of(path, folder)
            key = repository.top, ref
            if key not in self._found:
                self._found[key] = None
                self._found[key] = Revision(find_base(repository, ref))
            return self._found[key]
        except BaseError as error:
            if self.options.if_no_base != "skip":
                raise
            note = f"no base: {error.message}"
            if note not in self.notes:
                self.notes.append(note)
            return None

    def _stated(self, path: str) -> tuple[str, str | None]:
        """The ref of a network's base, and the folder of the project file that states it."""
        if self.options.base is not None:
            return self.options.base, None
        for project in self.projects.around(path):
            if project.base is not None:
                return project.base, project.folder
        return DEFAULT_BASE, None

    def _repository_of(self, path: str, stated_in: str | None) -> Repository:
        """The repository whose commits a ref means.

        It is the one around the project file that states the ref. Else it is the one of the
        current folder if it holds the network, also in a submodule, and else the network's own.
        """
        if stated_in is not None:
            return self._repository(stated_in)
        folder = os.path.dirname(os.path.abspath(path))
        own = None if folder == configs_folder() else repository_top(os.path.realpath(folder))
        if own is not None and repository_top(os.getcwd()) is None:
            return self._repository(own)
        here = self._repository(os.getcwd())
        return here if own is None or here.relative(path) is not None else self._repository(own)

    def _repository(self, folder: str) -> Repository:
        """The repository around a folder; folders of one share it."""
        if folder not in self._around:
            found = Repository.around(folder)
            self._around[folder] = self._repositories.setdefault(found.top, found)
        return self._around[folder]

    def require(self) -> None:
        """Refuse --only-regressions where there is nothing to compare with."""
        options = self.options
        if not options.only_regressions or options.baseline is not None or self.revisions:
            return
        if options.if_no_base == "skip" and (self.notes or not self.is_wanted):
            return
        raise CostcalcError(
            "--only-regressions compares with a base, and there is none",
            hint="--base auto, base: in costcalc.yaml, or --baseline FILE",
        )

    def former(self, loaded: LoadedNetwork) -> FormerNetwork:
        """A network as it was on its base."""
        revision = self.of(loaded.file.path)
        if revision is None:
            return FormerNetwork(None)
        try:
            return revision.former(loaded)
        except BaseError as error:
            if self.options.if_no_base != "skip":
                raise
            return FormerNetwork(None, fault=f"no base: {error.message}")

    def removed(self, arguments: Iterable[str], networks: Sequence[Checked]) -> list[str]:
        """The networks of the bases that are gone from the places where networks are looked for."""
        renamed = {network.renamed for network in networks}
        return [path for base in self.revisions for path in self._removed(base, arguments, renamed)]

    def _removed(
        self, base: Revision, arguments: Iterable[str], renamed: set[str | None]
    ) -> Iterable[str]:
        repository = base.commit.repository
        places = [place for place in map(repository.relative, arguments) if place is not None]
        for place in sorted(base.gone - renamed):
            path = base.path_of(place)
            if any(_contains(one, place) for one in places) and self.of(path) is base:
                text = base.commit.read(place)
                if text is not None and is_network(text, path):
                    yield path

    def close(self) -> None:
        for repository in self._repositories.values():
            repository.close()


def _contains(place: str, path: str) -> bool:
    """Whether a path is a place (a file, a folder, a glob) or lies in it."""
    return place in (".", path) or path.startswith(f"{place}/") or matches(place, path)
