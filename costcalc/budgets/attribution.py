"""Why a network failed: the layers that grew most, or cost most, and what would fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.remedies import Fit, fits, without_effect
from costcalc.budgets.verdict import Verdict
from costcalc.changes.compare import (
    CHANGED,
    EDITED,
    PRESENT,
    Change,
    Difference,
    Stated,
    compare_networks,
)
from costcalc.changes.provenance import place_of
from costcalc.costs.totals import metric_of
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node
from costcalc.graph.patterns import matches
from costcalc.graph.setting import Setting, replace
from costcalc.language.item import Item
from costcalc.layers.fields import show, written
from costcalc.metrics import METRICS
from costcalc.numeric.exact import Number
from costcalc.numeric.work import Work
from costcalc.project.limits import Limit

MAX_SETTINGS = 4
"""The settings of one network for which it is worked out what would fit."""


class Culprit(NamedTuple):
    """A layer that grew; without a base, one of the heaviest."""

    name: str
    line: int | None
    metric: str
    value: int
    delta: int | None
    cause: str | None
    """edited or propagated"""
    limit: Limit
    """The limit that failed, at whose setting the value was taken."""
    node: str | None = None
    """Its node in a model file, which has no lines."""


class Growth(NamedTuple):
    """A layer that grew by a metric, and where it was edited."""

    culprit: Culprit
    change: Change


class Attribution:
    """Finds the layers because of which limits fail, at the settings of the limits."""

    def __init__(self, costs: CostCache, old: CostCache | None) -> None:
        self.costs = costs
        self.old = None if old is costs else old
        self._known: dict[Setting, Difference | None] = {}
        self._grown: dict[Limit, list[Growth]] = {}
        self._shares: dict[tuple[Network, str], dict[Node, int]] = {}

    def difference(self, setting: Setting) -> Difference | None:
        """What differs from the base; None where there is no base at this setting."""
        setting = self._named(setting)
        if setting not in self._known:
            self._known[setting] = None
            if self.old is not None:
                try:
                    before = self.old.network(setting)
                except CostcalcError:  # the base has no network at this setting
                    return None
                self._known[setting] = compare_networks(before, self.costs.network(setting))
        return self._known[setting]

    def _named(self, setting: Setting) -> Setting:
        """The setting with its variant named, so that the first variant is one with no variant."""
        return replace(setting, variant=self.costs.network(setting).setting.variant)

    def culprits(self, verdicts: Iterable[Verdict], top: int) -> list[Culprit]:
        """For each limit that failed: the layers that grew most, or the heaviest where none did."""
        found: list[Culprit] = []
        seen: set[tuple[Setting, str, str | None]] = set()
        for verdict in worst_first(verdicts):
            limit = verdict.limit
            key = self._named(limit.setting), limit.metric, limit.layers
            if key not in seen:
                seen.add(key)
                found += self._of(limit)[:top]
        return found

    def _of(self, limit: Limit) -> list[Culprit]:
        grown = [growth.culprit for growth in self.grown(limit)]
        return grown or self._heaviest(self.costs.network(limit.setting), limit)

    def of_layer(self, network: Network, metric: str, node: Node) -> Number:
        """The metric of a layer; of memory, the bytes that are alive at its step, or its own."""
        if METRICS[metric].is_of_layers:
            return metric_of(network, metric, [node])
        if (network, metric) not in self._shares:
            from costcalc.memory.figures import shares

            self._shares[network, metric] = shares(network, metric)
        return self._shares[network, metric].get(node, 0)  # 0 of what is within another layer

    def _heaviest(self, network: Network, limit: Limit) -> list[Culprit]:
        weights = [
            (self.of_layer(network, limit.metric, node), node)
            for node in network.nodes
            if _concerns(limit, node)
        ]
        weights.sort(key=lambda pair: -pair[0])
        return [
            Culprit(
                *(node.name, place_of(node).line, limit.metric, value, None, None, limit),
                node.origin.node,
            )
            for value, node in weights
            if value
        ]

    def line(self, verdict: Verdict) -> int | None:
        """The line to annotate: where the edited layer that grew most was edited.

        Without such a layer, the line of another edit, of an edited key of the whole network, or
        of the heaviest layer, whichever there is first.
        """
        limit = verdict.limit
        grown = self.grown(limit)
        if grown and grown[0].change.cause == EDITED:
            return grown[0].change.edit.line
        edited = [change for change in self._edited_changes(limit) if change.new is not None]
        if edited:  # of what does not grow itself, such as a pool that lost its stride
            return edited[0].edit.line
        for stated in self.stated(limit.setting):
            if stated.line is not None:
                return stated.line
        culprits = self._of(limit)
        return culprits[0].line if culprits else None

    def stated(self, setting: Setting) -> list[Stated]:
        difference = self.difference(setting)
        return difference.stated if difference else []

    def _edited_changes(self, limit: Limit) -> list[Change]:
        difference = self.difference(limit.setting)
        changes = difference.changes if difference else []
        return [change for change in changes if change.cause == EDITED]

    def edited_without_growth(self, limit: Limit) -> list[Stated]:
        """The layers that were edited and did not grow; those behind them may have."""
        grown = {id(growth.change) for growth in self.grown(limit)}
        return [_short(change) for change in self._edited_changes(limit) if id(change) not in grown]

    def grown(self, limit: Limit) -> list[Growth]:
        """The layers whose metric grew: edited ones first, then by how much."""
        if limit not in self._grown:
            self._grown[limit] = self._find_grown(limit)
        return self._grown[limit]

    def _find_grown(self, limit: Limit) -> list[Growth]:
        difference = self.difference(limit.setting)
        if difference is None or self.old is None:
            return []
        before, after = self.old.network(limit.setting), self.costs.network(limit.setting)
        grown = []
        for change in difference.changes:
            node = change.new
            if node is not None and _concerns(limit, node):
                was = self.of_layer(before, limit.metric, change.old) if change.old else 0
                value = self.of_layer(after, limit.metric, node)
                if value > was:
                    culprit = Culprit(
                        *(node.name, change.line, limit.metric, value, value - was),
                        change.cause,
                        limit,
                        node.origin.node,
                    )
                    grown.append(Growth(culprit, change))
        return sorted(
            grown,
            key=lambda growth: (growth.change.cause != EDITED, -(growth.culprit.delta or 0)),
        )

    def fits(self, verdicts: Sequence[Verdict], work: Work) -> list[Fit]:
        """For each setting at which the whole network fails: what brings it within limits."""
        found: list[Fit] = []
        seen: set[Setting] = set()
        for verdict in worst_first(verdicts):
            setting = self._named(verdict.limit.setting)
            whole = verdict.limit.layers is None
            if not whole or not verdict.excess or setting in seen or len(seen) >= MAX_SETTINGS:
                continue
            seen.add(setting)
            bounds: dict[str, int] = {}
            for other in verdicts:
                limit, bound = other.limit, other.bound
                here = limit.layers is None and self._named(limit.setting) == setting
                if here and bound is not None:
                    bounds[limit.metric] = min(bounds.get(limit.metric, bound), bound)
            network = self.costs.network(verdict.limit.setting)
            found += fits(network, verdict.limit, bounds, self._edited(verdict.limit), work)
        return found

    def without_effect(self, verdicts: Sequence[Verdict]) -> frozenset[str]:
        """The knobs that change no metric of a whole network that is over its bound."""
        over = [own.limit for own in worst_first(verdicts) if own.excess and not own.limit.layers]
        found = [
            without_effect(self.costs.network(limit.setting), limit)
            for limit in over[:MAX_SETTINGS]
        ]
        return frozenset.intersection(*found) if found else frozenset()

    def _edited(self, limit: Limit) -> Item | None:
        grown = self.grown(limit)
        return grown[0].change.edit.item if grown and grown[0].change.cause == EDITED else None


def _short(change: Change) -> Stated:
    """An edited layer in one line: the first field that changed, or that it came or went."""
    name = change.node.name
    if change.change != CHANGED:
        line = None if change.new is None else change.edit.line
        return Stated(f"layer {name}", *_presence(change), line)
    field, (old, new) = next(iter(change.fields.items()))
    return Stated(f"{field} of {name}", show(written(old)), show(written(new)), change.edit.line)


def _presence(change: Change) -> tuple[str | None, str | None]:
    return (None, PRESENT) if change.old is None else (PRESENT, None)


def worst_first(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda verdict: -verdict.excess)


def _concerns(limit: Limit, node: Node) -> bool:
    """Whether a limit's metric counts something of a layer."""
    if not (METRICS[limit.metric].is_of_layers or METRICS[limit.metric].needs_runtime):
        return False
    return limit.layers is None or matches(node, limit.layers)
