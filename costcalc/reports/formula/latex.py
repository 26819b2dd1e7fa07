"""Formulas as a LaTeX document, to compile as it is or to copy from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any

from costcalc.formulas import ExactFormula, Largest, LayerFormulas, NetworkLaw, Seed
from costcalc.numeric.polynomial import Polynomial
from costcalc.reports.formula.definitions import written
from costcalc.reports.formula.notation import Latex, formula, terms, with_numbers
from costcalc.reports.formula.page import SEED, interval_text
from costcalc.reports.labels import metric_title

LATEX = Latex()
PER_LINE = 150
"""Characters of source in a line of a formula, so that it stays on the page."""

_HEAD = r"""\documentclass[fleqn]{article}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\begin{document}
"""
_TAIL = "\\end{document}\n"
_ESCAPED = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_KNOWN = {"α": r"$\alpha$", "ρ": r"$\rho$", "×": r"$\times$"}


def escape(text: str) -> str:
    """Escape a text for LaTeX; letters that plain LaTeX cannot print become question marks."""
    return "".join(
        _ESCAPED.get(c) or _KNOWN.get(c) or (c if " " <= c <= "~" else "?") for c in text
    )


@singledispatch
def document(result: Any) -> Iterator[str]:
    """The document of each kind of formula."""
    raise TypeError(result)


@document.register(Seed)
def seed_document(seed: Seed) -> Iterator[str]:
    yield _HEAD
    for head, forms in (
        ("Multiply-adds", seed.macs),
        (r"Multiply-adds under $\alpha$ and $\rho$", seed.scaled),
        ("Parameters, without biases", seed.params),
    ):
        rows = [rf"\text{{{label}}} &= {formula(forms[name], LATEX)}" for label, name, _ in SEED]
        yield f"{head}:\n{_aligned(rows)}"
    yield _TAIL


@document.register(NetworkLaw)
def law_document(law: NetworkLaw) -> Iterator[str]:
    yield _HEAD
    yield f"{escape(law.plan.name)}, unrounded:\n"
    for metric in law.metrics:
        rows: list[str] = []
        for piece in law.pieces:
            rows += _law(rf"\text{{{metric_title(metric)}}}", piece.forms[metric])
            where = [
                interval_text(LATEX.name(symbol), interval, LATEX)
                for symbol, interval in piece.where.items()
            ]
            if where:
                rows.append(rf"&\quad \text{{for }} {', '.join(where)}")
        yield _aligned(rows)
    yield _TAIL


@document.register(ExactFormula)
def exact_document(exact: ExactFormula) -> Iterator[str]:
    yield _HEAD
    yield f"{escape(exact.plan.name)}, exactly:\n"
    text = written(exact, LATEX)
    rows: list[str] = []
    for metric in exact.metrics:
        rows += _lines(rf"\text{{{metric_title(metric)}}}", text.forms[metric])
    yield _aligned(rows)
    if text.definitions:
        yield "where\n" + _aligned([f"{name} &= {meaning}" for name, meaning in text.definitions])
    if any("divisible" in meaning for _, meaning in text.definitions):
        multiple = r"m = \max\left(d,\ d \left\lfloor \frac{2n + d}{2d} \right\rfloor\right)"
        rule = r"\operatorname{divisible}(n, d) &= m + d \left[10 m < 9 n\right]"
        yield "and\n" + _aligned([rf"{rule}, \quad {multiple}"])
    yield _TAIL


@document.register(LayerFormulas)
def layer_document(result: LayerFormulas) -> Iterator[str]:
    analysis, layers = result
    yield _HEAD
    yield f"{escape(analysis.variant or analysis.name)}\n\n"
    for layer in layers:
        yield f"{escape(layer.name)} ({escape(layer.type)}):\n"
        rows = []
        for line in layer.lines:
            rows.append(rf"\text{{{metric_title(line.metric)}}} &= {formula(line.form, LATEX)}")
            numbers = with_numbers(line.form, line.numbers, _Numbers())
            rows.append(rf"&= {numbers} = {LATEX.number(line.value)}")
        yield _aligned(rows) if rows else "costs nothing\n\n"
    yield _TAIL


class _Numbers(Latex):
    times = r"\cdot "


def _law(head: str, form: Polynomial | Largest) -> list[str]:
    if not isinstance(form, Largest):
        return _lines(head, terms(form, LATEX))
    inner = r",\\ ".join(formula(one, LATEX) for one in form.of)
    return [rf"{head} &= \max\left(\begin{{gathered}}{inner}\end{{gathered}}\right)"]


def _lines(head: str, parts: Sequence[str]) -> list[str]:
    """A sum, broken into lines that fit the page."""
    rows: list[str] = []
    line = f"{head} &= {parts[0]}"
    for part in parts[1:]:
        text = f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        if len(line) + len(text) > PER_LINE:
            rows.append(line)
            line = rf"&\quad{text}"
        else:
            line += text
    return [*rows, line]


def _aligned(rows: Sequence[Any]) -> str:
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}\n"
