"""Polynomials to SymPy, which is the oracle of their arithmetic, and back."""

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from costcalc.numeric.polynomial import Polynomial, total, variable


def rational(number: Any) -> Any:
    return sympy.Rational(*Fraction(number).as_integer_ratio())


def to_sympy(polynomial: Polynomial) -> Any:
    return sympy.Add(
        *(rational(c) * sympy.Mul(*map(_power, monomial)) for monomial, c in polynomial)
    )


def _power(factor: tuple[Any, int]) -> Any:
    base, power = factor
    is_divisor = isinstance(base, Polynomial)
    return (to_sympy(base) if is_divisor else sympy.Symbol(base, positive=True)) ** power


def typed(text: str) -> Polynomial:
    """A formula as it is typed in a test, expanded by SymPy."""
    names = {name: sympy.Symbol(name, positive=True) for name in _names(text)}
    parts = sympy.Add.make_args(sympy.expand(sympy.sympify(text, names)))
    return total(map(_from_term, parts))


def _names(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _from_term(term: Any) -> Polynomial:
    coefficient, rest = term.as_coeff_Mul()
    result = total([Fraction(int(coefficient.p), int(coefficient.q))])
    for base, power in rest.as_powers_dict().items():
        if base != 1:
            result = result * variable(base.name) ** int(power)
    return result


def put_in(polynomial: Polynomial, numbers: Mapping[str, Any]) -> Fraction:
    """The polynomial with numbers in the place of its variables, by SymPy."""
    values = {sympy.Symbol(name, positive=True): rational(n) for name, n in numbers.items()}
    result = to_sympy(polynomial).xreplace(values)
    assert result.is_Rational, f"{polynomial}: {result.free_symbols} have no value"
    return Fraction(int(result.p), int(result.q))
