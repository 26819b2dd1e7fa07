"""Definitions, references, renaming, symbols and folding."""

from __future__ import annotations

import os
from typing import Any

from costcalc.editor.document import Document
from costcalc.editor.examination import Examination
from costcalc.editor.names import BLOCK, FILE, MAP, PARAM, Use, uses
from costcalc.editor.positions import Range, Text, edited
from costcalc.editor.uris import uri_of
from costcalc.errors import CostcalcError
from costcalc.language.block import Block
from costcalc.language.names import check_block_name, check_param_name

_FILE, _FIELD, _FUNCTION, _VARIABLE = 1, 8, 12, 13
_KINDS = {BLOCK: _FUNCTION, PARAM: _VARIABLE, MAP: _FIELD, FILE: _FILE}


def use_at(document: Document, offset: int) -> Use | None:
    """The name at a place of the text."""
    for use in uses(document.text.text, document.path):
        start = document.text.of_yaml(use.line, use.column)
        if start <= offset <= start + len(use.name):
            return use
    return None


def same(document: Document, use: Use) -> list[Use]:
    """All uses of a name, its definition among them."""
    found = uses(document.text.text, document.path)
    return [
        one for one in found if (one.kind, one.name, one.scope) == (use.kind, use.name, use.scope)
    ]


def range_of(text: Text, use: Use) -> Range:
    start = text.of_yaml(use.line, use.column)
    return text.range(start, start + len(use.name))


def definition(document: Document, uri: str, offset: int) -> dict[str, Any] | None:
    """Where a name is defined: in the text, or in a file that it includes."""
    use = use_at(document, offset)
    if use is None:
        return _of_type(document, offset)
    if use.kind == FILE:
        path = os.path.join(os.path.dirname(document.path), use.name)
        return {"uri": uri_of(path), "range": _START} if os.path.isfile(path) else None
    for one in same(document, use):
        if one.defines:
            return {"uri": uri, "range": range_of(document.text, one)}
    return None


_START: Range = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}


def _of_type(document: Document, offset: int) -> dict[str, Any] | None:
    """Where the block under the cursor is defined, in another file."""
    name = word_at(document.text, offset)
    file = document.now.file or (document.sound and document.sound.examination.file)
    block = file.blocks.get(name) if file else None
    if not isinstance(block, Block):
        return None
    mark = block.key.start_mark
    try:
        text = Text(document.read(block.file.path), utf16=document.text.counts_utf16)
    except CostcalcError:
        return None  # the file is gone
    start = text.of_yaml(mark.line + 1, mark.column + 1)
    return {"uri": uri_of(block.file.path), "range": text.range(start, start + len(name))}


def word_at(text: Text, offset: int) -> str:
    """The name around a place."""
    start = end = offset
    whole = text.text
    while start and (whole[start - 1].isalnum() or whole[start - 1] == "_"):
        start -= 1
    while end < len(whole) and (whole[end].isalnum() or whole[end] == "_"):
        end += 1
    return whole[start:end]


def references(document: Document, uri: str, offset: int, *, declared: bool) -> list[Any]:
    """Every place where the name under the cursor stands."""
    use = use_at(document, offset)
    if use is None:
        return []
    return [
        {"uri": uri, "range": range_of(document.text, one)}
        for one in same(document, use)
        if declared or not one.defines
    ]


def renamable(document: Document, offset: int) -> Range | None:
    """The range of the name under the cursor; None where it cannot be renamed in this file."""
    use = use_at(document, offset)
    if use is None or use.kind == FILE or not any(one.defines for one in same(document, use)):
        return None
    return range_of(document.text, use)


def rename(document: Document, uri: str, offset: int, name: str) -> dict[str, Any]:
    """Edits that give a param, a block or a map of this text another name.

    Raises CostcalcError where there is none, and where the network would become another one.
    """
    use = use_at(document, offset)
    found = same(document, use) if use else []
    if use is None or use.kind == FILE or not any(one.defines for one in found):
        raise CostcalcError("only a param, a block or a map of this file can be renamed here")
    wrong = {PARAM: check_param_name(name, ()), BLOCK: check_block_name(name)}.get(use.kind)
    if wrong:
        raise CostcalcError(wrong)
    if not name.isprintable() or not name or any(c in name for c in " ,:[]{}#'\"&*!|>%@`$"):
        raise CostcalcError(f"a map cannot be named {name[:60]!r}")
    edits = [{"range": range_of(document.text, one), "newText": name} for one in found]
    after = edited(document.text, list(reversed([{**e, "text": name} for e in edits])))
    if document.now.analysis is not None:
        _check_same(document.now, document.examine(after), name)
    _check_meaning(document, found, name, uses(after, document.path))
    return {"changes": {uri: edits}}


def _check_meaning(document: Document, renamed: list[Use], name: str, after: list[Use]) -> None:
    """Raise CostcalcError unless every name means after a change what it meant before, whatever it
    costs: where two things have one name, one of them is lost."""
    before = uses(document.text.text, document.path)
    one = renamed[0]
    if any((use.kind, use.name, use.scope) == (one.kind, name, one.scope) for use in before):
        raise CostcalcError(f"there is a {one.kind} named '{name}' already")
    expected = [use._replace(name=name) if use in renamed else use for use in before]
    if [_meaning(use) for use in expected] != [_meaning(use) for use in after]:
        raise _other_meaning(name)


def _meaning(use: Use) -> tuple[object, ...]:
    return use.kind, use.name, use.line, use.scope, use.defines


def _other_meaning(name: str) -> CostcalcError:
    return CostcalcError(f"the name '{name}' has another meaning somewhere in the file")


def _check_same(before: Examination, after: Examination, name: str) -> None:
    """Raise CostcalcError where a network has faults, or costs something else, after a change."""
    if after.analysis is None or before.analysis is None:
        raise CostcalcError(f"as '{name}' it would have faults: {after.faults[0].message}")
    for metric in ("macs", "params", "other_ops"):
        if before.analysis.totals[metric] != after.analysis.totals[metric]:
            raise _other_meaning(name)


def symbols(document: Document) -> list[dict[str, Any]]:
    """The params, blocks and named maps of the text."""
    found = []
    for use in uses(document.text.text, document.path):
        if use.defines:
            place = range_of(document.text, use)
            found.append(
                {
                    "name": use.name or " ",
                    "kind": _KINDS[use.kind],
                    "detail": use.kind,
                    "range": place,
                    "selectionRange": place,
                }
            )
    return found


def folding(text: Text) -> list[dict[str, int]]:
    """Lines that are indented below another, and rows of comments."""
    found: list[dict[str, int]] = []
    open_lines: list[tuple[int, int]] = []
    last = 0
    lines = [*text.lines, "end"]
    for number, line in enumerate(lines):
        bare = line.lstrip(" ")
        if not bare:
            continue
        indent = len(line) - len(bare) if number < len(text.lines) else -1
        while open_lines and open_lines[-1][1] >= indent:
            start, _ = open_lines.pop()
            if last > start:
                found.append({"startLine": start, "endLine": last})
        open_lines.append((number, indent))
        last = number
    return sorted(found, key=lambda one: one["startLine"])
