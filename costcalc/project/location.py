"""Find project files, and read the convention in them, which every command needs."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from costcalc.devices.device import Device

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
    name = _beside(path, name)
    try:
        _check_file(path, name, "convention", CONVENTION_KEYS)
        load_convention(name)
    except CostcalcError as error:
        found += _placed(error, path, node)
    return name


def read_device(path: str, node: YamlNode, found: list[CostcalcError]) -> Device | None:
    """Read the device of a name, or of a file by its path relative to this one."""
    if not isinstance(node, ScalarNode) or is_empty(node):
        message = "device must be a name, or the path of a file"
        found.append(problem(path, node, message, "costcalc devices lists the names"))
        return None
    from costcalc.devices.reader import DEVICE_KEYS
    from costcalc.devices.shipped import load_device

    name = _beside(path, str(node.value))
    try:
        _check_file(path, name, "device", DEVICE_KEYS)
        return load_device(name)
    except CostcalcError as error:
        found += _placed(error, path, node)
    return None


def _beside(path: str, name: str) -> str:
    """The path of a file that another names, relative to that; any other name as it is."""
    if not is_path(name):
        return name
    name = os.path.normpath(os.path.join(os.path.dirname(path), name))
    return name if is_path(name) else os.path.join(".", name)  # else it would be taken for a name


def _check_file(path: str, name: str, what: str, keys: Collection[str]) -> None:
    """Raise CostcalcError where a file is named that may not be read, or is something else."""
    if is_path(name):
        WORKING_TREE.locate(name, path)
        if not has_key(read_text(name), name, keys):
            raise CostcalcError(f"{name} is no {what}: it has no key of one")


def _placed(error: CostcalcError, path: str, node: YamlNode) -> Iterator[CostcalcError]:
    for one in error.problems:
        placed = one.position is not None
        yield one if placed else problem(path, node, one.message, one.hint)
