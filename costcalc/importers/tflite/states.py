"""Operators that keep a state from step to step."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.values import Constant, Map, Value, integers
from costcalc.importers.tflite.steps import Made, Step, Write

STATE = "state"
"""The type of what earlier steps have left: numbers that nobody trains."""
_GATES = 4
_WEIGHTS = 17
"""Inputs of a direction of an LSTM behind the map that it reads."""


def _kept(step: Step) -> Made:
    """What earlier steps have left in a variable."""
    return step.call.drafts.stored(Constant(step.made(), STATE), step.call.op)


def _lstm(step: Step) -> Made:
    return _sequence(step, "lstm", _lstm_fields(step, 0))


def _lstm_both_ways(step: Step) -> Made:
    fields = _lstm_fields(step, 0)
    if fields != _lstm_fields(step, _WEIGHTS):
        raise step.fault("directions of two sizes are not read")
    return _both(step, _sequence(step, "lstm", {**fields, "bidirectional": True}))


def _lstm_fields(step: Step, before: int) -> dict[str, int | bool]:
    """Weights of the input, of the state, of peepholes, biases and a projection, of one way."""
    if not all(step.has(before + place) for place in (1, 2, 3, 4, 5, 6, 7, 8)):
        raise step.fault("an LSTM without one of its four gates is not read")
    if any(step.has(before + place) for place in (9, 10, 11)):
        raise step.fault("an LSTM with peepholes is not read")
    if not before and any(step.has(place) for place in (20, 21, 22, 23)) and step.count <= 24:
        raise step.fault("an LSTM with layer norms is not read")
    units = step.shape(before + 4, 2)[0]
    fields: dict[str, int | bool] = {"hidden_size": units, "biases": 1}
    if step.has(before + 16):
        fields["proj_size"] = step.shape(before + 16, 2)[0]
        if step.has(before + 17):
            raise step.fault("a projection with biases is not read")
    return fields


def _rnn(step: Step) -> Made:
    units = step.shape(1, 2)[0]
    return step.activated(_sequence(step, "rnn", {"hidden_size": units, "biases": 1}), "")


def _rnn_both_ways(step: Step) -> Made:
    units = step.shape(1, 2)[0]
    fields = {"hidden_size": units, "biases": 1, "bidirectional": True}
    return _both(step, _sequence(step, "rnn", fields))


def _sequence(step: Step, type_: str, fields: Mapping[str, int | bool]) -> Value:
    """A recurrent layer over (samples, steps, features), or with the steps first."""
    shape = step.shape()
    x = step.read(0)
    is_step = len(shape) == 2
    if is_step:
        x = step.reshaped(x, [shape[0], 1, shape[1]])
    steps_first = not is_step and bool(step.option("time_major"))
    if steps_first:
        x = step.turned(x, [1, 0, 2])
    if not isinstance(x, Map) or len(x.dims) != 3:
        raise step.fault("it reads no sequence of each sample")
    tokens = step.call.drafts.channels_last(x, step.call.op, sides=1)
    out = step.call.drafts.add(type_, fields, [tokens.out], step.call.op)
    features = fresh([int(out.shape.channels)])[0]
    own = (tokens.view.own[0], features, *tokens.view.own[2:])
    made: Value = Map(out, View(own, (*x.view.axes[:2], features)), x.type)
    if steps_first:
        made = step.turned(made, [1, 0, 2])
    return step.reshaped(made, [shape[0], made.dims[-1]]) if is_step else made


def _both(step: Step, made: Value) -> Made:
    """The features of both directions: of one map, or of two."""
    if step.option("merged"):
        return made
    half = made.dims[-1] // 2
    return step.parts("Split", [made, integers([half, half])], axis=-1)


def _svdf(step: Step) -> Made:
    """A filter of each feature, and one over the steps that it keeps (arXiv:1812.02802)."""
    samples, width = step.shape(0, 2)
    filters, memory = step.shape(2, 2)
    rank = step.option("rank")
    if rank < 1 or filters % rank:
        raise step.fault(f"filters of rank {rank} do not divide {filters}")
    x = step.add("Gemm", [step.read(0), step.stored(1, (filters, width))], transB=1)
    x = step.reshaped(x, [samples, filters, 1])
    if memory > 1:
        kept = step.call.drafts.stored(Constant((1, filters, memory - 1), STATE), step.call.op)
        x = step.add("Concat", [kept, x], axis=2)
    y = step.add("Conv", [x, step.stored(2, (filters, 1, memory))], group=filters)
    y = step.reshaped(y, [samples, filters // rank, rank])
    if rank > 1:
        y = step.add("ReduceSum", [y, integers([2])], keepdims=0)
    else:
        y = step.reshaped(y, [samples, filters])
    return step.activated(step.add("Add", [y, step.read(3)]) if step.has(3) else y)


STATES: Mapping[str, Write] = {
    "READ_VARIABLE": _kept,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _lstm_both_ways,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _rnn,
    "BIDIRECTIONAL_SEQUENCE_RNN": _rnn_both_ways,
    "RNN": _rnn,
    "SVDF": _svdf,
}
