"""How a command's result is written: in which format, and where to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

import click

from costcalc.cli.files import append, replacing, write
from costcalc.errors import CostcalcWarning, nearest
from costcalc.reports import formats

Command = TypeVar("Command", bound=Callable[..., Any])


class Target(NamedTuple):
    """A format, and where to write it."""

    report: str
    """What is written: a key of `reports.formats.REPORTS`."""
    format: str
    path: str | None = None
    """A file; None is standard output."""
    to_stderr: bool = False
    """Whether it goes to standard error instead, since standard output has another format."""

    @property
    def is_summary(self) -> bool:
        """Whether the file is the summary of a GitHub job, to which other steps write as well."""
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        return bool(
            summary and self.path and os.path.realpath(self.path) == os.path.realpath(summary)
        )


def emit(result: Any, target: Target, warnings: Iterable[CostcalcWarning] = ()) -> None:
    """Write a result, and then its warnings where the format does not have them.

    On a terminal, text has rules and weight and is fitted to its width.
    """
    _write(result, target)
    if target.format != "json" or target.report not in WITH_WARNINGS:
        warn(warnings)


WITH_WARNINGS = ("analyze", "check")
"""Reports whose JSON has the warnings."""


def warn(warnings: Iterable[CostcalcWarning]) -> None:
    """Print warnings on standard error, each once."""
    sys.stdout.flush()
    for text in dict.fromkeys(map(str, warnings)):
        print(text, file=sys.stderr)


def _write(result: Any, target: Target) -> None:
    if target.format in formats.BINARY and target.path is not None:
        with replacing(target.path) as file:
            formats.write(target.report, target.format, result, file)
        return
    if target.format == "text" and target.path is None and _is_terminal():
        from costcalc.render import terminal

        page = formats.view(target.report, "page", result)
        terminal.print_page(terminal.console(), page)
        return
    what = target.report, target.format, result
    if target.is_summary:
        append(formats.lines(*what), target.path or "")
    elif target.to_stderr:
        sys.stderr.writelines(formats.lines(*what))
    else:
        write(formats.pieces(*what), target.path)


def _is_terminal() -> bool:
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def output_option(command: Command) -> Command:
    """Add --output."""
    return click.option(
        "--output",
        metavar="FILE",
        type=click.Path(),
        help="Write to FILE instead of standard output, completely or not at all.",
    )(command)


def output_options(report: str) -> Callable[[Command], Command]:
    """Add --format, with the formats of a report, and --output. The command gets `target`."""
    choices = formats.formats_of(report)

    def decorate(command: Command) -> Command:
        @click.option(
            "--format",
            "format_",
            metavar="FORMAT",
            type=click.Choice(choices),
            default=choices[0],
            show_default=True,
            help=f"Format of the result: {', '.join(choices)}.",
        )
        @output_option
        @wraps(command)
        def with_target(*args: Any, format_: str, output: str | None, **options: Any) -> Any:
            if format_ in formats.BINARY and output is None:
                raise click.UsageError(f"--format {format_} needs --output FILE")
            return command(*args, target=Target(report, format_, output), **options)

        return cast("Command", with_target)

    return decorate


def targets_option(report: str) -> Callable[[Command], Command]:
    """Add --format FORMAT[:FILE], which may be repeated. The command gets `targets`."""
    choices = formats.formats_of(report)

    def read(ctx: click.Context, param: click.Parameter, texts: Sequence[str]) -> list[Target]:
        return _destinations([_target(report, text, choices) for text in texts or choices[:1]])

    return click.option(
        "--format",
        "targets",
        metavar="FORMAT[:FILE]",
        multiple=True,
        callback=read,
        help=f"Format of the result, and a file to write it to: {', '.join(choices)}; repeatable.  "
        f"[default: {choices[0]}]",
    )


def _target(report: str, text: str, choices: Sequence[str]) -> Target:
    name, colon, path = text.partition(":")
    if name not in choices:
        hint = nearest(name, choices) or f"one of {', '.join(choices)}"
        raise click.BadParameter(f"unknown format '{name}'; {hint}")
    if colon and not path:
        raise click.BadParameter(f"'{text}' lacks the name of a file: {name}:FILE")
    return Target(report, name, path or None)


def _destinations(wanted: list[Target]) -> list[Target]:
    """Put the targets in the order in which they are written: files first.

    In a GitHub action, annotations are one of them. They go to standard error if standard output
    is for a program to read.
    """
    on_stdout = [t.format for t in wanted if t.path is None and t.format != "github"]
    for_programs = [name for name in on_stdout if name != "text"]
    if for_programs and len(on_stdout) > 1:
        raise click.UsageError(
            f"{' and '.join(on_stdout)} cannot share standard output: {on_stdout[-1]}:FILE"
        )
    files = [os.path.realpath(target.path) for target in wanted if target.path]
    if len(set(files)) < len(files):
        raise click.UsageError("two formats name the same file")
    if os.environ.get("GITHUB_ACTIONS") == "true" and "github" not in [t.format for t in wanted]:
        wanted = [*wanted, Target(wanted[0].report, "github")]
    return sorted(
        (
            target._replace(to_stderr=target[1:3] == ("github", None) and bool(for_programs))
            for target in wanted
        ),
        key=lambda target: target.path is None,
    )
