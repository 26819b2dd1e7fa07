"""Activations. Those that are alike in cost are rows of a table, each a layer type."""

import types

from costcalc.errors import CostcalcError
from costcalc.layers.base import SameShape
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number, equal
from costcalc.shapes import TensorShape


class Activation(SameShape, family="activations"):
    between_convolutions = True

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per element."""
        return out.elements


ACTIVATIONS = (
    # type, aliases, what it is, source
    ("relu", (), "max(0, x)", "Nair and Hinton 2010"),
    ("relu6", (), "min(max(0, x), 6)", "Howard et al. 2017, arXiv:1704.04861"),
    ("leaky_relu", (), "x, or a small multiple of x below 0", "Maas et al. 2013"),
    ("elu", (), "x, or exp(x) - 1 below 0", "Clevert et al. 2015, arXiv:1511.07289"),
    ("sigmoid", (), "1 / (1 + exp(-x))", "PyTorch's Sigmoid"),
    ("hard_sigmoid", (), "relu6(x + 3) / 6", "Howard et al. 2019, arXiv:1905.02244"),
    ("tanh", (), "the hyperbolic tangent", "PyTorch's Tanh"),
    ("silu", ("swish",), "x * sigmoid(x)", "Ramachandran et al. 2017, arXiv:1710.05941"),
    ("hard_swish", (), "x * relu6(x + 3) / 6", "Howard et al. 2019, arXiv:1905.02244"),
    ("selu", (), "a multiple of elu by which activations keep their variance", "Klambauer 2017"),
    ("mish", (), "x * tanh(ln(1 + exp(x)))", "Misra 2019, arXiv:1908.08681"),
    ("gelu", (), "x * Phi(x)", "Hendrycks and Gimpel 2016, arXiv:1606.08415"),
)


def _define(name: str, aliases: tuple[str, ...], meaning: str, source: str) -> None:
    members = {
        "__doc__": f"Activation: {meaning}.\n\n    Shapes: unchanged.\n    Source: {source}.\n    ",
        "__module__": __name__,
    }
    class_name = "".join(word.capitalize() for word in name.split("_"))
    keywords = {"type": name, "aliases": aliases}
    types.new_class(class_name, (Activation,), keywords, lambda body: body.update(members))


for _row in ACTIVATIONS:
    _define(*_row)


class PReLU(Activation, type="prelu"):
    """Activation: x, or a learned multiple of x below 0.

    Shapes: unchanged.
    Errors: num_parameters is neither 1 nor the number of channels.
    Source: He et al. 2015, arXiv:1502.01852.
    """

    num_parameters: Number = size(1).means("trained slopes: 1, or one per channel", "slopes")

    def output(self, x: TensorShape) -> TensorShape:
        if not (equal(self.num_parameters, 1) or equal(self.num_parameters, x.channels)):
            raise CostcalcError(
                f"num_parameters must be 1 or the {x.channels} channels, not {self.num_parameters}",
                hint="num_parameters: in_channels learns a slope per channel",
            )
        return x

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """num_parameters learned slopes: one, or one per channel."""
        return self.num_parameters

    def over(self, x: TensorShape) -> "PReLU":
        return self if self.num_parameters == 1 else type(self)(num_parameters=x.channels)


class Softmax(Activation, type="softmax"):
    """Activation: exp(x) / sum(exp(x)).

    Shapes: unchanged.
    Source: Bridle 1990.
    """

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """3 per element: exp, sum, divide."""
        return 3 * out.elements
