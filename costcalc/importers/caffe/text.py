"""Protocol buffers as text, which Caffe's .prototxt files are: names with values and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from costcalc.errors import CostcalcError, Position
from costcalc.importers.nodes import place
from costcalc.language.library import shown_path
from costcalc.language.yaml_nodes import YamlNode, problem

MAX_DEPTH = 40
MAX_ENTRIES = 300_000
_TOKEN = re.compile(
    r"""[ \t\r\f\v]+|\#[^\n]*|(?P<line>\n)|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<word>[A-Za-z0-9_.+\-/]+)|(?P<sign>[{}<>\[\]:,;])"""
)


class Value(NamedTuple):
    """A number, a word or a text, as it is written, with its place."""

    text: str
    at: YamlNode


class Message:
    """Names with their values, in order; a name may have several."""

    def __init__(self, path: str, name: str, at: YamlNode) -> None:
        self.path = path
        self.name = name
        self.at = at
        self.entries: list[tuple[str, Value | Message]] = []

    def all(self, name: str) -> list[Value | Message]:
        return [value for own, value in self.entries if own == name]

    def messages(self, name: str) -> list[Message]:
        return [value for value in self.all(name) if isinstance(value, Message)]

    def message(self, name: str) -> Message:
        """The message of a name, an empty one where there is none."""
        found = self.messages(name)
        return found[0] if found else Message(self.path, name, self.at)

    def values(self, name: str) -> list[Value]:
        return [value for value in self.all(name) if isinstance(value, Value)]

    def word(self, name: str, default: str = "") -> str:
        found = self.values(name)
        return found[-1].text if found else default

    def numbers(self, name: str) -> list[int]:
        """Whole numbers of a name. Raises CostcalcError for anything else."""
        return [self._whole(name, value) for value in self.values(name)]

    def number(self, name: str, default: int) -> int:
        found = self.numbers(name)
        return found[-1] if found else default

    def flag(self, name: str, default: bool) -> bool:
        text = self.word(name, str(default).lower())
        if text not in ("true", "false", "0", "1", "t", "f", "True", "False"):
            raise self.fault(f"{name} must be true or false, not '{text[:40]}'")
        return text in ("true", "1", "t", "True")

    def fault(self, message: str, hint: str | None = None) -> CostcalcError:
        return problem(self.path, self.at, message, hint)

    def _whole(self, name: str, value: Value) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", value.text):
            shown = value.text[:40]
            raise problem(self.path, value.at, f"{name} must be a whole number, not '{shown}'")
        return int(value.text)


_Token: TypeAlias = tuple[str, str, int, int]
"""Kind, text, and the 1-based line and column."""


def read_message(text: str, path: str) -> Message:
    """Read a file. Raises CostcalcError at the first place that is no protocol buffer."""
    root = Message(path, "", place(1))
    open_: list[tuple[Message, str]] = [(root, "")]
    tokens = [*_tokens(text, path), ("end", "", text.count("\n") + 1, 1)]
    index, count = 0, 0
    while True:
        kind, word, line, column = tokens[index]
        message, closing = open_[-1]
        if kind == "end" and len(open_) == 1:
            return root
        if kind == "sign" and word in ",;":
            index += 1
            continue
        if kind == "sign" and word == closing:
            open_.pop()
            index += 1
            continue
        if kind != "word":
            where = f"{message.name or 'the file'} has no end" if kind == "end" else f"'{word}'"
            what = where if kind == "end" else f"a name is missing before {where}"
            raise _fault(path, line, column, what)
        count += 1
        if count > MAX_ENTRIES:
            raise _fault(path, line, column, f"the file has more than {MAX_ENTRIES:,} entries")
        name, at = word, place(line, column)
        index += 1
        has_colon = tokens[index][1] == ":" and tokens[index][0] == "sign"
        index += has_colon
        kind, word, line, column = tokens[index]
        if kind == "sign" and word in "{<":
            if len(open_) > MAX_DEPTH:
                raise _fault(path, line, column, f"nested more than {MAX_DEPTH} levels deep")
            inner = Message(path, name, at)
            message.entries.append((name, inner))
            open_.append((inner, "}" if word == "{" else ">"))
            index += 1
        elif has_colon and kind in ("word", "text"):
            index = _add(tokens, index, message, name)
        elif has_colon and word == "[":
            index += 1
            while tokens[index][0] in ("word", "text") or tokens[index][1] == ",":
                if tokens[index][1] == ",":
                    index += 1
                else:
                    index = _add(tokens, index, message, name)
            if tokens[index][1] != "]":
                raise _fault(path, *tokens[index][2:], f"the list of {name} has no end")
            index += 1
        else:
            raise _fault(path, line, column, f"{name} has no value", f"{name}: 1 or {name} {{ }}")


def _add(tokens: list[_Token], index: int, message: Message, name: str) -> int:
    """Add a value, of several texts one behind the other; return the place behind it."""
    kind, word, line, column = tokens[index]
    text = word[1:-1] if kind == "text" else word
    index += 1
    while kind == "text" and tokens[index][0] == "text":
        text += tokens[index][1][1:-1]
        index += 1
    message.entries.append((name, Value(text, place(line, column))))
    return index


def _tokens(text: str, path: str) -> Iterator[_Token]:
    line, start, offset = 1, 0, 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            shown = text[offset : offset + 1]
            raise _fault(path, line, offset - start + 1, f"'{shown}' belongs to nothing")
        kind = match.lastgroup
        if kind == "line":
            line, start = line + 1, match.end()
        elif kind is not None:
            yield kind, match[0], line, offset - start + 1
        offset = match.end()


def _fault(
    path: str, line: int, column: int, message: str, hint: str | None = None
) -> CostcalcError:
    place_ = Position(shown_path(path), line, column)
    return CostcalcError(f"not a prototxt: {message}", position=place_, hint=hint)
