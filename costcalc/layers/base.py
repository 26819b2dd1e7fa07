"""The contract of a layer type, and the register that every layer class enters by being defined."""

from collections.abc import Mapping
from typing import Any, ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.fields import Field, Pair, word
from costcalc.numeric.exact import Number, equal
from costcalc.shapes import FeatureMap

LAYERS: dict[str, type["Layer"]] = {}
"""Every layer class by its type and its aliases."""

FAMILIES = {
    "convolutions": "standard and grouped, depthwise, pointwise, transposed",
    "linear_layers": "fully connected, of a vector or of every token",
    "attention_layers": "every token reads the others",
    "normalizations": "and the learned factor a channel that stands in for one",
    "activations": "nonlinear functions of the elements",
    "poolings": "over a window that slides, or over the whole map",
    "merges": "several maps become one",
    "reshapes": "elements are moved, cut or padded, and nothing is computed",
    "upsamplings": "a larger map, by interpolation",
    "embeddings": "learned tokens and positions",
    "regularizations": "nothing happens at inference",
}
"""The families of layer types, as conventions name them and the reference lists them."""

CALL: Field = word(("module", "function", "method"), "module").means(
    "how the reference calls the layer, which some conventions count by"
)
"""The field that every layer has. It changes no cost, only what other tools see.

The words are those of torch.fx: a module such as nn.ReLU, a function such as F.relu, or a method
of the tensor such as x.mean((2, 3)). Tools that hook modules count neither of the last two. A class
of the reference's own that no tool knows, such as a subclass of nn.LayerNorm, is the function that
it calls.
"""
CALL.name = "call"


class Layer:
    """One layer type: fields, a shape rule and formulas.

    A subclass with a `type` is registered under it. Its docstring is its page in
    `costcalc layers TYPE`. Every method gets maps and sees shapes only: `output(*inputs)` is the
    shape rule, and the formulas get the output first and then the inputs. A formula is an
    expression over `+ - * // %` and `costcalc.numeric.exact`, so that it serves ints, arrays of
    ints and symbols alike; what a layer does not override costs 0.
    """

    type: ClassVar[str]
    family: ClassVar[str]
    """One of FAMILIES."""
    aliases: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[dict[str, Field]] = {"call": CALL}
    required: ClassVar[tuple[str, ...]] = ()
    """The fields that have no default."""
    plain: ClassVar["Layer"]
    """A layer with all defaults, for every item that gives no fields."""
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the most maps it takes; None is any number."""

    # Which part of a separable convolution may stand in this layer's place; see `separable`.
    between_convolutions: ClassVar[bool] = False
    is_normalization: ClassVar[bool] = False

    call: str = "module"
    kernel_size: Any = None
    stride: Any = None

    def __init_subclass__(
        cls, type: str | None = None, family: str | None = None, aliases: tuple[str, ...] = ()
    ) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        cls.fields = {**own, **{k: field for k, field in cls.fields.items() if k not in own}}
        cls.required = tuple(name for name, field in cls.fields.items() if field.required)
        cls.plain = cls()
        for name, field in own.items():
            field.name = name
            # On an instance a field is its value; on the class, its default.
            setattr(cls, name, field.default)
        if family is not None:
            if family not in FAMILIES:
                raise TypeError(f"unknown family '{family}' of layers")
            cls.family = family
        if type is None:
            return
        if not hasattr(cls, "family"):
            raise TypeError(f"layer type '{type}' names no family")
        cls.type = type
        cls.aliases = aliases
        for name in (type, *aliases):
            if name in LAYERS:
                raise TypeError(f"layer type '{name}' is defined twice")
            LAYERS[name] = cls

    def __init__(self, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Take converted field values, as `convert` gives them; the rest keep their defaults."""
        if values:
            self.__dict__.update(values)
        if more:
            self.__dict__.update(
                {name: self.fields[name].convert(value) for name, value in more.items()}
            )

    def output(self, *maps: Any, **_: Any) -> FeatureMap:
        """The shape rule; CostcalcError where the maps and the fields do not fit."""
        raise AssertionError(f"{type(self).__name__} has no shape rule")

    def macs(self, *maps: Any, **_: Any) -> Number:
        return 0

    def other_ops(self, *maps: Any, **_: Any) -> Number:
        return 0

    def params(self, *maps: Any, **_: Any) -> Number:
        return 0

    def activations(self, *maps: Any, **_: Any) -> Number:
        return 0

    def over(self, x: FeatureMap) -> "Layer":
        """The same layer for a map of other channels, as a replacement of it would have."""
        return self

    def groups_of(self, x: FeatureMap) -> Number | None:
        """Groups of a convolution over x; None for any other layer."""
        return None


class SameShape(Layer):
    """A layer whose output has its input's shape."""

    def output(self, x: FeatureMap) -> FeatureMap:
        return x


def require_tokens(x: FeatureMap, layer: str, hint: str) -> None:
    """Tokens are (channels, n, 1), a vector (n, 1, 1): both have width 1."""
    if not equal(x.width, 1):
        raise CostcalcError(f"{layer} needs a vector or tokens, not a {x} map", hint=hint)


def area(size: Pair) -> Number:
    return size[0] * size[1]
