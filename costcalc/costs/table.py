"""The result of costing a network: every layer, the separable comparison, the totals."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from costcalc.accounting.convention import Accounting
from costcalc.costs.separable import Comparison, Forms, compare
from costcalc.costs.totals import measure
from costcalc.graph.nodes import Group, Network, Node
from costcalc.layers.fields import Pair
from costcalc.metrics import TOTALS, Cost
from costcalc.shapes import FeatureMap


class LayerCost:
    """One layer of the cost table."""

    __slots__ = ("cost", "node")

    def __init__(self, node: Node) -> None:
        self.node = node
        self.cost = node.layer.cost(node.shape, *[source.shape for source in node.inputs])

    def __repr__(self) -> str:
        return f"<{self.name}: {self.output_shape}, {self.macs:,} macs, {self.params:,} params>"

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
    def line(self) -> int:
        """The line of the item in the network's own file."""
        return self.node.line

    @property
    def input_shape(self) -> FeatureMap:
        return self.node.inputs[0].shape

    @property
    def output_shape(self) -> FeatureMap:
        return self.node.shape

    @property
    def kernel_size(self) -> Pair | None:
        kernel: Pair | None = self.node.layer.kernel_size
        return kernel

    @property
    def stride(self) -> Pair | None:
        stride: Pair | None = self.node.layer.stride
        # A pool's stride is its kernel unless it is given.
        return stride if stride is not None else self.kernel_size

    @property
    def groups(self) -> int | None:
        groups: int | None = self.node.layer.groups_of(self.input_shape)
        return groups

    @property
    def macs(self) -> int:
        return int(self.cost.macs)

    @property
    def flops(self) -> int:
        return 2 * self.macs

    @property
    def other_ops(self) -> int:
        return int(self.cost.other_ops)

    @property
    def params(self) -> int:
        return int(self.cost.params)

    @property
    def activations(self) -> int:
        return int(self.cost.activations)


class Totals:
    """The network's sums, and what it would cost all standard and all separable."""

    convention: str
    unit: str
    """Of the total: MAC or FLOP."""
    total: int
    """What the convention's tool prints."""
    convention_params: int
    """The params that it counts."""

    def __init__(self, cost: Cost, forms: Forms) -> None:
        self.macs = int(cost.macs)
        self.flops = 2 * self.macs
        self.other_ops = int(cost.other_ops)
        self.params = int(cost.params)
        self.activations = int(cost.activations)
        self.standard_macs = int(forms.standard.macs)
        self.separable_macs = int(forms.separable.macs)
        self.standard_params = int(forms.standard.params)
        self.separable_params = int(forms.separable.params)
        self.ratio = _ratio(self.macs, self.standard_macs)
        """As written over all standard; None where that is 0."""
        self.separable_ratio = _ratio(self.separable_macs, self.standard_macs)
        self.ratio_float = None if self.ratio is None else float(self.ratio)
        self.separable_ratio_float = (
            None if self.separable_ratio is None else float(self.separable_ratio)
        )


def _ratio(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


class Analysis:
    """What `costcalc analyze` shows of one network at one setting."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers = [LayerCost(node) for node in network.nodes]
        self.cost = total(self.layers)
        forms = compare(network, self.cost)
        self.comparison: Sequence[Comparison] = forms.rows
        self.totals = Totals(self.cost, forms)
        self.accounting = network.accounting or Accounting()
        self.totals.convention = self.accounting.name
        self.totals.unit = self.accounting.unit
        self.totals.total = self.totals.macs
        self.totals.convention_params = self.totals.params
        if self.accounting.convention is not None:
            counted = measure(network, TOTALS)
            self.totals.total = int(counted["total"])
            self.totals.convention_params = int(counted["convention_params"])

    @property
    def name(self) -> str:
        return self.network.file.name

    @property
    def variant(self) -> str | None:
        return self.network.variant

    @property
    def path(self) -> str:
        return self.network.file.path

    @property
    def inputs(self) -> dict[str, FeatureMap]:
        return {source.name: source.shape for source in self.network.inputs}

    @property
    def input(self) -> FeatureMap:
        """The first input's shape."""
        return self.network.inputs[0].shape

    @property
    def alpha(self) -> Fraction:
        return Fraction(self.network.knobs.alpha or 1)

    @property
    def rho(self) -> Fraction | None:
        assert self.network.settings.inputs is not None
        ratio = self.network.knobs.ratio(self.network.settings.inputs)
        return None if ratio is None else Fraction(ratio)

    def rows(self, depth: int | None = 1) -> list[Row]:
        """The table of the network opened to a depth; 1 is a row an item, None every layer."""
        costs = {id(layer.node): layer for layer in self.layers}
        return _rows(self.network.root, depth, costs, 0)


class Row:
    """A line of the table: a layer, a closed block, or the head of an open one."""

    def __init__(
        self, place: Group | Node, level: int, layers: list[LayerCost], opened: bool
    ) -> None:
        self.name = place.name
        self.line = place.line
        self.level = level
        self.layers = layers
        self.layer = layers[0] if isinstance(place, Node) else None
        """The layer, where the row is one."""
        self.type = place.layer.type if isinstance(place, Node) else place.type
        self.opened = opened
        """Whether its parts are rows of their own below it."""
        self.cost = total(layers)

    @property
    def output_shape(self) -> FeatureMap | None:
        return self.layers[-1].output_shape if self.layers else None

    @property
    def label(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]


def _rows(group: Group, depth: int | None, costs: dict[int, LayerCost], level: int) -> list[Row]:
    rows: list[Row] = []
    for child in group.children:
        if isinstance(child, Node):
            rows.append(Row(child, level, [costs[id(child)]], False))
            continue
        opened = depth is None or depth > level + 1
        rows.append(Row(child, level, [costs[id(node)] for node in child.nodes()], opened))
        if opened:
            rows.extend(_rows(child, depth, costs, level + 1))
    return rows


def total(layers: Sequence[LayerCost]) -> Cost:
    macs = other_ops = params = activations = 0
    for layer in layers:
        cost = layer.cost
        macs += cost.macs
        other_ops += cost.other_ops
        params += cost.params
        activations += cost.activations
    return Cost(macs, other_ops, params, activations)
