"""Embeddings: learned tokens and positions."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, SameShape, check_tokens
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number, equal
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


class Embedding(Layer, type="embedding", family="embeddings"):
    """A learned vector for each number of a map, looked up.

    Shapes: (1, *sides) -> (embedding_dim, *sides).
    Errors: the map has more than one channel.
    Source: PyTorch's Embedding.
    """

    num_embeddings: Number = size().means("vectors that there are", "vectors")
    embedding_dim: Number = size().means("numbers of a vector", "channels")

    def output(self, x: TensorShape) -> TensorShape:
        if not equal(x.channels, 1):
            raise CostcalcError(
                f"embedding looks up a map of one channel, not {x}", hint="input: [1, tokens]"
            )
        return x.with_channels(self.embedding_dim)

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """num_embeddings * embedding_dim."""
        return self.num_embeddings * self.embedding_dim


class PositionEmbedding(SameShape, type="position_embedding", family="embeddings"):
    """A learned number per element, added to it.

    Shapes: unchanged.
    Source: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
    """

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per element."""
        return x.elements
