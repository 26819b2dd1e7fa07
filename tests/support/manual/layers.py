"""The reference of layers and blocks: what `costcalc layers NAME` says, as one page."""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.layers.base import CALL
from costcalc.reference import layers

from .markdown import block, code, page, prose, table


def reference() -> str:
    return page(_parts())


def _parts() -> Iterator[str]:
    for heading, entries in layers.families():
        title, _, said = heading.partition(": ")
        yield f"## {_sentence(title.rstrip('.'))}"
        yield _sentence(prose(said))
        for entry in entries:
            yield f"### {entry.name}"
            yield from _entry(entry)


def _sentence(text: str) -> str:
    """A family's name, or what is said of it, as a text of its own."""
    return text[:1].upper() + text[1:].replace("_", " ")


def _entry(entry: layers.Entry) -> Iterator[str]:
    yield prose(entry.summary)
    if entry.aliases:
        yield f"Also written {', '.join(map(code, entry.aliases))}."
    if entry.kind == "layer":
        said, _, written = entry.details.partition("\n\n")
        yield "  \n".join(map(prose, said.splitlines()))
        yield block(written) if written else ""
    # Every layer has `call`; the page says so once.
    fields = [field for field in entry.fields if field.name != CALL.name]
    if fields:
        head = ["field", "default", "unit", "meaning", "takes"][: 5 if entry.kind == "layer" else 4]
        rows = [
            [
                code(field.name),
                _default(field.default),
                field.unit,
                prose(field.meaning),
                prose(field.takes),
            ][: len(head)]
            for field in fields
        ]
        yield table(head, rows)
    if entry.formulas:
        rows = [[name, prose(" ".join(text.split()))] for name, text in entry.formulas]
        yield table(["costs", "how much"], rows)
    if entry.kind == "structure":
        yield block(entry.details)
    elif entry.kind == "block":
        yield block(entry.details, "yaml")


def _default(text: str) -> str:
    return "*required*" if text == "required" else code(text)
