"""Formulas as texts: readable Unicode, LaTeX, Python. Each notation spells the same parts."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc.formulas import Largest
from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Monomial, Polynomial

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
GREEK = {"alpha": "α", "rho": "ρ"}
_FIRST = ("alpha", "rho", "D_K", "K_d", "K_h", "K_w", "M", "N")
_LAST = ("D_F", "F_d", "F_h", "F_w")


class Notation:
    """Readable text: `539,492,352·α²·ρ²`."""

    times = "·"

    def number(self, value: Number) -> str:
        numerator, denominator = value.numerator, value.denominator
        text = f"{numerator:,}"
        return text if denominator == 1 else f"{text}/{denominator:,}"

    def name(self, name: str) -> str:
        return GREEK.get(name, name)

    def defined(self, letter: str, count: int) -> str:
        return letter + str(count).translate(_SUBSCRIPTS)

    def power(self, base: str, exponent: int) -> str:
        return base + str(exponent).translate(_SUPERSCRIPTS)

    def quotient(self, over: str, under: str) -> str:
        return f"{over}/{under}"

    def grouped(self, text: str) -> str:
        return f"({text})"

    def operation(self, operation: str, parts: Sequence[str], simple: bool) -> str:
        """A floor, an extreme, a choice; `simple` says that the second part is 1."""
        first, second = parts[0], parts[-1]
        if operation in ("floor", "ceil"):
            inner = first if simple else f"{self._grouped_sum(first)}/{self._divisor(second)}"
            return f"⌊{inner}⌋" if operation == "floor" else f"⌈{inner}⌉"
        if operation == "mod":
            return f"({first} mod {second})"
        if operation == "quotient":
            return f"({self._grouped_sum(first)}/{self._divisor(second)})"
        if operation == "select":
            return f"({parts[1]} if {first}, else {second})"
        if operation == "bracket":
            return f"[{first}]"
        if operation == "name":
            return first
        return f"{operation}({', '.join(parts)})"

    def _divisor(self, text: str) -> str:
        """A divisor, in parentheses unless it is a number or a name."""
        return text if re.fullmatch(r"[\w,]+", text) else self.grouped(text)

    def _grouped_sum(self, text: str) -> str:
        """The text in parentheses, unless it is one factor."""
        depth = 0
        for letter in text:
            depth += (letter in "([⌊⌈") - (letter in ")]⌋⌉")
            if letter == " " and depth == 0:
                return self.grouped(text)
        return text

    def comparison(self, operator: str, left: str, right: str) -> str:
        return f"{left} {_SIGNS.get(operator, operator)} {right}"

    def logic(self, word: str, parts: Sequence[str]) -> str:
        if word == "not":
            return f"not ({parts[0]})"
        return f" {word} ".join(self.grouped(part) for part in parts)


_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}


class Latex(Notation):
    """LaTeX for math mode, with amsmath."""

    times = r"\,"

    def number(self, value: Number) -> str:
        texts = [f"{part:,}".replace(",", "{,}") for part in (value.numerator, value.denominator)]
        return texts[0] if value.denominator == 1 else rf"\tfrac{{{texts[0]}}}{{{texts[1]}}}"

    def name(self, name: str) -> str:
        if name in GREEK:
            return rf"\{name}"
        head, _, tail = name.partition("_")
        if len(name) == 1:
            return name
        if len(head) == len(tail) == 1:
            return f"{head}_{{{tail}}}"
        return r"\mathit{" + name.replace("_", r"\_") + "}"

    def defined(self, letter: str, count: int) -> str:
        return f"{letter}_{{{count}}}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}" if "^" not in base else f"({base})^{{{exponent}}}"

    def quotient(self, over: str, under: str) -> str:
        return rf"\frac{{{over}}}{{{under}}}"

    def operation(self, operation: str, parts: Sequence[str], simple: bool) -> str:
        first, second = parts[0], parts[-1]
        if operation in ("floor", "ceil"):
            inner = first if simple else self.quotient(first, second)
            return rf"\left\l{operation} {inner} \right\r{operation}"
        if operation == "mod":
            return rf"\left({first} \bmod {second}\right)"
        if operation == "quotient":
            return self.quotient(first, second)
        if operation == "select":
            cases = rf"{parts[1]} & \text{{if }} {first} \\ {second} & \text{{otherwise}}"
            return rf"\begin{{cases}} {cases} \end{{cases}}"
        if operation == "bracket":
            return rf"\left[{first}\right]"
        if operation == "name":
            return first
        if operation == "divisible":
            return rf"\operatorname{{divisible}}\left({first}, {second}\right)"
        return rf"\{operation}\left({', '.join(parts)}\right)"

    def comparison(self, operator: str, left: str, right: str) -> str:
        signs = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne"}
        return f"{left} {signs.get(operator, operator)} {right}"

    def logic(self, word: str, parts: Sequence[str]) -> str:
        if word == "not":
            return rf"\neg\left({parts[0]}\right)"
        sign = r"\land" if word == "and" else r"\lor"
        return f" {sign} ".join(rf"\left({part}\right)" for part in parts)


_USED = "Fraction divisible int macs max min params str _costs _macs _number _params".split()
_DIVISIONS = {
    "floor": "{} // {}",
    "ceil": "-(-{} // {})",
    "mod": "{} % {}",
    "quotient": "Fraction({}) / {}",
}


class Python(Notation):
    """Python expressions over exact numbers."""

    times = "*"

    def __init__(self, names: Sequence[str] = ()) -> None:
        """`names` are those of symbols; one that Python or the source uses gets a `_` added."""
        used = {*keyword.kwlist, *_USED}
        self._names: dict[str, str] = {}
        for name in sorted(names, key=lambda name: name in used):
            free = name
            while free in used:
                free += "_"
            used.add(free)
            self._names[name] = free

    def number(self, value: Number) -> str:
        whole = value.denominator == 1
        return (
            str(value.numerator) if whole else f"Fraction({value.numerator}, {value.denominator})"
        )

    def name(self, name: str) -> str:
        return self._names.get(name, name)

    def defined(self, letter: str, count: int) -> str:
        return f"{letter}{count}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}**{exponent}"

    def quotient(self, over: str, under: str) -> str:
        return f"{over} / {self.grouped(under)}"

    def operation(self, operation: str, parts: Sequence[str], simple: bool) -> str:
        first, second = parts[0], parts[-1]
        if operation in _DIVISIONS:
            over, under = self._grouped_sum(first), self._divisor(second)
            text = _DIVISIONS[operation].format(over, under)
            # The source computes both sides of a switch, and the unused one must not fail.
            if under.isdigit():
                return text if operation == "ceil" else f"({text})"
            return f"({text} if {under} else 0)"
        if operation == "select":
            return f"({parts[1]} if {first} else {second})"
        if operation == "bracket":
            return f"(1 if {first} else 0)"
        if operation == "name":
            return first
        return f"{operation}({', '.join(parts)})"

    def comparison(self, operator: str, left: str, right: str) -> str:
        return f"{left} {operator} {right}"


Names = Callable[[str], str]


def terms(form: Polynomial, notation: Notation, names: Names | None = None) -> list[str]:
    """The terms of a sum, the highest power of the knobs first; a minus belongs to its term."""
    ordered = sorted(form, key=lambda term: term_order(term[0]))
    return [_term(*term, notation, names or notation.name) for term in ordered] or ["0"]


def formula(form: Polynomial | Largest, notation: Notation, names: Names | None = None) -> str:
    if isinstance(form, Largest):
        return notation.operation("max", [formula(one, notation, names) for one in form.of], False)
    first, *others = terms(form, notation, names)
    return first + "".join(
        f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in others
    )


def with_numbers(form: Polynomial, numbers: Mapping[str, int], notation: Notation) -> str:
    """The formula with a number in the place of each letter."""
    return formula(form, notation, lambda letter: notation.number(numbers[letter]))


def term_order(monomial: Monomial) -> Any:
    """By powers of alpha and of rho, by degree, by letters, and then by the powers of these."""
    powers = {str(base): n for base, n in monomial}
    letters = sorted((name[0], len(name), name) for name in powers)
    exponents = [-powers[name] for *_, name in letters]
    return -powers.get("alpha", 0), -powers.get("rho", 0), -sum(powers.values()), letters, exponents


def letter_order(name: str) -> Any:
    if name in _FIRST:
        return 0, _FIRST.index(name)
    return (2, _LAST.index(name)) if name in _LAST else (1, name[0], len(name), name)


def _term(monomial: Monomial, coefficient: Number, notation: Notation, names: Names) -> str:
    over: list[str] = []
    under: list[str] = []
    for base, power in sorted(monomial, key=lambda factor: letter_order(str(factor[0]))):
        if isinstance(base, Polynomial):
            text = notation.grouped(formula(base, notation, names))
        else:
            text = names(str(base))
        size = abs(power)
        side = over if power > 0 else under
        side.append(text if size == 1 else notation.power(text, size))
    sign = "-" if coefficient < 0 else ""
    value = abs(coefficient)
    if value != 1 or not over:
        over.insert(0, notation.number(value))
    text = notation.times.join(over)
    if under:
        below = notation.times.join(under)
        text = notation.quotient(text, notation.grouped(below) if len(under) > 1 else below)
    return sign + text
