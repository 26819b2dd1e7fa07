"""An item as it was read, and what it refers to: layers, the blocks of its file, its fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError, Faults
from costcalc.language.choices import choice_hint
from costcalc.language.names import REQUIRE, REQUIRE_KEYS, STRUCTURES, WORDS
from costcalc.language.values import Value, ValueReader
from costcalc.language.yaml_nodes import Entries, ScalarNode, YamlNode, problem
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import SizedField, TextField
from costcalc.layers.pattern import read_pattern
from costcalc.units import decimal_text

LAYER, BLOCK, PARAM, SEQUENCE, RESIDUAL, EACH = range(6)
MERGE, REARRANGED, MIXTURE, NETWORK, REQUIREMENT = range(6, 11)
HOLDERS = (MERGE, REARRANGED, MIXTURE)
"""Layers that may hold items, so that a name is that of the group around these."""

_WIDTHS = ("channels", "features", "multiplier")
"""Endings of the fields that say how wide a layer is."""

Fields: TypeAlias = dict[str, Value]


class Signature:
    """A block without its body: enough to check the items that use it."""

    is_network = False
    """Whether it is another network, used as an item."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.params: dict[str, Value | None] = {}
        """Defaults by name; None for a param that must be given."""
        self.inputs: tuple[str, ...] | None = None
        self.outputs: tuple[str, ...] | None = None
        self.takes_any = False
        """Whether it takes any number of maps, all of which `input` stands for."""

    @property
    def title(self) -> str:
        """What it is, by its name."""
        return f"block {self.name}"


ItemType: TypeAlias = "type[Layer] | Signature | str"


class Item:
    """One line of a body; what it leaves out is None or empty."""

    __slots__ = (
        "bits",
        "branches",
        "fields",
        "file",
        "first",
        "indexed",
        "joins",
        "kind",
        "layers",
        "lender",
        "lends",
        "name_nodes",
        "names",
        "node",
        "repeat",
        "shares",
        "shortcut",
        "size",
        "sources",
        "trainable",
        "type",
        "weights",
        "when",
    )

    def __init__(self, file: Blocks, node: YamlNode) -> None:
        self.file = file
        """The blocks and defaults of this file hold for it."""
        self.node = node
        """Its type, as written."""
        self.kind: int
        self.type: ItemType
        """A layer class, a block, the param that names one, or a structure's word."""
        self.fields: Fields = {}
        self.size = 1
        """The number of values to evaluate for one copy, roughly."""
        self.first: Fields | None = None
        self.names: tuple[str, ...] = ()
        self.name_nodes: list[ScalarNode] = []
        self.sources: tuple[str, ...] | None = None
        self.when: Value | None = None
        self.repeat: Value | None = None
        self.indexed = False
        """Whether its copies see their number."""
        self.weights: YamlNode | None = None
        """What it says of its weights, as written."""
        self.lender: Item | None = None
        """The item whose weights it takes."""
        self.lends = False
        """Whether another item takes its weights."""
        self.shares = False
        """Whether its copies have one set of weights."""
        self.trainable: Value | None = None
        self.bits: Fields | None = None
        """Of its `weights` and of the `activations` that it reads."""
        self.layers: list[Item] = []
        self.shortcut: list[Item] = []
        self.branches: list[list[Item]] | None = None
        self.joins = False
        """Whether it merges the maps of an `each` before it, which may be one map alone."""


class Blocks:
    """The blocks, constants and defaults that the items of one file may use."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.blocks: dict[str, Signature] = {}
        self.found = Faults()
        self.constants: dict[str, Any] = {
            **{name: layer.type for name, layer in LAYERS.items()},
            **WORDS,
        }
        self.values = ValueReader(path, self.constants, self.found)
        self.defaults: dict[str, Fields] = {}
        self.types: set[str] = set()
        """The types of the file's own items; $ stands for those that params name."""
        self.incomplete = False
        """Whether a file that it includes could not be read."""
        self.ambiguous: set[str] = set()
        """Names of two blocks, or of a block and a layer: either may be meant."""
        self.network_params: tuple[str, ...] = ()
        self.own_names: frozenset[str] = frozenset()
        """The blocks of the file and of those that it includes, by name."""

    def fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def lookup(self, name: str) -> ItemType | None:
        return self.blocks.get(name) or LAYERS.get(name)

    def type_names(self) -> Iterable[str]:
        return (*LAYERS, *self.blocks, *STRUCTURES, REQUIRE, "network")

    def fields_of_any_type(self) -> Collection[str] | None:
        """Every field of the types that a param may name here.

        None where that is open: a file that includes this one may name its own blocks.
        """
        return None


def field_names(target: ItemType) -> Collection[str]:
    if isinstance(target, str):
        return {"residual": ("shortcut_when",), REQUIRE: REQUIRE_KEYS[:2]}.get(target, ())
    return target.fields if isinstance(target, type) else target.params


def is_text(target: ItemType, name: str) -> bool:
    """Whether a field takes text as it stands, such as a pattern."""
    return isinstance(target, type) and isinstance(target.field(name), TextField)


def missing_fields(target: ItemType, given: Mapping[str, Value]) -> list[str]:
    """The names of required fields that are not given."""
    if isinstance(target, str):
        return ["condition"] if target == REQUIRE and "condition" not in given else []
    if isinstance(target, type):
        return [name for name in target.required if name not in given]
    return [
        name for name, default in target.params.items() if default is None and name not in given
    ]


def only_required(target: ItemType) -> str | None:
    """The one field of a type that must be given: its value may stand alone."""
    needed = missing_fields(target, {})
    return needed[0] if len(needed) == 1 else None


def axes_of(layer: type[Layer], given: Entries) -> Collection[str]:
    """The axes of the pattern among what is given to a layer: their sizes are fields of it."""
    node = given.get(layer.pattern_field or "")
    try:
        if node:
            return read_pattern(node[1].value).sized
    except CostcalcError:
        pass
    # What is wrong with the pattern is reported; any of these may be an axis.
    return [name for name in given if name.isidentifier()]


def type_label(target: ItemType) -> str:
    if isinstance(target, str):
        return target
    return target.type if isinstance(target, type) else target.name


def check_constant(target: ItemType, name: str, value: Value) -> CostcalcError | None:
    """Check a plain value for a layer's field before anything runs; return the error, if any."""
    if isinstance(target, type) and value.is_plain:
        field = target.field(name)
        try:
            if isinstance(field, SizedField):  # it is checked once more with the map's sides
                _check_sized(field, value.constant)
                return None
            converted = field.convert(value.constant)
            if value.compute is None:
                value.checked = converted
        except CostcalcError as error:
            hint = error.hint or choice_hint(value.constant)
            if isinstance(value.constant, Fraction) and name.endswith(_WIDTHS):
                alpha = decimal_text(value.constant)
                hint = f"alpha scales all widths of the network: alpha: {alpha}, or --alpha {alpha}"
            return CostcalcError(f"{target.type}: {name} {error.message}", hint=hint)
    return None


def _check_sized(field: SizedField, constant: Any) -> None:
    """Raise CostcalcError where a value fits no number of sides; it says so of a map's two."""
    for sides in (1, 3):
        try:
            field.for_sides(sides).convert(constant)
        except CostcalcError:
            continue
        return
    field.for_sides(2).convert(constant)
