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
    knobs = {key: entry[key] for key in ("alpha", "resolution", "classes") if key in entry}
    return costcalc.load(path, entry.get("variant")).cost(**knobs)


@pytest.mark.parametrize("name", CONVENTIONS["networks"])
def test_macs_and_params_are_the_live_models(name):
    entry = CONVENTIONS["networks"][name]
    totals = table(entry).totals
    assert (totals.macs, totals.params) == (entry["macs"], entry["params"])
    unseen = {"multi_head_attention", "dot_product_attention", "lstm"}
    if not unseen & {layer.type for layer in table(entry).layers}:
        assert entry["tools"]["torch-flop-counter"]["total"] == totals.flops


UNLIKE = {
    # Sizes that do not divide are exported as gathers and masks, which no layer's rule can know.
    ("adaptive_avg_pool_uneven", "onnx-tool"),
    ("adaptive_avg_pool_inexact", "onnx-tool"),
    ("adaptive_avg_pool_to_larger", "onnx-tool"),
    # The older exporter writes arithmetic on sizes into the file: 91 operations.
    ("shufflenet_v2", "onnx-tool-torchscript"),
    ("torchvision_shufflenet_v2_x1_0", "onnx-tool-torchscript"),
    # torchvision's ViT works out sizes from its input's shape, and repeats its class token.
    ("torchvision_vit_tiny_patch16", "onnx-tool-torchscript"),
    ("torchvision_vit_base_patch16", "onnx-tool-torchscript"),
    ("torchvision_vit_tiny_patch16", "torchprofile"),
    ("torchvision_vit_base_patch16", "torchprofile"),
    # timm computes sizes of its input's shape, too.
    ("timm_vit_tiny_patch16", "onnx-tool-torchscript"),
    # ptflops counts timm's Attention by a hook of its own, and then no layer in it.
    ("timm_vit_tiny_patch16", "ptflops-pytorch"),
    # The model repeats heads of keys and values, and the file keeps equal masks once.
    ("language_model", "onnx-tool"),
    # PyTorch cuts one matrix into those of queries and of keys and values, or keeps all apart.
    ("attention_cross", "onnx-tool"),
    ("attention_cross", "torchprofile"),
    ("attention_cross_widths", "onnx-tool-torchscript"),
    # ptflops takes the widths of keys and values for those of their projections.
    ("attention_cross_widths", "ptflops-pytorch"),
    # The exporter unrolls a plain recurrent layer, the first step otherwise than the others.
    ("rnn", "onnx-tool"),
    ("rnn_deep", "onnx-tool"),
    # Neither knows that a state may be projected.
    ("lstm_projected", "thop"),
    ("lstm_projected", "torchprofile"),
    # Linear upsampling of a sequence is exported as gathers, whose indices are counted as params.
    ("upsample1d_linear", "onnx-tool"),
    # One constant of two axes is a param of a module; the mean over one axis has one.
    ("global_avg_pool1d mean", "onnx-tool"),
}
"""What is not reproduced: how a model is written, not its layers, decides what these tools see."""

REFUSED = {
    ("gates", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_uneven", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_inexact", "onnx-tool-torchscript"),
    ("adaptive_avg_pool_to_larger", "onnx-tool-torchscript"),
    ("channel_shuffle", "onnx-tool-torchscript"),
    # Root mean square norms are operators that it does not know.
    ("rms_norm", "onnx-tool-torchscript"),
    ("rms_norm_map", "onnx-tool-torchscript"),
    ("language_model", "onnx-tool-torchscript"),
    # onnx-tool fails at an einsum of one map, torchprofile at fewer heads of keys than of queries.
    ("einsum_sum", "onnx-tool"),
    ("einsum_sum", "onnx-tool-torchscript"),
    ("dot_product_kv_heads", "torchprofile"),
    # No exporter knows projections of a state; onnx-tool fails at GRU as the newer one writes it,
    # and at RNN as the older one does.
    ("lstm_projected", "onnx-tool"),
    ("lstm_projected", "onnx-tool-torchscript"),
    ("gru", "onnx-tool"),
    ("gru_bidirectional", "onnx-tool"),
    ("gru_no_bias", "onnx-tool"),
    ("rnn", "onnx-tool-torchscript"),
    ("rnn_deep", "onnx-tool-torchscript"),
}
"""What the older exporter cannot export, or the tool not count."""


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


