"""A session with the server over its streams, as an editor has it."""

import json
from pathlib import Path
from typing import Any

import pytest
from editor.client import ALL, Editor

from costcalc.editor.completion import completions
from costcalc.editor.context import context_at
from costcalc.editor.document import Document
from costcalc.editor.names import uses
from costcalc.editor.navigation import rename
from costcalc.editor.positions import Text
from costcalc.errors import CostcalcError

NET = """\
input: [3, 32, 32]
params: {width: 8, act: relu}
variants:
  small: {}
  large: {params: {width: 16}}
budgets: {macs: 10M}
blocks:
  unit:
    params: {out_channels}
    layers:
    - conv2d: {out_channels, kernel_size: 3}
    - $act
layers:
- unit: {name: stem, out_channels: width}
- conv2d: {from: stem, out_channels: 2 * width, kernel_size: 1}
"""


@pytest.fixture(scope="module")
def editor():
    """One session for all: each test has files of its own."""
    with Editor() as session:
        session.start()
        yield session


def test_a_session(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    assert editor.hints(uri)[13] == "8×32×32 · 221 k MACs · 62.8 %"
    assert editor.faults(uri) == []
    lenses = editor.ask("textDocument/codeLens", textDocument={"uri": uri})
    titles = [lens["command"]["title"] for lens in lenses]
    assert titles[0] == "small: 352 k MACs, 368 params"
    assert "352 k of 10.0 M MACs, 3.5 %: within" in titles
    show = next(lens["command"] for lens in lenses if lens["command"].get("arguments"))
    editor.ask("workspace/executeCommand", command=show["command"], arguments=show["arguments"])
    assert editor.hints(uri)[13] == "16×32×32 · 442 k MACs · 45.8 %"
    editor.type(uri, {"text": NET.replace("kernel_size: 3", "kernel_sizze: 3")})
    assert [fault["range"]["start"] for fault in editor.faults(uri)][-1]["line"] == 10
    assert 13 in editor.hints(uri)


def test_a_session_ends_when_the_editor_says_so() -> None:
    with Editor() as session:
        session.start()
        assert session.ask("shutdown") is None
        session.tell("exit")
        assert session.process.wait(timeout=20) == 0


def test_names_are_found_and_renamed(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    place = editor.at("definition", uri, 13, 37)  # width
    assert place["range"]["start"] == {"line": 1, "character": 9}
    more = {"context": {"includeDeclaration": True}}
    lines = [one["range"]["start"]["line"] for one in editor.at("references", uri, 1, 10, **more)]
    assert lines == [1, 4, 13, 14]
    edits = editor.at("rename", uri, 1, 10, newName="wide")["changes"][uri]
    editor.type(uri, *({**one, "text": one["newText"]} for one in reversed(edits)))
    assert editor.faults(uri) == []
    assert editor.hints(uri)[13] == "8×32×32 · 221 k MACs · 62.8 %"
    shipped = editor.at("definition", uri, 14, 5)
    assert shipped is None  # a layer is no block
    refused = editor.answer(
        "textDocument/rename",
        textDocument={"uri": uri},
        position={"line": 1, "character": 10},
        newName="alpha",
    )
    assert "knob" in refused["error"]["message"]


def test_a_name_that_hides_another_is_refused() -> None:
    """It would cost the same, and be another network."""
    text = """\
input: [8, 8, 8]
layers:
- relu: {name: b}
- residual:
  - relu: {name: a}
  - add: {from: [a, b]}
"""
    document = Document(Text(text), "net.yaml", lambda path: None)
    rename(document, "", text.index("a}"), "c")
    with pytest.raises(CostcalcError, match="another meaning"):
        rename(document, "", text.index("a}"), "b")


def test_a_reason_is_text() -> None:
    text = """\
input: [8, 8, 8]
params: {near: true}
layers:
- require: {condition: near, reason: as near as can be}
- require: not near or near
"""
    document = Document(Text(text), "net.yaml", lambda path: None)
    edits = rename(document, "", text.index("near"), "close")["changes"][""]
    assert [one["range"]["start"]["line"] for one in edits] == [1, 3, 4, 4]


def test_a_faulty_text_gets_no_name_twice() -> None:
    text = "params: {n: 1, m: 2}\nlayers: [rellu]\n"
    document = Document(Text(text), "net.yaml", lambda path: None)
    with pytest.raises(CostcalcError, match="there is a param named 'm' already"):
        rename(document, "", text.index("n: 1"), "m")


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("tiny.yaml", "backbone:\n  - [-1, 1, Conv, [8, "),
        ("net.cfg", "[net]\nwidth=8\n[convolutional]\nfilters="),
        ("net.param", "7767517\n1 1\nInput data 0 1 data "),
        ("config.json", '{"model_type": "'),
    ],
)
def test_words_of_costcalc_are_not_completed_in_other_formats(
    editor: Editor, tmp_path: Path, path: str, row: str
) -> None:
    uri = (tmp_path / path).as_uri()
    editor.open(uri, row)
    last = row.split("\n")
    assert editor.at("completion", uri, len(last) - 1, len(last[-1])) == []


