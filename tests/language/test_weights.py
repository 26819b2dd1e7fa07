"""Rules 40, 42 and 43: whose weights a layer has, mixtures of experts, copies side by side.

Each network is counted by hand.
"""

import json
from fractions import Fraction

import pytest
from support.formula_readers import run_source

import costcalc
from costcalc.accounting.convention import Accounting, load_convention
from costcalc.cli import run
from costcalc.costs.table import Analysis
from costcalc.costs.totals import metrics_of
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile


def net(*items, input="[4, 8, 8]", **top):
    lines = [f"input: {input}", *(f"{key}: {value}" for key, value in top.items()), "layers:"]
    return "\n".join([*lines, *(f"  - {item}" for item in items), ""])


def analyzed(text, **knobs):
    """A network, whose rows must add up to its totals at every depth."""
    found = Analysis(build(NetworkFile(text, "net.yaml"), Setting(None, **knobs)))
    for metric in metrics_of(found.network, layers=True):
        assert sum(layer.cost[metric] for layer in found.layers) == found.totals[metric], metric
        tops = [row for row in found.rows(1) if row.level == 0]
        assert sum(row.cost[metric] for row in tops) == found.totals[metric], metric
    assert 0 <= found.totals.active_params <= found.totals.params
    return found


def counts(text, *metrics, **knobs):
    totals = analyzed(text, **knobs).totals
    return tuple(totals[metric] for metric in metrics or ("macs", "params"))


def params(text, **knobs):
    return [layer.params for layer in analyzed(text, **knobs).layers]


def faults(text, **knobs):
    with pytest.raises(CostcalcError) as caught:
        build(NetworkFile(text, "net.yaml"), Setting(None, **knobs))
    return [
        f"{fault.position.line}:{fault.position.column} {fault.message} ({fault.hint})"
        for fault in caught.value.problems
    ]


def fault(text, **knobs):
    (only,) = faults(text, **knobs)
    return only


CONV = "conv2d: {out_channels: 4, kernel_size: 3"
ONE = 4 * 4 * 9 + 4


