"""Searches, against the cost at every breakpoint and between them (solve_oracle)."""

import json
from bisect import bisect_left
from fractions import Fraction
from itertools import product
from math import ceil, floor
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, event, example, given, note, settings
from hypothesis import strategies as st
from support.networks import NETWORKS
from support.solve_oracle import (
    COUNTS,
    Cell,
    Plateau,
    Table,
    cells,
    cost_of,
    divisible_steps,
    exceeded,
    integers,
    picked,
    wholes,
    width_steps,
    worst_ratio,
)

import costcalc
from costcalc.api import Model
from costcalc.errors import CostcalcError
from costcalc.explore import breakpoints as solving
from costcalc.explore import traces
from costcalc.explore.breakpoints import shortest_decimal
from costcalc.language.network_file import NetworkFile

WHOLE = ("resolution", "deep")
"""Knobs that take whole numbers in these tests."""

slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def model_of(text):
    return Model(NetworkFile(text, "net.yaml"), None)


def network(*layers, head="input: [3, 4, 4]"):
    """A network, one layer a line."""
    return model_of("\n".join([head, "layers:", *(f"  - {layer}" for layer in layers)]) + "\n")


def width(expression):
    """A layer of that width; by the expression's own rounding, alpha has no further part in it."""
    return f"pointwise_conv2d: {{out_channels: {json.dumps(expression)}}}"


F = Fraction


# A search against a table


def check(model, table, limits, **asked):
    """The search finds what the table holds; the solutions it finds."""
    if not table.known:
        with pytest.raises(CostcalcError):
            model.solve(limits, **asked)
        return []
    solved = model.solve(limits, **asked)
    assert solved.limits == limits
    assert [own.name for own in solved.domains] == table.names
    given = {name: asked[name] for name in ("alpha", "rho", "resolution") if name in asked}
    given |= asked.get("params", {})
    largest = table.largest(limits)
    if not largest:
        assert solved.solutions == []
        check_miss(model, table, limits, solved.nearest, given)
        return []
    assert solved.nearest is None
    assert len(solved.solutions) == len(largest)
    macs = [solution.counts["macs"] for solution in solved.solutions]
    assert macs == sorted(macs, reverse=True)
    waiting = list(largest)
    for solution in solved.solutions:
        index = next(place for place in waiting if is_at(solution, table, place))
        waiting.remove(index)
        check_solution(model, table, limits, solution, index, given)
    return solved.solutions


def is_at(solution, table, index):
    """Whether the plateaus of a solution hold a place of the table."""
    return all(
        solution.plateaus[name].low <= cell.inside <= solution.plateaus[name].high
        for name, axis, place in zip(table.names, table.axes, index, strict=True)
        for cell in [axis[place]]
    ) and Plateau(*solution.plateaus[table.names[0]]).holds(table.axes[0][index[0]].inside)


def check_solution(model, table, limits, solution, index, given):
    metrics = tuple(dict.fromkeys(("macs", "params", *limits)))
    first, *others = table.names
    assert list(solution.counts) == list(metrics)
    assert solution.counts == picked(table.costs[index], metrics)
    assert list(solution.knobs) == list(solution.plateaus) == table.names
    assert tuple(solution.plateaus[first]) == tuple(table.plateau(index, metrics))
    for axis, name in enumerate(others, 1):
        cell, found = table.axes[axis][index[axis]], solution.plateaus[name]
        # As large as the table has it there, or it could reach further.
        assert (found.high, found.high_open) == (cell.high, cell.is_open)
    for name, found in solution.plateaus.items():
        assert solution.knobs[name] == told(name, Plateau(*found), model)
    # Whatever values the plateaus are left at, the cost is the same.
    ways = [ends(name, found, model) for name, found in solution.plateaus.items()]
    for values in [list(solution.knobs.values()), *product(*ways)]:
        knobs = dict(zip(table.names, values, strict=True))
        assert picked(cost_of(model, **knobs, **given), metrics) == solution.counts
    above = table.above(index)
    if above is None:
        assert solution.next is None
        return
    assert solution.next.counts == picked(table.costs[above], metrics)
    assert solution.next.exceeds == exceeded(table.costs[above], limits) != []
    next_value = told(first, table.plateau(above, metrics), model)
    assert solution.next.knobs == {**solution.knobs, first: next_value}
    assert list(solution.next.knobs) == table.names


def told(name, plateau, model):
    """The value that stands for a plateau."""
    if name in WHOLE:
        return setting(name, plateau.high, model)
    return plateau.shortest()


def ends(name, plateau, model):
    """A value at each end of a plateau, or as near as is inside."""
    low, high, low_open, high_open = plateau
    if name in WHOLE:
        return [setting(name, low, model), setting(name, high, model)]
    near = Fraction(high - low) / 10**6
    return [low + near if low_open else low, high - near if high_open else high]


def setting(name, value, model):
    """A resolution is a height, with a width by the sides of the network's own input."""
    if name != "resolution":
        return value
    shapes = model.plan().inputs
    (height, width), *_ = (shape[1:] for shape in shapes.values() if len(shape) == 3)
    return int(value), max(1, floor(Fraction(value * width, height) + Fraction(1, 2)))


def check_miss(model, table, limits, miss, given):
    metrics = tuple(dict.fromkeys(("macs", "params", *limits)))
    assert list(miss.counts) == list(metrics)
    assert picked(cost_of(model, **miss.knobs, **given), metrics) == miss.counts
    assert miss.misses == {
        name: miss.counts[name] - limit
        for name, limit in limits.items()
        if miss.counts[name] > limit
    }
    assert worst_ratio(miss.counts, limits) == table.nearest_ratio(limits)


def draw_limits(data, table, most=2):
    """Limits at, just above or just below what some places of the table cost."""
    metrics = data.draw(st.lists(st.sampled_from(COUNTS), min_size=1, max_size=most, unique=True))
    limits = {}
    for metric in metrics:
        counts = data.draw(st.sampled_from(table.known))[metric] if table.known else 1
        limits[metric] = counts + data.draw(st.sampled_from([0, 0, -1, 1]))
    note(f"within {limits}")
    return limits


# Shipped networks and V3, whose structure changes with alpha


V2_WIDTHS = [16, 24, 32, 64, 96, 160, 320]
V3_SMALL_WIDTHS = [16, 24, 40, 48, 72, 88, 96, 120, 144, 240, 288, 576]


@pytest.fixture(scope="module")
def v2():
    """MobileNetV2 at every alpha up to 3/2; its head is divisible(1280 * max(1, alpha))."""
    high = Fraction(3, 2)
    steps = {Fraction(1)} | {s for s in divisible_steps(1280, 8, 0, high) if s >= 1}
    steps |= {step for one in V2_WIDTHS for step in divisible_steps(one, 8, 0, high)}
    model = costcalc.load("mobilenet_v2")
    return model, Table(model, {"alpha": cells(steps, 0, high)}, resolution=32)


@settings(slow, max_examples=15)
@given(data=st.data())
def test_mobilenet_v2(v2, data):
    model, table = v2
    check(model, table, draw_limits(data, table), ranges={"alpha": "0..1.5"}, resolution=32)


def test_mobilenet_v2_ends_where_nine_tenths_are_passed(v2):
    """At alpha 10/27, 24 channels are 80/9 and come out as 8; above it as 16."""
    model, table = v2
    limits = {"params": 1_690_072}
    (solution,) = check(model, table, limits, ranges={"alpha": "0..1.5"}, resolution=32)
    assert tuple(solution.plateaus["alpha"]) == (F(29, 80), F(10, 27), False, False)
    assert solution.knobs == {"alpha": F("0.37")}
    assert solution.next.knobs == {"alpha": F("0.371")}


@pytest.fixture(scope="module")
def v3_small():
    steps = {step for one in V3_SMALL_WIDTHS for step in divisible_steps(one, 8, 0, 1)}
    steps = {step for step in steps if step >= Fraction(1, 4)}
    model = costcalc.load(NETWORKS["mobilenet_v3_small"])
    axis = cells(steps, Fraction(1, 4), Fraction(3, 4), low_open=False)
    return model, Table(model, {"alpha": axis}, resolution=32)


@settings(slow, max_examples=10)
@given(data=st.data())
def test_mobilenet_v3_small(v3_small, data):
    model, table = v3_small
    check(model, table, draw_limits(data, table), ranges={"alpha": "1/4..3/4"}, resolution="32x32")


