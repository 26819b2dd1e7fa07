"""The commands as a user runs them: outputs, files, pipes, exit codes."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.processes import CLI, terminal

import costcalc
from costcalc.cli import COMMANDS, run
from costcalc.costs.totals import metrics_of
from costcalc.metrics import METRICS, of_any_network

SMALL = """\
name: Small
input: [3, 16, 16]
params: {deep: 2}
layers:
  - conv_bn_act: {out_channels: 8, kernel_size: 3, stride: 2}
  - depthwise_separable: {out_channels: 16, repeat: deep}
  - global_avg_pool
  - linear: {out_features: 10}
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small.yaml, made the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def output(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(list(args)) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def fault(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(list(args)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def process(*args: str, **more: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLI, *args], capture_output=True, text=True, check=False, timeout=60, **more
    )


LAYER_KEYS = set(
    "name type block line node input_shape output_shape kernel_size stride groups "
    "weights_of samples experts active_experts "
    "macs flops other_ops params activations weights_int8 weights_float16 weights_float32".split()
) | set(metrics_of(None, layers=True))
COMPARISON_KEYS = set(
    "name line written_as kernel_size in_channels out_channels output_size standard_macs "
    "separable_macs ratio ratio_float standard_params separable_params".split()
)
TOTAL_KEYS = set(
    "macs flops other_ops params activations weights_int8 weights_float16 weights_float32 "
    "standard_macs separable_macs standard_params "
    "separable_params ratio ratio_float separable_ratio separable_ratio_float convention unit "
    "total convention_params fold_batch_norm".split()
) | {name for name, metric in METRICS.items() if not metric.is_asked_for}


class TestJson:
    def network(self, capsys, *args):
        document = json.loads(output(capsys, "analyze", *args, "--format", "json"))
        assert document["schema_version"] == 1
        (network,) = document["networks"]
        return network

    def test_keys(self, capsys):
        network = self.network(capsys, "mobilenet")
        assert {"name", "path", "input", "alpha", "rho"} <= network.keys()
        assert network["layers"][0].keys() == LAYER_KEYS
        assert network["comparison"][0].keys() >= COMPARISON_KEYS
        assert network["totals"].keys() == TOTAL_KEYS

    def test_mobilenet(self, capsys):
        network = self.network(capsys, "mobilenet.yaml")
        assert network["name"] == "MobileNet"
        assert network["input"] == [3, 224, 224]
        assert network["alpha"] == network["rho"] == "1"
        totals = network["totals"]
        assert totals["macs"] == 568740352
        assert totals["flops"] == 1137480704
        assert totals["params"] == 4231976
        assert totals["ratio"] == "1110821/9506432"
        assert totals["ratio_float"] == pytest.approx(568740352 / 4867293184)
        for key in ("macs", "flops", "other_ops", "params", "activations"):
            assert totals[key] == sum(layer[key] for layer in network["layers"])
        pair = network["comparison"][2]
        assert pair["ratio"] == "137/1152"
        assert pair["written_as"] == "separable"

    def test_nulls(self, capsys):
        layers = self.network(capsys, "mobilenet")["layers"]
        linear, pool, relu, conv = layers[-1], layers[-2], layers[2], layers[0]
        for layer in (linear, pool, relu):
            assert [layer[key] for key in ("kernel_size", "stride", "groups")] == [None] * 3
        assert linear["block"] is None
        assert conv["block"] == "conv_bn_act"
        assert [conv[key] for key in ("kernel_size", "stride", "groups")] == [[3, 3], [2, 2], 1]
        assert layers[3]["groups"] == 32

    def test_no_convolution_no_ratio(self, capsys, small):
        small.write_text("input: [4]\nlayers: [relu]\n", encoding="utf-8")
        totals = self.network(capsys, "small")["totals"]
        assert totals["ratio"] is totals["ratio_float"] is totals["separable_ratio"] is None

    def test_alpha_and_rho(self, capsys):
        network = self.network(capsys, "mobilenet", "--alpha", "0.75", "--resolution", "160")
        assert (network["alpha"], network["rho"]) == ("3/4", "5/7")
        network = self.network(capsys, "mobilenet", "--rho", "0.714")
        assert (network["input"], network["rho"]) == ([3, 160, 160], "357/500")
        network = self.network(capsys, "mobilenet", "--resolution", "224x112")
        assert (network["input"], network["rho"]) == ([3, 224, 112], None)

    def test_every_leaf_layer_whatever_is_shown(self, capsys):
        whole = self.network(capsys, "mobilenet")["layers"]
        assert len(whole) == 83
        for more in (("--depth", "all"), ("--sort", "params"), ("--layers", "linear")):
            assert self.network(capsys, "mobilenet", *more)["layers"] == whole

    def test_line_is_the_items_line_in_its_own_file(self, capsys, small):
        lines = [layer["line"] for layer in self.network(capsys, "small.yaml")["layers"]]
        assert lines == [5] * 3 + [6] * 12 + [7, 8]

    def test_hostile_names_stay_json(self, capsys, small):
        name = '"}], \\" \\x1b[31m [red]'
        text = SMALL.replace("name: Small", f"name: {json.dumps(name)}")
        small.write_text(text, encoding="utf-8")
        assert self.network(capsys, "small")["name"] == name


class TestText:
    def test_rows_by_block(self, capsys):
        text = output(capsys, "analyze", "mobilenet")
        assert re.search(r"^depthwise_separable_13 .* 51,831,808  9\.11 %$", text, re.MULTILINE)
        assert "alpha 1   rho 1" in text
        assert "568,740,352" in text
        assert "4,231,976" in text
        assert "multiply-accumulates of convolutions and matrix products" in text
        assert "batch_norm" not in text
        assert "\x1b" not in text
        assert "─" not in text

    def test_depth_opens_blocks(self, capsys):
        assert "  depthwise_bn_act" in output(capsys, "analyze", "mobilenet", "--depth", "2")
        everything = output(capsys, "analyze", "mobilenet", "--depth", "all")
        assert everything.count("    batch_norm") == 26

    def test_layers_and_sort(self, capsys):
        text = output(
            capsys, "analyze", "mobilenet", "--layers", "*.depthwise_conv2d", "--sort", "macs"
        )
        rows = re.findall(r"^depthwise_separable_(\d+)\.depthwise_bn_act\.dep", text, re.MULTILINE)
        assert len(rows) == 13
        assert set(rows[:2]) == {"1", "3"}

    def test_several_networks_have_a_summary(self, capsys):
        text = output(capsys, "analyze", "mobilenet", "mobilenet_v2")
        assert re.search(r"^network +input", text, re.MULTILINE)
        assert re.search(r"^mobilenet_v2 .* 300,774,272", text, re.MULTILINE)

    def test_published_beside_computed(self, capsys):
        text = output(capsys, "analyze", "mobilenet_conv")
        assert "4866M MACs (computed 4,867,293,184, +0.0 %)" in text
        assert "erratum" in text
        assert "published" not in output(capsys, "analyze", "mobilenet", "--alpha", "0.7")

    def test_names_show_as_they_are(self, capsys, small):
        name = r"[red]x[/red] :smile: \e[31m\u202e"
        small.write_text(SMALL.replace("name: Small", f'name: "{name}"'), encoding="utf-8")
        text = output(capsys, "analyze", "small")
        assert text.startswith("[red]x[/red] :smile: \\x1b[31m\\u202e  small.yaml\n")

    @pytest.mark.parametrize("columns", [80, 120])
    def test_in_a_terminal(self, columns):
        text = terminal(["analyze", "mobilenet"], columns)
        assert "\x1b[1m" in text
        plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
        assert max(map(len, plain.splitlines())) <= columns
        assert "─" in plain
        for figure in ("568,740,352", "4,231,976", "10,838,016"):
            assert figure in plain
        # D_K, M, N and D_F of the last pair, none cut.
        assert re.search(r"depthwise_separable_13 +3 +1024 +1024 +7 ", plain)

    def test_no_color(self):
        text = terminal(["analyze", "mobilenet"], 80, NO_COLOR="1")
        assert "\x1b[" not in text
        assert "─" in text


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


class TestCsvAndMarkdown:
    def test_csv_is_the_layers(self, capsys):
        rows = table(output(capsys, "analyze", "mobilenet", "--format", "csv"))
        assert len(rows) == 83
        assert sum(int(row["macs"]) for row in rows) == 568740352
        assert rows[0]["kernel_size"] == "3×3"

    def test_csv_of_a_choice(self, capsys):
        args = ("analyze", "mobilenet", "--layers", "linear", "--format", "csv")
        (row,) = table(output(capsys, *args))
        assert row["name"] == "linear"
        args = ("analyze", "mobilenet", "--sort", "params", "--format", "csv")
        rows = table(output(capsys, *args))
        assert len(rows) == 83
        assert rows[0]["name"] == "depthwise_separable_13.conv_bn_act.conv2d"

    @pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@x", "=HYPERLINK(1)"])
    def test_no_formula_comes_alive(self, capsys, small, name):
        text = SMALL.replace("- global_avg_pool", f'- global_avg_pool: {{name: "{name}"}}')
        small.write_text(text.replace("name: Small", f'name: "{name}"'), encoding="utf-8")
        rows = list(csv.reader(io.StringIO(output(capsys, "analyze", "small", "--format", "csv"))))
        assert rows[1][0] == f"'{name}"
        assert f"'{name}" in [row[1] for row in rows]
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)

    def test_markdown(self, capsys, small):
        small.write_text(SMALL.replace("name: Small", 'name: "a|b <b> *c*"'), encoding="utf-8")
        text = output(capsys, "analyze", "small", "--format", "markdown")
        assert text.startswith("## a\\|b \\<b\\> \\*c\\*")
        tables = [line for line in text.splitlines() if line.startswith("|")]
        columns = {line.count(" | ") for line in tables[:4]}
        assert columns == {7}
        assert "568" not in text


class TestNet:
    def test_a_file_in_the_current_folder_wins(self, capsys, small):
        small.rename("mobilenet.yaml")
        for net in ("mobilenet.yaml", "mobilenet", "./mobilenet.yaml"):
            assert output(capsys, "analyze", net).startswith("Small  ")

    def test_by_name(self, capsys, small):
        for net in (
            "mobilenet_v2",
            "mobilenet_v2.yaml",
            "mobilenet_shallow",
            "mobilenet_conv.yaml",
        ):
            assert output(capsys, "analyze", net).startswith("MobileNet")

    def test_standard_input(self, small):
        done = process("analyze", "-", "--format", "json", input=SMALL)
        assert json.loads(done.stdout)["networks"][0]["path"] == "<stdin>"
        done = process("validate", "-", input="layers: 3")
        assert done.returncode == 2
        assert done.stderr.startswith("<stdin>:1:1: a network needs the key 'input'")

    def test_variant(self, capsys):
        text = output(capsys, "analyze", "mobilenet", "--variant", "mobilenet_shallow")
        assert "307,323,392" in text
        assert "it has mobilenet, mobilenet_conv" in fault(
            capsys, "analyze", "mobilenet", "--variant", "z"
        )

    def test_set(self, capsys, small):
        assert "depthwise_separable_4" in output(capsys, "analyze", "small", "--set", "deep=4")
        assert "depthwise_separable_6" in output(capsys, "analyze", "small", "--set", "deep=2 * 3")
        text = output(capsys, "analyze", "mobilenet", "--set", "unit=standard", "--set", "deep=5")
        assert "4,867,293,184" in text
        assert "did you mean 'deep'?" in fault(capsys, "analyze", "small", "--set", "deeep=4")
        assert "unknown name 'x'" in fault(capsys, "analyze", "small", "--set", "deep=x")
        assert "NAME=VALUE" in fault(capsys, "analyze", "small", "--set", "deep")

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["mobilnet"], "did you mean 'mobilenet'?"),
            (["smal.yaml"], "did you mean 'small.yaml'?"),
            (["."], "is a folder"),
            (["nowhere/x.yaml"], "no such file"),
            (["small", "--alpha", "0"], "greater than 0"),
            (["small", "--alpha", "-1"], "greater than 0"),
            (["small", "--alpha", "1/0"], "not a number"),
            (["small", "--alpha", "0x1"], "not a number"),
            (["small", "--alpha", "1e999999999"], "not a number"),
            (["small", "--rho", "1", "--resolution", "9"], "not both"),
            (["small", "--resolution", "0"], "not a size"),
            (["mobilenet", "--variant", "a", "--variant", "b"], "given twice"),
            (["small", "--resolution", "3x"], "not a size"),
            (["small", "--depth", "0"], "whole number from 1"),
            (["small", "--layers", "zzz"], "no layer of Small matches"),
            (["small", "--format", "xml"], "xml"),
            ([], "NET"),
        ],
    )
    def test_faults(self, capsys, small, args, message):
        assert message in fault(capsys, "analyze", *args)

    def test_faults_of_several_networks_are_told_together(self, capsys, small):
        Path("a.yaml").write_text("input: [3]\nlayers: [rellu]\n", encoding="utf-8")
        Path("b.yaml").write_text("input: [3]\nlayers: [linear]\n", encoding="utf-8")
        text = fault(capsys, "analyze", "a.yaml", "small", "b.yaml")
        assert text.splitlines() == [
            "a.yaml:2:10: unknown layer or block 'rellu'",
            "  hint: did you mean 'relu'?",
            "b.yaml:2:10: linear needs out_features",
            "  hint: linear: {out_features: ...}",
        ]


