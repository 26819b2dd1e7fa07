"""What would bring a network within its limits: less alpha, less resolution, a narrower layer.

Every proposal is computed: its figures are those of the network at the proposed setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.explore.axes import Axis
from costcalc.explore.plan import Plan
from costcalc.explore.ranges import Range
from costcalc.explore.solve import search_domain, solve
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import AS_WRITTEN, Setting, replace
from costcalc.importers.reading import read_network
from costcalc.language.declared import Rounding
from costcalc.language.item import Item
from costcalc.language.network_file import NetworkFile
from costcalc.language.places import line_of
from costcalc.language.yaml_nodes import ScalarNode, YamlNode
from costcalc.metrics import METRICS
from costcalc.numeric.exact import Number, whole
from costcalc.numeric.work import CHARACTER, MOST, UNLIMITED, TooMuchWorkError, Work
from costcalc.project.limits import Limit
from costcalc.units import decimal_text

WIDTHS = ("channels", "features")
"""The endings of names of fields and params that are widths."""
MAX_WORK = MOST // 4
"""Operations of the search along one knob: beyond, nothing is said of it."""
MAX_TRIED = 64
"""How far from the middle the search goes on for a width with which the network can be built."""


class Fit(NamedTuple):
    """A change of one knob that brings the network within its limits."""

    knob: str
    value: Any
    limit: Limit
    """A limit that fails without it, at whose setting the knob is changed."""
    costs: dict[str, Number]
    """With it, each metric that has a limit."""
    line: int | None = None
    """The line of a width in the file; None for alpha and resolution."""

    @property
    def metric(self) -> str:
        return self.limit.metric

    @property
    def result(self) -> Number:
        return self.costs[self.metric]


KNOBS = ("alpha", "resolution")


def fits(
    network: Network,
    limit: Limit,
    bounds: Mapping[str, Number],
    edited: Item | None,
    work: Work,
    knobs: Sequence[str] = KNOBS,
) -> list[Fit]:
    """The largest value of each knob and the largest width of an edited item within bounds.

    bounds: the largest value of each metric, at the setting of `limit`, which the network fails.
    Nothing fits a network that has no text: it cannot be built otherwise.
    """
    file, setting = network.file, limit.setting
    if file is None:
        return []
    metrics = tuple(dict.fromkeys((limit.metric, *bounds)))
    found = []
    for knob in knobs:
        value = _largest(file, network, setting, bounds, knob, work)
        if value is None:
            continue
        if knob == "alpha":
            changed = replace(setting, alpha=value)
        else:
            size = value if isinstance(value, tuple) else (value, value)
            changed = replace(setting, rho=None, resolution=size)
        costs = _costs(file, changed, metrics, work)
        if costs is not None and _is_within(costs, bounds):
            found.append(Fit(knob, value, limit, costs))
    if edited is not None:
        narrower = _narrower(file, network, limit, bounds, metrics, edited, work.part(MAX_WORK))
        if narrower is not None:
            found.append(narrower)
    return found


def without_effect(network: Network, limit: Limit) -> frozenset[str]:
    """The knobs of which half as much leaves the limit's metric as it is."""
    file, setting = network.file, limit.setting
    if file is None:
        return frozenset()
    if METRICS[limit.metric].needs_runtime:
        from costcalc.memory.tflite import own_model

        if own_model(file, setting) is not None:
            return frozenset(KNOBS)  # the tensors of a .tflite file are as large as they are
    height, width = network.inputs[0].shape.resolution
    half = (max(1, height // 2), max(1, width // 2))
    halves = {
        "alpha": replace(setting, alpha=Fraction(network.setting.alpha or 1) / 2),
        "resolution": replace(setting, rho=None, resolution=half),
    }
    own = measure(network, (limit.metric,))
    return frozenset(
        knob for knob, changed in halves.items() if _costs(file, changed, (limit.metric,)) == own
    )


def _costs(
    file: NetworkFile, setting: Setting, metrics: tuple[str, ...], work: Work = UNLIMITED
) -> dict[str, Number] | None:
    """The metrics at a setting; None where there are none, or not any more within the work."""
    try:
        costs = measure(build(file, setting, work=work), metrics)
    except (CostcalcError, TooMuchWorkError):
        return None
    return {name: whole(value) for name, value in costs.items()}


def _is_within(costs: Mapping[str, Number], limits: Mapping[str, Number]) -> bool:
    return all(costs[name] <= limit for name, limit in limits.items())


def _largest(
    file: NetworkFile,
    network: Network,
    setting: Setting,
    limits: Mapping[str, Number],
    knob: str,
    work: Work,
) -> Any:
    """The largest value of a knob up to the network's own; None where none fits."""
    axes = []
    if setting.alpha is not None and knob != "alpha":
        axes.append(Axis("alpha", Range.of([setting.alpha])))
    if setting.rho is not None and knob != "resolution":
        axes.append(Axis("rho", Range.of([setting.rho])))
    if setting.resolution is not None and knob != "resolution":
        axes.append(Axis("resolution", Range.of([setting.resolution])))
    fixed = replace(setting, alpha=None, rho=None, resolution=None)
    plan = Plan(file, fixed, axes, work.part(MAX_WORK))
    own = network.setting.alpha if knob == "alpha" else network.inputs[0].shape.resolution[0]
    if knob == "resolution" and setting.resolution is not None and _is_oblong(network):
        return None  # a search keeps the proportions of the input as the file has it
    try:
        solved = solve(plan, limits, [search_domain(plan, knob, f"{int(knob != 'alpha')}..{own}")])
    except (CostcalcError, TooMuchWorkError):
        return None
    return solved.solutions[0].knobs[knob] if solved.solutions else None


# A layer's width


def _is_oblong(network: Network) -> bool:
    """Whether the input has other proportions than in the file."""
    height, width = network.inputs[0].shape.resolution
    first = next(iter(AS_WRITTEN.inputs(network.stated).values()))
    return bool(height * first.resolution[1] != width * first.resolution[0])


def _narrower(
    file: NetworkFile,
    network: Network,
    limit: Limit,
    bounds: Mapping[str, Number],
    metrics: tuple[str, ...],
    edited: Item,
    work: Work,
) -> Fit | None:
    """The largest width of an edited item that fits, a multiple of what widths are rounded to.

    It is found by bisection; each width is written into the text in place of the one that is there,
    as a user would do. Nothing is said where that takes too much work.
    """
    setting = limit.setting
    place = written_width(edited, file, network)
    if place is None:
        return None
    name, node = place
    rounding = network.declared.rounding or Rounding()
    step = rounding.divisor if rounding.rule == "divisor" else 1

    def costs(width: int) -> dict[str, Number] | None:
        try:
            work.charge(CHARACTER * len(file.text))
            changed = read_network(_with_width(file.text, node, width), file.path)
        except (CostcalcError, TooMuchWorkError):
            return None
        return _costs(changed, setting, metrics, work)

    best: dict[str, Number] | None = None
    low, high = 0, -(-int(node.value) // step)  # in steps: low fits or is 0, high does not fit
    while high - low > 1:
        tried = ((steps, costs(steps * step)) for steps in _middle_first(low, high))
        middle, found = next((pair for pair in tried if pair[1] is not None), (low, None))
        if found is None:
            break  # with no width between them can the network be built
        if _is_within(found, bounds):
            low, best = middle, found
        else:
            high = middle
    if best is None or work.is_spent:
        return None
    return Fit(name, low * step, limit, best, line_of(node))


def _middle_first(low: int, high: int) -> Iterator[int]:
    """The numbers between two others, from the middle outwards."""
    middle = (low + high) // 2
    yield middle
    for distance in range(1, MAX_TRIED):
        for number in (middle + distance, middle - distance):
            if low < number < high:
                yield number


def written_width(item: Item, file: NetworkFile, network: Network) -> tuple[str, YamlNode] | None:
    """The width of an item, where it is a plain number or a param that is one, and its node."""
    for name, value in item.fields.items():
        if not name.endswith(WIDTHS) or value.key is None:
            continue
        if not isinstance(value.node, ScalarNode):
            continue
        text = value.node.value or name
        node: YamlNode = value.node
        base = file.base.params
        if text in base and network.declared.params.get(text) is base[text]:
            name, node = text, base[text].node
        if isinstance(node, ScalarNode) and node.value.isdigit() and node.value.isascii():
            return name, node
    return None


def _with_width(text: str, node: YamlNode, width: int) -> str:
    start = node.start_mark.index
    return f"{text[:start]}{width}{text[start + len(node.value) :]}"


def value_text(fit: Fit) -> str:
    if isinstance(fit.value, tuple):
        return "x".join(map(str, dict.fromkeys(fit.value)))
    return decimal_text(fit.value)
