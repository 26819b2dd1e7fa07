"""The key `input`: shapes by name, whose sides are numbers or expressions over params."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.language.choices import is_choice, option_nodes
from costcalc.language.expressions import KNOBS, MAP_VARIABLES
from costcalc.language.item import Blocks
from costcalc.language.names import RESERVED
from costcalc.language.values import Value
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
)
from costcalc.layers.fields import show, size
from costcalc.numeric.exact import Number, holds
from costcalc.shapes import SIDES

Sides: TypeAlias = tuple[Value, ...]
"""Channels and sides, as they are written."""
Shape: TypeAlias = tuple[Number, ...]
"""The same in numbers: (channels, height, width), or (features,) of a vector."""

MAX_SIDE = 10**12
NEEDED = "input: [3, 224, 224]"
CHOSEN = "such as input: [3, side, side] and params: {side: {any: [160, 192, 224]}}"
_SIZE = size()


def read_inputs(file: Blocks, node: YamlNode, params: Collection[str]) -> dict[str, Sides] | None:
    """Read the inputs' shapes by name; one without a name is `input`."""
    if not isinstance(node, MappingNode):
        shape = _shape(file, node, params)
        return {"input": shape} if shape else None
    if is_choice(node) and any(
        isinstance(own, SequenceNode) for own in option_nodes(file.path, node)
    ):
        file.fail(node, "an input is chosen by its sides, not as a whole", CHOSEN)
        return None
    inputs: dict[str, Sides] = {}
    for name, (key, value) in entries(file.path, node, "input", file.found).items():
        if name in RESERVED:
            file.fail(key, f"the name '{name}' is reserved")
        shape = _shape(file, value, params)
        if shape:
            inputs[name] = shape
    if not node.value:
        file.fail(node, "a network needs an input", NEEDED)
    return inputs or None


def _shape(file: Blocks, node: YamlNode, params: Collection[str]) -> Sides | None:
    sides: list[Value] = []
    names = (*params, *MAP_VARIABLES, *KNOBS)
    for part in node.value if isinstance(node, SequenceNode) else ():
        before = len(file.found)
        side = Value(part, None)
        if (isinstance(part, ScalarNode) and not is_empty(part)) or is_choice(part):
            side = file.values.read("input", part, names)
        for plain in side.alternatives if len(file.found) == before else ():
            if plain.compute is None:
                try:
                    plain.constant = checked_side(plain.constant)
                except CostcalcError as error:
                    file.fail(plain.node, error.message, error.hint)
        if len(file.found) > before:
            return None
        sides.append(side)
    if not 1 <= len(sides) <= 1 + max(SIDES):
        file.fail(node, "a shape is channels and up to three sides", NEEDED)
        return None
    return tuple(sides)


def checked_side(value: Any) -> Number:
    """A side of an input. Raises CostcalcError where it is none."""
    what = f"a side of the input is a whole number from 1 to {MAX_SIDE:,}"
    if value is not None:
        what += f", not {show(value)}"
    try:
        side = _SIZE.convert(value)
    except CostcalcError:
        hint = "x // y, floor(x), ceil(x) and round(x) are whole"
        raise CostcalcError(what, hint=hint if isinstance(value, Fraction) else None) from None
    if not holds(side <= MAX_SIDE):
        raise CostcalcError(what)
    return side


def needed_params(sides: Mapping[str, Sides], params: Mapping[str, Value]) -> list[str]:
    """The params that sides depend on, directly or through others, in the order of the file."""
    found: set[str] = set()
    left = [name for shape in sides.values() for side in shape for name in side.names]
    while left:
        name = left.pop()
        if name in params and name not in found:
            found.add(name)
            left += params[name].names
    return [name for name in params if name in found]
