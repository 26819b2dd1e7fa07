"""Texts as they are typed: faults of what stands there, costs of what last was sound."""

import gc
import json
import os
import random
import weakref
from pathlib import Path

import pytest

import costcalc
from costcalc.costs.table import Analysis
from costcalc.editor.document import Document
from costcalc.editor.examination import examine
from costcalc.editor.faults import diagnostics
from costcalc.editor.hints import inlay_hints
from costcalc.editor.lenses import code_lenses
from costcalc.editor.line_map import hunks, moved, reverted
from costcalc.editor.positions import Text, edited
from costcalc.graph.builder import build
from costcalc.importers.reading import read_network
from costcalc.language.lookup import shipped_files

NET = """\
input: [3, 32, 32]
layers:
- conv2d: {name: a, out_channels: 8, kernel_size: 3}
- conv2d: {out_channels: 16, kernel_size: 3, stride: 2}
- relu
- global_avg_pool
- linear: {out_features: 10}
"""
SHIPPED = [Path(path) for path in shipped_files()]
SOME = ("mobilenet.yaml", "ghostnet.yaml", "unet.yaml")
LINES = 2
"""Item lines of a file that are typed."""
files = pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[] if path.name in SOME else pytest.mark.slow)
        for path in SHIPPED
    ],
)


def opened(text: str, path: str = "net.yaml") -> Document:
    return Document(Text(text), path, lambda path: None)


def whole_line(line: int, text: str) -> list[dict[str, object]]:
    start, end = ({"line": line, "character": column} for column in (0, 10**6))
    return [{"range": {"start": start, "end": end}, "text": text}]


@files
def test_the_hints_of_a_sound_text_are_what_analyze_says(path: Path) -> None:
    """Each line's MACs and params are those of the layers that analyze gives the line."""
    text = path.read_text(encoding="utf-8")
    document = opened(text, str(path))
    analysis = Analysis(build(read_network(text, str(path))))
    for line, cost in document.costs.items():
        own = [layer for layer in analysis.layers if layer.line == line + 1]
        names = {layer.name for layer in own}
        made = {node.name for node in cost.nodes}
        assert names <= made
        inside = [layer for layer in analysis.layers if layer.name in made]
        assert cost.cost["macs"] == sum(layer.macs for layer in inside)
        assert str(cost.shape) == str(inside[-1].output_shape)
    lines = {layer.line - 1 for layer in analysis.layers if layer.line is not None}
    assert lines <= document.costs.keys()
    assert document.sound is not None
    assert document.sound.total == analysis.totals["macs"]


@pytest.mark.parametrize("closing", [False, True], ids=["as typed", "with closed brackets"])
@pytest.mark.parametrize(
    ("paths", "states"),
    [
        pytest.param([path for path in SHIPPED if path.name in SOME], 8, id="some"),
        pytest.param(SHIPPED, 4, id="all", marks=pytest.mark.slow),
    ],
)
def test_texts_typed_character_by_character(paths: list[Path], states: int, closing: bool) -> None:
    """Nothing is raised, nearly all other lines keep their hints, and sound texts have theirs."""
    kept, known = (
        sum(numbers) for numbers in zip(*(typed(p, states, closing) for p in paths), strict=True)
    )
    assert kept >= 0.989 * known > 0


def typed(path: Path, states: int, closing: bool) -> tuple[int, int]:
    """Type two lines of a file to some of their characters; return how many of the other lines
    have hints, and how many had some before."""
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    document = opened(text, os.path.abspath(path))
    items = [number for number, line in enumerate(lines) if line.lstrip().startswith("- ")]
    draw = random.Random(path.name)
    kept = known = 0
    for number in draw.sample(items, min(LINES, len(items))):
        others = document.costs.keys() - {number}
        line = lines[number]
        for end in sorted(draw.sample(range(len(line)), min(states, len(line)))):
            now = line[:end]
            document.change(whole_line(number, now + (closed(now) if closing else "")), end)
            diagnostics(document)
            found = labels(document)
            kept, known = kept + len(found.keys() & others), known + len(others)
            if document.now.analysis is not None:
                assert found == labels(opened(document.text.text, document.path))
        document.change(whole_line(number, line), 0)
    assert labels(document) == labels(opened(text, document.path))
    return kept, known


def closed(text: str) -> str:
    """What closes the brackets of a line, as editors type it."""
    opened = []
    for letter in text:
        if letter in "{[":
            opened.append({"{": "}", "[": "]"}[letter])
        elif letter in "}]" and opened:
            opened.pop()
    return "".join(reversed(opened))


