"""`costcalc formula`: the cost of a network as a formula of alpha and rho.

The law leaves rounding out: a polynomial, or one for each part of the knobs' ranges where the
network has max, min or a condition. The exact formula keeps every floor and ceiling.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

import sympy

from costcalc.analysis import Analysis
from costcalc.arithmetic import EXACT, Number
from costcalc.cost import Cost, FeatureMap
from costcalc.dag import Network, Step
from costcalc.errors import CostcalcError, nearest
from costcalc.kinds import NumberKind
from costcalc.knobs import Knobs
from costcalc.law import Decision, Law, LawBook, number, sympify
from costcalc.layers.convolution import Conv2d, DepthwiseConv2d, PointwiseConv2d
from costcalc.measure import measure
from costcalc.network import build
from costcalc.overrides import check_param, number_override
from costcalc.plan import Axis, Plan
from costcalc.program import Program, Traced
from costcalc.ranges import listed
from costcalc.symbolic import SymbolicBuilder

METRICS = ("macs", "params")
MAX_PIECES = 64


class Interval(NamedTuple):
    """Where along a symbol a piece of a law holds; None is without end."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool

    def holds(self, value: Any) -> Any:
        """Whether a value lies in it, or at which places of an array one does."""
        inside = value == value
        if self.low is not None:
            inside = inside & ((value >= self.low) if self.low_closed else (value > self.low))
        if self.high is not None:
            inside = inside & ((value <= self.high) if self.high_closed else (value < self.high))
        return inside


class Piece(NamedTuple):
    """Where a piece of the law holds, by symbol, and its formulas."""

    where: dict[Any, Interval]
    forms: dict[str, Any]


class NetworkLaw(NamedTuple):
    plan: Plan
    symbols: list[Any]
    """alpha, rho, and the params that stay symbols."""
    own: dict[Any, Number]
    pieces: list[Piece]
    decisions: list[Decision]


class ExactFormula(NamedTuple):
    plan: Plan
    symbols: list[Any]
    program: Program
    forms: dict[str, Any]


def knob_symbols(plan: Plan, free: Sequence[str]) -> dict[Any, Number]:
    """The symbols of a network's formula, and its own value of each."""
    own: dict[Any, Number] = {
        sympy.Symbol("alpha", positive=True): plan.alpha,
        sympy.Symbol("rho", positive=True): 1,
    }
    for name in free:
        check_param(plan.file, name)
        if name in plan.fixed:
            raise CostcalcError(f"{name} is given, and is to stay a symbol")
        value = plan.settings.params.get(name)
        if (
            value is None
            or isinstance(value.constant, bool)
            or not isinstance(value.constant, EXACT)
        ):
            raise CostcalcError(
                f"the param '{name}' is not a plain number: it cannot stay a symbol"
            )
        if value.constant <= 0:
            raise CostcalcError(
                f"the param '{name}' is {value.constant}: a symbol stands for 1 or more"
            )
        own[sympy.Symbol(name, positive=True)] = value.constant
    return own


# The law


class LawBuilder(SymbolicBuilder):
    """Builds over laws; a repeat stays open where it hangs on a param that is a symbol."""

    def __init__(self, *args: Any, free: frozenset[Any]) -> None:
        super().__init__(*args)
        self._free = free

    def _settled(self, out: Any) -> Any:
        return type(out)(*(side.settled() if isinstance(side, Law) else side for side in out))

    def _keeps(self, count: NumberKind) -> bool:
        return isinstance(count, Law) and bool(count.form.free_symbols & self._free)

    def _at_all(self, count: NumberKind) -> bool:
        return isinstance(count, Law) and bool(count.own >= 1)


def network_law(plan: Plan, free: Sequence[str] = ()) -> NetworkLaw:
    """MACs and params by alpha and rho (and free params), unrounded.

    MobileNet paper (arXiv:1704.04861), equation 7, summed over the layers of any network.
    """
    own = knob_symbols(plan, free)
    symbols = list(own)
    points: dict[Any, list[Any]] = {symbol: [] for symbol in symbols}
    while True:
        cells = [
            dict(zip(symbols, c, strict=True))
            for c in product(*(_cells(points[s]) for s in symbols))
        ]
        books = [_derive(plan, own, _inside(cell, own), free) for cell in cells]
        found = {
            symbol: sorted(
                {
                    *points[symbol],
                    *(r for book, _ in books for r in book.breakpoints.get(symbol, ())),
                }
            )
            for symbol in symbols
        }
        if found == points:
            break
        if _count(found) > MAX_PIECES:
            raise CostcalcError(
                f"the law has more than {MAX_PIECES} pieces: max, min and conditions make too many",
                hint="--exact keeps them as they are",
            )
        points = found
    pieces = []
    for cell, (_, forms) in zip(cells, books, strict=True):
        where = {
            symbol: _closed(plan, own, cell, symbol, forms, free)
            for symbol in symbols
            if cell[symbol] != (None, None)
        }
        pieces.append(Piece(where, forms))
    decisions = {key: d for book, _ in books for key, d in book.decisions.items()}
    return NetworkLaw(plan, symbols, own, _joined(pieces), list(decisions.values()))


