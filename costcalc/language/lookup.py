"""Finding a network: a path, standard input, or a shipped network or variant by name."""

from __future__ import annotations

import os
from functools import lru_cache

from costcalc.errors import CostcalcError, nearest
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


def load_file(net: str) -> tuple[NetworkFile, str | None]:
    """The file of NET and the variant that its name asks for (None is the file's first)."""
    path = _find_path(net)
    if path is not None:
        return NetworkFile(read_text(path), "<stdin>" if path == "-" else path), None
    name = _without_ending(net)
    if name == os.path.basename(name):
        found = _find_shipped(name)
        if found is not None:
            return found
    raise _not_found(net)


def shown_path(path: str) -> str:
    """A path for people: a shipped file's is short and the same on every machine."""
    folder, name = os.path.split(path)
    return f"{name} (shipped)" if folder == configs_folder() else path


def find_text(net: str) -> tuple[str, str]:
    """The path, for messages, and the text of NET's file, whatever is in it."""
    path = _find_path(net)
    if path is not None:
        return "<stdin>" if path == "-" else path, read_text(path)
    file = load_file(net)[0]
    return file.path, file.text


def _find_path(net: str) -> str | None:
    """A file comes before a shipped name; a name that ends in .yaml may be either."""
    if net == "-" or os.path.exists(net):
        return net
    beside = net + ".yaml"
    if os.path.isfile(beside):
        return beside
    return None


def _find_shipped(name: str) -> tuple[NetworkFile, str | None] | None:
    for path in shipped_files():
        if _without_ending(os.path.basename(path)) == name:
            file = shipped(path)
            return file, name if name in file.variants else None
    # A variant's name stands in its file's text: only such files are worth reading.
    for path in shipped_files():
        if name in read_text(path):
            file = shipped(path)
            if name in file.variants:
                return file, name
    return None


@lru_cache(maxsize=256)
def shipped(path: str) -> NetworkFile:
    return NetworkFile(read_text(path), path)


def shipped_names() -> list[str]:
    """Every name of a shipped network: files and variants."""
    names: dict[str, None] = {}
    for path in shipped_files():
        names[_without_ending(os.path.basename(path))] = None
        names.update(dict.fromkeys(shipped(path).variants))
    return list(names)


def _without_ending(name: str) -> str:
    stem, ending = os.path.splitext(name)
    return stem if ending in _ENDINGS else name


def _not_found(net: str) -> CostcalcError:
    names = shipped_names()
    if net.endswith(_ENDINGS) or os.path.basename(net) != net:
        try:
            read_text(net)
        except CostcalcError as error:
            name = _without_ending(os.path.basename(net))
            error.hint = error.hint or nearest(name, names) or "see: costcalc list"
            return error
    return CostcalcError(
        f"no network is named '{net}', and no file",
        hint=nearest(net, names) or "costcalc list shows the shipped networks",
    )
