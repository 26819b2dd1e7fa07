"""Networks over traced numbers: copies that are alike are built once, and count as often."""

from fractions import Fraction

import pytest

from costcalc.costs.totals import measure
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.limits import MAX_ITEMS
from costcalc.graph.setting import Setting
from costcalc.graph.tracing import NetworkTrace, trace_network
from costcalc.language.network_file import NetworkFile
from costcalc.numeric.point import at_point
from costcalc.numeric.trace import Knob

METRICS = ("macs", "params", "other_ops", "activations")
ALPHAS = (Fraction(1, 8), Fraction(3, 7), Fraction(1), Fraction(5, 2))


def file_of(layers: str) -> NetworkFile:
    text = f"name: N\ninput: [3, 23, 23]\nrounding: {{divisor: 8}}\nlayers:\n{layers}"
    return NetworkFile(text, "n.yaml")


def traced(file: NetworkFile) -> NetworkTrace:
    knobs = {"alpha": Knob(Fraction(1), is_whole=False)}
    return trace_network(
        lambda numbers, builder: build(file, Setting(alpha=numbers["alpha"]), builder),
        lambda network: measure(network, METRICS),
        knobs,
        set(),
    )


@pytest.mark.parametrize(
    ("layers", "built"),
    [
        # The first changes the channels, the second is like all behind it.
        ('- conv2d: {out_channels: "scaled(24)", kernel_size: 3, repeat: 9}', 2),
        # Without other fields for the first, and the same shape, the first is like all others,
        ("- sigmoid: {repeat: 9}", 1),
        # unless it alone reads what nothing trained has made.
        ("- batch_norm: {repeat: 9}", 2),
        # The first is other by its fields, though the map stays.
        ("- depthwise_conv2d: {kernel_size: 3, repeat: 9, first: {kernel_size: 5}}", 2),
        # 23, 12, 6, 3, 2, 1, and then 1 for ever.
        ("- max_pool2d: {kernel_size: 2, padding: same, repeat: 9}", 6),
        # Repeats within repeats multiply: a relu, a first and a second batch norm, and both again.
        ("- sequence: {repeat: 7, layers: [relu: {repeat: 5}, batch_norm: {repeat: 3}]}", 5),
        ("- sequence: {repeat: 7, layers: [relu: {repeat: 5}, sigmoid: {repeat: 3}]}", 2),
        # No two copies are alike.
        ("- pointwise_conv2d: {out_channels: in_channels + 1, repeat: 9}", 9),
        ("- relu: {repeat: 1}", 1),
    ],
)
def test_copies_that_are_alike_are_built_once(layers: str, built: int) -> None:
    file = file_of(layers)
    found = traced(file)
    assert found.error is None
    assert found.layers == built
    for alpha in ALPHAS:
        values = at_point(found.trace, {"alpha": alpha})
        assert values is not None
        costs = {name: total.at(values) for name, total in found.metrics.items()}
        assert costs == measure(build(file, Setting(alpha=alpha)), METRICS)


def test_alike_copies_count_against_the_limits_of_a_network() -> None:
    file = file_of(f"- relu: {{repeat: {MAX_ITEMS}}}\n- batch_norm")
    with pytest.raises(CostcalcError, match="more than 50,000 items") as refused:
        build(file)
    found = traced(file).error
    assert found is not None
    assert found.message == refused.value.message
    assert traced(file_of(f"- relu: {{repeat: {MAX_ITEMS - 1}}}\n- batch_norm")).error is None


def test_copies_that_make_more_samples_are_not_alike() -> None:
    """Their maps have the same sides, and each copy's are twice as many."""
    file = file_of(
        "- center_crop: {size: 8}\n- sequence:\n"
        "    repeat: 4\n"
        "    layers:\n"
        "      - rearrange: {pattern: b c (h p) w -> (b h) c p w, p: 4}\n"
        "      - zero_pad: {padding: [2, 0]}\n"
        "      - pointwise_conv: {out_channels: in_channels, bias: false}\n"
    )
    found = traced(file)
    values = at_point(found.trace, {"alpha": Fraction(1)})
    assert values is not None
    costs = {name: total.at(values) for name, total in found.metrics.items()}
    assert costs == measure(build(file), METRICS)
