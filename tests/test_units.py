"""Numbers as people write them, and back."""

import re
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import LARGEST
from costcalc.units import (
    count,
    decimal_text,
    fixed,
    fraction_text,
    limit,
    number,
    percentage,
    ratio,
    resolution,
    short_count,
)

no_deadline = settings(deadline=None)

digits = st.text("0123456789", min_size=1, max_size=20)
signs = st.sampled_from(("", "+", "-"))
exponents = st.integers(-60, 60).map(lambda e: f"e{e}") | st.just("")
fractions = st.fractions(max_denominator=10**6)
NO_NUMBERS = "one 1_000 0x10 1e e5 . + --1 1/2 1.2.3 1e5.0 inf nan ½ ² ٣"
TOO_LARGE_OR_SMALL = "1e100 1e101 -1e100 10e99 1e-101 1e999999 1e-999999 1e999999999999 1e-9999999"
UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}


@st.composite
def decimals(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str, int]:
    """A number's text, without sign and exponent, and how many decimals it has."""
    before, after = draw(digits), draw(digits | st.just(""))
    text = draw(st.sampled_from((before, f"{before}.{after}", f".{before}")))
    return text, len(text.partition(".")[2])


def exact(text: str) -> Fraction:
    return Fraction(Decimal(text))


# number


@no_deadline
@given(signs, decimals(), exponents)
def test_a_number_is_exact(sign: str, decimal: tuple[str, int], exponent: str) -> None:
    text = sign + decimal[0] + exponent
    assert number(text) == exact(text)
    assert (type(number(text)) is int) == (exact(text).denominator == 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("1e6", 10**6),
        ("1E+2", 100),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("-0", 0),
        ("25e-2", Fraction(1, 4)),
        ("9" * 100, LARGEST - 1),
        ("1e99", 10**99),
        ("1e-100", Fraction(1, 10**100)),
    ],
)
def test_numbers(text: str, value: Fraction | int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 2", " 1", "1\n", *NO_NUMBERS.split()],
)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        number(text)


@pytest.mark.parametrize(
    "text",
    [
        *TOO_LARGE_OR_SMALL.split(),
        "1" + "0" * 100,
        "1e" + "9" * 150,
    ],
)
def test_numbers_out_of_bounds_are_refused_before_they_are_made(text: str) -> None:
    """Making 1e999999 takes 400 kB, 1e999999999999 more than there is."""
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="out of range: a number has at most 100 digits"):
            number(text)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_long_text_is_refused_and_shortened() -> None:
    with pytest.raises(ValueError, match="out of range") as caught:
        number("7" * 10**6)
    assert len(str(caught.value)) < 200


@no_deadline
@given(fractions)
def test_a_fraction_survives_its_texts(value: Fraction) -> None:
    assert Fraction(fraction_text(value)) == value
    assert Fraction(decimal_text(value)) == value


# ratio


@no_deadline
@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_ratio_of_whole_numbers(numerator: int, denominator: int) -> None:
    expected = Fraction(numerator, denominator)
    assert ratio(f"{numerator}/{denominator}") == expected
    assert ratio(f" {numerator} / {denominator} ") == expected
    assert ratio(fraction_text(expected)) == expected
    assert ratio(decimal_text(expected)) == expected
    assert type(ratio(str(numerator))) is Fraction


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6/7", Fraction(6, 7)),
        ("0.35", Fraction(7, 20)),
        ("0.29", Fraction(29, 100)),
        ("1", Fraction(1)),
        ("0.5/0.25", Fraction(2)),
        ("1e-2", Fraction(1, 100)),
    ],
)
def test_ratios(text: str, value: Fraction) -> None:
    assert ratio(text) == value


def test_a_ratio_is_no_binary_float() -> None:
    """int(0.29 * 100) is 28."""
    assert ratio("0.29") * 100 == 29


