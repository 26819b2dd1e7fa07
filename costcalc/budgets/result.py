"""What `costcalc check` is asked for, and what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit
from costcalc.budgets.verdict import FAIL, Verdict
from costcalc.changes.compare import Stated
from costcalc.project.baseline import Baseline
from costcalc.project.limits import Limit


class Checked(NamedTuple):
    """One network and all that it was held to."""

    name: str
    path: str
    status: str
    verdicts: list[Verdict]
    culprits: list[Culprit]
    fits: list[Fit]
    lines: list[int]
    """Where a report on each verdict sits: where the layer that grew most was edited, if any."""
    stated: Sequence[Stated] = ()
    """What the file says otherwise of the whole network than on the base."""
    unlimited: Sequence[str] = ()
    """Variants that no limit is of."""
    variant: str | None = None
    """The variant that was named, if one was: then only its limits were judged."""
    new: bool = False
    renamed: str | None = None
    notes: Sequence[str] = ()
    fitted: bool = True
    """Whether it was looked what would fit."""

    @property
    def failures(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.status == FAIL]


class Report(NamedTuple):
    """All networks of a run."""

    status: str
    base: str | None
    networks: list[Checked]
    removed: list[str]
    skipped: list[str]
    unlimited: list[str]
    notes: list[str]
    kept: Sequence[str] = ()
    """What a baseline's update did not raise."""
    hide_passed: bool = False
    """Whether pages leave out the networks that passed."""
    is_summary: bool = False
    """Whether it is for the summary of a job, where a page has more room than in a comment."""

    @property
    def failed(self) -> int:
        return sum(checked.status == FAIL for checked in self.networks)


class Options(NamedTuple):
    limits: Sequence[Limit] = ()
    """Of the command line: they hold for every network."""
    base: str | None = None
    if_no_base: str = "error"
    only_regressions: bool = False
    baseline: Baseline | None = None
    top: int = 5
    fold_batch_norm: bool = False
    variant: str | None = None
    """The variant that is judged, of every network; None is the one that is named, or the first."""
    accept_growth: bool = False
    """Whether what grew above a baseline is to be its new figure."""
