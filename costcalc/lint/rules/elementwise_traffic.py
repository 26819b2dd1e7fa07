"""An elementwise operation moves a large part of all bytes, and computes next to nothing.

Additions, products, activations and norms that no runtime fuses into the layer before them read and
write whole maps.

Found: an operation without MACs that moves at least 5 % of the network's bytes.

What helps: activations that the runtime fuses (relu, relu6), a merge on a smaller map, a runtime
that joins maps without copying them (--zero-copy-concat).

Source: ShuffleNet V2 (Ma et al. 2018, arXiv:1807.11164), guideline G4.
"""

from __future__ import annotations

from collections.abc import Iterator

from costcalc.lint.rule import WARNING, Found, Rule, Subject

SHARE = 20
"""One part in so many of all bytes."""
_REMEDIES = {
    "activations": "relu or relu6, which runtimes fuse, or the same on a smaller map",
    "merges": "the same on a smaller map, or a runtime that joins maps without a copy",
    "normalizations": "a batch norm, which is folded into the layer before it",
}
FAMILIES = ("activations", "merges", "normalizations")


def check(subject: Subject) -> Iterator[Found]:
    for node, moved in subject.traffic.items():
        if node.layer.family in FAMILIES and moved * SHARE >= subject.total_traffic > 0:
            percent = 100 * moved / subject.total_traffic
            yield Found(
                node,
                f"{node.layer.type} moves {percent:.1f} % of all bytes",
                _REMEDIES.get(node.layer.family, "the same on a smaller map"),
                moved,
                subject.seconds(node) or None,
            )


RULE = Rule(WARNING, check)
