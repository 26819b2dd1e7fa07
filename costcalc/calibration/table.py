"""Measurements as CSV: a row a layer, or a row a network at one setting.

network,kind,macs,bytes,latency_us        net,alpha,resolution,classes,latency_ms
mine,depthwise,798336,30720,412           mobilenet,0.25,96,5,29.94
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from costcalc import units
from costcalc.calibration.observation import FUSED, Measurements, Observation, Work
from costcalc.devices.kinds import kinds
from costcalc.errors import CostcalcError, Faults, Position, Problems, nearest

TIMES = {
    "latency_s": Fraction(1),
    "latency_ms": Fraction(1, 1000),
    "latency_us": Fraction(1, 10**6),
}
"""Columns of a time, by its unit; `latency` has it in each cell."""
OF_LAYERS = ("network", "kind", "macs", "bytes", "calls")
SETTING = ("variant", "alpha", "rho", "resolution", "batch")

Row = Mapping[str, str]
WorkOf = Callable[[str, Row], dict[str, Work]]
"""The work of a network by its name and the cells of its setting."""


def recognise(text: str) -> bool:
    head = _head(text)
    return ("net" in head or "kind" in head) and "," in text


def read(text: str, path: str, work_of: WorkOf) -> Measurements:
    """The rows of a table. Raises Problems with everything that is wrong with them."""
    head = _head(text)
    found = Faults()
    times = [name for name in head if name in TIMES or name == "latency"]
    of_layers = "kind" in head
    needed = ("network", "kind", "macs", "bytes") if of_layers else ("net",)
    for name in needed:
        if name not in head:
            found.append(_fault(path, 1, f"the table has no column '{name}'"))
    if len(times) != 1:
        what = "two columns of times" if times else "no column of a time"
        names = f"latency, {', '.join(TIMES)}"
        found.append(_fault(path, 1, f"the table has {what}", f"one of {names}"))
    for name in head:
        if of_layers and name not in (*OF_LAYERS, *times):
            hint = nearest(name, OF_LAYERS) or f"it takes {', '.join(OF_LAYERS)}"
            found.append(_fault(path, 1, f"unknown column '{name}'", hint))
    if found:
        raise Problems(found)
    observations = []
    for line, row in _rows(text, head, path, found):
        try:
            seconds = _seconds(times[0], row[times[0]])
            if of_layers:
                one = Observation(row["network"], _layer(row), seconds)
            else:
                cells = {name: cell for name, cell in row.items() if name not in times and cell}
                net = cells.pop("net", "")
                one = Observation(_label(net, cells), work_of(net, cells), seconds)
        except (CostcalcError, ValueError) as error:
            found += _placed(error, path, line)
            continue
        observations.append(one)
    if not observations and not found:
        found.append(_fault(path, 1, "the table has no rows"))
    if found:
        raise Problems(found)
    return Measurements(observations, of_layers, included=() if of_layers else FUSED)


def _head(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [name.strip().lower() for name in next(csv.reader([next(lines, "")]), [])]


def _rows(
    text: str, head: list[str], path: str, found: Faults
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text))
    rows = (cells for cells in reader if cells and not cells[0].startswith("#"))
    next(rows)
    for cells in rows:
        if len(cells) != len(head):
            message = f"the row has {len(cells)} cells, and the table {len(head)} columns"
            found.append(_fault(path, reader.line_num, message))
            continue
        yield reader.line_num, dict(zip(head, (cell.strip() for cell in cells), strict=True))


def _seconds(column: str, cell: str) -> float:
    unit = TIMES.get(column)
    value = units.duration(cell) if unit is None else Fraction(units.number(cell)) * unit
    if value <= 0:
        raise ValueError(f"the time {cell} is not above 0")
    return float(value)


def _layer(row: Row) -> dict[str, Work]:
    kind = row["kind"]
    if kind not in kinds():
        raise CostcalcError(f"unknown kind of layers '{kind}'", hint=nearest(kind, kinds()))
    numbers = [units.count(row[name])[0] for name in ("macs", "bytes")]
    calls = units.whole_count(row["calls"]) if row.get("calls") else 1
    return {kind: Work(int(numbers[0]), int(numbers[1]), calls)}


def _label(net: str, cells: Row) -> str:
    return " ".join([net, *(f"{name}={cell}" for name, cell in cells.items())])


def _fault(path: str, line: int, message: str, hint: str | None = None) -> CostcalcError:
    return CostcalcError(message, position=Position(path, line, 1), hint=hint)


def _placed(error: Any, path: str, line: int) -> Iterator[CostcalcError]:
    if not isinstance(error, CostcalcError):
        yield _fault(path, line, str(error))
        return
    for one in error.problems:
        if one.position is not None:
            one.notes.append(f"for {path}:{line}")
            yield one
        else:
            yield _fault(path, line, one.message, one.hint)
