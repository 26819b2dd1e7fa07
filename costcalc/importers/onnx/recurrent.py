"""ONNX ops that go along a sequence."""

from __future__ import annotations

from typing import Any

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.moves import sliced
from costcalc.importers.graphs.values import Constant, Map, Value


def _recurrent(type_: str, gates: int) -> Handler:
    """Weights are (directions, gates * hidden_size, features); biases of input and state."""

    def make(call: Call) -> Result:
        x, weights = call.map(0), call.weights(1)
        if len(x.dims) != 3 or len(weights.dims) != 3:
            raise call.fault(f"reads a tensor with {len(x.dims)} axes")
        directions, rows, features = weights.dims
        hidden = rows // gates
        steps = 1 if call.whole("layout", 0) else 0
        if x.dims[2] != features or directions not in (1, 2) or hidden * gates != rows:
            raise call.fault(f"weights of {list(weights.dims)} on {list(x.dims)}")
        if call.has(7):
            raise call.fault("peepholes are not read")
        x = call.drafts.channels_last(x, call.op, sides=1)
        fields: dict[str, Any] = {"hidden_size": hidden}
        if directions == 2:
            fields["bidirectional"] = True
        if not call.has(3):
            fields["bias"] = False
        states = (call.value(place) for place in (5, 6) if call.has(place))
        given = [state.out for state in states if isinstance(state, Map)]
        whole = len(given) == (2 if type_ == "lstm" else 1)
        out = call.drafts.add(type_, fields, [x.out, *(given if whole else [])], call.op)
        return _outputs(call, x, out, directions, hidden, steps)

    return make


def _outputs(call: Call, x: Map, out: Any, directions: int, hidden: int, steps: int) -> list[Value]:
    """All steps (steps, directions, batch, hidden), and the last (directions, batch, hidden)."""
    both, units = fresh([directions, hidden])
    length = x.view.axes[steps]
    batch = x.view.axes[1 - steps]
    row = tuple(atom for atom in length if not atom.is_batch)
    view = View((x.view.own[0], (*both, *units), *x.view.own[2:]), (row, both, batch, units))
    every = Map(out, view, x.type)
    last: Value = Constant((directions, *x.dims[1 - steps : 2 - steps], hidden), x.type)
    if any(call.op.outputs[1:3]):
        part = sliced(call, every, 0, x.dims[steps] - 1, 1, 1)
        last = part.seen(part.view.with_axes(part.view.axes[1:]))
        if call.whole("layout", 0) and isinstance(last, Map):
            last = last.seen(last.view.transposed([1, 0, 2]))
    if call.whole("layout", 0):
        every = every.seen(every.view.transposed([2, 0, 1, 3]))
    return [every, last, last]


RECURRENT: Table = {
    "LSTM": _recurrent("lstm", 4),
    "GRU": _recurrent("gru", 3),
    "RNN": _recurrent("rnn", 1),
}
