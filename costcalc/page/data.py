"""What a page shows, as JSON: networks with their formulas, published figures, budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.network_check import limits_of
from costcalc.budgets.result import Options
from costcalc.budgets.verdict import judge
from costcalc.costs.published import figures_of, setting_of
from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting, replace
from costcalc.language.library import shown_path
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS
from costcalc.metrics.metric import Metric
from costcalc.numeric.exact import Number
from costcalc.numeric.work import limited
from costcalc.page.encode import Json, Tables, form
from costcalc.page.knobs import Slider, beside_knobs, cover, sliders
from costcalc.page.rows import IN_PAGE, OF_OPERATIONS, Rows, Subject, rows_of
from costcalc.project.project_file import Projects
from costcalc.reports.check.explanation import limit_subject
from costcalc.text import escaped
from costcalc.units import fraction_text

MAX_TEXT = 160
"""Characters of a line of the network's file."""


def metrics() -> list[Json]:
    """The registry: what the tables and sums of a page go through."""
    of_rows = [
        *map(_metric, IN_PAGE),
        *({**_metric(METRICS[name]), "of": 1} for name in OF_OPERATIONS),
    ]
    alive = {**_metric(METRICS["peak_memory"]), "max": 1, "alive": 1}
    return [*of_rows, alive, {**_metric(METRICS["arena"]), "planned": 1}]


def _metric(metric: Metric) -> Json:
    told = {
        "of": metric.of and 1,
        "max": 1 if metric.reduce is max else None,
        "multiple": metric.multiple,
        "hidden": None if metric.shown else 1,
        "mostly": metric.mostly,
        "bytes": 1 if metric.unit == "byte" else None,
    }
    named = {"name": metric.name, "title": metric.title}
    return named | {key: value for key, value in told.items() if value is not None}


class Forms:
    """The formulas of a file, each once: its variants share those that serve several."""

    def __init__(self) -> None:
        self.alike: defaultdict[Any, list[Rows]] = defaultdict(list)
        """Traces by what the networks that they serve have in common."""
        self._tables = Tables()
        self._places: dict[int, int] = {}
        self._rows: list[Rows] = []
        self._made: list[dict[str, Json]] = []

    def place(self, rows: Rows) -> int:
        """The place of the formulas of a trace."""
        place = self._places.setdefault(id(rows), len(self._made))
        if place == len(self._made):
            self._rows.append(rows)  # which keeps its id
            self._made.append(form(rows, self._tables))
        return place

    def lines(self) -> list[int]:
        """The lines of the file that the rows come from."""
        lines = (line for own in self._made for line in own.get("lines", ())[::2])
        return sorted({line for line in lines if isinstance(line, int)})

    def json(self) -> dict[str, Json]:
        return {**self._tables.json(), "forms": self._made}


