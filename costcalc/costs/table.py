"""What `costcalc analyze` reports: every layer, blocks of layers, the comparison, the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from costcalc.accounting.convention import Accounting
from costcalc.costs.separable import Comparison
from costcalc.costs.tool_figures import Printed, misstated, outdated, printed
from costcalc.costs.totals import Costs
from costcalc.errors import CostcalcWarning
from costcalc.graph.nodes import Group, Network, Node
from costcalc.graph.warnings import warnings_of
from costcalc.layers.fields import Sizes
from costcalc.shapes import TensorShape


class LayerCost:
    """One layer of the cost table; each metric that layers have is an attribute."""

    __slots__ = ("network", "node")

    def __init__(self, network: Network, node: Node) -> None:
        self.network = network
        self.node = node

    def __repr__(self) -> str:
        return f"<{self.name}: {self.output_shape}, {self.macs:,} macs, {self.params:,} params>"

    def __getattr__(self, name: str) -> int:
        value: int = getattr(self.cost, name)
        return value

    @property
    def cost(self) -> Costs:
        return Costs(self.network, [self.node])

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def type(self) -> str:
        return self.node.layer.type

    @property
    def block(self) -> str | None:
        """The dotted name of the block or structure around it; None at the top."""
        return self.node.group.name or None

    @property
    def line(self) -> int | None:
        """The line of the item in the network's own file."""
        return self.node.origin.line

    @property
    def input_shape(self) -> TensorShape | None:
        """The shape of the first map that it reads; None where it reads none."""
        inputs = self.node.inputs
        return inputs[0].shape if inputs else None

    @property
    def output_shape(self) -> TensorShape:
        return self.node.shape

    @property
    def kernel_size(self) -> Sizes | None:
        kernel: Sizes | None = self.node.layer.kernel_size
        return kernel

    @property
    def stride(self) -> Sizes | None:
        stride: Sizes | None = self.node.layer.stride
        # A pool's stride is its kernel unless it is given.
        return stride if stride is not None else self.kernel_size

    @property
    def weights_of(self) -> str | None:
        """The layer whose weights it uses; None where it has its own."""
        return None if self.node.weights is None else self.node.weights.name

    @property
    def experts(self) -> int | None:
        """How many copies of it there are in a mixture; None outside of one."""
        return None if self.node.experts is None else self.node.experts.count

    @property
    def active_experts(self) -> int | None:
        """How many of the copies a place goes through."""
        return None if self.node.experts is None else self.node.experts.active

    @property
    def groups(self) -> int | None:
        x = self.input_shape
        groups: int | None = None if x is None else self.node.layer.groups_of(x)
        return groups


class Totals(Costs):
    """The metrics of a whole network, and its ratios to the network in standard form."""

    @property
    def accounting(self) -> Accounting:
        return self.network.setting.accounting

    @property
    def convention(self) -> str:
        return self.accounting.name

    @property
    def unit(self) -> str:
        """Of the total: MAC or FLOP."""
        return self.accounting.unit

    @property
    def ratio(self) -> Fraction | None:
        """MACs as written over all standard; None where that is 0."""
        return _ratio(self.macs, self.standard_macs)

    @property
    def separable_ratio(self) -> Fraction | None:
        """MACs all separable over all standard; None where that is 0."""
        return _ratio(self.separable_macs, self.standard_macs)

    @property
    def ratio_float(self) -> float | None:
        return None if self.ratio is None else float(self.ratio)

    @property
    def separable_ratio_float(self) -> float | None:
        return None if self.separable_ratio is None else float(self.separable_ratio)


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


class Analysis:
    """A network at one setting with the costs of its layers and blocks."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = [LayerCost(network, node) for node in network.nodes]
        self.totals = self.cost = Totals(network)
        self.accounting = self.totals.accounting
        if not self.accounting.is_default:
            self.totals["total"]  # a layer type that the convention lacks is an error at once

    @property
    def comparison(self) -> Sequence[Comparison]:
        """Every convolution that can be replaced by its other form, in both forms."""
        return self.totals.forms.rows

    @cached_property
    def warnings(self) -> list[CostcalcWarning]:
        """What may not be meant: items that no output needs, defaults that have changed, and
        figures in the file that are not those of the network."""
        network = self.network
        return [*warnings_of(network), *outdated(network), *misstated(network)]

    @cached_property
    def printed(self) -> Printed | None:
        """What the program of the file's own format prints; None for the network language."""
        return printed(self.network)

    def cost_of(self, layers: Sequence[LayerCost]) -> Costs:
        return self.cost_of_nodes([layer.node for layer in layers])

    def cost_of_nodes(self, nodes: Sequence[Node]) -> Costs:
        return Costs(self.network, nodes)

    @property
    def name(self) -> str:
        return self.network.name

    @property
    def variant(self) -> str | None:
        return self.network.setting.variant

    @property
    def path(self) -> str:
        return self.network.path

    @property
    def inputs(self) -> dict[str, TensorShape]:
        return {source.name: source.shape for source in self.network.inputs}

    @property
    def input(self) -> TensorShape:
        """The first input's shape."""
        return self.network.inputs[0].shape

    @property
    def alpha(self) -> Fraction:
        return Fraction(self.network.setting.alpha or 1)

    @property
    def batch(self) -> int:
        """Samples of each input."""
        return int(self.network.setting.batch or 1)

    @property
    def rho(self) -> Fraction | None:
        ratio = self.network.setting.ratio(self.network.stated)
        return None if ratio is None else Fraction(ratio)

    def rows(self, depth: int | None = 1) -> list[Row]:
        """The table with blocks opened to a depth: 1 is a row an item, None shows every layer."""
        layers = {id(layer.node): layer for layer in self.layers}
        return list(self._rows(self.network.root, depth, layers, 0))

    def _rows(
        self, group: Group, depth: int | None, layers: dict[int, LayerCost], level: int
    ) -> Iterator[Row]:
        for child in group.children:
            nodes = [child] if isinstance(child, Node) else child.nodes()
            inside = [layers[id(node)] for node in nodes]
            opened = isinstance(child, Group) and (depth is None or depth > level + 1)
            yield Row(child, level, inside, self.cost_of(inside), opened)
            if isinstance(child, Group) and opened:
                yield from self._rows(child, depth, layers, level + 1)


class Row:
    """A line of the table: a layer, a closed block, or the head of an open one."""

    def __init__(
        self, place: Group | Node, level: int, layers: list[LayerCost], cost: Costs, opened: bool
    ) -> None:
        self.name = place.name
        self.line = place.origin.line
        self.level = level
        self.layers = layers
        self.layer = layers[0] if isinstance(place, Node) else None
        """The layer, where the row is one."""
        self.type = place.layer.type if isinstance(place, Node) else place.type
        self.opened = opened
        """Whether its parts are rows of their own below it."""
        self.cost = cost

    @property
    def output_shape(self) -> TensorShape | None:
        return self.layers[-1].output_shape if self.layers else None

    @property
    def experts(self) -> tuple[int, int] | None:
        """Where the row is the experts of a mixture: how many are active, of how many."""
        node = self.layers[0].node if self.type == "experts" and self.layers else None
        return (node.experts.active, node.experts.count) if node and node.experts else None

    @property
    def label(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]
