"""Standard against depthwise separable convolution, layer by layer (MobileNet paper, section 3.1).

standard   D_K * D_K * M * N * D_F * D_F                             equation 2
separable  D_K * D_K * M * D_F * D_F  +  M * N * D_F * D_F           equation 5
ratio      1 / N + 1 / D_K²

On sequences and volumes the product of the kernel's sides stands for D_K * D_K, and that of the
map's for D_F * D_F.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import NamedTuple

from costcalc.graph.modules import MODULE
from costcalc.graph.nodes import Network, Node
from costcalc.layers.base import Layer
from costcalc.layers.convolution import Conv, Convolution, DepthwiseConv, PointwiseConv
from costcalc.layers.fields import Sizes
from costcalc.numeric.exact import Number, sum_of
from costcalc.shapes import TensorShape


class Comparison(NamedTuple):
    """One convolution in both forms; params include the norms between the two parts.

    Of weights that it shares with a layer before it, and of frozen ones, params count nothing.
    """

    name: str
    line: int | None
    written_as: str
    kernel_size: Sizes
    in_channels: int
    out_channels: int
    output_size: Sizes
    depthwise_macs: int
    pointwise_macs: int
    standard_macs: int
    standard_params: int
    separable_params: int

    @property
    def separable_macs(self) -> int:
        return self.depthwise_macs + self.pointwise_macs

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.separable_macs, self.standard_macs)

    @property
    def ratio_float(self) -> float:
        return float(self.ratio)


class Forms(NamedTuple):
    """All comparisons, and by how much the network grows when it is all standard, all separable."""

    rows: list[Comparison]
    standard_macs: int
    standard_params: int
    separable_macs: int
    separable_params: int


def compare(network: Network) -> Forms:
    """Compare every convolution with its other form, and sum up what that makes of the network."""
    rows = [row for row, _ in compared(network)]
    standard = [row for row in rows if row.written_as == "standard"]
    separable = [row for row in rows if row.written_as == "separable"]
    return Forms(
        rows,
        standard_macs=sum_of(row.standard_macs - row.separable_macs for row in separable),
        standard_params=sum_of(row.standard_params - row.separable_params for row in separable),
        separable_macs=sum_of(row.separable_macs - row.standard_macs for row in standard),
        separable_params=sum_of(row.separable_params - row.standard_params for row in standard),
    )


def compared(network: Network) -> Iterator[tuple[Comparison, tuple[Node, ...]]]:
    """Compare every standard convolution with the separable one that replaces it, and vice versa.

    A separable convolution is a depthwise one and the pointwise one that reads it. Between them are
    at most norms and activations, which are added and removed with the depthwise part, and no other
    layer reads a map there. Yields the convolution beside it, or the two.
    """
    for node in network.nodes:
        if not isinstance(node.layer, Convolution):
            continue
        x = node.inputs[0].shape
        if node.layer.is_standard(x):
            yield _from_standard(node, _followers(node, network)), (node,)
        elif node.layer.is_depthwise(x):
            between, pointwise = _pointwise_after(node, network)
            if pointwise is not None:
                yield _from_separable(node, between, pointwise), (node, pointwise)


def _followers(node: Node, network: Network) -> list[Node]:
    """The norm directly behind a convolution, if any, and the activation behind that, if any."""
    followers: list[Node] = []
    consumer = network.only_consumer(node)
    for norm in (True, False):
        if (
            consumer is not None
            and consumer.layer.between_convolutions
            and consumer.layer.is_normalization == norm
        ):
            followers.append(consumer)
            consumer = network.only_consumer(consumer)
    return followers


def _pointwise_after(depthwise: Node, network: Network) -> tuple[list[Node], Node | None]:
    """The pointwise convolution of a separable one, and the layers before it."""
    between: list[Node] = []
    consumer = network.only_consumer(depthwise)
    while consumer is not None and consumer.layer.between_convolutions:
        between.append(consumer)
        consumer = network.only_consumer(consumer)
    if (
        consumer is not None
        and isinstance(consumer.layer, Convolution)
        and consumer.layer.is_pointwise(depthwise.shape)
        and consumer.shape.sides == depthwise.shape.sides
    ):
        return between, consumer
    return between, None


def _own(node: Node, params: Number) -> Number:
    """What there is of params that a layer would have: with all copies, if they are its own."""
    if node.weights is not None or not node.trainable:
        return 0
    return params if node.experts is None else params * node.experts.count


def _times(node: Node) -> Number:
    """How often a layer runs: for every sample, and every expert that is active."""
    samples = node.shape.samples
    return samples if node.experts is None else samples * node.experts.active


def _of_sides(kind: type[Convolution], kernel: Sizes) -> type[Layer]:
    """conv1d of conv, for a kernel with one side."""
    return kind.numbered[len(kernel)]


def _conv(node: Node) -> Convolution:
    assert isinstance(node.layer, Convolution)
    return node.layer


def _from_standard(node: Node, followers: list[Node]) -> Comparison:
    conv, x, out = _conv(node), node.inputs[0].shape, node.shape
    middle = TensorShape(x.channels, out.sides)
    depthwise = _of_sides(DepthwiseConv, conv.kernel_size)(
        {"kernel_size": conv.kernel_size, "bias": conv.bias}
    )
    pointwise = _of_sides(PointwiseConv, conv.kernel_size)(
        {"out_channels": out.channels, "bias": conv.bias}
    )
    between = sum(_own(one, one.layer.over(middle).params(middle, middle)) for one in followers)
    times = _times(node)
    return Comparison(
        name=node.name,
        line=node.origin.line,
        written_as="standard",
        kernel_size=conv.kernel_size,
        in_channels=x.channels,
        out_channels=out.channels,
        output_size=out.sides,
        depthwise_macs=times * depthwise.macs(middle, x),
        pointwise_macs=times * pointwise.macs(out, middle),
        standard_macs=times * conv.macs(out, x),
        standard_params=_own(node, conv.params(out, x)),
        separable_params=between
        + _own(node, depthwise.params(middle, x) + pointwise.params(out, middle)),
    )


def _from_separable(depthwise: Node, between: list[Node], pointwise: Node) -> Comparison:
    first, second = _conv(depthwise), _conv(pointwise)
    x, middle, out = depthwise.inputs[0].shape, depthwise.shape, pointwise.shape
    times = _times(depthwise)
    one = depthwise if depthwise.weights is None and depthwise.trainable else pointwise
    standard = _of_sides(Conv, first.kernel_size)(
        {"out_channels": out.channels, "kernel_size": first.kernel_size, "bias": second.bias}
    )
    return Comparison(
        name=_common_name(depthwise, pointwise),
        line=depthwise.origin.line,
        written_as="separable",
        kernel_size=first.kernel_size,
        in_channels=x.channels,
        out_channels=out.channels,
        output_size=out.sides,
        depthwise_macs=times * first.macs(middle, x),
        pointwise_macs=times * second.macs(out, middle),
        standard_macs=times * standard.macs(out, x),
        standard_params=_own(one, standard.params(out, x)),
        separable_params=_own(depthwise, first.params(middle, x))
        + sum(_own(node, node.layer.params(node.shape, node.inputs[0].shape)) for node in between)
        + _own(pointwise, second.params(out, middle)),
    )


LARGEST = 12
"""Layers of a module that one separable convolution may be called by."""


def _common_name(first: Node, second: Node) -> str:
    """The innermost block that both are in, or both names where there is none.

    A module of a model file may hold many such pairs: then it is no name for one.
    """
    around = set()
    group = first.group
    while group is not None and group.parent is not None:
        around.add(group)
        group = group.parent
    other = second.group
    while other is not None and other.parent is not None:
        if other in around:
            if other.type == MODULE and len(list(islice(other.nodes(), LARGEST + 1))) > LARGEST:
                break
            return other.name
        other = other.parent
    return f"{first.name} + {second.name}"
