"""The columns of a sweep's points, as machines read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from costcalc.explore.sweep import Point, Sweep
from costcalc.metrics import METRICS

Chunk: TypeAlias = "dict[str, list[Any]]"


class Found(NamedTuple):
    """A sweep and its points: as chunks to be written, and as a whole where people read them."""

    sweep: Sweep
    chunks: Iterable[Chunk]
    points: Sequence[Point] = ()
    kept: str | None = None
    """By which rule in words the points remain, where not all do."""


def point_columns(
    sweep: Sweep, chunk: Chunk, knob: Callable[[str, Any], Any], empty: Any
) -> dict[str, list[Any]]:
    """The columns under their names: knobs through `knob`, ratios and accuracies as floats."""
    columns: dict[str, list[Any]] = {}
    for name in ("alpha", "rho", "resolution", *sweep.plan.params):
        columns[name] = mapped(chunk[name], partial(knob, name))
    for metric in sweep.metrics:
        if metric in METRICS:
            columns[metric] = chunk[metric]
        elif metric == "ratio":
            pairs = zip(chunk["macs"], chunk["standard_macs"], strict=True)
            columns["ratio_float"] = [macs / all_ if all_ else empty for macs, all_ in pairs]
        elif metric == "share":
            whole = sweep.full["macs"] if sweep.full else 0
            columns["share_float"] = [macs / whole if whole else empty for macs in chunk["macs"]]
        else:
            columns["top1"] = [empty if top1 is None else float(top1) for top1 in chunk["top1"]]
    if sweep.limits:
        columns["exceeds"] = chunk["exceeds"]
    return columns


def mapped(column: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    """The change of each value, made once for what stands in the column many times."""
    places = list(map(id, column))
    known = dict(zip(places, column, strict=True))
    known = {place: change(value) for place, value in known.items()}
    return list(map(known.__getitem__, places))
