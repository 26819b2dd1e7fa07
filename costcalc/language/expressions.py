"""The expressions of the network language: parsed once, evaluated in a scope.

The grammar is a part of Python's, so Python's parser reads it; nothing is handed to Python to run.
Every allowed node becomes a closure over the scope, a mapping of names to values.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from costcalc import units
from costcalc.errors import CostcalcError, nearest
from costcalc.language.operators import (
    ARITHMETIC,
    FUNCTIONS,
    ORDERINGS,
    bounded,
    decided,
    negated,
    require_numbers,
    same,
    truth,
)
from costcalc.language.parsing import ExpressionError, parse
from costcalc.layers.fields import show
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import UNKNOWN
from costcalc.shapes import SIDES

if TYPE_CHECKING:
    import ast

Scope: TypeAlias = Mapping[str, Any]
Evaluate: TypeAlias = Callable[[Scope], Any]

MAX_DEPTH = 50

MAP_SIDES = ("in_length", "in_depth", "in_height", "in_width")
MAP_VARIABLES = ("in_channels", *MAP_SIDES, "in_shape")
NO_SIDES: dict[str, Any] = dict.fromkeys(MAP_SIDES)
"""In a scope, where a map lacks them."""
KNOBS = ("alpha", "rho")
INDEX = "index"
"""The number of a copy, from 0: only what stands inside of copies sees it."""
LITERALS = {"true": True, "false": False, "none": None}


class Expression(NamedTuple):
    text: str
    evaluate: Evaluate
    names: Mapping[str, int]
    """Names to look up in the scope, each with the offset of its first use."""
    constants: frozenset[str]
    """The layers and blocks that it names."""


def compile_expression(text: str, constants: Mapping[str, Any]) -> Expression:
    """Parse an expression; names in `constants` stand for their values, others for the scope's."""
    return _Compiler(text, constants).compile()


