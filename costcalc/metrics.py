"""The counting conventions, and the values that carry them.

macs         multiply-accumulates of convolutions and matrix products; padding counts
flops        2 * macs
other_ops    everything else that computes (bias adds, norms, activations, pooling, merges)
params       trainable parameters
activations  elements of the output maps of convolutions and linear layers
"""

from typing import NamedTuple

from costcalc.numeric.exact import Number

COUNTED = (
    "MACs: multiply-accumulates of convolutions and matrix products, padding included. "
    "Bias, norms, activations, pooling and merges are apart, in other_ops. "
    "FLOPs = 2 x MACs. Params: trainable."
)

COUNTS = ("macs", "flops", "params", "other_ops", "activations")
TOTALS = ("total", "convention_params")
"""What a convention counts: the total that a tool prints, and its params."""
WEIGHTS = {"weights_int8": 1, "weights_float16": 2, "weights_float32": 4}
"""The bytes that all params take when each is stored in so many."""


class Cost(NamedTuple):
    """What a layer, a block or a network costs for one input sample."""

    macs: Number = 0
    other_ops: Number = 0
    params: Number = 0
    activations: Number = 0

    @property
    def flops(self) -> Number:
        return 2 * self.macs
