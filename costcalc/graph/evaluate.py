"""Evaluate values in a scope, and make layers of items; faults get their positions here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.limits import MAX_ITEMS, UndrawnError
from costcalc.graph.nodes import Nodes
from costcalc.language.block import Block
from costcalc.language.choices import choice_hint
from costcalc.language.item import Fields, Item, field_names, missing_fields, type_label
from costcalc.language.operators import truth
from costcalc.language.suggestions import suggest_key
from costcalc.language.values import Choice, Value
from costcalc.language.yaml_nodes import position
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import SizedField, show
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import LARGEST, UNKNOWN, Number, equal, too_large
from costcalc.shapes import KINDS, TensorShape


def evaluate(value: Value, scope: Mapping[str, Any], path: str) -> Any:
    """Evaluate a value in a scope; `path` is the file that it is written in."""
    if value.compute is None:
        return value.constant
    try:
        return value.compute(scope)
    except KeyError as error:
        name = error.args[0]
        raise CostcalcError(
            f"'{name}' has no value here",
            position=position(path, value.node),
            hint="height and width scale differently, so there is no one rho"
            if name == "rho"
            else "params are evaluated in order, and a variant must give those it needs",
        ) from None
    except CostcalcError as error:
        error.position = error.position or position(path, value.node)
        raise


def undrawn(choice: Choice) -> Value:
    """Refuse to draw: where one network is needed, a choice is left open."""
    raise UndrawnError(
        f"{choice.what} is a choice of {len(choice.options)}: this is a space of networks",
        hint="costcalc space says what is in it; --pick smallest, largest or a number takes a "
        "network of it, and --set NAME=VALUE decides a param",
    )


def condition(value: Value, scope: Mapping[str, Any], path: str, what: str) -> Any:
    """Evaluate a value that must be true or false; over symbols, it may be an open Condition."""
    outcome = evaluate(value, scope, path)
    try:
        return truth(outcome, what)
    except CostcalcError as error:
        error.position = position(path, value.node)
        error.hint = choice_hint(outcome) or error.hint
        raise


def is_known(value: Value, scope: Mapping[str, Any]) -> bool:
    """Whether all that a value reads is known, as it is but for maps behind a fault."""
    read = (scope.get(name) for name in value.names)
    parts = (own.dims if isinstance(own, TensorShape) else (own,) for own in read)
    return not any(part is UNKNOWN for own in parts for part in own)


def make_layer(
    layer: type[Layer], fields: Fields, item: Item, scope: Mapping[str, Any], sides: int
) -> Layer:
    """Make a layer for a map of so many sides: its fields are evaluated and checked."""
    if layer.numbered:
        layer = _of_sides(layer, sides)
    if not fields:
        return layer.plain
    values: dict[str, Any] = {}
    path = item.file.path
    for name, value in fields.items():
        if value.checked is not None:
            values[name] = value.checked
            continue
        field = layer.field(name)
        given = evaluate(value, scope, path)
        if given is None and field.default is None:
            continue
        if isinstance(field, SizedField):
            field = field.for_sides(sides or 1)
        try:
            values[name] = field.convert(given)
        except CostcalcError as error:
            raise CostcalcError(
                f"{layer.type}: {name} {error.message}",
                position=position(path, value.node),
                hint=error.hint or choice_hint(given),
            ) from None
    return layer(values)


def _of_sides(layer: type[Layer], sides: int) -> type[Layer]:
    """The type that a name without a number stands for: conv2d of conv on a map with two sides."""
    if sides not in (0, *layer.numbered):
        raise CostcalcError(
            f"{layer.type} takes a map of 1 to {max(layer.numbered)} sides, not of {sides}",
            hint="rearrange puts sides together",
        )
    return layer.numbered[sides or 1]


def resolve_type(item: Item, target: Any, fields: Fields) -> tuple[type[Layer] | Block, Fields]:
    """Find the type that a `$param` names, and add that type's defaults to the item's fields."""
    if isinstance(target, str):
        target = LAYERS.get(target, target)
    if not isinstance(target, (type, Block)):
        raise CostcalcError(f"${item.type} must name a layer or block, not {show(target)}")
    label = type_label(target)
    known = field_names(target)
    for name, value in fields.items():
        if name not in known:
            raise CostcalcError(
                f"unknown key '{name}' in {label}",
                position=position(item.file.path, value.key or value.node),
                hint=suggest_key(name, known),
            )
    defaults = item.file.defaults.get(label)
    if defaults:
        fields = {**defaults, **fields}
    missing = missing_fields(target, fields)
    if missing:
        raise CostcalcError(f"{label} needs {' and '.join(missing)}")
    return target, fields


def repeat_count(
    item: Item, repeat: Value, scope: Mapping[str, Any], what: str = "repeat", least: int = 0
) -> int:
    """Evaluate how many copies of an item follow one another, or stand side by side."""
    count = evaluate(repeat, scope, item.file.path)
    if count is UNKNOWN:
        return 1
    if isinstance(count, AbstractNumber):
        count = count.single()
    if type(count) is not int or not least <= count <= MAX_ITEMS:
        raise CostcalcError(
            f"{what} must be a whole number from {least} to {MAX_ITEMS:,}, not {show(count)}",
            position=position(item.file.path, repeat.node),
            hint=choice_hint(count),
        )
    return count


def check_sides(layer: Layer, out: TensorShape) -> None:
    """Refuse an output with a side that nobody could write down."""
    for side in out.dims:
        if (type(side) is not int or side >= LARGEST) and too_large(side):
            raise CostcalcError(f"{layer.type}: the output has a side of more than 100 digits")


def check_sides_of(layer: Layer, maps: Nodes) -> None:
    """Refuse a map whose number of sides is not the layer's; a vector is a map of one place."""
    for source in maps:
        x = source.shape
        count = len(x.sides)
        if count in (0, layer.sides) or x.channels is UNKNOWN:
            continue
        hint = None
        for general in LAYERS.values():
            fits = general.numbered.get(count)
            if fits and type(layer) in general.numbered.values():
                hint = f"{fits.type} does, and {general.type} takes any"
        raise CostcalcError(
            f"{layer.type} does not fit {KINDS.get(count, f'a map of {count} sides')} ({x})",
            hint=hint,
        )


def common_batch(layer: Layer, maps: Nodes) -> Number | None:
    """The samples of several maps, which must be as many; what has none is the same for all."""
    batch: Number | None = None
    for source in maps:
        own = source.shape.batch
        if own is None or own is batch:
            continue
        if batch is not None and not equal(own, batch):
            raise CostcalcError(
                f"{layer.type} cannot fit maps in batches of {batch} and {own} samples",
                hint="rearrange them back before they meet",
            )
        batch = own
    return batch
