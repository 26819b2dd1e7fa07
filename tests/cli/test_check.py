"""`costcalc check` as a user runs it: what is checked, what is told, how it ends."""

import errno
import json
import os
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from support.terminals import on_terminal

import costcalc
from costcalc.cli import run
from costcalc.language.network_file import NetworkFile

NET = """\
name: Small
input: [3, 16, 16]
layers:
  - conv_bn_act: {name: stem, out_channels: 16, kernel_size: 3, stride: 2}
  - depthwise_separable: {name: body, out_channels: 32, repeat: 2}
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""
MACS = costcalc.Model(NetworkFile(NET, "small.yaml"), None).cost().cost.macs
CLI = [sys.executable, "-m", "costcalc", "check"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder, made the current one, and no CI around it."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "FORCE_COLOR", "COSTCALC_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(costcalc.__file__).parent.parent))
    return tmp_path


def write(name, text=NET):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def project(match, limits, path="costcalc.yaml", more=""):
    return write(path, f"version: 1\n{more}budgets:\n- match: {match}\n  limits: {limits}\n")


def check(capsys, *args, code=0, err=""):
    """What goes to standard output, with the exit code and standard error as they should be."""
    found = run(["check", *args])
    shown = capsys.readouterr()
    assert (found, shown.err) == (code, err), shown
    return shown.out


def refused(capsys, *args):
    assert run(["check", *args]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def document(capsys, *args, code=0):
    return json.loads(check(capsys, *args, "--format", "json", code=code))


def process(*args, **more):
    more.setdefault("capture_output", True)
    return subprocess.run([*CLI, *args], text=True, check=False, timeout=60, **more)


def paths(report):
    return [network["path"] for network in report["networks"]]


def read_only(name, monkeypatch):
    """Make a file that nobody may write; the superuser has to be told so."""
    os.chmod(name, 0o444)
    if os.access(name, os.W_OK):
        may = os.access
        monkeypatch.setattr(
            os, "access", lambda path, mode: may(path, mode) and not str(path).endswith(name)
        )


LIMIT = ("--max", "macs=1G")


class TestWhatIsChecked:
    def test_a_named_file_is_a_network_whatever_it_looks_like(self, capsys):
        write("ci.yaml", "steps: [1]\n")
        err = refused(capsys, "ci.yaml", *LIMIT)
        assert err.startswith("ci.yaml:1:1: ")

    def test_in_a_folder_what_looks_like_one_and_the_rest_is_counted_aloud(self, capsys):
        write("a/n.yaml")
        write("a/deep/m.yml")
        write("a/ci.yaml", "steps: [1]\n")
        write("a/text.txt")
        write("a/.hidden.yaml")
        report = document(capsys, "a", *LIMIT)
        assert sorted(paths(report)) == ["a/deep/m.yml", "a/n.yaml"]
        assert report["skipped"] == ["a/ci.yaml"]
        assert "skipped, not networks: 1 (a/ci.yaml)" in check(capsys, "a", *LIMIT)

    def test_globs_and_names_together_each_network_once(self, capsys):
        write("a/n.yaml")
        write("a/m.yaml")
        report = document(capsys, "a/n.yaml", "a/*.yaml", "./a", "a/../a/m.yaml", *LIMIT)
        assert paths(report) == ["a/n.yaml", "a/m.yaml"]

    def test_a_shipped_network_by_its_name(self, capsys):
        assert "MobileNet" in check(capsys, "mobilenet", *LIMIT)

    def test_without_arguments_the_project_file_says(self, capsys, monkeypatch):
        write("a/n.yaml")
        write("b.yaml")
        project('"**/n.yaml"', "{macs: 1G}")
        assert paths(document(capsys)) == ["a/n.yaml"]
        monkeypatch.chdir("a")
        assert paths(document(capsys)) == ["n.yaml"]

    def test_nested_project_files_speak_too(self, capsys):
        write("a/n.yaml")
        project("n.yaml", "{params: 1M}", "a/costcalc.yaml")
        project("a/n.yaml", "{macs: 1G}")
        (network,) = document(capsys)["networks"]
        sources = [metric["source"] for metric in network["metrics"]]
        assert sources == ["a/costcalc.yaml:4", "costcalc.yaml:4"]

    def test_files_of_nested_project_files_are_checked_too(self, capsys):
        write("n.yaml")
        write("a/m.yaml")
        project("n.yaml", "{macs: 1G}")
        project("m.yaml", "{macs: 1}", "a/costcalc.yaml")
        report = document(capsys, code=1)
        assert [(one["path"], one["status"]) for one in report["networks"]] == [
            ("n.yaml", "pass"),
            ("a/m.yaml", "fail"),
        ]

    def test_all_limits_hold_of_network_projects_and_options(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        project("n.yaml", "{macs: 2G, params: 1M}")
        (network,) = document(capsys, "n.yaml", "--max", "macs=3", code=1)["networks"]
        found = [(m["metric"], m["limit"], m["source"], m["status"]) for m in network["metrics"]]
        assert found == [
            ("macs", 10**9, "n.yaml:8", "pass"),
            ("macs", 2 * 10**9, "costcalc.yaml:4", "pass"),
            ("params", 10**6, "costcalc.yaml:4", "pass"),
            ("macs", 3, "--max", "fail"),
        ]

    def test_networks_without_a_limit_are_counted(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        write("m.yaml")
        assert document(capsys, ".")["unlimited"] == ["m.yaml"]
        assert "without any limit: 1 (m.yaml)" in check(capsys, ".")

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            ((), "error: nothing to check: no file is named, and there is no project file costcal"),
            (("n.yaml",), "error: nothing was checked: no network has a limit"),
            ((".",), "error: nothing was checked: no network has a limit"),
            (("empty", *LIMIT), "error: nothing was checked: no network was found"),
            (("ci", *LIMIT), "error: nothing was checked: of 2 YAML files, such as ci/a.yml, none"),
            (("nope.yaml", *LIMIT), "error: no such file: nope.yaml"),
            (("nowhere", *LIMIT), "error: no network or file is named 'nowhere'"),
            (("z*.yaml", *LIMIT), "error: 'z*.yaml' matches no network file"),
        ],
    )
    def test_nothing_to_check_is_no_pass(self, capsys, args, message):
        write("n.yaml")
        Path("empty").mkdir()
        write("ci/a.yml", "steps: []")
        write("ci/b.yml", "steps: []")
        assert refused(capsys, *args).startswith(message)

    def test_a_project_file_that_limits_nothing_checks_nothing(self, capsys):
        write("costcalc.yaml", "version: 1\n")
        assert refused(capsys).startswith("error: nothing was checked")

    def test_an_invalid_file_in_a_folder_is_exit_2_and_no_report(self, capsys):
        write("a/good.yaml")
        write("a/bad.yaml", "input: [3, 8, 8]\nlayers: [rellu]\n")
        write("a/worse.yaml", "input: [3\n")
        err = refused(capsys, "a", *LIMIT)
        assert (
            "a/bad.yaml:2:10: unknown layer or block 'rellu'\n  hint: did you mean 'relu'?" in err
        )
        assert "a/worse.yaml:" in err

    def test_all_faults_of_all_arguments_are_told_together(self, capsys):
        write("bad.yaml", "input: [3, 8, 8]\nlayers: [rellu]\n")
        write("a/good.yaml")
        Path("a/bytes.yaml").write_bytes(b"input: \xff")
        err = refused(capsys, "x.yaml", "a", "bad.yaml", "z*.yaml", *LIMIT)
        assert [line for line in err.splitlines() if "hint" not in line] == [
            "a/bytes.yaml:1:8: byte 0xff is not UTF-8",
            "bad.yaml:2:10: unknown layer or block 'rellu'",
            "error: no such file: x.yaml",
            "error: 'z*.yaml' matches no network file",
        ]

    def test_a_faulty_project_file_is_told_once(self, capsys):
        for number in range(120):
            write(f"a/n{number}.yaml")
        write("a/costcalc.yaml", "version: 1\nbugdets: []\n")
        assert refused(capsys, "a", *LIMIT) == (
            "a/costcalc.yaml:2:1: unknown key 'bugdets' in a project file\n"
            "  hint: did you mean 'budgets'?\n"
            "error: no report is written until these faults are mended\n"
        )

    def test_a_fault_at_a_limits_setting_is_told_with_the_limit(self, capsys):
        write("n.yaml", NET + "budgets: [{resolution: 1000000000, macs: 1G}]\n")
        err = refused(capsys, "n.yaml")
        assert err.startswith("n.yaml:8:24: resolution: ")
        write("n.yaml", NET.replace("stride: 2", "padding: 0") + "budgets: [{rho: 1/16, macs: 1G}]")
        err = refused(capsys, "n.yaml")
        assert err.startswith("n.yaml:4:5: ")
        assert "  at rho 0.0625, for n.yaml:8\n" in err

    def test_a_limit_of_a_variant_that_is_not_there(self, capsys):
        write("n.yaml")
        project("n.yaml", "[{variant: big, macs: 1G}]")
        assert refused(capsys) == "costcalc.yaml:4:27: n.yaml has no variant 'big'\n"

    def test_layers_that_no_name_matches(self, capsys):
        write("n.yaml", NET + 'budgets: {layers: [{match: "haed", macs: 10%}]}\n')
        assert refused(capsys, "n.yaml") == (
            "n.yaml:8:36: no layer of Small matches 'haed'\n  hint: did you mean 'head'?\n"
        )


class TestExitCodes:
    @pytest.mark.parametrize(
        ("budget", "code"),
        [
            (f"{{macs: {MACS}}}", 0),
            (f"{{macs: {MACS - 1}}}", 1),
            (f"{{macs: {{max: {MACS}, warn: 1}}}}", 0),
            (f"{{macs: {{max: {MACS}, warn: 99%}}}}", 0),
        ],
    )
    def test_within_over_and_warned(self, capsys, budget, code):
        write("n.yaml", NET + f"budgets: {budget}\n")
        word = "FAIL" if code else "WARN" if "warn" in budget else "PASS"
        assert f"{word}  Small  n.yaml\n" in check(capsys, "n.yaml", code=code)

    def test_exit_zero_masks_over_budget_only(self, capsys):
        write("n.yaml")
        args = ("n.yaml", "--max", "macs=1", "--exit-zero")
        assert "1 failed" in check(capsys, *args)
        assert refused(capsys, "n.yaml", "--max", "macs=1MB", "--exit-zero")
        assert refused(capsys, "nope.yaml", "--max", "macs=1", "--exit-zero")
        assert refused(capsys, "--exit-zero")
        assert refused(capsys, "n.yaml", "--exit-zero")

    @pytest.mark.parametrize("more", [(), ("--exit-zero",)])
    def test_a_crash_is_2(self, more):
        write("n.yaml")
        program = (
            "import costcalc.budgets.network_check, costcalc.__main__ as m, sys; "
            "costcalc.budgets.network_check.judge = lambda *a, **k: 1 / 0; "
            f"sys.argv = ['costcalc', 'check', 'n.yaml', '--max', 'macs=1', *{list(more)}]; "
            "m.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: costcalc failed: ZeroDivisionError")

    def test_in_a_process(self):
        write("n.yaml")
        for limit, code in ((f"macs={MACS}", 0), (f"macs={MACS - 1}", 1), ("macs=1MB", 2)):
            assert process("n.yaml", "--max", limit).returncode == code


class TestOptions:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("--max", "macs"), "'macs' is not NAME=VALUE"),
            (("--max", "mcas=1"), "unknown metric 'mcas'\n  hint: did you mean 'macs'?"),
            (
                ("--max", "macs=5%"),
                "--max macs=5%: '5%' is a percentage, and a",
            ),
            (("--max", "macs=-1"), "--max macs=-1: '-1' is negative"),
            (("--max", "macs=1.5"), "'1.5' is not a whole number"),
            (("--max", "weights_int8=1M"), "did you mean 1MB?"),
            (("--max", "macs=1", "--max", "macs=2"), "twice"),
            (("--growth", "macs=5MB"), "--growth macs=5MB: '5MB' is in bytes"),
            (("--growth", "macs=-5%"), "'-5%' is negative"),
            (("--top", "-1", *LIMIT), "--top"),
            (("--base", "-x", *LIMIT), "'-x' is not a git ref"),
            (("--base", "", *LIMIT), "'' is not a git ref"),
            (("--base", "x", "--baseline", "b.yml", *LIMIT), "give --base or --baseline, not both"),
            (("--update-baseline", *LIMIT), "there is no baseline to update"),
            (("--allow-increase", *LIMIT), "--allow-increase needs --update-baseline"),
            (
                ("--only-regressions", *LIMIT),
                "--only-regressions compares with a base, and there is none",
            ),
            (("--only-regressions", "--base", "none", *LIMIT), "and there is none"),
            (("--format", "jsno", *LIMIT), "did you mean 'json'?"),
            (("--format", "json:", *LIMIT), "lacks the name of a file: json:FILE"),
            (("--format", "json", "--format", "text", *LIMIT), "cannot share standard output"),
            (("--format", "json", "--format", "junit", *LIMIT), "cannot share standard output"),
            (("--format", "json:x", "--format", "junit:x", *LIMIT), "name the same file"),
        ],
    )
    def test_what_is_refused(self, capsys, args, message):
        write("n.yaml")
        assert message in refused(capsys, "n.yaml", *args)
        assert sorted(os.listdir()) == ["n.yaml"]

    def test_a_projects_base_is_a_base_for_regressions(self, capsys):
        write("n.yaml")
        project("n.yaml", "{macs: 1}", more="base: v1\n")
        assert "regressions" not in refused(capsys, "--only-regressions")
        check(capsys, "--only-regressions", "--if-no-base", "skip", code=1)
        project("n.yaml", "{macs: 1}", more="base: none\n")
        assert "and there is none" in refused(capsys, "--only-regressions")

    @pytest.mark.parametrize("top", [0, 1, 2, 5])
    def test_top_is_how_many_layers_are_told_of_each_metric(self, capsys, top):
        write("n.yaml")
        args = ("n.yaml", "--max", "macs=1", "--max", "params=1", "--top", str(top))
        culprits = document(capsys, *args, code=1)["networks"][0]["culprits"]
        for metric in ("macs", "params"):
            values = [one["value"] for one in culprits if one["metric"] == metric]
            assert len(values) == top
            assert values == sorted(values, reverse=True)
        text = check(capsys, *args, code=1)
        assert text.count("heaviest layers") == (2 if top else 0)

    def test_hide_passed(self, capsys):
        write("good.yaml", NET.replace("Small", "Good"))
        write("bad.yaml", NET.replace("Small", "Bad") + "budgets: {macs: 1}\n")
        args = ("good.yaml", "bad.yaml", *LIMIT)
        shown = check(capsys, *args, code=1)
        assert "PASS  Good" in shown
        hidden = check(capsys, *args, "--hide-passed", code=1)
        assert "Good" not in hidden
        assert "FAIL  Bad" in hidden
        assert "2 networks checked: 1 failed, 1 passed" in hidden
        assert len(document(capsys, *args, "--hide-passed", code=1)["networks"]) == 2

    def test_the_worst_come_first(self, capsys):
        for name, limit in (("a", MACS), ("b", MACS - 1), ("c", 1), ("d", MACS // 2)):
            write(f"{name}.yaml", NET + f"budgets: {{macs: {limit}}}\n")
        write("e.yaml", NET + "budgets: {macs: {warn: 1}}\n")
        text = check(capsys, ".", code=1)
        assert re.findall(r"^(?:FAIL|WARN|PASS)  Small  (.)", text, re.MULTILINE) == list("cdbea")
        assert "5 networks checked: 3 failed, 1 with warnings, 1 passed" in text

    def test_both_sides_differ_visibly_when_they_differ_by_one(self, capsys):
        write("n.yaml", NET + f"budgets: {{macs: {{max: {MACS - 1}, warn: {MACS - 2}}}}}\n")
        text = check(capsys, "n.yaml", code=1)
        assert (
            f"MACs: {MACS:,}, over the limit of {MACS - 1:,} (+0.0006 %). Limit: n.yaml:8." in text
        )
        write("n.yaml", NET + f"budgets: {{macs: {MACS + 1}}}\n")
        text = check(capsys, "n.yaml")
        assert re.search(rf"{MACS:,} +{MACS + 1:,} +1 left", text)

    @pytest.mark.parametrize(
        ("value", "limit", "excess"),
        [
            (1000, 999, "+0.1 %"),
            (100_000, 99_999, "+0.0010 %"),
            (10_000_000, 9_999_999, "+1"),
            (10_000, 1, "×10,000"),
            (7, 0, "+7"),
        ],
    )
    def test_an_excess_has_the_digits_that_show_it(self, capsys, value, limit, excess):
        layer = f"linear: {{out_features: {value}, bias: false}}"
        write("n.yaml", f"input: [1]\nlayers: [{{{layer}}}]\n")
        text = check(capsys, "n.yaml", "--max", f"params={limit}", code=1)
        assert f"params: {value:,}, over the limit of {limit:,} ({excess}). " in text

    def test_a_message_is_told_where_it_fails(self, capsys):
        write("n.yaml")
        body = "version: 1\nbudgets:\n- match: n.yaml\n  message: It must run on the phone.\n"
        write("costcalc.yaml", body + "  limits: {macs: 1}\n")
        text = check(capsys, code=1)
        assert "Limit: costcalc.yaml:5: It must run on the phone.\n" in text
        write("costcalc.yaml", body + "  limits: {macs: 1G}\n")
        assert "phone" not in check(capsys)


class TestPython:
    def test_one_call_of_the_same_name(self):
        write("n.yaml")
        report = costcalc.check("n.yaml", max={"macs": MACS, "params": "1M"})
        assert (report.status, report.failed, report.base) == ("pass", 0, None)
        report = costcalc.check("n.yaml", max={"macs": MACS - 1})
        assert (report.status, report.failed) == ("fail", 1)
        with pytest.raises(costcalc.CostcalcError, match="max macs=1MB: '1MB' is in bytes"):
            costcalc.check("n.yaml", max={"macs": "1MB"})
        with pytest.raises(costcalc.CostcalcError, match="not both"):
            costcalc.check("n.yaml", base="x", baseline="y")
        with pytest.raises(costcalc.CostcalcError, match="only-regressions compares with a base"):
            costcalc.check("n.yaml", max={"macs": 1}, only_regressions=True)


class TestBaseline:
    @pytest.fixture(autouse=True)
    def network(self):
        write("n.yaml", NET + "budgets: [{macs: 1G}, {alpha: 0.5, resolution: 8, params: 1M}]\n")

    def update(self, capsys, *more, code=0):
        return check(capsys, ".", "--baseline", "b.yml", "--update-baseline", *more, code=code)

    def test_sorted_exact_one_metric_a_line_with_the_version(self, capsys):
        write("a/z.yaml", NET + "budgets: {weights_int8: 1GB}\n")
        self.update(capsys)
        params = costcalc.load("n.yaml").cost().cost.params
        half = costcalc.load("n.yaml").cost(alpha="0.5", resolution=8).cost.params
        assert Path("b.yml").read_text(encoding="utf-8") == (
            "# Written by: costcalc check --update-baseline. Recorded costs of networks.\n"
            f"costcalc: {costcalc.__version__}\nnetworks:\n"
            f"  a/z.yaml:\n    default:\n      macs: {MACS}\n      params: {params}\n"
            f"      weights_int8: {params}\n"
            f"  n.yaml:\n    alpha=0.5 resolution=8x8:\n      params: {half}\n"
            f"    default:\n      macs: {MACS}\n      params: {params}\nversion: 1\n"
        )
        before = Path("b.yml").read_bytes()
        self.update(capsys)
        assert Path("b.yml").read_bytes() == before

    def test_it_is_the_base_of_growth(self, capsys):
        self.update(capsys)
        args = ("n.yaml", "--baseline", "b.yml", "--growth", "macs=0%")
        check(capsys, *args)
        text = Path("b.yml").read_text(encoding="utf-8")
        write("b.yml", text.replace(f"macs: {MACS}", f"macs: {MACS - 1}"))
        (network,) = document(capsys, *args, code=1)["networks"]
        grown = network["metrics"][-1]
        assert (grown["base"], grown["delta"], grown["growth_limit"]) == (MACS - 1, 1, 0)
        assert grown["status"] == "fail"
        assert (network["metrics"][0]["base"], network["metrics"][0]["status"]) == (
            MACS - 1,
            "pass",
        )
        check(capsys, "n.yaml", "--baseline", "b.yml", "--growth", "macs=1")

    def test_growth_is_explained_where_it_is_too_much_and_only_there(self, capsys):
        self.update(capsys)
        write("n.yaml", NET.replace("16, kernel", "24, kernel") + "budgets: {macs: 1}\n")
        more = costcalc.load("n.yaml").cost().cost.macs - MACS
        args = ("n.yaml", "--baseline", "b.yml", "--growth")
        told = (
            f"{more:,} more than on the base, and the limit is {MACS // 100:,} (1%) more. Limit: "
        )
        assert told in check(capsys, *args, "macs=1%", code=1)
        assert "more than on the base" not in check(capsys, *args, "macs=1G", code=1)
        limit = "{max: 1, growth: 1G}"
        write("n.yaml", NET + f"budgets: {{macs: {limit}}}\n")
        assert "more than on the base" not in check(capsys, "n.yaml", "--baseline", "b.yml", code=1)

    def test_growth_of_bytes_and_of_what_the_baseline_does_not_know(self, capsys):
        write("m.yaml", NET)
        self.update(capsys)
        args = ("--baseline", "b.yml", "--growth", "params=0%")
        check(capsys, "n.yaml", *args)
        check(capsys, "m.yaml", *args)  # new: only a max would hold for it

    def test_growth_of_a_limit_that_the_baseline_does_not_know_is_a_warning(self, capsys):
        self.update(capsys)
        args = ("n.yaml", "--baseline", "b.yml", "--growth", "activations=0%")
        assert "its growth was not checked: there is no figure to compare with" in check(
            capsys, *args
        )
        check(capsys, *args, "--update-baseline")
        assert "not checked" not in check(capsys, *args)

    def test_only_regressions_against_it(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1}\n")
        self.update(capsys, code=1)
        args = ("n.yaml", "--baseline", "b.yml")
        check(capsys, *args, code=1)
        assert "it was above its limit on the base already" in check(
            capsys, *args, "--only-regressions"
        )

    def test_a_share_is_held_against_the_share_it_was(self, capsys):
        """The head's 320 MACs were 0.2 % of the network; the rest became smaller."""
        budget = "budgets: {layers: [{match: head, macs: 0.5%}]}\n"
        write("n.yaml", NET + budget)
        self.update(capsys)
        small = NET.replace("[3, 16, 16]", "[3, 4, 4]")
        write("n.yaml", small + budget)
        args = ("n.yaml", "--baseline", "b.yml", "--only-regressions")
        assert "already" not in check(capsys, *args, code=1)
        check(capsys, ".", "--baseline", "c.yml", "--update-baseline", code=1)
        args = ("n.yaml", "--baseline", "c.yml", "--only-regressions")
        assert "already" in check(capsys, *args)

    def test_an_update_only_lowers(self, capsys):
        self.update(capsys)
        first = Path("b.yml").read_text(encoding="utf-8")
        write("n.yaml", NET.replace("16, kernel", "24, kernel") + "budgets: {macs: 1G}\n")
        told = self.update(capsys)
        assert f"the baseline keeps n.yaml: macs {MACS:,}, and is " in told
        assert "(--allow-increase raises it)" in told
        assert Path("b.yml").read_text(encoding="utf-8") == first
        assert "keeps" not in self.update(capsys, "--allow-increase")
        raised = costcalc.load("n.yaml").cost().cost.macs
        assert f"macs: {raised}\n" in Path("b.yml").read_text(encoding="utf-8")
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        assert "keeps" not in self.update(capsys)
        assert Path("b.yml").read_text(encoding="utf-8") == first

    def test_what_is_gone_goes_and_what_was_not_looked_at_stays(self, capsys):
        write("m.yaml", NET + "budgets: {macs: 1G}\n")
        self.update(capsys)
        assert check(capsys, "n.yaml", "--baseline", "b.yml", "--update-baseline")
        assert "m.yaml" in Path("b.yml").read_text(encoding="utf-8")
        os.unlink("m.yaml")
        check(capsys, "n.yaml", "--baseline", "b.yml", "--update-baseline")
        assert "m.yaml" not in Path("b.yml").read_text(encoding="utf-8")

    def test_it_knows_parts_and_settings_apart(self, capsys):
        layers = "layers: [{match: head, macs: 1G}]"
        write("n.yaml", NET + f"budgets: [{{macs: 1G, {layers}}}, {{rho: 0.5, {layers}}}]\n")
        self.update(capsys)
        text = Path("b.yml").read_text(encoding="utf-8")
        for key, macs in (("default", MACS), ("layers=head", 320), ("rho=0.5 layers=head", 320)):
            assert f"    {key}:\n      macs: {macs}\n" in text
        (network,) = document(capsys, "n.yaml", "--baseline", "b.yml")["networks"]
        assert [metric["base"] for metric in network["metrics"]] == [MACS, 320, 320]

    def test_a_file_in_another_folder_keeps_what_is_there(self, capsys):
        write("a/m.yaml", NET + "budgets: {macs: 1G}\n")
        write("a/o.yaml", NET + "budgets: {macs: 1G}\n")
        args = ("--baseline", "a/b.yml", "--update-baseline")
        check(capsys, "a", *args)
        check(capsys, "a/m.yaml", *args)
        assert "\n  o.yaml:\n" in Path("a/b.yml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("name", ["plain", b"\xff"])
    def test_only_lowers_whatever_the_name(self, capsys, name):
        path = os.path.join("odd", os.fsdecode(name) + ".yaml")
        write(path, NET + "budgets: {macs: 1G}\n")
        args = ("odd", "--baseline", "b.yml", "--update-baseline")
        check(capsys, *args)
        write(path, NET.replace("16, kernel", "24, kernel") + "budgets: {macs: 1G}\n")
        assert "the baseline keeps odd/" in check(capsys, *args)
        assert f"macs: {MACS}\n" in Path("b.yml").read_text(encoding="utf-8")

    def test_names_are_relative_to_the_file(self, capsys, monkeypatch):
        Path("sub").mkdir()
        write("sub/m.yaml", NET + "budgets: {macs: 1G}\n")
        check(capsys, "sub", "--baseline", "b.yml", "--update-baseline")
        monkeypatch.chdir("sub")
        (network,) = document(capsys, "m.yaml", "--baseline", "../b.yml")["networks"]
        assert network["metrics"][0]["base"] == MACS
        check(capsys, "m.yaml", "--baseline", "own.yml", "--update-baseline")
        assert "\n  m.yaml:\n" in Path("own.yml").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        "name", ["with space", "-dash", "new\nline", "a: b", "'", "ünï", "#", "x" * 200, b"\xff"]
    )
    def test_hostile_names_come_back(self, capsys, name):
        path = os.path.join("odd", os.fsdecode(name) + ".yaml")
        write(path, NET + "budgets: {macs: 1G}\n")
        check(capsys, "odd", "--baseline", "b.yml", "--update-baseline")
        (network,) = document(capsys, "odd", "--baseline", "b.yml")["networks"]
        assert network["metrics"][0]["base"] == MACS

    @pytest.mark.parametrize(
        ("text", "line", "column", "message"),
        [
            ("", 1, 1, "the file is empty"),
            ("[1]", 1, 1, "a baseline must be a mapping of keys and values"),
            ("networks: {}", 1, 1, "this is not a baseline of version 1"),
            ("version: 2", 1, 1, "this is not a baseline of version 1"),
            ("version: 1\nnetworks: 3", 2, 11, "networks must be a mapping of keys and values"),
            ("version: 1\nnetworks: {n: 3}", 2, 15, "n must be a mapping of keys and values"),
            ("version: 1\nnetworks: {n: {s: 3}}", 2, 19, "s must be a mapping of keys and"),
            ("version: 1\nnetworks: {n: {s: {mac: 3}}}", 2, 20, "unknown metric 'mac'"),
            ("version: 1\nnetworks: {n: {s: {macs: -3}}}", 2, 26, "macs must be a whole number"),
            ("version: 1\nnetworks: {n: {s: {macs: 3.0}}}", 2, 26, "macs must be a whole number"),
            ("version: 1\nnetworks: {n: {s: {macs: 3M}}}", 2, 26, "macs must be a whole number"),
            ("version: 1\nnetworks: {n: {s: {macs: []}}}", 2, 26, "macs must be a whole number"),
            ("version: 1\nnetworks: {n: {}, n: {}}", 2, 19, "key 'n' is given twice"),
        ],
    )
    @pytest.mark.parametrize("more", [(), ("--update-baseline",)])
    def test_a_faulty_file_is_refused_and_left_as_it_is(
        self, capsys, text, line, column, message, more
    ):
        write("b.yml", text)
        err = refused(capsys, "n.yaml", "--baseline", "b.yml", *more)
        assert err.startswith(f"b.yml:{line}:{column}: {message}")
        assert Path("b.yml").read_text(encoding="utf-8") == text

    def test_a_file_that_is_not_there_is_empty_only_where_it_will_be_written(self, capsys):
        err = refused(capsys, "n.yaml", "--baseline", "b.yml")
        assert "b.yml" in err
        self.update(capsys)

    def test_a_run_that_fails_leaves_it(self, capsys):
        self.update(capsys)
        before = Path("b.yml").read_bytes()
        write("bad.yaml", "input: [3]\nlayers: [rellu]\n")
        assert refused(capsys, ".", "--baseline", "b.yml", "--update-baseline")
        assert Path("b.yml").read_bytes() == before

    def test_a_read_only_place(self, capsys, monkeypatch):
        self.update(capsys)
        before = Path("b.yml").read_bytes()
        write("n.yaml", NET.replace("16, kernel", "8, kernel") + "budgets: {macs: 1G}\n")
        read_only("b.yml", monkeypatch)
        err = refused(capsys, ".", "--baseline", "b.yml", "--update-baseline")
        assert err == "error: cannot write b.yml: it is read-only; nothing was written\n"
        assert Path("b.yml").read_bytes() == before

    def test_two_runs_at_once_leave_a_whole_file(self, capsys):
        for number in range(20):
            write(f"many/n{number}.yaml", NET + "budgets: {macs: 1G}\n")
        args = [*CLI, "many", "--baseline", "b.yml", "--update-baseline"]
        runs = [subprocess.Popen(args, stdout=subprocess.DEVNULL) for _ in range(3)]
        assert [one.wait(60) for one in runs] == [0, 0, 0]
        assert len(document(capsys, "many", "--baseline", "b.yml")["networks"]) == 20
        assert Path("b.yml").read_text(encoding="utf-8").count(f"macs: {MACS}\n") == 20
        assert [name for name in os.listdir() if name.endswith(".tmp")] == []


