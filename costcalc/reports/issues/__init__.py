"""Issues at lines of files, in the formats of CI systems."""

from __future__ import annotations

from typing import NamedTuple


class Issue(NamedTuple):
    """Something that a CI system shows at a line."""

    rule: str
    """What it is about: a metric, or a rule's name."""
    about: str
    """That in words."""
    failed: bool
    """Whether it is an error; else it is a warning."""
    title: str
    message: str
    path: str
    """From the top of the repository, with slashes."""
    line: int
    fingerprint: str
    """Identifies it from run to run, whatever its numbers are."""
