"""Operators that move, cut or fill elements, and those that only name them otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from costcalc.importers.graphs.values import Constant, Value, integers
from costcalc.importers.tflite.steps import Made, Step, Write


def _same(step: Step) -> Made:
    """The same numbers, or the same in another type: nothing is computed."""
    return step.read(0)


def _reshaped(step: Step) -> Made:
    """In a shape that it reads, or that the file states."""
    constant = step.call.constant(1)
    if constant is not None and constant.values is not None:
        return step.reshaped(step.read(0), step.known(1))
    made = step.made()
    if made.count(-1) > 1:
        raise step.fault("the file leaves open what it makes")
    return step.reshaped(step.read(0), made)


def _expanded(step: Step) -> Made:
    """With a new axis of 1."""
    shape = step.shape()
    axis = step.axis(1, len(shape) + 1)
    return step.reshaped(step.read(0), [*shape[:axis], 1, *shape[axis:]])


def _squeezed(step: Step) -> Made:
    """Without some axes of 1, or all."""
    shape = step.shape()
    listed = [step.call.axis(axis, len(shape)) for axis in step.call.wholes("dims", [])]
    gone = listed or [axis for axis, side in enumerate(shape) if side == 1]
    return step.reshaped(
        step.read(0), [side for axis, side in enumerate(shape) if axis not in gone]
    )


def _transpose(step: Step) -> Made:
    return step.turned(step.read(0), step.known(1))


def _pad(step: Step) -> Made:
    """Pairs of before and behind, an axis each."""
    ends = step.known(1)
    pads = [*ends[::2], *ends[1::2]]
    return step.add("Pad", [step.read(0), integers(pads)])


def _mirror(step: Step) -> Made:
    ends = step.known(1)
    pads = [*ends[::2], *ends[1::2]]
    return step.add("Pad", [step.read(0), integers(pads)], mode="reflect")


def _slice(step: Step) -> Made:
    """Where it begins, and sizes, of which -1 is the rest."""
    starts, sizes = step.known(1), step.known(2)
    sides = step.shape()
    if not len(starts) == len(sizes) == len(sides):
        raise step.fault("it has as many starts and sizes as the map has axes")
    ends = [
        side if size < 0 else start + size
        for start, size, side in zip(starts, sizes, sides, strict=True)
    ]
    return _sliced(step, starts, ends, [1] * len(sides))


def _sliced(step: Step, starts: Sequence[int], ends: Sequence[int], steps: Sequence[int]) -> Value:
    """Cut along the axes that become smaller."""
    cut = [
        axis
        for axis, side in enumerate(step.shape())
        if (starts[axis], ends[axis], steps[axis]) != (0, side, 1)
    ]
    if not cut:
        return step.read(0)
    parts = [[values[axis] for axis in cut] for values in (starts, ends)]
    more = [cut, [steps[axis] for axis in cut]]
    return step.add("Slice", [step.read(0), *(integers(one) for one in (*parts, *more))])


def _strided(step: Step) -> Made:
    """Python's slices: masks say which bounds are left out, and which axes go or are new."""
    given = [step.known(place) for place in (1, 2, 3)]
    sides = list(step.shape())
    if not len(given[0]) == len(given[1]) == len(given[2]):
        raise step.fault("it has as many starts as ends and steps")
    new, whole = step.option("new_axis_mask"), step.option("ellipsis_mask")
    spare = len(sides) - sum(1 for n in range(len(given[0])) if not (new | whole) >> n & 1)
    starts, ends, steps = [0] * len(sides), list(sides), [1] * len(sides)
    made, axis = list[int](), 0
    for number, (start, end, stride) in enumerate(zip(*given, strict=True)):
        if whole >> number & 1:
            made += sides[axis : axis + max(spare, 0)]
            axis += max(spare, 0)
        elif new >> number & 1:
            made.append(1)
        elif axis >= len(sides) or not stride:
            raise step.fault("a step is 0, or there are more bounds than axes")
        else:
            bounds = _bounds(step, number, start, end, stride).indices(sides[axis])
            starts[axis], ends[axis], steps[axis] = bounds
            if stride < 0:  # from the end: as many places, in the other order
                count = len(range(*bounds))
                starts[axis], ends[axis], steps[axis] = 0, (count - 1) * -stride + 1, -stride
            if not step.option("shrink_axis_mask") >> number & 1:
                made.append(len(range(starts[axis], ends[axis], steps[axis])))
            axis += 1
    return step.reshaped(_sliced(step, starts, ends, steps), [*made, *sides[axis:]])


def _bounds(step: Step, number: int, start: int, end: int, stride: int) -> slice:
    """The places of one axis, by its bounds and what the masks say of them."""
    if step.option("shrink_axis_mask") >> number & 1:
        return slice(start, start + 1 or None)
    first = None if step.option("begin_mask") >> number & 1 else start
    last = None if step.option("end_mask") >> number & 1 else end
    if last is not None and step.option("offset"):
        last += start
    return slice(first, last, stride)


def _concat(step: Step) -> Made:
    names = [step.read(place) for place in range(step.count)]
    return step.activated(step.add("Concat", names, axis=step.option("axis")))


def _pack(step: Step) -> Made:
    """Maps of one shape along a new axis."""
    rank = len(step.shape()) + 1
    axis = step.option("axis") % rank
    names = []
    for place in range(step.count):
        shape = list(step.shape(place))
        shape.insert(axis, 1)
        names.append(step.reshaped(step.read(place), shape))
    return step.add("Concat", names, axis=axis)


