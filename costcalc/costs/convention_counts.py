"""What other tools count: a convention's rules over the layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from costcalc.accounting.convention import QUANTITIES, Convention, Rule
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node
from costcalc.layers.base import area
from costcalc.layers.convolution import Convolution
from costcalc.numeric.base import AbstractNumber, Condition
from costcalc.numeric.exact import Number
from costcalc.shapes import FeatureMap

# Layers behind which tokens are still the transposed view of a map that `tokens` made of it.
_KEEP_STRIDES = frozenset(
    "identity dropout position_embedding layer_scale relu relu6 leaky_relu prelu elu sigmoid "
    "hard_sigmoid tanh silu hard_swish gelu".split()
)
_SEEN_THROUGH = frozenset(("identity", "dropout", "batch_norm"))


class Counting:
    """A network as a convention counts it."""

    def __init__(self, network: Network, convention: Convention) -> None:
        self.network = network
        self.convention = convention

    def total(self, nodes: Iterable[Node] | None = None) -> Number:
        """What the tool prints, in its unit; of some layers, what they add to it."""
        sums: Number = 0
        for node in self.network.nodes if nodes is None else nodes:
            sums += self._value(self._count_of(node), node) * node.times
        return sums

    def params(self, nodes: Iterable[Node] | None = None) -> Number:
        """The params that the tool counts."""
        sums: Number = 0
        for node in self.network.nodes if nodes is None else nodes:
            rule = self._rule(self.convention.params, node)
            counted = node_params(node) if rule is None else self._value(rule, node)
            sums += counted * node.times
        if self.convention.once and nodes is None:
            there = {node.layer.type for node in self.network.nodes}
            sums += sum(more for type_, more in self.convention.once.items() if type_ in there)
        return sums

    def by_type(self) -> dict[str, Number]:
        """The total, apart for each layer type."""
        found: dict[str, Number] = {}
        for node in self.network.nodes:
            value = self._value(self._count_of(node), node) * node.times
            found[node.layer.type] = found.get(node.layer.type, 0) + value
        return found

    def params_by_type(self) -> dict[str, Number]:
        """The params that are counted, apart for each layer type."""
        found: dict[str, Number] = {}
        for node in self.network.nodes:
            value = self.params([node])
            found[node.layer.type] = found.get(node.layer.type, 0) + value
        for type_, more in self.convention.once.items():
            if type_ in found:
                found[type_] += more
        return found

    def rules_text(self, type_: str) -> str:
        """What is counted of a layer type here: one rule, or several where kinds differ."""
        nodes = (node for node in self.network.nodes if node.layer.type == type_)
        return " or ".join(dict.fromkeys(rule_text(self._count_of(node)) for node in nodes))

    def _count_of(self, node: Node) -> Rule:
        rule = self._rule(self.convention.count, node)
        if rule is None:
            unknown = {other.layer.type for other in self.network.nodes if self._lacks(other)}
            raise CostcalcError(
                f"the convention says nothing of {', '.join(sorted(unknown))}",
                position=self.convention.place,
                hint="add them to count or to nothing, or like: default for all that is not said",
            )
        return rule

    def _lacks(self, node: Node) -> bool:
        return self._rule(self.convention.count, node) is None

    def _rule(self, rules: dict[str, Rule], node: Node) -> Rule | None:
        for kind in self.convention.special:
            type_, _, special = kind.partition(".")
            if type_ == node.layer.type and kind in rules and _KINDS[special](self, node):
                return rules[kind]
        return rules.get(node.layer.type)

    def _value(self, rule: Rule, node: Node) -> Number:
        value: Number = 0
        for quantity, weight in rule.items():
            value += weight * self._quantity(quantity, node)
        return value

    def _quantity(self, quantity: str, node: Node) -> Number:
        if quantity == "before_unbiased":
            return node.shape.elements if self._is_unbiased(node) else 0
        if quantity == "before_unbiased_channels":
            return node.shape.channels if self._is_unbiased(node) else 0
        return _QUANTITIES[quantity](node, node.inputs[0].shape, node.shape)

    # Kinds

    def folds_into(self, node: Node) -> Node | None:
        """The layer that an exporter folds a batch norm into.

        Nothing else may read a map in between, and none of them is an output of the network.
        """
        before = node.inputs[0]
        while isinstance(before, Node) and self.network.only_consumer(before):
            if isinstance(before.layer, Convolution):
                return before
            if before.layer.type == "linear":
                return before if before.shape.height == 1 else None
            if before.layer.type not in _SEEN_THROUGH:
                return None
            before = before.inputs[0]
        return None

    def _is_unbiased(self, node: Node) -> bool:
        """Whether a batch norm that is folded leaves a bias where there was none."""
        into, before = self.folds_into(node), node.inputs[0]
        while isinstance(before, Node) and before is not into:
            if into is not None and before.layer.type == "batch_norm":
                return False
            before = before.inputs[0]
        return into is None or not has_bias(into)

    def _is_folded(self, node: Node) -> bool:
        return self.folds_into(node) is not None

    def _is_folded_into(self, node: Node, type_: str) -> bool:
        into = self.folds_into(node)
        return into is not None and into.layer.type == type_

    def _is_strided(self, node: Node) -> bool:
        before: Any = node.inputs[0]
        while isinstance(before, Node) and before.layer.type in _KEEP_STRIDES:
            before = before.inputs[0]
        return isinstance(before, Node) and before.layer.type == "tokens"

    def _is_square(self, node: Node) -> bool:
        equal = node.inputs[0].shape.channels == node.shape.channels
        return bool(equal.decide() if isinstance(equal, Condition) else equal)

    def _has_size(self, node: Node) -> bool:
        return getattr(node.layer, "size", None) is not None

    def _is_bilinear(self, node: Node) -> bool:
        return getattr(node.layer, "mode", None) == "bilinear"


_KINDS: dict[str, Callable[[Counting, Node], bool]] = {
    "folded_transposed": lambda own, node: own._is_folded_into(node, "conv_transpose2d"),
    "folded_linear": lambda own, node: own._is_folded_into(node, "linear"),
    "folded": Counting._is_folded,
    "strided": Counting._is_strided,
    "square": Counting._is_square,
    "size": Counting._has_size,
    "bilinear": Counting._is_bilinear,
}


def node_params(node: Node) -> Number:
    return node.layer.params(node.shape, *[source.shape for source in node.inputs])


# Quantities, each of a layer, its first input and its output


def _macs(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    return node.layer.macs(out, *[source.shape for source in node.inputs])


def has_bias(node: Node) -> bool:
    return bool(getattr(node.layer, "bias", False))


def _bias(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    times = 4 if node.layer.type == "multi_head_attention" else 1
    return times * out.elements if has_bias(node) else 0


def _projections(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    return 4 * x.height * x.width * x.channels * x.channels


def _scores(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    heads: Number = getattr(node.layer, "heads", 0)
    return heads * x.height * x.height * x.width


def _spread(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    return out.elements * _kernel(node) * (x.channels // _groups(node, x))


def _spread_outputs(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    return out.elements * _kernel(node) * (out.channels // _groups(node, x))


def _calflops_transposed(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    """Its weight's second side is a group's output channels, which it divides by the groups again;
    its bias counts at the positions that a plain convolution of the input would have."""
    layer: Any = node.layer
    per_group = out.channels // _groups(node, x)
    macs = 2 * _kernel(node) * x.channels * (per_group // _groups(node, x)) * x.area
    if not has_bias(node):
        return macs
    top, bottom, left, right = (0, 0, 0, 0) if isinstance(layer.padding, str) else layer.padding
    sides = [
        (side + around - dilation * (kernel - 1) - 1) // stride + 1
        for side, around, dilation, kernel, stride in zip(
            (x.height, x.width),
            (top + bottom, left + right),
            layer.dilation,
            layer.kernel_size,
            layer.stride,
            strict=True,
        )
    ]
    return macs + per_group * sides[0] * sides[1]


def _kernel(node: Node) -> Number:
    return area(node.layer.kernel_size)


def _groups(node: Node, x: FeatureMap) -> Number:
    return node.layer.groups_of(x)


def _float_windows(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    """Elements of the input and the output, but one less where the ratio of sides is inexact.

    thop 0.1.1 computes int((h_in / h_out * (w_in / w_out) + 1) * n) in binary floats.
    """
    sides = [
        side.single() if isinstance(side, AbstractNumber) else side for side in (*x[1:], *out[1:])
    ]
    channels = out.channels.single() if isinstance(out.channels, AbstractNumber) else out.channels
    elements = channels * sides[2] * sides[3]
    return int((sides[0] / sides[2] * (sides[1] / sides[3]) + 1) * elements)


def _unscaled_channels(node: Node, x: FeatureMap, out: FeatureMap) -> Number:
    return 0 if getattr(node.layer, "scale", True) else out.channels


_QUANTITIES: dict[str, Callable[[Node, FeatureMap, FeatureMap], Number]] = {
    "one": lambda node, x, out: 1,
    "macs": _macs,
    "params": lambda node, x, out: node_params(node),
    "output": lambda node, x, out: out.elements,
    "input": lambda node, x, out: x.elements,
    "channels": lambda node, x, out: out.channels,
    "positions": lambda node, x, out: out.area,
    "params_positions": lambda node, x, out: node_params(node) * out.area,
    "bias": _bias,
    "inner_bias": lambda node, x, out: 3 * out.elements if has_bias(node) else 0,
    "outer_bias": lambda node, x, out: out.elements if has_bias(node) else 0,
    "affine": lambda node, x, out: out.elements if getattr(node.layer, "scale", False) else 0,
    "merges": lambda node, x, out: (len(node.inputs) - 1) * out.elements,
    "window": lambda node, x, out: _kernel(node) * out.elements,
    "projections": _projections,
    "scores": _scores,
    "spread": _spread,
    "spread_ungrouped": lambda node, x, out: out.elements * _kernel(node) * x.channels,
    "spread_outputs": _spread_outputs,
    "calflops_transposed": _calflops_transposed,
    "unscaled_channels": _unscaled_channels,
    "float_windows": _float_windows,
    "norm_groups": lambda node, x, out: getattr(node.layer, "groups", 0),
}
_OF_FOLDING = {"before_unbiased", "before_unbiased_channels"}
assert _QUANTITIES.keys() | _OF_FOLDING == QUANTITIES.keys()


def rule_text(rule: Rule) -> str:
    """`2 output + bias`; 0 where nothing counts."""
    terms = [
        quantity if weight == 1 else f"{weight} {quantity}" for quantity, weight in rule.items()
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"
