"""Each metric of the registry over small spaces, against all their networks built as a whole.

A new metric is looked at here without being named: it must be counted, or known of networks that
are built by themselves.
"""

from collections import Counter
from fractions import Fraction

import pytest
from support.brute_spaces import every_network, file_of

from costcalc.accounting.convention import accounting
from costcalc.devices.shipped import load_device
from costcalc.graph.bits import bits_by_pattern
from costcalc.graph.runtime import runtime_of
from costcalc.graph.setting import Setting
from costcalc.metrics import METRICS
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space

SMALL = """
input: [4, 8, 8]
params: {wide: {any: [4, 8]}}
layers:
  - conv2d: {out_channels: wide, kernel_size: {any: [1, 3]}, name: a}
  - inverted_residual: {out_channels: 8, expansion: 2, kernel_size: {any: [3, 5]}, repeat: 1}
  - depthwise_conv2d: {kernel_size: 3, repeat: {any: 0..1}}
  - conv2d: {out_channels: wide, kernel_size: {any: [1, 3]}}
  - global_avg_pool
  - linear: {out_features: 5}
"""
FROZEN = """
input: [4, 8, 8]
params: {frozen: {any: [true, false]}, wide: {any: 4..20:4}}
layers:
  - max_pool2d: {kernel_size: 2, when: {any: [true, false]}}
  - conv2d: {out_channels: wide, kernel_size: 3, trainable: not frozen, name: a}
  - residual: [depthwise_conv2d: {kernel_size: {any: [3, 5]}, trainable: false}]
  - conv2d: {out_channels: 8, kernel_size: {any: [1, 3]}}
  - conv2d: {out_channels: 8, kernel_size: {any: [1, 3]}}
"""
"""Which layers need gradients of what they read depends on what is before them."""
LOW = """
input: [4, 8, 8]
params: {low: {any: [2, 4]}}
layers:
  - conv2d:
      {out_channels: {any: [4, 8]}, kernel_size: 3, bits: {weights: {any: [4, 8]}, activations: 4}}
  - sequence:
      bits: {weights: low, activations: {any: [2, 8]}}
      layers: [conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, repeat: {any: 1..2}}, relu]
  - global_avg_pool
  - linear: {out_features: 3}
"""
"""In how many bits weights are held is drawn once for all copies."""
OF_WHOLE = {"arena", "persistent", "intensity", "training_memory"}
"""All others are counted by a walk."""


@pytest.fixture(scope="module")
def setting():
    return Setting(device=load_device("stm32h747"), optimizer="adam")


@pytest.fixture(scope="module")
def whole(setting):
    return [one.costs for one in every_network(file_of(SMALL), setting, list(METRICS))]


