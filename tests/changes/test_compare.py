"""What was edited, and what only follows."""

import pytest
import yaml

from costcalc.changes.compare import ADDED, CHANGED, EDITED, PROPAGATED, REMOVED, compare_networks
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS


class Texts(dict[str, str]):
    """A tree of files by their paths."""

    def real_path(self, path):
        return path

    def locate(self, path, network):
        return path

    def read(self, path):
        return self[path]


def made(text, variant=None, files=None):
    return build(NetworkFile(text, "n.yaml", Texts(files or {})), Setting(variant))


def compared(old, new, files=None):
    """Both as texts; `files` are what they include, before and after."""
    befores, afters = files or ({}, {})
    return compare_networks(made(old, files=befores), made(new, files=afters))


def causes(old, new, files=None):
    """Names of the layers that were edited, and of those that follow."""
    found = compared(old, new, files)
    told = {EDITED: [], PROPAGATED: []}
    for change in found.changes:
        told[change.cause].append(change.node.name)
    for metric, (before, after) in found.totals.items():
        if METRICS[metric].is_of_layers:
            assert sum(change.delta[metric] for change in found.changes) == after - before
    return told[EDITED], told[PROPAGATED]


def edit(text, *pairs):
    """The text with one thing in place of another, which it must have once."""
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


CHAIN = """\
input: [4, 8, 8]
params: {width: 8, classes: 10, deeper: width + 2, kind: relu}
layers:
  - conv2d: {name: stem, out_channels: 6, kernel_size: 3}
  - conv2d: {name: body, out_channels: width, kernel_size: 3}
  - conv2d: {name: top, out_channels: deeper, kernel_size: 1}
  - conv2d: {name: last, out_channels: in_channels * 2, kernel_size: 1}
  - global_avg_pool
  - $kind
  - linear: {name: head, out_features: classes}
"""


class TestOfALayer:
    def test_its_own_number(self):
        assert causes(CHAIN, edit(CHAIN, ("channels: 6,", "channels: 7,"))) == (["stem"], ["body"])

    def test_what_was_written_otherwise_is_the_same(self):
        assert causes(CHAIN, edit(CHAIN, ("channels: 6,", "channels: 2 * 3,"))) == ([], [])

    def test_a_field_that_was_not_there(self):
        new = edit(CHAIN, ("stem, out_channels: 6", "stem, out_channels: 6, bias: false"))
        found = compared(CHAIN, new)
        (change,) = found.changes
        assert (change.change, change.cause, change.node.name) == (CHANGED, EDITED, "stem")
        assert change.fields == {"bias": (True, False)}
        assert {metric: delta for metric, delta in change.delta.items() if delta} == {
            "params": -6,
            "active_params": -6,
            "other_ops": -384,
            "weights_int8": -6,
            "weights_float16": -12,
            "weights_float32": -24,
        }

    def test_an_expression_of_what_it_reads_follows(self):
        """last says in_channels * 2: whoever made top wider did it."""
        new = edit(CHAIN, ("deeper, kernel_size: 1", "11, kernel_size: 1"))
        assert causes(CHAIN, new) == (
            ["top"],
            ["last", "global_avg_pool", "relu", "head"],
        )

    def test_the_factor_of_such_an_expression(self):
        new = edit(CHAIN, ("in_channels * 2", "in_channels * 3"))
        assert causes(CHAIN, new) == (["last"], ["global_avg_pool", "relu", "head"])

    def test_fields_before_and_after(self):
        (stem, body) = compared(CHAIN, edit(CHAIN, ("channels: 6,", "channels: 7,"))).changes
        assert stem.fields == {"out_channels": (6, 7)}
        assert body.fields == {"in_channels": (6, 7)}
        assert stem.delta["params"] == 4 * 9 + 1
        assert body.delta["params"] == 8 * 9
        assert (stem.old.origin.line, stem.new.origin.line) == (4, 4)
        assert stem.old.layer.out_channels == 6

    def test_what_costs_nothing_follows_too(self):
        new = edit(CHAIN, ("channels: 6,", "channels: 7,"))
        added = "  - identity\n  - conv2d: {name: body"
        texts = [text.replace("  - conv2d: {name: body", added) for text in (CHAIN, new)]
        assert causes(*texts) == (["stem"], ["identity", "body"])

    def test_the_input_is_no_layers_edit(self):
        edited, follows = causes(CHAIN, edit(CHAIN, ("[4, 8, 8]", "[4, 9, 9]")))
        assert edited == []
        assert follows[:4] == ["stem", "body", "top", "last"]
        assert causes(CHAIN, edit(CHAIN, ("[4, 8, 8]", "[3, 8, 8]"))) == ([], ["stem"])


