"""Mixtures of experts: every place goes through a few of many alike layers."""

from __future__ import annotations

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number, equal, holds
from costcalc.shapes import TensorShape


class MixtureOfExperts(Layer, type="mixture_of_experts", family="merges"):
    """As many copies of its layers as a router has scores; each place goes through a few of them.

    What the experts of a place make is added, each times its score. params are those of all
    experts; macs, other_ops and activations those of the active ones, which active_params counts
    beside.

    Shapes: (channels, *sides) and (experts, *sides) -> what the layers make of the first.
    Errors: the router has scores for other places, or fewer experts than are active.
    Source: Shazeer et al. 2017, arXiv:1701.06538, equation 1; Jiang et al. 2024, arXiv:2401.04088.
    """

    active: Number = size().means("experts that each place goes through", "experts")

    inputs = (2, 2)

    def output(self, x: TensorShape, scores: TensorShape) -> TensorShape:
        self.experts(x, scores)
        return x

    def experts(self, x: TensorShape, scores: TensorShape) -> Number:
        """How many there are. Raises CostcalcError where the scores do not fit the map."""
        if not equal(x.positions, scores.positions):
            raise CostcalcError(
                f"mixture_of_experts needs scores for every place, and the map is {x}, the "
                f"router's {scores}",
                hint="from: [x, scores]; the router is a linear layer over x, such as linear: 8",
            )
        if not holds(self.active <= scores.channels):
            raise CostcalcError(
                f"mixture_of_experts has {scores.channels} experts, and {self.active} are active",
                hint="the channels of the router's map say how many experts there are",
            )
        return scores.channels

    def other_ops(self, out: TensorShape, x: TensorShape, scores: TensorShape) -> Number:
        """active multiplications and active - 1 additions per output element."""
        return (2 * self.active - 1) * out.elements
