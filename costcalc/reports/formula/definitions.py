"""An exact formula in a notation: definitions in order, and the formulas that rest on them."""

from __future__ import annotations

from typing import Any, NamedTuple

from costcalc.formulas import ExactFormula
from costcalc.numeric.traced import Definition, Open
from costcalc.reports.formula.notation import Notation, formula, terms

STEPS = ("floor", "ceil", "quotient", "mod")
DIVISIBLE = "divisible(n, d): the multiple of d nearest to n, at least d, and at least 0.9·n"


class Written(NamedTuple):
    definitions: list[tuple[str, str]]
    """Names and what they stand for."""
    forms: dict[str, list[str]]
    """The terms of each metric's formula."""


def written(exact: ExactFormula, notation: Notation) -> Written:
    """What is used once and within another definition stands there; what is left has a name."""
    by_symbol = {definition.symbol: definition for definition in exact.program.definitions}
    uses = _uses(exact, by_symbol)
    texts: dict[Any, str] = {}
    counts: dict[str, int] = {}
    lines: list[tuple[str, str]] = []

    def name(symbol: Any) -> str:
        return texts[symbol] if symbol in texts else notation.name(symbol.name)

    for symbol, definition in by_symbol.items():
        within, alone = uses.get(symbol, (0, 0))
        if not within and not alone:
            continue
        text = _operation(definition, notation, name)
        if within == 1 and not alone:
            texts[symbol] = text
            continue
        letter = str(symbol)[0]
        while True:
            counts[letter] = counts.get(letter, 0) + 1
            if f"{letter}{counts[letter]}" not in exact.plan.file.network_params:
                break
        texts[symbol] = notation.defined(letter, counts[letter])
        lines.append((texts[symbol], text))
    forms = {metric: terms(form, notation, name) for metric, form in exact.forms.items()}
    return Written(lines, forms)


def _uses(exact: ExactFormula, by_symbol: dict[Any, Definition]) -> dict[Any, tuple[int, int]]:
    """How often each name is used alone in a definition, and how often otherwise.

    Only definitions that the formulas rest on count.
    """
    uses: dict[Any, tuple[int, int]] = {}

    def use(operand: Any) -> None:
        if isinstance(operand, Open):
            for part in operand.operands:
                use(part)
            return
        for symbol in operand.free_symbols & set(by_symbol):
            within, alone = uses.get(symbol, (0, 0))
            # Within a power or a product it keeps its name, which reads better there.
            bare = operand == symbol
            uses[symbol] = (within + 1, alone) if bare else (within, alone + 1)

    for form in exact.forms.values():
        for symbol in form.free_symbols & set(by_symbol):
            within, alone = uses.get(symbol, (0, 0))
            uses[symbol] = within, alone + 1
    for symbol in reversed(list(by_symbol)):
        if symbol in uses:
            for operand in by_symbol[symbol].operands:
                use(operand)
    return uses


def _operation(definition: Definition, notation: Notation, name: Any) -> str:
    parts = [_part(operand, notation, name) for operand in definition.operands]
    simple = definition.operation in STEPS and definition.operands[-1] == 1
    return notation.operation(definition.operation, parts, simple)


def _part(operand: Any, notation: Notation, name: Any) -> str:
    if not isinstance(operand, Open):
        return formula(operand, notation, name)
    parts = [_part(part, notation, name) for part in operand.operands]
    if operand.operation in ("and", "or", "not"):
        return notation.logic(operand.operation, parts)
    return notation.comparison(operand.operation, parts[0], parts[1])
