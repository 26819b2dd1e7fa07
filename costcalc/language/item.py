"""An item as it was read, and what it may name: layers, the blocks of its file, its fields."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from costcalc.errors import CostcalcError, Faults, nearest
from costcalc.language.expressions import KNOBS, LITERALS, MAP_VARIABLES
from costcalc.language.operators import FUNCTIONS
from costcalc.language.values import Value, Values
from costcalc.language.yaml_nodes import ScalarNode, YamlNode, problem
from costcalc.layers import LAYERS, Layer

if TYPE_CHECKING:
    from costcalc.language.block import Block

LAYER, BLOCK, PARAM, SEQUENCE, RESIDUAL, MERGE = range(6)
MERGES = ("add", "multiply", "concat")
STRUCTURES = ("sequence", "residual")
COMMON = ("name", "from", "when", "repeat", "first")
RESERVED = ("input", "previous")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_NAME = 200

WORDS = {
    word: word
    for layer in LAYERS.values()
    for field in layer.fields.values()
    for word in field.words
}
"""What fields take beside numbers: same, valid, nearest, bilinear."""

Fields: TypeAlias = dict[str, Value]
ItemType: TypeAlias = "type[Layer] | Block | str"


class Item:
    """One line of a body. What it does not say is None or empty."""

    __slots__ = (
        "branches",
        "fields",
        "file",
        "first",
        "kind",
        "layers",
        "name_nodes",
        "names",
        "node",
        "repeat",
        "shortcut",
        "size",
        "sources",
        "type",
        "when",
    )

    def __init__(self, file: Blocks, node: YamlNode) -> None:
        self.file = file
        """Whose blocks and defaults hold for it."""
        self.node = node
        """Where it is written: its type."""
        self.kind: int
        self.type: ItemType
        """A layer class, a block, the param that names one, or a structure's word."""
        self.fields: Fields = {}
        self.size = 1
        """How much there is to evaluate in a copy."""
        self.first: Fields | None = None
        self.names: tuple[str, ...] = ()
        self.name_nodes: list[ScalarNode] = []
        self.sources: tuple[str, ...] | None = None
        self.when: Value | None = None
        self.repeat: Value | None = None
        self.layers: list[Item] = []
        self.shortcut: list[Item] = []
        self.branches: list[list[Item]] | None = None


class Blocks:
    """What an item's types and defaults are looked up in: one file's view of the blocks."""

    def __init__(self, path: str, blocks: dict[str, Block]) -> None:
        self.path = path
        self.blocks = blocks
        self.found = Faults()
        self.constants: dict[str, Any] = {
            **{name: layer.type for name, layer in LAYERS.items()},
            **WORDS,
            **blocks,
        }
        self.values = Values(path, self.constants, self.found)
        self.defaults: dict[str, Fields] = {}
        self.incomplete = False
        """Whether a file that it includes could not be read."""
        self.network_params: tuple[str, ...] = ()

    def fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def lookup(self, name: str) -> ItemType | None:
        return LAYERS.get(name) or self.blocks.get(name)

    def type_names(self) -> Iterable[str]:
        return (*LAYERS, *self.blocks, *STRUCTURES)


def field_names(target: ItemType) -> Collection[str]:
    if isinstance(target, str):
        return ("shortcut_when",) if target == "residual" else ()
    return target.fields if isinstance(target, type) else target.params


def missing_fields(target: ItemType, given: Mapping[str, Value]) -> list[str]:
    """The names of what the target needs and nobody gave."""
    if isinstance(target, str):
        return []
    if isinstance(target, type):
        return [name for name in target.required if name not in given]
    return [
        name for name, default in target.params.items() if default is None and name not in given
    ]


def type_label(target: ItemType) -> str:
    if isinstance(target, str):
        return target
    return target.type if isinstance(target, type) else target.name


def check_constant(target: ItemType, name: str, value: Value) -> CostcalcError | None:
    """What is wrong with a plain value for a layer's field, before anything runs."""
    if isinstance(target, type) and value.is_plain:
        try:
            converted = target.fields[name].convert(value.constant)
            if value.compute is None:
                value.checked = converted
        except CostcalcError as error:
            return CostcalcError(f"{target.type}: {name} {error.message}", hint=error.hint)
    return None


def unknown_key_hint(name: str, known: Iterable[str]) -> str | None:
    if set(name) & set("()[]"):
        return "inside { } an expression with a comma needs quotes"
    return nearest(name, known)


def check_param_name(name: str, file: Blocks, visible: Collection[str]) -> str | None:
    """What is wrong with the name of a param (rule 18), if anything."""
    if not IDENTIFIER.fullmatch(name) or len(name) > MAX_NAME:
        return f"a param's name is made of letters, digits and _, not {name[:60]!r}"
    if name in visible:
        return f"the param '{name}' hides a param of the network"
    what = "block" if name in file.blocks else meaning(name)
    return f"the param '{name}' has the name of a {what}" if what else None


def check_block_name(name: str) -> str | None:
    """What is wrong with the name of a block, if anything; a shipped block may be replaced."""
    if not IDENTIFIER.fullmatch(name) or len(name) > MAX_NAME:
        return f"a block's name is made of letters, digits and _, not {name[:60]!r}"
    what = meaning(name)
    return f"block '{name}' has the name of a {what}" if what else None


def meaning(name: str) -> str | None:
    """What a name stands for in the language itself, if it does."""
    for what, names in (
        ("layer", LAYERS),
        ("structure", STRUCTURES),
        ("function", FUNCTIONS),
        ("map variable", MAP_VARIABLES),
        ("knob", KNOBS),
        ("constant", (*LITERALS, *WORDS)),
    ):
        if name in names:
            return what
    return None
