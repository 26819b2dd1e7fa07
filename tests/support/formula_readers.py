"""Formulas read back from what costcalc writes: readable text, LaTeX, Python, and traces.

Each reader takes a notation by the usual rules of that notation (a product binds before a sum, a
division before what follows it), so what reads otherwise than it is meant comes out wrong. None of
them shares code with the package.
"""

import ast
import re
from fractions import Fraction
from typing import Any

from support.polynomials import put_in

from costcalc.numeric.polynomial import Polynomial

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def divisible(n: Any, d: Any) -> Any:
    """Rule 23 of the language: max(d, floor(n + d/2) // d · d), plus d if below 0.9·n."""
    multiple = max(d, (Fraction(n) + Fraction(d) / 2).__floor__() // d * d)
    return multiple + d if multiple < Fraction(9, 10) * n else multiple


MEANING = {
    "Exact": Fraction,
    "floor": lambda value: value.__floor__(),
    "ceil": lambda value: value.__ceil__(),
    "truth": int,
    "divisible": divisible,
    "min": min,
    "max": max,
}


def value(expression: str, numbers: dict[str, Any]) -> Any:
    """What an expression of Python says, its numbers exact."""
    exact = re.sub(r"(?<![\w.])\d+", lambda digits: f"Exact({digits[0]})", expression)
    return eval(exact, {"__builtins__": {}, **MEANING}, numbers)


# Readable text


def plain(text: str) -> str:
    """A formula of readable text in Python's words."""
    text = text.replace("α", "alpha").replace("ρ", "rho").translate(SUBSCRIPTS)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"**({m[0].translate(SUPERSCRIPTS)})", text)
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    for written, meant in (
        ("·", "*"),
        ("⌊", "floor("),
        ("⌋", ")"),
        ("⌈", "ceil("),
        ("⌉", ")"),
        ("[", "truth("),
        ("]", ")"),
        (", else ", " else "),
        (" = ", " == "),
        ("≠", "!="),
        ("≤", "<="),
        ("≥", ">="),
    ):
        text = text.replace(written, meant)
    return _weakest(text, " mod ", " % ")


def _weakest(text: str, sign: str, meant: str) -> str:
    """A sign that binds weaker than all others within its brackets."""
    while sign in text:
        place = text.index(sign)
        start, stop = _bracket(text, place, -1), _bracket(text, place, 1)
        left, right = text[start + 1 : place], text[place + len(sign) : stop]
        text = f"{text[: start + 1]}({left}){meant}({right}){text[stop:]}"
    return text


def _bracket(text: str, place: int, step: int) -> int:
    """Where the bracket around a place begins (step -1) or ends (step 1)."""
    depth = 0
    while True:
        place += step
        depth += step * ((text[place] == "(") - (text[place] == ")"))
        if depth < 0:
            return place


