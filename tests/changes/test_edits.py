"""Where edits are told: strides, a file's own blocks, params, inputs, variants."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.paths import CONFIGS
from support.repositories import Repo, isolate

from costcalc.budgets.api import check
from costcalc.changes.diff import diff
from costcalc.cli import run

STAGES = """\
name: n
input: [3, 96, 96]
params: {width: 64}
blocks:
  stage:
    params: {out_channels: , depth: 2}
    layers:
      - conv_bn_act: {out_channels, kernel_size: 3, stride: 2}
      - conv_bn_act: {out_channels, kernel_size: 3, repeat: depth}
layers:
  - conv_bn_act: {out_channels: width, kernel_size: 3}
  - stage: {out_channels: 64}
  - stage: {out_channels: 128}
  - global_avg_pool
  - linear: {out_features: 10}
"""
BIG = """\
version: 1
budgets:
  - match: n.yaml
    limits: [{variant: big, macs: {growth: 0}}]
"""
MOBILENET = CONFIGS / "mobilenet.yaml"


@pytest.fixture
def repo(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    made = Repo(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    return made


def edited(repo: Repo, text: str, old: str, new: str) -> None:
    repo.commit(n=text)
    assert text.count(old) >= 1
    repo.write("n.yaml", text.replace(old, new, 1))


def failing(**limits):
    (network,) = check("n.yaml", base="HEAD", **(limits or {"growth": {"macs": 0}})).networks
    assert network.status == "fail"
    return network


def changes(variant=None):
    found = diff("HEAD", "n.yaml", variant=variant)
    return [change for compared in found[:1] for change in compared.difference.changes]


class TestStrides:
    """A stride gives the shapes of all layers behind it to others: they are the same layers."""

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [
            ("512, stride: 2", "512", 21),
            ("kernel_size: 3, stride: 2", "kernel_size: 3", 15),
            ("128, repeat: 2, first: {stride: 2}", "128, repeat: 2", 19),
            ("first: {stride: 2}", "first: {stride: 1}", 19),
        ],
    )
    def test_one_layer_is_edited_and_the_others_follow(self, repo, old, new, line):
        text = MOBILENET.read_text(encoding="utf-8")
        edited(repo, text, old, new)
        found = changes()
        assert {change.change for change in found} == {"changed"}
        (one,) = [change for change in found if change.cause == "edited"]
        assert "stride" in one.fields
        assert all(c.old.name == c.new.name for c in found)
        lines = repo.folder.joinpath("n.yaml").read_text().split("\n")
        assert new in lines[one.line - 1]

    def test_in_a_chain(self, repo):
        text = (
            "input: [3, 32, 32]\nlayers:\n"
            + "  - conv2d: {out_channels: 8, kernel_size: 3, stride: 2}\n"
            + "  - depthwise_conv2d: {kernel_size: 3, stride: 2}\n  - relu\n"
            + "  - depthwise_conv2d: {kernel_size: 3}\n" * 3
        )
        edited(repo, text, "kernel_size: 3, stride: 2}", "kernel_size: 3}")
        assert [(c.cause, c.node.name) for c in changes()] == [
            ("edited", "conv2d"),
            *(("propagated", f"depthwise_conv2d_{n}") for n in (1,)),
            ("propagated", "relu"),
            *(("propagated", f"depthwise_conv2d_{n}") for n in (2, 3, 4)),
        ]


class TestBlocksOfTheFile:
    def test_on_the_item_that_was_edited(self, repo):
        edited(repo, STAGES, "out_channels: 64}", "out_channels: 96}")
        network = failing()
        assert network.lines == [12]
        assert {c.line for c in network.culprits if c.cause == "edited"} == {12}
        (width,) = [fit for fit in network.fits if fit.knob == "out_channels"]
        assert (width.value, width.line) == (64, 12)

    def test_on_the_body_where_that_was_edited(self, repo):
        edited(repo, STAGES, "repeat: depth", "repeat: depth + 1")
        assert failing().lines == [9]
        edited(repo, STAGES, "kernel_size: 3, repeat", "kernel_size: 5, repeat")
        assert failing().lines == [9]

    def test_on_an_argument(self, repo):
        edited(repo, STAGES, "out_channels: 128}", "out_channels: 128, depth: 4}")
        assert failing().lines == [13]

    def test_on_a_default(self, repo):
        edited(repo, STAGES, "depth: 2}", "depth: 3}")
        assert failing().lines == [6]

    def test_on_a_block_that_is_used_once_more(self, repo):
        edited(
            repo, STAGES, "  - global_avg_pool", "  - stage: {out_channels: 8}\n  - global_avg_pool"
        )
        assert failing(growth={"params": 0}).lines in ([14], [15])


class TestOfTheWholeNetwork:
    def test_a_param_is_told_with_its_line(self, repo):
        edited(repo, STAGES, "width: 64", "width: 72")
        network = failing()
        assert network.lines == [3]
        (stated,) = network.stated
        assert stated == ("width", "64", "72", 3)
        (width,) = [fit for fit in network.fits if fit.knob == "width"]
        assert (width.value, width.line) == (64, 3)

    def test_the_input(self, repo):
        edited(repo, STAGES, "[3, 96, 96]", "[3, 128, 96]")
        network = failing()
        assert network.lines == [2]
        assert network.stated == [("input", "3×96×96", "3×128×96", 2)]
        assert {culprit.cause for culprit in network.culprits} == {"propagated"}

    def test_alpha(self, repo):
        edited(repo, STAGES, "params: {", "alpha: 1.5\nparams: {")
        network = failing()
        assert network.stated == [("alpha", None, "1.5", 3)]
        assert network.lines == [3]

    def test_alpha_of_a_variant_and_rounding(self, repo):
        text = STAGES.replace("params: {", "rounding: {divisor: 8}\nparams: {", 1)
        text += "variants:\n  small: {}\n  big: {alpha: 1.25}\n"
        edited(repo, text, "alpha: 1.25", "alpha: 1.5")
        repo.write("costcalc.yaml", BIG)
        assert failing().lines[0] == text[: text.index("alpha: 1.25")].count("\n") + 1
        edited(repo, text, "divisor: 8", "divisor: 96")
        assert failing().lines == [
            3,
            3,
            3,
        ]  # big by the project's limit, small and big by the option

    def test_it_is_in_the_json_of_both(self, repo, capsys):
        edited(repo, STAGES, "[3, 96, 96]", "[3, 128, 96]")
        assert (
            run(["check", "n.yaml", "--base", "HEAD", "--growth", "macs=0", "--format", "json"])
            == 1
        )
        (network,) = json.loads(capsys.readouterr().out)["networks"]
        told = {"name": "input", "from": "3×96×96", "to": "3×128×96", "line": 2}
        assert network["edits"] == [told]
        assert run(["diff", "HEAD", "--format", "json"]) == 0
        (network,) = json.loads(capsys.readouterr().out)["networks"]
        assert network["settings"] == [told]
        assert run(["diff", "HEAD"]) == 0
        assert "edited: input 3×96×96 -> 3×128×96 (line 2)" in capsys.readouterr().out


VARIANTS = STAGES + "variants: {small: {}, big: {params: {width: 96}}}\n"


class TestVariants:
    def test_each_is_compared(self, repo):
        edited(repo, VARIANTS, "width: 96", "width: 128")
        (found,) = diff("HEAD")
        assert (found.variant, found.changed) == ("big", True)
        assert diff("HEAD", variant="small") == []

    def test_one_that_is_new_and_one_that_is_gone(self, repo):
        edited(repo, VARIANTS, "big:", "huge:")
        totals = {one.variant: one.difference.totals["macs"] for one in diff("HEAD")}
        assert set(totals) == {"big", "huge"}
        assert totals["big"][1] is totals["huge"][0] is None

    def test_those_without_a_limit_are_named(self, repo, capsys):
        repo.write("n.yaml", VARIANTS + "budgets: {macs: 1G}\n")
        assert run(["check", "n.yaml"]) == 0
        assert "variants without a limit: big" in capsys.readouterr().out
        assert run(["check", "n.yaml", "--max", "macs=1G"]) == 0
        assert "without a limit" not in capsys.readouterr().out

    def test_what_fits_is_for_each_setting_that_fails(self, repo):
        repo.write("n.yaml", VARIANTS + "budgets: [{macs: 9M}, {variant: big, macs: 9M}]\n")
        (network,) = check("n.yaml").networks
        assert {fit.limit.setting.variant for fit in network.fits} == {None, "big"}


def test_additions_alone_are_shown(repo, capsys):
    edited(repo, STAGES, "  - global_avg_pool", "  - relu6\n  - global_avg_pool")
    assert run(["diff", "HEAD"]) == 0
    assert "relu6" in capsys.readouterr().out


def test_faults_are_annotated(repo, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    repo.write("n.yaml", STAGES.replace("kernel_size", "kernel_sizze", 1))
    assert run(["check", "n.yaml", "--max", "macs=1G"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("::error file=n.yaml,line=8,col=")
    assert "unknown key 'kernel_sizze'" in out
    assert "unknown key 'kernel_sizze'" in err


def test_the_base_of_a_project_file_further_up_holds(repo, monkeypatch, capsys):
    repo.write("costcalc.yaml", "version: 1\nbase: old\n")
    repo.write(
        "b/costcalc.yaml", "version: 1\nbudgets: [{match: n.yaml, limits: {macs: {growth: 0}}}]\n"
    )
    repo.write("b/n.yaml", STAGES)
    old = repo.commit()
    repo.git("tag", "old")
    repo.commit()
    monkeypatch.chdir(repo.folder / "b")
    assert check().base == old


def test_a_glob_does_not_lead_out_of_its_folder(repo, capsys):
    repo.write("a/n.yaml", STAGES)
    repo.write("costcalc.yaml", "version: 1\nbudgets: [{match: ../a/*.yaml, limits: {macs: 1}}]\n")
    assert run(["check"]) == 2
    assert "costcalc.yaml:2:19: '../a/*.yaml' is not below the folder" in capsys.readouterr().err


def test_what_grew_is_accepted_with_the_baseline(repo, capsys):
    repo.write("n.yaml", STAGES)
    common = [
        "check",
        "n.yaml",
        "--growth",
        "macs=0%",
        "--baseline",
        "costs.yaml",
        "--update-baseline",
    ]
    assert run(common) == 0
    repo.write("n.yaml", STAGES.replace("width: 64", "width: 72"))
    assert run(common) == 1
    assert run([*common, "--allow-increase"]) == 0
    assert run(common) == 0


def test_a_base_that_a_later_network_asks_for_is_the_base_of_all(repo):
    repo.commit(a=STAGES + "budgets: {macs: 1G}\n", b=STAGES + "budgets: {macs: {growth: 0}}\n")
    repo.git("checkout", "-qb", "other")
    repo.commit()
    first, second = check(".").networks
    assert first.verdicts[0].base is not None
    assert second.verdicts[0].base is not None


def test_the_summary_of_a_job_is_appended_to(repo, monkeypatch, capsys):
    repo.write("n.yaml", STAGES)
    summary = repo.write("summary", "before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert run(["check", "n.yaml", "--max", "macs=1G", "--format", f"text:{summary}"]) == 0
    assert summary.read_text().startswith("before\nPASS")


def test_annotations_in_a_file_beside_json_on_standard_output(repo, capsys):
    repo.write("n.yaml", STAGES)
    formats = ["--format", "json", "--format", "github:gh.txt"]
    assert run(["check", "n.yaml", "--max", "macs=1", *formats]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "fail"
    assert Path("gh.txt").read_text().startswith("::error file=n.yaml,")


class TestWhatDoesNotGrowItself:
    """What was edited is told, though only what is behind it grows."""

    POOLED = (
        "input: [3, 32, 32]\nlayers:\n  - conv2d: {out_channels: 8, kernel_size: 3}\n"
        "  - max_pool2d: {kernel_size: 2}\n  - conv2d: {out_channels: 8, kernel_size: 3}\n"
        "  - conv2d: {out_channels: 8, kernel_size: 3}\n"
    )

    def test_the_stride_of_a_pool(self, repo):
        edited(repo, self.POOLED, "kernel_size: 2}", "kernel_size: 2, stride: 1}")
        network = failing()
        assert network.lines == [4]
        assert network.stated == [("stride of max_pool2d", "none", "[1, 1]", 4)]

    def test_a_pool_that_is_gone(self, repo):
        edited(repo, self.POOLED, "  - max_pool2d: {kernel_size: 2}\n", "")
        assert failing().stated == [("layer max_pool2d", "there", None, None)]


def test_copies_that_a_param_adds(repo):
    text = STAGES.replace("params: {width: 64}", "params: {width: 64, times: 2}").replace(
        "  - stage: {out_channels: 128}", "  - stage: {out_channels: 128, repeat: times}"
    )
    edited(repo, text, "times: 2", "times: 3")
    assert failing(growth={"params": 0}).lines == [3]


def test_a_variants_own_input(repo):
    text = STAGES + "variants:\n  small: {}\n  big: {input: [3, 128, 128]}\n"
    edited(repo, text, "[3, 128, 128]", "[3, 160, 160]")
    repo.write(
        "costcalc.yaml",
        "version: 1\nbudgets: [{match: n.yaml, limits: [{variant: big, macs: {growth: 0}}]}]\n",
    )
    (network,) = check("n.yaml", base="HEAD").networks
    assert network.lines == [18]


def test_an_edited_from_of_a_block(repo):
    text = (
        "input: [3, 16, 16]\nlayers:\n"
        "  - conv_bn_act: {name: a, out_channels: 8, kernel_size: 3}\n"
        "  - conv_bn_act: {name: b, out_channels: 16, kernel_size: 3}\n"
        "  - conv_bn_act: {from: a, out_channels: 8, kernel_size: 3}\n"
    )
    edited(repo, text, "from: a", "from: b")
    assert {change.cause for change in changes()} == {"edited"}


def test_widths_that_double_beside_a_layer_that_is_new(repo):
    """By labels they are the same layers, though each has the next one's old width."""
    line = "  - conv2d: {{out_channels: {}, kernel_size: 3, stride: 2}}\n"
    text = "input: [3, 64, 64]\nlayers:\n" + "".join(map(line.format, (16, 32, 64, 128)))
    repo.commit(n=text)
    wider = "input: [3, 64, 64]\nlayers:\n" + "".join(map(line.format, (32, 64, 128, 256)))
    repo.write("n.yaml", wider + "  - relu\n")
    assert [(c.change, c.cause) for c in changes()] == [("changed", "edited")] * 4 + [
        ("added", "edited")
    ]


def test_a_width_by_another_name(repo):
    text = (
        STAGES.replace("out_channels: , depth", "channels: , depth")
        .replace("{out_channels, kernel", "{out_channels: channels, kernel")
        .replace("stage: {out_channels", "stage: {channels")
    )
    edited(repo, text, "channels: 64}", "channels: 96}")
    assert ("channels", 64) in [(fit.knob, fit.value) for fit in failing().fits]
