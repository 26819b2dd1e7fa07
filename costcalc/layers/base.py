'''What a layer type is, and how to add one.

A layer type is one class, in the file of its family. Defining it registers it in LAYERS, where all
commands, pages and schemas find it:

    class HardTanh(SameShape, type="hard_tanh", family="activations"):
        """Activation: max(-1, min(1, x)).

        Shapes: unchanged.
        Source: PyTorch's Hardtanh.
        """

        def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
            """1 per element."""
            return out.elements

- `type` is what a network writes, `aliases` are other spellings of it. `family` is one of FAMILIES;
  conventions count a type as its family unless they have a rule of its own.
- A field is a class attribute that a function of `fields` makes, named as in PyTorch:
  `groups: Number = size(1)`. On an instance it is the value.
- A layer takes maps with any number of sides, unless `sides` says how many. `numbered` makes the
  types of one, two and three sides, conv1d, conv2d and conv3d of conv: their fields of `sizes` have
  one number for each side.
- A layer has one output. A type that `makes_several` stands for a layer each, which `each` gives.
- `output(*inputs)` is the shape rule. It raises CostcalcError where fields and maps do not fit.
- The formulas `macs`, `other_ops`, `params`, `activations`, `kv_cache` take the output's shape and
  then the inputs', of one sample. One that a class leaves out is 0.
- Docstrings are the pages of `costcalc layers`. The class's has a summary, Shapes, Errors and
  Source; a formula's says how much it is per what.

A formula is written once and evaluated in ints, over grids of settings, and in symbols. So it uses
only `+ - * // %` and the functions of `numeric.exact`. Compare numbers with `equal` and `holds`,
which accept a symbol that leaves the answer open, never with `==` in an `if`.

Its tests are one entry in `tests/layers/cases/FAMILY.py`: a function that counts the layer one by
one, and how to draw its fields and maps. The tests beside compare the two in every kind of number.
'''

import types
from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from costcalc.errors import CostcalcError
from costcalc.layers.fields import Field, SizedField, Sizes, word
from costcalc.numeric.exact import Number, divides, equal
from costcalc.shapes import SIDES, TensorShape

LayerType: TypeAlias = "type[Layer]"

LAYERS: dict[str, LayerType] = {}
"""Every layer class by its type and its aliases."""

