"""Small random networks, and their memory counted by trying everything.

The oracle knows a network only as operations that read and make maps of so many bytes. It keeps a
set of what is alive and walks through every order, so it shares nothing with the package.
"""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

from hypothesis import strategies as st

from costcalc.api import Model
from costcalc.graph.runtime import Runtime
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


class Op(NamedTuple):
    """An operation of the oracle: maps are numbered, 0 being the input."""

    type: str
    reads: tuple[int, ...]
    made: int
    size: int


class Drawn(NamedTuple):
    given: int
    """Bytes of the input."""
    ops: list[Op]
    outputs: list[int]

    @property
    def text(self) -> str:
        """The network in the network language: map n is named mn, and one channel is one byte."""
        names = ["input", *(f"m{op.made}" for op in self.ops)]
        lines = [
            f"input: [{self.given}, 1, 1]",
            f"outputs: [{', '.join(names[n] for n in self.outputs)}]",
        ]
        lines.append("layers:")
        for op in self.ops:
            sources = ", ".join(names[n] for n in op.reads)
            width = f", out_channels: {op.size}" if op.type == "pointwise_conv2d" else ""
            lines.append(f"  - {op.type}: {{name: {names[op.made]}, from: [{sources}]{width}}}")
        return "\n".join(lines) + "\n"

    def network(self, **runtime):
        setting = Setting(runtime=Runtime(fused=False, **runtime))
        return Model(NetworkFile(self.text, "drawn.yaml"), None, setting).cost().network


@st.composite
def drawn(draw, most=6):
    """A network of up to so many layers that read one map or several."""
    sizes = [draw(st.integers(1, 40))]
    ops: list[Op] = []
    for made in range(1, draw(st.integers(1, most)) + 1):
        kind = draw(st.sampled_from(["pointwise_conv2d", "relu", "add", "concat", "concat"]))
        first = draw(st.integers(0, made - 1))
        if kind == "pointwise_conv2d":
            reads, size = (first,), draw(st.integers(1, 40))
        elif kind == "relu":
            reads, size = (first,), sizes[first]
        elif kind == "add":
            alike = [n for n in range(made) if sizes[n] == sizes[first]]
            reads = tuple(draw(st.lists(st.sampled_from(alike), min_size=2, max_size=3)))
            size = sizes[first]
        else:
            reads = tuple(draw(st.lists(st.integers(0, made - 1), min_size=2, max_size=3)))
            size = sum(sizes[n] for n in reads)
        sizes.append(size)
        ops.append(Op(kind, reads, made, size))
    read = {n for op in ops for n in op.reads}
    ends = [op.made for op in ops if op.made not in read]
    more = draw(st.lists(st.sampled_from([op.made for op in ops]), max_size=1))
    return Drawn(sizes[0], ops, sorted({*ends, *more}))


def orders(network):
    """Every order in which each operation comes after those that it reads from."""
    for order in permutations(network.ops):
        made = {0}
        if all(set(op.reads) <= made and not made.add(op.made) for op in order):
            yield order


def homes(network, *, zero_copy_concat=False):
    """By map, the one in whose memory it lies: of a part, the result of the first concat of it."""
    home = {n: n for n in range(len(network.ops) + 1)}
    for op in network.ops:
        if zero_copy_concat and op.type == "concat":
            home |= {n: op.made for n in op.reads if n and home[n] == n}
    while any(home[home[n]] != home[n] for n in home):
        home = {n: home[home[n]] for n in home}
    return home


def peak_of(network, order, *, in_place=False, zero_copy_concat=False):
    """The peak of an order, by a walk that keeps the maps that are alive."""
    home = homes(network, zero_copy_concat=zero_copy_concat)
    sizes = {0: network.given, **{op.made: op.size for op in network.ops}}
    shared = {n for n in home if sum(home[n] == other for other in home.values()) > 1}

    def taken(maps):
        return sum(sizes[n] for n in {home[n] for n in maps})

    alive = {0}
    most = network.given
    left = {n: [op for op in order if n in op.reads] for n in sizes}
    if not left[0]:
        alive.clear()
    for op in order:
        for readers in left.values():
            if op in readers:
                readers.remove(op)
        ends = [n for n in set(op.reads) if not left[n] and n not in network.outputs]
        saved = 0
        if in_place and op.type in ("relu", "add") and op.made not in shared:
            over = [n for n in ends if n not in shared and sizes[n] == op.size]
            saved = op.size if over else 0
        alive.add(op.made)
        most = max(most, taken(alive) - saved)
        alive -= {*ends}
        if not left[op.made] and op.made not in network.outputs:
            alive.remove(op.made)
    return most


def least_arena(sizes, firsts, lasts):
    """The smallest arena of all plans: each buffer in its lowest gap, in every order."""
    near = [
        [b for b in range(len(sizes)) if b != a and firsts[a] <= lasts[b] and firsts[b] <= lasts[a]]
        for a in range(len(sizes))
    ]

    def top(order):
        offsets: dict[int, int] = {}
        for one in order:
            taken = [(offsets[b], offsets[b] + sizes[b]) for b in near[one] if b in offsets]
            offsets[one] = min(
                start
                for start in [0, *(end for _, end in taken)]
                if all(start + sizes[one] <= low or start >= high for low, high in taken)
            )
        return max(offsets[b] + sizes[b] for b in offsets)

    return min(map(top, permutations(range(len(sizes)))))
