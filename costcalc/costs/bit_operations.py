"""BOPs: multiply-accumulates by the bits that they multiply."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.costs.sums import summed
from costcalc.graph.nodes import Network, Node
from costcalc.metrics.of_nodes import of_samples
from costcalc.numeric.exact import Number

_macs, _products = map(of_samples, ("macs", "product_macs"))


def bit_operations(network: Network, nodes: Sequence[Node] | None = None) -> Number:
    """The sum of MACs times the bits of weights and of what they multiply.

    A product of two maps multiplies the bits of maps. What is not said is as the dtype has it.
    """
    own = 8 * network.setting.deployed.width

    def of(node: Node) -> Number:
        macs = _macs(node)
        if type(macs) is int and not macs:
            return 0
        weights, maps = (own if bits is None else bits for bits in node.bits)
        products = _products(node)
        return maps * (weights * (macs - products) + maps * products)

    return summed(of, network.nodes if nodes is None else nodes)
