"""The JSON of a graph out of the zip that torch.export.save writes; nothing is unpickled."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any
from zipfile import ZipFile

from costcalc.errors import CostcalcError
from costcalc.importers.zips import FAULTS, entry, opened

MAX_JSON = 32_000_000
"""Bytes of the graph with the lines of source that it quotes."""
MAX_GRAPH = 16_000_000
"""Bytes of the graph without these lines."""
MAX_TRACES = 50_000
"""Quotes that are taken out."""
MAX_VALUES = 1_200_000
"""Values in the graph: a node has about 100."""
EXPORT = "torch.export.save(torch.export.export(model, (x,)), 'model.pt2') writes what is read"
_TRACE = re.compile(rb'"stack_trace": ?"')
PICKLE = b"\x80\x02"
"""What a pickle of PyTorch begins with."""
_MODEL = re.compile(r"(?:[^/]+/)?models/([^/]+)\.json")
_BEFORE = "serialized_exported_program.json"
"""Where PyTorch up to 2.7 writes the graph."""
_PICKLE = re.compile(r"[^/]+/(?:data\.pkl|constants\.pkl)")
_KNOWN = frozenset((_BEFORE, "archive_format", "data.pkl"))


class _Bytes:
    """The bytes of a file, read as a file."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, len(self.data))[whence]
        if self.at < 0:
            raise OSError("a place before the file")
        return self.at

    def read(self, size: int = -1) -> bytes:
        end = len(self.data) if size < 0 else min(self.at + size, len(self.data))
        part = bytes(self.data[self.at : end])
        self.at = max(end, self.at)
        return part


def is_of_torch(data: memoryview) -> bool:
    """Whether a file is of PyTorch, whatever it holds: a zip, or a pickle."""
    if bytes(data[:2]) == PICKLE:
        return True
    try:
        with opened(_Bytes(data)) as archive:
            names = archive.namelist()
    except FAULTS:
        return False
    return any(
        _MODEL.fullmatch(name) or name in _KNOWN or _PICKLE.fullmatch(name) for name in names
    )


def read_program(data: memoryview) -> dict[str, Any]:
    """Read the one graph of an archive. Raises CostcalcError where there is none."""
    if bytes(data[:2]) == PICKLE:
        raise _pickled()
    try:
        with opened(_Bytes(data)) as archive:
            graph = entry(archive, _graph_of(archive), MAX_JSON)
    except FAULTS as error:
        raise CostcalcError(f"not a zip that can be read: {error}") from None
    return parsed(graph)


def _graph_of(archive: ZipFile) -> str:
    """The name of the graph's file."""
    names = archive.namelist()
    graphs = [name for name in names if _MODEL.fullmatch(name) or name == _BEFORE]
    if len(graphs) == 1:
        return graphs[0]
    if graphs:
        found = ", ".join(sorted(match[1] for name in graphs if (match := _MODEL.fullmatch(name))))
        raise CostcalcError(
            f"the archive holds {len(graphs)} programs: {found[:200]}", hint="save one in a file"
        )
    folders = {part for name in names for part in name.split("/")[:-1]}
    files = {name.rpartition("/")[2] for name in names}
    if "aotinductor" in folders:
        raise CostcalcError("the archive holds compiled code and no graph", hint=EXPORT)
    if "constants.pkl" in files or "code" in folders:
        raise CostcalcError(
            "this is TorchScript, whose graph is code; nothing in a file is executed", hint=EXPORT
        )
    if "data.pkl" in files:
        raise _pickled()
    raise CostcalcError("the zip holds no program: no models/NAME.json", hint=EXPORT)


def _pickled() -> CostcalcError:
    return CostcalcError("this is a pickle, and nothing in a file is unpickled", hint=EXPORT)


def parsed(data: bytes) -> dict[str, Any]:
    """Parse a graph that is no larger than a graph is."""
    what = "its graph is larger than"
    if len(data) > MAX_JSON:
        raise CostcalcError(f"{what} {MAX_JSON:,} bytes")
    data = _without_traces(data)
    if len(data) > MAX_GRAPH:
        raise CostcalcError(f"{what} {MAX_GRAPH:,} bytes")
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise CostcalcError(f"{what} {MAX_VALUES:,} values")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CostcalcError(f"its graph is not JSON: {str(error)[:100]}") from None
    if not isinstance(found, dict):
        raise CostcalcError("its graph is no object of JSON")
    return found


def _without_traces(data: bytes) -> bytes:
    """The text without the lines of source that it quotes, most of it."""
    # As long, but what stands behind a backslash ends no text.
    plain = data.replace(b"\\\\", b"..").replace(b'\\"', b"..")
    kept, start = [], 0
    for match in islice(_TRACE.finditer(plain), MAX_TRACES):
        end = plain.find(b'"', match.end())
        if match.start() >= start and end >= 0:
            kept.append(data[start : match.end()])
            start = end
    return b"".join((*kept, data[start:]))
