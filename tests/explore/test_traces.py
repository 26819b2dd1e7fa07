"""Traces of random networks, by every road, against the network that is built at each setting."""

from contextlib import suppress
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from support.knobbed_networks import network

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore import filling, traces
from costcalc.explore.traces import Bounds, Grid, Traces
from costcalc.graph import tracing
from costcalc.graph.builder import Builder, build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.language.overrides import number_override
from costcalc.numeric import tables
from costcalc.numeric.breaks import Breaks, NotAffineError
from costcalc.numeric.point import at_point
from costcalc.numeric.work import UNLIMITED

METRICS = ("macs", "params", "other_ops", "activations")
WHOLES = ("n", "w")


class Subject:
    """A random network over some knobs: built in plain numbers, and traced."""

    def __init__(self, seed: int, is_open: bool) -> None:
        self.random = Random(seed)
        self.file = NetworkFile(network(seed), f"{seed}.yaml")
        self.knobs = ["alpha", "rho", *self.random.sample(["n", "w", "x"], 2)]
        ranges = {k: Bounds(k in WHOLES, int(k in WHOLES), k not in WHOLES) for k in self.knobs}
        self.traces = Traces(self.build, self.measure, ranges, UNLIMITED, is_open=is_open)

    def build(self, numbers, builder):
        at = dict(zip(self.knobs, numbers, strict=True))
        alpha, rho = at.pop("alpha"), at.pop("rho")
        params = {name: number_override(self.file, name, value) for name, value in at.items()}
        return build(self.file, Setting(alpha=alpha, rho=rho, params=params), builder)

    @staticmethod
    def measure(network):
        return measure(network, METRICS)

    def plain(self, setting):
        """The costs at a setting; None where there is no network."""
        try:
            return measure(self.build(setting, Builder), METRICS)
        except CostcalcError:
            return None

    def value(self, knob):
        if knob in WHOLES:
            return self.random.randint(1, 40)
        if knob == "rho":
            return Fraction(self.random.randint(8, 80), self.random.choice([64, 33]))
        return Fraction(self.random.randint(1, 150), self.random.choice([100, 64, 7]))

    def grid(self):
        """Three values of each knob."""
        axes = ([self.value(knob) for _ in range(3)] for knob in self.knobs)
        return Grid((3,) * len(self.knobs), list(enumerate(axes)))

    def setting(self):
        return tuple(map(self.value, self.knobs))


def subjects(seeds, is_open):
    for seed in seeds:
        try:
            yield Subject(seed, is_open)
        except CostcalcError:
            continue


SEEDS = [
    range(30),
    pytest.param(range(30, 70), marks=pytest.mark.slow),
]
OPEN = pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])


@OPEN
@pytest.mark.parametrize("seeds", SEEDS, ids=len)
def test_points(seeds, is_open):
    fine = faulty = 0
    for subject in subjects(seeds, is_open):
        for _ in range(12):
            setting = subject.setting()
            expected = subject.plain(setting)
            if expected is None:
                faulty += 1
                with pytest.raises(CostcalcError):
                    subject.traces.at(setting)
            else:
                fine += 1
                assert subject.traces.at(setting) == expected, (subject.file.path, setting)
    assert fine > faulty > 0  # both kinds are there


@OPEN
@pytest.mark.parametrize("seeds", SEEDS, ids=len)
def test_grids(seeds, is_open):
    for subject in subjects(seeds, is_open):
        axes = [[subject.value(knob) for _ in range(3)] for knob in subject.knobs]
        subject.traces = Traces(
            subject.build,
            subject.measure,
            dict(zip(subject.knobs, map(Bounds.of, axes), strict=True)),
            UNLIMITED,
            is_open=is_open,
        )
        grid = Grid((3,) * len(axes), list(enumerate(axes)))
        found = subject.traces.over(grid)
        for index in np.ndindex(grid.shape):
            expected = subject.plain(grid.setting(index))
            where = subject.file.path, grid.setting(index)
            assert (found.valid is None or found.valid[index]) == (expected is not None), where
            if expected is not None:
                assert {name: found.metrics[name][index] for name in METRICS} == expected, where
        for index in found.faults:
            assert subject.plain(grid.setting(index)) is None


