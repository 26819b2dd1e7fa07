"""Find the network that NET names: a path, standard input, or a shipped network by name.

A variant is named as FILE:VARIANT; a shipped one by its own name too.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.library import LIBRARY, configs_folder
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import read_text

_ENDINGS = (".yaml", ".yml")


def shipped_files() -> list[str]:
    """The paths of the shipped networks, by name."""
    folder = configs_folder()
    return sorted(
        os.path.join(folder, name)
        for name in os.listdir(folder)
        if name.endswith(_ENDINGS) and os.path.join(folder, name) != LIBRARY
    )


class Found(NamedTuple):
    """Where a network was found."""

    path: str
    """- is standard input."""
    variant: str | None = None
    """The variant that is named; None where only the file is."""
    is_shipped: bool = False
    """Whether it was found by the name of a shipped network."""


def find(net: str) -> Found:
    """The file and the variant that NET names; CostcalcError where there is no such file."""
    file, colon, variant = net.rpartition(":")
    found = _find(net)
    if found is None and colon and variant:
        found = _find(file)
        if found is not None:
            return found._replace(variant=variant)
    if found is None:
        raise _not_found(net)
    return found


def _find(net: str) -> Found | None:
    """Look for a file, then for a shipped network; a name that ends in .yaml may be either."""
    beside = net + ".yaml"
    if net == "-" or os.path.exists(net):
        return Found(net)
    if os.path.isfile(beside):
        return Found(beside)
    name = _without_ending(net)
    return _find_shipped(name) if name == os.path.basename(name) else None


def load_file(net: str) -> tuple[NetworkFile, str | None]:
    """Read the file of NET; return it and the variant that is named."""
    path, variant, is_shipped = find(net)
    if is_shipped:
        return shipped(path), variant
    return NetworkFile(read_text(path), "<stdin>" if path == "-" else path), variant


def find_text(net: str) -> tuple[str, str]:
    """Return the path, as messages show it, and the text of NET's file, whatever it holds."""
    path = find(net).path
    return "<stdin>" if path == "-" else path, read_text(path)


def shown_path(path: str) -> str:
    """A path for people: a shipped file's is short and the same on every machine."""
    folder, name = os.path.split(path)
    return f"{name} (shipped)" if folder == configs_folder() else path


def shown_text(net: str) -> str:
    """Return the text of NET's file; a variant that is named comes first in it."""
    path, variant, _ = find(net)
    if variant is None:
        return read_text(path)
    from costcalc.language.reorder import with_variant_first  # only show needs it

    return with_variant_first(load_file(net)[0], variant)


def _find_shipped(name: str) -> Found | None:
    for path in shipped_files():
        if _without_ending(os.path.basename(path)) == name:
            return Found(path, is_shipped=True)
    # A variant's name stands in its file's text: only such files are worth reading.
    for path in shipped_files():
        if name in read_text(path) and name in shipped(path).variants:
            return Found(path, name, is_shipped=True)
    return None


@lru_cache(maxsize=256)
def shipped(path: str) -> NetworkFile:
    return NetworkFile(read_text(path), path)


def shipped_names() -> dict[str, NetworkFile]:
    """Every name of a shipped network, of files and of variants, with its file."""
    names: dict[str, NetworkFile] = {}
    for path in shipped_files():
        names[_without_ending(os.path.basename(path))] = shipped(path)
        names.update(dict.fromkeys(shipped(path).variants, shipped(path)))
    return names


def _without_ending(name: str) -> str:
    stem, ending = os.path.splitext(name)
    return stem if ending in _ENDINGS else name


def _not_found(net: str) -> CostcalcError:
    from costcalc.language.families import unknown_network  # only a mistake needs it

    names = shipped_names()
    if net.endswith(_ENDINGS) or os.path.basename(net) != net:
        try:
            read_text(net)
        except CostcalcError as error:
            name = _without_ending(os.path.basename(net))
            error.hint = error.hint or unknown_network(name, names).hint
            return error
    return unknown_network(net, names)
