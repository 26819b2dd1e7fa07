"""Read limits: `budgets:` of a network, and `limits:` of a project file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.accounting.convention import OWN
from costcalc.errors import CostcalcError, Position, nearest
from costcalc.graph.setting import Setting, replace
from costcalc.language.yaml_nodes import (
    Entries,
    MappingNode,
    ScalarNode,
    SequenceNode,
    YamlNode,
    entries,
    is_empty,
    position,
)
from costcalc.metrics import METRICS, of_layers, with_limits
from costcalc.project.amounts import Amount, example_of, read_amount, read_needed
from costcalc.project.limit_settings import SETTING, SettingReader

LIMIT_PARTS = ("max", "warn", "growth")
FIT = "fit"
"""The key beside limits that says how many networks of a space must be within all of them."""


class Limit(NamedTuple):
    """A limit on one metric of a network, or of the layers that a pattern matches."""

    metric: str
    max: Amount | None = None
    warn: Amount | None = None
    growth: Amount | None = None
    """How much the metric may grow against the base."""
    setting: Setting = Setting()
    layers: str | None = None
    position: Position | None = None
    origin: str = ""
    """The option that gave it, if no file did."""
    message: str | None = None
    variant: str | None = None
    """The variant that is judged; None in a network without variants."""
    needed: Amount | None = None
    """How many networks of a space must be `within`; the metric is then `FIT`."""
    within: tuple[Limit, ...] = ()

    @property
    def source(self) -> str:
        """Where the limit is written: `costcalc.yaml:8`, or the option."""
        return f"{self.position.path}:{self.position.line}" if self.position else self.origin


class LimitReader(SettingReader):
    """Reads the limits of one file, and adds faults to `found`."""

    _names_device = False
    """Whether the entry that is being read names one, known or not."""

    def read(
        self, node: YamlNode | None, variants: Mapping[str, Any] | None, message: str | None = None
    ) -> list[Limit]:
        """Read a mapping of metrics, or a list of mappings, each with a setting of its own.

        variants: those of the network, where it is known.
        """
        if node is None or is_empty(node):
            return []
        listed = node.value if isinstance(node, SequenceNode) else [node]
        return [limit for entry in listed for limit in self._entry(entry, variants, message)]

    def _entry(
        self, node: YamlNode, variants: Mapping[str, Any] | None, message: str | None
    ) -> list[Limit]:
        parts = entries(self.path, node, "limits", self.found)
        self._names_device = "device" in parts
        setting = self.read_setting(parts, variants)
        blank = Limit("", setting=setting, message=message)
        limits = self._metrics(parts, blank, (*SETTING, FIT))
        if FIT in parts:
            return self._fit(parts, limits, blank)
        if "layers" in parts:
            limits += self._layers(parts["layers"][1], setting, message)
        if isinstance(node, MappingNode) and not limits and not self.found:
            self.fail(
                node,
                "there is no limit",
                f"such as macs: 600M; the metrics are {_list(with_limits())}",
            )
        return limits

    def _fit(self, parts: Entries, limits: list[Limit], blank: Limit) -> list[Limit]:
        """Read how many networks of a space must be within the limits of an entry."""
        key, node = parts[FIT]
        if "layers" in parts:
            message = "fit counts whole networks, and these limits are of layers"
            self.fail(parts["layers"][0], message, "put them into an entry of their own")
        for limit in limits:
            if limit.max is None or limit.warn or limit.growth:
                message = f"beside fit, {limit.metric} takes the largest value alone"
                example = f"{limit.metric}: {example_of(limit.metric)}"
                self.fail(parts[limit.metric][1], message, example)
        if not limits and not self.found:
            self.fail(key, "fit needs a limit beside it", "{macs: 600M, fit: 1M}")
        if not isinstance(node, ScalarNode) or is_empty(node):
            self.fail(node, "fit must be a number of networks such as 1M, or a share such as 1%")
            return []
        try:
            needed = read_needed(node.value)
        except CostcalcError as error:
            self.fail(node, f"fit: {error.message}", error.hint)
            return []
        place = position(self.path, key)
        own = blank._replace(metric=FIT, position=place, needed=needed, within=tuple(limits))
        return [own]

    def _layers(self, node: YamlNode, setting: Setting, message: str | None) -> list[Limit]:
        if not isinstance(node, SequenceNode):
            self.fail(node, "layers must be a list", 'layers: [{match: "head.*", macs: 10%}]')
            return []
        limits: list[Limit] = []
        for child in node.value:
            parts = entries(self.path, child, "limits of layers", self.found)
            if not isinstance(child, MappingNode):
                continue
            pattern = parts["match"][1] if "match" in parts else None
            if not isinstance(pattern, ScalarNode) or not pattern.value:
                self.fail(
                    pattern or child, "limits of layers need match: a pattern of names or types"
                )
                continue
            blank = Limit("", setting=setting, layers=str(pattern.value), message=message)
            limits += self._metrics(parts, blank, ("match",))
            if len(parts) == 1:
                self.fail(child, f"there is no limit on '{pattern.value}'", "such as macs: 10%")
        return limits

    def _metrics(self, parts: Entries, blank: Limit, others: tuple[str, ...]) -> list[Limit]:
        limits = []
        metrics = of_layers() if blank.layers else with_limits()
        known = (*metrics, *others, *(() if blank.layers else ("layers",)))
        for name, (key, node) in parts.items():
            if name in metrics:
                limit = self._limit(blank._replace(metric=name), key, node)
                if limit is not None:
                    limits.append(limit)
            elif name not in known:
                hint = nearest(name, known) or f"the metrics are {_list(metrics)}"
                self.fail(key, f"unknown metric or key '{name}' in limits", hint)
        return limits

    def _limit(self, blank: Limit, key: YamlNode, node: YamlNode) -> Limit | None:
        if not METRICS[blank.metric].needs_convention:  # every convention counts the same
            blank = blank._replace(setting=replace(blank.setting, accounting=OWN))
        if not METRICS[blank.metric].needs_runtime:
            blank = blank._replace(setting=replace(blank.setting, runtime=None))
        if not METRICS[blank.metric].needs_optimizer:
            blank = blank._replace(setting=replace(blank.setting, optimizer=None))
        if not (METRICS[blank.metric].needs_runtime or METRICS[blank.metric].unit == "byte"):
            blank = blank._replace(setting=replace(blank.setting, bits=()))
        if not METRICS[blank.metric].needs_device:
            blank = blank._replace(setting=replace(blank.setting, device=None))
        elif blank.setting.device is None and not self._names_device:
            hint = f"device: stm32h747 beside {blank.metric}"
            self.fail(key, f"a limit of {blank.metric} names no device", hint)
        limit = blank._replace(position=position(self.path, key))
        if not isinstance(node, MappingNode):
            amount = self._amount(limit, "max", node)
            return None if amount is None else limit._replace(max=amount)
        parts = entries(self.path, node, limit.metric, self.found)
        for name, (part_key, _) in parts.items():
            if name not in LIMIT_PARTS:
                hint = nearest(name, LIMIT_PARTS) or f"it takes {_list(LIMIT_PARTS)}"
                self.fail(part_key, f"unknown key '{name}' in the limit of {limit.metric}", hint)
        amounts = {
            name: self._amount(limit, name, parts[name][1]) for name in LIMIT_PARTS if name in parts
        }
        if not parts:
            example = f"{limit.metric}: {example_of(limit.metric)}"
            self.fail(key, f"the limit of {limit.metric} is empty", example)
        if not amounts or None in amounts.values():
            return None
        warn = amounts.get("warn")
        if warn is not None and warn.relative and "max" not in amounts:
            self.fail(parts["warn"][1], "warn is a percentage of max, and max is missing")
            return None
        most = amounts.get("max")
        if warn is not None and most is not None and not _is_below(warn, most):
            self.fail(parts["warn"][1], "warn must be below max")
            return None
        return limit._replace(max=amounts.get("max"), warn=warn, growth=amounts.get("growth"))

    def _amount(self, limit: Limit, name: str, node: YamlNode) -> Amount | None:
        if not isinstance(node, ScalarNode) or is_empty(node):
            example = example_of(limit.metric)
            self.fail(node, f"{name} of {limit.metric} must be a number such as {example}")
            return None
        try:
            relative = name != "max" or limit.layers is not None
            return read_amount(limit.metric, node.value, relative=relative)
        except CostcalcError as error:
            self.fail(node, f"{limit.metric}: {error.message}", error.hint)
            return None


def _is_below(warn: Amount, most: Amount) -> bool:
    if warn.relative:
        return warn.value < 1
    return most.relative or warn.value < most.value


def _list(names: Any) -> str:
    return ", ".join(names)