class TestOfParams:
    def test_what_names_it_is_edited(self):
        assert causes(CHAIN, edit(CHAIN, ("classes: 10", "classes: 11"))) == (["head"], [])

    def test_through_another_param(self):
        edited, follows = causes(CHAIN, edit(CHAIN, ("width: 8", "width: 9")))
        assert edited == ["body", "top"]
        assert follows == ["last", "global_avg_pool", "relu", "head"]

    def test_one_that_nothing_names_changes_nothing(self):
        assert causes(CHAIN, edit(CHAIN, ("classes: 10", "classes: 10, other: 5"))) == ([], [])

    def test_one_that_only_one_side_has_is_stated_with_its_line(self):
        more = edit(CHAIN, ("classes: 10", "classes: 10, other: 5"))
        assert compared(CHAIN, more).stated == [("other", None, "5", 2)]
        assert compared(more, CHAIN).stated == [("other", "5", None, None)]

    def test_one_that_is_renamed(self):
        assert causes(CHAIN, CHAIN.replace("deeper", "classes_of_top")) == ([], [])

    def test_one_in_place_of_its_number(self):
        assert causes(
            CHAIN, edit(CHAIN, ("body, out_channels: width", "body, out_channels: 8"))
        ) == (
            [],
            [],
        )

    def test_a_type(self):
        found = compared(CHAIN, edit(CHAIN, ("kind: relu", "kind: hard_swish")))
        assert [(change.change, change.cause) for change in found.changes] == [
            *((ADDED, EDITED), (REMOVED, EDITED)),
        ]

    def test_a_type_with_fields_of_its_own(self):
        text = """\
input: [4, 8, 8]
params: {unit: conv2d}
defaults: {conv2d: {kernel_size: 3}}
layers:
  - $unit: {out_channels: 4}
  - batch_norm
"""
        assert causes(text, edit(text, ("{kernel_size: 3}", "{kernel_size: 5}"))) == (
            ["conv2d"],
            [],
        )

    def test_a_block_that_is_a_param_with_defaults(self):
        text = """\
input: [4, 8, 8]
params: {unit: mine}
blocks:
  mine:
    params: {width: 4, size: 3}
    layers:
      - conv2d: {out_channels: width, kernel_size: size}
layers:
  - $unit
  - batch_norm
"""
        assert causes(text, edit(text, ("size: 3", "size: 5"))) == (["mine.conv2d"], [])


class TestOfTheWholeNetwork:
    @pytest.mark.parametrize(
        ("rounding", "said"),
        [("{divisor: 8}", "divisor 8"), ("nearest", "nearest"), ("exact", "exact")],
    )
    def test_rounding_is_stated(self, rounding, said):
        rounded = f"rounding: {rounding}\n{CHAIN}"
        assert compared(CHAIN, rounded).stated == [("rounding", None, said, 1)]
        assert compared(rounded, CHAIN).stated == [("rounding", said, None, None)]

    @pytest.mark.parametrize(
        ("old", "new", "scaled"),
        [
            ("alpha: 1\n", "alpha: 0.5\n", ["stem", "body"]),
            ("", "alpha: 0.5\n", ["stem", "body"]),
            ("alpha: 0.8\n", "alpha: 0.8\nrounding: {divisor: 8}\n", ["stem", "body"]),
            ("alpha: 0.8\n", "alpha: 0.8\nrounding: nearest\n", ["stem"]),
        ],
    )
    def test_alpha_and_rounding_edit_the_widths_that_they_scale(self, old, new, scaled):
        text = edit(CHAIN, ("width: 8", "width: scaled(8)"), ("channels: 6", "channels: 16"))
        text = edit(text, ("deeper: width + 2", "deeper: 9 + 3"))
        edited, follows = causes(old + text, new + text)
        assert edited == scaled
        assert follows == (["body"] if scaled == ["stem"] else ["top"])

    def test_an_alpha_in_an_expression(self):
        text = CHAIN.replace("channels: 6,", "channels: 6 if alpha < 1 else 8,")
        edited, _ = causes("alpha: 1\n" + text, "alpha: 0.9\n" + text)
        assert edited == ["stem"]

    def test_defaults(self):
        old = CHAIN + "defaults: {conv2d: {bias: true}}\n"
        new = CHAIN + "defaults: {conv2d: {bias: false}}\n"
        for before in (CHAIN, old):
            assert causes(before, new) == (["stem", "body", "top", "last"], [])
        assert causes(CHAIN, old) == ([], [])

    def test_variants(self):
        text = "variants: {small: {params: {width: 4}}, large: {params: {width: 20}}}\n" + CHAIN
        found = compare_networks(made(text, "small"), made(text, "large"))
        assert [change.node.name for change in found.changes if change.cause == EDITED] == [
            *("body", "top")
        ]
        wider = text.replace("width: 20", "width: 21")
        assert not compare_networks(made(text, "small"), made(wider, "small")).changes
        found = compare_networks(made(text, "large"), made(wider, "large"))
        assert found.changes[0].node.name == "body"
        assert found.changes[0].cause == EDITED


