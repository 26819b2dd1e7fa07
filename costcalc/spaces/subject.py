"""What is asked of a space, however it is answered: a file with choices, a setting, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.runtime import Runtime
from costcalc.graph.setting import Setting
from costcalc.importers.lines import network_lines
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS, check_metrics
from costcalc.project.amounts import read_limit
from costcalc.spaces.draws import Draw, chance
from costcalc.spaces.labels import Labels, labelled
from costcalc.spaces.limits import Limits
from costcalc.spaces.paths import Cost
from costcalc.spaces.written.decided import decided

Given: TypeAlias = "Limits | Mapping[str, Cost | str]"
"""Limits, or the largest values by metric: {"macs": "300M"}."""
NO_LIMITS = Limits({})


class NoChoicesError(CostcalcError):
    """A file is one network."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{shown_path(path)} has no choices: it is one network",
            hint="a choice is {any: [3, 5, 7]}, {any: 2..4} or {any: 0.25..1:0.25}",
        )


class Subject:
    """A file with choices at a setting, and the metrics by which its networks are described."""

    def __init__(self, file: NetworkFile, setting: Setting, metrics: Iterable[str]) -> None:
        self.file = file
        self.setting = setting
        self.metrics = tuple(dict.fromkeys(metrics))
        check_metrics(self.metrics)
        for name in self.metrics:
            if METRICS[name].needs_device and setting.device is None:
                raise CostcalcError(
                    f"{name} is of a device, and none is given", hint="--device stm32h747"
                )

    @property
    def runtime(self) -> Runtime | None:
        """The runtime that memory is asked for; None where no metric depends on one."""
        needs = any(METRICS[name].needs_runtime for name in self.metrics)
        return self.setting.deployed if needs else None

    def checked(self, metric: str) -> str:
        """A metric that is among those. Raises CostcalcError."""
        if metric not in self.metrics:
            check_metrics([metric])
            raise CostcalcError(
                f"the space was asked for {', '.join(self.metrics)}, and not for {metric}",
                hint=f"metrics=[..., '{metric}']",
            )
        return metric

    def read_limits(self, given: Given) -> Limits:
        """Limits, also of the largest values by metric."""
        if not isinstance(given, Limits):
            read: dict[str, Any] = {
                name: read_limit(name, own, ratios=True) for name, own in given.items()
            }
            given = Limits(read)
        for name in given.metrics:
            self.checked(name)
        return given

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.file)


class Drawn:
    """A network of a space."""

    def __init__(
        self, subject: Subject, costs: Mapping[str, Cost], score: Fraction | None = None
    ) -> None:
        self.subject = subject
        self.costs = costs
        self.score = score

    @property
    def draws(self) -> Sequence[Draw]:
        raise NotImplementedError

    @property
    def chance(self) -> Fraction:
        """The probability of what is drawn, where each choice is drawn by itself."""
        return chance(self.draws)

    @property
    def number(self) -> int | None:
        """Its number in the space, from 1, by which `--pick` takes it; None if it has none."""
        return None

    @property
    def label(self) -> str:
        """What a file of its own is called."""
        return str(self.number)

    @property
    def title(self) -> str:
        """What such a file says of it."""
        raise NotImplementedError

    @property
    def choices(self) -> dict[str, str]:
        """What is drawn, by the names of the choices."""
        return labelled(self.subject.labels, self.draws)

    def file(self) -> NetworkFile:
        """The network by itself."""
        return decided(self.subject.file, self.subject.setting, self.draws)

    def text(self) -> str:
        """The network by itself, in the network language."""
        return "\n".join([f"# {self.title}", *network_lines(self.file().parts)]) + "\n"
