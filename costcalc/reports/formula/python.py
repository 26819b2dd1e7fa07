"""Formulas as Python source: macs(alpha, rho) and params(alpha, rho), to paste anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.formulas import ExactFormula, Interval, NetworkLaw, Piece
from costcalc.reports.formula.definitions import written
from costcalc.reports.formula.notation import Python, formula
from costcalc.text import escaped

_EXACT = '''
def _number(value):
    """The exact value of 0.35, "0.35", "6/7", a Fraction or an int."""
    return Fraction(str(value))


def divisible(n, d):
    """The multiple of d nearest to n, at least d, and at least 0.9 of n."""
    multiple = max(d, (2 * n + d) // (2 * d) * d)
    return multiple + (d if 10 * multiple < 9 * n else 0)


def _costs({names}):
    {names} = {numbers}
'''


@singledispatch
def source(result: Any) -> Iterator[str]:
    """The source of each kind of formula that has one."""
    raise CostcalcError(
        "Python source defines macs and params of a whole network",
        hint="name a network, and leave --layer out",
    )


@source.register(NetworkLaw)
def law_source(law: NetworkLaw) -> Iterator[str]:
    names = law.symbols
    python = Python(names)
    yield f'"""The cost of {_title(law)} by {" and ".join(names)}, unrounded."""\n\n'
    yield "from fractions import Fraction\n"
    for metric in law.metrics:
        yield f"\n\ndef {metric}({_arguments(law, python)}):\n"
        if len(law.pieces) == 1:
            yield f"    return {_sum(law.pieces[0], metric, python)}\n"
            continue
        for piece in law.pieces[:-1]:
            condition = " and ".join(
                _within(symbol, i, python) for symbol, i in piece.where.items()
            )
            yield f"    if {condition}:\n        return {_sum(piece, metric, python)}\n"
        yield f"    return {_sum(law.pieces[-1], metric, python)}\n"


@source.register(ExactFormula)
def exact_source(exact: ExactFormula) -> Iterator[str]:
    python = Python(exact.symbols)
    names = [python.name(symbol) for symbol in exact.symbols]
    text = written(exact, python)
    yield f'"""The exact cost of {_title(exact)} by {" and ".join(names)}."""\n\n'
    yield "from fractions import Fraction\n\n"
    numbers = ", ".join(f"_number({name})" for name in names)
    yield _EXACT.format(names=", ".join(names), numbers=numbers)
    for name, meaning in text.definitions:
        yield f"    {name} = {meaning}\n"
    for metric in exact.metrics:
        yield f"    _{metric} = (\n{_wrapped(text.forms[metric], ' ' * 8)}    )\n"
    yield f"    return {', '.join(f'int(_{metric})' for metric in exact.metrics)}\n"
    for number, metric in enumerate(exact.metrics):
        yield f"\n\ndef {metric}({_arguments(exact, python)}):\n"
        yield f"    return _costs({', '.join(names)})[{number}]\n"


def _title(of: NetworkLaw | ExactFormula) -> str:
    name = escaped(of.plan.name)
    return name.replace("\\", "\\\\").replace('"', "'")


def _arguments(of: NetworkLaw | ExactFormula, python: Python) -> str:
    return ", ".join(python.name(symbol) for symbol in of.symbols)


def _sum(piece: Piece, metric: str, python: Python) -> str:
    return formula(piece.forms[metric], python)


def _within(symbol: Any, interval: Interval, python: Python) -> str:
    name = python.name(symbol)
    parts = []
    if interval.low is not None and interval.low == interval.high:
        return f"{name} == {python.number(interval.low)}"
    if interval.low is not None:
        parts.append(f"{name} {'>=' if interval.low_closed else '>'} {python.number(interval.low)}")
    if interval.high is not None:
        sign = "<=" if interval.high_closed else "<"
        parts.append(f"{name} {sign} {python.number(interval.high)}")
    return " and ".join(parts)


def _wrapped(parts: Sequence[str], indent: str) -> str:
    lines = [f"{indent}{parts[0]}\n"]
    for part in parts[1:]:
        sign, text = ("-", part[1:]) if part.startswith("-") else ("+", part)
        lines.append(f"{indent}{sign} {text}\n")
    return "".join(lines)
