"""The language server: takes an editor's requests and answers them.

Source: Language Server Protocol 3.17.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from costcalc import __version__
from costcalc.editor.channel import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    PARSE_ERROR,
    REQUEST_FAILED,
    BadMessageError,
    Channel,
)
from costcalc.editor.commands import SHOW
from costcalc.editor.faults import QUICK_FIX, diagnostics
from costcalc.editor.hints import PARTS, check_parts
from costcalc.editor.requests import ANSWERS, Params, RequestError
from costcalc.editor.workspace import Workspace
from costcalc.errors import CostcalcError
from costcalc.project.location import PROJECT_FILE

_FULL_AND_PARTS = 2
_BETWEEN = 100
"""Messages between two collections of garbage."""


class Server:
    """One session with an editor."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.files = Workspace()
        self.parts: tuple[str, ...] = PARTS
        self._initialized = False
        self._shut_down = False
        self._can_refresh: set[str] = set()
        self._sent = self._taken = 0
        self._requests: dict[str, Callable[[Params], Any]] = {
            "initialize": self._initialize,
            "shutdown": self._shutdown,
            "workspace/executeCommand": self._execute,
        }
        self._notifications: dict[str, Callable[[Params], None]] = {
            "textDocument/didOpen": self._opened,
            "textDocument/didChange": self._change,
            "textDocument/didSave": self._save,
            "textDocument/didClose": self._close,
            "workspace/didChangeConfiguration": self._configure,
            "workspace/didChangeWatchedFiles": lambda params: self._publish(),
        }

    def run(self) -> int:
        """Answer until the editor says exit, or leaves; return the exit code."""
        gc.freeze()  # modules stay as they are
        while True:
            try:
                message = self.channel.read()
            except BadMessageError as error:
                self._log(str(error))
                self.channel.write(_failed(None, PARSE_ERROR, str(error)))
                continue
            if message is None:
                return 0 if self._shut_down else 1
            if message.get("method") == "exit":
                return 0 if self._shut_down else 1
            self._take(message)
            self._clean()

    def _clean(self) -> None:
        """Collect garbage now and then: circles that a fault, or a network, leaves behind."""
        self._taken += 1
        if self._taken % _BETWEEN == 0:
            gc.collect()

    def _take(self, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        params = message.get("params")
        if not isinstance(method, str):
            if "result" not in message and "error" not in message:  # else an answer to us
                self.channel.write(_failed(number, INVALID_REQUEST, "a message needs a method"))
            return
        if not isinstance(params, dict):
            params = {}
        if "id" in message:
            self.channel.write(self._answer(method, number, params))
            return
        notify = self._notifications.get(method)
        if notify is None or not self._initialized or self._shut_down:
            return
        try:
            notify(params)
        except Exception as error:
            self._failure(method, error)

    def _answer(self, method: str, number: Any, params: Params) -> dict[str, Any]:
        answer = self._requests.get(method) or self._of_text(method)
        if answer is None:
            return _failed(number, METHOD_NOT_FOUND, f"no method is named {method[:200]}")
        if not self._initialized and method != "initialize":
            return _failed(number, NOT_INITIALIZED, "initialize comes first")
        if self._shut_down:
            return _failed(number, INVALID_REQUEST, "the server was shut down")
        try:
            return {"id": number, "result": answer(params)}
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

    def _of_text(self, method: str) -> Callable[[Params], Any] | None:
        """How a request about a place or a range of a text is answered."""
        answer = ANSWERS.get(method)
        return None if answer is None else partial(answer, self.files, self.parts)

    def _failure(self, method: str, error: Exception) -> None:
        if os.environ.get("COSTCALC_TRACEBACK"):
            import traceback

            traceback.print_exception(error, file=sys.stderr)
        self._log(f"{method[:200]}: {type(error).__name__}: {str(error)[:500]}")

    def _log(self, text: str) -> None:
        print(f"costcalc lsp: {text}", file=sys.stderr, flush=True)

    # The session

    def _initialize(self, params: Params) -> Any:
        if self._initialized:
            raise RequestError(INVALID_REQUEST, "initialize comes once")
        capabilities = params.get("capabilities") or {}
        general = capabilities.get("general") or {}
        self.files.utf16 = "utf-32" not in (general.get("positionEncodings") or ())
        workspace = capabilities.get("workspace") or {}
        for name in ("inlayHint", "codeLens"):
            if (workspace.get(name) or {}).get("refreshSupport"):
                self._can_refresh.add(name)
        self._initialized = True
        self._set_parts(params.get("initializationOptions"))
        return {
            "capabilities": {
                "positionEncoding": "utf-16" if self.files.utf16 else "utf-32",
                "textDocumentSync": {"openClose": True, "change": _FULL_AND_PARTS, "save": True},
                "inlayHintProvider": {"resolveProvider": True},
                "codeLensProvider": {},
                "codeActionProvider": {"codeActionKinds": [QUICK_FIX]},
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

    def _shutdown(self, params: Params) -> None:
        self._shut_down = True

    def _configure(self, params: Params) -> None:
        settings = params.get("settings") or {}
        self._set_parts(settings.get("costcalc") if isinstance(settings, dict) else None)
        self._refresh("inlayHint")

    def _set_parts(self, settings: Any) -> None:
        """Take what hints say from the editor's settings: {"hints": ["shape", "macs"]}."""
        wanted = settings.get("hints") if isinstance(settings, dict) else None
        if isinstance(wanted, list) and all(isinstance(one, str) for one in wanted):
            try:
                check_parts(wanted)
            except CostcalcError as error:
                self._show(error.message + (f"; {error.hint}" if error.hint else ""))
            else:
                self.parts = tuple(wanted)

    def _show(self, text: str) -> None:
        """Show a message to the user."""
        self._send("window/showMessage", {"type": 2, "message": text})

    def _send(self, method: str, params: Params) -> None:
        self.channel.write({"method": method, "params": params})

    def _refresh(self, what: str) -> None:
        """Ask the editor for its requests again."""
        if what in self._can_refresh:
            self._sent += 1
            self.channel.write(
                {"id": f"refresh-{self._sent}", "method": f"workspace/{what}/refresh"}
            )

    # Texts

    def _opened(self, params: Params) -> None:
        item = params["textDocument"]
        self.files.add(item["uri"], item["text"], item.get("version"))
        self._publish(item["uri"])

    def _change(self, params: Params) -> None:
        item = params["textDocument"]
        self.files.change(item["uri"], params["contentChanges"], item.get("version"))
        self._publish(item["uri"])

    def _save(self, params: Params) -> None:
        uri = params["textDocument"]["uri"]
        if uri in self.files.documents:
            self.files.documents[uri].update(all_variants=True)
        self._publish(uri)
        if uri.endswith(f"/{PROJECT_FILE}"):
            self._publish()  # it has the budgets of the others

    def _close(self, params: Params) -> None:
        uri = params["textDocument"]["uri"]
        if self.files.close(uri):
            self._send("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": []})
        self._publish(uri)

    def _publish(self, changed: str | None = None) -> None:
        """Send the faults of a text that has changed, and of those that may be made of it."""
        for uri in [changed, *self.files.look_again(changed)]:
            document = self.files.documents.get(uri or "")
            if document is None:
                continue
            found: Params = {"uri": uri, "diagnostics": diagnostics(document)}
            if document.version is not None:
                found["version"] = document.version
            self._send("textDocument/publishDiagnostics", found)

    def _execute(self, params: Params) -> None:
        if params["command"] != SHOW:
            raise RequestError(INVALID_PARAMS, f"no command is named {params['command']}")
        arguments = params.get("arguments")
        if not isinstance(arguments, list) or len(arguments) != 2:
            raise RequestError(INVALID_PARAMS, f"{SHOW} takes a text's URI and a variant")
        uri, variant = arguments
        if uri not in self.files.documents:
            raise RequestError(INVALID_PARAMS, "no network of that name is open")
        self.files.documents[uri].show(variant)
        self._publish(uri)
        self._refresh("inlayHint")
        self._refresh("codeLens")


def _failed(number: Any, code: int, message: str) -> dict[str, Any]:
    return {"id": number, "error": {"code": code, "message": message}}
