"""Names of files with control and bidirectional characters are escaped in every format."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repositories import Repo, isolate

from costcalc.cli import run
from costcalc.reports.formats import FORMATS, REPORTS

STRANGE = "a\u202eb\x1b[31m\r\n::error::c\u2066\x9b\u200b\ufeff"
NET = "input: [3, 8, 8]\nlayers:\n  - conv2d: {{out_channels: {}, kernel_size: 3}}\n"
BUDGETS = "budgets: {macs: 1, params: {max: 1M, warn: 1}}\n"
VIEWS = ("page", "records", "schema", "rows", "parquet")
FAULTY = f"faulty{STRANGE}.yaml"
NAME = f"{STRANGE}.yaml"
QUESTIONS = {
    "analyze": [[NAME], [NAME, "old.yaml"], [FAULTY]],
    "sweep": [[NAME, "--alpha", "0.5,1"], [FAULTY]],
    "solve": [[NAME, "--max", "macs=10k"], [FAULTY, "--max", "macs=10k"]],
    "formula": [[NAME], [NAME, "--exact"], [FAULTY]],
    "conventions": [[NAME], [FAULTY]],
    "check": [
        ["."],
        [NAME, "--base", "HEAD"],
        [FAULTY, "--max", "macs=1"],
        [f"none{NAME}"],
        [NAME, "--baseline", NAME],
    ],
    "diff": [["old.yaml", NAME], ["HEAD"], ["HEAD", FAULTY], ["HEAD", f"none{NAME}"]],
}
CASES = [
    (command, format_)
    for command in QUESTIONS
    for format_ in (*FORMATS, *REPORTS.get(command, ()))
    if format_ not in VIEWS
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    isolate(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    repo = Repo(tmp_path)
    repo.write(f"before{NAME}", NET.format(7))
    repo.write(f"gone{NAME}", NET.format(7))
    repo.write(NAME, NET.format(3) + BUDGETS)
    repo.commit()
    repo.git("mv", f"before{NAME}", f"after{NAME}")
    repo.git("rm", "-q", f"gone{NAME}")
    repo.write(NAME, NET.format(4) + BUDGETS)
    Path("old.yaml").write_text(NET.format(5))
    Path(f"other{STRANGE}.yaml").write_text("x: 1\n")
    return tmp_path


@pytest.mark.parametrize("faulty", [False, True])
@pytest.mark.parametrize(("command", "format_"), CASES)
def test_in_every_format(folder, command, format_, faulty, capsys):
    for question in QUESTIONS[command]:
        if (FAULTY in question) != faulty:
            continue
        if faulty:
            Path(FAULTY).write_text(NET.format(4).replace("conv2d", "conv2dd"))
        code = run([command, *question, "--format", format_])
        shown = capsys.readouterr()
        assert code in (0, 1, 2)
        for text in (shown.out, shown.err):
            assert all(letter.isprintable() or letter == "\n" for letter in text)
            assert "\n::error::c" not in text


def test_the_name_is_there_as_it_is_in_json(folder, capsys):
    import json

    assert run(["check", NAME, "--format", "json"]) == 1
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert network["path"] == NAME


def test_there_is_something_to_escape():
    assert sum(not letter.isprintable() for letter in STRANGE) == 8
