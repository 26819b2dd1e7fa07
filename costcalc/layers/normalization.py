"""Normalizations, and the per-channel scale that stands in for one."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import SameShape
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number, divides
from costcalc.shapes import FeatureMap


class Normalization(SameShape, family="normalizations"):
    """What norms share: a learned scale and shift a channel, unless switched off."""

    scale: bool = boolean(True).means("whether a trained number multiplies each channel")
    bias: bool = boolean(True)

    between_convolutions = True
    is_normalization = True

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """channels for the scale and channels for the bias; statistics are not trained."""
        return x.channels * ((1 if self.scale else 0) + (1 if self.bias else 0))

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """5 an element: mean, variance, difference, scale, shift."""
        return 5 * out.elements


class BatchNorm(Normalization, type="batch_norm"):
    """Batch normalization with the statistics of training, as at inference.

    Shapes: unchanged.
    Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2, line 11.
    """

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """2 an element: one multiply, one add."""
        return 2 * out.elements


class LayerNorm(Normalization, type="layer_norm"):
    """Layer normalization over the channels of each position or token.

    Shapes: unchanged.
    Source: Ba et al. 2016, arXiv:1607.06450, equation 4.
    """


class GroupNorm(Normalization, type="group_norm"):
    """Group normalization: channels in groups, each with statistics of its own.

    Shapes: unchanged; groups divides the channels.
    Source: Wu and He 2018, arXiv:1803.08494, equation 7.
    """

    groups: Number = size(32)

    def output(self, x: FeatureMap) -> FeatureMap:
        if not divides(self.groups, x.channels):
            raise CostcalcError(f"groups {self.groups} does not divide the {x.channels} channels")
        return x


class LayerScale(SameShape, type="layer_scale", family="normalizations"):
    """A learned factor a channel.

    Shapes: unchanged.
    Source: Touvron et al. 2021, arXiv:2103.17239, equation 4.
    """

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """One a channel."""
        return x.channels