class TestWeights:
    def test_of_another_item_count_once_and_its_macs_in_full(self):
        text = net(f"{CONV}, name: a}}", f"{CONV}, weights: a}}", f"{CONV}, weights: a}}")
        assert counts(text) == (3 * 4 * 4 * 9 * 64, ONE)
        assert params(text) == [ONE, 0, 0]
        assert counts(text, "weights_int8", "weights_float16", "weights_float32") == (
            *(ONE, 2 * ONE, 4 * ONE),
        )

    def test_of_one_that_takes_those_of_another(self):
        text = net(f"{CONV}, name: a}}", f"{CONV}, name: b, weights: a}}", f"{CONV}, weights: b}}")
        assert params(text) == [ONE, 0, 0]

    def test_go_with_another_stride_padding_and_dilation(self):
        text = net(
            f"{CONV}, name: a}}", f"{CONV}, weights: a, stride: 2, dilation: 2, padding: 1}}"
        )
        assert params(text) == [ONE, 0]

    def test_of_a_block_pair_its_layers_with_weights_in_order(self):
        unit = "conv_bn_act: {out_channels: 4, kernel_size: 3"
        text = net(f"{unit}, name: a}}", f"{unit}, activation: silu, weights: a}}")
        assert params(text) == [144, 8, 0, 0, 0, 0]

    def test_of_an_item_outside_of_a_structure_or_in_a_branch_before(self):
        text = net(
            f"{CONV}, name: a}}",
            f"sequence: {{repeat: 3, layers: [{CONV}, weights: a}}]}}",
            f"add: [[{CONV}, name: b}}], [{CONV}, weights: b}}]]",
        )
        assert params(text) == [ONE, 0, 0, 0, ONE, 0, 0]

    def test_of_the_block_that_is_being_built_and_not_of_one_before(self):
        pair = f"blocks: {{pair: {{layers: [{CONV}, name: a}}, {CONV}, weights: a}}]}}}}\n"
        assert params(pair + net("pair", "pair")) == [ONE, 0, ONE, 0]

    def test_of_a_block_in_itself_are_told_apart(self):
        layers = f"[{CONV}, name: a}}, $inner, {CONV}, weights: a}}]"
        twin = f"{{params: {{inner: none}}, layers: {layers}}}"
        found = analyzed(net("twin: {inner: twin}", blocks=f"{{twin: {twin}}}")).layers
        assert [layer.weights_of for layer in found] == [None, None, "twin.twin.a", "twin.a"]

    def test_of_a_repeat_may_be_taken_by_all_copies_or_by_each(self):
        three = f"{CONV}, repeat: 3"
        assert params(net(f"{three}, name: a}}", f"{three}, weights: a}}")) == [ONE] * 3 + [0] * 3
        assert params(net(f"{CONV}, name: a}}", f"{three}, weights: a}}")) == [ONE, 0, 0, 0]
        shared = net(f"{three}, name: a, weights: shared}}", f"{CONV}, weights: a}}")
        assert params(shared) == [ONE, 0, 0, 0]

    def test_are_shared_by_copies_where_that_is_said(self):
        assert counts(net("linear: {out_features: 8, repeat: 100}", input="[8]")) == (6400, 7200)
        shared = net("linear: {out_features: 8, repeat: 100, weights: shared}", input="[8]")
        assert counts(shared) == (6400, 72)

    def test_are_shared_anew_by_each_copy_of_what_is_around(self):
        inner = f"{CONV}, repeat: 3, weights: shared}}"
        text = net(f"sequence: {{repeat: 2, layers: [{inner}]}}")
        assert params(text) == [ONE, 0, 0, ONE, 0, 0]

    def test_of_a_table_serve_a_linear_layer_with_its_own_bias(self):
        table = "embedding: {name: t, num_embeddings: 100, embedding_dim: 8}"
        plain = net(table, "linear: {out_features: 100, bias: false, weights: t}", input="[1, 6]")
        assert counts(plain) == (6 * 8 * 100, 800)
        biased = net(table, "linear: {out_features: 100, weights: t, name: h}", input="[1, 6]")
        assert counts(biased) == (6 * 8 * 100, 900)
        assert params(biased) == [800, 100]
        other = net(table, "linear: {out_features: 99, weights: t}", input="[1, 6]")
        assert "linear of 8 to 99 channels (891 params), and there embedding of 100" in fault(other)

    def test_of_an_item_that_is_skipped_are_an_error_unless_both_are(self):
        text = net(
            f"{CONV}, name: a, when: on}}",
            f"{CONV}, weights: a, when: both}}",
            params="{on: true, both: true}",
        )
        assert params(text) == [ONE, 0]
        assert params(text, params={"on": "false", "both": "false"}) == []
        assert fault(text, params={"on": "false"}).startswith(
            "5:56 there are no weights of 'a' at this setting (it is switched off"
        )

    def test_of_branches_differ_from_one_another_at_some_settings_only(self, tmp_path):
        path = tmp_path / "net.yaml"
        path.write_text(
            net(
                "conv2d: {name: a, out_channels: in_channels, kernel_size: 1}",
                "conv2d: {out_channels: 6, kernel_size: 1, when: alpha > 1}",
                "conv2d: {out_channels: in_channels, kernel_size: 1, weights: a}",
            )
        )
        model = costcalc.load(str(path))
        assert model.sweep(alpha=["1/2", "1"], metrics=["params"]).params.tolist() == [20, 20]
        with pytest.raises(CostcalcError, match="conv2d of 9 to 9 channels"):
            model.sweep(alpha=["1/2", "2", "3/2"][::2])

    @pytest.mark.parametrize(
        ("items", "message"),
        [
            ([f"{CONV}, weights: b}}", f"{CONV}, name: b}}"],
             "3:56 no item is named 'b' here (line 4 gives the name, and an item takes weights of "
             "one before it)"),
            ([f"{CONV}, name: first}}", f"{CONV}, weights: frist}}"],
             "4:56 no item is named 'frist' here (did you mean 'first'?)"),
            ([f"{CONV}, weights: input}}"],
             "3:56 'input' is a map, which has no weights (name the layer or block)"),
            ([f"{CONV}, weights: shared}}"],
             "3:56 weights: shared is said of copies, and this item has none (repeat makes copies "
             "one after the other, each makes them side by side; weights: NAME takes those of "
             "another item)"),
            ([f"{CONV}, weights: [a]}}"],
             "3:56 weights must be the name of an item, or shared (None)"),
            (["relu: {name: a}", f"{CONV}, weights: a}}"],
             "4:56 there are no weights of 'a' at this setting (it is switched off, or its layers "
             "have no weights, as activations have none)"),
        ],
    )  # fmt: skip
    def test_that_there_are_not_are_an_error_at_the_name(self, items, message):
        assert fault(net(*items)) == message

    def test_of_other_shapes_are_an_error_that_shows_both(self):
        two = "sequence: {name: a, layers: [conv2d: {out_channels: 4, kernel_size: 1}, batch_norm]}"
        one = "conv2d: {out_channels: 4, kernel_size: 3, weights: a}"
        assert fault(net(two, one)) == (
            "4:56 layer 1 of those with weights is not as in 'a': conv2d of 4 to 4 channels, "
            "kernel 3×3 (148 params), and there conv2d of 4 to 4 channels, kernel 1×1 (20 params) "
            "(weights are shared by layers of one type with weights of the same shapes; stride, "
            "padding and dilation may differ)"
        )
        one = one.replace("3,", "1,")
        assert fault(net(two, one)) == (
            "4:56 1 layer with weights here, and 2 in 'a': only in 'a' is a batch_norm of 4 to 4 "
            "channels (8 params) (the two must have the same layers with weights, in the same "
            "order)"
        )

    def test_of_copies_that_change_the_map_cannot_be_shared(self):
        text = net("conv2d: {out_channels: in_channels * 2, kernel_size: 1, repeat: 2, "
                   "weights: shared}")  # fmt: skip
        assert "is not as in the first copy: conv2d of 8 to 16" in fault(text)

    def test_are_folded_with_norms_that_are_shared_too_and_not_with_others(self):
        unit = "conv_bn: {out_channels: 4, kernel_size: 3"
        shared = net(f"{unit}, name: a}}", f"{unit}, weights: a}}")
        folded = Accounting(fold_batch_norm=True)
        knobs = {"accounting": folded}
        assert params(shared, **knobs) == [144 + 4, 0]
        own = net(
            "conv2d: {out_channels: 4, kernel_size: 3, bias: false, name: a}", "batch_norm",
            "conv2d: {out_channels: 4, kernel_size: 3, bias: false, weights: a}", "batch_norm",
        )  # fmt: skip
        assert params(own, **knobs) == [144, 8, 0, 8]

    def test_of_a_norm_that_is_folded_stay_with_one_that_is_not(self):
        text = net(
            f"{CONV}}}", "batch_norm: {name: n}", "batch_norm: {weights: n}",
            "relu", "batch_norm: {weights: n}",
        )  # fmt: skip
        folded = Accounting(fold_batch_norm=True)
        assert params(text, accounting=folded) == [ONE, 0, 8]

    def test_of_separable_convolutions_count_once_in_both_forms(self):
        unit = "depthwise_separable: {out_channels: 4"
        once = analyzed(net(f"{unit}}}")).totals
        twice = analyzed(net(f"{unit}, name: a}}", f"{unit}, weights: a}}")).totals
        assert twice.standard_macs == 2 * once.standard_macs
        for name in ("params", "standard_params", "separable_params"):
            assert twice[name] == once[name]
        frozen = analyzed(net(f"{unit}, trainable: false}}")).totals
        assert (frozen.standard_params, frozen.separable_params) == (0, 0)

    def test_are_named_in_json_and_in_a_diff(self, tmp_path, capsys):
        own, shared = tmp_path / "own.yaml", tmp_path / "shared.yaml"
        own.write_text(net(f"{CONV}, name: a}}", f"{CONV}, name: b}}"))
        shared.write_text(net(f"{CONV}, name: a}}", f"{CONV}, name: b, weights: a}}"))
        assert run(["analyze", str(shared), "--format", "json"]) == 0
        layers = json.loads(capsys.readouterr().out)["networks"][0]["layers"]
        assert [layer["weights_of"] for layer in layers] == [None, "a"]
        (change,) = costcalc.diff(str(own), str(shared))[0].difference.changes
        assert change.fields == {"weights": (None, "a")}
        assert (change.cause, change.delta["params"], change.delta["macs"]) == ("edited", -ONE, 0)


