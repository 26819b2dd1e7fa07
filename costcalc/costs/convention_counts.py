"""What other tools count: a convention's rules over the layers of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from costcalc.accounting.convention import QUANTITIES, Convention, Rule
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network, Step
from costcalc.layers.base import area
from costcalc.layers.convolution import Convolution
from costcalc.metrics import FeatureMap
from costcalc.numeric.base import Condition, NumberKind
from costcalc.numeric.exact import Number

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

    def total(self, steps: Iterable[Step] | None = None) -> Number:
        """What the tool prints, in its unit; of some layers, what they add to it."""
        sums: Number = 0
        for step in self.network.steps if steps is None else steps:
            sums += self._value(self._count_of(step), step) * step.times
        return sums

    def params(self, steps: Iterable[Step] | None = None) -> Number:
        """The params that the tool counts."""
        sums: Number = 0
        for step in self.network.steps if steps is None else steps:
            rule = self._rule(self.convention.params, step)
            counted = step_params(step) if rule is None else self._value(rule, step)
            sums += counted * step.times
        if self.convention.once and steps is None:
            there = {step.layer.type for step in self.network.steps}
            sums += sum(more for type_, more in self.convention.once.items() if type_ in there)
        return sums

    def by_type(self) -> dict[str, Number]:
        """The total, apart for each layer type."""
        found: dict[str, Number] = {}
        for step in self.network.steps:
            value = self._value(self._count_of(step), step) * step.times
            found[step.layer.type] = found.get(step.layer.type, 0) + value
        return found

    def params_by_type(self) -> dict[str, Number]:
        """The params that are counted, apart for each layer type."""
        found: dict[str, Number] = {}
        for step in self.network.steps:
            value = self.params([step])
            found[step.layer.type] = found.get(step.layer.type, 0) + value
        for type_, more in self.convention.once.items():
            if type_ in found:
                found[type_] += more
        return found

    def rules_text(self, type_: str) -> str:
        """What is counted of a layer type here: one rule, or several where kinds differ."""
        steps = (step for step in self.network.steps if step.layer.type == type_)
        return " or ".join(dict.fromkeys(rule_text(self._count_of(step)) for step in steps))

    def _count_of(self, step: Step) -> Rule:
        rule = self._rule(self.convention.count, step)
        if rule is None:
            unknown = {other.layer.type for other in self.network.steps if self._lacks(other)}
            raise CostcalcError(
                f"the convention says nothing of {', '.join(sorted(unknown))}",
                position=self.convention.place,
                hint="add them to count or to nothing, or like: default for all that is not said",
            )
        return rule

    def _lacks(self, step: Step) -> bool:
        return self._rule(self.convention.count, step) is None

    def _rule(self, rules: dict[str, Rule], step: Step) -> Rule | None:
        for kind in self.convention.special:
            type_, _, special = kind.partition(".")
            if type_ == step.layer.type and kind in rules and _KINDS[special](self, step):
                return rules[kind]
        return rules.get(step.layer.type)

    def _value(self, rule: Rule, step: Step) -> Number:
        value: Number = 0
        for quantity, weight in rule.items():
            value += weight * self._quantity(quantity, step)
        return value

    def _quantity(self, quantity: str, step: Step) -> Number:
        if quantity == "before_unbiased":
            return step.map.elements if self._is_unbiased(step) else 0
        if quantity == "before_unbiased_channels":
            return step.map.channels if self._is_unbiased(step) else 0
        return _QUANTITIES[quantity](step, step.inputs[0].map, step.map)

    @cached_property
    def _readers(self) -> Counter[int]:
        """How many layers read each map."""
        return Counter(id(wire) for step in self.network.steps for wire in step.inputs)

    # Kinds

    def folds_into(self, step: Step) -> Step | None:
        """What an exporter folds a batch norm into; nothing else may read a map in between."""
        before = step.inputs[0]
        while isinstance(before, Step) and self._readers[id(before)] == 1:
            if isinstance(before.layer, Convolution):
                return before
            if before.layer.type == "linear":
                return before if before.map.height == 1 else None
            if before.layer.type not in _SEEN_THROUGH:
                return None
            before = before.inputs[0]
        return None

    def _is_unbiased(self, step: Step) -> bool:
        """Whether a batch norm that is folded leaves a bias where there was none."""
        into, before = self.folds_into(step), step.inputs[0]
        while isinstance(before, Step) and before is not into:
            if into is not None and before.layer.type == "batch_norm":
                return False
            before = before.inputs[0]
        return into is None or not has_bias(into)

    def _is_folded(self, step: Step) -> bool:
        return self.folds_into(step) is not None

    def _is_folded_into(self, step: Step, type_: str) -> bool:
        into = self.folds_into(step)
        return into is not None and into.layer.type == type_

    def _is_strided(self, step: Step) -> bool:
        before: Any = step.inputs[0]
        while isinstance(before, Step) and before.layer.type in _KEEP_STRIDES:
            before = before.inputs[0]
        return isinstance(before, Step) and before.layer.type == "tokens"

    def _is_square(self, step: Step) -> bool:
        equal = step.inputs[0].map.channels == step.map.channels
        return bool(equal.decide() if isinstance(equal, Condition) else equal)

    def _has_size(self, step: Step) -> bool:
        return getattr(step.layer, "size", None) is not None

    def _is_bilinear(self, step: Step) -> bool:
        return getattr(step.layer, "mode", None) == "bilinear"


_KINDS: dict[str, Callable[[Counting, Step], bool]] = {
    "folded_transposed": lambda own, step: own._is_folded_into(step, "conv_transpose2d"),
    "folded_linear": lambda own, step: own._is_folded_into(step, "linear"),
    "folded": Counting._is_folded,
    "strided": Counting._is_strided,
    "square": Counting._is_square,
    "size": Counting._has_size,
    "bilinear": Counting._is_bilinear,
}


def step_params(step: Step) -> Number:
    return step.layer.params(step.map, *[wire.map for wire in step.inputs])


# Quantities, each of a layer, its first input and its output


def _macs(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    return step.layer.macs(out, *[wire.map for wire in step.inputs])


def has_bias(step: Step) -> bool:
    return bool(getattr(step.layer, "bias", False))


def _bias(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    times = 4 if step.layer.type == "multi_head_attention" else 1
    return times * out.elements if has_bias(step) else 0


def _projections(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    return 4 * x.height * x.width * x.channels * x.channels


def _scores(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    heads: Number = getattr(step.layer, "heads", 0)
    return heads * x.height * x.height * x.width


def _spread(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    return out.elements * _kernel(step) * (x.channels // _groups(step, x))


def _spread_outputs(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    return out.elements * _kernel(step) * (out.channels // _groups(step, x))


def _calflops_transposed(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    """Its weight's second side is a group's output channels, which it divides by the groups again;
    its bias counts at the positions that a plain convolution of the input would have."""
    layer: Any = step.layer
    per_group = out.channels // _groups(step, x)
    macs = 2 * _kernel(step) * x.channels * (per_group // _groups(step, x)) * x.area
    if not has_bias(step):
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


def _kernel(step: Step) -> Number:
    return area(step.layer.kernel_size)


def _groups(step: Step, x: FeatureMap) -> Number:
    return step.layer.groups_of(x)


def _float_windows(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    """Elements of the input and the output, but one less where the ratio of sides is inexact.

    thop 0.1.1 computes int((h_in / h_out * (w_in / w_out) + 1) * n) in binary floats.
    """
    sides = [side.single() if isinstance(side, NumberKind) else side for side in (*x[1:], *out[1:])]
    channels = out.channels.single() if isinstance(out.channels, NumberKind) else out.channels
    elements = channels * sides[2] * sides[3]
    return int((sides[0] / sides[2] * (sides[1] / sides[3]) + 1) * elements)


def _unscaled_channels(step: Step, x: FeatureMap, out: FeatureMap) -> Number:
    return 0 if getattr(step.layer, "scale", True) else out.channels


_QUANTITIES: dict[str, Callable[[Step, FeatureMap, FeatureMap], Number]] = {
    "one": lambda step, x, out: 1,
    "macs": _macs,
    "params": lambda step, x, out: step_params(step),
    "output": lambda step, x, out: out.elements,
    "input": lambda step, x, out: x.elements,
    "channels": lambda step, x, out: out.channels,
    "positions": lambda step, x, out: out.area,
    "params_positions": lambda step, x, out: step_params(step) * out.area,
    "bias": _bias,
    "inner_bias": lambda step, x, out: 3 * out.elements if has_bias(step) else 0,
    "outer_bias": lambda step, x, out: out.elements if has_bias(step) else 0,
    "affine": lambda step, x, out: out.elements if getattr(step.layer, "scale", False) else 0,
    "merges": lambda step, x, out: (len(step.inputs) - 1) * out.elements,
    "window": lambda step, x, out: _kernel(step) * out.elements,
    "projections": _projections,
    "scores": _scores,
    "spread": _spread,
    "spread_ungrouped": lambda step, x, out: out.elements * _kernel(step) * x.channels,
    "spread_outputs": _spread_outputs,
    "calflops_transposed": _calflops_transposed,
    "unscaled_channels": _unscaled_channels,
    "float_windows": _float_windows,
    "norm_groups": lambda step, x, out: getattr(step.layer, "groups", 0),
}
_OF_FOLDING = {"before_unbiased", "before_unbiased_channels"}
assert _QUANTITIES.keys() | _OF_FOLDING == QUANTITIES.keys()


def rule_text(rule: Rule) -> str:
    """`2 output + bias`; 0 where nothing counts."""
    terms = [
        quantity if weight == 1 else f"{weight} {quantity}" for quantity, weight in rule.items()
    ]
    return " + ".join(terms).replace("+ -", "- ") or "0"
