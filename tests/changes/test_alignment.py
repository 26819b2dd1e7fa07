"""Which layer is which: whatever the spelling, and whatever was put in between."""

import time
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from support.random_networks import PARAMS, networks, written

from costcalc.changes import alignment as matching
from costcalc.changes.compare import ADDED, CHANGED, EDITED, PROPAGATED, REMOVED, compare_networks
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS

SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def made(text, path="n.yaml", setting=AS_WRITTEN):
    return build(NetworkFile(text, path), setting)


def difference(old, new, **more):
    return compare_networks(made(old, **more), made(new, **more))


def told(old, new, **more):
    """Every change as one line."""
    return [
        f"{change.change} {change.node.name}"
        + (f" {change.cause}" if change.change == CHANGED else "")
        for change in difference(old, new, **more).changes
    ]


def document(*layers, shape=(4, 8, 8), **more):
    return yaml.safe_dump({"input": list(shape), **more, "layers": list(layers)}, sort_keys=False)


def conv(width, **more):
    return {"conv2d": {"out_channels": width, "kernel_size": 3, **more}}


def sums_agree(found):
    for metric, (old, new) in found.totals.items():
        if METRICS[metric].is_of_layers:
            total = (new or 0) - (old or 0)
            assert sum(change.delta[metric] for change in found.changes) == total, metric


# Spellings


