"""The file of a device with rates that were fitted: everything else in it stays as it is."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.calibration.fit import Fit
from costcalc.devices.kinds import kinds
from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import MappingNode, compose, problem

DIGITS = 4
"""Of a rate: measured times have no more."""


def device_text(fit: Fit, dtype: str, path: str, old: str | None, head: dict[str, str]) -> str:
    """The text of a device's file; `old` is what it was, `head` the keys of a new one."""
    sections = {"rates": list(_rates(fit, dtype)), "calibrated": [_calibrated(fit, dtype)]}
    if old is None:
        lines = [f"{key}: {_quoted(value)}" for key, value in head.items()]
        kept: dict[str, list[str]] = {}
    else:
        lines, kept = _without(old, path, dtype)
    for section, own in sections.items():
        lines += [f"{section}:", *own, *kept.get(section, [])]
    return "\n".join(lines) + "\n"


def _rates(fit: Fit, dtype: str) -> Iterator[str]:
    yield f"  {dtype}:"
    measured = fit.kinds
    for kind in sorted(measured, key=kinds().index):
        macs, bytes_, calls = fit.rate(kind)
        parts = []
        if macs:
            parts.append(f"macs_per_second: {_speed(1 / macs)}")
        if bytes_:
            parts.append(f"bytes_per_second: {_speed(1 / bytes_)}")
        if calls:
            parts.append(f"overhead: {calls * 1e6:.{DIGITS}g} us")
        yield f"    {kind}: {{{', '.join(parts)}}}" if parts else f"    {kind}: included"
    for kind in fit.measured.included:
        if kind not in measured:
            yield f"    {kind}: included"


def _calibrated(fit: Fit, dtype: str) -> str:
    assert fit.error is not None
    error, worst = 100 * fit.error, 100 * max(fit.errors)
    networks = len(fit.errors)
    return f"  {dtype}: {{networks: {networks}, error: {error:.1f} %, worst: {worst:.1f} %}}"


def _speed(value: float) -> str:
    """So many digits, with a unit of thousands."""
    rounded = float(f"{value:.{DIGITS}g}")
    for letter, unit in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if rounded >= unit:
            return f"{rounded / unit:.{DIGITS}g}{letter}"
    return f"{rounded:g}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _without(old: str, path: str, dtype: str) -> tuple[list[str], dict[str, list[str]]]:
    """The lines of a file without its rates, and those of rates of other data types."""
    root = compose(old, path, [], "device")
    lines = old.splitlines()
    kept: dict[str, list[str]] = {}
    gone: set[int] = set()
    pairs = root.value if isinstance(root, MappingNode) else []
    for place, (key, value) in enumerate(pairs):
        if key.value not in ("rates", "calibrated"):
            continue
        start = key.start_mark.line
        end = pairs[place + 1][0].start_mark.line if place + 1 < len(pairs) else len(lines)
        if not isinstance(value, MappingNode) or value.start_mark.line == start:
            raise problem(
                path,
                key,
                f"{key.value} stands in one line, where nothing can be put in its place",
                "begin a new line below it for each data type",
            )
        gone |= set(range(start, end))
        starts = [inner.start_mark.line for inner, _ in value.value] + [end]
        kept[key.value] = [
            line
            for (inner, _), first, last in zip(value.value, starts, starts[1:], strict=False)
            if inner.value != dtype
            for line in lines[first:last]
        ]
    if not isinstance(root, MappingNode):
        raise CostcalcError(f"{path} is no device: it has no keys")
    return [line for number, line in enumerate(lines) if number not in gone], kept
