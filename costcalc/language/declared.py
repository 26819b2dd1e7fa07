"""What a network file or one of its variants declares beside its layers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc import units
from costcalc.errors import nearest
from costcalc.language.choices import WORD, is_choice
from costcalc.language.inputs import Sides
from costcalc.language.item import Blocks, Fields
from costcalc.language.values import Choice
from costcalc.language.yaml_nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, text_of

ROUNDINGS = ("floor", "nearest", "exact")


class Rounding(NamedTuple):
    """How alpha times a width becomes a channel count."""

    rule: str = "floor"
    divisor: int = 1


class Declared(NamedTuple):
    """What the file or one of its variants says; None and empty are unsaid."""

    params: Fields
    inputs: Mapping[str, Sides] | None = None
    alpha: Fraction | None = None
    rounding: Rounding | None = None
    published: YamlNode | None = None
    alphas: Choice | None = None
    """Of a space of networks: the alphas to choose from, instead of one."""

    def overridden_by(self, variant: Declared) -> Declared:
        return Declared(
            {**self.params, **variant.params},
            variant.inputs or self.inputs,
            variant.alpha or (None if variant.alphas else self.alpha),
            variant.rounding or self.rounding,
            variant.published or self.published,
            variant.alphas or (None if variant.alpha else self.alphas),
        )


def read_alphas(file: Blocks, node: YamlNode) -> Choice | None:
    """The choice of alpha, where it is one."""
    choice = file.values.read("alpha", node, ()) if is_choice(node) else None
    if not isinstance(choice, Choice):
        return None
    for option in choice.options:
        option.constant = read_alpha(file, option.node)
    return choice


def read_alpha(file: Blocks, node: YamlNode) -> Fraction | None:
    """The alpha, where it is one number."""
    if is_choice(node):
        return None
    try:
        if isinstance(node, ScalarNode):
            return units.ratio(node.value)
        listed = isinstance(node, SequenceNode) and f"{{{WORD}: {text_of(node)}}}"
        file.fail(
            node, "alpha must be a number above 0", f"to choose, {listed}" if listed else None
        )
    except ValueError as error:
        file.fail(node, f"alpha: {error}")
    return None


def read_rounding(file: Blocks, node: YamlNode) -> Rounding | None:
    if isinstance(node, ScalarNode) and node.value in ROUNDINGS:
        return Rounding(node.value)
    if isinstance(node, MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if key.value == "divisor" and isinstance(value, ScalarNode):
            text = value.value
            if text.isdigit() and text.isascii() and len(text) < 10 and int(text) > 0:
                return Rounding("divisor", int(text))
    hint = nearest(node.value, ROUNDINGS) if isinstance(node, ScalarNode) else None
    file.fail(node, "rounding must be floor, nearest, exact or {divisor: 8}", hint)
    return None