def test_other_lines_keep_their_costs_while_one_is_faulty() -> None:
    document = opened(NET)
    before = {line: str(cost.shape) for line, cost in document.costs.items()}
    assert before == {
        2: "8×32×32",
        3: "16×16×16",
        4: "16×16×16",
        5: "16×1×1",
        6: "10×1×1",
    }
    document.change(whole_line(3, "- conv2d: {out_channels: "), 2)
    assert document.now.analysis is None
    assert document.costs.keys() == {2, 4, 5, 6}


def test_networks_of_earlier_texts_are_free_without_a_collection() -> None:
    """Else each of many layers would be there until one, which takes half a second."""
    document = opened(NET)
    gc.disable()
    try:
        for text in (
            "- conv2d: {out_channels: ",
            "- conv2d: {out_channels: 9, kernel_size: 0}",
            "",
        ):
            network = weakref.ref(analysis_of(document).network)
            document.change(whole_line(3, text), 2)
            assert labels(document)
            document.change(whole_line(3, NET.split("\n")[3]), 3)
            assert labels(document)
            assert network() is None
    finally:
        gc.enable()


def test_what_is_typed_elsewhere_counts_while_a_line_is_faulty() -> None:
    """A misspelt line is left as it is, and another is typed: its costs follow."""
    document = opened(NET)
    document.change(whole_line(6, "- linaer: {out_features: 10}"), 2)
    document.change(whole_line(2, "- conv2d: {name: a, out_channels: 9, kernel_size: 3}"), 3)
    assert document.now.analysis is None
    assert str(document.costs[2].shape) == "9×32×32"
    assert 6 not in document.costs


def test_lines_that_are_put_in_move_the_others() -> None:
    document = opened(NET)
    document.change([{"range": place(2, 0), "text": "- conv2d: {out_\n\n"}], 2)
    assert document.costs.keys() == {4, 5, 6, 7, 8}
    assert str(document.costs[4].shape) == "8×32×32"


def place(line: int, character: int) -> dict[str, dict[str, int]]:
    one = {"line": line, "character": character}
    return {"start": one, "end": one}


def test_a_variant_is_shown_when_it_is_chosen() -> None:
    text = NET.replace("out_channels: 8", "out_channels: width") + (
        "params: {width: 8}\nvariants: {small: {}, large: {params: {width: 32}}}\n"
    )
    document = opened(text)
    assert str(document.costs[2].shape) == "8×32×32"
    document.show("large")
    assert str(document.costs[2].shape) == "32×32×32"
    document.change(whole_line(8, "variants: {small: {}}"), 3)
    assert str(document.costs[2].shape) == "8×32×32"


def test_a_block_s_line_has_all_of_its_uses() -> None:
    text = """\
input: [3, 8, 8]
blocks:
  unit:
    params: {width}
    layers:
    - conv2d: {out_channels: width, kernel_size: 1}
layers:
- unit: {width: 4}
- unit: {width: 5, repeat: 2}
"""
    costs = opened(text).costs
    assert [str(shape) for shape in costs[5].shapes] == ["4×8×8", "5×8×8", "5×8×8"]
    assert costs[5].cost["macs"] == 64 * (12 + 20 + 25)
    assert costs[8].cost["macs"] == 64 * (20 + 25)


def test_a_file_that_is_open_is_read_from_the_editor(tmp_path: Path) -> None:
    blocks = tmp_path / "blocks.yaml"
    blocks.write_text("blocks: {unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 1}}]}}")
    text = "include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [unit]\n"
    path = str(tmp_path / "net.yaml")
    typed = {str(blocks): blocks.read_text().replace("4", "7")}
    for read, channels in ((lambda path: None, 4), (typed.get, 7)):
        found = examine(text, path, read)
        assert found.analysis is not None
        assert found.analysis.layers[-1].output_shape.channels == channels


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "{", "layers: [", "a: &a [*a]", "[" * 5_000, "input: 3\nlayers: 4", "\ud800"],
)
def test_whatever_is_typed_nothing_is_raised(text: str) -> None:
    found = examine(text, "net.yaml")
    assert found.faults
    assert "failed" not in found.faults[0].message


def test_faults_of_other_variants_are_looked_for_when_asked() -> None:
    text = NET + "params: {n: 3}\nvariants: {a: {}, b: {params: {n: 64}}}\n"
    text = text.replace("kernel_size: 3, stride", "kernel_size: n, padding: 0, stride")
    assert not examine(text, all_variants=False).faults
    assert "in variant b" in examine(text, all_variants=True).faults[0].notes


