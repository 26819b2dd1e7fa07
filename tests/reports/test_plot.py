"""Plots of sweeps: what they show, in the terminal and in files."""

import hashlib
import io
import math
import os
import re
import struct
import subprocess
import sys
from fractions import Fraction
from xml.etree import ElementTree

import matplotlib
import matplotlib.image
import pytest
from support.points import points_of

import costcalc
from costcalc.explore.sweep import Sweep
from costcalc.explore.table import Column, SweepTable
from costcalc.render import extras
from costcalc.reports import plot
from costcalc.reports.plot import canvas, image
from costcalc.reports.plot.picture import MAX_LINES, picture

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
LABELS = {
    f"{alpha}-{side}" for alpha in ("0.25", "0.5", "0.75", "1") for side in range(128, 225, 32)
}


def sweep(net="mobilenet", metrics=("macs",), params=None, limits=None, source=None, **knobs):
    plan = costcalc.load(str(net)).plan(params or {}, **knobs)
    return Sweep(plan, list(metrics), limits, source)


def figure_4(**more):
    return sweep(
        metrics=["macs", "params", "top1"],
        alpha="0.25..1.0",
        resolution="128..224",
        source="slim",
        **more,
    )


def shown(result):
    return picture(result, result.table, 60)


def drawn(result, format):
    file = io.BytesIO()
    plot.to_file(result, result.table, file, format)
    return file.getvalue()


def in_terminal(result, width=80, height=24, color=False):
    return plot.in_terminal(result, result.table, width, height, color)


def svg_texts(result):
    root = ElementTree.fromstring(drawn(result, "svg"))
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture
def net(tmp_path):
    def write(text):
        path = tmp_path / "net.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


DEEP = """
name: Deep
input: [3, 32, 32]
params: {depth: 1, unit: conv2d}
layers:
  - $unit: {out_channels: 8 * depth, kernel_size: 3}
"""


# What is shown


def test_accuracy_stands_against_the_logarithm_of_macs():
    result = figure_4()
    what = shown(result)
    assert what.kind == "points"
    assert what.title == "mobilenet: top-1 accuracy against MACs"
    assert what.subtitle == "accuracy: TF-slim, research/slim/nets/mobilenet_v1.md"
    assert (what.x_label, what.y_label) == ("MACs", "top-1 accuracy (%)")
    assert [series.name for series in what.series] == [
        "alpha 0.25",
        "alpha 0.5",
        "alpha 0.75",
        "alpha 1",
    ]
    spots = [spot for series in what.series for spot in series.spots]
    assert len(spots) == 16
    for spot, point in zip(spots, points_of(result), strict=True):
        assert spot.label == f"{float(point.alpha):g}-{point.resolution[0]}"
        assert spot.x == pytest.approx(math.log10(point.counts["macs"] / 10**7) / 2)
        assert spot.y == pytest.approx(float(point.top1 - 40) / 35)
    assert what.limit is None
    assert what.notes == []


def test_points_without_accuracy_are_counted():
    what = shown(sweep(metrics=["macs", "top1"], alpha="0.25..1.0", resolution="128..224"))
    assert sum(len(series.spots) for series in what.series) == 8
    assert what.notes == ["8 of 16 points are not drawn: no accuracy was published for them"]


def test_accuracy_is_drawn_where_it_is_asked_for():
    assert shown(sweep(metrics=["macs"], alpha="0.25..1")).kind == "lines"
    assert shown(sweep(metrics=["macs", "top1"], alpha="1/3,2/3")).kind == "lines"
    assert shown(sweep(metrics=["params", "top1"], alpha="0.25..1")).x_label == "params"
    what = shown(sweep(metrics=["params", "macs", "top1"], alpha="1,0.25"))
    assert what.x_label == "MACs"
    assert [series.name for series in what.series] == ["alpha 0.25", "alpha 1"]