class Page:
    """The JSON of a page as it grows, network by network."""

    def __init__(self) -> None:
        self.files: list[Json] = []
        self.networks: list[Json] = []
        self.compared: Json = None

    def clear(self) -> None:
        """Take everything out again."""
        self.files.clear()
        self.networks.clear()
        self.compared = None

    def json(self) -> dict[str, Json]:
        made = {"metrics": metrics(), "files": self.files, "networks": self.networks}
        return made | ({"compared": self.compared} if self.compared else {})

    def add(self, file: NetworkFile, settings: Iterable[Setting]) -> None:
        """Add the network of a file at some settings: its variants, mostly."""
        forms = Forms()
        made = self._file(file.name, file.path, file.source)
        for setting in settings:
            self._network(file, setting, forms)
        made.update(forms.json())
        made["text"] = dict(_lines(file, forms.lines()))
        made["sources"], made["points"] = _published(file)

    def add_built(self, network: Network) -> None:
        """Add a network that has no text, at the setting that it was built at."""
        forms = Forms()
        made = self._file(network.name, network.path, network.source)
        self._append(network.setting, [], [rows_of(network)], forms)
        made.update(forms.json())

    def _file(self, name: str, path: str, source: str | None) -> dict[str, Json]:
        made: dict[str, Json] = {
            "name": escaped(name),
            "path": escaped(shown_path(path)),
            "source": source and escaped(source),
            "text": {},
            "sources": [],
            "points": [],
        }
        self.files.append(made)
        return made

    def _network(self, file: NetworkFile, setting: Setting, forms: Forms) -> None:
        with limited("the page of the network", "analyze has no such limit") as work:
            subject = Subject(file, setting, work)
            network = subject.build({})  # raises where there is no network at its own setting
            knobs = sliders(file, setting)
            covered = cover(subject, knobs, forms.alike[beside_knobs(subject, knobs)])
        if not covered.rows[0].trace.knobs:
            knobs = []
        made = self._append(setting, knobs, covered.rows, forms)
        made["partial"] = covered.is_partial
        if not all(rows.memory and rows.memory.alignment for rows in covered.rows):
            made["arena"] = _arena(network)
        made["budgets"] = list(_budgets(file, setting))

    def _append(
        self, setting: Setting, knobs: Sequence[Slider], rows: Iterable[Rows], forms: Forms
    ) -> dict[str, Json]:
        fixed = replace(setting, variant=None, alpha=None, rho=None, resolution=None)
        made: dict[str, Json] = {
            "file": len(self.files) - 1,
            "variant": setting.variant and escaped(setting.variant),
            "fixed": escaped(fixed.text()),
            "knobs": [_knob(slider) for slider in knobs],
            "forms": [forms.place(own) for own in rows],
            "budgets": [],
        }
        self.networks.append(made)
        return made


def _arena(network: Network) -> str | None:
    """The arena at the network's own setting, for where the page cannot plan it itself."""
    try:
        return str(measure(network, ("arena",))["arena"])
    except CostcalcError:
        return None


def _knob(slider: Slider) -> Json:
    numbers = (slider.value, slider.low, slider.high, slider.step)
    made = [escaped(slider.name), *map(fraction_text, numbers)]
    return [
        *made,
        slider.knob.least if slider.is_param else int(slider.is_whole),
        slider.is_param + slider.is_switch,
    ]


def _lines(file: NetworkFile, numbers: Sequence[int]) -> Iterator[tuple[int, str]]:
    text = file.text.splitlines()
    for number in numbers:
        if number <= len(text):
            line = escaped(text[number - 1].strip())
            yield number, line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def _published(file: NetworkFile) -> tuple[list[str], list[Json]]:
    """The sources of accuracies, and a point for each: where it is, and what it costs there."""
    sources: dict[str, int] = {}
    points = []
    for name in file.variant_names():
        for figures in figures_of(file, name):
            if figures.top1 is None:
                continue
            setting = setting_of(figures, name, file)
            try:
                costs = measure(build(file, setting), ("macs", "params"))
            except CostcalcError:
                continue
            source = sources.setdefault(escaped(figures.source or "published"), len(sources))
            size = setting.resolution or (1, 1)
            points.append(
                [
                    *(source, name and escaped(name), fraction_text(Fraction(setting.alpha or 1))),
                    *("×".join(map(str, dict.fromkeys(size))), fraction_text(figures.top1)),
                    *(_int(costs["macs"]), _int(costs["params"])),
                ]
            )
    return list(sources), points


def _int(number: Number) -> Json:
    return int(number) if abs(number) < 2**53 else str(number)


def _budgets(file: NetworkFile, setting: Setting) -> Iterator[Json]:
    """The limits that hold for a variant, with the verdict at the setting of each."""
    costs = CostCache(file)
    for limit in limits_of(file, setting.variant, Options(), Projects()):
        if limit.max is None:
            continue
        verdict = judge(limit, costs, None)
        at = replace(limit.setting, variant=None).text()
        if limit.setting.variant not in (None, setting.variant):
            continue
        yield {
            "metric": limit.metric,
            "of": escaped(limit_subject(limit._replace(variant=None))),
            "at": at,
            "max": str(verdict.max),
            "text": escaped(limit.max.text),
            "source": escaped(limit.source),
            "value": str(verdict.value),
            **({"layers": escaped(limit.layers)} if limit.layers else {}),
        }
