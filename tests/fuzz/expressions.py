"""Expressions of the network language, evaluated as Python's own with exact fractions."""

import ast
from fractions import Fraction
from functools import cache
from typing import Any

SIDES = ("in_length", "in_depth", "in_height", "in_width")


class Invalid(Exception):
    """There is no such network; costcalc must say so as well."""


class Scope(dict[str, Any]):
    """What names mean; one without a meaning is a word, such as a type."""

    def __missing__(self, name: str) -> Any:
        if name in SIDES:
            raise Invalid(f"the map has no {name}")
        return MEANINGS.get(name, name)


class _Exact(ast.NodeTransformer):
    """Numbers as they are written, and quotients of them, not as binary floats."""

    def __init__(self, text: str) -> None:
        self.text = text

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        number = ast.Constant(ast.get_source_segment(self.text, node))
        return ast.Call(ast.Name("exact", ast.Load()), [number], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div):
            node.left = ast.Call(ast.Name("exact", ast.Load()), [node.left], [])
        return node


@cache
def compiled(text: str) -> Any:
    tree = _Exact(text).visit(ast.parse(text.strip(), mode="eval"))
    return compile(ast.fix_missing_locations(tree), "expression", "eval")


def whole(value: Any) -> Any:
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else value


def divisible(n: Any, d: Any = 8) -> Any:
    """torchvision's _make_divisible."""
    if d <= 0:
        raise Invalid("divisor")
    rounded = max(d, (2 * n + d) // (2 * d) * d)
    return rounded + d if 10 * rounded < 9 * n else rounded


MEANINGS: dict[str, Any] = {
    "true": True,
    "false": False,
    "none": None,
    "exact": Fraction,
    "min": min,
    "max": max,
    "floor": lambda x: x // 1,
    "ceil": lambda x: -(-x // 1),
    "round": lambda x: (x + Fraction(1, 2)) // 1,
    "divisible": divisible,
}
