"""Windows that slide over a map, of convolutions and pools, and padding, also of zero_pad2d."""

from typing import Any

from hypothesis import strategies as st

from .base import (
    Draw,
    Fields,
    Form,
    Map,
    Numbers,
    both,
    flags,
    how_many,
    pair,
    require,
    size,
    small,
)

# Drawing

SLIDING = {
    "square": flags,
    # Four different sides show most.
    "padding": st.sampled_from(("same", "valid", "number", "pair", "four", "four", "four")),
}


def sliding_sides(draw: Draw, form: Form) -> Numbers:
    """Kernel, stride, dilation and padding of both axes, and a map that the kernel fits on."""
    n: Numbers = {}
    pad = 0 if form["padding"] in ("same", "valid") else draw(st.integers(0, 2))
    for axis in ("height", "width"):
        if axis == "height" or not form["square"]:
            kernel, stride, dilation = draw(st.integers(1, 3)), draw(small), draw(st.integers(1, 2))
        before = after = pad
        if form["padding"] in ("pair", "four"):
            before = after = draw(st.integers(0, 2))
        if form["padding"] == "four":
            after = draw(st.integers(0, 2))
        least = max(1, dilation * (kernel - 1) + 1 - before - after)
        n |= {f"kernel_{axis}": kernel, f"stride_{axis}": stride, f"dilation_{axis}": dilation}
        n |= {f"before_{axis}": before, f"after_{axis}": after, f"more_{axis}": draw(flags) + 0}
        # In ceil mode the kernel may be larger by less than the stride.
        fewer = draw(st.integers(0, stride)) if form.get("ceil_mode") else 0
        n[axis[0]] = draw(st.integers(max(1, least - fewer), least + 5))
    return n


def padding_field(form: Form, n: Numbers) -> Any:
    spelled = form["padding"]
    if spelled == "number":
        return n["before_height"]
    if spelled == "pair":
        return [n["before_height"], n["before_width"]]
    if spelled == "four":
        return [n[f"{place}_{axis}"] for axis in ("height", "width") for place in SIDES]
    return spelled


SIDES = ("before", "after")


def sliding_fields(form: Form, n: Numbers) -> Fields:
    fields = {name: both(form, n, name) for name in ("stride", "dilation")}
    return {**fields, "kernel_size": both(form, n, "kernel"), "padding": padding_field(form, n)}


# Counting


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


def slid_over_the_end(
    side: int, before: int, after: int, kernel: int, stride: int, dilation: int
) -> list[int]:
    """Ceil mode: the places where a window starts, and less than a stride of it hangs over the end.

    It must start on the side or on the padding before it.
    """
    last_tap = [tap * dilation for tap in range(kernel)][-1]
    starts = []
    for place in range(0, before + side, stride):
        hanging = [at for at in range(place, place + last_tap + 1) if at >= before + side + after]
        if len(hanging) < stride:
            starts.append(place)
    require(bool(starts))
    return starts


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
                window = kernels[axis], strides[axis], dilations[axis]
                starts = slid_over_the_end(side, before, after, *window)
            else:
                padded = before + side + after
                starts = slid(padded, kernels[axis], strides[axis], dilations[axis])
        sizes.append(how_many(starts))
    return (1, sizes[0], sizes[1])