class TestOverAGrid:
    """Copies that are alike are built once there; those that share weights one by one."""

    @staticmethod
    def swept(tmp_path, text, *metrics, alpha=None, **axes):
        path = tmp_path / "net.yaml"
        path.write_text(text)
        found = costcalc.load(str(path)).sweep(axes, alpha=alpha, metrics=list(metrics))
        return [getattr(found, metric).tolist() for metric in metrics]

    def test_copies_share_the_weights_of_the_first(self, tmp_path):
        unit = "conv2d: {out_channels: 4, kernel_size: 1, bias: false"
        text = net(f"{unit}}}", f"{unit}, repeat: n, weights: shared}}", params="{n: 5}")
        assert self.swept(tmp_path, text, "params", "macs", alpha=["1/2", "1"], n=[3, 5]) == [
            [[8 + 4] * 2, [16 + 16] * 2],
            [[64 * (8 + 4 * n) for n in (3, 5)], [64 * (16 + 16 * n) for n in (3, 5)]],
        ]

    def test_a_fixed_number_of_copies_does_too(self, tmp_path):
        unit = "conv2d: {out_channels: 4, kernel_size: 1, bias: false"
        text = net(f"{unit}}}", f"{unit}, repeat: 3, weights: shared}}")
        assert self.swept(tmp_path, text, "params", alpha=["1/2", "1"]) == [[8 + 4, 16 + 16]]

    def test_copies_that_are_unlike_in_one_of_two_are_paired(self, tmp_path):
        three = "conv2d: {out_channels: in_channels, kernel_size: 1, bias: false, repeat: 3"
        stem = "conv2d: {out_channels: 4, kernel_size: 1, bias: false}"
        first = f"{three}, first: {{stride: 2}}, name: a}}"
        text = net(stem, first, f"{three}, weights: a}}")
        assert self.swept(tmp_path, text, "params", alpha=["1/2", "1"]) == [
            [8 + 3 * 4, 16 + 3 * 16]
        ]

    def test_a_condition_of_one_of_two_decides_at_each_setting(self, tmp_path):
        conv = "conv2d: {out_channels: in_channels, kernel_size: 1, bias: false"
        first = f"sequence: {{name: a, layers: [{conv}}}, {conv}, when: n > 1}}]}}"
        second = f"sequence: {{weights: a, layers: [{conv}}}, {conv}}}]}}"
        text = net(first, second, params="{n: 2}")
        assert self.swept(tmp_path, text, "params", n=[2, 3]) == [[32, 32]]
        with pytest.raises(CostcalcError, match="2 layers with weights here, and 1 in 'a'"):
            self.swept(tmp_path, text, "params", n=[3, 2, 1])

    def test_copies_that_see_their_number_are_unlike(self, tmp_path):
        conv = "conv2d: {out_channels: in_channels, kernel_size: 1 + 2 * index, bias: false"
        for repeat, fewer in (("3", 35), ("round(3 * alpha)", 10)):
            text = net(f"{conv}, repeat: {repeat}}}")
            found = self.swept(tmp_path, text, "params", alpha=["1", "2/3"])
            assert found == [[16 * 35, 16 * fewer]]

    def test_in_an_exact_formula_and_a_search(self, tmp_path):
        path = tmp_path / "net.yaml"
        conv = "conv2d: {out_channels: 4, kernel_size: 1, bias: false"
        path.write_text(net(f"{conv}}}", f"{conv}, name: a}}", f"{conv}, weights: a}}"))
        model = costcalc.load(str(path))
        both = run_source("".join(model.formula(exact=True).python()))
        assert [both(alpha, 1)[1] for alpha in (1, 2)] == [32, 32 + 64]
        (solution,) = model.solve({"params": 32}).solutions
        assert (solution.knobs["alpha"], solution.counts["params"]) == (1, 32)


