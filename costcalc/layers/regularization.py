"""Regularization, which does nothing at inference."""

from costcalc.layers.base import SameShape
from costcalc.layers.fields import real
from costcalc.numeric.exact import Number


class Dropout(SameShape, type="dropout", family="regularizations"):
    """Dropout, which does nothing at inference; p is the share dropped in training.

    Shapes: unchanged.
    Source: Srivastava et al. 2014.
    """

    p: Number = real(0).means("share of the elements that training leaves out")
