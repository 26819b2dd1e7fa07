"""Memory, traffic and latency over a space, against all its networks built as a whole."""

from collections import Counter
from fractions import Fraction

import pytest
from support.brute_spaces import SPACES, every_network, file_of, random_space

import costcalc
from costcalc.devices.shipped import load_device
from costcalc.graph.setting import Setting
from costcalc.spaces.limits import Limits
from costcalc.spaces.space import Space

METRICS = ("macs", "peak_memory", "flash", "traffic")
PAIR = ("macs", "peak_memory")

APART = """
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: {any: [4, 8]}, kernel_size: 3}
  - batch_norm
  - relu: {when: {any: [true, false]}}
  - conv2d: {out_channels: {any: [4, 16]}, kernel_size: 1, stride: {any: [1, 2]}}
  - relu6
"""
"""Norms and activations run within the convolutions before them, which are other items."""

BEFORE = """
input: [4, 8, 8]
blocks:
  unit:
    params: {out: {any: [4, 8]}}
    layers: [batch_norm, $act, pointwise_conv2d: {out_channels: out}]
params: {act: {any: [relu, hard_swish]}}
layers:
  - unit: {repeat: {any: 1..2}}
  - unit: {when: {any: [true, false]}}
  - pointwise_conv2d: {out_channels: 2}
"""
"""Blocks that begin with what runs within the last layer of the block before."""

AGAIN = BEFORE.replace("  - unit: {when: {any: [true, false]}}\n", "")
"""Copies of such a block, one after another."""

LONG = """
input: [4, 8, 8]
layers:
  - pointwise_conv2d: {out_channels: {any: [4, 8]}, name: a}
  - pointwise_conv2d: {out_channels: {any: [4, 32]}}
  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, name: b}
  - concat: {from: [a, b]}
"""
"""A map is kept while others are made."""

TWICE = """
input: [4, 8, 8]
params: {unit: {any: [wide, none]}}
layers:
  - conv2d: {out_channels: 4, kernel_size: {any: [1, 3]}, name: a}
  - $unit: {name: b}
  - sequence:
      - add: {from: [a, b]}
      - conv2d: {out_channels: {any: [2, 4]}, kernel_size: 1}
blocks:
  wide: {layers: [conv2d: {out_channels: 4, kernel_size: 3}]}
"""
"""One map has two names where what is between them executes nothing."""

ALL = {**SPACES, "apart": APART, "before": BEFORE, "again": AGAIN, "long": LONG}
RANDOM = {f"random {seed}": random_space(seed) for seed in range(6)}


@pytest.mark.parametrize("text", [pytest.param(own, id=n) for n, own in {**ALL, **RANDOM}.items()])
def test_memory_is_that_of_whole_networks(text):
    file = file_of(text)
    space = Space(file, Setting(), METRICS)
    whole = [one.costs for one in every_network(file, metrics=METRICS) if one.costs is not None]
    found = [space.network(number).costs for number in range(1, space.total + 1)]
    assert Counter(tuple(own.values()) for own in found) == Counter(
        tuple(own.values()) for own in whole
    )
    peaks = sorted(own["peak_memory"] for own in whole)
    for limit in {peaks[0], peaks[len(peaks) // 2], peaks[-1] - 1}:
        limits = Limits({"peak_memory": limit, "macs": 10**9})
        assert space.within(limits).counted.least == sum(map(limits.fits, whole))
    assert space.smallest("peak_memory").costs["peak_memory"] == peaks[0]
    described = space.distribution("peak_memory")
    assert described.mean == Fraction(sum(peaks), len(peaks))
    assert described.quantiles[2].least == peaks[-(-len(peaks) // 2) - 1]
    (largest,) = space.largest("macs", Limits({"peak_memory": peaks[len(peaks) // 2]}))
    fitting = [own["macs"] for own in whole if own["peak_memory"] <= peaks[len(peaks) // 2]]
    assert largest.costs["macs"] == max(fitting)
    by_macs = sorted(own["macs"] for own in whole)
    limits = Limits({"macs": by_macs[len(whole) // 2]})
    fitting = sorted((own["peak_memory"] for own in whole if limits.fits(own)), reverse=True)
    top = space.largest("peak_memory", limits, 3)
    assert [own.costs["peak_memory"] for own in top] == fitting[:3]
    front = [tuple(own.costs[m] for m in PAIR) for own in space.pareto(PAIR)]
    pairs = {tuple(own[m] for m in PAIR) for own in whole}
    assert set(front) == {
        pair
        for pair in pairs
        if not any(o != pair and o[0] <= pair[0] and o[1] <= pair[1] for o in pairs)
    }


@pytest.mark.parametrize(
    "text", [SPACES[name] for name in ("ties", "sides", "skips", "cells")] + [TWICE]
)
def test_what_moves_adds_up_over_items_that_read_maps_by_name(text):
    file = file_of(text)
    metrics = ("traffic", "flash")
    space = Space(file, Setting(), metrics)
    whole = [one.costs for one in every_network(file, metrics=metrics)]
    found = [space.network(number).costs for number in range(1, space.total + 1)]
    assert Counter(tuple(own.values()) for own in found) == Counter(
        tuple(own.values()) for own in whole if own is not None
    )


NAMED = """
input: [4, 8, 8]
params: {unit: {any: [inner, outer]}, act: {any: [sigmoid, none]}}
blocks:
  inner: {layers: [$act, pointwise_conv2d: {out_channels: {any: [4, 8]}}]}
  outer: {layers: [$act, $act, pointwise_conv2d: {out_channels: 4}]}
layers: [conv2d: {out_channels: 4, kernel_size: 3}, $unit]
"""


def test_blocks_that_params_name_begin_with_types_that_params_name():
    space = Space(file_of(NAMED), Setting(), ("macs", "flash"))
    whole = [tuple(one.costs.values()) for one in every_network(space.file, metrics=space.metrics)]
    found = [space.network(number).costs for number in range(1, space.total + 1)]
    assert Counter(tuple(own.values()) for own in found) == Counter(whole)


def test_latency_is_a_sum_in_fractions_of_a_second():
    file = file_of(SPACES["copies"])
    setting = Setting(device=load_device("stm32h747"))
    metrics = ("macs", "latency")
    space = Space(file, setting, metrics)
    whole = [one.costs["latency"] for one in every_network(file, setting, metrics)]
    found = [space.network(number).costs["latency"] for number in range(1, space.total + 1)]
    assert Counter(found) == Counter(whole)
    middle = sorted(whole)[len(whole) // 2]
    assert not isinstance(middle, int)
    limits = Limits({"latency": middle})
    assert space.within(limits).counted.least == sum(own <= middle for own in whole)
    more = Limits({}, {"latency": middle})
    assert space.within(more).counted.least == sum(own >= middle for own in whole)
    distribution = space.distribution("latency")
    assert (distribution.least, distribution.most) == (min(whole), max(whole))
    assert distribution.mean == sum(whole) / len(whole)
    assert all(own.costs["latency"] <= middle for own in space.sample(20, limits, seed=1))
    (largest,) = space.largest("latency", limits)
    assert largest.costs["latency"] == middle


def test_latency_needs_a_device():
    with pytest.raises(costcalc.CostcalcError, match="latency is of a device") as caught:
        Space(file_of(SPACES["copies"]), Setting(), ("latency",))
    assert "--device" in caught.value.hint