BLOCKS = """\
input: [4, 8, 8]
blocks:
  unit:
    params: {width: , size: 3, step: 1}
    layers:
      - conv2d: {out_channels: width, kernel_size: size, stride: step}
      - batch_norm
  outer:
    params: {n: 8}
    layers:
      - unit: {width: n}
      - unit: {width: n * 2, size: 1}
layers:
  - unit: {width: 6}
  - outer
  - outer: {n: 12}
  - relu
"""


class TestOfBlocks:
    def test_what_was_taken_out_of_a_block_is_edited_where_it_stands(self):
        """What is written for the convolution is as it was; its width follows the stem's."""
        conv = "conv2d: {name: body, out_channels: in_channels * 2, kernel_size: 1}"
        old = f"""\
input: [4, 8, 8]
blocks: {{wrap: {{params: {{unused: 1}}, layers: [{conv}]}}}}
layers:
  - conv2d: {{name: stem, out_channels: 6, kernel_size: 1}}
  - wrap: {{name: body}}
"""
        new = edit(old, ("wrap: {name: body}", conv), ("out_channels: 6", "out_channels: 7"))
        changes = {change.node.name: change for change in compared(old, new).changes}
        body = next(change for name, change in changes.items() if "body" in name)
        assert (body.change, body.cause, body.edit.line) == (CHANGED, EDITED, 5)
        assert body.edit.item.node.start_mark.line == 4

    def test_a_use(self):
        assert causes(BLOCKS, edit(BLOCKS, ("unit: {width: 6}", "unit: {width: 7}"))) == (
            ["unit.conv2d"],
            ["unit.batch_norm", "outer_1.unit_1.conv2d"],
        )

    def test_a_layer_of_the_body(self):
        new = edit(BLOCKS, ("kernel_size: size,", "kernel_size: size, bias: false,"))
        edited, follows = causes(BLOCKS, new)
        assert edited == [
            "unit.conv2d",
            *("outer_1.unit_1.conv2d", "outer_1.unit_2.conv2d"),
            *("outer_2.unit_1.conv2d", "outer_2.unit_2.conv2d"),
        ]
        assert follows == []

    def test_a_default(self):
        assert causes(BLOCKS, edit(BLOCKS, ("size: 3,", "size: 5,")))[0] == [
            *("unit.conv2d", "outer_1.unit_1.conv2d", "outer_2.unit_1.conv2d")
        ]
        assert causes(BLOCKS, edit(BLOCKS, ("n: 8}", "n: 9}")))[0] == [
            *("outer_1.unit_1.conv2d", "outer_1.unit_2.conv2d")
        ]

    def test_what_a_block_gives_to_another(self):
        edited, _ = causes(BLOCKS, edit(BLOCKS, ("n * 2", "n * 3")))
        assert edited == ["outer_1.unit_2.conv2d", "outer_2.unit_2.conv2d"]

    def test_of_an_included_file(self):
        blocks = BLOCKS[BLOCKS.index("blocks:") : BLOCKS.index("layers:\n  - unit: {width: 6}")]
        text = "include: [b.yaml]\n" + BLOCKS.replace(blocks, "")
        assert causes(BLOCKS, text, ({}, {"b.yaml": blocks})) == ([], [])
        wider = edit(blocks, ("n * 2", "n * 3"))
        edited, follows = causes(text, text, ({"b.yaml": blocks}, {"b.yaml": wider}))
        assert edited == ["outer_1.unit_2.conv2d", "outer_2.unit_2.conv2d"]
        assert "relu" in follows