def test_hover_says_the_formula_with_its_numbers(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    text = editor.at("hover", uri, 14, 5)["contents"]["value"]
    assert "N·D_F²" in text or "M·N" in text
    assert "131,072" in text


@pytest.mark.parametrize(
    ("before", "expected", "not_expected"),
    [
        ("layers:\n- ", "conv2d", "width"),
        ("layers:\n- co", "conv2d", "kernel_size"),
        ("layers:\n- conv2d: {", "kernel_size", "conv2d"),
        ("layers:\n- conv2d: {kernel_size: 3, ", "out_channels", "kernel_size"),
        ("layers:\n- conv2d:\n    ", "out_channels", "conv2d"),
        ("layers:\n- conv2d:\n    kernel_size: 3\n    ", "out_channels", "kernel_size"),
        ("layers:\n- conv2d: {padding: ", "same", "kernel_size"),
        ("layers:\n- residual:\n  - ", "conv2d", "kernel_size"),
        ("layers:\n- re", "require", "condition"),
        ("layers:\n- require: {", "reason", "repeat"),
        ("layers:\n- require: {condition: true, ", "when", "condition"),
        ("params: {near: true}\nlayers:\n- require: {condition: ", "near", "conv2d"),
        ("params: {near: true}\nlayers:\n- require: ", "near", "from"),
        ("blocks:\n  unit:\n    ", "params", "conv2d"),
        ("blocks:\n  unit:\n    layers:\n    - ", "conv2d", "params"),
        ("task: ", "detection", "conv2d"),
        ("params: {width: {", "any", "layers"),
        ("blocks:\n  unit:\n    params: {n: {", "any", "layers"),
        ("layers:\n- conv2d: {kernel_size: {", "any", "kernel_size"),
        ("", "layers", "conv2d"),
        ("params: {width: 8}\nlayers:\n- conv2d: {out_channels: ", "width", "kernel_size"),
        ("layers:\n- relu: {name: a}\n- add: {from: [", "a", "kernel_size"),
        ("layers:\n- conv2d: {name: 'it: {', ", "out_channels", "conv2d"),
    ],
)
def test_completion_knows_where_it_is(before: str, expected: str, not_expected: str) -> None:
    document = Document(Text(before), "net.yaml", lambda path: None)
    labels = [item["label"] for item in completions(document, len(before))]
    assert expected in labels
    assert not_expected not in labels


def test_in_a_comment_nothing_is_completed() -> None:
    assert context_at("layers: # ", 10) is None


def test_names_have_scopes() -> None:
    text = """\
blocks:
  one: {params: {n: 2}, layers: [{conv2d: {name: x, out_channels: n, kernel_size: 1}}]}
  two: {params: {n: 3}, layers: [{linear: n}]}
"""
    found = [(use.name, use.line, use.scope) for use in uses(text, "b.yaml") if use.name == "n"]
    assert found == [("n", 2, 1), ("n", 2, 1), ("n", 3, 2), ("n", 3, 2)]


def test_a_hint_s_tooltip_comes_when_it_is_asked_for(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    found = editor.ask("textDocument/inlayHint", textDocument={"uri": uri}, range=ALL)
    assert "tooltip" not in found[-1]
    assert "131,072 MACs" in editor.ask("inlayHint/resolve", **found[-1])["tooltip"]


def test_what_can_be_renamed_is_said_before(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    found = editor.at("prepareRename", uri, 13, 37)
    assert [found[end]["character"] for end in ("start", "end")] == [35, 40]
    assert editor.at("prepareRename", uri, 14, 5) is None
    editor.type(uri, {"text": "include: [blocks.yaml]\n" + NET})
    assert editor.at("prepareRename", uri, 0, 12) is None


def test_lenses_stay_while_a_line_is_faulty(editor: Editor, tmp_path: Path) -> None:
    """They move with their lines."""
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET)
    before = editor.ask("textDocument/codeLens", textDocument={"uri": uri})
    editor.type(uri, {"text": NET.replace("variants:", "typed: {\nvariants:")})
    after = editor.ask("textDocument/codeLens", textDocument={"uri": uri})
    lines = [[lens["range"]["start"]["line"] for lens in found] for found in (before, after)]
    assert lines == [[0, 3, 4, 5], [0, 4, 5, 6]]


def test_a_network_follows_a_file_of_blocks_that_is_open(editor: Editor, tmp_path: Path) -> None:
    uri, blocks = ((tmp_path / name).as_uri() for name in ("net.yaml", "blocks.yaml"))
    text = "blocks: {unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 1}}]}}"
    (tmp_path / "blocks.yaml").write_text(text)
    editor.open(uri, "include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers:\n- unit\n")
    editor.open(blocks, text)
    editor.type(blocks, {"text": text.replace("4", "7")})
    assert editor.hints(uri)[3].startswith("7×8×8")


# Budgets


def test_a_budget_that_is_over_is_marked_and_can_be_fitted(editor: Editor, tmp_path: Path) -> None:
    """Each edit that is offered brings the network within: alpha, resolution, a layer's width."""
    uri = (tmp_path / "a b%é.yaml").as_uri()
    text = NET.replace("10M", "200k").replace("out_channels: width", "out_channels: 8")
    editor.open(uri, text)
    (mark,) = editor.faults(uri)
    assert (mark["severity"], mark["code"]) == (2, "over-budget")
    assert mark["message"] == "352 k of 200 k MACs, 176.1 %: over"
    assert mark["range"]["start"] == {"line": 5, "character": 10}
    offered = [action for line in (5, 14) for action in actions(editor, uri, line)]
    assert [action["title"].split(",")[0] for action in offered] == [
        "Fit the budget: alpha 0.5",
        "Fit the budget: resolution 24",
    ]
    for action in offered:
        (edit,) = action["edit"]["changes"][uri]
        editor.type(uri, {"range": edit["range"], "text": edit["newText"]})
        assert editor.faults(uri) == []
        editor.type(uri, {"text": text})


def test_a_layer_can_be_made_narrower_to_fit(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, NET.replace("10M", "300k").replace("2 * width", "16"))
    (action,) = actions(editor, uri, 14)
    (edit,) = action["edit"]["changes"][uri]
    assert (edit["newText"], edit["range"]["start"]["character"]) == ("9", 37)
    assert actions(editor, uri, 0) == []
    assert actions(editor, uri, 14, only=["source"]) == []
    assert actions(editor, uri, 14, only=["quickfix"]) == [action]


def actions(editor: Editor, uri: str, line: int, **context: Any) -> Any:
    place = {"line": line, "character": 3}
    return editor.ask(
        "textDocument/codeAction",
        textDocument={"uri": uri},
        range={"start": place, "end": place},
        context={"diagnostics": [], **context},
    )


def test_budgets_of_a_project_are_marked_too(editor: Editor, tmp_path: Path) -> None:
    """In the file that it holds for; the project file's own faults are marked in it."""
    project, uri = tmp_path / "costcalc.yaml", (tmp_path / "net.yaml").as_uri()
    project.write_text("version: 1\nbudgets:\n- match: net.yaml\n  limits: {params: 300}\n")
    (tmp_path / "net.yaml").write_text(NET)
    editor.open(uri, NET)
    (mark,) = editor.faults(uri)
    assert mark["range"]["start"] == {"line": 0, "character": 0}
    assert "costcalc.yaml:4" in mark["message"]
    editor.open(project.as_uri(), project.read_text().replace("match", "mach"))
    assert [one["range"]["start"]["line"] for one in editor.faults(project.as_uri())] == [2, 2]
    project.write_text(project.read_text().replace("300", "3000"))
    editor.tell("textDocument/didSave", textDocument={"uri": project.as_uri()})
    assert editor.faults(uri) == []


def test_faults_of_a_file_of_blocks_are_marked_in_it(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "blocks.yaml").as_uri()
    editor.open(uri, "blocks:\n  unit:\n    layers:\n    - conv2d: {kernel_sizze: 1}\n")
    assert "kernel_sizze" in " ".join(one["message"] for one in editor.faults(uri))


# What a client may do wrong


def test_requests_before_initialize_and_after_shutdown_are_refused() -> None:
    with Editor() as session:
        assert session.answer("textDocument/hover")["error"]["code"] == -32002
        session.start()
        assert session.answer("initialize", capabilities={})["error"]["code"] == -32600
        session.ask("shutdown")
        session.open("file:///net.yaml", NET)
        assert session.answer("textDocument/hover")["error"]["code"] == -32600
        assert session.sent == []


BAD: list[Any] = [
    ("textDocument/hover", {}),
    ("textDocument/hover", {"textDocument": 3}),
    ("textDocument/inlayHint", {"textDocument": {"uri": "file:///none"}}),
    ("textDocument/rename", {"textDocument": {"uri": "file:///none"}}),
    ("workspace/executeCommand", {"command": "rm", "arguments": []}),
    ("no/such", {}),
]


@pytest.mark.parametrize(("method", "params"), BAD, ids=[method for method, _ in BAD])
def test_a_faulty_request_is_answered_by_an_error(editor: Editor, method: str, params: Any) -> None:
    assert editor.answer(method, **params)["error"]["code"] in (-32601, -32602)
    assert editor.ask("textDocument/foldingRange", textDocument={"uri": "x"}) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"Content-Length: 3\r\n\r\n{{{",
        b"Content-Length: 2\r\n\r\n[]",
        b"hello\r\nContent-Length: 4\r\n\r\nnull",
        b"Content-Length: 5\r\n\r\n\xff\xfe\xfd\xfc\xfb",
        b"Content-Length: 20000\r\n\r\n" + b"[" * 20_000,
    ],
)
def test_garbage_is_told_and_the_next_message_is_answered(editor: Editor, garbage: bytes) -> None:
    editor.write(garbage)
    assert editor.refusal()["code"] == -32700
    assert editor.ask("textDocument/foldingRange", textDocument={"uri": "x"}) == []


