"""`costcalc check`: networks are compared with their budgets one after the other."""

from __future__ import annotations

import gc
import heapq
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count

from costcalc.budgets.attribution import Attribution
from costcalc.budgets.comparison_base import ComparisonBase
from costcalc.budgets.network_check import NetworkCheck, limits_of
from costcalc.budgets.result import Checked, Options, Report
from costcalc.budgets.verdict import FAIL, worst
from costcalc.changes.revision import load_network
from costcalc.errors import NO_REPORT, CostcalcError, Faults, Problems
from costcalc.language.includes import WORKING_TREE
from costcalc.numeric.work import MOST, Work
from costcalc.project.discovery import Candidate, Discovery
from costcalc.project.project_file import Projects
from costcalc.vcs.git_process import BaseError

MAX_FITTED = 10
"""The failing networks for which a setting is looked for that fits: it takes many builds each."""


class Checker:
    """Compares networks with their budgets; a network is freed before the next one is read.

    `check` yields the networks as they are done, so that a caller can count them, and `report`
    takes them all.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.projects = Projects()
        self.base = ComparisonBase(options, self.projects)
        self.discovery = Discovery(options.variant)
        self.measured: dict[str, dict[str, dict[str, int]]] = {}
        """What a baseline records, by network, setting and metric."""
        self.unlimited: list[str] = []
        self._arguments: Sequence[str] = ()
        self._places: list[str] = []
        """Where networks were looked for: the arguments, else the project file's folder."""
        self._base_came_late = False
        """Whether networks were checked before another one asked for a base."""
        self._worst: list[tuple[Fraction, int, Candidate]] = []
        """A heap of the networks that fail by most."""
        self._order = count()

    def report(self, networks: Iterable[Checked]) -> Report:
        try:
            checked = list(networks)
            if self._base_came_late:
                checked = self._again()
            checked = self._with_fits(checked)
            removed = self.base.removed(self._places, checked)
        finally:
            self.base.close()
        if not checked:
            raise self._nothing_checked()
        return Report(
            worst(network.status for network in checked),
            self.base.commit,
            checked,
            removed,
            self.discovery.skipped,
            self.unlimited,
            self.base.notes,
        )

    def check(self, arguments: Sequence[str]) -> Iterator[Checked]:
        """The networks that arguments name, else those of the project file; see `Discovery`.

        Raises Problems where any is faulty, after all of them were read.
        """
        self._arguments = arguments
        sources = self._sources()
        faults = Faults()
        any_read = False
        for number, candidate in enumerate(_chained(sources, faults), 1):
            if number % 1024 == 0:
                gc.collect()  # circles that were not dismantled
            had_base = self.base.is_wanted
            try:
                network = self._checked(candidate)
            except BaseError:
                raise
            except CostcalcError as error:
                faults.append(error)
                continue
            any_read = True
            if number > 1 and not had_base and self.base.is_wanted:
                self._base_came_late = True
            if network is not None and not faults:
                yield network
        if faults:
            raise Problems(faults, NO_REPORT if any_read else None)
        self.base.require()

    def _sources(self) -> list[Iterator[Candidate]]:
        if self._arguments:
            self._places = list(self._arguments)
            return [self.discovery.networks([argument]) for argument in self._arguments]
        project = self.projects.here()
        if project is None:
            raise CostcalcError(
                "nothing to check: no file is named, and there is no project file costcalc.yaml",
                hint="name files or folders, or write a costcalc.yaml",
            )
        self._places = [project.folder or "."]
        files = (path for own in self.projects.below(project) for path in own.files())
        return [self.discovery.among(list(files), project.folder, project.formats)]

    def _checked(self, candidate: Candidate) -> Checked | None:
        check = self._network_check(candidate)
        if check is None:
            return None
        baseline = self.options.baseline
        if baseline is not None:
            own = self.measured.setdefault(baseline.name(check.file.path), {})
            for setting, metrics in check.figures(baseline):
                own.setdefault(setting, {}).update(metrics)
        result = check.result()
        check.dismantle()
        if result.status == FAIL:
            excess = max(verdict.excess for verdict in result.verdicts)
            heapq.heappush(self._worst, (excess, -next(self._order), candidate))
            if len(self._worst) > MAX_FITTED:
                heapq.heappop(self._worst)
        return result

    def _network_check(self, candidate: Candidate) -> NetworkCheck | None:
        """A network compared with its limits; None where it has none."""
        loaded = load_network(candidate.path, candidate.content, WORKING_TREE)
        limits = limits_of(loaded.file, candidate.variant, self.options, self.projects)
        if not limits:
            self.unlimited.append(loaded.file.path)
            return None
        self.base.want(loaded.file.path, limits)
        return NetworkCheck(loaded, candidate.variant, limits, self.options, self.base)

    def _again(self) -> list[Checked]:
        """Check all networks again, with the base that only a later one of them asked for."""
        self._base_came_late = False
        self.discovery = Discovery(self.options.variant)
        self.unlimited, self._worst = [], []
        return list(self.check(self._arguments))

    def _with_fits(self, networks: list[Checked]) -> list[Checked]:
        """Add to the networks that fail by most the settings that would fit."""
        work = Work(MOST)
        for _, _, candidate in self._worst:
            check = self._network_check(candidate)
            assert check is not None
            key = check.file.path, check.named
            place = next(n for n, own in enumerate(networks) if (own.path, own.variant) == key)
            attribution = Attribution(check.costs, check.old)
            fits = attribution.fits(check.of_metrics, work)
            inert = frozenset() if fits else attribution.without_effect(check.of_metrics)
            networks[place] = networks[place]._replace(fits=fits, inert=inert, fitted=True)
        return networks

    def _nothing_checked(self) -> CostcalcError:
        if self.unlimited:
            return CostcalcError(
                "nothing was checked: no network has a limit",
                hint="budgets: in the network, a costcalc.yaml, or --max macs=600M",
            )
        skipped = self.discovery.skipped
        found = "no network was found"
        if skipped:
            found = f"of {len(skipped)} YAML files, such as {skipped[0]}, none is a network"
        return CostcalcError(
            f"nothing was checked: {found}",
            hint="YAML files without layers or input are skipped, unless they are named",
        )


def _chained(sources: Iterable[Iterator[Candidate]], faults: Faults) -> Iterator[Candidate]:
    """The candidates of all sources; a fault ends its own source alone."""
    for source in sources:
        try:
            yield from source
        except CostcalcError as error:
            faults.append(error)
