"""An exact formula in a notation: its definitions in order, and then its formulas."""

from __future__ import annotations

from typing import Any, NamedTuple

from costcalc.formulas import Definition, ExactFormula
from costcalc.numeric.polynomial import Polynomial, variable
from costcalc.numeric.trace import Predicate
from costcalc.reports.formula.notation import Notation, formula, terms

STEPS = ("floor", "ceil", "quotient", "mod")
DIVISIBLE = "divisible(n, d): the multiple of d nearest to n, at least d, and at least 0.9·n"


class Written(NamedTuple):
    definitions: list[tuple[str, str]]
    """Names, and the text of what each stands for."""
    forms: dict[str, list[str]]
    """The terms of each metric's formula."""


def written(exact: ExactFormula, notation: Notation) -> Written:
    """Definitions that are used once, within another, are written there; others keep a name."""
    definitions = {definition.name: definition for definition in exact.definitions}
    uses = _uses(exact, definitions)
    texts: dict[str, str] = {}
    counts: dict[str, int] = {}
    lines: list[tuple[str, str]] = []

    def text_of(name: str) -> str:
        return texts[name] if name in texts else notation.name(name)

    for name, definition in definitions.items():
        alone, within = uses.get(name, (0, 0))
        if not alone and not within:
            continue
        text = _operation(definition, notation, text_of)
        if alone == 1 and not within:
            texts[name] = text
            continue
        letter = name[0]
        while True:
            counts[letter] = counts.get(letter, 0) + 1
            if f"{letter}{counts[letter]}" not in exact.plan.file.network_params:
                break
        texts[name] = notation.defined(letter, counts[letter])
        lines.append((texts[name], text))
    forms = {metric: terms(form, notation, text_of) for metric, form in exact.forms.items()}
    return Written(lines, forms)


def _uses(exact: ExactFormula, definitions: dict[str, Definition]) -> dict[str, tuple[int, int]]:
    """How often each name is an operand alone, and how often it is a part of a polynomial.

    Definitions that no formula needs do not count. Within a power or a product, a name is easier
    to read than its definition.
    """
    uses: dict[str, tuple[int, int]] = {}

    def use(operand: Polynomial | Predicate, alone: bool) -> None:
        if isinstance(operand, Predicate):
            for part in operand.operands:
                use(part, alone)
            return
        for name in operand.variables & definitions.keys():
            before = uses.get(name, (0, 0))
            is_alone = alone and operand == variable(name)
            uses[name] = before[0] + is_alone, before[1] + (not is_alone)

    for form in exact.forms.values():
        use(form, False)
    for name in reversed(definitions):
        if name in uses:
            for operand in definitions[name].operands:
                use(operand, True)
    return uses


def _operation(definition: Definition, notation: Notation, name: Any) -> str:
    parts = [_part(operand, notation, name) for operand in definition.operands]
    simple = definition.operation in STEPS and definition.operands[-1] == 1
    return notation.operation(definition.operation, parts, simple)


def _part(operand: Any, notation: Notation, name: Any) -> str:
    if not isinstance(operand, Predicate):
        return formula(operand, notation, name)
    parts = [_part(part, notation, name) for part in operand.operands]
    if operand.operation in ("and", "or", "not"):
        return notation.logic(operand.operation, parts)
    return notation.comparison(operand.operation, parts[0], parts[1])
