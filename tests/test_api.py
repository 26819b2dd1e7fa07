"""The calls for Python."""

import io
from fractions import Fraction
from pathlib import Path

import pytest
import rich.console

import costcalc


def test_load_and_cost():
    table = costcalc.load("mobilenet").cost(alpha="0.75", resolution=192)
    assert table.totals.macs == 239_273_472
    assert table.alpha == Fraction(3, 4)
    assert table.rho == Fraction(6, 7)
    assert table.input == (3, 192, 192)
    assert table.layers[0].name == "conv_bn_act.conv2d"
    assert table.layers[0].output_shape == (24, 96, 96)
    assert table.comparison[1].ratio == Fraction(1, 48) + Fraction(1, 9)


def test_settings_of_every_kind():
    model = costcalc.load("mobilenet")
    macs = model.cost(alpha="3/4", resolution=160).totals.macs
    assert macs == 166_396_800
    assert model.cost(alpha=Fraction(3, 4), resolution=(160, 160)).totals.macs == macs
    assert model.cost(alpha="0.75", resolution="160x160").totals.macs == macs
    assert model.cost(alpha="0.75", rho="5/7").totals.macs == macs
    assert costcalc.load("mobilenet", "mobilenet_conv").cost().totals.params == 29_294_088


def test_params_are_values_of_the_language():
    model = costcalc.load("mobilenet")
    shallow = model.cost(deep=0)
    assert shallow.totals.macs == 307_323_392
    assert model.cost({"deep": "5 - 5"}).totals.macs == shallow.totals.macs
    assert model.cost(unit="standard").totals.macs == 4_867_293_184


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 0.75}, "alpha is exact: give it as text"),
        ({"alpha": "x"}, "alpha: 'x' is not a number"),
        ({"alpha": 0}, "alpha: '0' is not greater than 0"),
        ({"rho": 1, "resolution": 224}, "not both"),
        ({"resolution": "a"}, "resolution: 'a' is not a size"),
        ({"resolution": 0}, "resolution: '0' is not a size"),
        ({"dep": 3}, "no param 'dep'"),
        ({"deep": 0.5}, "values are exact"),
        ({"deep": "1 +"}, "deep: 1 + is not an expression"),
        ({"deep": [1]}, "repeat must be a whole number"),
        ({"deep": True}, "repeat must be a whole number"),
    ],
)
def test_faulty_settings(settings, message):
    with pytest.raises(costcalc.CostcalcError) as raised:
        costcalc.load("mobilenet").cost(**settings)
    assert message in str(raised.value)


def test_an_error_keeps_its_parts(tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [3]\nlayers:\n  - rellu\n  - linear\n", encoding="utf-8")
    with pytest.raises(costcalc.Problems) as raised:
        costcalc.load(str(path))
    first, second = raised.value.problems
    assert first.message == "unknown layer or block 'rellu'"
    assert first.position == costcalc.Position(str(path), 3, 5)
    assert first.hint == "did you mean 'relu'?"
    assert str(second).startswith(f"{path}:4:5: linear needs out_features")
    with pytest.raises(costcalc.Problems):
        costcalc.validate(str(path))


def test_validate_and_list():
    costcalc.validate("mobilenet")
    names = [row.variant for row in costcalc.list_networks()]
    assert names.index("mobilenet_shallow") + 1 == names.index("mobilenet_v2")


@pytest.mark.parametrize(
    ("make", "figure"),
    [
        (lambda: costcalc.load("mobilenet").cost(), "568,740,352"),
        (lambda: costcalc.load("mobilenet").formula(), "539,492,352"),
        (costcalc.formula, "equation 5"),
    ],
    ids=["table", "law", "seed"],
)
def test_a_result_shows_itself(make, figure):
    result = make()
    assert figure in str(result)
    out = io.StringIO()
    rich.console.Console(file=out, width=80, force_terminal=True).print(result)
    assert figure in out.getvalue()
    html = result._repr_html_()
    assert html.startswith("<pre>")
    assert figure in html


def test_a_table_shows_no_markup(tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text('name: "<script>[bold]"\ninput: [3]\nlayers: [relu]\n', encoding="utf-8")
    table = costcalc.load(str(path)).cost()
    assert "&lt;script&gt;[bold]" in table._repr_html_()
    assert "<script>" not in table._repr_html_()


def test_rows_by_depth():
    table = costcalc.load("mobilenet").cost()
    assert len(table.rows()) == 16
    assert sum(row.cost.macs for row in table.rows()) == table.totals.macs
    leaves = [row for row in table.rows(None) if row.name == row.layers[0].name]
    assert [row.name for row in leaves] == [layer.name for layer in table.layers]


def test_unknown_names_of_the_module():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = costcalc.nothing


def test_only_rows_whose_parts_follow_are_open():
    rows = costcalc.load("mobilenet").cost().rows(2)
    open_rows = [row.name for row in rows if row.opened]
    assert open_rows == [row.name for row in rows if row.level == 0 and row.layer is None]
    closed = [row for row in rows if not row.opened]
    assert sum(row.cost.macs for row in closed) == 568_740_352
