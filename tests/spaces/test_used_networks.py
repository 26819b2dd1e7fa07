"""Spaces in networks that items use: their params and alpha are drawn, and written as fields."""

import pytest

import costcalc
from costcalc.costs.totals import measure
from costcalc.graph.builder import build

WITH_ALPHA = """
input: [3, 8, 8]
alpha: {any: [0.5, 1]}
params: {width: {any: [4, 8]}, kernel: {any: [1, 3]}}
layers: [conv2d: {out_channels: width, kernel_size: kernel}, pointwise_conv2d: 6]
"""
OUTER = (
    "input: [3, 8, 8]\nlayers:\n  - {ITEM}\n  - pointwise_conv2d: {out_channels: {any: [2, 4]}}\n"
)


@pytest.mark.parametrize(
    ("item", "networks"),
    [
        ("network: used.yaml", 16),
        ("network: {of: used.yaml, width: 4}", 8),
        ("network: {of: used.yaml, alpha: 1/2, kernel: {any: [1, 3, 5]}}", 12),
    ],
)
def test_networks_of_a_used_space_are_written(item, networks, tmp_path):
    (tmp_path / "used.yaml").write_text(WITH_ALPHA, encoding="utf-8")
    path = tmp_path / "net.yaml"
    path.write_text("alpha: 1/2\n" + OUTER.replace("{ITEM}", item), encoding="utf-8")
    space = costcalc.load(str(path)).space()
    assert space.total == networks
    for number in range(1, networks + 1):
        drawn = space.network(number)
        assert measure(build(drawn.file()), ("macs", "params")) == drawn.costs
        assert "any" not in drawn.text()


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ("{}", "{any: [4, 8]}"),
        ("{side: 4, width: {any: [side, 8]}}", "width"),
        ("{out_channels: {any: [4, 8]}}\nrounding: nearest", "out_channels"),
    ],
)
def test_what_cannot_be_written_at_the_item_has_its_place(params, field, tmp_path):
    layers = f"[pointwise_conv2d: {{out_channels: {field}}}]"
    used = f"input: [3, 8, 8]\nparams: {params}\nlayers: {layers}\n"
    (tmp_path / "used.yaml").write_text(used, encoding="utf-8")
    path = tmp_path / "net.yaml"
    path.write_text(OUTER.replace("{ITEM}", "network: used.yaml"), encoding="utf-8")
    space = costcalc.load(str(path)).space()
    assert space.total == 4
    with pytest.raises(costcalc.CostcalcError, match="cannot be written at the item") as caught:
        space.network(1).file()
    assert caught.value.position[1:3] == (3, 14)


def test_a_file_is_valid_whose_choices_stand_in_others(tmp_path):
    (tmp_path / "used.yaml").write_text(WITH_ALPHA, encoding="utf-8")
    unit = "blocks: {unit: {params: {k: {any: [1, 9]}}, layers: [max_pool2d: {kernel_size: k}]}}"
    (tmp_path / "blocks.yaml").write_text(unit, encoding="utf-8")
    path = tmp_path / "net.yaml"
    text = "input: [3, 8, 8]\ninclude: [blocks.yaml]\nlayers: [network: used.yaml, unit]\n"
    path.write_text(text, encoding="utf-8")
    (warning,) = costcalc.validate(str(path))
    assert warning.message.startswith("8 settings make no network: max_pool2d")
    assert costcalc.load(str(path)).space().total == 8