class Steps(NamedTuple):
    """A network whose cost never falls with alpha, costed where it is asked for."""

    model: Model
    row: list[Cell]
    known: dict[int, dict[str, int]]

    def costs(self, place):
        if place not in self.known:
            self.known[place] = cost_of(self.model, alpha=self.row[place].inside)
        return self.known[place]

    def highest(self, limits):
        """Cells from 0 up to below this one are within limits."""
        low, high = 0, len(self.row)
        while low < high:
            middle = (low + high) // 2
            if exceeded(self.costs(middle), limits):
                high = middle
            else:
                low = middle + 1
        return low


@pytest.fixture(scope="module")
def v1():
    """int(alpha * C) of widths up to 1024, each a divisor of it: steps at every 1/1024."""
    row = cells(integers(1024, 0, 0, 2), 0, 2)
    assert len(row) == 4096
    return Steps(costcalc.load("mobilenet"), row, {})


def check_v1(v1, limits):
    count = v1.highest(limits)
    solved = v1.model.solve(limits)
    if not count:
        assert solved.solutions == []
        assert solved.nearest.counts["macs"] == v1.costs(0)["macs"]
        return None
    (solution,) = solved.solutions
    metrics = tuple(dict.fromkeys(("macs", "params", *limits)))
    low = high = count - 1
    assert solution.counts == picked(v1.costs(high), metrics)
    while low > 0 and picked(v1.costs(low - 1), metrics) == solution.counts:
        low -= 1
    cell = v1.row[high]
    expected = Plateau(v1.row[low].low, cell.high, v1.row[low].is_open, cell.is_open)
    assert tuple(solution.plateaus["alpha"]) == tuple(expected)
    assert solution.knobs == {"alpha": expected.shortest()}
    if count == len(v1.row):
        assert solution.next is None
    else:
        assert solution.next.counts == picked(v1.costs(count), metrics)
        assert solution.next.exceeds == exceeded(v1.costs(count), limits)
        assert expected.high <= solution.next.knobs["alpha"] < expected.high + F(1, 1024)
    return solution


@settings(slow, max_examples=15)
@given(place=st.integers(0, 4095), one=st.sampled_from(COUNTS), off=st.sampled_from([0, 0, -1, 1]))
@example(place=4095, one="macs", off=0)
@example(place=4095, one="params", off=-1)
@example(place=4094, one="macs", off=0)
@example(place=0, one="macs", off=0)
@example(place=0, one="macs", off=-1)
@example(place=1, one="activations", off=-1)
def test_mobilenet(v1, place, one, off):
    check_v1(v1, {one: v1.costs(place)[one] + off})


def test_mobilenet_at_two_limits(v1):
    for macs, params in ((150, 1_300), (150, 1_340), (569, 4_231), (10_000, 3_000)):
        check_v1(v1, {"params": params * 1000, "macs": macs * 10**6})


def test_150_million():
    """Steps of 1/1000 would do here; those of 1/1024 are what there is."""
    solved = costcalc.load("mobilenet").solve({"macs": "150M"})
    (solution,) = solved.solutions
    assert solution.knobs == {"alpha": F("0.501")}
    assert solution.counts == {"macs": 149_561_298, "params": 1_333_888}
    assert tuple(solution.plateaus["alpha"]) == (F(513, 1024), F(257, 512), False, True)
    assert solution.next.knobs == {"alpha": F("0.502")}
    assert solution.next.counts == {"macs": 150_187_881, "params": 1_339_471}
    assert solution.next.exceeds == ["macs"]
    assert solved.nearest is None


def test_a_limit_may_be_reached():
    model = costcalc.load("mobilenet")
    (reached,) = model.solve({"macs": 149_561_298}).solutions
    assert reached.counts["macs"] == 149_561_298
    (below,) = model.solve({"macs": 149_561_297}).solutions
    assert tuple(below.plateaus["alpha"]) == (F(1, 2), F(513, 1024), False, True)
    assert below.next.counts["macs"] == 149_561_298


# Networks at random: layers whose widths, conditions and repeats are of one knob

LARGEST_WIDTH = 24
fractions = st.fractions(Fraction(1, 6), 3, max_denominator=6)


class Expr(NamedTuple):
    text: str
    steps: set[Fraction]


class Drawing:
    """Expressions of a knob x between low and high, with all its values where one may step."""

    def __init__(self, draw, x, low, high):
        self.draw = draw
        self.x = x
        self.low = low
        self.high = high
        self.steps = set()

    def of(self, *choices):
        return self.draw(st.sampled_from(choices))

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == 1

    def integers(self, rate, shift=0):
        return integers(rate, shift, self.low, self.high)

    def number(self):
        return self.draw(fractions)

    def by_channels(self, steps):
        return {step for channels in range(1, LARGEST_WIDTH + 1) for step in steps(channels)}

    def condition(self):
        x, (f, g) = self.x, sorted((self.number(), self.number()))
        word = self.of("<", "<=", ">", ">=", "==", "!=")
        n = self.of(2, 3, 5)
        kinds = [
            Expr(f"{x} {word} {f}", {f}),
            Expr(f"{f} <= {x} < {g}", {f, g}),
            Expr(f"{f} < {x} and {x} != {g}", {f, g}),
            Expr(f"not {x} > {f} or {x} == {g}", {f, g}),
            Expr(f"{x} * {n} {word} {f}", {f / n}),
            Expr(f"{n} - {x} {word} {f}", {n - f}),
            Expr("in_channels > 3", set()),
            Expr("in_width % 2 == 1", set()),
            Expr(f"in_channels * {x} {word} {n}", self.by_channels(lambda c: {Fraction(n, c)})),
            Expr(
                f"{x} % ({f}) {word} {f / n}",
                self.integers(1 / f) | {step + f / n for step in self.integers(1 / f)},
            ),
        ]
        return self.of(*kinds)

    def width(self):
        """At most LARGEST_WIDTH, and seldom less than 1."""
        x, f, a = self.x, self.number(), self.of(1, 2, 3, 4, 5, 7)
        c, d = self.of(1, 2, 3, 4), self.of(2, 3, 4)
        kind = self.of(*range(17))
        if kind == 0:
            text, steps = f"floor({x} * {a} + {f})", self.integers(a, f)
        elif kind == 1:
            text, steps = f"1 + ceil({x} * {a} / 3)", self.integers(Fraction(a, 3))
        elif kind == 2:
            text, steps = f"round({x} * {a})", self.integers(a, Fraction(1, 2))
        elif kind == 3:
            text, steps = f"1 + {x} // ({f})", self.integers(1 / f)
        elif kind == 4:
            text = f"1 + floor({a} * ({x} % ({f})))"
            starts = self.integers(1 / f)
            within = range(ceil(a * f) + 1)
            steps = {start + Fraction(k, a) for start in starts for k in within} | starts
        elif kind == 5:
            text = f"divisible({a} * max(1, {x}), {d})"
            steps = {Fraction(1)} | divisible_steps(a, d, self.low, self.high)
        elif kind == 6:
            text = f"divisible({x} * {a} + {c}, {d})"
            half, low = Fraction(a, d), Fraction(9 * a, 10 * d)
            steps = self.integers(half, Fraction(c, d) + Fraction(1, 2))
            steps |= self.integers(low, Fraction(9 * c, 10 * d))
        elif kind == 7:
            text = f"min({c}, {x} * {a} + {f}) // 1"
            steps = {(c - f) / a} | self.integers(a, f)
        elif kind == 8:
            text = f"floor(max({c}, {x} * {a} - {f}, {f}))"
            steps = {(c + f) / a, 2 * f / a} | self.integers(a, -f)
        elif kind == 9:
            condition = self.condition()
            text, steps = f"{a} if {condition.text} else {c}", condition.steps
        elif kind == 10:
            text = f"[{a}, {c}, {d}, 6][max(0, min(3, floor({x} * 2)))]"
            steps = self.integers(2)
        elif kind == 11:
            text = f"floor({x} * in_channels)"
            steps = self.by_channels(self.integers)
        elif kind == 12:
            text, steps = f"in_channels + {c}", set()
        elif kind == 13:
            text, steps = "in_channels // 2", set()
        elif kind == 14:  # a whole number at some points only
            text, steps = f"{x} * {a}", self.integers(a)
        elif kind == 15:
            text = f"floor({c} - {x} * {a} / 2) + 4"
            steps = self.integers(Fraction(-a, 2))
        else:
            text = f"floor({x} * {a} + {x} / 2 - ({f} - {x}))"
            steps = self.integers(Fraction(2 * a + 3, 2), -f)
        if kind == 14 and self.chance(2):
            return Expr(f"max(1, min(16, {text}))", steps | {Fraction(1, a), Fraction(16, a)})
        return Expr(f"max(1, min(16, {text}))" if kind != 14 else text, steps)

    def widths(self):
        return self.width()

    def repeat(self):
        a = self.of(1, 2, Fraction(3, 2))
        word, shift = self.of(("ceil", 0), ("floor", 0), ("round", Fraction(1, 2)))
        return Expr(f"max(0, min(3, {word}({self.x} * {a})))", self.integers(a, shift))

    def written(self, expression):
        self.steps |= expression.steps
        return json.dumps(expression.text)

    def layer(self):
        kind = self.of("pointwise_conv2d", "conv2d", "conv2d", "depthwise_conv2d")
        fields = {}
        if kind != "depthwise_conv2d":
            fields["out_channels"] = self.written(self.widths())
        if kind != "pointwise_conv2d":
            fields["kernel_size"] = self.of(2, 3)
        if self.chance(3):
            fields["stride"] = 2
        if kind == "conv2d" and self.chance(4):
            fields["groups"] = self.of(2, 3)
        if self.chance(4):
            fields["repeat"] = self.written(self.repeat())
        if self.chance(4):
            fields["when"] = self.written(self.condition())
        return f"{kind}: {{{', '.join(f'{k}: {v}' for k, v in fields.items())}}}"

    def layers(self):
        found = [self.layer() for _ in range(self.draw(st.integers(1, 4)))]
        if self.chance(2):
            features = self.written(self.widths())
            found += ["global_avg_pool", f"linear: {{out_features: {features}}}"]
        return found