def test_a_convention_counts_weights_that_are_shared_once():
    table = "embedding: {name: t, num_embeddings: 100, embedding_dim: 8}"
    tied = net(table, "linear: {out_features: 100, weights: t}", input="[1, 6]")
    twice = net(f"{CONV}, name: a}}", f"{CONV}, weights: a}}")
    frozen = net(f"{CONV}, trainable: false}}")
    for text, expected in ((tied, 900), (twice, ONE), (frozen, ONE), (MIXTURE, 1049600)):
        accounting = Accounting(load_convention("thop"))
        assert counts(text, "convention_params", accounting=accounting) == (expected,)


class TestTrainable:
    def test_false_freezes_a_layer_or_all_in_a_structure(self):
        inside = f"sequence: {{trainable: false, layers: [{CONV}}}]}}"
        text = net(f"{CONV}, trainable: false}}", inside, f"{CONV}}}")
        assert counts(text, "params", "frozen_params", "active_params", "weights_int8") == (
            *(ONE, 2 * ONE, ONE, 3 * ONE),
        )

    def test_of_the_innermost_item_counts(self):
        text = net(f"sequence: {{trainable: false, layers: [{CONV}, trainable: true}}, {CONV}}}]}}")
        assert counts(text, "params", "frozen_params") == (ONE, ONE)

    def test_may_be_an_expression_over_params(self):
        text = net(f"{CONV}, trainable: not frozen}}", params="{frozen: true}")
        assert counts(text, "params", "frozen_params") == (0, ONE)
        assert counts(text, "params", "frozen_params", params={"frozen": "false"}) == (ONE, 0)
        assert fault(net(f"{CONV}, trainable: 3}}")).startswith(
            "3:58 trainable must be true or false, not 3"
        )

    def test_may_depend_on_alpha(self, tmp_path):
        path = tmp_path / "net.yaml"
        path.write_text(net("conv2d: {out_channels: 4, kernel_size: 1, trainable: alpha > 1}"))
        found = costcalc.load(str(path)).sweep(
            alpha=["1/2", "1", "2"], metrics=["params", "frozen_params", "weights_int8"]
        )
        assert found.params.tolist() == [0, 0, 40]
        assert found.frozen_params.tolist() == [10, 20, 0]
        assert found.weights_int8.tolist() == [10, 20, 40]

    def test_is_said_by_whose_the_weights_are(self):
        text = net(f"{CONV}, name: a, trainable: false}}", f"{CONV}, weights: a}}")
        assert counts(text, "params", "frozen_params") == (0, ONE)