def test_a_curve():
    result = sweep(metrics=["params", "macs"], alpha="1,0.5,0.25")
    what = shown(result)
    assert (what.kind, what.x_label, what.y_label) == ("lines", "alpha", "params")
    assert (what.title, what.subtitle) == ("mobilenet: params by alpha", "resolution 224")
    (line,) = what.series
    assert [spot.x for spot in line.spots] == pytest.approx([1 / 27, 28 / 81, 26 / 27])
    params = [470072, 1331592, 4231976]
    assert [spot.y for spot in line.spots] == pytest.approx([n / 5_000_000 for n in params])
    assert what.y.low == 0


def test_a_wide_range_of_costs_is_logarithmic():
    assert not shown(sweep(alpha="0.25..1")).y.log
    assert shown(sweep(alpha="0.1..2:0.1")).y.log
    assert shown(sweep(alpha="0.25..1", limits={"macs": 10**12})).y.log


def test_a_line_for_each_of_the_other_knobs():
    what = shown(sweep(alpha="0.25..1", resolution="128,160x128"))
    assert [series.name for series in what.series] == ["resolution 128", "resolution 160×128"]
    assert {len(series.spots) for series in what.series} == {4}
    what = shown(sweep(rho="4/7,1", resolution=None))
    assert (what.x_label, what.subtitle) == ("rho", "alpha 1")


def test_texts_are_no_axis(net):
    result = sweep(net(DEEP), params={"unit": "conv2d,depthwise_conv2d", "depth": "1..3"})
    with pytest.raises(costcalc.CostcalcError):
        result.table  # noqa: B018  a depthwise convolution has no out_channels
    result = sweep(net(DEEP), params={"unit": "conv2d,conv_bn", "depth": "1..3"})
    what = shown(result)
    assert what.x_label == "depth"
    assert [series.name for series in what.series] == ["unit conv2d", "unit conv_bn"]
    what = shown(sweep(net(DEEP), params={"unit": "conv2d,conv_bn"}))
    assert what.kind == "bars"
    assert what.y.names == ["unit conv2d", "unit conv_bn"]
    assert what.subtitle == "alpha 1   resolution 32"


def test_sizes_of_one_height_are_no_axis():
    what = shown(sweep(resolution="128x96,128,96x128"))
    assert what.kind == "bars"
    assert what.y.names == ["resolution 128×96", "resolution 128", "resolution 96×128"]
    assert (what.x.low, what.x.high) == (0, 250_000_000)
    assert [spot.label for spot in what.series[0].spots] == ["140.06M", "186.4M", "140.06M"]
    assert what.series[0].spots[1].x == pytest.approx(186400768 / 250_000_000)


def test_one_point_is_a_bar():
    what = shown(sweep(alpha="0.5", params={"classes": "10"}))
    assert what.kind == "bars"
    assert what.y.names == ["mobilenet"]
    assert what.subtitle == "alpha 0.5   resolution 224   classes 10"


def test_too_many_bars_and_lines_are_said(net):
    sizes = [(32, width) for width in range(1, 71)]
    what = shown(sweep(net(DEEP), resolution=sizes))
    assert len(what.y.names) == 60
    assert what.notes == ["the first 60 of 70 points"]
    result = sweep(net(DEEP), alpha="1,2", params={"depth": "1..140"})
    what = shown(result)
    assert len(what.series) == MAX_LINES
    assert (what.series[0].name, what.series[-1].name) == ("depth 1", "depth 140")
    assert what.notes == ["100 of 140 lines are drawn"]
    text = in_terminal(result, height=40)
    assert "100 of 140 lines are drawn" in text
    assert "12 of 100 lines are named" in text
    assert len(re.findall(r"\S depth \d+", text)) == 12
    texts = svg_texts(result)
    assert sum(text.startswith("depth ") for text in texts) == 12
    assert "12 of 100 lines are named" in texts


