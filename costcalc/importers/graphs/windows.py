"""Convolutions and poolings of any format: windows that slide over the sides of a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.importers.graphs.axes import View, fresh, size_of
from costcalc.importers.graphs.call import Call
from costcalc.importers.graphs.values import Map, Out
from costcalc.shapes import SIDES


class Window(NamedTuple):
    """A window, with a number for each side."""

    size: Sequence[int]
    stride: Sequence[int]
    around: Sequence[tuple[int, int]]
    """Places before and behind each side."""
    dilation: Sequence[int]
    is_same: bool = False
    """Whether `around` is what makes ceil(side / stride) of each side, and follows it."""

    def fields(self, call: Call, *, same: bool) -> dict[str, Any]:
        """As fields of a layer; same: whether padding: same is its default."""
        if not 1 <= len(self.size) <= 3:
            raise call.fault(f"windows with {len(self.size)} sides are not read")
        if any(end < 0 for ends in self.around for end in ends):
            raise call.fault("padding below 0 is not read")
        return {
            "kernel_size": each(self.size),
            **unless("stride", self.stride, 1),
            **self._padding(same),
            **unless("dilation", self.dilation, 1),
        }

    def _padding(self, same: bool) -> dict[str, Any]:
        needed = [step * (size - 1) for size, step in zip(self.size, self.dilation, strict=True)]
        if self.is_same:
            return {} if same else {"padding": "same"}
        if same and [sum(ends) for ends in self.around] == needed:
            return {}  # that is what padding: same adds, whatever the side
        if all(ends == (0, 0) for ends in self.around):
            return {"padding": "valid"} if same else {}
        if all(before == behind for before, behind in self.around):
            return {"padding": each([before for before, _ in self.around])}
        return {"padding": [end for ends in self.around for end in ends]}


def each(numbers: Sequence[int]) -> int | list[int]:
    """A number where all sides have the same one, else the list."""
    return list(numbers) if len(set(numbers)) > 1 else numbers[0]


def unless(name: str, numbers: Sequence[int], default: int) -> dict[str, Any]:
    """A field, unless it has its default."""
    return {} if set(numbers) == {default} else {name: each(numbers)}


def convolution(
    call: Call, x: Map, out_channels: int, window: Window, groups: int, *, bias: bool
) -> Map:
    """A convolution: depthwise and pointwise ones by their own types."""
    x, sides = _with_sides(call, x, window)
    in_channels = size_of(x.view.own[1])
    fields = window.fields(call, same=True)
    own: dict[str, Any] = {} if bias else {"bias": False}
    if groups > 1 and groups == in_channels and not out_channels % groups:
        type_ = f"depthwise_conv{sides}d"
        more = unless("multiplier", [out_channels // groups], 1)
    elif set(window.size) == {1} and not any(map(any, window.around)):
        type_ = f"pointwise_conv{sides}d"
        fields = {key: fields[key] for key in ("stride",) if key in fields}
        more = {"out_channels": out_channels, **unless("groups", [groups], 1)}
    else:
        type_ = f"conv{sides}d"
        more = {"out_channels": out_channels, **unless("groups", [groups], 1)}
    return of_plain(x, call.drafts.add(type_, {**more, **fields, **own}, [x.out], call.op))


def transposed_convolution(
    call: Call,
    x: Map,
    out_channels: int,
    window: Window,
    groups: int,
    output_padding: Sequence[int],
    *,
    bias: bool,
) -> Map:
    x, sides = _with_sides(call, x, window)
    fields = {"out_channels": out_channels, **window.fields(call, same=False)}
    fields.setdefault("padding", "valid")
    fields |= unless("output_padding", output_padding, 0) | unless("groups", [groups], 1)
    if not bias:
        fields["bias"] = False
    return of_plain(x, call.drafts.add(f"conv_transpose{sides}d", fields, [x.out], call.op))


def pooling(call: Call, x: Map, type_: str, window: Window, *, ceil_mode: bool) -> Map:
    """type_: max_pool or avg_pool."""
    x, sides = _with_sides(call, x, window)
    fields = {"padding": "valid", **window.fields(call, same=False)}
    fields.pop("stride", None)
    if list(window.stride) != list(window.size):
        fields["stride"] = each(window.stride)
    if type_ == "avg_pool" and fields.pop("dilation", None):
        raise call.fault("means over windows with gaps are not read")
    if ceil_mode:
        fields["ceil_mode"] = True
    return of_plain(x, call.drafts.add(f"{type_}{sides}d", fields, [x.out], call.op))


def global_pooling(call: Call, x: Map, *, mean: bool) -> Map:
    x = call.drafts.plain(x, call.op)
    sides = len(x.view.own) - 2
    if mean:
        return of_plain(x, call.drafts.add("global_avg_pool", {}, [x.out], call.op))
    if not 1 <= sides <= 3:
        raise call.fault(f"a map with {sides} sides is not read")
    fields = {"kernel_size": list(x.out.shape.sides), "padding": "valid"}
    out = call.drafts.add(f"max_pool{sides}d", fields, [x.out], call.op)
    out.draft.fields["kernel_size"] = [f"in_{name}" for name in SIDES[sides]]  # at any resolution
    return of_plain(x, out)


def _with_sides(call: Call, x: Map, window: Window) -> tuple[Map, int]:
    x = call.drafts.plain(x, call.op)
    sides = len(x.view.own) - 2
    if sides != len(window.size):
        raise call.fault(f"a window with {len(window.size)} sides on a map with {sides}")
    return x, sides


def of_plain(x: Map, out: Out) -> Map:
    """A map that a layer made of a plain one: what has its size keeps its axes."""
    before = x.view.own
    made = fresh(out.shape.dims)
    axes = tuple(
        old if size_of(old) == size_of(new) else new
        for old, new in zip(before[1:], made, strict=True)
    )
    own = (before[0], *axes)
    return Map(out, View(own, own), x.type)
