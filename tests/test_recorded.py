"""The networks that other counters were run on cost what their live models had.

tests/peers/record_conventions.py writes the figures; it needs PyTorch and the counters, this not.
"""

import json
from pathlib import Path

import pytest

import costcalc

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "reference" / "conventions.json").read_text(encoding="utf-8"))


def table(entry):
    """The network of an entry, at its setting."""
    net = entry["net"]
    path = str(HERE / "peers" / net) if net.endswith(".yaml") else net
    knobs = {key: entry[key] for key in ("alpha", "resolution") if key in entry}
    return costcalc.load(path, entry.get("variant")).cost(**knobs)


@pytest.mark.parametrize("name", RECORDED["networks"])
def test_macs_and_params_are_the_live_models(name):
    entry = RECORDED["networks"][name]
    totals = table(entry).totals
    assert (totals.macs, totals.params) == (entry["macs"], entry["params"])
    if "multi_head_attention" not in {layer.type for layer in table(entry).layers}:
        assert entry["tools"]["torch-flop-counter"]["total"] == totals.flops


def test_keras_counts_the_moving_statistics_too():
    for entry in RECORDED["keras"].values():
        cost = table(entry)
        channels = [x.output_shape.channels for x in cost.layers if x.type == "batch_norm"]
        assert entry["params"] == cost.totals.params + 2 * sum(channels)


def test_every_form_is_of_a_network_that_is_recorded():
    assert set(RECORDED["forms"]) <= set(RECORDED["networks"])