def test_limits_of_what_is_drawn():
    what = shown(figure_4(limits={"macs": 10**8, "params": 10**6}))
    assert what.limit == (pytest.approx(0.5), "MACs ≤ 100M")
    what = shown(sweep(alpha="0.25..1", limits={"macs": 300_000_000}))
    assert what.limit == (0.5, "MACs ≤ 300M")
    assert shown(sweep(alpha="0.25..1", limits={"params": 10**6})).limit is None
    # One beyond all points is on the picture, too.
    what = shown(figure_4(limits={"macs": 2 * 10**9}))
    assert what.limit == (1.0, "MACs ≤ 2G")


def test_nothing_to_draw():
    result = sweep(metrics=["macs"], alpha="1")
    with pytest.raises(costcalc.CostcalcError, match="no point"):
        picture(result, result.table.taken([]), 10)
    result = sweep(metrics=["top1"], alpha="1")
    with pytest.raises(costcalc.CostcalcError, match="no cost"):
        shown(result)


# Files


def test_an_svg_says_everything_in_text():
    texts = svg_texts(figure_4(limits={"macs": 150_000_000}))
    assert set(texts) >= LABELS
    assert set(texts) >= {"MACs", "top-1 accuracy (%)", "10M", "100M", "1G", "40", "75"}
    assert set(texts) >= {"alpha 0.25", "alpha 0.5", "alpha 0.75", "alpha 1"}
    assert set(texts) >= {
        "mobilenet: top-1 accuracy against MACs",
        "accuracy: TF-slim, research/slim/nets/mobilenet_v1.md",
        "MACs ≤ 150M",
    }


def test_an_svg_of_each_kind():
    texts = svg_texts(sweep(alpha="0.25..1", resolution="128,224", limits={"macs": 10**8}))
    assert set(texts) >= {"alpha", "MACs", "0.25", "resolution 128", "MACs ≤ 100M"}
    texts = svg_texts(sweep(resolution="128x96,128", limits={"macs": 10**8}))
    assert set(texts) >= {"MACs", "resolution 128×96", "140.06M", "MACs ≤ 100M", "200M"}


def test_labels_do_not_overlap():
    with matplotlib.rc_context({"text.parse_math": False}):
        figure = image._figure(shown(figure_4()))
        (axes,) = figure.axes
        boxes = [text.get_window_extent() for text in axes.texts]
        assert {text.get_text() for text in axes.texts} == LABELS
        points = [axes.transData.transform(xy) for line in axes.lines for xy in line.get_xydata()]
    assert len(points) == 16
    for number, box in enumerate(boxes):
        assert not any(box.shrunk(0.98, 0.98).overlaps(other) for other in boxes[:number])
        assert not any(box.contains(*point) for point in points)


def test_a_png_has_a_size_and_colours():
    data = drawn(figure_4(), "png")
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (1360, 900)
    pixels = matplotlib.image.imread(io.BytesIO(data))[..., :3]
    white = (pixels == 1).all(axis=2).mean()
    assert 0.85 < white < 0.99
    for color in image.COLORS[:4]:
        red, green, blue = (int(color[n : n + 2], 16) for n in (1, 3, 5))
        same = abs(pixels * 255 - [red, green, blue]).max(axis=2) < 2
        assert same.sum() > 200


def test_a_pdf():
    data = drawn(figure_4(), "pdf")
    assert data.startswith(b"%PDF")
    assert b"mobilenet: top-1 accuracy against MACs" in data
    assert b"CreationDate" not in data


HASHES = """
import hashlib, io, sys, test_plot
for format in ("png", "svg", "pdf"):
    print(hashlib.sha256(test_plot.drawn(test_plot.figure_4(), format)).hexdigest())
print("matplotlib.pyplot" in sys.modules)
"""


