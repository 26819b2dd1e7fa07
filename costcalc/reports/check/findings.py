"""Findings, which the formats of CI systems share: one for each limit that failed or warns."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import FAIL, PASS, Verdict
from costcalc.metrics import METRICS
from costcalc.reports.check.explanation import explanation, subject
from costcalc.reports.check.page import fit_text, worst_first
from costcalc.reports.issues import Issue


class Finding(NamedTuple):
    checked: Checked
    verdict: Verdict
    path: str
    """The network's file, from the top of the repository, with slashes."""
    origin: str
    """The limit's file, likewise, or the option that set it."""
    line: int
    number: int
    """Its place among the limits that differ only in their numbers."""

    @property
    def failed(self) -> bool:
        return self.verdict.status == FAIL

    @property
    def title(self) -> str:
        about = subject(self.verdict)
        if self.verdict.fitting is not None:
            return f"too few {about}"
        return f"{about} {'over budget' if self.failed else 'warning'}"

    @property
    def message(self) -> str:
        limit = self.verdict.limit
        line = f":{limit.position.line}" if limit.position else ""
        text = explanation(self.verdict, f"{self.origin}{line}")
        if not self.failed:
            return text
        fits = [
            fit_text(fit, limit.metric)
            for fit in self.checked.fits
            if fit.limit.setting == limit.setting and limit.layers is None
        ]
        return f"{text} Would fit: {'; or '.join(fits)}." if fits else text

    @property
    def fingerprint(self) -> str:
        """Identifies the limit of the network from run to run, whatever its numbers are."""
        return _digest(self.path, *_identity(self.verdict, self.origin), str(self.number))


def _identity(verdict: Verdict, origin: str) -> tuple[str, ...]:
    limit = verdict.limit
    within = (own.metric for own in limit.within)
    return limit.metric, limit.setting.text(), limit.layers or "", origin, *within


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogateescape")).hexdigest()


def findings(report: Report, relative: Callable[[str], str]) -> Iterator[Finding]:
    """List the limits that failed or warn, the worst first."""
    found = [
        finding
        for checked in worst_first(report.networks)
        if checked.status != PASS
        for finding in _of(checked, relative)
        if finding.verdict.status != PASS
    ]
    yield from sorted(found, key=lambda one: (not one.failed, -one.verdict.excess))


def _of(checked: Checked, relative: Callable[[str], str]) -> Iterator[Finding]:
    """All verdicts of a network: limits that pass are numbered too, so that numbers are stable."""
    counts: Counter[tuple[str, ...]] = Counter()
    for verdict, line in zip(checked.verdicts, checked.lines, strict=True):
        position = verdict.limit.position
        origin = relative(position.path) if position else verdict.limit.origin
        key = _identity(verdict, origin)
        yield Finding(checked, verdict, relative(checked.path), origin, line, counts[key])
        counts[key] += 1


def issues(report: Report, relative: Callable[[str], str]) -> list[Issue]:
    """Say of each of them what CI systems show, the worst first."""
    return [
        Issue(
            one.verdict.limit.metric,
            _rule(one.verdict),
            one.failed,
            one.title,
            one.message,
            one.path,
            one.line,
            fingerprint,
        )
        for fingerprint, one in numbered(list(findings(report, relative)))
    ]


def _rule(verdict: Verdict) -> str:
    if verdict.fitting is not None:
        return "How many networks of a space must be within limits."
    return f"A limit on the {METRICS[verdict.limit.metric].title} of a network."


def numbered(found: list[Finding]) -> list[tuple[str, Finding]]:
    """Pair findings with unique fingerprints, also if a file is checked under two names."""
    counts: Counter[str] = Counter()
    result = []
    for one in found:
        key = one.fingerprint
        counts[key] += 1
        result.append((key if counts[key] == 1 else _digest(key, str(counts[key])), one))
    return result
