"""ATen's operators that move, cut or repeat elements, and those that make known numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from costcalc.importers.graphs.values import Value, integers
from costcalc.importers.pt2.args import Args, Made, Write

MAX_VALUES = 4_096


def _same(args: Args) -> Made:
    return args.value("self", "input")


def _shaped(args: Args) -> Made:
    """In a shape, of which -1 is what is left."""
    return args.reshaped(args.value("self"), args.wholes("size", args.wholes("shape")))


def _like_other(args: Args) -> Made:
    return args.reshaped(args.value("self"), args.value("other").dims)


def _flattened(args: Args) -> Made:
    x = args.value("self")
    rank = max(len(x.dims), 1)
    start, end = args.axis("start_dim", rank), args.axis("end_dim", rank, -1)
    middle = prod(x.dims[start : end + 1])
    return args.reshaped(x, [*x.dims[:start], middle, *x.dims[end + 1 :]])


def _unflattened(args: Args) -> Made:
    x = args.value("self")
    axis, sizes = args.axis("dim", len(x.dims)), args.wholes("sizes")
    return args.reshaped(x, [*x.dims[:axis], *_filled(sizes, x.dims[axis]), *x.dims[axis + 1 :]])


def _filled(sizes: list[int], whole: int) -> list[int]:
    """Sizes, of which -1 is what is left."""
    known = prod(size for size in sizes if size != -1)
    return [whole // max(known, 1) if size == -1 else size for size in sizes]


def _unsqueezed(args: Args) -> Made:
    x = args.value("self")
    axis = args.axis("dim", len(x.dims) + 1)
    return args.reshaped(x, [*x.dims[:axis], 1, *x.dims[axis:]])


def _squeezed(args: Args) -> Made:
    x = args.value("self")
    rank = len(x.dims)
    axes = [args.call.axis(one, rank) for one in args.wholes("dim", range(rank))]
    return args.reshaped(
        x, [side for axis, side in enumerate(x.dims) if side != 1 or axis not in axes]
    )


def _permuted(args: Args) -> Made:
    x = args.value("self")
    rank = len(x.dims)
    order = [args.call.axis(axis, rank) for axis in args.wholes("dims")]
    if sorted(order) != list(range(rank)):
        raise args.fault(f"dims {order} are no order of {rank} axes")
    return args.turned(x, order)


def _transposed(args: Args) -> Made:
    x = args.value("self")
    rank = len(x.dims)
    if rank < 2:
        return x
    order = list(range(rank))
    names = ("axis0", "axis1") if args.has("axis0") else ("dim0", "dim1")
    one, other = args.axis(names[0], rank, -2), args.axis(names[1], rank, -1)
    order[one], order[other] = order[other], order[one]
    return args.turned(x, order)


def _expanded(args: Args) -> Made:
    x = args.value("self")
    size = args.wholes("size") or list(args.value("other").dims)
    kept = [1] * (len(size) - len(x.dims)) + list(x.dims)
    shape = [own if one == -1 else one for one, own in zip(size, kept, strict=False)]
    return args.add("Expand", [x, integers(shape)])


def _repeated(args: Args) -> Made:
    x = args.value("self")
    counts = args.wholes("repeats")
    if len(counts) > len(x.dims):
        x = args.reshaped(x, [1] * (len(counts) - len(x.dims)) + list(x.dims))
    return args.add("Tile", [x, integers(counts)])


def _concat(args: Args) -> Made:
    maps = [one for one in args.values("tensors") if one.dims != (0,)]
    rank = len(maps[0].dims) if maps else 1
    return args.add("Concat", maps, axis=args.axis("dim", rank))


def _stacked(args: Args) -> Made:
    maps = args.values("tensors")
    axis = args.axis("dim", len(maps[0].dims) + 1 if maps else 1)
    new = [args.reshaped(one, [*one.dims[:axis], 1, *one.dims[axis:]]) for one in maps]
    return args.add("Concat", new, axis=axis)


def _unbound(args: Args) -> Made:
    """A map for each place of an axis."""
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    parts = _parts(args, x, axis, [1] * x.dims[axis])
    return [args.reshaped(one, [*x.dims[:axis], *x.dims[axis + 1 :]]) for one in parts]


def _split(args: Args) -> Made:
    """Parts of one size, of which the last may be smaller, or of given sizes."""
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    side = x.dims[axis]
    sizes = args.wholes("split_size", args.wholes("split_sizes"))
    if len(sizes) == 1 and sizes[0] > 0:
        sizes = _even(side, sizes[0])
    return _parts(args, x, axis, sizes)


def _chunked(args: Args) -> Made:
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    count = args.whole("chunks")
    if count < 1:
        raise args.fault("chunks is below 1")
    return _parts(args, x, axis, _even(x.dims[axis], -(-x.dims[axis] // count)))


def _even(side: int, size: int) -> list[int]:
    if not side or side // size > MAX_VALUES:
        return [side]
    return [size] * (side // size) + ([side % size] if side % size else [])


def _parts(args: Args, x: Value, axis: int, sizes: list[int]) -> Sequence[Value]:
    if len(sizes) == 1:
        return [x]
    return args.parts("Split", [x, integers(sizes)], axis=axis)


def _selected(args: Args) -> Made:
    """One place of an axis."""
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    place = args.whole("index")
    place += x.dims[axis] if place < 0 else 0
    cut = _cut(args, x, axis, place, place + 1, 1)
    return args.reshaped(cut, [*x.dims[:axis], *x.dims[axis + 1 :]])


def _sliced(args: Args) -> Made:
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    side = x.dims[axis]
    bounds = slice(
        args.whole("start", 0), min(args.whole("end", side), side), args.whole("step", 1)
    )
    if args.whole("step", 1) < 1:
        raise args.fault("step is below 1")
    return _cut(args, x, axis, *bounds.indices(side))


def _narrowed(args: Args) -> Made:
    x = args.value("self")
    axis, start = args.axis("dim", len(x.dims)), args.whole("start")
    return _cut(args, x, axis, start, start + args.whole("length"), 1)


def _cut(args: Args, x: Value, axis: int, start: int, end: int, step: int) -> Value:
    if (start, end, step) == (0, x.dims[axis], 1):
        return x
    bounds = (integers([one]) for one in (start, end, axis, step))
    return args.add("Slice", [x, *bounds])


def _indexed(args: Args) -> Made:
    """Rows of a table by places that are stored, or another map's."""
    x = args.value("self")
    given = args.given.get("indices")
    listed = given if isinstance(given, list) else []
    axes = [axis for axis, one in enumerate(listed) if one is not None]
    if len(axes) == 1:
        places = args.value_of(listed[axes[0]], "indices")
        if args.stated_type(listed[axes[0]]) == "bool":
            return args.add("Compress", [x, places], axis=axes[0])
        return args.add("Gather", [x, places], axis=axes[0])
    raise args.fault("places along several axes are not read")


