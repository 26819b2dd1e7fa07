"""A network as an item (rule 44)."""

import os
import subprocess

import pytest

import costcalc
from costcalc.cli import run as cli
from costcalc.errors import CostcalcError
from costcalc.language.lookup import shipped_names

BACK = """\
input: [3, 32, 32]
params: {width: 16, classes: 10, last_channels: 8}
rounding: {divisor: 8}
blocks:
  unit:
    params: {out_channels}
    layers: [conv2d: {out_channels, kernel_size: 3, groups: one}]
layers:
  - unit: {name: low, out_channels: 24}
  - conv2d: {name: high, out_channels: scaled(width), kernel_size: 1}
  - concat: [[], conv2d: {name: inner, out_channels: last_channels, kernel_size: 1}]
  - global_avg_pool
  - linear: {name: logits, out_features: classes}
variants:
  small: {params: {one: 1}}
  big: {params: {one: 1, width: 40}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "back.yaml").write_text(BACK)


def write(*items, name="net.yaml", head="input: [3, 16, 16]"):
    lines = [head, "layers:", *(f"  - {item}" for item in items), ""]
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    return name


def table(*items, head="input: [3, 16, 16]", **setting):
    return costcalc.load(write(*items, head=head)).cost(**setting)


def rows(*items, **more):
    return [(row.name, row.output_shape.channels) for row in table(*items, **more).layers]


def fault(*items, name="net.yaml"):
    with pytest.raises(CostcalcError) as caught:
        costcalc.load(write(*items, name=name)).cost()
    (only,) = caught.value.problems
    return only


def test_a_file_as_an_item_is_that_network():
    assert rows("network: {name: back, of: back.yaml}") == [
        ("back.low.conv2d", 24),
        ("back.high", 16),
        ("back.concat.inner", 8),
        ("back.concat.concat", 24),
        ("back.global_avg_pool", 24),
        ("back.logits", 10),
    ]
    alone = costcalc.load("back.yaml").cost(resolution=16).totals
    inside = table("network: back.yaml").totals
    assert (inside.macs, inside.params) == (alone.macs, alone.params)


def test_its_params_are_fields_and_its_variants_have_names():
    assert rows(
        "network: {of: back.yaml, width: 32, classes: n}", head="input: [3, 8, 8]\nparams: {n: 5}"
    )[1] == ("network.high", 32)
    assert rows("network: back.yaml:big")[1] == ("network.high", 40)
    assert rows("network: {of: back.yaml, classes: 5}")[-1] == ("network.logits", 5)


@pytest.mark.parametrize(
    ("outputs", "layers", "shapes"),
    [
        ("[low]", 1, [24]),
        ("[low, high]", 2, [24, 16]),
        ("[inner]", 4, [8]),
        ("[high, low]", 2, [16, 24]),
    ],
)
def test_outputs_are_handed_on_and_what_stands_behind_them_is_left_out(outputs, layers, shapes):
    network = table(f"network: {{of: back.yaml, outputs: {outputs}}}").network
    assert len(network.nodes) == layers
    assert [source.shape.channels for source in network.outputs] == shapes


def test_several_maps_have_several_names():
    made = rows(
        "network: {name: [a, b], of: back.yaml, outputs: [low, high]}", "concat: {from: [b, a]}"
    )
    assert made[-1] == ("concat", 40)


def test_its_own_outputs_are_those_of_its_header():
    with open("back.yaml", "a", encoding="utf-8") as file:
        file.write("outputs: [high, logits]\n")
    network = table("network: {of: back.yaml}").network
    assert [source.shape.channels for source in network.outputs] == [16, 10]
    assert len(network.nodes) == 6


def test_a_shipped_network_by_its_name():
    alone = costcalc.load("mobilenet_v3_small").cost(resolution=64).totals
    inside = table("network: mobilenet_v3_small", head="input: [3, 64, 64]").totals
    assert (inside.macs, inside.params) == (alone.macs, alone.params)


@pytest.mark.parametrize("name", ["efficientnet_b2", "resnet50", "shufflenet_v2"])
def test_a_shipped_variant_is_itself_at_alpha_1(name):
    """Its own alpha and rounding are kept."""
    assert name in shipped_names()
    alone = costcalc.load(name).cost(resolution=64).totals
    inside = table(f"network: {name}", head="input: [3, 64, 64]").totals
    assert (inside.macs, inside.params) == (alone.macs, alone.params)


def test_its_widths_follow_alpha_by_its_own_rounding():
    assert [channels for _, channels in rows("network: back.yaml", alpha="1/2")][:3] == [16, 8, 8]
    assert rows("network: {of: back.yaml, alpha: 2}", alpha="1/2")[:2] == [
        ("network.low.conv2d", 48),
        ("network.high", 32),
    ]
    behind = rows("network: back.yaml", "conv2d: {out_channels: 10, kernel_size: 1}", alpha="1/2")
    assert behind[-1] == ("conv2d", 5)  # rounded as this network says


def test_a_width_that_is_given_is_scaled_once():
    assert rows("network: {of: back.yaml, last_channels: 30}", alpha="1/2")[2][1] == 15


def test_it_sees_no_params_of_the_network_that_uses_it():
    head = "input: [3, 16, 16]\nparams: {width: 99}"
    assert rows("network: back.yaml", head=head)[1] == ("network.high", 16)


def test_in_repeats_and_conditions():
    assert len(rows("network: {of: back.yaml, outputs: [low], repeat: 2}")) == 2
    assert rows("network: {of: back.yaml, when: false}", "relu") == [("relu", 3)]


def test_it_is_found_where_the_file_that_names_it_is():
    os.mkdir("sub")
    os.rename("back.yaml", "sub/back.yaml")
    write("network: back.yaml", name="sub/middle.yaml")
    assert rows("network: sub/middle.yaml")[0] == ("network.network.low.conv2d", 24)


def test_what_is_no_network():
    found = fault("network: mobilenet_v9")
    assert "mobilenet_v9" in found.message
    assert found.position == ("net.yaml", 3, 14)
    assert fault("network: gone.yaml").message.startswith("no such file")
    assert fault("network: back.yaml:huge").message == "back.yaml has no variant 'huge'"
    assert fault("network").message == "network needs the name or the file of a network"
    assert "leads out of the" in fault("network: ../../../../../../etc/x.yaml").message


def test_what_does_not_fit():
    found = fault("network: {of: back.yaml, outputs: [lwo]}")
    assert found.message == "no map of back.yaml is named 'lwo'"
    assert (found.hint, found.position) == ("did you mean 'low'?", ("net.yaml", 3, 40))
    assert fault("network: {of: back.yaml, clases: 3}").hint == "did you mean 'classes'?"
    assert fault("split: 3", "network: back.yaml").message == "back.yaml takes 1 map, and gets 3"


def test_a_fault_inside_names_both_places():
    found = fault("relu", "network: {of: back.yaml, width: 0 - 1}")
    assert found.position[:2] == ("back.yaml", 10)
    assert found.notes == ["used at net.yaml:4:5"]
    with open("back.yaml", "a", encoding="utf-8") as file:
        file.write("unknown: 1\n")
    found = fault("network: back.yaml")
    assert found.position[:2] == ("back.yaml", 17)
    assert found.notes == ["used at net.yaml:3:14"]


def test_a_fault_in_a_shipped_network_stands_at_the_item_that_uses_it():
    found = fault("relu", "flatten", "network: resnet18")
    assert found.message.startswith("max_pool2d does not fit a sequence")
    assert found.position == ("net.yaml", 5, 5)
    (note,) = found.notes[:1]
    assert note.startswith("in network resnet18, resnet.yaml (shipped):")


def test_no_network_uses_itself():
    write("network: b.yaml", name="a.yaml")
    write("network: {of: a.yaml}", name="b.yaml")
    found = fault("relu", "network: a.yaml")
    assert found.message == "the network uses itself: a.yaml -> b.yaml -> a.yaml"
    assert found.position[:2] == ("b.yaml", 3)
    assert fault("network: a.yaml", name="a.yaml").message.endswith("a.yaml -> a.yaml")


def test_networks_use_one_another_to_a_limited_depth():
    write("relu", name="n0.yaml")
    for number in range(1, 25):
        write(f"network: n{number - 1}.yaml", name=f"n{number}.yaml")
    assert "at most 20 deep" in fault("network: n24.yaml").message
    assert rows("network: n15.yaml")[0][1] == 3


def test_a_block_of_that_name_hides_it():
    head = "input: [3, 8, 8]\nblocks: {network: {layers: [relu]}}"
    assert rows("network", head=head) == [("network.relu", 3)]


def test_sweeps_formulas_and_searches():
    head = "input: [3, 16, 16]\nparams: {n: 5}"
    model = costcalc.load(
        write(
            "network: {of: back.yaml, outputs: [high], width: n}",
            "conv2d: {out_channels: 9, kernel_size: 1}",
            head=head,
        )
    )
    sweep = model.sweep({"n": "5..45:20"}, alpha="0.5..1.5:0.25", metrics=["macs", "params"])
    for row, alpha in enumerate(("1/2", "3/4", "1", "5/4", "3/2")):
        for column, n in enumerate((5, 25, 45)):
            at = model.cost(alpha=alpha, n=n).totals
            assert (sweep.macs[row, column], sweep.params[row, column]) == (at.macs, at.params)
    most = model.cost(alpha="3/4").totals.macs
    (found,) = model.solve({"macs": most}).solutions
    assert model.cost(alpha=found.knobs["alpha"]).totals.macs == most
    assert "divisible(24·α, 8)" in str(model.formula(exact=True))
    assert "α²" in str(model.formula())


def test_a_diff_and_a_check_see_what_changed_in_it():
    write("network: {of: back.yaml, classes: 5}", name="old.yaml")
    write("network: {of: back.yaml, classes: 7}", name="new.yaml")
    (compared,) = costcalc.diff("old.yaml", "new.yaml")
    (change,) = compared.difference.changes
    assert (change.new.name, change.cause, change.line) == ("network.logits", "edited", 3)
    write("network: back.yaml", head="input: [3, 16, 16]\nbudgets: {macs: 1}")
    assert cli(["check", "net.yaml"]) == 1


def test_a_commit_has_its_own(tmp_path):
    def git(*arguments):
        options = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
        subprocess.run(["git", *options, *arguments], check=True, capture_output=True)

    write("network: {of: back.yaml}")
    git("init", "-q")
    git("add", "net.yaml", "back.yaml")
    git("commit", "-q", "-m", "first")
    assert costcalc.diff("HEAD", "net.yaml") == []
    (tmp_path / "back.yaml").write_text(BACK.replace("classes: 10", "classes: 11"))
    (compared,) = costcalc.diff("HEAD", "net.yaml")
    assert [change.new.name for change in compared.difference.changes] == ["network.logits"]
    (tmp_path / "back.yaml").write_text(BACK.replace("classes: 10", "classes: 1000000"))
    assert cli(["check", "net.yaml", "--growth", "params=0", "--base", "HEAD"]) == 1
