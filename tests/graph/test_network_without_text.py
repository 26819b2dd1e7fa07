"""A network that comes from no text, as an importer of model files makes one.

Whatever is asked of it has the answer that the same network has from a text, lines aside.
"""

import json
from fractions import Fraction

import pytest

from costcalc.accounting.convention import OWN, accounting, convention_names, load_convention
from costcalc.budgets.attribution import Attribution
from costcalc.budgets.cost_cache import CostCache
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import judge
from costcalc.changes.compare import compare_networks
from costcalc.changes.diff import Compared, Diff
from costcalc.costs.convention_causes import causes
from costcalc.costs.convention_counts import Counting
from costcalc.costs.published import published_for
from costcalc.costs.selection import Selection
from costcalc.costs.separable import compare
from costcalc.costs.table import Analysis
from costcalc.costs.totals import measure, metrics_of
from costcalc.errors import CostcalcError
from costcalc.formulas.paper import layer_formulas
from costcalc.graph.builder import build
from costcalc.graph.nodes import Group, Input, Network, Node, Origin
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS
from costcalc.numeric.work import MOST, Work
from costcalc.project.amounts import Amount
from costcalc.project.limits import Limit
from costcalc.reports import formats
from costcalc.results import Table
from costcalc.shapes import TensorShape

TEXT = """\
name: Small
input: [3, 16, 16]
layers:
  - conv2d: {name: stem, out_channels: WIDTH, kernel_size: 3, stride: 2, bias: false}
  - batch_norm: {name: stem_norm}
  - sequence:
      name: unit
      layers:
        - depthwise_conv2d: {name: spatial, kernel_size: 3, bias: false}
        - batch_norm: {name: norm}
        - relu: {name: act}
        - pointwise_conv2d: {name: channels, out_channels: WIDTH, bias: false}
  - add: {from: [unit, stem_norm]}
  - global_avg_pool: {name: pool}
  - linear: {name: head, out_features: 10}
"""
MACS = 8 * 8 * (3 * 8 * 9 + 8 * 9 + 8 * 8) + 8 * 10
PARAMS = 3 * 8 * 9 + 2 * 8 + 8 * 9 + 2 * 8 + 8 * 8 + 8 * 10 + 10


def model(width=8, fields=(), **more):
    """The network of TEXT, made node by node."""
    root = Group("", "network")
    unit = Group("unit", "sequence", root, Origin("m.onnx", node="/unit"))
    root.children.clear()
    image = Input("input", TensorShape(3, (16, 16)))
    nodes = []

    def add(type_, label, *inputs, group=root, **own):
        layer = LAYERS[type_]({**own, **dict(fields).get(label, {})})
        shape = layer.output(*(x.shape for x in inputs))
        origin = Origin("m.onnx", node=f"/{label}/op")
        node = Node(layer, list(inputs), shape, label, group, origin)
        group.children.append(node)
        nodes.append(node)
        return node

    stem = add("conv2d", "stem", image, out_channels=width, kernel_size=(3, 3), stride=(2, 2),
               bias=False)  # fmt: skip
    norm = add("batch_norm", "stem_norm", stem)
    root.children.append(unit)
    spatial = add("depthwise_conv2d", "spatial", norm, group=unit, kernel_size=(3, 3), bias=False)
    inner = add("relu", "act", add("batch_norm", "norm", spatial, group=unit), group=unit)
    mixed = add("pointwise_conv2d", "channels", inner, group=unit, out_channels=width, bias=False)
    total = add("add", "add", mixed, norm)
    head = add("linear", "head", add("global_avg_pool", "pool", total), out_features=10)
    return Network("Small", [image], nodes, [head], root, path="m.onnx", **more)


def twin(width=8, setting=None):
    file = NetworkFile(TEXT.replace("WIDTH", str(width)), "m.yaml")
    return build(file, setting or Setting())


def documents(report, result):
    return json.loads("".join(formats.lines(report, "json", result)))


def without(found, *keys):
    """The same without some keys, at any depth."""
    if isinstance(found, dict):
        return {key: without(value, *keys) for key, value in found.items() if key not in keys}
    return [without(value, *keys) for value in found] if isinstance(found, list) else found


class TestCosts:
    def test_every_metric(self):
        assert measure(model(), metrics_of(model())) == measure(twin(), metrics_of(twin()))
        assert measure(model(), ["macs", "params"]) == {"macs": MACS, "params": PARAMS}

    @pytest.mark.parametrize("name", convention_names())
    def test_conventions(self, name):
        convention = load_convention(name)
        mine, other = Counting(model(), convention), Counting(twin(), convention)
        assert (mine.total(), mine.params()) == (other.total(), other.params())
        assert mine.by_type() == other.by_type()
        default = load_convention("default")
        found = [list(causes(Counting(net, default), Counting(net, convention)))
                 for net in (model(), twin())]  # fmt: skip
        assert found[0] == found[1]

    def test_a_convention_of_its_totals(self):
        setting = Setting(accounting=accounting("fvcore"))
        networks = model(setting=setting), twin(setting=setting)
        found = [Analysis(network).totals.total for network in networks]
        assert found[0] == found[1] != Analysis(model()).totals.macs

    def test_separable(self):
        mine, other = compare(model()), compare(twin())
        assert [row._replace(line=None) for row in other.rows] == mine.rows
        assert mine.rows
        assert mine[1:] == other[1:]

    def test_its_setting(self):
        analysis = Table(model())
        assert (analysis.alpha, analysis.rho) == (1, 1)
        assert (analysis.name, analysis.variant, analysis.path) == ("Small", None, "m.onnx")
        assert analysis.input.dims == (3, 16, 16)
        assert published_for(analysis) == analysis.published == []


