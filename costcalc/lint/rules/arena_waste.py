"""The planner's arena is larger than the maps that are alive at once.

TensorFlow Lite Micro places the largest maps first, each in the lowest gap, which can leave holes:
for MobileNet 0.25 at 96×96 a third more than is needed.

Found: an arena of at least 1.1 times the peak. It stands at the layer that makes the peak.

What helps: --plan best, whose offsets TensorFlow Lite Micro takes as OfflineMemoryAllocation.
"""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.graph.nodes import Node
from costcalc.lint.rule import WARNING, Found, Rule, Subject
from costcalc.memory.lifetimes import Lifetimes
from costcalc.memory.peak import live_bytes

TIMES = (11, 10)


def check(subject: Subject) -> Iterator[Found]:
    arena, peak = int(subject.costs.arena), int(subject.costs.peak_memory)
    over, under = TIMES
    if not subject.operations or arena * under < peak * over:
        return
    yield Found(
        _peak_maker(subject),
        f"the arena of {arena:,} bytes is {arena - peak:,} larger than the peak",
        "--plan best finds another plan, which TensorFlow Lite Micro takes",
        arena - peak,
    )


def _peak_maker(subject: Subject) -> Node:
    lifetimes = Lifetimes(subject.program)
    live = live_bytes(lifetimes.buffers, lifetimes.steps)
    step = max(1, live.index(max(live)))
    return subject.operations[lifetimes.order[step - 1]].node


RULE = Rule(WARNING, check)