class AlphaDrawing(Drawing):
    """Widths that alpha scales, besides."""

    def __init__(self, draw, low, high):
        super().__init__(draw, "alpha", low, high)
        self.rounding = self.of("floor", "nearest", "exact", 2, 3, 8)

    def scaled(self, number):
        return width_steps(number, self.rounding, self.low, self.high)

    def widths(self):
        n, c = self.of(1, 2, 3, 4, 5, 6), self.of(0, 1, 2, 3)
        kind = self.of("plain", "plain", "scaled", "of channels", "other")
        if kind == "plain":
            return Expr(str(n), self.scaled(n))
        if kind == "scaled":
            return Expr(f"scaled({n}) + {c}", self.scaled(n))
        if kind == "of channels":
            return Expr(f"min(16, 1 + scaled(in_channels - {c}))", self.by_channels(self.scaled))
        return self.width()

    def written(self, expression):
        text = super().written(expression)
        return expression.text if expression.text.isdigit() else text

    def head(self):
        rounding = self.rounding
        return f"rounding: {{divisor: {rounding}}}" * isinstance(rounding, int) or (
            f"rounding: {rounding}"
        )


def search_at_random(data, drawing, head, axis, **asked):
    layers = drawing.layers()
    model = network(*layers, head=head)
    note("\n".join([head, *layers]))
    table = Table(model, {drawing.x: axis(drawing.steps)})
    assume(len(table.known) or data.draw(st.booleans()))
    found = check(model, table, draw_limits(data, table), **asked)
    event(f"{'nothing' if not found else 'something'} fits")
    event(f"{'some' if None in table.costs.values() else 'no'} places without a network")


@pytest.mark.slow
@settings(slow, max_examples=80)
@given(data=st.data())
def test_random_networks_over_alpha(data):
    low, high = data.draw(st.sampled_from([(0, 2), (0, 2), (F(1, 4), F(3, 2)), (1, 1), (0, 1)]))
    drawing = AlphaDrawing(data.draw, low, high)
    asked = {} if high == 2 else {"ranges": {"alpha": f"{low}..{high}"}}
    if low == high:
        axis = lambda steps: [Cell(F(low), F(low))]  # noqa: E731
    else:
        axis = lambda steps: cells(steps, low, high, low_open=low == 0)  # noqa: E731
    head = f"input: [3, 5, 6]\n{drawing.head()}"
    search_at_random(data, drawing, head, axis, **asked)


@pytest.mark.slow
@settings(slow, max_examples=30)
@given(data=st.data(), height=st.integers(1, 9), width=st.integers(1, 9))
def test_random_networks_over_rho(data, height, width):
    """Sides are rounded to the nearest, half up, and are at least 1."""
    drawing = Drawing(data.draw, "rho", 0, 2)
    drawing.steps = integers(height, F(1, 2), 0, 2) | integers(width, F(1, 2), 0, 2)
    head = f"input: [3, {height}, {width}]"
    search_at_random(data, drawing, head, lambda steps: cells(steps, 0, 2), vary="rho")


@pytest.mark.slow
@settings(slow, max_examples=40)
@given(data=st.data())
def test_random_networks_over_a_param(data):
    """A param that is a fraction takes any, also below 0 where a range says so."""
    low, high, text = data.draw(
        st.sampled_from([(0, 3, None), (F(-3, 2), 2, "-1.5..2"), (0, 1, "0..1"), (1, 4, "1..4")])
    )
    drawing = Drawing(data.draw, "x", low, high)
    ranges = {} if text is None else {"x": text}
    search_at_random(
        data,
        drawing,
        "input: [3, 5, 6]\nparams: {x: 1.5}",
        lambda steps: cells(steps, low, high, low_open=text is None),
        vary="x",
        ranges=ranges,
    )


# Roundings, one by one

EVERY_WIDTH = [1, 3, 5, 8, 12]


@pytest.mark.parametrize("rounding", ["floor", "nearest", "exact", 4, 8, 5])
def test_every_rounding(rounding):
    """Each plateau there is, found by a limit that it reaches."""
    text = f"{{divisor: {rounding}}}" if isinstance(rounding, int) else rounding
    model = network(
        *(f"pointwise_conv2d: {{out_channels: {one}}}" for one in EVERY_WIDTH),
        head=f"input: [3, 2, 2]\nrounding: {text}",
    )
    steps = {step for one in EVERY_WIDTH for step in width_steps(one, rounding, 0, 2)}
    table = Table(model, {"alpha": cells(steps, 0, 2)})
    counts = sorted({costs["macs"] for costs in table.known})
    assert len(counts) == {"exact": 2}.get(rounding, len(counts))
    for macs in (*counts, counts[0] - 1, counts[-1] + 1):
        check(model, table, {"macs": macs})


def test_exact_rounding_leaves_points_only():
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        "pointwise_conv2d: {out_channels: 6}",
        head="input: [3, 4, 4]\nrounding: exact",
    )
    (solution,) = model.solve({"macs": 16 * (3 * 6 + 6 * 9)}).solutions
    assert tuple(solution.plateaus["alpha"]) == (F(3, 2), F(3, 2), False, False)
    assert solution.next.knobs == {"alpha": 2}


def test_a_width_of_no_whole_number_is_no_network():
    model = network(width("alpha * 3"))
    (solution,) = model.solve({"macs": 3 * 5 * 16}).solutions
    assert solution.knobs == {"alpha": F(5, 3)}
    assert tuple(solution.plateaus["alpha"]) == (F(5, 3), F(5, 3), False, False)
    assert solution.next.knobs == {"alpha": 2}


def test_scaled_of_a_width_that_varies():
    """scaled(0) is 0, and of less there is no network, wherever a width depends on alpha."""
    model = network("pointwise_conv2d: {out_channels: 4}", width("scaled(in_channels - 2) + 1"))
    steps = integers(4, 0, 0, 2) | {s for n in range(1, 7) for s in integers(n, 0, 0, 2)}
    table = Table(model, {"alpha": cells(steps, 0, 2)})
    assert table.costs[(0,)] is None
    for costs in table.known:
        check(model, table, {"macs": costs["macs"]})


# Expressions, one by one: each alone, so that nothing else cuts the range where it steps

