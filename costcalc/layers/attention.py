"""Attention."""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, SameShape, check_divides
from costcalc.layers.fields import boolean, size
from costcalc.numeric.exact import Number, equal, holds, minimum
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


class DotProductAttention(Layer, type="dot_product_attention", family="map_products"):
    """Attention of a query map to a key map: every place to every place, whatever their sides.

    Shapes: query (c, *sides), key (k, *places), value (v, *places) -> (heads * v / kv_heads,
    *sides), where c / heads is k / kv_heads.
    Errors: heads do not divide the query's channels, or kv_heads those of key and value, or heads;
    a head's channels differ; key and value have other places; a mask is given on a map that is no
    sequence, or for more queries than keys.
    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1; kv_heads: Ainslie et al. 2023,
    arXiv:2305.13245; window: Beltagy et al. 2020, arXiv:2004.05150.
    """

    heads: Number = size().means("heads, which divide the query's channels", "heads")
    kv_heads: Number = size(None, shown_default="heads").means(
        "heads of keys and values, each of which several heads read", "heads"
    )
    causal: bool = boolean(False).means(
        "whether the last query sees all keys, and each before it one less"
    )
    window: Number = size(None, shown_default="all").means(
        "keys that a query sees at most", "places"
    )
    past: Number = size(0, minimum=0).means(
        "keys and values that are kept from before, and cost no projection", "places"
    )
    position_biases: Number = size(0, minimum=0).means(
        "trained numbers of each head that are added to its scores", "numbers"
    )

    inputs = (3, 3)

    def output(self, query: TensorShape, key: TensorShape, value: TensorShape) -> TensorShape:
        check_divides("heads", self.heads, "channels", query.channels)
        kept = self._kept
        check_divides("kv_heads", kept, "heads", self.heads)
        for x in (key, value):
            check_divides("kv_heads", kept, "channels", x.channels)
        if not equal(query.channels // self.heads, key.channels // kept):
            raise CostcalcError(
                f"dot_product_attention: a head has {query.channels // self.heads} channels of the "
                f"query and {key.channels // kept} of the key",
                hint="keys have kv_heads times as many channels as a head of the query",
            )
        if not equal(key.positions, value.positions):
            raise CostcalcError(f"dot_product_attention: {key} keys cannot fit {value} values")
        if self.causal or self.window is not None:
            self._check_mask(query, key)
        return query.with_channels(self.heads * (value.channels // kept))

    def _check_mask(self, query: TensorShape, key: TensorShape) -> None:
        if max(len(query.sides), len(key.sides)) > 1:
            raise CostcalcError("dot_product_attention: causal and window are of sequences")
        keys = key.positions + self.past
        if self.causal and not holds(query.positions <= keys):
            raise CostcalcError(
                f"dot_product_attention: causal needs as many keys as queries, not {keys} for "
                f"{query.positions}"
            )
        if not self.causal and not equal(query.positions, keys):
            raise CostcalcError("dot_product_attention: a window needs causal, or a key a query")

    @property
    def _kept(self) -> Number:
        return self.heads if self.kv_heads is None else self.kv_heads

    def _per_pair(self, query: TensorShape, value: TensorShape) -> Number:
        """Channels of query and value in all heads."""
        return query.channels + self.heads * (value.channels // self._kept)

    def macs(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """heads * (key + value channels of a head) per query and key, masked ones too."""
        return self._per_pair(query, value) * query.positions * (key.positions + self.past)

    def attended_macs(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """The same per pair that the masks leave in."""
        n, m = query.positions, key.positions + self.past
        return self._per_pair(query, value) * self._attended(n, m)

    def _attended(self, n: Number, m: Number) -> Number:
        if self.causal:
            return self._seen(m) - self._seen(m - n)
        if self.window is not None:
            return m + _near(m, (self.window - 1) // 2) + _near(m, self.window // 2)
        return n * m

    def _seen(self, count: Number) -> Number:
        """Keys that the first queries see, so many of them, where each sees those up to itself."""
        if self.window is None:
            return count * (count + 1) // 2
        few = minimum(count, self.window)
        return few * (few + 1) // 2 + (count - few) * self.window

    def kv_cache(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """2 bytes per key and value channel of every place that is kept: all if causal, at most a
        window of them, else those of the past."""
        kept = self.past
        if self.causal:
            kept = key.positions + self.past
            if self.window is not None:
                kept = minimum(kept, self.window)
        return 2 * (key.channels + value.channels) * kept

    def params(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """position_biases per head."""
        return self.heads * self.position_biases

    def other_ops(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """3 per score (softmax), and 1 that adds its position bias, if any."""
        biased = 0 if equal(self.position_biases, 0) else 1
        scores = self.heads * query.positions * (key.positions + self.past)
        return (3 + biased) * scores


def _near(count: Number, most: Number) -> Number:
    """Pairs of places of a sequence that are 1 to `most` apart."""
    few = minimum(count, most + 1)
    return few * (few - 1) // 2 + (count - few) * most
