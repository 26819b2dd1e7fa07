"""`costcalc check`: networks held to their budgets, one after the other."""

from __future__ import annotations

import gc
import heapq
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import count
from typing import NamedTuple

from costcalc.budgets.attribution import Causes
from costcalc.budgets.result import Checked, Options, Report
from costcalc.budgets.verdict import FAIL, PASS, Costs, Verdict, at_setting, judge, worst
from costcalc.changes.compare import Stated
from costcalc.changes.revision import Base, Former, Loaded, load, was_faulty
from costcalc.costs.totals import metric_of
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.language.network_file import NetworkFile
from costcalc.language.yaml_nodes import read_text
from costcalc.project.baseline import setting_key
from costcalc.project.discovery import Candidate, Discovery, is_network, matches
from costcalc.project.limits import Limit, LimitReader, Setting
from costcalc.project.project_file import Project, Projects
from costcalc.vcs.base_ref import NONE, find_base
from costcalc.vcs.git import Repository
from costcalc.vcs.git_process import BaseError

MOST_FITTED = 10
"""Failing networks for which is looked what would fit."""
DEFAULT_BASE = "auto"


class Held(NamedTuple):
    """A network beside its limits, while it is looked at."""

    file: NetworkFile
    variant: str | None
    """The variant that was named, if one was."""
    costs: Costs
    old: Costs | None
    """What it cost on the base; the very same costs where nothing changed."""
    former: Former
    verdicts: list[Verdict]

    def dismantle(self) -> None:
        for costs in (self.costs, self.old):
            if costs is not None:
                costs.dismantle()


