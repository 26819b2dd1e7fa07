"""Patch-wise execution of the first layers, as MCUNetV2 does it.

The output of a stage is cut into n x n patches, which are computed one after another: of each map
before it only the part that a patch depends on, which grows with every kernel on the way back.
Parts of neighbours overlap, and what lies in the overlap is computed again. The input and the
output of the stage are held whole; all between them only as parts. The stage ends where the peak of
the whole network is the least, and of ends alike where the least is computed again.
Lin et al. 2021, arXiv:2110.15352.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Node
from costcalc.layers.convolution import Convolution
from costcalc.layers.merge import OfOneShape
from costcalc.layers.pooling import WindowPool
from costcalc.memory.deployment import Deployed
from costcalc.memory.lifetimes import Lifetimes
from costcalc.memory.peak import live_bytes
from costcalc.memory.program import Map, Operation
from costcalc.shapes import TensorShape

MAX_PATCHES = 64
"""Along a side."""
_LOCAL = ("activations", "normalizations")
_NOT_LOCAL = ("softmax", "group_norm", "global_response_norm")

Span: TypeAlias = "tuple[int, int]"
"""From a place up to, and not including, another."""
Part: TypeAlias = "tuple[Span, Span]"
"""Rows and columns of a map."""


class Patched(NamedTuple):
    """A network whose first operations are computed in patches."""

    patches: int
    """Along a side: there are as many times as many."""
    operations: int
    """How many are computed so."""
    until: str
    """The last of them."""
    peak: int
    recomputed_macs: int
    """MACs beyond those of the network."""


def in_patches(program: Deployed, patches: int) -> Patched:
    """The best stage for so many patches along a side. Raises CostcalcError where there is none."""
    if not 1 <= patches <= MAX_PATCHES:
        raise CostcalcError(f"patches must be 1 to {MAX_PATCHES}, not {patches}")
    lifetimes = Lifetimes(program)
    live = live_bytes(lifetimes.buffers, lifetimes.steps)
    found = []
    for last in _ends(program):
        sides = last.node.shape.sides
        if min(sides) >= patches:
            stage = _Stage(program, last.number)
            peak, macs = stage.computed(patches)
            rest = max(live[last.number + 2 :], default=0)
            found.append(
                Patched(patches, last.number + 1, last.name, max(peak, rest), macs - stage.macs)
            )
    if not found:
        raise CostcalcError(
            f"no layer of {program.network.name} can be computed in {patches}×{patches} patches",
            hint="the first layers must be convolutions, poolings or elementwise, of one input "
            "with height and width",
        )
    return min(found, key=lambda one: (one.peak, one.recomputed_macs))


def _ends(program: Deployed) -> Iterator[Operation]:
    """The operations up to which all are local, and whose map alone is read behind them."""
    inputs = [map_ for map_ in program.maps if map_.writer is None]
    if len(inputs) != 1 or len(program.network.inputs[0].shape.sides) != 2 or inputs[0].is_output:
        return
    open_until = 0
    for operation in program.operations:
        if not _is_local(operation.node) or len(operation.writes) != 1:
            return
        if operation.number >= open_until and max(inputs[0].readers) <= operation.number:
            yield operation
        (made,) = operation.writes
        if made.is_output:
            return
        open_until = max(open_until, *made.readers)


def _is_local(node: Node) -> bool:
    """Whether a place of its map depends on a window of places of the maps that it reads."""
    layer = node.layer
    is_convolution = isinstance(layer, Convolution) and "transpose" not in layer.type
    return (
        len(node.shape.sides) == 2
        and layer.type not in _NOT_LOCAL
        and (
            is_convolution or isinstance(layer, (WindowPool, OfOneShape)) or layer.family in _LOCAL
        )
    )


class _Stage:
    """The operations from the first to one of them."""

    def __init__(self, program: Deployed, last: int) -> None:
        self.operations = program.operations[: last + 1]
        self.width = program.runtime.width
        self.out: Map = self.operations[-1].writes[0]
        self.given = program.maps[0]
        self.macs: int = sum(_macs(one, _whole(one.node)) for one in self.operations)

    def computed(self, patches: int) -> tuple[int, int]:
        """The peak within the stage, and the MACs of all patches."""
        height, width = self.operations[-1].node.shape.sides
        peak = macs = 0
        for rows in _cut(height, patches):
            for columns in _cut(width, patches):
                parts = self._parts((rows, columns))
                peak = max(peak, self._peak(parts))
                macs += sum(_macs(one, parts[one.writes[0]]) for one in self.operations)
        return peak, macs

    def _parts(self, patch: Part) -> dict[Map, Part]:
        """The part of each map that a patch of the output depends on."""
        parts: dict[Map, Part] = {self.out: patch}
        for operation in reversed(self.operations):
            own = parts[operation.writes[0]]
            for source, node in zip(operation.reads, _sources(operation), strict=False):
                needed = _window(operation.node, own, node.sides)
                parts[source] = _joined(parts.get(source), needed)
        return parts

    def _peak(self, parts: Mapping[Map, Part]) -> int:
        """Input and output are whole; a part is alive from the step that makes it to its last."""
        whole = int(self.given.size + self.out.size)
        peak = whole
        alive: dict[Map, int] = {}
        for operation in self.operations:
            (made,) = operation.writes
            if made is not self.out:
                alive[made] = self._bytes(operation.node, parts[made])
            peak = max(peak, whole + sum(alive.values()))
            for source in operation.reads:
                if max(source.readers) == operation.number:
                    alive.pop(source, None)
        return peak

    def _bytes(self, node: Node, part: Part) -> int:
        return int(node.shape.channels) * int(node.shape.samples) * self.width * _places(part)


def _cut(side: int, patches: int) -> list[Span]:
    return [(n * side // patches, (n + 1) * side // patches) for n in range(patches)]


def _whole(node: Node) -> Part:
    height, width = node.shape.sides
    return (0, height), (0, width)


def _places(part: Part) -> int:
    (top, bottom), (left, right) = part
    return (bottom - top) * (right - left)


def _joined(one: Part | None, other: Part) -> Part:
    """The smallest part that has both."""
    if one is None:
        return other
    rows, columns = ((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other, strict=True))
    return rows, columns


def _sources(operation: Operation) -> Sequence[TensorShape]:
    return [source.shape for source in operation.node.inputs]


def _macs(operation: Operation, part: Part) -> int:
    """The MACs of a part of its output: each place costs as much as any other."""
    node = operation.node
    shapes = _sources(operation)
    whole = node.layer.macs(node.shape, *shapes) * node.shape.samples
    return int(whole * _places(part) // _places(_whole(node)))


def _window(node: Node, part: Part, sides: Sequence[int]) -> Part:
    """The part of an input that a part of the output is computed from, without padding."""
    layer = node.layer
    if not isinstance(layer, (Convolution, WindowPool)):
        return part
    kernel = layer.kernel_size
    stride = layer.stride or kernel
    dilation = getattr(layer, "dilation", None) or (1, 1)
    spans = []
    for axis, (first, end) in enumerate(part):
        reach = dilation[axis] * (kernel[axis] - 1) + 1
        before = _before(layer, axis, node.shape.sides[axis], sides[axis], stride[axis], reach)
        start = first * stride[axis] - before
        stop = (end - 1) * stride[axis] - before + reach
        spans.append((max(0, start), min(sides[axis], stop)))
    return spans[0], spans[1]


def _before(layer: object, axis: int, out: int, side: int, stride: int, reach: int) -> int:
    """Places of padding before the first of a side."""
    padding = getattr(layer, "padding", ((0, 0), (0, 0)))
    if not isinstance(padding, str):
        return int(padding[axis][0])
    total = max(0, (out - 1) * stride + reach - side)
    return total if padding == "causal" else total // 2
