"""The registry of what can be counted.

A metric is one record in METRICS: reports, sweeps, searches, limits, baselines, comparisons and the
schema go through the registry, so that a record is all that a new metric of layers needs. How a
network's value comes about is `costs.totals`; the few metrics that only a network has, and not a
layer, are computed there.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.numeric.exact import Number

COUNTED = (
    "MACs: multiply-accumulates of convolutions and matrix products, padding included. "
    "Bias, norms, activations, pooling and merges are apart, in other_ops. "
    "FLOPs = 2 x MACs. Params: trainable."
)

Unit: TypeAlias = Literal["mac", "flop", "op", "param", "element", "byte"]


class Metric(NamedTuple):
    """One thing that can be counted, computed in one of three ways.

    `of` gives the number of one layer from its node in the graph (`graph.nodes.Node`: its `layer`,
    the `shape` of its output, its `inputs`), and `reduce` that of several. `multiple` takes it from
    another metric. Without either, only a network has it, by a function in `costs.totals`.
    """

    name: str
    """In JSON, CSV, options, limits and Python."""
    title: str
    """In pages for people: above a column, or behind a number."""
    unit: Unit
    about: str
    """What it counts, in the manual and in the schema's descriptions."""
    of: Callable[[Any], Number] | None = None
    reduce: Callable[[Iterable[Number]], Number] = sum
    multiple: tuple[int, tuple[str, ...]] | None = None
    """(2, ("macs",)): twice as many as another metric, or as several together."""
    needs_convention: bool = False
    """Whether it depends on the convention that is asked for, so that it is shown only then."""
    shown: bool = True
    """Whether pages for people show it without being asked."""
    mostly: int | str | None = None
    """A number or a metric that it mostly equals: pages show it where it does not."""

    def tells(self, value_of: Callable[[str], Number | None]) -> bool:
        """Whether pages show it: whether it is not what it mostly is, by the values of metrics."""
        value = value_of(self.name)
        mostly = value_of(self.mostly) if isinstance(self.mostly, str) else self.mostly
        return self.shown and value is not None and value != mostly

    @property
    def is_of_layers(self) -> bool:
        """Whether a layer, and so a part of a network, has it."""
        return bool(self.of or self.multiple or self.needs_convention)


def formula(method: str) -> Callable[[Any], Number]:
    """What a method of the layer's class says of its output's shape and its inputs'."""

    def of(node: Any) -> Number:
        inputs = node.inputs
        rule = getattr(node.layer, method)
        if len(inputs) == 1:  # by far the most usual
            return rule(node.shape, inputs[0].shape)
        return rule(node.shape, *[source.shape for source in inputs])

    return of


def of_samples(method: str) -> Callable[[Any], Number]:
    """What a method says of one sample, times the samples of the output."""
    of_one = formula(method)

    def of(node: Any) -> Number:
        samples = node.shape.samples
        once = of_one(node)
        if node.experts is not None:
            once = once * node.experts.active
        return once if type(samples) is int and samples == 1 else once * samples

    return of


_numbers = formula("params")


def numbers_of(node: Any) -> Number:
    """What a layer has of weights, its own or those of another layer."""
    return _numbers(node)


def own_numbers(node: Any) -> Number:
    """What a layer has of weights that no layer before it has, of all its copies in a mixture."""
    own = _numbers(node)
    if node.weights is not None:
        if node.layer.type == node.weights.layer.type:
            return 0
        own = own - _numbers(node.weights)  # a linear layer's bias, beside a table of embeddings
    return own if node.experts is None else own * node.experts.count


def _trained(node: Any) -> Number:
    return own_numbers(node) if node.trainable else 0


def _frozen(node: Any) -> Number:
    return 0 if node.trainable else own_numbers(node)


def _active(node: Any) -> Number:
    if node.experts is None or not node.trainable or node.weights is not None:
        return _trained(node)
    return _numbers(node) * node.experts.active


def _all_in_form(form: str, other: str) -> tuple[Metric, Metric]:
    replaced = f"of the whole network with every {other} convolution replaced by its {form} form."
    return (
        Metric(f"{form}_macs", f"MACs all {form}", "mac", f"macs {replaced}", shown=False),
        Metric(f"{form}_params", f"params all {form}", "param", f"params {replaced}", shown=False),
    )


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "macs",
            "MACs",
            "mac",
            "Multiply-accumulates (one multiplication and one addition) of convolutions and matrix "
            "products. Positions in the padding count like any other.",
            of_samples("macs"),
        ),
        Metric(
            "flops",
            "FLOPs",
            "flop",
            '2 × macs. Some papers and tools call macs "FLOPs"; costcalc never does.',
            multiple=(2, ("macs",)),
        ),
        Metric(
            "other_ops",
            "other ops",
            "op",
            "Every other operation that computes: biases, norms, activations, pooling, merges.",
            of_samples("other_ops"),
        ),
        Metric(
            "params",
            "params",
            "param",
            "Trainable parameters, as PyTorch's numel; a batch norm has two a channel. Those that "
            "several layers share count once.",
            _trained,
        ),
        Metric(
            "frozen_params",
            "frozen params",
            "param",
            "Parameters that are not trained: those of items with trainable: false.",
            _frozen,
            mostly=0,
        ),
        Metric(
            "active_params",
            "active params",
            "param",
            "params that one place goes through: of a mixture of experts those of the active ones; "
            "of all else all.",
            _active,
            mostly="params",
        ),
        Metric(
            "activations",
            "activations",
            "element",
            "Elements of the output maps of convolutions and linear layers.",
            of_samples("activations"),
        ),
        Metric(
            "attended_macs",
            "attended MACs",
            "mac",
            "macs without the pairs of queries and keys that a mask of attention leaves out, which "
            "are computed all the same: macs count them.",
            of_samples("attended_macs"),
            mostly="macs",
        ),
        Metric(
            "kv_cache",
            "bytes of KV cache",
            "byte",
            "Bytes of the keys and values that causal attention keeps for the tokens to come, in "
            "float16: those of all tokens so far, or of its window.",
            of_samples("kv_cache"),
            mostly=0,
        ),
        *(
            Metric(
                f"weights_{type_}",
                f"bytes of {type_} weights",
                "byte",
                f"Bytes of all params, the frozen ones too, {width} for each. Compressed formats "
                "and the padding of a runtime are not modelled.",
                multiple=(width, ("params", "frozen_params")),
                shown=False,
            )
            for type_, width in (("int8", 1), ("float16", 2), ("float32", 4))
        ),
        *_all_in_form("standard", "separable"),
        *_all_in_form("separable", "standard"),
        Metric(
            "total",
            "total",
            "mac",
            "What the tool of a convention prints, in MACs or FLOPs as it does; macs without one.",
            needs_convention=True,
        ),
        Metric(
            "convention_params",
            "counted params",
            "param",
            "The params that the tool of a convention counts; params without one.",
            needs_convention=True,
        ),
    )
}


def of_layers() -> list[str]:
    """The names of the metrics that a layer has."""
    return [name for name, metric in METRICS.items() if metric.is_of_layers]


def check_metrics(names: Iterable[str], known: Collection[str] = METRICS.keys()) -> None:
    """Raise CostcalcError for a name that is none of the metrics."""
    for name in names:
        if name not in known:
            raise CostcalcError(
                f"unknown metric '{name}'",
                hint=nearest(name, known) or f"the metrics are {', '.join(known)}",
            )
