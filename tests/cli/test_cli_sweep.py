"""`costcalc sweep` as a user runs it: pages, machine formats, files, and what is refused."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
from support.published_figures import V1_SLIM, V2_CELLS, V2_SLIM

import costcalc
from costcalc.cli import run

GRID = ("--alpha", "0.25..1.0", "--resolution", "128..224")
SHRINKING = (
    "input: [3, 64, 64]\n"
    "layers:\n"
    "  - max_pool2d: {kernel_size: 2, padding: valid}\n"
    "  - conv2d: {out_channels: 16, kernel_size: 5, padding: valid}\n"
)


def sweep(capsys, *arguments):
    """What a command line prints, which must end well."""
    code = run(["sweep", *arguments])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return printed.out


def points(capsys, *arguments):
    return json.loads(sweep(capsys, *arguments, "--format", "json"))


def refused(capsys, *arguments):
    assert run(["sweep", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err


class TestText:
    def test_no_network_and_no_knob_is_mobilenet_over_alpha(self, capsys):
        assert sweep(capsys) == sweep(capsys, "mobilenet", "--alpha", "0.25..1.0")

    def test_one_knob_is_a_row_a_point(self, capsys):
        lines = sweep(capsys, "--alpha", "0.25..1.0").splitlines()
        start = lines.index("alpha         MACs     params     share  of standard   top-1")
        assert lines[start + 1 : start + 5] == [
            " 0.25   41,030,272    470,072    7.21 %       0.1339  50.6 %",
            "  0.5  149,497,088  1,331,592   26.29 %       0.1226  63.7 %",
            " 0.75  325,400,448  2,585,560   57.21 %       0.1188  68.4 %",
            "    1  568,740,352  4,231,976  100.00 %       0.1168  70.6 %",
        ]

    def test_rho_shows_the_resolution(self, capsys):
        page = sweep(capsys, "--rho", "0.714,6/7,1", "--metric", "macs")
        assert "0.714     160×160  290,675,200\n" in page
        assert "  6/7     192×192  418,121,728\n" in page

    def test_two_knobs_are_a_grid_a_metric(self, capsys):
        page = sweep(capsys, *GRID, "--source", "slim")
        assert "\nMACs\n\nalpha \\ resolution          128" in page
        assert "\nparams\n\n" in page
        assert "\ntop-1\n\n" in page
        assert "1                   65.2 %  68.0 %  70.0 %  70.9 %\n" in page

    def test_a_wide_grid_lies_on_its_side_and_a_wider_one_in_rows(self, capsys):
        turned = sweep(capsys, "--alpha", "0.5,1", "--resolution", "32..352", "--metric", "macs")
        assert "\nresolution \\ alpha" in turned
        rows = sweep(capsys, "--alpha", "0.1..1:0.1", "--resolution", "32..352", "--metric", "macs")
        assert "\nalpha  resolution" in rows

    def test_three_knobs_are_rows(self, capsys):
        page = sweep(capsys, "--alpha", "0.5,1", "--rho", "0.5,1", "--set", "deep=0..1")
        assert "\nalpha  rho  resolution  deep" in page

    def test_words_of_a_param(self, capsys):
        page = sweep(capsys, "--set", "unit=depthwise_separable,standard", "--metric", "macs")
        assert "depthwise_separable    568,740,352\n" in page
        assert "           standard  4,867,293,184\n" in page

    def test_limits_are_marked_in_rows_and_grids(self, capsys):
        page = sweep(capsys, "--alpha", "0.5,0.75", "--max", "macs=149497088", "--max", "params=1M")
        assert "no: params +33.2 %" in page
        assert "no: MACs +117.7 %, params +158.6 %" in page
        grid = sweep(capsys, *GRID, "--metric", "macs", "--max", "macs=149497087")
        assert "149,497,088!" in grid
        assert "109,970,432 \n" not in grid
        assert "! over 149,497,087 MACs\n" in grid

    def test_the_excess_is_told_apart_from_nothing(self, capsys):
        page = sweep(capsys, "--alpha", "1", "--max", "macs=568740351")
        assert "no: MACs +1\n" in page

    def test_the_other_source_is_named(self, capsys):
        page = sweep(capsys)
        assert "top-1: published, Howard et al. 2017, Tables 4 to 7 and 9\n" in page
        assert "  --source takes another: TF-slim" in page

    def test_markdown(self, capsys):
        page = sweep(capsys, "--format", "markdown")
        assert page.startswith("## MobileNet")
        assert "| 0.25 | 41,030,272 | 470,072 | 7.21 % | 0.1339 | 50.6 % |" in page


class TestPareto:
    def test_what_no_other_beats(self, capsys):
        kept = points(capsys, *GRID, "--source", "slim", "--pareto")["points"]
        all_points = points(capsys, *GRID, "--source", "slim")["points"]
        best = [
            point
            for point in all_points
            if not any(
                other["macs"] <= point["macs"]
                and other["top1"] >= point["top1"]
                and (other["macs"], other["top1"]) != (point["macs"], point["top1"])
                for other in all_points
            )
        ]
        assert kept == sorted(best, key=lambda point: point["macs"])
        assert 0 < len(kept) < 16

    def test_by_a_knob(self, capsys):
        kept = points(capsys, *GRID, "--pareto", "--maximize", "resolution")["points"]
        assert [(point["alpha"], point["resolution"][0]) for point in kept] == [
            ("1/4", side) for side in (128, 160, 192, 224)
        ]

    def test_by_params(self, capsys):
        kept = points(capsys, *GRID, "--source", "slim", "--pareto", "--metric", "params")["points"]
        assert [point["alpha"] for point in kept] == ["1/4", "1/2", "3/4", "1"]


class TestJson:
    def test_its_shape(self, capsys):
        result = points(capsys, "--alpha", "1/4,1", "--resolution", "128..160")
        assert list(result) == ["schema_version", "network", "path", "axes", "source", "points"]
        assert result["schema_version"] == 1
        assert result["network"] == "mobilenet"
        assert result["axes"] == {"alpha": ["1/4", "1"], "resolution": [[128, 128], [160, 160]]}
        assert result["points"][3] == {
            "alpha": "1",
            "rho": "5/7",
            "resolution": [160, 160],
            "macs": 290675200,
            "flops": 581350400,
            "params": 4231976,
            "ratio_float": costcalc.load("mobilenet").cost(resolution=160).totals.ratio_float,
            "top1": 67.2,
        }

    def test_alpha_and_rho_are_texts_also_where_they_are_whole(self, capsys):
        result = points(capsys, "--alpha", "1..3:1", "--rho", "1..2:1/2")
        assert result["axes"] == {"alpha": ["1", "2", "3"], "rho": ["1", "3/2", "2"]}
        assert [point["alpha"] for point in result["points"][::3]] == ["1", "2", "3"]

    def test_swept_params_and_given_ones(self, capsys):
        result = points(capsys, "--set", "deep=0..1", "--set", "classes=10")
        assert result["axes"]["deep"] == [0, 1]
        assert result["set"] == {"classes": "10"}
        assert [point["deep"] for point in result["points"]] == [0, 1]
        assert result["points"][0]["top1"] is None  # another network than the published one

    def test_limits(self, capsys):
        result = points(capsys, "--alpha", "0.5,0.75", "--max", "macs=150M")
        assert result["limits"] == {"macs": 150000000}
        assert [point["exceeds"] for point in result["points"]] == [[], ["macs"]]

    def test_the_metrics_asked_for(self, capsys):
        point = points(capsys, "--metric", "activations,share")["points"][0]
        assert list(point) == ["alpha", "rho", "resolution", "activations", "share_float"]

    def test_more_digits_than_an_int64(self, capsys, tmp_path):
        net = tmp_path / "wide.yaml"
        net.write_text(
            "input: [10000000000, 9, 9]\n"
            "layers: [conv2d: {out_channels: 10000000000, kernel_size: 3}]\n"
        )
        result = points(capsys, str(net), "--alpha", "0.5..1:1/64")
        macs = [point["macs"] for point in result["points"]]
        assert macs[-1] == 729 * 10**20
        assert macs[0] == 729 * 10**20 // 2

    def test_the_16_published_cells(self, capsys):
        for point in points(capsys, *GRID, "--source", "slim")["points"]:
            alpha, size = Fraction(point["alpha"]), point["resolution"][0]
            cell = next(c for c in V1_SLIM if (Fraction(c[0]), c[1]) == (alpha, size))
            assert point["macs"] == V1_SLIM[cell][1]
            assert point["top1"] == V1_SLIM[cell][3]

    def test_the_22_published_cells(self, capsys):
        alphas, sizes = "0.35,0.5,0.75,1,1.3,1.4", "96..224"
        result = points(capsys, "mobilenet_v2", "--alpha", alphas, "--resolution", sizes)
        macs = {(Fraction(p["alpha"]), p["resolution"][0]): p["macs"] for p in result["points"]}
        assert len(V2_CELLS) == 22
        for alpha, size in V2_CELLS:
            assert macs[Fraction(alpha), size] // 10**6 == V2_SLIM[alpha][1][size]


class TestCsv:
    def test_a_line_a_point(self, capsys):
        rows = list(csv.DictReader(io.StringIO(sweep(capsys, *GRID, "--format", "csv"))))
        assert len(rows) == 16
        assert rows[5] == {
            "network": "mobilenet",
            "alpha": "0.5",
            "rho": "5/7",
            "resolution": "160×160",
            "macs": "76524800",
            "flops": "153049600",
            "params": "1331592",
            "ratio_float": rows[5]["ratio_float"],
            "top1": "60.2",
        }

    def test_many_points_come_in_their_order(self, capsys, monkeypatch):
        monkeypatch.setattr("costcalc.explore.sweep.CHUNK", 7)
        arguments = ("--alpha", "0.5..1:1/16", "--resolution", "33..224:1", "--format", "csv")
        lines = sweep(capsys, *arguments).splitlines()
        assert len(lines) == 1 + 9 * 192
        assert lines[1].startswith("mobilenet,0.5,33/224,33×33,")
        assert lines[-1].startswith("mobilenet,1,1,224×224,568740352,")

    @pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
    def test_many_points_on_a_standard_output_of_any_encoding(self, encoding):
        arguments = "sweep --alpha 0.5..1:1/16 --resolution 33..224:1 --format csv"
        done = subprocess.run(
            [sys.executable, "-m", "costcalc", *arguments.split()],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        lines = done.stdout.decode(encoding).splitlines()
        assert len(lines) == 1 + 9 * 192
        size = "33\\xd733" if encoding == "ascii" else "33×33"
        assert lines[1].startswith(f"mobilenet,0.5,33/224,{size},")

    def test_what_looks_like_a_formula_is_quoted(self, capsys, tmp_path):
        net = tmp_path / "net.yaml"
        net.write_text('name: "=1+1"\ninput: [3, 8, 8]\nlayers: [relu]\n')
        assert sweep(capsys, str(net), "--format", "csv").splitlines()[1].startswith("'=1+1,")


class TestFiles:
    def test_a_file_instead_of_standard_output(self, capsys, tmp_path):
        path = tmp_path / "out.json"
        assert sweep(capsys, *GRID, "--format", "json", "--output", str(path)) == ""
        assert len(json.loads(path.read_text(encoding="utf-8"))["points"]) == 16
        assert os.listdir(tmp_path) == ["out.json"]

    @pytest.mark.parametrize(
        ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
    )
    def test_a_picture(self, capsys, tmp_path, ending, start):
        path = tmp_path / f"curve.{ending}"
        sweep(capsys, *GRID, "--source", "slim", "--plot-file", str(path))
        assert path.read_bytes().startswith(start)

    def test_a_picture_in_the_terminal(self, capsys):
        page = sweep(capsys, *GRID, "--source", "slim", "--plot")
        assert "0.5-160" in page
        assert "\x1b" not in page

    def test_parquet(self, capsys, tmp_path):
        import pyarrow.parquet

        path = tmp_path / "points.parquet"
        sweep(capsys, *GRID, "--format", "parquet", "--output", str(path))
        table = pyarrow.parquet.read_table(path)
        assert table.column("macs").to_pylist()[-1] == 568740352
        assert table.schema.metadata[b"costcalc_version"] == costcalc.__version__.encode()

    def test_nothing_is_left_of_a_failure(self, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("net.yaml").write_text(SHRINKING, encoding="utf-8")
        for format_ in ("csv", "json", "parquet"):
            arguments = ("--resolution", "64,4", "--format", format_, "--output", "out")
            assert "net.yaml:4:5: conv2d: the kernel" in refused(capsys, "net.yaml", *arguments)
        picture = ("--resolution", "64,4", "--plot-file", "curve.png")
        assert "at resolution 4×4" in refused(capsys, "net.yaml", *picture)
        assert os.listdir() == ["net.yaml"]

    @pytest.mark.slow
    @pytest.mark.skipif(sys.platform == "win32", reason="os.wait4")
    @pytest.mark.parametrize("format_", ["csv", "json", "parquet"])
    def test_memory_does_not_grow_with_the_points(self, format_):
        def peak(points):
            ranges = f"--alpha 1/{points}..1:1/{points} --resolution 32..1031:1"
            more = f"--max-points 1G --format {format_} --output {os.devnull}"
            command = [sys.executable, "-m", "costcalc", "sweep", *ranges.split(), *more.split()]
            process = subprocess.Popen(command)
            _, process.returncode, used = os.wait4(process.pid, 0)
            assert process.returncode == 0
            return used.ru_maxrss

        # 2 and 6 million points, of which some million are in memory at a time.
        assert peak(6000) < 1.25 * peak(2000)

    @pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of Unix")
    def test_an_interrupted_sweep_shows_a_bar_and_leaves_no_file(self, tmp_path):
        program = "from costcalc.__main__ import main; main()"
        arguments = "sweep --alpha 0.0001..1:0.0001 --rho 0.0001..1:0.0001 --max-points 1G"
        control, terminal = pty.openpty()
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                program,
                *arguments.split(),
                "--format",
                "csv",
                "--output",
                "out.csv",
            ],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=terminal,
        )
        seen = b""
        deadline = time.monotonic() + 60
        while b"/100000000" not in seen and time.monotonic() < deadline:
            seen += os.read(control, 4096)
        assert [name.startswith("out.csv.") for name in os.listdir(tmp_path)] == [True]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert os.listdir(tmp_path) == []
        os.close(control)
        os.close(terminal)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["--alpha", ""], "alpha: a value of the range is empty", "such as 0.25..1.0:0.25"),
        (["--alpha", "1..0.25"], "alpha: the range '1..0.25' is reversed", "write 0.25..1"),
        (["--alpha", "0.25..1:0"], "alpha: the step must be above 0", "such as"),
        (["--alpha", "0"], "alpha: '0' is not greater than 0", "such as"),
        (["--alpha=-1"], "alpha: '-1' is not greater than 0", "such as"),
        (["--rho", "0.5..1"], "rho: the range '0.5..1' needs a step", "0.5..1.0:0.1"),
        (["--alpha", "1..1e15:1"], "1,000,000,000,000,000 points", "--max-points"),
        (["--alpha", "1..1001:1", "--max-points", "1k"], "1,001 points", "--max-points"),
        (["--metric", "mac"], "unknown metric 'mac'", "did you mean 'macs'?"),
        (["--max", "parms=1M"], "unknown metric 'parms'", "did you mean 'params'?"),
        (["--set", "dep=1..2"], "the network has no param 'dep'", "did you mean 'deep'?"),
        (["--source", "foo"], "'foo' is no source of accuracy", "TF-slim"),
        (["--alpha", "0.3", "--pareto"], "no point has published accuracy", "--maximize alpha"),
        (["--pareto", "--maximize", "alpa"], "no knob 'alpa'", "did you mean 'alpha'?"),
        (["nonesuch"], "no network or file is named 'nonesuch'", "costcalc list"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)  # fmt: skip
def test_refused_with_a_hint(capsys, arguments, message, hint):
    told = refused(capsys, *arguments)
    assert message in told
    assert f"hint: {hint}" in told or (hint in told and "hint: " in told)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--alpha", "1", "--alpha", "2"], "it is given twice"),
        (["--set", "deep=1", "--set", "deep=2"], "--set gives deep twice"),
        (["--rho", "1", "--resolution", "3"], "give rho or resolution, not both"),
        (["--maximize", "alpha"], "--maximize needs --pareto"),
        (["--plot", "--format", "json"], "--plot draws below the text"),
        (["--plot-file", "a.gif"], "a picture ends in .png, .svg, .pdf"),
        (["--format", "parquet"], "--format parquet needs --output"),
        (["--max", "macs=3MB"], "'3MB' is in bytes: counts are given in k, M, G or T"),
        (["--max-points", "0"], "'0' is not a whole number from 1"),
    ],
    ids=" ".join,
)
def test_misused(capsys, arguments, message):
    assert message in refused(capsys, *arguments)


def test_a_larger_limit_lets_it_pass(capsys):
    many = ("--alpha", "0.0001..1.0001:0.0001", "--metric", "macs", "--format", "markdown")
    assert "and the limit is 10,000" in refused(capsys, *many)
    assert sweep(capsys, *many, "--max-points", "10001").count("\n| ") == 10_003
