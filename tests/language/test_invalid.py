"""Faulty networks: each file of invalid/ states in its first lines what is wrong and where.

    # expect: LINE:COLUMN: part of the message
    #   hint: part of that problem's hint
    #   note: part of a note; all notes are stated, in their order

One `expect` for every problem, in the order of their places. A problem that stands in another file
of the folder is `FILE:LINE:COLUMN: ...`.
"""

import re
from pathlib import Path

import pytest

import costcalc
from costcalc.cli import run

FILES = sorted((Path(__file__).parent / "invalid").glob("*.yaml"))
EXPECTED = re.compile(r"# expect: (?:(\w+\.yaml):)?(\d+):(\d+): (.+)")


class Expected:
    def __init__(self, file, line, column, message):
        self.place = (file, int(line), int(column))
        self.message = message
        self.hints = []
        self.notes = []


def expectations(path):
    """What the head of a file says; not every file is one that can be decoded or split in lines."""
    found = []
    for line in path.read_bytes().decode("utf-8", "replace").split("\n"):
        if match := EXPECTED.fullmatch(line):
            found.append(Expected(match[1] or path.name, *match.groups()[1:]))
        elif line.startswith("#   hint: "):
            found[-1].hints.append(line.removeprefix("#   hint: "))
        elif line.startswith("#   note: "):
            found[-1].notes.append(line.removeprefix("#   note: "))
        else:
            break
    return found


def problems(path):
    try:
        costcalc.validate(str(path))
    except costcalc.CostcalcError as error:
        return error.problems
    return []


def place(problem):
    position = problem.position
    return position and (Path(position.path).name, position.line, position.column)


def test_there_are_files_and_each_expects_something():
    assert len(FILES) >= 60
    silent = [path.name for path in FILES if not expectations(path)]
    assert silent == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_problem_is_told_where_it_stands(path):
    expected, found = expectations(path), problems(path)
    told = "\n".join(map(str, found))
    assert [place(problem) for problem in found] == [one.place for one in expected], told
    for one, problem in zip(expected, found, strict=True):
        assert one.message in problem.message
        assert all(hint in (problem.hint or "") for hint in one.hints), problem.hint
        assert len(problem.notes) == len(one.notes), told
        assert all(map(str.__contains__, problem.notes, one.notes)), told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_command_tells_them_all(path, capsys):
    assert run(["validate", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "".join(f"{problem}\n" for problem in problems(path)))


def test_what_the_guard_looks_for_is_seen(tmp_path):
    """A file without a fault yields no problem: then the comparison above fails, as it must."""
    fine = tmp_path / "fine.yaml"
    fine.write_text("# expect: 1:1: nothing\ninput: [4]\nlayers: [relu]\n", encoding="utf-8")
    assert problems(fine) == []
    assert [one.place for one in expectations(fine)] == [("fine.yaml", 1, 1)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"input: [3, 8, 8]\nlayers: [relu", (2, 14)),  # without a line break at its end
        (b"input: [3, 8, 8]\nlayers: [relu\n", (3, 1)),
        (b"input: [3, 8, 8]\r# \xff", (2, 3)),
        (b"input: [3, 8, 8]\r\n\xff", (2, 1)),
        (b"input: [3, 8, 8]\n\x01", (2, 1)),
        (b"input: [3, 8, 8]\nparams: {u: relu}\nlayers: [$u: {stride}]", (3, 21)),  # no value
        (b"input: [3, 8, 8]\nparams: {u: relu}\nlayers: [$u: {6 4}]", (3, 15)),
    ],
)
def test_the_place_is_one_in_the_text(text, place, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(text)
    (problem,) = problems(path)
    assert (problem.position.line, problem.position.column) == place
