"""Normalizations, and the learned factor per channel that stands in for one."""

from costcalc.layers.base import SameShape, check_divides
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class Normalization(SameShape, family="normalizations"):
    """What norms share: a learned scale and shift per channel, unless switched off."""

    scale: bool = boolean(True).means("whether a trained number multiplies each channel")
    bias: bool = boolean(True)

    between_convolutions = True
    is_normalization = True

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per channel for the scale, and 1 for the bias, if any; statistics are not trained."""
        return x.channels * ((1 if self.scale else 0) + (1 if self.bias else 0))

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """5 per element: mean, variance, difference, scale, shift."""
        return 5 * out.elements


class BatchNorm(Normalization, type="batch_norm"):
    """Batch normalization as at inference, with the statistics of training.

    Shapes: unchanged.
    Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2, line 11.
    """

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """2 per element: one multiply, one add."""
        return 2 * out.elements


class LayerNorm(Normalization, type="layer_norm"):
    """Layer normalization over the channels of each position or token.

    Shapes: unchanged.
    Source: Ba et al. 2016, arXiv:1607.06450, equation 4.
    """


class RMSNorm(SameShape, type="rms_norm", family="normalizations"):
    """Root mean square normalization over the channels of each position or token.

    Shapes: unchanged.
    Source: Zhang and Sennrich 2019, arXiv:1910.07467, equation 4.
    """

    between_convolutions = True
    is_normalization = True

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per channel, for the scale."""
        return x.channels

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """3 per element: square and mean, divide, scale."""
        return 3 * out.elements


class GroupNorm(Normalization, type="group_norm"):
    """Group normalization: each group of channels has statistics of its own.

    Shapes: unchanged.
    Errors: groups do not divide the channels.
    Source: Wu and He 2018, arXiv:1803.08494, equation 7.
    """

    groups: Number = size(32)

    def output(self, x: TensorShape) -> TensorShape:
        check_divides("groups", self.groups, "channels", x.channels)
        return x


class LocalResponseNorm(SameShape, type="local_response_norm", family="normalizations"):
    """Each element divided by what its neighbours among the channels add up to.

    Shapes: unchanged.
    Source: Krizhevsky et al. 2012, section 3.3.
    """

    window: Number = size(5).means("channels that are added up, the element's own too", "channels")

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """window + 3 per element: one square each, their sum, the power and the division."""
        return (self.window + 3) * out.elements


class GlobalResponseNorm(SameShape, type="global_response_norm", family="normalizations"):
    """Global response normalization: each channel times its share of the norms, added to its input.

    Shapes: unchanged.
    Source: Woo et al. 2023, arXiv:2301.00808, algorithm 1.
    """

    between_convolutions = True
    is_normalization = True

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """2 per channel, for the scale and the bias."""
        return 2 * x.channels

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """5 per element: square and sum, response, scale, shift, sum with the input; 3 per channel:
        root, mean, divide."""
        return 5 * out.elements + 3 * x.channels


class LayerScale(SameShape, type="layer_scale", family="normalizations"):
    """A learned factor per channel.

    Shapes: unchanged.
    Source: Touvron et al. 2021, arXiv:2103.17239, equation 4.
    """

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per channel."""
        return x.channels