class TestEach:
    def test_builds_items_for_every_map(self):
        text = net("each: [conv2d: {out_channels: in_channels * 2, kernel_size: 1, bias: false}]",
                   "concat", input="{a: [1, 4, 4], b: [3, 4, 4]}")  # fmt: skip
        assert counts(text) == ((2 + 18) * 16, 2 + 18)
        assert analyzed(text).layers[-1].output_shape.channels == 8

    def test_shares_weights_where_that_is_said(self):
        items = "each: {weights: shared, layers: [conv2d: {out_channels: 2, kernel_size: 1}, relu]}"
        text = net(items, "add", input="{a: [3, 4, 4], b: [3, 4, 4]}")
        assert counts(text) == (2 * 6 * 16, 8)
        assert [layer.name for layer in analyzed(text).layers][:2] == [
            "each.copy_1.conv2d",
            "each.copy_1.relu",
        ]

    def test_gives_its_maps_names_and_its_copies_too(self):
        items = "[relu, conv2d: {out_channels: 2, kernel_size: 1}]"
        text = net(f"each: {{name: [x, y], layers: {items}}}",
                   "slice: {from: y, stop: 1}", input="{a: [3, 4, 4], b: [5, 4, 4]}")  # fmt: skip
        names = [layer.name for layer in analyzed(text).layers]
        assert names == ["each.x.relu", "each.x.conv2d", "each.y.relu", "each.y.conv2d", "slice"]

    def test_makes_copies_of_one_map_that_know_their_number(self):
        text = net("each: {copies: n, layers: [linear: index + 1]}", "concat", "linear: 2",
                   input="[4]", params="{n: 3}")  # fmt: skip
        assert counts(text) == (4 * (1 + 2 + 3) + 6 * 2, 5 * 6 + 7 * 2)
        assert counts(text, params={"n": "2"}) == (4 * 3 + 3 * 2, 5 * 3 + 4 * 2)

    def test_has_its_own_input(self):
        conv = "conv2d: {from: input, out_channels: 1, kernel_size: 1, bias: false}"
        text = net(f"each: [relu, {conv}]", "add", input="{a: [3, 2, 2], b: [5, 2, 2]}")
        assert counts(text) == (8 * 4, 8)

    def test_with_a_count_takes_one_map_and_makes_one_at_least(self):
        assert fault(net("each: {copies: 2, layers: [relu]}", input="{a: [3, 2], b: [5, 2]}")) == (
            "3:5 each with copies takes 1 map, and gets 2 (name the item whose map it reads, such "
            "as from: stem, or make one map of them with add, multiply or concat)"
        )
        assert fault(net("each: {copies: 0, layers: [relu]}")).startswith(
            "3:20 copies must be a whole number from 1 to 50,000, not 0"
        )
        assert fault(net("each: {layers: [relu], times: 3}")).startswith(
            "3:28 unknown key 'times' in each"
        )