def _looked_up(args: Args) -> Made:
    return args.add("Gather", [args.value("weight"), args.value("indices")], axis=0)


def _picked(args: Args) -> Made:
    x = args.value("self")
    axis = args.axis("dim", len(x.dims))
    return args.add("Gather", [x, args.value("index")], axis=axis)


def _swapped_channels(args: Args) -> Made:
    """Channels of groups, dealt out in turn."""
    x = args.value("self")
    groups, (samples, channels, *sides) = args.whole("groups"), x.dims
    y = args.reshaped(x, [samples, groups, channels // max(groups, 1), *sides])
    order = [0, 2, 1, *range(3, 3 + len(sides))]
    return args.reshaped(args.turned(y, order), x.dims)


def _unread(args: Args) -> Made:
    """A check, which makes nothing."""
    return []


MOVES: Mapping[str, Write] = {
    **dict.fromkeys(
        (
            "contiguous",
            "clone",
            "alias",
            "detach",
            "dropout",
            "feature_dropout",
            "to",
            "type_as",
            "_to_copy",
            "native_dropout",
            "lift_fresh_copy",
            "roll",
            "flip",
            "alpha_dropout",
            "requires_grad",
            "bernoulli",
            "view_as_real",
            "resolve_conj",
        ),
        _same,
    ),
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), _shaped),
    **dict.fromkeys(("view_as", "reshape_as"), _like_other),
    "flatten": _flattened,
    "unflatten": _unflattened,
    "unsqueeze": _unsqueezed,
    "squeeze": _squeezed,
    "permute": _permuted,
    **dict.fromkeys(("transpose", "t", "numpy_T", "swapaxes"), _transposed),
    **dict.fromkeys(("expand", "expand_as"), _expanded),
    "repeat": _repeated,
    **dict.fromkeys(("cat", "concat"), _concat),
    "stack": _stacked,
    "unbind": _unbound,
    **dict.fromkeys(("split", "split_with_sizes"), _split),
    "chunk": _chunked,
    "select": _selected,
    "slice": _sliced,
    "narrow": _narrowed,
    "index": _indexed,
    "embedding": _looked_up,
    "index_select": _picked,
    "channel_shuffle": _swapped_channels,
    **dict.fromkeys(("_assert_tensor_metadata", "_assert_scalar", "sym_constrain_range"), _unread),
}
