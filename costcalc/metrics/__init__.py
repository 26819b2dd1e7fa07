"""The registry of what can be counted.

A metric is one record in METRICS: reports, sweeps, searches, limits, baselines, comparisons and the
schema go through the registry, so that a record is all that a new metric of layers needs. How a
network's value comes about is `costs.totals`; the few metrics that only a network has, and not a
layer, are computed there.
"""

from collections.abc import Collection, Iterable

from costcalc.errors import CostcalcError, nearest
from costcalc.metrics.metric import Metric
from costcalc.metrics.of_memory import MEMORY
from costcalc.metrics.of_nodes import active, frozen, of_samples, stored, trained
from costcalc.metrics.training import training_macs

COUNTED = (
    "MACs: multiply-accumulates of convolutions and matrix products, padding included. "
    "Bias, norms, activations, pooling and merges are apart, in other_ops. "
    "FLOPs = 2 x MACs. Params: trainable."
)


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
            trained,
        ),
        Metric(
            "frozen_params",
            "frozen params",
            "param",
            "Parameters that are not trained: those of items with trainable: false.",
            frozen,
            mostly=0,
        ),
        Metric(
            "active_params",
            "active params",
            "param",
            "params that one place goes through: of a mixture of experts those of the active ones; "
            "of all else all.",
            active,
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
                f"Bytes of all params, the frozen ones too, {width} for each; weights whose bits "
                "are said take these. Compressed formats and a runtime's padding are not modelled.",
                stored(width),
                shown=False,
                mostly="params" if width == 1 else None,
            )
            for type_, width in (("int8", 1), ("float16", 2), ("float32", 4))
        ),
        *MEMORY,
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
        Metric(
            "bops",
            "BOPs",
            "op",
            "Bit operations: macs times the bits of weights times those of what they multiply, as "
            "bits say, or else the dtype.",
            needs_runtime=True,
            of_parts=True,
        ),
        Metric(
            "training_macs",
            "MACs of training",
            "mac",
            "macs forward, and backward for weights that are trained and for inputs that need a "
            "gradient: those of a first layer need none.",
            training_macs,
            needs_optimizer=True,
        ),
        Metric(
            "training_memory",
            "bytes of training (estimated)",
            "byte",
            "An estimate of what a step of training holds in float32: params, their gradients, "
            "what the optimizer keeps of them, and the maps that the way back needs.",
            needs_optimizer=True,
        ),
        Metric(
            "latency",
            "latency (estimated)",
            "second",
            "Seconds on the device that is asked for: an estimate, a sum over layers of what their "
            "MACs, their bytes and a call of them take there.",
            needs_device=True,
            of_parts=True,
        ),
    )
}


def of_layers() -> list[str]:
    """The names of the metrics that a layer has."""
    return [name for name, metric in METRICS.items() if metric.is_of_layers]


def with_limits() -> list[str]:
    """The names of the metrics that can be limited: what is too low in a ratio has no limit."""
    return [name for name, metric in METRICS.items() if metric.over is None]


def of_any_network() -> list[str]:
    """The names of the metrics that a network has by itself, without a device or an optimizer."""
    return [
        name
        for name, metric in METRICS.items()
        if not (metric.needs_device or metric.needs_optimizer)
    ]


def with_formulas() -> list[str]:
    """The names of the metrics whose formula by alpha and rho can be derived."""
    return [
        name
        for name in of_any_network()
        if not (METRICS[name].over or METRICS[name].needs_convention)
        and name not in ("arena", "persistent")
    ]


def bases_of(names: Iterable[str]) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Each metric as a multiple of what is computed, or of several together."""
    return {name: METRICS[name].multiple or (1, (name,)) for name in names}


def divisors_of(names: Iterable[str]) -> dict[str, str]:
    """The metrics that others are divided by."""
    return {name: over for name in names if (over := METRICS[name].over) is not None}


def check_metrics(names: Iterable[str], known: Collection[str] = METRICS.keys()) -> None:
    """Raise CostcalcError for a name that is none of the metrics."""
    for name in names:
        if name not in known:
            raise CostcalcError(
                f"unknown metric '{name}'",
                hint=nearest(name, known) or f"the metrics are {', '.join(known)}",
            )