TORCHVISION = {  # what its models are without the functions and methods that tools do not see
    "mobilenet_v2": {"ptflops-pytorch": 320300008, "thop": 327486720},
    "shufflenet_v2_x1_0": {
        "fvcore": 148808392,
        "ptflops-pytorch": 152387568,
        "thop": 152708792,
    },
    "densenet121": {"ptflops-pytorch": 2899843048, "thop": 2897007104},
    "convnext_tiny": {"ptflops-pytorch": 4488347368, "thop": 4464149760},
}


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision_calls_functions_where_the_shipped_networks_say_so(name):
    for tool, total in TORCHVISION[name].items():
        totals = costcalc.load(name, convention=tool).cost().totals
        assert totals.total == total
        assert CONVENTIONS["networks"][f"torchvision_{name}"]["tools"][tool]["total"] == total


def test_how_a_layer_is_called_changes_nothing_of_our_own(tmp_path):
    """Neither costs nor shapes: only conventions of other tools see it."""
    path = tmp_path / "net.yaml"
    found = []
    for call in ("module", "function", "method"):
        layers = [
            f"{name}: {{call: {call}}}"
            for name in ("relu", "batch_norm", "global_avg_pool", "flatten")
        ]
        conv = f"conv2d: {{out_channels: 4, kernel_size: 3, call: {call}}}"
        path.write_text(f"input: [3, 8, 8]\nlayers: [{', '.join([conv, *layers])}]\n")
        table = costcalc.load(str(path)).cost()
        found.append([(x.output_shape, x.macs, x.params, x.other_ops) for x in table.layers])
    assert found[0] == found[1] == found[2]


CALLED = {"functional": "function", "mean": "method", "tensor": "method"}
"""What the forms of an operation's model, written without its module, are in the network."""


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (name, form)
        for name, forms in CONVENTIONS["forms"].items()
        for form in forms
        if form in CALLED
    ],
)
def test_a_function_and_a_method_count_as_the_tools_see_them(name, form, tmp_path):
    entry = CONVENTIONS["networks"][name]
    text = (TESTS / "peers" / entry["net"]).read_text(encoding="utf-8")
    types = {layer.type for layer in table(entry).layers}
    (type_,) = (name for name in types if not name.startswith(("pointwise_conv", "linear")))
    path = tmp_path / "net.yaml"
    path.write_text(f"{text}\ndefaults: {{{type_}: {{call: {CALLED[form]}}}}}\n")
    network = costcalc.load(str(path)).cost().network
    for tool, printed in CONVENTIONS["forms"][name][form].items():
        counting = Counting(network, load_convention(tool))
        if "error" not in printed and (f"{name} {form}", tool) not in UNLIKE:
            assert (tool, counting.total()) == (tool, printed["total"])
            assert (tool, counting.params()) == (tool, printed.get("params", counting.params()))


KERAS_BIASES = {"lstm": 4 * 5, "rnn": 5}
"""What PyTorch has twice and Keras once: a bias for each gate and feature of the state."""


@pytest.mark.parametrize("name", CONVENTIONS["keras"])
def test_keras_counts_the_moving_statistics_too(name):
    entry = CONVENTIONS["keras"][name]
    cost = table(entry)
    channels = [x.output_shape.channels for x in cost.layers if x.type == "batch_norm"]
    assert entry["params"] == cost.totals.params + 2 * sum(channels) - KERAS_BIASES.get(name, 0)
    assert entry["params"] == Counting(cost.network, load_convention("keras")).params()


def test_every_form_is_of_a_network_that_is_recorded():
    assert set(CONVENTIONS["forms"]) <= set(CONVENTIONS["networks"])
