"""A file of another format as the network language sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from costcalc.errors import CostcalcWarning
from costcalc.language.block import Block
from costcalc.language.item import Blocks
from costcalc.language.yaml_nodes import SequenceNode, YamlNode


class Claim(NamedTuple):
    """Figures of a comment, as it writes them, and its place."""

    at: YamlNode
    params: str | None
    total: str | None
    """In the unit of the format's program."""


class Stated(NamedTuple):
    """What a file states of a layer beside the fields that it follows from; None is nothing."""

    at: YamlNode
    shape: tuple[int, ...] | None
    """Of its output."""
    params: int | None


class Foreign(NamedTuple):
    """What an importer makes of a file: the tree of a network, with the places of its own text."""

    format: str
    """The name of the format, one of `importers.formats`."""
    root: YamlNode
    """The keys of a network but `layers`."""
    blocks: Mapping[str, Block]
    """The blocks of the format's modules, which the file's own may replace."""
    layers: Callable[[Blocks], SequenceNode]
    """Makes the items, once the file's own blocks are known, and reports what is wrong."""
    defaults: Mapping[tuple[str, str], str] = MappingProxyType({})
    """Defaults of the blocks that are others in this file: by block and param, a word."""
    claims: Mapping[str | None, Claim] = MappingProxyType({})
    """The figures that comments state, by variant; None is a network without any."""
    warnings: Sequence[CostcalcWarning] = ()
    """What is left out, and costed as nothing."""
    stated: Mapping[str, Stated] = MappingProxyType({})
    """What the file states of items, by their names, once they are made."""
    folded_norms: frozenset[str] = frozenset()
    """The items into whose weights the file says that a batch norm was folded, by their names."""
    model: object = None
    """What a runtime executes, as the file says it; None where it leaves that to a converter."""
