"""Find project files, and read the convention in them, which every command needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

from costcalc.accounting.convention import CONVENTION_KEYS, DEFAULT, is_path, load_convention
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.language.files import read_text
from costcalc.language.includes import WORKING_TREE, boundary, inside
from costcalc.language.yaml_nodes import (
    ScalarNode,
    YamlNode,
    compose,
    entries,
    has_key,
    is_empty,
    problem,
)

PROJECT_FILE = "costcalc.yaml"


def upward(folder: str) -> Iterator[str]:
    """Yield where project files may be, from a folder up to the top of the repository or disk."""
    while True:
        yield os.path.join(folder, PROJECT_FILE)
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return
        folder = above


def stated_convention() -> str | None:
    """Read the convention of the nearest project file from the current folder upward, if any."""
    path = next(filter(os.path.lexists, upward(os.getcwd())), None)
    if path is None:
        return None
    path = os.path.relpath(path)
    inside(path, boundary(os.path.dirname(path)))
    found = Faults()
    parts = entries(path, compose(read_text(path), path, found, "project"), "a project file", found)
    named = read_convention(path, parts["convention"][1], found) if "convention" in parts else None
    if found:
        raise Problems(found)
    return named


def read_convention(path: str, node: YamlNode, found: list[CostcalcError]) -> str | None:
    """Read a convention's name, or the path of its file relative to this one; None is default."""
    if not isinstance(node, ScalarNode) or is_empty(node):
        message = "convention must be a name, or the path of a file"
        found.append(problem(path, node, message))
        return None
    name = str(node.value)
    if name == DEFAULT:
        return None
    if is_path(name):
        name = os.path.normpath(os.path.join(os.path.dirname(path), name))
        if not is_path(name):  # without a slash it would be taken for a name
            name = os.path.join(".", name)
    try:
        if is_path(name):
            WORKING_TREE.locate(name, path)
            if not has_key(read_text(name), name, CONVENTION_KEYS):
                raise CostcalcError(f"{name} is no convention: it has no key of one")
        load_convention(name)
    except CostcalcError as error:
        for one in error.problems:
            placed = one.position is not None
            found.append(one if placed else problem(path, node, one.message, one.hint))
    return name
