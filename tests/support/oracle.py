"""What each layer costs, counted one by one.

A reference to hold the formulas against. It shares no code with the package: a multiply-add is
counted when a loop comes past it, a parameter when its index is put into a set, an output row when
a window is slid there. Nothing is multiplied that could be counted, so keep maps and kernels small.

`count(type, fields, maps)` takes the fields as a network spells them and maps as (channels, height,
width); it raises Impossible where such a layer cannot be.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

Map = tuple[int, int, int]
Fields = dict[str, Any]


class Impossible(Exception):
    """No such layer can be, or not on such maps."""


class Counts(NamedTuple):
    output: Map
    macs: int = 0
    other_ops: int = 0
    params: int = 0
    activations: int = 0


def count(type: str, fields: Fields, maps: Sequence[Map]) -> Counts:
    return COUNTERS[type](fields, *maps)


def require(condition: bool) -> None:
    if not condition:
        raise Impossible


def how_many(things: Iterable[Any]) -> int:
    total = 0
    for _ in things:
        total += 1
    return total


def elements(x: Map) -> Iterable[Any]:
    return product(range(x[0]), range(x[1]), range(x[2]))


# Fields


def size(value: int, least: int = 1) -> int:
    require(value >= least)
    return value


def pair(value: Any, least: int = 1) -> tuple[int, int]:
    """A number holds for height and width."""
    height, width = (value, value) if isinstance(value, int) else value
    return size(height, least), size(width, least)


def four_sides(value: Any) -> tuple[int, int, int, int]:
    """Top, bottom, left, right."""
    if value == "valid":
        return 0, 0, 0, 0
    if isinstance(value, list) and len(value) == 4:
        top, bottom, left, right = value
    else:
        top, left = pair(value, 0)
        bottom, right = top, left
    return size(top, 0), size(bottom, 0), size(left, 0), size(right, 0)


# Windows that slide


def strided(side: int, stride: int) -> list[int]:
    """With padding `same`, a window starts at every stride-th place of the side itself."""
    starts = []
    place = 0
    while place < side:
        starts.append(place)
        place += stride
    return starts


def slid(padded: int, kernel: int, stride: int, dilation: int = 1) -> list[int]:
    """The places where a window starts that lies on the padded side as a whole."""
    taps = [tap * dilation for tap in range(kernel)]
    starts = []
    place = 0
    while place + taps[-1] < padded:
        starts.append(place)
        place += stride
    require(bool(starts))
    return starts


def slid_over_the_end(side: int, before: int, after: int, kernel: int, stride: int) -> list[int]:
    """Ceil mode, by PyTorch's rule: one more window where the last one leaves a rest uncovered.

    It may hang over the end, but must start inside the side or the padding before it. A kernel
    larger than the padded side is an error here too.
    """
    padded = before + side + after
    require(kernel <= padded)
    starts = [0]
    while starts[-1] + kernel < padded:
        starts.append(starts[-1] + stride)
    return [start for start in starts if start < before + side]


def windows(x: Map, fields: Fields, kernel: Any, stride: Any, dilation: Any = 1) -> Map:
    """Rows and columns where windows start, as (1, height', width')."""
    kernels, strides, dilations = pair(kernel), pair(stride), pair(dilation)
    padding = fields.get("padding", "same")
    sizes = []
    for axis in range(2):
        side = x[axis + 1]
        if padding == "same":
            starts = strided(side, strides[axis])
        else:
            before, after = four_sides(padding)[2 * axis : 2 * axis + 2]
            if fields.get("ceil_mode", False):
                starts = slid_over_the_end(side, before, after, kernels[axis], strides[axis])
            else:
                padded = before + side + after
                starts = slid(padded, kernels[axis], strides[axis], dilations[axis])
        sizes.append(how_many(starts))
    return (1, sizes[0], sizes[1])


# Convolutions and linear layers


def dealt(channels: int, groups: int) -> list[list[int]]:
    """Channels dealt out to groups, one after the other; all groups get equally many."""
    hands: list[list[int]] = [[] for _ in range(size(groups))]
    for channel in range(size(channels)):
        hands[channel % groups].append(channel)
    require(len({len(hand) for hand in hands}) == 1)
    return hands


def connections(in_channels: int, out_channels: int, groups: int) -> list[tuple[int, int]]:
    """Which output channel reads which input channel."""
    pairs = []
    for readers, read in zip(dealt(out_channels, groups), dealt(in_channels, groups), strict=True):
        pairs.extend(product(readers, read))
    return pairs


def projection(
    pairs: Iterable[tuple[int, int]], kernel: Map, steps: Map, out: Map, bias: bool
) -> Counts:
    """Every step takes every weight once; `pairs` are (output channel, input channel)."""
    weights = set()
    macs = 0
    for readers, taps in product(pairs, elements(kernel)):
        weights.add((readers, taps))
        for _ in elements(steps):
            macs += 1
    params = len(weights)
    other_ops = 0
    if bias:
        params += how_many(range(out[0]))
        other_ops += how_many(elements(out))
    return Counts(out, macs, other_ops, params, how_many(elements(out)))


def conv2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    steps = windows(x, fields, kernel, fields.get("stride", 1), fields.get("dilation", 1))
    out = (fields["out_channels"], *steps[1:])
    pairs = connections(x[0], out[0], fields.get("groups", 1))
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


def pointwise_conv2d(fields: Fields, x: Map) -> Counts:
    return conv2d({**fields, "kernel_size": 1, "padding": "same"}, x)


def depthwise_conv2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    steps = windows(x, fields, kernel, fields.get("stride", 1), fields.get("dilation", 1))
    pairs = []
    for channel in range(x[0]):
        for _ in range(size(fields.get("multiplier", 1))):
            pairs.append((len(pairs), channel))
    out = (len(pairs), *steps[1:])
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


def conv_transpose2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    strides, dilations = pair(fields.get("stride", 1)), pair(fields.get("dilation", 1))
    more = pair(fields.get("output_padding", 0), 0)
    padding = fields.get("padding", "same")
    sizes = []
    for axis in range(2):
        if padding == "same":
            require(more == (0, 0))
            # Every input place answers for as many output places as the stride is long.
            places = list(product(range(x[axis + 1]), range(strides[axis])))
        else:
            before, after = four_sides(padding)[2 * axis : 2 * axis + 2]
            touched = {
                place * strides[axis] + tap * dilations[axis]
                for place, tap in product(range(x[axis + 1]), range(kernel[axis]))
            }
            # What padding cuts off at the end, output_padding puts there again.
            end = max(touched) + 1 - after + more[axis]
            places = list(range(before, end))
        require(bool(places))
        sizes.append(len(places))
    out = (fields["out_channels"], sizes[0], sizes[1])
    pairs = connections(x[0], out[0], fields.get("groups", 1))
    steps = (1, x[1], x[2])
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


def linear(fields: Fields, x: Map) -> Counts:
    require(x[2] == 1)
    out = (size(fields["out_features"]), x[1], 1)
    pairs = connections(x[0], out[0], 1)
    return projection(pairs, (1, 1, 1), (1, x[1], 1), out, fields.get("bias", True))


# Attention


def multi_head_attention(fields: Fields, x: Map) -> Counts:
    channels, tokens, columns = x
    heads = dealt(channels, fields["heads"])
    bias = fields.get("bias", True)
    macs = other_ops = params = activations = 0
    for _name in ("query", "key", "value", "output"):
        linear = projection(product(range(channels), repeat=2), (1, 1, 1), (1, *x[1:]), x, bias)
        macs += linear.macs
        other_ops += linear.other_ops
        params += linear.params
        activations += linear.activations
    for _column, head in product(range(columns), heads):
        for _query, _key in product(range(tokens), repeat=2):
            for _channel in head:
                macs += 1  # query times key
            for _channel in head:
                macs += 1  # score times value
            for _step in ("exp", "sum", "divide"):
                other_ops += 1
    return Counts(x, macs, other_ops, params, activations)


def class_token(fields: Fields, x: Map) -> Counts:
    require(x[2] == 1)
    tokens = ["class", *range(x[1])]
    return Counts((x[0], len(tokens), 1), params=how_many(range(x[0])))


def position_embedding(fields: Fields, x: Map) -> Counts:
    return Counts(x, params=how_many(elements(x)))


# One value an element, or a channel


def unchanged(fields: Fields, x: Map) -> Counts:
    return Counts(x)


def each_element(*steps: str) -> Callable[[Fields, Map], Counts]:
    def counter(fields: Fields, x: Map) -> Counts:
        return Counts(x, other_ops=how_many(product(elements(x), steps)))

    return counter


def prelu(fields: Fields, x: Map) -> Counts:
    slopes = size(fields.get("num_parameters", 1))
    require(slopes in (1, x[0]))
    return Counts(x, other_ops=how_many(elements(x)), params=how_many(range(slopes)))


def norm(*steps: str) -> Callable[[Fields, Map], Counts]:
    def counter(fields: Fields, x: Map) -> Counts:
        learned = {
            (name, channel)
            for name, channel in product(("scale", "bias"), range(x[0]))
            if fields.get(name, True)
        }
        return Counts(x, other_ops=how_many(product(elements(x), steps)), params=len(learned))

    return counter


def group_norm(fields: Fields, x: Map) -> Counts:
    dealt(x[0], fields.get("groups", 32))
    return layer_norm(fields, x)


layer_norm = norm("mean", "variance", "difference", "scale", "shift")


def layer_scale(fields: Fields, x: Map) -> Counts:
    return Counts(x, params=how_many(range(x[0])))


# Pooling


def window_pool(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    steps = windows(x, fields, kernel, fields.get("stride", list(kernel)))
    out = (x[0], *steps[1:])
    return Counts(out, other_ops=how_many(product(elements(out), elements((1, *kernel)))))


def adaptive_avg_pool2d(fields: Fields, x: Map) -> Counts:
    return Counts((x[0], *pair(fields["output_size"])), other_ops=how_many(elements(x)))


def global_avg_pool(fields: Fields, x: Map) -> Counts:
    return adaptive_avg_pool2d({"output_size": 1}, x)


# Several maps


def merge_ops(out: Map, maps: Sequence[Map]) -> int:
    """Every map after the first takes one operation an output element."""
    return how_many(product(elements(out), maps[1:]))


def add(fields: Fields, *maps: Map) -> Counts:
    require(len(maps) > 1 and len(set(maps)) == 1)
    return Counts(maps[0], other_ops=merge_ops(maps[0], maps))


def multiply(fields: Fields, *maps: Map) -> Counts:
    require(len(maps) > 1)
    sides = []
    for sizes in zip(*maps, strict=True):
        larger = set(sizes) - {1}
        require(len(larger) <= 1)
        sides.append(larger.pop() if larger else 1)
    out = (sides[0], sides[1], sides[2])
    return Counts(out, other_ops=merge_ops(out, maps))


def concat(fields: Fields, *maps: Map) -> Counts:
    axis = size(fields.get("axis", 0), 0)
    require(bool(maps) and axis < 3)
    rows = [(number, place) for number, x in enumerate(maps) for place in range(x[axis])]
    outs = {(*x[:axis], len(rows), *x[axis + 1 :]) for x in maps}
    require(len(outs) == 1)
    return Counts(outs.pop())


def center_crop(fields: Fields, x: Map, *like: Map) -> Counts:
    wanted = [pair(fields["size"])] if "size" in fields else []
    wanted += [other[1:] for other in like]
    require(len(wanted) == 1)
    sides = []
    for side, target in zip(x[1:], wanted[0], strict=True):
        require(target <= side)
        places = list(range(side))
        while len(places) > target:
            del places[0 if len(places) % 2 else -1]
        sides.append(len(places))
    return Counts((x[0], sides[0], sides[1]))


# Layers that move, cut or pad


def channel_shuffle(fields: Fields, x: Map) -> Counts:
    hands = dealt(x[0], fields["groups"])
    shuffled = [channel for hand in hands for channel in hand]
    return Counts((len(shuffled), x[1], x[2]))


def flatten(fields: Fields, x: Map) -> Counts:
    return Counts((how_many(elements(x)), 1, 1))


def slice_(fields: Fields, x: Map) -> Counts:
    axis = size(fields.get("axis", 0), 0)
    require(axis < 3)
    places = list(range(x[axis]))
    start, stop = size(fields.get("start", 0), 0), fields.get("stop", len(places))
    require(stop <= len(places))
    part = places[start : size(stop)]
    require(bool(part))
    sides = list(x)
    sides[axis] = len(part)
    return Counts((sides[0], sides[1], sides[2]))


def zero_pad2d(fields: Fields, x: Map) -> Counts:
    top, bottom, left, right = four_sides(fields["padding"])
    rows = ["zero"] * top + ["map"] * x[1] + ["zero"] * bottom
    columns = ["zero"] * left + ["map"] * x[2] + ["zero"] * right
    return Counts((x[0], len(rows), len(columns)))


def tokens(fields: Fields, x: Map) -> Counts:
    height, width = pair(fields.get("patch", 1))
    rows, columns = strided(x[1], height), strided(x[2], width)
    require(rows[-1] + height == x[1] and columns[-1] + width == x[2])
    patches = how_many(product(rows, columns))
    return Counts((x[0], patches, how_many(product(range(height), range(width)))))


def untokens(fields: Fields, x: Map) -> Counts:
    out = (x[0], size(fields["height"]), size(fields["width"]))
    require(how_many(elements(out)) == how_many(elements(x)))
    return Counts(out)


def upsample(fields: Fields, x: Map) -> Counts:
    require(("scale_factor" in fields) != ("size" in fields))
    if "size" in fields:
        height, width = pair(fields["size"])
    else:
        down, across = pair(fields["scale_factor"])
        height = how_many(product(range(x[1]), range(down)))
        width = how_many(product(range(x[2]), range(across)))
    out = (x[0], height, width)
    bilinear = fields.get("mode", "nearest") == "bilinear"
    neighbours = product((0, 1), (0, 1)) if bilinear else ()
    return Counts(out, other_ops=how_many(product(elements(out), neighbours)))


one_step = each_element("activate")

COUNTERS: dict[str, Callable[..., Counts]] = {
    "adaptive_avg_pool2d": adaptive_avg_pool2d,
    "add": add,
    "avg_pool2d": window_pool,
    "batch_norm": norm("multiply", "add"),
    "center_crop": center_crop,
    "channel_shuffle": channel_shuffle,
    "class_token": class_token,
    "concat": concat,
    "conv2d": conv2d,
    "conv_transpose2d": conv_transpose2d,
    "depthwise_conv2d": depthwise_conv2d,
    "dropout": unchanged,
    "elu": one_step,
    "flatten": flatten,
    "gelu": one_step,
    "global_avg_pool": global_avg_pool,
    "group_norm": group_norm,
    "hard_sigmoid": one_step,
    "hard_swish": one_step,
    "identity": unchanged,
    "layer_norm": layer_norm,
    "layer_scale": layer_scale,
    "leaky_relu": one_step,
    "linear": linear,
    "max_pool2d": window_pool,
    "multi_head_attention": multi_head_attention,
    "multiply": multiply,
    "pointwise_conv2d": pointwise_conv2d,
    "position_embedding": position_embedding,
    "prelu": prelu,
    "relu": one_step,
    "relu6": one_step,
    "sigmoid": one_step,
    "silu": one_step,
    "slice": slice_,
    "softmax": each_element("exp", "sum", "divide"),
    "tanh": one_step,
    "tokens": tokens,
    "untokens": untokens,
    "upsample": upsample,
    "zero_pad2d": zero_pad2d,
}
