"""`costcalc check` for Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costcalc.budgets.checker import Checker
from costcalc.budgets.result import Options, Report
from costcalc.devices.shipped import load_device
from costcalc.errors import CostcalcError
from costcalc.language.includes import reading_from
from costcalc.metrics import check_metrics, with_limits
from costcalc.project.amounts import read_amount
from costcalc.project.baseline import read_baseline
from costcalc.project.limits import Limit
from costcalc.vcs.base_ref import check_ref


def check(
    *paths: str,
    variant: str | None = None,
    max: Mapping[str, str | int] | None = None,
    growth: Mapping[str, str | int] | None = None,
    base: str | None = None,
    if_no_base: str = "error",
    only_regressions: bool = False,
    baseline: str | None = None,
    top: int = 5,
    convention: str | None = None,
    fold_batch_norm: bool = False,
    device: str | None = None,
    include_from: Sequence[str] = (),
) -> Report:
    """Compare networks with their budgets; without paths, those of the nearest costcalc.yaml.

    max, growth: limits for every network, such as {"macs": "600M"} and {"macs": "5%"}; they hold
    for every variant of a file, or for the one that its path or `variant` names. base: a git ref,
    "auto" or "none". baseline: a file to compare with instead of a base. convention: whose `total`
    max and growth mean, else that of the nearest costcalc.yaml around a network. device,
    include_from: as in `costcalc.load`. The report's status is pass, warn or fail. Raises
    CostcalcError for faulty input, BaseError where there is no base.
    """
    if base is not None:
        check_ref(base)
        if baseline is not None:
            raise CostcalcError("give a base or a baseline, not both")
    limits = option_limits("max", max or {}) + option_limits("growth", growth or {})
    own = None if baseline is None else read_baseline(baseline)
    checker = Checker(
        Options(
            *(limits, base, if_no_base, only_regressions, own, top, fold_batch_norm, variant),
            convention=convention,
            device=load_device(device) if device else None,
        )
    )
    with reading_from(include_from):
        return checker.report(checker.check(paths))


def option_limits(
    kind: str,
    pairs: Mapping[str, str | int],
    origin: str | None = None,
) -> list[Limit]:
    """Limits for every network, read from values by metric; `kind` is "max" or "growth".

    origin: the option that gave them, for messages.
    """
    limits = []
    for metric, given in pairs.items():
        text = str(given)
        try:
            check_metrics([metric], with_limits())
            amount = read_amount(metric, text, relative=kind == "growth")
        except CostcalcError as error:
            error.message = f"{origin or kind} {metric}={text}: {error.message}"
            raise
        blank = Limit(metric, origin=origin or kind)
        limits.append(blank._replace(**{kind: amount}))  # type: ignore[arg-type]
    return limits