# Ranges and fixes


@pytest.mark.parametrize(
    ("old", "new", "marked", "fix"),
    [
        ("kernel_size", "kernel_sizze", "kernel_sizze", "kernel_size"),
        ("conv2d", "conv2", "conv2", None),
        ("relu", "rellu", "rellu", "relu"),
    ],
)
def test_a_misspelt_name_is_marked_and_mended(
    old: str, new: str, marked: str, fix: str | None
) -> None:
    from costcalc.editor.faults import fixes

    text = NET.replace(old, new, 1)
    document = opened(text)
    ranges = [one["range"] for one in diagnostics(document)]
    offsets = [[document.text.offset(one[end]) for end in ("start", "end")] for one in ranges]
    texts = [text[start:end] for start, end in offsets]
    assert marked in texts
    mends = fixes(document, "file:///net.yaml", ranges[texts.index(marked)])
    if fix is not None:
        (edit,) = mends[0]["edit"]["changes"]["file:///net.yaml"]
        assert edited(document.text, [{**edit, "text": edit["newText"]}]) == NET


# Places


WIDE = "a: 'é\U0001f600'\r\nb: x\u2028c\rd: 1\n"


def test_columns_are_code_units_of_utf_16_unless_agreed() -> None:
    text = Text(WIDE)
    assert text.position(6) == {"line": 0, "character": 7}
    assert text.offset({"line": 0, "character": 7}) == 6
    assert Text(WIDE, utf16=False).position(6) == {"line": 0, "character": 6}


@pytest.mark.parametrize("utf16", [True, False])
def test_every_offset_comes_back(utf16: bool) -> None:
    text = Text(WIDE, utf16=utf16)
    for offset in range(len(WIDE) + 1):
        if WIDE[offset - 1 : offset + 1] != "\r\n":
            assert text.offset(text.position(offset)) == offset


def test_yaml_counts_more_breaks_than_an_editor() -> None:
    text = Text(WIDE)
    assert text.lines == ["a: 'é\U0001f600'", "b: x\u2028c", "d: 1", ""]
    assert text.position(text.of_yaml(3, 1)) == {"line": 1, "character": 5}
    assert [text.line_of_yaml(line) for line in (1, 2, 3, 4)] == [0, 1, 1, 2]


@pytest.mark.parametrize("seed", range(60))
def test_changes_are_found_and_taken_back(seed: int) -> None:
    draw = random.Random(seed)
    old = [draw.choice("abc") for _ in range(draw.randrange(9))]
    new = [draw.choice("abc") for _ in range(draw.randrange(9))]
    changes = hunks(old, new)
    assert reverted(old, new, changes) == old
    for line, now in moved(changes, len(old)).items():
        assert old[line] == new[now]
    assert len(moved(changes, len(old))) == len(old) - sum(h.end - h.start for h in changes)


def test_budgets_have_their_units() -> None:
    text = (
        NET.replace("relu", "relu6")
        + "budgets: [{device: pixel1, latency: 1us}, {peak_memory: 1kB}]\n"
    )
    first, second = (one["message"] for one in diagnostics(opened(text)))
    assert " of 1.00 us latency" in first
    assert " KiB of 1000 B peak memory" in second


def test_hints_wait_for_no_limit_of_another_variant() -> None:
    """Limits are compared one by one, and diagnostics have them all."""
    text = NET.replace("out_channels: 8", "out_channels: n") + (
        "params: {n: 8}\nvariants: {a: {}, b: {params: {n: 64}}}\n"
        "budgets: [{variant: a, macs: 10M}, {variant: b, macs: 1M}]\n"
    )
    document = opened(text)
    labels(document)
    assert not document.is_judged
    steps = 0
    while not document.is_judged:
        document.judge()
        steps += 1
    assert steps == 2
    (over,) = diagnostics(document)
    assert ": over (variant b)" in over["message"].replace("--variant b", "variant b")


def test_a_budget_that_cannot_be_judged_is_a_fault() -> None:
    """No device of that name has rates; no layer has that name."""
    layers = "{layers: [{match: b, macs: 1}]}"
    text = NET + f"budgets: [{{device: nucleo_l4r5zi, latency: 1us}}, {layers}]\n"
    found = diagnostics(opened(text))
    assert [(one["severity"], one["range"]["start"]["line"]) for one in found] == [(1, 7)] * 2


