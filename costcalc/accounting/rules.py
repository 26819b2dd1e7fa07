"""The rules of a convention, and which of them holds for a layer.

A rule is kept under the kind of layer that it counts: a type (`relu`), a family (`activations`) or
a special kind of either (`batch_norm.folded`, `poolings.function`, or `function` of any layer). The
special kind goes before the type and the type before its family, so that a new layer type counts
as its family does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from costcalc.layers import FAMILIES, LAYERS, Layer

Rule: TypeAlias = Mapping[str, int]
"""Quantities and how often each counts."""

CALLS = {
    "function": "that the reference calls as a function, such as F.relu(x)",
    "method": "that the reference calls as a method of the tensor, such as x.mean((2, 3))",
}
"""Special kinds of any type and family: the layers whose field `call` has this word."""

SPECIAL = {
    **CALLS,
    "batch_norm.folded_transposed": "behind a transposed convolution that only it reads",
    "batch_norm.folded_linear": "behind a linear layer on a vector that only it reads",
    "batch_norm.folded": "behind a convolution or such a linear layer that only it reads",
    "linear.strided": "of tokens that are a transposed view of a map",
    "multi_head_attention.strided": "of tokens that are a transposed view of a map",
    "conv_transpose2d.square": "with as many output as input channels",
    "upsample.size": "to a size, not by a factor",
    "upsample.bilinear": "bilinear",
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


def kinds(scope: str) -> tuple[str, ...]:
    """Everything that a rule may be written for; of the calls of a type or family, the scope's."""
    scopes = (*types(), *FAMILIES)
    calls = [f"{scope}.{call}" for call in CALLS] if scope in scopes else []
    return (*scopes, *SPECIAL, *calls)


def scope_of(kind: str) -> str:
    """The type or family that a kind is of; empty of a call of any layer."""
    return "" if kind in CALLS else kind.partition(".")[0]


class Rules(dict[str, Rule]):
    """The rules of one section of a convention, by kind."""

    def find(self, layer: Layer | type[Layer], is_special: Callable[[str], bool]) -> Rule | None:
        """The rule of a layer, or None; `is_special` tells whether it is of a special kind."""
        for kind, scope, special in self._special:
            if scope in ("", layer.type, layer.family) and is_special(special):
                return self[kind]
        return self.get(layer.type, self.get(layer.family))

    @cached_property
    def _special(self) -> list[tuple[str, str, str]]:
        """Special kinds with their scope and word, in the order in which they are tried."""
        words = list(dict.fromkeys(kind.rpartition(".")[2] for kind in SPECIAL))
        found = [
            (kind, scope_of(kind), kind.rpartition(".")[2])
            for kind in self
            if kind in CALLS or "." in kind
        ]
        types_, families = set(types()), set(FAMILIES)
        return sorted(
            found,
            key=lambda entry: (
                words.index(entry[2]),
                entry[1] not in types_,
                entry[1] not in families,
            ),
        )

    def over(self, below: Rules) -> Rules:
        """These rules, and those of `below` for what none of these holds for.

        A rule of a type or family holds for all special kinds of it, too.
        """
        kept = {kind: rule for kind, rule in below.items() if not self._covers(kind)}
        own = dict(self)
        for kind, rule in self.items():
            if "." not in kind and kind not in CALLS:
                for call in CALLS:
                    if any(wider in kept for wider in _wider(kind, call)):
                        own.setdefault(f"{kind}.{call}", rule)
        return Rules({**kept, **own})

    def _covers(self, kind: str) -> bool:
        scope = scope_of(kind)
        family = LAYERS[scope].family if scope in LAYERS else scope
        return any(name in self for name in (kind, scope, family))

    def grouped(self, *, nothing: bool = False) -> dict[str, list[str]]:
        """The kinds by the text of their rule, for people.

        Types and families that count nothing are left out unless asked for, but not special kinds,
        since the rest of their type or family may count.
        """
        found: dict[str, list[str]] = {}
        for kind, rule in self.items():
            if rule or nothing or "." in kind or kind in CALLS:
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
                if LAYERS[type_].family == scope:
                    found.setdefault(f"{type_}.{special}", self[kind])
            if scope not in FAMILIES:
                found[kind] = self[kind]
        return found


def _wider(kind: str, call: str) -> Iterator[str]:
    """The kinds of a call that a type or family's own rule must go before."""
    yield call
    if kind in LAYERS:
        yield f"{LAYERS[kind].family}.{call}"
