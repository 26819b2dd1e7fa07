"""Attention whose products and softmax are one op, in any format."""

from __future__ import annotations

from math import prod
from typing import Any

from costcalc.importers.graphs.axes import Axis, View, atoms_of, fresh, size_of
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Constant, Map, Value


def attention(
    call: Call, query: Map, key: Map, value: Map, mask: Value | None, *, causal: bool
) -> Map:
    """Queries, keys and values of (samples, heads, tokens, features); without heads there is one.

    mask: numbers that are added to the scores; trained ones are biases by position.
    """
    maps = [_with_heads(call, x) for x in (query, key, value)]
    heads, kept = maps[0].dims[1], maps[1].dims[1]
    fields: dict[str, Any] = {} if heads == 1 else {"heads": heads}
    if kept != heads:
        fields["kv_heads"] = kept
    if causal:
        fields["causal"] = True
    biases = _biases(call, mask)
    if biases and not biases % heads:
        fields["position_biases"] = biases // heads
    drafted = [_tokens(call, x) for x in maps]
    out = call.drafts.add("dot_product_attention", fields, [x.out for x in drafted], call.op)
    (features,) = fresh([maps[2].dims[-1]])
    samples, of_heads, tokens, _ = maps[0].view.axes
    own = (drafted[0].view.own[0], (*of_heads, *features), *drafted[0].view.own[2:])
    axes = (samples, of_heads, tokens, features)
    made = Map(out, View(own, axes), query.type)
    return made if len(query.dims) == 4 else made.seen(made.view.with_axes((samples, *axes[2:])))


def _with_heads(call: Call, x: Map) -> Map:
    if len(x.dims) == 3:
        samples, *rest = x.view.axes
        return x.seen(x.view.with_axes((samples, (), *rest)))
    if len(x.dims) != 4:
        raise call.fault(f"attention over a tensor with {len(x.dims)} axes is not read")
    return x


def _tokens(call: Call, x: Map) -> Map:
    """Samples, features of all heads as channels, and tokens as one side."""
    samples, heads, tokens, features = x.view.axes
    side: Axis = atoms_of([tokens])
    own = (samples, (*heads, *features), side)
    if not x.view.own[0] and size_of(samples) == 1:
        own = ((), *own[1:])
    return call.drafts.arranged(x, own, call.op)


def _biases(call: Call, mask: Value | None) -> int:
    """How many trained numbers a mask has: where it is looked up in a table, those of the table."""
    if not isinstance(mask, Constant) or not mask.is_float:
        return 0
    stored = call.graph.tensors.get(mask.name)
    if stored is None or stored.dims is None:
        return mask.size
    return min(mask.size, prod(side for side in stored.dims if isinstance(side, int)))
