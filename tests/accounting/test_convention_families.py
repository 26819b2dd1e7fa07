"""A new layer type touches no convention: it counts as its family does."""

import pytest

import costcalc
from costcalc.accounting.convention import convention_names
from costcalc.layers import FAMILIES, LAYERS, Layer
from costcalc.layers.base import SameShape
from costcalc.reference.layers import families

NET = """
input: [3, 10, 10]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, bias: false}
  - softsign
"""
MACS = 9 * 3 * 8 * 10 * 10


@pytest.fixture
def softsign():
    """An activation that nobody ships, as long as the test runs."""
    before = dict(LAYERS)

    class Softsign(SameShape, type="softsign", family="activations"):
        """x * tanh(softplus(x)).

        Shapes: unchanged.
        Source: Misra 2019, arXiv:1908.08681.
        """

        def other_ops(self, out, x):
            """2 an element."""
            return 2 * out.elements

    yield Softsign
    LAYERS.clear()
    LAYERS.update(before)


@pytest.fixture
def net(softsign, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(NET, encoding="utf-8")
    return str(path)


def test_every_convention_counts_it_as_its_family(net):
    totals = {name: counting.total() for name, counting in costcalc.conventions(net).items()}
    assert list(totals) == convention_names()
    assert len(totals) == 16
    flops = ("calflops", "torch-flop-counter", "ultralytics", "darknet")
    assert totals.pop("torchinfo") == MACS
    assert all(value == (2 if name in flops else 1) * MACS for name, value in totals.items())


def test_a_convention_may_count_it(net, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("like: default\ncount: {softsign: {output: 3}}", encoding="utf-8")
    assert costcalc.load(net, convention=str(path)).cost().totals.total == MACS + 3 * 800
    path.write_text("like: default\ncount: {activations: {output: 3}}", encoding="utf-8")
    assert costcalc.load(net, convention=str(path)).cost().totals.total == MACS + 3 * 800
    path.write_text("count: {convolutions: {macs: 1}}", encoding="utf-8")
    with pytest.raises(costcalc.CostcalcError, match="says nothing of softsign"):
        costcalc.load(net, convention=str(path)).cost()


def test_the_reference_lists_it_by_family(softsign):
    listed = dict(families())["activations: " + FAMILIES["activations"] + "."]
    assert "softsign" in [entry.name for entry in listed]


def test_a_type_names_a_family_that_there_is():
    with pytest.raises(TypeError, match="layer type 'toy' names no family"):
        type("Toy", (Layer,), {}, type="toy")
    with pytest.raises(TypeError, match="unknown family 'toys' of layers"):
        type("Toy", (Layer,), {}, type="toy", family="toys")
    assert "toy" not in LAYERS
