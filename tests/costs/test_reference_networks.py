"""Every shipped variant against the integers of its live reference model.

tests/peers/record_networks.py writes reference/networks.json, and says what an entry is.
"""

import json
from pathlib import Path

import pytest
from support.paths import RECORDED

import costcalc
from costcalc.language.lookup import shipped, shipped_files

RECORD = json.loads((RECORDED / "networks.json").read_text("utf-8"))
VARIANTS = [
    variant for path in shipped_files() for variant in (shipped(path).variants or [Path(path).stem])
]
NAMES = [*VARIANTS, *(name for name in RECORD if name not in VARIANTS)]


def table(name):
    settings = RECORD[name].get("settings", {})
    return costcalc.load(name.split()[0]).cost(**settings)


def layers(table):
    """What has MACs, in order, each as the record has it: [kind, macs, params]."""
    for layer in table.layers:
        if layer.type == "multi_head_attention":
            yield from attention(layer)
        elif layer.type == "dot_product_attention":
            channels, values = layer.input_shape.channels, layer.output_shape.channels
            pairs = layer.macs // (channels + values)
            yield ["product", channels * pairs, 0]
            yield ["product", values * pairs, 0]
        elif layer.macs:
            yield [kind(layer), layer.macs, layer.params]


def attention(layer):
    """Four linear layers, and the two products between the third and the last."""
    maps = [source.shape for source in layer.node.inputs]
    query, key, value = maps[0], maps[min(1, len(maps) - 1)], maps[-1]
    own = layer.node.layer
    kept, dim = own.kv_heads or own.heads, own.head_dim or query.channels // own.heads
    of_values = own.value_dim or dim
    pairs = own.heads * query.positions * (key.positions + own.past) * query.samples

    def linear(x, c_in, c_out):
        bias = c_out if own.bias else 0
        return ["linear", c_in * c_out * x.positions * x.samples, c_in * c_out + bias]

    yield linear(query, query.channels, own.heads * dim)
    yield linear(key, key.channels, kept * dim)
    yield linear(value, value.channels, kept * of_values)
    yield ["product", pairs * dim, 0]
    yield ["product", pairs * of_values, 0]
    yield linear(query, own.heads * of_values, layer.output_shape.channels)


def kind(layer):
    if layer.type in ("lstm", "gru", "rnn"):
        return "recurrent"
    if layer.kernel_size is None:
        return "product" if layer.type == "einsum" else "linear"
    if layer.type.startswith("conv_transpose"):
        return "transposed"
    if layer.groups == layer.input_shape.channels > 1:
        return "depthwise"
    return "linear" if set(layer.kernel_size) == {1} and layer.groups == 1 else "conv"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_recorded(variant):
    assert variant in RECORD, "tests/peers/record_networks.py does not know it"
    assert costcalc.load(variant).cost().variant in (variant, None)


@pytest.mark.parametrize("name", NAMES)
def test_it_costs_what_its_reference_does(name):
    entry = RECORD[name]
    found = table(name)
    assert list(found.layers[0].input_shape)[: len(entry["input"])] == entry["input"]
    assert (found.totals.macs, found.totals.params) == (entry["macs"], entry["params"])


@pytest.mark.parametrize("name", [name for name in NAMES if "layers" in RECORD.get(name, ())])
def test_layer_by_layer(name):
    entry = RECORD[name]
    found, expected = list(layers(table(name))), entry["layers"]
    if entry.get("unordered"):
        found, expected = sorted(found), sorted(expected)
    assert found == expected
    assert sum(macs for _, macs, _ in entry["layers"]) == entry["macs"]


def test_a_name_is_one_network():
    assert len(set(VARIANTS)) == len(VARIANTS)
    for path in shipped_files():
        name, first = Path(path).stem, next(iter(shipped(path).variants), None)
        assert costcalc.load(name).setting.variant == (name if name in VARIANTS else first)


def test_what_the_record_holds():
    ordered = [name for name, e in RECORD.items() if "layers" in e and not e.get("unordered")]
    assert len(set(ordered) & set(VARIANTS)) >= 15
    for name, entry in RECORD.items():
        assert name.split()[0] in VARIANTS, name
        is_live = entry["reference"].split()[0] not in ("papers", "tiny")
        assert is_live or entry["derivation"], name
