"""Networks at their own settings, and every figure published about the shipped ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from costcalc.accounting.convention import OWN, Accounting
from costcalc.costs.published import figures_of, published_for, setting_of
from costcalc.costs.table import Analysis
from costcalc.costs.totals import measure, ratio_of
from costcalc.errors import CostcalcError, CostcalcWarning, nearest
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.index import indexed
from costcalc.language.lookup import shipped, shipped_files, shipped_spaces
from costcalc.language.network_file import NetworkFile
from costcalc.language.published import Figures
from costcalc.metrics import METRICS, of_any_network
from costcalc.numeric.exact import Number


class ListedNetwork:
    """A network or variant of a file at its own setting."""

    def __init__(
        self,
        path: str,
        head: Mapping[str, Any],
        own: Mapping[str, Any],
        counted: Accounting = OWN,
        file: NetworkFile | None = None,
        warnings: Sequence[CostcalcWarning] = (),
    ) -> None:
        """head: what an entry of the index says of the file; own: of the network.

        file and warnings: of a network that is not shipped.
        """
        self.path = path
        self.name: str = head["name"]
        self.task: str | None = head["task"]
        self.source: str | None = head["source"]
        self.variant: str | None = own["variant"]
        self.input: tuple[int, ...] = tuple(own["input"])
        self.top1 = None if own["top1"] is None else Fraction(own["top1"])
        """The accuracy that the default source published at this setting."""
        self.accounting = counted
        self.warnings = warnings
        self._metrics: Mapping[str, int] = own["metrics"]
        self._file = file

    @property
    def family(self) -> str:
        """The name of its file."""
        return os.path.splitext(os.path.basename(self.path))[0]

    def __getitem__(self, metric: str) -> Number:
        own = METRICS[metric]
        times, bases = own.multiple or (1, (metric,))
        value = times * sum(self._metrics[base] for base in bases)
        return value if own.over is None else ratio_of(value, self._metrics[own.over])

    @cached_property
    def analysis(self) -> Analysis:
        setting = Setting(self.variant, accounting=self.accounting)
        return Analysis(build(self._file or shipped(self.path), setting))


def list_networks(counted: Accounting | None = None) -> Iterator[ListedNetwork]:
    """Every shipped network and variant, costed at its own setting."""
    own = counted or OWN
    index = indexed() if own.is_default and not own.fold_batch_norm else {}
    for path in shipped_files():
        entry = index.get(path)
        if entry is None or not _has_all_metrics(entry):
            entry = described(path, own)
        for network in entry["networks"]:
            yield ListedNetwork(path, entry, network, own)


def networks_of(file: NetworkFile, counted: Accounting = OWN) -> Iterator[ListedNetwork]:
    """Every variant of a file that is not shipped, costed at its own setting."""
    for analysis in _analyses(file, counted):
        own, warnings = _entry(analysis), analysis.warnings
        yield ListedNetwork(file.path, _head(file), own, counted, file, warnings)


def described(path: str, counted: Accounting = OWN) -> dict[str, Any]:
    """The entry of a shipped file in the index, computed."""
    file = shipped(path)
    return {**_head(file), "networks": list(map(_entry, _analyses(file, counted)))}


def _analyses(file: NetworkFile, counted: Accounting) -> Iterator[Analysis]:
    for name in file.variant_names():
        yield Analysis(build(file, Setting(name, accounting=counted)))


def _head(file: NetworkFile) -> dict[str, Any]:
    task = None if file.foreign else file.task  # no other format says one
    return {"name": file.name, "task": task, "source": file.source}


def _entry(analysis: Analysis) -> dict[str, Any]:
    rows = published_for(analysis)
    top1 = rows[0].figures.top1 if rows else None
    return {
        "variant": analysis.variant,
        "input": analysis.input.dims,
        "top1": None if top1 is None else str(top1),
        "metrics": {name: analysis.totals[name] for name in sorted(_counted())},
    }


def _has_all_metrics(entry: Mapping[str, Any]) -> bool:
    return all(_counted() <= network["metrics"].keys() for network in entry["networks"])


def _counted() -> set[str]:
    """The metrics that are no multiples of others."""
    return {name for name in of_any_network() if METRICS[name].multiple is None}


class Listed(NamedTuple):
    """The networks that are listed."""

    networks: Sequence[ListedNetwork]
    accounting: Accounting = OWN
    is_open: bool = True
    """Whether a page has a row for each network, and not for each family."""


def chosen(
    networks: Iterable[ListedNetwork],
    names: Sequence[str] = (),
    task: str | None = None,
    most: Mapping[str, int] | None = None,
    least: Mapping[str, int] | None = None,
) -> list[ListedNetwork]:
    """The networks whose name or family has one of these names in it, and that meet the rest.

    A name may be a glob. Raises CostcalcError for a name that fits no network.
    """
    known = list(networks)
    kept = [network for network in known if not names or any(_fits(network, n) for n in names)]
    for name in names:
        if not any(_fits(network, name) for network in kept):
            raise CostcalcError(
                f"no shipped network has '{name}' in its name", hint=_meant(name, known)
            )
    return [
        network
        for network in kept
        if task in (None, network.task)
        and all(network[metric] <= limit for metric, limit in (most or {}).items())
        and all(network[metric] >= limit for metric, limit in (least or {}).items())
    ]


def _meant(name: str, known: Sequence[ListedNetwork]) -> str | None:
    """What may be meant by a name that no network has: a space, or a name close to it."""
    if any(name.lower() in os.path.basename(path) for path in shipped_spaces()):
        return "costcalc list --spaces has the spaces of networks"
    return nearest(name, [label for network in known for label in _labels(network)])


def _fits(network: ListedNetwork, name: str) -> bool:
    """Whether a name is part of the network's, or matches it as a glob."""
    wanted = name.lower()
    pattern = wanted if set(wanted) & set("*?[") else f"*{wanted}*"
    return any(fnmatchcase(label.lower(), pattern) for label in _labels(network))


def _labels(network: ListedNetwork) -> list[str]:
    return [network.variant or network.name, network.family]


class PublishedRow(NamedTuple):
    """What one source published at one setting, and what is computed there."""

    name: str
    figures: Figures
    setting: Setting
    macs: int
    params: int

    @property
    def alpha(self) -> Fraction:
        return Fraction(self.setting.alpha or 1)

    @property
    def agreements(self) -> tuple[str | None, str | None]:
        """Of macs and params: rounded, truncated or differs; None where none was published."""
        figures = self.figures
        return (
            figures.macs and figures.macs.agreement(self.macs),
            figures.params and figures.params.agreement(self.params),
        )

    @property
    def differs(self) -> bool:
        return "differs" in self.agreements


def list_published() -> Iterator[PublishedRow]:
    """Every published figure of the shipped networks, and the exact ones at its setting."""
    for path in shipped_files():
        file = shipped(path)
        known: dict[Setting, dict[str, int]] = {}
        for name in file.variant_names():
            variant, _ = file.variant(name)
            for figures in figures_of(file, name):
                if figures.macs is None and figures.params is None:
                    continue
                setting = setting_of(figures, variant, file)
                if setting not in known:
                    counts = measure(build(file, setting), ("macs", "params"))
                    known[setting] = {metric: int(count) for metric, count in counts.items()}
                yield PublishedRow(variant or file.name, figures, setting, **known[setting])
