"""Find the fewest arguments by which a block becomes what was matched."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.decompile.bare import Map
from costcalc.decompile.fits import Match
from costcalc.decompile.flatten import as_written
from costcalc.decompile.scope import BASE, Open, Scope
from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.units import decimal_text

_ALWAYS_SAID = ("out_channels",)
"""A width is said where it is the input's too, so that it can be changed by itself."""


def arguments_of(match: Match) -> dict[str, Any]:
    """The fewest arguments by which a block becomes what was matched."""
    block, known = match.block, dict(match.params)
    for name, default in block.params.items():
        if name in known and default is not None and type(known[name]) is int:
            _derive(block, name, known, match.source)
    scope = _scope(block, known, match.source)
    kept = {}
    for name, value in known.items():
        default = block.params[name]
        if default is not None and name not in _ALWAYS_SAID:
            try:
                if default.evaluate(scope) == value:
                    continue
            except (Open, KeyError, CostcalcError):
                pass
        kept[name] = _written(value)
    return {name: kept[name] for name in block.params if name in kept}


def known_of(match: Match) -> dict[str, Any]:
    """What the params of a block are, as far as the layers say so."""
    known = dict(match.params)
    for name, default in match.block.params.items():
        if name in known and default is not None and type(known[name]) is int:
            _derive(match.block, name, known, match.source)
    scope = _scope(match.block, known, match.source)
    found = {name: _written(value) for name, value in scope.entries.items() if name not in BASE}
    for name, default in match.block.params.items():
        if name not in known or default is None:
            continue
        with contextlib.suppress(Open, KeyError, CostcalcError):
            if default.evaluate(scope) != known[name]:  # it was not made of these
                for other in default.names:
                    if other not in known:
                        found.pop(other, None)
    return found


def _derive(block: Block, name: str, known: dict[str, Any], source: Map) -> None:
    """Find a simple ratio for a param from which another's default computes what it is."""
    default = block.params[name]
    assert default is not None
    for other in default.names:
        given = block.params.get(other)
        if other in known or given is None or given.constant is None:
            continue
        ratio = Fraction(known[name], source.shape.channels)
        ratio = (
            Fraction(round(ratio * 4), 4) if ratio.denominator not in (1, 2, 4, 5, 10) else ratio
        )
        value = int(ratio) if ratio.denominator == 1 else ratio
        trial = {**{k: v for k, v in known.items() if k != name}, other: value}
        try:
            if default.evaluate(_scope(block, trial, source)) == known[name]:
                known[other] = value
        except (Open, KeyError, CostcalcError, ZeroDivisionError):
            pass


def _scope(block: Block, known: Mapping[str, Any], source: Map) -> Scope:
    """What defaults see: the params that are known, and the defaults of all others."""
    entries: dict[str, Any] = {**BASE, **known}
    scope = Scope(entries, [source])
    for name, default in block.params.items():
        if name not in known and default is not None:
            with contextlib.suppress(KeyError, CostcalcError):
                entries[name] = default.evaluate(scope)
    return scope


def _written(value: Any) -> Any:
    if isinstance(value, Block):
        return value.name
    if isinstance(value, Fraction):
        return decimal_text(value)
    return "none" if value is None else as_written(value)
