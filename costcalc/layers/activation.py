"""Activations: one table of name, operations an element and source; a layer type a row."""

import types

from costcalc.errors import CostcalcError
from costcalc.layers.base import SameShape
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number, equal
from costcalc.shapes import FeatureMap

ACTIVATIONS = (
    # type, aliases, other_ops an element, what it is, source
    ("relu", (), 1, "max(0, x)", "Nair and Hinton 2010"),
    ("relu6", (), 1, "min(max(0, x), 6)", "Howard et al. 2017, arXiv:1704.04861"),
    ("leaky_relu", (), 1, "x, or a small multiple of x below 0", "Maas et al. 2013"),
    ("prelu", (), 1, "x, or a learned multiple of x below 0", "He et al. 2015, arXiv:1502.01852"),
    ("elu", (), 1, "x, or exp(x) - 1 below 0", "Clevert et al. 2015, arXiv:1511.07289"),
    ("sigmoid", (), 1, "1 / (1 + exp(-x))", "PyTorch's Sigmoid"),
    ("hard_sigmoid", (), 1, "relu6(x + 3) / 6", "Howard et al. 2019, arXiv:1905.02244"),
    ("tanh", (), 1, "the hyperbolic tangent", "PyTorch's Tanh"),
    ("silu", ("swish",), 1, "x * sigmoid(x)", "Ramachandran et al. 2017, arXiv:1710.05941"),
    ("hard_swish", (), 1, "x * relu6(x + 3) / 6", "Howard et al. 2019, arXiv:1905.02244"),
    ("gelu", (), 1, "x * Phi(x)", "Hendrycks and Gimpel 2016, arXiv:1606.08415"),
    ("softmax", (), 3, "exp(x) / sum(exp(x)): exp, sum, divide", "Bridle 1990"),
)


class Activation(SameShape, family="activations"):
    ops_per_element: int

    between_convolutions = True

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """1 an element; softmax 3 (exp, sum, divide)."""
        return self.ops_per_element * out.elements


class _LearnedSlope(Activation):
    num_parameters: Number = size(1).means("trained slopes: 1, or one a channel", "slopes")

    def output(self, x: FeatureMap) -> FeatureMap:
        if not (equal(self.num_parameters, 1) or equal(self.num_parameters, x.channels)):
            raise CostcalcError(
                f"num_parameters must be 1 or the {x.channels} channels, not {self.num_parameters}",
                hint="num_parameters: in_channels learns a slope a channel",
            )
        return x

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """num_parameters learned slopes: one, or one a channel."""
        return self.num_parameters

    def over(self, x: FeatureMap) -> "_LearnedSlope":
        return self if self.num_parameters == 1 else type(self)(num_parameters=x.channels)


def _define(name: str, aliases: tuple[str, ...], ops: int, meaning: str, source: str) -> None:
    base = _LearnedSlope if name == "prelu" else Activation
    members = {
        "__doc__": f"Activation: {meaning}.\n\n    Shapes: unchanged.\n    Source: {source}.\n    ",
        "__module__": __name__,
        "ops_per_element": ops,
    }
    class_name = "".join(word.capitalize() for word in name.split("_"))
    types.new_class(
        class_name, (base,), {"type": name, "aliases": aliases}, lambda body: body.update(members)
    )


for _row in ACTIVATIONS:
    _define(*_row)
