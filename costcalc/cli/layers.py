"""`costcalc layers`: describe the layers and shipped blocks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from costcalc.cli.files import write
from costcalc.reference import layers as reference


@click.command("layers")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Describe the layers and shipped blocks.

    With NAME: its fields, shapes, formulas and source.
    """
    write(_page(reference.entry(name)) if name else _index(), None)


def _index() -> Iterator[str]:
    width = max(map(len, reference.names()))
    for heading, entries in reference.families():
        yield f"{heading}\n"
        for entry in entries:
            yield f"  {entry.name:{width}}  {entry.summary}\n"
        yield "\n"
    yield "costcalc layers NAME shows one: fields, shapes, formulas, source\n"


def _page(entry: reference.Entry) -> Iterator[str]:
    yield f"{entry.name} ({entry.kind})\n"
    if entry.aliases:
        yield f"also written {', '.join(entry.aliases)}\n"
    if entry.kind != "block":
        yield f"\n{entry.summary}\n\n{entry.details}\n"
    if entry.fields:
        yield "\nfields\n"
        name = max(len(field.name) for field in entry.fields)
        default = max(len(field.default) for field in entry.fields)
        for field in entry.fields:
            counts = f" ({field.unit})" if field.takes and field.unit else field.unit
            line = f"  {field.name:{name}}  {field.default:{default}}  {field.takes}{counts}"
            yield line.rstrip() + "\n"
            yield from _wrapped(field.meaning, " " * 6)
    if entry.kind == "layer":
        yield "\ncosts\n"
        for formula, text in entry.formulas:
            first, *more = _wrapped(" ".join(text.split()), " " * 15)
            yield f"  {formula:11}  {first.lstrip()}"
            yield from more
        if not entry.formulas:
            yield "  nothing\n"
    elif entry.kind == "block":
        yield f"\n{entry.details}\n"


def _wrapped(text: str, indent: str) -> list[str]:
    """Wrap a text at 81 columns, behind an indent."""
    return [f"{indent}{line}\n" for line in textwrap.wrap(text, max(30, 81 - len(indent))) or [""]]
