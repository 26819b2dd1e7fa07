"""What a network costs, by metric. All commands take their figures from here.

They are of whatever kind of number the network was built in: ints for `analyze`, arrays over a grid
for `sweep` and `solve`, symbols for `formula`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from costcalc.costs.bit_operations import bit_operations
from costcalc.costs.convention_counts import Counting
from costcalc.costs.latency import latency
from costcalc.costs.separable import Forms, compare
from costcalc.costs.sums import summed
from costcalc.costs.training import training_memory
from costcalc.graph.nodes import Network, Node
from costcalc.graph.setting import Setting
from costcalc.metrics import METRICS
from costcalc.metrics.metric import Metric
from costcalc.numeric.exact import Number, quotient, sum_of, whole

if TYPE_CHECKING:
    from costcalc.memory.figures import Figures


class Costs:
    """The metrics of a network, or of some of its layers, each computed when it is asked for.

    A metric is an item and an attribute: costs["macs"] is costs.macs.
    """

    def __init__(self, network: Network, nodes: Sequence[Node] | None = None) -> None:
        self.network = network
        self.nodes = nodes
        """The layers that are meant; None is all, and what a network has beyond its layers."""
        self._known: dict[str, Number] = {}

    def __getitem__(self, name: str) -> Number:
        if name not in self._known:
            self._known[name] = self._compute(METRICS[name])
        return self._known[name]

    def __getattr__(self, name: str) -> Number:
        if name in METRICS:
            return self[name]
        raise AttributeError(f"there is no metric '{name}'")

    def _compute(self, metric: Metric) -> Number:
        if metric.multiple is not None:
            times, names = metric.multiple
            value = times * sum_of(self[name] for name in names)
            return value if metric.over is None else ratio_of(value, self[metric.over])
        if metric.of is not None:
            nodes = self.network.nodes if self.nodes is None else self.nodes
            if metric.reduce is sum:
                return summed(metric.of, nodes)
            return metric.reduce(map(metric.of, nodes))
        if self.nodes is not None and not metric.is_of_layers:
            raise ValueError(f"{metric.name} is of a whole network, not of layers")
        return BEYOND_LAYERS[metric.name](self)

    @cached_property
    def forms(self) -> Forms:
        """The network all standard and all separable."""
        return compare(self.network)

    @cached_property
    def counting(self) -> Counting | None:
        """The network as the convention counts it that was asked for."""
        convention = self.network.setting.accounting.convention
        return Counting(self.network, convention) if convention else None

    @cached_property
    def memory(self) -> Figures:
        """What the network takes in memory, on the runtime that was asked for."""
        from costcalc.memory.figures import Figures, program_of

        return Figures(program_of(self.network))


def ratio_of(part: Number, total: Number) -> Number:
    """part / total, and 0 where the total is 0."""
    return 0 if type(total) is int and not total else whole(quotient(part, total))


BEYOND_LAYERS: dict[str, Callable[[Costs], Number]] = {
    "standard_macs": lambda costs: costs.macs + costs.forms.standard_macs,
    "separable_macs": lambda costs: costs.macs + costs.forms.separable_macs,
    "standard_params": lambda costs: costs.params + costs.forms.standard_params,
    "separable_params": lambda costs: costs.params + costs.forms.separable_params,
    "peak_memory": lambda costs: costs.memory.peak,
    "arena": lambda costs: costs.memory.arena,
    "persistent": lambda costs: costs.memory.program.persistent,
    "flash": lambda costs: costs.memory.program.flash,
    "traffic": lambda costs: costs.memory.program.traffic,
    "total": lambda costs: costs.counting.total(costs.nodes) if costs.counting else costs.macs,
    "latency": lambda costs: latency(costs.network, costs.nodes),
    "training_memory": lambda costs: training_memory(costs.network),
    "bops": lambda costs: bit_operations(costs.network, costs.nodes),
    "convention_params": lambda costs: (
        costs.counting.params(costs.nodes) if costs.counting else costs.params
    ),
}
"""How the metrics come about that are more than the layers' own numbers."""


def metrics_of(network: Network | None, *, layers: bool = False) -> Iterator[str]:
    """All metrics, or those of layers; of a convention, a runtime, a device or an optimizer where
    one is asked for."""
    is_default = network is None or network.setting.accounting.is_default
    for name in asked_for(None if network is None else network.setting):
        metric = METRICS[name]
        if not (metric.needs_convention and is_default) and (metric.is_of_layers or not layers):
            yield name


def asked_for(setting: Setting | None) -> list[str]:
    """The metrics of a report at a setting: all but those of what it does not ask for."""
    has_runtime = setting is not None and setting.runtime is not None
    has_device = setting is not None and setting.device is not None
    has_optimizer = setting is not None and setting.optimizer is not None
    return [
        name
        for name, metric in METRICS.items()
        if (has_runtime or not metric.needs_runtime)
        and (has_device or not metric.needs_device)
        and (has_optimizer or not metric.needs_optimizer)
    ]


def of_each_layer(network: Network, nodes: Sequence[Node]) -> Iterator[dict[str, Number]]:
    """The metrics of each layer by itself, computed a metric at a time, which is faster."""
    names = list(metrics_of(network, layers=True))
    columns: dict[str, Sequence[Number]] = {}

    def column(name: str) -> Sequence[Number]:
        metric = METRICS[name]
        if name not in columns:
            if metric.multiple is not None:
                times, bases = metric.multiple
                parts = zip(*map(column, bases), strict=True)
                columns[name] = [times * sum(part) for part in parts]
            elif metric.of is not None:
                columns[name] = list(map(metric.of, nodes))
            else:
                columns[name] = [Costs(network, [node])[name] for node in nodes]
        return columns[name]

    for values in zip(*map(column, names), strict=True):
        yield dict(zip(names, values, strict=True))


def measure(network: Network, metrics: Iterable[str]) -> dict[str, Number]:
    """Each of the metrics of a network."""
    costs = Costs(network)
    return {name: costs[name] for name in metrics}


def metric_of(network: Network, name: str, nodes: Sequence[Node] | None = None) -> Any:
    """A metric of a network that was built in plain numbers, or of some of its layers.

    An int, or a Fraction of a metric whose values need not be whole.
    """
    return whole(Costs(network, nodes)[name])
