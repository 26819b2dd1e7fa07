"""Why a limit failed or warns, in one text."""

from __future__ import annotations

from fractions import Fraction

from costcalc.budgets.verdict import Verdict
from costcalc.graph.setting import replace
from costcalc.project.limits import Limit
from costcalc.render.sheet import number
from costcalc.reports.labels import amount, excess, title
from costcalc.text import escaped


def amount_of(verdict: Verdict, value: int | Fraction) -> str:
    if verdict.fitting is not None:
        return verdict.fitting.bound + number(value)
    return amount(verdict.limit.metric, value)


def subject(verdict: Verdict) -> str:
    return limit_subject(verdict.limit)


def limit_subject(limit: Limit) -> str:
    """Name what is limited: `MACs`, of which layers and at which setting if the limit says so."""
    text = limited(limit)
    if limit.layers is not None:
        text += f" of {escaped(limit.layers)}"
    if limit.variant is not None:
        text += f" of {escaped(limit.variant)}"
    said = replace(limit.setting, variant=None).text()
    return f"{text} at {escaped(said)}" if said else text


def limited(limit: Limit) -> str:
    """Name what is limited, wherever that is: `MACs`, `networks within macs 300M`."""
    if limit.needed is None:
        return title(limit.metric, limit.setting.accounting)
    own = (f"{one.metric} {one.max.text}" for one in limit.within if one.max is not None)
    return escaped(f"networks within {', '.join(own)}")


def explanation(verdict: Verdict, origin: str | None = None) -> str:
    """Say why a limit failed or warns, with both sides in full.

    origin: where the limit is written, if not as it says itself.
    """
    limit = verdict.limit
    parts = []
    value = f"{subject(verdict)}: {amount_of(verdict, verdict.value)}"
    if verdict.fitting is not None and limit.needed is not None:
        share = f" ({limit.needed.text})" if limit.needed.relative else ""
        value += f" of {number(verdict.fitting.total)}"
        parts.append(f"fewer than the {number(verdict.fitting.needed)}{share} that must fit")
    elif verdict.max is not None and verdict.value > verdict.max:
        over = excess(verdict.value, verdict.max)
        share = f", {limit.max.text} of the network" if limit.max and limit.max.relative else ""
        parts.append(f"over the limit of {amount_of(verdict, verdict.max)}{share} ({over})")
    elif verdict.warn is not None and verdict.value > verdict.warn:
        parts.append(f"over {amount_of(verdict, verdict.warn)}, the limit for a warning")
    if verdict.growth is not None and verdict.base is not None:
        grown = verdict.value - verdict.base
        if grown > verdict.growth:
            assert limit.growth is not None
            allowed = amount_of(verdict, verdict.growth)
            if limit.growth.relative:
                allowed += f" ({limit.growth.text})"
            more = amount_of(verdict, grown)
            parts.append(f"{more} more than on the base, and the limit is {allowed} more")
    if verdict.note:
        parts.append(verdict.note)
    message = f": {escaped(limit.message.rstrip('. '))}" if limit.message else ""
    source = limit.source if origin is None else origin
    return f"{value}, {'; '.join(parts)}. Limit: {escaped(source)}{message}."