class TestOutputs:
    @pytest.fixture(autouse=True)
    def network(self):
        write("n.yaml", NET + "budgets: {macs: 1, params: 1M}\n")

    def test_several_formats_in_one_run(self, capsys):
        formats = "json markdown github gitlab sarif junit text".split()
        alone = {name: check(capsys, "n.yaml", "--format", name, code=1) for name in formats}
        wanted = [arg for name in formats for arg in ("--format", f"{name}:out.{name}")]
        assert check(capsys, "n.yaml", *wanted, code=1) == ""
        for name in formats:
            assert Path(f"out.{name}").read_text(encoding="utf-8") == alone[name]
        both = check(capsys, "n.yaml", "--format", "json:j", "--format", "text", code=1)
        assert both == alone["text"]

    def test_github_is_on_by_itself_in_its_actions(self, capsys, monkeypatch):
        text = check(capsys, "n.yaml", code=1)
        github = check(capsys, "n.yaml", "--format", "github", code=1)
        json_ = check(capsys, "n.yaml", "--format", "json", code=1)
        assert github.startswith("::error ")
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        assert check(capsys, "n.yaml", code=1) == text + github
        assert check(capsys, "n.yaml", "--format", "json", code=1, err=github) == json_
        assert check(capsys, "n.yaml", "--format", "json:x", code=1) == github
        assert check(capsys, "n.yaml", "--format", "github", code=1) == github
        assert check(capsys, "n.yaml", "--format", "github:x", code=1) == ""
        args = ("--format", "github", "--format", "json")
        assert check(capsys, "n.yaml", *args, code=1, err=github) == json_
        monkeypatch.setenv("GITHUB_ACTIONS", "false")
        assert check(capsys, "n.yaml", code=1) == text

    @pytest.mark.parametrize("target", ["nowhere/out", ".", "x" * 300])
    @pytest.mark.parametrize("name", ["json", "text", "junit"])
    def test_an_impossible_place_is_2_and_leaves_nothing(self, capsys, target, name):
        err = refused(capsys, "n.yaml", "--format", f"{name}:{target}")
        assert err.startswith(f"error: cannot write {target}: ")
        assert os.listdir() == ["n.yaml"]

    def test_a_read_only_file_stays_as_it_is(self, capsys, monkeypatch):
        write("out", "before")
        read_only("out", monkeypatch)
        err = refused(capsys, "n.yaml", "--format", "json:out")
        assert err == "error: cannot write out: it is read-only; nothing was written\n"
        assert Path("out").read_text(encoding="utf-8") == "before"

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
    @pytest.mark.parametrize("name", ["json", "text", "github", "sarif"])
    def test_a_full_disk_is_2(self, name):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = process(
                "n.yaml",
                "--format",
                name,
                stdout=full,
                capture_output=False,
                stderr=subprocess.PIPE,
            )
        assert done.returncode == 2
        assert done.stderr == "error: cannot write the result: No space left on device\n"
        done = process("n.yaml", "--format", f"{name}:/dev/full")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: cannot write /dev/full: No space left on device")
        done = process("n.yaml", "--baseline", "/dev/full", "--update-baseline")
        assert done.returncode == 2

    def test_a_disk_that_is_full_halfway_leaves_the_old_file(self, capsys, monkeypatch):
        write("out", "before")

        def full(*args):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        err = refused(capsys, "n.yaml", "--format", "json:out")
        assert err == "error: cannot write out: No space left on device; nothing was written\n"
        assert Path("out").read_text(encoding="utf-8") == "before"
        assert sorted(os.listdir()) == ["n.yaml", "out"]

    @pytest.mark.parametrize("name", ["text", "json", "junit"])
    def test_a_reader_that_leaves_early_is_no_complaint(self, name):
        for number in range(400):
            write(f"many/n{number}.yaml", NET + "budgets: {macs: 1G}\n")
        with subprocess.Popen(
            [*CLI, "many", "--format", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as child:
            child.stdout.readline()
            child.stdout.close()
            assert child.stderr.read() == b""

    def test_a_narrow_encoding(self):
        write("n.yaml", NET.replace("Small", "Größe") + "budgets: {macs: 1}\n")
        done = process("n.yaml", env={**os.environ, "PYTHONIOENCODING": "ascii"})
        assert done.returncode == 1
        assert "FAIL  Gr\\xf6\\xdfe" in done.stdout


class TestMany:
    def test_a_line_of_progress_on_a_terminal_that_goes_away(self):
        for number in range(60):
            write(f"many/n{number}.yaml", NET + "budgets: {macs: 1G}\n")
        program = (
            "import costcalc.cli.progress as p, costcalc.__main__ as m, sys; p.PATIENCE = -1; "
            "p.time.monotonic = iter(range(10**6)).__next__; "
            "sys.argv = ['costcalc', 'check', 'many', '--format', 'json:out']; m.main()"
        )
        shown = on_terminal(program)
        assert (shown.out, shown.code) == (b"", 0)
        text = shown.terminal
        assert "\r60 networks checked" in text
        assert "\n" not in text
        assert re.search(r"\r +\r$", text)

    def test_no_line_of_progress_elsewhere(self):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        assert process("n.yaml").stderr == ""

    @pytest.mark.slow
    def test_memory_does_not_grow_with_the_networks(self):
        """What is kept of a network is its verdicts: a few kilobytes, no layers."""
        body = NET.replace("repeat: 2", "repeat: 40")
        for number in range(60):
            write(f"many/n{number:02}.yaml", body + "budgets: {macs: 1G}\n")

        def peak(pattern):
            tracemalloc.start()
            try:
                assert costcalc.check(pattern).status == "pass"
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak("many/n0*.yaml")
        few, many = peak("many/n0*.yaml"), peak("many/*.yaml")
        assert many - few < 50 * 8_000
