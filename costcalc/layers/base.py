'''What a layer type is, and how to add one.

A layer type is one class, in the file of its family. Defining it registers it in LAYERS, where all
commands, pages and schemas find it:

    class HardTanh(SameShape, type="hard_tanh", family="activations"):
        """Activation: max(-1, min(1, x)).

        Shapes: unchanged.
        Source: PyTorch's Hardtanh.
        """

        def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
            """1 per element."""
            return out.elements

- `type` is what a network writes, `aliases` are other spellings of it. `family` is one of FAMILIES;
  conventions count a type as its family unless they have a rule of its own.
- A field is a class attribute that a function of `fields` makes, named as in PyTorch:
  `stride: Pair = pair(1)`. On an instance it is the value.
- `output(*inputs)` is the shape rule. It raises CostcalcError where fields and maps do not fit.
- The formulas `macs`, `other_ops`, `params` and `activations` take the output's shape and then the
  inputs', of one sample. One that a class leaves out is 0.
- Docstrings are the pages of `costcalc layers`. The class's has a summary, Shapes, Errors and
  Source; a formula's says how much it is per what.

A formula is written once and evaluated in ints, over grids of settings, and in symbols. So it uses
only `+ - * // %` and the functions of `numeric.exact`. Compare numbers with `equal` and `holds`,
which accept a symbol that leaves the answer open, never with `==` in an `if`.

Its tests are one entry in `tests/layers/cases/FAMILY.py`: a function that counts the layer one by
one, and how to draw its fields and maps. The tests beside compare the two in every kind of number.
'''

from collections.abc import Mapping
from typing import Any, ClassVar

from costcalc.errors import CostcalcError
from costcalc.layers.fields import Field, Pair, word
from costcalc.numeric.exact import Number, divides, equal
from costcalc.shapes import FeatureMap

LAYERS: dict[str, type["Layer"]] = {}
"""Every layer class by its type and its aliases."""

FAMILIES = {
    "convolutions": "standard and grouped, depthwise, pointwise, transposed",
    "linear_layers": "fully connected, of a vector or of every token",
    "attention_layers": "tokens read one another",
    "normalizations": "by statistics of the elements, or by a learned factor per channel",
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
    """The base of all layer types; see the head of this file."""

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

    between_convolutions: ClassVar[bool] = False
    """Whether it may stand between the two parts of a separable convolution: `costs.separable`."""
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
        """Return the output's shape; raise CostcalcError where maps and fields do not fit."""
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
        """Return the layer as it is on a map with the channels of x, for `costs.separable`."""
        return self

    def groups_of(self, x: FeatureMap) -> Number | None:
        """Return the groups of a convolution over x, and None for any other layer."""
        return None


class SameShape(Layer):
    """A layer whose output has its input's shape."""

    def output(self, x: FeatureMap) -> FeatureMap:
        return x


def check_tokens(x: FeatureMap, layer: str, hint: str) -> None:
    """Raise CostcalcError for a map. Tokens are (channels, n, 1), a vector is (n, 1, 1)."""
    if not equal(x.width, 1):
        raise CostcalcError(f"{layer} needs a vector or tokens, not a {x} map", hint=hint)


def check_divides(name: str, divisor: Number, of: str, channels: Number) -> None:
    """Raise CostcalcError unless groups, heads or the like divide the channels evenly."""
    if not divides(divisor, channels):
        what = f"the {channels} channels" if of == "channels" else f"{of} {channels}"
        raise CostcalcError(f"{name} {divisor} does not divide {what}")


def area(size: Pair) -> Number:
    return size[0] * size[1]
