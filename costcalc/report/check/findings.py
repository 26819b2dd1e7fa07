"""What the formats of CI systems share: a finding is one limit that failed or warns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from costcalc.budget import FAIL, PASS, Verdict, setting_text
from costcalc.checks import Checked, Report
from costcalc.report.check.page import explanation, fit_text, subject, worst_first


class Finding(NamedTuple):
    checked: Checked
    verdict: Verdict
    path: str
    """From the top of the repository, with slashes."""

    @property
    def failed(self) -> bool:
        return self.verdict.status == FAIL

    @property
    def line(self) -> int:
        return self.checked.line

    @property
    def title(self) -> str:
        return f"{subject(self.verdict)} over budget" if self.failed else subject(self.verdict)

    @property
    def message(self) -> str:
        text = explanation(self.verdict)
        if self.failed and self.checked.fits:
            text += f" Would fit: {'; or '.join(map(fit_text, self.checked.fits))}."
        return text

    @property
    def fingerprint(self) -> str:
        """The same as long as the same limit of the same network is meant, whatever its numbers."""
        limit = self.verdict.limit
        origin = limit.position.path if limit.position else limit.origin
        said = (self.path, limit.metric, setting_text(limit.setting), limit.layers or "", origin)
        return hashlib.sha256("\0".join(said).encode("utf-8", "surrogateescape")).hexdigest()


def findings(report: Report, relative: Callable[[str], str]) -> Iterator[Finding]:
    """All that failed or warns, the worst first; fingerprints differ, but for equal limits."""
    found = [
        Finding(checked, verdict, relative(checked.path))
        for checked in worst_first(report.networks)
        for verdict in checked.verdicts
        if verdict.status != PASS
    ]
    yield from sorted(found, key=lambda one: (not one.failed, -one.verdict.excess))


def numbered(found: list[Finding]) -> list[tuple[str, Finding]]:
    """With fingerprints that are unique: two limits of one file on one metric are numbered."""
    counts: dict[str, int] = {}
    result = []
    for one in found:
        key = one.fingerprint
        counts[key] = counts.get(key, 0) + 1
        if counts[key] > 1:
            key = hashlib.sha256(f"{key} {counts[key]}".encode()).hexdigest()
        result.append((key, one))
    return result