FAMILIES = {
    "convolutions": "standard and grouped, depthwise, pointwise, transposed",
    "linear_layers": "fully connected, of a vector or of every token",
    "attention_layers": "tokens read one another",
    "recurrent_layers": "along a sequence, step by step",
    "map_products": "products of two maps, such as the scores of attention",
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
    sides: ClassVar[int | None] = None
    """How many sides its maps have; None is any number."""
    numbered: ClassVar[Mapping[int, LayerType]] = {}
    """By the number of sides, the types that a name without a number stands for: see `numbered`."""
    plain: ClassVar["Layer"]
    """A layer with all defaults, for every item that gives no fields."""
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    """The least and the most maps it takes; None is any number."""

    pattern_field: ClassVar[str | None] = None
    """The field whose axes may have sizes beside it, as fields of their names."""
    moves_batch: bool = False
    """Whether `output` says of how many samples it is; else of as many as the maps are."""

    makes_several: ClassVar[bool] = False
    """Whether it stands for several layers of one output each, which `each` gives."""

    has_weights: ClassVar[bool] = False
    """Whether it has a formula of params."""
    between_convolutions: ClassVar[bool] = False
    """Whether it may stand between the two parts of a separable convolution: `costs.separable`."""
    is_normalization: ClassVar[bool] = False

    call: str = "module"
    kernel_size: Any = None
    stride: Any = None

    def __init_subclass__(
        cls,
        type: str | None = None,
        family: str | None = None,
        aliases: tuple[str, ...] = (),
        sides: int | None = None,
    ) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Field)}
        fields = {**own, **{k: field for k, field in cls.fields.items() if k not in own}}
        if sides is not None:
            cls.sides = sides
            for name, field in fields.items():
                if isinstance(field, SizedField):
                    own[name] = fields[name] = field.for_sides(sides)
        cls.fields = fields
        cls.required = tuple(name for name, field in cls.fields.items() if field.required)
        cls.plain = cls()
        cls.has_weights = cls.params is not Layer.params
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
                {name: self.field(name).convert(value) for name, value in more.items()}
            )

    @classmethod
    def field(cls, name: str) -> Field:
        return cls.fields[name]

    def values(self) -> dict[str, Any]:
        """The values of all fields, by name."""
        return {name: getattr(self, name) for name in self.fields}

    def output(self, *maps: Any, **_: Any) -> TensorShape:
        """Return the output's shape; raise CostcalcError where maps and fields do not fit."""
        raise AssertionError(f"{type(self).__name__} has no shape rule")

    def macs(self, *maps: Any, **_: Any) -> Number:
        return 0

    def attended_macs(self, *maps: Any, **_: Any) -> Number:
        """Return the macs without those that masks of attention make void."""
        return self.macs(*maps)

    def kv_cache(self, *maps: Any, **_: Any) -> Number:
        """Return the bytes of keys and values that are kept for later tokens, in float16."""
        return 0

    def product_macs(self, *maps: Any, **_: Any) -> Number:
        """Return the macs of products of two maps, neither of which is a weight."""
        return 0

    def inner_macs(self, *maps: Any, **_: Any) -> Number:
        """Return the macs of weights that read what the layer itself makes, and not its inputs."""
        return 0

    def other_ops(self, *maps: Any, **_: Any) -> Number:
        return 0

    def params(self, *maps: Any, **_: Any) -> Number:
        return 0

    def activations(self, *maps: Any, **_: Any) -> Number:
        return 0

    def each(self) -> "list[Layer]":
        """Return the layers that it stands for where it makes several maps, one for each."""
        return [self]

    def over(self, x: TensorShape) -> "Layer":
        """Return the layer as it is on a map with the channels of x, for `costs.separable`."""
        return self

    def groups_of(self, x: TensorShape) -> Number | None:
        """Return the groups of a convolution over x, and None for any other layer."""
        return None


class SameShape(Layer):
    """A layer whose output has its input's shape."""

    def output(self, x: TensorShape) -> TensorShape:
        return x


def check_tokens(x: TensorShape, layer: str, hint: str) -> None:
    """Raise CostcalcError for a map: tokens are (channels, n), with sides of 1 behind or none."""
    if not all(equal(side, 1) for side in x.sides[1:]):
        raise CostcalcError(f"{layer} needs a vector or tokens, not a {x} map", hint=hint)


def check_divides(name: str, divisor: Number, of: str, channels: Number) -> None:
    """Raise CostcalcError unless groups, heads or the like divide the channels evenly."""
    if not divides(divisor, channels):
        what = f"the {channels} channels" if of == "channels" else f"{of} {channels}"
        raise CostcalcError(f"{name} {divisor} does not divide {what}")


def volume(size: Sizes) -> Number:
    """Elements of a kernel, the paper's D_K * D_K."""
    if len(size) == 2:  # by far the most usual
        return size[0] * size[1]
    product: Number = 1
    for side in size:
        product = product * side
    return product


_OF_SIDES = {1: "of sequences", 2: "of maps with height and width", 3: "of volumes"}


def numbered(layer: type[Layer]) -> list[type[Layer]]:
    """Make the types of one, two and three sides of a layer that has a number for each side.

    A network writes conv1d, conv2d or conv3d, or conv, which is the one that fits its map.
    """
    summary, rest = (layer.__doc__ or "").split("\n", 1)
    made: dict[int, LayerType] = {}
    for sides, what in _OF_SIDES.items():
        members = {
            "__doc__": f"{summary.rstrip('.')}, {what}.\n{rest}".replace(
                "*sides", ", ".join(SIDES[sides])
            ),
            "__module__": layer.__module__,
        }
        one: LayerType = types.new_class(
            f"{layer.__name__}{sides}d",
            (layer,),
            {"type": f"{layer.type}{sides}d", "sides": sides},
            lambda body, members=members: body.update(members),  # type: ignore[misc]
        )
        one.numbered = {}
        made[sides] = one
    layer.numbered = made
    return list(made.values())
