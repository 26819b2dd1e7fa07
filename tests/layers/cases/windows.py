"""Windows that slide over a map, of convolutions and pools, and padding, also of zero_pad."""

from typing import Any

from hypothesis import strategies as st

from .base import (
    Draw,
    Fields,
    Form,
    Map,
    Numbers,
    each,
    flags,
    how_many,
    require,
    size,
    sizes,
    small,
)

# Drawing


def paddings(form: Form) -> st.SearchStrategy[str]:
    # Ends that differ show most.
    words = ("same", "valid", "number", "each", "ends", "ends", "ends")
    return st.sampled_from((*words, "causal") if form["axes"] == 1 else words)


SLIDING = {"square": flags, "padding": paddings}
AS_STRIDED = ("same", "causal")


def sliding_sides(draw: Draw, form: Form) -> Numbers:
    """Kernel, stride, dilation and padding along each axis, and a map that the kernel fits on."""
    n: Numbers = {}
    spelled = form["padding"]
    pad = 0 if spelled in (*AS_STRIDED, "valid") else draw(st.integers(0, 2))
    few = form["axes"] > 2  # or counting would take long
    for axis in range(form["axes"]):
        if axis == 0 or not form["square"]:
            kernel, stride = draw(st.integers(1, 2 if few else 3)), draw(small)
            dilation = draw(st.integers(1, 2))
        if not form["sides"] and spelled not in AS_STRIDED:
            kernel = 1
        before = after = pad
        if spelled in ("each", "ends"):
            before = after = draw(st.integers(0, 2))
        if spelled == "ends":
            after = draw(st.integers(0, 2))
        spared = dilation * (kernel - 1) + 1 - before - after
        # Of a transposed convolution, the padding must leave something.
        least = max(1, 2 - spared if form.get("transposed") else spared)
        n |= {f"kernel{axis}": kernel, f"stride{axis}": stride, f"dilation{axis}": dilation}
        n |= {f"before{axis}": before, f"after{axis}": after, f"more{axis}": draw(flags) + 0}
        if form["sides"]:
            # In ceil mode the kernel may be larger by less than the stride.
            fewer = draw(st.integers(0, stride)) if form.get("ceil_mode") else 0
            most = least + (2 if few else 5)
            n[f"side{axis}"] = draw(st.integers(max(1, least - fewer), most))
    return n


def padding_field(form: Form, n: Numbers) -> Any:
    spelled = form["padding"]
    if spelled == "number":
        return n["before0"]
    if spelled == "each":
        return [n[f"before{axis}"] for axis in range(form["axes"])]
    if spelled == "ends":
        return [n[f"{end}{axis}"] for axis in range(form["axes"]) for end in ("before", "after")]
    return spelled


def sliding_fields(form: Form, n: Numbers) -> Fields:
    fields = {name: each(form, n, name) for name in ("stride", "dilation")}
    return {**fields, "kernel_size": each(form, n, "kernel"), "padding": padding_field(form, n)}


# Counting


def ends(value: Any, axes: int) -> list[tuple[int, int]]:
    """What is put before and after the map along each axis."""
    if value == "valid":
        return [(0, 0)] * axes
    if isinstance(value, list) and len(value) == 2 * axes:
        return [(size(value[2 * x], 0), size(value[2 * x + 1], 0)) for x in range(axes)]
    return [(one, one) for one in sizes(value, axes, 0)]


def padded_as_strided(fields: Fields, axes: int) -> bool:
    padding = fields.get("padding", "same")
    require(padding != "causal" or axes == 1)
    return padding in AS_STRIDED


def strided(side: int, stride: int) -> list[int]:
    """Padded as `same` or `causal`, a window starts at every stride-th place of the side."""
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


def windows(sides: Map, fields: Fields, kernel: Any, stride: Any, dilation: Any = 1) -> Map:
    """How many windows start along each axis."""
    axes = len(sides)
    by_stride = padded_as_strided(fields, axes)
    around = [(0, 0)] * axes if by_stride else ends(fields["padding"], axes)
    counts = []
    for side, own, step, spacing, (before, after) in zip(
        sides, sizes(kernel, axes), sizes(stride, axes), sizes(dilation, axes), around, strict=True
    ):
        if by_stride:
            starts = strided(side, step)
        elif fields.get("ceil_mode", False):
            starts = slid_over_the_end(side, before, after, own, step, spacing)
        else:
            starts = slid(before + side + after, own, step, spacing)
        counts.append(how_many(starts))
    return tuple(counts)
