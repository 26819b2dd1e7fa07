"""The files that are open in the editor, and the networks among them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from costcalc.editor.document import Document
from costcalc.editor.examination import is_blocks_alone
from costcalc.editor.positions import Text, edited
from costcalc.editor.uris import path_of
from costcalc.project.discovery import is_network
from costcalc.project.location import PROJECT_FILE


class Workspace:
    """Open files by their URI."""

    def __init__(self, *, utf16: bool = True) -> None:
        self.utf16 = utf16
        self.documents: dict[str, Document] = {}
        self._others: dict[str, Text] = {}
        """The open texts that costcalc does not read."""

    def add(self, uri: str, text: str, version: int | None) -> None:
        self._take(uri, Text(text, utf16=self.utf16), version)

    def change(self, uri: str, changes: list[Any], version: int | None) -> None:
        """Take an editor's changes; of a file that is not open, nothing."""
        document = self.documents.get(uri)
        if document is not None:
            document.change(changes, version)
        elif uri in self._others:
            text = edited(self._others[uri], changes)
            self._take(uri, Text(text, utf16=self.utf16), version)

    def close(self, uri: str) -> bool:
        """Forget a file; tell whether faults were shown of it."""
        self._others.pop(uri, None)
        document = self.documents.pop(uri, None)
        if document is not None:
            document.dismantle()
        return document is not None

    def look_again(self, changed: str | None) -> Iterator[str]:
        """Have networks looked at anew that may be made of another file, which has changed (None is
        any file); yield their URIs."""
        path = os.path.realpath(path_of(changed)) if changed is not None else None
        for uri, document in self.documents.items():
            if uri != changed and (path is None or document.reads(path)):
                document.outdate()
                yield uri

    def _take(self, uri: str, text: Text, version: int | None) -> None:
        """A text is a network once it looks like one, and stays one while it is edited."""
        path = path_of(uri)
        self._others.pop(uri, None)
        if uri in self.documents or _is_ours(text.text, path):
            self.documents[uri] = Document(text, path, self._text_of, version)
        else:
            self._others[uri] = text

    def _text_of(self, path: str) -> str | None:
        """The text of an open file by its real path."""
        texts = {**self._others, **{uri: one.text for uri, one in self.documents.items()}}
        return next(
            (text.text for uri, text in texts.items() if os.path.realpath(path_of(uri)) == path),
            None,
        )


def _is_ours(text: str, path: str) -> bool:
    """Whether a text is a network, a file of blocks or a project file."""
    return (
        os.path.basename(path) == PROJECT_FILE
        or is_network(text, path)
        or is_blocks_alone(text, path)
    )
