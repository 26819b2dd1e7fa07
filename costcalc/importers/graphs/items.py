"""The items of a network that was made of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importers.graphs.lowering import Lowered
from costcalc.importers.graphs.model import Op
from costcalc.importers.graphs.sharing import Sharing
from costcalc.importers.graphs.spelling import respelled
from costcalc.importers.graphs.values import Draft, Out
from costcalc.importers.nodes import Made, node, node_place
from costcalc.importers.wires import Wires
from costcalc.language.foreign import Foreign
from costcalc.language.names import MAX_NAME
from costcalc.language.yaml_nodes import SequenceNode, YamlNode
from costcalc.layers import LAYERS

_BESIDE = frozenset(
    ("rearrange", "flatten", "constant", "parameter", "upsample", "slice", "split", "concat")
)
"""Layers that an op may need beside its own."""


def foreign(format_: str, made: Lowered) -> Foreign:
    """The network of a graph, an item for each layer."""
    at = node_place(0, "")
    wires = Wires({})
    alone = len(made.inputs) == 1
    names: dict[Out, str] = {}
    shapes: dict[str, Made] = {}
    for draft in made.inputs:
        name = "input" if alone else wires.unique(draft.name)
        names[draft.outs[0]] = name
        shapes[name] = list(draft.fields["shape"])
    items: list[Made] = []
    last = made.inputs[0].outs[0] if alone else None
    drafts = respelled(made.drafts, made.outputs)
    main = _main(drafts)
    sharing = Sharing(made.graph)
    for draft in drafts:
        sharing.add(draft)
        if draft.op is not None and not draft.name:
            draft.name = _name(draft.op, "" if draft in main else draft.type)
        items.append(_item(draft, names, wires, last, at, sharing.lenders.get(draft)))
        last = draft.outs[0] if len(draft.outs) == 1 else None
    head: dict[str, Made] = {"input": shapes["input"] if alone else dict(shapes)}
    outputs = list(dict.fromkeys(names[out] for out in made.outputs))
    if made.outputs != [last]:
        head["outputs"] = list(outputs)
    folded = frozenset(names[draft.outs[0]] for draft in drafts if _folds_norm(draft))
    for draft in (*made.inputs, *made.drafts):  # free them at once: they hold one another
        draft.outs, draft.sources = [], []
    layers = node(items, at)
    assert isinstance(layers, SequenceNode)
    return Foreign(
        format_,
        node(head, at),
        {},
        lambda _: layers,
        warnings=(*made.warnings, *sharing.warnings()),
        folded_norms=folded,
    )


def _folds_norm(draft: Draft) -> bool:
    """Whether the layer is one into whose weights the file says that a batch norm was folded."""
    weighted = LAYERS[draft.type].family in ("convolutions", "linear_layers")
    return weighted and draft.op is not None and draft.op.folds_norm


def _item(
    draft: Draft,
    names: dict[Out, str],
    wires: Wires,
    last: Out | None,
    at: YamlNode,
    lender: Draft | None,
) -> YamlNode:
    own = wires.own(draft.name or draft.type, len(draft.outs))
    names.update(zip(draft.outs, own, strict=True))
    fields: dict[str, Made] = {"name": own[0] if len(own) == 1 else list(own)}
    if draft.sources and draft.sources != [last]:
        sources = [names[source] for source in draft.sources]
        fields["from"] = sources[0] if len(sources) == 1 else list(sources)
    if lender is not None:
        fields["weights"] = names[lender.outs[0]]
    fields.update(_plain(draft.fields))
    return node({draft.type: fields}, at if draft.op is None else draft.op.at)


def _main(drafts: Sequence[Draft]) -> set[Draft]:
    """Of each op the layer that it is: the first of those that do more than move elements."""
    found: dict[int, Draft] = {}
    for draft in drafts:
        first = found.setdefault(id(draft.op), draft)
        if first.type in _BESIDE and draft.type not in _BESIDE:
            found[id(draft.op)] = draft
    return set(found.values())


def _name(op: Op, type_: str) -> str:
    """The name of an item; type_: of a layer beside that of which the op's name is."""
    name = f"{op.label}.{type_}" if type_ else op.label
    return name if len(name) < MAX_NAME - 8 else f"...{name[-MAX_NAME + 12 :]}"


def _plain(fields: Mapping[str, Any]) -> dict[str, Made]:
    return {key: _made(value) for key, value in fields.items()}


def _made(value: Any) -> Made:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return list(map(_made, value)) if is_list else value
