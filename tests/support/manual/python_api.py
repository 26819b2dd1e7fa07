"""The reference of `import costcalc`: signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import costcalc

from .markdown import block, page, prose

METHODS = ("cost", "sweep", "solve", "formula")
"""Those of a model, which `load` returns."""
FUNCTIONS = [name for name in costcalc.__all__ if inspect.isfunction(getattr(costcalc, name))]


def reference() -> str:
    return page([*_all()])


def _all() -> Iterator[str]:
    for name in ("load", *(name for name in FUNCTIONS if name != "load")):
        yield from _described(f"costcalc.{name}", getattr(costcalc, name))
        if name == "load":
            for method in METHODS:
                yield from _described(f"Model.{method}", getattr(costcalc.Model, method))


def _described(name: str, function: Callable[..., Any]) -> Iterator[str]:
    yield f"### {name}"
    yield block(_signature(name, function), "text")
    for paragraph in (inspect.getdoc(function) or "").split("\n\n"):
        yield prose(" ".join(paragraph.split()))


def _signature(name: str, function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    parts = []
    keyword_only = False
    for param in signature.parameters.values():
        if param.name == "self":
            continue
        if param.kind is param.VAR_POSITIONAL:
            keyword_only = True
        if param.kind is param.KEYWORD_ONLY and not keyword_only:
            parts.append("*")
            keyword_only = True
        stars = {param.VAR_POSITIONAL: "*", param.VAR_KEYWORD: "**"}.get(param.kind, "")
        default = "" if param.default is param.empty else f" = {param.default!r}"
        parts.append(f"{stars}{param.name}: {param.annotation}{default}")
    result = f") -> {signature.return_annotation}"
    line = f"{name}({', '.join(parts)}{result}"
    if len(line) <= 100:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), result])
