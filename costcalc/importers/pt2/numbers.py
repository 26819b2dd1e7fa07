"""Numbers that are known: sizes of maps, what is computed of them, and tensors of no input."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from costcalc.importers.graphs.values import Constant
from costcalc.importers.pt2.args import Args, Made, Write

MAX = 1 << 62
MAX_VALUES = 4_096
"""Elements of a list of numbers that is kept, rather than its length alone."""


def _computed(compute: Callable[[int, int], int]) -> Write:
    def write(args: Args) -> Made:
        names = list(args.given)
        if len(names) != 2:
            raise args.fault("it takes two numbers")
        one, other = (args.whole(name) for name in names)
        try:
            made = compute(one, other)
        except ZeroDivisionError:
            raise args.fault("it divides by 0") from None
        if abs(made) > MAX:
            raise args.fault("its result has more than 62 bits")
        return Constant((), "int64", (made,))

    return write


def _size(args: Args) -> Made:
    x = args.value("self")
    return Constant((), "int64", (x.dims[args.axis("dim", len(x.dims))],))


def _range(args: Args) -> Made:
    start, end, step = args.whole("start", 0), args.whole("end"), args.whole("step", 1)
    if not step:
        raise args.fault("step is 0")
    places = range(start, end, step)
    values = tuple(places) if len(places) <= MAX_VALUES else None
    return Constant((len(places),), "int64", values)


def _made(args: Args) -> Made:
    """Numbers of no input: zeros, ones, or others that nobody trains."""
    is_like = args.has("self") and not args.has("size")
    size = args.value("self").dims if is_like else args.wholes("size")
    return Constant(tuple(size), "constant")


OPERATORS: Mapping[str, Write] = {
    "add": _computed(operator.add),
    "sub": _computed(operator.sub),
    "mul": _computed(operator.mul),
    "floordiv": _computed(operator.floordiv),
    "mod": _computed(operator.mod),
}
"""Python's own operators."""
NUMBERS: Mapping[str, Write] = {
    "sym_size": _size,
    "arange": _range,
    **dict.fromkeys(
        (
            *("zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "new_zeros"),
            *("new_ones", "new_full", "empty", "scalar_tensor", "rand", "randn"),
        ),
        _made,
    ),
}
