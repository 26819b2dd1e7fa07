"""Record what other counters say of the networks in networks/; see tools.py.

python tests/peers/record_conventions.py [--check] [name ...]

Writes tests/recorded/conventions.json: every network by name, with its file in costcalc's
language, the shape of its input to the live model (one sample), its macs and params, and what each
tool counts. Figures that depend on how a model is written are kept apart, as forms of the network
of the same name. With --check nothing is written, and what differs from the file is printed; names
limit the run to some networks, and the file keeps the others as they are.

The networks are written for this purpose, or torchvision's: see networks/references.py, which says
what of torchvision and timm is left out, and why.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "recorded" / "conventions.json"
sys.path.insert(0, str(HERE))

import keras_models  # noqa: E402
import record_torchvision  # noqa: E402, F401  (calflops imports timm, which needs what that declares)
import tools  # noqa: E402

import costcalc  # noqa: E402
from costcalc.accounting.quantities import QUANTITIES  # noqa: E402

OPERATIONS = (
    "operations",
    "operations_of_sides",
    "operations_of_products",
    "operations_of_steps",
)
"""The files in networks/ of one operation a network; the others are of whole networks."""

Shape = tuple[int, ...]
Build = Callable[[], tuple[nn.Module, Shape]]


def networks() -> Iterator[tuple[str, dict[str, Any], Build]]:
    """Name, how costcalc loads it, and the live model with its input's shape."""
    for path in sorted((HERE / "networks").glob("*.py")):
        if path.stem != "__init__" and path.stem not in OPERATIONS:
            module = importlib.import_module(f"networks.{path.stem}")
            for name, (net, build) in module.NETWORKS.items():
                yield name, net, build
    for file in OPERATIONS:
        module = importlib.import_module(f"networks.{file}")
        for name, build in module.OPERATIONS.items():
            yield name, {"net": f"networks/operations/{name.partition('@')[0]}.yaml"}, build


def computed(net: dict[str, Any]) -> costcalc.Table:
    settings = dict(net)
    place = settings.pop("net")
    path = str(HERE / place) if place.endswith(".yaml") else place
    return costcalc.load(path, settings.pop("variant", None)).cost(**settings)


UNSEEN = ("multi_head_attention", "dot_product_attention", "lstm", "gru", "rnn")
"""Of these PyTorch counts no MACs on a CPU but those of projections, if one operator makes them."""


def unseen(table: costcalc.Table) -> int:
    found = 0
    for node in table.network.nodes:
        if node.layer.type in UNSEEN:
            shapes = node.layer, node.shape, [source.shape for source in node.inputs]
            found += QUANTITIES["macs"].of(*shapes) - QUANTITIES["projections"].of(*shapes)
    return found


def record(name: str, build: Build) -> tuple[dict[str, Any], Shape, int]:
    """What every tool says, the input's shape, and the live model's trainable params."""
    counted: dict[str, Any] = {}
    for tool in tools.TOOLS:
        torch.manual_seed(0)
        model, shape = build()
        params = sum(p.numel() for p in model.parameters() if p.requires_grad)
        count = tools.count(tool, model, torch.rand(1, *shape))
        if isinstance(count, str):  # what a tool cannot do is recorded too
            counted[tool] = {"error": count}
        else:
            values = count._asdict().items()
            counted[tool] = {key: value for key, value in values if value is not None}
    return counted, shape, params


def recorded(names: list[str]) -> dict[str, Any]:
    tools.warm_up()
    entries: dict[str, Any] = {}
    forms: dict[str, Any] = {}
    for name, net, build in networks():
        if names and name not in names:
            continue
        counted, shape, live_params = record(name, build)
        base, _, form = name.partition("@")
        table = computed(net)
        macs, params = table.totals.macs, table.totals.params
        flops = counted["torch-flop-counter"]["total"]
        seen = (2 * macs, 2 * (macs - unseen(table)))
        if params != live_params or (not form and flops not in seen):
            raise SystemExit(
                f"{name}: the file has {macs:,} MACs and {params:,} params, "
                f"the model {flops:,} FLOPs and {live_params:,} params"
            )
        if form:
            forms.setdefault(base, {})[form] = counted
        else:
            entry = {**net, "live_input": list(shape), "macs": macs, "params": params}
            entries[name] = {**entry, "tools": counted}
        print(f"{name:32}{macs:>16,} MACs{params:>12,} params", file=sys.stderr)
    return {
        "about": "What other counters say of these networks in eval mode, one sample. Written by "
        "tests/peers/record_conventions.py; nothing is edited by hand.",
        "versions": tools.versions(),
        "units": {name: tool.unit for name, tool in tools.TOOLS.items()},
        "networks": entries,
        "forms": forms,
        "keras": keras_models.params() if not names else {},
    }


def differences(old: Any, new: Any, place: str = "") -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{place}/{key}")
    elif old != new:
        yield f"{place}: {old!r} in the file, {new!r} now"


def beside_the_others(found: dict[str, Any]) -> dict[str, Any]:
    """The whole file with some networks recorded anew, and with what other versions."""
    stored = json.loads(OUTPUT.read_text(encoding="utf-8"))
    versions = stored["versions"]
    other = {name: own for name, own in found["versions"].items() if own != versions.get(name)}
    for entry in found["networks"].values() if other else ():
        entry["versions"] = other
    forms = {base: stored["forms"].get(base, {}) | new for base, new in found["forms"].items()}
    both = {
        "networks": stored["networks"] | found["networks"],
        "forms": stored["forms"] | forms,
    }
    names = dict.fromkeys(name.partition("@")[0] for name, _, _ in networks())
    for key, entries in both.items():
        found[key] = {name: entries[name] for name in names if name in entries}
    return {**found, "versions": versions, "keras": stored["keras"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="networks; all unless said")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    found = recorded(given.names)
    if given.check:
        stored = json.loads(OUTPUT.read_text(encoding="utf-8"))
        if given.names:
            for key in ("networks", "forms"):
                stored[key] = {name: stored[key][name] for name in found[key]}
            stored["keras"] = {}
            for entry in stored["networks"].values():
                entry.pop("versions", None)
        lines = list(differences(stored, found))
        print("\n".join(lines) or "nothing differs")
        raise SystemExit(bool(lines))
    if given.names:
        found = beside_the_others(found)
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
