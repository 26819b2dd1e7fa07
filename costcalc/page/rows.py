"""Networks traced layer by layer, so that every row of a page follows the sliders.

A trace serves the settings at which the network has the same layers: conditions are guarded. Only
copies whose number is a param stay open: they are a part of the tree that repeats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from costcalc.costs.separable import Comparison, compared
from costcalc.errors import CostcalcError
from costcalc.graph.builder import Builder, build
from costcalc.graph.frame import Frame
from costcalc.graph.nodes import Group, Network, Node, Nodes, Origin
from costcalc.graph.setting import Setting, replace
from costcalc.graph.tracing import OpenBuilder, trace_network
from costcalc.language.item import Item
from costcalc.language.network_file import NetworkFile
from costcalc.memory.deployment import Deployed
from costcalc.memory.lifetimes import Buffer, Lifetimes
from costcalc.memory.tflite import own_model
from costcalc.metrics import METRICS
from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.trace import Knob, Predicate, Trace
from costcalc.numeric.traced import polynomial_of
from costcalc.numeric.work import Work
from costcalc.page.params import set_params


class Copies(Group):
    """A copy that stands for several, one behind the other."""

    __slots__ = ("count", "given", "made")

    def __init__(self, count: Number, maps: Nodes, parent: Group, origin: Origin) -> None:
        super().__init__("", "copies", parent, origin)
        self.count = count
        self.given = maps
        """What the first of them reads."""
        self.made: Nodes = []
        """What each of them makes, and the next one reads."""


class RowBuilder(OpenBuilder):
    """Keeps every layer as a row of its own, and says what is repeated."""

    def _row(self, item: Item, count: int, maps: Nodes, frame: Frame, origin: Origin) -> Nodes:
        return Builder._row(self, item, count, maps, frame, origin)

    def _where(self, outcome: Any, build: Callable[[], Nodes], otherwise: Nodes) -> Nodes:
        if not isinstance(outcome, bool):
            outcome = outcome.trace.guard(outcome.test, outcome.outcome)
        return super()._where(outcome, build, otherwise)

    def _others(self, item: Item, times: Number, maps: Nodes, frame: Frame, of: Origin) -> Nodes:
        copies = Copies(times, maps, frame.group, of)
        inside = Frame(frame.named, frame.scope, copies, frame.origin)
        copies.made = super()._others(item, times, maps, inside, of)
        return copies.made


class Memory(NamedTuple):
    """The memory of a network, as it is executed in the order of its text."""

    operations: list[Node]
    """The layers that a runtime executes, at steps 1, 2, 3 and so on; all others are within one."""
    buffers: list[Buffer]
    """What is alive from a step to another one."""
    scratch: list[Buffer]
    """What operations need besides for themselves, in the arena alone."""
    alignment: int
    """Of what lies in the arena; 0 where the page cannot plan it."""


class Rows(NamedTuple):
    """A network and what each of its layers costs, over the steps of a trace."""

    trace: Trace
    network: Network | None
    costs: list[dict[str, Polynomial]]
    """The metrics of each layer that are not what they mostly are, without multiples."""
    comparison: list[tuple[Comparison, tuple[Node, ...]]]
    memory: Memory | None
    """None where a plan of memory cannot be said."""
    error: CostcalcError | None
    """What is wrong with the network wherever the trace serves."""


IN_PAGE = [
    metric
    for metric in METRICS.values()
    if metric.is_of_layers
    and not any(getattr(metric, field) for field in metric._fields if field.startswith("needs_"))
]
"""The metrics of layers that need nothing to be asked for, such as a convention or a device."""
OF_OPERATIONS = {"flash": Deployed.flash_of, "traffic": Deployed.traffic_of}
"""The metrics of layers as a runtime executes them, those that are fused into one with it."""
OF_LAYERS = {metric.name: metric.of for metric in IN_PAGE if metric.of}
MOSTLY = {name: METRICS[name].mostly for name in OF_LAYERS}


class Subject:
    """A network of a file at a setting, some of whose numbers are knobs."""

    def __init__(self, file: NetworkFile, setting: Setting, work: Work) -> None:
        self.file = file
        self.setting = setting
        self.declared = file.variant(setting.variant)[1].params
        self.work = work
        self._closed: set[Predicate] | None = set() if setting.accounting.is_default else None

    def build(self, numbers: Mapping[str, Number], builder: type[Builder] | None = None) -> Network:
        """The network where the knobs have these numbers, of any kind."""
        given: dict[str, Any] = {}
        of_params: dict[str, Number] = {}
        for name, number in numbers.items():
            if name == RESOLUTION:
                given.update(resolution=(number, number), rho=None)
            elif name in (ALPHA, RHO):
                given[name] = number
            else:
                of_params[name] = number
        params = dict(self.setting.params)
        set_params(self.file, params, self.declared, of_params)
        setting = replace(self.setting, params=params, **given)
        return build(self.file, setting, builder, self.work)

    def rows(self, knobs: Mapping[str, Knob]) -> Rows:
        """The network traced at the values of the knobs."""
        kept: list[Rows] = []

        def measure(network: Network) -> dict[str, Number]:
            kept.append(rows_of(network))
            return {}

        made = trace_network(self.build, measure, knobs, self._closed, RowBuilder)
        if made.error is not None:
            return Rows(made.trace, None, [], [], None, made.error)
        return kept[-1]._replace(trace=made.trace)


def rows_of(network: Network) -> Rows:
    """The layers of a network; one in plain numbers needs no trace."""
    costs = {node: _costs(node) for node in network.nodes}
    try:
        memory = _executed(network, costs)
    except CostcalcError:
        memory = None
    return Rows(Trace({}), network, [*costs.values()], list(compared(network)), memory, None)


def _executed(network: Network, costs: dict[Node, dict[str, Polynomial]]) -> Memory | None:
    """Add what layers take as a runtime executes them; a model file's own tensors have no formula.

    Raises CostcalcError where which maps there are depends on a symbol.
    """
    if own_model(network.file, network.setting) is not None:
        return None
    program = Deployed(network)
    for operation in program.operations:
        own = {name: of(program, operation) for name, of in OF_OPERATIONS.items()}
        costs[operation.node] |= {name: polynomial_of(n) for name, n in own.items() if n != 0}
    return _memory(network, Lifetimes(program))


def _memory(network: Network, lifetimes: Lifetimes) -> Memory:
    """What is alive at each step, on the runtime of the setting."""
    operations = [operation.node for operation in lifetimes.program.operations]
    runtime = lifetimes.program.runtime
    # A copy that stands for several has the maps of one: where these lie is not where all lie.
    is_planned = runtime.planner == "greedy" and not _has_copies(network.root)
    alignment = runtime.alignment if is_planned else 0
    return Memory(operations, lifetimes.buffers, lifetimes.scratch(), alignment)


def _has_copies(group: Group) -> bool:
    groups = (child for child in group.children if isinstance(child, Group))
    return any(isinstance(child, Copies) or _has_copies(child) for child in groups)


ALPHA, RHO, RESOLUTION = "alpha", "rho", "resolution"


def _costs(node: Node) -> dict[str, Polynomial]:
    """The metrics of a layer that are not what they mostly are: another metric, or 0."""
    values = {name: polynomial_of(rule(node)) for name, rule in OF_LAYERS.items()}
    usual = ((name, own if isinstance(own, str) else "") for name, own in MOSTLY.items())
    return {name: values[name] for name, own in usual if values[name] != values.get(own, 0)}
