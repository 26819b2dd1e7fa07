"""`costcalc check`: networks held to their budgets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

import click

from costcalc import __version__
from costcalc.budgets.api import option_limits
from costcalc.budgets.checker import Checker
from costcalc.budgets.result import Options, Report
from costcalc.budgets.verdict import FAIL
from costcalc.cli.options import (
    Converted,
    accounting_options,
    assignment,
    once_each,
    variant_option,
)
from costcalc.cli.output import append, show, write, write_file
from costcalc.cli.progress import counted
from costcalc.errors import CostcalcError
from costcalc.project.baseline import read_baseline, require_baseline
from costcalc.project.discovery import repository_path
from costcalc.vcs.base_ref import check_ref

FORMATS = ("text", "json", "markdown", "github", "gitlab", "sarif", "junit")
_MACHINE = ("json", "markdown", "gitlab", "sarif", "junit")


class Target(NamedTuple):
    format: str
    path: str | None


def _target(text: str) -> Target:
    name, colon, path = text.partition(":")
    if name not in FORMATS:
        from costcalc.errors import nearest

        hint = nearest(name, FORMATS) or f"one of {', '.join(FORMATS)}"
        raise ValueError(f"unknown format '{name}'; {hint}")
    if colon and not path:
        raise ValueError(f"'{text}' names no file: {name}:FILE")
    return Target(name, path or None)


@click.command("check")
@click.argument("paths", metavar="[FILE|FOLDER|GLOB]...", nargs=-1)
@variant_option
@click.option(
    "--max",
    "maxima",
    metavar="METRIC=VALUE",
    multiple=True,
    type=Converted("METRIC=VALUE", assignment),
    help="A limit for every network: macs=600M, weights_int8=250KiB. As often as you like.",
)
@click.option(
    "--growth",
    "growths",
    metavar="METRIC=VALUE",
    multiple=True,
    type=Converted("METRIC=VALUE", assignment),
    help="How much a metric may grow against the base: macs=5%, params=10k.",
)
@click.option(
    "--base",
    metavar="REF|auto|none",
    help="The commit to compare with; auto finds it. None, unless a limit of growth asks.",
)
@click.option(
    "--if-no-base",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What to do where the base cannot be had.",
)
@click.option(
    "--only-regressions",
    is_flag=True,
    help="Let pass what was over its limit on the base already, if it did not grow.",
)
@click.option("--baseline", metavar="FILE", help="Compare with a file's figures instead of git's.")
@click.option("--update-baseline", is_flag=True, help="Write what is lower now to the baseline.")
@click.option("--allow-increase", is_flag=True, help="Write to the baseline what is higher, too.")
@click.option(
    "--format",
    "targets",
    metavar="FORMAT[:FILE]",
    multiple=True,
    type=Converted("FORMAT[:FILE]", _target),
    help=f"How the result is written, and where to; several: {', '.join(FORMATS)}. [default: text]",
)
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many layers are told of each metric that failed.",
)
@click.option("--hide-passed", is_flag=True, help="Tell only of networks that failed or warn.")
@accounting_options
@click.option("--exit-zero", is_flag=True, help="Exit 0 where a network is over budget.")
def command(
    paths: tuple[str, ...],
    variant: str | None,
    maxima: tuple[tuple[str, str], ...],
    growths: tuple[tuple[str, str], ...],
    base: str | None,
    if_no_base: str,
    only_regressions: bool,
    baseline: str | None,
    update_baseline: bool,
    allow_increase: bool,
    targets: tuple[Target, ...],
    top: int,
    hide_passed: bool,
    exit_zero: bool,
    convention: str | None,
    fold_batch_norm: bool,
) -> int:
    """Hold networks to their budgets.

    Budgets stand in the network (budgets: {macs: 600M}), in a costcalc.yaml around it, and in
    --max and --growth; all of them hold. A file is always a network; of a folder or a glob, what
    has layers or input is. Without arguments, the files of the nearest costcalc.yaml are checked.

    FILE:VARIANT, a shipped variant by name, or --variant: only that variant is judged, also by
    limits that name none.

    Exit 0 where all are within their limits, 1 where one is over, 2 where anything is wrong.
    """
    _refuse(base, baseline, update_baseline, allow_increase)
    wanted = _destinations(targets)
    try:
        own = None
        if baseline is not None:
            own = read_baseline(baseline, missing_is_empty=update_baseline)
        limits = option_limits("max", once_each("--max", maxima), "--max", convention)
        limits += option_limits("growth", once_each("--growth", growths), "--growth", convention)
        checker = Checker(
            Options(
                *(limits, base, if_no_base, only_regressions, own, top, fold_batch_norm, variant),
                accept_growth=allow_increase,
            )
        )
        report = checker.report(counted(checker.check(paths), "networks checked"))
    except CostcalcError as error:
        _annotate(error, wanted)
        raise
    updated = None
    if update_baseline and own is not None:
        # As it is now: another run may have written it meanwhile.
        latest = read_baseline(own.path, missing_is_empty=True)
        updated, kept = latest.updated(checker.measured, allow_increase=allow_increase)
        report = report._replace(kept=kept)
    for target, stream in wanted:
        if target.path is not None:
            _write(report, target, stream, hide_passed)
    if updated is not None:
        write_file([updated.text(__version__)], updated.path)
    for target, stream in wanted:
        if target.path is None:
            _write(report, target, stream, hide_passed)
    return 1 if report.status == FAIL and not exit_zero else 0


def _annotate(error: CostcalcError, wanted: list[tuple[Target, str]]) -> None:
    """What is wrong with files is annotated too, where limits would have been."""
    streams = [stream for target, stream in wanted if target == Target("github", None)]
    if streams:
        from costcalc.reports.check import github

        out = sys.stderr if streams[0] == "stderr" else sys.stdout
        out.writelines(github.faults(error.problems, repository_path))


def _refuse(
    base: str | None,
    baseline: str | None,
    update_baseline: bool,
    allow_increase: bool,
) -> None:
    if base is not None:
        check_ref(base)
    if base is not None and baseline is not None:
        raise click.UsageError("give --base or --baseline, not both")
    if update_baseline:
        require_baseline(baseline)
    elif allow_increase:
        raise click.UsageError("--allow-increase goes with --update-baseline")


def _destinations(targets: tuple[Target, ...]) -> list[tuple[Target, str]]:
    """Each format and the stream it goes to where it has no file; files come first."""
    wanted = list(targets) or [Target("text", None)]
    on_stdout = [t.format for t in wanted if t.path is None and t.format != "github"]
    machine = [name for name in on_stdout if name in _MACHINE]
    if machine and len(on_stdout) > 1:
        raise click.UsageError(
            f"{' and '.join(on_stdout)} cannot share standard output: {on_stdout[-1]}:FILE"
        )
    doubled = {os.path.realpath(target.path) for target in wanted if target.path}
    if len(doubled) < sum(target.path is not None for target in wanted):
        raise click.UsageError("two formats are to be written to one file")
    if os.environ.get("GITHUB_ACTIONS") == "true" and "github" not in [t.format for t in wanted]:
        wanted.append(Target("github", None))
    return [
        (target, "stderr" if target == Target("github", None) and machine else "stdout")
        for target in sorted(wanted, key=lambda target: target.path is None)
    ]


def _write(report: Report, target: Target, stream: str, hide_passed: bool) -> None:
    if target.format == "text" and target.path is None:
        from costcalc.reports.check.page import page

        show(page(report, hide_passed=hide_passed))
        return
    pieces = _pieces(report, target, hide_passed)
    if _is_summary(target):
        append(pieces, target.path or "")
    elif stream == "stderr":
        sys.stderr.writelines(pieces)
    else:
        write(pieces, target.path)


def _is_summary(target: Target) -> bool:
    """Whether it goes to the job's summary, to which other steps' commands write as well."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return bool(summary and target.path) and _real(target.path) == _real(summary)


def _real(path: str | None) -> str:
    return os.path.realpath(path or "")


def _pieces(report: Report, target: Target, hide_passed: bool) -> Iterable[str]:
    if target.format == "text":
        from costcalc.render import text
        from costcalc.reports.check.page import page

        return text.lines(page(report, hide_passed=hide_passed))
    if target.format == "json":
        from costcalc.reports.check import json

        return json.check(report)
    if target.format == "markdown":
        from costcalc.reports.check import markdown

        most = markdown.SUMMARY if _is_summary(target) else markdown.COMMENT
        return markdown.check(report, hide_passed=hide_passed, most=most)
    if target.format == "github":
        from costcalc.reports.check import github

        return github.check(report, repository_path)
    if target.format == "gitlab":
        from costcalc.reports.check import gitlab

        return gitlab.check(report, repository_path)
    if target.format == "sarif":
        from costcalc.reports.check import sarif

        return sarif.check(report, repository_path, __version__)
    from costcalc.reports.check import junit

    return junit.check(report, repository_path)
