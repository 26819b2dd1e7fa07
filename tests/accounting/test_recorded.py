"""The networks that other counters were run on cost what their live models had.

tests/peers/record_conventions.py writes the figures; it needs PyTorch and the counters, this not.
"""

import json

import pytest
from support.paths import RECORDED, TESTS

import costcalc
from costcalc.accounting.convention import load_convention
from costcalc.costs.convention_counts import Counting

CONVENTIONS = json.loads((RECORDED / "conventions.json").read_text(encoding="utf-8"))


def table(entry):
    """The network of an entry, at its setting."""
    net = entry["net"]
    path = str(TESTS / "peers" / net) if net.endswith(".yaml") else net
    knobs = {key: entry[key] for key in ("alpha", "resolution") if key in entry}
    return costcalc.load(path, entry.get("variant")).cost(**knobs)


@pytest.mark.parametrize("name", CONVENTIONS["networks"])
def test_macs_and_params_are_the_live_models(name):
    entry = CONVENTIONS["networks"][name]
    totals = table(entry).totals
    assert (totals.macs, totals.params) == (entry["macs"], entry["params"])
    if "multi_head_attention" not in {layer.type for layer in table(entry).layers}:
        assert entry["tools"]["torch-flop-counter"]["total"] == totals.flops


UNLIKE = {
    # Sizes that do not divide are exported as gathers and masks, which no layer's rule can know.
    ("adaptive_avg_pool_uneven", "onnx-tool"),
    ("adaptive_avg_pool_inexact", "onnx-tool"),
    ("adaptive_avg_pool_to_larger", "onnx-tool"),
    # The older exporter writes arithmetic on sizes into the file: 91 operations.
    ("shufflenet_v2", "onnx-tool-torchscript"),
    # torchvision's ViT works out sizes from its input's shape, and repeats its class token.
    ("torchvision_vit_tiny_patch16", "onnx-tool-torchscript"),
    ("torchvision_vit_base_patch16", "onnx-tool-torchscript"),
    ("torchvision_vit_tiny_patch16", "torchprofile"),
    ("torchvision_vit_base_patch16", "torchprofile"),
    # Its layer norms of maps are a class of its own, which these two do not know.
    ("torchvision_convnext_tiny", "ptflops-pytorch"),
    ("torchvision_convnext_tiny", "thop"),
}
"""What is not reproduced: how a model is written, not its layers, decides what these tools see."""

REFUSED = {
    ("gates", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_uneven", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_inexact", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_to_larger", "onnx-tool-torchscript"),
    ("channel_shuffle", "onnx-tool-torchscript"),
}
"""What the older exporter cannot export."""


@pytest.mark.parametrize("name", CONVENTIONS["networks"])
def test_what_each_tool_printed_to_the_last_unit(name):
    entry = CONVENTIONS["networks"][name]
    network = table(entry).network
    assert len(entry["tools"]) == 10
    for tool, printed in entry["tools"].items():
        if (name, tool) in REFUSED:
            assert "error" in printed
            continue
        counting = Counting(network, load_convention(tool))
        same = counting.total() == printed["total"]
        same = same and counting.params() == printed.get("params", counting.params())
        assert same != ((name, tool) in UNLIKE), (tool, counting.total(), printed)


def test_keras_counts_the_moving_statistics_too():
    for entry in CONVENTIONS["keras"].values():
        cost = table(entry)
        channels = [x.output_shape.channels for x in cost.layers if x.type == "batch_norm"]
        assert entry["params"] == cost.totals.params + 2 * sum(channels)
        assert entry["params"] == Counting(cost.network, load_convention("keras")).params()


def test_every_form_is_of_a_network_that_is_recorded():
    assert set(CONVENTIONS["forms"]) <= set(CONVENTIONS["networks"])
