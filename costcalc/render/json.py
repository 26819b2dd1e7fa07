"""JSON with one record per line, yielded as records come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


class Encoded(str):
    """Several records as JSON, separated by SEPARATOR, for reports that encode many at once."""

    __slots__ = ()


SEPARATOR = ",\n  "
WIDTH = 100
"""Columns of a line of keys."""
SCHEMA_VERSION = 1
"""Of every document. Keys may be added within a version; none is changed or removed."""


encode = json.JSONEncoder(default=float).encode
"""Writes a value; an exact fraction as the nearest decimal."""


def lines(document: Mapping[str, Any]) -> Iterator[str]:
    """Write a document. An iterator in it becomes an array with one element per line."""
    yield from _mapping({"schema_version": SCHEMA_VERSION, **document})
    yield "\n"


def _mapping(record: Mapping[str, Any]) -> Iterator[str]:
    """Write a record: an iterator begins a line, and so does a key that would not fit in it."""
    before = "{"
    width = 1
    for key, value in record.items():
        text = f"{json.dumps(key)}: "
        if isinstance(value, Iterator):
            yield f"{before}\n {text}["
            yield from _elements(value)
            yield "]"
            width = WIDTH
        else:
            text += encode(value)
            width += len(text) + 2
            if width > WIDTH and before == ",":
                width = len(text) + 2
                yield f",\n {text}"
            else:
                yield f"{before} {text}" if before == "," else before + text
        before = ","
    yield "}"


def _elements(records: Iterator[Any]) -> Iterator[str]:
    before = "\n  "
    for record in records:
        yield before
        if isinstance(record, Encoded):
            yield record
        elif _streams(record):
            yield from _mapping(record)
        else:
            yield encode(record)
        before = SEPARATOR


def _streams(record: Any) -> bool:
    return isinstance(record, Mapping) and any(
        hasattr(value, "__next__")
        for value in record.values()  # ten times as fast as Iterator
    )
