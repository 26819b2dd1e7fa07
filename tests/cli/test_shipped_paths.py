"""No output names a shipped network by where it is installed."""

from pathlib import Path

import pytest

from costcalc.cli import run
from costcalc.language.library import configs_folder
from costcalc.reports.formats import BINARY, REPORTS, formats_of

ARGUMENTS = {
    "analyze": "mobilenet",
    "sweep": "mobilenet --alpha 0.5",
    "solve": "mobilenet --max macs=100M",
    "formula": "mobilenet",
    "check": "mobilenet --max macs=1M",
    "diff": "mobilenet mobilenet_v2",
    "conventions": "",
    "conventions NET": "mobilenet",
    "conventions NET A B": "mobilenet keras thop",
    "space": "proxylessnas --sample 2 --seed 1",
    "space --draws": "3 proxylessnas --sample 2 --measure choices",
    "memory": "mobilenet",
    "deploy": "resnet8 --device stm32h747",
    "lint": "vww_mobilenet",
    "devices": "",
    "calibrate": "measured.csv --dtype int8",
    "list": "",
    "list --spaces": "",
    "list --published": "",
}


@pytest.mark.parametrize(
    ("report", "format_"), [(one, name) for one in REPORTS for name in formats_of(one)]
)
def test_of_a_result(report, format_, capsys, tmp_path, monkeypatch):
    if format_ in BINARY:
        pytest.skip("its columns are those of csv")
    monkeypatch.chdir(tmp_path)
    Path("measured.csv").write_text("net,latency_ms\nmobilenet,20\nmobilenet_v2,30\n")
    (command, *options) = [word for word in report.split() if word.islower()]
    run([command, *options, *ARGUMENTS[report].split(), "--format", format_])
    out, err = capsys.readouterr()
    assert out, err
    assert configs_folder() not in out + err


def test_of_an_error(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["analyze", "mobilenet", "--set", "unit=conv2d"]) == 2
    error = capsys.readouterr().err
    assert "mobilenet.yaml (shipped):" in error
    assert configs_folder() not in error
