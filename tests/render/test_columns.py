"""Lines from columns: many at a time, as they would be written one by one."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.explore.table import Column
from costcalc.render import columns, csv


def written(cells, end="\n", text=str):
    return b"".join(columns.lines(cells, end, text)).decode()


def one_by_one(cells, end="\n", text=str):
    rows = zip(*(column for _, column in cells), strict=True)
    befores = [before for before, _ in cells]
    return "".join(
        "".join(before + text(value) for before, value in zip(befores, row, strict=True)) + end
        for row in rows
    )


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=5)
words = st.one_of(st.integers(), st.none(), texts)


@st.composite
def tables(draw):
    """Columns of each kind: numbers in arrays, values at places, both or neither."""
    rows = draw(st.integers(1, 9))
    cells = []
    shared = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["ints", "floats", "objects", "few", "shared", "looked up"]))
        count = 3 if kind in ("shared", "looked up") else rows
        if kind == "few":
            values = draw(st.lists(words, min_size=1, max_size=3))
            places = st.integers(0, len(values) - 1)
            places = np.array(draw(st.lists(places, min_size=rows, max_size=rows)))
        else:
            elements = {
                "ints": st.integers(0, 2**63 - 1),
                "floats": st.floats(1e-5, 1e5),
                "objects": words,
                "shared": words,
                "looked up": st.integers(0, 10**6),
            }[kind]
            values = draw(st.lists(elements, min_size=count, max_size=count))
            if kind in ("ints", "floats", "looked up"):
                values = np.array(values, float if kind == "floats" else np.int64)
            elif kind == "objects" and draw(st.booleans()):
                array = np.empty(count, object)
                array[:] = values
                values = array
            places = None if count == rows else np.array(shared)
        cells.append((draw(texts), Column(values, places)))
    return cells


@given(tables(), st.sampled_from([str, repr, json.dumps]), st.sampled_from([1, 40, 1 << 18]))
def test_lines_are_those_written_one_by_one(cells, text, piece):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "PIECE", piece)
        assert written(cells, " }\n", text) == one_by_one(cells, " }\n", text)


def test_columns_of_lists_need_no_numpy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    cells = [("a=", Column(["x", "ü"], [1, 0, 1])), (" b=", Column([1, 2.5, None]))]
    assert written(cells) == "a=ü b=1\na=x b=2.5\na=ü b=None\n"
    assert written([("a=", Column([]))]) == ""


def test_a_long_text_does_not_make_a_large_array():
    cells = [("", Column(["x", "y" * 100_000], np.array([0, 0, 0, 1] * 50)))]
    pieces = list(columns.lines(cells, "\n", str))
    assert max(map(len, pieces)) < 2 * columns.PIECE
    assert b"".join(pieces).decode() == one_by_one(cells)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (3, "3"),
        (0.5, "0.5"),
        ("plain", "plain"),
        ("two, parts", '"two, parts"'),
        ('a "b"', '"a ""b"""'),
        ("=1+1", "'=1+1"),
        ("=1,1", '"\'=1,1"'),
        ("line\nbreak", "line\\nbreak"),
        ((3, 5), "3×5"),
    ],
)
def test_a_cell_of_csv(value, text):
    assert csv.text(value) == text
    assert "".join(csv.lines([{"a": value, "b": 1}])) == f"a,b\n{text},1\n"
