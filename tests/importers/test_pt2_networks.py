"""Exported programs as networks: operators counted by hand, and whole networks against PyTorch."""

from __future__ import annotations

import pytest
from importers.pt2_files import archive, ints, node, program, tensor, whole

import costcalc


@pytest.fixture
def costed(tmp_path):
    """Costs a program: each layer's type, output, MACs and params."""

    def cost(content, **setting):
        path = tmp_path / "net.pt2"
        path.write_bytes(archive(content))
        layers = costcalc.load(str(path)).cost(**setting).layers
        return [(one.type, tuple(one.output_shape), one.macs, one.params) for one in layers]

    return cost


def linear(name: str, reads: str, weight: str, **more):
    return node("aten.linear.default", name, input=tensor(reads), weight=tensor(weight), **more)


def test_weights_that_are_named_twice_are_shared(costed):
    content = program(
        {"x": [1, 6], "p_w": [6, 6], "p_v": [6, 6], "a": [1, 6], "b": [1, 6], "c": [1, 6]},
        [linear("a", "x", "p_w"), linear("b", "a", "p_w"), linear("c", "b", "p_v")],
        "c",
        params=["p_w", "p_v"],
    )
    assert costed(content) == [
        ("linear", (6,), 36, 36),
        ("linear", (6,), 36, 0),
        ("linear", (6,), 36, 36),
    ]


def test_attention_is_one_layer(costed):
    """Two heads of four features over nine tokens, and biases by a table of positions."""
    maps = {name: [1, 2, 9, 4] for name in ("q", "k", "v", "y")}
    tensors = {"x": [1, 9, 8], "p_table": [17, 2], "places": [81], "rows": [81, 2]}
    heads = [
        node("aten.view.default", "s", self=tensor("x"), size=ints(1, 9, 2, 4)),
        node("aten.transpose.int", "q", self=tensor("s"), dim0=whole(1), dim1=whole(2)),
    ]
    bias = [
        node(
            "aten.index.Tensor", "rows", self=tensor("p_table"),
            indices={"as_optional_tensors": [{"as_tensor": {"name": "places"}}]},
        ),
        node("aten.view.default", "square", self=tensor("rows"), size=ints(9, 9, 2)),
        node("aten.permute.default", "turned", self=tensor("square"), dims=ints(2, 0, 1)),
    ]  # fmt: skip
    attention = node(
        "aten.scaled_dot_product_attention.default", "y", query=tensor("q"), key=tensor("q"),
        value=tensor("q"), attn_mask=tensor("turned"),
    )  # fmt: skip
    content = program(
        {**tensors, **maps, "s": [1, 9, 2, 4], "square": [9, 9, 2], "turned": [2, 9, 9]},
        [*heads, *bias, attention],
        "y",
        params=["p_table"],
        buffers=["places"],
        types={"places": 5},
    )
    found = costed(content)
    assert [(type_, macs, params) for type_, _, macs, params in found if macs or params] == [
        ("dot_product_attention", 2 * 9 * 9 * 8, 34)
    ]


def test_what_no_input_changes_costs_nothing(costed):
    """An operator that nobody knows may compute a mask of sizes alone."""
    content = program(
        {"x": [1, 6], "mask": [1, 6], "y": [1, 6], "ones": [1, 6]},
        [
            node("aten.ones.default", "ones", size=ints(1, 6)),
            node("aten.never_heard_of.default", "mask", self=tensor("ones")),
            node("aten.mul.Tensor", "y", self=tensor("x"), other=tensor("mask")),
        ],
        "y",
    )
    assert [type_ for type_, *_ in costed(content) if type_ != "constant"] == ["multiply"]


def test_an_operator_without_a_layer(costed):
    content = program(
        {"x": [1, 6], "y": [1, 6]},
        [node("aten.never_heard_of.default", "y", "net Mine", self=tensor("x"))],
        "y",
    )
    with pytest.raises(costcalc.CostcalcError, match=r"no layer is known for the op aten\.never"):
        costed(content)


def test_a_recurrent_layer_of_two_and_both_ways(costed):
    shapes = {"p_i": [20, 6], "p_h": [20, 5], "p_bi": [20], "p_bh": [20]}
    params = {"as_tensors": [{"name": name} for name in shapes]}
    content = program(
        {"x": [1, 7, 6], **shapes, "y": [1, 7, 10]},
        [
            node(
                "aten.lstm.input", "y", "rnn LSTM", [tensor("y")], input=tensor("x"),
                hx={"as_tensors": []}, params=params, has_biases={"as_bool": True},
                num_layers=whole(2), bidirectional={"as_bool": True},
                batch_first={"as_bool": True},
            )
        ],
        "y",
        params=[*shapes],
    )  # fmt: skip
    (row,) = [one for one in costed(content) if one[0] == "lstm"]
    weights = 2 * 20 * (6 + 5) + 2 * 20 * (10 + 5)
    assert row == ("lstm", (10, 7), 7 * weights, weights + 2 * 2 * 40)


@pytest.mark.parametrize("kind", ["adaptive_avg_pool2d", "upsample_nearest2d"])
def test_sizes_that_are_open_are_asked_for(costed, kind):
    content = program(
        {"x": ["s0", 3, "s1", 8], "y": ["s0", 3, 4, 4]},
        [node(f"aten.{kind}.default", "y", self=tensor("x"), output_size=ints(4, 4))],
        "y",
    )
    with pytest.raises(costcalc.CostcalcError, match="its sides s1 are open"):
        costed(content)


WHOLE = {
    "torchvision": ("mobilenet_v2", "shufflenet_v2_x0_5", "densenet121", "maxvit_t", "swin_t"),
    "timm": ("convnextv2_atto", "edgenext_xx_small", "levit_128s", "mobilevit_s", "tinynet_e"),
}


@pytest.mark.peers
@pytest.mark.parametrize(("library", "name"), [(k, one) for k, v in WHOLE.items() for one in v])
def test_whole_networks_cost_what_pytorch_counts(library, name):
    """MACs as torch.utils.flop_counter counts them, all numbers that are trained once."""
    torch = pytest.importorskip("torch")
    made = pytest.importorskip(library)
    from torch.utils.flop_counter import FlopCounterMode

    side = 256 if name in ("mobilevit_s", "edgenext_xx_small") else 224
    with torch.device("meta"):
        net = made.create_model(name) if library == "timm" else getattr(made.models, name)()
    totals = costcalc.from_torch(net, (1, 3, side, side)).cost().totals
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.zeros(1, 3, side, side, device="meta"))
    assert totals.params == sum(one.numel() for one in net.parameters())
    assert 2 * totals.macs == counter.get_total_flops()
