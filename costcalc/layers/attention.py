"""Attention: scaled dot products of queries and keys, alone or between four linear layers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, check_divides, volume
from costcalc.layers.fields import Field, boolean, size
from costcalc.numeric.exact import Number, equal, holds, minimum
from costcalc.shapes import TensorShape

_COUNT: Field = size(0, minimum=0)


def _numbers(value: Any) -> Number:
    """A number, or that of the elements of a shape."""
    if isinstance(value, (list, tuple)):
        return volume(tuple(map(_COUNT.convert, value)))
    return _COUNT.convert(value)


class Attention(Layer):
    """What attends: every place of a query to every place of a key, whatever their sides."""

    heads: Number = size().means("heads, each of which attends by itself", "heads")
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
    position_biases: Number = Field("count", _numbers, 0, minimum=0).means(
        "trained numbers of each head that are looked up and added to its scores", "numbers"
    )

    @property
    def key_heads(self) -> Number:
        """The heads of keys and values."""
        return self.heads if self.kv_heads is None else self.kv_heads

    def check_pairs(self, query: TensorShape, key: TensorShape, value: TensorShape) -> None:
        """Raise CostcalcError where keys and values, or a mask, do not fit the maps."""
        check_divides("kv_heads", self.key_heads, "heads", self.heads)
        if not equal(key.positions, value.positions):
            raise CostcalcError(f"{key} keys cannot fit {value} values")
        if not self.causal and self.window is None:
            return
        if not all(equal(side, 1) for x in (query, key) for side in x.sides[1:]):
            raise CostcalcError("causal and window are of sequences")
        keys = key.positions + self.past
        if self.causal and not holds(query.positions <= keys):
            raise CostcalcError(
                f"causal needs as many keys as queries, not {keys} for {query.positions}"
            )
        if not self.causal and not equal(query.positions, keys):
            raise CostcalcError("a window needs causal, or a key a query")

    def pairs(self, query: TensorShape, key: TensorShape) -> Number:
        """Pairs of a query and a key, those that masks leave out too."""
        return query.positions * (key.positions + self.past)

    def attended_pairs(self, query: TensorShape, key: TensorShape) -> Number:
        """Pairs that the masks leave in."""
        m = key.positions + self.past
        if self.causal:
            return self._seen(m) - self._seen(m - query.positions)
        if self.window is not None:
            return m + _near(m, (self.window - 1) // 2) + _near(m, self.window // 2)
        return query.positions * m

    def _seen(self, count: Number) -> Number:
        """Keys that the first queries see, so many of them, where each sees those up to itself."""
        if self.window is None:
            return count * (count + 1) // 2
        few = minimum(count, self.window)
        return few * (few + 1) // 2 + (count - few) * self.window

    def kept(self, key: TensorShape) -> Number:
        """Places whose keys and values are kept for the next query: all if causal, at most a window
        of them, else those of the past."""
        if not self.causal:
            return self.past
        kept = key.positions + self.past
        return kept if self.window is None else minimum(kept, self.window)

    def scores(self, query: TensorShape, key: TensorShape) -> Number:
        """A number of each head for each pair."""
        return self.heads * self.pairs(query, key)

    def score_ops(self, query: TensorShape, key: TensorShape) -> Number:
        """3 per score, for softmax, and 1 that adds its position bias, if any."""
        biased = 0 if equal(self.position_biases, 0) else 1
        return (3 + biased) * self.scores(query, key)


class Projection(NamedTuple):
    """A linear layer of an attention: what it reads, what it makes, and at how many places."""

    in_channels: Number
    out_channels: Number
    positions: Number

    @property
    def weights(self) -> Number:
        return self.in_channels * self.out_channels

    @property
    def macs(self) -> Number:
        return self.weights * self.positions

    @property
    def outputs(self) -> Number:
        return self.out_channels * self.positions


class MultiHeadAttention(Attention, type="multi_head_attention", family="attention_layers"):
    """Attention between four linear layers: of queries, keys and values, and of what is read.

    One map attends to itself; two are the queries, and the keys and values; three are queries, keys
    and values. Every place of a query reads every place of a key, whatever their sides.

    Shapes: query (c, *sides), keys and values (k, *places) -> (out_channels, *sides).
    Errors: heads do not divide the query's channels and head_dim is not given; kv_heads do not
    divide heads; keys and values have other places; a mask is given on a map that is no sequence,
    or for more queries than keys.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2; kv_heads: Ainslie et al. 2023,
    arXiv:2305.13245; window: Beltagy et al. 2020, arXiv:2004.05150.
    """

    head_dim: Number = size(None, shown_default="query's channels / heads").means(
        "channels of queries and keys in each head", "channels"
    )
    value_dim: Number = size(None, shown_default="head_dim").means(
        "channels of values in each head", "channels"
    )
    out_channels: Number = size(None, shown_default="query's channels")
    bias: bool = boolean(True)

    inputs = (1, 3)

    def output(self, *maps: TensorShape) -> TensorShape:
        query, key, value = _roles(maps)
        if self.head_dim is None:
            check_divides("heads", self.heads, "channels", query.channels)
        self.check_pairs(query, key, value)
        channels = query.channels if self.out_channels is None else self.out_channels
        return query.with_channels(channels)

    def _dims(self, query: TensorShape) -> tuple[Number, Number]:
        """Channels of keys and of values in each head."""
        of_keys = query.channels // self.heads if self.head_dim is None else self.head_dim
        return of_keys, of_keys if self.value_dim is None else self.value_dim

    def projections(self, out: TensorShape, *maps: TensorShape) -> list[Projection]:
        """The linear layers: of queries, keys and values, and the last."""
        query, key, value = _roles(maps)
        of_keys, of_values = self._dims(query)
        return [
            Projection(query.channels, self.heads * of_keys, query.positions),
            Projection(key.channels, self.key_heads * of_keys, key.positions),
            Projection(value.channels, self.key_heads * of_values, value.positions),
            Projection(self.heads * of_values, out.channels, query.positions),
        ]

    def macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        """Input times output channels of each linear layer per place, and heads * (head_dim +
        value_dim) per query and key, masked ones too: 4 * n * c² + 2 * n² * c of n places."""
        linear = sum(part.macs for part in self.projections(out, *maps))
        return linear + self.product_macs(out, *maps)

    def product_macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        query, key, _ = _roles(maps)
        return self.heads * sum(self._dims(query)) * self.pairs(query, key)

    def inner_macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        return self.projections(out, *maps)[-1].macs

    def attended_macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        """The same, with the pairs alone that the masks leave in."""
        query, key, _ = _roles(maps)
        linear = sum(part.macs for part in self.projections(out, *maps))
        return linear + self.heads * sum(self._dims(query)) * self.attended_pairs(query, key)

    def kv_cache(self, out: TensorShape, *maps: TensorShape) -> Number:
        """2 bytes per key and value channel of every place that is kept: all if causal, at most a
        window of them, else those of the past."""
        query, key, _ = _roles(maps)
        return 2 * self.key_heads * sum(self._dims(query)) * self.kept(key)

    def params(self, out: TensorShape, *maps: TensorShape) -> Number:
        """Input times output channels of each linear layer, one for each output channel if biased,
        and position_biases per head: 4 * c² + 4 * c."""
        made = self.projections(out, *maps)
        biases = sum(part.out_channels for part in made) if self.bias else 0
        return sum(part.weights for part in made) + biases + self.heads * self.position_biases

    def other_ops(self, out: TensorShape, *maps: TensorShape) -> Number:
        """3 per score, of which there are heads for each query and key (softmax), and 1 that adds
        its position bias, if any; 1 per output element of the linear layers, if biased."""
        query, key, _ = _roles(maps)
        biased = self.activations(out, *maps) if self.bias else 0
        return self.score_ops(query, key) + biased

    def activations(self, out: TensorShape, *maps: TensorShape) -> Number:
        """The output elements of the four linear layers: 4 * n * c."""
        return sum(part.outputs for part in self.projections(out, *maps))


def _roles(maps: Sequence[TensorShape]) -> tuple[TensorShape, TensorShape, TensorShape]:
    """Queries, keys and values among one to three maps."""
    return maps[0], maps[min(1, len(maps) - 1)], maps[-1]


class DotProductAttention(Attention, type="dot_product_attention", family="map_products"):
    """Attention of a query map to a key map: every place to every place, whatever their sides.

    Shapes: query (c, *sides), key (k, *places), value (v, *places) -> (heads * v / kv_heads,
    *sides), where c / heads is k / kv_heads.
    Errors: heads do not divide the query's channels, or kv_heads those of key and value, or heads;
    a head's channels differ; key and value have other places; a mask is given on a map that is no
    sequence, or for more queries than keys.
    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1; kv_heads: Ainslie et al. 2023,
    arXiv:2305.13245; window: Beltagy et al. 2020, arXiv:2004.05150.
    """

    inputs = (3, 3)

    def output(self, query: TensorShape, key: TensorShape, value: TensorShape) -> TensorShape:
        check_divides("heads", self.heads, "channels", query.channels)
        kept = self.key_heads
        check_divides("kv_heads", kept, "heads", self.heads)
        for x in (key, value):
            check_divides("kv_heads", kept, "channels", x.channels)
        if not equal(query.channels // self.heads, key.channels // kept):
            raise CostcalcError(
                f"a head has {query.channels // self.heads} channels of the query and "
                f"{key.channels // kept} of the key",
                hint="keys have kv_heads times as many channels as a head of the query",
            )
        self.check_pairs(query, key, value)
        return query.with_channels(self.heads * (value.channels // kept))

    def _per_pair(self, query: TensorShape, value: TensorShape) -> Number:
        """Channels of query and value in all heads."""
        return query.channels + self.heads * (value.channels // self.key_heads)

    def macs(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """heads * (key + value channels of a head) per query and key, masked ones too."""
        return self._per_pair(query, value) * self.pairs(query, key)

    def product_macs(self, out: TensorShape, *maps: TensorShape) -> Number:
        return self.macs(out, *maps)

    def attended_macs(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """The same per pair that the masks leave in."""
        return self._per_pair(query, value) * self.attended_pairs(query, key)

    def kv_cache(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """2 bytes per key and value channel of every place that is kept: all if causal, at most a
        window of them, else those of the past."""
        return 2 * (key.channels + value.channels) * self.kept(key)

    def params(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """position_biases per head."""
        return self.heads * self.position_biases

    def other_ops(
        self, out: TensorShape, query: TensorShape, key: TensorShape, value: TensorShape
    ) -> Number:
        """3 per score (softmax), and 1 that adds its position bias, if any."""
        return self.score_ops(query, key)


def _near(count: Number, most: Number) -> Number:
    """Pairs of places of a sequence that are 1 to `most` apart."""
    few = minimum(count, most + 1)
    return few * (few - 1) // 2 + (count - few) * most