def _unpack(step: Step) -> Made:
    """A map for each place of an axis."""
    shape = list(step.shape())
    axis = step.option("axis") % max(len(shape), 1)
    parts = step.parts("Split", [step.read(0)], axis=axis)
    del shape[axis]
    return [step.reshaped(part, shape) for part in parts]


def _split(step: Step) -> Made:
    axis = step.axis(0, len(step.shape(1)))
    return step.parts("Split", [step.read(1)], axis=axis)


def _split_sizes(step: Step) -> Made:
    axis = step.axis(2, len(step.shape()))
    side, sizes = step.shape()[axis], step.known(1)
    rest = side - sum(size for size in sizes if size >= 0)
    sizes = [rest if size < 0 else size for size in sizes]
    return step.parts("Split", [step.read(0), integers(sizes)], axis=axis)


def _gather(step: Step) -> Made:
    """Places of an axis."""
    if step.option("batch_dims"):
        raise step.fault("places of each sample are not read")
    return step.add("Gather", [step.read(0), step.read(1)], axis=step.option("axis"))


def _gather_places(step: Step) -> Made:
    """Places of several axes at once; which ones costs nothing."""
    x, places = step.read(0), step.read(1)
    *count, depth = places.dims or (0,)
    if not 0 < depth <= len(x.dims):
        raise step.fault(f"places of {depth} axes in a map of {len(x.dims)}")
    rest = x.dims[depth:]
    row = step.reshaped(x, [1, prod(x.dims[:depth]), *rest])  # behind the batch, of one sample
    listed = Constant((prod(count),), "int64")
    return step.reshaped(step.add("Gather", [row, listed], axis=1), [*count, *rest])


def _looked_up(step: Step) -> Made:
    return step.add("Gather", [step.read(1), step.read(0)], axis=0)


def _like(type_: str) -> Write:
    return lambda step: step.add(type_, [step.read(0), step.read(1)])


def _shape(step: Step) -> Made:
    return integers(step.shape())


def _rank(step: Step) -> Made:
    return Constant((), "int64", (len(step.shape()),))


def _space_to_batch(step: Step) -> Made:
    """Blocks of a map become samples: a convolution behind it looks at every other place."""
    blocks, ends = step.known(1), step.known(2)
    shape = step.shape()
    pads = [0, *ends[::2], 0, 0, *ends[1::2], 0]
    x = step.read(0)
    if any(ends):
        x = step.add("Pad", [x, integers(pads)])
    if len(shape) != len(blocks) + 2 or len(ends) != 2 * len(blocks) or min(blocks) < 1:
        raise step.fault("it has a block and two pads for each side")
    sides = [
        side + before + behind
        for side, before, behind in zip(shape[1:-1], ends[::2], ends[1::2], strict=True)
    ]
    parts = [shape[0]]
    for side, block in zip(sides, blocks, strict=True):
        parts += [side // block, block]
    x = step.reshaped(x, [*parts, shape[-1]])
    count = len(blocks)
    order = [*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2), 2 * count + 1]
    return step.reshaped(step.turned(x, order), step.made())


def _batch_to_space(step: Step) -> Made:
    blocks, crops = step.known(1), step.known(2)
    shape = step.shape()
    count = len(blocks)
    if len(shape) != count + 2 or len(crops) != 2 * count or min(blocks) < 1:
        raise step.fault("it has a block and two crops for each side")
    samples = shape[0]
    for block in blocks:
        samples //= block
    x = step.reshaped(step.read(0), [*blocks, samples, *shape[1:]])
    order = [count]
    for side in range(count):
        order += [count + 1 + side, side]
    x = step.turned(x, [*order, 2 * count + 1])
    sides = [side * block for side, block in zip(shape[1:-1], blocks, strict=True)]
    x = step.reshaped(x, [samples, *sides, shape[-1]])
    if any(crops):
        ends = [side - crop for side, crop in zip(sides, crops[1::2], strict=True)]
        axes = list(range(1, count + 1))
        bounds = (crops[::2], ends, axes, [1] * count)
        x = step.add("Slice", [x, *(integers(one) for one in bounds)])
    return x


MOVES: Mapping[str, Write] = {
    **dict.fromkeys(("QUANTIZE", "DEQUANTIZE", "FAKE_QUANT", "DENSIFY", "CAST"), _same),
    **dict.fromkeys(("REVERSE_V2", "BITCAST"), _same),
    "RESHAPE": _reshaped,
    "SQUEEZE": _squeezed,
    "EXPAND_DIMS": _expanded,
    "TRANSPOSE": _transpose,
    "PAD": _pad,
    "PADV2": _pad,
    "MIRROR_PAD": _mirror,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided,
    "CONCATENATION": _concat,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split,
    "SPLIT_V": _split_sizes,
    "GATHER": _gather,
    "EMBEDDING_LOOKUP": _looked_up,
    "TILE": _like("Tile"),
    "BROADCAST_TO": _like("Expand"),
    "GATHER_ND": _gather_places,
    "SHAPE": _shape,
    "RANK": _rank,
    "SPACE_TO_BATCH_ND": _space_to_batch,
    "BATCH_TO_SPACE_ND": _batch_to_space,
}
