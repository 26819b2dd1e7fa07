"""What an editor asks of a text: hints, lenses, completion, hover, names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from costcalc.editor.channel import INVALID_PARAMS, RequestError
from costcalc.editor.document import Document
from costcalc.editor.faults import QUICK_FIX, fixes
from costcalc.editor.hints import inlay_hints, resolved
from costcalc.editor.workspace import Workspace

Params = dict[str, Any]
Answer = Callable[[Workspace, Sequence[str], Params], Any]


def _hints(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    document, asked = _document(files, params), params["range"]
    if document is None:
        return []
    return inlay_hints(document, _uri(params), asked["start"]["line"], asked["end"]["line"], parts)


def _hint(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    document = files.documents.get(str(params["data"]["uri"]))
    return resolved(document, params) if document else params


def _lenses(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.lenses import code_lenses

    document = _document(files, params)
    return code_lenses(document, _uri(params)) if document else []


def _actions(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.remedies import remedies

    document, asked = _document(files, params), params["range"]
    only = (params.get("context") or {}).get("only")
    if document is None or (only and not {"", QUICK_FIX} & set(only)):
        return []
    uri = _uri(params)
    return [*fixes(document, uri, asked), *remedies(document, uri, asked)]


def _completion(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.completion import completions

    document = _document(files, params)
    if document is None or document.is_foreign:
        return []
    return completions(document, _offset(document, params))


def _resolve(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.completion import documented

    return documented(params)


def _hover(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.hover import hover

    document = _document(files, params)
    return hover(document, _offset(document, params)) if document else None


def _definition(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import definition

    document = _document(files, params)
    return definition(document, _uri(params), _offset(document, params)) if document else None


def _references(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import references

    document = _document(files, params)
    declared = bool((params.get("context") or {}).get("includeDeclaration", True))
    if document is None:
        return []
    return references(document, _uri(params), _offset(document, params), declared=declared)


def _prepare(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import renamable

    document = _document(files, params)
    return renamable(document, _offset(document, params)) if document else None


def _rename(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import rename

    document = _document(files, params)
    if document is None:
        raise RequestError(INVALID_PARAMS, "no network of that name is open")
    return rename(document, _uri(params), _offset(document, params), params["newName"])


def _symbols(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import symbols

    document = _document(files, params)
    return symbols(document) if document else []


def _folding(files: Workspace, parts: Sequence[str], params: Params) -> Any:
    from costcalc.editor.navigation import folding

    document = _document(files, params)
    return folding(document.text) if document else []


def _uri(params: Params) -> str:
    return str(params["textDocument"]["uri"])


def _document(files: Workspace, params: Params) -> Document | None:
    return files.documents.get(_uri(params))


def _offset(document: Document, params: Params) -> int:
    return document.text.offset(params["position"])


ANSWERS: Mapping[str, Answer] = {
    "textDocument/inlayHint": _hints,
    "inlayHint/resolve": _hint,
    "textDocument/codeLens": _lenses,
    "textDocument/codeAction": _actions,
    "textDocument/completion": _completion,
    "completionItem/resolve": _resolve,
    "textDocument/hover": _hover,
    "textDocument/definition": _definition,
    "textDocument/references": _references,
    "textDocument/prepareRename": _prepare,
    "textDocument/rename": _rename,
    "textDocument/documentSymbol": _symbols,
    "textDocument/foldingRange": _folding,
}
"""How each request is answered, from the open files and what hints say."""
