"""A layer type is defined once: a class that registers itself is found by every command."""

import csv
import io
import json
import textwrap

import pytest
from layers.cases import CASES, activations
from layers.cases import base as cases_base
from layers.cases.asking import by_class, by_counting, outcome
from layers.cases.base import Case
from support.manual import blocks
from support.paths import PROJECT

import costcalc
from costcalc.cli import run
from costcalc.errors import CostcalcError
from costcalc.layers import LAYERS, Layer, base
from costcalc.layers.convolution import Convolution
from costcalc.layers.fields import size, sizes
from costcalc.shapes import TensorShape

NETWORK = """\
input: [3, 16, 16]
layers:
  - conv2d: {out_channels: scaled(8), kernel_size: 1}
  - toy_shift: {name: toy, width: scaled(4)}
"""
MACS = 8 * 4 * 16 * 16
"""Of the toy: input channels * width * positions."""
CONV = 3 * 8 * 16 * 16


@pytest.fixture
def toy(tmp_path, monkeypatch):
    class ToyShift(Layer, type="toy_shift", family="linear_layers", aliases=("toy_alias",)):
        """A layer of a test.

        Shapes: (c, h, w) -> (width, h, w).
        Source: this file.
        """

        width = size()

        def output(self, x):
            return x.with_channels(self.width)

        def macs(self, out, x):
            """c * width a position."""
            return x.channels * self.width * out.positions

        def params(self, out, x):
            """c * width."""
            return x.channels * self.width

    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NETWORK)
    yield "net.yaml"
    del LAYERS["toy_shift"], LAYERS["toy_alias"]


@pytest.fixture
def call(capsys):
    def call(*args, code=0):
        found = run(list(args))
        out, err = capsys.readouterr()
        assert found == code, err
        return out if code != 2 else err

    return call


def test_analyze(toy, call):
    rows = csv.DictReader(io.StringIO(call("analyze", toy, "--format", "csv")))
    macs = {row["type"]: int(row["macs"]) for row in rows}
    assert macs == {"conv2d": CONV, "toy_shift": MACS}
    assert "toy_shift" in call("analyze", toy, "--layers", "toy_shift")


@pytest.mark.parametrize("alphas", ["0.5,1", "0.001..1:0.001"], ids=["points", "a grid"])
def test_sweep(toy, call, alphas):
    swept = call("sweep", toy, "--alpha", alphas, "--format", "json", "--metric", "macs,params")
    points = {point["alpha"]: point for point in json.loads(swept)["points"]}
    assert points["1"]["macs"] == CONV + MACS
    assert points["1/2"]["params"] == 3 * 4 + 4 + 4 * 2


def test_solve(toy, call):
    found = call("solve", toy, "--max", f"macs={CONV + MACS}", "--format", "json")
    (solution,) = json.loads(found)["solutions"]
    assert solution["macs"] == CONV + MACS


def test_formula(toy, call):
    assert "c" in call("formula", toy)
    assert f"= {MACS:,}" in call("formula", toy, "--layer", "toy")
    exact = call("formula", toy, "--exact", "--format", "python")
    scope = {}
    exec(exact, scope)
    assert scope["macs"](1, 1) == CONV + MACS
    assert scope["params"](1, 1) == 3 * 8 + 8 + 8 * 4


def test_check_and_diff(toy, call, tmp_path):
    call("check", toy, "--max", f"macs={CONV + MACS - 1}", code=1)
    (tmp_path / "old.yaml").write_text(NETWORK.replace("width: scaled(4)", "width: 2"))
    (network,) = json.loads(call("diff", "old.yaml", toy, "--format", "json"))["networks"]
    assert network["layers"][0]["fields"]["width"] == {"from": 2, "to": 4}
    assert network["totals"]["macs"]["delta"] == MACS // 2


def test_reference(toy, call):
    assert "A layer of a test." in call("layers")
    page = call("layers", "toy_shift")
    assert "width" in page
    assert "c * width a position." in page
    schema = json.loads(call("schema"))
    assert "toy_shift" in json.dumps(schema)
    assert "toy_alias" in json.dumps(schema)


def test_faults(toy, call, tmp_path):
    (tmp_path / "bad.yaml").write_text(NETWORK.replace("width:", "widht:"))
    told = call("validate", "bad.yaml", code=2)
    assert "unknown key 'widht' in toy_shift" in told
    assert "did you mean 'width'?" in told
    (tmp_path / "bad.yaml").write_text(NETWORK.replace("toy_shift", "toy_shfit"))
    assert "did you mean 'toy_shift'?" in call("validate", "bad.yaml", code=2)


def test_conventions_count_it_or_say_that_they_do_not_know_it(toy, call):
    """The default counts the macs of its family; fvcore has rules for types of it alone, and an
    unknown count is an error, never 0. Of an activation every tool has rules: see
    test_convention_families."""
    assert costcalc.load(toy).cost().totals.total == CONV + MACS
    told = call("analyze", toy, "--convention", "fvcore", code=2)
    assert "toy_shift" in told


def test_the_example_of_the_contract_is_a_layer_type():
    """What costcalc/layers/base.py tells a newcomer to write."""
    lines = base.__doc__.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("    class "))
    example = [line for line in lines[start:] if line.startswith("    ") or not line]
    scope = vars(base).copy()
    exec(textwrap.dedent("\n".join(example)), scope)
    try:
        layer, x = LAYERS["hard_tanh"](), TensorShape(3, (4, 5))
        assert (layer.output(x), layer.other_ops(x, x), layer.macs(x, x)) == (x, 60, 0)
    finally:
        del LAYERS["hard_tanh"]


def test_the_recipe_of_the_manual_is_a_layer_type_and_its_cases(monkeypatch):
    """What docs/contributing.md tells a newcomer to write, as it is compared in test_cases."""
    page = (PROJECT / "docs" / "contributing.md").read_text("utf-8")
    shown = {title: text for title, text in blocks(page, "python") if title or "class Glu" in text}
    try:
        exec(shown[None], {"__name__": __name__})
        scope = vars(cases_base) | vars(activations) | {"CASES": CASES, "REFUSED": (refused := [])}
        monkeypatch.setitem(CASES, "glu", None)
        exec(shown["glu_cases.py"], scope)
        fits = Case({}, [(6, 4, 5)])
        assert by_counting("glu", fits) == by_class("glu", fits)
        assert by_class("glu", fits).other_ops == 4 * 3 * 4 * 5
        ((type_, fields, maps),) = refused
        for ask in (by_counting, by_class):
            assert outcome(ask, type_, Case(fields, maps)) is None
        assert CASES["glu"].widths(lambda _: 3, {}, 5) == {"c": 30}
    finally:
        LAYERS.pop("glu", None)


def test_a_field_of_its_own_comes_before_one_of_its_family():
    class Halves(Convolution, sides=2):
        stride = sizes(2, minimum=2)

    assert next(iter(Halves.fields)) == "stride"
    assert Halves.fields["stride"].default == Halves().stride == (2, 2)
    assert Convolution.fields["stride"].default == 1
    with pytest.raises(CostcalcError, match="must be at least 2, not 1"):
        Halves(stride=1)


def test_a_second_layer_of_the_name_is_refused(toy):
    with pytest.raises(TypeError, match="layer type 'toy_shift' is defined twice"):

        class Again(Layer, type="toy_shift", family="linear_layers"):
            pass
