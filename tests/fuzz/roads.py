"""One network, by every road on which its costs can be reached: all must tell the same."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import yaml
from fuzz.calls import Fault, call
from fuzz.counting import TooLarge
from fuzz.expressions import Invalid
from fuzz.reference import COUNTED, Reference
from support.formula_readers import run_source

import costcalc
from costcalc.errors import CostcalcError

Point = dict[str, Any]
Costs = dict[str, int]
ALPHAS = [Fraction(text) for text in "1 1/2 3/4 2/3 5/4 0.35 29/100 2".split()]
KNOBS = ("alpha", "rho", "batch")
"""What is no param of the network."""
RHOS = [Fraction(text) for text in "1 1/2 5/7 2 13/10".split()]


class Axes(dict[str, list[Any]]):
    """The values of each knob; the same random numbers, the same values."""

    variant: str | None = None

    @classmethod
    def drawn(cls, tree: Any, random: Random) -> "Axes":
        axes = cls(alpha=random.sample(ALPHAS, 3), rho=random.sample(RHOS, 2))
        knob, values = random.choice("nw"), random.sample(range(1, 9), 2)
        if not random.randrange(4):
            axes["batch"] = random.sample(range(1, 6), 2)
        axes[knob] = values
        axes.variant = random.choice([None, *tree.get("variants", {})])
        return axes

    def replaced(self, name: str, values: list[Any]) -> "Axes":
        axes = Axes({**self, name: values})
        axes.variant = self.variant
        return axes

    def of_variant(self, variant: str | None) -> "Axes":
        axes = Axes(self)
        axes.variant = variant
        return axes

    def points(self) -> Iterator[Point]:
        for values in product(*self.values()):
            yield dict(zip(self, values, strict=True))


class Subject:
    """A network in a file, and what it must cost at each of its points.

    `expected` has None where there is no network, and lacks points that take too long to count.
    """

    def __init__(self, tree: Any, axes: Axes, path: Path, random: Random) -> None:
        self.tree, self.axes, self.path, self.random = tree, axes, path, random
        path.write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
        self.net = str(path)
        self.found: dict[int, Reference | None] = {}
        self.points = list(axes.points())
        for number, point in enumerate(self.points):
            try:
                self.found[number] = self.reference(point)
            except Invalid:
                self.found[number] = None
            except TooLarge:
                continue
        self.expected = {number: one and one.totals for number, one in self.found.items()}
        self.fine = [number for number, costs in self.expected.items() if costs]

    def reference(self, point: Point) -> Reference:
        knobs, params = divided(point)
        for name in params:
            assert name in self.tree["params"]
        return Reference(self.tree, self.axes.variant, params=params, **knobs)

    @property
    def model(self) -> costcalc.Model:
        return costcalc.load(self.net, self.axes.variant)

    def options(self, point: Point) -> list[str]:
        """The options that name a point, or ranges of values."""
        options = ["--variant", self.axes.variant] if self.axes.variant else []
        for name, value in point.items():
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            options += [f"--{name}", text] if name in KNOBS else ["--set", f"{name}={text}"]
        return options

    def hold(self, found: Any, expected: Any, where: object) -> None:
        if found != expected:
            raise Fault(f"{where}: {found}, not {expected}", difference(found, expected))

    def some(self, count: int) -> list[int]:
        return self.random.sample(self.fine, min(count, len(self.fine)))


def difference(found: Any, expected: Any) -> str:
    """Which parts differ, without how much."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return ", ".join(key for key in found if found[key] != expected.get(key))
    return " not ".join(
        one if isinstance(one, str) else type(one).__name__ for one in (found, expected)
    )