ALONE = {
    # the expression of a width: where it may step
    "floor(alpha * 7 / 3) + 1": integers(F(7, 3), 0, 0, 2),
    "ceil(alpha * 3)": integers(3, 0, 0, 2),
    "round(alpha * 3) + 1": integers(3, F(1, 2), 0, 2),
    "9 - floor(alpha * 3)": integers(3, 0, 0, 2),
    "9 + floor(-alpha * 3)": integers(3, 0, 0, 2),
    "alpha // (2/5) + 1": integers(F(5, 2), 0, 0, 2),
    "floor((alpha - 1/7) / (2/5)) + 2": integers(F(5, 2), F(-5, 14), 0, 2),
    "floor(5 * (alpha % (3/4))) + 1": integers(5, 0, 0, 2)
    | {F(3, 4), F(3, 2)}
    | integers(5, F(-15, 4), 0, 2)
    | integers(5, F(-15, 2), 0, 2),
    "floor(alpha + alpha * 2 - (1/2 - alpha)) + 2": integers(4, F(-1, 2), 0, 2),
    "floor(min(5/2, alpha * 4)) + 1": {F(5, 8)} | integers(4, 0, 0, 2),
    "floor(max(5/2, alpha * 4)) + 1": {F(5, 8)} | integers(4, 0, 0, 2),
    "floor(min(alpha * 4, 5/2)) + 1": {F(5, 8)} | integers(4, 0, 0, 2),
    "floor(max(alpha * 4, 5/2)) + 1": {F(5, 8)} | integers(4, 0, 0, 2),
    "floor(4 * max(1/3, alpha, 3 - 2 * alpha)) + 1": {F(1, 3), F(1), F(4, 3)}
    | integers(4, 0, 0, 2)
    | integers(8, 0, 0, 2),
    "floor(4 * min(5/3, alpha, 3 - 2 * alpha)) + 9": {F(2, 3), F(1), F(5, 3)}
    | integers(4, 0, 0, 2)
    | integers(8, 0, 0, 2),
    "divisible(5 * max(1/3, alpha), 3)": {F(1, 3)} | divisible_steps(5, 3, 0, 2),
    "divisible(20 * alpha)": divisible_steps(20, 8, 0, 2),
    "3 if alpha < 1/7 else 4": {F(1, 7)},
    "3 if 1/7 < alpha else 4": {F(1, 7)},
    "3 if alpha <= 1/7 else 4": {F(1, 7)},
    "3 if alpha > 1/7 else 4": {F(1, 7)},
    "3 if alpha >= 1/7 else 4": {F(1, 7)},
    "3 if alpha == 1/7 else 4": {F(1, 7)},
    "3 if alpha != 1/7 else 4": {F(1, 7)},
    "3 if 1/7 < alpha <= 1/5 else 4": {F(1, 7), F(1, 5)},
    "3 if 1 - alpha > 6/7 or alpha * 7 > 12 else 4": {F(1, 7), F(12, 7)},
    "3 if not (alpha < 1/7 and true) else 4": {F(1, 7)},
    "3 if floor(alpha * 5) % 2 == 1 else 4": integers(5, 0, 0, 2),
    "[3, 5, 1, 4, 2][floor(alpha * 2)]": integers(2, 0, 0, 2),
    "[3, 5, 1][alpha]": {F(1)},
    "alpha * 3": integers(3, 0, 0, 2),
    "scaled(3) + scaled(5)": integers(3, 0, 0, 2) | integers(5, 0, 0, 2),
    "scaled(7/2)": integers(F(7, 2), 0, 0, 2),
}


@pytest.mark.parametrize("expression", ALONE)
def test_every_expression(expression):
    model = network(width(expression), head="input: [3, 1, 1]")
    table = Table(model, {"alpha": cells(ALONE[expression], 0, 2)})
    for macs in {costs["macs"] for costs in table.known}:
        check(model, table, {"macs": macs})
        check(model, table, {"macs": macs - 1})
    part = cells(ALONE[expression], F(1, 9), F(17, 9), low_open=False)
    table = Table(model, {"alpha": part})
    for macs in {costs["macs"] for costs in table.known}:
        check(model, table, {"macs": macs}, ranges={"alpha": "1/9..17/9"})


# Cost that falls where a knob grows


def test_a_plateau_that_fits_above_one_that_does_not():
    model = network("pointwise_conv2d: {out_channels: 8}", width("9 if alpha < 1 else 1"))
    limit = 16 * (3 * 10 + 10)
    (solution,) = model.solve({"macs": limit}).solutions
    assert tuple(solution.plateaus["alpha"]) == (F(5, 4), F(11, 8), False, True)
    assert solution.counts["macs"] == limit
    below = [cost_of(model, alpha=F(alpha, 8))["macs"] for alpha in (3, 4, 7, 8)]
    assert [macs > limit for macs in below] == [False, True, True, False]
    assert solution.next.exceeds == ["macs"]


def test_what_is_next_stands_above_and_not_below():
    """It fits up to the end: that alphas below do not fit is not what is asked."""
    model = network(width("9 if alpha < 1 else 1"))
    (solution,) = model.solve({"macs": 48}).solutions
    assert tuple(solution.plateaus["alpha"]) == (1, 2, False, False)
    assert solution.knobs == {"alpha": 1}
    assert solution.next is None


def test_a_single_value_in_the_midst():
    model = network(width("3 if alpha == 1/3 else 4"))
    (solution,) = model.solve({"macs": 16 * 9}).solutions
    assert solution.knobs == {"alpha": F(1, 3)}
    assert tuple(solution.plateaus["alpha"]) == (F(1, 3), F(1, 3), False, False)
    assert solution.next.knobs == {"alpha": 1}
    assert solution.next.counts["macs"] == 16 * 12


def test_a_single_value_is_left_out():
    model = network(width("3 if alpha != 1/3 else 4"))
    (solution,) = model.solve({"macs": 16 * 9}).solutions
    assert tuple(solution.plateaus["alpha"]) == (F(1, 3), 2, True, False)
    assert solution.next is None


def test_layers_that_alpha_switches_off():
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        "conv2d: {out_channels: 8, kernel_size: 3, when: alpha < 3/4}",
        "pointwise_conv2d: {out_channels: 8, repeat: ceil(alpha * 2)}",
    )
    steps = {F(3, 4)} | integers(8, 0, 0, 2)
    table = Table(model, {"alpha": cells(steps, 0, 2)})
    falls = [a["macs"] > b["macs"] for a, b in zip(table.known, table.known[1:], strict=False)]
    assert sum(falls) == 1
    for costs in table.known:
        for off in (-1, 0):
            check(model, table, {"macs": costs["macs"] + off})
            check(model, table, {"params": costs["params"] + off})


def test_places_without_a_network_are_passed_over():
    """What is next is the first network above: groups fit even widths only."""
    model = network(
        "conv2d: {out_channels: 4, kernel_size: 1}",
        "conv2d: {out_channels: 2, kernel_size: 1, groups: 2}",
    )
    table = Table(model, {"alpha": cells(integers(4, 0, 0, 2), 0, 2)})
    assert None in table.costs.values()
    for costs in table.known:
        check(model, table, {"macs": costs["macs"]})
        check(model, table, {"macs": costs["macs"] - 1})


def test_a_plateau_does_not_reach_over_a_gap():
    model = network(
        "conv2d: {out_channels: 2, kernel_size: 1, padding: 0, groups: '2 if alpha == 1 else 1'}"
    )
    table = Table(model, {"alpha": cells(integers(2, 0, 0, 2), 0, 2)})
    assert table.costs[(3,)] is None
    (solution,) = check(model, table, {"macs": 16 * 9})
    assert tuple(solution.plateaus["alpha"]) == (F(3, 2), 2, False, True)
    (solution,) = check(model, table, {"macs": 16 * 6})
    assert tuple(solution.plateaus["alpha"]) == (1, F(3, 2), True, True)


def test_no_network_is_not_one_that_costs_nothing():
    model = network("max_pool2d: {kernel_size: '9 if alpha == 1 else 1', padding: valid}")
    (solution,) = model.solve({"macs": 0}).solutions
    assert tuple(solution.plateaus["alpha"]) == (1, 2, True, False)
    (solution,) = model.solve({"macs": 0}, ranges={"alpha": "0..1"}).solutions
    assert tuple(solution.plateaus["alpha"]) == (0, 1, True, True)
    assert solution.next is None


# Sizes


RECTANGLES = [(8, 8), (9, 6), (6, 9), (7, 3), (3, 7), (1, 5), (12, 1)]


@pytest.mark.parametrize(("height", "width"), RECTANGLES)
def test_resolution(height, width):
    """Heights up to twice the network's own, each with a width by its sides."""
    model = network(
        "conv2d: {out_channels: 4, kernel_size: 3, stride: 2}",
        "pointwise_conv2d: {out_channels: 5, when: in_width > 2}",
        head=f"input: [2, {height}, {width}]",
    )
    table = Table(
        model,
        {"resolution": wholes(1, 2 * height)},
        value=lambda name, value: setting(name, value, model),
    )
    for costs in table.known:
        for off in (0, -1):
            check(model, table, {"macs": costs["macs"] + off}, vary="resolution")
    asked = {"resolution": "2..3"}
    part = Table(
        model,
        {"resolution": wholes(2, 3)},
        value=lambda name, value: setting(name, value, model),
    )
    check(model, part, {"macs": 10**9}, ranges=asked)
    check(model, part, {"macs": 1}, ranges=asked)


