"""ONNX ops of detectors, and others that make as many elements as the values of their inputs say.

What depends on values is counted as the most that there can be, and the network says so.
"""

from __future__ import annotations

from math import prod

from costcalc.importers.graphs.axes import View, fresh
from costcalc.importers.graphs.call import Call, Result, Table
from costcalc.importers.graphs.moves import repeated
from costcalc.importers.graphs.values import Constant, Map
from costcalc.importers.onnx.elementwise import resized
from costcalc.importers.onnx.moves import as_shape

MAX_SAMPLES = 64
"""Samples along a side of what RoiAlign takes the mean of."""


def _nonzero(call: Call) -> Result:
    """The places of the elements that are not 0: of all of them at most."""
    x = call.value(0)
    call.at_most("all places")
    return Constant((len(x.dims), prod(x.dims)), "int64")


def _suppressed(call: Call) -> Result:
    """Of overlapping boxes the best: of each sample and class as many as are wanted."""
    boxes, scores = call.value(0).dims, call.value(1).dims
    if len(boxes) != 3 or len(scores) != 3 or boxes[1] != scores[2]:
        raise call.fault(f"boxes of {list(boxes)} and scores of {list(scores)}")
    wanted = call.constant(2)
    if (wanted is not None and wanted.scalar == 0) or not call.has(2):
        raise call.fault("it selects no box at all: max_output_boxes_per_class is 0")
    most = boxes[1] if wanted is None or wanted.scalar is None else int(wanted.scalar)
    most = min(most, boxes[1]) if most > 0 else boxes[1]
    count = most * scores[0] * scores[1]
    call.at_most(f"{most:,} boxes of each class, but not how they are compared,")
    return Constant((count, 3), "int64")


def _compressed(call: Call) -> Result:
    """The places along an axis, or of all elements, whose condition holds."""
    x = call.value(0)
    condition = call.constant(1)
    if "axis" in call.op.attributes:
        axis = call.axis(call.whole("axis", 0), len(x.dims))
    else:
        x, axis = as_shape(call, x, [prod(x.dims)]), 0
    if condition is not None and condition.values is not None:
        count = sum(map(bool, condition.values[: x.dims[axis]]))
        if not count:
            raise call.fault("no condition holds")
    else:
        count = x.dims[axis]
        call.at_most("all places")
    if isinstance(x, Constant):
        dims = tuple(count if n == axis else side for n, side in enumerate(x.dims))
        return Constant(dims, x.type, None, x.name)
    return x if count == x.dims[axis] else repeated(call, x, axis, count)


def _unique(call: Call) -> Result:
    """Each element, or each place along an axis, once: all of them at most."""
    x = call.value(0)
    call.at_most("all elements")
    if "axis" in call.op.attributes:
        count = x.dims[call.axis(call.whole("axis", 0), len(x.dims))]
    else:
        x = as_shape(call, x, [prod(x.dims)])
        count = x.dims[0]
    return [x, *[Constant((count,), "int64")] * 3]


def _roi_aligned(call: Call) -> Result:
    """Windows of a map, each sampled bilinearly at as many points, of which means are taken."""
    x, boxes = call.map(0), call.value(1)
    high, wide = call.whole("output_height", 1), call.whole("output_width", 1)
    if len(x.dims) != 4 or len(boxes.dims) != 2 or min(high, wide) < 1 or not boxes.dims[0]:
        raise call.fault(f"boxes of {list(boxes.dims)} in a map of {list(x.dims)}")
    if x.dims[0] != 1:
        raise call.fault("boxes in several samples at once are not read; give a batch of 1")
    count = boxes.dims[0]
    samples = call.whole("sampling_ratio", 0)
    if samples == 0:  # as many as the box has elements for one of the output's
        samples = max(-(-x.dims[2] // high), -(-x.dims[3] // wide))
        call.at_most(f"{samples}x{samples} points of each element, as of the whole map,")
    if not 1 <= samples <= MAX_SAMPLES:
        raise call.fault(f"sampling_ratio {samples} is not from 0 to {MAX_SAMPLES}")
    x = call.drafts.plain(x, call.op)
    size = [count * high * samples, wide * samples]
    out = call.drafts.add("upsample", {"size": size, "mode": "bilinear"}, [x.out], call.op)
    if samples > 1:
        fields = {"kernel_size": samples, "stride": samples}
        kind = "max_pool2d" if call.text("mode", "avg") == "max" else "avg_pool2d"
        out = call.drafts.add(kind, fields, [out], call.op)
    (each, rows, columns), (batch, channels, *_) = fresh([count, high, wide]), x.view.own
    view = View(
        (batch, channels, (*each, *rows), columns), ((*batch, *each), channels, rows, columns)
    )
    return Map(out, view, x.type)


def _grid_sampled(call: Call) -> Result:
    """A map with the sides of a grid, whose places say where its elements are taken from."""
    x, grid = call.map(0), call.value(1)
    sides = len(x.dims) - 2
    if len(grid.dims) != len(x.dims) or grid.dims[-1] != sides or grid.dims[0] != x.dims[0]:
        raise call.fault(f"a grid of {list(grid.dims)} for a map of {list(x.dims)}")
    mode = call.text("mode", "linear")
    if not 1 <= sides <= 3:
        raise call.fault(f"maps with {sides} sides are not read")
    return resized(call, x, [*x.dims[:2], *grid.dims[1:-1]], mode)


DETECTION: Table = {
    "NonZero": _nonzero,
    "NonMaxSuppression": _suppressed,
    "Compress": _compressed,
    "Unique": _unique,
    "RoiAlign": _roi_aligned,
    "GridSample": _grid_sampled,
}