class TestOfStructure:
    LOOP = """\
input: [4, 8, 8]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, repeat: 3, first: {stride: 2}}
  - pointwise_conv2d: {out_channels: 10}
"""

    def test_repeat(self):
        found = compared(self.LOOP, edit(self.LOOP, ("repeat: 3", "repeat: 5")))
        assert [(change.change, change.cause) for change in found.changes] == [(ADDED, EDITED)] * 2
        back = compared(edit(self.LOOP, ("repeat: 3", "repeat: 5")), self.LOOP)
        assert [(change.change, change.cause) for change in back.changes] == [
            *[(REMOVED, EDITED)] * 2
        ]

    def test_first(self):
        edited, follows = causes(self.LOOP, edit(self.LOOP, ("stride: 2", "stride: 4")))
        assert edited == ["conv2d_1"]
        assert follows == ["conv2d_2", "conv2d_3", "pointwise_conv2d"]

    def test_when(self):
        text = self.LOOP.replace("repeat: 3, first: {stride: 2}", "when: 1 > 0")
        found = compared(text, edit(text, ("1 > 0", "1 < 0")))
        assert {(c.change, c.cause, c.node.layer.type) for c in found.changes} == {
            (REMOVED, EDITED, "conv2d"),
            (CHANGED, PROPAGATED, "pointwise_conv2d"),
        }

    FROM = """\
input: [4, 8, 8]
layers:
  - conv2d: {name: a, out_channels: 5, kernel_size: 1}
  - conv2d: {name: b, out_channels: 6, kernel_size: 1}
  - conv2d: {name: c, out_channels: 7, kernel_size: 1, from: a}
  - relu
"""

    def test_from(self):
        assert causes(self.FROM, edit(self.FROM, ("from: a", "from: b"))) == (["c"], [])
        assert causes(self.FROM, edit(self.FROM, ("from: a", "from: input"))) == (["c"], [])

    def test_one_more_map_for_a_merge(self):
        """Neither a field nor the map that it reads first differs, but its cost."""
        text = """\
input: [4, 8, 8]
layers:
  - conv2d: {name: a, out_channels: 5, kernel_size: 1}
  - conv2d: {name: b, out_channels: 5, kernel_size: 1}
  - add: {from: [a, b]}
"""
        assert causes(text, edit(text, ("[a, b]", "[a, b, a]"))) == (["add"], [])
        branches = text.replace("add: {from: [a, b]}", "add: [relu, relu]")
        edited, follows = causes(branches, edit(branches, ("[relu, relu]", "[relu, relu, gelu]")))
        assert (edited, follows) == (["add.gelu"], ["add.add"])

    def test_a_reader_behind_what_was_put_in_follows(self):
        new = edit(self.FROM, ("7, kernel_size: 1, from: a}", "7, kernel_size: 1}"))
        longer = new.replace(
            "  - conv2d: {name: c", "  - max_pool2d: {kernel_size: 2}\n  - conv2d: {name: c"
        )
        assert causes(new, longer) == (["max_pool2d"], ["c", "relu"])


class TestOneSided:
    def test_a_network_that_is_new(self):
        network = made(CHAIN)
        found = compare_networks(None, network)
        assert [c.change for c in found.changes] == [ADDED] * 7
        assert found.totals["macs"] == (None, sum(c.delta["macs"] for c in found.changes))
        assert found.changes[0].fields["out_channels"] == (None, 6)

    def test_a_network_that_is_gone(self):
        found = compare_networks(made(CHAIN), None)
        assert [c.change for c in found.changes] == [REMOVED] * 7
        assert found.totals["params"] == (-sum(c.delta["params"] for c in found.changes), None)
        assert found.changes[0].fields["out_channels"] == (6, None)

    def test_neither(self):
        assert compare_networks(None, None).changes == []

    def test_order_is_the_new_networks_and_the_gone_stand_where_they_were(self):
        def text(*layers):
            return yaml.safe_dump({"input": [4, 8, 8], "layers": list(layers)})

        old = text("relu", "batch_norm", "sigmoid", "gelu", "dropout")
        new = text("relu", "silu", "sigmoid", "tanh", "dropout", "identity")
        found = compare_networks(made(old), made(new))
        told = [(c.change, c.node.layer.type) for c in found.changes]
        assert told == [
            *((ADDED, "silu"), (REMOVED, "batch_norm"), (ADDED, "tanh"), (REMOVED, "gelu")),
            (ADDED, "identity"),
        ]
