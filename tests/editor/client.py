"""An editor that speaks to the server as editors do: over its standard input and output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any

from lsprotocol import converters, types

ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 100_000, "character": 0}}


@cache
def _converter() -> Any:
    return converters.get_converter()


def check(message: Any, kind: int, method: str) -> None:
    """Raise where a message is not as the protocol has it."""
    found = types.METHOD_TO_TYPES[method][kind]
    _converter().structure(message, found)


_REQUEST, _RESPONSE = 0, 1


class Editor:
    """A session; what the server sends unasked is in `sent`. All is as the protocol has it."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "costcalc", "lsp"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self.sent: list[Any] = []
        self.number = 0
        """Of the last request."""

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def receive(self) -> Any:
        out = self.process.stdout
        assert out is not None
        length = 0
        while (line := out.readline()).strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        assert length, "the server has ended"
        return json.loads(out.read(length))

    def tell(self, method: str, **params: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def answer(self, method: str, **params: Any) -> Any:
        """The whole answer to a request."""
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.number and "method" not in message:
                return message
            check(message, _REQUEST, message["method"])
            self.sent.append(message)

    def refusal(self) -> Any:
        """The error of a message that is none; what is sent unasked before it is kept."""
        while "method" in (message := self.receive()):
            self.sent.append(message)
        return message["error"]

    def ask(self, method: str, **params: Any) -> Any:
        found = self.answer(method, **params)
        assert "error" not in found, found
        check(found, _RESPONSE, method)
        return found["result"]

    def start(self, **more: Any) -> Any:
        found = self.ask("initialize", **{"capabilities": {}, **more})
        self.tell("initialized")
        return found

    def open(self, uri: str, text: str) -> None:
        item = {"uri": uri, "text": text, "version": 1, "languageId": "yaml"}
        self.tell("textDocument/didOpen", textDocument=item)

    def type(self, uri: str, *changes: Any, version: int = 2) -> None:
        self.tell(
            "textDocument/didChange",
            textDocument={"uri": uri, "version": version},
            contentChanges=list(changes),
        )

    def hints(self, uri: str) -> dict[int, str]:
        """The hint of each line."""
        found = self.ask("textDocument/inlayHint", textDocument={"uri": uri}, range=ALL)
        return {one["position"]["line"]: one["label"] for one in found}

    def at(self, method: str, uri: str, line: int, character: int, **more: Any) -> Any:
        """The answer to a request about a place."""
        place = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", textDocument={"uri": uri}, position=place, **more)

    def faults(self, uri: str) -> list[Any]:
        """The faults that were sent last of a text: lenses come behind all faults."""
        self.ask("textDocument/codeLens", textDocument={"uri": uri})
        found = [
            one["params"]["diagnostics"]
            for one in self.sent
            if one.get("method") == "textDocument/publishDiagnostics"
            and one["params"]["uri"] == uri
        ]
        return found[-1] if found else []
