"""Attention, and what a transformer puts around its tokens."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, SameShape, require_tokens
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number, divides
from costcalc.shapes import FeatureMap


class MultiHeadAttention(SameShape, type="multi_head_attention", family="attention_layers"):
    """Multi-head self-attention with its four projections (query, key, value, output).

    Shapes: (c, n, 1) -> (c, n, 1); with p columns, (c, n, p), each column attends within itself.
    Heads divide the channels and do not change macs or params.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2.
    """

    heads: Number = size().means("heads, which divide the channels", "heads")
    bias: bool = boolean(True)

    def output(self, x: FeatureMap) -> FeatureMap:
        if not divides(self.heads, x.channels):
            raise CostcalcError(f"heads {self.heads} does not divide the {x.channels} channels")
        return x

    def macs(self, out: FeatureMap, x: FeatureMap) -> Number:
        """4 * n * c² for the projections, 2 * n² * c for Q·K and the weighted sum of V."""
        n, c = x.height, x.channels
        return (4 * n * c * c + 2 * n * n * c) * x.width

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """4 * c² weights, and 4 * c biases if any."""
        return 4 * x.channels * x.channels + (4 * x.channels if self.bias else 0)

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """3 for each of the heads * n² scores (softmax); a bias add an element of 4 projections."""
        softmax = 3 * self.heads * x.height * x.height * x.width
        return softmax + (4 * out.elements if self.bias else 0)

    def activations(self, out: FeatureMap, x: FeatureMap) -> Number:
        """4 * n * c: the outputs of the four projections, which are linear layers."""
        return 4 * out.elements


class ClassToken(Layer, type="class_token", family="embeddings"):
    """One learned token put before the others.

    Shapes: (c, n, 1) -> (c, n + 1, 1).
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    def output(self, x: FeatureMap) -> FeatureMap:
        require_tokens(x, "class_token", "put tokens before it")
        return x._replace(height=x.height + 1)

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """One a channel."""
        return x.channels


class PositionEmbedding(SameShape, type="position_embedding", family="embeddings"):
    """A learned number for every element, added to it.

    Shapes: unchanged.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """One an element."""
        return x.elements
