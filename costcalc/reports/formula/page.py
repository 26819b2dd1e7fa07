"""The pages of `costcalc formula`: the law, the exact formula, layers, and the paper's claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any

from costcalc.explore.plan import Plan, value_text
from costcalc.formulas import (
    Deviation,
    Deviations,
    ExactFormula,
    Interval,
    Largest,
    LayerFormula,
    LayerFormulas,
    NetworkLaw,
    Piece,
    Seed,
    deviations,
)
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.unrounded import Decision
from costcalc.numeric.work import MOST
from costcalc.render.sheet import Column, Part, Sheet, number
from costcalc.reports.analyze.page import setting
from costcalc.reports.formula.definitions import DIVISIBLE, written
from costcalc.reports.formula.notation import Notation, formula, terms, with_numbers
from costcalc.reports.labels import heading, metric_title
from costcalc.text import escaped
from costcalc.units import decimal_text, fixed

TEXT = Notation()
WIDTH = 76
"""Columns of a formula before it is continued in the next line."""

SEED = (
    ("standard convolution", "standard", "equation 2"),
    ("depthwise", "depthwise", "equation 3"),
    ("pointwise", "pointwise", "equation 5, second term"),
    ("depthwise separable", "separable", "equation 5"),
    ("separable / standard", "ratio", ""),
)

LETTERS = (
    ("D_K", "D_K: side of the kernel."),
    ("K_d K_h K_w", "K_d, K_h, K_w: depth, height and width of the kernel."),
    ("M N", "M, N: input and output channels."),
    ("D_F", "D_F: side of the output map."),
    ("F_d F_h F_w", "F_d, F_h, F_w: depth, height and width of the output map."),
    ("D_I I_d I_h I_w", "D_I, I_d, I_h, I_w: the same of the input map."),
    ("n", "n: places of a sequence."),
    ("n_I", "n_I: those of the input."),
    ("G", "G: groups."),
    ("h", "h: heads."),
    ("B", "B: samples."),
)
"""Letters of a layer's formula, and what is said of them where one is there."""


@singledispatch
def page(result: Any) -> Iterator[Part]:
    """The page of each kind of formula."""
    raise TypeError(result)


@page.register(Seed)
def seed_page(seed: Seed) -> Iterator[Part]:
    yield "What a depthwise separable convolution costs, and what it replaces"
    yield "Howard et al. 2017, arXiv:1704.04861, section 3; derived from the cost engine's formulas"
    for head, forms, sources in (
        ("multiply-adds", seed.macs, True),
        ("under alpha and rho", seed.scaled, False),
        ("params, without biases", seed.params, False),
    ):
        columns = [Column(head, left=True), Column("formula", left=True)]
        if sources:
            columns.append(Column("in the paper", left=True))
        rows = [
            [label, formula(forms[name], TEXT), *([source] if sources else [])]
            for label, name, source in SEED
        ]
        yield Sheet(columns, rows)
    yield "D_K: side of the kernel. M, N: input and output channels. D_F: side of the output map."
    yield "α: width multiplier. ρ: resolution multiplier. Equation 7 has both: α·M, α·N, ρ·D_F."


@page.register(NetworkLaw)
def law_page(law: NetworkLaw) -> Iterator[Part]:
    yield heading(law.plan.file, law.plan.setting.variant)
    yield f"the law: channels grow with α, sides of maps with ρ, nothing is rounded{_free(law)}"
    yield from _given(law.plan)
    yield ""
    for metric in law.metrics:
        yield from _pieces(law.pieces, metric)
    for decision in law.decisions:
        yield decision_text(decision)
    if law.decisions:
        yield ""
    yield from _deviations(deviations(law))


@page.register(ExactFormula)
def exact_page(exact: ExactFormula) -> Iterator[Part]:
    yield heading(exact.plan.file, exact.plan.setting.variant)
    yield "the exact formula: every floor and ceiling, equal to the integers at every setting"
    yield from _given(exact.plan)
    yield ""
    text = written(exact, TEXT)
    for metric in exact.metrics:
        yield from broken(f"{metric_title(metric):6} = ", text.forms[metric])
    yield ""
    yield "where" if text.definitions else ""
    for name, meaning in text.definitions:
        yield f"  {name} = {meaning}"
    if any("divisible(" in meaning for _, meaning in text.definitions):
        yield ""
        yield DIVISIBLE
    yield ""
    yield "⌊x⌋, ⌈x⌉: rounded down, up. [condition]: 1 where it holds, else 0."


@page.register(LayerFormulas)
def layer_page(result: LayerFormulas) -> Iterator[Part]:
    analysis, layers = result
    yield heading(analysis.network, analysis.variant)
    yield setting(analysis)
    for layer in layers:
        yield ""
        yield from formula_lines(layer)
    if len(layers) > 1:
        yield ""
        yield "together"
        for metric in dict.fromkeys(line.metric for layer in layers for line in layer.lines):
            total = sum(x.value for layer in layers for x in layer.lines if x.metric == metric)
            yield f"  {metric_title(metric):11} = {number(total)}"
    used = {letter for layer in layers for line in layer.lines for letter in line.numbers}
    if used:
        yield ""
        yield " ".join(meaning for letters, meaning in LETTERS if used & set(letters.split()))


