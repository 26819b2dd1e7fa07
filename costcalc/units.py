"""Read exact numbers from texts, and write them for people."""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from costcalc.errors import CostcalcError
from costcalc.numeric.exact import LARGEST, Number, whole

# YAML 1.2 core schema, decimal: 010 is ten, 1e6 is a number.
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
THOUSANDS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
BYTES = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_COUNT = re.compile(rf"({NUMBER.pattern})\s*([a-zA-Z]*)", re.ASCII)
_DIGITS = len(str(LARGEST)) - 1


def number(text: str) -> Number:
    """Read a decimal number exactly; ValueError if the text is not one, or out of bounds."""
    if text.isdigit() and len(text) <= _DIGITS and text.isascii():
        return int(text)
    if not NUMBER.fullmatch(text):
        raise ValueError(f"{_quote(text)} is not a number")
    too_large = ValueError(f"{_quote(text)} is out of range: a number has at most {_DIGITS} digits")
    exponent = re.split("[eE]", text)[1:]
    # Refuse it before it is computed: 1e999999999 would never end.
    if len(text) > 2 * _DIGITS:
        raise too_large
    if exponent and (len(exponent[0]) > 5 or abs(int(exponent[0])) > _DIGITS):
        raise too_large
    value = whole(Fraction(text))
    if abs(value) >= LARGEST:
        raise too_large
    return value