def page(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The formulas of MACs and params on a page of text, and what is defined under `where`.

    Of a law in pieces, the last piece's formulas.
    """
    forms: dict[str, str] = {}
    defined: dict[str, str] = {}
    last = ""
    for line in text.splitlines():
        head, sign, tail = line.partition(" = ")
        if sign and head.strip() in ("MACs", "params"):
            last = head.strip().lower()
            forms[last] = tail
        elif re.match(r" {8,}[+-] ", line):
            forms[last] += " " + line.strip()
        elif sign and line.startswith("  ") and " " not in head.strip():
            defined[plain(head.strip())] = tail
    return forms, defined


def by_definitions(
    forms: dict[str, str], defined: dict[str, str], numbers: dict[str, Any]
) -> dict[str, Any]:
    """Python expressions that rest on definitions, each in its turn."""
    known = dict(numbers)
    for name, meaning in defined.items():
        assert name not in known, f"{name} is defined twice"
        known[name] = value(meaning, known)
    return {metric: value(form, known) for metric, form in forms.items()}


def read_page(text: str, numbers: dict[str, Any]) -> dict[str, Any]:
    """MACs and params by a page of text, at numbers for the symbols."""
    forms, defined = page(text)
    return by_definitions(
        {metric: plain(form) for metric, form in forms.items()},
        {name: plain(meaning) for name, meaning in defined.items()},
        numbers,
    )


# LaTeX

BODY = re.compile(r"\\begin\{align\*\}\n(.*?)\n\\end\{align\*\}", re.DOTALL)


def bodies(document: str) -> list[list[tuple[str, str]]]:
    """The (left side, right side) of each equation in each display of a document.

    A row that begins with `&\\quad` goes on with the row before, one with `&=` is its next step.
    """
    displays = []
    for body in BODY.findall(document):
        rows: list[tuple[str, str]] = []
        for row in body.split(" \\\\\n"):
            left, _, right = row.partition("&")
            if right.startswith(r"\quad \text{for }"):
                rows.append(("for", right.removeprefix(r"\quad \text{for }").strip()))
            elif right.startswith(r"\quad"):
                rows[-1] = rows[-1][0], rows[-1][1] + right.removeprefix(r"\quad")
            else:
                assert right.startswith("= ")
                rows.append((left.strip(), right.removeprefix("= ")))
        displays.append(rows)
    return displays


def from_latex(text: str) -> str:
    """A formula of LaTeX in Python's words."""
    text = text.replace("{,}", "").replace(r"\_", "_").replace(r"\cdot", r"\,")
    for written, meant in (
        (r"\begin{cases}", "("),
        (r" & \text{if } ", " if "),
        (r" \\ ", " else "),
        (r" & \text{otherwise} \end{cases}", ")"),
        (r"\left\lfloor", "floor("),
        (r"\left\lceil", "ceil("),
        (r"\right\rfloor", ")"),
        (r"\right\rceil", ")"),
        (r"\left(", "("),
        (r"\right)", ")"),
        (r"\left[", "truth("),
        (r"\right]", ")"),
        (r"\,", "*"),
        (r"\land", " and "),
        (r"\lor", " or "),
        (r"\neg", " not "),
        (r"\le", "<="),
        (r"\ge", ">="),
        (r"\ne", "!="),
        (" = ", " == "),
        (r"\max", "max"),
        (r"\min", "min"),
        (r"\alpha", "alpha"),
        (r"\rho", "rho"),
        (r"\operatorname{divisible}", "divisible"),
    ):
        text = text.replace(written, meant)
    text = re.sub(r"\\(?:mathit|text)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"(?<=\w)_\{(\w+)\}", _subscript, text)
    text = re.sub(r"\^\{(-?\d+)\}", r"**(\1)", text)
    while r"\frac" in text or r"\tfrac" in text:
        shorter = re.sub(r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
        assert shorter != text, text
        text = shorter
    text = _weakest(text, r" \bmod ", " % ")
    assert not re.search(r"[\\{}^&]", text), text
    return text


def _subscript(match: "re.Match[str]") -> str:
    """c_{1} is a definition's name, D_{K} a letter of the paper's."""
    return match[1] if match[1].isdigit() else f"_{match[1]}"


def read_document(document: str, numbers: dict[str, Any]) -> dict[str, Any]:
    """MACs and params by an exact formula's document, at numbers for the symbols."""
    displays = bodies(document)
    forms = {from_latex(left).lower(): from_latex(right) for left, right in displays[0]}
    defined = {}
    if len(displays) > 1:
        defined = {from_latex(left): from_latex(right) for left, right in displays[1]}
    return by_definitions(forms, defined, numbers)


# Python


def run_source(text: str) -> Any:
    """macs and params as Python source defines them; it may import from fractions only."""
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    assert [(node.module, [name.name for name in node.names]) for node in imports] == [
        ("fractions", ["Fraction"])
    ]
    assert not any(isinstance(node, ast.Import) for node in ast.walk(ast.parse(text)))
    names: dict[str, Any] = {}
    exec(compile(text, "formula.py", "exec"), names)

    def both(*values: Any) -> tuple[Any, Any]:
        return names["macs"](*values), names["params"](*values)

    return both


# Traces: the definitions as data, and SymPy with numbers put in


def is_condition(operand: Any) -> bool:
    return not isinstance(operand, Polynomial)


def holds(condition: Any, numbers: dict[Any, Any]) -> bool:
    parts = condition.operands
    if condition.operation == "not":
        return not holds(parts[0], numbers)
    if condition.operation == "and":
        return holds(parts[0], numbers) and holds(parts[1], numbers)
    if condition.operation == "or":
        return holds(parts[0], numbers) or holds(parts[1], numbers)
    left, right = (put_in(part, numbers) for part in parts)
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }[condition.operation]


def step(operation: str, operands: Any, numbers: dict[Any, Any]) -> Any:
    """The number that one operation of a trace makes."""
    if operation == "bracket":
        return int(holds(operands[0], numbers))
    if operation == "select":
        condition, then, otherwise = operands
        return put_in(then if holds(condition, numbers) else otherwise, numbers)
    values = [put_in(operand, numbers) for operand in operands]
    if operation == "min":
        return min(values)
    if operation == "max":
        return max(values)
    if operation == "name":
        (only,) = values
        return only
    first, second = values
    return {
        "floor": lambda: (first / second).__floor__(),
        "ceil": lambda: (first / second).__ceil__(),
        "mod": lambda: first - second * (first / second).__floor__(),
        "quotient": lambda: first / second,
        "divisible": lambda: divisible(first, second),
    }[operation]()


def with_steps(definitions: Any, numbers: dict[str, Any]) -> dict[str, Any]:
    """Numbers of the knobs, and of the steps of a trace, in their order."""
    numbers = dict(numbers)
    for definition in definitions:
        assert definition.name not in numbers
        numbers[definition.name] = step(definition.operation, definition.operands, numbers)
    return numbers


def carry_out(exact: Any, values: list[Any]) -> dict[str, Fraction]:
    """MACs and params of an exact formula, through its definitions."""
    numbers = with_steps(exact.definitions, dict(zip(exact.symbols, values, strict=True)))
    return {metric: put_in(form, numbers) for metric, form in exact.forms.items()}
