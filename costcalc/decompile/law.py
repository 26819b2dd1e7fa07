"""Find the law by which the widths of a network follow alpha, from files at several widths.

One file is taken as alpha 1. The others have the alpha at which rounding makes the most of its
widths those of the file. For each width then, the first that holds in all files: a multiple of the
input's channels, the width times alpha, rounded, the same but not below alpha 1, a part of another
width, rounded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import NamedTuple, TypeAlias

from costcalc.decompile.align import Field
from costcalc.graph.scaling import scaler
from costcalc.language.declared import Rounding
from costcalc.numeric.exact import Number, divisible
from costcalc.units import decimal_text

ROUNDINGS = (
    *(Rounding("divisor", 8), Rounding(), Rounding("nearest"), Rounding("divisor", 4)),
    *(Rounding("divisor", 16), Rounding("divisor", 2), Rounding("divisor", 32)),
)
_PARTS = (4, 2, 6, 8, 16, 12, 24, 32, 3)
Rule: TypeAlias = "tuple[str, str | int]"
"""What kind of rule it is, and what it says of a width."""
_OWN = ("out_channels", "out_features")


class Law(NamedTuple):
    """The alphas of files, the rounding, and what each field says."""

    rounding: Rounding
    alphas: tuple[Fraction, ...]
    found: list[tuple[Field, str | int]]
    """For every width that varies, a number that alpha scales or an expression."""
    ambiguous: list[str]
    """Widths that two rules explain."""
    open: list[Field]
    """Widths that no rule explains."""


class KnownAlphas(NamedTuple):
    """The alphas of files, the first of which is 1, and the rounding of their widths."""

    alphas: tuple[Fraction, ...]
    rounding: Rounding


def law_at(fields: Sequence[Field], known: KnownAlphas) -> Law:
    """The law of files whose alphas are known."""
    return _explained(fields, 0, known.rounding, known.alphas)


def find_law(fields: Sequence[Field], names: Sequence[str]) -> Law:
    """The law that leaves the fewest widths open, of all files as alpha 1 and all roundings."""
    best: Law | None = None
    for reference in _references(fields, names):
        for rounding in ROUNDINGS:
            alphas = tuple(
                Fraction(1)
                if number == reference
                else alpha_of(fields, reference, number, rounding, names)
                for number in range(len(names))
            )
            law = _explained(fields, reference, rounding, alphas)
            if best is None or len(law.open) < len(best.open):
                best = law
            if not law.open:
                return law
    assert best is not None
    return best


def _references(fields: Sequence[Field], names: Sequence[str]) -> list[int]:
    """The files, that first which its name says is at alpha 1, then the widest."""
    widths = [
        sum(f.values[n] or 0 for f in fields if f.is_width and _ints(f)) for n in range(len(names))
    ]
    return sorted(range(len(names)), key=lambda n: (Fraction(1) not in hints(names[n]), -widths[n]))


def hints(name: str) -> set[Fraction]:
    """The alphas that the name of a file may speak of: 0.75, 075, a050, 1.0."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1]
    found: set[Fraction] = set()
    for text in re.findall(r"\d+(?:\.\d+)?", stem.rsplit(".", 1)[0]):
        found.add(Fraction(text) if "." in text else Fraction(int(text), 100))
    return found


def _ints(field: Field) -> bool:
    return all(type(value) is int for value in field.values)


def alpha_of(
    fields: Sequence[Field], reference: int, number: int, rounding: Rounding, names: Sequence[str]
) -> Fraction:
    """The alpha at which the most widths of the reference become those of a file."""
    pairs = {(f.values[reference], f.values[number]) for f in fields if f.is_width and _ints(f)}
    named = hints(names[number])
    best, score = Fraction(1), (-1, False, 0)
    for candidate in sorted({Fraction(n, 100) for n in range(1, 401)} | named):
        if candidate <= 0:
            continue
        scaled = scaler(candidate, rounding)
        fits = sum(scaled(before) == after for before, after in pairs)
        rank = (fits, candidate in named, -_digits(candidate))
        if rank > score:
            best, score = candidate, rank
    return best


def _digits(alpha: Fraction) -> int:
    """How plain an alpha is: quarters, twentieths, hundredths."""
    return next((n for n, step in enumerate((4, 20, 100)) if (alpha * step).denominator == 1), 3)


