"""The files that one network is read from: those it includes and those of networks that it uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.language.includes import Tree
from costcalc.language.yaml_nodes import has_key

MAX_INCLUDES = 20
"""How deep files include one another."""
MAX_INCLUDED = 100
"""Files that a network includes, directly or through others."""
_SHOWN = re.compile(r"^(?:include|blocks|layers|input)[ \t]*:(?:\s|$)", re.MULTILINE)
# A key of a network at the start of a line: such a file may be quoted where it is faulty.

NETWORK_KEYS = (
    *("name", "source", "task", "input", "layers", "params", "variants", "include", "blocks"),
    *("defaults", "outputs", "alpha", "rounding", "published", "budgets"),
)


def included_text(path: str, tree: Tree) -> str:
    """Read a file that is included. Raises CostcalcError, and quotes nothing, if it is no such."""
    text = tree.read(path)
    if not _SHOWN.search(text) and not has_key(text, path, NETWORK_KEYS):
        raise CostcalcError(
            f"{path} is neither a network nor a file of blocks: it has no key of these",
            hint="blocks: {NAME: {layers: [...]}}",
        )
    return text


class Files:
    """The files that one load reads, each once; `open` are those being read, to find circles.

    They are named by their real paths.
    """

    def __init__(self, tree: Tree, network: str) -> None:
        self.tree = tree
        self.network = network
        self.open = [tree.real_path(network)]
        self.done: dict[str, Any] = {}
        """The files that are included, by their real paths."""
        self.modules: Mapping[str, Any] = {}
        """The blocks of the format that the network is written in."""
        self.networks: dict[str, Any] = {}
        """Those that items use."""
