"""The type of an item: the word that names a layer, a block, a structure or a param."""

from __future__ import annotations

from collections.abc import Collection

from costcalc.errors import nearest
from costcalc.language.choices import WORD as CHOICE
from costcalc.language.item import (
    BLOCK,
    EACH,
    LAYER,
    MERGE,
    NETWORK,
    PARAM,
    REQUIREMENT,
    RESIDUAL,
    SEQUENCE,
    Blocks,
    ItemType,
)
from costcalc.language.names import MERGES, REQUIRE, STRUCTURES, is_identifier
from costcalc.language.network_use import WORD
from costcalc.language.suggestions import suggest_type
from costcalc.language.yaml_nodes import ScalarNode
from costcalc.layers import LAYERS

_KINDS = {"sequence": SEQUENCE, "residual": RESIDUAL, "each": EACH}
_UNLESS_BLOCKS = {WORD: NETWORK, REQUIRE: REQUIREMENT}


def find_type(
    file: Blocks, key: ScalarNode, params: Collection[str]
) -> tuple[int, ItemType] | None:
    """Return the kind and the type of an item; report an unknown name, and return None."""
    name: str = key.value
    if name.startswith("$"):
        return (PARAM, name[1:]) if _is_param(file, key, params) else None
    if name in MERGES and name not in file.blocks:
        return MERGE, LAYERS[name]
    if name in STRUCTURES:
        return _KINDS[name], name
    if name in _UNLESS_BLOCKS and name not in file.blocks:
        return _UNLESS_BLOCKS[name], name
    if name in file.ambiguous:
        return PARAM, name  # as for a type that a param names, any fields may be right
    target = file.lookup(name)
    if target is None:
        hint = suggest_type(name, file.type_names())
        if name == "none":
            hint = "did you mean 'identity'?"
        elif name == CHOICE:
            hint = (
                f"a param chooses a type: params: {{unit: {{{CHOICE}: [relu, gelu]}}}}, then $unit"
            )
        elif name in params:
            hint = f"write ${name} for the type that the param names"
        if not file.incomplete:  # else it may be in the file that could not be included
            file.fail(key, f"unknown layer or block '{name}'", hint)
        return None
    return (LAYER if isinstance(target, type) else BLOCK), target


def _is_param(file: Blocks, key: ScalarNode, params: Collection[str]) -> bool:
    name: str = key.value[1:]
    file.values.used.add(name)
    if name in params:
        return True
    hint = nearest(name, params)
    if file.lookup(name):
        hint = f"'{name}' is a layer or block: write it without $"
    elif not is_identifier(name):
        hint = "only the name of a param may follow $; give the choice to a param"
    file.fail(key, f"unknown param '{name}'", hint)
    return False
