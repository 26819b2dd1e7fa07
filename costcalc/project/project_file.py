"""Read `costcalc.yaml`: the budgets of a project, by globs relative to the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from costcalc.errors import CostcalcError, Faults, Problems, nearest
from costcalc.importers.formats import ALL_FORMATS
from costcalc.language.files import read_text
from costcalc.language.includes import boundary, inside
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    problem,
)
from costcalc.metrics import METRICS
from costcalc.project.discovery import ENDINGS, expand, files_below
from costcalc.project.limits import Limit, LimitReader
from costcalc.project.location import PROJECT_FILE, read_convention, upward
from costcalc.vcs.base_ref import check_ref

_KEYS = ("version", "base", "convention", "formats", "budgets")
_BUDGET_KEYS = ("match", "message", "limits")


class Budget:
    """Limits, and the files that they hold for."""

    def __init__(self, files: list[str], limits: list[Limit]) -> None:
        self.files = files
        """Paths relative to the current folder, in order."""
        self.limits = limits
        self.absolute = frozenset(map(os.path.abspath, files))


class Project:
    """One project file. Raises Problems where it is faulty."""

    def __init__(self, path: str, text: str | None = None) -> None:
        """text: what is in it, where that is not what is on disk."""
        self.path = path
        self.folder = os.path.dirname(path)
        self.base: str | None = None
        self.budgets: list[Budget] = []
        self.found = Faults()
        root = compose(read_text(path) if text is None else text, path, self.found, "project")
        parts = entries(path, root, "a project file", self.found)
        for name, (key, _) in parts.items():
            if name not in _KEYS:
                self._fail(key, f"unknown key '{name}' in a project file", nearest(name, _KEYS))
        self._read_version(root, parts)
        if "base" in parts:
            self._read_base(parts["base"][1])
        self._reader = LimitReader(path, self.found)
        if "convention" in parts:
            stated = parts["convention"][1]
            self._reader.convention = read_convention(path, stated, self.found)
        self.convention = self._reader.convention
        self.formats = self._read_formats(parts["formats"][1]) if "formats" in parts else None
        """The formats of networks that are looked for beside the network language; None is all."""
        node = parts["budgets"][1] if "budgets" in parts else None
        if node is not None and not is_empty(node):
            if isinstance(node, SequenceNode):
                for child in node.value:
                    self._read_budget(child)
            else:
                self._fail(node, "budgets must be a list", "- match: configs/*.yaml")
        if self.found:
            raise Problems(self.found)

    @property
    def asks_for_base(self) -> bool:
        return any(limit.growth for budget in self.budgets for limit in budget.limits)

    def files(self) -> list[str]:
        """List the files that its globs match, in order, each once."""
        return list(dict.fromkeys(path for budget in self.budgets for path in budget.files))

    def limits_of(self, path: str) -> Iterator[Limit]:
        absolute = os.path.abspath(path)
        for budget in self.budgets:
            if absolute in budget.absolute:
                yield from budget.limits

    def _hint(self, pattern: str) -> str:
        """Suggest the nearest file for a glob that matches nothing, and say how globs work."""
        below = (path for path in files_below(self.folder or ".") if path.endswith(ENDINGS))
        names = [os.path.relpath(path, self.folder or ".") for path in islice(below, 1000)]
        near = nearest(pattern, names, 0.85)
        rule = f"globs are relative to {self.folder or 'the folder of this file'}"
        return f"{f'{near} ' if near else ''}{rule}; ** stands for any folders"

    def _fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def _read_version(self, root: YamlNode, parts: Entries) -> None:
        if "version" not in parts:
            self._fail(root, "a project file begins with version: 1")
        elif getattr(parts["version"][1], "value", None) != "1":
            self._fail(parts["version"][1], "this costcalc knows version 1 of project files")

    def _read_base(self, node: YamlNode) -> None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            self._fail(node, "base must be a git ref, auto or none")
            return
        try:
            check_ref(node.value)
        except CostcalcError as error:
            self._fail(node, error.message, error.hint)
        self.base = str(node.value)

    def _read_formats(self, node: YamlNode) -> list[str]:
        known = [one.name for one in ALL_FORMATS]
        names = [] if is_empty(node) else node.value if isinstance(node, SequenceNode) else [node]
        for name in names:
            if not isinstance(name, ScalarNode) or name.value not in known:
                shown = name.value if isinstance(name, ScalarNode) else "a list"
                hint = nearest(str(shown), known) or f"known are {', '.join(known)}"
                self._fail(name, f"unknown format '{shown}'", hint)
        return [str(name.value) for name in names]

    def _read_budget(self, node: YamlNode) -> None:
        parts = entries(self.path, node, "a budget", self.found)
        for name, (key, _) in parts.items():
            if name not in _BUDGET_KEYS:
                hint = None if name in METRICS else nearest(name, _BUDGET_KEYS)
                hint = hint or "metrics stand under limits"
                self._fail(key, f"unknown key '{name}' in a budget", hint)
        for name in ("match", "limits"):
            if name not in parts:
                self._fail(node, f"a budget needs the key '{name}'")
        message = parts["message"][1] if "message" in parts else None
        if message is not None and not isinstance(message, ScalarNode):
            self._fail(message, "message must be a text")
        text = str(message.value) if isinstance(message, ScalarNode) else None
        limits = self._reader.read(parts["limits"][1], None, text) if "limits" in parts else []
        if "limits" in parts and not limits and not self.found:
            self._fail(parts["limits"][1], "there is no limit", "limits: {macs: 600M}")
        files = self._match(parts["match"][1]) if "match" in parts else []
        self.budgets.append(Budget(files, limits))

    def _match(self, node: YamlNode) -> list[str]:
        found: dict[str, None] = {}
        patterns = node.value if isinstance(node, SequenceNode) and node.value else [node]
        for pattern in patterns:
            if not isinstance(pattern, ScalarNode) or is_empty(pattern):
                self._fail(pattern, "match must be a glob, or a list of globs")
                continue
            if _leads_out(pattern.value):
                self._fail(
                    pattern,
                    f"'{pattern.value}' is not below the folder of this file",
                    "a costcalc.yaml holds for files below its folder: move it further up",
                )
                continue
            matched = [
                path for path in expand(self.folder, pattern.value) if path.endswith(ENDINGS)
            ]
            if not matched:
                self._fail(
                    pattern,
                    f"'{pattern.value}' matches no network file",
                    self._hint(pattern.value),
                )
            found.update((os.path.relpath(path), None) for path in matched)
        return list(found)


def _leads_out(pattern: str) -> bool:
    """Whether a glob leads out of the folder that it starts from."""
    return os.path.isabs(pattern) or os.path.normpath(pattern).split(os.sep)[0] == ".."


class Projects:
    """Finds the project files around networks, and reads each once."""

    def __init__(self) -> None:
        self._read: dict[str, Project | None] = {}
        self._around: dict[str, list[Project]] = {}

    def here(self) -> Project | None:
        """Return the nearest project file from the current folder upward."""
        return next(iter(self._upward(os.getcwd())), None)

    def around(self, path: str) -> list[Project]:
        """Return the project files of a file's folder and of all above it, the nearest first."""
        folder = os.path.dirname(path)
        if folder not in self._around:
            self._around[folder] = list(self._upward(os.path.abspath(folder)))
        return self._around[folder]

    def below(self, project: Project) -> list[Project]:
        """Return a project and those in folders below it."""
        inner = [
            self._project(path)
            for path in files_below(project.folder or ".")
            if os.path.basename(path) == PROJECT_FILE
        ]
        return list(dict.fromkeys([project, *filter(None, inner)]))

    def _upward(self, folder: str) -> Iterator[Project]:
        for path in upward(folder):
            project = self._project(os.path.relpath(path))
            if project is not None:
                yield project

    def _project(self, path: str) -> Project | None:
        path = os.path.normpath(path)
        if path not in self._read:
            self._read[path] = None  # so that a faulty file is reported once
            if os.path.lexists(path):
                inside(path, boundary(os.path.dirname(path)))
                self._read[path] = Project(path)
        return self._read[path]
