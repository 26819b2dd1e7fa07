"""The language server: takes an editor's messages and answers them.

Source: Language Server Protocol 3.17.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Any

from costcalc import __version__
from costcalc.editor.channel import (
    CANCELLED,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    PARSE_ERROR,
    REQUEST_FAILED,
    BadMessageError,
    Channel,
    RequestError,
)
from costcalc.editor.commands import SHOW
from costcalc.editor.inbox import Inbox, Message
from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from costcalc.editor.session import Session

_FULL_AND_PARTS = 2
_BETWEEN = 100
"""Messages between two collections of garbage."""
_CAN_WAIT = ("textDocument/codeLens", "textDocument/codeAction")
"""Requests about budgets: they are answered when the editor says nothing more."""


class Server:
    """Speaks with an editor."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._inbox = Inbox(channel)
        self._later: deque[Message] = deque()
        """Requests that wait."""
        self._params: dict[str, Any] | None = None
        """Those of initialize; None before it."""
        self._is_shut_down = False
        self._can_refresh: set[str] = set()
        self._asked = self._taken = 0

    def run(self) -> int:
        """Answer until the editor says exit, or leaves; return the exit code."""
        gc.freeze()  # modules stay as they are
        while True:
            if self._inbox.is_empty and self._work():
                continue
            message = self._inbox.take()
            if isinstance(message, BadMessageError):
                self._log(str(message))
                self._channel.write(_failed(None, PARSE_ERROR, str(message)))
            elif message is None or message.get("method") == "exit":
                return 0 if self._is_shut_down else 1
            else:
                self._take(message)

    def _work(self) -> bool:
        """Do a part of what can wait; False where nothing is left to do."""
        if self._params is None or self._is_shut_down:
            return False
        try:
            if self._session.step():
                return True
        except Exception as error:
            self._failure("textDocument/publishDiagnostics", error)
        if self._later:
            self._reply(self._later.popleft())
            return True
        if self._taken >= _BETWEEN:
            self._taken = 0
            gc.collect()  # circles that a fault, or a network, leaves behind
        return False

    def _take(self, message: Message) -> None:
        self._taken += 1
        method = message.get("method")
        if not isinstance(method, str):
            if "result" not in message and "error" not in message:  # else an answer to us
                number = message.get("id")
                self._channel.write(_failed(number, INVALID_REQUEST, "a message needs a method"))
        elif "id" not in message:
            self._notify(method, _params(message))
        elif method in _CAN_WAIT and self._params is not None and not self._is_shut_down:
            self._later.append(message)
        else:
            self._reply(message)

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        if self._params is None or self._is_shut_down:
            return
        notify = self._session.notifications.get(method)
        if notify is not None:
            try:
                notify(params)
            except Exception as error:
                self._failure(method, error)

    def _reply(self, message: Message) -> None:
        number = message["id"]
        if self._inbox.is_cancelled(number):
            self._channel.write(_failed(number, CANCELLED, "cancelled"))
        else:
            self._channel.write(self._answer(message["method"], number, _params(message)))
        self._inbox.forget(number)

    def _answer(self, method: str, number: Any, params: dict[str, Any]) -> Message:
        if method == "initialize":
            if self._params is not None:
                return _failed(number, INVALID_REQUEST, "initialize comes once")
            return {"id": number, "result": self._initialize(params)}
        if self._params is None:
            return _failed(number, NOT_INITIALIZED, "initialize comes first")
        if self._is_shut_down:
            return _failed(number, INVALID_REQUEST, "the server was shut down")
        if method == "shutdown":
            self._shut_down()
            return {"id": number, "result": None}
        if not self._session.answers(method):
            return _failed(number, METHOD_NOT_FOUND, f"no method is named {method[:200]}")
        try:
            return {"id": number, "result": self._session.answer(method, params)}
        except RequestError as error:
            return _failed(number, error.code, str(error))
        except CostcalcError as error:
            return _failed(number, REQUEST_FAILED, error.message)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            self._failure(method, error)
            return _failed(number, INVALID_PARAMS, f"{type(error).__name__}: {error}")
        except Exception as error:
            self._failure(method, error)
            return _failed(number, INTERNAL_ERROR, f"{type(error).__name__}: {error}")

    def _initialize(self, params: dict[str, Any]) -> Any:
        self._params = params
        workspace = _mapping(_mapping(params.get("capabilities")).get("workspace"))
        for name in ("inlayHint", "codeLens"):
            if _mapping(workspace.get(name)).get("refreshSupport"):
                self._can_refresh.add(name)
        return {
            "capabilities": {
                "positionEncoding": "utf-16" if self._utf16 else "utf-32",
                "textDocumentSync": {"openClose": True, "change": _FULL_AND_PARTS, "save": True},
                "inlayHintProvider": {"resolveProvider": True},
                "codeLensProvider": {},
                "codeActionProvider": {"codeActionKinds": ["quickfix"]},
                "completionProvider": {
                    "triggerCharacters": [" ", "{", ",", "-", "$"],
                    "resolveProvider": True,
                },
                "hoverProvider": True,
                "definitionProvider": True,
                "referencesProvider": True,
                "renameProvider": {"prepareProvider": True},
                "documentSymbolProvider": True,
                "foldingRangeProvider": True,
                "executeCommandProvider": {"commands": [SHOW]},
            },
            "serverInfo": {"name": "costcalc", "version": __version__},
        }

    @property
    def _utf16(self) -> bool:
        """Whether columns are counted in UTF-16: they are unless the editor offers characters."""
        general = _mapping(_mapping((self._params or {}).get("capabilities")).get("general"))
        offered = general.get("positionEncodings")
        return not (isinstance(offered, list) and "utf-32" in offered)

    @cached_property
    def _session(self) -> Session:
        """The texts; what reads them is loaded once the editor has its answer to initialize."""
        from costcalc.editor.session import Session

        assert self._params is not None
        settings = self._params.get("initializationOptions")
        return Session(self._send, self._refresh, settings, utf16=self._utf16)

    def _shut_down(self) -> None:
        while self._later:
            self._reply(self._later.popleft())
        self._is_shut_down = True

    def _send(self, method: str, params: dict[str, Any]) -> None:
        self._channel.write({"method": method, "params": params})

    def _refresh(self, what: str) -> None:
        """Ask the editor for its requests again."""
        if what in self._can_refresh:
            self._asked += 1
            self._channel.write(
                {"id": f"refresh-{self._asked}", "method": f"workspace/{what}/refresh"}
            )

    def _failure(self, method: str, error: Exception) -> None:
        if os.environ.get("COSTCALC_TRACEBACK"):
            import traceback

            traceback.print_exception(error, file=sys.stderr)
        self._log(f"{method[:200]}: {type(error).__name__}: {str(error)[:500]}")

    def _log(self, text: str) -> None:
        print(f"costcalc lsp: {text}", file=sys.stderr, flush=True)


def _failed(number: Any, code: int, message: str) -> Message:
    return {"id": number, "error": {"code": code, "message": message}}


def _params(message: Message) -> dict[str, Any]:
    return _mapping(message.get("params"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
