"""What other tools count: a convention's rules over the layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from costcalc.accounting.convention import Convention
from costcalc.accounting.quantities import QUANTITIES, has_bias
from costcalc.accounting.rules import SPECIAL, Rule, Rules, open_type, rule_text
from costcalc.costs.sums import summed
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Node
from costcalc.layers.convolution import Convolution
from costcalc.metrics.of_nodes import numbers_of
from costcalc.numeric.base import Condition
from costcalc.numeric.exact import Number

_TRAINABLE: Rule = {"params": 1}
"""What counts as params of a layer that a convention has no rule for."""


class Counting:
    """A network as a convention counts it."""

    def __init__(self, network: Network, convention: Convention) -> None:
        self.network = network
        self.convention = convention

    def total(self, nodes: Iterable[Node] | None = None) -> Number:
        """What the tool prints, in its unit; of some layers, what they add to it."""
        nodes = self.network.nodes if nodes is None else nodes
        return summed(lambda node: self._value(self.count_rule(node), node), nodes)

    def params(self, nodes: Iterable[Node] | None = None) -> Number:
        """The params that the tool counts."""
        once = 0
        if nodes is None:
            nodes = self.network.nodes
            once = sum(self._once().values())
        return once + summed(self._own_params, nodes)

    def _own_params(self, node: Node) -> Number:
        """The params that are counted of a layer, without those that it takes from another."""
        if self.convention.is_default and not node.trainable:
            return 0
        own = self._value(self.params_rule(node), node)
        if node.weights is None:
            return own
        if node.weights.layer.type == node.layer.type:
            return 0
        # A linear layer keeps its bias beside a table of embeddings, which some tools do not count.
        return own - self.params_rule(node.weights).get("params", 0) * numbers_of(node.weights)

    def by_type(self) -> dict[str, Number]:
        """The total, apart for each layer type."""
        return self._by_type(lambda node: self.total([node]))

    def params_by_type(self) -> dict[str, Number]:
        """The params that are counted, apart for each layer type."""
        found = self._by_type(lambda node: self.params([node]))
        for type_, more in self._once().items():
            found[type_] += more
        return found

    def _once(self) -> dict[str, int]:
        """By layer type, the params that the tool adds where there is a layer of it."""
        rules = self.convention.once
        found: dict[str, tuple[str, int]] = {}
        for node in self.network.nodes if rules else ():
            kind = self._kind(rules, node)
            if kind is not None:
                found[kind] = (node.layer.type, rules[kind]["one"])
        added: dict[str, int] = {}
        for type_, more in found.values():
            added[type_] = added.get(type_, 0) + more
        return added

    def _by_type(self, value: Callable[[Node], Number]) -> dict[str, Number]:
        found: dict[str, Number] = {}
        for node in self.network.nodes:
            found[node.layer.type] = found.get(node.layer.type, 0) + value(node)
        return found

    def rules_text(self, type_: str, rule: Callable[[Node], Rule]) -> str:
        """What counts of a layer type in this network: one rule, or several where kinds differ.

        `rule` is `count_rule` or `params_rule`.
        """
        nodes = (node for node in self.network.nodes if node.layer.type == type_)
        return " or ".join(dict.fromkeys(rule_text(rule(node)) for node in nodes))

    def count_rule(self, node: Node) -> Rule:
        """What counts of a layer; CostcalcError where the convention has no rule for its type."""
        rule = self._rule(self.convention.count, node)
        if rule is None:
            raise CostcalcError(
                f"the convention says nothing of {', '.join(self.unknown)}",
                position=self.convention.place,
                hint="add them to count or to nothing, or like: default for all that is not said",
            )
        return rule

    @cached_property
    def unknown(self) -> list[str]:
        """The layer types of the network of which the convention says nothing."""
        return sorted(
            {
                node.layer.type
                for node in self.network.nodes
                if self._rule(self.convention.count, node) is None
            }
        )

    def params_rule(self, node: Node) -> Rule:
        """What counts as params of a layer: the trainable ones unless the convention says else."""
        rule = self._rule(self.convention.params, node)
        return _TRAINABLE if rule is None else rule

    def _rule(self, rules: Rules, node: Node) -> Rule | None:
        kind = self._kind(rules, node)
        return None if kind is None else rules[kind]

    def _kind(self, rules: Rules, node: Node) -> str | None:
        return rules.kind_of(node.layer, lambda special: _KINDS[special](self, node))

    def _value(self, rule: Rule, node: Node) -> Number:
        value: Number = 0
        for quantity, weight in rule.items():
            is_of_samples = QUANTITIES[quantity].is_of_samples
            times = node.shape.samples if is_of_samples else 1
            if node.experts is not None:
                times = times * (node.experts.active if is_of_samples else node.experts.count)
            value += weight * times * self._quantity(quantity, node)
        return value

    def _quantity(self, quantity: str, node: Node) -> Number:
        of = QUANTITIES[quantity].of
        if of is not None:
            return of(node.layer, node.shape, [source.shape for source in node.inputs])
        if not self._is_unbiased(node):
            return 0
        return node.shape.elements if quantity == "before_unbiased" else node.shape.channels

    # Special kinds

    def folds_into(self, node: Node) -> Node | None:
        """The layer that an exporter folds a batch norm into.

        Nothing else may read a map in between, and none of them is an output of the network.
        """
        before = node.inputs[0]
        while isinstance(before, Node) and self.network.only_consumer(before):
            if isinstance(before.layer, Convolution):
                return before
            if before.layer.type == "linear":
                return before if before.shape.sides[:1] in ((), (1,)) else None
            if before.layer.type not in ("identity", "dropout", "batch_norm"):
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
        return into is None or not has_bias(into.layer)

    def _is_folded_into(self, node: Node, *types: str) -> bool:
        into = self.folds_into(node)
        return into is not None and (not types or open_type(into.layer.type) in types)

    def _is_strided(self, node: Node) -> bool:
        before: Any = node.inputs[0]
        while isinstance(before, Node) and _keeps_strides(before):
            before = before.inputs[0]
        return isinstance(before, Node) and _is_view(before)


def _is_view(node: Node) -> bool:
    """Whether PyTorch makes tokens of what this layer hands on by a transposed view of it.

    Windows, which are samples, are copied; so is what is cut to a part.
    """
    if node.layer.type == "rearrange":
        return _same(node.shape.samples, node.inputs[0].shape.samples)
    is_sequence = len(node.shape.sides) == 1 and isinstance(node.layer, Convolution)
    return is_sequence or node.layer.type == "tokens"


def _keeps_strides(node: Node) -> bool:
    """Whether tokens that are the transposed view of a map are so behind this layer, too.

    PyTorch's elementwise operators keep the strides of what they read; softmax does not.
    """
    layer = node.layer
    if layer.family == "activations":
        return layer.type != "softmax"
    if layer.type == "rearrange":
        return _keeps_tokens(node)
    return layer.type in ("identity", "dropout", "position_embedding", "layer_scale")


def _keeps_tokens(node: Node) -> bool:
    """Whether a rearrangement leaves a sequence one, its channels in their place."""
    layer: Any = node.layer
    pattern, x = layer.pattern, node.inputs[0].shape
    read, made = pattern.inputs[0], pattern.output
    same = read[read.names_batch].axes == made[made.names_batch].axes
    return same and sum(not _same(side, 1) for side in x.sides) < 2


def _is_square(node: Node) -> bool:
    return _same(node.inputs[0].shape.channels, node.shape.channels)


def _is_composed(node: Node) -> bool:
    """Whether PyTorch on a CPU makes an attention of its two products, and not of one operator."""
    _, key, value = node.inputs
    return _is_biased(node) or not _same(key.shape.channels, value.shape.channels)


def _is_biased(node: Node) -> bool:
    return not _same(getattr(node.layer, "position_biases", 0), 0)


def _same(left: Number, right: Number) -> bool:
    equal = left == right
    return bool(equal.decide() if isinstance(equal, Condition) else equal)


def _sides(node: Node) -> int:
    """How many sides the map of a layer has."""
    return len((node.inputs[0] if node.inputs else node).shape.sides)


def _is_bilinear(node: Node, sides: int) -> bool:
    return getattr(node.layer, "mode", None) == "bilinear" and _sides(node) == sides


_KINDS: dict[str, Callable[[Counting, Node], bool]] = {
    "function": lambda counting, node: node.layer.call == "function",
    "method": lambda counting, node: node.layer.call == "method",
    "sequence": lambda counting, node: _sides(node) == 1,
    "volume": lambda counting, node: _sides(node) == 3,
    "folded_transposed": lambda counting, node: counting._is_folded_into(node, "conv_transpose"),
    "folded_linear": lambda counting, node: counting._is_folded_into(node, "linear"),
    "folded": lambda counting, node: counting._is_folded_into(node),
    "strided": Counting._is_strided,
    "composed": lambda counting, node: _is_composed(node),
    "masked": lambda counting, node: getattr(node.layer, "causal", False) or _is_biased(node),
    "projected": lambda counting, node: not _same(getattr(node.layer, "proj_size", 0), 0),
    "single": lambda counting, node: len(node.inputs) == 1,
    "square": lambda counting, node: _is_square(node),
    "size": lambda counting, node: getattr(node.layer, "size", None) is not None,
    "bilinear": lambda counting, node: _is_bilinear(node, 2),
    "linear": lambda counting, node: _is_bilinear(node, 1),
    "trilinear": lambda counting, node: _is_bilinear(node, 3),
}
assert _KINDS.keys() == {kind.rpartition(".")[2] for kind in SPECIAL}
