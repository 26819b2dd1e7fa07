"""What reports say, where a figure or an edit is of an unusual kind."""

import pytest

from costcalc.changes.compare import PRESENT, Stated
from costcalc.cli import run
from costcalc.reports.check.page import stated_text
from costcalc.reports.labels import excess


@pytest.mark.parametrize(
    ("count", "limit", "text"),
    [
        (1057, 1000, "+5.7 %"),
        (10999, 1000, "+999.9 %"),
        (11000, 1000, "×11.0"),
        (12460, 1000, "×12.5"),
        (1137480703, 1, "×1,137,480,703"),
        (3, 0, "+3"),
        (10**9 + 1, 10**9, "+1"),
    ],
)
def test_excess(count, limit, text):
    assert excess(count, limit) == text


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        (Stated("alpha", "1", "0.5", 3), "edited: alpha 1 -> 0.5 (line 3)"),
        (Stated("head", None, "1280", 6), "added: head 1280 (line 6)"),
        (Stated("unit", "conv_bn", None, None), "removed: unit conv_bn"),
        (Stated("layer body.add", PRESENT, None, None), "removed: layer body.add"),
        (Stated("layer body.add", None, PRESENT, 7), "added: layer body.add (line 7)"),
    ],
)
def test_edits(stated, text):
    assert stated_text(stated) == text


FIXED = """\
input: [3, 8, 8]
params: {width: 4}
layers: [conv2d: {out_channels: width, kernel_size: 1}%s]
"""


@pytest.mark.parametrize(
    ("more", "metric", "text"),
    [
        ("", "params", "neither alpha nor resolution has an effect."),
        ("", "macs", "no smaller resolution is enough, and alpha has no effect."),
        (
            ", conv2d: {out_channels: 8, kernel_size: 1}",
            "params",
            "no smaller alpha is enough, and resolution has no effect.",
        ),
        (
            ", conv2d: {out_channels: 8, kernel_size: 1}",
            "macs",
            "no smaller alpha or resolution is enough.",
        ),
    ],
)
def test_why_nothing_fits(more, metric, text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n.yaml").write_text(FIXED % more)
    assert run(["check", "n.yaml", "--max", f"{metric}=1"]) == 1
    assert f"Nothing would fit: {text}\n" in capsys.readouterr().out


def test_the_limit_above_a_solution_is_named_where_there_are_several(capsys):
    run(["solve", "mobilenet", "--max", "weights_int8=4MB"])
    assert "bytes of int8 weights: +0.1 % over the limit\n" in capsys.readouterr().out
    run(["solve", "mobilenet", "--max", "weights_int8=4MB", "--max", "macs=600M"])
    assert ": +0.1 % over the limit of bytes of int8 weights\n" in capsys.readouterr().out
