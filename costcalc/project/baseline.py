"""The baseline file: recorded costs of networks, for checks without git."""

from __future__ import annotations

import os
from collections.abc import Mapping

from costcalc.accounting.convention import is_path
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.graph.setting import Setting
from costcalc.language.files import read_text
from costcalc.language.yaml_nodes import (
    MappingNode,
    ScalarNode,
    YamlNode,
    compose,
    entries,
    is_empty,
    problem,
)
from costcalc.metrics import METRICS

VERSION = 1
_HEAD = "# Written by: costcalc check --update-baseline. Recorded costs of networks.\n"

MetricValues = dict[str, int]
NetworkValues = dict[str, MetricValues]
"""The metrics of a network by setting; see `Baseline.key`."""


class Baseline:
    """Costs by network, setting and metric; networks are named relative to the file's folder."""

    def __init__(self, path: str, networks: dict[str, NetworkValues] | None = None) -> None:
        self.path = path
        self.networks = networks or {}

    @property
    def folder(self) -> str:
        return os.path.dirname(os.path.abspath(self.path))

    def name(self, path: str) -> str:
        """Name a network as the file does; bytes that are not text become escapes."""
        relative = os.path.relpath(os.path.abspath(path), self.folder)
        return os.fsencode(relative.replace(os.sep, "/")).decode("utf-8", "backslashreplace")

    def key(self, setting: Setting, layers: str | None) -> str:
        """Name a setting and a pattern of layers; `default` where neither is given.

        A convention's file is named as networks are, whichever folder the run is in.
        """
        name = setting.accounting.name
        if is_path(name):
            name = self.name(name)
            name = name if is_path(name) else f"./{name}"
        part = "" if layers is None else f"layers={layers}"
        return " ".join(filter(None, (setting.key(name), part))) or "default"

    def value(self, path: str, setting: str, metric: str) -> int | None:
        return self.networks.get(self.name(path), {}).get(setting, {}).get(metric)

    def updated(
        self, found: Mapping[str, NetworkValues], *, allow_increase: bool
    ) -> tuple[Baseline, list[str]]:
        """Replace recorded costs by the ones found; raise none unless `allow_increase` is set.

        Networks that were not checked are kept, unless their file is gone. Returns the costs that
        would have risen, too, each as a line of text.
        """
        networks = {
            name: {setting: dict(costs) for setting, costs in settings.items()}
            for name, settings in self.networks.items()
            if name in found or os.path.exists(os.path.join(self.folder, name))
        }
        kept: list[str] = []
        for name, settings in found.items():
            for setting, costs in settings.items():
                own = networks.setdefault(name, {}).setdefault(setting, {})
                for metric, value in costs.items():
                    if not allow_increase and value > own.get(metric, value):
                        kept.append(f"{name}: {metric} {own[metric]:,}, and is {value:,} now")
                    else:
                        own[metric] = value
        return Baseline(self.path, networks), kept

    def text(self, version: str) -> str:
        """Write it sorted, one metric a line."""
        import yaml

        whole = {"costcalc": version, "networks": self.networks, "version": VERSION}
        return _HEAD + yaml.safe_dump(whole, allow_unicode=True, sort_keys=True, width=1000)


def read_baseline(path: str, *, missing_is_empty: bool = False) -> Baseline:
    """Read the file. Raises Problems where it is faulty."""
    if missing_is_empty and not os.path.exists(path):
        return Baseline(path)
    if not os.path.exists(path):
        raise CostcalcError(
            f"there is no baseline {path}", hint="--update-baseline writes it for the first time"
        )
    found = Faults()
    root = compose(read_text(path), path, found, "baseline")
    parts = entries(path, root, "a baseline", found)
    version = getattr(parts["version"][1], "value", None) if "version" in parts else None
    if version != str(VERSION):
        found.append(
            problem(
                path,
                root,
                f"this is not a baseline of version {VERSION}",
                "costcalc check --baseline FILE --update-baseline writes one",
            )
        )
    networks: dict[str, NetworkValues] = {}
    for name, (_, node) in _mapping(path, parts, "networks", found).items():
        networks[name] = {
            setting: {
                metric: _cost(path, metric, key, value, found)
                for metric, (key, value) in entries(path, costs, setting, found).items()
            }
            for setting, (_, costs) in entries(path, node, name, found).items()
        }
    if found:
        raise Problems(found)
    return Baseline(path, networks)


def _mapping(
    path: str, parts: Mapping[str, tuple[ScalarNode, YamlNode]], key: str, found: Faults
) -> dict[str, tuple[ScalarNode, YamlNode]]:
    if key not in parts or is_empty(parts[key][1]):
        return {}
    node = parts[key][1]
    if isinstance(node, MappingNode) and not node.value:
        return {}
    return entries(path, node, key, found)


def _cost(path: str, metric: str, key: YamlNode, node: YamlNode, found: Faults) -> int:
    text = node.value if isinstance(node, ScalarNode) else ""
    if metric not in METRICS:
        found.append(problem(path, key, f"unknown metric '{metric}'"))
    elif not (text.isdigit() and text.isascii() and len(text) <= 100):
        found.append(problem(path, node, f"{metric} must be a whole number"))
    else:
        return int(text)
    return 0


def require_baseline(path: str | None) -> str:
    if path is None:
        raise CostcalcError("there is no baseline to update", hint="--baseline FILE names it")
    return path