class _Compiler:
    def __init__(self, text: str, constants: Mapping[str, Any]) -> None:
        self.text = text
        self.constants = constants
        self.names: dict[str, int] = {}
        self.named: set[str] = set()

    def compile(self) -> Expression:
        parsed = parse(self.text)
        self.source, self.indent = parsed.source, parsed.indent
        evaluate = self._node(parsed.tree, 0)
        return Expression(self.text, evaluate, self.names, frozenset(self.named))

    def _refuse(self, node: "ast.expr", message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, self.indent + node.col_offset, hint)

    def _node(self, node: "ast.expr", depth: int) -> Evaluate:
        kind = type(node).__name__
        method = getattr(self, f"_compile_{kind}", None)
        if depth > MAX_DEPTH:
            raise self._refuse(node, f"an expression is nested at most {MAX_DEPTH} deep")
        if method is None:
            raise self._refuse(
                node,
                "this is not allowed in an expression",
                "allowed: + - * / // %, comparisons, and or not, a if c else b, list[i], calls",
            )
        compiled: Evaluate = method(node, depth + 1)
        return compiled

    def _compile_Constant(self, node: "ast.Constant", depth: int) -> Evaluate:
        start = self.indent + node.col_offset
        text = self.source[start : self.indent + (node.end_col_offset or 0)]
        try:
            value = units.number(text)
        except ValueError as error:
            if text in ("True", "False", "None"):
                raise self._refuse(
                    node, f"unknown name '{text}'", nearest(text, LITERALS)
                ) from None
            if text[:1] in "\"'":
                raise self._refuse(
                    node, "a text has no meaning in an expression", "write words without quotes"
                ) from None
            raise self._refuse(node, str(error), "numbers are decimal: 16, 0.5, 1e6") from None
        return lambda scope: value

    def _compile_Name(self, node: "ast.Name", depth: int) -> Evaluate:
        name = node.id
        if name in LITERALS:
            value = LITERALS[name]
            return lambda scope: value
        if name in FUNCTIONS:
            raise self._refuse(node, f"{name} is a function", f"call it: {name}(...)")
        if name in self.constants:
            constant = self.constants[name]
            self.named.add(name)
            return lambda scope: constant
        self.names.setdefault(name, self.indent + node.col_offset)
        if name == "in_shape":
            return lambda scope: list(scope[name].dims)
        if name in MAP_SIDES:
            return lambda scope: _side(scope, name)
        return lambda scope: scope[name]

    def _compile_List(self, node: "ast.List", depth: int) -> Evaluate:
        items = [self._node(item, depth) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    def _compile_UnaryOp(self, node: "ast.UnaryOp", depth: int) -> Evaluate:
        operand = self._node(node.operand, depth)
        kind = type(node.op).__name__
        if kind == "Not":
            return lambda scope: negated(truth(operand(scope), "what not negates"))
        if kind == "Invert":
            raise self._refuse(node, "'~' is not allowed in an expression")

        def evaluate(scope: Scope) -> Any:
            value = operand(scope)
            require_numbers("+" if kind == "UAdd" else "-", value, value)
            return value if kind == "UAdd" else -value

        return evaluate

    def _compile_BinOp(self, node: "ast.BinOp", depth: int) -> Evaluate:
        kind = type(node.op).__name__
        if kind not in ARITHMETIC:
            raise self._refuse(
                node, "only + - * / // % are allowed between numbers", "powers: write x * x"
            )
        symbol, operation = ARITHMETIC[kind]
        left, right = self._node(node.left, depth), self._node(node.right, depth)

        def evaluate(scope: Scope) -> Any:
            a, b = left(scope), right(scope)
            require_numbers(symbol, a, b)
            try:
                return bounded(operation(a, b))
            except ZeroDivisionError:
                raise CostcalcError(f"division by zero in {show(self.text)}") from None

        return evaluate

    def _compile_BoolOp(self, node: "ast.BoolOp", depth: int) -> Evaluate:
        parts = [self._node(value, depth) for value in node.values]
        conjunction = type(node.op).__name__ == "And"
        what = f"each side of {'and' if conjunction else 'or'}"

        def evaluate(scope: Scope) -> Any:
            joined: Any = conjunction
            for part in parts:
                outcome = truth(part(scope), what)
                if outcome is (not conjunction):
                    return outcome
                if outcome is not conjunction:  # undecided: join what follows to it
                    if joined is conjunction:
                        joined = outcome
                    else:
                        joined = joined & outcome if conjunction else joined | outcome
            return joined

        return evaluate

    def _compile_Compare(self, node: "ast.Compare", depth: int) -> Evaluate:
        operands = [self._node(part, depth) for part in (node.left, *node.comparators)]
        comparisons: list[Callable[[Any, Any], Any]] = []
        for op in node.ops:
            kind = type(op).__name__
            if kind in ("Eq", "NotEq"):
                comparisons.append(
                    same if kind == "Eq" else lambda a, b: negated(decided(same(a, b)))
                )
            elif kind in ORDERINGS:
                comparisons.append(self._ordering(*ORDERINGS[kind]))
            else:
                raise self._refuse(node, "comparisons are == != < <= > >=")

        def evaluate(scope: Scope) -> Any:
            left = operands[0](scope)
            joined: Any = True
            for compare, operand in zip(comparisons, operands[1:], strict=True):
                right = operand(scope)
                outcome = decided(compare(left, right))
                if outcome is False:
                    return False
                joined = outcome if joined is True else joined & outcome
                left = right
            return joined

        return evaluate

    @staticmethod
    def _ordering(symbol: str, operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def compare(left: Any, right: Any) -> Any:
            require_numbers(symbol, left, right)
            return operation(left, right)

        return compare

    def _compile_IfExp(self, node: "ast.IfExp", depth: int) -> Evaluate:
        condition = self._node(node.test, depth)
        then, otherwise = self._node(node.body, depth), self._node(node.orelse, depth)

        def evaluate(scope: Scope) -> Any:
            outcome = truth(condition(scope), "what if tests")
            if outcome is True:
                return then(scope)
            if outcome is False:
                return otherwise(scope)
            return outcome.select(then(scope), otherwise(scope))

        return evaluate

    def _compile_Subscript(self, node: "ast.Subscript", depth: int) -> Evaluate:
        items, index = self._node(node.value, depth), self._node(node.slice, depth)

        def evaluate(scope: Scope) -> Any:
            values, position = items(scope), index(scope)
            if position is UNKNOWN or values is UNKNOWN:
                return UNKNOWN
            if not isinstance(values, list):
                raise CostcalcError(f"only a list has items, and {show(values)} is not one")
            if isinstance(position, AbstractNumber):
                position = position.single()
            if not isinstance(position, int) or isinstance(position, bool):
                raise CostcalcError(f"an index must be a whole number, not {show(position)}")
            if not 0 <= position < len(values):
                raise CostcalcError(f"index {position} is not in a list of {len(values)}")
            return values[position]

        return evaluate

    def _compile_Call(self, node: "ast.Call", depth: int) -> Evaluate:
        name = getattr(node.func, "id", "")
        if not name:
            raise self._refuse(node, "only a function can be called")
        if name not in FUNCTIONS:
            raise self._refuse(node, f"unknown function {show(name)!r}", nearest(name, FUNCTIONS))
        fewest, most, function = FUNCTIONS[name]
        if node.keywords or not fewest <= len(node.args) <= most:
            takes = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise self._refuse(node, f"{name} takes {takes} values")
        arguments = [self._node(argument, depth) for argument in node.args]

        def evaluate(scope: Scope) -> Any:
            values = [argument(scope) for argument in arguments]
            for value in values:
                require_numbers(name, value, value)
            return bounded((function or scope[name])(*values))

        return evaluate


def _side(scope: Scope, name: str) -> Any:
    """A side of the map. Raises CostcalcError where the map lacks it."""
    side = scope[name]
    if side is None:
        shape = scope["in_shape"]
        if shape.channels is UNKNOWN:
            return UNKNOWN
        known = [f"in_{own}" for own in SIDES.get(len(shape.sides), ())]
        listed = " and ".join(known).replace(" and ", ", ", len(known) - 2)
        raise CostcalcError(
            f"{name}: the map ({shape}) has no {name.removeprefix('in_')}",
            hint=f"it has {listed}" if known else "a vector has in_channels alone",
        )
    return side
