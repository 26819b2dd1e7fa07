"""ATen's recurrent layers: several of them, and both directions, are one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.values import Map, Value, integers
from costcalc.importers.pt2.args import Args, Made, Write


def _recurrent(type_: str, gates: int) -> Write:
    """Weights of (gates x hidden_size, features) first, then those of the state."""

    def write(args: Args) -> Made:
        x, weights = args.map("input"), args.values("params")
        if len(x.dims) != 3 or len(weights) < 2 or len(weights[1].dims) != 2:
            raise args.fault(f"it reads {list(x.dims)}, not samples, steps and features")
        first = args.flag("batch_first")
        hidden, layers = weights[1].dims[0] // gates, args.whole("num_layers")
        if weights[1].dims[1] != hidden:
            raise args.fault("a state that is projected is not read")
        ways = 2 if args.flag("bidirectional") else 1
        fields: dict[str, Any] = {"hidden_size": hidden}
        fields |= {"num_layers": layers} if layers > 1 else {}
        fields |= {"bidirectional": True} if ways > 1 else {}
        fields |= {} if args.flag("has_biases") else {"bias": False}
        if not first:
            x = _as_map(args.turned(x, [1, 0, 2]))
        tokens = args.call.drafts.channels_last(x, args.call.op, sides=1)
        out = args.call.drafts.add(type_, fields, [tokens.out], args.call.op)
        (units,) = fresh([ways * hidden])
        own = (tokens.view.own[0], units, *tokens.view.own[2:])
        every = Map(out, View(own, (*x.view.axes[:2], units)), x.type)
        last = _last(args, every, ways, layers)
        return [every if first else args.turned(every, [1, 0, 2]), last, last]

    return write


def _as_map(x: Value) -> Map:
    assert isinstance(x, Map)
    return x


def _last(args: Args, every: Map, ways: int, layers: int) -> Value:
    """The state after the last step, of each layer and direction: what moves costs nothing."""
    samples, steps, units = every.dims
    if not any(args.call.op.outputs[1:]):
        return every
    bounds = (integers([one]) for one in (steps - 1, steps, 1, 1))
    state = args.reshaped(args.add("Slice", [every, *bounds]), [samples, ways, units // ways])
    state = args.turned(state, [1, 0, 2])
    return args.add("Concat", [state] * layers, axis=0) if layers > 1 else state


RECURRENT: Mapping[str, Write] = {
    "lstm": _recurrent("lstm", 4),
    "gru": _recurrent("gru", 3),
    "rnn_tanh": _recurrent("rnn", 1),
    "rnn_relu": _recurrent("rnn", 1),
}