def test_a_resolution_of_a_rectangle():
    """16×8 is three times as wide as high; heights of one width cost what they cost."""
    model = network("pointwise_conv2d: {out_channels: 1}", head="input: [1, 4, 12]")
    (solution,) = model.solve({"macs": 5 * 15}, vary=["resolution"]).solutions
    assert solution.knobs == {"resolution": (5, 15)}
    assert solution.next.knobs == {"resolution": (6, 18)}
    assert solution.next.counts == {"macs": 108, "params": 2}
    (solution,) = (
        network("pointwise_conv2d: {out_channels: 1}", head="input: [1, 6, 1]")
        .solve({"macs": 8}, vary="resolution")
        .solutions
    )
    assert solution.knobs == {"resolution": (8, 1)}


def test_a_resolution_plateau_is_of_whole_numbers():
    (solution,) = costcalc.load("mobilenet").solve({"macs": "150M"}, vary="resolution").solutions
    assert solution.knobs == {"resolution": (112, 112)}
    assert tuple(solution.plateaus["resolution"]) == (111, 112, False, False)
    assert solution.next.knobs == {"resolution": (114, 114)}
    assert solution.counts["macs"] == 148_903_168
    assert solution.next.counts["macs"] == 175_722_176


def test_sizes_that_are_too_small_are_passed_over():
    model = network(
        "conv2d: {out_channels: 4, kernel_size: 5, padding: valid}", head="input: [3, 9, 9]"
    )
    table = Table(
        model, {"resolution": wholes(1, 18)}, value=lambda name, value: (int(value), int(value))
    )
    assert len(table.known) == 14
    for costs in table.known:
        check(model, table, {"macs": costs["macs"]}, vary="resolution")
    solved = model.solve({"macs": 1}, vary="resolution")
    assert solved.nearest.knobs == {"resolution": (5, 5)}
    assert solved.nearest.misses == {"macs": 299}


def test_the_size_of_the_first_input_that_has_one():
    model = network(
        "pointwise_conv2d: {from: b, out_channels: 2}",
        head="input: {a: [5], b: [1, 4, 2]}",
    )
    (solution,) = model.solve({"macs": 2 * 5 * 3}, vary="resolution").solutions
    assert solution.knobs == {"resolution": (5, 3)}


# Params


def test_a_whole_param():
    model = costcalc.load("mobilenet")
    table = Table(model, {"deep": wholes(0, 10)}, resolution=32)
    for costs in table.known:
        check(model, table, {"macs": costs["macs"]}, vary="deep", resolution=32)
        check(model, table, {"macs": costs["macs"] - 1}, vary=["deep"], resolution=32)
    part = Table(model, {"deep": wholes(2, 4)}, resolution=32)
    for costs in part.known:
        check(model, part, {"macs": costs["macs"]}, ranges={"deep": "2..4"}, resolution=32)


def test_a_whole_param_over_fractions_holds_where_it_is_whole():
    (solution,) = (
        costcalc.load("mobilenet").solve({"macs": "1G"}, ranges={"deep": "1/2..7/2"}).solutions
    )
    assert solution.knobs == {"deep": 3}
    assert tuple(solution.plateaus["deep"]) == (3, 3, False, False)
    assert solution.next is None


def test_a_param_that_is_a_fraction():
    model = network(
        "pointwise_conv2d: {out_channels: 4, repeat: ceil(depth * 3)}",
        head="input: [3, 4, 4]\nparams: {depth: 1.1}",
    )
    (solution,) = model.solve({"macs": 16 * (12 + 4 * 16)}, vary="depth").solutions
    assert tuple(solution.plateaus["depth"]) == (F(4, 3), F(5, 3), True, False)
    assert solution.knobs == {"depth": F("1.4")}
    assert solution.next.knobs == {"depth": 2}
    (solution,) = model.solve({"macs": 10**9}, vary="depth").solutions
    assert tuple(solution.plateaus["depth"]) == (2, F("2.2"), True, False)
    assert solution.next is None


def test_a_param_that_is_a_width_is_scaled():
    """Alpha times it is rounded, as of a width that is written."""
    model = network(
        "pointwise_conv2d: {out_channels: wide_channels}",
        head="input: [3, 4, 4]\nalpha: 3/2\nparams: {wide_channels: 2.5}",
    )
    (solution,) = model.solve({"macs": 16 * 9}, vary="wide_channels").solutions
    assert tuple(solution.plateaus["wide_channels"]) == (2, F(8, 3), False, True)
    (solution,) = model.solve({"macs": 16 * 9}, vary="wide_channels", alpha=1).solutions
    assert tuple(solution.plateaus["wide_channels"]) == (3, 4, False, True)


@pytest.mark.parametrize("text", ["-3", "-1.5"])
def test_a_param_below_0_is_looked_for_between_twice_it_and_0(text):
    model = network(
        "pointwise_conv2d: {out_channels: floor(x + 9)}",
        head=f"input: [3, 4, 4]\nparams: {{x: {text}}}",
    )
    (solution,) = model.solve({"macs": 48 * 7}, vary="x").solutions
    assert solution.counts["macs"] == 48 * 7
    assert tuple(solution.plateaus["x"])[:2] == ((-2, -2) if text == "-3" else (-2, -1))


def test_a_param_of_0():
    model = network(
        "pointwise_conv2d: {out_channels: x + 2}", head="input: [3, 4, 4]\nparams: {x: 0}"
    )
    (solution,) = model.solve({"macs": 1000}, vary="x").solutions
    assert solution.knobs == {"x": 0}
    (solution,) = model.solve({"macs": 48}, ranges={"x": "-5..5"}).solutions
    assert solution.knobs == {"x": -1}
    assert tuple(solution.plateaus["x"]) == (-1, -1, False, False)


# Several knobs


class Several(NamedTuple):
    model: Model
    axes: dict[str, list[Cell]]
    asked: dict[str, object]