@pytest.mark.slow
def test_the_same_bytes_whatever_the_settings(tmp_path):
    here = [hashlib.sha256(drawn(figure_4(), name)).hexdigest() for name in plot.FORMATS]
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "savefig.dpi": 10}):
        again = [hashlib.sha256(drawn(figure_4(), name)).hexdigest() for name in plot.FORMATS]
    assert again == here
    assert dict(matplotlib.rcParams) == before
    settings = tmp_path / "matplotlibrc"
    settings.write_text("figure.facecolor: red\nfont.size: 5\n", encoding="utf-8")
    path = os.pathsep.join(sys.path)
    env = {"PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(settings), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", HASHES],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [*here, "False"]


def test_names_are_no_markup(net, capfd, recwarn):
    name = "'a $\\\\alpha$ 日本 <&>'"
    path = net(DEEP.replace("name: Deep", f"name: {name}"))
    result = sweep(path, alpha="1,2", params={"unit": "conv2d,conv_bn"})
    assert all(drawn(result, name) for name in plot.FORMATS)
    assert "a $\\\\alpha$ 日本 <&>: MACs by alpha" in svg_texts(result)
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


# Terminal


def test_the_terminal_shows_the_same():
    text = in_terminal(figure_4(limits={"macs": 150_000_000}), 120, 40)
    lines = text.split("\n")
    assert lines[:4] == [
        "mobilenet: top-1 accuracy against MACs",
        "accuracy: TF-slim, research/slim/nets/mobilenet_v1.md",
        "● alpha 0.25   ■ alpha 0.5   ▲ alpha 0.75   ◆ alpha 1",
        "top-1 accuracy (%)",
    ]
    assert lines[-1].split() == ["MACs"]
    assert lines[-2].split() == ["10M", "20M", "50M", "100M", "200M", "500M", "1G"]
    for label in LABELS:
        assert re.search(rf"(?<![\d.]){re.escape(label)}(?!\d)", text)
    assert [text.count(mark) for mark in "●■▲◆"] == [5, 5, 5, 5]
    assert "╎MACs ≤ 150M" in text


def test_a_mark_stands_in_its_cell():
    lines = in_terminal(figure_4(), 80, 24).split("\n")
    frame = [line for line in lines if line[2:3] in "│┤"]
    rows, columns = len(frame), len(frame[0]) - 4
    for point in points_of(figure_4()):
        x = math.log10(point.counts["macs"] / 10**7) / 2
        y = float(point.top1 - 40) / 35
        row = frame[rows - 1 - round(y * (rows - 1))]
        assert row[3 + round(x * (columns - 1))] in "●■▲◆"