def formula_lines(layer: LayerFormula) -> Iterator[str]:
    """A layer's name, and each of its counts as a formula, with its numbers, and as a number."""
    where = "" if layer.line is None else f", line {layer.line}"
    yield f"{escaped(layer.name)} ({layer.type}){where}"
    if not layer.lines:
        yield "  costs nothing"
    for line in layer.lines:
        numbers = with_numbers(line.form, line.numbers, TEXT)
        steps = list(dict.fromkeys([formula(line.form, TEXT), numbers, number(line.value)]))
        yield f"  {metric_title(line.metric):11} = {' = '.join(steps)}"


def _free(law: NetworkLaw) -> str:
    names = law.symbols[2:]
    return f"; {escaped(' and '.join(names))} free" if names else ""


def _given(plan: Plan) -> Iterator[str]:
    if plan.setting.batch is not None:
        yield f"a batch of {plan.setting.batch:,} samples"
    for name, text in plan.fixed_texts.items():
        yield f"{escaped(name)} {escaped(text)}"


def _pieces(pieces: Sequence[Piece], metric: str) -> Iterator[str]:
    last: Any = None
    shown: list[Piece] = []
    for piece in pieces:  # neighbours with the same formula are shown as one
        if last is not None and piece.forms[metric] == last.forms[metric] and len(piece.where) == 1:
            (symbol,) = piece.where
            before, after = last.where[symbol], piece.where[symbol]
            piece = piece._replace(
                where={symbol: after._replace(low=before.low, low_closed=before.low_closed)}
            )
            shown.pop()
        shown.append(piece)
        last = piece
    for piece in shown:
        yield from _law(f"{metric_title(metric):6} = ", piece.forms[metric])
        where = " and ".join(interval_text(TEXT.name(s), i) for s, i in piece.where.items())
        if where and len(shown) > 1:
            yield f"{'':9}where {where}"
    yield ""


def _law(head: str, form: Polynomial | Largest) -> Iterator[str]:
    """A sum, broken into lines, or a maximum with a line for each of its sums."""
    if not isinstance(form, Largest):
        yield from broken(head, terms(form, TEXT))
        return
    head += "max("
    for place, one in enumerate(form.of, 1):
        yield head + formula(one, TEXT) + (")" if place == len(form.of) else ",")
        head = " " * len(head)


def broken(head: str, parts: Sequence[str], width: int = WIDTH) -> Iterator[str]:
    """A sum that begins with a head, broken into lines of a width."""
    line = head + parts[0]
    for part in parts[1:]:
        text = f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        if len(line) + len(text) > width:
            yield line
            line = " " * (len(head) - 1) + text
        else:
            line += text
    yield line


def interval_text(name: str, interval: Interval, notation: Notation = TEXT) -> str:
    """`1/4 < α ≤ 1`."""
    text = name
    if interval.low is not None and interval.low == interval.high:
        return notation.comparison("==", name, notation.number(interval.low))
    if interval.low is not None:
        low = notation.number(interval.low)
        text = notation.comparison("<=" if interval.low_closed else "<", low, text)
    if interval.high is not None:
        high = notation.number(interval.high)
        text = notation.comparison("<=" if interval.high_closed else "<", text, high)
    return text


def decision_text(decision: Decision) -> str:
    left, right = formula(decision.left, TEXT), formula(decision.right, TEXT)
    condition = TEXT.comparison(decision.comparison, left, right)
    word = str(decision.outcome).lower()
    return f"taken as {word}, as at the network's own values: {condition}"


def _deviations(found: Deviations) -> Iterator[str]:
    if not found.points:
        yield f"not compared with the exact integers: that takes more than {MOST:,} operations"
        return
    low, high = found.heights
    over = "alpha 0.25..1.0:0.01"
    if high > 1:
        every = "every input height" if found.step == 1 else f"every {found.step:,}th input height"
        over += f" and {every} {low} to {high}" if low < high else f", height {high}"
    yield f"largest difference from the exact integers, over {over}:"
    for metric, worst in found.metrics.items():
        yield f"  {metric_title(metric):6} {_deviation(worst, high > 1)}"
    if found.invalid:
        yield (f"  at {found.invalid:,} of {found.points:,} settings the network cannot be built")


def _deviation(worst: Deviation, sized: bool) -> str:
    percent = fixed(100 * worst.relative, 2)
    sign = "+" if worst.relative > 0 else ""
    where = f"alpha {decimal_text(worst.alpha)}"
    if sized:
        where += f", {value_text(worst.resolution)}"
    law = number(int(fixed(worst.law, 0)))
    return f"{sign}{percent} % at {where}: {law} by the law, {number(worst.exact)} exactly"
