"""The numbers of limits: `600M` of a count, `4MB` of bytes, `50ms` of a time, `5%` of another."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, cast

from costcalc import units
from costcalc.errors import CostcalcError
from costcalc.metrics import METRICS, check_metrics, with_limits


class Amount(NamedTuple):
    """The number of a limit: absolute, or a share of another number."""

    text: str
    value: int | Fraction
    relative: bool = False

    def of(self, whole: int | Fraction) -> int | Fraction:
        """Return the largest value within it; a share is taken of `whole`.

        Of a whole number of things, that is a whole number.
        """
        if not self.relative:
            return self.value
        part = Fraction(self.value) * whole
        return part.numerator // part.denominator if isinstance(whole, int) else part


def read_limit(metric: str, value: str | int | Fraction, *, ratios: bool = False) -> int | Fraction:
    """`600M` of a count, `4MB` of bytes, `50ms` of a time; a number is taken as it is.

    ratios: whether metrics that are ratios may be limited too.
    """
    check_metrics([metric], METRICS if ratios else with_limits())
    if isinstance(value, (int, Fraction)):
        return value
    return read_amount(metric, value, relative=False).value


def read_amount(metric: str, text: str, *, relative: bool) -> Amount:
    """Read `600M`, `4MB`, or `5%` where a share is allowed. Raises CostcalcError for all else."""
    if "%" in text:
        if not relative:
            raise CostcalcError(
                f"'{text}' is a percentage, and a number is needed here",
                hint="warn, growth and limits of layers may be percentages",
            )
        try:
            return Amount(text, units.percentage(text), relative=True)
        except ValueError as error:
            raise CostcalcError(str(error)) from None
    unit = METRICS[metric].unit
    if METRICS[metric].over is not None:
        return Amount(text, _number(text))
    if unit == "second":
        return Amount(text, units.duration(text))
    return Amount(text, units.limit(text, is_bytes=unit == "byte"))


def _number(text: str) -> int | Fraction:
    try:
        return cast("int | Fraction", units.number(text))
    except ValueError as error:
        raise CostcalcError(str(error)) from None


def read_needed(text: str) -> Amount:
    """Read how many networks of a space must fit: `1M`, or `1%` of them. Raises CostcalcError."""
    hint = "fit: 1M networks, or fit: 1% of those of the space"
    try:
        share = "%" in text
        value = units.percentage(text) if share else units.limit(text, is_bytes=False)
    except ValueError as error:
        raise CostcalcError(str(error), hint=hint) from None
    except CostcalcError as error:
        raise CostcalcError(error.message, hint=hint) from None
    if not value or (share and value > 1):
        wrong = "more than all networks" if value else "no condition: every space meets it"
        raise CostcalcError(f"'{text}' is {wrong}", hint=hint)
    return Amount(text, value, relative=share)


def example_of(metric: str) -> str:
    """A limit of this metric."""
    return {"byte": "256KiB", "second": "100ms"}.get(METRICS[metric].unit, "600M")