SWEEPS = {
    "accuracy": figure_4(limits={"macs": 150_000_000}),
    "curve": sweep(alpha="0.25..1:0.05"),
    "curves": sweep(alpha="0.25..1", resolution="128..224", limits={"macs": 3 * 10**8}),
    "bars": sweep(resolution="128x96,128,96x128", limits={"macs": 150_000_000}),
    "bar": sweep(alpha="1"),
    "zero": sweep(alpha="0.25..1", limits={"macs": 0}),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_it_fits(name, capfd):
    for width in (50, 57, 80, 120, 200):
        for height in (16, 17, 24, 50):
            text = in_terminal(SWEEPS[name], width, height)
            lines = text.split("\n")
            assert len(lines) <= height
            assert max(map(len, lines)) <= width
            assert "\x1b" not in text
    for width, height in ((1, 24), (20, 24), (80, 1), (80, 4)):
        with pytest.raises(costcalc.CostcalcError, match="no room") as caught:
            in_terminal(SWEEPS[name], width, height)
        assert caught.value.hint == "enlarge the terminal, or draw into a file"
    assert capfd.readouterr() == ("", "")  # plotext prints what it does not like


@pytest.mark.parametrize("name", SWEEPS)
def test_colour_changes_nothing_else(name):
    colored = in_terminal(SWEEPS[name], color=True)
    assert "\x1b[38;5;33m" in colored
    plain = [ESCAPE.sub("", line).rstrip() for line in colored.split("\n")]
    assert plain == in_terminal(SWEEPS[name]).split("\n")


def test_bars_are_as_long_as_they_cost():
    result = sweep(resolution="224,112x224,112")
    bars = [line for line in in_terminal(result).split("\n") if "█" in line]
    assert [line.split("┤")[0].strip() for line in bars] == [
        "resolution 224",
        "resolution 112×224",
        "resolution 112",
    ]
    lengths = [line.count("█") for line in bars]
    macs = list(result.table["macs"])
    columns = len(bars[0].split("┤")[1]) - 1
    assert lengths == pytest.approx([columns * count / 700_000_000 for count in macs], abs=0.5)


def test_the_frame_is_drawn_by_either_api():
    drawing = canvas.Drawing(
        columns=12,
        rows=4,
        x_ticks=[canvas.Tick(0, "0"), canvas.Tick(11, "end")],
        y_ticks=[canvas.Tick(0, "a"), canvas.Tick(3, "bb")],
        strokes=[],
        notes=[canvas.Note(0, 0, "x", 33), canvas.Note(9, 3, "yes")],
    )
    lines = canvas.lines(drawing)
    assert set(ESCAPE.findall("".join(lines))) == {"\x1b[0m", "\x1b[38;5;33m"}
    assert [canvas.uncolored(line) for line in lines] == [
        "  ┌────────────┐",
        "bb┤         yes│",
        "  │            │",
        "  │            │",
        " a┤x           │",
        "  └┬──────────┬┘",
        "   0        end",
    ]


# Numbers of any size


@pytest.mark.parametrize("digits", [20, 400, 6000])
@pytest.mark.parametrize("metrics", [["macs", "top1"], ["macs"]])
def test_huge_costs(digits, metrics):
    result = sweep(metrics=metrics, alpha="0.25..1")
    macs = [count * 10**digits for count in result.table["macs"]]
    table = SweepTable({**result.table, "macs": Column(macs)})
    small = picture(result, result.table, 60)
    huge = picture(result, table, 60)
    for one, other in zip(small.series, huge.series, strict=True):
        for spot, far in zip(one.spots, other.spots, strict=True):
            assert (spot.x, spot.y) == (pytest.approx(far.x), pytest.approx(far.y))
    macs[0] = 3
    for name in plot.FORMATS:
        plot.to_file(result, table, io.BytesIO(), name)
    assert f"e{digits}" in plot.in_terminal(result, table, 100, 40, False)


def test_huge_knobs():
    result = sweep(alpha=[1, 10**90, Fraction(10**91, 3)])
    assert "1e90" in in_terminal(result)
    assert drawn(result, "png")


# Libraries


@pytest.mark.parametrize(
    ("module", "call", "what"),
    [
        ("plotext", in_terminal, "a plot in the terminal needs plotext"),
        ("matplotlib", lambda result: drawn(result, "svg"), "a plot in a file needs matplotlib"),
    ],
)
def test_a_missing_library_is_told(module, call, what, monkeypatch):
    for name in list(sys.modules):
        if name.partition(".")[0] == module:
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(costcalc.CostcalcError) as caught:
        call(figure_4())
    assert caught.value.message == what
    assert caught.value.hint == "pip install 'costcalc[plot]'"


def test_a_broken_library_is_told(monkeypatch):
    def broken(name):
        raise ImportError("its C++ part was not built")

    monkeypatch.setattr(extras, "import_module", broken)
    with pytest.raises(costcalc.CostcalcError) as caught:
        in_terminal(figure_4())
    assert caught.value.message == (
        "a plot in the terminal needs plotext, which cannot be loaded: its C++ part was not built"
    )


def test_libraries_are_loaded_when_they_are_needed():
    modules = "costcalc.reports.plot, costcalc.reports.sweep.parquet"
    program = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "costcalc.reports.plot" in loaded
    assert not loaded & {"matplotlib", "plotext", "pyarrow", "numpy"}