def test_a_space_of_networks_shows_its_largest_options() -> None:
    """It is no fault that choices are open; limits of a space are compared by `check`."""
    width, kernel = "{any: [8, 4, 16]}", "{any: [3, 5]}"
    text = NET.replace("out_channels: 8", f"out_channels: {width}").replace(
        "kernel_size: 3, stride", f"kernel_size: {kernel}, stride"
    )
    document = opened(text + "budgets: {macs: 1}\n")
    assert diagnostics(document) == []
    largest = text.replace(width, "16").replace(kernel, "5")
    assert labels(document) == labels(opened(largest))
    (totals, *_) = code_lenses(document, "")
    of_smallest = code_lenses(opened(text.replace(width, "4").replace(kernel, "3")), "")[0]
    assert totals["command"]["title"].endswith(
        f"params, with the largest, or last, option of each choice; "
        f"{of_smallest['command']['title']}, with the smallest, or first"
    )
    faulty = opened(text.replace("relu", "rellu"))
    assert "rellu" in diagnostics(faulty)[0]["message"]


def test_the_largest_options_of_a_space_need_not_meet_its_conditions() -> None:
    net = NET.replace("- relu\n", "- require: in_channels < 10\n")
    space = opened(net.replace("out_channels: 16", "out_channels: {any: [16, 4]}"))
    assert diagnostics(space) == []
    assert labels(space) == labels(opened(NET.replace("- relu\n", "- sequence: []\n")))
    (found,) = diagnostics(opened(net))
    assert found["message"] == "in_channels < 10 does not hold\nin_channels is 16"


# Files of other formats

SAMPLES = Path(__file__).parents[1] / "importers" / "samples"


@pytest.mark.parametrize(
    ("name", "row", "hint"),
    [
        ("ultralytics/tiny.yaml", "[-1, 1, Conv, [40, 3, 2]]", "16×320×320 · 44.2 M MACs · 0.4 %"),
        ("darknet/all.cfg", "[convolutional]", "16×24×32 · 332 k MACs · 54.5 %"),
        ("caffe/all.prototxt", 'layer { name: "bn1"', "16×16×20 · 0 MACs · 0.0 %"),
        ("ncnn/all.param", "ConvolutionDepthWise dw", "16×16×20 · 76.8 k MACs · 20.7 %"),
    ],
)
def test_rows_of_other_formats_have_hints(name: str, row: str, hint: str) -> None:
    """While another row is typed, too; the rows together cost what the network does."""
    path = str(SAMPLES / name)
    text = Path(path).read_text(encoding="utf-8")
    document = opened(text, path)
    lines = text.splitlines()
    number = next(number for number, line in enumerate(lines) if row in line)
    assert labels(document)[number] == hint
    assert {id(node) for cost in document.costs.values() for node in cost.nodes} == {
        id(node) for node in analysis_of(document).network.root.nodes()
    }
    last = max(document.costs)
    document.change(whole_line(last, lines[last][:-3]), 2)
    assert labels(document)[number] == hint


def test_layers_of_a_keras_model_have_hints() -> None:
    config = {
        "layers": [
            keras_layer("InputLayer", batch_shape=[None, 8, 8, 3]),
            keras_layer("Conv2D", filters=4, kernel_size=[3, 3], padding="same"),
        ]
    }
    text = json.dumps({"class_name": "Sequential", "config": config}, indent=1)
    document = opened(text, "model.json")
    assert document.now.faults == []
    ((line, hint),) = [one for one in labels(document).items() if "MACs" in one[1]]
    assert hint == "4×8×8 · 6.91 k MACs · 100.0 %"
    assert '"Conv2D"' in "".join(text.splitlines()[line - 1 : line + 2])


def keras_layer(kind: str, **config: object) -> dict[str, object]:
    return {"class_name": kind, "config": {"name": kind.lower(), **config}}


def labels(document: Document) -> dict[int, str]:
    found = inlay_hints(document, "", 0, 10**6)
    return {one["position"]["line"]: one["label"] for one in found}


def analysis_of(document: Document) -> Analysis:
    assert document.now.analysis is not None
    return document.now.analysis


def test_examine_is_of_the_public_api() -> None:
    found = costcalc.examine(NET)
    assert found.faults == []
    assert found.table is not None
    assert found.table.totals.macs == sum(cost.cost["macs"] for cost in found.lines.values())
    assert str(found.lines[5].shape) == "16×16×16"
    broken = costcalc.examine(NET.replace("kernel_size: 3, s", "kernel_sizze: 3, s"))
    assert [fault.position.line for fault in broken.faults if fault.position] == [4, 4]
    assert (broken.table, broken.lines) == (None, {})