def divided(point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The knobs of a point that every network has, and the params."""
    knobs = {name: value for name, value in point.items() if name in KNOBS}
    return knobs, {name: value for name, value in point.items() if name not in KNOBS}


def cost(model: costcalc.Model, point: Point) -> costcalc.Table | None:
    knobs, params = divided(point)
    try:
        return model.cost(params, **knobs)
    except CostcalcError:
        return None


def picked(totals: Any) -> Costs:
    return {metric: int(getattr(totals, metric)) for metric in COUNTED}


def described(type_: str, output: Any, costs: Costs) -> dict[str, Any]:
    return {"type": type_, "output": tuple(output), **costs}


# The roads


def plain_build(subject: Subject) -> None:
    """Each point by itself; layer by layer, in order."""
    try:
        model = subject.model
    except CostcalcError as error:
        if subject.fine:
            raise Fault(f"refused: {error}") from None
        return
    for number, expected in subject.found.items():
        table = cost(model, subject.points[number])
        where = subject.points[number]
        if table is None or expected is None:
            verdicts = [one and "a network" for one in (table, expected)]
            subject.hold(verdicts[0], verdicts[1], where)
            continue
        rows = [described(row.type, row.output_shape, picked(row)) for row in table.layers]
        leaves = [described(one.type, one.output.shape, one.costs) for one in expected.leaves]
        for row, leaf in zip(rows, leaves, strict=False):
            subject.hold(row, leaf, where)
        subject.hold(len(rows), len(leaves), f"{where}: layers")
        subject.hold(picked(table.totals), expected.totals, where)


def sweep(subject: Subject) -> None:
    """All points at once; a sweep with a fault in it is refused as a whole."""
    if len(subject.expected) < len(subject.points) or not subject.fine:
        return
    knobs, params = divided(subject.axes)
    try:
        swept = subject.model.sweep(params, **knobs, metrics=COUNTED)
    except CostcalcError as error:
        if len(subject.fine) == len(subject.points):
            raise Fault(f"sweep: refused: {error}") from None
        return
    subject.hold(len(subject.fine), len(subject.points), "sweep of faulty points")
    columns = {metric: getattr(swept, metric).reshape(-1).tolist() for metric in COUNTED}
    for number, expected in subject.expected.items():
        found = {metric: columns[metric][number] for metric in COUNTED}
        subject.hold(found, expected, f"sweep: {subject.points[number]}")


def sweep_outputs(subject: Subject) -> None:
    """JSON and CSV of a sweep on the command line."""
    if len(subject.fine) < len(subject.points):
        return
    ranges = subject.options(subject.axes)
    metrics = ["--metric", ",".join(COUNTED)]
    ended = call("sweep", subject.net, *ranges, *metrics, "--format", "json")
    rows = json.loads(ended.out)["points"]
    subject.hold(len(rows), len(subject.points), "sweep --format json")
    table = call("sweep", subject.net, *ranges, *metrics, "--format", "csv").out
    lines = list(csv.DictReader(io.StringIO(table)))
    for number, point in enumerate(subject.points):
        expected = subject.expected[number]
        subject.hold({m: rows[number][m] for m in COUNTED}, expected, f"sweep json: {point}")
        found = {m: int(lines[number][m]) for m in COUNTED}
        subject.hold(found, expected, f"sweep csv: {point}")


def exact_formula(subject: Subject) -> None:
    """The formula as a Python source, at every alpha and rho."""
    if not subject.fine:
        return
    knobs, params = divided(subject.points[subject.fine[0]])
    batch = knobs.get("batch")
    try:
        formula = subject.model.formula(params, exact=True, batch=batch)
        by_source = run_source("".join(formula.python()))
    except CostcalcError:
        return  # a structure that a knob decides; the network itself is fine
    for number in subject.fine:
        point = subject.points[number]
        if point.get("batch") == batch and all(point[name] == params[name] for name in params):
            expected = subject.expected[number]
            assert expected is not None
            found = by_source(*(point.get(knob, Fraction(1)) for knob in ("alpha", "rho")))
            subject.hold(tuple(found), (expected["macs"], expected["params"]), f"exact: {point}")


def solve_by_brute_force(subject: Subject) -> None:
    """The largest value of a knob within a limit: every larger one that is tried is beyond it."""
    if not subject.fine:
        return
    number = subject.random.choice(subject.fine)
    point = subject.points[number]
    expected = subject.expected[number]
    assert expected is not None
    metric = subject.random.choice(COUNTED)
    knob = subject.random.choice(list(point))
    limit = expected[metric] * subject.random.choice([2, 3, 4]) // 3
    given, fixed = divided({name: value for name, value in point.items() if name != knob})
    whole = knob not in ("alpha", "rho")
    high = 10 if whole else Fraction(3, 2)
    low = 1 if whole else Fraction(1, 4)
    model = subject.model
    try:
        found = model.solve(
            {metric: limit}, vary=knob, ranges={knob: f"{low}..{high}"}, params=fixed, **given
        )
    except CostcalcError:
        return
    parts = [subject.random.randint(0, 1000) for _ in range(12)]
    tried = range(1, 11) if whole else [low + (high - low) * Fraction(p, 1000) for p in parts]
    where = f"solve --max {metric}={limit} --vary {knob} at {point}"
    best = None
    for solution in found.solutions:
        best = solution.plateaus[knob]
        table = cost(model, point | {knob: solution.knobs[knob]})
        if table is None or getattr(table.totals, metric) > limit:
            raise Fault(f"{where}: {solution.knobs} does not fit")
        subject.hold(solution.counts[metric], getattr(table.totals, metric), where)
    for value in tried:
        if best is not None and value <= best.high:
            continue
        table = cost(model, point | {knob: value})
        if table is not None and getattr(table.totals, metric) <= limit:
            raise Fault(f"{where}: {knob} {value} fits as well, {best and best.high} is found")


def outputs(subject: Subject) -> None:
    """JSON and CSV of analyze, and `check`, of points on the command line."""
    for number in subject.some(2):
        options = subject.options(subject.points[number])
        expected = subject.expected[number]
        assert expected is not None
        ended = call("analyze", subject.net, *options, "--format", "json")
        subject.hold(ended.code, 0, f"analyze {options}: {ended.err}")
        (network,) = json.loads(ended.out)["networks"]
        subject.hold({m: network["totals"][m] for m in COUNTED}, expected, f"json {options}")
        lines = call("analyze", subject.net, *options, "--format", "csv").out
        rows = list(csv.DictReader(io.StringIO(lines)))
        sums = {m: sum(int(row[m]) for row in rows) for m in COUNTED}
        subject.hold(sums, expected, f"csv {options}")
        for format_ in ("text", "markdown"):
            ended = call("analyze", subject.net, *options, "--depth", "all", "--format", format_)
            subject.hold(f"{expected['macs']:,}" in ended.out, True, f"{format_} {options}")


def check(subject: Subject) -> None:
    """A budget is kept at the cost itself, and broken one below it."""
    named = subject.axes.variant
    variants = [named] if named else list(subject.tree.get("variants", [None]))
    tables = [cost(costcalc.load(subject.net, variant), {}) for variant in variants]
    macs = max((table.totals.macs for table in tables if table), default=0)
    if None in tables or not macs:
        return
    options = subject.options({})
    for limit, code in ((macs, 0), (macs - 1, 1)):
        ended = call("check", subject.net, *options, "--max", f"macs={limit}")
        subject.hold(ended.code, code, f"check --max macs={limit}: {ended.err}")


def shown_text(subject: Subject) -> None:
    """What `show` prints is the same network, and `diff` finds nothing."""
    if not subject.fine:
        return
    ended = call("show", subject.net)
    subject.hold(ended.code, 0, f"show: {ended.err}")
    copy = subject.path.with_name("shown.yaml")
    copy.write_text(ended.out, encoding="utf-8")
    number = subject.random.choice(subject.fine)
    table = cost(costcalc.load(str(copy), subject.axes.variant), subject.points[number])
    found = table and picked(table.totals)
    subject.hold(found, subject.expected[number], f"shown: {subject.points[number]}")
    if call("validate", subject.net).code == 0:
        ended = call("diff", subject.net, str(copy), "--exit-code")
        subject.hold(ended.code, 0, f"diff with itself: {ended.out}{ended.err}")


Road = Callable[[Subject], None]
OTHER_ROADS: tuple[Road, ...] = (
    exact_formula,
    solve_by_brute_force,
    outputs,
    sweep_outputs,
    check,
    shown_text,
)
"""The roads beside a plain build and a sweep, which every network goes."""