class TestOutput:
    def test_it_holds_what_would_be_printed(self, capsys, small):
        for format_ in ("text", "json", "csv", "markdown"):
            shown = output(capsys, "analyze", "small", "--format", format_)
            assert output(capsys, "analyze", "small", "--format", format_, "--output", "out") == ""
            assert Path("out").read_text(encoding="utf-8") == shown
        assert sorted(os.listdir()) == ["out", "small.yaml"]

    def test_a_fault_leaves_the_old_file(self, capsys, small):
        Path("out").write_text("before", encoding="utf-8")
        Path("bad.yaml").write_text("layers: 3", encoding="utf-8")
        fault(capsys, "analyze", "bad.yaml", "--output", "out")
        assert Path("out").read_text(encoding="utf-8") == "before"

    @pytest.mark.parametrize("target", ["nowhere/out", ".", "x" * 300])
    def test_an_impossible_place(self, capsys, small, target):
        text = fault(capsys, "analyze", "small", "--output", target)
        assert f"cannot write {target}: " in text
        assert os.listdir() == ["small.yaml"]

    def test_a_device_is_no_file_to_replace(self, capsys, small):
        assert output(capsys, "analyze", "small", "--output", os.devnull) == ""
        assert not Path(os.devnull).is_file()

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
    def test_a_full_disk(self, small):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [*CLI, "analyze", "small"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert done.returncode == 2
        assert done.stderr == "error: cannot write the result: No space left on device\n"

    @pytest.mark.parametrize("format_", ["text", "json", "csv"])
    def test_a_reader_that_leaves_early(self, small, format_):
        Path("long.yaml").write_text(
            "input: [3, 8, 8]\nlayers:\n" + "  - relu\n" * 20000, encoding="utf-8"
        )
        child = subprocess.Popen(
            [*CLI, "analyze", "long.yaml", "--format", format_],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr is not None
        assert child.stderr.read() == b""
        child.wait()

    def test_the_summary_of_a_job_is_added_to(self, tmp_path, monkeypatch):
        """Other steps of the job write to it as well."""
        path = tmp_path / "summary"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        for name in ("mobilenet", "mobilenet_v2"):
            assert run(["analyze", name, "--format", "markdown", "--output", str(path)]) == 0
        heads = [line for line in path.read_text("utf-8").splitlines() if line.startswith("## ")]
        assert [head.split()[1] for head in heads] == ["MobileNet", "MobileNetV2"]


class TestOtherCommands:
    def test_help_without_arguments(self, capsys):
        text = output(capsys)
        assert text.count("\n    costcalc ") == 3
        assert all(f"\n  {name} " in text for name in COMMANDS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_help(self, capsys, name):
        assert output(capsys, name, "--help").startswith(f"Usage: costcalc {name} ")

    def test_version(self, capsys):
        assert output(capsys, "--version") == f"costcalc, version {costcalc.__version__}\n"

    def test_an_unknown_command(self, capsys):
        assert "did you mean 'analyze'?" in fault(capsys, "analyse")

    def test_list(self, capsys):
        networks = json.loads(output(capsys, "list", "--format", "json"))["networks"]
        found = {network["variant"]: network for network in networks}
        assert len(found) == len(networks)
        assert {"mobilenet", "mobilenet_conv", "resnet50", "squeezenet1_0"} < set(found)
        expected = {
            "name": "MobileNet",
            "variant": "mobilenet",
            "path": found["mobilenet_conv"]["path"],
            "input": [3, 224, 224],
            "macs": 568740352,
            "flops": 1137480704,
            "other_ops": 15179240,
            "params": 4231976,
            "activations": 5043688,
            "weights_int8": 4231976,
            "weights_float16": 8463952,
            "weights_float32": 16927904,
            "standard_macs": 4867293184,
            "separable_macs": 559445248,
            "standard_params": 29294088,
            "separable_params": 4231241,
            "convention": "default",
            "unit": "MAC",
            "total": 568740352,
            "convention_params": 4231976,
            "fold_batch_norm": False,
            "top1": 70.6,
            "source": "Howard et al. 2017, arXiv:1704.04861, Table 1",
            "family": "mobilenet",
            "task": "classification",
        }
        assert found["mobilenet"].items() >= expected.items()
        assert found["mobilenet"].keys() == expected.keys() | set(of_any_network())
        for format_ in ("text", "csv", "markdown"):
            text = output(capsys, "list", "--all", "--format", format_)
            assert len(text.strip().splitlines()) == len(networks) + 1 + (format_ == "markdown")
            assert "71.8" in text

    def test_show_gives_a_network_that_runs(self, capsys, small):
        text = output(capsys, "show", "mobilenet")
        Path("mine.yaml").write_text(text, encoding="utf-8")
        assert output(capsys, "validate", "mine.yaml") == ""
        assert "568,740,352" in output(capsys, "analyze", "mine.yaml")

    def test_schema(self, capsys, small):
        shown = output(capsys, "schema")
        assert output(capsys, "schema", "--output", "s.json") == ""
        assert Path("s.json").read_text(encoding="utf-8") == shown
        assert "conv2d" in json.loads(shown)["$defs"]["item"]["anyOf"][2]["properties"]

    def test_layers(self, capsys):
        text = output(capsys, "layers")
        assert re.search(r"^  depthwise_conv2d +Depthwise convolution", text, re.MULTILINE)
        assert re.search(r"^  inverted_residual +Sandler", text, re.MULTILINE)

    def test_layers_of_one(self, capsys):
        text = output(capsys, "layers", "conv2d")
        for part in (
            "out_channels  required",
            "padding       same",
            "arXiv:1704.04861",
            "D_K * D_K",
        ):
            assert part in text
        assert "expansion           6" in output(capsys, "layers", "inverted_residual")
        assert "also written swish" in output(capsys, "layers", "silu")
        assert "did you mean 'relu6'?" in fault(capsys, "layers", "reluu6")

    def test_validate(self, capsys, small):
        assert output(capsys, "validate", "small.yaml", "mobilenet") == ""

    def test_validate_looks_at_every_variant(self, capsys, small):
        small.write_text(
            "input: [6, 8, 8]\nvariants: {a: {params: {g: 2}}, b: {params: {g: 4}}}\n"
            "layers:\n  - conv2d: {out_channels: 8, kernel_size: 3, groups: g}\n",
            encoding="utf-8",
        )
        assert output(capsys, "analyze", "small")
        text = fault(capsys, "validate", "small")
        assert text == (
            "small.yaml:4:5: conv2d: groups 4 does not divide in_channels 6\n  in variant b\n"
        )

    def test_validate_reads_what_is_published(self, capsys, small):
        small.write_text(SMALL + "published: [{macs: 3X, variant: z, tpo1: 3}]\n", encoding="utf-8")
        assert "small.yaml:9:20: macs: '3X' is not a count" in fault(capsys, "validate", "small")


@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "mobilenet"],
        ["sweep"],
        ["solve", "mobilenet", "--max", "macs=1M"],
        ["formula", "mobilenet"],
        ["diff", "mobilenet", "mobilenet_v2"],
        ["conventions", "mobilenet"],
    ],
    ids=lambda command: command[0],
)
def test_a_param_that_is_given_twice_is_refused(capsys, command):
    """The last one would silently win."""
    assert run([*command, "--set", "deep=1", "--set", "deep=2"]) == 2
    assert "--set gives deep twice" in capsys.readouterr().err


class TestFailures:
    def test_a_crash_is_a_bug_and_ends_with_2(self, small):
        program = (
            "import costcalc.api, costcalc.__main__ as m, sys; "
            "costcalc.api.load = lambda *a, **k: 1 / 0; "
            "sys.argv = ['costcalc', 'analyze', 'small']; "
            "m.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: costcalc failed: ZeroDivisionError: division by zero")
        assert "Traceback" not in done.stderr

    def test_a_narrow_encoding(self, small):
        done = process("analyze", "small", env={**os.environ, "PYTHONIOENCODING": "ascii"})
        assert done.returncode == 0
        assert "3\\xd716\\xd716" in done.stdout
