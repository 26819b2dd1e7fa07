"""The open texts of a session: what changes them, and what the editor is told of them unasked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from costcalc.editor.channel import INVALID_PARAMS, RequestError
from costcalc.editor.commands import SHOW
from costcalc.editor.faults import diagnostics
from costcalc.editor.hints import PARTS, check_parts
from costcalc.editor.requests import ANSWERS, Params
from costcalc.editor.workspace import Workspace
from costcalc.errors import CostcalcError
from costcalc.project.location import PROJECT_FILE

_WARNING = 2


class Session:
    """Texts, and the settings of an editor."""

    def __init__(
        self,
        send: Callable[[str, Params], None],
        refresh: Callable[[str], None],
        settings: Any,
        *,
        utf16: bool,
    ) -> None:
        """send: tells the editor something. refresh: has it ask for its hints or lenses again."""
        self.files = Workspace(utf16=utf16)
        self.parts: Sequence[str] = PARTS
        self._send = send
        self._refresh = refresh
        self._unsaid: dict[str, None] = {}
        """The texts whose faults the editor does not know yet, in the order of their changes."""
        self.notifications: dict[str, Callable[[Params], None]] = {
            "textDocument/didOpen": self._opened,
            "textDocument/didChange": self._change,
            "textDocument/didSave": self._save,
            "textDocument/didClose": self._close,
            "workspace/didChangeConfiguration": self._configure,
            "workspace/didChangeWatchedFiles": lambda params: self._outdated(),
        }
        self._set_parts(settings)

    def answers(self, method: str) -> bool:
        """Whether there is a request of that name."""
        return method in ANSWERS or method == "workspace/executeCommand"

    def answer(self, method: str, params: Params) -> Any:
        """Answer a request."""
        if method == "workspace/executeCommand":
            return self._execute(params)
        return ANSWERS[method](self.files, self.parts, params)

    def step(self) -> bool:
        """Take one step towards telling the faults of what has changed; False where all are told.

        A limit of another variant takes a network of its own, and is a step.
        """
        uri = next(iter(self._unsaid), None)
        if uri is None:
            return False
        document = self.files.documents.get(uri)
        del self._unsaid[uri]
        if document is not None and not document.is_judged:
            document.judge()
            self._unsaid = {uri: None, **self._unsaid}
        elif document is not None:
            found: Params = {"uri": uri, "diagnostics": diagnostics(document)}
            if document.version is not None:
                found["version"] = document.version
            self._send("textDocument/publishDiagnostics", found)
        return True

    def _opened(self, params: Params) -> None:
        item = params["textDocument"]
        self.files.add(item["uri"], item["text"], item.get("version"))
        self._outdated(item["uri"])

    def _change(self, params: Params) -> None:
        item = params["textDocument"]
        self.files.change(item["uri"], params["contentChanges"], item.get("version"))
        self._outdated(item["uri"])

    def _save(self, params: Params) -> None:
        uri = params["textDocument"]["uri"]
        if uri in self.files.documents:
            self.files.documents[uri].outdate(all_variants=True)
        self._outdated(uri)
        if uri.endswith(f"/{PROJECT_FILE}"):
            self._outdated()  # it has the budgets of the others

    def _close(self, params: Params) -> None:
        uri = params["textDocument"]["uri"]
        if self.files.close(uri):
            self._send("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": []})
        self._outdated(uri)

    def _outdated(self, changed: str | None = None) -> None:
        """Note that a text has changed, and those that may be made of it; None is any file."""
        for uri in [changed, *self.files.look_again(changed)]:
            if uri in self.files.documents:
                self._unsaid[uri] = None

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
                text = error.message + (f"; {error.hint}" if error.hint else "")
                self._send("window/showMessage", {"type": _WARNING, "message": text})
            else:
                self.parts = tuple(wanted)

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
        self._outdated(uri)
        self._refresh("inlayHint")
        self._refresh("codeLens")
