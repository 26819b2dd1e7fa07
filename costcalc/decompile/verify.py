"""Compare what was written with the network that it was made of: layers and costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from costcalc.costs.totals import Costs
from costcalc.decompile.bare import Graph, Meaning, Op, meaning
from costcalc.decompile.flatten import flatten
from costcalc.errors import CostcalcError
from costcalc.graph.bits import UNSAID
from costcalc.graph.builder import build
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile

METRICS = ("macs", "params", "frozen_params", "other_ops")
_FREE = ("concat", "slice", "split", "identity", "dropout")
"""What only hands maps on: it may be written otherwise."""


def totals_of(costs: Costs, form: str | None) -> dict[str, int]:
    """The totals that a text must have, by metric: in a form, those that are stated of it."""
    if form is None:
        return {name: int(costs[name]) for name in METRICS}
    return {name: int(costs[f"{form}_{name}"]) for name in METRICS[:2]}


def refused(network: Network, found: str | None) -> CostcalcError:
    """The error of a text that would differ from its network."""
    return CostcalcError(
        f"what would be written differs from {network.path}: {found}",
        hint="this is a fault of costcalc: please report it with the file; "
        "--flat writes all layers as they are",
    )


def difference(
    text: str,
    network: Network,
    layers: Counter[Meaning],
    totals: Mapping[str, int],
    setting: Setting | None = None,
) -> str | None:
    """The first difference between a text and what it must have; None where there is none."""
    try:
        setting = setting or Setting(batch=network.setting.batch)
        made = build(NetworkFile(text, network.path), setting)
    except CostcalcError as error:
        return str(next(iter(error.problems)).message)
    costs = Costs(made)
    for name, wanted in totals.items():
        if costs[name] != wanted:
            return f"{name} are {costs[name]:,} in the text and {wanted:,} in the file"
    own = layers_of(flatten(made))
    for one in {**layers, **own}:
        if own[one] != layers[one]:
            return f"{_shown(one)}: {layers[one]} in the file and {own[one]} in the text"
    return None


def layers_of(graph: Graph) -> Counter[Meaning]:
    """How often each layer is there, in as many bits, but for what only hands maps on."""
    return Counter((*meaning(op), op.bits) for op in graph.all_ops() if not _is_free(op))


def _is_free(op: Op) -> bool:
    return op.type in _FREE


def _shown(one: Meaning) -> str:
    kind, fields, inputs, outputs = one[:4]
    sides = " and ".join("×".join(map(str, dims)) for dims in inputs)
    out = " and ".join("×".join(map(str, dims)) for dims in outputs)
    given = ", ".join(f"{name} {value}" for name, value in fields)
    bits = f" in {one[-1].text()} bits" if one[-1] != UNSAID else ""
    return f"{kind} of {sides} to {out} ({given}){bits}"
