"""Find the network that NET names: a path, standard input, or a shipped network by name.

A variant is named as FILE:VARIANT, or beside NET (--variant); a shipped one by its own name too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.files import read_text
from costcalc.language.library import LIBRARY, SPACES, configs_folder
from costcalc.language.network_file import NetworkFile

_ENDINGS = (".yaml", ".yml")
_LIKE_A_FILE = re.compile(r"\.[a-z][a-z0-9]{1,8}$")
"""The ending of a name that is no network's: net.yaml, net.cfg."""
_SCALE = re.compile(r"(?<=\d)[nslmx](?=[^/]*\.ya?ml$)")
"""The scale in the name of an Ultralytics model: yolov8s.yaml is scale s of yolov8.yaml."""


def shipped_files() -> list[str]:
    """The paths of the shipped networks, by name."""
    folder = configs_folder()
    return sorted(
        os.path.join(folder, name)
        for name in os.listdir(folder)
        if name.endswith(_ENDINGS) and os.path.join(folder, name) != LIBRARY
    )


def shipped_spaces() -> list[str]:
    """The paths of the shipped spaces of networks, by name."""
    return sorted(os.path.join(SPACES, name) for name in os.listdir(SPACES))


class Found(NamedTuple):
    """Where a network was found."""

    path: str
    """- is standard input."""
    variant: str | None = None
    """The variant that is named; None where only the file is."""
    is_shipped: bool = False
    """Whether it was found by the name of a shipped network."""


def find(net: str, variant: str | None = None) -> Found:
    """The file and the variant that NET, or `variant` beside it, names.

    Raises CostcalcError where there is no such file, or where two variants are named.
    """
    file, colon, named = net.rpartition(":")
    found = _find(net)
    if found is None and colon and named:
        found = _find(file)
        found = found and _with_variant(found, file, named)
    if found is None:
        raise _not_found(net)
    found = _with_variant(found, net, variant)
    if found.variant is None and found.is_shipped and net in _variants(found.path, net):
        return found._replace(variant=net)  # the name of a file and of one of its variants
    return found


def _with_variant(found: Found, net: str, variant: str | None) -> Found:
    if variant is None or variant == found.variant:
        return found
    if found.variant is not None:
        file = net.removesuffix(f":{found.variant}")
        if found.is_shipped:
            file = _without_ending(os.path.basename(found.path))
        raise CostcalcError(
            f"{net} is variant '{found.variant}', and variant '{variant}' is asked for too",
            hint=f"ask for one of them: {net} or {file}:{variant}",
        )
    return found._replace(variant=variant)


def _find(net: str) -> Found | None:
    """Look for a file, then for a shipped network; a name that ends in .yaml may be either."""
    beside = net + ".yaml"
    if net == "-" or os.path.exists(net):
        return Found(net)
    if os.path.isfile(beside):
        return Found(beside)
    folder, file = os.path.split(net)
    scale = _SCALE.search(file)
    if scale is not None:
        beside = os.path.join(folder, file[: scale.start()] + file[scale.end() :])
        if os.path.isfile(beside) and "scales" in read_text(beside):
            return Found(beside, scale[0])
    name = _without_ending(net)
    return _find_shipped(name) if name == os.path.basename(name) else None


def _find_shipped(name: str) -> Found | None:
    for path in (*shipped_files(), *shipped_spaces()):
        if _without_ending(os.path.basename(path)) == name:
            return Found(path, is_shipped=True)
    for path in shipped_files():
        if name in _variants(path, name):
            return Found(path, name, is_shipped=True)
    return None


def _variants(path: str, name: str) -> Mapping[str, object]:
    """The variants of a shipped file; a file whose text lacks the name is not parsed."""
    if path in _being_read or name not in read_text(path):
        return {}
    return shipped(path).variants


_being_read: list[str] = []
"""Shipped files that are being read: one may use another, but not itself."""


@lru_cache(maxsize=256)
def shipped(path: str) -> NetworkFile:
    _being_read.append(path)
    try:
        return NetworkFile(read_text(path), path)
    finally:
        _being_read.pop()


def shipped_network(name: str) -> tuple[NetworkFile, str | None]:
    """A shipped network by its name, or by FILE:VARIANT. Raises CostcalcError for any other."""
    found = _find_shipped(name)
    if found is None:
        before, _, named = name.rpartition(":")
        found = _find_shipped(before) if before else None
        if found is None:
            from costcalc.language.families import unknown_network  # only a mistake needs it

            raise unknown_network(name, {} if _being_read else shipped_names())
        found = _with_variant(found, before, named)
    if found.path in _being_read:
        raise CostcalcError(f"the network {name} uses itself")
    file, variant = shipped(found.path), found.variant
    return file, name if variant is None and name in file.variants else variant


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
    if _LIKE_A_FILE.search(net) or os.path.basename(net) != net:
        try:
            read_text(net)
        except CostcalcError as error:
            name = _without_ending(os.path.basename(net))
            error.hint = error.hint or unknown_network(name, names).hint
            return error
    return unknown_network(net, names)