def signed_ratio(text: str) -> Fraction:
    """Read an exact ratio of any sign: `0.35` or `6/7`."""
    numerator, slash, denominator = text.strip().partition("/")
    try:
        value = Fraction(number(numerator.strip()))
        if slash:
            value /= number(denominator.strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(
            f"{_quote(text)} is not a number such as 0.35 or a fraction such as 6/7"
        ) from None
    return value


def ratio(text: str) -> Fraction:
    """Read a positive exact ratio: `0.35` or `6/7`."""
    before, _, after = text.partition(".")
    if before.isdigit() and after.isdigit() and text.isascii() and len(text) < 18:
        value = Fraction(int(before + after), 10 ** len(after))  # the most usual by far
    else:
        value = signed_ratio(text)
    if value <= 0:
        raise ValueError(f"{_quote(text)} is not greater than 0")
    return value


def resolution(text: str) -> tuple[int, int]:
    """Read `224` or `128x96` (height x width) as (height, width)."""
    sides = re.fullmatch(r"(\d{1,9})(?:[xX×](\d{1,9}))?", text.strip(), re.ASCII)
    if not sides or not int(sides[1]) or not int(sides[2] or 1):
        raise ValueError(f"{_quote(text)} is not a size such as 224 or 128x96 (height x width)")
    return int(sides[1]), int(sides[2] or sides[1])


def count(text: str) -> tuple[Number, Fraction]:
    """Read a count such as `569M`, and the weight of its last digit (here one million)."""
    match = _COUNT.fullmatch(text.strip())
    if not match or match[2] not in THOUSANDS or match[1].startswith("-"):
        raise CostcalcError(
            f"{_quote(text)} is not a count", hint="write it as 569M, 4.2M, 30k or a whole number"
        )
    unit = THOUSANDS[match[2]]
    try:
        value = number(match[1])
    except ValueError as error:
        raise CostcalcError(str(error)) from None
    mantissa, _, exponent = match[1].lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    digit = Fraction(unit) * Fraction(10) ** (int(exponent or 0) - decimals)
    return whole(value * unit), digit


def limit(text: str, *, is_bytes: bool) -> int:
    """Read a limit as a whole number: `600M` of a count, `250KiB` or `4MB` of bytes.

    Raise CostcalcError for bytes without a unit of bytes, and for a count with one.
    """
    match = _COUNT.fullmatch(text.strip())
    if not match:
        raise CostcalcError(
            f"{_quote(text)} is not a limit",
            hint="write it as 256KiB or 4MB" if is_bytes else "write it as 600M, 4.2M or 30k",
        )
    digits, unit = match[1], match[2]
    if digits.startswith("-"):
        raise CostcalcError(f"{_quote(text)} is negative")
    units = BYTES if is_bytes else _COUNTED
    if unit not in units:
        raise _wrong_unit(text, digits, unit, is_bytes=is_bytes)
    try:
        value = whole(number(digits) * units[unit])
    except ValueError as error:
        raise CostcalcError(str(error)) from None
    if not isinstance(value, int):
        raise CostcalcError(f"{_quote(text)} is not a whole number")
    return value


_COUNTED = {unit: weight for unit, weight in THOUSANDS.items() if unit != "B"}


def _wrong_unit(text: str, digits: str, unit: str, *, is_bytes: bool) -> CostcalcError:
    known = next((name for name in BYTES if name.lower() == unit.lower()), None)
    if is_bytes:
        plain = "B" if len(digits) > 4 else "MB"
        meant = known or {"": plain, "k": "kB", "K": "kB", "G": "GB"}.get(unit, "MB")
        what = f"unknown unit '{unit}'" if unit else "there is no unit"
        if unit in THOUSANDS and unit:
            what = f"{_quote(text)} is a count"
        return CostcalcError(
            f"{what}: bytes are given in {', '.join(BYTES)}",
            hint=None if unit == "T" else f"did you mean {digits}{meant}?",
        )
    if known is not None:
        return CostcalcError(
            f"{_quote(text)} is in bytes: counts are given in k, M, G or T",
            hint=f"did you mean {digits}{known[0].replace('B', 'G')}?",  # 7B are billions
        )
    return CostcalcError(
        f"unknown unit '{unit}': counts are given in k, M, G or T", hint=f"did you mean {digits}M?"
    )


def percentage(text: str) -> Fraction:
    """Read `5%` as a fraction of one: 1/20. ValueError if it is not one, or below 0."""
    digits = text.strip().removesuffix("%").rstrip()
    if digits == text.strip():
        raise ValueError(f"{_quote(text)} is not a percentage such as 5%")
    value = Fraction(number(digits))
    if value < 0:
        raise ValueError(f"{_quote(text)} is negative")
    return value / 100


SECONDS = {
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
HERTZ = {"Hz": 1, "kHz": 10**3, "MHz": 10**6, "GHz": 10**9}
_MEASURED = re.compile(rf"({NUMBER.pattern})\s*([a-zA-Zµ]*)")


def duration(text: str) -> Fraction:
    """Read a time such as `100ms` exactly, in seconds. Raises CostcalcError without a unit."""
    return _measured(text, "time", SECONDS, "100ms")


def frequency(text: str) -> Fraction:
    """Read a frequency such as `400 MHz` exactly, in Hertz. Raises CostcalcError without a unit."""
    return _measured(text, "frequency", HERTZ, "400MHz")


def _measured(text: str, what: str, known: Mapping[str, Fraction | int], example: str) -> Fraction:
    match = _MEASURED.fullmatch(text.strip())
    if not match or match[1].startswith("-"):
        raise CostcalcError(f"{_quote(text)} is not a {what}", hint=f"write it as {example}")
    if match[2] not in known:
        wrong = f"unknown unit '{match[2]}'" if match[2] else "there is no unit"
        near = next((unit for unit in known if unit.lower() == match[2].lower()), None)
        raise CostcalcError(
            f"{wrong}: a {what} is given in {', '.join(unit for unit in known if unit != 'µs')}",
            hint=f"did you mean {match[1]}{near}?" if near else f"write it as {example}",
        )
    try:
        return Fraction(number(match[1])) * known[match[2]]
    except ValueError as error:
        raise CostcalcError(str(error)) from None


def bytes_text(value: int) -> str:
    """Write bytes with at least three digits and a binary unit: `1.50 MiB`, `72.0 KiB`, `928 B`."""
    for unit in ("GiB", "MiB", "KiB"):
        if value >= BYTES[unit]:
            part = Fraction(value, BYTES[unit])
            return f"{fixed(part, max(0, 3 - len(str(int(part)))))} {unit}"
    return f"{value} B"


def duration_text(value: Fraction | int) -> str:
    """Write at least three significant digits with a unit of time: `163 ms`, `2.05 us`."""
    for unit, seconds in SECONDS.items():
        if value >= seconds and unit != "µs":
            part = Fraction(value) / seconds
            return f"{fixed(part, max(0, 3 - len(str(int(part)))))} {unit}"
    return f"{fixed(Fraction(value) * 10**9, 3)} ns" if value else "0 s"


MAX_BATCH = 10**12


def batch(text: str) -> int:
    """Read a number of samples."""
    value = int(text) if re.fullmatch(r"[0-9]{1,13}", text.strip(), re.ASCII) else 0
    if not 1 <= value <= MAX_BATCH:
        raise ValueError(f"{_quote(text)} is not a whole number from 1 to {MAX_BATCH:,}")
    return value


def whole_count(text: str) -> int:
    """Read a whole number of at least 1, such as `1000000` or `1M`."""
    try:
        value, _ = count(text)
    except CostcalcError as error:
        raise ValueError(error.message) from None
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{_quote(text)} is not a whole number from 1")
    return value


def fraction_text(value: Fraction | int) -> str:
    """Write a fraction in lowest terms: `1`, `3/4`."""
    return str(Fraction(value))


def decimal_text(value: Fraction | int) -> str:
    """Write a decimal if it ends (`0.75`), else the fraction (`5/7`)."""
    places = _decimal_places(value.denominator)
    return str(value) if places is None or places > 9 else fixed(value, places)


@lru_cache(maxsize=1 << 12)
def _decimal_places(denominator: int) -> int | None:
    """Count the decimals of a fraction in lowest terms; None where they do not end."""
    places, rest = 0, denominator
    for factor in (10, 5, 2):
        while rest % factor == 0:
            rest //= factor
            places += 1
    return places if rest == 1 else None


def short_count(value: int) -> str:
    """Write at least three significant digits with a unit of thousands: `569 M`, `928`."""
    for letter, unit in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if value >= unit:
            places = max(0, 3 - len(str(value // unit)))
            return f"{fixed(Fraction(value, unit), places)} {letter}"
    return str(value)


def fixed(value: Fraction | int, places: int) -> str:
    """Write so many decimals, half rounded up, of a number of any size: no float holds it."""
    scaled: int = (2 * value.numerator * 10**places + value.denominator) // (2 * value.denominator)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    point = len(digits) - places
    text = digits[:point] + ("." + digits[point:] if places else "")
    return "-" * (scaled < 0) + text


def _quote(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
