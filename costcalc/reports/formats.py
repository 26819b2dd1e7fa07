"""The registry of the formats that results can be written in.

A report has views of its result, and may have formats of its own:

page     prose and tables for people: an iterator of `render.sheet.Part`
records  one JSON document for programs: a mapping, whose iterators are written as they come
schema   the JSON Schema of that document (`reports.schema`)
rows     lines of a table for spreadsheets: an iterator of mappings with the same keys

A format in FORMATS takes one of the views, so a new entry there appears in every command whose
report has that view. A format of one report alone (`latex` of formulas, `sarif` of checks) is an
entry of the report in REPORTS. Functions are named as `module:function` and imported only when
they are called: a command loads the one format that it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

VIEWS = ("page", "records", "schema", "rows")


class Format(NamedTuple):
    view: str
    """The view of a report that it writes: page, records or rows."""
    lines: str
    """The function that writes it."""


FORMATS = {
    "text": Format("page", "render.text:lines"),
    "json": Format("records", "render.json:lines"),
    "csv": Format("rows", "render.csv:lines"),
    "markdown": Format("page", "render.markdown:lines"),
}

REPORTS = {
    # By command, followed by its arguments where they decide which kind of result it has.
    "analyze": {
        "page": "reports.analyze.page:page",
        "records": "reports.analyze.records:records",
        "schema": "reports.analyze.records:schema",
        "rows": "reports.analyze.records:rows",
    },
    "sweep": {
        "page": "reports.sweep.page:page",
        "records": "reports.sweep.records:records",
        "schema": "reports.sweep.schema:schema",
        "rows": "reports.sweep.rows:rows",
        "csv": "reports.sweep.rows:csv_lines",
        "parquet": "reports.sweep.parquet:write",
    },
    "solve": {
        "page": "reports.solve:page",
        "records": "reports.solve:records",
        "schema": "reports.solve:schema",
    },
    "space": {
        "page": "reports.space.page:page",
        "records": "reports.space.records:records",
        "schema": "reports.space.records:schema",
        "rows": "reports.space.records:rows",
        "jsonl": "reports.space.records:json_lines",
    },
    "space --draws": {
        "page": "reports.space.estimated_page:page",
        "records": "reports.space.estimated_records:records",
        "schema": "reports.space.estimated_records:schema",
        "rows": "reports.space.estimated_records:rows",
        "jsonl": "reports.space.records:json_lines",
    },
    "formula": {
        "page": "reports.formula.page:page",
        "records": "reports.formula.records:records",
        "schema": "reports.formula.schema:schema",
        "latex": "reports.formula.latex:document",
        "python": "reports.formula.python:source",
    },
    "memory": {
        "page": "reports.memory.page:page",
        "records": "reports.memory.records:records",
        "schema": "reports.memory.records:schema",
        "rows": "reports.memory.records:rows",
        "tflm": "reports.memory.tflm:lines",
    },
    "check": {
        "page": "reports.check.page:page",
        "records": "reports.check.records:records",
        "schema": "reports.check.records:schema",
        "markdown": "reports.check.markdown:lines",
        "github": "reports.check.github:lines",
        "gitlab": "reports.check.gitlab:lines",
        "sarif": "reports.check.sarif:lines",
        "junit": "reports.check.junit:lines",
        "html": "page.report:lines",
    },
    "diff": {
        "page": "reports.diff.page:page",
        "records": "reports.diff.records:records",
        "schema": "reports.diff.records:schema",
    },
    "conventions": {
        "page": "reports.conventions:page",
        "records": "reports.conventions:records",
        "schema": "reports.conventions:schema",
        "markdown": "reports.conventions:markdown",
    },
    "conventions NET": {
        "page": "reports.convention_totals:page",
        "records": "reports.convention_totals:records",
        "schema": "reports.convention_totals:schema",
    },
    "conventions NET A B": {
        "page": "reports.convention_totals:causes_page",
        "records": "reports.convention_totals:causes_records",
        "schema": "reports.convention_totals:causes_schema",
    },
    "deploy": {
        "page": "reports.deployment:page",
        "records": "reports.deployment:records",
        "schema": "reports.deployment:schema",
        "rows": "reports.deployment:rows",
    },
    "lint": {
        "page": "reports.lint:page",
        "records": "reports.lint:records",
        "schema": "reports.lint:schema",
        "rows": "reports.lint:rows",
        "csv": "reports.lint:csv_lines",
        "github": "reports.lint:github",
        "gitlab": "reports.lint:gitlab",
        "sarif": "reports.lint:sarif",
        "junit": "reports.lint:junit",
    },
    "devices": {
        "page": "reports.devices:page",
        "records": "reports.devices:records",
        "schema": "reports.devices:schema",
    },
    "calibrate": {
        "page": "reports.calibration:page",
        "records": "reports.calibration:records",
        "schema": "reports.calibration:schema",
    },
    "list": {
        "page": "reports.shipped:list_page",
        "records": "reports.shipped:list_records",
        "schema": "reports.shipped:list_schema",
        "rows": "reports.shipped:list_rows",
    },
    "list --spaces": {
        "page": "reports.space.listed:page",
        "records": "reports.space.listed:records",
        "schema": "reports.space.listed:schema",
        "rows": "reports.space.listed:rows",
    },
    "list --published": {
        "page": "reports.shipped:published_page",
        "records": "reports.shipped:published_records",
        "schema": "reports.shipped:published_schema",
        "rows": "reports.shipped:published_rows",
    },
}


BINARY = frozenset({"parquet"})
"""Formats whose functions write bytes to an open file."""


def formats_of(report: str) -> list[str]:
    """List the formats of a report, the default first."""
    own = REPORTS[report]
    shared = [name for name, format_ in FORMATS.items() if format_.view in own]
    return list(dict.fromkeys([*shared, *(name for name in own if name not in VIEWS)]))


def view(report: str, name: str, result: Any) -> Any:
    """Call one of a report's functions: a view or a format of its own."""
    return _named(REPORTS[report][name])(result)


def lines(report: str, format_: str, result: Any) -> Iterator[str]:
    """Write a result in a format, as pieces of text."""
    found = pieces(report, format_, result)  # at once, so that what is refused is refused here
    return (piece if isinstance(piece, str) else piece.decode() for piece in found)


def pieces(report: str, format_: str, result: Any) -> Iterator[str | bytes]:
    """Do the same, but pass on what is UTF-8 already, as the many lines of a sweep are."""
    found: Iterator[str | bytes]
    if format_ in REPORTS[report]:
        found = view(report, format_, result)
    else:
        wanted = FORMATS[format_]
        found = _named(wanted.lines)(view(report, wanted.view, result))
    return found


def write(report: str, format_: str, result: Any, file: BinaryIO) -> None:
    """Write a result in one of the BINARY formats to a file."""
    _named(REPORTS[report][format_])(result, file)


def schema_of(report: str) -> dict[str, Any]:
    """Return the JSON Schema of a report's records."""
    schema: dict[str, Any] = _named(REPORTS[report]["schema"])()
    return schema


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(f"costcalc.{module}"), name)
