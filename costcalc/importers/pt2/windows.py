"""ATen's convolutions, pools, resizing and padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importers.graphs.values import Value, integers
from costcalc.importers.graphs.windows import of_plain
from costcalc.importers.pt2.args import Args, Made, Write


def _conv(args: Args) -> Made:
    if args.flag("transposed"):
        return _transposed(args)
    x, weight = args.value("input"), args.value("weight")
    sides = len(weight.dims) - 2
    padding: dict[str, Any] = {"auto_pad": "SAME_UPPER" if args.text("padding") == "same" else ""}
    if not padding["auto_pad"]:
        around = [0] * sides if args.text("padding") else args.each("padding", sides, 0)
        padding = {"pads": around * 2}
    inputs = [_batched(args, x, sides), weight, *args.several("bias")]
    y = args.add(
        "Conv",
        inputs,
        strides=args.each("stride", sides, 1),
        dilations=args.each("dilation", sides, 1),
        group=args.whole("groups", 1),
        **padding,
    )
    return _unbatched(args, y, len(x.dims))


def _transposed(args: Args) -> Made:
    x, weight = args.value("input"), args.value("weight")
    sides = len(weight.dims) - 2
    y = args.add(
        "ConvTranspose",
        [_batched(args, x, sides), weight, *args.several("bias")],
        strides=args.each("stride", sides, 1),
        dilations=args.each("dilation", sides, 1),
        pads=args.each("padding", sides, 0) * 2,
        output_padding=args.each("output_padding", sides, 0),
        group=args.whole("groups", 1),
    )
    return _unbatched(args, y, len(x.dims))


def _batched(args: Args, x: Value, sides: int) -> Value:
    """A map with the axis of samples, which PyTorch may leave out."""
    return args.reshaped(x, [1, *x.dims]) if len(x.dims) == sides + 1 else x


def _unbatched(args: Args, y: Value, rank: int) -> Value:
    return args.reshaped(y, y.dims[1:]) if len(y.dims) > rank else y


def _pooled(type_: str, sides: int) -> Write:
    def write(args: Args) -> Made:
        x = args.value("self", "input")
        kernel = args.each("kernel_size", sides, 1)
        strides = args.each("stride", sides, 0)
        y = args.parts(
            type_,
            [_batched(args, x, sides)],
            kernel_shape=kernel,
            strides=kernel if 0 in strides else strides,
            pads=args.each("padding", sides, 0) * 2,
            dilations=args.each("dilation", sides, 1),
            ceil_mode=int(args.flag("ceil_mode")),
        )
        return [_unbatched(args, one, len(x.dims)) for one in y]

    return write


def _adaptive(type_: str, sides: int) -> Write:
    """Windows that make a map of some size: the whole map, where that is 1."""

    def write(args: Args) -> Made:
        x = args.value("self", "input")
        wanted = args.given.get("output_size")
        before = x.dims[-sides:]
        listed = wanted if isinstance(wanted, list) else [wanted] * sides
        size = [
            side if one is None else args.whole_of(one, "output_size")
            for one, side in zip(listed, before, strict=False)
        ]
        if len(size) != sides or min(size) < 1:
            raise args.fault(f"output_size has {sides} numbers from 1")
        if set(size) == {1}:
            y = args.add(f"Global{type_}", [_batched(args, x, sides)])
            return _unbatched(args, y, len(x.dims))
        if type_ == "AveragePool" and sides == 2:
            return _averaged(args, size)
        if any(side % one for side, one in zip(before, size, strict=True)):
            raise args.fault(f"a map of {x.dims} is not pooled to {size} by equal windows")
        kernel = [side // one for side, one in zip(before, size, strict=True)]
        y = args.add(type_, [_batched(args, x, sides)], kernel_shape=kernel, strides=kernel)
        return _unbatched(args, y, len(x.dims))

    return write


def _averaged(args: Args, size: Sequence[int]) -> Made:
    """Means over windows, which may differ by a place in size."""
    drafts, op = args.call.drafts, args.call.op
    plain = drafts.plain(args.map("self", "input"), op)
    out = drafts.add("adaptive_avg_pool2d", {"output_size": list(size)}, [plain.out], op)
    return of_plain(plain, out)


def _resized(mode: str, sides: int) -> Write:
    def write(args: Args) -> Made:
        x = args.value("self", "input")
        size = args.wholes("output_size") or args.wholes("size")
        if not size:
            factors = args.given.get("scale_factors")
            if not isinstance(factors, list) or len(factors) != sides:
                raise args.fault("it states neither a size nor factors")
            size = [int(side * one) for side, one in zip(x.dims[-sides:], factors, strict=True)]
        sizes = integers([*x.dims[:-sides], *size])
        return args.add("Resize", [x, None, None, sizes], mode=mode)

    return write


_GRID_MODES = ("linear", "nearest", "cubic")


def _grid_sampled(args: Args) -> Made:
    mode = args.whole("interpolation_mode")
    if not 0 <= mode < len(_GRID_MODES):
        raise args.fault(f"an unknown interpolation_mode, {mode}")
    given = [args.value("input", "self"), args.value("grid")]
    return args.add("GridSample", given, mode=_GRID_MODES[mode])


def _padded(args: Args) -> Made:
    """Pairs of before and behind, from the last axis on."""
    x = args.value("self", "input")
    ends = args.wholes("pad") or args.wholes("padding")
    rank = len(x.dims)
    if len(ends) % 2 or len(ends) > 2 * rank:
        raise args.fault("it has two numbers for an axis")
    before, behind = [0] * rank, [0] * rank
    for number in range(len(ends) // 2):
        before[rank - 1 - number] = ends[2 * number]
        behind[rank - 1 - number] = ends[2 * number + 1]
    mode = args.text("mode") or ("reflect" if "reflect" in args.call.op.type else "constant")
    edge = {"replicate": "edge", "circular": "wrap"}
    return args.add("Pad", [x, integers([*before, *behind])], mode=edge.get(mode, mode))


def _shuffled(type_: str, name: str) -> Write:
    def write(args: Args) -> Made:
        extra = {"mode": "CRD"} if type_ == "DepthToSpace" else {}
        return args.add(type_, [args.value("self")], blocksize=args.whole(name), **extra)

    return write


WINDOWS: Mapping[str, Write] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _transposed),
    **{f"max_pool{n}d": _pooled("MaxPool", n) for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _pooled("MaxPool", n) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": _pooled("AveragePool", n) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": _adaptive("AveragePool", n) for n in (1, 2, 3)},
    **{f"_adaptive_avg_pool{n}d": _adaptive("AveragePool", n) for n in (2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive("MaxPool", n) for n in (1, 2, 3)},
    **dict.fromkeys(("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"), _grid_sampled),
    **{f"upsample_nearest{n}d": _resized("nearest", n) for n in (1, 2, 3)},
    "upsample_linear1d": _resized("linear", 1),
    "upsample_bilinear2d": _resized("linear", 2),
    "_upsample_bilinear2d_aa": _resized("linear", 2),
    "upsample_trilinear3d": _resized("linear", 3),
    "upsample_bicubic2d": _resized("cubic", 2),
    "_upsample_bicubic2d_aa": _resized("cubic", 2),
    **dict.fromkeys(("pad", "constant_pad_nd"), _padded),
    **{f"reflection_pad{n}d": _padded for n in (1, 2, 3)},
    **{f"replication_pad{n}d": _padded for n in (1, 2, 3)},
    "pixel_shuffle": _shuffled("DepthToSpace", "upscale_factor"),
    "pixel_unshuffle": _shuffled("SpaceToDepth", "downscale_factor"),
}
