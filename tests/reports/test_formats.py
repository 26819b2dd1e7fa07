"""The registry of formats: one entry serves every command that has what it takes."""

import json
import sys
from importlib import import_module
from types import ModuleType

import pytest

from costcalc.cli import run
from costcalc.render.json import Encoded, lines
from costcalc.reports.formats import FORMATS, REPORTS, Format


def tsv(rows):
    for number, row in enumerate(rows):
        if number == 0:
            yield "\t".join(row) + "\n"
        yield "\t".join(map(str, row.values())) + "\n"


@pytest.fixture
def toy_format(monkeypatch):
    module = ModuleType("costcalc.render.toy")
    module.lines = tsv
    monkeypatch.setitem(sys.modules, "costcalc.render.toy", module)
    monkeypatch.setitem(FORMATS, "tsv", Format("rows", "render.toy:lines"))
    for name in [name for name in sys.modules if name.startswith("costcalc.cli.")]:
        monkeypatch.delitem(sys.modules, name)


WITH_ROWS = {
    "analyze": ["analyze", "mobilenet"],
    "sweep": ["sweep", "--alpha", "0.5,1", "--max", "macs=150M"],
    "memory": ["memory", "mobilenet"],
    "deploy": ["deploy", "mobilenet", "--device", "stm32h747"],
    "lint": ["lint", "squeezenet", "--device", "stm32h747"],
    "space": ["space", "vww_mobilenets", "--sample", "2", "--seed", "1"],
    "space --draws": ["space", "vww_mobilenets", "--draws", "5", "--sample", "2"],
    "list": ["list"],
    "list --spaces": ["list", "--spaces"],
    "list --published": ["list", "--published"],
}


def test_every_report_with_rows_is_tried():
    assert set(WITH_ROWS) == {report for report, own in REPORTS.items() if "rows" in own}


@pytest.mark.parametrize("args", WITH_ROWS.values(), ids=WITH_ROWS)
def test_a_new_format_of_rows_appears_in_every_command_that_has_rows(capsys, toy_format, args):
    assert run([*args, "--format", "csv"]) == 0
    csv = capsys.readouterr().out
    assert run([*args, "--format", "tsv"]) == 0
    toy = capsys.readouterr().out
    assert [len(line.split("\t")) for line in toy.splitlines()] == [
        len(csv.splitlines()[0].split(","))
    ] * len(csv.splitlines())
    assert toy.splitlines()[0].split("\t") == csv.splitlines()[0].split(",")
    assert run([args[0], "--help"]) == 0
    assert "tsv" in capsys.readouterr().out


@pytest.mark.parametrize("report", REPORTS)
def test_every_entry_is_a_function(report):
    writers = [own.lines for own in FORMATS.values()]
    for path in (*REPORTS[report].values(), *writers):
        module, _, name = path.partition(":")
        assert callable(getattr(import_module(f"costcalc.{module}"), name)), path


def test_a_document_is_written_as_it_comes():
    def endless():
        while True:
            yield {"a": 1}

    pieces = lines({"name": "x", "rows": endless()})
    assert '"rows": [' in "".join(next(pieces) for _ in range(20))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"a": 1, "b": [1, 2], "c": {"d": None}},
        {"rows": [], "end": "é\ud800\U0001f600"},
        {"rows": [{"a": 1}, {"a": [{"b": 2}]}]},
        {"networks": [{"name": "x", "layers": [{"a": 1}, {"a": 2}], "totals": {"macs": 3}}, {}]},
    ],
)
def test_a_document_reads_back(document):
    def streamed(value):
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return map(streamed, value)
        if isinstance(value, dict):
            return {key: streamed(item) for key, item in value.items()}
        return value

    text = "".join(lines(streamed(document)))
    assert text.isascii()
    assert json.loads(text) == {"schema_version": 1, **document}


def test_encoded_records_stand_as_they_are():
    text = "".join(lines({"points": iter([Encoded('{"a": 1},\n  {"a": 2}'), {"a": 3}])}))
    assert json.loads(text)["points"] == [{"a": 1}, {"a": 2}, {"a": 3}]
