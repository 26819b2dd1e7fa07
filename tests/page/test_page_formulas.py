"""The formulas of a page, evaluated as JavaScript, against costcalc's own engine."""

import os
import random
from fractions import Fraction

import pytest
from page.oracle import ENGINE, script, totals_script

from costcalc.language.lookup import shipped_files
from costcalc.numeric.exact import divisible

TELLING = (
    "mobilenet",  # variants
    "mobilenet_v2",  # residuals that alpha switches on
    "bert",  # a depth that is a param
    "mixer",  # the same, in copies that read one another
    "vit",  # faults
    "repvgg",  # lists of widths and depths, which may be 0 copies, and a switch
    "shufflenet",  # several structures
)
COPIED = ("mobilenet", "bert", "mixer", "vit", "repvgg")
"""Whose depth is a param: the page has one copy for all, and says nothing of the arena."""


@pytest.mark.parametrize("net", TELLING)
def test_rows_and_totals_are_those_of_analyze(net, run_js):
    found = run_js(ENGINE, script(net, 3, 1))
    assert found["found"] == []
    assert found["served"] > 0
    assert found["planned"] in ([0] if net in COPIED else [found["served"]])


def test_names_are_numbered_around_those_that_a_network_gives(tmp_path, run_js):
    path = tmp_path / "net.yaml"
    layers = "[relu, {relu: {name: relu_1}}, relu, {residual: {repeat: n, layers: [relu, relu]}}]"
    path.write_text(f"input: [3, 8, 8]\nparams: {{n: 3}}\nlayers: {layers}\n", encoding="utf-8")
    found = run_js(ENGINE, script(str(path), 6, 1))
    assert found == {"served": 6, "planned": 0, "found": []}


def test_settings_that_do_not_meet_a_condition_have_no_costs(tmp_path, run_js):
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [3, 24, 24]\nparams: {n: 3}\nlayers:\n"
        "  - conv2d: {out_channels: 8, kernel_size: 3, stride: 2}\n"
        "  - require: {condition: in_height > 8 and in_channels >= n, reason: enough}\n"
        "  - relu: {repeat: n}\n",
        encoding="utf-8",
    )
    assert run_js(ENGINE, totals_script(str(path), 1))["found"] == []
    found = run_js(ENGINE, script(str(path), 12, 1))
    assert found["found"] == []
    assert found["served"] > 0


def test_totals_are_those_of_a_sweep(run_js):
    found = run_js(ENGINE, totals_script("mobilenet_v3", 1))
    assert found == {"served": 49, "found": []}


EACH = """([a, b]) => [floorDivide(a, b), OPERATIONS.ceil(a, b), OPERATIONS.mod(a, b),
  divide(a, b), OPERATIONS.divisible(a, b), plus(a, b), times(a, b)].map(text)"""


def test_arithmetic_is_exact(run_js):
    rng = random.Random(1)
    pairs = [
        (Fraction(rng.randint(-99, 99), rng.randint(1, 30)), rng.randint(1, 40)) for _ in range(99)
    ]
    program = f"{ENGINE}\nconst text = (x) => over(x) + '/' + under(x);"
    texts = [[str(a), str(b)] for a, b in pairs]
    said = run_js(program, f"{texts}.map((pair) => pair.map(exact)).map({EACH})")
    for (a, b), found in zip(pairs, said, strict=True):
        wanted = (a // b, -(-a // b), a % b, a / b, divisible(a, b), a + b, a * b)
        assert list(map(Fraction, found)) == list(map(Fraction, wanted)), (a, b)


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.35", "7/20"), ("6/7", "6/7"), (" 3 ", "3/1"), (".5", "1/2"), ("-1", "-1/1")],
)
def test_numbers_are_read_as_they_are_written(text, value, run_js):
    assert run_js(ENGINE, f"[exact({text!r})].map((x) => over(x) + '/' + under(x))[0]") == value


@pytest.mark.parametrize("text", ["", "1e3", "1/0", "x", "1.2.3", "1//2", "0x10"])
def test_no_number_is_none(text, run_js):
    assert run_js(ENGINE, f"exact({text!r}) === undefined")


def nets() -> list[str]:
    return [os.path.splitext(os.path.basename(path))[0] for path in shipped_files()]


@pytest.mark.slow
@pytest.mark.browser
def test_every_shipped_network_in_the_browser(chromium):
    """Thousands of settings, in one page load."""
    tab = chromium.new_page()
    tab.add_script_tag(content=ENGINE)
    settings = 0
    for net in nets():
        found = tab.evaluate(totals_script(net, 2))
        assert found["found"] == [], net
        settings += found["served"]
    assert settings > 2500