def _explained(
    fields: Sequence[Field], reference: int, rounding: Rounding, alphas: tuple[Fraction, ...]
) -> Law:
    law = Law(rounding, alphas, [], [], [])
    scale = [scaler(alpha, rounding) for alpha in alphas]
    siblings: dict[int, list[Field]] = {}
    for field in fields:
        siblings.setdefault(id(field.item), []).append(field)
    groups: dict[tuple[str, str], list[tuple[Field, dict[str, str | int]]]] = {}
    for field in fields:
        if not field.is_said:
            continue
        if field.is_width and _ints(field):
            rules = _Rules(field, rounding, alphas, scale, siblings[id(field.item)], reference)
            groups.setdefault((field.item.type, field.name), []).append((field, rules.all()))
        elif len({str(value) for value in field.values}) > 1:
            law.open.append(field)
    for (kind, name), members in groups.items():
        _choose(f"{kind} {name}", members, law)
    return law


def _choose(what: str, members: Sequence[tuple[Field, dict[str, str | int]]], law: Law) -> None:
    """Take the same rule for a field of all items of a type, where one explains them all."""
    votes = Counter(rule for _, found in members for rule in found)
    for field, found in members:
        if not found:
            law.open.append(field)
            continue
        order = [*found]
        best = max(order, key=lambda rule: (votes[rule], -order.index(rule)))
        law.found.append((field, found[best]))
        rivals = [rule for rule in order if votes[rule] == votes[best] and rule != best]
        if rivals:
            other = found[rivals[0]]
            law.ambiguous.append(f"{what} {field.values}: {found[best]} or {other}")


class _Rules:
    """What may explain a width."""

    def __init__(
        self,
        field: Field,
        rounding: Rounding,
        alphas: Sequence[Fraction],
        scale: Sequence[Callable[[Number], Number]],
        siblings: Sequence[Field],
        reference: int,
    ) -> None:
        self.field, self.base, self.rounding = field, field.values[reference], rounding
        self.alphas, self.scale, self.siblings = alphas, scale, siblings
        self.reference = reference

    def all(self) -> dict[str, str | int]:
        """What holds in all files, by the kind of rule, that first which is the likeliest."""
        return dict(chain(*self._in_order()))

    def _in_order(self) -> Iterator[Iterator[Rule]]:
        if len(set(self.field.values)) == 1:
            yield self._constant()
        if self.field.name in _OWN:
            yield from (self._scaled(), self._of_input(), self._parts())
        else:
            yield from (self._of_input(), self._parts(), self._scaled())

    def _constant(self) -> Iterator[Rule]:
        """A width that alpha does not scale: an expression never is."""
        value = self.field.values[0]
        yield "constant", f"1 * {value}" if self.field.name.endswith("channels") else value

    def _holds(self, values: Iterable[object]) -> bool:
        return all(a == b for a, b in zip(values, self.field.values, strict=True))

    def _of_input(self) -> Iterator[Rule]:
        channels = self.field.channels
        if 0 in channels:
            return
        factor = Fraction(self.field.values[0], channels[0])
        if any(Fraction(v, c) != factor for v, c in zip(self.field.values, channels, strict=True)):
            return
        if factor.denominator == 1:
            text = "in_channels" if factor == 1 else f"in_channels * {factor}"
            yield f"times {factor}", text
        elif factor.numerator == 1:
            yield f"times {factor}", f"in_channels // {factor.denominator}"

    def _scaled(self) -> Iterator[Rule]:
        if self._holds(scale(self.base) for scale in self.scale):
            own = self.field.name.endswith("channels")
            yield "scaled", self.base if own else f"scaled({self.base})"
        widened = [Fraction(self.base) * max(Fraction(1), alpha) for alpha in self.alphas]
        if self.rounding.rule == "divisor":
            divisor = self.rounding.divisor
            if self._holds(divisible(width, divisor) for width in widened):
                yield "widened", f"divisible({self.base} * max(1, alpha), {divisor})"
        elif self._holds(int(width) for width in widened):
            yield "widened", f"floor({self.base} * max(1, alpha))"

    def _parts(self) -> Iterator[Rule]:
        """Parts of another width of the item, or of the input's channels; also rounded to 8."""
        sources: list[tuple[str, str, Sequence[int]]] = []
        for other in self.siblings:
            if other.name == "expansion":
                factor = Fraction(str(other.values[0]))
                inner = [int(c * factor) for c in self.field.channels]
                text = "in_channels" if factor == 1 else f"in_channels * {decimal_text(factor)}"
                sources.append(("expanded_channels", text, inner))
            elif other is not self.field and other.is_width and _ints(other):
                text = f"scaled({other.values[self.reference]})"
                sources.append((other.name, text, other.values))
        sources.append(("in_channels", "in_channels", self.field.channels))
        for kind, text, widths in sources:
            for part in _PARTS:
                if self._holds(divisible(width // part, 8) for width in widths):
                    yield f"rounded {kind} / {part}", f"divisible({text} // {part}, 8)"
                if self._holds(width // part for width in widths):
                    yield f"{kind} / {part}", f"{text} // {part}"
