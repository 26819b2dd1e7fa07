"""Whatever a client sends, each request is answered, and the next sound one as ever."""

import random
from pathlib import Path
from typing import Any

import pytest
from editor.client import ALL, Editor
from editor.test_server import NET

from costcalc.editor.requests import ANSWERS
from costcalc.editor.uris import path_of, uri_of

REQUESTS = (*ANSWERS, "workspace/executeCommand", "initialize", "$/none")
NOTIFICATIONS = (
    *("textDocument/didOpen", "textDocument/didChange", "textDocument/didClose"),
    *("textDocument/didSave", "workspace/didChangeConfiguration"),
    *("workspace/didChangeWatchedFiles", "$/cancelRequest", "$/setTrace", "no/such"),
)
JUNK: list[Any] = [None, True, -1, 10**30, 1.5, "", "\ud800", [], {}, [1, [2]], {"uri": 3}]


@pytest.fixture(scope="module")
def editor():
    with Editor() as session:
        session.start()
        yield session


@pytest.mark.parametrize("seed", range(3))
def test_each_request_is_answered(editor: Editor, seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    uris = [
        *((tmp_path / name).as_uri() for name in ("a b%é.yaml", "costcalc.yaml")),
        *("untitled:Untitled-1", "file:///x%00y.yaml", "git:/x.yaml?{}", "http://[::1", ""),
    ]

    def any_of(*sound: Any) -> Any:
        return draw.choice(sound) if draw.random() < 0.8 else draw.choice(JUNK)

    def place() -> Any:
        line, character = any_of(draw.randrange(17)), any_of(draw.randrange(40))
        return any_of({"line": line, "character": character})

    def params() -> Any:
        area = any_of({"start": place(), "end": place()})
        edit = {"range": area, "text": any_of("x", "\r\n", "\U0001f600")}
        given = {
            "textDocument": any_of({"uri": any_of(*uris), "version": 1}),
            "position": place(),
            "range": area,
            "newName": any_of("x"),
            "context": any_of({"diagnostics": []}),
            "data": any_of({"uri": any_of(*uris), "line": any_of(3)}),
            "command": any_of("costcalc.showVariant"),
            "arguments": any_of([any_of(*uris), any_of("large")]),
            "settings": any_of({"costcalc": any_of({"hints": any_of(["shape"], ["x"])})}),
            "contentChanges": any_of([edit], [{"text": NET}]),
        }
        return {key: value for key, value in given.items() if draw.random() < 0.95}

    for number in range(150):
        if number % 15 == 0:
            for uri in uris:
                editor.open(uri, draw.choice([NET, NET.replace("\n", "\r\n"), NET[:250]]))
        if draw.random() < 0.5:
            editor.tell(draw.choice(NOTIFICATIONS), **params())
        else:
            found = editor.answer(draw.choice(REQUESTS), **params())
            assert ("result" in found) != ("error" in found)
            assert found.get("error", {}).get("code") != -32603, found
    uri = (tmp_path / "sound.yaml").as_uri()
    editor.open(uri, NET)
    editor.tell("workspace/didChangeConfiguration", settings={"costcalc": {"hints": ["shape"]}})
    assert editor.hints(uri)[13] == "8×32×32"


def test_a_number_that_is_none_is_no_json(editor: Editor) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": NaN}}'
    editor.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert editor.refusal()["code"] == -32700


def test_a_message_beyond_any_network_is_passed_over(editor: Editor) -> None:
    editor.write(b"Content-Length: 64000001\r\n\r\n" + b" " * 64_000_001)
    assert "64,000,000" in editor.refusal()["message"]
    assert editor.ask("textDocument/foldingRange", textDocument={"uri": "x"}) == []


@pytest.mark.parametrize("method", ["codeLens", "hover"])
def test_what_is_cancelled_before_its_turn_is_not_answered(editor: Editor, method: str) -> None:
    editor.tell("$/cancelRequest", id=editor.number + 1)
    refused = editor.answer(f"textDocument/{method}", textDocument={"uri": "x"})
    assert refused["error"]["code"] == -32800
    assert editor.ask("textDocument/codeLens", textDocument={"uri": "x"}) == []


def test_edits_that_come_at_once_count_as_one(editor: Editor, tmp_path: Path) -> None:
    """The last of them are what hints and faults are of."""
    uri = (tmp_path / "quick.yaml").as_uri()
    editor.open(uri, NET)
    for width in range(30):
        editor.type(uri, {"text": NET.replace("width: 8", f"width: {width}")}, version=width)
    assert editor.hints(uri)[13].startswith("29×32×32")
    editor.faults(uri)
    sent = [one["params"] for one in editor.sent if one["params"].get("uri") == uri]
    assert sent[-1]["version"] == 29


def test_a_file_that_vanishes_is_a_fault_and_comes_back(editor: Editor, tmp_path: Path) -> None:
    blocks = tmp_path / "blocks.yaml"
    text = "blocks: {unit: {layers: [{conv2d: {out_channels: 4, kernel_size: 1}}]}}"
    blocks.write_text(text)
    uri = (tmp_path / "net.yaml").as_uri()
    editor.open(uri, "include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers:\n- unit\n")
    assert editor.faults(uri) == []
    for change, faulty in ((blocks.unlink, True), (lambda: blocks.write_text(text), False)):
        change()
        event = {"uri": blocks.as_uri(), "type": 2}
        editor.tell("workspace/didChangeWatchedFiles", changes=[event])
        assert bool(editor.faults(uri)) == faulty
        found = editor.ask("textDocument/inlayHint", textDocument={"uri": uri}, range=ALL)
        assert [one["position"]["line"] for one in found] == [3]


def test_paths_and_uris_are_each_others(tmp_path: Path) -> None:
    for name in ("a b.yaml", "50%.yaml", "é#?.yaml"):
        path = str(tmp_path / name)
        assert uri_of(path) == Path(path).as_uri()
        assert path_of(uri_of(path)) == path
    assert "\0" not in path_of("file:///x%00y.yaml")
