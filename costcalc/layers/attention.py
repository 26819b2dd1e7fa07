"""Attention."""

from costcalc.layers.base import SameShape, check_divides
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class MultiHeadAttention(SameShape, type="multi_head_attention", family="attention_layers"):
    """Multi-head self-attention with its four projections (query, key, value, output).

    Shapes: (c, n) -> (c, n): n tokens of c channels. With p columns, (c, n, p), each column
    attends within itself. The number of heads changes neither macs nor params.
    Errors: heads do not divide the channels.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2.
    """

    heads: Number = size().means("heads, which divide the channels", "heads")
    bias: bool = boolean(True)

    def output(self, x: TensorShape) -> TensorShape:
        check_divides("heads", self.heads, "channels", x.channels)
        return x

    def macs(self, out: TensorShape, x: TensorShape) -> Number:
        """4 * n * c² for the projections, 2 * n² * c for Q·K and the weighted sum of V."""
        n, c = length_of(x), x.channels
        return 4 * x.positions * c * c + 2 * n * x.positions * c

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """4 * c² weights, and 4 * c biases if any."""
        return 4 * x.channels * x.channels + (4 * x.channels if self.bias else 0)

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """3 per score, of which there are heads * n² (softmax); 1 per element of the four
        projections, which adds the bias, if any."""
        softmax = 3 * self.heads * length_of(x) * x.positions
        return softmax + (4 * out.elements if self.bias else 0)

    def activations(self, out: TensorShape, x: TensorShape) -> Number:
        """4 * n * c: the output elements of the four projections, which are linear layers."""
        return 4 * out.elements


def length_of(x: TensorShape) -> Number:
    """Tokens that attend to one another: the first side; a vector is one token."""
    return x.sides[0] if x.sides else 1
