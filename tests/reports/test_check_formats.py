"""What `costcalc check` found, in the formats of machines: their fields, escapes and bounds."""

import json
import os
import re
import subprocess
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.budgets.result import Checked, Report
from costcalc.budgets.verdict import Verdict
from costcalc.cli import run
from costcalc.graph.setting import Setting
from costcalc.language.network_file import NetworkFile
from costcalc.metrics import METRICS
from costcalc.project.amounts import Amount
from costcalc.project.limits import Limit
from costcalc.reports import formats
from costcalc.reports.check import github, gitlab, junit, markdown, sarif
from costcalc.reports.check import records as check_records
from costcalc.reports.labels import amount
from costcalc.text import escaped

NET = """\
name: Small
input: [3, 16, 16]
layers:
  - conv_bn_act: {name: stem, out_channels: 16, kernel_size: 3, stride: 2}
  - depthwise_separable: {name: body, out_channels: 32, repeat: 2}
  - global_avg_pool
  - linear: {name: head, out_features: 10}
"""
HEAVIEST = 5
HOSTILE = {
    "space": "with space.yaml",
    "newline": "new\nline.yaml",
    "command": "a::b,c=%0A%.yaml",
    "dash": "-dash.yaml",
    "quote": "\"'<&>.yaml",
    "control": "\x1b[31m\x07.yaml",
    "letters": "größe-\u202e.yaml",
    "bytes": os.fsdecode(b"\xff.yaml"),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder, made the current one, and no CI around it."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def git(*args):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *args], check=True, capture_output=True)


def committed():
    """Make the folder a repository, and all that is in it its first commit."""
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def check(capsys, *args, code=1):
    assert run(["check", *args]) == code
    shown = capsys.readouterr()
    assert shown.err == ""
    return shown.out


def made(count, name="n{}.yaml", value=lambda number: 10 + number, limit=10):
    """A report of so many networks, each with one limit."""
    networks = []
    for number in range(count):
        status = "fail" if value(number) > limit else "pass"
        own = Limit("macs", Amount(str(limit), limit), origin="--max")
        verdict = Verdict(own, value(number), limit, None, None, None, status)
        path = name.format(number)
        networks.append(Checked(f"N{number}", path, status, [verdict], [], [], [1]))
    worst = "fail" if any(one.status == "fail" for one in networks) else "pass"
    return Report(worst, None, networks, [], [], [], [])


def same(path):
    return path


# JSON


class TestJson:
    def document(self, capsys, *args, code=1):
        return json.loads(check(capsys, *args, "--format", "json", code=code))

    def test_keys_as_they_are_promised(self, capsys):
        write("n.yaml", NET + "budgets: [{alpha: 0.5, resolution: 8, macs: 10k}, {params: 1M}]\n")
        report = self.document(capsys, "n.yaml")
        assert list(report)[:4] == ["schema_version", "status", "base", "networks"]
        assert (report["schema_version"], report["status"], report["base"]) == (1, "fail", None)
        (network,) = report["networks"]
        assert {"name", "path", "status", "metrics", "culprits", "fits"} <= network.keys()
        assert (network["name"], network["path"], network["status"]) == ("Small", "n.yaml", "fail")
        first, second = network["metrics"]
        value = costcalc.load("n.yaml").cost(alpha="0.5", resolution=8).cost.macs
        assert first == {
            "metric": "macs",
            "setting": {"alpha": "0.5", "resolution": [8, 8]},
            "value": value,
            "limit": 10_000,
            "warn": None,
            "growth_limit": None,
            "base": None,
            "delta": None,
            "status": "fail",
            "source": "n.yaml:8",
            "message": None,
            "note": None,
        }
        assert second["setting"] == {}
        assert second["value"] == costcalc.load("n.yaml").cost().cost.params
        for culprit in network["culprits"]:
            assert {"name", "line", "delta", "cause"} <= culprit.keys()
        assert network["culprits"][0]["line"] == HEAVIEST

    def test_a_result_is_the_metric_at_that_very_setting(self, capsys):
        write("n.yaml", NET + "budgets: [{alpha: 0.75, resolution: 12, macs: 20k}]\n")
        (network,) = self.document(capsys, "n.yaml")["networks"]
        model = costcalc.load("n.yaml")
        knobs = {fit["knob"]: fit for fit in network["fits"]}
        assert set(knobs) == {"alpha", "resolution"}
        alpha = model.cost(alpha=knobs["alpha"]["value"], resolution=12)
        assert knobs["alpha"]["result"] == alpha.cost.macs <= 20_000
        size = tuple(knobs["resolution"]["value"])
        smaller = model.cost(alpha="0.75", resolution=size)
        assert knobs["resolution"]["result"] == smaller.cost.macs <= 20_000
        assert all(fit["metric"] == "macs" for fit in network["fits"])

    def test_against_a_base_what_grew_and_the_width_that_fits(self, capsys):
        write("n.yaml", NET)
        before = costcalc.load("n.yaml").cost().cost.macs
        commit = committed()
        wide = NET.replace("stem, out_channels: 16", "stem, out_channels: 24")
        write("n.yaml", wide + f"budgets: {{macs: {before + 5000}}}\n")
        report = self.document(capsys, "n.yaml", "--base", "HEAD", "--top", "100")
        assert report["base"] == commit
        (network,) = report["networks"]
        (metric,) = network["metrics"]
        assert metric["base"] == before
        assert metric["delta"] == metric["value"] - before
        culprits = network["culprits"]
        assert sum(culprit["delta"] for culprit in culprits) == metric["delta"]
        causes = [culprit["cause"] for culprit in culprits]
        assert causes == ["edited"] + ["propagated"] * (len(culprits) - 1)
        assert len(culprits) > 1
        assert (culprits[0]["name"], culprits[0]["line"]) == ("stem.conv2d", 4)
        deltas = [culprit["delta"] for culprit in culprits[1:]]
        assert deltas == sorted(deltas, reverse=True)
        width = next(fit for fit in network["fits"] if fit["knob"] == "out_channels")
        assert 16 <= width["value"] < 24
        assert width["line"] == 4
        for value, holds in ((width["value"], True), (width["value"] + 1, False)):
            write("m.yaml", wide.replace("channels: 24", f"channels: {value}"))
            macs = costcalc.load("m.yaml").cost().cost.macs
            assert (macs <= before + 5000) == holds
            assert macs == width["result"] or not holds

    def test_edited_layers_come_before_heavier_ones_that_are_carried_along(self, capsys):
        write("n.yaml", NET)
        committed()
        text = NET.replace("stem, out_channels: 16", "stem, out_channels: 24")
        text = text.replace("out_features: 10", "out_features: 11")
        write("n.yaml", text + "budgets: {macs: 1}\n")
        (network,) = self.document(capsys, "n.yaml", "--base", "HEAD")["networks"]
        causes = [culprit["cause"] for culprit in network["culprits"]]
        assert causes[:2] == ["edited", "edited"]
        assert network["culprits"][0]["name"] == "stem.conv2d"

    def test_growth_alone_is_a_bound_for_what_fits(self, capsys):
        write("n.yaml", NET)
        before = costcalc.load("n.yaml").cost().cost.macs
        committed()
        write("n.yaml", NET.replace("stem, out_channels: 16", "stem, out_channels: 24"))
        args = ("n.yaml", "--growth", "macs=1%", "--base", "HEAD")
        (network,) = self.document(capsys, *args)["networks"]
        (metric,) = network["metrics"]
        assert (metric["limit"], metric["growth_limit"]) == (None, before // 100)
        assert network["fits"]
        assert all(fit["result"] <= before + before // 100 for fit in network["fits"])

    @pytest.mark.parametrize(
        "other",
        ["alpha: 0.5, macs: 9k", "resolution: 8, macs: 9k", "layers: [{match: '*', macs: 9k}]"],
    )
    def test_what_fits_is_for_the_limits_of_the_whole_at_its_setting(self, capsys, other):
        write("n.yaml", NET + "budgets: [{macs: 10k}]\n")
        (alone,) = self.document(capsys, "n.yaml")["networks"]
        assert {fit["knob"] for fit in alone["fits"]} == {"alpha", "resolution"}
        write("n.yaml", NET + f"budgets: [{{macs: 10k}}, {{{other}}}]\n")
        (both,) = self.document(capsys, "n.yaml")["networks"]
        assert [fit for fit in both["fits"] if not fit["setting"]] == alone["fits"]
        assert all(fit["setting"].keys() & {"alpha", "resolution"} for fit in both["fits"][2:])

    def test_what_would_fit_is_looked_for_at_the_first_ten(self, capsys):
        for number in range(12):
            write(f"n{number:02}.yaml", NET + "budgets: {macs: 10k}\n")
        networks = self.document(capsys, ".")["networks"]
        assert [bool(network["fits"]) for network in networks] == [True] * 10 + [False] * 2
        assert (
            check(capsys, ".").count(
                "What would fit is only computed for the networks that fail by most"
            )
            == 2
        )

    def test_numbers_are_raw_integers_of_any_size(self):
        limit = Limit("macs", Amount("1", 10**40), growth=Amount("x", 3), origin="--max")
        verdict = Verdict(limit, 10**40 + 1, 10**40, None, 10**40 - 5, 3, "fail")
        report = made(0)._replace(networks=[Checked("N", "n", "fail", [verdict], [], [], [1])])
        (metric,) = json.loads("".join(formats.lines("check", "json", report)))["networks"][0][
            "metrics"
        ]
        wanted = {"value": 10**40 + 1, "limit": 10**40, "base": 10**40 - 5, "delta": 6}
        assert {key: metric[key] for key in wanted} == wanted
        assert metric["growth_limit"] == 3

    @pytest.mark.parametrize(
        ("setting", "layers", "said"),
        [
            (Setting(), None, {}),
            (Setting("v"), "head.*", {"layers": "head.*"}),
            (Setting(None, Fraction(1, 2), Fraction(5, 7)), None, {"alpha": "0.5", "rho": "5/7"}),
            (Setting(resolution=(8, 16)), None, {"resolution": [8, 16]}),
        ],
    )
    def test_settings(self, setting, layers, said):
        limit = Limit("macs", setting=setting, layers=layers)
        assert check_records.setting(limit) == said
        assert check_records.setting(limit._replace(variant="v")) == {"variant": "v", **said}

    @pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_names_stay_json(self, capsys, name):
        write(f"odd/{name}", NET + "budgets: {macs: 1}\n")
        (network,) = self.document(capsys, "odd")["networks"]
        assert network["path"] == f"odd/{name}"

    def test_no_network_but_a_warning_is_warn(self, capsys):
        write("n.yaml", NET + "budgets: {macs: {warn: 1}}\n")
        assert self.document(capsys, "n.yaml", code=0)["status"] == "warn"


# Markdown


class TestMarkdown:
    @pytest.mark.parametrize("count", [1, 300, 5000])
    def test_a_comment_is_under_60_000_characters(self, count):
        text = "".join(markdown.lines(made(count)))
        assert len(text) < 60_000
        assert f"{count} network{'s' * (count > 1)} checked" in text.rstrip().splitlines()[-1]
        if count > 300:
            assert len(text) > 50_000
            left = int(re.search(r"\*\*(\d+) more networks are left out", text)[1])
            assert left + text.count("## FAIL") + text.count("## PASS") == count
            assert "N4999" in text.splitlines()[0]
        else:
            assert ("left out" in text) == (text.count("## ") < count)

    def test_bytes_count_not_letters(self):
        text = "".join(markdown.lines(made(5000, name="größe€{}.yaml")))
        assert len(text.encode()) < 60_000

    def test_what_is_left_out_of_the_summary_is_cut_too(self):
        report = made(1)._replace(removed=[f"r{number}.yaml" for number in range(10_000)])
        text = "".join(markdown.lines(report))
        assert len(text) < 60_000
        assert text.endswith("...\n")

    @pytest.mark.parametrize("length", range(20, 41, 5))
    def test_the_summary_has_its_room(self, length):
        name = "n{}" + "x" * length
        report = made(1000, name=name)._replace(removed=["r" * 100] * 28)
        text = "".join(markdown.lines(report))
        assert 58_000 < len(text) < 60_000
        assert text.count("removed since the base") == 28

    def test_a_network_of_any_length_does_not_break_the_bound(self):
        text = "".join(markdown.lines(made(2, name="x" * 100_000)))
        assert len(text) < 60_000
        assert "2 more networks are left out" in text

    def test_the_jobs_summary_is_added_to_and_under_900_kib(self, monkeypatch):
        write("summary", "before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary")
        for number in range(40):
            write(f"many/n{number}.yaml", NET.replace("Small", "S" * 40_000) + "budgets: {macs: 1}")
        assert run(["check", "many", "--format", "markdown:summary", "--format", "json:j"]) == 1
        text = Path("summary").read_text(encoding="utf-8")
        assert text.startswith("before\n## FAIL")
        assert 850 * 1024 < len(text) < 900 * 1024
        assert re.search(r"\*\*\d+ more networks are left out for lack of room\.\*\*", text)
        assert run(["check", "many", "--format", "markdown:other"]) == 1
        assert len(Path("other").read_text(encoding="utf-8")) < 60_000

    @pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_names_are_no_markup(self, capsys, name):
        text = NET.replace("Small", "'<b>|`x` @all #1'")
        write(f"odd/{name}", text + "budgets: {macs: 1}\n")
        shown = check(capsys, "odd", "--format", "markdown")
        assert shown.startswith("## FAIL  \\<b\\>\\|\\`x\\` \\@all \\#1")
        assert "\x1b" not in shown
        tables = [line for line in shown.splitlines() if line.startswith("|")]
        assert len(tables) >= 4

    def test_hide_passed(self):
        report = made(4, value=lambda number: 9 + number)
        assert "N0" in "".join(markdown.lines(report))
        text = "".join(markdown.lines(report._replace(hide_passed=True)))
        assert "N0" not in text
        assert "2 failed, 2 passed" in text


# GitHub

COMMAND = re.compile(r"::(error|warning) file=([^,]*),line=(\d+),title=([^,:]*)::(.*)", re.DOTALL)


def unescaped(text):
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


class TestGithub:
    def commands(self, capsys, *args, code=1):
        lines = check(capsys, *args, "--format", "github", code=code).splitlines()
        return [COMMAND.fullmatch(line) for line in lines]

    def test_an_error_on_the_heaviest_layer_with_the_budgets_place(self, capsys):
        write("n.yaml", NET)
        write("costcalc.yaml", "version: 1\nbudgets:\n- {match: n.yaml, limits: {macs: 1}}\n")
        (found,) = self.commands(capsys)
        assert found.groups()[:4] == (
            *("error", "n.yaml", str(HEAVIEST)),
            "costcalc%3A MACs over budget",
        )
        assert "Limit: costcalc.yaml:3." in found[5]

    def test_on_the_edited_layer_that_grew_most_where_there_is_a_base(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1}\n")
        committed()
        wider = NET.replace("out_features: 10", "out_features: 12").replace(
            "stem, out_channels: 16", "stem, out_channels: 24"
        )
        write("n.yaml", "# one more line\n" + wider + "budgets: {macs: 1}\n")
        (found,) = self.commands(capsys, "n.yaml", "--base", "HEAD")
        assert found[3] == "5"

    @pytest.mark.parametrize(
        ("macs", "params", "line"),
        [("1", "1k", 5), ("1k", "1", 7), ("1k", "1G", 5), ("1G", "1", 7)],
    )
    def test_on_the_layer_of_the_worst_metric(self, capsys, macs, params, line):
        """Most MACs are in the body, most params in the head."""
        text = NET.replace("out_features: 10", "out_features: 1000")
        write("n.yaml", text + f"budgets: {{macs: {macs}, params: {params}}}\n")
        assert next(match[3] for match in self.commands(capsys, "n.yaml")) == str(line)

    def test_a_warning_is_one(self, capsys):
        write("n.yaml", NET + "budgets: {macs: {warn: 1}}\n")
        (found,) = self.commands(capsys, "n.yaml", code=0)
        assert found[1] == "warning"

    @pytest.mark.parametrize("key", sorted(HOSTILE.keys() - {"bytes"}))
    def test_hostile_names_stay_one_command(self, capsys, key):
        name = HOSTILE[key]
        write(f"odd/{name}", NET + "budgets: {macs: 1}\n")
        (found,) = self.commands(capsys, "odd")
        assert unescaped(found[2]) == escaped(f"odd/{name}")

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(), st.text())
    def test_any_path_and_message_come_back_and_nothing_is_hidden(self, path, message):
        limit = Limit("macs", Amount("1", 1), origin="--max", message=message, layers=message)
        verdict = Verdict(limit, 2, 1, None, None, None, "fail")
        report = made(0)._replace(networks=[Checked("N", path, "fail", [verdict], [], [], [7])])
        (line,) = github.lines(report, same)
        assert line.endswith("\n")
        assert line[:-1].isprintable()
        found = COMMAND.fullmatch(line[:-1])
        assert unescaped(found[2]) == escaped(path)
        assert found[3] == "7"
        assert unescaped(found[5]).startswith("MACs of")

    def test_at_most_ten_the_worst_first_and_it_says_when_it_cut(self):
        lines = list(github.lines(made(10, value=lambda number: 11 + number), same))
        assert len(lines) == 10
        *lines, last = github.lines(made(25, value=lambda number: 11 + number), same)
        assert last == "costcalc: 15 more are not annotated; the worst 10 are.\n"
        assert [COMMAND.match(line)[2] for line in lines] == [
            f"n{number}.yaml" for number in range(24, 14, -1)
        ]

    def test_the_worst_of_all_limits_comes_first_whichever_network_has_it(self, capsys):
        macs = costcalc.Model(NetworkFile(NET, "n.yaml"), None).cost().cost.macs
        write("a.yaml", NET + f"budgets: [{{macs: {macs // 2}}}, {{macs: {macs // 6}}}]\n")
        write("b.yaml", NET + f"budgets: {{macs: {macs // 4}}}\n")
        found = [match[5] for match in self.commands(capsys, ".")]
        limits = [re.search("the limit of ([0-9,]+)", message)[1] for message in found]
        assert limits == [f"{macs // part:,}" for part in (6, 4, 2)]

    def test_a_warning_however_far_over_comes_after_a_failure(self):
        """What was over its limit on the base already, and is let pass."""
        report = made(2, value=lambda number: 1000 if number == 0 else 11)
        (forgiven, failed), warn = report.networks, "warn"
        verdicts = [forgiven.verdicts[0]._replace(status=warn), *failed.verdicts]
        both = failed._replace(verdicts=verdicts, lines=[1, 1])
        lines = list(github.lines(report._replace(networks=[both]), same))
        assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]

    def test_failures_come_before_warnings(self, capsys):
        write("a.yaml", NET + "budgets: {params: {warn: 1}, macs: 100k}\n")
        write("b.yaml", NET + "budgets: {params: 1, macs: {warn: 1}}\n")
        found = self.commands(capsys, ".")
        assert [match[1] for match in found] == ["error", "error", "warning", "warning"]
        assert [match[2] for match in found[:2]] == ["b.yaml", "a.yaml"]

    def test_paths_are_from_the_top_of_the_repository(self, capsys, monkeypatch):
        write("deep/er/n.yaml", NET + "budgets: {macs: 1}\n")
        git("init", "-q")
        monkeypatch.chdir("deep")
        (found,) = self.commands(capsys, "er/n.yaml")
        assert found[2] == "deep/er/n.yaml"

    def test_what_passes_says_nothing(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        assert self.commands(capsys, "n.yaml", code=0) == []


# GitLab


class TestGitlab:
    """GitLab documents these fields as the ones it reads; there is no schema in a package."""

    def issues(self, capsys, *args, code=1):
        return json.loads(check(capsys, *args, "--format", "gitlab", code=code))

    def test_required_fields(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 10k, params: {warn: 1}}\n")
        first, second = self.issues(capsys, "n.yaml")
        assert (
            first.keys()
            == second.keys()
            == {*("description", "check_name", "fingerprint", "severity", "location")}
        )
        assert first["location"] == {"path": "n.yaml", "lines": {"begin": HEAVIEST}}
        assert (first["check_name"], first["severity"]) == ("costcalc-macs", "major")
        assert (second["check_name"], second["severity"]) == ("costcalc-params", "minor")
        assert first["description"].startswith("MACs: ")
        assert "Would fit: alpha " in first["description"]

    def test_nothing_is_an_empty_list(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        assert self.issues(capsys, "n.yaml", code=0) == []

    def prints(self, capsys, *args):
        return {
            (issue["location"]["path"], issue["description"].partition(":")[0]): issue[
                "fingerprint"
            ]
            for issue in self.issues(capsys, *args)
        }

    def test_fingerprints_stay_when_numbers_lines_and_folders_change(self, capsys, monkeypatch):
        git("init", "-q")
        write("a/n.yaml", NET)
        text = "version: 1\nbudgets:\n- {match: a/n.yaml, limits: {macs: 1, params: 2}}\n"
        write("costcalc.yaml", text)
        before = self.prints(capsys)
        assert len(set(before.values())) == 2
        write("a/n.yaml", "\n\n" + NET.replace("out_channels: 32", "out_channels: 48"))
        write("costcalc.yaml", "\n# more\n" + text.replace("macs: 1", "macs: 7"))
        assert self.prints(capsys) == before
        monkeypatch.chdir("a")
        assert self.prints(capsys) == before

    def test_each_of_two_limits_on_one_metric_keeps_its_own(self, capsys):
        """Whichever is the worse one, and also when the other holds."""

        def fingerprints(first, second):
            budget = f"budgets: [{{macs: {first}}}, {{macs: {second}}}]\n"
            write("n.yaml", NET + budget)
            issues = self.issues(capsys, "n.yaml")
            limits = [re.search(r"over the limit of ([\d,]+)", i["description"])[1] for i in issues]
            found = dict(zip(limits, (i["fingerprint"] for i in issues), strict=True))
            return [found.get(str(limit)) for limit in (first, second)]

        one, two = fingerprints(1, 2)
        assert one != two
        assert fingerprints(9, 8) == [one, two]
        assert fingerprints("1G", 8) == [None, two]

    @pytest.mark.parametrize(
        "more", ["alpha: 0.5, macs: 1", "params: 1", "layers: [{match: head, macs: 1}]"]
    )
    def test_a_limit_of_something_else_before_it_changes_no_fingerprint(self, capsys, more):
        write("n.yaml", NET + "budgets: [{macs: 1}]\n")
        (alone,) = self.issues(capsys, "n.yaml")
        write("n.yaml", NET + f"budgets: [{{{more}}}, {{macs: 1}}]\n")
        found = self.issues(capsys, "n.yaml")
        (own,) = [issue for issue in found if issue["description"].startswith("MACs: ")]
        assert len(found) == 2
        assert own["fingerprint"] == alone["fingerprint"]

    def test_distinct_limits_have_distinct_fingerprints(self, capsys):
        budget = (
            "[{macs: 1, params: 1, weights_int8: 1B, layers: [{match: head, macs: 1},"
            " {match: body*, macs: 1}]}, {alpha: 0.5, macs: 1}, {macs: 1},"
            " {alpha: 0.5, resolution: 8, macs: 1}, {resolution: 8x9, macs: 1}]"
        )
        for name in ("n.yaml", "m.yaml"):
            write(name, NET + f"budgets: {budget}\n")
        issues = self.issues(capsys, ".", "--max", "macs=1")
        assert len(issues) == 20
        assert len({issue["fingerprint"] for issue in issues}) == 20

    def test_one_file_under_two_names_is_two_issues(self, capsys):
        write("a/n.yaml", NET + "budgets: {macs: 1}\n")
        os.symlink("a", "b")
        issues = self.issues(capsys, "a/n.yaml", "b/n.yaml")
        assert len({issue["fingerprint"] for issue in issues}) == 2


# SARIF

TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}


def closed(required, **more):
    properties = {**required, **more}
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


def several(items):
    return {"type": "array", "items": items}


STRING = {"type": "string"}
SARIF = closed(
    {
        "version": {"const": "2.1.0"},
        "runs": several(
            closed(
                {
                    "tool": closed(
                        {
                            "driver": closed(
                                {"name": STRING},
                                semanticVersion={"pattern": r"^\d+\.\d+\.\d+"},
                                rules=several(closed({"id": STRING}, shortDescription=TEXT)),
                            )
                        }
                    )
                },
                columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                results=several(
                    closed(
                        {"message": TEXT},
                        ruleId=STRING,
                        level={"enum": ["none", "note", "warning", "error"]},
                        locations=several(
                            closed(
                                {},
                                physicalLocation=closed(
                                    {"artifactLocation": closed({"uri": STRING})},
                                    region=closed({}, startLine={"type": "integer", "minimum": 1}),
                                ),
                            )
                        ),
                        partialFingerprints={"additionalProperties": STRING},
                    )
                ),
            )
        ),
    },
    **{"$schema": {"type": "string", "format": "uri"}},
)


class TestSarif:
    """No light package ships the schema of SARIF 2.1.0; these are its fields, closed and required.

    The whole schema has some 100 kB. What is written here is the part of it that results use, with
    every object closed as it closes them.
    """

    def document(self, capsys, *args, code=1):
        found = json.loads(check(capsys, *args, "--format", "sarif", code=code))
        jsonschema.validate(found, SARIF)
        return found

    def test_results(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1, params: {warn: 1}}\n")
        document = self.document(capsys, "n.yaml")
        assert document["$schema"].endswith("/sarif-schema-2.1.0.json")
        (run_,) = document["runs"]
        driver = run_["tool"]["driver"]
        assert (driver["name"], driver["semanticVersion"]) == ("costcalc", costcalc.__version__)
        rules = [rule["id"] for rule in driver["rules"]]
        assert rules == ["costcalc/macs", "costcalc/params"]
        first, second = run_["results"]
        assert [first["ruleId"], second["ruleId"]] == rules
        assert (first["level"], second["level"]) == ("error", "warning")
        place = first["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "n.yaml"
        assert place["region"]["startLine"] == HEAVIEST

    def test_no_result_is_an_empty_list(self, capsys):
        write("n.yaml", NET + "budgets: {macs: 1G}\n")
        assert self.document(capsys, "n.yaml", code=0)["runs"][0]["results"] == []

    @pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
    def test_a_path_is_a_uri(self, capsys, name):
        write(f"odd/{name}", NET + "budgets: {macs: 1}\n")
        (result,) = self.document(capsys, "odd")["runs"][0]["results"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9_.~%/-]+", uri)
        assert unquote(uri, errors="surrogateescape") == f"odd/{name}"

    def test_fingerprints_are_gitlabs(self, capsys):
        write("n.yaml", NET + "budgets: [{macs: 1}, {macs: 2}]\n")
        results = self.document(capsys, "n.yaml")["runs"][0]["results"]
        issues = json.loads(check(capsys, "n.yaml", "--format", "gitlab"))
        found = [result["partialFingerprints"]["costcalcLimit/v1"] for result in results]
        assert found == [issue["fingerprint"] for issue in issues]


# JUnit


class TestJunit:
    def suites(self, capsys, *args, code=1):
        root = ElementTree.fromstring(check(capsys, *args, "--format", "junit", code=code))
        assert root.tag == "testsuites"
        assert int(root.get("tests")) == sum(int(suite.get("tests")) for suite in root)
        assert int(root.get("failures")) == sum(int(suite.get("failures")) for suite in root)
        for suite in root:
            assert int(suite.get("tests")) == len(suite.findall("testcase"))
            assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
            assert suite.get("errors") == "0"
        return list(root)

    def test_a_case_for_each_limit_those_that_passed_too(self, capsys):
        write("good.yaml", NET + "budgets: {macs: 1G}\n")
        write("n.yaml", NET + "budgets: {macs: 1, params: 1G, flops: {warn: 1}}\n")
        good, bad = self.suites(capsys, ".")
        assert (good.get("name"), bad.get("name")) == ("good.yaml", "n.yaml")
        assert [len(case) for case in good] == [0]
        failed, passed, warned = bad
        assert failed.get("name") == "MACs (n.yaml:8)"
        assert {case.get("classname") for case in bad} == {"n.yaml"}
        assert failed.get("line") == str(HEAVIEST)
        assert failed.find("failure").get("type") == "macs"
        assert failed.find("failure").get("message").startswith("MACs: ")
        assert len(passed) == 0
        assert warned.find("failure") is None
        assert warned.find("system-out").text.startswith("FLOPs: ")

    @pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_names_stay_xml(self, capsys, name):
        write(f"odd/{name}", NET + "budgets: {macs: {warn: 1}, params: 1}\n")
        (suite,) = self.suites(capsys, "odd")
        if name.isprintable():
            assert suite.get("name") == f"odd/{name}"

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(st.characters()), st.sampled_from(["fail", "warn", "pass"]))
    @example("\0\t\n\x1f\x7f\x85\ud800\udfff\ufffe\uffff\U0010ffff", "fail")
    @example("\ufffe\uffff\ud800\x07", "warn")
    def test_any_text_stays_xml(self, text, status):
        setting = Setting(variant=text or None)
        limit = Limit("macs", Amount("1", 1), None, None, setting, text, None, text, text)
        verdict = Verdict(limit, 2, 1, None, None, None, status)
        report = made(0)._replace(networks=[Checked(text, text, status, [verdict], [], [], [7])])
        xml = "".join(junit.lines(report, same)).encode("utf-8")
        ((case,),) = ElementTree.fromstring(xml)
        assert len(case) == (status != "pass")


# All of them


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_its_name_in_every_format(metric):
    limit = Limit(metric, Amount("1", 1), origin="--max")
    verdict = Verdict(limit, 2, 1, None, None, None, "fail")
    report = made(0)._replace(networks=[Checked("N", "n", "fail", [verdict], [], [], [1])])
    texts = [
        *("".join(form.lines(report, same)) for form in (github, gitlab, junit)),
        "".join(sarif.lines(report, same)),
        "".join(markdown.lines(report)),
    ]
    value, most = amount(metric, 2), amount(metric, 1)
    assert all(f"over the limit of {most} " in text for text in texts)
    assert all(text.count(f"{value}, over") == 1 for text in texts)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**15), st.integers(1, 10**15))
def test_two_sides_that_differ_are_seen_to_differ(limit, more):
    """In the table, in the sentence and in the excess."""
    own = Limit("macs", Amount(str(limit), limit), origin="--max")
    verdict = Verdict(own, limit + more, limit, None, None, None, "fail")
    report = made(0)._replace(networks=[Checked("N", "n", "fail", [verdict], [], [], [1])])
    (line,) = github.lines(report, same)
    message = unescaped(COMMAND.fullmatch(line[:-1])[5])
    value, most, excess = re.fullmatch(
        r"MACs: ([\d,]+), over the limit of ([\d,]+) \([+×]([\d,.]+)(?: %)?\)\. Limit: --max\.",
        message,
    ).groups()
    assert int(value.replace(",", "")) == limit + more
    assert int(most.replace(",", "")) == limit
    assert Fraction(excess.replace(",", "")) > 0
