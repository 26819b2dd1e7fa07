"""Find the files that are networks: named ones, those in folders, and matches of globs."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.importers.content import network_content
from costcalc.importers.formats import ALL_FORMATS, Content, format_of
from costcalc.language.files import repository_top
from costcalc.language.includes import boundary, inside, is_below
from costcalc.language.library import LIBRARY, SHIPPED, shown_path
from costcalc.language.lookup import find
from costcalc.language.yaml_nodes import has_key
from costcalc.project.location import PROJECT_FILE

YAML = (".yaml", ".yml")
ENDINGS = tuple(dict.fromkeys((*YAML, *(end for one in ALL_FORMATS for end in one.suffixes))))
"""Of files that may be networks, in folders and globs; a file that is named may have any."""
MAGIC = frozenset("*?[")
_LEFT_OUT = frozenset(("node_modules", "__pycache__", "site-packages"))
MAX_FILES = 1_000_000
# A key of a network at the start of a line shows that a file is one, without parsing it.
_NETWORK = re.compile(r"^(?:layers|input)[ \t]*:(?:\s|$)", re.MULTILINE)


class Candidate(NamedTuple):
    """A file that is read as a network."""

    path: str
    content: Content
    variant: str | None = None
    """The variant that was named."""


class Discovery:
    """Finds the networks that arguments name, each once, and lists the files that it skips.

    variant: the one that is named for all of them.
    """

    def __init__(self, variant: str | None = None) -> None:
        self.variant = variant
        self.skipped: list[str] = []
        """YAML files in folders and globs that are not networks."""
        self._seen: set[tuple[str, str | None]] = set()
        self._inside: dict[tuple[str, str], bool] = {}

    def networks(self, arguments: Iterable[str]) -> Iterator[Candidate]:
        """Yield every file that is named, and of folders and globs those that are networks.

        Raises CostcalcError where an argument names nothing.
        """
        for argument in arguments:
            if os.path.isdir(argument):
                yield from self.among(network_files(argument), argument)
            elif MAGIC & set(argument) and not os.path.exists(argument):
                found = [path for path in expand("", argument) if path.endswith(ENDINGS)]
                if not found:
                    raise CostcalcError(f"'{argument}' matches no network file")
                yield from self.among(found, _named_folder(argument))
            else:
                path, variant, _ = find(argument, self.variant)
                if self._is_new(path, variant):
                    yield Candidate(path, network_content(path), variant)

    def among(
        self, paths: Iterable[str], folder: str, formats: Collection[str] | None = None
    ) -> Iterator[Candidate]:
        """Yield the networks among the files found from a folder; other YAML files are skipped.

        formats: the only ones looked for beside the network language, by name; None is all.
        Raises CostcalcError where a link leads out of the folder's repository.
        """
        top = boundary(folder)
        for path in paths:
            if os.path.basename(path) == PROJECT_FILE or not self._is_new(path, self.variant):
                continue
            if os.path.islink(path) or not self._is_inside(os.path.dirname(path), top):
                inside(path, top)
            content = _content(path)
            if content is not None and is_network(content, path, formats):
                yield Candidate(path, content, self.variant)
            elif path.endswith(YAML):
                self.skipped.append(path)

    def _is_inside(self, folder: str, top: str) -> bool:
        """Tell whether a folder is one of the repository; most files lie in a few."""
        if (folder, top) not in self._inside:
            self._inside[folder, top] = is_below(os.path.realpath(folder), top)
        return self._inside[folder, top]

    def _is_new(self, path: str, variant: str | None) -> bool:
        key = os.path.abspath(path), variant
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new


def _named_folder(pattern: str) -> str:
    """Return the folder that a glob begins with, by its name."""
    parts = pattern.replace(os.sep, "/").split("/")
    magic = next(number for number, part in enumerate(parts) if MAGIC & set(part))
    return "/".join(parts[:magic]) or ("/" if pattern.startswith("/") else ".")


def _content(path: str) -> Content | None:
    """Read a file that was found; None where one of another ending than YAML cannot be read."""
    try:
        return network_content(path)
    except CostcalcError:
        if path.endswith(YAML):
            raise
        return None


def is_network(content: Content, path: str, formats: Collection[str] | None = None) -> bool:
    """Whether a file is a network: a YAML mapping with `layers` or `input`, or of another format.

    formats: the only ones that count, by name; None is all.
    """
    foreign = format_of(content)
    if foreign is not None or not isinstance(content, str):
        return foreign is not None and (formats is None or foreign.name in formats)
    text = content
    if not path.endswith(YAML) and os.path.splitext(path)[1] in ENDINGS:
        return False
    if _NETWORK.search(text):
        return path != LIBRARY
    if "layers" not in text and "input" not in text:
        return False
    return has_key(text, path, ("layers", "input"))


def network_files(folder: str) -> Iterator[str]:
    """Yield the files below a folder that may be networks, without hidden and linked folders."""
    for path in files_below(folder):
        if path.endswith(ENDINGS):
            yield path


def files_below(folder: str) -> Iterator[str]:
    count = 0
    for parent, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not _left_out(name))
        for name in sorted(files):
            path = os.path.normpath(os.path.join(parent, name))
            count += 1
            if count > MAX_FILES:
                raise CostcalcError(f"{folder} holds more than {MAX_FILES:,} files")
            if not name.startswith(".") and os.path.isfile(path):
                yield path


def _left_out(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT


def _unreadable(error: OSError) -> None:
    raise CostcalcError(f"cannot read {error.filename}: {error.strerror}")


def expand(folder: str, pattern: str) -> list[str]:
    """List the files that a glob matches below a folder, in order.

    `*` and `?` match within a name, `**` matches any folders; hidden names are not matched.
    """
    parts = [part for part in pattern.replace(os.sep, "/").split("/") if part not in ("", ".")]
    start = "/" if pattern.startswith("/") else folder or "."
    found: dict[str, None] = {}
    _expand(start, parts, found, set())
    return list(found)


def _expand(
    folder: str, parts: list[str], found: dict[str, None], seen: set[tuple[str, ...]]
) -> None:
    key = folder, *parts
    if key in seen:
        return
    seen.add(key)
    if not parts:
        if os.path.isfile(folder):
            found[os.path.normpath(folder)] = None
        elif os.path.isdir(folder):
            found.update(dict.fromkeys(network_files(folder)))
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        _expand(folder, rest or ["*"], found, seen)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False) and not _left_out(entry.name):
                _expand(os.path.join(folder, entry.name), parts, found, seen)
    elif MAGIC & set(part):
        for entry in _entries(folder):
            hidden = entry.name.startswith(".") and not part.startswith(".")
            if not hidden and fnmatch.fnmatchcase(entry.name, part):
                if not rest and entry.is_dir():
                    continue  # a folder is searched only where it is named
                _expand(os.path.join(folder, entry.name), rest, found, seen)
    else:
        _expand(os.path.join(folder, part), rest, found, seen)


def matches(pattern: str, path: str) -> bool:
    """Whether `expand` would list a path, if the file existed."""
    return _matches(pattern.split("/"), path.split("/"))


def _matches(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        rest = pattern[1:] or ["*"]
        return _matches(rest, parts) or (not _left_out(parts[0]) and _matches(pattern, parts[1:]))
    hidden = parts[0].startswith(".") and not pattern[0].startswith(".")
    return (
        not hidden
        and fnmatch.fnmatchcase(parts[0], pattern[0])
        and _matches(pattern[1:], parts[1:])
    )


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def repository_path(path: str) -> str:
    """Return the path from the top of the repository, with slashes, as CI systems name files.

    The repository is that of the current folder, else that of the file. A file in neither is named
    from the current folder if it is below it, else by its whole path. Shipped networks keep their
    short name.
    """
    shown = shown_path(path)
    if shown.endswith(SHIPPED):
        return shown
    folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
    here = os.path.realpath(os.getcwd())
    for top in (repository_top(here), repository_top(folder), here):
        if top is not None:
            relative = os.path.relpath(os.path.join(folder, os.path.basename(path)), top)
            if not relative.startswith(".." + os.sep):
                return relative.replace(os.sep, "/")
    return path.replace(os.sep, "/")