class TestIndex:
    def test_tells_copies_of_a_repeat_apart(self):
        text = net("linear: {out_features: 2 + index, repeat: 3, bias: false}", input="[1]")
        assert counts(text) == (2 + 2 * 3 + 3 * 4,) * 2

    def test_is_that_of_the_innermost_copies(self):
        inner = "linear: {out_features: index + 1, repeat: 2, bias: false}"
        text = net(f"sequence: {{repeat: 2, layers: [{inner}, linear: index + 5]}}", input="[1]")
        assert [layer.output_shape.channels for layer in analyzed(text).layers] == [
            1,
            2,
            5,
            1,
            2,
            6,
        ]

    def test_is_not_seen_by_the_items_own_when_and_repeat_but_within_by_all(self):
        assert fault(net("linear: {out_features: 2, repeat: index}", input="[1]")) == (
            "3:39 unknown name 'index' (the number of a copy: what stands inside of repeat or each "
            "sees it)"
        )
        text = net("sequence: {repeat: 3, layers: [linear: {out_features: 2, when: index == 1}]}",
                   input="[1]")  # fmt: skip
        assert counts(text) == (2, 4)

    def test_is_seen_by_a_block_only_if_handed_on(self):
        block = "{params: {i}, layers: [linear: i + 1]}"
        text = net("b: {i: index, repeat: 2}", input="[1]", blocks=f"{{b: {block}}}")
        assert [layer.output_shape.channels for layer in analyzed(text).layers] == [1, 2]
        hidden = "{layers: [linear: index + 1]}"
        text = net("b: {repeat: 2}", input="[1]", blocks=f"{{b: {hidden}}}")
        assert "unknown name 'index'" in fault(text)

    def test_is_hidden_by_a_param(self):
        text = net("linear: {out_features: index, repeat: 2}", input="[1]", params="{index: 7}")
        assert [layer.output_shape.channels for layer in analyzed(text).layers] == [7, 7]

    def test_varies_with_alpha_and_in_a_law(self, tmp_path):
        path = tmp_path / "net.yaml"
        path.write_text(
            net("conv2d: {out_channels: scaled(4) + index, kernel_size: 1, repeat: 3, bias: false}")
        )
        model = costcalc.load(str(path))
        found = model.sweep(alpha=["1/2", "1", "2"], metrics=["params"]).params.tolist()
        assert found == [4 * a + a * (a + 1) + (a + 1) * (a + 2) for a in (2, 4, 8)]
        (solution,) = model.solve({"params": found[1]}).solutions
        assert Fraction(1) <= solution.knobs["alpha"] < Fraction(5, 4)


MIXTURE = net(
    "linear: {name: scores, out_features: 8, bias: false}",
    "mixture_of_experts: {from: [input, scores], active: 2, layers: [expert]}",
    input="[128, 64]",
    blocks="{expert: {layers: [linear: {out_features: 512, bias: false}, relu, "
    "linear: {out_features: 128, bias: false}]}}",
)


