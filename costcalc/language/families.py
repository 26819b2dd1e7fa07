"""Hints for networks that are not shipped themselves while their family is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

from costcalc.errors import CostcalcError, folded, nearest
from costcalc.language.files import read_text
from costcalc.language.yaml_nodes import compose, entries
from costcalc.units import decimal_text

_MEMBERS = os.path.join(os.path.dirname(__file__), "data", "members.yaml")
_SIZED = re.compile(r"(.+?)(?:_([0-2]\.\d+|[01]\d\d))?(?:_(\d{2,3}))?", re.ASCII)
"""A width and a resolution behind a name, as papers and other libraries write them."""
_MAX_NAMES = 5


class Family(Protocol):
    """A network file, by its variants and params."""

    variants: dict[str, Any]
    network_params: tuple[str, ...]


@lru_cache(maxsize=2)
def members(kind: str) -> dict[str, str]:
    """The members of families that are not shipped, by name.

    kind: `settings` has the network and the options that make each member; `structures` the
    nearest network, where no options make it.
    """
    found: list[CostcalcError] = []
    root = entries(_MEMBERS, compose(read_text(_MEMBERS), _MEMBERS, found), "members", found)
    listed = entries(_MEMBERS, root[kind][1], kind, found)
    return {name: value.value for name, (_, value) in listed.items()}


def member_hint(name: str, shipped: Mapping[str, Family]) -> str | None:
    """The hint for a member of a shipped family: what makes it, or which network is nearest."""
    made = _listed(name, "settings")
    if made is not None:
        return f"a setting of a shipped network gives it: {made}"
    near = _listed(name, "structures")
    if near is not None and near in shipped:
        return _family_hint(near, shipped[near])
    return _sized_hint(name, [*shipped])


def _listed(name: str, kind: str) -> str | None:
    listed = members(kind)
    by_fold = {folded(member): said for member, said in listed.items()}
    return listed.get(name, by_fold.get(folded(name)))


def unknown_network(name: str, shipped: Mapping[str, Family]) -> CostcalcError:
    """The error for a name that nothing has; `shipped` are all names with their files."""
    hint = member_hint(name, shipped) or _sibling_hint(name, shipped)
    if hint is not None:
        return CostcalcError(f"'{name}' is not shipped", hint=hint)
    return CostcalcError(
        f"no network or file is named '{name}'",
        hint=nearest(name, shipped) or "costcalc list shows the shipped networks",
    )


def _family_hint(near: str, family: Family) -> str:
    """Name the shipped members of a family, the command that copies the nearest, and its params."""
    listed = [*family.variants][:_MAX_NAMES]
    more = ", ..." if len(family.variants) > len(listed) else ""
    are = "are" if len(listed) > 1 else "is"
    return (
        f"of its family, {', '.join(listed)}{more} {are} shipped: to write your own, start from "
        f"costcalc show {near} > mine.yaml, with the params {', '.join(family.network_params)}"
    )


def _sibling_hint(name: str, shipped: Mapping[str, Family]) -> str | None:
    """The hint for a name that differs in numbers only from a variant, one of several of a file."""

    def without_numbers(name: str) -> str:
        return re.sub(r"\d+", "#", folded(name))

    kind = without_numbers(name)
    siblings = [known for known in shipped if "#" in kind and without_numbers(known) == kind]
    if folded(name) in map(folded, siblings):
        return None  # one of them, spelled in another way
    for known in siblings:
        variants = shipped[known].variants
        if known in variants and len(variants) > 1:
            return _family_hint(known, shipped[known])
    return None


def _sized_hint(name: str, shipped: list[str]) -> str | None:
    """The hint for the name of a shipped network with a width or a resolution behind it."""
    sized = _SIZED.fullmatch(name)
    base, width, resolution = sized.groups() if sized else (name, None, None)
    known = {folded(one): one for one in shipped}.get(folded(base))
    if known is None:
        return None
    meanings, options = [], []
    if width:
        alpha = Fraction(width) if "." in width else Fraction(int(width), 100)
        meanings.append(f"{width} is its width multiplier")
        options.append(f"--alpha {decimal_text(alpha)}")
    if resolution:
        meanings.append(f"{resolution} is its resolution")
        options.append(f"--resolution {resolution}")
    if not options:
        return None
    return (
        f"if {' and '.join(meanings)}, a setting of a shipped network gives it: "
        f"{' '.join([known, *options])}"
    )
