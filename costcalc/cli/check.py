"""`costcalc check`: check networks against their budgets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import click

from costcalc import __version__
from costcalc.budgets.api import option_limits
from costcalc.budgets.checker import Checker
from costcalc.budgets.result import Options
from costcalc.budgets.verdict import FAIL
from costcalc.cli.device_options import device_option
from costcalc.cli.files import write_file
from costcalc.cli.models import model_options
from costcalc.cli.options import (
    given_accounting_options,
    include_option,
    pairs_option,
    top_option,
    variant_option,
)
from costcalc.cli.output import Target, emit, targets_option
from costcalc.cli.pick import pick_option
from costcalc.cli.progress import counted
from costcalc.devices.shipped import load_device
from costcalc.errors import CostcalcError
from costcalc.project.baseline import read_baseline, require_baseline
from costcalc.vcs.base_ref import check_ref


@click.command("check")
@click.argument("paths", metavar="[FILE|FOLDER|GLOB]...", nargs=-1)
@model_options
@variant_option
@pairs_option(
    "--max",
    "maxima",
    "METRIC=VALUE",
    "Limit for every network and variant, such as macs=600M or weights_int8=250KiB",
)
@pairs_option(
    "--growth",
    "growths",
    "METRIC=VALUE",
    "Growth allowed against the base, such as macs=5% or params=10k",
)
@click.option(
    "--base",
    metavar="REF|auto|none",
    help="Commit to compare with; auto finds it.  [default: auto if growth is limited, else none]",
)
@click.option(
    "--if-no-base",
    type=click.Choice(["error", "skip"]),
    default="error",
    show_default=True,
    help="What to do if the base is not available.",
)
@click.option(
    "--only-regressions",
    is_flag=True,
    help="Pass metrics that were over their limit on the base already and did not grow.",
)
@click.option(
    "--baseline", metavar="FILE", help="Compare with the figures in a file, not a commit."
)
@click.option("--update-baseline", is_flag=True, help="Write lower figures to the baseline.")
@click.option("--allow-increase", is_flag=True, help="Write higher figures to the baseline too.")
@targets_option("check")
@top_option(5, "Layers to show for each metric that failed.")
@click.option("--hide-passed", is_flag=True, help="Show only networks that fail or warn.")
@pick_option(others=True)
@include_option
@given_accounting_options
@device_option
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if a network is over budget.")
def command(
    paths: tuple[str, ...],
    variant: str | None,
    maxima: dict[str, str],
    growths: dict[str, str],
    base: str | None,
    if_no_base: str,
    only_regressions: bool,
    baseline: str | None,
    update_baseline: bool,
    allow_increase: bool,
    targets: list[Target],
    top: int,
    hide_passed: bool,
    exit_zero: bool,
    convention: str | None,
    fold_batch_norm: bool,
    device: str | None,
) -> int:
    """Check networks against their budgets.

    Budgets are written in a network (budgets: {macs: 600M}), in a costcalc.yaml in its folder or
    above, and in --max and --growth; all of them apply, so the strictest decides. A file is always
    checked as a network; in a folder or a glob, YAML files that have layers or an input are.
    Without arguments, the files that the nearest costcalc.yaml lists are checked.

    With FILE:VARIANT, the name of a shipped variant, or --variant, only that variant is checked,
    also against limits that name no variant. Otherwise --max and --growth hold for every variant
    of a file, and budgets for the first or the one that they name.

    Exits with 0 if all networks are within their limits, 1 if one is over, 2 on any error.
    """
    _refuse(base, baseline, update_baseline, allow_increase)
    try:
        own = None
        if baseline is not None:
            own = read_baseline(baseline, missing_is_empty=update_baseline)
        limits = option_limits("max", maxima, "--max")
        limits += option_limits("growth", growths, "--growth")
        checker = Checker(
            Options(
                *(limits, base, if_no_base, only_regressions, own, top, fold_batch_norm, variant),
                accept_growth=allow_increase,
                convention=convention,
                device=load_device(device) if device else None,
            )
        )
        report = checker.report(counted(checker.check(paths), "networks checked"))
        report = report._replace(hide_passed=hide_passed)
    except CostcalcError as error:
        _annotate(error, targets)
        raise
    with ExitStack() as files:
        updated = None
        if update_baseline and own is not None:
            from costcalc.project.lock import locked

            files.enter_context(locked(own.path))
            # As it is now: another run may have written it meanwhile.
            latest = read_baseline(own.path, missing_is_empty=True)
            updated, kept = latest.updated(checker.measured, allow_increase=allow_increase)
            report = report._replace(kept=kept)
        for target in targets:
            if target.path is not None:
                emit(report._replace(is_summary=target.is_summary), target)
        if updated is not None:
            write_file([updated.text(__version__)], updated.path)
    warnings = [warning for checked in report.networks for warning in checked.warnings]
    for target in targets:
        if target.path is None:
            emit(report, target, warnings)
            warnings = []
    return 1 if report.status == FAIL and not exit_zero else 0


def _annotate(error: CostcalcError, targets: Sequence[Target]) -> None:
    """Annotate errors in files too, where failed limits would have been annotated."""
    for target in targets:
        if target.format == "github" and target.path is None:
            from costcalc.reports.check import github

            out = sys.stderr if target.to_stderr else sys.stdout
            out.writelines(github.faults(error.problems))


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
        raise click.UsageError("--allow-increase needs --update-baseline")