@pytest.mark.parametrize("end", [b"", b"Content-Length: 100\r\n\r\n{", b"Content-Le"])
def test_an_editor_that_is_gone_ends_it(end: bytes) -> None:
    with Editor() as session:
        session.start()
        session.write(end)
        assert session.process.stdin is not None
        session.process.stdin.close()
        assert session.process.wait(timeout=20) == 1


def test_names_from_a_text_are_no_markup(editor: Editor, tmp_path: Path) -> None:
    uri = (tmp_path / "net.yaml").as_uri()
    name = "<img src=x onerror=alert(1)>"
    text = NET.replace("stem", json.dumps(name))
    editor.open(uri, text)
    value = editor.at("hover", uri, 13, 3)["contents"]["value"]
    outside = "".join(value.split("```")[::2])
    assert "<img" not in outside


def test_a_thousand_edits_leave_memory_flat(tmp_path: Path) -> None:
    """In a session of their own, in which nothing else is open."""
    with Editor() as session:
        session.start()
        _edit_often(session, (tmp_path / "net.yaml").as_uri())


def _edit_often(editor: Editor, uri: str) -> None:
    editor.open(uri, NET)
    sizes = []
    for number in range(600):
        text = NET if number % 2 else NET.replace("kernel_size: 1", "kernel_si")
        editor.type(uri, {"text": text}, version=number)
        editor.ask("textDocument/inlayHint", textDocument={"uri": uri}, range=ALL)
        if number in (199, 599):
            status = Path(f"/proc/{editor.process.pid}/status")
            if not status.exists():
                pytest.skip("the system does not say how much memory a process has")
            line = next(one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
            sizes.append(int(line.split()[1]))
    assert sizes[1] < 1.15 * sizes[0]
