"""`costcalc solve` as a user runs it: the page, the JSON, exit codes, and what is refused."""

import json
import os
import re
from pathlib import Path

import pytest

import costcalc
from costcalc.cli import run

SMALL = """\
name: Small
input: [3, 8, 8]
params: {deep: 2}
layers:
  - conv2d: {out_channels: 4, kernel_size: 3}
  - pointwise_conv2d: {out_channels: 9 if alpha < 1/2 else 4, repeat: deep}
"""
THIRD = """\
input: [3, 4, 4]
layers:
  - pointwise_conv2d: {out_channels: 3 if alpha == 1/3 else 4}
"""
WINDOW = """\
input: [3, 9, 9]
layers:
  - conv2d: {out_channels: 4, kernel_size: 5, padding: valid}
"""
WIDE = """\
input: [3, 4, 4]
layers:
  - conv2d: {out_channels: 10000000000, kernel_size: 3}
"""
VECTOR = "input: [10]\nlayers:\n  - linear: {out_features: 4}\n"
FILES = {"small": SMALL, "third": THIRD, "window": WINDOW, "wide": WIDE, "vector": VECTOR}
MILLION = ("mobilenet", "--max", "macs=1M")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the networks, made the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    for name, text in FILES.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def solve(capsys: pytest.CaptureFixture[str]):
    """What the command prints; its exit code must be 0 unless said."""

    def call(*args: str, code: int = 0) -> str:
        assert run(["solve", *args]) == code
        shown = capsys.readouterr()
        assert shown.err == ""
        return shown.out

    return call


@pytest.fixture
def document(solve):
    def call(*args: str, code: int = 0):
        found = json.loads(solve(*args, "--format", "json", code=code))
        assert found["schema_version"] == 1
        return found

    return call


