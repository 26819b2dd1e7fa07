"""Darknet .cfg: sections in a row, each a layer that reads the one before it.

Follows AlexeyAB's darknet (2023): `[net]` states the input, layers are numbered from 0 behind it,
negative numbers are relative to the layer itself. A convolution has a bias or a batch norm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial

from costcalc.errors import CostcalcError, Problems
from costcalc.importers.darknet.layers import SECTIONS, items
from costcalc.importers.darknet.text import Keys, Section, read_sections
from costcalc.importers.nodes import Made, node
from costcalc.language.block import Block
from costcalc.language.block_file import library, read_library
from costcalc.language.foreign import Foreign
from costcalc.language.library import DARKNET
from costcalc.language.yaml_nodes import problem

_HEAD = re.compile(r"^[ \t]*\[[ \t]*(?:net|network)[ \t]*\]", re.MULTILINE)


def recognise(text: str) -> bool:
    """Tell a .cfg by its first section, before which only comments stand."""
    found = _HEAD.search(text)
    before = text[: found.start()] if found else ""
    return found is not None and all(
        not line.strip() or line.lstrip()[0] in "#;" for line in before.splitlines()
    )


def known() -> list[str]:
    return list(SECTIONS)


def translate(text: str, path: str) -> Foreign:
    """Read a network. Raises CostcalcError where its form or its input is wrong."""
    found: list[CostcalcError] = []
    net, *layers = read_sections(text, path, found)
    head = {"input": _input(net, path, found)}
    if found:
        raise Problems(found)
    make = partial(items, sections=layers)
    return Foreign("darknet", node(head, net.at), blocks(), make)


@lru_cache(maxsize=1)
def blocks() -> Mapping[str, Block]:
    """Return the blocks that stand for sections."""
    return read_library(DARKNET, library().own).own


def _input(net: Section, path: str, found: list[CostcalcError]) -> Made:
    try:
        reader = Keys(net, path)
        if "inputs" in net.keys and "width" not in net.keys:
            return node([reader.number("inputs", 1)], net.keys["inputs"][1])
        sides = [reader.number(key, 1) for key in ("channels", "height", "width")]
    except CostcalcError as error:
        found.append(error)
        return node([1], net.at)
    if None in sides:
        lacks = [key for key in ("width", "height", "channels") if key not in net.keys]
        found.append(
            problem(path, net.at, f"[net] does not say {' and '.join(lacks)}", "width=416")
        )
    return node(sides, net.at)
