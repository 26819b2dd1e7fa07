"""The rules of a convention, and which of them holds for a layer.

A rule is kept under the kind of layer that it counts: a type (`relu`), a family (`activations`) or
a special kind of either (`batch_norm.folded`, `poolings.function`, or `function` of any layer). The
special kind goes before the type and the type before its family, so that a new layer type counts
as its family does. A type without a number, `max_pool`, is that of all numbers of sides, unless
`max_pool1d` has a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from costcalc.layers import FAMILIES, LAYERS, Layer

Rule: TypeAlias = Mapping[str, int]
"""Quantities and how often each counts."""

OF_ANY_TYPE = {
    "function": "that the reference calls as a function, such as F.relu(x)",
    "method": "that the reference calls as a method of the tensor, such as x.mean((2, 3))",
    "sequence": "on a map with one side",
    "volume": "on a map with three sides",
}
"""Special kinds of any type and family: how a layer is called, and how many sides its map has."""

SPECIAL = {
    **OF_ANY_TYPE,
    "batch_norm.folded_transposed": "behind a transposed convolution that only it reads",
    "batch_norm.folded_linear": "behind a linear layer on a vector that only it reads",
    "batch_norm.folded": "behind a convolution or such a linear layer that only it reads",
    "linear.strided": "of tokens that are a transposed view of a map",
    "multi_head_attention.strided": "of tokens that are a transposed view of a map",
    "dot_product_attention.composed": "that PyTorch makes of two products: with trained biases, or "
    "where keys and values differ in their channels",
    "dot_product_attention.masked": "causal, or with trained biases",
    "lstm.projected": "whose state is projected",
    "einsum.single": "of one map",
    "conv_transpose.square": "with as many output as input channels",
    "upsample.size": "to a size, not by a factor",
    "upsample.bilinear": "bilinear, on a map with two sides",
    "upsample.linear": "bilinear on a sequence, which PyTorch calls linear",
    "upsample.trilinear": "bilinear on a volume, which PyTorch calls trilinear",
}
"""Kinds within a layer type. A layer of several counts by the first of them that has a rule."""


def rule_text(rule: Rule) -> str:
    """`2 output + bias`; 0 where nothing counts."""
    terms = [
        quantity if weight == 1 else f"{weight} {quantity}" for quantity, weight in rule.items()
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def types() -> tuple[str, ...]:
    """Every layer type once; aliases left out."""
    return tuple(dict.fromkeys(layer.type for layer in LAYERS.values()))


def open_type(type_: str) -> str:
    """`max_pool` of `max_pool2d`; any other type is its own."""
    bases = (base for base in LAYERS[type_].__mro__[1:] if issubclass(base, Layer))
    return next((base.type for base in bases if base.numbered), type_)


def kinds(scope: str) -> tuple[str, ...]:
    """Everything that a rule may be written for; of special kinds of any type, the scope's."""
    scopes = (*types(), *FAMILIES)
    own = [f"{scope}.{word}" for word in OF_ANY_TYPE] if scope in scopes else []
    if scope in LAYERS and open_type(scope) != scope:
        own += [
            kind.replace(open_type(scope), scope)
            for kind in SPECIAL
            if scope_of(kind) == open_type(scope)
        ]
    return (*scopes, *SPECIAL, *own)


def scope_of(kind: str) -> str:
    """The type or family that a kind is of; empty of a special kind of any layer."""
    return "" if kind in OF_ANY_TYPE else kind.partition(".")[0]


class Rules(dict[str, Rule]):
    """The rules of one section of a convention, by kind."""

    def find(self, layer: Layer | type[Layer], is_special: Callable[[str], bool]) -> Rule | None:
        """The rule of a layer, or None; `is_special` tells whether it is of a special kind."""
        kind = self.kind_of(layer, is_special)
        return None if kind is None else self[kind]

    def kind_of(self, layer: Layer | type[Layer], is_special: Callable[[str], bool]) -> str | None:
        """The kind whose rule holds for a layer."""
        special_kinds, usual = self._of_type(layer.type)
        for kind, special in special_kinds:
            if is_special(special):
                return kind
        return usual

    def _of_type(self, type_: str) -> tuple[list[tuple[str, str]], str | None]:
        """The special kinds that a type may be of, and the kind that holds for all others."""
        if type_ not in self._by_type:
            scopes = _scopes(type_)
            own = [
                (kind, special)
                for kind, scope, special in self._special
                if not scope or scope in scopes
            ]
            self._by_type[type_] = own, next((scope for scope in scopes if scope in self), None)
        return self._by_type[type_]

    @cached_property
    def _by_type(self) -> dict[str, tuple[list[tuple[str, str]], str | None]]:
        return {}

    @cached_property
    def _special(self) -> list[tuple[str, str, str]]:
        """Special kinds with their scope and word, in the order in which they are tried."""
        words = list(dict.fromkeys(kind.rpartition(".")[2] for kind in SPECIAL))
        found = [
            (kind, scope_of(kind), kind.rpartition(".")[2])
            for kind in self
            if kind in OF_ANY_TYPE or "." in kind
        ]
        return sorted(found, key=lambda entry: (words.index(entry[2]), _width(entry[1])))

    def over(self, below: Rules) -> Rules:
        """These rules, and those of `below` for what none of these holds for.

        A rule of a type or family holds for all special kinds of it, too.
        """
        kept = {kind: rule for kind, rule in below.items() if not self._covers(kind)}
        own = dict(self)
        for kind, rule in self.items():
            if "." not in kind and kind not in OF_ANY_TYPE:
                for word in OF_ANY_TYPE:
                    if any(wider in kept for wider in _wider(kind, word)):
                        own.setdefault(f"{kind}.{word}", rule)
        return Rules({**kept, **own})

    def _covers(self, kind: str) -> bool:
        scope = scope_of(kind)
        return any(name in self for name in (kind, *_scopes(scope)))

    def grouped(self, *, nothing: bool = False) -> dict[str, list[str]]:
        """The kinds by the text of their rule, for people.

        Types and families that count nothing are left out unless asked for, but not special kinds,
        since the rest of their type or family may count.
        """
        found: dict[str, list[str]] = {}
        for kind, rule in self.items():
            if rule or nothing or "." in kind or kind in OF_ANY_TYPE:
                found.setdefault(rule_text(rule), []).append(kind)
        return found

    def by_type(self) -> dict[str, Rule]:
        """The rules with families spelled out: a rule for each layer type and special kind."""
        found: dict[str, Rule] = {}
        for type_ in types():
            rule = self.find(LAYERS[type_], lambda special: False)
            if rule is not None:
                found[type_] = rule
        for kind, scope, special in self._special:
            for type_ in types():
                if scope in _scopes(type_)[1:]:
                    found.setdefault(f"{type_}.{special}", self[kind])
            if scope not in FAMILIES:
                found[kind] = self[kind]
        return found


def _scopes(scope: str) -> tuple[str, ...]:
    """What a layer type is of, from itself to its family; a family is of itself alone."""
    if scope not in LAYERS:
        return (scope,)
    return tuple(dict.fromkeys((scope, open_type(scope), LAYERS[scope].family)))


def _width(scope: str) -> int:
    """The place of a scope in the order in which rules are tried: the narrowest first."""
    if scope in LAYERS:
        return 1 if LAYERS[scope].numbered else 0
    return 2 if scope in FAMILIES else 3


def _wider(kind: str, word: str) -> Iterator[str]:
    """The special kinds that a type or family's own rule must go before."""
    yield word
    for scope in _scopes(kind)[1:]:
        yield f"{scope}.{word}"