@OPEN
@pytest.mark.parametrize("seeds", SEEDS, ids=len)
def test_breakpoints(seeds, is_open):
    """Between two breakpoints nothing changes, wherever the trace serves."""
    checked = 0
    for subject in subjects(seeds, is_open):
        setting = subject.setting()
        traced = subject.traces.trace(setting)
        if traced.error is not None:
            continue
        others = dict(zip(traced.trace.knobs, setting, strict=True))
        breaks = Breaks(traced.trace, "alpha", others, 100_000, UNLIMITED)
        try:
            places = breaks.between(Fraction(0), Fraction(2))
        except NotAffineError:
            continue
        ends = [Fraction(0), *places, Fraction(2)]
        assert ends == sorted(set(ends))

        def costs(alpha, traced=traced, others=others):
            values = at_point(traced.trace, {**others, "alpha": alpha})
            if values is None:
                return None
            return {name: form.at(values) for name, form in traced.metrics.items()}

        for place in sorted(subject.random.sample(range(len(ends) - 1), min(12, len(ends) - 1))):
            low, high = ends[place : place + 2]
            found = [costs(low + (high - low) * Fraction(part, 97)) for part in (1, 40, 96)]
            assert found[0] == found[1] == found[2], (subject.file.path, low, high)
            checked += 1
    assert checked > len(seeds)


@OPEN
def test_a_grid_is_cut_where_its_tables_are_large(is_open, monkeypatch):
    whole, cut, counts = [], [], []
    serve = tables.serve

    def counted(*arguments):
        counts[-1] += 1
        return serve(*arguments)

    monkeypatch.setattr(filling, "serve", counted)
    for found in (whole, cut):
        counts.append(0)
        for subject in subjects(range(20, 32), is_open):
            found.append(subject.traces.over(subject.grid()))
        monkeypatch.setattr(tables, "MAX_HELD", 200)
        monkeypatch.setattr(tables, "MAX_TABLE", 8)
    assert counts[1] > counts[0] > 0
    assert len(whole) == len(cut) > 5
    for one, other in zip(whole, cut, strict=True):
        same(one, other)


@OPEN
def test_a_trace_that_is_slower_than_its_network_is_not_run(is_open, monkeypatch):
    traced, plain = [], []
    for found in (traced, plain):
        for subject in subjects(range(20, 32), is_open):
            found.append(subject.traces.over(subject.grid()))
        monkeypatch.setattr(traces, "MAX_TERMS", 0)
        monkeypatch.setattr(filling, "serve", None)
    assert len(traced) == len(plain) > 5
    for one, other in zip(traced, plain, strict=True):
        same(one, other)


@OPEN
def test_which_traces_are_run_changes_nothing(is_open, monkeypatch):
    """Points that were built in plain numbers first, others served by a trace, in any order."""
    traced, mixed = [], []
    for found in (traced, mixed):
        for subject in subjects(range(20, 32), is_open):
            found.append(subject.traces.over(subject.grid()))
        chosen = Random(1)
        monkeypatch.setattr(traces, "_is_fast", lambda _, chosen=chosen: chosen.random() < 0.4)
    assert len(traced) == len(mixed) > 5
    for one, other in zip(traced, mixed, strict=True):
        same(one, other)


@OPEN
def test_a_setting_is_traced_once(is_open):
    for subject in subjects(range(12), is_open):
        settings = [subject.setting() for _ in range(4)]
        for count in range(2):
            for setting in settings:
                with suppress(CostcalcError):
                    subject.traces.at(setting)
            if count == 0:
                made = len(subject.traces.found)
        assert len(subject.traces.found) == made <= len(settings), subject.file.path


@pytest.mark.parametrize("count", [3, 2 * tracing.MAX_CLOSED])
def test_conditions_on_structure_are_closed_one_by_one_up_to_a_limit(count):
    params = ", ".join(f"k{n}: relu if alpha * {count} > {n} else gelu" for n in range(count))
    layers = ", ".join(f"$k{n}" for n in range(count))
    file = NetworkFile(f"input: [3, 4, 4]\nparams: {{{params}}}\nlayers: [{layers}]\n", "n.yaml")
    built = []

    def made(numbers, builder):
        built.append(builder)
        return build(file, Setting(alpha=numbers[0]), builder)

    own = Traces(made, Subject.measure, {"alpha": Bounds(False, 0, False)}, UNLIMITED, is_open=True)
    for place in range(count):
        alpha = Fraction(2 * place + 1, 2 * count)
        expected = measure(build(file, Setting(alpha=alpha)), METRICS)
        assert own.at((alpha,)) == expected
        if place == 0:
            assert len(built) == min(count, tracing.MAX_CLOSED + 1) + 1


def same(one, other):
    """Whether two costs are of the same networks; their faults may start at other points."""
    where = np.ones((3, 3, 3, 3), dtype=bool) if one.valid is None else one.valid
    assert (where == (True if other.valid is None else other.valid)).all()
    for metric in METRICS if where.any() else ():
        assert (one.metrics[metric][where] == other.metrics[metric][where]).all()
