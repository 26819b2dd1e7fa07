"""Read the setting at which limits hold: the keys beside the metrics in an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc import units
from costcalc.accounting.convention import OWN, Accounting, accounting
from costcalc.devices.device import Device
from costcalc.errors import CostcalcError, nearest
from costcalc.graph.bits import Bits, bits_by_pattern
from costcalc.graph.runtime import KEYS, Runtime, runtime_of
from costcalc.graph.setting import Setting
from costcalc.language.yaml_nodes import (
    Entries,
    ScalarNode,
    YamlNode,
    entries,
    is_empty,
    problem,
)
from costcalc.metrics.training import known_optimizer
from costcalc.project.location import read_convention, read_device

SETTING = (
    *("variant", "alpha", "rho", "resolution", "batch", "convention", "device"),
    *("optimizer", "bits"),
    *KEYS,
)


class SettingReader:
    """Reads the settings of one file's limits, and adds faults to `found`."""

    def __init__(
        self, path: str, found: list[CostcalcError], convention: str | None = None
    ) -> None:
        """convention: whose totals are limited where an entry names none."""
        self.path = path
        self.found = found
        self.convention = convention

    def fail(self, node: YamlNode, message: str, hint: str | None = None) -> None:
        self.found.append(problem(self.path, node, message, hint))

    def read_setting(self, parts: Entries, variants: Mapping[str, Any] | None) -> Setting:
        name = self._scalar(parts, "variant", str)
        if name is not None and variants is not None and name not in variants:
            self.fail(
                parts["variant"][1],
                f"unknown variant '{name}'",
                nearest(name, variants) or f"it has {', '.join(variants) or 'none'}",
            )
        try:
            return Setting(
                name,
                self._scalar(parts, "alpha", units.ratio),
                self._scalar(parts, "rho", units.ratio),
                self._scalar(parts, "resolution", units.resolution),
                accounting=self._accounting(parts),
                batch=self._scalar(parts, "batch", units.batch),
                runtime=self._runtime(parts),
                device=self._device(parts),
                optimizer=self._scalar(parts, "optimizer", known_optimizer),
                bits=self._bits(parts),
            )
        except CostcalcError as error:
            self.fail(parts["rho"][0], error.message)
            return Setting()

    def _accounting(self, parts: Entries) -> Accounting:
        name = self.convention
        if "convention" in parts:
            name = read_convention(self.path, parts["convention"][1], self.found)
        return OWN if self.found else accounting(name)

    def _runtime(self, parts: Entries) -> Runtime | None:
        """The runtime of an entry; None where it says nothing of one."""
        given = [name for name in KEYS if name in parts]
        try:
            return runtime_of({name: self._scalar(parts, name, str) for name in given})
        except CostcalcError as error:
            self.fail(parts[given[0]][0], error.message, error.hint)
            return None

    def _device(self, parts: Entries) -> Device | None:
        if "device" not in parts:
            return None
        try:
            return read_device(self.path, parts["device"][1], self.found)
        except CostcalcError as error:
            self.found.append(error)
        return None

    def _bits(self, parts: Entries) -> tuple[tuple[str, Bits], ...]:
        """The bits of layers by patterns of their names and types, as --bits takes them."""
        if "bits" not in parts:
            return ()
        found: list[tuple[str, Bits]] = []
        given = entries(self.path, parts["bits"][1], "bits", self.found)
        for pattern, (_, node) in given.items():
            if not isinstance(node, ScalarNode) or is_empty(node):
                self.fail(node, f"bits of {pattern} must be a number, or two such as 4/8")
                continue
            try:
                found += bits_by_pattern({pattern: str(node.value)})
            except CostcalcError as error:
                self.fail(node, error.message, error.hint)
        return tuple(found)

    def _scalar(self, parts: Entries, name: str, convert: Any) -> Any:
        if name not in parts:
            return None
        node = parts[name][1]
        if not isinstance(node, ScalarNode) or is_empty(node):
            self.fail(node, f"{name} must be a single value")
            return None
        try:
            return convert(node.value)
        except ValueError as error:
            self.fail(node, f"{name}: {error}")
        except CostcalcError as error:
            self.fail(node, error.message, error.hint)
        return None