class TestReports:
    @pytest.mark.parametrize("depth", [1, 2, None])
    @pytest.mark.parametrize("format_", ["text", "json", "csv", "markdown"])
    def test_analyze(self, format_, depth):
        mine, other = (
            "".join(formats.lines("analyze", format_, Selection([Table(net)], depth)))
            for net in (model(), twin())
        )
        if format_ == "json":
            mine, other = json.loads(mine), json.loads(other)
            (network,) = mine["networks"]
            assert {layer["line"] for layer in network["layers"]} == {None}
            assert None not in {layer["node"] for layer in network["layers"]}
            mine, other = (without(one, "line", "path", "node") for one in (mine, other))
        else:
            other = other.replace("m.yaml", "m.onnx")
        if format_ == "csv":
            mine, other = (
                [line.split(",") for line in text.splitlines()] for text in (mine, other)
            )
            at = mine[0].index("line")
            assert {row.pop(at) for row in mine[1:]} == {""}
            assert {row.pop(at) for row in other[1:]} > {"4"}
            assert (mine[0].pop(at), other[0].pop(at)) == ("line", "line")
            at = mine[0].index("node")
            assert "" not in {row.pop(at) for row in mine[1:]}
            assert {row.pop(at) for row in other[1:]} == {""}
        assert mine == other

    def test_patterns_and_orders(self):
        for sort in ("line", "macs", "name"):
            selected = Selection([Table(model())], None, "unit.*", sort)
            text = "".join(formats.lines("analyze", "text", selected))
            assert "unit.spatial" in text
            assert "head" not in text

    def test_the_formulas_of_a_layer(self):
        mine, other = (layer_formulas(Table(net), "unit") for net in (model(), twin()))
        assert [layer._replace(line=None) for layer in other.layers] == mine.layers
        for format_ in ("text", "json", "latex"):
            assert "".join(formats.lines("formula", format_, mine))
        assert "unit.spatial (depthwise_conv2d)\n" in "".join(
            formats.lines("formula", "text", mine)
        )


class TestCheck:
    LIMIT = Limit("params", Amount("400", 400), origin="--max")

    def test_its_judgement(self):
        mine, other = (judge(self.LIMIT, CostCache(net), 300) for net in (model(), twin()))
        assert mine == other
        assert (mine.status, mine.value, mine.delta) == ("fail", PARAMS, PARAMS - 300)
        share = Limit("macs", Amount("5%", Fraction(1, 20), True), layers="stem")
        mine, other = (judge(share, CostCache(net), None) for net in (model(), twin()))
        assert mine == other
        assert mine.status == "fail"

    def test_there_is_no_other_setting_of_it(self):
        limit = self.LIMIT._replace(setting=Setting(alpha=Fraction(1, 2)))
        with pytest.raises(CostcalcError, match=r"no text from which to build it at alpha 0\.5"):
            judge(limit, CostCache(model()), None)

    @pytest.mark.parametrize("format_", list(formats.formats_of("check")))
    def test_reports_of_what_grew(self, format_):
        old, new = model(8), model(12)
        verdict = judge(self.LIMIT, CostCache(new), PARAMS)
        found = Attribution(CostCache(new), CostCache(old))
        culprits = found.culprits([verdict], 5)
        assert [(one.name, one.cause, one.line) for one in culprits[:2]] == [
            ("stem", "edited", None),
            ("unit.channels", "edited", None),
        ]
        assert found.line(verdict) is None
        assert found.fits([verdict], Work(MOST)) == []
        checked = Checked("Small", "m.onnx", "fail", [verdict], culprits, [], [1])
        report = Report("fail", None, [checked], [], [], [], [])
        assert "m.onnx" in "".join(formats.lines("check", format_, report))


class TestDiff:
    def test_of_two(self):
        difference = compare_networks(model(8), model(12))
        other = compare_networks(twin(8), twin(12))
        assert difference.totals == other.totals
        changes, others = (
            {c.node.name: (c.change, c.cause, c.fields, c.delta) for c in one.changes}
            for one in (difference, other)
        )
        assert changes == others
        assert changes["stem"][:3] == ("changed", "edited", {"out_channels": (8, 12)})
        assert changes["stem_norm"][1] == "propagated"

    def test_an_edit_says_the_name_of_its_node(self):
        compared = Compared("b.onnx", compare_networks(model(8), model(12)), "a.onnx")
        diff = Diff("a.onnx", "b.onnx", [compared], OWN, 20)
        page = "".join(formats.lines("diff", "text", diff))
        assert "/stem/op" in page
        assert "None" not in page
        (network,) = documents("diff", diff)["networks"]
        assert {layer["line"] for layer in network["layers"]} == {None}

    def test_layers_that_came_and_went(self):
        old, new = model(), model()
        new.nodes.pop(5)
        difference = compare_networks(old, new)
        assert [(c.change, c.node.name) for c in difference.changes] == [
            ("removed", "unit.channels")
        ]
        back = compare_networks(new, old)
        assert [(c.change, c.place) for c in back.changes] == [("added", "/channels/op")]

    def test_the_input_is_stated(self):
        other = model()
        other.stated = {"input": (3, 32, 32)}
        (stated,) = compare_networks(model(), other).stated
        assert (stated.old, stated.new, stated.line) == ("3×16×16", "3×32×32", None)

    def test_against_a_text(self):
        for pair in ((model(8), twin(8)), (twin(8), model(8))):
            assert compare_networks(*pair).changes == []
        causes_ = {c.node.name: c.cause for c in compare_networks(twin(8), model(12)).changes}
        assert (causes_["stem"], causes_["stem_norm"]) == ("edited", "propagated")
