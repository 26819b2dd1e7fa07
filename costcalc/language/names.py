"""Which names are allowed: reserved words, names of params and blocks."""

from __future__ import annotations

import re
from collections.abc import Collection

from costcalc.language.expressions import KNOBS, LITERALS, MAP_VARIABLES
from costcalc.language.operators import FUNCTIONS
from costcalc.layers import LAYERS

MERGES = tuple(
    layer.type for layer in LAYERS.values() if layer.family == "merges" and layer.inputs[1] is None
)
STRUCTURES = ("sequence", "residual", "each")
REQUIRE = "require"
"""An item that is a condition of the network, unless a block of the file has this name."""
_RESERVED_TYPES = (*STRUCTURES, "add", "multiply", "concat")
"""The types that neither params nor blocks are named by, as they may be by other layers."""
COMMON = ("name", "from", "when", "repeat", "first", "weights", "trainable", "bits")
"""Keys that every item takes, but for `require`."""
REQUIRE_KEYS = ("condition", "reason", "from", "when")
"""Keys of `require`: its own first."""
RESERVED = ("input", "previous")
BITS = ("weights", "activations")
"""What `bits` are said of."""
SHARED = "shared"
"""What `weights` says of copies that have one set of weights."""
MAX_NAME = 200
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

WORDS = {word: word for word in ("same", "valid")}
"""Words of fields that every expression knows. The others mean something under their keys alone."""


def is_identifier(name: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(name)) and len(name) <= MAX_NAME


def check_param_name(name: str, visible: Collection[str]) -> str | None:
    """Say what is wrong with the name of a param, if anything.

    It may be that of a layer or block: where a type belongs, it is the type; in an expression, the
    param.
    """
    if not is_identifier(name):
        return f"a param's name consists of letters, digits and _, not {name[:60]!r}"
    if name in visible:
        return f"the param '{name}' hides a param of the network"
    kind = meaning(name)
    return f"the param '{name}' has the name of a {kind}" if kind else None


def check_block_name(name: str) -> str | None:
    """Say what is wrong with the name of a block, if anything.

    It may be that of a shipped block or of a layer, which it hides in its file.
    """
    if not is_identifier(name):
        return f"a block's name consists of letters, digits and _, not {name[:60]!r}"
    kind = meaning(name)
    return f"block '{name}' has the name of a {kind}" if kind else None


def meaning(name: str) -> str | None:
    """Say what a name stands for in the language itself, if anything."""
    for kind, names in (
        ("structure", _RESERVED_TYPES),
        ("function", FUNCTIONS),
        ("map variable", MAP_VARIABLES),
        ("knob", KNOBS),
        ("constant", (*LITERALS, *WORDS)),
    ):
        if name in names:
            return kind
    return None