def _derive(
    plan: Plan, own: dict[Any, Number], here: dict[Any, Any], free: Sequence[str]
) -> tuple[LawBook, dict[str, Any]]:
    """The law as it is around one place, and what was decided on the way."""
    alpha, rho, *others = own
    book = LawBook({symbol: 1 if symbol in (alpha, rho) else own[symbol] for symbol in own}, here)
    network = _build(
        plan,
        {symbol.name: book.symbol(symbol, value) for symbol, value in own.items()},
        functools.partial(LawBuilder, free=frozenset(others)),
    )
    return book, _sums(network)


def _build(plan: Plan, numbers: dict[str, Any], builder: Any) -> Network:
    overrides = dict(plan.fixed)
    for name, value in numbers.items():
        if name not in ("alpha", "rho"):
            overrides[name] = number_override(plan.file, name, value)
    knobs = Knobs(alpha=numbers["alpha"], rho=numbers["rho"])
    return build(plan.file, plan.variant, knobs, overrides, builder)


def _sums(network: Network) -> dict[str, Any]:
    sums = measure(network, METRICS)
    return {
        metric: sympy.expand(total.form if isinstance(total, (Law, Traced)) else sympify(total))
        for metric, total in sums.items()
    }


def _cells(points: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The intervals between breakpoints."""
    return list(zip([None, *points], [*points, None], strict=True))


def _count(points: dict[Any, list[Any]]) -> int:
    count = 1
    for own in points.values():
        count *= len(own) + 1
    return count


def _inside(cell: dict[Any, tuple[Any, Any]], own: dict[Any, Number]) -> dict[Any, Any]:
    """A value of each symbol inside a cell: the network's own, if that is."""
    here = {}
    for symbol, (low, high) in cell.items():
        value = sympify(own[symbol])
        if not ((low is None or value > low) and (high is None or value < high)):
            value = (low + 1) if high is None else ((low or 0) + high) / 2
        here[symbol] = value
    return here


def _closed(
    plan: Plan,
    own: dict[Any, Number],
    cell: dict[Any, tuple[Any, Any]],
    symbol: Any,
    forms: dict[str, Any],
    free: Sequence[str],
) -> Interval:
    """The interval of a cell, with the ends at which its own formulas hold."""
    low, high = cell[symbol]
    ends = []
    for end in (low, high):
        here = {**_inside(cell, own), symbol: end}
        ends.append(end is not None and _derive(plan, own, here, free)[1] == forms)
    return Interval(
        None if low is None else number(low), None if high is None else number(high), *ends
    )


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces along one symbol, with neighbours of the same formulas made one."""
    if len({symbol for piece in pieces for symbol in piece.where}) != 1:
        return pieces
    joined = pieces[:1]
    for piece in pieces[1:]:
        if piece.forms == joined[-1].forms:
            (symbol,) = piece.where
            before, after = joined[-1].where[symbol], piece.where[symbol]
            interval = Interval(before.low, after.high, before.low_closed, after.high_closed)
            where = {} if interval.low is interval.high is None else {symbol: interval}
            joined[-1] = Piece(where, piece.forms)
        else:
            joined.append(piece)
    return joined


# The exact formula


class ExactBuilder(SymbolicBuilder):
    """Builds over a program; whatever hangs on a symbol stays open."""


def exact_formula(plan: Plan, free: Sequence[str] = ()) -> ExactFormula:
    """MACs and params with every floor and ceiling: equal to the integers at every setting."""
    own = knob_symbols(plan, free)
    names = {symbol.name: symbol for symbol in own}
    wholes = [s.name for s, value in own.items() if s.name in free and isinstance(value, int)]
    program = Program(names, wholes, plan.file.network_params)
    numbers = {name: program.knob(name) for name in names}
    network = _build(plan, numbers, ExactBuilder)
    return ExactFormula(plan, list(own), program, _sums(network))


# How far the law is from the integers


class Difference(NamedTuple):
    """The largest relative difference between a law and the exact integers, and where it is."""

    relative: Fraction
    """Law minus exact, over exact."""
    law: Fraction
    exact: int
    alpha: Fraction
    resolution: tuple[int, int]


class Differences(NamedTuple):
    metrics: dict[str, Difference]
    heights: tuple[int, int]
    """The smallest and the largest height of the input; (1, 1) where it is a vector."""
    points: int
    invalid: int
    """Points at which the network cannot be built."""


LEAST_HEIGHT = 96
ALPHAS = [Fraction(hundredth, 100) for hundredth in range(25, 101)]


def differences(law: NetworkLaw) -> Differences:
    """Over alpha 0.25 to 1.0 by 0.01, and every height from 96 to the network's own."""
    import numpy as np

    from costcalc.grid import Grid

    inputs = law.plan.settings.inputs or {}
    own = next((shape[1] for shape in inputs.values() if len(shape) == 3), 1)
    least = min(LEAST_HEIGHT, own)
    rhos = [Fraction(height, own) for height in range(least, own + 1)]
    plan = law.plan.having([Axis("alpha", listed(ALPHAS)), Axis("rho", listed(rhos))])
    values = [axis.slice(0, axis.count) for axis in plan.axes]
    shape = len(ALPHAS), len(rhos)
    exact = {metric: np.zeros(shape) for metric in METRICS}

    def counts(some: list[list[Any]]) -> dict[str, Any] | None:
        grid = Grid(list(map(len, some)))
        try:
            sums = measure(plan.over(some, grid), METRICS)
        except CostcalcError:
            return None
        return {metric: grid.values(total) for metric, total in sums.items()}

    for places, found in plan.parts(values, counts):
        for metric, array in (found or {}).items():
            exact[metric][np.ix_(*places)] = array.astype(float)
    knobs = {
        symbol: np.array(list(map(float, along))).reshape(side)
        for symbol, along, side in zip(
            law.symbols, (ALPHAS, rhos), ((-1, 1), (1, -1)), strict=False
        )
    }
    valid = exact["params"] > 0
    worst = {}
    for metric in METRICS:
        computed = law_values(law, metric, {**law.own, **knobs}, np)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.where(exact[metric] > 0, np.abs(computed / exact[metric] - 1), 0)
        row, column = (int(place) for place in np.unravel_index(np.argmax(off), shape))
        if exact[metric][row, column] > 0:
            worst[metric] = _difference(law, plan, metric, ALPHAS[row], rhos[column])
    return Differences(worst, (least, own), len(ALPHAS) * len(rhos), int((~valid).sum()))


def _difference(
    law: NetworkLaw, plan: Plan, metric: str, alpha: Fraction, rho: Fraction
) -> Difference:
    """At one point, exactly."""
    network = plan.at([alpha, rho])
    exact = int(measure(network, [metric])[metric])
    point = {**law.own, law.symbols[0]: alpha, law.symbols[1]: rho}
    piece = next(p for p in law.pieces if all(w.holds(point[s]) for s, w in p.where.items()))
    computed = Fraction(value_of(piece.forms[metric], point))
    size = network.sources[0].map[1:]
    return Difference((computed - exact) / exact, computed, exact, alpha, size)


def law_values(law: NetworkLaw, metric: str, values: dict[Any, Any], np: Any) -> Any:
    """The law at arrays of values, piece by piece."""
    total = 0.0
    for piece in law.pieces:
        inside: Any = True
        for symbol, interval in piece.where.items():
            inside = inside & interval.holds(values[symbol])
        total = np.where(inside, value_of(piece.forms[metric], values, float), total)
    return total


def value_of(form: Any, values: dict[Any, Any], read: Any = number) -> Any:
    """A formula with numbers, or arrays, in the place of its symbols."""
    if form.is_Symbol:
        return values[form]
    if form.is_Number:
        return read(form)
    parts = [value_of(part, values, read) for part in form.args]
    if form.is_Pow:
        base, exponent = parts
        return base**exponent if read is float else Fraction(base) ** exponent
    result = parts[0]
    for part in parts[1:]:
        result = result + part if form.is_Add else result * part
    return result


# One layer, and the seed


class LayerLine(NamedTuple):
    """One count of a layer: its formula, the number that each symbol stands for, the value."""

    metric: str
    form: Any
    numbers: dict[Any, int]
    value: int


class LayerFormula(NamedTuple):
    name: str
    type: str
    line: int
    lines: list[LayerLine]


_NAMES = {"out_channels": "N", "out_features": "N", "groups": "G", "multiplier": "m", "heads": "h"}


def layer_formula(step: Step) -> LayerFormula:
    """The formulas of a layer in the letters of the MobileNet paper.

    D_K is the side of the kernel, M and N are input and output channels, D_F is the side of the
    output map, D_I that of the input map where they differ; n is a number of tokens.
    """
    naming = _Naming()
    layer = step.layer
    fields = {name: getattr(layer, name) for name in layer.fields}
    named = dict(fields)
    for name, value in fields.items():
        if name == "kernel_size":
            named[name] = naming.pair(value, "D_K", ("K_h", "K_w"))
        elif name in _NAMES and isinstance(value, int):
            named[name] = naming.number(_NAMES[name], value)
    maps = [wire.map for wire in step.inputs]
    channels = naming.number("M", maps[0].channels)
    # The letters of the output come first: where the input has its size, it has its letters.
    sides = naming.sides(step.map, "D_F", ("F_h", "F_w"))
    out_channels = next(
        (named[name] for name in ("out_channels", "out_features") if name in named), None
    )
    if out_channels is None:
        same = step.map.channels == maps[0].channels
        out_channels = channels if same else naming.number("N", step.map.channels)
    first = sides if maps[0][1:] == step.map[1:] else naming.sides(maps[0], "D_I", ("I_h", "I_w"))
    inputs = [FeatureMap(channels, *first), *maps[1:]]
    out = FeatureMap(out_channels, *sides)
    costs = type(layer)(named).cost(out, *inputs)
    exact = layer.cost(step.map, *maps)
    lines = []
    for metric, cost, value in zip(Cost._fields, costs, exact, strict=True):
        if value:
            form = sympy.expand(cost.form) if isinstance(cost, Law) else sympify(cost)
            numbers = {s: naming.numbers[s] for s in form.free_symbols}
            lines.append(LayerLine(metric, form, numbers, int(value)))
    return LayerFormula(step.name, layer.type, step.line, lines)


class _Naming:
    """Letters for numbers: the book's anchor is what each stands for."""

    def __init__(self) -> None:
        self.book = LawBook({}, {})
        self.numbers: dict[Any, int] = {}

    def number(self, letter: str, value: int) -> Number:
        """The number under its letter; 1 is left as it is, since it shows in no formula."""
        if value == 1:
            return 1
        symbol = sympy.Symbol(letter, positive=True)
        self.numbers[symbol] = value
        self.book.anchor[symbol] = sympify(value)
        return Law(self.book, symbol, value, value)

    def pair(self, pair: tuple[int, int], square: str, letters: tuple[str, str]) -> Any:
        if pair[0] == pair[1]:
            side = self.number(square, pair[0])
            return side, side
        return tuple(self.number(letter, side) for letter, side in zip(letters, pair, strict=True))

    def sides(self, shape: FeatureMap, square: str, letters: tuple[str, str]) -> Any:
        if shape.width == 1:
            return self.number("n" if square == "D_F" else "n_I", shape.height), 1
        return self.pair((shape.height, shape.width), square, letters)


class LayerFormulas(NamedTuple):
    analysis: Analysis
    layers: list[LayerFormula]


def layer_formulas(analysis: Analysis, name: str) -> LayerFormulas:
    """The formulas of the layer of a name, or of all layers of a block."""
    rows = {row.name: row for row in analysis.rows(None)}
    if name not in rows:
        raise CostcalcError(
            f"no layer or block of {analysis.name} is named '{name}'",
            hint=nearest(name, rows) or "costcalc analyze --depth all shows the names",
        )
    return LayerFormulas(analysis, [layer_formula(layer.step) for layer in rows[name].layers])


class Seed(NamedTuple):
    """The MobileNet paper's section 3: what a separable convolution saves, as formulas.

    Forms by name: standard, depthwise, pointwise, separable, ratio; the same of MACs under alpha
    and rho, and of parameters.
    """

    macs: dict[str, Any]
    scaled: dict[str, Any]
    params: dict[str, Any]


def seed() -> Seed:
    """Equations 2, 3, 5 and 7 of arXiv:1704.04861, out of the cost engine's own formulas."""
    letters = sympy.symbols("D_K M N D_F alpha rho", positive=True)
    book = LawBook(dict.fromkeys(letters, 1), {})
    kernel, channels, filters, side, alpha, rho = (book.symbol(letter, 1) for letter in letters)
    macs = _separable("macs", kernel, channels, filters, side)
    scaled = _separable("macs", kernel, alpha * channels, alpha * filters, rho * side)
    return Seed(macs, scaled, _separable("params", kernel, channels, filters, side))


def _separable(
    metric: str, kernel: Number, channels: Number, filters: Number, side: Number
) -> dict[str, Any]:
    x, out = FeatureMap(channels, side, side), FeatureMap(filters, side, side)
    no_bias = {"bias": False, "kernel_size": (kernel, kernel)}
    standard = getattr(Conv2d({**no_bias, "out_channels": filters}), metric)(out, x).form
    depthwise = getattr(DepthwiseConv2d(no_bias), metric)(x, x).form
    pointwise = PointwiseConv2d({"bias": False, "out_channels": filters})
    combined = getattr(pointwise, metric)(out, x).form
    return {
        "standard": standard,
        "depthwise": depthwise,
        "pointwise": combined,
        "separable": depthwise + combined,
        "ratio": sympy.expand((depthwise + combined) / standard),
    }
