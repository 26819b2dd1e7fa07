"""Expressions: random ones against an evaluator of their own, and all that is refused."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from math import floor
from types import NoneType
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import CostcalcError
from costcalc.language.expressions import compile_expression

CONSTANTS = {"relu": "relu", "gelu": "gelu", "same": "same"}
SCOPE = {
    "in_channels": 24,
    "width": 7,
    "zero": 0,
    "below": -5,
    "alpha": Fraction(3, 4),
    "third": Fraction(1, 3),
    "flag": True,
    "act": "relu",
    "nothing": None,
    "list": [3, Fraction(1, 2), 5],
    "scaled": lambda width: 3 * width,
}
TOO_LARGE = 10**100


def evaluate(text, scope=SCOPE, constants=CONSTANTS):
    return compile_expression(text, constants).evaluate(scope)


# An independent evaluator. A tree is built together with its text: every node knows how it is
# written, how tightly its outermost operator binds, and how its value is computed.

(IF, OR, AND, NOT, COMPARE, SUM, PRODUCT, SIGN, ATOM) = range(9)


class Refused(Exception):
    """What the expression language calls an error."""


class Tree(NamedTuple):
    text: str
    level: int
    value: Callable[[], Any]


def bounded(value):
    if abs(value.numerator) >= TOO_LARGE or value.denominator >= TOO_LARGE:
        raise Refused
    return value


def quotient(a, b, divide):
    if b == 0:
        raise Refused
    return divide(a, b)


ARITHMETIC = {
    "+": (SUM, lambda a, b: a + b),
    "-": (SUM, lambda a, b: a - b),
    "*": (PRODUCT, lambda a, b: a * b),
    "/": (PRODUCT, lambda a, b: quotient(a, b, lambda a, b: a / b)),
    "//": (PRODUCT, lambda a, b: quotient(a, b, lambda a, b: Fraction(floor(a / b)))),
    "%": (PRODUCT, lambda a, b: quotient(a, b, lambda a, b: a - b * floor(a / b))),
}
ORDER = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def half_up(value):
    whole = floor(value)
    return Fraction(whole + 1 if value - whole >= Fraction(1, 2) else whole)


def divisible(n, d=Fraction(8)):
    if d <= 0:
        raise Refused
    near = Fraction(floor(n + d / 2) // d) * d
    result = near if near > d else d
    return result + d if result < n * 9 / 10 else result


FUNCTIONS = {
    # the most values it takes, and what it is
    "min": (4, lambda *values: sorted(values)[0]),
    "max": (4, lambda *values: sorted(values)[-1]),
    "ceil": (1, lambda value: Fraction(-floor(-value))),
    "floor": (1, lambda value: Fraction(floor(value))),
    "round": (1, half_up),
    "scaled": (1, lambda value: 3 * value),
}

LITERALS = (
    *(("0", "0"), ("7", "7"), ("007", "7"), ("16", "16"), ("010", "10"), ("3.", "3")),
    *(("0.5", "1/2"), (".25", "1/4"), ("00.1", "1/10"), ("1e3", "1000"), ("2.5e-1", "1/4")),
    *(("1E2", "100"), ("1e+2", "100"), ("12345678901234567890", "12345678901234567890")),
)
NAMES = ("in_channels", "width", "zero", "below", "alpha", "third")


def atom(text, value):
    return Tree(text, ATOM, lambda: Fraction(value))


LEAVES = st.one_of(
    st.sampled_from([atom(text, value) for text, value in LITERALS]),
    st.sampled_from([atom(name, SCOPE[name]) for name in NAMES]),
    st.integers(0, 99).map(lambda number: atom(str(number), number)),
)
SPACES = st.sampled_from(["", " ", "  "])
GAPS = st.sampled_from([" ", "  "])

# The functions below draw a node whose operands are `depth` levels deep at most.


def within(draw, tree, level):
    """The text of an operand, in parentheses where it binds less tightly, and sometimes anyway."""
    if tree.level < level or draw(st.integers(0, 9)) == 0:
        return f"({draw(SPACES)}{tree.text}{draw(SPACES)})"
    return tree.text


def binary(draw, depth):
    symbol = draw(st.sampled_from(sorted(ARITHMETIC)))
    level, operation = ARITHMETIC[symbol]
    left, right = number(draw, depth), number(draw, depth)
    # Operators of one level group from the left, so a right operand of that level needs them.
    first, second = within(draw, left, level), within(draw, right, level + 1)
    return Tree(
        f"{first}{draw(SPACES)}{symbol}{draw(SPACES)}{second}",
        level,
        lambda: bounded(operation(left.value(), right.value())),
    )


def sign(draw, depth):
    operand, symbol = number(draw, depth), draw(st.sampled_from("+-"))
    factor = 1 if symbol == "+" else -1
    return Tree(symbol + within(draw, operand, SIGN), SIGN, lambda: factor * operand.value())


def call(draw, depth):
    name = draw(st.sampled_from(sorted(FUNCTIONS)))
    most, function = FUNCTIONS[name]
    values = [number(draw, depth) for _ in range(draw(st.integers(1, most)))]
    comma = f"{draw(SPACES)},{draw(SPACES)}"
    text = f"{name}{draw(SPACES)}({comma.join(value.text for value in values)})"
    return Tree(text, ATOM, lambda: bounded(function(*[value.value() for value in values])))


def divisible_call(draw, depth):
    value, divisor = number(draw, depth), draw(st.none() | st.integers(-1, 16))
    if divisor is None:
        return Tree(f"divisible({value.text})", ATOM, lambda: bounded(divisible(value.value())))
    return Tree(
        f"divisible({value.text}, {divisor})",
        ATOM,
        lambda: bounded(divisible(value.value(), Fraction(divisor))),
    )


def choice(draw, depth):
    condition = boolean(draw, depth)
    then, otherwise = number(draw, depth), number(draw, depth)
    parts = within(draw, then, OR), within(draw, condition, OR), within(draw, otherwise, IF)
    return Tree(
        "{} if {} else {}".format(*parts),
        IF,
        lambda: then.value() if condition.value() else otherwise.value(),
    )


def item(draw, depth):
    values = [number(draw, depth) for _ in range(draw(st.integers(1, 3)))]
    index = draw(st.integers(-1, 3))

    def value():
        # The whole list is computed, whichever item is taken.
        computed = [one.value() for one in values]
        if not 0 <= index < len(computed):
            raise Refused
        return computed[index]

    return Tree(f"[{', '.join(one.text for one in values)}][{index}]", ATOM, value)


def number(draw, depth):
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(LEAVES)
    node = draw(st.sampled_from([binary, binary, sign, call, divisible_call, choice, item]))
    return node(draw, depth - 1)


def comparison(draw, depth):
    operands = [number(draw, depth) for _ in range(draw(st.integers(2, 3)))]
    symbols = [draw(st.sampled_from(sorted(ORDER))) for _ in operands[1:]]
    text = within(draw, operands[0], SUM)
    for symbol, operand in zip(symbols, operands[1:], strict=True):
        text += f"{draw(SPACES)}{symbol}{draw(SPACES)}{within(draw, operand, SUM)}"

    def value():
        left = operands[0].value()
        for symbol, operand in zip(symbols, operands[1:], strict=True):
            right = operand.value()
            if not ORDER[symbol](left, right):
                return False
            left = right
        return True

    return Tree(text, COMPARE, value)


def junction(draw, depth):
    word = draw(st.sampled_from(["and", "or"]))
    level = AND if word == "and" else OR
    left, right = boolean(draw, depth), boolean(draw, depth)
    first, second = within(draw, left, level), within(draw, right, level + 1)
    return Tree(
        f"{first}{draw(GAPS)}{word}{draw(GAPS)}{second}",
        level,
        (lambda: left.value() and right.value())
        if word == "and"
        else (lambda: left.value() or right.value()),
    )


def negation(draw, depth):
    operand = boolean(draw, depth)
    text = f"not{draw(GAPS)}{within(draw, operand, NOT)}"
    return Tree(text, NOT, lambda: not operand.value())


WORDS = st.sampled_from(
    [
        Tree("true", ATOM, lambda: True),
        Tree("false", ATOM, lambda: False),
        Tree("flag", ATOM, lambda: True),
        Tree("act == relu", COMPARE, lambda: True),
        Tree("act != gelu", COMPARE, lambda: True),
        Tree("act == none", COMPARE, lambda: False),
        Tree("nothing == none", COMPARE, lambda: True),
        Tree("same == relu", COMPARE, lambda: False),
        Tree("flag == 1", COMPARE, lambda: False),
        Tree("list[1] == 1 / 2", COMPARE, lambda: True),
    ]
)


def boolean(draw, depth):
    if depth == 0:
        return draw(WORDS)
    node = draw(st.sampled_from([comparison, comparison, junction, negation, boolean]))
    return node(draw, depth - 1)


@st.composite
def numbers(draw):
    return number(draw, draw(st.integers(0, 4)))


@st.composite
def booleans(draw):
    return boolean(draw, draw(st.integers(0, 4)))


def check_agreement(tree):
    try:
        expected = tree.value()
    except Refused:
        with pytest.raises(CostcalcError):
            evaluate(tree.text)
        return
    found = evaluate(tree.text)
    assert found == expected
    # A whole number is an int whatever it came from, and nothing is ever a binary float.
    if isinstance(expected, bool):
        assert type(found) is bool
    else:
        assert type(found) is (int if expected.denominator == 1 else Fraction)


@settings(max_examples=400, deadline=None)
@given(numbers())
def test_random_numbers(tree):
    check_agreement(tree)


@settings(max_examples=200, deadline=None)
@given(booleans())
def test_random_conditions(tree):
    check_agreement(tree)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="0123456789.eE+-*/%<>=!()[],abifxrel \n", max_size=30))
def test_any_text_is_a_value_or_an_error(text):
    # Names are looked up in the scope; that they are known is checked where a network is read.
    with suppress(CostcalcError, KeyError):
        assert isinstance(evaluate(text, {}), (int, Fraction, list, str, NoneType))


# Exactness


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2 == 3 / 10", True),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("0.29 * 100", 29),
        ("1 / 3 + 1 / 3 + 1 / 3", 1),
        ("1e-50 + 1 > 1", True),
        ("(10 // 3) * 3 + 10 % 3", 10),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7 // -2", -4),
        ("7.5 // 2", 3),
        ("7.5 % 2", Fraction(3, 2)),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("ceil(-1.5)", -1),
        ("floor(-1.5)", -2),
        ("99999999999999999999 + 1", 10**20),
        ("1e99 - 1e99 + 1", 1),
        ("2 - 3 - 4", -5),
        ("100 / 10 / 5", 2),
        ("2 * 3 % 4", 2),
        ("-2 * -3", 6),
        ("not 1 == 2 and 2 < 3", True),
        ("true or 1 / 0 == 1", True),  # what decides comes first, the rest is not computed
        ("false and 1 / 0 == 1", False),
        ("1 if true else 1 / 0", 1),
        ("1 < 2 < 3 < 3", False),
        ("010 + 1", 11),
        ("1e01 + 0010e+01 + 1e-01", Fraction(1101, 10)),
        ("max(0.5, 1 / 3)", Fraction(1, 2)),
        ("[1, [2, 3]][1][0]", 2),
        ("list", [3, Fraction(1, 2), 5]),
        (" 1\n+\n2 ", 3),
        ("relu", "relu"),
        ("none", None),
    ],
)
def test_values(text, value):
    found = evaluate(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["0.1", "0.1 + 0.2", "7 / 2", "1e-3", "alpha * width"])
def test_nothing_is_a_binary_float(text):
    assert type(evaluate(text)) is Fraction


# Refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9 ** 9", r"only \+ - \* / // %"),
        ("9**9**9**9", r"only \+ - \* / // %"),
        ("1 << 1000000000", r"only \+ - \* / // %"),
        ("1 & 2", r"only \+ - \* / // %"),
        ("1 ^ 2", r"only \+ - \* / // %"),
        ("1 | 2", r"only \+ - \* / // %"),
        ("[1] @ [2]", "'@' has no meaning"),
        ("~1", "not allowed"),
        ("lambda: 1", "not allowed"),
        ("lambda x: x", "not allowed"),
        ("[i for i in list]", "not allowed"),
        ("max(i for i in list)", "not allowed"),
        ("{1: 2}", "'{' has no meaning"),
        ("{i for i in list}", "'{' has no meaning"),
        ("(1, 2)", "not allowed"),
        ("1, 2", "not allowed"),
        ("()", "not allowed"),
        ("width.real", "not allowed"),
        ("width.__class__", "not allowed"),
        ("f'{width}'", "'{' has no meaning"),
        ("f''", "not allowed"),
        ("'text'", "a text has no meaning"),
        ('"text"', "a text has no meaning"),
        ("b'text'", "is not a number|a text"),
        ("(x := 3)", "not allowed"),
        ("x = 3", "not an expression"),
        ("list[0:1]", "not allowed"),
        ("list[0, 1]", "not allowed"),
        ("*list", "not an expression|not allowed"),
        ("max(*list)", "not allowed"),
        ("max(**list)", "takes"),
        ("max(default=1)", "takes"),
        ("max()", "max takes 1 to 20 values"),
        ("ceil(1, 2)", "ceil takes 1 values?"),
        ("width(3)", "unknown function 'width'"),
        ("print(3)", "unknown function 'print'"),
        ("__import__('os')", "unknown function '__import__'"),
        ("list[0](3)", "function"),
        ("max", "max is a function"),
        ("yield", "not an expression|not allowed"),
        ("await width", "not an expression|not allowed"),
        ("1 in list", "comparisons are"),
        ("1 is 1", "comparisons are"),
        ("1 not in list", "comparisons are"),
        ("...", "not a number|not allowed"),
        ("True", "unknown name 'True'"),
        ("None", "unknown name 'None'"),
        ("0x10", "not a number"),
        ("0b1", "not a number"),
        ("0o7", "not a number"),
        ("1_000", "not a number"),
        ("1j", "not a number"),
        ("wídth", "'í' has no meaning"),
        ("ｗidth", "has no meaning"),  # Python reads a full-width letter as the letter
        ("x²", "has no meaning"),
        ("٣", "has no meaning"),  # a digit to Python's isdigit
        ("1 # one", "'#' has no meaning"),
        ("1; 2", "';' has no meaning"),
        ("1 \\\n + 2", "has no meaning"),
        ("`1`", "has no meaning"),
        ("1 + \x00", "has no meaning"),
        ("", "not an expression"),
        ("   ", "not an expression"),
        ("1 +", "not an expression"),
        ("1 2", "not an expression"),
        ("(1", "not an expression"),
        ("1)", "not an expression"),
        ("a?b", "not an expression"),
        ("import os", "not an expression"),
        ("1 if true", "not an expression"),
        ("$width", "not an expression"),
    ],
)
def test_what_is_refused_before_anything_runs(text, message):
    with pytest.raises(CostcalcError, match=message):
        compile_expression(text, CONSTANTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "division by zero"),
        ("1 // zero", "division by zero"),
        ("1 % (width - 7)", "division by zero"),
        ("relu + 1", r"'\+' needs numbers, not relu"),
        ("true + 1", r"'\+' needs numbers, not true"),
        ("1 * none", r"'\*' needs numbers, not none"),
        ("2 * [1, 2]", r"'\*' needs numbers"),
        ("[1] + [2]", r"'\+' needs numbers"),
        ("-relu", "'-' needs numbers"),
        ("-true", "'-' needs numbers"),
        ("+none", r"'\+' needs numbers"),
        ("relu < gelu", "'<' needs numbers"),
        ("true < 2", "'<' needs numbers"),
        ("none >= 0", "'>=' needs numbers"),
        ("[1] == [1]", "lists cannot be compared"),
        ("not 1", "true or false"),
        ("not none", "true or false"),
        ("1 and true", "true or false"),
        ("true and 1", "true or false"),
        ("false or none", "true or false"),
        ("1 if width else 2", "true or false"),
        ("1 if relu else 2", "true or false"),
        ("max(1, relu)", "max needs|needs numbers"),
        ("max(1, true)", "needs numbers"),
        ("ceil(none)", "needs numbers"),
        ("min(list)", "needs numbers"),
        ("divisible(8, 0)", "divisor above 0"),
        ("divisible(8, -8)", "divisor above 0"),
        ("list[3]", "index 3 is not in a list of 3"),
        ("list[-1]", "index -1 is not in a list of 3"),
        ("list[0.5]", "index must be a whole number"),
        ("list[true]", "index must be a whole number"),
        ("list[none]", "index must be a whole number"),
        ("width[0]", "only a list has items, and 7 is not one"),
        ("relu[0]", "only a list has items, and relu is not one"),
    ],
)
def test_what_is_refused_when_it_runs(text, message):
    with pytest.raises(CostcalcError, match=message):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("1 + (2 ** 3)", 5),
        ("  wídth", 3),
        ("max(1, width.real)", 7),
        ("width + maxi(2)", 8),
        ("007 + 'a'", 6),
    ],
)
def test_a_refusal_says_where_in_the_text(text, offset):
    with pytest.raises(CostcalcError) as caught:
        compile_expression(text, CONSTANTS)
    assert caught.value.offset == offset


def test_names_are_told_with_the_place_of_their_first_use():
    names = compile_expression(" 1 + b * (a - b) if relu == c else 3", CONSTANTS).names
    assert dict(names) == {"b": 5, "a": 10, "c": 28}


def test_a_name_is_looked_up_when_it_runs():
    expression = compile_expression("a + 1", {})
    assert [expression.evaluate({"a": n}) for n in (1, 2)] == [2, 3]


# Bounds


def test_an_expression_has_a_greatest_length():
    assert evaluate("1" + " " * 999) == 1
    with pytest.raises(CostcalcError, match="at most 1000 characters"):
        compile_expression("1" + " " * 1000, {})


@pytest.mark.parametrize(
    "text",
    [
        "(" * 499 + "1" + ")" * 499,
        "(" * 900,
        "[" * 499 + "]" * 499,
        "-" * 900 + "1",
        "not " * 240 + "true",
        "+".join(["1"] * 500),
        "1" + "[0]" * 300,
        "max(" * 190 + "1" + ")" * 190,
        "1 if true else " * 60 + "1",
        " and ".join(["(1 < 2"] * 90) + ")" * 90,
    ],
    ids=lambda text: text[:12],
)
def test_what_is_nested_deeply_is_a_value_or_refused(text):
    with suppress(CostcalcError):
        assert isinstance(evaluate(text), (int, Fraction))


def test_fifty_levels_are_as_many_as_anyone_needs():
    assert evaluate("-" * 48 + "1") == 1
    with pytest.raises(CostcalcError, match="nested at most 50 deep"):
        compile_expression("-" * 60 + "1", {})


def test_no_value_grows_beyond_100_digits():
    assert evaluate("9" * 100) == 10**100 - 1
    assert evaluate("1e99") == 10**99
    for text in ("9" * 101, "1e100", "1e-101", "1e999999999", "-1e999999999", "1" + "0" * 300):
        with pytest.raises(CostcalcError, match="100 digits"):
            evaluate(text)


def repeated(step, value):
    """What becomes of n in 400 steps."""
    for _ in range(400):
        value = evaluate(step, {"n": value})
        assert max(abs(Fraction(value).numerator), Fraction(value).denominator) < TOO_LARGE


@pytest.mark.parametrize(
    "step",
    [
        *("n * n", "n * 1e50", "n + n * 1e99", "n * -1e99", "n / 1e-99"),
        *("n / 1e50", "n * n + 1 / 11", "n - 1 / (n * n)"),
    ],
)
def test_neither_part_of_a_fraction_grows_beyond_100_digits(step):
    with pytest.raises(CostcalcError, match="100 digits"):
        repeated(step, 12345)


def test_functions_are_bounded_too():
    with pytest.raises(CostcalcError, match="100 digits"):
        evaluate("scaled(9e99)")


def test_reading_one_warns_of_nothing():
    # Python would tell the author of a network about `16if` as if it were Python.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for text in ("16if true else 3", "1 is 1", "[1](2)", "0x1for x in y"):
            with suppress(CostcalcError):
                evaluate(text)
    assert told == []
