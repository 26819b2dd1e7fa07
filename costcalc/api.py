"""The commands as Python calls of the same names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from costcalc.accounting.convention import accounting, convention_names, load_convention
from costcalc.costs.convention_counts import Counting
from costcalc.graph.bits import bits_by_pattern
from costcalc.graph.collection import uncollected
from costcalc.graph.runtime import Runtime, as_runtime
from costcalc.graph.setting import Setting
from costcalc.importers.graphs.options import reading_models
from costcalc.importers.reading import load_file
from costcalc.language.includes import reading_from
from costcalc.metrics.training import known_optimizer
from costcalc.model import Model
from costcalc.results import Formula, Table

__all__ = [
    "Formula",
    "Model",
    "Table",
    "conventions",
    "formula",
    "load",
]


def conventions(
    net: str, variant: str | None = None, *, include_from: Sequence[str] = (), **setting: Any
) -> dict[str, Counting]:
    """Count a network by every shipped convention, by name; the setting is as in `Model.cost`.

    Each has `total()` in its `convention.unit` and `params()`. Raises CostcalcError.
    """
    network = load(net, variant, include_from=include_from).cost(**setting).network
    return {name: Counting(network, load_convention(name)) for name in convention_names()}


def formula() -> Formula:
    """Derive what a depthwise separable convolution costs and saves, as formulas."""
    from costcalc.formulas import seed

    return Formula(seed())


def load(
    net: str,
    variant: str | None = None,
    *,
    convention: str | None = None,
    fold_batch_norm: bool = False,
    runtime: Mapping[str, Any] | Runtime | None = None,
    device: str | None = None,
    optimizer: str | None = None,
    bits: Mapping[str, str] | None = None,
    include_from: Sequence[str] = (),
    inputs: Mapping[str, Sequence[int]] = MappingProxyType({}),
    skip_unknown: bool = False,
) -> Model:
    """Load the network NET: a path, `-` for standard input, or a shipped network by its name.

    convention: whose totals, such as "fvcore", or the path of a convention file. fold_batch_norm:
    batch norm goes into the convolution before it, as deployed. runtime: what memory is asked for,
    such as {"dtype": "float32", "order": "best"}, and that tables show it. device: on which latency
    is estimated, a name of `costcalc devices` or a path. optimizer: sgd, momentum or adam, with
    which tables show what training takes. bits: "4/8", of weights and of the maps that they
    multiply, by pattern of layers. include_from: folders outside of the repository that `include:`
    may read from; without them it stays in the repository. Of a model file, inputs: shapes by name
    where it leaves sides open; skip_unknown: ops without a layer are left out, with a warning.
    Raises CostcalcError (several faults: Problems) where it is not found or faulty.
    """
    with uncollected(), reading_from(include_from), reading_models(inputs, skip_unknown):
        file, named = load_file(net, variant)
    counted = accounting(convention, fold_batch_norm)
    on = None
    if device:
        from costcalc.devices.shipped import load_device

        on = load_device(device)
    given = Setting(
        accounting=counted,
        runtime=as_runtime(runtime),
        device=on,
        optimizer=None if optimizer is None else known_optimizer(optimizer),
        bits=bits_by_pattern(bits or {}),
    )
    return Model(file, named, given)
