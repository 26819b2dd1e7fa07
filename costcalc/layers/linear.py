"""Fully connected layers."""

from costcalc.layers.base import Layer, check_tokens
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class Linear(Layer, type="linear", family="linear_layers"):
    """Fully connected layer, on a vector or on every token.

    Shapes: (in_features) -> (out_features), or (in_features, n) -> (out_features, n): n tokens.
    Errors: the input is a map, neither a vector nor tokens.
    Source: Howard et al. 2017, arXiv:1704.04861, Table 1 (FC / s1); PyTorch's Linear.
    """

    out_features: Number = size().means(
        "features of the output; alpha leaves them as they are", "features"
    )
    bias: bool = boolean(True)

    def output(self, x: TensorShape) -> TensorShape:
        check_tokens(
            x,
            "linear",
            "put flatten or global_avg_pool before it, or use pointwise_conv at every position",
        )
        return x.with_channels(self.out_features)

    def macs(self, out: TensorShape, x: TensorShape) -> Number:
        """in_features * out_features per token."""
        return x.channels * out.channels * out.positions

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """in_features * out_features weights, and out_features biases if any."""
        return x.channels * out.channels + (out.channels if self.bias else 0)

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per output element, which adds the bias, if any."""
        return out.elements if self.bias else 0

    def activations(self, out: TensorShape, x: TensorShape) -> Number:
        """out_features * n: the output elements."""
        return out.elements