def several():
    """Networks of several knobs, by name; each with all the steps there may be."""
    alphas = cells(integers(12, 0, 0, 2), 0, 2)
    plain = network(
        "conv2d: {out_channels: 4, kernel_size: 3, stride: 2}",
        "pointwise_conv2d: {out_channels: 6}",
    )
    yield (
        "alpha and resolution",
        Several(plain, {"alpha": alphas, "resolution": wholes(1, 8)}, {}),
    )
    yield (
        "resolution and alpha",
        Several(plain, {"resolution": wholes(1, 8), "alpha": alphas}, {}),
    )
    model = network(
        "pointwise_conv2d: {out_channels: 3}",
        "pointwise_conv2d: {out_channels: 2, when: alpha < 3/4}",
        "depthwise_conv2d: {kernel_size: 3, multiplier: 2, when: rho > 3/2}",
        head="input: [3, 5, 3]\nrounding: nearest",
    )
    steps = {F(3, 4)} | integers(3, F(1, 2), 0, 2) | integers(2, F(1, 2), 0, 2)
    sides = {F(3, 2)} | integers(5, F(1, 2), 0, 2) | integers(3, F(1, 2), 0, 2)
    axes = {"alpha": cells(steps, 0, 2), "rho": cells(sides, 0, 2)}
    yield "alpha and rho", Several(model, axes, {})
    yield "rho and alpha", Several(model, dict(reversed(axes.items())), {})
    model = network(
        "pointwise_conv2d: {out_channels: 4, repeat: deep}",
        width("9 if alpha < 1/2 else 2"),
        head="input: [3, 4, 4]\nparams: {deep: 2}",
    )
    axes = {"deep": wholes(1, 3), "alpha": cells(integers(4, 0, 0, 1), 0, 1)}
    ranges = {"deep": "1..3", "alpha": "0..1"}
    yield "a cost that falls", Several(model, axes, {"ranges": ranges})
    yield (
        "a cost that falls, by alpha",
        Several(model, dict(reversed(axes.items())), {"ranges": ranges}),
    )
    # Numbers of which alpha is one part, and what varies with another knob the other.
    steps = integers(4, 0, 0, 2) | integers(F(5, 3), 0, 0, 2)
    axes = {"alpha": cells(steps, 0, 2), "resolution": wholes(1, 8)}
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("floor(alpha * 5 / 3 + in_channels * in_height)"),
    )
    yield "a sum", Several(model, axes, {})
    yield "a sum, by resolution", Several(model, dict(reversed(axes.items())), {})
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("max(1, floor(in_channels * in_height - alpha * 5 / 3))"),
    )
    yield "a difference", Several(model, axes, {})
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("3 if in_channels * in_height < 9 * alpha / 2 + 7 else 4"),
    )
    steps = integers(4, 0, 0, 2) | integers(F(9, 2), 0, 0, 2)
    axes = {"alpha": cells(steps, 0, 2), "resolution": wholes(1, 8)}
    yield "a comparison", Several(model, axes, {})
    # No step says where x chooses: only what a trace is of does.
    model = network(
        "conv2d: {out_channels: deep, kernel_size: 3, padding: 'mode if deep < 3 * x else other'}",
        head="input: [3, 6, 6]\nparams: {mode: same, other: valid, x: 1.5, deep: 3}",
    )
    axes = {"x": cells(integers(3, 0, 0, 3), 0, 3, low_open=False), "deep": wholes(1, 8)}
    asked = {"ranges": {"x": "0..3", "deep": "1..8"}}
    yield "a choice of words", Several(model, axes, asked)
    products = {c * h for c in range(1, 9) for h in range(1, 5)}
    steps = {F(5, n) for n in products} | {s for n in products for s in integers(F(n, 4), 0, 0, 2)}
    axes = {"alpha": cells(steps, 0, 2), "resolution": wholes(1, 4)}
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("floor(max(5, alpha * in_channels * in_height) / 4)"),
    )
    asked = {"ranges": {"resolution": "1..4"}}
    yield "a largest of", Several(model, axes, asked)
    yield "a largest of, by resolution", Several(model, dict(reversed(axes.items())), asked)
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("1 + floor(alpha * (in_channels * in_height) / 4)"),
    )
    yield "a product", Several(model, axes, asked)
    model = network(
        "pointwise_conv2d: {out_channels: 2}",
        "conv2d: {out_channels: 4, kernel_size: 2, repeat: deep, padding: valid}",
        width("max(1, floor(x * 3))"),
        head="input: [3, 3, 4]\nparams: {deep: 1, x: 1.5}",
    )
    axes = {
        "alpha": cells(integers(4, 0, 0, 1), F(1, 4), 1, low_open=False),
        "resolution": wholes(1, 4),
        "deep": wholes(0, 2),
    }
    ranges = {"alpha": "1/4..1", "resolution": "1..4", "deep": "0..2"}
    yield "three", Several(model, axes, {"ranges": ranges})
    axes = {
        "deep": wholes(0, 2),
        "x": cells(integers(3, 0, 0, 1), 0, 1, low_open=False),
        "alpha": cells(integers(4, 0, 0, 1), 0, 1),
    }
    ranges = {"deep": "0..2", "x": "0..1", "alpha": "0..1"}
    yield "three others", Several(model, axes, {"ranges": ranges, "resolution": "4x4"})


SEVERAL = dict(several())


@pytest.fixture(scope="module")
def tables():
    """The table of each, once it is made."""
    return {}


@pytest.mark.parametrize("name", SEVERAL)
@settings(slow, max_examples=10)
@given(data=st.data())
def test_several_knobs(tables, name, data):
    model, axes, asked = SEVERAL[name]
    if name not in tables:
        fixed = {"resolution": (4, 4)} if asked.get("resolution") else {}
        tables[name] = Table(model, axes, lambda name, value: setting(name, value, model), **fixed)
    limits = draw_limits(data, tables[name])
    vary = list(axes) if data.draw(st.booleans()) or "ranges" not in asked else None
    if vary is None and list(asked["ranges"]) != list(axes):
        vary = list(axes)
    check(model, tables[name], limits, vary=vary, **asked)


def test_mobilenet_by_alpha_and_resolution():
    """No count falls with either knob: of each size, the widest alpha is found by halving."""
    model = costcalc.load("mobilenet")
    limits = {"macs": 13_000_000, "params": 600_000}
    low, high = F(1, 4), F(1, 3)
    row = cells(integers(1024, 0, low, high), low, high, low_open=False)

    def widest(size):
        def too_much(cell):
            return bool(exceeded(cost_of(model, alpha=cell.inside, resolution=size), limits))

        return bisect_left(row, True, key=too_much) - 1

    expected, reached = [], -1
    for size in range(128, 95, -1):
        place = widest(size)
        if place > reached:
            expected.append((row[place].high, row[place].is_open, (size, size)))
            reached = place
    assert len(expected) > 5
    for names in (["alpha", "resolution"], ["resolution", "alpha"]):
        ranges = {"alpha": "1/4..1/3", "resolution": "96..128"}
        solved = model.solve(limits, vary=names, ranges=ranges)
        assert sorted(expected) == sorted(
            (plateau.high, plateau.high_open, solution.knobs["resolution"])
            for solution in solved.solutions
            for plateau in [solution.plateaus["alpha"]]
        )
        for solution in solved.solutions:
            counts = cost_of(model, **solution.knobs)
            assert solution.counts == picked(counts, ("macs", "params"))


def test_the_second_knob_keeps_to_where_any_values_fit_together():
    """Alone, each knob could go down to 0; together they would pass what a layer costs."""
    model = network(
        width("2 + 2"), width("9 if alpha < 1 and rho < 1 else 1"), head="input: [1, 1, 1]"
    )
    for names in (["alpha", "rho"], ["rho", "alpha"]):
        (solution,) = model.solve({"macs": 8}, vary=names, ranges={"rho": "0..1.4"}).solutions
        first, second = (tuple(plateau) for plateau in solution.plateaus.values())
        high = {"alpha": 2, "rho": F(7, 5)}
        assert first == (0, high[names[0]], True, False)
        assert second == (high[names[1]], high[names[1]], False, False)
        ways = [ends(name, found, model) for name, found in solution.plateaus.items()]
        for values in product(*ways):
            assert cost_of(model, **dict(zip(names, values, strict=True)))["macs"] == 8


# The short decimal


@st.composite
def plateaus(draw):
    kind = draw(st.sampled_from(["decimals", "fractions", "narrow", "point"]))
    if kind == "decimals":
        unit = 10 ** draw(st.integers(0, 6))
        low, high = (Fraction(draw(st.integers(-50, 2000)), unit) for _ in range(2))
    elif kind == "fractions":
        low, high = (draw(st.fractions(-2, 2, max_denominator=2000)) for _ in range(2))
    else:
        low = draw(st.fractions(0, 2, max_denominator=50))
        high = low + Fraction(draw(st.integers(1, 99)), 10 ** draw(st.integers(2, 38)))
    low, high = sorted((low, high))
    if kind == "point" or low == high:
        return solving.Plateau(low, low, False, False)
    return solving.Plateau(low, high, draw(st.booleans()), draw(st.booleans()))


def decimals(plateau, places):
    """The least of the decimals of so many places in a plateau; None where there is none."""
    low, high, low_open, high_open = plateau
    unit = 10**places
    first = floor(low * unit) + 1 if low_open else ceil(low * unit)
    last = ceil(high * unit) - 1 if high_open else floor(high * unit)
    return Fraction(first, unit) if first <= last else None


@settings(max_examples=300)
@given(plateaus())
@example(solving.Plateau(0, 2, True, False))
@example(solving.Plateau(0, 1, True, True))
@example(solving.Plateau(0, 1, False, True))
@example(solving.Plateau(1, 2, True, False))
@example(solving.Plateau(F(1, 2), F(3, 5), True, True))
@example(solving.Plateau(F(1, 2), F(3, 5), False, True))
@example(solving.Plateau(F(1, 2), F(3, 5), True, False))
@example(solving.Plateau(F(1, 3), F(1, 3), False, False))
@example(solving.Plateau(F(-1, 3), F(-1, 4), True, True))
@example(solving.Plateau(F(-3, 2), F(-1, 2), False, False))
def test_shortest_decimal(plateau):
    """Inside, ends and all; none is shorter, and none of its length is less."""
    value = shortest_decimal(plateau)
    assert Plateau(*plateau).holds(value)
    assert type(value) is (int if value == int(value) else Fraction)
    places = next((n for n in range(40) if decimals(plateau, n) is not None), None)
    if places is None:
        assert value == Fraction(plateau.low + plateau.high) / 2
    else:
        assert value == decimals(plateau, places)


def test_the_middle_where_no_decimal_is_short():
    low = F(1, 3)
    narrow = solving.Plateau(low, low + F(1, 10**45), True, True)
    assert shortest_decimal(narrow) == low + F(1, 2 * 10**45)


# Nothing fits


