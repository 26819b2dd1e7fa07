"""Files of other formats through every command: by name, in git, in folders, in CI."""

import json
import shutil
import zipfile
from fractions import Fraction

import pytest
import yaml
from fuzz.calls import call
from importers.pairs import SAMPLES, analysis, samples
from support.paths import PROJECT
from support.repositories import Repo, isolate

from costcalc.importers.formats import FORMATS

TINY = (SAMPLES / "ultralytics" / "tiny.yaml").read_text(encoding="utf-8")
CFG = (SAMPLES / "darknet" / "all.cfg").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    isolate(monkeypatch, tmp_path)
    return tmp_path


def networks(*arguments: str) -> list[dict]:
    ended = call("analyze", *arguments, "--format", "json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)["networks"]


# Scales of Ultralytics


def test_a_file_name_names_a_scale(here):
    (here / "yolo12.yaml").write_text(TINY)
    by_name = networks("yolo12s.yaml")[0]
    assert by_name["variant"] == "s"
    assert by_name["totals"] == networks("yolo12.yaml:s")[0]["totals"]
    assert networks("yolo12.yaml")[0]["variant"] == "n"


def test_a_key_names_a_scale(here):
    (here / "net.yaml").write_text(f"scale: m\n{TINY}")
    assert networks("net.yaml")[0]["variant"] == "m"


@pytest.mark.parametrize("width", [8, 25, 40, 100, 130, 200])
@pytest.mark.parametrize("scale", ["0.25", "0.55", "0.28", "1.00", "1.5"])
@pytest.mark.parametrize("most", [64, 100, 1024])
def test_a_width_is_scaled_and_rounded_up(width, scale, most):
    text = f"scales: {{n: [1, {scale}, {most}]}}\nbackbone: [[-1, 1, Conv, [{width}]]]\nhead: []\n"
    exact = Fraction(min(width, most)) * Fraction(scale) / 8
    assert analysis(text, "m.yaml").layers[0].output_shape.channels == 8 * -(-exact // 1)


@pytest.mark.parametrize("repeats", [1, 2, 3, 5, 6, 9])
@pytest.mark.parametrize("depth", ["0.33", "0.5", "0.10", "0.67", "1.5"])
def test_repeats_are_rounded_half_to_even(repeats, depth):
    row = f"[-1, {repeats}, Conv, [8]]"
    text = f"scales: {{n: [{depth}, 1, 64]}}\nbackbone: [{row}]\nhead: []\n"
    convs = [one for one in analysis(text, "m.yaml").layers if one.type == "conv2d"]
    assert len(convs) == (1 if repeats == 1 else max(1, round(repeats * Fraction(depth))))


def test_the_older_form_multiplies_too():
    text = "depth_multiple: 0.33\nwidth_multiple: 0.50\nbackbone: [[-1, 9, Conv, [24]]]\nhead: []\n"
    found = analysis(text, "yolov5.yaml").layers
    assert [one.output_shape.channels for one in found if one.type == "conv2d"] == [16] * 3


def test_knobs_are_swept(here):
    (here / "net.yaml").write_text(TINY)
    ended = call(
        "sweep",
        "net.yaml",
        "--set",
        "width=0.25..1.0:0.25",
        "--metric",
        "params",
        "--format",
        "csv",
    )
    assert ended.code == 0, ended.err
    assert len(ended.out.splitlines()) == 5
    assert call("check", "net.yaml", "--max", "macs=200G").code == 0
    assert call("solve", "net.yaml", "--max", "macs=50G", "--range", "width=0.1..1").code == 0
    assert call("formula", "net.yaml").code == 0


# What is written beside the format's own keys


def test_blocks_are_included(here):
    block, _, rest = TINY.partition("blocks:\n")[2].partition("budgets:")
    (here / "own.yaml").write_text(f"blocks:\n{block}")
    net = TINY.partition("blocks:\n")[0] + "include: [own.yaml]\nbudgets:" + rest
    (here / "net.yaml").write_text(net)
    (here / "whole.yaml").write_text(TINY)
    assert networks("net.yaml")[0]["totals"] == networks("whole.yaml")[0]["totals"]


def test_an_unknown_module_says_what_to_write(here):
    (here / "net.yaml").write_text(TINY.partition("blocks:")[0])
    ended = call("analyze", "net.yaml")
    assert ended.code == 2
    line = 1 + next(n for n, one in enumerate(TINY.splitlines()) if "Mine" in one)
    assert f"net.yaml:{line}:17: row 8: unknown module 'Mine'" in ended.err
    assert "write it as a block in this file, under blocks: {Mine:" in ended.err


def test_budgets_of_the_same_file_hold(here):
    (here / "net.yaml").write_text(TINY.replace("macs: 300G", "macs: 1M"))
    ended = call("check", "net.yaml:n", "--format", "json")
    assert ended.code == 1
    (network,) = json.loads(ended.out)["networks"]
    assert network["status"] == "fail"


def test_activations_are_replaced():
    other = TINY.replace("nn.ReLU()", "nn.LeakyReLU(0.1)")
    assert "leaky_relu" in {one.type for one in analysis(other, "net.yaml").layers}
    assert "silu" in {
        one.type for one in analysis(TINY.replace("activation", "other"), "net.yaml").layers
    }


# The figure of the format's own program


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: one.name)
def test_a_report_shows_what_its_own_program_prints(here, one):
    for sample in samples(one.name):
        (network,) = networks(str(sample))
        printed, text = network["printed"], call("analyze", str(sample)).out
        if one.figure is None:
            assert printed is None
            assert " prints " not in text
            continue
        (own,) = networks(str(sample), "--convention", one.figure.convention)
        assert printed["value"] == own["totals"][one.figure.metric]
        assert f"\n{one.name} prints {printed['text']}\n" in text
        assert printed["text"].endswith(one.figure.unit)


def test_the_network_language_has_no_other_figure():
    assert networks("mobilenet")[0]["printed"] is None
    assert " prints " not in call("analyze", "mobilenet").out


def test_a_comment_with_other_figures_is_told(here):
    (here / "net.yaml").write_text(TINY)
    (network,) = networks("net.yaml")
    (warning,) = network["warnings"]
    figure = f"{network['printed']['value'] / 10**9:.1f}"
    params = f"{network['totals']['params'] + 16:,}"
    assert warning["message"] == (
        f"the comment says 111,111 parameters and 0.1 GFLOPs; ultralytics 8.4 prints {params} "
        f"and {figure}"
    )
    assert (warning["line"], warning["column"]) == (4, TINY.splitlines()[3].index("#") + 1)
    assert "net.yaml:4:" in call("analyze", "net.yaml").err
    assert "net.yaml:4:" in call("validate", "net.yaml").err
    right = TINY.replace("111,111", params).replace("0.1 GFLOPs", f"{figure} GFLOPs")
    (here / "net.yaml").write_text(right)
    assert networks("net.yaml")[0]["warnings"] == []
    assert networks("net.yaml", "--resolution", "320")[0]["warnings"] == []


HINTED = """7767517
3 3
Input data 0 1 data 0=9 1=8 2=3
Convolution c 1 1 data c -23330=4,3,7,6,4 0=4 1=3 5=1 6=108
InnerProduct f 1 1 c f -23330=4,1,5,1,1 0=5 1=1 2=840
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3,7,6,4", "3,7,5,4", "c makes 4×6×7 and not 4×5×7, as the file states"),
        ("6=108", "6=216", "c has 112 params and not 220, as the file states"),
        ("2=840", "2=84", "f has 845 params and not 89, as the file states"),
        (
            "0=9 1=8 2=3",
            "0=9 1=10 2=3",
            "c makes 4×8×7 and not 4×6×7, as the file states; so with 1 more layer",
        ),
    ],
)
def test_what_an_ncnn_file_states_of_layers_is_compared(here, old, new, said):
    (here / "net.param").write_text(HINTED)
    assert networks("net.param")[0]["warnings"] == []
    (here / "net.param").write_text(HINTED.replace(old, new, 1))
    (warning,) = networks("net.param")[0]["warnings"]
    assert (warning["message"], warning["line"]) == (said, 5 if said.startswith("f") else 4)
    assert networks("net.param", "--resolution", "16")[0]["warnings"] == []


# Places


@pytest.mark.parametrize(
    "sample", [path for one in FORMATS for path in samples(one.name)], ids=lambda path: path.name
)
def test_a_layer_stands_at_the_row_that_makes_it(sample):
    text = sample.read_text(encoding="utf-8")
    lines = text.splitlines()
    named = analysis(text, sample.name).layers
    for layer in named:
        assert layer.line is not None
        label = layer.name.split(".")[0]
        if label.partition("_")[0] in ("add", "concat", "multiply", "maximum"):
            continue  # merges are called so
        if sample.suffix == ".cfg":
            sections = [n for n, one in enumerate(lines, 1) if one.startswith("[")]
            assert layer.line == sections[int(label) + 1]
        elif sample.suffix == ".yaml":
            rows = [n for n, one in enumerate(lines, 1) if one.startswith(("  - [", "  - - "))]
            row = rows[int(label.split("_")[0])]
            own = [n for n, one in enumerate(lines, 1) if one.startswith("      - ")]
            # Of an own block its items; of a row over several lines that of its module.
            assert layer.line in {"7": [row + 2], "8": own}.get(label.split("_")[0], [row])
        else:
            assert label in "".join(lines[layer.line - 1 : layer.line + 2])


# git, CI, folders


def test_a_base_is_read_from_git(here):
    repo = Repo(here / "repo")
    repo.write("net.cfg", CFG)
    repo.write("yolo.yaml", TINY)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "first")
    repo.write("net.cfg", CFG.replace("filters=12", "filters=32"))
    repo.write("yolo.yaml", TINY.replace("[72, 3]", "[144, 3]"))
    for name, line in (("net.cfg", 38), ("yolo.yaml", 21)):
        ended = call(
            *("check", str(repo.folder / name), "--base", "HEAD", "--growth", "macs=1%"),
            *("--format", "github"),
        )
        assert ended.code == 1, ended.err
        assert f"file={name},line={line}," in ended.out


def test_a_container_is_read_from_git(here):
    repo = Repo(here / "repo")
    path = repo.folder / "m.keras"

    def save(units: int) -> None:
        layer = {"name": "d", "units": units, "batch_input_shape": [None, 8]}
        config = {"name": "m", "layers": [{"class_name": "Dense", "config": layer}]}
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "config.json", json.dumps({"class_name": "Sequential", "config": config})
            )
            archive.writestr("model.weights.h5", b"\x89\xff")

    save(4)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "first")
    save(8)
    growth = ("check", str(path), "--base", "HEAD", "--growth")
    assert call(*growth, "macs=100%").code == 0
    ended = call(*growth, "macs=1%")
    assert ended.code == 1
    assert "32" in ended.out
    assert "64" in ended.out


def test_two_formats_are_compared(here):
    (here / "a.cfg").write_text(CFG)
    ended = call("diff", "a.cfg", str(SAMPLES / "darknet" / "all.net.yaml"), "--format", "json")
    assert ended.code in (0, 1), ended.err
    (here / "converted.yaml").write_text(call("convert", "a.cfg").out)
    ended = call("diff", "a.cfg", "converted.yaml", "--format", "json")
    assert ended.code == 0
    assert json.loads(ended.out)["networks"] == []  # none differs


def test_a_variant_is_converted_first(here):
    (here / "net.yaml").write_text(TINY)
    for arguments in (["net.yaml", "--variant", "s"], ["net.yaml:s"]):
        assert call("convert", *arguments, "--output", "converted.yaml").code == 0
        (network,) = networks("converted.yaml")
        assert network["variant"] == "s"
        assert network["totals"] == networks("net.yaml:s")[0]["totals"]
        assert networks("converted.yaml:m")[0]["totals"] == networks("net.yaml:m")[0]["totals"]


def test_folders_and_globs_find_them(here):
    for one in FORMATS:
        for sample in samples(one.name):
            shutil.copy(sample, here / sample.name)
    (here / "package.json").write_text('{"name": "x", "layers": 3}')
    (here / "setup.cfg").write_text("[metadata]\nname = x\n")
    (here / "workflow.yaml").write_text("jobs: {}\n")
    found = json.loads(call("check", ".", "--max", "macs=100G", "--format", "json").out)
    names = {one["path"] for one in found["networks"]}
    assert names == {sample.name for one in FORMATS for sample in samples(one.name)}
    assert call("check", "*.cfg", "--max", "macs=1G").code == 0
    assert call("validate", "--skip-others", "package.json", "setup.cfg", "all.cfg").code == 0


def test_a_project_narrows_the_formats(here):
    (here / "all.cfg").write_text(CFG)
    (here / "yolo.yaml").write_text(TINY)
    project = "version: 1\nformats: [ultralytics]\nbudgets: [{match: '**', limits: {macs: 30G}}]\n"
    (here / "costcalc.yaml").write_text(project)
    ended = call("check", "--format", "json")
    assert ended.code == 0, ended.err
    paths = {one["path"] for one in json.loads(ended.out)["networks"]}
    assert paths == {"yolo.yaml"}
    (here / "costcalc.yaml").write_text(project.replace("[ultralytics]", "[darknet, ultralytics]"))
    assert {
        one["path"] for one in json.loads(call("check", "--format", "json").out)["networks"]
    } == {
        "yolo.yaml",
        "all.cfg",
    }


def test_the_hooks_see_their_endings():
    """pre-commit hands on files by its own types or by a pattern; both must know the endings."""
    import re

    hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in hooks:
        for ending in {end for one in FORMATS for end in one.suffixes}:
            assert re.search(hook["files"], f"models/net{ending}"), (hook["id"], ending)
        assert not re.search(hook["files"], "README.md")