PLAIN = """\
input: [3, 32, 32]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, stride: 2, bias: false}
  - batch_norm
  - relu
  - depthwise_conv2d: {kernel_size: 3, bias: false}
  - batch_norm
  - relu
  - conv2d: {out_channels: 16, kernel_size: 1, bias: false}
  - batch_norm
  - relu
  - depthwise_conv2d: {kernel_size: 3, bias: false}
  - batch_norm
  - relu
  - conv2d: {out_channels: 16, kernel_size: 1, bias: false}
  - batch_norm
  - relu
  - global_avg_pool
  - linear: {out_features: 10}
"""
WITH_BLOCKS = """\
# the same
name: another name
layers:
  - conv_act: {width: 8, step: 2}
  - pair: {width: 16, repeat: 2}
  - sequence: [global_avg_pool]
  - linear: {out_features: classes}
blocks:
  conv_act:
    params: {width: , step: 1, size: 3}
    layers:
      - conv2d: {kernel_size: size, stride: step, out_channels: width, bias: false}
      - batch_norm
      - $activation
  pair:
    params: {width: }
    layers:
      - {depthwise_conv2d: {kernel_size: 3, bias: false}}
      - batch_norm
      - relu
      - conv2d:
          kernel_size: 1
          out_channels: width
          bias: false
      - batch_norm
      - relu
params: {classes: 5 * 2, activation: relu}
input: [3, 0x20, 32]
""".replace("0x20", "32")
SHIPPED = """\
input: [3, 32, 32]
layers:
  - conv_bn_act: {out_channels: 8, kernel_size: 3, stride: 2}
  - depthwise_separable: {out_channels: 16, repeat: 2}
  - global_avg_pool
  - linear: {out_features: 10}
"""
NAMED = """\
input: {image: [3, 32, 32]}
layers:
  - conv2d: {name: stem, out_channels: 8, kernel_size: [3, 3], stride: 2, bias: false}
  - batch_norm
  - relu
  - sequence: [{depthwise_conv2d: {name: mix, kernel_size: 3, bias: false}}, batch_norm, relu]
  - sequence:
      layers: [{conv2d: {out_channels: 2 * in_channels, kernel_size: [1, 1], bias: false}}]
      name: out
  - batch_norm
  - relu
  - {depthwise_conv2d: {kernel_size: 3, bias: false}}
  - batch_norm
  - {relu: {name: activation, from: previous}}
  - conv2d: {out_channels: in_channels, kernel_size: 1, bias: false}
  - batch_norm
  - relu
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""


class TestSpelling:
    @pytest.mark.parametrize("old", [PLAIN, WITH_BLOCKS, SHIPPED, NAMED])
    @pytest.mark.parametrize("new", [PLAIN, WITH_BLOCKS, SHIPPED, NAMED])
    def test_another_spelling_is_no_change(self, old, new):
        assert told(old, new) == []

    def test_a_layer_that_is_only_renamed(self):
        assert told(document(conv(8, name="a"), "relu"), document(conv(8, name="b"), "relu")) == []

    def test_a_loop_unrolled(self):
        loop = document({"conv2d": {"out_channels": 8, "kernel_size": 3, "repeat": 3}})
        assert told(loop, document(conv(8), conv(8), conv(8))) == []
        first = conv(8, repeat=3, first={"stride": 2})
        assert told(document(first), document(conv(8, stride=2), conv(8), conv(8))) == []

    @pytest.mark.slow
    @SLOW
    @given(st.data())
    def test_random_networks_in_two_spellings(self, data):
        drawn = data.draw(networks())
        old = spelled(drawn, data, plain=True)
        new = spelled(drawn, data, plain=False)
        note(old)
        note(new)
        try:
            before = made(old, setting=Setting(alpha=drawn[3]))
        except CostcalcError:
            return
        found = compare_networks(before, made(new, setting=Setting(alpha=drawn[3])))
        assert found.changes == []
        assert all(old == new for old, new in found.totals.values())


def spelled(drawn, data, *, plain):
    """A random network as text; where it is not plain, under other names and in another order."""
    inputs, layers, blocks, _ = drawn
    body = written(layers)
    whole = {
        "input": written(inputs),
        "params": dict(PARAMS),
        "blocks": {name: written(block) for name, block in blocks.items()},
        "layers": body,
    }
    if plain:
        return yaml.safe_dump(whole, sort_keys=False)
    if data.draw(st.booleans()):
        whole["layers"] = [{"sequence": body}]
    if data.draw(st.booleans()) and not isinstance(inputs, dict):
        whole["blocks"]["whole"] = {"layers": whole["layers"]}
        whole["layers"] = ["whole"]
    style = data.draw(st.sampled_from([None, True, False]))
    text = yaml.safe_dump(
        {key: whole[key] for key in data.draw(st.permutations(sorted(whole)))},
        sort_keys=True,
        default_flow_style=style,
        width=data.draw(st.sampled_from([20, 1000])),
    )
    return "# a comment\n\n" + text.replace("base", "other_base")


# Edits


WIDTHS = st.lists(st.integers(1, 40), min_size=1, max_size=12)


def chain(widths):
    """Convolutions that each keep their own width and a kernel that tells them apart."""
    return document(*[conv(width) for width in widths])


class TestEdits:
    @SLOW
    @given(WIDTHS, st.data())
    def test_one_layer_is_put_in(self, widths, data):
        place = data.draw(st.integers(0, len(widths)))
        halving = {"max_pool2d": {"kernel_size": 2}}
        layer = data.draw(st.sampled_from(["relu", "batch_norm", halving]))
        layers = [conv(width) for width in widths]
        new = [*layers[:place], layer, *layers[place:]]
        found = difference(document(*layers), document(*new))
        sums_agree(found)
        (one, *others) = found.changes
        assert one.change == ADDED
        assert one.node.layer.type == (layer if isinstance(layer, str) else "max_pool2d")
        assert len(others) == (len(widths) - place if layer is halving else 0)
        assert all((o.change, o.cause) == (CHANGED, PROPAGATED) for o in others)
        back = difference(document(*new), document(*layers))
        assert back.changes[0].change == REMOVED
        assert back.changes[0].old.layer.type == one.node.layer.type
        assert {o.cause for o in back.changes[1:]} <= {PROPAGATED}
        sums_agree(back)

    @SLOW
    @given(st.lists(st.integers(1, 40), min_size=1, max_size=12, unique=True), st.data())
    def test_one_layer_is_widened(self, widths, data):
        place = data.draw(st.integers(0, len(widths) - 1))
        new = [*widths]
        new[place] += 50
        found = difference(chain(widths), chain(new))
        sums_agree(found)
        lines = [(change.change, change.cause, change.node.name) for change in found.changes]
        names = [node.name for node in made(chain(new)).nodes]
        expected = [(CHANGED, EDITED, names[place])]
        if place + 1 < len(widths):
            expected.append((CHANGED, PROPAGATED, names[place + 1]))
        assert lines == expected
        assert found.changes[0].fields == {"out_channels": (widths[place], new[place])}
        if place + 1 < len(widths):
            assert found.changes[1].fields == {"in_channels": (widths[place], new[place])}

    @SLOW
    @given(WIDTHS, st.data())
    def test_one_layer_is_replaced_by_another_type(self, widths, data):
        place = data.draw(st.integers(0, len(widths) - 1))
        layers = [conv(width) for width in widths]
        new = [*layers]
        new[place] = {"depthwise_conv2d": {"kernel_size": 3}}
        found = difference(document(*layers), document(*new))
        sums_agree(found)
        kinds = Counter(change.change for change in found.changes)
        assert kinds[ADDED] == kinds[REMOVED] == 1
        added = next(change for change in found.changes if change.change == ADDED)
        assert added.node.layer.type == "depthwise_conv2d"
        assert all(c.cause == PROPAGATED for c in found.changes if c.change == CHANGED)

    @SLOW
    @given(WIDTHS, WIDTHS)
    def test_deltas_add_up_whatever_differs(self, old, new):
        sums_agree(difference(chain(old), chain(new)))

    @pytest.mark.slow
    @SLOW
    @given(networks(), networks())
    def test_deltas_add_up_between_any_two_networks(self, old, new):
        built = []
        for inputs, layers, blocks, alpha in (old, new):
            whole = {
                "input": inputs,
                "params": PARAMS,
                "blocks": dict(blocks.items()),
                "layers": layers,
            }
            text = yaml.safe_dump(written(whole), sort_keys=False)
            try:
                built.append(made(text, setting=Setting(alpha=alpha)))
            except CostcalcError:
                return
        found = compare_networks(*built)
        sums_agree(found)
        olds = [change.old for change in found.changes if change.old]
        news = [change.new for change in found.changes if change.new]
        assert len(olds) == len({id(node) for node in olds})
        assert len(news) == len({id(node) for node in news})
        order = {id(node): n for n, node in enumerate(built[1].nodes)}
        places = [order[id(node)] for node in news]
        assert places == sorted(places)

    def test_one_of_many_alike(self):
        old = [conv(8), "relu"] * 5
        assert told(document(*old), document(*old, conv(8), "relu")) == [
            "added conv2d_6",
            "added relu_6",
        ]
        new = [*old[:4], conv(8, stride=2), "relu", *old[6:]]
        lines = told(document(*old), document(*new))
        assert lines == [
            "changed conv2d_3 edited",
            *("changed relu_3 propagated", "changed conv2d_4 propagated"),
            *("changed relu_4 propagated", "changed conv2d_5 propagated"),
            "changed relu_5 propagated",
        ]

    def test_a_long_run_of_what_is_everywhere(self):
        run = ["relu"] * 250
        lines = told(document("gelu", *run, "gelu"), document("silu", *run, "silu"))
        assert lines == ["added silu_1", "removed gelu_1", "added silu_2", "removed gelu_2"]

    def test_named_layers_keep_their_names(self):
        old = document(conv(8, name="a"), conv(8, name="b"), conv(8, name="c"))
        new = document(conv(8, name="a"), conv(9, name="x"), conv(8, name="b"), conv(8, name="c"))
        assert told(old, new) == ["added x", "changed b propagated"]
        assert told(new, old) == ["removed x", "changed b propagated"]

    def test_pairs_are_in_order(self):
        layers = [conv(8), "relu", conv(8, name="a"), "relu", conv(8)]
        networks = made(document(*layers)), made(document("gelu", *layers))
        pairs = matching.match(*(network.nodes for network in networks))
        assert pairs == [(place, place + 1) for place in range(5)]

    def test_names_that_changed_places_are_moved_layers(self):
        old = document(conv(8, name="a"), conv(9, name="b"), conv(10, name="c"))
        new = document(conv(9, name="b"), conv(10, name="c"), conv(8, name="a"))
        found = difference(old, new)
        sums_agree(found)
        assert {change.node.name for change in found.changes if change.change != CHANGED} == {"a"}

    def test_a_name_inside_of_numbered_blocks_is_none(self):
        """block_1.mix is another layer once a block was put before it."""
        blocks = {
            "unit": {
                "params": {"width": None},
                "layers": [conv("width", name="mix"), {"batch_norm": {"name": "norm"}}],
            }
        }
        uses = [{"unit": {"width": width}} for width in (8, 16, 24)]
        old = document(*uses, blocks=blocks)
        new = document({"unit": {"width": 4}}, *uses, blocks=blocks)
        assert told(old, new) == ["added unit_1.mix", "added unit_1.norm"]
        new = document(uses[0], {"unit": {"width": 12}}, *uses[1:], blocks=blocks)
        assert told(old, new) == [
            *("added unit_2.mix", "added unit_2.norm", "changed unit_3.mix propagated"),
        ]

    def test_names_tell_layers_of_numbered_blocks_apart(self):
        """Nothing is as it was, and of the two convolutions of each block one is gone."""

        def text(widths, *layers):
            unit = {"params": {"width": None}, "layers": list(layers)}
            uses = [{"unit": {"width": width}} for width in widths]
            return document(*uses, blocks={"unit": unit})

        out = conv("width", name="out")
        old = text((8, 16), conv("width * 2", name="mix"), out)
        assert sorted(told(old, text((9, 17), out))) == [
            *("changed unit_1.out edited", "changed unit_2.out edited"),
            *("removed unit_1.mix", "removed unit_2.mix"),
        ]

    def test_a_layer_goes_into_a_residual(self):
        old = document(conv(4), {"residual": [conv(4), "relu"]}, conv(9))
        new = document(conv(4), {"residual": [conv(4), "relu", conv(4)]}, conv(9))
        assert told(old, new) == ["added residual.conv2d_2"]
        assert told(document(conv(4), conv(4), "relu", conv(9)), old) == ["added residual.add"]

    def test_a_branch_is_added(self):
        old = document({"concat": [conv(4), conv(5)]}, conv(9))
        new = document({"concat": [conv(4), conv(5), conv(6)]}, conv(9))
        lines = told(old, new)
        assert lines[0] == "added concat.conv2d_3"
        assert set(lines[1:]) <= {"changed concat.concat propagated", "changed conv2d propagated"}
        assert "changed conv2d propagated" in lines


# Work


def counted(monkeypatch, old, new):
    """Seconds, and how many pairs SequenceMatcher was let loose on."""
    work = Counter()

    class Matcher(matching.SequenceMatcher):
        def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):
            work["calls"] += 1
            for index in range(alo, ahi):
                work["pairs"] += len(self.b2j.get(self.a[index], ()))
            return super().find_longest_match(alo, ahi, blo, bhi)

    monkeypatch.setattr(matching, "SequenceMatcher", Matcher)
    networks = made(old), made(new)
    start = time.perf_counter()
    found = compare_networks(*networks)
    print(f"{len(found.changes)} changes, {time.perf_counter() - start:.2f} s, {dict(work)}")
    sums_agree(found)
    return found, work["pairs"]


keys = st.lists(st.integers(0, 4), max_size=12)


def longest(left, right):
    """The length of the longest common subsequence, by the recurrence of every textbook."""
    row = [0] * (len(right) + 1)
    for one in left:
        above, row = row, [0]
        for place, other in enumerate(right):
            row.append(above[place] + 1 if one == other else max(row[place], above[place + 1]))
    return row[-1]


@pytest.mark.parametrize("most", [0, matching.MAX_PAIRS], ids=["in order", "all pairs"])
@settings(deadline=None)
@given(keys, keys)
def test_what_is_too_much_for_runs_is_matched_in_order_all_the_same(most, left, right):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "MAX_VISITS", -1)
        patch.setattr(matching, "MAX_PAIRS", most)
        pairs = matching._alignment(left, right, (0, len(left), 0, len(right)))
    for (one, other), (later, later_other) in pairwise(pairs):
        assert one < later
        assert other < later_other
    assert all(left[one] == right[other] for one, other in pairs)
    if most:
        assert len(pairs) == longest(left, right)
    else:
        assert bool(pairs) == bool(set(left) & set(right))


class TestWork:
    COUNT = 4_000

    def alike(self, count, width=4):
        return document({"conv2d": {"out_channels": width, "kernel_size": 1, "repeat": count}})

    def different(self, count, first=1):
        return "input: [4, 8, 8]\nlayers:\n" + "".join(
            f"  - pointwise_conv2d: {{out_channels: {first + number}}}\n" for number in range(count)
        )

    def test_one_edit(self, monkeypatch):
        old = self.different(self.COUNT)
        place = old.index("out_channels: 2000}")
        new = old[:place] + "out_channels: 77777}" + old[place + 19 :]
        found, pairs = counted(monkeypatch, old, new)
        assert [change.cause for change in found.changes] == [EDITED, PROPAGATED]
        assert pairs < 100

    def test_one_more_of_all_alike(self, monkeypatch):
        found, pairs = counted(monkeypatch, self.alike(self.COUNT), self.alike(self.COUNT + 1))
        assert [change.change for change in found.changes] == [ADDED]
        assert pairs < 100

    @pytest.mark.parametrize("count", [COUNT // 4, COUNT])
    def test_everything_differs(self, monkeypatch, count):
        found, pairs = counted(
            monkeypatch, self.different(count), self.different(count, first=100_000)
        )
        assert len(found.changes) == count
        assert {change.change for change in found.changes} == {CHANGED}
        assert pairs <= 5 * matching.MAX_VISITS

    @pytest.mark.slow
    @pytest.mark.parametrize("count", [300, COUNT // 2])
    def test_alternating(self, monkeypatch, count):
        """Every other layer is new, and nothing runs alike for longer than one."""
        chosen = Random(1)
        layers = [conv(chosen.randint(1, 7)) for _ in range(count)]
        new = [one for layer in layers for one in ("relu", layer)]
        old = [one for layer in layers for one in (layer, "batch_norm")]
        found, pairs = counted(monkeypatch, document(*old), document(*new))
        kinds = Counter(change.change for change in found.changes)
        assert kinds[ADDED] == kinds[REMOVED] == count
        assert pairs <= 5 * matching.MAX_VISITS

    def test_reversed(self, monkeypatch):
        widths = range(1, self.COUNT // 2)
        old = "input: [4, 8, 8]\nlayers:\n" + "".join(
            f"  - pointwise_conv2d: {{out_channels: {w}}}\n" for w in widths
        )
        new = "input: [4, 8, 8]\nlayers:\n" + "".join(
            f"  - pointwise_conv2d: {{out_channels: {w}}}\n" for w in reversed(widths)
        )
        _, pairs = counted(monkeypatch, old, new)
        assert pairs <= 5 * matching.MAX_VISITS