class TestMixture:
    def test_has_the_params_of_all_experts_and_the_macs_of_the_active_ones(self):
        assert counts(MIXTURE, "macs", "params", "active_params") == (16842752, 1049600, 263168)
        # per place and active expert: relu; per place: two products and a sum for each channel
        assert counts(MIXTURE, "other_ops") == (64 * (2 * 512 + 3 * 128),)

    def test_is_built_once_and_says_how_many_experts_it_has(self):
        found = analyzed(MIXTURE)
        assert [layer.name for layer in found.layers] == [
            "scores",
            *(
                f"mixture_of_experts.experts.expert.{name}"
                for name in ("linear_1", "relu", "linear_2")
            ),
            "mixture_of_experts.mixture_of_experts",
        ]
        assert [(layer.experts, layer.active_experts) for layer in found.layers] == [
            (None, None), (8, 2), (8, 2), (8, 2), (None, None),
        ]  # fmt: skip

    def test_within_a_mixture_has_the_experts_of_both(self):
        inner = ("mixture_of_experts: {from: [input, s], active: 1, "
                 "layers: [linear: {out_features: 4, bias: false}]}")  # fmt: skip
        layers = f"[linear: {{name: s, out_features: 3, bias: false}}, {inner}]"
        text = net("linear: {name: r, out_features: 5, bias: false}",
                   f"mixture_of_experts: {{from: [input, r], active: 2, layers: {layers}}}",
                   input="[4]")  # fmt: skip
        assert counts(text, "macs", "params", "active_params") == (
            20 + 2 * (12 + 16), 20 + 5 * (12 + 3 * 16), 20 + 2 * (12 + 16),
        )  # fmt: skip

    def test_may_be_frozen_or_use_the_weights_of_another(self):
        experts = "linear: {out_features: 4, bias: false}"
        first = f"mixture_of_experts: {{name: a, from: [input, r], active: 1, layers: [{experts}]}}"
        second = first.replace("name: a", "weights: a")
        router = "linear: {name: r, out_features: 3, bias: false}"
        text = net(router, first, second, input="[4]")
        assert counts(text, "macs", "params", "active_params") == (44, 60, 28)
        frozen = net(router, first.replace("name: a", "trainable: false"), input="[4]")
        assert counts(frozen, "params", "frozen_params", "active_params") == (12, 48, 12)
        other = net(router, first, router.replace("r,", "q,").replace("3", "2"),
                    second.replace("r]", "q]"), input="[4]")  # fmt: skip
        assert "of each of 2 experts), and there linear of 4 to 4 channels" in fault(other)

    def test_with_the_number_of_experts_in_a_sweep_and_in_an_exact_formula(self, tmp_path):
        path = tmp_path / "net.yaml"
        path.write_text(
            MIXTURE.replace("layers:\n", "params: {n: 8, k: 2}\nlayers:\n")
            .replace("out_features: 8", "out_features: n")
            .replace("active: 2", "active: k")
        )
        model = costcalc.load(str(path))
        metrics = ["params", "macs", "active_params"]
        found = model.sweep(n=[4, 8, 16], k=[1, 2], metrics=metrics)
        expert = 2 * 128 * 512
        assert found.params.tolist() == [[n * (128 + expert)] * 2 for n in (4, 8, 16)]
        active = [[128 * n + k * expert for k in (1, 2)] for n in (4, 8, 16)]
        assert found.active_params.tolist() == active
        assert found.macs.tolist() == [[64 * one for one in row] for row in active]
        with pytest.raises(CostcalcError, match="has 1 experts, and 2 are active"):
            model.sweep(n=[1, 2])

    def test_may_hold_convolutions_that_are_compared(self):
        unit = "depthwise_separable: {out_channels: 4}"
        one = analyzed(net(unit)).totals
        text = net(
            "pointwise_conv2d: {name: r, out_channels: 5, bias: false}",
            f"mixture_of_experts: {{from: [input, r], active: 2, layers: [{unit}]}}",
        )
        found = analyzed(text).totals
        assert found.standard_macs - found.macs == 2 * (one.standard_macs - one.macs)
        assert found.standard_params - found.params == 5 * (one.standard_params - one.params)

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ("{active: 1, layers: [relu]}", "4:5 mixture_of_experts takes 2 maps, and gets 1"),
            ("{from: [input, r], active: 4, layers: [relu]}",
             "4:5 mixture_of_experts has 3 experts, and 4 are active"),
            ("{from: [input, r], active: 1}", "4:5 mixture_of_experts needs layers"),
            ("{from: [input, r], active: 1, layers: [max_pool2d: 2]}",
             "4:5 mixture_of_experts needs scores for every place, and the map is 4×4×4"),
            ("{from: [input, r], layers: [relu]}", "4:5 mixture_of_experts needs active"),
            ("{from: [input, r], active: 1, layers: [relu], weights: shared}",
             "4:80 weights: shared is said of copies"),
        ],
    )  # fmt: skip
    def test_that_does_not_fit_is_an_error(self, fields, message):
        text = net("pointwise_conv2d: {name: r, out_channels: 3}", f"mixture_of_experts: {fields}")
        assert fault(text).startswith(message)


def test_pages_show_frozen_and_active_params_where_they_tell_something(tmp_path, capsys):
    path = tmp_path / "net.yaml"

    def page(text):
        path.write_text(text)
        assert run(["analyze", str(path), "--depth", "3"]) == 0
        return capsys.readouterr().out

    plain = page(net(f"{CONV}}}"))
    assert "frozen params" not in plain
    assert "active params" not in plain
    mixed = page(MIXTURE)
    assert "263,168 active params" in mixed
    assert "experts (2 of 8 active)" in mixed
    assert f"{ONE} frozen params" in page(net(f"{CONV}, trainable: false}}"))