@pytest.mark.parametrize(
    "text", ["", "/", "1/", "/2", "1/0", "1//2", "1/2/3", "half", "0.35x", "1e999999", "1/1e999999"]
)
def test_what_is_no_ratio(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a number such as 0\.35 or a fraction such as 6/7"):
        ratio(text)


@pytest.mark.parametrize("text", ["0", "-1", "0/3", "1/-2", "-0.35", "0.0"])
def test_a_ratio_is_above_zero(text: str) -> None:
    with pytest.raises(ValueError, match="is not greater than 0"):
        ratio(text)


# resolution


@no_deadline
@given(st.integers(1, 10**9 - 1), st.integers(1, 10**9 - 1))
def test_a_resolution_is_height_by_width(height: int, width: int) -> None:
    assert resolution(str(height)) == (height, height)
    for sign in "xX×":
        assert resolution(f" {height}{sign}{width}") == (height, width)


@pytest.mark.parametrize(
    "text",
    ["", "0", "0x5", "5x0", "-5", "5x", "x5", "5x5x5", "5 x 5", "1.5", "1e3", "1000000000", "٣"],
)
def test_what_is_no_resolution(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size such as 224"):
        resolution(text)


# count


@no_deadline
@given(decimals(), exponents, st.sampled_from(sorted(UNITS)), st.sampled_from(("", " ")))
def test_a_count_and_the_weight_of_its_last_digit(
    decimal: tuple[str, int], exponent: str, unit: str, space: str
) -> None:
    text, places = decimal
    value, digit = count(text + exponent + space + unit)
    scale = UNITS[unit] * exact("1" + exponent)
    assert value == exact(text) * scale
    assert digit == Fraction(1, 10**places) * scale
    # One more in the last place is one digit's weight more.
    last = str(int(text.replace(".", "")) + 1).rjust(places + 1, "0")
    more = last[: len(last) - places] + "." + last[len(last) - places :]
    assert count(more + exponent + unit)[0] - value == digit


@pytest.mark.parametrize(
    ("text", "value", "digit"),
    [
        ("569M", 569_000_000, 10**6),
        ("4.2M", 4_200_000, 10**5),
        ("4.24 M", 4_240_000, 10**4),
        ("0.5M", 500_000, 10**5),
        ("30k", 30_000, 1000),
        ("1.50B", 1_500_000_000, 10**7),
        ("1.5G", 1_500_000_000, 10**8),
        ("2T", 2 * 10**12, 10**12),
        ("568740352", 568_740_352, 1),
        ("1e6", 10**6, 10**6),
        ("1.5e6", 1_500_000, 10**5),
    ],
)
def test_counts(text: str, value: int, digit: int) -> None:
    assert count(text) == (value, digit)
    assert type(count(text)[0]) is int


@pytest.mark.parametrize(
    "text",
    ["", "M", "5 MM", "5Q", "5m", "5%", "5MB", "five", "5,000", "1/2M", "1e999999M"],
)
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(CostcalcError):
        count(text)


def test_a_long_count_is_refused() -> None:
    with pytest.raises(CostcalcError) as caught:
        count("9" * 10**6)
    assert len(str(caught.value)) < 200


# limit and percentage

COUNTED = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
STORED = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


@no_deadline
@given(st.booleans(), st.data(), decimals(), st.integers(-3, 12), st.sampled_from(("", " ")))
def test_a_limit_is_exact_or_refused(
    is_bytes: bool, data: Any, decimal: tuple[str, int], exponent: int, space: str
) -> None:
    """Its number times its unit, to the last digit; what is no whole number is refused."""
    unit, weight = data.draw(st.sampled_from(sorted((STORED if is_bytes else COUNTED).items())))
    digits = decimal[0] + (f"e{exponent}" if exponent else "")
    value = exact(digits) * weight
    text = digits + space + unit
    if value.denominator == 1:
        assert limit(text, is_bytes=is_bytes) == value
        assert type(limit(text, is_bytes=is_bytes)) is int
    else:
        with pytest.raises(CostcalcError, match="is not a whole number"):
            limit(text, is_bytes=is_bytes)


@pytest.mark.parametrize(
    ("text", "is_bytes", "value"),
    [
        ("600M", False, 600_000_000),
        ("4.3M", False, 4_300_000),
        (" 0.1k ", False, 100),
        ("1e6", False, 10**6),
        ("0", False, 0),
        ("+7", False, 7),
        ("2T", False, 2 * 10**12),
        ("16777217", False, 2**24 + 1),
        ("9007199254740993", False, 2**53 + 1),
        ("256KiB", True, 262_144),
        ("4MB", True, 4_000_000),
        ("4MiB", True, 4_194_304),
        ("0.5KiB", True, 512),
        ("1.5 GiB", True, 1_610_612_736),
        ("7B", True, 7),
    ],
)
def test_limits(text: str, is_bytes: bool, value: int) -> None:
    assert limit(text, is_bytes=is_bytes) == value


@pytest.mark.parametrize(
    ("text", "is_bytes", "message", "hint"),
    [
        ("600M", True, "'600M' is a count: bytes are given in B, kB, MB", "did you mean 600MB?"),
        ("600k", True, "'600k' is a count", "did you mean 600kB?"),
        ("600K", True, "'600K' is a count", "did you mean 600kB?"),
        ("6G", True, "'6G' is a count", "did you mean 6GB?"),
        ("600", True, "there is no unit: bytes are given in", "did you mean 600MB?"),
        ("4mb", True, "unknown unit 'mb'", "did you mean 4MB?"),
        ("4Kib", True, "unknown unit 'Kib'", "did you mean 4KiB?"),
        ("4Q", True, "unknown unit 'Q'", "did you mean 4MB?"),
        ("5T", True, "'5T' is a count", None),
        ("4MB", False, "'4MB' is in bytes: counts are given in k, M, G or T", "did you mean 4M?"),
        ("4kB", False, "'4kB' is in bytes", "did you mean 4k?"),
        ("4KiB", False, "'4KiB' is in bytes", "did you mean 4K?"),
        ("4gib", False, "'4gib' is in bytes", "did you mean 4G?"),
        ("4mb", False, "'4mb' is in bytes", "did you mean 4M?"),
        ("4B", False, "'4B' is in bytes", "did you mean 4G?"),
        ("4Q", False, "unknown unit 'Q': counts are given in k, M, G or T", "did you mean 4M?"),
        ("4m", False, "unknown unit 'm'", "did you mean 4M?"),
        ("-1M", False, "'-1M' is negative", None),
        ("-1MB", True, "'-1MB' is negative", None),
        ("-0", False, "'-0' is negative", None),
        ("0.5", False, "'0.5' is not a whole number", None),
        ("0.3B", True, "'0.3B' is not a whole number", None),
        ("0.0001k", False, "'0.0001k' is not a whole number", None),
        ("1e999999999M", False, "is out of range: a number has at most 100 digits", None),
        ("9" * 101, False, "is out of range", None),
        ("", False, "'' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("", True, "'' is not a limit", "write it as 256KiB or 4MB"),
        ("M", False, "'M' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("5%", False, "'5%' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("1,000", False, "'1,000' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("1_000", False, "'1_000' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("1/2M", False, "'1/2M' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("0x10", False, "'0x10' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("inf", False, "'inf' is not a limit", "write it as 600M, 4.2M or 30k"),
        ("٣M", False, "is not a limit", "write it as 600M, 4.2M or 30k"),
    ],
)
def test_what_is_no_limit(text: str, is_bytes: bool, message: str, hint: str | None) -> None:
    with pytest.raises(CostcalcError) as caught:
        limit(text, is_bytes=is_bytes)
    assert message in caught.value.message
    assert caught.value.hint == hint
    assert len(str(caught.value)) < 300


@no_deadline
@given(decimals(), st.sampled_from(("%", " %", "% ")))
def test_a_percentage_is_a_hundredth(decimal: tuple[str, int], sign: str) -> None:
    assert percentage(decimal[0] + sign) == exact(decimal[0]) / 100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5", "'5' is not a percentage such as 5%"),
        ("", "'' is not a percentage"),
        ("%5", "'%5' is not a percentage"),
        ("%", "'' is not a number"),
        ("5%%", "'5%' is not a number"),
        ("1/2%", "'1/2' is not a number"),
        ("-5%", "'-5%' is negative"),
        ("1e999%", "is out of range"),
    ],
)
def test_what_is_no_percentage(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        percentage(text)


# Texts


@no_deadline
@given(fractions)
def test_a_decimal_that_ends_within_nine_places_is_written_so(value: Fraction) -> None:
    text = decimal_text(value)
    assert ("/" not in text) == ((value * 10**9).denominator == 1)
    if "." in text:
        assert not text.endswith("0")
        assert not text.startswith((".", "-."))


@no_deadline
@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_decimals_are_found(digits: int, places: int) -> None:
    value = Fraction(digits, 10**places)
    assert exact(decimal_text(value)) == value


@pytest.mark.parametrize(
    ("value", "decimal", "fraction"),
    [
        (Fraction(3, 4), "0.75", "3/4"),
        (Fraction(5, 7), "5/7", "5/7"),
        (Fraction(-1, 8), "-0.125", "-1/8"),
        (Fraction(21, 20), "1.05", "21/20"),
        (Fraction(1, 2**10), "1/1024", "1/1024"),
        (Fraction(1, 2**9), "0.001953125", "1/512"),
        (Fraction(4, 2), "2", "2"),
        (0, "0", "0"),
        (100, "100", "100"),
    ],
)
def test_texts(value: Fraction | int, decimal: str, fraction: str) -> None:
    assert decimal_text(value) == decimal
    assert fraction_text(value) == fraction


@no_deadline
@given(st.fractions(max_denominator=1000), st.integers(0, 6))
def test_fixed_places_round_half_up(value: Fraction, places: int) -> None:
    text = fixed(value, places)
    half = Fraction(1, 2 * 10**places)
    assert -half < exact(text) - value <= half
    assert len(text.partition(".")[2]) == places


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(137, 1152), 4, "0.1189"),
        (Fraction(1, 8), 2, "0.13"),
        (Fraction(-1, 3), 1, "-0.3"),
        (Fraction(-1, 1000), 2, "0.00"),
        (Fraction(5), 0, "5"),
        (Fraction(10**400), 1, "1" + "0" * 400 + ".0"),
    ],
)
def test_fixed_places(value: Fraction, places: int, text: str) -> None:
    assert fixed(value, places) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (4_231_976, "4.23 M"),
        (28_000_000, "28.0 M"),
        (568_740_352, "569 M"),
        (4_867_293_184, "4.87 G"),
        (10**12, "1.00 T"),
        (123 * 10**15, "123000 T"),
    ],
)
def test_short_counts(value: int, text: str) -> None:
    assert short_count(value) == text


@no_deadline
@given(st.integers(0, 10**20))
def test_a_short_count_is_near_the_count(value: int) -> None:
    letters, _, unit = short_count(value).partition(" ")
    assert abs(exact(letters) * UNITS[unit] - value) <= Fraction(value, 200)


def test_a_short_count_of_any_size() -> None:
    assert short_count(10**400).endswith(" T")
