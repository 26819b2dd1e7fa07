"""ONNX ops that run graphs of their own: branches and loops whose course is known."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.graphs import moves, numbers
from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.model import MAX_RUN
from costcalc.importers.graphs.values import Constant, Map, Value


def _if(call: Call) -> Result:
    condition = call.value(0)
    known = condition.scalar if isinstance(condition, Constant) else None
    if known is None:
        raise call.undecided(
            f"which branch is taken depends on the values of {call.op.inputs[0][:60]}",
            "its costs differ from sample to sample; export the model with one of them",
        )
    return call.body("then_branch" if known else "else_branch")


def _loop(call: Call) -> Result:
    trips = call.constant(0)
    condition = call.constant(1) if call.has(1) else Constant((), "bool", (True,))
    count = None if trips is None else trips.scalar
    if count is None or condition is None or condition.scalar is None:
        raise call.undecided(
            "how often it runs depends on the values of "
            + " and ".join(name[:60] for name in call.op.inputs[:2] if name),
            "a loop is counted where its trip count and its condition are known",
        )
    carried = [call.value(place) for place in range(2, len(call.inputs))]
    rows: list[list[Value]] = []
    goes_on = bool(condition.scalar)
    for trip in range(_bounded(call, int(count))):
        if not goes_on:
            break
        number = Constant((), "int64", (trip,))
        made = call.body("body", [number, Constant((), "bool", (True,)), *carried])
        after = made[0]
        known = after.scalar if isinstance(after, Constant) else None
        if known is None:
            raise call.undecided(
                f"whether trip {trip + 2} follows depends on the input's values",
                "a loop is counted where its trip count and its condition are known",
            )
        goes_on = bool(known)
        carried = made[1 : 1 + len(carried)]
        rows.append(made[1 + len(carried) :])
    stacked = [_stacked(call, column) for column in zip(*rows, strict=True)]
    return [*carried, *stacked]


def _bounded(call: Call, count: int) -> int:
    """How often it runs. Raises CostcalcError at once where that is more than can be counted."""
    body = call.op.bodies.get("body")
    nodes = 1 if body is None else body.nodes
    if count * nodes > MAX_RUN:
        raise call.fault(
            f"it runs {count:,} times the {nodes:,} nodes of its body, and loops run at most "
            f"{MAX_RUN:,} nodes here",
            "export one step, and multiply its costs",
        )
    return count


def _stacked(call: Call, values: Sequence[Value]) -> Value:
    """What the trips make, one behind the other along a new first axis."""
    constants = [
        value._replace(dims=(1, *value.dims)) for value in values if isinstance(value, Constant)
    ]
    if len(constants) == len(values):
        return numbers.joined(constants, 0)
    maps = [call.drafts.as_map(value, call.op) for value in values]
    return moves.joined(call, [x.seen(x.view.with_axes([(), *x.view.axes])) for x in maps], 0)


def _scan(call: Call) -> Result:
    """Runs its body for every place of an axis of what it scans."""
    scanned = call.whole("num_scan_inputs", 1)
    if not 1 <= scanned <= len(call.inputs):
        raise call.fault(f"it scans {scanned} inputs of {len(call.inputs)}")
    carried = [call.value(place) for place in range(len(call.inputs) - scanned)]
    given = [call.value(place) for place in range(len(carried), len(call.inputs))]
    stated = call.wholes("scan_input_axes", [0] * scanned)
    if len(stated) != scanned:
        raise call.fault(f"{len(stated)} axes for {scanned} inputs")
    axes = [call.axis(axis, len(value.dims)) for axis, value in zip(stated, given, strict=True)]
    if any(call.op.attributes.get("scan_output_axes", [0])):
        raise call.fault("scan_output_axes are not read")
    counts = {value.dims[axis] for value, axis in zip(given, axes, strict=True)}
    if len(counts) != 1:
        raise call.fault(f"what it scans has {' and '.join(map(str, sorted(counts)))} places")
    rows: list[list[Value]] = []
    for trip in range(_bounded(call, counts.pop())):
        parts = [_place(call, value, axis, trip) for value, axis in zip(given, axes, strict=True)]
        made = call.body("body", [*carried, *parts])
        carried, rest = made[: len(carried)], made[len(carried) :]
        rows.append(rest)
    return [*carried, *(_stacked(call, column) for column in zip(*rows, strict=True))]


def _place(call: Call, value: Value, axis: int, place: int) -> Value:
    """One place of an axis, which is dropped."""
    dims = [side for number, side in enumerate(value.dims) if number != axis]
    if isinstance(value, Map):
        row = moves.sliced(call, value, axis, place, 1, 1)
        return row.seen(row.view.without([axis]))
    starts = [place if number == axis else 0 for number in range(len(value.dims))]
    sides = [1 if number == axis else side for number, side in enumerate(value.dims)]
    part = numbers.sliced(value, starts, [1] * len(starts), sides)
    return part._replace(dims=tuple(dims))


CONTROL: Table = {"If": _if, "Loop": _loop, "Scan": _scan}
