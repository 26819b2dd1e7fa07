"""What `costcalc space` refuses, and how it writes what is very small or hardly known."""

import json
from fractions import Fraction

import pytest
from support.brute_spaces import SPACES, file_of

import costcalc
from costcalc.cli import run
from costcalc.graph.setting import Setting
from costcalc.reports.space.parts import percent, percent_range
from costcalc.spaces import sample
from costcalc.spaces.drawn.survey import Survey
from costcalc.spaces.draws import TooManyError
from costcalc.spaces.space import Space
from costcalc.spaces.walk import traced_units

SPACE = SPACES["stages"]


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "space.yaml").write_text(SPACE)

    def called(text):
        code = run(["space", "space.yaml", *text.split()])
        return code, *capsys.readouterr()

    return called


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Fraction(1, 3), "33.33 %"),
        (Fraction(1, 3 * 10**9), "0.000000033 %"),
        (Fraction(1, 3 * 10**20), "3.3e-19 %"),
        (Fraction(1577, 10**43), "1.6e-38 %"),
        (Fraction(999, 10**28), "1.0e-23 %"),
    ],
)
def test_tiny_shares_have_two_digits(share, text):
    assert percent(share) == text


def test_bounds_that_look_alike_are_written_once():
    assert percent_range(Fraction(4226, 10**6), Fraction(4243, 10**6)) == "0.42 %"
    assert percent_range(Fraction(1, 100), Fraction(4, 300)) == "1.00 % to 1.33 %"


def test_few_draws_of_one_weight_may_be_chance(call):
    """One draw of a space whose settings differ in weight seems to tell its number exactly."""
    few = Survey(file_of(SPACES["copies"]), Setting(), ["macs"], 1)
    assert few.settings.is_exact
    code, out, err = call("--draws 20")
    assert code == 0
    assert "the same in all draws" in out
    assert err.startswith("warning: all 20 draws have one weight: that may be chance")
    code, _, err = call("--draws 100")
    assert (code, err) == (0, "")


def test_one_draw_is_one_setting(call):
    assert "\n1 setting drawn choice by choice" in call("--draws 1")[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--output made/", "made/ is a folder, for networks: it needs --sample"),
        ("--sample 2 --format csv --output made/", "--format is for a file"),
        ("--largest macs --format json --output made/", "--format is for a file"),
    ],
)
def test_folders_take_networks_alone(call, tmp_path, options, message):
    code, out, err = call(options)
    assert (code, out) == (2, "")
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["space.yaml"]


def test_list_takes_a_network_of_a_space(call, tmp_path, capsys):
    (tmp_path / "one.yaml").write_text("input: [1]\nlayers:\n  - linear: {out_features: 3}\n")

    def rows(text):
        code = run(["list", "--format", "json", *text.split()])
        return code, capsys.readouterr()

    code, (out, _) = rows("space.yaml one.yaml --pick smallest")
    least = Space(file_of(SPACE), Setting()).smallest().costs["macs"]
    assert code == 0
    assert [row["macs"] for row in json.loads(out)["networks"]] == [least, 3]
    for text in ("one.yaml --pick 2", "mobilenet --pick 2"):
        code, (_, err) = rows(text)
        assert code == 2
        assert "--pick takes a network of a space, and none of these is one" in err


def test_samples_are_limited(call, monkeypatch):
    monkeypatch.setattr(sample, "MAX_SAMPLES", 5)
    code, out, err = call("--sample 6")
    assert (code, out) == (2, "")
    assert "there are 1 to 5 samples, not 6" in err
    code, out, _ = call("--sample 5")
    assert [set(json.loads(line)) for line in out.splitlines()] == [
        {"number", "macs", "params", "choices"}
    ] * 5


@pytest.mark.parametrize(
    "ask",
    [
        lambda space: space.sample(1, measure="setting"),
        lambda space: space.distribution("macs", "setting"),
    ],
)
def test_a_measure_is_a_known_word(ask):
    for space in (Space(file_of(SPACE), Setting()), Survey(file_of(SPACE), Setting(), ["macs"], 9)):
        with pytest.raises(costcalc.CostcalcError, match="unknown measure 'setting'") as caught:
            ask(space)
        assert caught.value.hint == "did you mean 'settings'?"


def test_steps_beyond_those_of_a_walk_are_not_built(monkeypatch):
    """50 widths before, and 50 widths and 10 kernels of each next: 25,000 steps."""
    from costcalc.spaces.walk import walking

    built = []
    real = traced_units.TracedUnit.outcomes

    def outcomes(unit, rows):
        built.append(len(rows) * len(unit.ways))
        return real(unit, rows)

    text = (
        "input: [4, 32, 32]\nlayers:\n  - conv2d: {out_channels: {any: 1..50}, "
        "kernel_size: {any: 1..10}, repeat: 3}\n"
    )
    monkeypatch.setattr(walking, "MAX_EDGES", 5000)
    monkeypatch.setattr(traced_units, "MAX_OUTCOMES", 5000)
    monkeypatch.setattr(traced_units.TracedUnit, "outcomes", outcomes)
    with pytest.raises(TooManyError, match="more than 5,000 steps: in line 3, 50 states"):
        Space(file_of(text), Setting())
    assert 5000 < sum(built) <= 5500