@pytest.fixture
def fault(capsys: pytest.CaptureFixture[str]):
    """The message of a fault, which writes neither a result nor a file."""

    def call(*args: str) -> str:
        before = sorted(os.listdir())
        assert run(["solve", *args, "--output", "result"]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        assert sorted(os.listdir()) == before
        assert "costcalc failed" not in shown.err
        return shown.err

    return call


PINNED = {
    "knobs": {"alpha": "0.501"},
    "macs": 149_561_298,
    "params": 1_333_888,
    "plateau": {"from": "513/1024", "to": "257/512", "from_open": False, "to_open": True},
    "next": {
        "knobs": {"alpha": "0.502"},
        "macs": 150_187_881,
        "params": 1_339_471,
        "exceeds": ["macs"],
    },
}


class TestPage:
    def test_150_million(self, solve):
        lines = solve("mobilenet", "--max", "macs=150M").splitlines()
        assert lines[0].startswith("MobileNet (mobilenet)  mobilenet.yaml")
        assert lines[1:4] == ["within 150,000,000 MACs", "looked for alpha in (0, 2]", ""]
        assert re.fullmatch(r"alpha 0\.501 +149,561,298 MACs +1,333,888 params", lines[4])
        assert re.search(r" \[513/1024, 257/512\) = \[0\.500977\.\.\., 0\.501953\.\.\.\)", lines[5])
        assert re.search(
            r" alpha 0\.502 +150,187,881 MACs +1,339,471 params: \+0\.1 % over the limit$", lines[6]
        )
        assert lines[-1].startswith("MACs: multiply-accumulates")

    def test_a_limit_that_is_reached_to_the_last_mac(self, solve):
        assert "alpha 0.501 " in solve("mobilenet", "--max", "macs=149561298")
        text = solve("mobilenet", "--max", "macs=149561297")
        assert "alpha 0.5 " in text
        assert "149,561,298 MACs" in text
        assert ": +1 over the limit\n" in text

    def test_several_limits(self, solve):
        text = solve("mobilenet", "--max", "macs=140M", "--max", "params=1.2M")
        assert "within 140,000,000 MACs and 1,200,000 params" in text
        assert re.search(r"^alpha 0\.468 ", text, re.MULTILINE)
        assert re.search(
            r" alpha 0\.469 .*: \+0\.2 % over the limit of params$", text, re.MULTILINE
        )
        text = solve("mobilenet", "--max", "macs=1M", "--max", "flops=2M")
        assert re.search(
            r": \+\S+ % over the limit of MACs and \+\S+ % over the limit of FLOPs$",
            text,
            re.MULTILINE,
        )

    def test_what_fits_up_to_the_end(self, solve):
        text = solve("mobilenet", "--max", "macs=1G", "--range", "alpha=0.5..1")
        assert "looked for alpha in [0.5, 1]" in text
        assert re.search(r"^alpha 1 +568,740,352 MACs", text, re.MULTILINE)
        assert re.search(r" end of the range, 1$", text, re.MULTILINE)

    def test_a_single_value(self, solve):
        text = solve("third", "--max", "macs=150")
        assert re.search(r"^alpha 1/3 +144 MACs", text, re.MULTILINE)
        assert "[1/3, 1/3]" not in text

    def test_whole_numbers_and_what_is_given(self, solve):
        args = ("--max", "params=3.9M", "--vary", "deep", "--set", "classes=10", "--alpha", "1")
        text = solve("mobilenet", *args)
        assert "looked for deep in whole numbers [0, 10]; alpha 1, classes 10" in text
        assert re.search(r"^deep 7 ", text, re.MULTILINE)
        text = solve("mobilenet", "--max", "macs=150M", "--vary", "resolution")
        assert re.search(r"^resolution 112×112 +148,903,168 MACs", text, re.MULTILINE)
        assert re.search(r" \[111, 112\]", text)
        assert " resolution 114×114 " in text

    def test_nothing_fits(self, solve):
        text = solve("mobilenet", "--max", "macs=1k", "--max", "params=1M", code=1)
        assert "Nothing fits." in text
        assert " alpha 0.001, has\n" in text
        assert "  556,268 MACs, 555,268 above the limit" in text
        assert "params, " not in text
        assert "plateau" not in text

    def test_several_knobs(self, solve):
        text = solve("mobilenet", "--max", "macs=150M", "--vary", "alpha,resolution")
        head = next(line for line in text.splitlines() if line.split()[:1] == ["alpha"])
        assert head.split()[:4] == ["alpha", "resolution", "MACs", "params"]
        rows = re.findall(r"^ *([\d.]+) +(\d+)×\2 +([\d,]+) +([\d,]+)  +\S", text, re.MULTILINE)
        assert len(rows) == 40
        assert rows[0][:3] == ("0.284", "382", "149,996,486")
        macs = [int(row[2].replace(",", "")) for row in rows]
        assert macs == sorted(macs, reverse=True)
        assert "[145/512, 291/1024)" in text
        assert re.search(r"^77 more ", text, re.MULTILINE)

    def test_as_many_rows_as_fit(self, solve):
        text = solve("small", "--max", "macs=6k", "--vary", "deep,alpha")
        assert " more " not in text


class TestJson:
    def test_150_million(self, document):
        found = document("mobilenet", "--max", "macs=150M")
        assert found["network"] == "mobilenet"
        assert found["limits"] == {"macs": 150_000_000}
        assert "nearest" not in found
        (solution,) = found["solutions"]
        assert solution.pop("plateaus") == {"alpha": PINNED["plateau"]}
        assert solution == PINNED

    def test_every_metric_that_is_limited(self, document):
        args = ("--max", "activations=3M", "--max", "flops=1G", "--max", "other_ops=1G")
        (solution,) = document("mobilenet_v2", *args)["solutions"]
        totals = costcalc.load("mobilenet_v2").cost(alpha=solution["knobs"]["alpha"]).totals
        for metric in ("macs", "params", "activations", "flops", "other_ops"):
            assert solution[metric] == getattr(totals, metric)
            assert metric in solution["next"]
        assert solution["next"]["exceeds"] == ["activations"]

    def test_alpha_is_a_text_also_where_it_is_whole(self, document):
        args = ("mobilenet", "--max", "macs=1G", "--range")
        for knob in ("alpha", "rho"):
            (solution,) = document(*args, f"{knob}=1/2..1")["solutions"]
            assert solution["knobs"] == {knob: "1"}
            assert solution["next"] is None
        (solution,) = document("third", "--max", "macs=150")["solutions"]
        assert solution["knobs"] == {"alpha": "1/3"}
        assert solution["plateau"] == {
            "from": "1/3",
            "to": "1/3",
            "from_open": False,
            "to_open": False,
        }
        assert solution["next"]["knobs"] == {"alpha": "1"}
        nearest = document("third", "--max", "macs=1", "--range", "alpha=1..2", code=1)["nearest"]
        assert nearest["knobs"] == {"alpha": "1"}

    def test_whole_numbers_are_numbers(self, document):
        args = ("--max", "macs=500M", "--vary", "deep", "--alpha", "0.9", "--set", "classes=10")
        found = document("mobilenet", *args)
        assert found["set"] == {"alpha": "0.9", "classes": "10"}
        (solution,) = found["solutions"]
        assert solution["knobs"] == {"deep": 5}
        assert solution["plateau"]["from"] == solution["plateau"]["to"] == "5"
        assert solution["next"]["knobs"] == {"deep": 6}
        (solution,) = document("mobilenet", "--max", "macs=150M", "--vary", "resolution")[
            "solutions"
        ]
        assert solution["knobs"] == {"resolution": [112, 112]}
        assert solution["plateau"]["from"] == "111"

    def test_several_knobs(self, document):
        found = document("small", "--max", "macs=6k", "--vary", "deep,alpha")
        assert len(found["solutions"]) > 1
        macs = [solution["macs"] for solution in found["solutions"]]
        assert macs == sorted(macs, reverse=True)
        for solution in found["solutions"]:
            assert list(solution["knobs"]) == list(solution["plateaus"]) == ["deep", "alpha"]
            assert solution["plateau"] == solution["plateaus"]["deep"]
            knobs = solution["knobs"]
            totals = costcalc.load("small").cost({"deep": knobs["deep"]}, alpha=knobs["alpha"])
            assert solution["macs"] == totals.totals.macs <= 6000

    def test_a_plateau_above_what_does_not_fit(self, document):
        (solution,) = document("small", "--max", "macs=5k")["solutions"]
        assert (solution["plateau"]["from"], solution["plateau"]["to"]) == ("1/2", "3/4")
        assert solution["macs"] == 4992
        found = document("small", "--max", "macs=5k", "--range", "alpha=0..0.499", code=1)
        assert found["nearest"]["misses"] == {"macs": 2488}

    def test_nothing_fits(self, document):
        found = document("mobilenet", "--max", "macs=1", "--max", "params=9M", code=1)
        assert found["solutions"] == []
        assert found["nearest"] == {
            "knobs": {"alpha": "0.001"},
            "macs": 556_268,
            "params": 2_211,
            "misses": {"macs": 556_267},
        }

    def test_hostile_names_stay_json(self, document, folder):
        name = '"}], \\" [red]'
        text = SMALL.replace("name: Small", f"name: {json.dumps(name)}")
        (folder / "small.yaml").write_text(text, encoding="utf-8")
        assert document("small", "--max", "macs=1M")["network"] == name


class TestOutput:
    @pytest.mark.parametrize("format_", ["text", "json"])
    @pytest.mark.parametrize(("limit", "code"), [("macs=6k", 0), ("macs=1", 1)])
    def test_it_holds_what_would_be_printed(self, solve, format_, limit, code):
        args = ("small", "--max", limit, "--format", format_)
        shown = solve(*args, code=code)
        assert solve(*args, "--output", "result", code=code) == ""
        assert Path("result").read_text(encoding="utf-8") == shown

    def test_a_fault_leaves_the_old_file(self, fault, folder):
        (folder / "result").write_text("before", encoding="utf-8")
        fault("small", "--max", "mac=1")
        assert (folder / "result").read_text(encoding="utf-8") == "before"


class TestFaults:
    @pytest.mark.parametrize(
        ("args", "message", "hint"),
        [
            (("--max", "mac=1M"), "unknown metric 'mac'", "did you mean 'macs'?"),
            (("--max", "top1=70"), "unknown metric 'top1'", "the metrics are macs, flops"),
            (("--vary", "alhpa"), "no knob 'alhpa'", "did you mean 'alpha'?"),
            (("--vary", "resolutoin"), "no knob 'resolutoin'", "did you mean 'resolution'?"),
            (("--vary", "alpha,dep"), "no knob 'dep'", "did you mean 'deep'?"),
            (("--range", "dep=1..2"), "no knob 'dep'", "did you mean 'deep'?"),
            (
                ("--vary", "zzz"),
                "no knob 'zzz'",
                "alpha, rho, resolution, batch, unit, deep",
            ),
            (("--vary", "unit"), "'unit' is not a plain number", "sweep --set"),
            (("--range", "alpha=1..0.5"), "'1..0.5' is reversed", "write 0.5..1"),
            (("--range", "deep=3..1"), "'3..1' is reversed", "write 1..3"),
            (("--range", "alpha=0.5"), "'0.5' is not a range", "such as alpha="),
            (("--range", "alpha=.."), "alpha: '' is not a number", "such as alpha="),
            (("--range", "alpha=0..x"), "alpha: 'x' is not a number", "such as alpha="),
            (("--range", "deep=0..1e9"), "1,000,000,001 values", "--range deep=0..199999"),
            (("--set", "deeep=1"), "no param 'deeep'", "did you mean 'deep'?"),
        ],
    )
    def test_with_a_hint(self, fault, args, message, hint):
        text = fault("mobilenet", *args, *(MILLION[1:] if "--max" not in args else ()))
        first, second = text.splitlines()
        assert message in first
        assert second.startswith("  hint: ")
        assert hint in second

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("--range", "alpha=-1..1"), "alpha: -1 is below 0"),
            (("--range", "rho=-0.5..-0.25"), "is below 0"),
            (("--range", "alpha=0..0"), "'0..0' has no value above 0"),
            (("--range", "resolution=1..2.5"), "must be whole numbers"),
            (("--range", "resolution=0..0"), "resolution"),
            (("--range", "resolution=-9..-1"), "resolution"),
            (("--range", "alpha="), "NAME=VALUE"),
            (("--range", "alpha"), "NAME=VALUE"),
            (("--range", "alpha=0..1", "--range", "alpha=0..2"), "gives alpha twice"),
            (("--vary", "alpha", "--range", "deep=0..1"), "deep, which is not varied"),
            (("--vary", "alpha,"), "empty name"),
            (("--vary", "alpha,alpha"), "twice"),
            (("--vary", "rho,resolution"), "one knob"),
            (("--alpha", "0.5"), "alpha has a value and cannot be varied"),
            (("--alpha", "0.5", "--vary", "rho,alpha"), "alpha has a value and cannot be varied"),
            (("--rho", "0.5", "--vary", "rho"), "rho has a value and cannot be varied"),
            (("--rho", "0.5", "--vary", "resolution"), "rho has a value and cannot be varied"),
            (("--resolution", "9", "--vary", "rho"), "resolution has a value and cannot be varied"),
            (("--resolution", "9", "--rho", "1"), "not both"),
            (("--set", "deep=3", "--vary", "deep"), "deep has a value and cannot be varied"),
            (("--set", "deep=1", "--set", "deep=2"), "gives deep twice"),
            (("--set", "deep=1..3"), "give one value"),
            (("--max", "macs=2M"), "gives macs twice"),
            (("--max", "params"), "NAME=VALUE"),
            (("--max", "params="), "NAME=VALUE"),
            (("--max", "params=x"), "'x' is not a limit"),
            (("--max", "params=1.5"), "not a whole number"),
            (("--max", "params=-5"), "'-5' is negative"),
            (("--format", "csv"), "csv"),
            (("--variant", "z"), "mobilenet_conv"),
        ],
    )
    def test_faults(self, fault, args, message):
        assert message in fault(*MILLION, *args)

    def test_no_limit(self, fault):
        assert "--max" in fault("mobilenet")

    def test_a_resolution_too_small_for_the_network(self, fault, solve):
        more = ("--max", "macs=1k")
        for args in (("--vary", "resolution"), ("--range", "resolution=1..7")):
            assert "5×5" in solve("window", *more, *args)
        text = fault("window", *more, "--range", "resolution=1..4")
        assert text.startswith("window.yaml:3:5: conv2d: the kernel (5×5) is larger than")
        assert "  at resolution 4×4\n  hint: " in text
        text = fault("window", *more, "--resolution", "3x9")
        assert "  at alpha 2, resolution 3×9\n" in text

    def test_a_vector_has_no_resolution(self, fault):
        text = fault("vector", "--max", "macs=1", "--vary", "resolution")
        assert "no height and width" in text

    @pytest.mark.parametrize("args", [(), ("--range", "alpha=0.4..0.6"), ("--range", "rho=0..1")])
    def test_too_many_steps(self, fault, args):
        if "rho=0..1" in args:
            Path("wide.yaml").write_text(WIDE.replace("4, 4", "10000000000, 4"), encoding="utf-8")
        text = fault("wide", "--max", "macs=1M", *args)
        assert "more than 200,000 steps" in text
        assert "  hint: narrow it: --range " in text

    def test_a_fault_of_the_file(self, fault, folder):
        (folder / "bad.yaml").write_text("input: [3]\nlayers: [rellu]\n", encoding="utf-8")
        assert fault("bad", "--max", "macs=1").startswith("bad.yaml:2:10: unknown layer")
        assert "did you mean 'mobilenet'?" in fault("mobilnet", "--max", "macs=1")
