"""Name the holes of a block: params, their defaults, and what follows from others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.decompile.tree import Expression
from costcalc.decompile.unify import Hole, Unified

_OUT = ("out_channels", "out_features")


class Params(NamedTuple):
    """The params of a block."""

    defaults: dict[str, Any]
    """By name; None must be given."""
    values: dict[Hole, Any]
    """What stands in each hole."""
    arguments: list[dict[str, Any]]
    """What each place gives."""


def params_of(unified: Unified, relations: bool) -> Params:
    """Find the fewest params that say what differs.

    relations: whether a width may be said as a multiple of another.
    """
    entry = unified.entry
    values: dict[Hole, Any] = {}
    chosen: dict[str, Hole] = {}
    for hole in sorted(unified.holes, key=lambda hole: not hole.last):
        same = next((name for name, one in chosen.items() if _same(one, hole)), None)
        if same is None:
            ratio = ratio_of(hole.values, hole.channels) if relations else None
            if ratio is not None:
                values[hole] = times("in_channels", *ratio)
                continue
            of = _multiple_of(hole, chosen) if relations else None
            if of is not None:
                values[hole] = of
                continue
            same = _name(hole, {*chosen})
            chosen[same] = hole
        values[hole] = Expression(same)
    defaults: dict[str, Any] = {}
    arguments: list[dict[str, Any]] = [{} for _ in entry]
    for name, hole in chosen.items():
        default, given = _default(hole, entry if relations else [0] * len(entry))
        defaults[name] = default
        for number, value in enumerate(hole.values):
            if value != given[number] or default is None:
                arguments[number][name] = value
    ordered = sorted(defaults, key=lambda name: defaults[name] is not None)
    return Params({name: defaults[name] for name in ordered}, values, arguments)


def _multiple_of(hole: Hole, chosen: dict[str, Hole]) -> str | None:
    """What a width is of another, where it is the same everywhere."""
    widths = _widths(hole)
    for name, other in chosen.items() if widths else ():
        if name.endswith("channels"):
            ratio = ratio_of(widths, other.values)
            if ratio is not None:
                return _signed(hole, times(name, *ratio))
    return None


def _widths(hole: Hole) -> list[Any]:
    """The numbers of channels that a hole's values are; of the last channels, how many these are.

    Empty where the values are something else.
    """
    if _is_of_last(hole):
        return [-value for value in hole.values]
    return hole.values if hole.name.endswith("channels") else []


def _is_of_last(hole: Hole) -> bool:
    """Whether the values are where the last channels start, counted from the end."""
    return hole.name == "start" and all(type(one) is int and one < 0 for one in hole.values)


def _signed(hole: Hole, width: Expression) -> Expression:
    if not _is_of_last(hole):
        return width
    return Expression(f"-({width})" if " " in width else f"-{width}")


def _same(one: Hole, other: Hole) -> bool:
    """Whether two holes have the same values, and a number that alpha scales is not another."""
    alike = one.name.endswith("channels") == other.name.endswith("channels")
    return alike and one.values == other.values


def ratio_of(values: Sequence[Any], others: Sequence[Any]) -> tuple[int, int] | None:
    """k or 1/k by which values are multiples of others, everywhere."""
    if not all(
        type(value) is int and type(other) is int
        for value, other in zip(values, others, strict=True)
    ):
        return None
    value, other = values[0], others[0]
    if value <= 0 or other <= 0:
        return None
    if value % other == 0 and all(
        v == o * (value // other) for v, o in zip(values, others, strict=True)
    ):
        return value // other, 1
    if other % value == 0 and all(
        o // (other // value) == v for v, o in zip(values, others, strict=True)
    ):
        return 1, other // value
    return None


def times(name: str, factor: int, divisor: int) -> Expression:
    """in_channels * 4, or in_channels // 4."""
    if divisor > 1:
        return Expression(f"{name} // {divisor}")
    return Expression(name if factor == 1 else f"{name} * {factor}")


def _default(hole: Hole, entry: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The default that fits the most places, and what it is at each; None where none fits many."""
    count = len(hole.values)
    candidates: list[tuple[Any, list[Any]]] = []
    whole = all(type(value) is int for value in hole.values)
    widths = _widths(hole) if whole else []
    if widths:
        sign = -1 if _is_of_last(hole) else 1
        each = (ratio_of([v], [o]) for v, o in zip(widths, entry, strict=True))
        for (factor, divisor), _ in Counter(one for one in each if one).most_common(1):
            found = [sign * (o * factor // divisor) for o in entry]
            candidates.append((_signed(hole, times("in_channels", factor, divisor)), found))
    texts = [repr(value) for value in hole.values]
    ((common, _),) = Counter(texts).most_common(1)
    value = hole.values[texts.index(common)]
    if not (hole.name in _OUT and whole) and not isinstance(value, Expression):
        candidates.insert(0, (value, [value] * count))
    best: tuple[Any, list[Any]] = (None, [None] * count)
    score = max(1, count // 2)
    for default, found in candidates:
        fits = sum(a == b for a, b in zip(found, hole.values, strict=True))
        if fits > score:
            best, score = (default, found), fits
    return best


def _name(hole: Hole, taken: set[str]) -> str:
    name = "depth" if hole.name == "repeat" else hole.name
    if name in _OUT and not hole.last:
        name = "inner_channels" if name == "out_channels" else "inner_features"
    if hole.place and not hole.last and name != "start":
        name = f"{hole.place.removesuffix('_')}_{name.removeprefix('inner_')}"
    elif hole.place:
        name = f"{hole.place.removesuffix('_')}_{name}" if name in _OUT else name
    stem, end = (name[: -len("channels")], "channels") if name.endswith("channels") else (name, "")
    wanted, number = name, 1
    while wanted in taken:
        number += 1
        wanted = f"{stem.removesuffix('_')}{number}_{end}" if end else f"{stem}_{number}"
    return wanted
