"""One network and the limits that hold for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from costcalc.accounting.convention import accounting
from costcalc.budgets.attribution import Attribution
from costcalc.budgets.comparison_base import ComparisonBase
from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.result import Checked, Options
from costcalc.budgets.verdict import FAIL, PASS, Verdict, faults_name, judge, worst
from costcalc.changes.compare import Stated
from costcalc.changes.revision import LoadedNetwork, base_fault
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError, Faults, Problems
from costcalc.graph.setting import Setting, replace
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.exact import Number
from costcalc.project.baseline import Baseline
from costcalc.project.limits import Limit, LimitReader
from costcalc.project.project_file import Projects

ALWAYS_RECORDED = ("macs", "params")
"""The metrics that a baseline has of every network, limited or not."""


def limits_of(
    file: NetworkFile, named: str | None, options: Options, projects: Projects
) -> list[Limit]:
    """The limits of the network, of all project files around it, and of the command line.

    Where a variant is named, all limits hold for it but those that name another. Else a limit of a
    file that names no variant holds for the first, and one of the command line for every variant.
    """
    found = Faults()
    node = file.parts["budgets"][1] if "budgets" in file.parts else None
    limits = LimitReader(file.path, found).read(node, file.variants)
    if found:
        raise Problems(found)
    around = projects.around(file.path)
    for project in around:
        limits += project.limits_of(file.path)
    for limit in limits:
        variant = limit.setting.variant
        if variant is not None and variant not in file.variants:
            raise CostcalcError(f"{file.path} has no variant '{variant}'", position=limit.position)
    judged, _ = file.variant(named)
    if named is not None:
        limits = [limit for limit in limits if limit.setting.variant in (None, named)]
    pairs = [(limit, judged) for limit in limits]
    for variant in file.variant_names(named):
        pairs += [(limit, variant) for limit in options.limits_around(around)]
    return [_at_variant(limit, variant, file, options) for limit, variant in pairs]


def _at_variant(limit: Limit, judged: str | None, file: NetworkFile, options: Options) -> Limit:
    """The limit as it holds in this run: of a variant that it names or `judged`, with options."""
    setting, own = limit.setting, limit.setting.variant
    if options.fold_batch_norm:
        folded = setting.accounting._replace(fold_batch_norm=True)
        setting = replace(setting, accounting=folded)
    if own is None and judged != file.variant(None)[0]:
        setting = replace(setting, variant=judged)
    growth = None if options.accept_growth else limit.growth
    return limit._replace(setting=setting, growth=growth, variant=own or judged)


class NetworkCheck:
    """Compares a network with its limits, and with the base or the baseline."""

    def __init__(
        self,
        loaded: LoadedNetwork,
        named: str | None,
        limits: Iterable[Limit],
        options: Options,
        base: ComparisonBase,
    ) -> None:
        self.file = loaded.file
        self.named = named
        """The variant that was named, if one was."""
        self.options = options
        self.costs = CostCache(self.file)
        self.revision = base.of(self.file.path)
        self.former = base.former(loaded)
        self.old: CostCache | None = None
        """What it cost on the base; the very same costs where nothing changed."""
        if self.former.file is not None:
            same = self.former.file is self.file
            self.old = self.costs if same else CostCache(self.former.file)
        lacks_base = self._lacks_base()
        self.verdicts = [self._judged(limit, lacks_base) for limit in limits]

    @property
    def of_metrics(self) -> list[Verdict]:
        """The verdicts on what a network costs, and not on how many of a space fit."""
        return [verdict for verdict in self.verdicts if verdict.fitting is None]

    def _judged(self, limit: Limit, lacks_base: bool) -> Verdict:
        if limit.needed is not None:
            with faults_name(limit):
                return judge(limit, self.costs, None)
        fault = self._fault_on_base(limit.setting)
        if fault is not None:
            self.former = self.former._replace(fault=fault)
        whole = None
        if limit.max is not None and limit.max.relative:
            whole = self._value_on_base(limit._replace(layers=None))
        with faults_name(limit):
            return judge(
                limit,
                self.costs,
                self._value_on_base(limit),
                base_whole=whole,
                lacks_base=lacks_base or fault is not None,
                only_regressions=self.options.only_regressions,
            )

    def _lacks_base(self) -> bool:
        """Whether growth is unknown: of a new network there is none, of a new limit there is."""
        baseline = self.options.baseline
        if baseline is not None:
            return baseline.name(self.file.path) in baseline.networks
        return self.former.fault is not None or self.revision is None

    def _fault_on_base(self, setting: Setting) -> str | None:
        """Why the network of the base cannot be built at a setting; its variant may be new."""
        old, file = self.old, self.former.file
        if old is None or old is self.costs or file is None:
            return None
        if setting.variant is not None and setting.variant not in file.variants:
            return None
        try:
            old.network(setting)
        except CostcalcError as error:
            return base_fault(error)
        return None

    def _value_on_base(self, limit: Limit) -> Number | None:
        if self.options.baseline is not None:
            key = self.options.baseline.key(limit.setting, limit.layers)
            return self.options.baseline.value(self.file.path, key, limit.metric)
        if self.old is None:
            return None
        try:
            return self.old.value(limit)
        except CostcalcError:  # it had no such variant, or no such layer
            return None

    def figures(self, baseline: Baseline) -> Iterator[tuple[str, dict[str, int]]]:
        """What a baseline records: metrics by the key of their setting."""
        for verdict in self.of_metrics:
            limit = verdict.limit
            yield baseline.key(limit.setting, limit.layers), {limit.metric: verdict.value}
        first, _ = self.file.variant(None)
        variant = None if self.named == first else self.named
        setting = Setting(variant, accounting=accounting(None, self.options.fold_batch_norm))
        yield baseline.key(setting, None), measure(self.costs.network(setting), ALWAYS_RECORDED)

    def result(self) -> Checked:
        failures = [verdict for verdict in self.of_metrics if verdict.status == FAIL]
        attribution = Attribution(self.costs, self.old)
        edits: dict[Stated, None] = {}
        old = self.former.file
        for verdict in failures:
            edits.update(dict.fromkeys(attribution.stated(verdict.limit.setting)))
            without_growth = attribution.edited_without_growth(verdict.limit)
            edits.update(dict.fromkeys(without_growth[: self.options.top]))
        limited = {verdict.limit.variant for verdict in self.verdicts}
        unlimited = [name for name in self.file.variants if name not in limited]
        return Checked(
            name=self.file.name,
            path=self.file.path,
            variant=self.named,
            status=worst(verdict.status for verdict in self.verdicts),
            verdicts=self.verdicts,
            culprits=attribution.culprits(failures, self.options.top),
            fits=[],
            lines=[self._line(own, attribution) or 1 for own in self.verdicts],
            stated=list(edits),
            unlimited=unlimited if self.named is None else [],
            base=None if self.revision is None else self.revision.commit.sha,
            new=self.revision is not None and self.former.fault is None and old is None,
            renamed=self.former.path,
            notes=[note for note in (self.former.fault, self.former.note) if note],
            warnings=self.costs.warnings(),
            fitted=not failures,
        )

    def _line(self, verdict: Verdict, attribution: Attribution) -> int | None:
        """The line of the file to annotate, if there is one."""
        if verdict.status == PASS:
            return None
        if verdict.fitting is None:
            return attribution.line(verdict)
        place = verdict.limit.position
        return place.line if place and place.path == self.file.path else None

    def dismantle(self) -> None:
        for costs in (self.costs, self.old):
            if costs is not None:
                costs.dismantle()
