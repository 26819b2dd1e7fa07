"""The params of a network as knobs: numbers, entries of lists, and what is true or false."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import number_override
from costcalc.language.values import Value
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import EXACT, Number


def knobs_of(name: str, value: Value | None) -> Iterator[tuple[str, Number | bool]]:
    """The knobs of a param, with their values: itself, or `name[0]`, `name[1]` and so on."""
    constant = getattr(value, "constant", None)
    if isinstance(constant, EXACT):
        yield name, constant
    elif isinstance(constant, list) and all(map(_is_number, constant)):
        yield from ((f"{name}[{place}]", own) for place, own in enumerate(constant))


def set_params(
    file: NetworkFile,
    params: dict[str, Value],
    declared: Mapping[str, Value],
    numbers: Mapping[str, Number],
) -> None:
    """Give params the numbers of their knobs, of any kind.

    declared: the values of those that `params` leaves out.
    """
    lists: dict[str, list[Number]] = {}
    for knob, number in numbers.items():
        name, bracket, place = knob.partition("[")
        own = params.get(name, declared.get(name))
        if bracket:
            entries = lists.setdefault(name, list(getattr(own, "constant", None) or ()))
            entries[int(place[:-1])] = number
        elif own is not None and isinstance(own.constant, bool):
            params[name] = Value(own.node, bool(_single(number)))
        else:
            params[name] = number_override(file, name, number)
    for name, entries in lists.items():
        params[name] = _listed([number_override(file, name, number) for number in entries])


def _listed(entries: list[Value]) -> Value:
    constant = [entry.constant for entry in entries]
    if all(entry.compute is None for entry in entries):
        return Value(entries[0].node, constant)
    return Value(
        entries[0].node, constant, lambda scope: [entry.evaluate(scope) for entry in entries]
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, EXACT) and not isinstance(value, bool) and value >= 0


def _single(number: Number) -> Number:
    """A number on which the structure depends: what is traced serves this one alone."""
    return number.single() if isinstance(number, AbstractNumber) else number
