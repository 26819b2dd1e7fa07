"""What `costcalc calibrate` reports: rates by kind of layer, and their error on each network."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.calibration.fit import TERMS, Fit, Left
from costcalc.calibration.scaled import Scaled
from costcalc.devices.kinds import kinds
from costcalc.render.sheet import Column, Part, Sheet
from costcalc.reports import keys
from costcalc.reports.keys import Schema
from costcalc.text import escaped
from costcalc.units import duration_text, fixed, short_count


class Calibrated(NamedTuple):
    """Rates, and the file that they were written to, if any."""

    fit: Fit
    path: str | None
    dtype: str | None


def page(result: Calibrated) -> Iterator[Part]:
    fit = result.fit
    what = "layers" if fit.measured.of_layers else "networks"
    count = len(fit.measured.observations)
    yield f"{count} {what} of {len(fit.left)} networks, in {result.dtype or 'no data type'}"
    yield ""
    yield _rates(fit)
    if isinstance(fit, Scaled):
        yield f"the rates of {escaped(fit.device.name)}, {fit.factor:.3g} times as long"
    else:
        yield from _groups(fit)
    yield ""
    yield _left(fit.left)
    if fit.error is not None:
        mean, worst = _percent(fit.error), _percent(max(fit.errors))
        yield f"each network left out: {mean} off on average, at most {worst}"
    for one in fit.left:
        if one.lacks:
            yield f"{escaped(one.network)}: no other network has {', '.join(one.lacks)}"
    yield f"written: {escaped(result.path)}" if result.path else "--device FILE writes the rates"


def _groups(fit: Fit) -> Iterator[str]:
    """Which kinds share a rate."""
    yield (
        "one rate for standard, pointwise and grouped convolutions, one for layers that only read "
        "and write elements, one for each family of others"
    )
    for group in sorted(fit.hidden):
        yield f"{group}: too little of the times to tell; at the rate of convolutions"


def _rates(fit: Fit) -> Sheet:
    columns = [
        Column("kind", left=True),
        Column("MACs/s"),
        Column("bytes/s"),
        Column("overhead"),
    ]
    rows = []
    for kind in _sorted(fit):
        macs, bytes_, calls = fit.rate(kind)
        if not (macs or bytes_ or calls):
            rows.append([kind, "included", "", ""])  # in the time of others
            continue
        rows.append(
            [
                kind,
                *(short_count(round(1 / value)) if value else "" for value in (macs, bytes_)),
                duration_text(Fraction(calls)) if calls else "",
            ]
        )
    return Sheet(columns, rows)


def _left(left: list[Left]) -> Sheet:
    columns = [
        Column("network", left=True),
        Column("measured"),
        Column("estimated"),
        Column("error"),
    ]
    rows = [
        [
            escaped(one.network),
            duration_text(Fraction(one.measured)),
            "" if one.estimated is None else duration_text(Fraction(one.estimated)),
            "" if one.error is None else f"{'+' * (one.error > 0)}{_percent(one.error)}",
        ]
        for one in left
    ]
    return Sheet(columns, rows)


def _sorted(fit: Fit) -> list[str]:
    return sorted(fit.kinds, key=kinds().index)


def _percent(part: float) -> str:
    return f"{fixed(Fraction(100 * part), 1)} %"


def schema() -> Schema:
    seconds = "Seconds for one; null where it takes none."
    return keys.document(
        "Rates of kinds of layers, fitted to measured times.",
        {
            "dtype": keys.or_null(keys.text("The data type that was measured, if it was said.")),
            "terms": keys.texts("What a layer takes time for."),
            "rates": keys.array(
                keys.record(
                    {
                        "kind": keys.text("The kind, type or family of layers."),
                        "group": keys.text("The kinds that share a rate have one name here."),
                        **{
                            f"seconds_per_{term}": keys.or_null(keys.decimal(seconds))
                            for term in ("mac", "byte", "call")
                        },
                    }
                ),
                "The rates by kind.",
            ),
            "like": keys.or_null(keys.text("The device whose rates were scaled, if any was.")),
            "factor": keys.or_null(keys.decimal("How many times as long as there all takes.")),
            "networks": keys.array(
                keys.record(
                    {
                        "name": keys.text("The network."),
                        "measured_s": keys.decimal("Its measured time, in seconds."),
                        "estimated_s": keys.or_null(
                            keys.decimal("By the rates of all others; null where it cannot be.")
                        ),
                        "error": keys.or_null(keys.decimal("As a part of the measured time.")),
                        "lacks": keys.texts("Kinds of layers that no other network has."),
                    }
                ),
                "Each network, left out of what rates are fitted to.",
            ),
            "error": keys.or_null(keys.decimal("The mean over networks, as a part.")),
            "worst": keys.or_null(keys.decimal("The largest.")),
            "path": keys.or_null(keys.text("The device's file that was written.")),
        },
    )


def records(result: Calibrated) -> dict[str, Any]:
    fit = result.fit
    return {
        "dtype": result.dtype,
        "terms": list(fit.terms),
        "rates": (_rate(fit, kind) for kind in _sorted(fit)),
        "like": fit.device.name if isinstance(fit, Scaled) else None,
        "factor": fit.factor if isinstance(fit, Scaled) else None,
        "networks": map(_network, fit.left),
        "error": fit.error,
        "worst": max(fit.errors, default=None),
        "path": result.path,
    }


def _rate(fit: Fit, kind: str) -> dict[str, Any]:
    values = dict(zip(TERMS, fit.rate(kind), strict=True))
    return {
        "kind": kind,
        "group": fit.group(kind),
        **{f"seconds_per_{term[:-1]}": value or None for term, value in values.items()},
    }


def _network(one: Left) -> dict[str, Any]:
    return {
        "name": one.network,
        "measured_s": one.measured,
        "estimated_s": one.estimated,
        "error": one.error,
        "lacks": list(one.lacks),
    }