def test_the_nearest_is_the_smallest():
    solved = costcalc.load("mobilenet").solve({"macs": 1})
    assert solved.solutions == []
    assert solved.nearest.knobs == {"alpha": F("0.001")}
    assert solved.nearest.counts == {"macs": 556_268, "params": 2_211}
    assert solved.nearest.misses == {"macs": 556_267}


def test_the_nearest_by_the_metric_that_is_furthest_off():
    """As a ratio: 10,300 macs are little more than 9,000, and 3,061 params thirty times 100."""
    model = network(
        width("100 if alpha < 1 else 30"),
        "global_avg_pool: {when: alpha < 1}",
        "flatten: {when: alpha >= 1}",
        "linear: {out_features: 3 if alpha < 1 else 1}",
        head="input: [1, 10, 10]",
    )
    table = Table(model, {"alpha": cells({F(1)}, 0, 2)})
    low, _, high, _ = ((costs["macs"], costs["params"]) for costs in table.known)
    assert (low, high) == ((10_300, 503), (6_000, 3_061))
    solved = model.solve({"macs": 9000, "params": 100})
    assert solved.nearest.knobs == {"alpha": F("0.1")}
    assert solved.nearest.misses == {"macs": 1_300, "params": 403}
    for macs in (1000, 3000, 6000, 9000):
        for params in (10, 100, 1000):
            check(model, table, {"macs": macs, "params": params})


def test_the_nearest_of_what_there_is():
    """Where there is no network nothing is near, however little it would cost."""
    model = network("conv2d: {out_channels: 4, kernel_size: 1, groups: '2 if alpha < 1 else 1'}")
    solved = model.solve({"macs": 1})
    assert solved.nearest.knobs == {"alpha": 1}
    assert solved.nearest.misses == {"macs": 4 * 3 * 16 - 1}


def test_a_limit_of_nothing():
    """It cannot be passed by a ratio; the smallest is the nearest all the same."""
    solved = network(width("3 if alpha < 1 else 2")).solve({"macs": 0})
    assert solved.nearest.knobs == {"alpha": 1}
    assert solved.nearest.misses == {"macs": 96}
    solved = network(width("floor(alpha) + 1")).solve({"macs": 0, "params": 4})
    assert solved.nearest.misses == {"macs": 48}
    (solution,) = network("relu").solve({"macs": 0}).solutions
    assert tuple(solution.plateaus["alpha"]) == (0, 2, True, False)
    assert solution.knobs == {"alpha": 1}


# Large numbers


def test_counts_beyond_64_bits():
    area = 10**24
    model = network(width("1 + floor(alpha * 2)"), head="input: [3, 1000000000000, 1000000000000]")
    for fits, alpha in ((1, F("0.1")), (2, F("0.5")), (5, 2)):
        (solution,) = model.solve({"macs": 3 * fits * area}).solutions
        assert solution.knobs == {"alpha": alpha}
        assert solution.counts["macs"] == 3 * fits * area
    (solution,) = model.solve({"macs": 10**60}).solutions
    assert solution.knobs == {"alpha": 2}
    assert model.solve({"macs": 3 * area - 1}).nearest.misses == {"macs": 1}


def test_only_some_counts_beyond_64_bits():
    """Of parts of a range some are counted in Python's ints; they are compared with the others."""
    model = network(
        "pointwise_conv2d: {out_channels: 4}",
        width("2000000000000000000000 if alpha == 1/3 else 3000000000000000000"),
        "pointwise_conv2d: {out_channels: 1, when: alpha != 1/5}",
        head="input: [3, 1, 1]",
    )
    steps = {F(1, 3), F(1, 5)} | integers(4, 0, 0, 2)
    table = Table(model, {"alpha": cells(steps, 0, 2)})
    sizes = {costs["macs"] > 2**63 for costs in table.known}
    assert sizes == {True, False}
    for macs in {costs["macs"] for costs in table.known}:
        check(model, table, {"macs": macs})
        check(model, table, {"macs": macs - 1})


# From Python


def test_what_is_asked_for_in_python():
    model = costcalc.load("mobilenet")
    one = model.solve({"macs": "100M"}, resolution=160, params={"deep": 3})
    for other in (
        model.solve({"macs": 100_000_000}, vary="alpha", resolution="160", params={"deep": "3"}),
        model.solve({"macs": "0.1G"}, vary=["alpha"], resolution=(160, 160), params={"deep": 3}),
        model.solve({"macs": "1e8"}, ranges={"alpha": "0..2"}, rho="5/7", params={"deep": "1 + 2"}),
    ):
        assert other.solutions == one.solutions
    (solution,) = one.solutions
    known = cost_of(model, alpha=solution.knobs["alpha"], resolution=160, deep=3)
    assert solution.counts == picked(known, ("macs", "params"))
    assert one.limits == {"macs": 10**8}
    assert [axis.name for axis in one.plan.axes] == ["resolution"]
    assert one.plan.fixed_texts == {"deep": "3"}


def test_a_range_is_what_is_varied():
    solved = costcalc.load("mobilenet").solve({"macs": "500M"}, ranges={"deep": "0..7"}, alpha=1)
    assert [(own.name, own.low, own.high) for own in solved.domains] == [("deep", 0, 7)]
    (solution,) = solved.solutions
    assert solution.knobs == {"deep": 3}


def test_a_variant_by_its_name():
    shallow = costcalc.load("mobilenet_shallow").solve({"macs": "150M"})
    deep0 = costcalc.load("mobilenet").solve({"macs": "150M"}, params={"deep": 0})
    assert shallow.solutions == deep0.solutions
    assert shallow.plan.setting.variant == "mobilenet_shallow"


@pytest.mark.parametrize(
    ("text", "low", "high", "low_open"),
    [
        (None, 0, 2, True),
        ("0..1", 0, 1, True),
        ("0.25..1", F(1, 4), 1, False),
        (" 1/3 .. 4/3 ", F(1, 3), F(4, 3), False),
        ("2..5", 2, 5, False),
        ("1..1", 1, 1, False),
    ],
)
def test_ranges(text, low, high, low_open):
    model = network("relu")
    solved = model.solve({"macs": 1}, vary="alpha", ranges={} if text is None else {"alpha": text})
    (own,) = solved.domains
    assert (own.low, own.high, own.low_open, own.is_whole) == (low, high, low_open, False)
    (solution,) = solved.solutions
    assert tuple(solution.plateaus["alpha"]) == (low, high, low_open, False)


def test_the_networks_own_alpha_is_no_matter():
    """Alpha runs up to 2 whatever the network is written for."""
    model = network("pointwise_conv2d: {out_channels: 4}", head="input: [3, 4, 4]\nalpha: 1/4")
    (solution,) = model.solve({"macs": 10**6}).solutions
    assert solution.knobs == {"alpha": 2}
    (solution,) = model.solve({"macs": 10**6}, vary="resolution").solutions
    assert solution.counts["macs"] == 64 * 3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"limits": {}}, "there is no limit"),
        ({"limits": {"mac": 1}}, "did you mean 'macs'"),
        ({"limits": {"macs": "1.5"}}, "not a whole number"),
        ({"limits": {"macs": "many"}}, "'many' is not a limit"),
        ({"vary": "alhpa"}, "did you mean 'alpha'"),
        ({"vary": ["alpha", "alpha"]}, "twice"),
        ({"vary": ["rho", "resolution"]}, "one knob"),
        ({"vary": "alpha", "ranges": {"deep": "1..2"}}, "deep, which is not varied"),
        ({"vary": "alpha", "alpha": 1}, "alpha has a value and cannot be varied"),
        ({"vary": "rho", "resolution": 160}, "resolution has a value and cannot be varied"),
        ({"vary": "resolution", "rho": 1}, "rho has a value and cannot be varied"),
        ({"vary": "deep", "params": {"deep": 2}}, "deep has a value and cannot be varied"),
        ({"vary": "deep", "params": {"deep": "1..2"}}, "deep has a value and cannot be varied"),
        ({"rho": 1, "resolution": 160}, "not both"),
        ({"vary": "deep", "alpha": ["1/4", "1/2"]}, "alpha: give one value"),
        ({"params": {"classes": "10..20"}}, "classes: give one value"),
        ({"params": {"deeep": 1}}, "did you mean 'deep'"),
        ({"vary": "unit"}, "not a plain number"),
        ({"ranges": {"alpha": "2..1"}}, "write 1..2"),
        ({"ranges": {"alpha": "-1..1"}}, "below 0"),
        ({"ranges": {"rho": "-1/2..1"}}, "below 0"),
        ({"ranges": {"alpha": "0..0"}}, "has no value above 0"),
        ({"ranges": {"alpha": "1"}}, "not a range"),
        ({"ranges": {"alpha": "1..x"}}, "'x' is not a number"),
        ({"ranges": {"resolution": "1..3/2"}}, "must be whole numbers"),
        ({"ranges": {"resolution": "1/2..2"}}, "must be whole numbers"),
        ({"ranges": {"resolution": "-3..-1"}}, "resolution"),
        ({"ranges": {"resolution": "0..0"}}, "resolution"),
        ({"ranges": {"deep": "-2..-1"}}, "repeat must be a whole number"),
    ],
)
def test_what_cannot_be_asked_for(asked, message):
    model = costcalc.load("mobilenet")
    with pytest.raises(CostcalcError) as raised:
        model.solve(**{"limits": {"macs": "1M"}, **asked})
    assert message in str(raised.value)


