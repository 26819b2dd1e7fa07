"""A variant that is named is the one that every command answers for, never the file's first."""

import json
from pathlib import Path

import pytest
from support import repositories

import costcalc
from costcalc.cli import run

TINY, BASE = 5_717_416, 86_567_656
"""Params of vit_tiny_patch16, the first variant of its file, and of vit_base_patch16."""
NET = """\
name: Two
input: [3, 8, 8]
params: {out_channels: 4}
variants:
  small: {}
  big: {params: {out_channels: 8}}
layers:
  - conv2d: {name: stem, out_channels, kernel_size: 1, bias: false}
"""
SMALL, BIG = 3 * 4, 3 * 8
BY_NAME = ("vit_base_patch16", "vit:vit_base_patch16", "vit.yaml:vit_base_patch16")
FORMATS = ("text", "json", "markdown", "github", "gitlab", "sarif", "junit")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    Path("two.yaml").write_text(NET)
    return tmp_path


def output(capsys, *args, code=0):
    found = run(list(args))
    shown = capsys.readouterr()
    assert (found, shown.err) == (code, ""), shown
    return shown.out


def document(capsys, *args, code=0):
    return json.loads(output(capsys, *args, "--format", "json", code=code))


def fault(capsys, *args):
    assert run(list(args)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def params(capsys, *args):
    (network,) = document(capsys, "analyze", *args)["networks"]
    return network["totals"]["params"]


def judged(capsys, *args, code=0):
    """Each judged value of the params, with its variant."""
    report = document(capsys, "check", *args, code=code)
    return [
        (row["setting"].get("variant"), row["value"])
        for network in report["networks"]
        for row in network["metrics"]
        if row["metric"] == "params"
    ]


class TestEveryCommand:
    """Params of the variant, by each command that takes a NET."""

    @pytest.mark.parametrize("net", [*BY_NAME, "vit --variant vit_base_patch16"])
    def test_shipped(self, capsys, net):
        net = net.split()
        assert params(capsys, *net) == BASE
        (point,) = document(capsys, "sweep", *net, "--alpha", "1")["points"]
        assert point["params"] == BASE
        solved = document(capsys, "solve", *net, "--max", f"params={BASE}", "--range", "alpha=1..1")
        assert solved["solutions"][0]["params"] == BASE
        counted = document(capsys, "conventions", *net)
        assert counted["variant"] == "vit_base_patch16"
        totals = {row["name"]: row["params"] for row in counted["conventions"]}
        assert totals["default"] == BASE
        text = output(capsys, "show", "vit").replace("classes: 1000}", "classes: 1001}")
        Path("mine.yaml").write_text(text)
        sides = (net[0], "mine.yaml:vit_base_patch16", *net[1:])
        (found,) = document(capsys, "diff", *sides)["networks"]
        assert found["totals"]["params"] == {"from": BASE, "to": BASE + 769, "delta": 769}
        assert document(capsys, "diff", net[0], *net)["networks"] == []

    @pytest.mark.parametrize("net", ["two.yaml:big", "two:big", "./two.yaml:big"])
    def test_of_a_file(self, capsys, net):
        assert params(capsys, net) == BIG
        assert judged(capsys, net, "--max", "params=1k") == [("big", BIG)]
        assert costcalc.load(net).cost().totals.params == BIG
        assert output(capsys, "formula", net).startswith("Two (big)  ")

    def test_python(self):
        report = costcalc.check("vit_base_patch16", max={"params": "10M"})
        assert report.status == "fail"
        report = costcalc.check("two.yaml", max={"params": SMALL}, variant="big")
        assert report.status == "fail"

    def test_a_file_whose_name_has_a_colon_is_a_file(self, capsys):
        Path("two.yaml:big").write_text(NET)
        assert params(capsys, "two.yaml:big") == SMALL

    @pytest.mark.parametrize("args", [["two.yaml:bog"], ["two.yaml", "--variant", "bog"]])
    @pytest.mark.parametrize(
        "command", ["analyze", "sweep", "formula", "conventions", "validate", "show"]
    )
    def test_one_that_is_not_there(self, capsys, command, args):
        err = fault(capsys, command, *args)
        assert err == "error: two.yaml has no variant 'bog'\n  hint: did you mean 'big'?\n"
        assert "vit.yaml has no variant 'nope'" in fault(capsys, command, "vit:nope")
        assert "no network or file is named 'nothing:big'" in fault(capsys, command, "nothing:big")


class TestTwoVariants:
    """A NET that is one variant, where --variant names another, is an error in every command."""

    @pytest.mark.parametrize(
        "command",
        [
            *("analyze NET", "sweep NET --alpha 0.5,1", "solve NET --max params=1k"),
            *("formula NET", "conventions NET", "check NET --max params=1k"),
            *("validate NET", "validate two.yaml NET", "show NET"),
            *("check . NET --max params=1k", "diff NET NET", "diff two.yaml NET"),
        ],
    )
    @pytest.mark.parametrize(
        ("net", "variant", "other"),
        [
            ("two.yaml:big", "small", "two.yaml:small"),
            ("two:big", "small", "two:small"),
            ("two.yaml:big", "nope", "two.yaml:nope"),
        ],
    )
    def test_of_a_file(self, capsys, command, net, variant, other):
        err = fault(capsys, *command.replace("NET", net).split(), "--variant", variant)
        assert (
            f"error: {net} is variant 'big', and variant '{variant}' is asked for too\n"
            f"  hint: ask for one of them: {net} or {other}\n"
        ) in err

    def test_of_a_shipped_file(self, capsys):
        args = ("check", "vit_base_patch16", "--variant", "vit_tiny_patch16", "--max", "params=10M")
        assert fault(capsys, *args) == (
            "error: vit_base_patch16 is variant 'vit_base_patch16', and variant "
            "'vit_tiny_patch16' is asked for too\n"
            "  hint: ask for one of them: vit_base_patch16 or vit:vit_tiny_patch16\n"
        )

    def test_since_a_commit(self, capsys, folder):
        repositories.Repo(folder).commit("before")
        err = fault(capsys, "diff", "HEAD", "two.yaml:big", "--variant", "small")
        assert "two.yaml:big is variant 'big', and variant 'small' is asked for too" in err

    @pytest.mark.parametrize(
        "call",
        [
            lambda: costcalc.load("two.yaml:big", variant="small"),
            lambda: costcalc.conventions("two.yaml:big", variant="small"),
            lambda: costcalc.check("two.yaml:big", variant="small", max={"params": "1k"}),
            lambda: costcalc.diff("two.yaml:small", "two.yaml:big", variant="small"),
            lambda: costcalc.validate("two.yaml:big", variant="small"),
        ],
    )
    def test_in_python(self, call):
        with pytest.raises(costcalc.CostcalcError) as caught:
            call()
        assert "is variant 'big', and variant 'small' is asked for too" in str(caught.value)

    def test_the_same_twice_is_one(self, capsys):
        for net in ("two.yaml:big", "two.yaml"):
            assert params(capsys, net, "--variant", "big") == BIG
        Path("nine.yaml").write_text(NET.replace("channels: 8", "channels: 9"))
        (found,) = document(capsys, "diff", "two", "nine:big", "--variant", "big")["networks"]
        assert found["totals"]["params"] == {"from": BIG, "to": 27, "delta": 3}


class TestCheck:
    def test_the_report_that_asked_for_it(self, capsys):
        text = output(capsys, "check", "vit_base_patch16", "--max", "params=10M", code=1)
        assert text.startswith("FAIL  ViT (vit_base_patch16)  ")
        assert "86,567,656" in text

    @pytest.mark.parametrize("net", BY_NAME)
    def test_what_is_named_is_judged(self, capsys, net):
        rows = judged(capsys, net, "--max", "params=10M", code=1)
        assert len(rows) >= 2  # the option's limit, and the file's own budget of this variant
        assert set(rows) == {("vit_base_patch16", BASE)}

    def test_the_option(self, capsys):
        args = ("two.yaml", "--variant", "big", "--max", f"params={SMALL}")
        assert judged(capsys, *args, code=1) == [("big", BIG)]
        args = ("two.yaml:big", "two.yaml", "--variant", "big", "--max", f"params={SMALL}")
        assert judged(capsys, *args, code=1) == [("big", BIG)]  # named twice, judged once
        assert judged(capsys, ".", *args[2:], code=1) == [("big", BIG)]
        args = ("two.yaml", "--variant", "small", "--max", f"params={SMALL}")
        assert judged(capsys, *args) == [("small", SMALL)]
        assert "two.yaml has no variant 'bog'" in fault(
            capsys, "check", "two.yaml", "--variant", "bog", "--max", "params=1"
        )
        assert "given twice" in fault(
            capsys, "check", "two.yaml", "--variant", "big", "--variant", "small"
        )

    def test_options_judge_every_variant_where_none_is_named(self, capsys):
        every = [("small", SMALL), ("big", BIG)]
        assert judged(capsys, "two.yaml", "--max", "params=1k") == every
        assert judged(capsys, "two.yaml", "--max", f"params={BIG - 1}", code=1) == every
        assert judged(capsys, ".", "--max", f"params={BIG - 1}", code=1) == every
        assert judged(capsys, "two.yaml", "--growth", "params=0", "--base", "none") == every

    def test_options_judge_variants_with_budgets_of_their_own_too(self, capsys):
        rows = judged(capsys, "vit", "--max", "params=10M", code=1)
        assert rows[-3:] == [
            ("vit_tiny_patch16", TINY),
            ("vit_small_patch16", 22_050_664),
            ("vit_base_patch16", BASE),
        ]
        assert set(rows[:-3]) == set(rows[-3:])  # by the file's budgets, of params as well
        report = document(capsys, "check", "vit", "--max", "params=10M", code=1)
        (network,) = report["networks"]
        assert network["unlimited_variants"] == []

    @pytest.mark.parametrize(("own", "given"), [(BIG, BIG - 1), (BIG - 1, BIG)])
    def test_the_stricter_of_a_budget_and_an_option_decides(self, capsys, own, given):
        Path("two.yaml").write_text(NET + f"budgets: [{{variant: big, params: {own}}}]\n")
        for limit, code in ((given, 1), (None, own < BIG)):
            more = [] if limit is None else ["--max", f"params={limit}"]
            rows = judged(capsys, "two.yaml:big", *more, code=code)
            assert rows == [("big", BIG)] * (1 + len(more) // 2)

    def test_a_budget_is_of_the_first_where_none_is_named(self, capsys):
        Path("two.yaml").write_text(NET + "budgets: {params: 1k}\n")
        assert judged(capsys, "two.yaml") == [("small", SMALL)]
        (network,) = document(capsys, "check", "two.yaml")["networks"]
        assert network["unlimited_variants"] == ["big"]

    def test_a_name_of_a_file_and_of_its_variant_is_the_variant(self, capsys):
        report = document(capsys, "check", "mobilenet", "--max", "params=10M")
        (network,) = report["networks"]
        assert network["variant"] == "mobilenet"
        assert {row["setting"]["variant"] for row in network["metrics"]} == {"mobilenet"}
        rows = judged(capsys, "mobilenet.yaml", "--max", "params=10M", code=1)
        assert {variant for variant, _ in rows} == {
            *("mobilenet", "mobilenet_conv", "mobilenet_shallow")
        }

    def test_several_variants_of_one_file(self, capsys):
        args = ("two.yaml:big", "two.yaml:small", "two.yaml:big", "--max", "params=1k")
        assert judged(capsys, *args) == [("big", BIG), ("small", SMALL)]

    def test_budgets_that_name_no_variant_hold_for_the_one_that_is_judged(self, capsys):
        Path("two.yaml").write_text(
            NET + f"budgets: [{{params: {SMALL}}}, {{variant: big, params: 1k}},"
            " {variant: small, params: 1M}]\n"
        )
        rows = judged(capsys, "two.yaml")
        assert rows == [("small", SMALL), ("big", BIG), ("small", SMALL)]
        assert judged(capsys, "two.yaml:big", code=1) == [("big", BIG), ("big", BIG)]
        assert judged(capsys, "two.yaml:small") == [("small", SMALL), ("small", SMALL)]

    def test_a_project_file_holds_for_it_too(self, capsys):
        Path("costcalc.yaml").write_text(
            f"version: 1\nbudgets:\n- match: two.yaml\n  limits: {{params: {SMALL}}}\n"
        )
        assert judged(capsys, "two.yaml:big", code=1) == [("big", BIG)]
        assert judged(capsys, "--variant", "big", code=1) == [("big", BIG)]

    @pytest.mark.parametrize("format_", FORMATS)
    def test_every_row_says_its_variant(self, capsys, format_):
        Path("two.yaml").write_text(
            NET + f"budgets: [{{params: {SMALL - 1}}}, {{variant: big, params: {BIG - 1}}}]\n"
        )
        shown = output(capsys, "check", "two.yaml", "--format", format_, code=1)
        if format_ == "json":
            (network,) = json.loads(shown)["networks"]
            for key in ("metrics", "culprits", "fits"):
                assert {row["setting"]["variant"] for row in network[key]} == {"small", "big"}
        else:
            assert "params of small" in shown
            assert "params of big" in shown

    def test_a_file_without_variants_names_none(self, capsys):
        Path("one.yaml").write_text("".join(NET.splitlines(True)[:3] + NET.splitlines(True)[6:]))
        shown = output(capsys, "check", "one.yaml", "--max", "params=1", code=1)
        assert "params of" not in shown
        assert judged(capsys, "one.yaml", "--max", "params=1", code=1) == [(None, SMALL)]

    def test_what_would_fit_is_of_the_variant(self, capsys):
        report = document(capsys, "check", "two.yaml:big", "--max", "params=13", code=1)
        (fit,) = report["networks"][0]["fits"]
        assert (fit["knob"], fit["result"]) == ("alpha", 12)
        assert params(capsys, "two.yaml:big", "--alpha", fit["value"]) == fit["result"]

    def test_what_would_fit_is_of_each_of_several(self, capsys):
        nets = ("two.yaml:small", "two.yaml:big")
        report = document(capsys, "check", *nets, "--max", "params=6", code=1)
        for network, net in zip(report["networks"], nets, strict=True):
            (fit,) = network["fits"]
            assert fit["setting"]["variant"] == network["variant"] == net.partition(":")[2]
            assert params(capsys, net, "--alpha", fit["value"]) == fit["result"] == 6

    def test_a_baseline_keeps_variants_apart(self, capsys):
        update = ("--baseline", "b", "--update-baseline", "--growth", "params=0")
        output(capsys, "check", "two.yaml:small", *update)
        first = Path("b").read_text()
        assert "default:" in first
        assert "big" not in first
        output(capsys, "check", "two.yaml:big", *update)
        second = Path("b").read_text()
        assert "variant=big:" in second
        output(capsys, "check", "two.yaml", *update)
        assert Path("b").read_text() == second
        Path("two.yaml").write_text(NET.replace("channels: 8", "channels: 9"))
        args = ("two.yaml", "--baseline", "b", "--growth", "params=0")
        assert judged(capsys, *args, code=1) == [("small", SMALL), ("big", 27)]
        args = ("two.yaml:big", "--baseline", "b", "--growth", "params=0")
        assert judged(capsys, *args, code=1) == [("big", 27)]


class TestValidate:
    """All variants of a file, or the one that is named."""

    @pytest.fixture(autouse=True)
    def faulty(self):
        Path("two.yaml").write_text(NET.replace("channels: 8", "channels: 0"))

    @pytest.mark.parametrize(
        "args", [["two.yaml"], ["two.yaml:big"], ["two.yaml", "--variant", "big"]]
    )
    def test_a_fault_of_a_variant(self, capsys, args):
        assert "out_channels" in (err := fault(capsys, "validate", *args))
        assert ("in variant big" in err) == (
            args == ["two.yaml"]
        )  # not where it is all that is asked

    @pytest.mark.parametrize("args", [["two.yaml:small"], ["two.yaml", "--variant", "small"]])
    def test_a_variant_without_it(self, capsys, args):
        assert output(capsys, "validate", *args) == ""

    def test_blocks_have_no_variant(self, capsys):
        Path("blocks.yaml").write_text("blocks:\n  b: {layers: [relu]}\n")
        assert output(capsys, "validate", "blocks.yaml") == ""
        assert "a network needs the key 'input'" in fault(capsys, "validate", "blocks.yaml:b")

    def test_in_python(self):
        costcalc.validate("two.yaml", variant="small")
        with pytest.raises(costcalc.Problems):
            costcalc.validate("two.yaml", variant="big")


class TestDiff:
    """Networks against each other; the folder is in no repository."""

    def sides(self, capsys, *args):
        found = document(capsys, "diff", *args)
        assert (found["from"], found["to"]) == args[:2]
        return [
            (network["totals"]["params"]["from"], network["totals"]["params"]["to"])
            for network in found["networks"]
        ]

    @pytest.mark.parametrize(
        ("old", "new", "params"),
        [
            ("mobilenet", "mobilenet_v2", (4_231_976, 3_504_872)),
            ("mobilenet.yaml", "mobilenet_v2.yaml", (4_231_976, 3_504_872)),
            ("vit_tiny_patch16", "vit_base_patch16", (TINY, BASE)),
            ("vit", "vit_base_patch16", (TINY, BASE)),
            ("vit_base_patch16", "vit", (BASE, TINY)),
            ("two.yaml", "vit_base_patch16", (SMALL, BASE)),
            ("vit_base_patch16", "two.yaml", (BASE, SMALL)),
            ("two.yaml:small", "two.yaml:big", (SMALL, BIG)),
            ("two.yaml:big", "two.yaml:small", (BIG, SMALL)),
            ("two.yaml", "two.yaml:big", (SMALL, BIG)),
            ("two", "mobilenet", (SMALL, 4_231_976)),
        ],
    )
    @pytest.mark.parametrize("repository", [False, True])
    def test_names_variants_and_files(self, capsys, folder, old, new, params, repository):
        if repository:
            repositories.Repo(folder).commit("all")
        assert self.sides(capsys, old, new) == [params]

    def test_a_variant_against_itself(self, capsys):
        assert self.sides(capsys, "two:big", "two.yaml:big") == []

    def test_a_pair_is_named_only_beside_others(self, capsys):
        assert output(capsys, "diff", "mobilenet", "mobilenet_v2").startswith(
            "mobilenet -> mobilenet_v2\n\ntotal "
        )
        text = NET.replace("channels: 8", "channels: 9").replace("channels: 4", "channels: 5")
        Path("other.yaml").write_text(text)
        first, second = document(capsys, "diff", "two.yaml", "other.yaml")["networks"]
        assert (first["variant"], second["variant"]) == ("small", "big")

    def test_the_page(self, capsys):
        page = output(capsys, "diff", "two.yaml:small", "two.yaml:big")
        assert page.startswith("two.yaml:small -> two.yaml:big\n")
        assert "out_channels 4 -> 8" in page

    def test_python(self):
        (found,) = costcalc.diff("two.yaml:small", "two.yaml:big")
        assert found.difference.totals["params"] == (SMALL, BIG)

    def test_a_commit_goes_before_a_shipped_network(self, capsys, folder):
        repo = repositories.Repo(folder)
        repo.commit("small")
        repo.git("tag", "mobilenet")
        Path("two.yaml").write_text(NET.replace("channels: 8", "channels: 9"))
        (network,) = document(capsys, "diff", "mobilenet", "two.yaml")["networks"]
        assert (network["variant"], network["totals"]["params"]["to"]) == ("big", 27)
        assert self.sides(capsys, "mobilenet.yaml", "two.yaml") == [(4_231_976, SMALL)]

    @pytest.mark.parametrize("order", [("HEAD", "two.yaml:big"), ("two.yaml:big", "HEAD")])
    def test_a_variant_since_a_commit(self, capsys, folder, order):
        repositories.Repo(folder).commit("before")
        Path("two.yaml").write_text(
            NET.replace("channels: 8", "channels: 9").replace("3, 8", "4, 8")
        )
        assert len(document(capsys, "diff", "HEAD", "two.yaml")["networks"]) == 2
        (network,) = document(capsys, "diff", *order)["networks"]
        assert network["totals"]["params"] == {"from": BIG, "to": 36, "delta": 12}

    @pytest.mark.parametrize("repository", [False, True])
    def test_what_names_nothing(self, capsys, folder, repository):
        if repository:
            repositories.Repo(folder).commit("all")
        err = fault(capsys, "diff", "mobilenet", "mobilenet_v22")
        message, *notes = err.splitlines()
        assert message == fault(capsys, "analyze", "mobilenet_v22").splitlines()[0]
        why = "nor is it a commit that git knows" if repository else "is in no git repository"
        assert why in notes[0]
        assert err == fault(capsys, "diff", "mobilenet_v22", "two.yaml")
        assert "no variant 'bog'" in fault(capsys, "diff", "two.yaml", "two.yaml:bog")
        assert "name one other network" in fault(capsys, "diff", "two.yaml")