class Checker:
    """Holds networks to their budgets, one after the other."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.projects = Projects()
        self.discovery = Discovery()
        self.measured: dict[str, dict[str, dict[str, int]]] = {}
        """For a baseline: by network, setting and metric."""
        self.notes: list[str] = []
        self.unlimited: list[str] = []
        self._base: Base | None = None
        self._asked = False
        self._late = False
        """Whether networks were checked before one asked for a base."""
        self._given: Sequence[str] = ()
        self._numbers = count()
        self._worst: list[tuple[Fraction, int, Candidate]] = []
        """The networks that fail by most, for which is looked what would fit."""

    def report(self, checked: Iterable[Checked]) -> Report:
        try:
            networks = list(checked)
            if self._late:
                networks = self._once_more()
            networks = self._with_fits(networks)
            removed = self._removed(networks)
        finally:
            if self._base is not None:
                self._base.commit.repository.close()
        if not networks:
            raise self._nothing()
        status = worst([network.status for network in networks])
        base = self._base.commit.sha if self._base else None
        return Report(
            status, base, networks, removed, self.discovery.skipped, self.unlimited, self.notes
        )

    def _once_more(self) -> list[Checked]:
        """All networks again, with the base that only a later one of them asked for."""
        self._late = False
        self.discovery = Discovery()
        self.unlimited, self._worst = [], []
        return list(self.check(self._given))

    def _with_fits(self, networks: list[Checked]) -> list[Checked]:
        """The same, with what would fit the worst of them."""
        for _, _, candidate in self._worst:
            held = self._held(candidate)
            assert held is not None
            key = held.file.path, held.variant
            place = next(n for n, own in enumerate(networks) if (own.path, own.variant) == key)
            found = Causes(held.costs, held.old).fits(held.verdicts)
            networks[place] = networks[place]._replace(fits=found, fitted=True)
        return networks

    def _nothing(self) -> CostcalcError:
        if self.unlimited:
            return CostcalcError("nothing was checked: no network has a limit", hint=_NO_LIMIT)
        skipped = self.discovery.skipped
        found = "no network was found"
        if skipped:
            found = f"of {len(skipped)} YAML files, such as {skipped[0]}, none is a network"
        return CostcalcError(
            f"nothing was checked: {found}",
            hint="a network has layers or input; a file that is named always is one",
        )

    def check(self, arguments: Sequence[str]) -> Iterator[Checked]:
        """The networks that arguments name, else those of the project file; see `Discovery`.

        Problems where any is faulty; those that have no limit are counted.
        """
        self._given = arguments
        project = self.projects.here()
        if arguments:
            self.arguments = list(arguments)
            sources = [self.discovery.networks([argument]) for argument in arguments]
        elif project is None:
            raise CostcalcError(
                "nothing is named to be checked, and there is no project file costcalc.yaml",
                hint="name files or folders, or write a costcalc.yaml",
            )
        else:
            self.arguments = [project.folder or "."]
            files = [p for own in self.projects.below(project) for p in own.files()]
            sources = [self.discovery.among(files)]
        if self._wants_base():
            self._find_base()
        options = self.options
        without = self._base is None and options.baseline is None
        if options.only_regressions and without and options.if_no_base != "skip":
            raise CostcalcError("regressions are told from a base: there is none", hint=_BASES)
        faults = Faults()
        for number, candidate in enumerate(_all_of(sources, faults), 1):
            if number % 1024 == 0:
                gc.collect()  # what was not dismantled
            try:
                had_base = self._base is not None
                checked = self._check(candidate)
                self._late = self._late or (number > 1 and not had_base and self._base is not None)
            except BaseError:
                raise
            except CostcalcError as error:
                faults.append(error)
            else:
                if checked is not None and not faults:
                    yield checked
        if faults:
            raise Problems(faults)

    # One network

    def _check(self, candidate: Candidate) -> Checked | None:
        held = self._held(candidate)
        if held is None:
            return None
        self._remember(held)
        checked = self._checked(held)
        held.dismantle()
        if checked.status == FAIL:
            excess = max(verdict.excess for verdict in held.verdicts)
            heapq.heappush(self._worst, (excess, -next(self._numbers), candidate))
            if len(self._worst) > MOST_FITTED:
                heapq.heappop(self._worst)
        return checked

    def _held(self, candidate: Candidate) -> Held | None:
        """A network held to its limits; None where it has none."""
        loaded = load(candidate.path, candidate.text, read_text)
        file = loaded.file
        named = candidate.variant if self.options.variant is None else self.options.variant
        limits = self._limits(file, named)
        if not limits:
            self.unlimited.append(file.path)
            return None
        if any(limit.growth for limit in limits):
            self._find_base()
        former = self._former(loaded)
        costs = Costs(file)
        old = None
        if former.file is not None:
            old = costs if former.file is file else Costs(former.file)
        lacks_base = former.fault is not None or self._base is None
        own = self.options.baseline
        if own is not None:  # a new network has no growth, a new limit of an old one does
            lacks_base = own.name(file.path) in own.networks
        verdicts = []
        for limit in limits:
            fault = None if old is None or old is costs else _fault_at(old, limit.setting)
            if fault is not None:
                former = former._replace(fault=fault)
            verdict = at_setting(
                limit,
                lambda: judge(
                    limit,  # noqa: B023 - it is called at once
                    costs,
                    self._former_value(old, file, limit),  # noqa: B023
                    base_whole=self._former_whole(old, file, limit),  # noqa: B023
                    lacks_base=lacks_base or fault is not None,  # noqa: B023
                    only_regressions=self.options.only_regressions,
                ),
            )
            verdicts.append(verdict)
        return Held(file, named, costs, old, former, verdicts)

    def _former(self, loaded: Loaded) -> Former:
        if self._base is None:
            return Former(None)
        try:
            return self._base.former(loaded)
        except BaseError as error:
            if self.options.if_no_base != "skip":
                raise
            return Former(None, fault=f"no base: {error.message}")

    def _is_new(self, former: Former) -> bool:
        has_base = self._base is not None and former.fault is None
        return has_base and former.file is None

    def _limits(self, file: NetworkFile, named: str | None) -> list[Limit]:
        """Of the network, of all project files around it, and of the command line.

        A limit that names no variant holds for the one that is named, else for the first. Where
        one is named, the limits of all others are left out.
        """
        found = Faults()
        node = file.parts["budgets"][1] if "budgets" in file.parts else None
        limits = LimitReader(file.path, found).read(node, file.variants)
        if found:
            raise Problems(found)
        for project in self.projects.around(file.path):
            limits += project.limits_of(file.path)
        for limit in limits:
            variant = limit.setting.variant
            if variant is not None and variant not in file.variants:
                raise CostcalcError(
                    f"{file.path} has no variant '{variant}'", position=limit.position
                )
        limits += self.options.limits
        if self.options.fold_batch_norm:
            limits = [x._replace(setting=x.setting._replace(folded=True)) for x in limits]
        if self.options.accept_growth:
            limits = [limit._replace(growth=None) for limit in limits]
        judged, _ = file.variant(named)
        first, _ = file.variant(None)
        if named is not None:
            limits = [limit for limit in limits if limit.setting.variant in (None, named)]
        held = []
        for limit in limits:
            said = limit.setting.variant
            if said is None and judged != first:
                limit = limit._replace(setting=limit.setting._replace(variant=judged))
            held.append(limit._replace(variant=said or judged))
        return held

    def _former_value(self, old: Costs | None, file: NetworkFile, limit: Limit) -> int | None:
        if self.options.baseline is not None:
            key = setting_key(limit.setting, limit.layers)
            return self.options.baseline.value(file.path, key, limit.metric)
        if old is None:
            return None
        try:
            return old.value(limit)
        except CostcalcError:  # at that setting, or in that part, there was nothing
            return None

    def _former_whole(self, old: Costs | None, file: NetworkFile, limit: Limit) -> int | None:
        if limit.max is None or not limit.max.relative:
            return None
        whole = limit._replace(layers=None)
        return self._former_value(old, file, whole)

    def _remember(self, held: Held) -> None:
        if self.options.baseline is None:
            return
        own = self.measured.setdefault(self.options.baseline.name(held.file.path), {})
        for verdict in held.verdicts:
            limit = verdict.limit
            key = setting_key(limit.setting, limit.layers)
            own.setdefault(key, {})[limit.metric] = verdict.value
        first, _ = held.file.variant(None)
        variant = None if held.variant == first else held.variant
        setting = Setting(variant, folded=self.options.fold_batch_norm)
        network = held.costs.network(setting)
        for metric in ("macs", "params"):
            own.setdefault(setting_key(setting, None), {})[metric] = metric_of(network, metric)

    def _checked(self, held: Held) -> Checked:
        file, named, costs, old, former, verdicts = held
        status = worst([verdict.status for verdict in verdicts])
        failures = [verdict for verdict in verdicts if verdict.status == FAIL]
        causes = Causes(costs, old)
        lines = [1 if verdict.status == PASS else causes.line(verdict) for verdict in verdicts]
        stated: dict[Stated, None] = {}
        for verdict in failures:
            stated.update(dict.fromkeys(causes.stated(verdict.limit.setting)))
            stated.update(dict.fromkeys(causes.still(verdict.limit)[: self.options.top]))
        limited = {verdict.limit.variant for verdict in verdicts}
        notes = [former.fault] if former.fault else []
        return Checked(
            name=file.name,
            path=file.path,
            variant=named,
            status=status,
            verdicts=verdicts,
            culprits=causes.culprits(failures, self.options.top),
            fits=[],
            lines=lines,
            stated=list(stated),
            unlimited=[n for n in file.variants if named is None and n not in limited],
            new=self._is_new(former),
            renamed=former.path,
            notes=notes,
            fitted=not failures,
        )

    # The base

    def _wants_base(self) -> bool:
        options = self.options
        if options.base is not None:
            return True
        if options.baseline is not None:
            return False
        asked = any(own.base is not None or own.asks_for_base for own in self._above())
        return asked or any(limit.growth for limit in options.limits)

    def _above(self) -> list[Project]:
        """The project files of the current folder and of all above it."""
        return self.projects.around(os.path.join(os.getcwd(), "any.yaml"))

    def _find_base(self) -> None:
        """Once, from the option, else from the project file, else as `auto`."""
        if self._asked or (self.options.base is None and self.options.baseline is not None):
            return
        self._asked = True
        stated = (project.base for project in self._above() if project.base is not None)
        ref = self.options.base or next(stated, None) or DEFAULT_BASE
        if ref == NONE:
            if self.options.only_regressions:
                raise CostcalcError("regressions are told from a base, not from none", hint=_BASES)
            return
        try:
            self._base = Base(find_base(Repository.around(os.getcwd()), ref))
        except BaseError as error:
            if self.options.if_no_base != "skip":
                raise
            self.notes.append(f"no base: {error.message}")

    def _removed(self, networks: Sequence[Checked]) -> list[str]:
        """The networks of the base, where networks were looked for, that are no more."""
        if self._base is None:
            return []
        base = self._base
        top = base.commit.repository
        places = [top.relative(argument) for argument in self.arguments]
        followed = {network.renamed for network in networks}
        removed = []
        for place in sorted(base.gone - followed):
            inside = any(
                own in (".", place) or place.startswith(f"{own}/") or matches(own, place)
                for own in places
                if own is not None
            )
            if inside:
                text = base.commit.read(place)
                if text is not None and is_network(text, place):
                    removed.append(base.path_of(place))
        return removed


def _fault_at(old: Costs, setting: Setting) -> str | None:
    """Why a network of the base cannot be built at a setting; a variant may simply be new."""
    if setting.variant is not None and setting.variant not in old.file.variants:
        return None
    try:
        old.network(setting)
    except CostcalcError as error:
        return was_faulty(error)
    return None


def _all_of(sources: Iterable[Iterator[Candidate]], faults: Faults) -> Iterator[Candidate]:
    """What each source has; where one ends in a fault, the next is looked at all the same."""
    for source in sources:
        try:
            yield from source
        except CostcalcError as error:
            faults.append(error)


_BASES = "--base auto, base: in costcalc.yaml, or --baseline FILE"
_NO_LIMIT = "budgets: in the network, a costcalc.yaml, or --max macs=600M"