def test_a_param_that_is_computed_is_no_knob():
    model = network(
        "pointwise_conv2d: {out_channels: n}",
        head="input: [3, 4, 4]\nparams: {k: 2, n: k * 2, on: true, list: [1, 2]}",
    )
    for name in ("n", "on", "list"):
        with pytest.raises(CostcalcError, match=f"'{name}' is not a plain number") as raised:
            model.solve({"macs": 1}, vary=name)
        assert raised.value.hint == "costcalc sweep --set takes any values"
    (solution,) = model.solve({"macs": 48 * 6}, vary="k").solutions
    assert solution.knobs == {"k": 3}


def test_a_vector_has_no_resolution():
    model = network("linear: {out_features: 4}", head="input: [10]")
    with pytest.raises(CostcalcError, match="no height and width"):
        model.solve({"macs": 100}, vary="resolution")
    (solution,) = model.solve({"macs": 100}, vary="rho").solutions
    assert tuple(solution.plateaus["rho"]) == (0, 2, True, False)


# What is too much


def test_a_width_of_billions_is_refused():
    model = network("pointwise_conv2d: {out_channels: 10000000000}")
    with pytest.raises(CostcalcError, match="more than 200,000 steps") as raised:
        model.solve({"macs": "1M"})
    assert "--range" in raised.value.hint
    (solution,) = model.solve({"macs": 10**30}, ranges={"alpha": "1/2..0.5000001"}).solutions
    assert solution.knobs == {"alpha": F("0.5000001")}


@pytest.mark.parametrize("knob", ["resolution", "n"])
@pytest.mark.parametrize("high", [10**6, 10**50])
def test_whole_numbers_without_end_are_refused(knob, high):
    model = network("pointwise_conv2d: {out_channels: n}", head="input: [3, 4, 4]\nparams: {n: 1}")
    with pytest.raises(CostcalcError, match="the limit is 200,000") as raised:
        model.solve({"macs": "1M"}, ranges={knob: f"1..{high}"})
    assert raised.value.hint == f"narrow it: --range {knob}=1..200000"


def test_how_many_whole_numbers_are_not_too_many(monkeypatch):
    monkeypatch.setattr(solving, "MAX_STEPS", 4)
    model = network("pointwise_conv2d: {out_channels: n}", head="input: [3, 1, 1]\nparams: {n: 1}")
    (solution,) = model.solve({"macs": 1000}, ranges={"n": "1..4"}).solutions
    assert solution.knobs == {"n": 4}
    with pytest.raises(CostcalcError, match="n has 5 values, and the limit is 4"):
        model.solve({"macs": 1000}, ranges={"n": "1..5"})


def test_structures_without_end_are_refused(monkeypatch):
    """Breakpoints are those of the structures that are kept: not all, where there are more."""
    model = network(width("[9, 5, 7, 4][floor(alpha * 2)]"), head="input: [3, 1, 1]")
    asked = {"limits": {"macs": 24}, "ranges": {"alpha": "0..1.9"}}
    assert model.solve(**asked).solutions
    monkeypatch.setattr(traces, "MAX_TRACES", 3)
    with pytest.raises(CostcalcError, match="more than 3 structures along alpha") as raised:
        model.solve(**asked)
    assert raised.value.hint == "sweep it instead, or narrow the range"


def test_a_knob_whose_steps_depend_on_another_of_too_many_values_is_refused(monkeypatch):
    """What is rounded before it meets the other does not depend on it."""
    monkeypatch.setattr(solving, "MAX_MIXED", 3)
    asked = {"limits": {"macs": 1000}, "vary": ["alpha", "resolution"]}
    rounded = "pointwise_conv2d: {out_channels: 4}"
    model = network(rounded, width("1 + floor(in_channels * in_height / 3)"))
    assert model.solve(**asked, ranges={"resolution": "1..4"}).solutions
    model = network(rounded, width("1 + floor(alpha * in_height)"))
    assert model.solve(**asked, ranges={"resolution": "1..3"}).solutions
    with pytest.raises(CostcalcError, match="breakpoints of alpha depend on resolution") as raised:
        model.solve(**asked, ranges={"resolution": "1..4"})
    assert raised.value.hint == "narrow their ranges, or sweep instead"


@pytest.mark.parametrize("high", [10**20, 10**50])
def test_steps_without_end_are_refused(high):
    with pytest.raises(CostcalcError, match="more than 200,000 steps"):
        costcalc.load("mobilenet").solve({"macs": "1M"}, ranges={"alpha": f"0..{high}"})


def test_how_many_steps_are_not_too_many(monkeypatch):
    """Below 2 a width of 7 has 13 steps and one of 11 has 21, of which one is the same."""
    layers = [f"pointwise_conv2d: {{out_channels: {one}}}" for one in (7, 11)]
    model = network(*layers, head="input: [3, 1, 1]")
    monkeypatch.setattr(solving, "MAX_STEPS", 34)
    assert model.solve({"macs": 1000}).solutions
    monkeypatch.setattr(solving, "MAX_STEPS", 32)
    with pytest.raises(CostcalcError, match="more than 32 steps"):
        model.solve({"macs": 1000})
    model = network(layers[1], head="input: [3, 1, 1]")
    monkeypatch.setattr(solving, "MAX_STEPS", 21)
    assert model.solve({"macs": 1000}).solutions
    monkeypatch.setattr(solving, "MAX_STEPS", 20)
    with pytest.raises(CostcalcError, match="more than 20 steps"):
        model.solve({"macs": 1000})


def test_settings_without_end_are_refused(monkeypatch):
    model = costcalc.load("mobilenet")
    monkeypatch.setattr(solving, "MAX_SETTINGS", 4096 * 3 - 1)
    asked = {"ranges": {"deep": "1..3", "alpha": "0..2"}}
    with pytest.raises(CostcalcError, match="12,288 settings, and the limit is 12,287") as raised:
        model.solve({"macs": "150M"}, **asked)
    assert raised.value.hint == "a narrower --range, or fewer knobs to vary"
    monkeypatch.setattr(solving, "MAX_SETTINGS", 4096 * 3)
    assert len(model.solve({"macs": "150M"}, **asked).solutions) == 3


@pytest.mark.parametrize(
    "expression", ["alpha * alpha * 8", "8 / alpha", "8 // alpha", "8 % alpha"]
)
def test_what_is_no_straight_line_is_refused(expression):
    with pytest.raises(CostcalcError, match=r"multiplied by itself .* or divides") as raised:
        network(width(f"max(1, floor({expression}))")).solve({"macs": 1000})
    assert raised.value.hint == "sweep it instead"


@pytest.mark.parametrize("expression", ["4 if alpha < rho else 5", "floor(alpha + rho) + 1"])
def test_knobs_that_are_told_from_each_other_are_refused(monkeypatch, expression):
    """Between alpha and rho there is no end of steps."""
    monkeypatch.setattr(solving, "MAX_SETTINGS", 5000)
    model = network(width(expression))
    with pytest.raises(CostcalcError):
        model.solve({"macs": 300}, vary=["alpha", "rho"])
    (solution,) = model.solve({"macs": 16 * 12}, rho="3/4").solutions
    assert cost_of(model, alpha=solution.knobs["alpha"], rho=F(3, 4))["macs"] <= 16 * 12


def test_a_fault_of_the_network_is_told_at_the_largest():
    model = network(
        "conv2d: {out_channels: 4, kernel_size: 9, padding: valid}", head="input: [3, 4, 4]"
    )
    with pytest.raises(CostcalcError) as raised:
        model.solve({"macs": 1000}, vary="resolution")
    assert str(raised.value).startswith("net.yaml:3:5: conv2d: the kernel (9×9) is larger")
    assert "at resolution 8×8" in str(raised.value)
