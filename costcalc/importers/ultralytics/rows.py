"""The rows of an Ultralytics model: [from, repeats, module, args]."""

from __future__ import annotations

import re
from typing import NamedTuple

from costcalc.errors import CostcalcError
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    SequenceNode,
    YamlNode,
    is_empty,
    problem,
)

MAX_ROWS = 2000
MAX_REPEATS = 1000
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


class Row(NamedTuple):
    """A row as it was read; rows are numbered from 0 over backbone and head."""

    number: int
    at: YamlNode
    sources: list[int]
    """The numbers of the rows that it reads; -1 is the input."""
    repeats: int
    module: ScalarNode
    args: list[YamlNode]

    @property
    def name(self) -> str:
        return str(self.module.value)


def read_rows(path: str, parts: Entries, found: list[CostcalcError]) -> list[Row]:
    """Read the rows of backbone and head; report faults, and leave faulty rows out."""
    nodes: list[YamlNode] = []
    for key in ("backbone", "head"):
        value = parts[key][1] if key in parts else None
        if isinstance(value, SequenceNode):
            nodes += value.value
        elif value is not None and not is_empty(value):
            found.append(problem(path, value, f"{key} must be a list of rows", _ROW))
    if len(nodes) > MAX_ROWS:
        found.append(problem(path, nodes[MAX_ROWS], f"a model has at most {MAX_ROWS:,} rows"))
        return []
    rows: list[Row] = []
    for number, at in enumerate(nodes):
        try:
            rows.append(_row(path, number, at))
        except CostcalcError as error:
            found.append(error)
    return rows


_ROW = "a row is [from, repeats, module, args], such as [-1, 1, Conv, [64, 3, 2]]"


def _row(path: str, number: int, at: YamlNode) -> Row:
    parts = at.value if isinstance(at, SequenceNode) else []
    if len(parts) != 4:
        raise problem(path, at, f"row {number} has {len(parts)} parts and not 4", _ROW)
    source, repeats, module, args = parts
    if not isinstance(module, ScalarNode) or is_empty(module):
        raise problem(path, module, f"row {number} names no module", _ROW)
    given = args.value if isinstance(args, SequenceNode) else [args]
    count = whole(repeats)
    if count is None or not 1 <= count <= MAX_REPEATS:
        raise problem(path, repeats, f"repeats must be a number from 1 to {MAX_REPEATS:,}", _ROW)
    read = source.value if isinstance(source, SequenceNode) else [source]
    sources = [_source(path, number, one) for one in read]
    if not sources:
        raise problem(path, source, f"row {number} reads no row", _ROW)
    return Row(number, at, sources, count, module, given)


def _source(path: str, number: int, at: YamlNode) -> int:
    """The number of the row that a row reads; -1 is the input."""
    value = whole(at)
    if value is None:
        raise problem(path, at, "from must be the number of a row, or how many rows before it is")
    row = number + value if value < 0 else value
    if row < -1 or (row == -1 and value != -1 - number) or row >= number:
        where = "is not before it" if row >= number else "is before the first"
        raise problem(
            path,
            at,
            f"row {number} reads row {row}, which {where}",
            "-1 is the row before; rows are numbered from 0 over backbone and head",
        )
    return row


def whole(at: YamlNode) -> int | None:
    text = at.value if isinstance(at, ScalarNode) else ""
    return int(text) if _WHOLE.fullmatch(text) else None
