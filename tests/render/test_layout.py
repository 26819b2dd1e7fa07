"""On a page of any width everything of a table can be read, and no name is cut."""

import io
import re

import pytest

from costcalc.render import layout
from costcalc.render.sheet import Column, Sheet
from costcalc.render.terminal import console, print_page

NAMES = [f"transformer_encoder_{n}.residual.multi_head_attention" for n in (1, 2)]
SHEET = Sheet(
    [Column("layer", left=True), Column("bytes of float16 weights"), Column("where", left=True)],
    [[name, f"{1234567 + n:,}", f"nets/a_long_name.yaml:{n}"] for n, name in enumerate(NAMES)],
    foot=["total", "2,469,135", ""],
)


def shown(sheet, width):
    page = console(io.StringIO(), width=width)
    print_page(page, [sheet])
    return page.file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_cut_and_no_line_is_too_wide(width):
    text = shown(SHEET, width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    dense = re.sub(r"\s", "", text)
    for row in SHEET.rows:
        assert row[1] in text  # a number stays on its line
    names = "".join(line[: layout.widths(SHEET, width)[0]].strip() for line in text.splitlines())
    for name in NAMES:
        assert name in names or name in dense
    assert "2,469,135" in text


def test_a_table_with_room_is_as_it_is():
    assert layout.widths(SHEET, 200) == SHEET.widths()
    assert list(layout.pieces(SHEET, 200)) == [SHEET]


def test_heads_wrap_before_names_do():
    assert layout.widths(SHEET, 100) == [51, 22, 23]
    assert layout.wrapped("bytes of float16 weights", 22) == "bytes of float16\nweights"


def test_too_many_numbers_become_several_tables_with_the_keys_of_a_row():
    numbers = [[str(alpha), str(rho), *["1" * 12] * 9] for alpha in (1, 2) for rho in (3, 4)]
    heads = ["alpha", "rho", *(f"metric_{n}" for n in range(9))]
    sheet = Sheet([Column(head) for head in heads], numbers, frozenset([1]), keys=2)
    found = list(layout.pieces(sheet, 80))
    assert [[column.head for column in one.columns] for one in found] == [
        heads[:7],
        ["alpha", "rho", *heads[7:]],
    ]
    assert [row[:2] for row in found[1].rows] == [row[:2] for row in numbers]
    assert {one.strong for one in found} == {sheet.strong}
    assert max(map(len, shown(sheet, 80).splitlines())) <= 80


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("block.conv2d", 20, ["block.conv2d"]),
        ("block_1.residual.conv2d", 18, ["block_1.residual.", "conv2d"]),
        ("  deep_1.conv2d", 11, ["  deep_1.", "  conv2d"]),
        ("multi_head_attention", 12, ["multi_head_", "attention"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("macs of x.y, params", 12, ["macs of x.y,", "params"]),
    ],
)
def test_where_a_text_wraps(text, width, lines):
    assert layout.wrapped(text, width).split("\n") == lines
