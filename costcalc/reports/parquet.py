"""Parquet, for what reads columns: a row a point, a row group a chunk, written as they come."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any, BinaryIO, NamedTuple

from costcalc import __version__
from costcalc.errors import CostcalcError
from costcalc.explore.plan import Axis
from costcalc.explore.sweep import Sweep
from costcalc.metrics import METRICS
from costcalc.render.extras import needed
from costcalc.reports.points import Chunk, Found, point_columns
from costcalc.units import fraction_text

INT64 = (1 << 63) - 1
AXIS_PART = 1 << 16
"""Values of a param that are looked at together."""
OWN = ("alpha_float", "rho_float", "height", "width")
"""Names of columns that only this format has: a param of that name is put under `param_...`."""


class Column(NamedTuple):
    type: str
    values: list[Any]


def write(found: Found, file: BinaryIO) -> None:
    """The points, into a file.

    Raises CostcalcError where a count does not fit a column of 64 bits.
    """
    sweep = found.sweep
    arrow = needed("pyarrow", "a Parquet file", "parquet")
    parquet = needed("pyarrow.parquet", "a Parquet file", "parquet")
    whole = {axis.key for axis in sweep.plan.axes if axis.is_param and _is_whole(axis)}
    empty = _columns(sweep, sweep.chunk_of([]), whole)
    types = [(name, arrow.type_for_alias(column.type)) for name, column in empty.items()]
    schema = arrow.schema(types, _metadata(sweep))
    with parquet.ParquetWriter(file, schema) as writer:
        for chunk in found.chunks:
            columns = _columns(sweep, chunk, whole)
            arrays = [_array(arrow, name, column) for name, column in columns.items()]
            table = arrow.Table.from_arrays(arrays, schema=schema)
            writer.write_table(table, row_group_size=max(1, table.num_rows))


def _metadata(sweep: Sweep) -> dict[str, str]:
    found = {"network": sweep.name, "costcalc_version": __version__}
    if sweep.accuracy is not None:
        found["source"] = sweep.accuracy.source
    return found


def _is_whole(axis: Axis) -> bool:
    """Whether a column of whole numbers holds all values of a param."""
    return all(
        type(value) is int and -INT64 <= value <= INT64
        for start in range(0, axis.count, AXIS_PART)
        for value in axis.slice(start, min(start + AXIS_PART, axis.count))
    )


def _columns(sweep: Sweep, chunk: Chunk, whole: Collection[str]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for name, values in point_columns(sweep, chunk, _both, None).items():
        if name in ("alpha", "rho"):
            found[name] = Column("string", [text for text, _ in values])
            floats = [None if number is None else float(number) for _, number in values]
            found[f"{name}_float"] = Column("double", floats)
        elif name == "resolution":
            found["height"] = Column("int64", [height for height, _ in values])
            found["width"] = Column("int64", [width for _, width in values])
        elif name in sweep.plan.params:
            as_number = name in whole
            column = [number if as_number else text for text, number in values]
            found[_free(name)] = Column("int64" if as_number else "string", column)
        elif name == "exceeds":
            found[name] = Column("string", [",".join(metrics) for metrics in values])
        else:
            found[name] = Column("int64" if name in METRICS else "double", values)
    return found


def _both(name: str, value: Any) -> Any:
    """A knob's value as an exact text, and as a number; a size is two numbers as it is."""
    if isinstance(value, (int, Fraction)):
        return fraction_text(value), value
    return value if isinstance(value, tuple) else (value, None)


def _free(name: str) -> str:
    return f"param_{name}" if name in OWN else name


def _array(arrow: Any, name: str, column: Column) -> Any:
    try:
        return arrow.array(column.values, column.type)
    except (OverflowError, arrow.ArrowInvalid):
        raise CostcalcError(
            f"{name} has values beyond 64 bits, and Parquet has no larger whole numbers",
            hint="CSV and JSON hold them",
        ) from None
