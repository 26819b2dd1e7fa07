"""A sweep as Parquet: a row a point, written as the points come."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from fractions import Fraction
from typing import Any, BinaryIO, NamedTuple

from costcalc import __version__
from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis
from costcalc.explore.sweep import Sweep, Swept
from costcalc.explore.table import Column, SweepTable
from costcalc.metrics import METRICS
from costcalc.render.extras import needed
from costcalc.reports.sweep.rows import named
from costcalc.units import fraction_text

INT64 = (1 << 63) - 1
AXIS_PART = 1 << 16
"""Values of a param that are checked at a time."""
OWN = ("alpha_float", "rho_float", "height", "width")
"""Columns that only this format has; a param of such a name is written as `param_...`."""


class Typed(NamedTuple):
    type: str
    column: Column


def write(swept: Swept, file: BinaryIO) -> None:
    """Write the points into a file, a row group a table.

    Raises CostcalcError where a count does not fit a column of 64 bits.
    """
    arrow = needed("pyarrow", "a Parquet file", "parquet")
    parquet = needed("pyarrow.parquet", "a Parquet file", "parquet")
    sweep = swept.sweep
    whole = {axis.key for axis in sweep.plan.axes if axis.is_param and _is_whole(axis)}
    with ExitStack() as stack:
        writer: Any = None
        for table in swept.tables:
            columns = _columns(sweep, table, whole)
            arrays = [_array(arrow, name, typed) for name, typed in columns.items()]
            rows = arrow.Table.from_arrays(arrays, list(columns))
            if writer is None:
                texts = [name for name, typed in columns.items() if typed.type == "string"]
                writer = parquet.ParquetWriter(
                    file,
                    rows.schema,
                    use_dictionary=texts,  # which repeat; the dictionary of a metric is given up
                    write_statistics=[name for name in columns if name not in texts],
                    store_schema=False,  # with which readers would have texts as categories
                )
                stack.enter_context(writer)
                writer.add_key_value_metadata(_metadata(sweep))
            writer.write_table(rows, row_group_size=max(1, rows.num_rows))


def _metadata(sweep: Sweep) -> dict[str, str]:
    found = {"network": sweep.name, "costcalc_version": __version__}
    if sweep.accuracy is not None:
        found["source"] = sweep.accuracy.source
    return found


def _is_whole(axis: Axis) -> bool:
    """Say whether a column of whole numbers can hold all values of a param."""
    return all(
        type(value) is int and -INT64 <= value <= INT64
        for start in range(0, axis.count, AXIS_PART)
        for value in axis.slice(start, min(start + AXIS_PART, axis.count))
    )


def _columns(sweep: Sweep, table: SweepTable, whole: Collection[str]) -> dict[str, Typed]:
    found: dict[str, Typed] = {}
    for name, column in named(sweep, table).items():
        if name in ("alpha", "rho"):
            found[name] = Typed("string", column.map(_exact))
            found[f"{name}_float"] = Typed("double", column.map(_float))
        elif name == "resolution":
            found["height"] = Typed("int64", column.map(lambda size: size[0]))
            found["width"] = Typed("int64", column.map(lambda size: size[1]))
        elif name == "batch" and name not in sweep.plan.params:
            found[name] = Typed("int64", column)
        elif name in sweep.plan.params:
            free = f"param_{name}" if name in OWN else name
            texts = Typed("string", column.map(_exact))
            found[free] = Typed("int64", column) if name in whole else texts
        elif name == "exceeds":
            found[name] = Typed("string", column.map(",".join))
        else:
            found[name] = Typed(_type(name), column)
    return found


def _type(name: str) -> str:
    return "int64" if name in METRICS and METRICS[name].is_whole else "double"


def _exact(value: Any) -> Any:
    return fraction_text(value) if isinstance(value, (int, Fraction)) else value


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _array(arrow: Any, name: str, typed: Typed) -> Any:
    column = typed.column
    try:
        values = arrow.array(column.values, typed.type)
    except (OverflowError, arrow.ArrowInvalid):
        raise CostcalcError(
            f"{name} has values beyond 64 bits, and Parquet has no larger whole numbers",
            hint="CSV and JSON hold them",
        ) from None
    places = column.places
    if places is not None and not values.null_count:
        if typed.type == "string":
            return arrow.DictionaryArray.from_arrays(arrow.array(places), values)
        if column.is_array:
            return arrow.array(values.to_numpy()[places])
    taken = values if places is None else values.take(arrow.array(places))
    return taken.dictionary_encode() if typed.type == "string" else taken
