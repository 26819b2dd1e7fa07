"""The law of a maximum, such as that of a peak: the largest of some polynomials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial


class Largest(NamedTuple):
    """The largest of several polynomials; which of them it is depends on the symbols."""

    of: tuple[Polynomial, ...]

    def at(self, values: Mapping[Any, Any]) -> Number:
        return max(form.at(values) for form in self.of)


def largest(forms: Iterable[Polynomial]) -> Polynomial | Largest:
    """The maximum of polynomials, without those that another is never below.

    Symbols are above 0: where no coefficient of a difference is negative, it is not either.
    """
    different = list(dict.fromkeys(forms))
    left = [
        form
        for form in different
        if not any(_is_never_below(other, form) for other in different if other != form)
    ]
    return left[0] if len(left) == 1 else Largest(tuple(left))


def _is_never_below(one: Polynomial, other: Polynomial) -> bool:
    return all(coefficient > 0 for _, coefficient in one - other)
