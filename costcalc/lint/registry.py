"""The rules, and what they find."""

from __future__ import annotations

import os
from collections.abc import Collection
from functools import lru_cache
from importlib import import_module
from inspect import cleandoc
from typing import NamedTuple

from costcalc.devices.device import Device
from costcalc.errors import CostcalcError, nearest
from costcalc.graph.nodes import Network
from costcalc.lint.rule import Finding, Rule, Subject

_RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rules")


class Known(NamedTuple):
    """A rule with its page."""

    name: str
    rule: Rule
    page: str

    @property
    def summary(self) -> str:
        """The first line of its page."""
        return self.page.partition("\n")[0]


@lru_cache(maxsize=1)
def rules() -> dict[str, Known]:
    """Every rule by its name: that of its file, with dashes."""
    found = {}
    for file in sorted(os.listdir(_RULES)):
        module = file.removesuffix(".py")
        if module == file or module.startswith("_"):
            continue
        loaded = import_module(f"costcalc.lint.rules.{module}")
        name = module.replace("_", "-")
        found[name] = Known(name, loaded.RULE, cleandoc(loaded.__doc__ or ""))
    return found


def lint(
    network: Network, device: Device | None = None, only: Collection[str] = ()
) -> list[Finding]:
    """What the rules find in a network, the gravest first. Raises CostcalcError."""
    for name in only:
        if name not in rules():
            hint = nearest(name, rules()) or f"one of {', '.join(rules())}"
            raise CostcalcError(f"no rule is named '{name}'", hint=hint)
    subject = Subject(network, device)
    findings = [
        Finding(name, known.rule.severity, found)
        for name, known in rules().items()
        if not only or name in only
        for found in known.rule.check(subject)
    ]
    return sorted(findings, key=lambda finding: finding.weight)
