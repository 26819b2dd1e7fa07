"""The reference of commands and of their formats, as click knows them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from costcalc.cli import COMMANDS, cli
from costcalc.reports.formats import REPORTS, formats_of

from .markdown import block, code, page, prose, table


def named() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


def options(command: click.Command) -> list[click.Option]:
    return [param for param in command.params if isinstance(param, click.Option)]


def examples(command: click.Command) -> list[tuple[str, str]]:
    """The command lines at the end of a help, each with what is said of it."""
    lines = inspect.cleandoc(command.epilog or "").replace("\b\n", "").splitlines()
    split = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in lines]
    return [(line, *(said or [""])) for line, *said in split if line.startswith("costcalc")]


def reference() -> str:
    return page(part for name, command in named() for part in _command(name, command))


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"costcalc {name}")
    yield f"## costcalc {name}"
    yield block(" ".join([context.command_path, *command.collect_usage_pieces(context)]))
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b"):  # click keeps its lines
            yield block(inspect.cleandoc(paragraph.removeprefix("\b\n")))
        else:
            yield prose(" ".join(paragraph.split()))
    rows = [option.get_help_record(context) for option in options(command)]
    if rows:
        yield table(["option", "meaning"], [[code(row[0]), prose(row[1])] for row in rows if row])
    if shown := examples(command):
        lines = [f"{line}  # {said}" if said else line for line, said in shown]
        yield block("\n".join(lines), "sh")


def formats() -> str:
    """Which result can be written in which format."""
    return table(
        ["command", "<code>--format</code>"],
        [[f"`{name}`", ", ".join(f"`{own}`" for own in formats_of(name))] for name in REPORTS],
    )
