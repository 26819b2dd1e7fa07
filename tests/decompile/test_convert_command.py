"""`costcalc convert` where it decompiles: its options, its comments, what it refuses."""

import pytest
from fuzz.calls import call

NET = """\
input: [3, 32, 32]
layers:
  - conv_bn_act: {{out_channels: {0}, kernel_size: 3}}
  - conv_bn_act: {{out_channels: {1}, kernel_size: 3, stride: 2}}
  - global_avg_pool
  - linear: {{out_features: 10}}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for alpha, widths in (("050", (16, 32)), ("075", (24, 48)), ("100", (32, 64))):
        (tmp_path / f"a{alpha}.yaml").write_text(NET.format(*widths), encoding="utf-8")
    return tmp_path


def test_several_files_become_one_text(here):
    ended = call("convert", "a050.yaml", "a075.yaml", "a100.yaml")
    assert ended.code == 0
    assert ended.out.splitlines()[:3] == [
        "# Converted from a050.yaml, a075.yaml, a100.yaml.",
        "# a075.yaml was left out of the search for the law and is what it says.",
        "# alpha: a100.yaml at 1, a050.yaml at 0.5, a075.yaml at 0.75.",
    ]
    (here / "net.yaml").write_text(ended.out, encoding="utf-8")
    assert call("check", "net.yaml", "--max", "macs=10M").code == 0
    assert "24" in call("analyze", "net.yaml", "--alpha", "0.75").out


def test_a_form_is_said_in_the_first_line(here):
    ended = call("convert", "a100.yaml", "--form", "separable", "--explain")
    assert ended.out.startswith(
        "# Converted from a100.yaml: the network language, every convolution separable.\n"
    )
    assert "# depthwise_separable: a shipped block, in 2 places, " in ended.out
    assert "# In no shipped block: 1 linear (640 MACs), 1 global_avg_pool." in ended.out


def test_options_of_one_file_are_refused_with_several(here):
    ended = call("convert", "a050.yaml", "a100.yaml", "--flat")
    assert ended.code == 2
    assert "several files take none of --form, --flat, --explain and --variant" in ended.err


def test_a_form_that_there_is_not_is_refused(here):
    ended = call("convert", "a050.yaml", "--form", "seperable")
    assert ended.code == 2
    assert "did you mean 'separable'?" in ended.err


def test_a_text_of_costcalc_is_not_converted_without_a_reason(here):
    ended = call("convert", "a050.yaml")
    assert ended.code == 2
    assert "is in the network language already" in ended.err
