"""`costcalc formats`: list the formats that are read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import click

from costcalc.cli.files import write
from costcalc.errors import CostcalcError, nearest
from costcalc.importers.formats import ALL_FORMATS


@click.command("formats")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the formats that are read beside the network language.

    With NAME: the sections, layers or modules of it that are known.
    """
    write(_page(name) if name else _index(), None)


def _index() -> Iterator[str]:
    width = max(len(one.name) for one in ALL_FORMATS)
    for one in ALL_FORMATS:
        yield f"{one.name:{width}}  {one.title}, as {one.follows} reads it\n"
    yield "\ncostcalc formats NAME lists what is known of one\n"


def _page(name: str) -> Iterator[str]:
    found = next((one for one in ALL_FORMATS if one.name == name), None)
    if found is None:
        names = [one.name for one in ALL_FORMATS]
        hint = nearest(name, names) or f"known are {', '.join(names)}"
        raise CostcalcError(f"unknown format '{name}'", hint=hint)
    yield f"{found.name}: {found.title}, as {found.follows} reads it\n"
    endings = " or ".join(found.suffixes)
    yield f"known by {found.marks}; in folders, in files that end in {endings}\n"
    yield "\nknown:\n"
    text = "  ".join(sorted(found.known()))
    yield textwrap.fill(text, 78, initial_indent="  ", subsequent_indent="  ") + "\n"
