"""Settings of networks, and what costcalc's engine says of them: what a page must say too."""

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import costcalc
from costcalc.costs.table import Analysis
from costcalc.costs.totals import of_each_layer
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Node
from costcalc.graph.setting import Setting
from costcalc.importers.reading import load_file
from costcalc.memory.figures import shares
from costcalc.numeric.work import UNLIMITED
from costcalc.page.data import Page
from costcalc.page.encode import NAMES
from costcalc.page.rows import OF_OPERATIONS, Subject

ASSETS = Path(costcalc.__file__).parent / "page" / "assets"
ENGINE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in (
        ASSETS / "numbers.js",
        ASSETS / "formulas.js",
        Path(__file__).with_name("oracle.js"),
    )
)
"""The formulas of a page, and what compares them with costcalc's own."""


def page_of(net: str) -> dict[str, Any]:
    file, named = load_file(net)
    page = Page()
    page.add(file, [Setting(name) for name in file.variant_names(named)])
    return page.json()


def drawn(knobs: list[Any], rng: random.Random, few: bool) -> list[str]:
    """A position of each knob: of the first two anywhere, of params near their own mostly."""
    values = []
    for place, (_, own, low, high, step, *_) in enumerate(knobs):
        low_, high_, step_ = map(Fraction, (low, high, step))
        steps = int((high_ - low_) / step_)
        moved = low_ + step_ * rng.randint(0, steps)
        if place < 2 and step_ != 1 and rng.random() < 0.5:
            moved = Fraction(rng.randint(1, 60), rng.randint(20, 40))
        values.append(
            str(moved) if rng.random() < (0.9 if place < 2 else 0.25) and not few else own
        )
    return values


def said(net: str, place: int, page: dict[str, Any], values: list[str]) -> list[str] | None:
    """What the engine says: a line a layer, of the comparison, and the totals; None for a fault."""
    file, _ = load_file(net)
    own = page["networks"][place]
    subject = Subject(file, Setting(own["variant"]), UNLIMITED)
    numbers = {}
    for (name, *_), value in zip(own["knobs"], values, strict=True):
        number = Fraction(value)
        numbers[name] = int(number) if number.denominator == 1 else number
    try:
        analysis = Analysis(subject.build(numbers))
    except CostcalcError:
        return None
    costs = list(of_each_layer(analysis.network, analysis.network.nodes))
    memory = {name: shares(analysis.network, name) for name in OF_OPERATIONS}
    for node, cost in zip(analysis.network.nodes, costs, strict=True):
        cost.update({name: memory[name].get(node, 0) for name in OF_OPERATIONS})
    lines = [
        f"{x.name} {x.type} {x.line} {x.output_shape} of {_sources(x.node)} "
        + " ".join(f"{name}={cost[name]}" for name in NAMES)
        for x, cost in zip(analysis.layers, costs, strict=True)
    ]
    lines += [
        f"{row.name} {row.in_channels} {row.out_channels} {row.standard_macs} {row.depthwise_macs} "
        f"{row.pointwise_macs}"
        for row in analysis.comparison
    ]
    lines.append(
        " ".join(f"{name}={analysis.totals[name]}" for name in (*NAMES, "peak_memory", "arena"))
    )
    return lines


def _sources(node: Node) -> str:
    return ",".join(source.name for source in node.inputs)


def script(net: str, count: int, seed: int) -> str:
    """JavaScript whose value is what is wrong in so many settings of each variant."""
    rng = random.Random(f"{net} {seed}")
    page = page_of(net)
    cases = []
    for place, own in enumerate(page["networks"]):
        for number in range(count):
            values = drawn(own["knobs"], rng, number == 0)
            cases.append((place, values, said(net, place, page, values)))
    return f"wrong(readPage({json.dumps(json.dumps(page))}), {json.dumps(cases)})"


def totals_script(net: str, seed: int) -> str:
    """The same of the totals of a network's first variant, at some 50 settings."""
    rng = random.Random(f"{net} {seed}")
    model = costcalc.load(net)
    page = Page()
    page.add(model.file, [model.setting])
    made = page.json()
    knobs = made["networks"][0]["knobs"]
    along: dict[str, list[Any]] = {}
    for name, own, _, high, *_ in knobs[:2]:
        if name == "resolution":
            drawn_sides = {rng.randint(int(high) // 4, int(high)) for _ in range(6)}
            along[name] = sorted({*drawn_sides, int(own)})
        elif name in ("alpha", "rho"):
            ratios = {Fraction(rng.randint(8, 60), rng.randint(20, 40)) for _ in range(6)}
            along[name] = sorted({*ratios, Fraction(own)})
    plan = model.plan(**along)
    values = [axis.slice(0, axis.count) for axis in plan.axes]
    costs = plan.over(values, ("macs", "params"))
    cases = []
    for index in np.ndindex(*map(len, values)):
        point = [own[place] for own, place in zip(along.values(), index, strict=True)]
        is_network = costs.valid is None or costs.valid.reshape(tuple(map(len, values)))[index]
        totals = [
            str(costs.metrics[name].reshape(tuple(map(len, values)))[index])
            for name in ("macs", "params")
        ]
        cases.append([0, list(map(str, point)), *(totals if is_network else [])])
    return f"wrongTotals(readPage({json.dumps(json.dumps(made))}), {json.dumps(cases)})"
