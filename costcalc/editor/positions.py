"""Places of a text: YAML's lines and characters to the lines and code units of an editor."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Any

from costcalc.language.files import LINE_BREAK

Range = dict[str, Any]
_EDITORS_BREAK = re.compile("\r\n|[\n\r]")
"""What ends a line in the protocol; YAML has three breaks more."""


class Text:
    """A text with its lines, as YAML and as an editor count them."""

    def __init__(self, text: str, *, utf16: bool = True) -> None:
        """utf16: whether the editor counts code units of UTF-16, else characters."""
        self.text = text
        self.counts_utf16 = utf16
        self.utf16 = utf16 and not text.isascii()

    @cached_property
    def starts(self) -> list[int]:
        """Where the editor's lines begin."""
        return [0, *(match.end() for match in _EDITORS_BREAK.finditer(self.text))]

    @cached_property
    def _yaml_starts(self) -> list[int]:
        if self.text.isascii():
            return self.starts
        return [0, *(match.end() for match in LINE_BREAK.finditer(self.text))]

    @cached_property
    def lines(self) -> list[str]:
        """The editor's lines, without what ends them."""
        return _EDITORS_BREAK.split(self.text)

    def offset(self, position: Any) -> int:
        """The offset of an editor's position; one outside of the text is moved into it."""
        line, units = position["line"], position["character"]
        if line >= len(self.lines):
            return len(self.text)
        content = self.lines[line]
        column = _characters(content, units) if self.utf16 else min(units, len(content))
        return int(self.starts[line] + column)

    def position(self, offset: int) -> dict[str, int]:
        """The editor's position of an offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[line] : offset].rstrip("\r\n")
        return {"line": line, "character": self._units(before)}

    def of_yaml(self, line: int, column: int) -> int:
        """The offset of a 1-based line and column of YAML; outside of the text, its end."""
        if not 1 <= line <= len(self._yaml_starts):
            return len(self.text)
        return min(self._yaml_starts[line - 1] + max(0, column - 1), len(self.text))

    def line_of_yaml(self, line: int) -> int:
        """The editor's line, from 0, of a 1-based line of YAML."""
        if self._yaml_starts is self.starts:
            return min(line, len(self.starts)) - 1
        return bisect_right(self.starts, self.of_yaml(line, 1)) - 1

    def range(self, start: int, end: int) -> Range:
        """The editor's range of two offsets."""
        return {"start": self.position(start), "end": self.position(end)}

    def end_of_line(self, line: int) -> dict[str, int]:
        return {"line": line, "character": self._units(self.lines[line])}

    def _units(self, text: str) -> int:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2 if self.utf16 else len(text)


def _characters(line: str, units: int) -> int:
    """How many characters so many code units of UTF-16 are; half a character is left out."""
    for count, character in enumerate(line):
        units -= 2 if ord(character) > 0xFFFF else 1
        if units < 0:
            return count
    return len(line)


def edited(text: Text, changes: list[Any]) -> str:
    """The text after an editor's changes, one behind the other."""
    whole = text.text
    for change in changes:
        if "range" not in change:
            whole = change["text"]
        else:
            now = Text(whole, utf16=text.counts_utf16)
            start = now.offset(change["range"]["start"])
            end = max(start, now.offset(change["range"]["end"]))
            whole = whole[:start] + change["text"] + whole[end:]
    return whole
