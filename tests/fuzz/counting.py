"""What a layer costs, counted one by one, where that does not take long."""

from functools import cache
from math import prod
from typing import Any

from fuzz.expressions import Invalid
from layers.cases import CASES
from layers.cases.base import Counts, Impossible

MOST_WORK = 150_000
"""Steps that counting a layer one by one may take."""


class TooLarge(Exception):
    """Counting one by one would take too long."""


@cache
def _counted(type_: str, frozen: Any, shapes: Any) -> Counts | None:
    fields = {key: list(one) if isinstance(one, tuple) else one for key, one in frozen}
    try:
        return CASES[type_].count(fields, *shapes)
    except (Impossible, TypeError):  # with too many or too few maps
        return None


def counted(type_: str, frozen: Any, shapes: Any) -> Counts:
    if _work(type_, dict(frozen), shapes) > MOST_WORK:
        raise TooLarge
    counts = _counted(type_, frozen, shapes)
    if counts is None:
        raise Invalid(f"{type_} {dict(frozen)} {shapes}")
    return counts


def _work(type_: str, fields: Any, shapes: Any) -> int:
    """About how many steps it takes to count a layer."""
    numbers = []
    for key, value in fields.items():
        if key in (
            "stride",
            "dilation",
            "groups",
            "heads",
            "axis",
            "start",
            "stop",
            "part",
            "parts",
        ):
            continue
        of_sides = key in ("kernel_size", "scale_factor", "size")
        times = max(1, len(shapes[0]) - 1) if of_sides and shapes else 1
        listed = value if isinstance(value, tuple) else (value,) * times
        numbers.append(listed if of_sides else listed[:1])
    size = prod(max(1, n) for listed in numbers for n in listed if type(n) is int)
    elements = sum(map(prod, shapes)) if shapes else 1
    if type_ == "multi_head_attention":
        width = max(
            *(shape[0] for shape in shapes),
            fields.get("out_channels", 1),
            fields["heads"] * max(fields.get("head_dim", 1), fields.get("value_dim", 1)),
        )
        places = max(prod(shape[1:]) for shape in shapes)
        return int(4 * width * width * places + 2 * width * places * places)
    return int(elements * size)
