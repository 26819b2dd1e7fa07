"""Many small branches run one after another, each with the cost of a call.

On a device that runs one operation at a time branches are not parallel: each costs its overhead,
and small maps leave vector units idle.

Found: a merge of 4 maps or more that different operations made.

What helps: fewer and wider branches; branches that are joined before, not behind a convolution.

Source: ShuffleNet V2 (Ma et al. 2018, arXiv:1807.11164), guideline G3.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from costcalc.graph.nodes import Node
from costcalc.lint.rule import INFO, Found, Rule, Subject

BRANCHES = 4


def check(subject: Subject) -> Iterator[Found]:
    for one in subject.operations:
        writers = [map_.writer for map_ in one.reads if map_.writer is not None]
        makers = [subject.operations[writer].node for writer in dict.fromkeys(writers)]
        if one.node.layer.family != "merges" or len(makers) < BRANCHES:
            continue
        yield Found(
            one.node,
            f"{len(makers)} branches are joined, which run one after another",
            "fewer and wider branches",
            None,
            _overheads(subject, makers[1:]),
        )


def _overheads(subject: Subject, makers: list[Node]) -> Fraction | None:
    """What the calls of all branches but one cost."""
    if subject.estimate is None:
        return None
    rates = [subject.estimate.rate(node) for node in makers]
    return sum((rate.overhead for rate in rates if rate is not None), Fraction(0)) or None


RULE = Rule(INFO, check)
