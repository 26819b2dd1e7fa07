"""The options of `costcalc check`, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.accounting.convention import DEFAULT, accounting
from costcalc.budgets.attribution import Culprit
from costcalc.budgets.remedies import Fit
from costcalc.budgets.verdict import FAIL, Verdict
from costcalc.changes.compare import Stated
from costcalc.devices.device import Device
from costcalc.errors import CostcalcWarning
from costcalc.graph.setting import Setting
from costcalc.metrics import METRICS
from costcalc.project.baseline import Baseline
from costcalc.project.limits import Limit
from costcalc.project.project_file import Project


class Checked(NamedTuple):
    """One network with a verdict for each of its limits."""

    name: str
    path: str
    status: str
    verdicts: list[Verdict]
    culprits: list[Culprit]
    fits: list[Fit]
    lines: list[int]
    """The line to annotate for each verdict."""
    stated: Sequence[Stated] = ()
    """Edits of the network as a whole, and of layers that did not grow themselves."""
    unlimited: Sequence[str] = ()
    """The variants without a limit."""
    variant: str | None = None
    """The variant that was named, if one was: then only its limits were judged."""
    base: str | None = None
    """The commit that it was compared with."""
    new: bool = False
    """Whether it is not on the base."""
    renamed: str | None = None
    """Its path on the base, where that is another."""
    notes: Sequence[str] = ()
    warnings: Sequence[CostcalcWarning] = ()
    """What may not be meant in the network, at the settings of its limits."""
    inert: frozenset[str] = frozenset()
    """Where nothing fits: alpha or resolution, if it changes no metric that is over its limit."""
    fitted: bool = True
    """Whether settings that would fit were looked for."""

    @property
    def failures(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.status == FAIL]


class Report(NamedTuple):
    """All networks of a run."""

    status: str
    base: str | None
    """The commit that all networks were compared with, if it is one."""
    networks: list[Checked]
    removed: list[str]
    """Paths of networks that the base has and the working tree has not."""
    skipped: list[str]
    """Paths of YAML files that are not networks."""
    unlimited: list[str]
    """Paths of networks without a limit."""
    notes: list[str]
    kept: Sequence[str] = ()
    """The figures that an update of the baseline left as they were, since they grew."""
    hide_passed: bool = False
    """Whether pages leave out the networks that passed."""
    is_summary: bool = False
    """Whether it is for the summary of a job, where a page has more room than in a comment."""

    @property
    def failed(self) -> int:
        return sum(checked.status == FAIL for checked in self.networks)


class Options(NamedTuple):
    limits: Sequence[Limit] = ()
    """The limits of the command line, which hold for every network and variant."""
    base: str | None = None
    if_no_base: str = "error"
    only_regressions: bool = False
    baseline: Baseline | None = None
    top: int = 5
    fold_batch_norm: bool = False
    variant: str | None = None
    """The variant that is named for every network, beside those that their names say."""
    accept_growth: bool = False
    """Whether a baseline takes figures that grew, so that limits of growth do not hold."""
    convention: str | None = None
    """Whose totals `limits` mean; None is that of the nearest project file around a network."""
    device: Device | None = None
    """On which the latency is that `limits` mean."""

    def limits_around(self, projects: Sequence[Project]) -> list[Limit]:
        """`limits` as they hold for a network within these project files, the nearest first."""
        name = self.convention
        if name is None and projects:
            name = projects[0].convention
        counted = Setting(accounting=accounting(None if name == DEFAULT else name))
        deployed = Setting(device=self.device)
        return [
            limit._replace(setting=counted)
            if METRICS[limit.metric].needs_convention
            else limit._replace(setting=deployed)
            if METRICS[limit.metric].needs_device
            else limit
            for limit in self.limits
        ]
