"""Embeddings: learned tokens and positions."""

from costcalc.layers.base import Layer, SameShape, check_tokens
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class ClassToken(Layer, type="class_token", family="embeddings"):
    """One learned token put before the others.

    Shapes: (c, n) -> (c, n + 1).
    Errors: the input is a map, not tokens.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    def output(self, x: TensorShape) -> TensorShape:
        check_tokens(x, "class_token", "put tokens before it")
        length, *rest = x.sides or (1,)
        return x.with_sides((length + 1, *rest))

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per channel."""
        return x.channels


class PositionEmbedding(SameShape, type="position_embedding", family="embeddings"):
    """A learned number per element, added to it.

    Shapes: unchanged.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per element."""
        return x.elements
