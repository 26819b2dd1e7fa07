"""`costcalc layers`: the reference of layers and blocks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from costcalc.cli.files import write
from costcalc.reference import layers as reference


@click.command("layers")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """The layers and shipped blocks.

    Of one NAME: its fields, shapes, formulas and source.
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
            line = f"  {field.name:{name}}  {field.default:{default}}"
            yield (f"{line}  {field.takes}" if entry.kind == "layer" else line).rstrip() + "\n"
    if entry.kind == "layer":
        yield "\ncosts\n"
        for formula, text in entry.formulas:
            lines = textwrap.wrap(" ".join(text.split()), 66) or [""]
            yield f"  {formula:11}  {lines[0]}\n"
            yield from (f"  {'':11}  {line}\n" for line in lines[1:])
        if not entry.formulas:
            yield "  nothing\n"
    elif entry.kind == "block":
        yield f"\n{entry.details}\n"