def test_what_is_counted_and_what_is_of_whole_networks(setting):
    space = Space(file_of(SMALL), setting, METRICS)
    assert set(space.whole.metrics) == OF_WHOLE
    assert {*space.graph.metrics} == METRICS.keys() - OF_WHOLE


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_that_of_all_networks(metric, setting, whole):
    space = Space(file_of(SMALL), setting, ("macs", metric))
    values = sorted(own[metric] for own in whole)
    found = [space.network(number).costs[metric] for number in range(1, space.total + 1)]
    assert Counter(found) == Counter(values)
    described = space.distribution(metric)
    assert (described.least, described.most) == (values[0], values[-1])
    if described.mean is not None:
        assert described.mean == Fraction(sum(map(Fraction, values)), len(values))
        middle = described.quantiles[2]
        assert middle.least == middle.most == values[-(-len(values) // 2) - 1]
        assert sum(bar.share for bar in described.bars) == pytest.approx(1)
    assert [one.costs[metric] for one in space.largest(metric, count=5)] == values[:-6:-1]
    assert space.smallest(metric).costs[metric] == values[0]
    for limit in (values[0] - 1, values[0], values[len(values) // 2], values[-1]):
        exact = sum(value <= limit for value in values)
        assert space.count(Limits({metric: limit})) == (exact, exact)
        least = sum(value >= limit for value in values)
        assert space.count(Limits({}, {metric: least and limit})) == (least, least)
    middle = Limits({metric: values[len(values) // 2]})
    assert all(middle.fits(own.costs) for own in space.sample(5, middle, seed=1))
    fitting = [own["macs"] for own in whole if middle.fits(own)]
    (most,) = space.largest("macs", middle)
    assert most.costs["macs"] == max(fitting)


def test_gradients_are_of_what_is_trained_before(monkeypatch):
    monkeypatch.setattr("costcalc.spaces.walk.traced_units.FEW", 2)
    file = file_of(FROZEN)
    setting, metrics = Setting(optimizer="sgd"), ("macs", "training_macs")
    space = Space(file, setting, metrics)
    whole = [tuple(one.costs.values()) for one in every_network(file, setting, metrics)]
    found = [space.network(number).costs for number in range(1, space.total + 1)]
    assert Counter(tuple(own.values()) for own in found) == Counter(whole)


def test_bits_are_drawn_and_count():
    file, metrics = file_of(LOW), ("macs", "weights_int8", "flash", "traffic", "bops", "arena")
    space = Space(file, Setting(), metrics)
    whole = [tuple(one.costs.values()) for one in every_network(file, metrics=metrics)]
    found = [space.network(number) for number in range(1, space.total + 1)]
    assert Counter(tuple(own.costs.values()) for own in found) == Counter(whole)
    for own in found[::7]:
        space.check(own)
    names = {"conv2d.bits.weights", "sequence.bits.activations", "low"}
    assert names <= found[0].choices.keys()


def test_what_is_trained_may_be_drawn():
    """A choice of an item itself, of which a network has one for all copies."""
    text = (
        "input: [4, 8, 8]\nlayers:\n"
        "  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, trainable: {any: [true, false]},"
        " repeat: 2}\n"
    )
    file, metrics = file_of(text), ("params", "frozen_params")
    space = Space(file, Setting(), metrics)
    whole = [tuple(one.costs.values()) for one in every_network(file, metrics=metrics)]
    found = [space.network(number) for number in range(1, space.total + 1)]
    assert Counter(tuple(own.costs.values()) for own in found) == Counter(whole)
    for own in found:
        space.check(own)
    assert len({own.text() for own in found}) == len(found) == 8


COUNTED = """
input: [3, 8, 8]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: 3, bias: false}
  - batch_norm
  - hard_swish
  - depthwise_conv2d: {kernel_size: 3, when: {any: [true, false]}, bias: false}
  - batch_norm: {when: {any: [true, false]}}
  - rms_norm: {when: {any: [true, false]}}
  - rms_norm
  - prelu
  - inverted_residual: {out_channels: 8, expansion: 2, kernel_size: {any: [3, 5]}}
  - pointwise_conv2d: {out_channels: 4}
  - global_avg_pool
  - linear: {out_features: 5}
"""
"""Norms and activations apart from what they belong to, and a type that onnx-tool counts once."""
SETTINGS = {
    **{name: {"accounting": accounting(name)} for name in ("thop", "keras", "onnx-tool", "slim")},
    "folded": {"accounting": accounting(None, True)},
    "folded by thop": {"accounting": accounting("thop", True)},
    "best order": {"runtime": runtime_of({"order": "best", "planner": "best"})},
    "float32": {"runtime": runtime_of({"dtype": "float32", "in_place": True})},
    "apart": {"runtime": runtime_of({"fused": False, "zero_copy_concat": True})},
    "bits": {"bits": bits_by_pattern({"*": "8/8", "linear": "4/4"})},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_however_a_network_is_counted(name):
    setting = Setting(**SETTINGS[name])
    file = file_of(COUNTED)
    metrics = [own for own in METRICS if not METRICS[own].needs_device]
    whole = [one.costs for one in every_network(file, setting, metrics)]
    for group in groups_of(metrics):
        space = Space(file, setting, group)
        found = [space.network(number).costs for number in range(1, space.total + 1)]
        assert Counter(tuple(own.values()) for own in found) == Counter(
            tuple(own[name] for name in group) for own in whole
        )
        space.extremes()


def groups_of(metrics):
    """Metrics by what of them makes items to be built together, which would hide others' faults."""
    forms = [own for own in metrics if own.startswith(("standard_", "separable_"))]
    memory = [own for own in metrics if METRICS[own].needs_runtime]
    yield [own for own in metrics if own not in (*forms, *memory)]
    yield forms
    yield [own for own in memory if own in ("flash", "traffic", "bops")]
    yield memory


PAIRS = """
input: [4, 8, 8]
blocks:
  ends:
    layers: [pointwise_conv2d: {out_channels: 4}, depthwise_conv2d: {kernel_size: 3}, batch_norm]
  copies: {layers: [pointwise_conv2d: {out_channels: 6}, depthwise_conv2d: {kernel_size: 3}]}
layers: LAYERS
"""


@pytest.mark.parametrize("metric", ["standard_macs", "standard_params", "separable_params"])
@pytest.mark.parametrize(
    "layers",
    [
        "[ends, pointwise_conv2d: {out_channels: {any: [3, 5]}}]",
        "[ends, relu: {when: {any: [true, false]}}, pointwise_conv2d: {out_channels: 3}]",
        "[copies: {repeat: {any: 1..3}}]",
        "[depthwise_conv2d: {kernel_size: {any: [3, 5]}}, identity, conv2d:"
        " {out_channels: 6, kernel_size: 1}]",
        "[conv2d: {out_channels: 6, kernel_size: {any: [3, 5]}}, batch_norm, prelu]",
        "[conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, groups: 4}, $unit]",
    ],
)
def test_items_may_hold_parts_of_one_convolution(metric, layers):
    text = PAIRS.replace("LAYERS", layers)
    if "$unit" in layers:
        text += "params: {unit: {any: [copies, ends]}}\n"
    file = file_of(text)
    space = Space(file, Setting(), (metric,))
    whole = [one.costs[metric] for one in every_network(file, metrics=(metric,))]
    found = [space.network(number).costs[metric] for number in range(1, space.total + 1)]
    assert Counter(found) == Counter(whole)
