"""Hints for networks that are not shipped themselves while their family is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

from costcalc.errors import CostcalcError, folded, nearest
from costcalc.language.yaml_nodes import compose, entries, read_text
from costcalc.units import decimal_text

_MEMBERS = os.path.join(os.path.dirname(__file__), "data", "members.yaml")
_SIZED = re.compile(r"(.+?)(?:_([0-2]\.\d+|[01]\d\d))?(?:_(\d{2,3}))?", re.ASCII)
"""A width and a resolution behind a name, as papers and other libraries write them."""
_MAX_NAMES = 5


class Family(Protocol):
    """A network file with several variants."""

    variants: dict[str, Any]
    network_params: tuple[str, ...]


@lru_cache(maxsize=1)
def members() -> dict[str, str]:
    """Members of families that are not shipped, with the network and the options that make them."""
    found: list[CostcalcError] = []
    listed = entries(_MEMBERS, compose(read_text(_MEMBERS), _MEMBERS, found), "members", found)
    return {name: value.value for name, (_, value) in listed.items()}


def member_hint(name: str, shipped: Mapping[str, Family]) -> str | None:
    """The hint that says which shipped network and options make a network of this name."""
    reached = _reach(name, [*shipped])
    return None if reached is None else f"a setting of a shipped network gives it: {reached}"


def unknown_network(name: str, shipped: Mapping[str, Family]) -> CostcalcError:
    """The error for a name that nothing has; `shipped` are all names with their files."""
    hint = member_hint(name, shipped)
    if hint is not None:
        return CostcalcError(f"'{name}' is not shipped", hint=hint)
    family = _family(name, shipped)
    if family is not None:
        listed = [*family.variants][:_MAX_NAMES]
        more = ", ..." if len(family.variants) > len(listed) else ""
        return CostcalcError(
            f"'{name}' is not shipped",
            hint=f"of its family {', '.join(listed)}{more} are, with the params "
            f"{', '.join(family.network_params)}: see costcalc show {listed[0]}",
        )
    return CostcalcError(
        f"no network is named '{name}', and no file",
        hint=nearest(name, shipped) or "costcalc list shows the shipped networks",
    )


def _family(name: str, shipped: Mapping[str, Family]) -> Family | None:
    """The file with several variants whose names differ from this name in numbers only."""

    def without_numbers(name: str) -> str:
        return re.sub(r"\d+", "#", folded(name))

    kind = without_numbers(name)
    siblings = [known for known in shipped if "#" in kind and without_numbers(known) == kind]
    if folded(name) in map(folded, siblings):
        return None  # one of them, spelled in another way
    files = [shipped[known] for known in siblings]
    return next((file for file in files if files.count(file) > 1), None)


def _reach(name: str, shipped: list[str]) -> str | None:
    """The shipped network and the options that make a network of this name."""
    by_fold = {folded(member): arguments for member, arguments in members().items()}
    if folded(name) in by_fold:
        return by_fold[folded(name)]
    base, width, resolution = _SIZED.fullmatch(name).groups()  # type: ignore[union-attr]
    known = {folded(one): one for one in shipped}.get(folded(base))
    if known is None or not (width or resolution):
        return None
    options = []
    if width:
        alpha = Fraction(width) if "." in width else Fraction(int(width), 100)
        options.append(f"--alpha {decimal_text(alpha)}")
    if resolution:
        options.append(f"--resolution {resolution}")
    return " ".join([known, *options])
