"""ONNX ops that move, repeat or cut elements and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from costcalc.importers.graphs import moves, numbers
from costcalc.importers.graphs.alignment import reshaped
from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.elementwise import spread
from costcalc.importers.graphs.values import Constant, Map, Value, transposed
from costcalc.importers.onnx.folds import axes_of
from costcalc.layers.reshape import MAX_PARTS


def _reshape(call: Call) -> Result:
    x = call.value(0)
    wanted = call.integers(1) if call.has(1) else call.wholes("shape")
    dims = list(x.dims)
    if not call.whole("allowzero", 0):
        wanted = [
            dims[place] if size == 0 and place < len(dims) else size
            for place, size in enumerate(wanted)
        ]
    return as_shape(call, x, wanted)


def as_shape(call: Call, x: Value, wanted: Sequence[int]) -> Value:
    """A tensor in another shape, of which -1 is what is left."""
    count = prod(x.dims)
    known = prod(size for size in wanted if size != -1)
    if list(wanted).count(-1) == 1 and known and not count % known:
        wanted = [count // known if size == -1 else size for size in wanted]
    if prod(wanted) != count or min(wanted, default=0) < 0:
        raise call.fault(f"{list(x.dims)} cannot be reshaped to {list(wanted)}")
    if isinstance(x, Constant):
        return x._replace(dims=tuple(wanted))
    return reshaped(call.drafts, x, wanted, call.op)


def _flatten(call: Call) -> Result:
    x = call.value(0)
    axis = call.whole("axis", 1)
    axis = axis + len(x.dims) if axis < 0 else axis
    return as_shape(call, x, [prod(x.dims[:axis]), prod(x.dims[axis:])])


def _transpose(call: Call) -> Result:
    x = call.value(0)
    order = call.wholes("perm", list(range(len(x.dims)))[::-1])
    if sorted(order) != list(range(len(x.dims))):
        raise call.fault(f"perm {order} of a tensor with {len(x.dims)} axes")
    return transposed(x, order)


def _squeeze(call: Call) -> Result:
    x = call.value(0)
    axes = axes_of(call, len(x.dims))
    if axes is None:
        axes = [axis for axis, side in enumerate(x.dims) if side == 1]
    if any(x.dims[axis] != 1 for axis in axes):
        raise call.fault(f"axes {axes} of {list(x.dims)} are not all 1")
    kept = [axis for axis in range(len(x.dims)) if axis not in axes]
    if isinstance(x, Constant):
        return x._replace(dims=tuple(x.dims[axis] for axis in kept))
    return x.seen(x.view.with_axes(x.view.axes[axis] for axis in kept))


def _unsqueeze(call: Call) -> Result:
    x = call.value(0)
    given = call.integers(1) if call.has(1) else call.wholes("axes")
    rank = len(x.dims) + len(given)
    places = {call.axis(axis, rank) for axis in given}
    if len(places) < len(given):
        raise call.fault(f"axes {given} name one twice")
    if isinstance(x, Constant):
        sides = iter(x.dims)
        return x._replace(dims=tuple(1 if n in places else next(sides) for n in range(rank)))
    axes = iter(x.view.axes)
    view = x.view.with_axes(() if n in places else next(axes) for n in range(rank))
    return x.seen(view.with_lost_batch())


def _slice(call: Call) -> Result:
    x = call.value(0)
    rank = len(x.dims)
    if call.has(1):
        starts, ends = call.integers(1), call.integers(2)
        axes = call.integers(3) if call.has(3) else list(range(len(starts)))
        steps = call.integers(4) if call.has(4) else [1] * len(starts)
    else:
        starts, ends = call.wholes("starts"), call.wholes("ends")
        axes, steps = call.wholes("axes", list(range(len(starts)))), [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise call.fault("starts, ends, axes and steps do not fit")
    begin, step_of, dims = [0] * rank, [1] * rank, list(x.dims)
    for axis_, start, end, step in zip(axes, starts, ends, steps, strict=True):
        axis = call.axis(axis_, rank)
        places = range(x.dims[axis])[start:end:step]
        begin[axis] = places[0] if places else 0
        step_of[axis], dims[axis] = step, len(places)
    if isinstance(x, Constant):
        return numbers.sliced(x, begin, step_of, dims)
    for axis in range(rank):
        x = moves.sliced(call, x, axis, begin[axis], dims[axis], step_of[axis])
    return x


def _split(call: Call) -> Result:
    x = call.value(0)
    axis = call.axis(call.whole("axis", 0), len(x.dims))
    count = len(call.op.outputs)
    side = x.dims[axis]
    if call.has(1):
        sizes = call.integers(1)
    elif "split" in call.op.attributes:
        sizes = call.wholes("split")
    else:
        count = call.whole("num_outputs", count)
        if not 1 <= count <= min(side, MAX_PARTS):
            raise call.fault(f"{count} parts of the axis {axis} of {side}")
        size = -(-side // count)
        sizes = [size] * (count - 1) + [side - size * (count - 1)]
    if isinstance(x, Map):
        return moves.split(call, x, axis, sizes)
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    return [
        numbers.sliced(
            x,
            [start if one == axis else 0 for one in range(len(x.dims))],
            [1] * len(x.dims),
            [size if one == axis else own for one, own in enumerate(x.dims)],
        )
        for start, size in zip(starts, sizes, strict=True)
    ]


def _concat(call: Call) -> Result:
    values = [value for value in call.inputs if value is not None]
    if not values:
        raise call.fault("it joins nothing")
    rank = len(values[0].dims)
    axis = call.axis(call.whole("axis", 1), rank)
    constants = [value for value in values if isinstance(value, Constant)]
    if any(len(value.dims) != rank for value in values):
        raise call.fault("tensors with different numbers of axes")
    if len(constants) == len(values):
        return numbers.joined(constants, axis)
    full = [value for value in values if value.dims[axis] or isinstance(value, Map)]
    return moves.joined(call, [call.drafts.as_map(value, call.op) for value in full], axis)


def _gather(call: Call) -> Result:
    x, places = call.value(0), call.value(1)
    axis = call.axis(call.whole("axis", 0), len(x.dims))
    if isinstance(x, Constant) and isinstance(places, Constant):
        return numbers.gathered(x, places, axis)
    if isinstance(x, Constant):
        return _looked_up(call, x, places, axis)
    if isinstance(places, Map):  # whichever they are, as many elements are copied
        places = Constant(places.dims, places.type)
    side = x.dims[axis]
    count = prod(places.dims)
    named = None if places.values is None else [int(one) % side for one in places.values]
    start, step = (0, 1) if not named else _row(named)
    if step == 0 or start + (count - 1) * step >= side:  # in any order: as many places
        return _picked(call, x, places, axis)
    part = moves.sliced(call, x, axis, start, count, step)
    return as_shape(call, part, (*x.dims[:axis], *places.dims, *x.dims[axis + 1 :]))


def _row(places: Sequence[int]) -> tuple[int, int]:
    """The first place and the step of places at one distance; a step of 0 for any others."""
    if len(places) == 1:
        return places[0], 1
    step = places[1] - places[0]
    is_row = step > 0 and all(b - a == step for a, b in pairwise(places))
    return (places[0], step) if is_row else (0, 0)


def _picked(call: Call, x: Map, places: Constant, axis: int) -> Value:
    """Places in any order, or several times: parts of one place, joined."""
    if places.values is None or len(places.values) > moves.MAX_PICKED:
        count = prod(places.dims)
        whole = moves.repeated(call, x, axis, count)
        return as_shape(call, whole, (*x.dims[:axis], *places.dims, *x.dims[axis + 1 :]))
    parts = [moves.sliced(call, x, axis, int(one) % x.dims[axis], 1, 1) for one in places.values]
    found = moves.joined(call, parts, axis)
    return as_shape(call, found, (*x.dims[:axis], *places.dims, *x.dims[axis + 1 :]))


def _looked_up(call: Call, table: Constant, places: Value, axis: int) -> Value:
    """Rows of a table, which is trained: an embedding. Of any other, numbers that cost nothing."""
    assert isinstance(places, Map)
    if axis != 0 or len(table.dims) != 2 or not table.is_float:
        return numbers.gathered(table, Constant(places.dims, places.type), axis)
    return moves.embedded(call, places, *table.dims, type_=table.type)


def _expand(call: Call) -> Result:
    x = call.value(0)
    dims = numbers.spread_shape([x.dims, call.integers(1)])
    if dims is None:
        raise call.fault(f"{list(x.dims)} does not spread to {call.integers(1)}")
    if isinstance(x, Constant):
        values = numbers.spread(x, dims)
        return x._replace(dims=dims, values=None if values is None else tuple(values))
    wider = as_shape(call, x, [1] * (len(dims) - len(x.dims)) + list(x.dims))
    assert isinstance(wider, Map)
    return spread(call, wider, dims)


def _tile(call: Call) -> Result:
    x, times = call.value(0), call.integers(1)
    if len(times) != len(x.dims) or min(times, default=1) < 0:
        raise call.fault(f"repeats of {times} for {list(x.dims)}")
    dims = [side * time for side, time in zip(x.dims, times, strict=True)]
    if isinstance(x, Constant):
        steps = numbers.strides_of(x.dims)
        return numbers.picked(
            x,
            dims,
            lambda index: sum(
                place % side * step for place, side, step in zip(index, x.dims, steps, strict=True)
            ),
        )
    for axis, time in enumerate(times):
        if time > 1:
            x = moves.repeated(call, x, axis, x.dims[axis] * time)
    return x


def _pad(call: Call) -> Result:
    x = call.value(0)
    rank = len(x.dims)
    pads = (
        call.integers(1) if call.has(1) else call.wholes("pads", call.op.attributes.get("paddings"))
    )
    axes = [call.axis(one, rank) for one in call.integers(3)] if call.has(3) else list(range(rank))
    if len(pads) != 2 * len(axes):
        raise call.fault(f"{len(pads)} numbers for {len(axes)} axes")
    ends = [(0, 0)] * rank
    for place, axis in enumerate(axes):
        ends[axis] = pads[place], pads[len(axes) + place]
    if isinstance(x, Constant):
        dims = tuple(side + sum(pair) for side, pair in zip(x.dims, ends, strict=True))
        return x._replace(dims=dims, values=None)
    return moves.padded(call, x, ends)


MOVES: Table = {
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Slice": _slice,
    "Split": _split,
    "Concat": _concat,
    "Gather": _gather,
    "Expand": _expand,
    "Tile": _tile,
    "Pad": _pad,
}
